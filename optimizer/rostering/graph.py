"""The product of automata as a graph: one layer of states before each operation, parallel steps gathered into arcs.

An operation is a day or, after a day at whose end counters close, the closing.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from data.model.base import FloatArray, IntArray
from optimizer.rostering.layers import Layers


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
