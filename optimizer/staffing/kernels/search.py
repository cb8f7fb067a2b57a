"""Searches over the stationary single-pool queue: least agents, largest rate, percentiles of the wait.

Units as in `erlang`; `room` is the number of waiting places, `UNLIMITED` without a limit.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from data.model.base import FloatArray, IntArray
from optimizer.staffing.kernels.erlang import PATIENT, Point, diffusion, impatient, least_patient, patient, square_root_start
from optimizer.staffing.kernels.room import limited

SERVICE_LEVEL, ABANDONMENT, ASA, OCCUPANCY, ANSWER_RATE = 1, 2, 3, 4, 6
"""Measures that a target may bound; `optimizer.staffing.pool.TARGETS` names them."""

UNLIMITED = -1
"""A waiting room without a limit."""

QUIET = 1e-30
"""Calls per second below which nobody calls: once in longer than the world exists (house choice)."""

RATE, WAIT_OF_ALL, WAIT_OF_ANSWERED = 0, 1, 2
"""What `crossing` looks for: an arrival rate, or a wait."""

FAR = 1000.0
"""Times of the capacity beyond which a rate counts as without limit (house choice)."""

CLOSE = 1e-10
"""Relative width at which a root counts as found (house choice)."""

SMALLEST = 1e-300
"""Stands for a measure of zero under a logarithm."""


class Fixed(NamedTuple):
    """What the searches hold fixed; `definition` is the index of a service-level definition."""

    lam: float
    mu: float
    theta: float
    limit: float
    definition: int
    room: int


@njit(cache=True, nogil=True)
def point(n: int, fixed: Fixed, asa: bool) -> Point:
    """The queue at one point, with calls."""
    if fixed.room >= 0:
        return limited(n, fixed.lam, fixed.mu, fixed.theta, fixed.limit, fixed.room)
    if fixed.theta < PATIENT:
        return patient(n, fixed.lam, fixed.mu, fixed.limit)
    return impatient(n, fixed.lam, fixed.mu, fixed.theta, fixed.limit, asa)


@njit(cache=True, nogil=True)
def missed(at: Point, definition: int) -> float:
    """One less the service level, by the index of its definition; a blocked call is offered and missed."""
    if definition == 0:
        return min(at.abandon + at.blocked + at.late, 1.0)
    if definition == 1:
        return min(at.late / at.answered, 1.0) if at.answered > 0.0 else 1.0
    if definition == 2:
        rest = at.answered + at.blocked + at.long_wait - at.late
        return min((at.long_wait + at.blocked) / rest, 1.0) if rest > 0.0 else 1.0
    return min((at.long_wait if definition == 3 else at.virtual_late) + at.blocked, 1.0)


@njit(cache=True, nogil=True)
def occupancy(n: int, fixed: Fixed, answered: float) -> float:
    """Share of the agents' time that is spent on calls."""
    return min(fixed.lam * answered / (n * fixed.mu), 1.0) if n > 0 else 1.0


@njit(cache=True, nogil=True)
def measure(kind: int, n: int, fixed: Fixed) -> float:
    """A measure that falls as agents are added: share missed, abandonment, ASA, occupancy or share lost."""
    at = point(n, fixed, kind == ASA)
    if kind == SERVICE_LEVEL:
        return missed(at, fixed.definition)
    if kind == ASA:
        return at.asa
    if kind == OCCUPANCY:
        return occupancy(n, fixed, at.answered)
    return at.abandon + (at.blocked if kind == ANSWER_RATE else 0.0)


@njit(cache=True, nogil=True)
def evaluate_all(
    n: IntArray, lam: FloatArray, mu: FloatArray, theta: FloatArray, limit: FloatArray, room: IntArray, definition: int
) -> FloatArray:
    """Metrics of many points: service level, answered, abandoned, blocked, mean wait, ASA, occupancy, P(wait)."""
    out = np.zeros((8, n.size))
    out[:2] = 1.0
    for i in range(n.size):
        if lam[i] < QUIET:
            continue
        fixed = Fixed(lam[i], mu[i], theta[i], limit[i], definition, room[i])
        at = point(n[i], fixed, True)
        out[0, i] = 1.0 - missed(at, definition)
        out[1, i] = at.answered
        out[2, i] = at.abandon
        out[3, i] = at.blocked
        out[4, i] = at.mean_wait
        out[5, i] = at.asa
        out[6, i] = occupancy(n[i], fixed, at.answered)
        out[7, i] = at.wait
    return out


@njit(cache=True, nogil=True)
def excess(kind: int, n: int, bound: float, fixed: Fixed) -> float:
    """Log of a measure over its bound; at most 0 where the target is met."""
    return math.log(max(measure(kind, n, fixed), SMALLEST) / bound)


@njit(cache=True, nogil=True)
def least(kind: int, bound: float, floor: int, start: int, fixed: Fixed) -> int:
    """Least n above `floor` (which fails, or is no choice) whose measure is at most `bound`.

    Gallops from `start` to a bracket, then goes by the secant of the excess; after 16 measures it halves.
    """
    low, high, f_low, f_high = floor, -1, np.nan, np.nan
    n, step, tries = max(start, floor + 1), 1, 0
    while True:
        f = excess(kind, n, bound, fixed)
        if f <= 0.0:
            high, f_high = n, f
        else:
            low, f_low = n, f
        if high - low == 1:
            return high
        slope, tries = f_low - f_high, tries + 1
        if high < 0:
            n = low + step
        elif low == floor:
            n = max(high - step, floor + 1)
        elif tries <= 16 and np.isfinite(slope) and slope > 0.0:
            n = min(max(low + math.ceil((high - low) * f_low / slope), low + 1), high - 1)
        else:
            n = (low + high) // 2
        step *= 2


@njit(cache=True, nogil=True)
def guess(n: float, bound: float, fixed: Fixed) -> float:
    """Log of the share missed over `bound` for a large pool."""
    at = diffusion(n, fixed.lam, fixed.mu, fixed.theta, fixed.limit)
    return math.log(max(missed(at, fixed.definition), SMALLEST) / bound)


@njit(cache=True, nogil=True)
def first_guess(bound: float, safety: float, fixed: Fixed) -> int:
    """Agents from which to search: where a large pool would miss `bound`, by a few secants."""
    a = fixed.lam / fixed.mu
    if fixed.theta < PATIENT:
        return square_root_start(a, fixed.limit * fixed.mu, math.log(bound))
    root = math.sqrt(a)
    before = max(a + 0.3 * safety * root, 0.5)
    f_before = guess(before, bound, fixed)
    n = max(before + 0.5 * min(max(f_before, -4.0), 4.0) * root, 0.5)
    for _ in range(4):
        f = guess(n, bound, fixed)
        if abs(n - before) < 0.3 or f == f_before:
            break
        move = f * (n - before) / (f_before - f)
        before, f_before = n, f
        n = max(n + min(max(move, -2.0 * root), 2.0 * root), 0.5 * n)
    return math.ceil(n)


@njit(cache=True, nogil=True)
def least_service(bound: float, safety: float, fixed: Fixed) -> int:
    """Least n that meets the service level."""
    if fixed.theta < PATIENT and fixed.room < 0:
        return least_patient(bound, fixed.lam, fixed.mu, fixed.limit)
    return least(SERVICE_LEVEL, bound, 0, first_guess(bound, safety, fixed), fixed)


@njit(cache=True, nogil=True)
def least_all(
    lam: FloatArray,
    mu: FloatArray,
    theta: FloatArray,
    limit: FloatArray,
    room: IntArray,
    definition: int,
    bound: FloatArray,
    safety: FloatArray,
) -> IntArray:
    """Least agents of many points for the service level alone; `safety` = its normal quantile."""
    agents = np.zeros(lam.size, np.int64)
    for i in range(lam.size):
        if lam[i] >= QUIET:
            agents[i] = least_service(bound[i], safety[i], Fixed(lam[i], mu[i], theta[i], limit[i], definition, room[i]))
    return agents


@njit(cache=True, nogil=True)
def raise_all(
    kind: int, bound: float, agents: IntArray, lam: FloatArray, mu: FloatArray, theta: FloatArray, room: IntArray
) -> IntArray:
    """Least agents of many points, at least `agents`, that meet one further target."""
    raised = agents.copy()
    for i in range(lam.size):
        fixed = Fixed(lam[i], mu[i], theta[i], 0.0, 0, room[i])
        if lam[i] >= QUIET and measure(kind, agents[i], fixed) > bound:
            raised[i] = least(kind, bound, agents[i], agents[i] + 1, fixed)
    return raised


@njit(cache=True, nogil=True)
def rising(what: int, value: float, n: int, bound: float, fixed: Fixed) -> float:
    """Log of a share over `bound`, or the other way round, so that it rises with `value`: a rate, or a wait in seconds."""
    if what == RATE:
        return excess(SERVICE_LEVEL, n, bound, Fixed(value, fixed.mu, fixed.theta, fixed.limit, fixed.definition, fixed.room))
    at = point(n, Fixed(fixed.lam, fixed.mu, fixed.theta, value, 0, fixed.room), False)
    share = at.long_wait / (1.0 - at.blocked) if what == WAIT_OF_ALL else at.late / at.answered
    return -math.log(max(share, SMALLEST) / bound)


@njit(cache=True, nogil=True)
def crossing(what: int, start: float, far: float, n: int, bound: float, fixed: Fixed) -> float:
    """Largest value at which `rising` is not above 0, to 1e-10 of it from below; inf beyond `far`."""
    low, high, value = 0.0, 0.0, start
    f_low = f_high = side = 0.0
    while low == 0.0 or high == 0.0:
        f = rising(what, value, n, bound, fixed)
        if f <= 0.0:
            low, f_low, value = value, f, value * 1.2
        else:
            high, f_high, value = value, f, value * 0.6
        if low > far:
            return np.inf
    for _ in range(200):
        if high - low <= CLOSE * high:
            break
        value = min(max(low + (high - low) * f_low / (f_low - f_high), low + 0.1 * CLOSE * high), high - 0.1 * CLOSE * high)
        f = rising(what, value, n, bound, fixed)
        if f <= 0.0:
            # the value of an end that stays twice is halved (Illinois), so that both ends close in
            low, f_low, f_high, side = value, f, f_high * (0.5 if side < 0.0 else 1.0), -1.0
        else:
            high, f_high, f_low, side = value, f, f_low * (0.5 if side > 0.0 else 1.0), 1.0
    return low


@njit(cache=True, nogil=True)
def largest(n: int, bound: float, fixed: Fixed) -> float:
    """Largest rate at which `n` agents still miss at most `bound`."""
    if n <= 0:
        return 0.0
    return crossing(RATE, 0.9 * n * fixed.mu, FAR * n * fixed.mu, n, bound, fixed)


@njit(cache=True, nogil=True)
def largest_all(
    n: FloatArray, mu: FloatArray, theta: FloatArray, limit: FloatArray, room: IntArray, definition: int, bound: FloatArray
) -> FloatArray:
    """Largest rates of many points, linear between whole agents."""
    out = np.empty(n.size)
    for i in range(n.size):
        whole, fixed = math.floor(n[i]), Fixed(0.0, mu[i], theta[i], limit[i], definition, room[i])
        out[i] = largest(whole, bound[i], fixed)
        if n[i] > whole:
            out[i] += (n[i] - whole) * (largest(whole + 1, bound[i], fixed) - out[i])
    return out


@njit(cache=True, nogil=True)
def percentile(what: int, n: int, beyond: float, fixed: Fixed) -> float:
    """Wait that a share `beyond` of the calls exceed; NaN where no such call is, inf where the line grows without end."""
    at = point(n, fixed, False)
    base = 1.0 - at.blocked if what == WAIT_OF_ALL else at.answered
    if base <= 0.0 or not np.isfinite(at.mean_wait):
        return np.nan if base <= 0.0 else np.inf
    if (at.long_wait if what == WAIT_OF_ALL else at.late) <= beyond * base:
        return 0.0
    return crossing(what, max(at.mean_wait, 1.0 / (n * fixed.mu + fixed.theta)), np.inf, n, beyond, fixed)


@njit(cache=True, nogil=True)
def percentile_all(
    what: int, n: IntArray, lam: FloatArray, mu: FloatArray, theta: FloatArray, room: IntArray, beyond: FloatArray
) -> FloatArray:
    """Percentiles of the wait of many points; 0 without calls."""
    out = np.zeros(n.size)
    for i in range(n.size):
        if lam[i] >= QUIET:
            out[i] = percentile(what, n[i], beyond[i], Fixed(lam[i], mu[i], theta[i], 0.0, 0, room[i]))
    return out
