"""Small random rostering problems: few agents, two queues, two or three shifts, tight rules."""

from dataclasses import replace
from datetime import date, time, timedelta

import numpy as np

from data.model.base import IntArray
from data.model.centre import WEEKDAYS, Centre, OpeningHours, Queue
from data.model.demand import Requirement
from data.model.people import Absence, Agent, Contract, Wish
from data.model.roster import ShiftTemplate
from data.model.rulebook import GoalSpec, Rulebook, RuleSpec
from data.model.time import Horizon, TimeGrid
from optimizer.rostering.problem import RosterProblem

FIRST = date(2026, 6, 1)
EVERY_DAY = OpeningHours(hours=dict.fromkeys(WEEKDAYS, ("00:00", "24:00")))
QUEUES = (
    Queue(id="a", name="A", project="p", opening=EVERY_DAY, handle_time_s=240, patience_s=60, under_cost=20, over_cost=2),
    Queue(id="b", name="B", project="p", opening=EVERY_DAY, handle_time_s=240, patience_s=60, under_cost=12.5, over_cost=1.25),
)
SHIFTS = (
    ShiftTemplate(code="E", start=time(8), minutes=540, meal_minutes=60, meal_earliest=180, meal_latest=300, meal_step=60),
    ShiftTemplate(code="L", start=time(14), minutes=480),
    ShiftTemplate(code="N", start=time(22), minutes=480),
)
SKILLS = (("a",), ("b",), ("a", "b"))


def requirement_of(heads: IntArray, grid: TimeGrid) -> Requirement:
    """Requirement of given heads, shape (queues, slots), with nothing else to say."""
    zero = np.zeros(heads.shape)
    curve, none = np.zeros((*heads.shape, 1)), np.zeros(heads.shape, dtype=np.int64)
    names = tuple(queue.id for queue in QUEUES[: len(heads)])
    return Requirement(names, grid, heads, heads, zero, zero, none, curve, zero, none)


def problem_of(
    heads: IntArray,
    skills: tuple[tuple[str, ...], ...],
    templates: tuple[ShiftTemplate, ...],
    rules: tuple[RuleSpec, ...] = (),
    first: date = FIRST,
) -> RosterProblem:
    """A problem on hourly slots, heads of shape (queues, 24 x days), with coverage and wishes as goals."""
    contract = Contract(id="c", name="C", shifts=tuple(shift.code for shift in templates))
    centre = Centre(
        id="small", name="Small", zone="Asia/Shanghai", interval_minutes=60, queues=QUEUES[: len(heads)], contracts=(contract,),
        shifts=templates,
    )  # fmt: skip
    days = heads.shape[1] // 24
    grid = TimeGrid(horizon=Horizon(zone=centre.zone, first=first, days=days), minutes=60)
    agents = tuple(Agent(id=f"g{k}", contract="c", skills=held) for k, held in enumerate(skills))
    rulebook = Rulebook(id="tight", rules=rules, goals=(GoalSpec(kind="coverage"), GoalSpec(kind="wishes")))
    return RosterProblem(centre, agents, grid, requirement_of(heads, grid), rulebook, 0, days)


def random_rules(rng: np.random.Generator) -> tuple[RuleSpec, ...]:
    """Rest, runs, hours and days off with random numbers, the last two hard or weighted."""
    weight = [None, 0.05][int(rng.integers(2))]
    price = [None, 7.5][int(rng.integers(2))]
    least = 480 * int(rng.integers(2, 5))
    return (
        RuleSpec(id="rest", kind="rest_between_shifts", numbers={"rest_minutes": int(rng.integers(8, 13)) * 60}),
        RuleSpec(id="run", kind="run_length", numbers={"max_days": int(rng.integers(2, 5))}),
        RuleSpec(id="hours", kind="hours", numbers={"min_minutes": least, "max_minutes": least + 960}, weight=weight),
        RuleSpec(id="free", kind="days_off", numbers={"period": "week", "min_days": int(rng.integers(1, 4))}, weight=price),
        RuleSpec(id="night", kind="rest_after_nights", numbers={"days": int(rng.integers(1, 3))}, weight=price),
        RuleSpec(id="weekends", kind="weekends", numbers={"max_weekends": int(rng.integers(0, 2))}, weight=3.25),
    )


def random_problem(
    rng: np.random.Generator, agents: int, days: int, templates: tuple[ShiftTemplate, ...], first: date = FIRST
) -> RosterProblem:
    """Random requirement of two queues between 8 and 22 o'clock, skills, rules, wishes and now and then a day of leave."""
    hour = np.arange(24 * days) % 24
    heads = rng.integers(0, 3, (2, 24 * days)) * ((hour >= 8) & (hour < 22))
    skills = tuple(SKILLS[int(rng.integers(3))] for _ in range(agents))
    problem = problem_of(heads, skills, templates, random_rules(rng), first)
    wishes = tuple(
        Wish(agent=agent.id, day=first + timedelta(days=int(rng.integers(days))), rank=int(rng.integers(1, 6)))
        for agent in problem.agents
    )
    away = first + timedelta(days=int(rng.integers(days)))
    absences = (Absence(agent="g0", first=away, last=away),) if rng.random() < 0.5 else ()
    return replace(problem, wishes=wishes, absences=absences)
