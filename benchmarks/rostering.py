"""Month, week and day of synthetic centres: cost, bound, gaps and CPU time: ``python -m benchmarks.rostering [--out FILE]``.

A month of 28 days on half-hours, hard rules of rest, runs, weekly hours, nights and weekends, wishes, and a requirement of about
97 % of what the agents can give. The week then sees other calls and new absences, the day other calls again.
"""

import argparse
import json
from dataclasses import asdict, dataclass, replace
from datetime import date, time, timedelta
from pathlib import Path
from time import process_time
from typing import Literal

import numpy as np
from rich.console import Console
from rich.table import Table

from data.model.base import FloatArray, IntArray
from data.model.centre import WEEKDAYS, Centre, OpeningHours, Queue
from data.model.demand import Requirement
from data.model.people import Absence, Agent, Contract, Wish
from data.model.roster import Roster, ShiftTemplate
from data.model.rulebook import GoalSpec, Rulebook, RuleSpec, Scope
from data.model.time import Horizon, TimeGrid
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search import solve, tweak
from optimizer.rostering.solution import Budget, Solution

FIRST, DAYS, SLOTS = date(2026, 6, 1), 28, 48
ROUND_THE_CLOCK = OpeningHours(hours=dict.fromkeys(WEEKDAYS, ("00:00", "24:00")))


def _full(code: str, hour: int, kind: Literal["day", "night"]) -> ShiftTemplate:
    """Eight hours and a meal after three to five."""
    return ShiftTemplate(
        code=code, kind=kind, start=time(hour), minutes=540, meal_minutes=60, meal_earliest=180, meal_latest=300, meal_step=30
    )


DAY_SHIFTS = tuple(_full(f"D{hour}", hour, "day") for hour in (7, 8, 9, 10, 11, 12, 13, 14))
NIGHT_SHIFTS = tuple(_full(f"N{hour}", hour, "night") for hour in (21, 22))
PART_SHIFTS = tuple(ShiftTemplate(code=f"P{hour}", start=time(hour), minutes=240) for hour in (8, 12, 16, 18))
CONTRACTS = (
    Contract(id="day", name="Days", shifts=tuple(s.code for s in DAY_SHIFTS)),
    Contract(id="night", name="Nights too", shifts=tuple(s.code for s in (*DAY_SHIFTS, *NIGHT_SHIFTS))),
    Contract(id="part", name="Part time", daily_minutes=240, hours_system="part_time", shifts=tuple(s.code for s in PART_SHIFTS)),
)
FULL = Scope(contracts=("day", "night"))
RULES = (
    RuleSpec(id="leave", kind="leave"),
    RuleSpec(id="contract", kind="contract_shifts"),
    RuleSpec(id="rest", kind="rest_between_shifts", numbers={"rest_minutes": 660}),
    RuleSpec(id="run", kind="work_run", numbers={"max_days": 6}),
    RuleSpec(id="week", kind="hours", numbers={"min_minutes": 2400, "max_minutes": 2400}, scope=FULL),
    RuleSpec(id="part", kind="hours", numbers={"min_minutes": 960, "max_minutes": 1440}, scope=Scope(contracts=("part",))),
    RuleSpec(id="after", kind="rest_after_nights", numbers={"days": 2}, scope=FULL),
    RuleSpec(id="nights", kind="nights", numbers={"max_nights": 6}, scope=FULL),
    RuleSpec(id="weekends", kind="weekends", numbers={"max_weekends": 3}, weight=4.0),
)
GOALS = (GoalSpec(kind="coverage"), GoalSpec(kind="wishes"), GoalSpec(kind="change"))
UNDER = (20.0, 16.0, 24.0, 18.0, 28.0, 22.0)
PAID_SHARE = {"day": 40.0, "night": 40.0, "part": 20.0}


def synthetic(agents: int, queues: int, days: int = DAYS, seed: int = 0) -> RosterProblem:
    """A month of a centre that does not exist."""
    rng = np.random.default_rng(seed)
    names = [f"q{k}" for k in range(queues)]
    staff = tuple(_agent(rng, k, names) for k in range(agents))
    centre = Centre(
        id="synthetic", name="Synthetic", zone="Asia/Shanghai", synthetic=True, contracts=CONTRACTS,
        queues=tuple(
            Queue(id=name, name=name, project="p", opening=ROUND_THE_CLOCK, handle_time_s=240, patience_s=90, under_cost=under)
            for name, under in zip(names, UNDER, strict=False)
        ),
        shifts=DAY_SHIFTS + NIGHT_SHIFTS + PART_SHIFTS,
    )  # fmt: skip
    grid = TimeGrid(horizon=Horizon(zone=centre.zone, first=FIRST, days=days), minutes=30)
    requirement = _requirement(_heads(rng, staff, names, days), tuple(names), grid)
    wishes = tuple(_wish(rng, agent.id, days) for agent in staff for _ in range(2))
    rulebook = Rulebook(id="synthetic", rules=RULES, goals=GOALS)
    absences = _absences(rng, staff, days, 0.2, 3)
    return RosterProblem(centre, staff, grid, requirement, rulebook, 0, days, absences=absences, wishes=wishes)


def _agent(rng: np.random.Generator, k: int, names: list[str]) -> Agent:
    contract = str(rng.choice(["day", "night", "part"], p=[0.55, 0.3, 0.15]))
    held = rng.choice(len(names), size=min(len(names), int(rng.integers(1, 4))), replace=False)
    return Agent(id=f"a{k:05d}", contract=contract, skills=tuple(names[q] for q in held))


def _heads(rng: np.random.Generator, staff: tuple[Agent, ...], names: list[str], days: int) -> IntArray:
    """Requirement of 97 % of the hours that the agents give, most of it by day, less at weekends."""
    hour = np.arange(SLOTS) / 2
    curve = 0.06 + np.exp(-(((hour - 11) / 3.2) ** 2)) + 0.8 * np.exp(-(((hour - 17) / 3.0) ** 2))
    weekday = np.array([1.1, 1.05, 1.0, 1.0, 1.0, 0.85, 0.8])[np.arange(days) % 7]
    shape = (weekday[:, None] * curve).ravel() / (weekday[:, None] * curve).sum()
    hours = np.zeros(len(names))
    for agent in staff:
        hours[[names.index(name) for name in agent.skills]] += PAID_SHARE[agent.contract] * days / 7 / len(agent.skills)
    noise = np.exp(rng.normal(0, 0.05, (len(names), len(shape))))
    return np.rint(0.97 * 2 * hours[:, None] * shape * noise).astype(np.int64)


def _requirement(heads: IntArray, names: tuple[str, ...], grid: TimeGrid) -> Requirement:
    zero, none = np.zeros(heads.shape), np.zeros(heads.shape, dtype=np.int64)
    return Requirement(names, grid, heads, heads, zero, zero, none, zero[:, :, None], zero, none)


def _wish(rng: np.random.Generator, agent: str, days: int) -> Wish:
    return Wish(agent=agent, day=FIRST + timedelta(days=int(rng.integers(days))), rank=int(rng.integers(1, 6)))


def _absences(rng: np.random.Generator, staff: tuple[Agent, ...], days: int, share: float, longest: int) -> tuple[Absence, ...]:
    found: list[Absence] = []
    for agent in staff:
        if rng.random() < share:
            first, length = int(rng.integers(days)), int(rng.integers(1, longest + 1))
            last = min(first + length, days) - 1
            found.append(Absence(agent=agent.id, first=FIRST + timedelta(days=first), last=FIRST + timedelta(days=last)))
    return tuple(found)


def week_of(problem: RosterProblem, roster: Roster, seed: int = 1) -> RosterProblem:
    """The third week again: other calls, and one agent in thirty newly absent; nobody gains hours."""
    rng = np.random.default_rng(seed)
    factor = np.exp(rng.normal(0, 0.1, (len(problem.requirement.queues), problem.grid.horizon.days))) * 1.03
    known = {absence.agent for absence in problem.absences}
    free = tuple(agent for agent in problem.agents if agent.id not in known)
    new = [
        replaced for agent in free if rng.random() < 0.03
        for replaced in [Absence(agent=agent.id, first=FIRST + timedelta(days=15), last=FIRST + timedelta(days=16), code="SL")]
    ]  # fmt: skip
    changed = _scaled(problem, factor)
    cap = roster.paid_minutes[:, 14:21].sum(axis=1)
    return replace(
        changed, first_open=14, end_open=21, base=roster, rhythm="week", max_line_minutes=cap, absences=(*problem.absences, *new)
    )


def day_of(problem: RosterProblem, roster: Roster, seed: int = 2) -> RosterProblem:
    """The Wednesday of that week with other calls once more."""
    rng = np.random.default_rng(seed)
    factor = np.exp(rng.normal(0.02, 0.12, (len(problem.requirement.queues), problem.grid.horizon.days)))
    changed = _scaled(problem, factor)
    return replace(changed, first_open=16, end_open=17, base=roster, rhythm="day", max_line_minutes=None)


def _scaled(problem: RosterProblem, factor: FloatArray) -> RosterProblem:
    heads = np.rint(problem.requirement.heads * np.repeat(factor, SLOTS, axis=1)).astype(np.int64)
    return replace(problem, requirement=_requirement(heads, problem.requirement.queues, problem.grid))


@dataclass(frozen=True)
class Row:
    """One result."""

    case: str
    agents: int
    queues: int
    cost: float
    bound: float
    gap: float
    gap_paid: float
    """Gap as a share of paid time: agents missing for the price of the gap."""
    unplaced: int
    cpu_s: float


def row_of(case: str, problem: RosterProblem, solution: Solution, cpu_s: float) -> Row:
    """Figures of a solution."""
    assert solution.roster is not None
    paid = solution.roster.paid_minutes[:, problem.first_open :].sum() / problem.grid.minutes
    gap_paid = (solution.cost - solution.bound) / problem.prices[0].mean() / paid
    unplaced = len(solution.unplaced)
    sizes = len(problem.agents), len(problem.requirement.queues)
    return Row(case, *sizes, solution.cost, solution.bound, solution.gap, float(gap_paid), unplaced, cpu_s)


def run(agents: int, queues: int, budget: Budget) -> list[Row]:
    """Month, week and day of one centre."""
    month = synthetic(agents, queues)
    began = process_time()
    planned = solve(month, budget=budget)
    rows = [row_of("month", month, planned, process_time() - began)]
    assert planned.roster is not None
    week = week_of(month, planned.roster)
    began = process_time()
    adjusted = solve(week, budget=budget)
    rows.append(row_of("week", week, adjusted, process_time() - began))
    assert adjusted.roster is not None
    day = day_of(week, adjusted.roster)
    began = process_time()
    tweaked = tweak(day, 16, adjusted.roster.instant(16, 9 * 60))
    rows.append(row_of("day", day, tweaked, process_time() - began))
    return rows


def show(rows: list[Row]) -> None:
    """Print a table."""
    table = Table("case", "agents", "queues", "cost", "bound", "gap", "gap of paid time", "unplaced", "CPU s")
    for r in rows:
        figures = (f"{r.cost:.0f}", f"{r.bound:.0f}", f"{r.gap:.1%}", f"{r.gap_paid:.2%}", str(r.unplaced), f"{r.cpu_s:.2f}")
        table.add_row(r.case, str(r.agents), str(r.queues), *figures)
    Console().print(table)


def main() -> None:
    """Run all centres; the first, small one compiles the kernels and is not shown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    parser.add_argument("--sweeps", type=int, default=30)
    parser.add_argument("--bound-steps", type=int, default=120)
    args = parser.parse_args()
    budget = Budget(sweeps=args.sweeps, bound_steps=args.bound_steps)
    run(20, 2, replace(budget, sweeps=2, bound_steps=2))
    rows = [row for agents, queues in ((300, 1), (600, 6)) for row in run(agents, queues, budget)]
    show(rows)
    if args.out:
        args.out.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
