"""Rosters put together from the days of two: what sets them apart, and the one with some days of the other."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product

import numpy as np

from data.model.base import BoolArray
from data.model.roster import OFF, Roster, ShiftTemplate
from data.model.time import Horizon

SHAPE = ("start", "minutes", "meal", "meal_minutes")
"""What a roster says of a shift beside its code and its breaks."""


@dataclass(frozen=True, eq=False)
class Edits:
    """Days of agents that were set by hand, and the roster that has them."""

    roster: Roster
    days: tuple[tuple[str, date], ...]


def differing(one: Roster, other: Roster) -> BoolArray:
    """Days of agents on which two rosters of the same agents and days differ; shape (agents, days)."""
    differs = np.array(one.codes)[one.symbol] != np.array(other.codes)[other.symbol]
    for name in SHAPE:
        differs = differs | (getattr(one, name) != getattr(other, name))
    return np.asarray(differs | one.breaks_differ(other))


def spliced(roster: Roster, other: Roster, which: BoolArray) -> Roster:
    """A roster with some days as they are in another one of the same agents and days.

    Parameters
    ----------
    which : array of bool, shape (agents, days)
        Days taken from `other`.
    """
    codes = (*roster.codes, *(code for code in other.codes if code not in roster.codes))
    theirs = np.array([codes.index(code) for code in other.codes])[other.symbol]
    parts = {name: np.where(which, getattr(other, name), getattr(roster, name)) for name in SHAPE}
    most = max(roster.breaks.shape[2], other.breaks.shape[2])
    breaks = np.where(which[:, :, None], other.break_starts(most), roster.break_starts(most))
    return replace(roster, codes=codes, symbol=np.where(which, theirs, roster.symbol), **parts, breaks=breaks)


def with_days(roster: Roster, other: Roster, days: Iterable[tuple[str, date]]) -> tuple[Roster, BoolArray]:
    """A roster with some days of agents as another one has them, and which days these are; those that either lacks are left out.

    Parameters
    ----------
    days : iterable of (agent, date)
    """
    which, rows = np.zeros(roster.symbol.shape, dtype=np.bool_), {agent: a for a, agent in enumerate(roster.agents)}
    theirs = {agent: a for a, agent in enumerate(other.agents)}
    source = np.zeros((2, *which.shape), dtype=np.int64)
    for agent, day in days:
        a, d, b, e = rows.get(agent, -1), roster.horizon.index(day), theirs.get(agent, -1), other.horizon.index(day)
        if min(a, d, b, e) >= 0 and d < roster.horizon.days and e < other.horizon.days:
            which[a, d], source[:, a, d] = True, (b, e)
    arrays = {name: getattr(other, name)[source[0], source[1]] for name in ("symbol", *SHAPE, "breaks")}
    return spliced(roster, replace(other, agents=roster.agents, horizon=roster.horizon, **arrays), which), which


def days_of(roster: Roster, which: BoolArray) -> Iterator[tuple[str, date]]:
    """Agents and days of a mask of shape (agents, days)."""
    for a, d in np.argwhere(which).tolist():
        yield roster.agents[a], roster.horizon.dates[d]


def locked_days(days: Iterable[tuple[str, date]], roster: Roster) -> BoolArray | None:
    """The mask of some days of agents, shape (agents, days); None = none."""
    which = with_days(roster, roster, days)[1]
    return which if which.any() else None


def with_shift(roster: Roster, a: int, d: int, shift: ShiftTemplate | None) -> Roster:
    """A roster with a day of an agent on a shift as its template has it, its pauses at their first places; None = a day off."""
    plan = (-1,) if shift is None else shift.plans[0]
    code = OFF if shift is None else shift.code
    codes = roster.codes if code in roster.codes else (*roster.codes, code)
    start, minutes, meal_minutes = (-1, 0, 0) if shift is None else (shift.start_minute, shift.minutes, shift.meal_minutes)
    cell = {"symbol": codes.index(code), "start": start, "minutes": minutes, "meal": plan[0], "meal_minutes": meal_minutes}
    arrays = {name: getattr(roster, name).copy() for name in cell}
    for name, value in cell.items():
        arrays[name][a, d] = value
    breaks = roster.break_starts(len(plan) - 1)
    breaks[a, d] = [*plan[1:], *[-1] * (breaks.shape[2] - len(plan) + 1)]
    return replace(roster, codes=codes, **arrays, breaks=breaks)


def days_off(agents: tuple[str, ...], horizon: Horizon) -> Roster:
    """A roster in which nobody works."""
    nothing = np.zeros((len(agents), horizon.days), dtype=np.int64)
    return Roster(agents, horizon, (OFF,), nothing, nothing - 1, nothing, nothing - 1, nothing)


def joined(rosters: Sequence[Roster]) -> Roster:
    """One roster over the days of several, whose agents are those of the last; a day that several have is as the first has it."""
    first, last = min(one.horizon.first for one in rosters), max(one.horizon.last for one in rosters)
    horizon = rosters[-1].horizon.model_copy(update={"first": first, "days": (last - first).days + 1})
    made = days_off(rosters[-1].agents, horizon)
    for one in reversed(rosters):
        made, _ = with_days(made, one, product(one.agents, one.horizon.dates))
    return replace(made, version=" + ".join(one.version for one in rosters))


def part_of(roster: Roster, first: date, last: date) -> Roster:
    """Some days of a roster, both ends included."""
    horizon = roster.horizon
    days = slice(horizon.index(first), horizon.index(last) + 1)
    arrays = {name: getattr(roster, name)[:, days] for name in ("symbol", *SHAPE, "breaks")}
    return replace(roster, horizon=horizon.model_copy(update={"first": first, "days": days.stop - days.start}), **arrays)
