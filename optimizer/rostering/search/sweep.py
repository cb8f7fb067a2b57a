"""Best response: take one agent's line out, price every day at the margin, put the best legal line in."""

import numpy as np
from numba import njit

from data.model.base import FloatArray, IntArray
from optimizer.rostering import coverage
from optimizer.rostering.coverage import Flow
from optimizer.rostering.frame import Crew, Lines, Shape
from optimizer.rostering.layout import LineTables
from optimizer.rostering.line import Scratch, best_line
from optimizer.rostering.pricing import price_line


@njit(cache=True, nogil=True)
def put_shift(flow: Flow, shape: Shape, g: int, d: int, s: int, m: int, here: int, parent: IntArray) -> None:
    """Add an agent of group g to the slots of a shift outside its meal (`here` = 1), or take the agent out (-1)."""
    begin, end = shape.begin[d, s], shape.end[d, s]
    away = back = end
    if m >= 0:
        away = min(begin + shape.away[s, m], end)
        back = min(away + shape.pause[s], end)
    for t in range(begin, end):
        if t < away or t >= back:
            if here > 0:
                coverage.add(flow, g, t, parent)
            else:
                coverage.remove(flow, g, t, parent)


@njit(cache=True, nogil=True)
def put_line(flow: Flow, shape: Shape, lines: Lines, g: int, a: int, here: int, parent: IntArray) -> None:
    """`put_shift` for all open days of an agent."""
    for d in range(shape.open_first, shape.open_end):
        if lines.symbol[a, d] >= shape.first_shift:
            put_shift(flow, shape, g, d, int(lines.symbol[a, d]), int(lines.meal[a, d]), here, parent)


@njit(cache=True, nogil=True)
def put_lines(flow: Flow, shape: Shape, lines: Lines, crew: Crew, rows: IntArray) -> None:
    """Add the lines of some agents to the flow."""
    parent = np.empty(len(flow.under), dtype=np.int64)
    for a in rows:
        put_line(flow, shape, lines, int(crew.group[a]), a, 1, parent)


@njit(cache=True, nogil=True)
def _is_open(shape: Shape, d: int) -> bool:
    return shape.open_first <= d < shape.open_end


@njit(cache=True, nogil=True)
def respond(
    tables: LineTables,
    shape: Shape,
    crew: Crew,
    flow: Flow,
    lines: Lines,
    own: FloatArray,
    rows: IntArray,
    present: bool,
    scratch: Scratch,
) -> None:
    """Give some agents, one after the other, their best line against all others.

    Parameters
    ----------
    lines : Lines
        Changed in place.
    own : array of float, shape (agents,)
        What each agent's line costs beside coverage; changed in place.
    rows : array of int
        The agents; all use `tables`.
    present : bool
        Whether the lines of these agents are in the flow already.
    """
    parent = np.empty(len(flow.under), dtype=np.int64)
    prices, total = np.zeros(shape.slots), np.zeros(shape.slots + 1)
    price, meal = np.empty(crew.cost.shape[1:]), np.full(crew.cost.shape[1:], -1, dtype=np.int64)
    days = slice(shape.open_first, shape.open_end)
    first, end = shape.begin[days, shape.first_shift :].min(), shape.end[days].max()
    for a in rows:
        g = int(crew.group[a])
        if present:
            put_line(flow, shape, lines, g, a, -1, parent)
        coverage.slot_prices(flow, g, first, end, prices)
        for t in range(first, end):
            total[t + 1] = total[t] + prices[t]
        price_line(shape, crew, a, total, price, meal)
        value, line = best_line(tables, price, scratch)
        for d in range(len(line)):
            lines.symbol[a, d] = line[d]
            lines.meal[a, d] = -1 if line[d] < shape.first_shift else meal[d, line[d]]
            value -= price[d, line[d]] - crew.cost[a, d, line[d]]
            if crew.base_symbol[a, d] == line[d] and crew.base_meal[a, d] != lines.meal[a, d] and _is_open(shape, d):
                value += crew.move_cost
        own[a] = value
        put_line(flow, shape, lines, g, a, 1, parent)
