"""The line engine: one agent's cheapest legal line over the whole horizon, exact.

A dynamic programme in pull form over the tables of `product`: each state keeps the price of its cells in one contiguous row, and
an arc is "shift the row by a constant, add a price, take the minimum". Live intervals at run time make frozen days nearly free:
give them as costs that are infinite for every symbol but one.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from data.model.base import FloatArray, IntArray
from optimizer.compiled import compiled, inlined
from optimizer.rostering.layout import END, FIRST, GROUP, SHIFT, SOURCE, LineTables


class Scratch(NamedTuple):
    """Working memory of one thread; its content means nothing between calls."""

    value: FloatArray
    first: IntArray
    end: IntArray
    price: FloatArray
    symbol: IntArray


def new_scratch(tables: LineTables, old: Scratch | None = None) -> Scratch:
    """Working memory that is large enough for `tables`: `old` itself, or new memory that also serves what `old` served."""
    need = (int(tables.base[-1]), len(tables.low), len(tables.group0) - 1)
    have = (0, 0, 0) if old is None else (len(old.value), len(old.first), len(old.price))
    if old is not None and all(h >= n for h, n in zip(have, need, strict=True)):
        return old
    values, states, groups = (max(h, n) for h, n in zip(have, need, strict=True))
    return Scratch(
        np.zeros(values),
        np.zeros(states, dtype=np.int64),
        np.zeros(states, dtype=np.int64),
        np.zeros(groups),
        np.zeros(groups, dtype=np.int64),
    )


@njit(cache=True, nogil=True)
def best_line(tables: LineTables, cost: FloatArray, scratch: Scratch) -> tuple[float, IntArray]:
    """Cheapest legal line and its price: rules and costs together; ties always fall the same way.

    Parameters
    ----------
    tables : LineTables
    cost : array of float, shape (days, symbols), C-contiguous
        Price of each symbol on each day, of any sign; inf = forbidden.
    scratch : Scratch
        From `new_scratch`, for this thread alone.

    Returns
    -------
    value : float
        inf when no line is legal.
    line : array of int, shape (days,)
        Symbol of each day; all -1 when no line is legal.
    """
    _forward(tables, cost, scratch)
    value, state = _cheapest_end(tables, scratch)
    line = np.full(tables.days, -1, dtype=np.int64)
    if state >= 0:
        _trace(tables, scratch, state, line)
    return value, line


@njit(cache=True, nogil=True)
def best_value(tables: LineTables, cost: FloatArray, scratch: Scratch) -> float:
    """Price of the cheapest legal line, as `best_line` without the line."""
    _forward(tables, cost, scratch)
    return _cheapest_end(tables, scratch)[0]


@njit(cache=True, nogil=True)
def line_price(tables: LineTables, line: IntArray) -> float:
    """Price of a given line by the rules alone; inf = forbidden.

    Parameters
    ----------
    tables : LineTables
    line : array of int, shape (days,)
        Symbol of each day.
    """
    state: int = 0
    cell, total = tables.low[0], 0.0
    for op in range(len(tables.op_day)):
        day: int = tables.op_day[op]
        if day < 0:
            run = _run_of(tables, op, cell)
            if run < 0:
                return np.inf
            total += tables.run_price[run]
            cell += tables.run_shift[run]
            state += tables.state0[op + 1] - tables.state0[op]
            continue
        symbol: int = line[day]
        shift = tables.step_shift[state, symbol]
        if tables.step_state[state, symbol] < 0 or _overflows(tables, cell, shift):
            return np.inf
        total += tables.step_price[state, symbol]
        cell += shift
        state = tables.step_state[state, symbol]
    last: int = state - tables.state0[len(tables.op_day)]
    return total + tables.final_price[last]


@inlined
def _run_of(tables: LineTables, op: int, cell: int) -> int:
    """Run of a closing that holds a cell; -1 = none, the cell is forbidden."""
    for run in range(tables.run0[op], tables.run0[op + 1]):
        if tables.run_first[run] <= cell < tables.run_end[run]:
            return run
    return -1


@inlined
def _overflows(tables: LineTables, cell: int, shift: int) -> bool:
    """Whether a shift carries a counter of a cell above what it can hold."""
    for c in range(len(tables.stride)):
        stride, radix = tables.stride[c], tables.radix[c]
        if cell // stride % radix + shift // stride % radix >= radix:
            return True
    return False


@compiled
def _forward(tables: LineTables, cost: FloatArray, scratch: Scratch) -> None:
    """Price of every live cell of every state."""
    start = tables.low[0]
    scratch.first[0], scratch.end[0] = start, start + 1
    scratch.value[tables.base[0] + start] = 0.0
    for op in range(len(tables.op_day)):
        day: int = tables.op_day[op]
        if day >= 0:
            for group in range(tables.op_group0[op], tables.op_group0[op + 1]):
                _price_group(tables, cost[day], group, scratch)
        for target in range(tables.state0[op + 1], tables.state0[op + 2]):
            if day >= 0:
                _pull(tables, target, scratch)
            else:
                _close(tables, op, target - tables.state0[op + 1] + tables.state0[op], target, scratch)


@inlined
def _price_group(tables: LineTables, cost: FloatArray, group: int, scratch: Scratch) -> None:
    """Cheapest symbol of a group on a day."""
    best, symbol = np.inf, -1
    for member in range(tables.group0[group], tables.group0[group + 1]):
        price = cost[tables.member_symbol[member]] + tables.member_cost[member]
        if price < best:
            best, symbol = price, tables.member_symbol[member]
    scratch.price[group], scratch.symbol[group] = best, symbol


@inlined
def _pull(tables: LineTables, target: int, scratch: Scratch) -> None:
    """Cheapest way into each cell of a state, over all its arcs; its cells are cleared when the first arc is live."""
    first, end = tables.high[target], tables.low[target]
    value, base = scratch.value, tables.base[target]
    for arc in range(tables.arc0[target], tables.arc0[target + 1]):
        group: int = tables.arcs[arc, GROUP]
        price = scratch.price[group]
        if price == np.inf:
            continue
        source: int = tables.arcs[arc, SOURCE]
        shift: int = tables.arcs[arc, SHIFT]
        a, b = max(scratch.first[source], tables.arcs[arc, FIRST]), min(scratch.end[source], tables.arcs[arc, END])
        if a < b:
            if first >= end:
                _clear(value, base + tables.low[target], base + tables.high[target])
            _relax(value, tables.base[source] + a, base + shift + a, b - a, price)
            first, end = min(first, a + shift), max(end, b + shift)
    scratch.first[target], scratch.end[target] = first, end


@inlined
def _clear(value: FloatArray, first: int, end: int) -> None:
    """Make a stretch of cells unreachable."""
    for cell in range(np.uint64(first), np.uint64(end)):
        value[cell] = np.inf


@inlined
def _relax(value: FloatArray, source: int, target: int, length: int, price: float) -> None:
    """``value[target + i] = min(value[target + i], value[source + i] + price)``; unsigned indices, or it does not vectorise."""
    s, t = np.uint64(source), np.uint64(target)
    for i in range(np.uint64(length)):
        new, old = value[s + i] + price, value[t + i]
        value[t + i] = new if new < old else old


@inlined
def _close(tables: LineTables, op: int, source: int, target: int, scratch: Scratch) -> None:
    """Price the counters that close and set them back to zero, for one state."""
    first, end = _live_after_closing(tables, op, source, target, scratch)
    scratch.first[target], scratch.end[target] = first, end
    value, base = scratch.value, tables.base[target]
    _clear(value, base + first, base + end)
    for run in range(tables.run0[op], tables.run0[op + 1]):
        shift = tables.run_shift[run]
        a = max(scratch.first[source], tables.run_first[run], first - shift)
        b = min(scratch.end[source], tables.run_end[run], end - shift)
        if a < b:
            _relax(value, tables.base[source] + a, base + shift + a, b - a, tables.run_price[run])


@inlined
def _live_after_closing(tables: LineTables, op: int, source: int, target: int, scratch: Scratch) -> tuple[int, int]:
    """Interval of cells of a state that a closing can fill."""
    first, end = tables.high[target], tables.low[target]
    for run in range(tables.run0[op], tables.run0[op + 1]):
        a, b = max(scratch.first[source], tables.run_first[run]), min(scratch.end[source], tables.run_end[run])
        if a < b:
            first, end = min(first, a + tables.run_shift[run]), max(end, b + tables.run_shift[run])
    return max(first, tables.low[target]), min(end, tables.high[target])


@inlined
def _cheapest_end(tables: LineTables, scratch: Scratch) -> tuple[float, int]:
    """Price and state of the cheapest end; the state is -1 when there is none. All counters have closed: the cell is 0."""
    best, state, layer = np.inf, -1, tables.state0[len(tables.op_day)]
    for i in range(len(tables.final_price)):
        if scratch.first[layer + i] == 0 and scratch.end[layer + i] > 0:
            price = scratch.value[tables.base[layer + i]] + tables.final_price[i]
            if price < best:
                best, state = price, layer + i
    return best, state


@compiled
def _trace(tables: LineTables, scratch: Scratch, state: int, line: IntArray) -> None:
    """Walk back from an end over the cheapest arcs, taking the argument of the minimum again."""
    cell = 0
    for op in range(len(tables.op_day) - 1, -1, -1):
        if tables.op_day[op] < 0:
            state -= tables.state0[op + 1] - tables.state0[op]
            cell = _cell_before_closing(tables, op, scratch, state, cell)
        else:
            arc = _arc_taken(tables, scratch, state, cell)
            line[tables.op_day[op]] = scratch.symbol[tables.arcs[arc, GROUP]]
            state, cell = tables.arcs[arc, SOURCE], cell - tables.arcs[arc, SHIFT]


@inlined
def _arc_taken(tables: LineTables, scratch: Scratch, state: int, cell: int) -> int:
    """Arc over which a cell is cheapest."""
    best, taken = np.inf, -1
    for arc in range(tables.arc0[state], tables.arc0[state + 1]):
        source, before = tables.arcs[arc, SOURCE], cell - tables.arcs[arc, SHIFT]
        first, end = max(scratch.first[source], tables.arcs[arc, FIRST]), min(scratch.end[source], tables.arcs[arc, END])
        if first <= before < end:
            price = scratch.value[tables.base[source] + before] + scratch.price[tables.arcs[arc, GROUP]]
            if price < best:
                best, taken = price, arc
    return taken


@inlined
def _cell_before_closing(tables: LineTables, op: int, scratch: Scratch, source: int, cell: int) -> int:
    """Cell from which a closing makes a given cell cheapest."""
    best, taken = np.inf, -1
    for run in range(tables.run0[op], tables.run0[op + 1]):
        before = cell - tables.run_shift[run]
        if max(scratch.first[source], tables.run_first[run]) <= before < min(scratch.end[source], tables.run_end[run]):
            price = scratch.value[tables.base[source] + before] + tables.run_price[run]
            if price < best:
                best, taken = price, before
    return taken
