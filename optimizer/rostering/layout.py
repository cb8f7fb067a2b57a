"""The cells of a compiled language: counters as one mixed-radix number beside the states of the layered automata.

An arc between two states shifts the cell by a constant, and the close of a period maps cells to cells at a price. Which cells
can be reached and can still end well is found exactly here, so that the kernel in `line` runs over contiguous stretches
without ever testing a digit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import NamedTuple

import numpy as np
from numba import njit

from data.model.base import BoolArray, FloatArray, IntArray
from optimizer.rostering.layers import Layers

USELESS_GAP = 48
"""A longer stretch of useless cells is worth a second loop (house choice)."""
LOOP_CELLS = 30
"""Cells that take as much time as starting one more loop: about 30 ns against 1 ns a cell (house choice)."""


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
        Cells of the state that are reachable and can still end well lie in ``low <= cell < high``.
    base : array of int, shape (states + 1,)
        The value of a cell is stored at ``base + cell``; the last entry is the length of that store.
    arc0 : array of int, shape (states + 1,)
        Arcs into a state.
    arc_source, arc_shift, arc_group, arc_span : array of int, shape (arcs,)
        State left, what is added to the cell, group of symbols, span list.
    op_group0 : array of int, shape (ops + 1,)
        Groups in use on each day.
    group0 : array of int, shape (groups + 1,)
        Members of a group: symbols that join the same states with the same shift.
    member_symbol, member_cost : arrays, shape (members,)
    span0, span_first, span_end : array of int
        Source cells of a span list: half-open stretches on which the shift overflows no digit.
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
    arc_source: IntArray
    arc_shift: IntArray
    arc_group: IntArray
    arc_span: IntArray
    op_group0: IntArray
    group0: IntArray
    member_symbol: IntArray
    member_cost: FloatArray
    span0: IntArray
    span_first: IntArray
    span_end: IntArray
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


@dataclass(frozen=True, eq=False)
class Graph:
    """The product of automata as a layered graph, before its counters are laid out.

    Names are those of `LineTables`, but states are left and entered over `arc_source` and `arc_target`, what an arc adds to
    the counters is row `arc_vector` of `vectors`, and ``closings[l]`` lists (counter, number of its closing) of operation l.
    """

    op_day: IntArray
    state0: IntArray
    closings: list[list[tuple[int, int]]]
    vectors: IntArray
    arc_source: IntArray
    arc_target: IntArray
    arc_vector: IntArray
    arc_group: IntArray
    op_group0: IntArray
    group0: IntArray
    member_symbol: IntArray
    member_cost: FloatArray
    step_state: IntArray
    step_vector: IntArray
    step_price: FloatArray
    final_price: FloatArray

    @property
    def op_of_state(self) -> IntArray:
        """Operation that leads to each state; -1 = the first layer."""
        return np.repeat(np.arange(-1, len(self.op_day)), np.diff(self.state0))


@dataclass
class _Arcs:
    """Arcs and groups gathered day by day."""

    source: list[IntArray]
    target: list[IntArray]
    emit: list[IntArray]
    group: list[IntArray]
    op_group0: list[int]
    members: list[tuple[IntArray, FloatArray]]


def graph_of(layers: Layers, digits: Callable[[IntArray], IntArray], closings: list[list[tuple[int, int]]]) -> Graph:
    """Graph of layers whose emissions are decoded by `digits`; `closings` by day."""
    op_day, op_closings = _operations(closings)
    sizes = [layers.sizes[0], *(layers.sizes[np.maximum.accumulate(op_day) + 1])]
    state0 = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    symbols = layers.next[0].shape[1]
    step_state = np.full((state0[-1], symbols), -1, dtype=np.int64)
    step_emit, step_price = np.zeros_like(step_state), np.zeros(step_state.shape)
    arcs = _Arcs([], [], [], [], [0], [])
    for op, day in enumerate(op_day):
        if day >= 0:
            here, there = slice(state0[op], state0[op + 1]), state0[op + 1]
            step_state[here] = np.where(layers.next[day] < 0, -1, layers.next[day] + there)
            step_emit[here], step_price[here] = layers.emit[day], layers.cost[day]
            _gather(arcs, step_state[here], layers.emit[day], layers.cost[day], int(state0[op]))
        arcs.op_group0.append(len(arcs.members))
    codes, vector = np.unique(np.concatenate([step_emit.ravel(), *arcs.emit]), return_inverse=True)
    return Graph(
        op_day, state0, op_closings, digits(codes),
        np.concatenate(arcs.source), np.concatenate(arcs.target), vector[step_emit.size :], np.concatenate(arcs.group),
        np.array(arcs.op_group0), np.cumsum([0, *(len(symbol) for symbol, _ in arcs.members)]),
        np.concatenate([symbol for symbol, _ in arcs.members]), np.concatenate([cost for _, cost in arcs.members]),
        step_state, vector[: step_emit.size].reshape(step_emit.shape), step_price, layers.final,
    )  # fmt: skip


def _operations(closings: list[list[tuple[int, int]]]) -> tuple[IntArray, list[list[tuple[int, int]]]]:
    """Day of each operation (-1 = a closing), and what it closes."""
    op_day: list[int] = []
    op_closings: list[list[tuple[int, int]]] = []
    for day, closing in enumerate(closings):
        op_day += [day, -1] if closing else [day]
        op_closings += [[], closing] if closing else [[]]
    return np.array(op_day, dtype=np.int64), op_closings


def _gather(arcs: _Arcs, following: IntArray, emit: IntArray, cost: FloatArray, first: int) -> None:
    """Add the arcs of one day: parallel steps with the same emission become one arc over a group of symbols."""
    p, symbol = np.nonzero(following >= 0)
    q, e, price = following[p, symbol], emit[p, symbol], cost[p, symbol]
    order = np.lexsort((symbol, p, e, q))
    p, symbol, q, e, price = p[order], symbol[order], q[order], e[order], price[order]
    starts = np.flatnonzero(np.append(True, (np.diff(p) != 0) | (np.diff(q) != 0) | (np.diff(e) != 0)))
    groups: dict[bytes, int] = {}
    group = np.zeros(len(starts), dtype=np.int64)
    for i, (a, b) in enumerate(zip(starts, [*starts[1:], len(p)], strict=True)):
        key = symbol[a:b].tobytes() + price[a:b].tobytes()
        group[i] = groups.setdefault(key, len(arcs.members))
        if group[i] == len(arcs.members):
            arcs.members.append((symbol[a:b], price[a:b]))
    arcs.source.append(p[starts] + first)
    arcs.target.append(q[starts])
    arcs.emit.append(e[starts])
    arcs.group.append(group)


def fewest_cells(graph: Graph, radix: IntArray, prices: Sequence[FloatArray]) -> LineTables | None:
    """Tables in the order of counters that takes the kernel least work; None = no line is legal.

    Parameters
    ----------
    graph : Graph
    radix : array of int, shape (counters,)
        Number of values of each counter.
    prices : sequence of array of float, each of shape (closings, radix)
    """
    layouts = (_Layout(graph, radix, prices, order).tables() for order in _orders(graph, prices))
    return min((tables for tables in layouts if tables is not None), key=_work, default=None)


def _orders(graph: Graph, prices: Sequence[FloatArray]) -> list[list[int]]:
    """Orders worth trying, outermost counter first: those that move most lie outside; the last three are permuted."""
    moved = (graph.vectors[graph.arc_vector] > 0).sum(axis=0)
    two_sided = [bool(np.isinf(price[:, 0]).any()) for price in prices]
    order = sorted(range(len(prices)), key=lambda c: (-two_sided[c], -moved[c]))
    return [order[:-3] + list(tail) for tail in permutations(order[-3:])]


Runs = tuple[IntArray, IntArray, IntArray, IntArray, FloatArray]


class _Moves(NamedTuple):
    """Arcs sorted by the state they enter, and closings, with exact digit checks: what moves a line from cell to cell."""

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

    def __init__(self, graph: Graph, radix: IntArray, prices: Sequence[FloatArray], order: list[int]) -> None:
        self.graph, self.radix, self.prices = graph, radix, prices
        self.cells = int(radix.prod())
        self.stride = np.ones(len(radix), dtype=np.int64)
        for outer, inner in reversed(list(zip(order, order[1:], strict=False))):
            self.stride[outer] = self.stride[inner] * radix[inner]
        self.digit = np.arange(self.cells)[:, None] // self.stride % radix
        self.shift = graph.vectors @ self.stride
        self.fits = np.logical_and.reduce(self.digit[None] + graph.vectors[:, None] < radix, axis=2)

    def tables(self) -> LineTables | None:
        """The tables, or None when no line is legal."""
        graph = self.graph
        goal, price = self._closings()
        sort = np.lexsort((graph.arc_source, graph.arc_group, self.shift[graph.arc_vector], graph.arc_target))
        arcs = (graph.arc_source[sort], graph.arc_target[sort], graph.arc_vector[sort])
        arc0, payable = _starts(arcs[1], graph.state0[-1]), np.isfinite(price)
        moves = _Moves(graph.op_day, graph.state0, arc0, arcs[0], arcs[2], self.shift, self.fits, goal, payable)
        live = np.zeros((graph.state0[-1], self.cells), dtype=np.bool_)
        _reach(moves, live)
        reached = live.copy()
        _retain(moves, live)
        if not live[0, 0]:
            return None
        some = live.any(axis=1)
        low = np.where(some, live.argmax(axis=1), 0)
        high = np.where(some, self.cells - live[:, ::-1].argmax(axis=1), 0)
        ends = np.concatenate([[0], np.cumsum(high - low)])
        lists, span_of = np.unique(graph.op_of_state[arcs[1]] * len(graph.vectors) + arcs[2], return_inverse=True)
        mark = np.zeros((2, len(lists), self.cells), dtype=np.bool_)
        useful = _mark(arcs, span_of, (self.shift, self.fits), (low, high), reached, live, mark)
        source, target, vector = (part[useful] for part in arcs)
        return LineTables(
            len(graph.op_day) - len(goal), graph.step_state.shape[1], self.cells, graph.op_day, graph.state0,
            low, high, ends - np.append(low, 0),
            _starts(target, graph.state0[-1]), source, self.shift[vector], graph.arc_group[sort][useful], span_of[useful],
            graph.op_group0, graph.group0, graph.member_symbol, graph.member_cost,
            *_spans(mark[0], mark[1]), *self._runs(goal, price, live),
            graph.final_price, graph.step_state, self.shift[graph.step_vector], graph.step_price, self.stride, self.radix,
        )  # fmt: skip

    def _closings(self) -> tuple[IntArray, FloatArray]:
        """Cell that follows each cell at each closing, and its price; shape (closings, cells)."""
        closings = [closing for closing in self.graph.closings if closing]
        goal = np.tile(np.arange(self.cells), (len(closings), 1))
        price = np.zeros(goal.shape)
        for i, closing in enumerate(closings):
            for counter, number in closing:
                goal[i] -= self.digit[:, counter] * self.stride[counter]
                price[i] += self.prices[counter][number][self.digit[:, counter]]
        return goal, price

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


def _spans(useful: BoolArray, bad: BoolArray) -> tuple[IntArray, IntArray, IntArray]:
    """Span lists, one per row: stretches from the first to the last useful cell, cut at bad cells and at long useless gaps."""
    row, cell = np.nonzero(useful)
    met = np.cumsum(bad)[row * useful.shape[1] + cell]
    first, last = _edges((np.diff(row) == 0) & (np.diff(met) == 0) & (np.diff(cell) <= USELESS_GAP), len(row))
    return _starts(row[first], len(useful)), cell[first], cell[last] + 1


@njit(cache=True, nogil=True)
def _reach(moves: _Moves, reached: BoolArray) -> None:
    """Mark every cell that some line reaches."""
    closing = 0
    reached[0, 0] = True
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
def _mark(
    arcs: tuple[IntArray, IntArray, IntArray],
    span_of: IntArray,
    layout: tuple[IntArray, BoolArray],
    bounds: tuple[IntArray, IntArray],
    reached: BoolArray,
    live: BoolArray,
    mark: BoolArray,
) -> BoolArray:
    """Mark, per span list, useful source cells (0) and cells that would overflow a digit (1); which arcs are useful."""
    useful = np.zeros(len(span_of), dtype=np.bool_)
    for arc in range(len(span_of)):
        p, q, k = arcs[0][arc], arcs[1][arc], arcs[2][arc]
        for cell in range(bounds[0][p], bounds[1][p]):
            if reached[p, cell] and not layout[1][k, cell]:
                mark[1, span_of[arc], cell] = True
            elif live[p, cell] and live[q, cell + layout[0][k]]:
                mark[0, span_of[arc], cell] = True
                useful[arc] = True
    return useful


@njit(cache=True, nogil=True)
def _work(tables: LineTables) -> int:
    """Cells that the kernel visits, with what starting its loops takes."""
    work = 0
    for target in range(len(tables.low)):
        for arc in range(tables.arc0[target], tables.arc0[target + 1]):
            source, shift, spans = tables.arc_source[arc], tables.arc_shift[arc], tables.arc_span[arc]
            for span in range(tables.span0[spans], tables.span0[spans + 1]):
                first = max(tables.span_first[span], tables.low[source], tables.low[target] - shift)
                end = min(tables.span_end[span], tables.high[source], tables.high[target] - shift)
                work += LOOP_CELLS + max(end - first, 0)
    return work
