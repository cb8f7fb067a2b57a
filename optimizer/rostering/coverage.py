"""Agents to queues, slot by slot: the cheapest use of whoever is on shift, kept up to date agent by agent.

In each slot the agents of a skill group may be split over its queues at will. Serving costs nothing and the cost of a
queue is convex in the agents on it, so one more agent costs the least marginal cost of all queues *reachable* from the
group, where queue a leads to queue b if some agent on a could move to b (successive shortest paths). The cost of a queue
may be smoothed: each bend of its curve is then drawn out over a width of agents.

The marginal costs are kept for each slot, so that a slot is only looked at again when somebody comes or goes.

References
----------
Ahuja, Magnanti, Orlin (1993), Network Flows, chapters 9 and 14 (convex cost flows by successive shortest paths).
"""

from typing import NamedTuple

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.errors import Finding, InvalidData
from optimizer.compiled import compiled, inlined
from optimizer.rostering.curves import Curves

MAX_QUEUES = 62
"""Queues are the bits of one signed 64-bit number."""
EPSILON = 1e-9
"""Gains below this are rounding."""


class Flow(NamedTuple):
    """Who serves what in every slot.

    Parameters
    ----------
    first, bend, step : arrays
        `Curves` of the queues.
    width : array of float, shape (slots, queues)
        Half-width of the smoothing in agents; 0.5 or less = exact, as the agents are whole.
    mask : array of int, shape (groups,)
        Queues of each skill group, as bits.
    placed : array of int, shape (slots, groups, queues)
        Agents of each group on each queue.
    served : array of int, shape (slots, queues)
        Agents on each queue.
    link : array of int, shape (slots, queues)
        Queues that agents on a queue could move to, as bits.
    more : array of float, shape (slots, queues)
        Cost of one more agent on the queue itself.
    least : array of float, shape (slots, queues)
        Least cost of one more agent on any queue that the queue leads to.
    parent : array of int, shape (queues,)
        Scratch: where a search came from.
    """

    first: FloatArray
    bend: FloatArray
    step: FloatArray
    width: FloatArray
    mask: IntArray
    placed: IntArray
    served: IntArray
    link: IntArray
    more: FloatArray
    least: FloatArray
    parent: IntArray


def new_flow(curves: Curves, group_mask: BoolArray) -> Flow:
    """Flow without agents.

    Parameters
    ----------
    curves : Curves
        Of each slot and queue.
    group_mask : array of bool, shape (groups, queues)

    Raises
    ------
    InvalidData
        More than `MAX_QUEUES` queues.
    """
    (slots, queues), groups = curves.first.shape, len(group_mask)
    if queues > MAX_QUEUES:
        raise InvalidData([Finding("centre.toml", None, "queues", f"{queues} queues", f"at most {MAX_QUEUES}", "plan sites apart")])
    mask = group_mask.astype(np.int64) @ (1 << np.arange(queues, dtype=np.int64))
    placed = np.zeros((slots, groups, queues), dtype=np.int64)
    count, price = np.zeros((slots, queues), dtype=np.int64), np.zeros((slots, queues))
    first, bend, step = (np.ascontiguousarray(part, dtype=np.float64) for part in curves)
    scratch = np.empty(queues, dtype=np.int64)
    flow = Flow(first, bend, step, price.copy(), mask, placed, count, count.copy(), price.copy(), price, scratch)
    refresh(flow)
    return flow


def smoothed(flow: Flow, curves: Curves, width: FloatArray) -> Flow:
    """The same agents under other curves, put to their best use again.

    Parameters
    ----------
    curves : Curves
        Of the same slopes, with bends elsewhere.
    width : array of float, shape (slots, queues)
        Half-width of the smoothing, agents.
    """
    smooth = flow._replace(bend=np.ascontiguousarray(curves.bend), width=width)
    refresh(smooth)
    balance(smooth)
    return smooth


@inlined
def marginal(flow: Flow, t: int, q: int, served: int) -> float:
    """Cost of one more agent on queue q in slot t beside `served` others."""
    width = max(flow.width[t, q], 0.5)
    slope = flow.first[t, q]
    for k in range(flow.bend.shape[2]):
        share = (served + 0.5 - flow.bend[t, q, k] + width) / (2.0 * width)
        slope += flow.step[t, q, k] * min(1.0, max(0.0, share))
    return slope


@inlined
def _look_ahead(flow: Flow, t: int) -> None:
    """Bring the least costs of a slot up to date."""
    queues = flow.served.shape[1]
    for q in range(queues):
        flow.least[t, q] = flow.more[t, q]
    falling = queues > 1
    while falling:
        falling = False
        for q in range(queues):
            for to in range(queues):
                if flow.link[t, q] >> to & 1 and flow.least[t, to] < flow.least[t, q]:
                    flow.least[t, q] = flow.least[t, to]
                    falling = True


@inlined
def _serve(flow: Flow, t: int, q: int, agents: int) -> None:
    """Change the number of agents on a queue."""
    flow.served[t, q] += agents
    flow.more[t, q] = marginal(flow, t, q, flow.served[t, q])


@inlined
def _put(flow: Flow, t: int, g: int, q: int, agents: int) -> None:
    """Place agents of a group on a queue (or take them off), the links kept up to date."""
    flow.placed[t, g, q] += agents
    if agents > 0:
        flow.link[t, q] |= flow.mask[g]
    elif flow.placed[t, g, q] == 0:
        link = 0
        for other in range(len(flow.mask)):
            if flow.placed[t, other, q] > 0:
                link |= flow.mask[other]
        flow.link[t, q] = link


@inlined
def _move(flow: Flow, t: int, source: int, target: int) -> None:
    """Move some agent who can from one queue to another."""
    for g in range(len(flow.mask)):
        if flow.placed[t, g, source] > 0 and flow.mask[g] >> target & 1:
            _put(flow, t, g, source, -1)
            _put(flow, t, g, target, 1)
            return


@inlined
def _spread(flow: Flow, t: int, seen: int) -> int:
    """All queues that moves lead to from the queues `seen`; fills `parent`."""
    queues = flow.served.shape[1]
    grown = True
    while grown:
        grown = False
        for q in range(queues):
            new = flow.link[t, q] & ~seen
            if seen >> q & 1 and new:
                grown = True
                seen |= new
                for to in range(queues):
                    if new >> to & 1:
                        flow.parent[to] = q
    return seen


@inlined
def _gather(flow: Flow, t: int, seen: int) -> int:
    """All queues from which moves lead to the queues `seen`; fills `parent`."""
    queues = flow.served.shape[1]
    grown = True
    while grown:
        grown = False
        for q in range(queues):
            near = flow.link[t, q] & seen
            if near and not seen >> q & 1:
                grown = True
                seen |= 1 << q
                to = 0
                while not near >> to & 1:
                    to += 1
                flow.parent[q] = to
    return seen


@inlined
def _start(flow: Flow) -> None:
    for q in range(len(flow.parent)):
        flow.parent[q] = -1


@inlined
def price_of(flow: Flow, g: int, t: int) -> float:
    """Cost of one more agent of group g in slot t."""
    least = np.inf
    for q in range(flow.served.shape[1]):
        if flow.mask[g] >> q & 1 and flow.least[t, q] < least:
            least = flow.least[t, q]
    return least


@inlined
def _dearest(flow: Flow, g: int, t: int) -> tuple[int, float]:
    """Queue that one agent of group g less in slot t leaves, and what the agent costs there now; fills `parent`."""
    queues = flow.served.shape[1]
    _start(flow)
    seen = 0
    for q in range(queues):
        if flow.placed[t, g, q] > 0:
            seen |= 1 << q
    if queues > 1:
        seen = _gather(flow, t, seen)
    source, most = -1, -np.inf
    for q in range(queues):
        if seen >> q & 1 and flow.served[t, q] > 0:
            saved = marginal(flow, t, q, flow.served[t, q] - 1)
            if saved > most:
                source, most = q, saved
    return source, most


@inlined
def refund(flow: Flow, g: int, t: int) -> float:
    """What an agent of group g who is there costs in slot t: the price at which the agent could come back after leaving."""
    return _dearest(flow, g, t)[1]


@inlined
def add(flow: Flow, g: int, t: int) -> None:
    """Put one agent of group g to the best use in slot t."""
    queues = flow.served.shape[1]
    least, target = np.inf, -1
    for q in range(queues):
        if flow.mask[g] >> q & 1 and flow.more[t, q] < least:
            least, target = flow.more[t, q], q
    if price_of(flow, g, t) < least:
        _start(flow)
        seen = _spread(flow, t, flow.mask[g])
        for q in range(queues):
            if seen >> q & 1 and flow.more[t, q] < least:
                least, target = flow.more[t, q], q
        _serve(flow, t, target, 1)
        while flow.parent[target] >= 0:
            _move(flow, t, flow.parent[target], target)
            target = flow.parent[target]
    else:
        _serve(flow, t, target, 1)
    _put(flow, t, g, target, 1)
    _look_ahead(flow, t)


@inlined
def remove(flow: Flow, g: int, t: int) -> None:
    """Take one agent of group g out of slot t where it is missed least."""
    source = _dearest(flow, g, t)[0]
    _serve(flow, t, source, -1)
    while flow.parent[source] >= 0:
        _move(flow, t, source, flow.parent[source])
        source = flow.parent[source]
    _put(flow, t, g, source, -1)
    _look_ahead(flow, t)


@compiled
def add_one(flow: Flow, g: int, t: int) -> None:
    """`add` for callers outside of kernels."""
    add(flow, g, t)


@compiled
def remove_one(flow: Flow, g: int, t: int) -> None:
    """`remove` for callers outside of kernels."""
    remove(flow, g, t)


@compiled
def refresh(flow: Flow) -> None:
    """Compute all costs anew after the curves have changed."""
    slots, queues = flow.served.shape
    for t in range(slots):
        for q in range(queues):
            flow.more[t, q] = marginal(flow, t, q, flow.served[t, q])
        _look_ahead(flow, t)


@inlined
def _improve(flow: Flow, t: int, source: int) -> bool:
    """Move one agent's worth of service away from a queue if that pays."""
    if flow.served[t, source] == 0:
        return False
    _start(flow)
    seen = _spread(flow, t, 1 << source)
    target, least = -1, np.inf
    for q in range(flow.served.shape[1]):
        if q != source and seen >> q & 1 and flow.more[t, q] < least:
            target, least = q, flow.more[t, q]
    if target < 0 or marginal(flow, t, source, flow.served[t, source] - 1) - least <= EPSILON:
        return False
    _serve(flow, t, source, -1)
    _serve(flow, t, target, 1)
    while target != source:
        _move(flow, t, flow.parent[target], target)
        target = flow.parent[target]
    return True


@compiled
def balance(flow: Flow) -> None:
    """Make the split over queues optimal again after the costs have changed."""
    slots, queues = flow.served.shape
    if queues == 1:
        return
    for t in range(slots):
        moved = True
        while moved:
            moved = False
            for q in range(queues):
                while _improve(flow, t, q):
                    moved = True
        _look_ahead(flow, t)


@compiled
def slot_prices(flow: Flow, g: int, first: int, end: int, prices: FloatArray) -> None:
    """Cost of one more agent of group g in the slots ``first <= t < end``, written to `prices`, shape (slots,)."""
    for t in range(first, end):
        prices[t] = price_of(flow, g, t)


@compiled
def add_many(flow: Flow, present: IntArray) -> None:
    """Add agents by number; `present` has shape (groups, slots)."""
    groups, slots = present.shape
    for t in range(slots):
        for g in range(groups):
            for _ in range(present[g, t]):
                add(flow, g, t)


def cover_cost(flow: Flow) -> float:
    """Exact cost of the agents as they are placed."""
    return float(Curves(flow.first, flow.bend, flow.step).cost(flow.served.astype(np.float64)).sum())


def slopes(flow: Flow) -> FloatArray:
    """What one agent more would save on each queue under the smoothed cost; shape (slots, queues)."""
    width = np.maximum(flow.width, 0.5)[:, :, None]
    share = np.clip((flow.served[:, :, None] - flow.bend + width) / (2 * width), 0.0, 1.0)
    return np.asarray(-flow.first - (flow.step * share).sum(axis=2))
