"""The cells of a compiled language: counters as one mixed-radix number beside the states of the layered automata.

An arc between two states shifts the cell by a constant, and the close of a period maps cells to cells at a price. Which cells
can be reached and can still end well is found exactly here, so that the kernel in `line` runs over contiguous stretches
without ever testing a digit.
"""

from collections.abc import Sequence
from itertools import permutations
from typing import NamedTuple

import numpy as np
from numba import njit

from data.model.base import BoolArray, FloatArray, IntArray
from optimizer.rostering.graph import Graph

USELESS_GAP = 48
"""A longer stretch of useless cells is worth a second loop (house choice)."""
LOOP_CELLS = 30
"""Cells that take as much time as starting one more loop: about 30 ns against 1 ns a cell (house choice)."""
SOURCE, SHIFT, GROUP, FIRST, END = range(5)
"""Columns of `LineTables.arcs`."""


class LineTables(NamedTuple):
    """A compiled language. Operation l leads from layer l to layer l + 1; states are numbered over all layers.

    Parameters
    ----------
    days, symbols, cells : int
        `cells` is the number of values of the cell.
    op_day : array of int, shape (ops,)
        Day of the operation; -1 = a closing of counters.
    state0 : array of int, shape (ops + 2,)
        First state of each layer.
    low, high : array of int, shape (states,)
        Cells of the state that are reachable and can still end well lie in ``low <= cell < high``; of the
        first state the cell in which a line starts.
    base : array of int, shape (states + 1,)
        The value of a cell is stored at ``base + cell``; the last entry is the length of that store.
    arc0 : array of int, shape (states + 1,)
        Arcs into a state.
    arcs : array of int, shape (arcs, 5)
        `SOURCE`: state left, `SHIFT`: what is added to the cell, `GROUP`: group of symbols, `FIRST` and `END`: half-open stretch
        of source cells that stay useful and overflow no digit. A step that needs several stretches is several arcs.
    op_group0 : array of int, shape (ops + 1,)
        Groups in use on each day.
    group0 : array of int, shape (groups + 1,)
        Members of a group: symbols that join the same states with the same shift.
    member_symbol, member_cost : arrays, shape (members,)
    run0 : array of int, shape (ops + 1,)
        Runs of each closing: cells ``run_first <= c < run_end`` become ``c + run_shift`` at `run_price`.
    run_first, run_end, run_shift, run_price : arrays, shape (runs,)
    final_price : array of float, shape (states of the last layer,)
    step_state, step_shift, step_price : arrays, shape (states, symbols)
        Walk table: state that follows (-1 = forbidden), what is added to the cell, price.
    stride, radix : array of int, shape (counters,)
        Digits of the cell.
    """

    days: int
    symbols: int
    cells: int
    op_day: IntArray
    state0: IntArray
    low: IntArray
    high: IntArray
    base: IntArray
    arc0: IntArray
    arcs: IntArray
    op_group0: IntArray
    group0: IntArray
    member_symbol: IntArray
    member_cost: FloatArray
    run0: IntArray
    run_first: IntArray
    run_end: IntArray
    run_shift: IntArray
    run_price: FloatArray
    final_price: FloatArray
    step_state: IntArray
    step_shift: IntArray
    step_price: FloatArray
    stride: IntArray
    radix: IntArray


class Digit(NamedTuple):
    """A counter as one digit of the cell.

    Parameters
    ----------
    start : int
        Its value before the first day.
    price : array of float, shape (closings, radix)
    taker : int
        Later counter that receives what it carries; -1 = none.
    amount : array of int, shape (closings, radix)
        What each value carries.
    """

    start: int
    price: FloatArray
    taker: int
    amount: IntArray


def fewest_cells(graph: Graph, digits: Sequence[Digit]) -> LineTables | None:
    """Tables in the order of counters that takes the kernel least work; None = no line is legal."""
    layouts = (_Layout(graph, digits, order).tables() for order in _orders(graph, digits))
    return min((tables for tables in layouts if tables is not None), key=_work, default=None)


def _orders(graph: Graph, digits: Sequence[Digit]) -> list[list[int]]:
    """Orders worth trying, outermost counter first: those that move most lie outside; the last three are permuted."""
    moved = (graph.vectors[graph.arc_vector] > 0).sum(axis=0)
    two_sided = [bool(np.isinf(digit.price[:, 0]).any()) for digit in digits]
    order = sorted(range(len(digits)), key=lambda c: (-two_sided[c], -moved[c]))
    return [order[:-3] + list(tail) for tail in permutations(order[-3:])]


Runs = tuple[IntArray, IntArray, IntArray, IntArray, FloatArray]


class _Moves(NamedTuple):
    """Arcs sorted by the state they enter, and closings, with exact digit checks: what moves a line from cell to cell."""

    start: int
    op_day: IntArray
    state0: IntArray
    arc0: IntArray
    source: IntArray
    vector: IntArray
    shift: IntArray
    fits: BoolArray
    goal: IntArray
    payable: BoolArray


class _Layout:
    """The cells of a graph for one order of counters."""

    def __init__(self, graph: Graph, digits: Sequence[Digit], order: list[int]) -> None:
        self.graph, self.digits = graph, digits
        self.radix = radix = np.array([digit.price.shape[1] for digit in digits], dtype=np.int64)
        self.cells = int(radix.prod())
        self.stride = np.ones(len(radix), dtype=np.int64)
        for outer, inner in reversed(list(zip(order, order[1:], strict=False))):
            self.stride[outer] = self.stride[inner] * radix[inner]
        self.start = sum(digit.start * int(stride) for digit, stride in zip(digits, self.stride, strict=True))
        value = np.arange(self.cells)[:, None] // self.stride % radix
        self.shift = graph.vectors @ self.stride
        self.fits = np.logical_and.reduce(value[None] + graph.vectors[:, None] < radix, axis=2)

    def tables(self) -> LineTables | None:
        """The tables, or None when no line is legal."""
        graph = self.graph
        goal, price = self._closings()
        sort = np.lexsort((graph.arc_source, graph.arc_group, self.shift[graph.arc_vector], graph.arc_target))
        arcs = (graph.arc_source[sort], graph.arc_target[sort], graph.arc_vector[sort])
        arc0, payable = _starts(arcs[1], graph.state0[-1]), np.isfinite(price)
        moves = _Moves(self.start, graph.op_day, graph.state0, arc0, arcs[0], arcs[2], self.shift, self.fits, goal, payable)
        live = np.zeros((graph.state0[-1], self.cells), dtype=np.bool_)
        _reach(moves, live)
        reached = live.copy()
        _retain(moves, live)
        if not live[0, self.start]:
            return None
        some = live.any(axis=1)
        low = np.where(some, live.argmax(axis=1), 0)
        high = np.where(some, self.cells - live[:, ::-1].argmax(axis=1), 0)
        ends = np.concatenate([[0], np.cumsum(high - low)])
        target, table = _stretches(moves, low, high, reached, live, graph.arc_group[sort])
        return LineTables(
            len(graph.op_day) - len(goal), graph.step_state.shape[1], self.cells, graph.op_day, graph.state0,
            low, high, ends - np.append(low, 0), _starts(target, graph.state0[-1]), table,
            graph.op_group0, graph.group0, graph.member_symbol, graph.member_cost, *self._runs(goal, price, live),
            graph.final_price, graph.step_state, self.shift[graph.step_vector], graph.step_price, self.stride, self.radix,
        )  # fmt: skip

    def _closings(self) -> tuple[IntArray, FloatArray]:
        """Cell that follows each cell at each closing, and its price; shape (closings, cells)."""
        closings = [closing for closing in self.graph.closings if closing]
        goal = np.tile(np.arange(self.cells), (len(closings), 1))
        price = np.zeros(goal.shape)
        for i, closing in enumerate(closings):
            for counter, number in closing:
                digit, value = self.digits[counter], self._value(goal[i], counter)
                goal[i] -= value * self.stride[counter]
                price[i] += digit.price[number][value]
                if digit.taker >= 0:
                    amount = digit.amount[number][value]
                    over = self._value(goal[i], digit.taker) + amount >= self.radix[digit.taker]
                    goal[i] += np.where(over, 0, amount * self.stride[digit.taker])
                    price[i, over] = np.inf
        return goal, price

    def _value(self, cell: IntArray, counter: int) -> IntArray:
        return cell // self.stride[counter] % self.radix[counter]

    def _runs(self, goal: IntArray, price: FloatArray, live: BoolArray) -> Runs:
        """Stretches of useful cells that each closing moves together at one price."""
        ops = np.flatnonzero(self.graph.op_day < 0)
        useful = np.array([live[self.graph.state0[op] : self.graph.state0[op + 1]].any(axis=0) for op in ops], dtype=np.bool_)
        useful = useful.reshape(goal.shape)
        row, cell = np.nonzero(useful & np.isfinite(price))
        shift, cost = goal[row, cell] - cell, price[row, cell]
        same = (np.diff(row) == 0) & (np.diff(cell) == 1) & (np.diff(shift) == 0) & (cost[1:] == cost[:-1])
        first, last = _edges(same, len(cell))
        run0 = np.searchsorted(ops[row[first]], np.arange(len(self.graph.op_day) + 1))
        return run0, cell[first], cell[last] + 1, shift[first], cost[first]


def _starts(sorted_owner: IntArray, owners: int) -> IntArray:
    """Where the entries of each owner start in a list sorted by owner; shape (owners + 1,)."""
    return np.searchsorted(sorted_owner, np.arange(owners + 1))


def _edges(joined: BoolArray, length: int) -> tuple[IntArray, IntArray]:
    """First and last index of each stretch, `joined` saying which neighbours belong together."""
    cut = np.flatnonzero(~joined)
    return (np.append(0, cut + 1), np.append(cut, length - 1)) if length else (cut, cut)


def _work(tables: LineTables) -> int:
    """Cells that the kernel visits, with what starting its loops takes."""
    return int((tables.arcs[:, END] - tables.arcs[:, FIRST] + LOOP_CELLS).sum())


@njit(cache=True, nogil=True)
def _reach(moves: _Moves, reached: BoolArray) -> None:
    """Mark every cell that some line reaches."""
    closing = 0
    reached[0, moves.start] = True
    for op in range(len(moves.op_day)):
        for target in range(moves.state0[op + 1], moves.state0[op + 2]):
            for arc in range(moves.arc0[target], moves.arc0[target + 1]):
                before, fits, shift = reached[moves.source[arc]], moves.fits[moves.vector[arc]], moves.shift[moves.vector[arc]]
                after = reached[target, shift:]
                for cell in range(len(after)):
                    after[cell] |= before[cell] & fits[cell]
            if moves.op_day[op] < 0:
                source = target - moves.state0[op + 1] + moves.state0[op]
                for cell in range(reached.shape[1]):
                    reached[target, moves.goal[closing, cell]] |= reached[source, cell] & moves.payable[closing, cell]
        closing += moves.op_day[op] < 0


@njit(cache=True, nogil=True)
def _retain(moves: _Moves, live: BoolArray) -> None:
    """Clear every reached cell from which no line ends well."""
    closing = len(moves.goal)
    ends_well = np.zeros_like(live)
    for op in range(len(moves.op_day) - 1, -1, -1):
        closing -= moves.op_day[op] < 0
        for target in range(moves.state0[op + 1], moves.state0[op + 2]):
            for arc in range(moves.arc0[target], moves.arc0[target + 1]):
                before, fits, shift = ends_well[moves.source[arc]], moves.fits[moves.vector[arc]], moves.shift[moves.vector[arc]]
                after = live[target, shift:]
                for cell in range(len(after)):
                    before[cell] |= after[cell] & fits[cell]
            if moves.op_day[op] < 0:
                source = target - moves.state0[op + 1] + moves.state0[op]
                for cell in range(live.shape[1]):
                    ends_well[source, cell] |= live[target, moves.goal[closing, cell]] & moves.payable[closing, cell]
        for state in range(moves.state0[op], moves.state0[op + 1]):
            live[state] &= ends_well[state]


@njit(cache=True, nogil=True)
def _stretches(
    moves: _Moves, low: IntArray, high: IntArray, reached: BoolArray, live: BoolArray, group: IntArray
) -> tuple[IntArray, IntArray]:
    """Targets and rows of `LineTables.arcs`.

    A stretch begins and ends with a useful cell and holds no reached cell that would overflow a digit; cells that nothing
    reaches are infinite and may go anywhere.
    """
    targets, table = np.empty(2 * len(group), dtype=np.int64), np.empty((2 * len(group), 5), dtype=np.int64)
    rows = 0
    for target in range(len(low)):
        for arc in range(moves.arc0[target], moves.arc0[target + 1]):
            source: int = moves.source[arc]
            vector: int = moves.vector[arc]
            shift = moves.shift[vector]
            cell, last = max(low[source], low[target] - shift), min(high[source], high[target] - shift)
            while cell < last:
                first, end = _stretch(reached[source], live[source], moves.fits[vector], live[target, shift:], cell, last)
                if first < end:
                    if rows == len(table):
                        targets, table = np.append(targets, targets), np.concatenate((table, table))
                    targets[rows] = target
                    table[rows, SOURCE], table[rows, SHIFT], table[rows, GROUP] = source, shift, group[arc]
                    table[rows, FIRST], table[rows, END] = first, end
                    rows += 1
                cell = end
    return targets[:rows], table[:rows].copy()


@njit(cache=True, nogil=True)
def _stretch(reached: BoolArray, live: BoolArray, fits: BoolArray, after: BoolArray, cell: int, last: int) -> tuple[int, int]:
    """First stretch of source cells from `cell` on; an empty one at `last` when no more is useful."""
    while cell < last and not (live[cell] and fits[cell] and after[cell]):
        cell += 1
    first, end = cell, cell
    while cell < last and cell - end <= USELESS_GAP and (fits[cell] or not reached[cell]):
        if live[cell] and fits[cell] and after[cell]:
            end = cell + 1
        cell += 1
    return first, end
