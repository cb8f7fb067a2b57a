"""Six agents for two weeks, their roster, and requests about it, for the tests of requests."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from roster_case import FIRST, SHIFTS, problem_of

from data.model.base import FloatArray, IntArray
from data.model.demand import Requirement
from data.model.people import Absence, Protection
from data.model.request import Cover, EarlyLeave, GiveAway, Leave, Overtime, Request, RequestPolicy, Swap, Terms
from data.model.roster import Roster
from data.model.rulebook import RuleSpec
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.requests import Judged, judge
from optimizer.staffing.queueing import evaluate

DAYS = 14
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 6, 1, 6, tzinfo=ZONE)
MADE = NOW - timedelta(hours=1)
LINES = {
    "g0": "E E E - - - -  E E E E - - -",
    "g1": "- - - E E E -  - - - - E E -",
    "g2": "L L L L - - -  L L L L - - -",
    "g3": "- - L L L L -  - - - L L - -",
    "g4": "N N - - E E -  - E E E E - -",
    "g5": "- - - - - - -  - - - - - - -",
}
SKILLS = (("a",), ("a",), ("a", "b"), ("b",), ("a",), ("a", "b"))
RULES = (
    RuleSpec(id="rest", kind="rest_between_shifts", numbers={"rest_minutes": 660}, title="Rest", title_zh="休息"),
    RuleSpec(id="run", kind="run_length", numbers={"max_days": 4}, title="Run", title_zh="连班"),
    RuleSpec(id="hours", kind="hours", numbers={"min_minutes": 0, "max_minutes": 2400}),
    RuleSpec(id="overtime", kind="overtime", numbers={"max_day_minutes": 120}),
    RuleSpec(id="protection", kind="protection"),
    RuleSpec(id="leave", kind="leave"),
)
EASY = Terms(notice_hours=0, most_added_chance=1, most_service_lost=1, most_a_month=99)
ALL_EASY = RequestPolicy(**dict.fromkeys(RequestPolicy.model_fields, EASY))


def day(number: int) -> date:
    """A day of the roster, from 1 on."""
    return FIRST + timedelta(days=number - 1)


def staffed(problem: RosterProblem, calls: float = 6.0) -> Requirement:
    """One agent on each queue from 8 to 22 o'clock, with the curve of so many calls an hour."""
    old, hour = problem.requirement, np.arange(problem.grid.size) % 24
    heads = np.tile(((hour >= 8) & (hour < 22)).astype(np.int64), (2, 1))
    rate = np.where(heads > 0, calls, 0.0)
    curve = evaluate(np.arange(9), rate[..., None] / 3600, 240.0, 60.0, 20.0).service_level
    handle, first = np.full(heads.shape, 240.0), np.zeros(heads.shape, dtype=np.int64)
    return replace(old, heads=heads, on_phone=heads, calls=rate, handle_time_s=handle, curve=curve, curve_first=first)


def team(rules: tuple[RuleSpec, ...] = RULES, **agents: Mapping[str, object]) -> RosterProblem:
    """Six agents for two weeks; fields of some of them otherwise."""
    problem = problem_of(np.zeros((2, 24 * DAYS), dtype=np.int64), SKILLS, len(SHIFTS), rules)
    changed = tuple(one.model_copy(update=dict(agents.get(one.id, {}))) for one in problem.agents)
    return replace(problem, agents=changed, requirement=staffed(problem))


def roster_of(problem: RosterProblem, lines: Mapping[str, str] = LINES) -> Roster:
    """The roster of these lines, meals as early as can be."""
    codes = problem.alphabet.codes
    symbol = np.array([[codes.index(code) for code in lines[agent.id].split()] for agent in problem.agents])
    shifts = {shift.code: shift for shift in problem.centre.shifts}

    def each(value: Callable[[str], int]) -> IntArray:
        return np.array([value(code) for code in codes])[symbol]

    start = each(lambda code: shifts[code].start_minute if code in shifts else -1)
    minutes = each(lambda code: shifts[code].minutes if code in shifts else 0)
    meal = each(lambda code: shifts[code].meal_earliest if code in shifts and shifts[code].meal_minutes else -1)
    pause = each(lambda code: shifts[code].meal_minutes if code in shifts else 0)
    names = tuple(agent.id for agent in problem.agents)
    return Roster(names, problem.grid.horizon, codes, symbol, start, minutes, meal, pause, version="v7", rhythm="day")


def swap(*days: int, agent: str = "g0", other: str = "g1", **more: object) -> Swap:
    return Swap(id="r", agent=agent, other=other, days=tuple(map(day, days)), made_at=MADE, **more)


def cover(number: int, agent: str = "g0", other: str = "g5", **more: object) -> Cover:
    return Cover(id="r", agent=agent, other=other, day=day(number), made_at=MADE, **more)


def give(number: int, *takers: str, agent: str = "g0") -> GiveAway:
    return GiveAway(id="r", agent=agent, day=day(number), takers=takers, made_at=MADE)


def longer(number: int, minutes: int, agent: str = "g2", before: bool = False) -> Overtime:
    return Overtime(id="r", agent=agent, day=day(number), minutes=minutes, before=before, made_at=MADE)


def early(number: int, minutes: int, agent: str = "g0") -> EarlyLeave:
    return EarlyLeave(id="r", agent=agent, day=day(number), minutes=minutes, made_at=MADE)


def leave(first: int, last: int, agent: str = "g0", **more: object) -> Leave:
    return Leave(id="r", agent=agent, first=day(first), last=day(last), made_at=MADE, **more)


def terms(**more: object) -> RequestPolicy:
    """Every kind under easy terms but for these."""
    return RequestPolicy(**dict.fromkeys(RequestPolicy.model_fields, EASY.model_copy(update=more)))


def decide(
    request: Request,
    policy: RequestPolicy = ALL_EASY,
    problem: RosterProblem | None = None,
    lines: Mapping[str, str] | None = None,
    now: datetime = NOW,
    chance: Callable[[int, IntArray, FloatArray], FloatArray] | None = None,
    granted: Sequence[Request] = (),
    seen: Mapping[str, Roster] | None = None,
    most: int = 0,
) -> Judged:
    asked = problem or team()
    roster = roster_of(asked, LINES | dict(lines or {}))
    before = {name: getattr(roster, name).copy() for name in ("symbol", "start", "minutes", "meal", "meal_minutes", "breaks")}
    found = judge(asked, roster, request, policy, now, chance=chance, granted=granted, seen=seen, most=most)
    assert all((getattr(roster, name) == array).all() for name, array in before.items())
    return found


def on_leave(agent: str, number: int, paid: bool = True) -> RosterProblem:
    return replace(team(), absences=(Absence(agent=agent, first=day(number), last=day(number), paid=paid),))


def breaky(code: str = "E") -> RosterProblem:
    """The longest stretch on the phones of a shift is as short as can be."""
    problem = team()
    shifts = tuple(s.model_copy(update={"max_phone_minutes": 300}) if s.code == code else s for s in SHIFTS)
    return replace(problem, centre=problem.centre.model_copy(update={"shifts": shifts}))


def without(rule: str) -> tuple[RuleSpec, ...]:
    return tuple(spec for spec in RULES if spec.id != rule)


NO_NIGHT = {"protection": Protection(no_night=True)}
NO_OVERTIME = {"protection": Protection(no_overtime=True)}


def narrow_contract() -> RosterProblem:
    """Agent g5 has a contract without shift E."""
    problem = team(g5={"contract": "late"})
    late = problem.centre.contracts[0].model_copy(update={"id": "late", "shifts": ("L",)})
    centre = problem.centre.model_copy(update={"contracts": (*problem.centre.contracts, late)})
    return replace(problem, centre=centre)
