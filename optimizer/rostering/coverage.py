"""Agents to queues, slot by slot: the cheapest use of whoever is on shift, kept up to date agent by agent.

In each slot the agents of a skill group may be split over its queues at will. Serving costs nothing and the cost of a
queue is convex in the agents on it, so one more agent costs the least marginal cost of all queues *reachable* from the
group, where queue a leads to queue b if some agent on a could move to b (successive shortest paths). The cost of a queue
may be smoothed: its slope then runs evenly from ``-under`` at ``required - width`` to ``over`` at ``required + width``.

References
----------
Ahuja, Magnanti, Orlin (1993), Network Flows, chapters 9 and 14 (convex cost flows by successive shortest paths).
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.errors import Finding, InvalidData

MAX_QUEUES = 62
"""Queues are the bits of one signed 64-bit number."""
EPSILON = 1e-9
"""Gains below this are rounding."""


class Flow(NamedTuple):
    """Who serves what in every slot.

    Parameters
    ----------
    required : array of float, shape (slots, queues)
    width : array of float, shape (slots, queues)
        Half-width of the smoothing in agents; 0.5 or less = exact, as the agents are whole.
    under, over : array of float, shape (queues,)
        Cost of one agent missing, and one too many, for one slot.
    mask : array of int, shape (groups,)
        Queues of each skill group, as bits.
    placed : array of int, shape (slots, groups, queues)
        Agents of each group on each queue.
    served : array of int, shape (slots, queues)
        Agents on each queue.
    link : array of int, shape (slots, queues)
        Queues that agents on a queue could move to, as bits.
    """

    required: FloatArray
    width: FloatArray
    under: FloatArray
    over: FloatArray
    mask: IntArray
    placed: IntArray
    served: IntArray
    link: IntArray


def new_flow(required: FloatArray, prices: FloatArray, group_mask: BoolArray) -> Flow:
    """Flow without agents.

    Parameters
    ----------
    required : array of float, shape (slots, queues)
    prices : array of float, shape (2, queues)
        Under, over.
    group_mask : array of bool, shape (groups, queues)

    Raises
    ------
    InvalidData
        More than `MAX_QUEUES` queues.
    """
    (slots, queues), groups = required.shape, len(group_mask)
    if queues > MAX_QUEUES:
        raise InvalidData([Finding("centre.toml", None, "queues", f"{queues} queues", f"at most {MAX_QUEUES}", "plan sites apart")])
    mask = group_mask.astype(np.int64) @ (1 << np.arange(queues, dtype=np.int64))
    counts = np.zeros((slots, groups, queues), dtype=np.int64)
    exact = np.zeros((slots, queues))
    required = np.ascontiguousarray(required, dtype=np.float64)
    return Flow(required, exact, prices[0].copy(), prices[1].copy(), mask, counts, counts[:, 0].copy(), counts[:, 0].copy())


def smoothed(flow: Flow, half_width: float) -> Flow:
    """The same agents under a cost smoothed by ``half_width * sqrt(required / largest required)`` agents."""
    largest = max(float(flow.required.max(initial=0.0)), 1.0)
    return flow._replace(width=half_width * np.sqrt(flow.required / largest))


@njit(cache=True, nogil=True)
def marginal(flow: Flow, t: int, q: int, served: int) -> float:
    """Cost of one more agent on queue q in slot t beside `served` others."""
    beyond = served + 0.5 - flow.required[t, q]
    width = max(flow.width[t, q], 0.5)
    share = min(1.0, max(0.0, (beyond + width) / (2.0 * width)))
    return (flow.under[q] + flow.over[q]) * share - flow.under[q]


@njit(cache=True, nogil=True)
def _spread(flow: Flow, t: int, seen: int, parent: IntArray, forward: bool) -> int:
    """All queues that moves lead to from the queues `seen` (or, backwards, that lead to them); fills `parent`."""
    grown = True
    while grown:
        grown = False
        for q in range(len(parent)):
            bit = 1 << q
            if forward and seen & bit:
                new = flow.link[t, q] & ~seen
                for to in range(len(parent)):
                    if new & (1 << to):
                        parent[to] = q
                        grown = True
                seen |= new
            elif not forward and not seen & bit and flow.link[t, q] & seen:
                near = flow.link[t, q] & seen
                for to in range(len(parent)):
                    if near & (1 << to):
                        parent[q] = to
                seen |= bit
                grown = True
    return seen


@njit(cache=True, nogil=True)
def _relink(flow: Flow, t: int, q: int) -> None:
    link = 0
    for g in range(len(flow.mask)):
        if flow.placed[t, g, q] > 0:
            link |= flow.mask[g]
    flow.link[t, q] = link


@njit(cache=True, nogil=True)
def _put(flow: Flow, t: int, g: int, q: int, agents: int) -> None:
    """Place agents of a group on a queue (or take them off), the links kept up to date."""
    flow.placed[t, g, q] += agents
    if agents > 0:
        flow.link[t, q] |= flow.mask[g]
    elif flow.placed[t, g, q] == 0:
        _relink(flow, t, q)


@njit(cache=True, nogil=True)
def _move(flow: Flow, t: int, source: int, target: int) -> None:
    """Move some agent who can from one queue to another."""
    bit = 1 << target
    for g in range(len(flow.mask)):
        if flow.placed[t, g, source] > 0 and flow.mask[g] & bit:
            _put(flow, t, g, source, -1)
            _put(flow, t, g, target, 1)
            return


@njit(cache=True, nogil=True)
def _cheapest(flow: Flow, t: int, seen: int) -> int:
    """Queue among `seen` where one more agent costs least."""
    best, least = -1, np.inf
    for q in range(len(flow.under)):
        if seen & (1 << q):
            cost = marginal(flow, t, q, flow.served[t, q])
            if cost < least:
                best, least = q, cost
    return best


@njit(cache=True, nogil=True)
def add(flow: Flow, g: int, t: int, parent: IntArray) -> None:
    """Put one agent of group g to the best use in slot t; `parent` is scratch, shape (queues,)."""
    parent[:] = -1
    target = _cheapest(flow, t, _spread(flow, t, int(flow.mask[g]), parent, True))
    flow.served[t, target] += 1
    while parent[target] >= 0:
        _move(flow, t, parent[target], target)
        target = parent[target]
    _put(flow, t, g, target, 1)


@njit(cache=True, nogil=True)
def remove(flow: Flow, g: int, t: int, parent: IntArray) -> None:
    """Take one agent of group g out of slot t where it is missed least; `parent` is scratch, shape (queues,)."""
    parent[:] = -1
    seen = 0
    for q in range(len(parent)):
        if flow.placed[t, g, q] > 0:
            seen |= 1 << q
    seen = _spread(flow, t, seen, parent, False)
    source, most = -1, -np.inf
    for q in range(len(parent)):
        if seen & (1 << q) and flow.served[t, q] > 0:
            saved = marginal(flow, t, q, flow.served[t, q] - 1)
            if saved > most:
                source, most = q, saved
    flow.served[t, source] -= 1
    while parent[source] >= 0:
        _move(flow, t, source, parent[source])
        source = parent[source]
    _put(flow, t, g, source, -1)


@njit(cache=True, nogil=True)
def _improve(flow: Flow, t: int, source: int, parent: IntArray) -> bool:
    """Move one agent's worth of service away from a queue if that pays."""
    if flow.served[t, source] == 0:
        return False
    parent[:] = -1
    bit = 1 << source
    target = _cheapest(flow, t, _spread(flow, t, bit, parent, True) & ~bit)
    if target < 0:
        return False
    gain = marginal(flow, t, source, flow.served[t, source] - 1) - marginal(flow, t, target, flow.served[t, target])
    if gain <= EPSILON:
        return False
    flow.served[t, source] -= 1
    flow.served[t, target] += 1
    while target != source:
        _move(flow, t, parent[target], target)
        target = parent[target]
    return True


@njit(cache=True, nogil=True)
def balance(flow: Flow) -> None:
    """Make the split over queues optimal again after the costs have changed."""
    slots, queues = flow.served.shape
    if queues == 1:
        return
    parent = np.empty(queues, dtype=np.int64)
    for t in range(slots):
        moved = True
        while moved:
            moved = False
            for q in range(queues):
                while _improve(flow, t, q, parent):
                    moved = True


@njit(cache=True, nogil=True)
def slot_prices(flow: Flow, g: int, first: int, end: int, prices: FloatArray) -> None:
    """Cost of one more agent of group g in the slots ``first <= t < end``, written to `prices`, shape (slots,)."""
    queues = len(flow.under)
    parent = np.empty(queues, dtype=np.int64)
    for t in range(first, end):
        if queues == 1:
            prices[t] = marginal(flow, t, 0, flow.served[t, 0])
        else:
            best = _cheapest(flow, t, _spread(flow, t, int(flow.mask[g]), parent, True))
            prices[t] = marginal(flow, t, best, flow.served[t, best])


@njit(cache=True, nogil=True)
def add_many(flow: Flow, present: IntArray) -> None:
    """Add agents by number; `present` has shape (groups, slots)."""
    parent = np.empty(len(flow.under), dtype=np.int64)
    groups, slots = present.shape
    for t in range(slots):
        for g in range(groups):
            for _ in range(present[g, t]):
                add(flow, g, t, parent)


def cover_cost(flow: Flow) -> float:
    """Exact cost of the agents missing and the agents too many, as they are placed."""
    missing = flow.required - flow.served
    return float((np.maximum(missing, 0) @ flow.under + np.maximum(-missing, 0) @ flow.over).sum())


def slopes(flow: Flow) -> FloatArray:
    """What one agent more would save on each queue under the smoothed cost; shape (slots, queues)."""
    width = np.maximum(flow.width, 0.5)
    share = np.clip((flow.served - flow.required + width) / (2 * width), 0.0, 1.0)
    return flow.under - (flow.under + flow.over) * share
