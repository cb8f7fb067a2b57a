"""The inner loops of off-phone work: prices of agents slot by slot, and who has time."""

import numpy as np
from numpy.typing import NDArray

from data.model.base import FloatArray, IntArray
from optimizer.compiled import compiled, inlined
from optimizer.rostering.coverage import Flow, add, price_of, refund, remove

Runs = NDArray[np.int16]
"""Free slots in a row from each slot on; shape (agents, slots + 1)."""


@compiled
def removal_prices(flow: Flow, first: int, end: int, prices: FloatArray) -> None:
    """What one agent of each group less costs in the slots ``first <= t < end``, 0 without agents; shape (groups, slots)."""
    for t in range(first, end):
        for g in range(len(flow.mask)):
            saved = refund(flow, g, t)
            prices[g, t] = -saved if saved > -np.inf else 0.0


@compiled
def leave_phones(flow: Flow, g: int, first: int, end: int) -> float:
    """Take one agent of a group off the phones; what it costs."""
    cost = 0.0
    for t in range(first, end):
        cost -= refund(flow, g, t)
        remove(flow, g, t)
    return cost


@compiled
def return_to_phones(flow: Flow, g: int, first: int, end: int) -> float:
    """Put one agent of a group back on the phones; what it costs, not positive."""
    cost = 0.0
    for t in range(first, end):
        cost += price_of(flow, g, t)
        add(flow, g, t)
    return cost


@compiled
def occupy(run: Runs, a: int, first: int, end: int) -> None:
    """Take slots from an agent's time."""
    for t in range(first, end):
        run[a, t] = 0
    t = first - 1
    while t >= 0 and run[a, t] > 0:
        run[a, t] = run[a, t + 1] + 1
        t -= 1


@compiled
def vacate(run: Runs, a: int, first: int, end: int) -> None:
    """Give slots back to an agent's time."""
    t = end - 1
    while t >= first or (t >= 0 and run[a, t] > 0):
        run[a, t] = run[a, t + 1] + 1
        t -= 1


@compiled
def count_free(run: Runs, pool: IntArray, place: IntArray, first: int, length: int, counts: IntArray) -> None:
    """Count who of a pool has time from each start on.

    Parameters
    ----------
    pool : array of int, shape (members,)
        Rows of agents.
    place : array of int, shape (members,)
        Row of `counts` for each.
    first, length : int
        First start; slots of a piece.
    counts : array of int, shape (groups of the pool, starts)
        Changed in place.
    """
    for member in range(len(pool)):
        a, row = pool[member], place[member]
        for t in range(counts.shape[1]):
            if run[a, first + t] >= length:
                counts[row, t] += 1


@compiled
def cheapest(window: FloatArray, counts: IntArray, size: int, costs: FloatArray) -> None:
    """Sum of the cheapest windows of so many agents from each start on; inf where fewer have time; shape (starts,).

    Parameters
    ----------
    window : array of float, shape (groups of the pool, starts)
        What an agent of each group away for a piece costs.
    counts : array of int, same shape
        Who has time; changed in place.
    """
    for t in range(window.shape[1]):
        left, cost = size, 0.0
        while left > 0:
            best = -1
            for g in range(window.shape[0]):
                if counts[g, t] > 0 and (best < 0 or window[g, t] < window[best, t]):
                    best = g
            if best < 0:
                cost = np.inf
                break
            taken = min(left, counts[best, t])
            cost += taken * window[best, t]
            counts[best, t] -= taken
            left -= taken
        costs[t] = cost


@compiled
def answer_unit(
    total: FloatArray, groups: IntArray, counts: IntArray, size: int, leader: int, length: int, delay: FloatArray, away: IntArray
) -> float:
    """Least cost of a piece under prices of presence; those who are away then are added to `away`.

    Parameters
    ----------
    total : array of float, shape (all groups, slots + 1)
        Running sum of the price of being present, from the first start on.
    groups : array of int, shape (groups of the pool,)
    counts : array of int, shape (groups of the pool, starts)
        Who has time.
    leader : int
        Group of the facilitator; -1 = none.
    delay : array of float, shape (starts,)
    away : array of int, shape (all groups, slots + 1)
        Changed in place: -1 where an agent leaves, +1 on return.
    """
    least, best = np.inf, -1
    for t in range(len(delay)):
        cost = delay[t] + _members(total, groups, counts, size, t, length, away, 0)
        cost += total[leader, t] - total[leader, t + length] if leader >= 0 else 0.0
        if cost < least:
            least, best = cost, t
    if best >= 0:
        _members(total, groups, counts, size, best, length, away, 1)
        if leader >= 0:
            away[leader, best] -= 1
            away[leader, best + length] += 1
    return least


@inlined
def _members(
    total: FloatArray, groups: IntArray, counts: IntArray, size: int, t: int, length: int, away: IntArray, sign: int
) -> float:
    """Sum of the cheapest of those who have time from a start on; inf if they are too few; `away` changes by the sign."""
    cost, left, past, passed = 0.0, size, -np.inf, -1
    while left > 0:
        best, least = -1, np.inf
        for k in range(len(groups)):
            price = total[groups[k], t] - total[groups[k], t + length]
            later = price > past or (price == past and k > passed)
            if counts[k, t] > 0 and later and price < least:
                best, least = k, price
        if best < 0:
            return np.inf
        taken = min(left, counts[best, t])
        away[groups[best], t] -= sign * taken
        away[groups[best], t + length] += sign * taken
        cost += taken * least
        left, past, passed = left - taken, least, best
    return cost


@compiled
def last_prices(flow: Flow, prices: FloatArray) -> None:
    """Cost of the last agent on each queue, wherever that agent would be missed most; shape (slots, queues).

    With `Flow.least` these are the ends of what an agent may be held to cost: between them every price is exact.
    """
    slots, queues = flow.served.shape
    for t in range(slots):
        for q in range(queues):
            prices[t, q] = flow.more[t, q]  # nobody is there: of the first one who would be
        for g in range(len(flow.mask)):
            last = refund(flow, g, t)
            for q in range(queues):
                if flow.placed[t, g, q] > 0:
                    prices[t, q] = last
