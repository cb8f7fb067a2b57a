"""A bound on what any placement of the same pieces costs: prices of agents per slot and queue, and each piece at its cheapest.

For any prices, no placement costs less than what the curves cost at these prices with everyone on the phones, and the sum of
the cheapest starts of all pieces, each by itself (`optimizer.rostering.bound`). In each slot the prices lie between those of the
last agent before anything is placed, which give a bound of at least nothing, and those of the last agent then; where between the
two, and a price of being off the phones at all, for the share that may be, climb towards the cost of the placement found.

That two pieces may not share an agent or a place is left out, and tasks are held to be cut as they are.

References
----------
Polyak (1969), Minimization of unsmooth functionals, doi:10.1016/0041-5553(69)90061-5, for the length of the steps; Fisher (1981),
The Lagrangian relaxation method, doi:10.1287/mnsc.27.1.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.model.base import FloatArray, IntArray
from optimizer.response.trough.kernels import answer_unit, last_prices
from optimizer.response.trough.room import Room, Seat
from optimizer.response.trough.search import delays, span
from optimizer.response.trough.units import Unit
from optimizer.rostering.bound import Dual
from optimizer.rostering.coverage import Flow
from optimizer.rostering.curves import Curves

FIRST_STEP, LAST_STEP = 1.0, 0.05
"""Shares of Polyak's step (house choice)."""


def lower_bound(room: Room, seats: Sequence[Seat], before: FloatArray, found: float, steps: int) -> float:
    """Bound on service and delay of any placement of some units, in the unit of the curves' own cost; 0 without steps.

    Parameters
    ----------
    before : array of float, shape (slots, queues)
        `last_agents` before they were placed.
    found : float
        Cost of the placement found.
    """
    if steps == 0 or not seats:
        return 0.0
    flow, everyone, answer = room.flow, _others(room, seats), _Answer(room, seats)
    dual = Dual(Curves(flow.first, flow.bend, flow.step), room.problem.group_mask, everyone, len(seats), answer)
    low, high = dual.clipped(-before), dual.clipped(-last_agents(flow))
    width = np.abs(high - low).max(axis=1)
    toward = np.divide(high - low, width[:, None], out=np.zeros_like(low), where=width[:, None] > 0)
    room_left = room.most - (room.present - everyone).sum(axis=0)
    lift, best = np.zeros(len(low)), -np.inf
    for length in np.geomspace(FIRST_STEP, LAST_STEP, steps):
        value, slope = dual.evaluate(low + lift[:, None] * toward)
        value -= float(answer.tax @ room_left)
        best = max(best, value)
        steeper, crowd = (slope * toward).sum(axis=1), answer.away - room_left
        move = length * (found - value) / max(float(steeper @ steeper + crowd @ crowd), 1e-12)
        lift = np.clip(lift + move * steeper, 0.0, width)
        answer.tax = np.maximum(answer.tax + move * crowd, 0.0)
    return best


def last_agents(flow: Flow) -> FloatArray:
    """Cost of the last agent on each queue; shape (slots, queues)."""
    prices = np.zeros(flow.served.shape)
    last_prices(flow, prices)
    return prices


def _others(room: Room, seats: Sequence[Seat]) -> IntArray:
    """Who is on the phones as if the units were not; shape (groups, slots)."""
    present = room.present - room.off
    for seat in seats:
        for a in seat.everyone:
            present[room.problem.group_of[a], seat.start : seat.start + room.length(seat.unit.minutes)] += 1
    return present


@dataclass(frozen=True, eq=False)
class _Asked:
    """A unit as the kernel sees it; shapes as in `answer_unit`."""

    first: int
    groups: IntArray
    counts: IntArray
    size: int
    leader: int
    length: int
    delay: FloatArray


class _Answer:
    """Every unit's cheapest start under prices of presence, and a price of being away at all.

    Parameters
    ----------
    tax : array of float, shape (slots,)
        What being off the phones costs beside, for the share that may be.
    away : array of float, shape (slots,)
        Who was off the phones in the last answer.
    """

    def __init__(self, room: Room, seats: Sequence[Seat]):
        known: dict[tuple[int, int, int, int, str], tuple[IntArray, IntArray]] = {}
        self.asked = [_asked(room, seat.unit, known) for seat in seats]
        self.tax, self.away = np.zeros(room.slots), np.zeros(room.slots)

    def __call__(self, total: FloatArray, _: IntArray | None) -> tuple[float, IntArray]:
        steps, value = np.zeros(total.shape, dtype=np.int64), 0.0
        total = total - np.concatenate([[0.0], np.cumsum(self.tax)])
        for one in self.asked:
            part = (one.groups, one.counts, one.size, one.leader, one.length, one.delay)
            value += answer_unit(total[:, one.first :], *part, steps[:, one.first :])
        present = steps.cumsum(axis=1)[:, :-1]
        self.away = -present.sum(axis=0).astype(np.float64)
        return value, present


def _asked(room: Room, unit: Unit, known: dict[tuple[int, int, int, int, str], tuple[IntArray, IntArray]]) -> _Asked:
    """A unit, counted once for all units of the same pool, length and time."""
    (first, starts), length = span(room, unit), room.length(unit.minutes)
    key = (id(unit.pool), first, starts, length, unit.task.facilitator)
    if key not in known:
        known[key] = room.counts(unit, unit.pool, room.rested, first, starts)
    leader = -1 if unit.facilitator < 0 else int(room.problem.group_of[unit.facilitator])
    return _Asked(first, *known[key], unit.size, leader, length, delays(room, unit, first, starts))
