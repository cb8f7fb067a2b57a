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
from numpy.typing import NDArray

from data.model.base import FloatArray, IntArray
from optimizer.compiled import inlined

Keys = NDArray[np.uint64]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_27, _30, _31, _11 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(11)

WORK, PATIENCE, PART, REDIALS, DELAY, CHILD = (np.uint64(k + 1) for k in range(6))
"""Streams of a call: handle time, patience, part of the patience mix, whether and when it is dialled again, key of that call."""

_GAP, _LABEL = np.uint64(7), np.uint64(8)

CHUNK = 8192
"""Calls drawn at once (house choice: their arrays stay in the second cache)."""

CENTRAL = 0.425
"""Distance from one half within which the percentage point is the first quotient of AS 241."""


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
def _central_point(p: float) -> float:
    """Percentage point of the standard normal law for probabilities from .075 to .925; written out, it is taken many at once."""
    q = p - 0.5
    r = 0.180625 - q * q
    over = 2.5090809287301226727e3 * r + 3.3430575583588128105e4
    over = ((over * r + 6.7265770927008700853e4) * r + 4.5921953931549871457e4) * r + 1.3731693765509461125e4
    over = ((over * r + 1.9715909503065514427e3) * r + 1.3314166789178437745e2) * r + 3.3871328727963666080e0
    under = 5.2264952788528545610e3 * r + 2.8729085735721942674e4
    under = ((under * r + 3.9307895800092710610e4) * r + 2.1213794301586595867e4) * r + 5.3941960214247511077e3
    under = ((under * r + 6.8718700749205790830e2) * r + 4.2313330701600911252e1) * r + 1.0
    return q * (over / under)


@inlined
def _outer_point(r: float) -> float:
    """Percentage point, without sign, for the root `r` of minus the logarithm of the smaller tail."""
    s = r - 1.6
    over = 7.74545014278341407640e-4 * s + 2.27238449892691845833e-2
    over = ((over * s + 2.41780725177450611770e-1) * s + 1.27045825245236838258e0) * s + 3.64784832476320460504e0
    over = ((over * s + 5.76949722146069140550e0) * s + 4.63033784615654529590e0) * s + 1.42343711074968357734e0
    under = 1.05075007164441684324e-9 * s + 5.47593808499534494600e-4
    under = ((under * s + 1.51986665636164571966e-2) * s + 1.48103976427480074590e-1) * s + 6.89767334985100004550e-1
    under = ((under * s + 1.67638483018380384940e0) * s + 2.05319162663775882187e0) * s + 1.0
    return over / under


@inlined
def normal(key: np.uint64, stream: np.uint64) -> float:
    """Standard normal number, the percentage point of a uniform one."""
    p = uniform(key, stream)
    if abs(p - 0.5) <= CENTRAL:
        return _central_point(p)
    return math.copysign(_outer_point(math.sqrt(-math.log(min(p, 1.0 - p)))), p - 0.5)


@inlined
def key_of(base: np.uint64, number: int) -> np.uint64:
    """Key of the call of a number."""
    return mix(base ^ (np.uint64(number) * GOLDEN))


@inlined
def work_of(key: np.uint64, mean: float, sigma: float) -> float:
    """Handle time of a call, seconds: lognormal of a log deviation `sigma`, exponential if that is negative."""
    if sigma < 0.0:
        return mean * exponential(key, WORK)
    return mean * math.exp(sigma * (normal(key, WORK) - 0.5 * sigma))


@inlined
def patience_of(key: np.uint64, share: FloatArray, mean: FloatArray) -> float:
    """Patience of a caller, seconds: a mix of exponential ones by cumulative shares; inf = never hangs up."""
    if share.size == 0:
        return np.inf
    part, draw = 0, uniform(key, PART)
    while part < share.size - 1 and draw > share[part]:
        part += 1
    return mean[part] * exponential(key, PATIENCE) if mean[part] < np.inf else np.inf


def base_of(seed: int, number: int) -> np.uint64:
    """Base of the keys of a replication."""
    return np.uint64(key_of(np.uint64(key_of(np.uint64(0), seed)), number))


@njit(cache=True, nogil=True, error_model="numpy")
def keys_of(base: np.uint64, first: int, count: int) -> Keys:
    """Keys of so many calls from a number on."""
    out = np.empty(count, np.uint64)
    for k in range(count):
        out[k] = key_of(base, first + k)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def uniforms(keys: Keys, stream: np.uint64) -> FloatArray:
    """`uniform` of many keys."""
    out = np.empty(keys.size)
    for k in range(keys.size):
        out[k] = uniform(keys[k], stream)
    return out


def exponentials(keys: Keys, stream: np.uint64) -> FloatArray:
    """`exponential` of many keys; NumPy takes many logarithms at once."""
    drawn = uniforms(keys, stream)
    return np.negative(np.log(drawn, out=drawn), out=drawn)


def normals(keys: Keys, stream: np.uint64) -> FloatArray:
    """`normal` of many keys: central points of all, which the processor takes many at once, then the outer ones."""
    p = uniforms(keys, stream)
    out, outer = _central_points(p)
    tail = p[outer]
    out[outer] = np.copysign(_outer_points(np.sqrt(-np.log(np.minimum(tail, 1.0 - tail)))), tail - 0.5)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _central_points(p: FloatArray) -> tuple[FloatArray, IntArray]:
    """Central points of all probabilities, and the places of those that are outside."""
    out, outer, count = np.empty(p.size), np.empty(p.size + 1, np.int64), 0
    for k in range(p.size):
        out[k] = _central_point(p[k])
    for k in range(p.size):
        outer[count] = k
        count += abs(p[k] - 0.5) > CENTRAL
    return out, outer[:count].copy()


@njit(cache=True, nogil=True, error_model="numpy")
def _outer_points(r: FloatArray) -> FloatArray:
    out = np.empty(r.size)
    for k in range(r.size):
        out[k] = _outer_point(r[k])
    return out


def chunks(calls: IntArray) -> list[tuple[int, int]]:
    """Runs of slots ``[first, end)`` with enough calls each that drawing them at once pays, and few enough to stay in the cache."""
    ends = np.flatnonzero(np.diff(np.cumsum(calls) // CHUNK, append=-1)) + 1
    return list(zip((0, *ends[:-1].tolist()), ends.tolist(), strict=True))


def placed(counts: IntArray, slot_s: float, start_s: float, keys: Keys) -> tuple[FloatArray, IntArray]:
    """Arrivals in order of time, and their queues: so many calls of each queue, uniform inside each slot.

    Parameters
    ----------
    counts : array of int, shape (queues, slots)
    start_s : float
        Start of the first slot.
    keys : array
        One for each call and each slot.
    """
    return _place(counts, slot_s, start_s, exponentials(keys, _GAP), uniforms(keys, _LABEL))


@njit(cache=True, nogil=True, error_model="numpy")
def _place(counts: IntArray, slot_s: float, start_s: float, gaps: FloatArray, labels: FloatArray) -> tuple[FloatArray, IntArray]:
    """Partial sums of exponential gaps over their total are sorted uniform numbers; which queue each is of is a random order."""
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
            sum_of_gaps += gaps[k]
            arrival[k] = sum_of_gaps
        scale = slot_s / (sum_of_gaps + gaps[total + slot])
        for k in range(first, end):
            arrival[k] = start_s + slot * slot_s + arrival[k] * scale
        for k in range(first if counts.shape[0] > 1 else end, end):
            other = first + int(labels[k] * (k - first + 1))
            swapped = queue[k]
            queue[k] = queue[other]
            queue[other] = swapped
        first = end
    return arrival, queue


def works(keys: Keys, arrival: FloatArray, queue: IntArray, slot_s: float, handle: FloatArray, sigma: FloatArray) -> FloatArray:
    """`work_of` of many calls in order of arrival; `handle` has the shape (queues, slots)."""
    out = normals(keys, WORK)
    _take_logs(out, keys, queue, sigma)
    _scale_works(np.exp(out, out=out), arrival, queue, slot_s, handle)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _take_logs(out: FloatArray, keys: Keys, queue: IntArray, sigma: FloatArray) -> None:
    """Make normal numbers logarithms of handle times over their mean."""
    for k in range(keys.size):
        s = sigma[queue[k]]
        out[k] = s * (out[k] - 0.5 * s) if s >= 0.0 else math.log(exponential(keys[k], WORK))


@njit(cache=True, nogil=True, error_model="numpy")
def _scale_works(out: FloatArray, arrival: FloatArray, queue: IntArray, slot_s: float, handle: FloatArray) -> None:
    """Multiply by the mean of the queue and of the slot of arrival."""
    slot, last = 0, handle.shape[1] - 1
    for k in range(out.size):
        while slot < last and arrival[k] >= (slot + 1) * slot_s:
            slot += 1
        out[k] *= handle[queue[k], slot]


def patiences(keys: Keys, queue: IntArray, share: FloatArray, mean: FloatArray) -> FloatArray:
    """`patience_of` of many calls; `share` and `mean` have the shape (queues, parts)."""
    if share.shape[1] == 0:
        return np.full(keys.size, np.inf)
    out = exponentials(keys, PATIENCE)
    _scale_patiences(out, keys, queue, share, mean)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _scale_patiences(out: FloatArray, keys: Keys, queue: IntArray, share: FloatArray, mean: FloatArray) -> None:
    """Multiply by the mean of the part that each caller belongs to."""
    for k in range(out.size):
        q, part = queue[k], 0
        if share.shape[1] > 1:
            draw = uniform(keys[k], PART)
            while part < share.shape[1] - 1 and draw > share[q, part]:
                part += 1
        out[k] *= mean[q, part]
