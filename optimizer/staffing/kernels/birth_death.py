"""Kernels of the queue under a changing load: the law of the number of callers, carried from slot to slot.

The callers who talk to agents on duty, or wait for one, are a birth-death chain with constant rates inside a slot. Its
law at the end of the slot and its mean over the slot are Chebyshev sums of the generator Q, scaled to [-1, 1] by the
largest exit rate: ``exp(tQ) = sum c_k(t) T_k(I + Q / rate)``. The weights c_k are those of a random walk, all positive;
their number grows with the square root of time, a term costs one pass over the states, and the error is 1e-9 whatever the
slot (house choice). Far from balance the terms grow; a step in which they outgrow `LARGEST` is taken again by halves.

An agent who leaves is anyone on duty and finishes the call, which then is nobody's concern but his: the chain loses that
caller. This is exact for exponential handle times.

Units as in `kernels.erlang`. A cached kernel is compiled anew only when its own file changes: after a change here
remove the caches of `carry`.

References
----------
Tal-Ezer, Kosloff, An accurate and efficient scheme for propagating the time dependent Schrodinger equation (1984),
doi:10.1063/1.448136, for the sum. Ingolfsson, Akhmetshina, Budge, Li, Wu, A survey and experimental comparison of
service-level-approximation methods for nonstationary M(t)/M/s(t) queueing systems (2007), doi:10.1287/ijoc.1050.0157.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from data.model.base import FloatArray
from optimizer.staffing.kernels.search import ABANDONMENT, ANSWER_RATE, ASA, OCCUPANCY, SERVICE_LEVEL, SMALLEST

TAIL = 1e-10
"""Share of the callers' law that may be left out at either end (house choice)."""

CLOSE = 1e-10
"""Size of the last term of a Chebyshev sum (house choice)."""

LARGEST = 1e5
"""Size of a term above which rounding would show (house choice)."""

REACH = 40.0
"""Length of a step in squared relative drifts; longer ones tend to outgrow `LARGEST` (house choice, measured)."""

ENDLESS = 1 << 40
"""Room of a queue that never blocks, callers."""


class Pool(NamedTuple):
    """One queue in one slot: calls per second, agents, 1 / handle time, 1 / patience, callers who can wait."""

    rate: float
    agents: int
    mu: float
    theta: float
    room: int


class Shares(NamedTuple):
    """What becomes of a call that comes in the slot (shares, seconds), and mean callers waiting and talking."""

    in_time: float
    short: float
    reached: float
    answered: float
    answered_wait: float
    wait: float
    blocked: float
    queue: float
    busy: float


@njit(cache=True, nogil=True)
def departures(x: int, pool: Pool) -> float:
    """Rate at which callers leave the state `x`: served, or hanging up."""
    return min(x, pool.agents) * pool.mu + max(x - pool.agents, 0) * pool.theta


@njit(cache=True, nogil=True)
def upward(pool: Pool, mode: int, top: int, law: FloatArray, low: int) -> int:
    """State, not above `top`, beyond which neither the balance nor the excursions of the law hold anything to speak of."""
    x, weight, high = mode, 1.0, low + law.size - 1
    while x < top and (weight > 0.1 * TAIL or x < high):
        x += 1
        weight *= pool.rate / departures(x, pool)
        if low <= x <= high:
            weight = max(weight, law[x - low])
    return x


@njit(cache=True, nogil=True)
def downward(pool: Pool, mode: int, law: FloatArray, low: int) -> int:
    """The same below."""
    x, weight, high = mode, 1.0, low + law.size - 1
    while x > 0 and (weight > 0.1 * TAIL or x > low):
        weight *= departures(x, pool) / pool.rate
        x -= 1
        if low <= x <= high:
            weight = max(weight, law[x - low])
    return x


@njit(cache=True, nogil=True)
def likeliest(pool: Pool, top: int) -> int:
    """Likeliest state of the balance, or `top` below it."""
    if pool.rate < pool.agents * pool.mu:
        return min(int(pool.rate / pool.mu), top)
    if pool.theta == 0.0:
        return top
    return min(pool.agents + int((pool.rate - pool.agents * pool.mu) / pool.theta), top)


@njit(cache=True, nogil=True)
def span(law: FloatArray, low: int, pool: Pool, seconds: float) -> tuple[int, int]:
    """States worth keeping: of the law, of the balance, and those on the way between."""
    high, came = low + law.size - 1, seconds * pool.rate
    if came == 0.0:
        return 0, high
    top = min(high + int(came + 8.0 * math.sqrt(came)) + 12, max(high, pool.agents + pool.room))
    mode = likeliest(pool, top)
    return downward(pool, mode, law, low), upward(pool, mode, top, law, low)


@njit(cache=True, nogil=True)
def balance(pool: Pool) -> tuple[FloatArray, int]:
    """Stationary law and its first state; there must be one."""
    if pool.rate == 0.0:
        return np.ones(1), 0
    top = pool.agents + pool.room
    mode = likeliest(pool, top)
    nowhere = np.zeros(0)
    low, high = downward(pool, mode, nowhere, mode), upward(pool, mode, top, nowhere, mode)
    law = np.ones(high - low + 1)
    for x in range(mode + 1, high + 1):
        law[x - low] = law[x - 1 - low] * pool.rate / departures(x, pool)
    for x in range(mode - 1, low - 1, -1):
        law[x - low] = law[x + 1 - low] * departures(x + 1, pool) / pool.rate
    return law / law.sum(), low


@njit(cache=True, nogil=True)
def trimmed(law: FloatArray, low: int) -> tuple[FloatArray, int]:
    """The law without the states at either end that hold less than `TAIL` together, its sum 1 again."""
    first, last = 0, law.size - 1
    left = law[first]
    while left < TAIL:
        first += 1
        left += law[first]
    right = law[last]
    while right < TAIL:
        last -= 1
        right += law[last]
    kept = law[first : last + 1]
    return kept / kept.sum(), low + first


@njit(cache=True, nogil=True)
def thinned(law: FloatArray, low: int, before: int, now: int) -> tuple[FloatArray, int]:
    """The law after agents drawn at random have left, each with the caller at hand."""
    first = max(low - (before - now), 0)
    out = np.zeros(low - first + law.size + 1)
    out[low - first : -1] = law
    for agents in range(before, now, -1):
        # the last place is always empty: nobody flows in from above it
        taken = out[0] * min(first / agents, 1.0)
        for k in range(out.size - 1):
            flow = out[k + 1] * min((first + k + 1) / agents, 1.0)
            out[k] += flow - taken
            taken = flow
    return out[:-1], first


@njit(cache=True, nogil=True)
def weights(tau: float) -> tuple[FloatArray, FloatArray]:
    """Weights of the Chebyshev terms after `tau` mean exits, and their mean over that time.

    They are the exponentially scaled Bessel functions ``exp(-tau) I_k(tau)`` by downward recursion, and tail sums of them.
    """
    last = int(14.0 + math.sqrt(196.0 + 84.0 * tau)) | 1
    end, mean = np.empty(last + 1), np.empty(last + 1)
    after, value, total = 0.0, 1e-200, 0.0
    for k in range(last, -1, -1):
        end[k] = value
        total += value if k == 0 else 2.0 * value
        after, value = value, after + 2.0 * k / tau * value
    tail = twice = 0.0
    for k in range(last, -1, -1):
        # tail = all weights beyond k, twice = the sum of those tails from k on
        twice += 2.0 * tail
        tail += end[k] / total
        scale = 1.0 if k == 0 else 2.0
        mean[k] = scale * twice / tau
        end[k] *= scale / total
    return end, mean


@njit(cache=True, nogil=True, fastmath={"reassoc"})
def size_of(values: FloatArray) -> float:
    """Sum of the absolute values."""
    total = 0.0
    for value in values:
        total += abs(value)
    return total


@njit(cache=True, nogil=True)
def expand(
    law: FloatArray, up: FloatArray, stay: FloatArray, down: FloatArray, end: FloatArray, mean: FloatArray
) -> tuple[FloatArray, FloatArray, bool]:
    """Chebyshev sums of the law (an empty place at either end) at the end and in the mean; whether they can be trusted."""
    even, odd = law.copy(), np.zeros(law.size)
    at_end, over = np.zeros(law.size), np.zeros(law.size)
    for x in range(1, law.size - 1):
        odd[x] = up[x] * even[x - 1] + stay[x] * even[x] + down[x] * even[x + 1]
        at_end[x] = end[0] * even[x] + end[1] * odd[x]
        over[x] = mean[0] * even[x] + mean[1] * odd[x]
    for k in range(2, end.size, 2):
        for x in range(1, law.size - 1):
            even[x] = 2.0 * (up[x] * odd[x - 1] + stay[x] * odd[x] + down[x] * odd[x + 1]) - even[x]
        even_end, odd_end, even_mean, odd_mean = end[k], end[k + 1], mean[k], mean[k + 1]
        for x in range(1, law.size - 1):
            odd[x] = 2.0 * (up[x] * even[x - 1] + stay[x] * even[x] + down[x] * even[x + 1]) - odd[x]
            at_end[x] += even_end * even[x] + odd_end * odd[x]
            over[x] += even_mean * even[x] + odd_mean * odd[x]
        if k % 8 == 0:
            size = size_of(odd)
            if end[k] * size > LARGEST:
                break
            if max(end[k], mean[k]) * size < CLOSE:
                return at_end, over, True
    return at_end, over, False


@njit(cache=True, nogil=True)
def advance(law: FloatArray, low: int, pool: Pool, seconds: float) -> tuple[FloatArray, FloatArray, int]:
    """The law at the end of `seconds`, its mean over them, and the first state of both."""
    first, last = span(law, low, pool, seconds)
    count = last - first + 1
    # states stand at 1 .. count, with an empty place at either end
    now, over = np.zeros(count + 2), np.zeros(count + 2)
    now[low - first + 1 : low - first + 1 + law.size] = law
    births, deaths = np.zeros(count + 2), np.zeros(count + 2)
    for k in range(1, count + 1):
        x = first + k - 1
        births[k] = pool.rate if x < last and x < pool.agents + pool.room else 0.0
        deaths[k] = departures(x, pool) if x > first else 0.0
    most = (births + deaths).max()
    if most <= 0.0:
        return now[1:-1], now[1:-1], first
    up, stay, down = np.zeros(count + 2), 1.0 - (births + deaths) / most, np.zeros(count + 2)
    up[1:], down[:-1] = births[:-1] / most, deaths[1:] / most
    left, shrink = most * seconds, 1.0
    while left > 0.0:
        drift = 0.0
        for k in range(1, count + 1):
            drift += now[k] * (births[k] - deaths[k])
        tau = left / math.ceil(left / max(shrink * REACH / max((drift / most) ** 2, 1e-12), 1.0))
        end, mean = weights(tau)
        at_end, part, holds = expand(now, up, stay, down, end, mean)
        if not holds:
            shrink *= 0.5
            continue
        now = at_end
        over += tau / (most * seconds) * part
        left = left - tau if left - tau > 1e-9 * left else 0.0
    return now[1:-1], over[1:-1], first


@njit(cache=True, nogil=True)
def shares(law: FloatArray, low: int, pool: Pool, limit: float) -> Shares:
    """What becomes of the calls that find the queue in the law, were its agents to stay.

    One who finds j waiting, all agents busy, is reached after j + 1 departures; the waits of `optimizer.staffing.kernels.erlang`
    by state, sums of negative binomial terms.
    """
    in_time = short = reached = answered = answered_wait = wait = blocked = queue = busy = 0.0
    n, theta, work = pool.agents, pool.theta, pool.agents * pool.mu
    for x in range(low, min(n, low + law.size)):
        answered += law[x - low]
        busy += x * law[x - low]
    in_time = reached = answered
    kept, gain = math.exp(-theta * limit), -math.expm1(-theta * limit) / theta if theta > 0.0 else limit
    term, virtual_term, log_scale = kept, 1.0, -work * limit
    late = virtual_late = steps = 0.0
    scale = math.exp(log_scale)
    for x in range(n, low + law.size):
        j, here = x - n, law[x - low] if x >= low else 0.0
        if j > 0:
            term *= gain * (work + j * theta) / j
            virtual_term *= gain * (work + (j - 1) * theta) / j
        late += term
        virtual_late += virtual_term
        if late > 1e200:
            term, virtual_term, late, virtual_late = term * 1e-200, virtual_term * 1e-200, late * 1e-200, virtual_late * 1e-200
            log_scale += 200.0 * math.log(10.0)
            scale = math.exp(log_scale)
        queue += j * here
        busy += n * here
        if j >= pool.room:
            blocked += here
            continue
        ahead = work + (j + 1) * theta
        steps += 1.0 / ahead if ahead > 0.0 else np.inf
        answer = work / ahead if ahead > 0.0 else 0.0
        soon = answer * max(1.0 - late * scale, 0.0)
        later = min(virtual_late * scale, 1.0)
        in_time += here * soon
        short += here * max(1.0 - kept * later - soon, 0.0)
        reached += here * (1.0 - later)
        answered += here * answer
        answered_wait += here * answer * steps if answer > 0.0 else 0.0
        if here > 0.0:
            wait += here * (j + 1) / ahead if ahead > 0.0 else np.inf
    return Shares(in_time, short, reached, answered, answered_wait, wait, blocked, queue, busy)


@njit(cache=True, nogil=True)
def level(of: Shares, definition: int) -> tuple[float, float]:
    """Calls that count as good, and those they are counted among, by the index of the service-level definition."""
    if definition == 1:
        return of.in_time, of.answered
    if definition == 2:
        return of.in_time, 1.0 - of.short
    if definition == 3:
        return of.in_time + of.short, 1.0
    return of.in_time if definition == 0 else of.reached, 1.0


@njit(cache=True, nogil=True)
def excess(of: Shares, occupancy: float, bounds: FloatArray, definition: int) -> tuple[float, int]:
    """Log of the measure that is furthest over its bound, and which it is; at most 0 = every target is met."""
    good, base = level(of, definition)
    lost = max(1.0 - of.answered - of.blocked, 0.0)
    asa = of.answered_wait / of.answered if of.answered > 0.0 else np.inf
    missed = 1.0 - good / base if base > 0.0 else 1.0
    worst, binds = -np.inf, SERVICE_LEVEL
    for kind, measure in (
        (SERVICE_LEVEL, missed),
        (ABANDONMENT, lost),
        (ASA, asa),
        (OCCUPANCY, occupancy),
        (ANSWER_RATE, lost + of.blocked),
    ):
        over = math.log(max(measure, SMALLEST) / bounds[kind]) if bounds[kind] < np.inf else -np.inf
        if over > worst:
            worst, binds = over, kind
    return worst, binds
