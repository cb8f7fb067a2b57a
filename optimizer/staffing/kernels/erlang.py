"""Kernels of the stationary single-pool queue with unlimited room: Erlang B, C and A at one point, and the search of Erlang C.

Units: `lam` calls per second, `mu` = 1 / handle time, `theta` = 1 / mean patience (0 = nobody hangs up), `limit` = the
answer-time threshold in seconds, `n` whole agents on the phones. All series have positive terms only: no factorial, no
power, no incomplete gamma function, and nothing is subtracted where it could cancel. They run in blocks of four terms over
one denominator, which the processor works on side by side.

A cached kernel is compiled anew only when its own file changes: after a change here remove the caches of `room` and `search`.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

PATIENT = 1e-9
"""Below this hang-up rate per second callers wait for ever: Erlang C (house choice)."""

TINY = 1e-17
"""A series ends at a term of this share of its sum, below the last bit of the sum."""

BIG = 1e250
"""Sums above it are scaled down by it; the log of the scale is kept."""

LOG_BIG = math.log(BIG)
ROOT = math.sqrt(0.5 * math.pi)


class Point(NamedTuple):
    """The queue at one point, with calls; every share is over the calls offered.

    Parameters
    ----------
    wait : float
        P(every agent busy).
    answered, abandon, blocked : float
        What becomes of the calls; they sum to 1.
    mean_wait, asa : float
        Mean wait of all who are let in and of the answered, seconds; `asa` is NaN where nobody is answered, or it was not
        asked for.
    late : float
        P(answered after the threshold).
    long_wait, virtual_late : float
        P(let in, wait > threshold), and the same had the caller not hung up.
    """

    wait: float
    answered: float
    abandon: float
    blocked: float
    mean_wait: float
    asa: float
    late: float
    long_wait: float
    virtual_late: float


@njit(cache=True, nogil=True)
def inverse_b(n: int, a: float) -> float:
    """Inverse of the Erlang B blocking probability of `n` agents at `a` Erlang; inf above 1e300.

    ``1 + n/a + n(n-1)/a^2 + ...``; the factor that is zero after n terms ends it.
    """
    total = term = 1.0
    left, square, inverse = float(n), a * a, 1.0 / a
    inverse *= inverse * inverse * inverse
    while True:
        pair, b2, b3 = left * (left - 1.0), left - 2.0, left - 3.0
        first = term * inverse
        total += first * (left * square * a + pair * (square + b2 * (a + b3)))
        term = first * (pair * (b2 * b3))
        left -= 4.0
        if term <= TINY * total and (left < a or left <= 0.0):
            return total
        if not total <= 1e300:  # a load next to nothing may overflow to NaN
            return np.inf


@njit(cache=True, nogil=True)
def delay_probability(n: int, a: float) -> float:
    """Erlang C: the probability of waiting when nobody hangs up; 1 when the load reaches the agents."""
    if n <= a:
        return 1.0
    return 1.0 / (1.0 + (inverse_b(n, a) - 1.0) * (1.0 - a / n))


@njit(cache=True, nogil=True)
def patient(n: int, lam: float, mu: float, limit: float) -> Point:
    """Erlang C."""
    if n * mu <= lam:
        return Point(1.0, 1.0, 0.0, 0.0, np.inf, np.inf, 1.0, 1.0, 1.0)
    wait, slack = delay_probability(n, lam / mu), n * mu - lam
    late = wait * math.exp(-slack * limit)
    return Point(wait, 1.0, 0.0, 0.0, wait / slack, wait / slack, late, late, late)


@njit(cache=True, nogil=True)
def waiting_sums(x: float, y: float, kept: float) -> tuple[float, float, float, float, float]:
    """Sums over the waiting positions j, ``t_j = t_(j-1) x / (y + j)``.

    Returns ``sum t_j``, ``sum j t_j`` and the log of their scale, ``sum kept^j t_j`` and the log of its scale.
    """
    term = total = late_term = late = 1.0
    queue = scale = late_scale = j = 0.0
    z = x * kept
    x2, z2 = x * x, z * z
    while True:
        d1, d2, d3, d4 = y + j + 1.0, y + j + 2.0, y + j + 3.0, y + j + 4.0
        d34, d234 = d3 * d4, d3 * d4 * d2
        inverse = 1.0 / (d1 * d2 * d34)
        first, late_first = term * (x * inverse), late_term * (z * inverse)
        block = first * (d234 + x * d34 + x2 * (d4 + x))
        total += block
        queue += j * block + first * (d234 + 2.0 * x * d34 + x2 * (3.0 * d4 + 4.0 * x))
        late += late_first * (d234 + z * d34 + z2 * (d4 + z))
        term, late_term = term * (x2 * x2 * inverse), late_term * (z2 * z2 * inverse)
        j += 4.0
        # the second series falls faster: it has ended when the first has
        if j * term <= TINY * queue and y + j > x:
            return total, queue, scale, late, late_scale
        if queue > BIG:
            term, total, queue, scale = term / BIG, total / BIG, queue / BIG, scale + LOG_BIG
        if late > BIG:
            late_term, late, late_scale = late_term / BIG, late / BIG, late_scale + LOG_BIG


@njit(cache=True, nogil=True)
def answered_sum(x: float, y: float) -> tuple[float, float]:
    """``sum t_j sum_(i<=j) 1 / (y + i + 1)`` over who is still answered, ``y / (y + j + 1)``, over y; and the log of its scale."""
    term = 1.0
    answered = steps = scale = j = 0.0
    while True:
        j += 1.0
        inverse = 1.0 / (y + j)
        term *= x * inverse
        steps += inverse
        answered += term * steps
        if j * term * steps <= TINY * answered and y + j > x:
            return answered, scale
        if answered > BIG:
            term, answered, scale = term / BIG, answered / BIG, scale + LOG_BIG


@njit(cache=True, nogil=True)
def impatient(n: int, lam: float, mu: float, theta: float, limit: float, asa: bool) -> Point:
    """Erlang A; the mean wait of the answered only if asked for, because it needs a sum of its own."""
    kept = math.exp(-theta * limit)
    if n == 0:
        return Point(1.0, 0.0, 1.0, 0.0, 1.0 / theta, np.nan, 0.0, kept, 1.0)
    x, y, flow = lam / theta, n * mu / theta, n * mu / lam
    room, queue, scale, later, later_scale = waiting_sums(x, y, kept)
    den = room + (inverse_b(n, lam / mu) - 1.0) * math.exp(-scale)
    wait = room / den
    mean_wait = queue / den / lam
    abandon = min(theta * mean_wait, 1.0)
    answered, speed = 1.0 - abandon, np.nan
    if asa and answered > 0.0:
        waited, waited_scale = answered_sum(x, y)
        speed = flow * waited * math.exp(waited_scale - scale) / (theta * den * answered)
    shift = math.exp(-lam * math.expm1(-theta * limit) / theta - n * mu * limit - scale + later_scale) * wait / room
    virtual_late = min(shift * later, wait)
    late = min(max(flow * (virtual_late - shift * math.exp(-later_scale)), 0.0), answered)
    return Point(wait, answered, abandon, 0.0, mean_wait, speed, late, kept * virtual_late, virtual_late)


@njit(cache=True, nogil=True)
def mills(z: float) -> float:
    """Mills ratio of the normal law, (1 - Phi(z)) / phi(z), to about 1e-4 of it; that of -37 below."""
    if z > 5.0:
        return 1.0 / (z + 1.0 / (z + 2.0 / (z + 3.0 / z)))
    z = max(z, -37.0)
    return ROOT * math.exp(0.5 * z * z) * math.erfc(z * math.sqrt(0.5))


@njit(cache=True, nogil=True)
def diffusion(n: float, lam: float, mu: float, theta: float, limit: float) -> Point:
    """Erlang A of a large pool with about as many agents as Erlang, for a first guess; its waits are NaN.

    References
    ----------
    Garnett, Mandelbaum, Reiman, Designing a call center with impatient customers (2002), doi:10.1287/msom.4.3.208.7753.
    """
    root, small = math.sqrt(lam / mu), math.sqrt(theta / lam)
    beta = n / root - root
    slack, shift = beta * math.sqrt(mu / theta), limit * math.sqrt(lam * theta)
    here, there = mills(slack), mills(slack + shift)
    wait = 1.0 / (1.0 + math.sqrt(theta / mu) * mills(-beta) / here)
    abandon = min(wait * (1.0 / here - slack) * small, 1.0)
    virtual_late = wait * min(there / here * math.exp(-(slack + 0.5 * shift) * shift), 1.0)
    long_wait = virtual_late * math.exp(-theta * limit)
    late = min(long_wait * max(1.0 - small * (1.0 / there - slack - shift), 0.0), 1.0 - abandon)
    return Point(wait, 1.0 - abandon, abandon, 0.0, np.nan, np.nan, late, long_wait, virtual_late)


@njit(cache=True, nogil=True)
def square_root_start(a: float, ratio: float, log_bound: float) -> int:
    """First guess without abandonment: the least square-root safety staffing whose tail is at most the bound.

    Solves ``beta sqrt(a) ratio + log(1 + beta Phi / phi) = -log_bound`` with the logarithm to its third power of beta.

    References
    ----------
    Halfin, Whitt, Heavy-traffic limits for queues with many exponential servers (1981), doi:10.1287/opre.29.3.567.
    """
    root = math.sqrt(a)
    c1, c2, c3 = ROOT + root * ratio, 1.0 - 0.25 * math.pi, ROOT * (math.pi / 6.0 - 0.5)
    beta = -2.0 * log_bound / (c1 + math.sqrt(c1 * c1 - 4.0 * c2 * log_bound))
    beta -= (((c3 * beta + c2) * beta + c1) * beta + log_bound) / ((3.0 * c3 * beta + 2.0 * c2) * beta + c1)
    return math.ceil(a + beta * root)


@njit(cache=True, nogil=True)
def least_patient(bound: float, lam: float, mu: float, limit: float) -> int:
    """Least n of Erlang C whose tail is at most `bound`, by one Erlang B at the guess and its recursion from there."""
    a, ratio = lam / mu, limit * mu
    low = math.floor(a)
    n = max(low + 1, square_root_start(a, ratio, math.log(bound)))
    inverse = inverse_b(n, a)
    met = False
    while True:
        tail = math.exp((a - n) * ratio) / (1.0 + (inverse - 1.0) * (1.0 - a / n))
        if tail <= bound:
            if n == low + 1:
                return n
            met = True
            n -= 1
            inverse = (inverse - 1.0) * a / (n + 1) if inverse < np.inf else inverse_b(n, a)
        elif met:
            return n + 1
        else:
            n += 1
            inverse = 1.0 + inverse * n / a
