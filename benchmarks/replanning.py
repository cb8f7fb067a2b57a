"""A week and a day planned again after the calls changed and agents fell ill: time, changes, cover before and after, bound.

``python -m benchmarks.replanning [--agents 5000] [--seed S] [--json FILE]``

The month of `benchmarks.rostering.centre` is planned first. Then days 14 to 20 are opened: the calls of each queue and day by a
factor exp(N(0, 0.10)), one queue 15 % more, and 3 % of the agents absent for one to three days. Of the week so adjusted, one day is
tweaked at six o'clock after the calls changed once more: meals, overtime, early ends, and starts not yet begun.
"""

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.rostering.centre import DAYS, FIRST, HISTORY, SLOTS, month_centre
from data.model.base import FloatArray
from data.model.demand import Requirement
from data.model.people import Absence
from data.model.roster import Roster
from data.model.rulebook import GoalSpec
from optimizer.rostering.coverage import add_many, cover_cost, new_flow
from optimizer.rostering.executor import usable_cores
from optimizer.rostering.frame import charges_of, curves_of, frame_of, presence
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search import SearchParams, TweakParams, solve, tweak
from optimizer.rostering.search.watch import Watch
from optimizer.rostering.search.week import search_week
from optimizer.rostering.solution import Budget, gap_of, keep_going
from optimizer.rostering.verify import verify

WEEK = 14
"""First day of the week, counted from the first of the month."""
DAY, NOW = WEEK + 2, 360
"""The day that is tweaked, and the minute of it at which that happens."""
NOISE, SURGE, ILL = 0.10, 1.15, 0.03
SPARE_MINUTES = 1
"""Paid minutes for each agent that the day may gain in all."""


@dataclass(frozen=True)
class Row:
    """One result.

    Parameters
    ----------
    search_s, cpu_s : float
        Wall and processor seconds of the search with all it prepares; without bound and verification.
    bound_s, verify_s : float
        Wall seconds of these.
    cover_before, cover_after : float
        Cost of coverage of the roster that stands and of the new one, under the new calls.
    gained : float
        Share of the agents required who are there after the search and were not before.
    """

    horizon: str
    agents: int
    seed: int
    search_s: float
    cpu_s: float
    bound_s: float
    verify_s: float
    changes: int
    meal_moves: int
    cover_before: float
    cover_after: float
    gained: float
    cost: float
    bound: float
    gap: float
    unplaced: int
    legal: bool


class Seconds(NamedTuple):
    """Wall and processor time of a search, wall time of its bound."""

    wall: float
    cpu: float
    bound: float


class Clock:
    """Wall and processor time since it was last read."""

    def __init__(self) -> None:
        self._wall, self._cpu = perf_counter(), process_time()

    def read(self) -> tuple[float, float]:
        """Both, and start again."""
        now = perf_counter(), process_time()
        spent = now[0] - self._wall, now[1] - self._cpu
        self._wall, self._cpu = now
        return spent


def open_week(month: RosterProblem, base: Roster, seed: int) -> RosterProblem:
    """The week to adjust."""
    rng, agents = np.random.default_rng([seed, 1]), month.agents
    ill = rng.choice(len(agents), round(ILL * len(agents)), replace=False)
    rulebook = month.rulebook.model_copy(update={"goals": (*month.rulebook.goals, GoalSpec(kind="change"))})
    first = HISTORY + WEEK
    return replace(
        month, requirement=_changed(month.requirement, rng, SURGE), rulebook=rulebook, rhythm="week", base=base,
        first_open=first, end_open=first + 7, absences=(*month.absences, *_ill(rng, [agents[a].id for a in ill])),
    )  # fmt: skip


def _ill(rng: np.random.Generator, agents: Sequence[str]) -> list[Absence]:
    """One to three days of the week for each."""
    begins = [FIRST + timedelta(days=WEEK + int(rng.integers(7))) for _ in agents]
    last = FIRST + timedelta(days=WEEK + 6)
    ends = [min(last, begin + timedelta(days=int(rng.integers(3)))) for begin in begins]
    return [Absence(agent=agent, first=a, last=b, code="SL") for agent, a, b in zip(agents, begins, ends, strict=True)]


def _changed(requirement: Requirement, rng: np.random.Generator, surge: float) -> Requirement:
    """The calls of each queue and day by a random factor, those of the first queue by `surge` besides."""
    factor = np.exp(rng.normal(0, NOISE, (len(requirement.heads), HISTORY + DAYS)))
    factor[0] *= surge
    heads = np.rint(requirement.heads * factor.repeat(SLOTS, axis=1)).astype(np.int64)
    return replace(requirement, heads=heads, on_phone=heads)


def run_week(problem: RosterProblem, prices: FloatArray | None, seed: int, bound_steps: int) -> tuple[Row, Roster]:
    """Adjust the week."""
    params, clock = SearchParams(seed=seed), Clock()
    frame = frame_of(problem)
    preparing = clock.read()
    with ThreadPoolExecutor(usable_cores()) as threads:
        search_week(frame, params, Budget(bound_steps=0), Watch(keep_going), None, threads, prices)
        searching = clock.read()
        found, climbed = search_week(frame, params, Budget(bound_steps=bound_steps), Watch(keep_going), None, threads, prices)
    bounding = clock.read()[0] - searching[0]
    roster = frame.roster(found.lines, {"seed": str(seed)})
    seconds = Seconds(preparing[0] + searching[0], preparing[1] + searching[1], max(0.0, bounding))
    return _row("week", problem, frame.roster(frame.kept, {}), roster, seed, seconds, climbed.bound, len(frame.unplaced)), roster


def run_day(week: RosterProblem, roster: Roster, seed: int) -> Row:
    """Tweak the day of the adjusted week after the calls changed again."""
    day = HISTORY + DAY
    changed = _changed(week.requirement, np.random.default_rng([seed, 2]), 1.0)
    problem = replace(week, base=roster, requirement=changed, rhythm="day", first_open=day, end_open=day + 1)
    now, params = roster.instant(day, NOW), TweakParams(seed=seed, max_extra_paid_minutes=SPARE_MINUTES * len(week.agents))
    clock = Clock()
    first = tweak(replace(problem), day, now, replace(params, bound_steps=0))
    plain, solution = clock.read(), tweak(replace(problem), day, now, params)
    bounding = clock.read()[0] - plain[0]
    assert first.roster is not None
    assert solution.roster is not None
    verify(replace(problem), first.roster)
    verifying = clock.read()
    seconds = Seconds(plain[0] - verifying[0], plain[1] - verifying[1], max(0.0, bounding))
    return _row("day", problem, roster, solution.roster, seed, seconds, solution.bound, len(solution.unplaced))


def _row(
    horizon: str, problem: RosterProblem, before: Roster, after: Roster, seed: int, seconds: Seconds, bound: float, unplaced: int
) -> Row:
    """Figures of a new roster against the one that stood."""
    clock, verdict = Clock(), verify(problem, after)
    verify_s, cost = clock.read()[0], sum(verdict.costs.values())
    (cost_before, covered_before), (cost_after, covered) = (_cover(problem, roster) for roster in (before, after))
    figures = seconds.wall, seconds.cpu, seconds.bound, verify_s, *_changes(before, after), cost_before, cost_after
    gap = gap_of(cost, bound)
    return Row(
        horizon, len(problem.agents), seed, *figures, covered - covered_before, cost, bound, gap, unplaced, verdict.legal
    )  # fmt: skip


def _cover(problem: RosterProblem, roster: Roster) -> tuple[float, float]:
    """Cost of coverage from the first open day on, and the share of the agents required in the open days who are there."""
    slots = problem.grid.size - int(problem.grid.day_slot[problem.first_open])
    curves = curves_of(problem, charges_of(problem)).of(slice(problem.grid.size - slots, None))
    flow = new_flow(curves, problem.group_mask)
    add_many(flow, presence(problem, roster, np.ones(roster.symbol.shape, dtype=bool)))
    opened = slice((problem.end_open - problem.first_open) * SLOTS)
    required = curves.required[opened]
    return cover_cost(flow), float(np.minimum(flow.served[opened], required).sum() / required.sum())


def _changes(before: Roster, after: Roster) -> tuple[int, int]:
    """Shifts changed, and meals moved in shifts that stayed."""
    times = np.zeros(before.symbol.shape, dtype=bool)
    for name in ("symbol", "start", "minutes"):
        times |= getattr(before, name) != getattr(after, name)
    return int(times.sum()), int(((before.meal != after.meal) & ~times).sum())


def show(rows: list[Row]) -> None:
    """Print a table."""
    names = ("", "agents", "search s", "CPU s", "bound s", "verify s", "changes", "meals", "cover", "after", "covered")
    table = Table(*names, "cost", "bound", "gap", "unplaced", "legal")
    for r in rows:
        times = (f"{t:.2f}" for t in (r.search_s, r.cpu_s, r.bound_s, r.verify_s))
        cover = f"{r.cover_before:.0f}", f"{r.cover_after:.0f}", f"+{r.gained:.2%}"
        costs = f"{r.cost:.0f}", f"{r.bound:.0f}", f"{r.gap:.1%}"
        counts = str(r.changes), str(r.meal_moves)
        table.add_row(r.horizon, str(r.agents), *times, *counts, *cover, *costs, str(r.unplaced), str(r.legal))
    Console(width=180).print(table)


def replan(agents: int, seed: int, sweeps: int, month_steps: int, bound_steps: int) -> list[Row]:
    """A month, then a week of it, then a day of that."""
    month = month_centre(agents, seed)
    planned = solve(month, params=SearchParams(seed=seed), budget=Budget(sweeps=sweeps, bound_steps=month_steps))
    assert planned.roster is not None
    week = open_week(month, planned.roster, seed)
    row, roster = run_week(week, planned.prices, seed, bound_steps)
    return [row, run_day(week, roster, seed)]


def main() -> None:
    """Run it, after a small centre that compiles the kernels."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sweeps", type=int, default=10, help="sweeps of the month")
    parser.add_argument("--month-steps", type=int, default=100, help="steps of the month's bound")
    parser.add_argument("--bound-steps", type=int, default=30, help="steps of the week's bound")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    args = parser.parse_args()
    replan(60, 0, 2, 4, 4)
    rows = replan(args.agents, args.seed, args.sweeps, args.month_steps, args.bound_steps)
    show(rows)
    if args.json:
        args.json.write_text(json.dumps([asdict(row) for row in rows], indent=2))


if __name__ == "__main__":
    main()
