"""An instance of the nurse rostering competition, week by week, or with all weeks known.

``python -m benchmarks.inrc2 FOLDER --history H --weeks 1-2-3-4 --out DIR``
``[--seconds-per-week S] [--seed S] [--static] [--json FILE]``

Writes ``Sol-ID-WEEK-STAGE.txt`` files as the competition asks for, and prints what its validator would say.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.command import ended_well
from benchmarks.inrc2.evaluator import Report, evaluate
from benchmarks.inrc2.stages import Instance, Stage, plan_staged, plan_static
from data.exchange.inrc2 import Assignment, file_of, write_solution
from optimizer.rostering.solution import Budget

LEAST_SECONDS, SECONDS_A_NURSE, FEW_NURSES = 10, 3, 20
"""Official time for a week: ten seconds, and three more for each nurse beyond twenty, on one core."""
ENDLESS = 10**9
"""Rounds of improvement that no time allows."""
COMPILING = Budget(sweeps=1, bound_steps=1, rounds=1, seconds=1.0)
"""A first run that nobody looks at: what is compiled in it is not in the time of a week."""


def official_seconds(nurses: int) -> float:
    """Time that the competition gives for a week."""
    return LEAST_SECONDS + SECONDS_A_NURSE * max(0, nurses - FEW_NURSES)


def run(instance: Instance, budget: Budget, seed: int, static: bool, out: Path) -> tuple[Report, list[float]]:
    """Plan all weeks, write their solutions, and judge them; also the seconds of each stage.

    Parameters
    ----------
    budget : Budget
        Of a week; with all weeks known, its seconds are those of all.
    """
    if static:
        weeks = len(instance.weeks)
        stages = iter([plan_static(instance, replace(budget, seconds=weeks * budget.seconds), seed)])
    else:
        stages = plan_staged(instance, budget, seed)
    planned, seconds = list[Sequence[Assignment]](), list[float]()
    for stage in stages:
        _write(instance, len(planned), stage, out)
        planned += stage.assignments
        seconds.append(stage.seconds)
    weeks = [instance.week(stage) for stage in range(len(instance.weeks))]
    return evaluate(instance.scenario, instance.history, weeks, planned), seconds


def _write(instance: Instance, first: int, stage: Stage, out: Path) -> None:
    for number, assignments in enumerate(stage.assignments, start=first):
        name = file_of(instance.path, "Sol", f"{instance.weeks[number]}-{number}").name
        write_solution(out / name, instance.scenario, number, assignments)


def show(instance: Instance, report: Report, seconds: Sequence[float]) -> None:
    """Print a table."""
    table = Table("constraint", "violations", "cost", title=f"{instance.scenario.name}, weeks {'-'.join(instance.weeks)}")
    for name, number in asdict(report.hard).items():
        table.add_row(name.replace("_", " "), str(number), "")
    for name, number in asdict(report.soft).items():
        table.add_row(name.replace("_", " "), "", str(number))
    table.add_row("total", str(report.violations), str(report.cost))
    table.caption = f"seconds: {', '.join(f'{time:.1f}' for time in seconds)}"
    Console(width=100).print(table)


def main() -> None:
    """Run one instance."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of the instance")
    parser.add_argument("--history", required=True, help="number of the history file, 0 to 2")
    parser.add_argument("--weeks", required=True, help="numbers of the weeks' files in order, like 1-2-3-4")
    parser.add_argument("--seconds-per-week", type=float, help="wall-clock time of a week; else the official one")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--static", action="store_true", help="all weeks known, planned at once in the time of all")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--out", type=Path, required=True, help="folder for the solutions")
    args = parser.parse_args()
    instance = Instance.open(args.folder, args.history, args.weeks.split("-"))
    budget = Budget(seconds=args.seconds_per_week or official_seconds(len(instance.scenario.nurses)), rounds=ENDLESS)
    next(plan_staged(instance, COMPILING, args.seed))
    report, seconds = run(instance, budget, args.seed, args.static, args.out)
    show(instance, report, seconds)
    if args.json:
        figures = {"instance": instance.scenario.name, "history": args.history, "weeks": args.weeks, "static": args.static}
        figures |= {"seed": args.seed, "seconds": seconds, "violations": report.violations, "cost": report.cost}
        args.json.write_text(json.dumps(figures | asdict(report), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    ended_well(main)
