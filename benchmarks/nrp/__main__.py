"""Instances of Curtois and Qu, solved by the engine of the product.

``python -m benchmarks.nrp FILE [FILE ...] [--seconds 600] [--steps N] [--seed S ...] [--peers [NAME ...]]``

Every figure is counted again by `benchmarks.nrp.checker`, which reads instance and schedule and knows nothing of the engine.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import isnan, nan
from pathlib import Path
from time import perf_counter, process_time

from rich.console import Console
from rich.table import Table

from benchmarks.command import ended_well
from benchmarks.nrp.checker import broken, cost
from benchmarks.nrp.mapping import problem_of, schedule_of
from benchmarks.nrp.peers import PEERS, Run, apart
from data.exchange.nrp import Instance, read_instance, write_schedule
from optimizer.rostering.executor import open_executor
from optimizer.rostering.search import SearchParams, solve
from optimizer.rostering.solution import Budget, Progress, gap_of

EFFORT = 1e6
"""Of the exact model, which has its turn where a team is small enough."""
ENDLESS = 10**9
"""Neighbourhoods, where the seconds alone are the budget."""


@dataclass(frozen=True)
class Row:
    """One result; NaN is what a method does not tell, or has no schedule for.

    Parameters
    ----------
    cost : float
        Of the schedule, by the checker; whole.
    bound : float
        No schedule costs less.
    broken : float
        Hard rules broken, by the checker; whole.
    first_s : float
        Until the first legal roster.
    steps : float
        Neighbourhoods of ours.
    """

    method: str
    instance: str
    seed: int
    cost: float
    bound: float
    gap: float
    proved: bool
    broken: float
    first_s: float
    seconds: float
    cpu_s: float
    steps: float


class Listener:
    """Remembers when the first roster stood; prints what is better, if asked."""

    def __init__(self, show: bool):
        self.first_s, self._show, self._last = 0.0, show, ("", 0.0)

    def __call__(self, record: Progress) -> bool:
        """Take one record; never stops a search."""
        self.first_s = self.first_s or record.seconds
        if self._show and (record.phase, record.cost) != self._last:
            self._last = record.phase, record.cost
            print(f"{record.seconds:8.1f} s  {record.phase:15} cost {record.cost:10.0f}  bound {record.bound:10.1f}", flush=True)
        return True


def run(path: Path, seed: int, budget: Budget, executor: str, out: Path | None, show: bool) -> Row:
    """Solve one instance, write its schedule and count its cost again."""
    instance, listener = read_instance(path), Listener(show)
    began, cpu = perf_counter(), process_time()
    with open_executor(executor) as workers:
        solution = solve(
            problem_of(instance), params=SearchParams(seed=seed), budget=budget, on_progress=listener, executor=workers
        )
    seconds, used = perf_counter() - began, process_time() - cpu
    assert solution.roster is not None
    schedule = schedule_of(solution.roster)
    if out is not None:
        write_schedule(out, instance, schedule)
    counted = cost(instance, schedule)
    return Row(
        "Echelon", instance.name, seed, counted, solution.bound, gap_of(counted, solution.bound), solution.bound >= counted - 1e-6,
        len(broken(instance, schedule)), listener.first_s, seconds, used, solution.sweeps,
    )  # fmt: skip


def judged(method: str, instance: Instance, seed: int, run: Run) -> Row:
    """A peer's schedule as the checker finds it."""
    answer, schedule = run.answer, run.answer.schedule
    counted, faults = (nan, nan) if schedule is None else (cost(instance, schedule), len(broken(instance, schedule)))
    gap = nan if isnan(counted + answer.bound) else gap_of(counted, answer.bound)
    proved = faults == 0 and answer.bound >= counted - 1e-6
    return Row(
        method, instance.name, seed, counted, answer.bound, gap, proved, faults, answer.first_s, run.seconds, run.cpu_s, nan
    )  # fmt: skip


def compare(path: Path, seed: int, budget: Budget, args: argparse.Namespace) -> Iterator[Row]:
    """Ours, and the peers that were asked for and are installed."""
    yield run(path, seed, budget, args.executor, args.out, args.progress)
    instance = read_instance(path)
    for name in () if args.peers is None else args.peers or PEERS:
        found = apart(name, instance, seed, args.seconds)
        if found is not None:
            yield judged(PEERS[name], instance, seed, found)


def show(rows: list[Row]) -> None:
    """Print a table."""
    table = Table(
        "method", "instance", "seed", "cost", "bound", "gap", "proved", "rules broken", "first s", "seconds", "neighbourhoods"
    )
    for r in rows:
        figures = f"{r.cost:.0f}", f"{r.bound:.1f}", f"{r.gap:.2%}", "yes" if r.proved else "no", f"{r.broken:.0f}"
        times = f"{r.first_s:.1f}", f"{r.seconds:.1f}"
        table.add_row(r.method, r.instance, str(r.seed), *figures, *times, f"{r.steps:.0f}")
    Console(width=150).print(table)


def main() -> None:
    """Solve the files named, once for each seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--steps", type=int, help="neighbourhoods; with it the seconds do not count, and the roster is repeatable")
    parser.add_argument("--seed", type=int, nargs="+", default=[0])
    parser.add_argument("--executor", default="processes")
    parser.add_argument("--peers", nargs="*", choices=PEERS, help="peers, with --seconds of their own each; all if none is named")
    parser.add_argument("--out", type=Path, help="schedule of the last run: a row for each employee, empty on days off")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--progress", action="store_true")
    args = parser.parse_args()
    budget = Budget(rounds=ENDLESS, effort=EFFORT, seconds=args.seconds) if args.steps is None else Budget(rounds=args.steps)
    rows: list[Row] = []
    for path in args.files:
        for seed in args.seed:
            for row in compare(path, seed, budget, args):
                rows.append(row)
                if args.json:
                    args.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")
    show(rows)


if __name__ == "__main__":
    ended_well(main)
