"""The synthetic centre of the roster benchmarks: a month of 31 days on half-hours, six queues, eighteen sets of skills.

Three in four agents work full time (forty hours a week, to forty-four with long shifts), two in five of them nights too; the others
work five or six four-hour shifts a week, at most 23 in the month. The requirement asks for 97 % of what they can give, so that some
of it must stay uncovered.
"""

from datetime import date, time, timedelta

import numpy as np

from data.model.base import IntArray
from data.model.centre import WEEKDAYS, Centre, OpeningHours, Queue
from data.model.demand import Requirement
from data.model.people import Absence, Agent, Contract, ShiftKind, Wish
from data.model.roster import OFF, Roster, ShiftTemplate
from data.model.rulebook import GoalSpec, Rulebook, RuleSpec, Scope
from data.model.time import Horizon, TimeGrid
from optimizer.rostering.problem import RosterProblem

FIRST, DAYS, HISTORY, SLOTS = date(2027, 3, 1), 31, 7, 48
"""A month that begins on a Monday, and the days before it."""
UNDER = (10.0, 12.0, 8.0, 10.0, 14.0, 9.0)
"""Cost of one agent missing for a half-hour, by queue; one too many costs 1."""
LOAD = 0.97
ROUND_THE_CLOCK = OpeningHours(hours=dict.fromkeys(WEEKDAYS, ("00:00", "24:00")))
BANDS: tuple[ShiftKind, ...] = ("early", "day", "late", "night")


def _shift(code: str, hour: int, minutes: int, kind: ShiftKind) -> ShiftTemplate:
    meal = {"meal_minutes": 60, "meal_earliest": 180, "meal_latest": 300, "meal_step": 30} if minutes > 300 else {}
    return ShiftTemplate.model_validate({"code": code, "start": time(hour), "minutes": minutes, "kind": kind, **meal})


SHIFTS = (
    *(_shift(f"D{h:02}", h, 540, "early" if h < 10 else "day") for h in (6, 7, 8, 9, 10)),
    *(_shift(f"E{h}", h, 540, "day" if h < 14 else "late") for h in (12, 14, 15)),
    *(_shift(f"N{h}", h, 540, "night") for h in (21, 23)),
    _shift("X08", 8, 600, "early"),
    _shift("X12", 12, 600, "day"),
    *(_shift(f"P{h:02}", h, 240, "early" if h < 10 else "day" if h < 14 else "late") for h in (8, 12, 17, 20)),
)
FULL = tuple(shift.code for shift in SHIFTS if shift.code[0] in "DEX")
NIGHT = tuple(shift.code for shift in SHIFTS if shift.code[0] in "DENX")
PART = tuple(shift.code for shift in SHIFTS if shift.code[0] == "P")
CONTRACTS = (
    Contract(id="full", name="Full time", shifts=FULL),
    Contract(id="night", name="Full time with nights", shifts=NIGHT),
    Contract(id="part", name="Part time", hours_system="part_time", daily_minutes=240, shifts=PART),
)


def _rule(name: str, kind: str, numbers: dict[str, object], weight: float | None = None, *contracts: str) -> RuleSpec:
    return RuleSpec(id=name, kind=kind, numbers=numbers, weight=weight, scope=Scope(contracts=contracts))


RULES = (
    _rule("rest", "rest_between_shifts", {"rest_minutes": 660}),
    _rule("run", "run_length", {"max_days": 6}),
    _rule("after_nights", "rest_after_nights", {"days": 2}, None, "night"),
    _rule("full_week", "hours", {"period": "week", "min_minutes": 2400, "max_minutes": 2640}, None, "full", "night"),
    _rule("part_week", "hours", {"period": "week", "min_minutes": 1200, "max_minutes": 1440}, None, "part"),
    _rule("part_month", "hours", {"period": "month", "max_minutes": 23 * 240}, None, "part"),
    _rule("nights", "nights", {"period": "month", "max_nights": 6}, None, "night"),
    *(_rule(f"nights_{n}", "nights", {"period": "month", "max_nights": n}, w, "night") for n, w in ((3, 4.0), (4, 2.0), (5, 4.0))),
    *(_rule(f"weekends_{n}", "weekends", {"period": "month", "max_weekends": n}, 10.0) for n in (2, 3)),
    _rule("long_shifts", "allowed_shifts", {"never": ["X08", "X12"]}, 15.0, "full", "night"),
    _rule("leave", "leave", {}),
)
GOALS = (GoalSpec(kind="coverage"), GoalSpec(kind="wishes", numbers={"off_cost": 2.0}), GoalSpec(kind="preferences"))
RULEBOOK = Rulebook(id="synthetic", rules=RULES, goals=GOALS)


def month_centre(agents: int, seed: int = 0) -> RosterProblem:
    """The problem for some agents."""
    rng = np.random.default_rng(seed)
    names = tuple(f"q{q}" for q in range(len(UNDER)))
    staff = _staff(rng, agents, names)
    queues = tuple(
        Queue(
            id=name,
            name=name,
            project="p",
            opening=ROUND_THE_CLOCK,
            handle_time_s=300,
            patience_s=120,
            under_cost=2 * under,
            over_cost=2,
        )
        for name, under in zip(names, UNDER, strict=True)
    )
    centre = Centre(id="synthetic", name="Synthetic", zone="Asia/Shanghai", queues=queues, contracts=CONTRACTS, shifts=SHIFTS)
    horizon = Horizon(zone=centre.zone, first=FIRST - timedelta(days=HISTORY), days=HISTORY + DAYS)
    absences = _absences(rng, staff)
    heads = _heads(rng, staff, names, absences)
    grid = TimeGrid(horizon=horizon, minutes=30)
    return RosterProblem(
        centre, staff, grid, _requirement(heads, names, grid), RULEBOOK, HISTORY, HISTORY + DAYS,
        base=_history(rng, staff, horizon), absences=absences, wishes=_wishes(rng, staff),
    )  # fmt: skip


def _staff(rng: np.random.Generator, agents: int, names: tuple[str, ...]) -> tuple[Agent, ...]:
    skills = _skill_sets(rng, names)
    share = np.repeat([1.2, 0.8, 0.6], [6, 8, 4]) * rng.uniform(0.7, 1.3, len(skills))
    held = rng.choice(len(skills), agents, p=share / share.sum())
    part, night = rng.random(agents) < 0.25, rng.random(agents) < 0.4
    contract = np.where(part, "part", np.where(night, "night", "full"))
    return tuple(
        Agent(id=f"a{k:05}", contract=str(contract[k]), skills=skills[held[k]], prefers=_likes(rng)) for k in range(agents)
    )


def _likes(rng: np.random.Generator) -> tuple[ShiftKind, ...]:
    """Bands from the liked one outwards."""
    best = int(rng.integers(3))
    return tuple(sorted(BANDS, key=lambda kind: abs(BANDS.index(kind) - best)))


def _skill_sets(rng: np.random.Generator, names: tuple[str, ...]) -> list[tuple[str, ...]]:
    sets = [(name,) for name in names]
    for size, until in ((2, 14), (3, 18)):
        while len(sets) < until:
            drawn = tuple(names[q] for q in sorted(rng.choice(len(names), size, replace=False)))
            sets += [drawn] if drawn not in sets else []
    return sets


def _absences(rng: np.random.Generator, staff: tuple[Agent, ...]) -> tuple[Absence, ...]:
    """Five days of leave for 15 %, one to three days for a quarter."""
    found: list[Absence] = []
    for agent in staff:
        draw = rng.random()
        if draw < 0.4:
            whole = draw < 0.15
            first = int(rng.integers(4)) * 7 if whole else int(rng.integers(DAYS - 3))
            last = first + (4 if whole else int(rng.integers(3)))
            found.append(Absence(agent=agent.id, first=FIRST + timedelta(days=first), last=FIRST + timedelta(days=last)))
    return tuple(found)


def _wishes(rng: np.random.Generator, staff: tuple[Agent, ...]) -> tuple[Wish, ...]:
    """Three days off asked for by everyone."""
    return tuple(
        Wish(agent=agent.id, day=FIRST + timedelta(days=int(day)), rank=int(rng.integers(1, 5)))
        for agent in staff
        for day in rng.choice(DAYS, 3, replace=False)
    )


def _history(rng: np.random.Generator, staff: tuple[Agent, ...], horizon: Horizon) -> Roster:
    """A week in which everyone worked at most the last two days."""
    codes = (OFF, *(shift.code for shift in SHIFTS))
    symbol = np.zeros((len(staff), horizon.days), dtype=np.int64)
    for a, agent in enumerate(staff):
        code = ("P08", "P12") if agent.contract == "part" else ("D08", "E12")
        worked = int(rng.integers(3))
        symbol[a, HISTORY - worked : HISTORY] = codes.index(code[int(rng.random() < 0.3)])
    table = np.array(
        [(-1, 0, -1, 0), *((s.start_minute, s.minutes, s.meal_earliest if s.meal_minutes else -1, s.meal_minutes) for s in SHIFTS)]
    )
    start, minutes, meal, pause = np.moveaxis(table[symbol], -1, 0)
    return Roster(tuple(agent.id for agent in staff), horizon, codes, symbol, start, minutes, meal, pause)


def _heads(rng: np.random.Generator, staff: tuple[Agent, ...], names: tuple[str, ...], absences: tuple[Absence, ...]) -> IntArray:
    """Requirement: three humps a day, quiet weekends and nights, in proportion to the skills there are."""
    hour, weekday = np.arange(SLOTS) / 2, np.array([1.15, 1.08, 1.05, 1.05, 1.1, 0.75, 0.6])
    skilled = np.zeros(len(names))
    for agent in staff:
        skilled[[names.index(skill) for skill in agent.skills]] += 1 / len(agent.skills)
    shape = np.zeros((len(names), HISTORY + DAYS, SLOTS))
    for q in range(len(names)):
        humps = ((10.5 + 0.5 * (q % 3), 2.6, 1.0), (15.5, 2.8, 0.85), (19.5, 2.3, 0.6))
        curve = sum(height * np.exp(-(((hour - at) / width) ** 2)) for at, width, height in humps)
        curve = np.maximum(curve / np.max(curve), 0.07 + 0.02 * (q % 2))
        shape[q, HISTORY:] = curve * (weekday[np.arange(DAYS) % 7] * (1 + 0.06 * rng.standard_normal(DAYS)))[:, None] * skilled[q]
    away = {absence.agent: _weekdays(absence) for absence in absences}
    supply = sum(
        (24.5 * 8 if a.contract == "part" else 22.5 * 16) - away.get(a.id, 0) * (8 if a.contract == "part" else 16) for a in staff
    )
    heads = shape.reshape(len(names), -1) * (LOAD * supply / shape.sum())
    return np.floor(heads + rng.random(heads.shape) * (heads > 0)).astype(np.int64)


def _weekdays(absence: Absence) -> int:
    days = (absence.last - absence.first).days + 1
    return sum((absence.first + timedelta(days=d)).weekday() < 5 for d in range(days))


def _requirement(heads: IntArray, names: tuple[str, ...], grid: TimeGrid) -> Requirement:
    zero, none = np.zeros(heads.shape), np.zeros(heads.shape, dtype=np.int64)
    return Requirement(names, grid, heads, heads, zero, zero, none, zero[:, :, None], zero, none)
