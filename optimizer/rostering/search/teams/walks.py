"""Everyone's walk tables end to end: what a line costs when some of its days change, without walking all of it again.

A line is walked from the first day that changes. As soon as it is, after the last one, in the state in which the old line was, it
takes the same steps at the same prices: its cell stays as far from that of the old line as it is, and closings alone tell them
apart.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from optimizer.compiled import inlined
from optimizer.rostering.layout import LineTables


class Walks(NamedTuple):
    """Walk tables of several languages one behind the other; states, operations and runs are numbered over all of them.

    Parameters
    ----------
    of : array of int, shape (agents,)
        Table of each agent.
    op0 : array of int, shape (tables + 1,)
        First operation of each table; each has one more behind it, which is its end.
    op_day : array of int, shape (ops,)
        Day of an operation, -1 = a closing, -2 = the end.
    op_of : array of int, shape (tables, days)
        Operation of each day.
    closing : array of int, shape (ops,)
        The next operation that is a closing or the end; of these, the operation itself.
    state0, run0 : array of int, shape (ops,)
        First state of the layer, and first run, of each operation.
    start : array of int, shape (tables,)
        Cell in which a line starts.
    final0 : array of int, shape (tables,)
        State of which `final_price` begins with the price.
    capped : array of bool, shape (tables,)
        Whether a step may overflow a digit.

    The others are those of `LineTables`, `stride` and `radix` of shape (tables, counters).
    """

    of: IntArray
    op0: IntArray
    op_day: IntArray
    op_of: IntArray
    closing: IntArray
    state0: IntArray
    run0: IntArray
    start: IntArray
    final0: IntArray
    capped: BoolArray
    run_first: IntArray
    run_end: IntArray
    run_shift: IntArray
    run_price: FloatArray
    step_state: IntArray
    step_shift: IntArray
    step_price: FloatArray
    final_price: FloatArray
    stride: IntArray
    radix: IntArray


class Trail(NamedTuple):
    """Where everyone's line stands before each operation of its table; shape (agents, operations)."""

    state: IntArray
    cell: IntArray
    paid: FloatArray


def walks_of(tables: Sequence[LineTables], of: IntArray) -> Walks:
    """Tables end to end."""
    ops = np.cumsum([0, *(len(table.op_day) + 1 for table in tables)])
    states = np.cumsum([0, *(len(table.step_state) for table in tables)])
    runs = np.cumsum([0, *(len(table.run_first) for table in tables)])
    finals = np.cumsum([0, *(len(table.final_price) for table in tables)])
    ends = [int(table.state0[len(table.op_day)]) for table in tables]
    counters = max(1, *(len(table.stride) for table in tables))

    days = [np.append(table.op_day, -2) for table in tables]
    moved = [np.where(t.step_state >= 0, t.step_state + first, -1) for t, first in zip(tables, states, strict=False)]
    return Walks(
        of=of,
        op0=ops,
        op_day=np.concatenate(days),
        op_of=np.stack([ops[k] + np.flatnonzero(one >= 0) for k, one in enumerate(days)]),
        closing=_next_closing(np.concatenate(days)),
        state0=np.concatenate([t.state0[: len(t.op_day) + 1] + first for t, first in zip(tables, states, strict=False)]),
        run0=np.concatenate([t.run0[: len(t.op_day) + 1] + first for t, first in zip(tables, runs, strict=False)]),
        start=np.array([table.low[0] for table in tables]),
        final0=np.array([first + end - final for first, end, final in zip(states, ends, finals, strict=False)]),
        capped=np.array([_may_overflow(table) for table in tables]),
        run_first=np.concatenate([table.run_first for table in tables]),
        run_end=np.concatenate([table.run_end for table in tables]),
        run_shift=np.concatenate([table.run_shift for table in tables]),
        run_price=np.concatenate([table.run_price for table in tables]),
        step_state=np.concatenate(moved),
        step_shift=np.concatenate([table.step_shift for table in tables]),
        step_price=np.concatenate([table.step_price for table in tables]),
        final_price=np.concatenate([table.final_price for table in tables]),
        stride=np.stack([_padded(table.stride, counters) for table in tables]),
        radix=np.stack([_padded(table.radix, counters) for table in tables]),
    )


def _next_closing(op_day: IntArray) -> IntArray:
    closings = np.flatnonzero(op_day < 0)
    return closings[np.searchsorted(closings, np.arange(len(op_day)))]


def _padded(values: IntArray, size: int) -> IntArray:
    """Values with ones behind them."""
    return np.pad(values, (0, size - len(values)), constant_values=1)


def _may_overflow(table: LineTables) -> bool:
    """Whether the largest steps of all days add up to more than a digit holds."""
    for stride, radix in zip(table.stride, table.radix, strict=True):
        digit, total = table.step_shift // stride % radix, int(table.low[0] // stride % radix)
        for op in np.flatnonzero(table.op_day >= 0):
            total += int(digit[table.state0[op] : table.state0[op + 1]].max(initial=0))
        if total >= radix:
            return True
    return False


@inlined
def overflows(walks: Walks, t: int, cell: int, shift: int) -> bool:
    """Whether a shift carries a counter of a cell above what it can hold."""
    for c in range(walks.stride.shape[1]):
        stride, radix = walks.stride[t, c], walks.radix[t, c]
        if radix > 1 and cell // stride % radix + shift // stride % radix >= radix:
            return True
    return False


@inlined
def _run_of(walks: Walks, op: int, cell: int) -> int:
    """Run of a closing that holds a cell; -1 = none, the cell is forbidden."""
    for run in range(walks.run0[op], walks.run0[op + 1]):
        if walks.run_first[run] <= cell < walks.run_end[run]:
            return run
    return -1


@inlined
def changed_price(walks: Walks, trail: Trail, a: int, line: IntArray, new: IntArray, first: int, end: int, price: float) -> float:
    """Price by the rules of a line whose days ``first <= d < end`` become those of `new`; inf = forbidden.

    Parameters
    ----------
    line, new : array of int, shape (days,)
    price : float
        Of `line`, whose trail is known.
    """
    t = walks.of[a]
    origin, op = walks.op0[t], walks.op_of[t, first]
    state, cell, total = trail.state[a, op - origin], trail.cell[a, op - origin], trail.paid[a, op - origin]
    while walks.op_day[op] != -2:
        day = walks.op_day[op]
        if day >= end and state == trail.state[a, op - origin]:
            return _beside(walks, trail, a, op, cell, total - trail.paid[a, op - origin]) + price
        if day < 0:
            run = _run_of(walks, op, cell)
            if run < 0:
                return np.inf
            total += walks.run_price[run]
            cell += walks.run_shift[run]
            state += walks.state0[op + 1] - walks.state0[op]
        else:
            symbol = new[day] if day < end else line[day]
            following, shift = walks.step_state[state, symbol], walks.step_shift[state, symbol]
            if following < 0 or (walks.capped[t] and overflows(walks, t, cell, shift)):
                return np.inf
            total += walks.step_price[state, symbol]
            cell += shift
            state = following
        op += 1
    return total + walks.final_price[state - walks.final0[t]]


@inlined
def _beside(walks: Walks, trail: Trail, a: int, op: int, cell: int, dearer: float) -> float:
    """How much dearer a line is than that of the trail, whose states it shares from an operation on, being in another cell."""
    t = walks.of[a]
    origin = walks.op0[t]
    beside = cell - trail.cell[a, op - origin]
    while beside != 0:
        closing = walks.closing[op]
        if walks.capped[t] and not _stays_within(walks, t, cell, trail.cell[a, op - origin], trail.cell[a, closing - origin]):
            return np.inf
        if walks.op_day[closing] == -2:
            return dearer
        cell = trail.cell[a, closing - origin] + beside
        run = _run_of(walks, closing, cell)
        if run < 0:
            return np.inf
        op = closing + 1
        dearer += walks.run_price[run] - (trail.paid[a, op - origin] - trail.paid[a, closing - origin])
        cell += walks.run_shift[run]
        beside = cell - trail.cell[a, op - origin]
    return dearer


@inlined
def _stays_within(walks: Walks, t: int, cell: int, other: int, later: int) -> bool:
    """Whether no counter of a cell overflows on the steps that lead from another cell to a later one."""
    for c in range(walks.stride.shape[1]):
        stride, radix = walks.stride[t, c], walks.radix[t, c]
        if radix > 1 and later // stride % radix + cell // stride % radix - other // stride % radix >= radix:
            return False
    return True


@inlined
def retrace(walks: Walks, trail: Trail, a: int, line: IntArray, first: int, end: int) -> float:
    """Write the trail of a legal line whose days ``first <= d < end`` have changed; its price.

    Parameters
    ----------
    first : int
        -1 = there is no trail yet.
    """
    t = walks.of[a]
    origin = walks.op0[t]
    op = walks.op_of[t, first] if first >= 0 else origin
    if first < 0:
        trail.state[a, 0], trail.cell[a, 0], trail.paid[a, 0] = walks.state0[op], walks.start[t], 0.0
    state, cell, total = trail.state[a, op - origin], trail.cell[a, op - origin], trail.paid[a, op - origin]
    while walks.op_day[op] != -2:
        if walks.op_day[op] >= end and state == trail.state[a, op - origin]:
            more, dearer, closing = cell - trail.cell[a, op - origin], total - trail.paid[a, op - origin], walks.closing[op]
            for k in range(op - origin, closing - origin):
                trail.cell[a, k] += more
                trail.paid[a, k] += dearer
            cell, total, op = trail.cell[a, closing - origin] + more, trail.paid[a, closing - origin] + dearer, closing
            state = trail.state[a, closing - origin]
        if walks.op_day[op] == -2:
            break
        trail.state[a, op - origin], trail.cell[a, op - origin], trail.paid[a, op - origin] = state, cell, total
        if walks.op_day[op] < 0:
            run = _run_of(walks, op, cell)
            total += walks.run_price[run]
            cell += walks.run_shift[run]
            state += walks.state0[op + 1] - walks.state0[op]
        else:
            symbol = line[walks.op_day[op]]
            total += walks.step_price[state, symbol]
            cell += walks.step_shift[state, symbol]
            state = walks.step_state[state, symbol]
        op += 1
    trail.state[a, op - origin], trail.cell[a, op - origin], trail.paid[a, op - origin] = state, cell, total
    return float(total + walks.final_price[state - walks.final0[t]])
