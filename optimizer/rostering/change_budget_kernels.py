"""Which of a few lines each agent takes while a budget lasts: exact gains beside all others, the best for its use first."""

from typing import NamedTuple

import numpy as np
from numba import njit

from data.model.base import FloatArray, IntArray
from optimizer.rostering.coverage import price_of, refund
from optimizer.rostering.crowd import band_price, code_price
from optimizer.rostering.frame import Crew, Lines, Shape
from optimizer.rostering.search.sweep import Floor, mark_slots, place

MAX_LINES = 62
"""Lines to choose from are the bits of one signed 64-bit number."""
EPSILON = 1e-7
"""Gains below this are rounding."""


class Offers(NamedTuple):
    """Lines that each agent may take.

    Parameters
    ----------
    symbol, meal : array of int, shape (lines, agents, days)
        As in `Lines`.
    own : array of float, shape (lines, agents)
        What a line costs beside coverage and crowds; inf = not legal.
    use : array of int, shape (lines, agents, limits)
        What it takes of each limit, not negative.
    most : array of int, shape (limits,)
    """

    symbol: IntArray
    meal: IntArray
    own: FloatArray
    use: IntArray
    most: IntArray


@njit(cache=True, nogil=True)
def line_costs(shape: Shape, crew: Crew, floor: Floor, offers: Offers, a: int, held: int, here: IntArray, cost: FloatArray) -> None:
    """Cost of each line of agent a beside all others, who stand on the floor as the agent does with line `held`.

    Parameters
    ----------
    here : array of int, shape (slots,)
        Scratch of zeros.
    cost : array of float, shape (lines,)
        Changed in place; equal up to a constant for what all lines share.
    """
    flow, crowd, heads = floor
    lines, g = len(cost), crew.group[a]
    for k in range(lines):
        cost[k] = offers.own[k, a]
        if np.isfinite(cost[k]):
            mark_slots(shape, Lines(offers.symbol[k], offers.meal[k]), a, here, 1 << k)
    for t in range(len(here)):
        marks = here[t]
        here[t] = 0
        if marks and marks != (1 << lines) - 1:
            present = marks >> held & 1
            price = (refund(flow, g, t) if present else price_of(flow, g, t)) + band_price(crowd, heads, a, t, present)
            for k in range(lines):
                if marks >> k & 1:
                    cost[k] += price
    if len(crowd.team):
        for d in range(shape.open_first, shape.open_end):
            for k in range(lines):
                s = offers.symbol[k, a, d]
                if s >= shape.first_shift:
                    cost[k] += code_price(crowd, heads, a, d, s, offers.symbol[held, a, d])


@njit(cache=True, nogil=True)
def fits(offers: Offers, a: int, held: int, k: int, used: IntArray) -> bool:
    """Whether agent a may take line k in place of `held`: no limit is passed by more than it is already."""
    for r in range(len(used)):
        more = offers.use[k, a, r] - offers.use[held, a, r]
        if more > 0 and used[r] + more > offers.most[r]:
            return False
    return True


@njit(cache=True, nogil=True)
def _best(offers: Offers, a: int, held: int, used: IntArray, cost: FloatArray) -> tuple[float, int]:
    """The line that gains most for what it takes of the limits, and how much that is."""
    most, best = 0.0, held
    for k in range(len(cost)):
        gain, weight = cost[held] - cost[k], 1e-9
        if gain > EPSILON and fits(offers, a, held, k, used):
            for r in range(len(used)):
                weight += max(0, offers.use[k, a, r] - offers.use[held, a, r]) / max(1, offers.most[r])
            if gain / weight > most:
                most, best = gain / weight, k
    return most, best


@njit(cache=True, nogil=True)
def choose(shape: Shape, crew: Crew, floor: Floor, offers: Offers, choice: IntArray, used: IntArray, rows: IntArray) -> None:
    """Let agents change lines one at a time, the best gain for its use first, until none gains.

    Gains of agents who were not looked at since somebody moved are trusted until they are the best (lazy greedy).

    Parameters
    ----------
    choice : array of int, shape (agents,)
        Line of each agent, as it stands on the floor; changed in place with the floor.
    used : array of int, shape (limits,)
        Changed in place.
    rows : array of int
        Agents who may change.

    References
    ----------
    Minoux (1978), Accelerated greedy algorithms for maximizing submodular set functions, doi:10.1007/BFb0006528.
    """
    here, cost = np.zeros(shape.slots, dtype=np.int64), np.empty(len(offers.own))
    gain, line, fresh = np.full(len(rows), np.inf), choice[rows], np.zeros(len(rows), dtype=np.bool_)
    while len(rows):
        i = gain.argmax()
        if fresh[i] and gain[i] > 0:
            _take(shape, crew, floor, offers, choice, used, rows[i : i + 1], line[i], here)
            fresh[:] = False
            continue
        if fresh.all():
            return
        # nobody seems to gain: what others have done since may have changed that
        first, end = (i, i + 1) if gain[i] > 0 else (0, len(rows))
        for j in range(first, end):
            held = int(choice[rows[j]])
            line_costs(shape, crew, floor, offers, rows[j], held, here, cost)
            gain[j], line[j] = _best(offers, rows[j], held, used, cost)
            fresh[j] = True


@njit(cache=True, nogil=True)
def _take(
    shape: Shape, crew: Crew, floor: Floor, offers: Offers, choice: IntArray, used: IntArray, row: IntArray, k: int, here: IntArray
) -> None:
    """Put the one agent of `row` on line k."""
    a = row[0]
    held = choice[a]
    place(shape, crew, floor, Lines(offers.symbol[held], offers.meal[held]), row, -1, here)
    place(shape, crew, floor, Lines(offers.symbol[k], offers.meal[k]), row, 1, here)
    used += offers.use[k, a] - offers.use[held, a]
    choice[a] = k
