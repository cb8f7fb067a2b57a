"""Kernels of the stationary single-pool queue: Erlang B, C and A at one point, and the searches over them.

Units: `lam` calls per second, `mu` = 1 / handle time, `theta` = 1 / mean patience (0 = nobody hangs up), `limit` = the
answer-time threshold in seconds, `n` whole agents on the phones. All series have positive terms only: no factorial, no
power, no incomplete gamma function, and nothing is subtracted where it could cancel.

All compiled code of the queueing engine stands in this one file, because a cached kernel is compiled anew only when its
own file changes.
"""

import math

import numpy as np
from numba import njit

from data.model.base import FloatArray, IntArray

Point = tuple[float, float, float, float, float, float, float]

SERVICE_LEVEL, ABANDONMENT, ASA, OCCUPANCY = 1, 2, 3, 4
"""Measures that a target may bound; `optimizer.staffing.requirement.TARGETS` names them."""

PATIENT = 1e-9
"""Below this hang-up rate per second callers wait for ever: Erlang C."""

TINY = 1e-17
BIG = 1e250
LOG_BIG = math.log(BIG)
FAR = 1000.0
CLOSE = 1e-10


@njit(cache=True, nogil=True)
def inverse_b(n: int, a: float) -> float:
    """Inverse of the Erlang B blocking probability of `n` agents at `a` Erlang; inf above 1e300."""
    total = term = 1.0
    for k in range(n):
        ratio = (n - k) / a
        term *= ratio
        total += term
        if total > 1e300:
            return np.inf
        if ratio < 1.0 and term < TINY * total:
            break
    return total


@njit(cache=True, nogil=True)
def delay_probability(n: int, a: float) -> float:
    """Erlang C: the probability of waiting when nobody hangs up; 1 when the load reaches the agents."""
    if n <= a:
        return 1.0
    return 1.0 / (1.0 + (inverse_b(n, a) - 1.0) * (1.0 - a / n))


@njit(cache=True, nogil=True)
def patient_point(n: int, lam: float, mu: float, limit: float) -> Point:
    """Erlang C in the layout of `point`."""
    wait = delay_probability(n, lam / mu)
    if n * mu <= lam:
        return 1.0, 0.0, np.inf, np.inf, 1.0, 1.0, 1.0
    slack = n * mu - lam
    late = wait * math.exp(-slack * limit)
    return wait, 0.0, wait / slack, wait / slack, late, late, late


@njit(cache=True, nogil=True)
def waiting_room(x: float, y: float) -> tuple[float, float, float, float]:
    """Sums over the waiting positions j, ``t_j = t_(j-1) x / (y + j)``.

    Returns ``sum t_j``, ``sum j t_j``, ``sum t_j sum_(i<=j) 1 / (y + i)`` and the log of their common scale.
    """
    term = total = 1.0
    queue = answered = steps = log_scale = 0.0
    j = 0.0
    while True:
        j += 1.0
        inverse = 1.0 / (y + j)
        term *= x * inverse
        steps += inverse
        total += term
        queue += j * term
        answered += term * steps
        if j * term <= TINY * queue and y + j > x:
            return total, queue, answered, log_scale
        if queue > BIG:
            term, total, queue, answered = term / BIG, total / BIG, queue / BIG, answered / BIG
            log_scale += LOG_BIG


@njit(cache=True, nogil=True)
def waiting_sum(x: float, y: float) -> tuple[float, float]:
    """``sum t_j`` of `waiting_room` alone, and the log of its scale."""
    term = total = 1.0
    log_scale = 0.0
    j = 0.0
    while True:
        j += 1.0
        term *= x / (y + j)
        total += term
        if term <= TINY * total and y + j > x:
            return total, log_scale
        if total > BIG:
            term, total = term / BIG, total / BIG
            log_scale += LOG_BIG


@njit(cache=True, nogil=True)
def impatient_point(n: int, lam: float, mu: float, theta: float, limit: float) -> Point:
    """Erlang A in the layout of `point`."""
    kept = math.exp(-theta * limit)
    if n == 0:
        return 1.0, 1.0, 1.0 / theta, 0.0, 0.0, kept, 1.0
    x, y, flow = lam / theta, n * mu / theta, n * mu / lam
    room, queue, answered, scale = waiting_room(x, y)
    den = room + (inverse_b(n, lam / mu) - 1.0) * math.exp(-scale)
    wait = room / den
    mean_wait = queue / den / lam
    abandon = min(theta * mean_wait, 1.0)
    asa = flow * answered / (theta * den * (1.0 - abandon)) if abandon < 1.0 else 0.0
    later, later_scale = waiting_sum(x * kept, y)
    shift = -lam * math.expm1(-theta * limit) / theta - n * mu * limit - scale
    virtual_late = min(wait * math.exp(shift + later_scale) * (later / room), wait)
    late = min(max(flow * (virtual_late - wait * math.exp(shift) / room), 0.0), 1.0 - abandon)
    return wait, abandon, mean_wait, asa, late, kept * virtual_late, virtual_late


@njit(cache=True, nogil=True)
def point(n: int, lam: float, mu: float, theta: float, limit: float) -> Point:
    """The queue at one point, with calls.

    Returns P(wait > 0), P(abandon), mean wait of all, mean wait of the answered, P(answered after the threshold),
    P(wait > threshold) and P(virtual wait > threshold), each over the calls offered.
    """
    if theta < PATIENT:
        return patient_point(n, lam, mu, limit)
    return impatient_point(n, lam, mu, theta, limit)


@njit(cache=True, nogil=True)
def missed(at: Point, definition: int) -> float:
    """One less the service level, by the index of its definition; `at` comes from `point`."""
    _, abandon, _, _, late, long_wait, virtual_late = at
    if definition == 0:
        return abandon + late
    if definition == 1:
        return late / (1.0 - abandon) if abandon < 1.0 else 1.0
    if definition == 2:
        rest = 1.0 - abandon + long_wait - late
        return min(long_wait / rest, 1.0) if rest > 0.0 else 1.0
    return long_wait if definition == 3 else virtual_late


@njit(cache=True, nogil=True)
def occupancy(n: int, lam: float, mu: float, abandon: float) -> float:
    """Share of the agents' time that is spent on calls."""
    return min(lam * (1.0 - abandon) / (n * mu), 1.0) if n > 0 else 1.0


@njit(cache=True, nogil=True)
def measure(kind: int, n: int, lam: float, mu: float, theta: float, limit: float, definition: int) -> float:
    """A measure that falls as agents are added: share missed, abandonment, ASA or occupancy."""
    at = point(n, lam, mu, theta, limit)
    if kind == SERVICE_LEVEL:
        return missed(at, definition)
    if kind == ABANDONMENT:
        return at[1]
    return at[3] if kind == ASA else occupancy(n, lam, mu, at[1])


@njit(cache=True, nogil=True)
def evaluate_all(n: IntArray, lam: FloatArray, mu: FloatArray, theta: FloatArray, limit: FloatArray, definition: int) -> FloatArray:
    """Metrics of many points: service level, P(abandon), mean wait of all, of the answered, occupancy, P(wait)."""
    out = np.zeros((6, n.size))
    out[0] = 1.0
    for i in range(n.size):
        if lam[i] <= 0.0:
            continue
        at = point(n[i], lam[i], mu[i], theta[i], limit[i])
        out[0, i] = 1.0 - missed(at, definition)
        out[1, i] = at[1]
        out[2, i] = at[2]
        out[3, i] = at[3]
        out[4, i] = occupancy(n[i], lam[i], mu[i], at[1])
        out[5, i] = at[0]
    return out


@njit(cache=True, nogil=True)
def bracket(
    kind: int, bound: float, low: int, start: int, lam: float, mu: float, theta: float, limit: float, definition: int
) -> tuple[int, int, float, float]:
    """Gallop from `start` to (fails at, meets at) and the log of each measure over the bound; `low` is known to fail."""
    step = max(1, int(0.25 * math.sqrt(lam / mu)))
    high, n = -1, max(start, low + 1)
    f_low = f_high = np.nan
    while True:
        f = math.log(max(measure(kind, n, lam, mu, theta, limit, definition), 1e-300) / bound)
        if f <= 0.0:
            high, f_high = n, f
            n = max(low, n - step)
        else:
            low, f_low = n, f
            n = n + step if high < 0 else low
        if high >= 0 and n <= low:
            return low, high, f_low, f_high
        step *= 2


@njit(cache=True, nogil=True)
def least(kind: int, bound: float, low: int, start: int, lam: float, mu: float, theta: float, limit: float, definition: int) -> int:
    """Least n above `low` (which fails, or is no choice) whose measure is at most `bound`."""
    low, high, f_low, f_high = bracket(kind, bound, low, start, lam, mu, theta, limit, definition)
    tries = 0
    while high - low > 1:
        tries += 1
        slope = f_low - f_high
        n = (low + high) // 2
        if tries <= 10 and np.isfinite(slope) and slope > 0.0:
            n = min(max(low + math.ceil((high - low) * f_low / slope), low + 1), high - 1)
        f = math.log(max(measure(kind, n, lam, mu, theta, limit, definition), 1e-300) / bound)
        if f <= 0.0:
            high, f_high = n, f
        else:
            low, f_low = n, f
    return high


@njit(cache=True, nogil=True)
def square_root_start(a: float, ratio: float, bound: float) -> int:
    """First guess without abandonment: the least square-root safety staffing whose tail is at most `bound`.

    References
    ----------
    Halfin, Whitt, Heavy-traffic limits for queues with many exponential servers (1981), doi:10.1287/opre.29.3.567.
    """
    low, high, root = 0.0, 4.0, math.sqrt(a)
    for _ in range(10):
        beta = 0.5 * (low + high)
        hazard = math.sqrt(0.5 * math.pi) * math.exp(0.5 * beta * beta) * (1.0 + math.erf(beta * math.sqrt(0.5)))
        if math.exp(-beta * root * ratio) <= bound * (1.0 + beta * hazard):
            high = beta
        else:
            low = beta
    return math.ceil(a + high * root)


@njit(cache=True, nogil=True)
def least_patient(bound: float, lam: float, mu: float, limit: float) -> int:
    """Least n of Erlang C by one Erlang B at the guess and its recursion from there."""
    a, low = lam / mu, math.floor(lam / mu)
    n = max(low + 1, square_root_start(a, limit * mu, bound))
    inverse = inverse_b(n, a)
    met = False
    while True:
        tail = math.exp((a - n) * limit * mu) / (1.0 + (inverse - 1.0) * (1.0 - a / n))
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


@njit(cache=True, nogil=True)
def least_service(bound: float, lam: float, mu: float, theta: float, limit: float, definition: int, safety: float) -> int:
    """Least n that meets the service level."""
    if theta < PATIENT:
        return least_patient(bound, lam, mu, limit)
    a = lam / mu
    start = max(1, math.ceil(a + 0.3 * safety * math.sqrt(a)))
    return least(SERVICE_LEVEL, bound, 0, start, lam, mu, theta, limit, definition)


@njit(cache=True, nogil=True)
def least_all(
    lam: FloatArray, mu: FloatArray, theta: FloatArray, limit: float, definition: int, bounds: FloatArray, safety: float
) -> tuple[IntArray, IntArray]:
    """Least agents of many points and the measure that binds; ``bounds[kind]``, inf = not set; `safety` = normal quantile."""
    agents = np.zeros(lam.size, np.int64)
    binding = np.zeros(lam.size, np.int64)
    for i in range(lam.size):
        if lam[i] <= 0.0:
            continue
        n, binds = least_service(bounds[SERVICE_LEVEL], lam[i], mu[i], theta[i], limit, definition, safety), SERVICE_LEVEL
        for kind in range(ABANDONMENT, OCCUPANCY + 1):
            if measure(kind, n, lam[i], mu[i], theta[i], limit, definition) > bounds[kind]:
                n, binds = least(kind, bounds[kind], n, n + 1, lam[i], mu[i], theta[i], limit, definition), kind
        agents[i], binding[i] = n, binds
    return agents, binding


@njit(cache=True, nogil=True)
def largest(n: int, mu: float, theta: float, limit: float, definition: int, bound: float) -> float:
    """Largest rate at which `n` agents still miss at most `bound`, to 1e-10 of it from below; inf beyond 1,000 times capacity."""
    if n <= 0:
        return 0.0
    low, high, rate = 0.0, 0.0, 0.9 * n * mu
    f_low = f_high = 0.0
    side = 0.0
    while low == 0.0 or high == 0.0:
        f = math.log(max(measure(SERVICE_LEVEL, n, rate, mu, theta, limit, definition), 1e-300) / bound)
        if f <= 0.0:
            low, f_low, rate = rate, f, rate * 1.2
        else:
            high, f_high, rate = rate, f, rate * 0.6
        if low > FAR * n * mu:
            return np.inf
    for _ in range(200):
        if high - low <= CLOSE * high:
            break
        rate = min(max(low + (high - low) * f_low / (f_low - f_high), low + 0.1 * CLOSE * high), high - 0.1 * CLOSE * high)
        f = math.log(max(measure(SERVICE_LEVEL, n, rate, mu, theta, limit, definition), 1e-300) / bound)
        if f <= 0.0:
            # the value of an end that stays twice is halved (Illinois), so that both ends close in
            low, f_low, f_high, side = rate, f, f_high * (0.5 if side < 0.0 else 1.0), -1.0
        else:
            high, f_high, f_low, side = rate, f, f_low * (0.5 if side > 0.0 else 1.0), 1.0
    return low


@njit(cache=True, nogil=True)
def largest_all(n: FloatArray, mu: FloatArray, theta: FloatArray, limit: float, definition: int, bound: float) -> FloatArray:
    """Largest rates of many points, linear between whole agents."""
    out = np.empty(n.size)
    for i in range(n.size):
        whole = math.floor(n[i])
        out[i] = largest(whole, mu[i], theta[i], limit, definition, bound)
        if n[i] > whole:
            out[i] += (n[i] - whole) * (largest(whole + 1, mu[i], theta[i], limit, definition, bound) - out[i])
    return out
