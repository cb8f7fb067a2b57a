"""Published solutions of the nurse rostering competition: the evaluator says what the official validator does, and so does ours."""

import re
from pathlib import Path

import pytest
from inrc2_case import DATA

from benchmarks.inrc2.__main__ import run
from benchmarks.inrc2.evaluator import Report, evaluate
from benchmarks.inrc2.mapping import cost_brought, static_task
from benchmarks.inrc2.stages import Instance
from data.exchange.inrc2 import Assignment, file_of, read_solution
from optimizer.rostering.solution import Budget
from optimizer.rostering.verify import verify

COSTS = {
    "n005w4/Solution_H_0-WD_1-2-3-3": 1695,
    "n005w4/Solution_H_1-WD_5-3-1-0": 2010,
    "n005w4/Solution_H_2-WD_6-7-8-9": 1720,
    "n012w8/Solution_H_0-WD_3-5-0-2-0-4-5-2": 3295,
    "n012w8/Solution_H_1-WD_7-7-0-8-9-3-2-6": 3805,
    "n012w8/Solution_H_2-WD_4-5-6-7-2-1-2-1": 3745,
    "n021w4/Solution_H_0-WD_5-4-1-2": 2305,
    "n021w4/Solution_H_1-WD_0-6-1-6": 2305,
    "n021w4/Solution_H_2-WD_8-1-4-3": 2345,
}
"""Cost of each sample; the first is the official validator's, the others were computed by `evaluate` and must not change."""
LINES = {
    "Minimal coverage": "minimum_cover",
    "Required skill": "skills",
    "Illegal shift type succession": "succession",
    "Single assignment per day": "single_assignment",
    "Total assignment": "assignments",
    "Consecutive": "consecutive",
    "Non working days": "days_off",
    "Preferences": "preferences",
    "Max working weekend": "weekends",
    "Complete weekends": "whole_weekends",
    "Optimal coverage": "optimal_cover",
}
"""How the validator's report begins a line, and what the evaluator calls it."""


def sample(name: str) -> tuple[Instance, list[tuple[Assignment, ...]], Path]:
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"no {name}: set ECHELON_BENCH_DATA to the folder of public data")
    history, weeks = folder.name.removeprefix("Solution_H_").split("-WD_")
    instance = Instance.open(folder.parent, history, weeks.split("-"))
    paths = [folder / file_of(instance.path, "Sol", f"{week}-{stage}").name for stage, week in enumerate(instance.weeks)]
    return instance, [read_solution(path, instance.scenario) for path in paths], folder


def report_of(instance: Instance, solutions: list[tuple[Assignment, ...]]) -> Report:
    weeks = [instance.week(stage) for stage in range(len(instance.weeks))]
    return evaluate(instance.scenario, instance.history, weeks, solutions)


def test_the_evaluator_says_what_the_validator_says() -> None:
    instance, solutions, folder = sample("n005w4/Solution_H_0-WD_1-2-3-3")
    report, said = report_of(instance, solutions), (folder / "validator.txt").read_text()
    ours = vars(report.hard) | vars(report.soft)
    theirs = {name: int(re.search(rf"^{line}.*: (\d+)", said, re.MULTILINE)[1]) for line, name in LINES.items()}  # type: ignore[index]
    assert ours == theirs
    assert f"Total cost: {report.cost}" in said


@pytest.mark.parametrize("name", COSTS)
def test_evaluator_and_verifier_agree_on_the_samples(name: str) -> None:
    instance, solutions, _ = sample(name)
    report = report_of(instance, solutions)
    assert (report.violations, report.cost) == (0, COSTS[name])
    task = static_task(instance.scenario, instance.history, [instance.week(stage) for stage in range(len(instance.weeks))])
    verdict = verify(task.problem, task.roster(solutions))
    assert verdict.legal
    assert sum(verdict.costs.values()) + cost_brought(instance.scenario, instance.history) == report.cost


def test_weeks_planned_one_by_one_are_accepted(tmp_path: Path) -> None:
    instance, theirs, _ = sample("n005w4/Solution_H_0-WD_1-2-3-3")
    report, _ = run(instance, Budget(sweeps=4, bound_steps=60, rounds=10), 0, static=False, out=tmp_path)
    paths = sorted(tmp_path.iterdir())
    assert [path.name for path in paths] == [f"Sol-n005w4-{name}.txt" for name in ("1-0", "2-1", "3-2", "3-3")]
    assert report == report_of(instance, [read_solution(path, instance.scenario) for path in paths])
    assert report.violations == 0
    assert report.cost < 1.2 * report_of(instance, theirs).cost
