"""Small random rostering problems for the goals and the searches: hourly slots from Monday 2026-06-01, two queues, three shifts."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import numpy as np

from data.model.base import IntArray
from data.model.centre import WEEKDAYS, Centre, OpeningHours, Queue
from data.model.demand import Requirement
from data.model.people import Absence, Agent, Contract, Wish
from data.model.roster import ShiftTemplate
from data.model.rulebook import GoalSpec, Rulebook, RuleSpec
from data.model.shift_demand import ShiftDemand
from data.model.time import Horizon, TimeGrid
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search import solve
from optimizer.rostering.solution import Budget

FIRST = date(2026, 6, 1)
ALWAYS = OpeningHours(hours=dict.fromkeys(WEEKDAYS, ("00:00", "24:00")))
QUEUES = tuple(
    Queue(id=name, name=name, project="p", opening=ALWAYS, handle_time_s=240, patience_s=60, under_cost=under, over_cost=over)
    for name, under, over in (("a", 20, 2), ("b", 12.5, 1.25))
)
SHIFTS = (
    ShiftTemplate(code="E", start=time(8), minutes=540, meal_minutes=60, meal_earliest=180, meal_latest=300, meal_step=60),
    ShiftTemplate(code="L", start=time(14), minutes=480),
    ShiftTemplate(code="N", start=time(22), minutes=480),
)
SKILLS = (("a",), ("b",), ("a", "b"))


def requirement_of(heads: IntArray, grid: TimeGrid) -> Requirement:
    """Requirement of given heads, shape (queues, slots), with nothing else to say."""
    zero, none = np.zeros(heads.shape), np.zeros(heads.shape, dtype=np.int64)
    names = tuple(queue.id for queue in QUEUES[: len(heads)])
    return Requirement(names, grid, heads, heads, zero, zero, none, zero[:, :, None], zero, none)


def problem_of(heads: IntArray, skills: tuple[tuple[str, ...], ...], shifts: int, rules: tuple[RuleSpec, ...]) -> RosterProblem:
    """A problem without history, heads of shape (queues, 24 x days), with coverage and wishes as goals."""
    contract = Contract(id="c", name="C", shifts=tuple(shift.code for shift in SHIFTS[:shifts]))
    queues, days = QUEUES[: len(heads)], heads.shape[1] // 24
    centre = Centre(id="c", name="C", zone="Asia/Shanghai", queues=queues, contracts=(contract,), shifts=SHIFTS[:shifts])
    grid = TimeGrid(horizon=Horizon(zone=centre.zone, first=FIRST, days=days), minutes=60)
    agents = tuple(Agent(id=f"g{k}", contract="c", skills=held) for k, held in enumerate(skills))
    rulebook = Rulebook(id="tight", rules=rules, goals=(GoalSpec(kind="coverage"), GoalSpec(kind="wishes")))
    return RosterProblem(centre, agents, grid, requirement_of(heads, grid), rulebook, 0, days)


def random_rules(rng: np.random.Generator) -> tuple[RuleSpec, ...]:
    """Rest, runs, hours, days off, nights and weekends with random numbers, some hard and some weighted."""
    weight, price = [None, 0.05][int(rng.integers(2))], [None, 7.5][int(rng.integers(2))]
    least = 480 * int(rng.integers(2, 5))
    return (
        RuleSpec(id="rest", kind="rest_between_shifts", numbers={"rest_minutes": int(rng.integers(8, 13)) * 60}),
        RuleSpec(id="run", kind="run_length", numbers={"max_days": int(rng.integers(2, 5))}),
        RuleSpec(id="hours", kind="hours", numbers={"min_minutes": least, "max_minutes": least + 960}, weight=weight),
        RuleSpec(id="free", kind="days_off", numbers={"period": "week", "min_days": int(rng.integers(1, 4))}, weight=price),
        RuleSpec(id="night", kind="rest_after_nights", numbers={"days": int(rng.integers(1, 3))}, weight=price),
        RuleSpec(id="weekends", kind="weekends", numbers={"max_weekends": int(rng.integers(0, 2))}, weight=3.25),
        RuleSpec(id="leave", kind="leave"),
    )


def random_problem(rng: np.random.Generator, agents: int, days: int, shifts: int) -> RosterProblem:
    """Random calls between 8 and 22 o'clock, skills, rules, wishes, and now and then a day of leave."""
    hour = np.arange(24 * days) % 24
    heads = rng.integers(0, 3, (2, 24 * days)) * ((hour >= 8) & (hour < 22))
    problem = problem_of(heads, tuple(SKILLS[int(rng.integers(3))] for _ in range(agents)), shifts, random_rules(rng))
    wishes = tuple(
        Wish(agent=agent.id, day=FIRST + timedelta(days=int(rng.integers(days))), rank=int(rng.integers(1, 6)))
        for agent in problem.agents
    )
    away = FIRST + timedelta(days=int(rng.integers(days)))
    absences = (Absence(agent="g0", first=away, last=away),) if rng.random() < 0.5 else ()
    return replace(problem, wishes=wishes, absences=absences)


def random_demand(problem: RosterProblem, rng: np.random.Generator) -> tuple[ShiftDemand, ...]:
    """Heads by shift, some of one day and shift twice, some beyond all agents, one before the problem and one after it."""
    days, codes = problem.grid.horizon.days, [shift.code for shift in problem.centre.shifts]
    drawn = [-1, days, *rng.integers(0, days, 2 * days).tolist()]
    return tuple(
        ShiftDemand(
            day=problem.grid.horizon.first + timedelta(days=day),
            shift=codes[int(rng.integers(len(codes)))],
            heads=int(rng.integers(0, len(problem.agents) + 2)),
            under=int(rng.integers(0, 40)) / 4,
            over=int(rng.integers(0, 20)) / 4,
        )
        for day in drawn
    )


def otherwise(
    seed: int, most: int, skills: tuple[tuple[str, ...], ...], rules: tuple[RuleSpec, ...], change: Mapping[str, float]
) -> tuple[RosterProblem, datetime]:
    """Four planned days for less than `most` calls an hour; on the second, at ten, the calls are others than planned."""
    rng = np.random.default_rng(seed)
    hour = np.arange(96) % 24
    heads = rng.integers(0, most, (2, 96)) * ((hour >= 8) & (hour < 22))
    problem = problem_of(heads, skills, 2, rules)
    goals = GoalSpec(kind="coverage"), GoalSpec(kind="change", numbers=dict(change))
    problem = replace(problem, rulebook=problem.rulebook.model_copy(update={"goals": goals}))
    base = solve(problem, budget=Budget(sweeps=8, bound_steps=0)).roster
    assert base is not None
    others = rng.integers(0, 4, (2, 96)) * ((hour >= 8) & (hour < 22))
    changed = replace(problem, requirement=requirement_of(others, problem.grid), base=base, first_open=1, end_open=2, rhythm="day")
    return changed, base.instant(1, 600)
