"""Kernels that pass the queue on from slot to slot, and find the least agents of each slot on the way."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from data.model.base import FloatArray, IntArray
from optimizer.staffing.kernels.birth_death import ENDLESS, Pool, Shares, advance, balance, excess, level, shares, thinned, trimmed

SLOPE = 1.25
"""First guess of how much the log of the share missed falls by agent, times the root of the load (house choice)."""


class Terms(NamedTuple):
    """What a row of slots has in common.

    Parameters
    ----------
    seconds, limit : float
        Length of a slot and answer-time threshold.
    definition : int
        Index of the service-level definition.
    departing, serve : bool
        Whether leavers finish their call; whether the line is cleared at closing.
    again, again_after_redial, delay : float
        Chance that an abandoned caller calls again after a first call and after a redial, and after how many seconds.
    """

    seconds: float
    limit: float
    definition: int
    departing: bool
    serve: bool
    again: float
    again_after_redial: float
    delay: float


class Carry(NamedTuple):
    """What a slot hands to the next: the law (empty = the balance of the slot to come), its agents, calls of leavers."""

    law: FloatArray
    low: int
    agents: int
    leaving: float


class Trial(NamedTuple):
    """A slot with a number of agents: what it hands on, its calls, mean calls of leavers, occupancy."""

    carry: Carry
    of: Shares
    leaving: float
    occupancy: float


@njit(cache=True, nogil=True)
def with_agents(pool: Pool, agents: int) -> Pool:
    """The same queue with other agents."""
    return Pool(pool.rate, agents, pool.mu, pool.theta, pool.room)


@njit(cache=True, nogil=True)
def callers(law: FloatArray, low: int) -> float:
    """Mean number of callers."""
    total = 0.0
    for k in range(law.size):
        total += (low + k) * law[k]
    return total


@njit(cache=True, nogil=True)
def mean_left(rate: float, seconds: float) -> float:
    """Mean over the seconds of what decays at the rate from 1."""
    return -math.expm1(-rate * seconds) / (rate * seconds)


@njit(cache=True, nogil=True)
def attempt(carry: Carry, pool: Pool, terms: Terms) -> Trial:
    """Pass the slot with the agents of the pool."""
    law, low, leaving = carry.law, carry.low, carry.leaving
    if law.size == 0:
        law, low = balance(pool)
    elif closes(carry, pool):
        # the staff clears the line, or what it has at hand
        leaving += callers(law, low) if terms.serve else talking(law, low, carry.agents)
        law, low = np.ones(1), 0
    elif terms.departing and pool.agents < carry.agents:
        leaving += callers(law, low)
        law, low = thinned(law, low, carry.agents, pool.agents)
        leaving -= callers(law, low)
    end, over, first = advance(law, low, pool, terms.seconds)
    of = shares(over, first, pool, terms.limit)
    staying = leaving * mean_left(pool.mu, terms.seconds)
    on_duty = pool.agents + staying
    end, first = trimmed(end, first)
    passed = Carry(end, first, pool.agents, leaving * math.exp(-pool.mu * terms.seconds))
    return Trial(passed, of, staying, (of.busy + staying) / on_duty if on_duty > 0.0 else 1.0)


@njit(cache=True, nogil=True)
def closes(carry: Carry, pool: Pool) -> bool:
    """Whether the queue closes: the last agents go and no calls come."""
    return pool.rate == 0.0 and pool.agents == 0 and carry.agents > 0


@njit(cache=True, nogil=True)
def talking(law: FloatArray, low: int, agents: int) -> float:
    """Mean number of callers who talk to an agent."""
    total = 0.0
    for k in range(law.size):
        total += min(low + k, agents) * law[k]
    return total


@njit(cache=True, nogil=True)
def search(
    carry: Carry, pool: Pool, terms: Terms, bounds: FloatArray, start: float, slope: float
) -> tuple[Trial, int, float, float]:
    """Least agents, from those of the pool up, that meet the bounds.

    `start` is a guess and `slope` how much the excess falls by agent; secants inside a bracket, halves after ten. Returns
    the slot with them, what binds (0 = even the least), where the excess crosses zero, and its slope there.
    """
    low, high, binds, tries = pool.agents - 1, -1, 0, 0
    f_low = f_high = np.nan
    n = max(math.ceil(start), pool.agents)
    kept = trial = attempt(carry, with_agents(pool, n), terms)
    while True:
        f, kind = excess(trial.of, trial.occupancy, bounds, terms.definition)
        if f <= 0.0:
            high, f_high, kept = n, f, trial
        else:
            low, f_low, binds = n, f, kind
        if f_low - f_high > 1e-9 and f_low < np.inf:
            slope = (f_low - f_high) / (high - low)
        if high >= 0 and high - low <= 1:
            return kept, binds, max(high + f_high / slope, high - 1.0), slope
        tries += 1
        step = 1 << max(tries - 3, 0)
        if high < 0:
            n = low + max(step, min(math.ceil(f_low / slope), low + 8) if f_low < np.inf else low + 8)
        elif np.isnan(f_low):
            n = max(high - max(step, math.ceil(-f_high / slope)), low + 1)
        else:
            n = min(max(low + math.ceil(f_low / slope), low + 1), high - 1) if tries <= 10 else (low + high) // 2
        trial = attempt(carry, with_agents(pool, n), terms)


@njit(cache=True, nogil=True)
def turned_away(carry: Carry, pool: Pool) -> float:
    """Callers in line at the end who would be answered if the agents stayed."""
    work, total, gained = pool.agents * pool.mu, 0.0, 0.0
    for x in range(pool.agents + 1, carry.low + carry.law.size):
        gained += work / (work + (x - pool.agents) * pool.theta)
        if x >= carry.low:
            total += carry.law[x - carry.low] * gained
    return total


@njit(cache=True, nogil=True)
def cut_off(carry: Carry, pool: Pool, terms: Terms) -> float:
    """Calls of the last seconds that would be good service only after the end; by Simpson's rule over the threshold."""
    good_by = np.empty(3)
    for k in range(3):
        good_by[k] = level(shares(carry.law, carry.low, pool, 0.5 * k * terms.limit), terms.definition)[0]
    return pool.rate * terms.limit / 6.0 * (good_by[2] - good_by[0] + 4.0 * (good_by[2] - good_by[1]))


@njit(cache=True, nogil=True)
def lose(out: FloatArray, carry: Carry, pool: Pool, terms: Terms) -> None:
    """Take the callers who are in line at closing from the answered of the slot, and from its service level."""
    lost, late = turned_away(carry, pool), cut_off(carry, pool, terms)
    out[4] -= lost
    # answered or short: who is lost within the threshold still counts as good
    out[2] -= late if terms.definition != 3 else 0.0
    out[3] -= lost if terms.definition == 1 else late if terms.definition == 2 else 0.0


@njit(cache=True, nogil=True)
def note(out: FloatArray, trial: Trial, pool: Pool, terms: Terms, redials: float) -> None:
    """Fill the figures of a slot, in the order of `optimizer.staffing.transient.FIGURES`."""
    of, law, low, n = trial.of, trial.carry.law, trial.carry.low, pool.agents
    calls = pool.rate * terms.seconds
    good, base = level(of, terms.definition)
    out[0], out[1], out[2], out[3] = calls, redials, good * calls, base * calls
    out[4], out[5] = of.answered * calls, of.blocked * calls
    if calls > 0.0:
        out[6], out[7] = of.wait * calls, of.answered_wait * calls
    out[8], out[9] = of.busy + trial.leaving, n + trial.leaving
    out[10], out[11] = of.queue, callers(law, low) + trial.carry.leaving
    out[12] = law[max(n - low, 0) :].sum()


@njit(cache=True, nogil=True)
def follow(
    rate: FloatArray,
    mu: FloatArray,
    theta: FloatArray,
    agents: IntArray,
    room: IntArray,
    terms: Terms,
    bounds: FloatArray,
    safety: float,
    start: FloatArray,
    out: FloatArray,
    binding: IntArray,
) -> None:
    """Pass all slots of a row; with bounds, raise `agents` to the least that meet them.

    `start` is the law before the first slot, empty for the balance of the first slot; `safety` the first guess of the
    agents above the load in roots of the load. Fills `out`, shape (slots, figures), and `binding`.
    """
    carry = Carry(start, 0, agents[0], 0.0)
    callers_back, slope = 0.0, SLOPE
    before = Pool(0.0, 0, 1.0, 0.0, ENDLESS)
    for i in range(rate.size):
        back = -callers_back * math.expm1(-terms.seconds / terms.delay)
        callers_back -= back
        # who calls again while nobody is expected finds the queue closed and is gone
        redials = back if rate[i] > 0.0 else 0.0
        pool = Pool(rate[i] + redials / terms.seconds, agents[i], mu[i], theta[i], room[i])
        if closes(carry, pool) and not terms.serve and i > 0:
            lose(out[i - 1], carry, before, terms)
        if bounds.size > 0 and pool.rate > 0.0:
            trial, binding[i], safety, slope = staffed(carry, pool, terms, bounds, safety, slope)
        else:
            trial = attempt(carry, pool, terms)
        carry = trial.carry
        agents[i] = carry.agents
        before = with_agents(pool, carry.agents)
        note(out[i], trial, before, terms, redials)
        lost = pool.theta * trial.of.queue * terms.seconds
        share = redials / (pool.rate * terms.seconds) if pool.rate > 0.0 else 0.0
        callers_back += lost * (terms.again * (1.0 - share) + terms.again_after_redial * share)


@njit(cache=True, nogil=True)
def staffed(
    carry: Carry, pool: Pool, terms: Terms, bounds: FloatArray, safety: float, slope: float
) -> tuple[Trial, int, float, float]:
    """`search` from a guess: the load of the slot, and the agents above it and the slope as they were in the slot before."""
    load = pool.rate / pool.mu
    if carry.law.size > 0:
        load += (callers(carry.law, carry.low) - load) * mean_left(pool.mu, terms.seconds)
    root = math.sqrt(max(load, 1.0))
    least = max(pool.agents, 1)
    if carry.law.size == 0 and pool.theta == 0.0 and pool.room >= ENDLESS:
        # no more than the load, and the line has no balance to start from
        least = max(least, math.floor(load) + 1)
    trial, binds, crossing, fall = search(carry, with_agents(pool, least), terms, bounds, load + safety * root, slope / root)
    if binds == 0:
        return trial, binds, safety, slope
    return trial, binds, (crossing - load) / root, fall * root
