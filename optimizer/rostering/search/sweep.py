"""Best response: price every day of an agent at the margin of all others, and put the best legal line in place of the old one."""

from typing import NamedTuple

import numpy as np
from numba import njit

from data.model.base import FloatArray, IntArray
from optimizer.compiled import compiled, inlined
from optimizer.rostering import coverage
from optimizer.rostering.coverage import Flow
from optimizer.rostering.crowd import Crowd, Heads, band_price, code_price, come_or_go, gather
from optimizer.rostering.frame import Crew, Lines, Shape
from optimizer.rostering.layout import LineTables
from optimizer.rostering.line import Scratch, best_line
from optimizer.rostering.pricing import price_line


class Floor(NamedTuple):
    """Who is where: the queues in every slot, and the agents counted together."""

    flow: Flow
    crowd: Crowd
    heads: Heads


@inlined
def mark_slots(shape: Shape, lines: Lines, a: int, here: IntArray, mark: int) -> None:
    """Add `mark` to the slots in which agent a is on the phones; shape of `here`: (slots,)."""
    for d in range(shape.open_first, shape.open_end):
        s, m = lines.symbol[a, d], lines.meal[a, d]
        if s >= shape.first_shift:
            begin, end = shape.begin[d, s], shape.end[d, s]
            for t in range(begin, end):
                here[t] += mark
            for k in range(shape.pauses[s] if m >= 0 else 0):
                for t in range(min(begin + shape.away[s, m, k], end), min(begin + shape.back[s, m, k], end)):
                    here[t] -= mark


@compiled
def place(shape: Shape, crew: Crew, floor: Floor, lines: Lines, rows: IntArray, agents: int, here: IntArray) -> None:
    """Put the lines of some agents on the floor (1), or take them off (-1); `here` is scratch of zeros, shape (slots,)."""
    flow, crowd, heads = floor
    for a in rows:
        g = int(crew.group[a])
        mark_slots(shape, lines, a, here, 1)
        for t in range(len(here)):
            if here[t]:
                here[t] = 0
                if agents > 0:
                    coverage.add(flow, g, t)
                else:
                    coverage.remove(flow, g, t)
                come_or_go(crowd, heads, a, t, agents)
        gather(crowd, heads, a, lines.symbol[a], agents)


@compiled
def _slot_prices(crew: Crew, floor: Floor, a: int, here: IntArray, total: FloatArray) -> None:
    """Running sum of what agent a costs or saves on the phones beside all others; `here` marks where the agent is counted."""
    flow, crowd, heads = floor
    g = crew.group[a]
    for t in range(len(here)):
        price = coverage.refund(flow, g, t) if here[t] else coverage.price_of(flow, g, t)
        total[t + 1] = total[t] + price + band_price(crowd, heads, a, t, here[t])


@compiled
def _code_prices(crowd: Crowd, heads: Heads, shape: Shape, a: int, own: IntArray, price: FloatArray) -> None:
    """Add what the shifts cost the teams of agent a; `own` is the agent's line that is counted, shape (days,)."""
    if len(crowd.team):
        for d in range(shape.open_first, shape.open_end):
            for s in range(shape.first_shift, price.shape[1]):
                price[d, s] += code_price(crowd, heads, a, d, s, own[d])


@compiled
def _change_places(crew: Crew, floor: Floor, a: int, here: IntArray) -> None:
    """Move agent a from the slots marked 1 or 3 in `here` to those marked 2 or 3; the marks are cleared."""
    flow, crowd, heads = floor
    for t in range(len(here)):
        if here[t] == 1:
            coverage.remove(flow, crew.group[a], t)
            come_or_go(crowd, heads, a, t, -1)
        elif here[t] == 2:
            coverage.add(flow, crew.group[a], t)
            come_or_go(crowd, heads, a, t, 1)
        here[t] = 0


@njit(cache=True, nogil=True)
def respond(
    tables: LineTables,
    shape: Shape,
    crew: Crew,
    floor: Floor,
    lines: Lines,
    own: FloatArray,
    rows: IntArray,
    present: bool,
    noise: FloatArray,
    scratch: Scratch,
) -> None:
    """Give some agents, one after the other, their best line against all others.

    Parameters
    ----------
    lines : Lines
        Changed in place.
    own : array of float, shape (agents,)
        What each agent's line costs beside coverage and crowds; changed in place.
    rows : array of int
        The agents; all use `tables`.
    present : bool
        Whether the lines of these agents are on the floor already.
    noise : array of float, shape (rows, days, symbols), or (0, 0, 0)
        Added to the prices that decide.
    """
    crowd, heads = floor.crowd, floor.heads
    here, total = np.zeros(shape.slots, dtype=np.int64), np.zeros(shape.slots + 1)
    price, meal = np.empty(crew.cost.shape[1:]), np.full(crew.cost.shape[1:], -1, dtype=np.int64)
    none = np.full(crew.cost.shape[1], -1, dtype=np.int64)
    for i in range(len(rows)):
        a = rows[i]
        if present:
            mark_slots(shape, lines, a, here, 1)
        _slot_prices(crew, floor, a, here, total)
        price_line(shape, crew, a, total, price, meal)
        _code_prices(crowd, heads, shape, a, lines.symbol[a] if present else none, price)
        if len(noise):
            price += noise[i]
        if present:
            gather(crowd, heads, a, lines.symbol[a], -1)
        value, line = best_line(tables, price, scratch)
        own[a] = _take(shape, crew, lines, a, value, line, price, meal)
        mark_slots(shape, lines, a, here, 2)
        _change_places(crew, floor, a, here)
        gather(crowd, heads, a, line, 1)


@njit(cache=True, nogil=True)
def _take(shape: Shape, crew: Crew, lines: Lines, a: int, value: float, line: IntArray, price: FloatArray, meal: IntArray) -> float:
    """Write agent a's new line; returns what it costs beside coverage and crowds."""
    for d in range(len(line)):
        s = line[d]
        lines.symbol[a, d] = s
        lines.meal[a, d] = -1 if s < shape.first_shift else meal[d, s]
        value -= price[d, s] - crew.cost[a, d, s]
        moved = crew.base_symbol[a, d] == s and crew.base_meal[a, d] != lines.meal[a, d]
        if moved and shape.open_first <= d < shape.open_end:
            value += crew.move_cost
    return value
