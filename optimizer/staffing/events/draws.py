"""Random numbers that belong to a key: every call carries one, and what is drawn for it never depends on anything else.

A counter-based generator has no state: the same key and stream give the same number in whatever order they are asked for. Two
rosters therefore meet the same calls, handle times, patiences and redials (common random numbers).

References
----------
Steele, Lea, Flood, Fast splittable pseudorandom number generators (2014), doi:10.1145/2714064.2660195 (the mixing function).
Wichura, Algorithm AS 241: the percentage points of the normal distribution (1988), doi:10.2307/2347330.
"""

import math

import numpy as np
from numba import njit

from data.model.base import FloatArray, IntArray
from optimizer.staffing.events.compiled import inlined

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_27, _30, _31, _11 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(11)

WORK, PATIENCE, PART, REDIALS, DELAY, CHILD = (np.uint64(k + 1) for k in range(6))
"""Streams of a call: handle time, patience, part of the patience mix, whether and when it is dialled again, key of that call."""

_GAP, _LABEL = np.uint64(7), np.uint64(8)


@inlined
def mix(x: np.uint64) -> np.uint64:
    """Scramble 64 bits."""
    x = (x ^ (x >> _30)) * _FIRST
    x = (x ^ (x >> _27)) * _SECOND
    return x ^ (x >> _31)


@inlined
def drawn(key: np.uint64, stream: np.uint64) -> np.uint64:
    """64 random bits of a key in a stream."""
    return mix(key + stream * GOLDEN)


@inlined
def uniform(key: np.uint64, stream: np.uint64) -> float:
    """Uniform number in (0, 1)."""
    return (float(drawn(key, stream) >> _11) + 0.5) * (1.0 / 9007199254740992.0)


@inlined
def exponential(key: np.uint64, stream: np.uint64) -> float:
    """Exponential number of mean 1."""
    return -math.log(uniform(key, stream))


@inlined
def _ratio(r: float, a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Quotient of two polynomials of degree 7, constant terms first."""
    over = ((((((a[7] * r + a[6]) * r + a[5]) * r + a[4]) * r + a[3]) * r + a[2]) * r + a[1]) * r + a[0]
    under = ((((((b[7] * r + b[6]) * r + b[5]) * r + b[4]) * r + b[3]) * r + b[2]) * r + b[1]) * r + b[0]
    return over / under


_CENTRE = (
    (3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
     4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3),
    (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
     2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3),
)  # fmt: skip
_MIDDLE = (
    (1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
     1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
     1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9),
)  # fmt: skip
_FAR = (
    (6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
     2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
     7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15),
)  # fmt: skip


@inlined
def normal(key: np.uint64, stream: np.uint64) -> float:
    """Standard normal number, the percentage point of a uniform one."""
    p = uniform(key, stream)
    q = p - 0.5
    if abs(q) <= 0.425:
        return q * _ratio(0.180625 - q * q, _CENTRE[0], _CENTRE[1])
    r = math.sqrt(-math.log(min(p, 1.0 - p)))
    point = _ratio(r - 1.6, _MIDDLE[0], _MIDDLE[1]) if r <= 5.0 else _ratio(r - 5.0, _FAR[0], _FAR[1])
    return math.copysign(point, q)


@inlined
def key_of(base: np.uint64, number: int) -> np.uint64:
    """Key of the call of a number."""
    return mix(base ^ (np.uint64(number) * GOLDEN))


@njit(cache=True, nogil=True)
def place(counts: IntArray, slot_s: float, base: np.uint64) -> tuple[FloatArray, IntArray]:
    """Arrivals in order of time, and their queues: so many calls of each queue, uniform inside each slot.

    Partial sums of exponential gaps over their total are sorted uniform numbers; which queue each is of is a random order.

    Parameters
    ----------
    counts : array of int, shape (queues, slots)
    """
    total = counts.sum()
    arrival, queue = np.empty(total), np.empty(total, np.int64)
    first = 0
    for slot in range(counts.shape[1]):
        end = first
        for q in range(counts.shape[0]):
            for _ in range(counts[q, slot]):
                queue[end] = q
                end += 1
        sum_of_gaps = 0.0
        for k in range(first, end):
            sum_of_gaps += exponential(key_of(base, k), _GAP)
            arrival[k] = sum_of_gaps
        scale = slot_s / (sum_of_gaps + exponential(key_of(base, total + slot), _GAP))
        for k in range(first, end):
            arrival[k] = slot * slot_s + arrival[k] * scale
            other = first + int(uniform(key_of(base, k), _LABEL) * (k - first + 1))
            swapped = queue[k]
            queue[k] = queue[other]
            queue[other] = swapped
        first = end
    return arrival, queue
