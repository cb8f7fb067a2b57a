"""Off-phone work placed again and again: each piece against all others, and dear ones before those that stand in their way."""

import numpy as np
from pydantic import Field

from data.model.base import Frozen
from optimizer.response.trough.room import Room, Seat
from optimizer.response.trough.search import EPSILON, Priced, best_seat, costs_from, delays, seat_price, span

IN_THE_WAY = 12
"""Pieces that are taken up at a time for a dear one (house choice)."""


class TroughParams(Frozen):
    """How off-phone work is placed.

    Parameters
    ----------
    most_share : float
        Most of those on the phones who may be off them for tasks in a slot; house choice.
    most_cost_per_hour : float or None
        Service that an agent's hour off the phones may cost, in the unit of the goals; dearer work is not placed. None =
        all is placed.
    sweeps : int
        How often each piece is placed again.
    ejections : int
        How often a piece that costs something is put where it would cost least, and those in its way are placed again.
    seed : int
        Of the choice among those in its way.
    bound_steps : int
        Steps of the bound; 0 = none.
    """

    most_share: float = Field(default=0.3, ge=0, le=1)
    most_cost_per_hour: float | None = Field(default=None, ge=0)
    sweeps: int = Field(default=2, ge=0)
    ejections: int = Field(default=400, ge=0)
    seed: int = 0
    bound_steps: int = Field(default=60, ge=0)


def too_dear(found: Priced, params: TroughParams) -> bool:
    """Whether a seat costs more service for each hour than it may."""
    hours = found.seat.unit.minutes * len(found.seat.everyone) / 60
    return params.most_cost_per_hour is not None and found.service > params.most_cost_per_hour * hours + EPSILON


def improved(room: Room, seats: list[Seat], params: TroughParams) -> list[Seat]:
    """Each seat given up and sought again against all others, until nobody moves; then those in the way of dear ones."""
    seats = _settled(room, seats, params)
    return _settled(room, seats, params) if _ejected(room, seats, params) else seats


def _settled(room: Room, seats: list[Seat], params: TroughParams) -> list[Seat]:
    """Each seat given up and sought again, until nobody moves."""
    for _ in range(params.sweeps):
        moved = False
        for k, seat in enumerate(seats):
            room.lift(seat)
            stay, found = seat_price(room, seat), best_seat(room, seat.unit)
            if found is not None and found.total < stay.total - EPSILON and not too_dear(found, params):
                seats[k], moved = found.seat, True
            room.put(seats[k])
        if not moved:
            break
    return seats


def _ejected(room: Room, seats: list[Seat], params: TroughParams) -> bool:
    """Put dear pieces where they would cost least, the dearest first, if all in their way find another place; `seats` changes."""
    rng, moved = np.random.default_rng(params.seed), False
    prices = np.array([_price(room, seat) for seat in seats])
    for k in np.argsort(-prices, kind="stable")[: params.ejections].tolist():
        if prices[k] <= EPSILON:
            break
        moved |= _make_way(room, seats, k, rng, params)
    return moved


def _price(room: Room, seat: Seat) -> float:
    """What a seat costs as things stand."""
    room.lift(seat)
    price = seat_price(room, seat).total
    room.put(seat)
    return price


def _make_way(room: Room, seats: list[Seat], k: int, rng: np.random.Generator, params: TroughParams) -> bool:
    """Try to place piece k anew together with some of those in its way; whether it was worth it."""
    chosen = [k, *_in_the_way(room, seats, k, rng)]
    old, before = [seats[i] for i in chosen], room.cost
    for seat in old:
        room.lift(seat)
    new = list[Seat]()
    for seat in old:
        found = best_seat(room, seat.unit)
        if found is None or too_dear(found, params):
            break
        room.put(found.seat)
        new.append(found.seat)
    gain = before + sum(_delay(room, seat) for seat in old) - room.cost - sum(_delay(room, seat) for seat in new)
    if len(new) == len(old) and gain > EPSILON:
        for i, seat in zip(chosen, new, strict=True):
            seats[i] = seat
        return True
    for seat in new:
        room.lift(seat)
    for seat in old:
        room.put(seat)
    return False


def _delay(room: Room, seat: Seat) -> float:
    return float(delays(room, seat.unit, seat.start, 1)[0])


def _in_the_way(room: Room, seats: list[Seat], k: int, rng: np.random.Generator) -> list[int]:
    """Some of the pieces that overlap the start at which piece k would cost least if it were alone, its own people's first."""
    unit, length = seats[k].unit, room.length(seats[k].unit.minutes)
    first, starts = span(room, unit)
    groups, counts = room.counts(unit, np.array(seats[k].members) if unit.series >= 0 else unit.pool, room.rested, first, starts)
    start = first + int(costs_from(room, unit, groups, counts, first, room.prices).argmin())
    begin = np.array([seat.start for seat in seats])
    end = begin + np.array([room.length(seat.unit.minutes) for seat in seats])
    over = np.flatnonzero((begin < start + length) & (end > start) & (np.arange(len(seats)) != k))
    own = set(seats[k].everyone)
    shuffled = rng.permutation(over).tolist()
    return sorted(shuffled, key=lambda i: own.isdisjoint(seats[i].everyone))[:IN_THE_WAY]
