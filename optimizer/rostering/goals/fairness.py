"""Fairness with memory: unpopular duty gathers points, and who has many from before is spared.

An agent who brings ``b`` points more than the mean of all agents and earns ``e`` in the plan costs ``(b + e)^2 - b^2``, which
is ``e^2`` (a counter that agents share) and ``2 b e`` (a price of each point, the agent's own). What an agent brings is the
balance and what the days since then, up to the first open one, hold; without a balance it is an equal share.
"""

from datetime import date
from functools import partial

import numpy as np
from pydantic import Field

from data.model.base import BoolArray, FloatArray, Frozen, IntArray
from data.model.calendar import Calendar, DayType
from data.model.people import ShiftKind
from data.model.roster import NIGHT_SHIFT_MINUTES, Roster, ShiftTemplate
from optimizer.rostering.goals import Charge
from optimizer.rostering.language import Counter, Language
from optimizer.rostering.problem import LineContext, RosterProblem
from optimizer.rostering.rules import Tongue


class Params(Frozen):
    """Points of a duty (a day counts the largest of those that hold), and what they cost. Numbers: house choice.

    Parameters
    ----------
    weight : float
        Cost of the first point of an agent who brings an equal share; the second costs three times as much.
    night, weekend, holiday, festival, unpopular : int
        Points of a shift with three hours of night work, on a rest day, on a public holiday, on a festival, of an unpopular
        kind; 0 to 9.
    festivals : tuple of str
        Parts of the names of the holidays that are festivals.
    kinds : tuple of str
        Kinds of shift that are unpopular.
    """

    weight: float = Field(default=1.0, ge=0)
    night: int = Field(default=1, ge=0, le=9)
    weekend: int = Field(default=1, ge=0, le=9)
    holiday: int = Field(default=1, ge=0, le=9)
    festival: int = Field(default=2, ge=0, le=9)
    unpopular: int = Field(default=1, ge=0, le=9)
    festivals: tuple[str, ...] = ("Chinese New Year", "春节")
    kinds: tuple[ShiftKind, ...] = ("split",)


def sentence(params: Params, language: Tongue) -> str:
    p = params
    if language == "zh":
        return (
            f"不受欢迎的班次计分：夜班 {p.night:g}，周末 {p.weekend:g}，节假日 {p.holiday:g}，重大节日 {p.festival:g}，"
            f"其他不受欢迎班次 {p.unpopular:g}；往期与本期积分之和的平方每增加 1 计 {p.weight:g}。"
        )
    return (
        f"Points of unpopular duty: night {p.night:g}, weekend {p.weekend:g}, holiday {p.holiday:g}, festival {p.festival:g}, "
        f"unpopular kind {p.unpopular:g}; the square of what an agent brings and earns costs {p.weight:g} for each unit it grows."
    )


def charge(params: Params, problem: RosterProblem) -> Charge:
    points = _points(params, problem)
    charged = np.arange(len(points)) >= problem.first_open
    priced = np.where(charged[:, None], points, 0)
    own = 2 * params.weight * _brought(problem, points)
    return Charge(prices=own[:, None, None] * priced, language=partial(_language, params.weight, priced))


def _language(weight: float, points: IntArray, context: LineContext) -> Language:
    """One counter of points, priced by its square."""
    most = int(points.max(axis=1).sum())
    if most == 0:
        return Language()
    price = weight * np.arange(most + 1, dtype=np.float64) ** 2
    return Language(counters=(Counter("points", points, (context.days - 1,), price[None]),))


def _points(params: Params, problem: RosterProblem) -> IntArray:
    """Points of each symbol on each day; shape (days, symbols)."""
    alphabet, calendar, dates = problem.alphabet, problem.calendar, problem.grid.horizon.dates
    types = [calendar.day_type(day) for day in dates]
    holiday = np.array([kind is DayType.HOLIDAY for kind in types])
    festival = holiday & np.array([any(part in calendar.name(day) for part in params.festivals) for day in dates])
    night = alphabet.night_minutes >= NIGHT_SHIFT_MINUTES
    disliked = alphabet.of_shifts([int(shift.kind in params.kinds) for shift in alphabet.shifts]) > 0
    rest = np.array([kind is DayType.REST for kind in types])
    of_day = np.max([params.weekend * rest, params.holiday * holiday, params.festival * festival], axis=0)
    of_shift = np.maximum(params.night * night, params.unpopular * disliked)
    return np.where(alphabet.is_shift, np.maximum(of_day[:, None], of_shift), 0)


def _brought(problem: RosterProblem, points: IntArray) -> FloatArray:
    """Points each agent has before the first open day, less the mean of all; shape (agents,)."""
    horizon, days = problem.grid.horizon, np.arange(len(points))
    held = [problem.balance_of.get(agent.id) for agent in problem.agents]
    since = np.array([0 if balance is None else horizon.index(balance.until) + 1 for balance in held])
    past: BoolArray = (problem.fixed >= 0) & (days >= since[:, None]) & (days < problem.first_open)
    own = np.array([0.0 if balance is None else balance.points for balance in held])
    own = own + np.where(past, points[days, np.maximum(problem.fixed, 0)], 0).sum(axis=1)
    return own - own.mean()


def measure(params: Params, problem: RosterProblem, roster: Roster) -> float:
    before = held_points(params, problem, problem.base, problem.first_open)
    earned = duty_points(params, problem, roster)[:, problem.first_open :].sum(axis=1).tolist()
    mean, total = sum(before) / len(before), 0.0
    for known, more in zip(before, earned, strict=True):
        total += (known - mean + more) ** 2 - (known - mean) ** 2
    return params.weight * total


def held_points(params: Params, problem: RosterProblem, roster: Roster | None, end: int) -> list[float]:
    """Points of each agent when day `end` begins: those of the balance, and of the days of a roster since then."""
    points = None if roster is None else duty_points(params, problem, roster)
    held: list[float] = []
    for row, agent in enumerate(problem.agents):
        balance = problem.balance_of.get(agent.id)
        since = 0 if balance is None else max(0, problem.grid.horizon.index(balance.until) + 1)
        brought = 0.0 if balance is None else balance.points
        held.append(brought + (0.0 if points is None else float(points[row, since:end].sum())))
    return held


def duty_points(params: Params, problem: RosterProblem, roster: Roster) -> IntArray:
    """Points of each agent's days in a roster; shape (agents, days)."""
    shifts = {shift.code: shift for shift in problem.centre.shifts}
    dates, calendar = roster.horizon.dates, problem.calendar
    table = np.array([[_worth(params, calendar, day, shifts.get(code)) for code in roster.codes] for day in dates])
    return table[np.arange(len(dates)), roster.symbol]


def _worth(params: Params, calendar: Calendar, day: date, shift: ShiftTemplate | None) -> int:
    """Points of a shift on a day; 0 without a shift."""
    if shift is None:
        return 0
    worth, kind = [0], calendar.day_type(day)
    if shift.night_minutes >= NIGHT_SHIFT_MINUTES:
        worth.append(params.night)
    if shift.kind in params.kinds:
        worth.append(params.unpopular)
    if kind == DayType.REST:
        worth.append(params.weekend)
    if kind == DayType.HOLIDAY:
        worth.append(params.holiday)
        worth += [params.festival for part in params.festivals if part in calendar.name(day)]
    return max(worth)
