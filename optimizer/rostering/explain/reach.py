"""Which shifts an agent could have on which days at all: every symbol that stands in some legal line."""

from math import inf

import numpy as np
from numba import njit

from data.model.base import BoolArray, FloatArray, IntArray
from optimizer.rostering.frame import Frame, Shape
from optimizer.rostering.layout import LineTables
from optimizer.rostering.line import Scratch, best_line, new_scratch

FRESH = 1e9
"""What a line earns for each symbol not seen before: more than weighted rules can ever cost (house choice)."""


def reach(frame: Frame, rows: IntArray) -> BoolArray:
    """Symbols that stand in a legal line of some agents; shape (rows, days, symbols); nothing without a legal line.

    Agents whose tables and forbidden days are equal are looked at once.
    """
    keys = [(int(frame.table_of[a]), np.isfinite(frame.crew.cost[a]).tobytes()) for a in rows]
    seen = {key: int(a) for key, a in zip(reversed(keys), reversed(rows), strict=True)}
    found = {key: _reached(frame, a) for key, a in seen.items()}
    shape = (len(rows), *frame.crew.cost.shape[1:])
    return np.array([found[key] for key in keys], dtype=np.bool_).reshape(shape)


def _reached(frame: Frame, a: int) -> BoolArray:
    number, cost = int(frame.table_of[a]), frame.crew.cost[a]
    if number < 0:
        return np.zeros(cost.shape, dtype=np.bool_)
    tables = frame.tables[number]
    return _all_lines(tables, np.where(np.isfinite(cost), -FRESH, inf), new_scratch(tables))


@njit(cache=True, nogil=True)
def _all_lines(tables: LineTables, price: FloatArray, scratch: Scratch) -> BoolArray:
    """Symbols met by legal lines, each line with as many new ones as can be; `price` is changed in place."""
    met, fresh = np.zeros(price.shape, dtype=np.bool_), True
    while fresh:
        fresh = False
        line = best_line(tables, price, scratch)[1]
        for d in range(len(line)):
            if line[d] >= 0 and not met[d, line[d]]:
                met[d, line[d]] = fresh = True
                price[d, line[d]] = 0.0
    return met


def spans(shape: Shape, slot: int) -> BoolArray:
    """Shifts of open days that hold a slot; shape (days, symbols)."""
    held = (shape.begin <= slot) & (slot < shape.end)
    days, symbols = np.indices(held.shape)
    return held & (days >= shape.open_first) & (days < shape.open_end) & (symbols >= shape.first_shift)


def could_be_there(frame: Frame, rows: IntArray) -> BoolArray:
    """Slots in which some agents could be on shift in a legal line, each slot by itself; shape (rows, slots)."""
    shape, possible = frame.shape, reach(frame, rows)
    there = np.zeros((len(rows), shape.slots), dtype=np.bool_)
    for d in range(shape.open_first, shape.open_end):
        for s in np.flatnonzero(possible[:, d].any(axis=0)):
            if s >= shape.first_shift:
                there[possible[:, d, s], shape.begin[d, s] : shape.end[d, s]] = True
    return there
