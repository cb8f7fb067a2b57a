"""Where a piece of off-phone work costs least, and if nowhere, why."""

from typing import NamedTuple

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from optimizer.response.trough.kernels import cheapest, leave_phones, removal_prices, return_to_phones
from optimizer.response.trough.room import Room, Seat, window_sums
from optimizer.response.trough.units import Unit

TRIES = 24
"""Starts of a group session that are looked at exactly, in the order of what they cost at least (house choice)."""
EPSILON = 1e-9
"""Differences of cost below this are rounding."""


class Priced(NamedTuple):
    """A seat, what it costs in service, and with its delay."""

    seat: Seat
    service: float
    total: float


class Starts(NamedTuple):
    """What a unit costs at least from each start on.

    Parameters
    ----------
    first : int
        The first start; the others follow slot by slot.
    cost : array of float, shape (starts,)
        With the delay; inf where it cannot be.
    delay : array of float, shape (starts,)
    """

    first: int
    cost: FloatArray
    delay: FloatArray


def delays(room: Room, unit: Unit, first: int, starts: int) -> FloatArray:
    """Cost of the delay until a unit is done, from each start on; shape (starts,)."""
    grid = room.problem.grid
    origin = int(grid.day_start_minutes[room.problem.first_open]) - unit.task.earliest.timestamp() / 60
    done = origin + (first + np.arange(starts)) * grid.minutes + unit.minutes
    return unit.task.delay_cost * np.maximum(done, 0.0) / 60


def costs_from(room: Room, unit: Unit, groups: IntArray, counts: IntArray, first: int, prices: FloatArray) -> FloatArray:
    """Least cost of a unit under prices of agents, from each start on; inf where too few have time; shape (starts,)."""
    starts, length = counts.shape[1], room.length(unit.minutes)
    costs = np.full(starts, np.inf)
    if len(groups):
        window = window_sums(prices[groups], length, first, starts)
        cheapest(np.ascontiguousarray(window), counts.copy(), unit.size, costs)
    if unit.facilitator >= 0:
        leader = int(room.problem.group_of[unit.facilitator])
        costs = costs + window_sums(prices[leader : leader + 1], length, first, starts)[0]
    return costs + delays(room, unit, first, starts)


def span(room: Room, unit: Unit, end: int | None = None) -> tuple[int, int]:
    """First start of a unit and number of starts up to its end, or to another."""
    last = unit.end if end is None else end
    return unit.first, max(last - unit.first - room.length(unit.minutes) + 1, 0)


def starts_of(room: Room, unit: Unit) -> Starts:
    """Starts that a unit may still have."""
    first, starts = span(room, unit)
    length = room.length(unit.minutes)
    groups, counts = room.counts(unit, room.members(unit), room.run, first, starts)
    costs = costs_from(room, unit, groups, counts, first, room.prices)
    costs[blocked(room, unit, length, first, starts)] = np.inf
    return Starts(first, costs, delays(room, unit, first, starts))


def blocked(room: Room, unit: Unit, length: int, first: int, starts: int) -> BoolArray:
    """Starts that the share off the phones or the place forbids; shape (starts,)."""
    heads = unit.size + (unit.facilitator >= 0)
    held = room.crowded(heads, length, first, starts)
    return held | room.taken(unit.task.place, length, first, starts) if unit.task.together else held


def best_seat(room: Room, unit: Unit) -> Priced | None:
    """The cheapest seat of a unit as things stand: exact for one agent, among the most promising starts for a group."""
    if span(room, unit)[1] == 0:
        return None
    told, best = starts_of(room, unit), None
    order = np.argsort(told.cost, kind="stable")
    for k in order[: TRIES if unit.size > 1 else 1].tolist():
        if not np.isfinite(told.cost[k]) or (best is not None and told.cost[k] >= best.total - EPSILON):
            break
        found = _seated(room, unit, told.first + k, float(told.delay[k]))
        best = found if best is None or found.total < best.total - EPSILON else best
    return best


def seat_price(room: Room, seat: Seat) -> Priced:
    """What a seat would cost as things stand."""
    length = room.length(seat.unit.minutes)
    taken = [int(room.problem.group_of[a]) for a in seat.everyone]
    service = sum(leave_phones(room.flow, g, seat.start, seat.start + length) for g in taken)
    _give_back(room, taken, seat.start, seat.start + length)
    return Priced(seat, service, service + float(delays(room, seat.unit, seat.start, 1)[0]))


def _give_back(room: Room, groups: list[int], first: int, end: int) -> None:
    for g in groups:
        return_to_phones(room.flow, g, first, end)


def _seated(room: Room, unit: Unit, start: int, delay: float) -> Priced:
    """The members who cost least from a start on, one by one, the ones with the least off-phone work first."""
    end, group_of = start + room.length(unit.minutes), room.problem.group_of
    pool = room.members(unit)
    pool = pool[room.run[pool, start] >= end - start]
    pool = pool[np.argsort(room.load[pool], kind="stable")]
    waiting = {int(g): pool[group_of[pool] == g].tolist()[::-1] for g in np.unique(group_of[pool])}
    service, taken, members = 0.0, list[int](), list[int]()
    if unit.facilitator >= 0:
        taken.append(int(group_of[unit.facilitator]))
        service += leave_phones(room.flow, taken[0], start, end)
    for _ in range(unit.size):
        g = _cheapest_group(room, [g for g, rows in waiting.items() if rows], start, end)
        members.append(waiting[g].pop())
        taken.append(g)
        service += leave_phones(room.flow, g, start, end)
    _give_back(room, taken, start, end)
    return Priced(Seat(unit, start, tuple(members)), service, service + delay)


def _cheapest_group(room: Room, groups: list[int], start: int, end: int) -> int:
    """Group of which one agent less from a start to an end costs least now."""
    if len(groups) == 1:
        return groups[0]
    prices = np.zeros((len(room.problem.groups), end))
    removal_prices(room.flow, start, end, prices)
    return groups[int(np.argmin(prices[groups, start:end].sum(axis=1)))]


class Why(NamedTuple):
    """Why a unit has no seat, how many of its members could be together at most, and the first start that would do."""

    code: str
    most: int
    nearest: int | None


def why_not(room: Room, unit: Unit) -> Why:
    """The first of the causes, in the order of `optimizer.response.trough.wording.REASONS`, that leaves no start."""
    if not len(unit.pool) or (unit.task.facilitator and unit.facilitator < 0):
        return Why("nobody", 0, None)
    first, starts = span(room, unit)
    nearest = _nearest(room, unit)
    if starts == 0:
        return Why("late", 0, nearest)
    length = room.length(unit.minutes)
    most = int(room.counts(unit, unit.pool, room.rested, first, starts)[1].sum(axis=0).max(initial=0))
    if most < unit.least or unit.size < unit.least:
        return Why("group" if most or unit.least > len(unit.pool) else "no_shift", most, nearest)
    fits = room.counts(unit, room.members(unit), room.run, first, starts)[1].sum(axis=0) >= unit.least
    if not fits.any():
        return Why("taken", most, nearest)
    held = unit.task.together and room.taken(unit.task.place, length, first, starts)[fits].all()
    return Why("place" if held else "share", most, nearest)


def _nearest(room: Room, unit: Unit) -> int | None:
    """First start at which the fewest members would do, whatever the deadline."""
    first, starts = span(room, unit, room.slots)
    if starts == 0:
        return None
    fits = room.counts(unit, room.members(unit), room.run, first, starts)[1].sum(axis=0) >= unit.least
    fits &= ~blocked(room, unit, room.length(unit.minutes), first, starts)
    return first + int(fits.argmax()) if fits.any() else None
