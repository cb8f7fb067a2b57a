"""Kernels of the realised service of one interval: its mean and variance at a known rate.

Units and names as in `kernels.erlang`: `lam` calls per second, `mu` = 1 / handle time, `theta` = 1 / mean patience,
`limit` = the answer-time threshold in seconds, `n` whole agents on the phones. A state k is the number of callers present;
one who finds k >= n waits for ``k - n + 1`` departures. All compiled code of this model stands in this one file, because a
cached kernel is compiled anew only when its own file changes.
"""

import math

import numpy as np
from numba import njit

from data.model.base import FloatArray, IntArray

PATIENT = 1e-9
"""Least hang-up rate per second; who waits longer waits for ever."""

TINY = 1e-17
NEGLIGIBLE = 1e-10
"""Probability of a state, over that of the likeliest, below which it is left out."""

LOG_NEGLIGIBLE = -math.log(NEGLIGIBLE)
SIGMAS = 10.0
"""Standard deviations of the number present, beyond the likeliest, that the states reach at most."""

Moments = tuple[float, float, float, float, float]

BIG = 1e250
LOG_BIG = math.log(BIG)


@njit(cache=True, nogil=True)
def late(y: float, loss: float, out: FloatArray) -> None:
    """Chance that j + 1 departures, at the rates ``theta (y + i)``, take longer than the limit, for every j of `out`.

    `loss` is ``theta limit``. The chance is a sum of negative binomial terms, all positive.
    """
    gone, log_scale = -math.expm1(-loss), -y * loss
    term = total = 1.0
    scale = math.exp(log_scale)
    out[0] = scale
    for j in range(1, out.size):
        ratio = gone * (y + j - 1.0) / j
        term *= ratio
        total += term
        if total > BIG:
            term, total = term / BIG, total / BIG
            log_scale += LOG_BIG
            scale = math.exp(log_scale)
        out[j] = min(scale * total, 1.0)
        if ratio < 1.0 and term < TINY * total:
            out[j:] = out[j]
            return


@njit(cache=True, nogil=True)
def waiting_calls(n: int, mu: float, theta: float, limit: float, definition: int, good: FloatArray, counted: FloatArray) -> None:
    """Chances that a call that finds ``n + j`` present is served as the definition asks, and that it counts, for every j."""
    y, kept, room = n * mu / theta, math.exp(-theta * limit), good.size
    overdue, unreached = np.empty(room), np.empty(room)
    if definition <= 2:
        late(y + 1.0, theta * limit, overdue)
    if definition >= 2:
        late(y, theta * limit, unreached)
    for j in range(room):
        if definition == 3:
            good[j] = 1.0 - kept * unreached[j]
        elif definition == 4:
            good[j] = 1.0 - unreached[j]
        else:
            answered = y / (y + j + 1.0)
            good[j] = answered * (1.0 - overdue[j])
            if definition == 1:
                counted[j] = answered
            elif definition == 2:
                counted[j] = min(good[j] + kept * unreached[j], 1.0)


@njit(cache=True, nogil=True)
def likeliest(n: int, lam: float, mu: float, theta: float) -> int:
    """State with the highest probability."""
    return int(lam / mu) if lam < n * mu else n + int((lam - n * mu) / theta)


@njit(cache=True, nogil=True)
def waiting_positions(n: int, lam: float, mu: float, theta: float) -> int:
    """Waiting positions beyond which states are negligible: a Gaussian bound, or a geometric one below capacity."""
    reach = SIGMAS * math.sqrt(max(lam / theta, lam / mu, 16.0))
    if lam < n * mu:
        return 2 + int(min(reach, LOG_NEGLIGIBLE / math.log(n * mu / lam)))
    return 2 + likeliest(n, lam, mu, theta) - n + int(reach)


@njit(cache=True, nogil=True)
def stationary(n: int, lam: float, mu: float, theta: float, out: FloatArray) -> tuple[int, int]:
    """Fill the probabilities of the states that matter, ``first`` to ``last``, and return these two."""
    middle = min(likeliest(n, lam, mu, theta), out.size - 1)
    out[middle] = total = 1.0
    last = middle
    while last + 1 < out.size and out[last] > NEGLIGIBLE:
        last += 1
        out[last] = out[last - 1] * lam / (min(last, n) * mu + max(0, last - n) * theta)
        total += out[last]
    first = middle
    while first > 0 and out[first] > NEGLIGIBLE:
        out[first - 1] = out[first] * (min(first, n) * mu + max(0, first - n) * theta) / lam
        first -= 1
        total += out[first]
    out[first : last + 1] /= total
    return first, last


@njit(cache=True, nogil=True)
def moments(
    n: int, lam: float, mu: float, theta: float, slot_s: float, good: FloatArray, counted: FloatArray, weight: FloatArray
) -> Moments:
    """Service of the calls of an interval that begins in a steady state; all arrays run over the states.

    Returns its mean, its variance by the path of the queue, its variance by the luck of the single calls, the mean number of
    calls that count, and by how much a relative change of that number alone would change it.
    """
    first, last = stationary(n, lam, mu, theta, weight)
    served = base = present = 0.0
    for k in range(first, last + 1):
        served += weight[k] * good[k]
        base += weight[k] * counted[k]
        present += weight[k] * k
    if base <= 0.0:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    mean = served / base
    between = lasting = drift = slope = 0.0
    for k in range(first, last + 1):
        excess = (good[k] - mean * counted[k]) / base
        between += weight[k] * excess * excess
        drift += weight[k] * excess
        slope += weight[k] * excess * (k - present)
        # the drift over all states is zero: the last one adds only its rounding error
        lasting += drift * drift / weight[k]
    calls = lam * slot_s
    luck = max(mean * (1.0 - mean) / base - between, 0.0) / calls
    if between < 1e-14:
        return mean, 0.0, luck, base * calls, 0.0
    turns = lasting / (between * calls)
    forgotten = 1.0 + turns * math.expm1(-1.0 / turns)
    return mean, 2.0 * between * turns * forgotten, luck, base * calls, slope * forgotten


@njit(cache=True, nogil=True)
def moments_all(
    n: IntArray, lam: FloatArray, mu: FloatArray, theta: FloatArray, limit: float, slot_s: float, definition: int
) -> FloatArray:
    """`moments` of many cells at some rates each: shape (5, cells, rates); `lam` has shape (cells, rates), the others (cells,).

    Without calls nothing is missed: mean 1. Callers who never hang up are all late once their load reaches the agents: mean 0.
    """
    out = np.zeros((5, *lam.shape))
    for i in range(n.size):
        leaving, top = max(theta[i], PATIENT), 0.0
        for rate in lam[i]:
            if theta[i] >= PATIENT or rate < n[i] * mu[i]:
                top = max(top, rate)
        size = n[i] + waiting_positions(n[i], top, mu[i], leaving) if top > 0.0 else n[i]
        good, counted, weight = np.ones(size), np.ones(size), np.empty(size)
        if top > 0.0:
            waiting_calls(n[i], mu[i], leaving, limit, definition, good[n[i] :], counted[n[i] :])
        for k in range(lam.shape[1]):
            if lam[i, k] <= 0.0:
                out[0, i, k] = 1.0
            elif lam[i, k] > top:
                out[3, i, k] = lam[i, k] * slot_s
            else:
                out[:, i, k] = moments(n[i], lam[i, k], mu[i], leaving, slot_s, good, counted, weight)
                if definition == 1:
                    # agents bound the answered calls: where more come, no more count
                    out[4, i, k] = 0.0
    return out


@njit(cache=True, nogil=True)
def between_means(calls: float, slope: float, few: float) -> float:
    """How far above the mean over the calls the law of few calls is centred: towards the mean over the intervals.

    Intervals with more calls serve them worse, so the mean over intervals lies above that over calls. Centred there the
    law is too low, at the mean over calls too high: half-way, and less the more calls there are (house choice, fitted on the
    16 simulated queues of `realised`).
    """
    uneven = -slope * (1.0 + calls + calls / math.expm1(-calls)) / calls
    return 0.5 * (1.0 - calls / few) * uneven


@njit(cache=True, nogil=True)
def few_miss(mean: float, path: float, calls: float, target: float) -> float:
    """Chance that fewer than a share `target` of a Poisson number of calls are served well, given that there are any.

    Each number of calls is beta-binomial; its chance follows from that of one call less as in a Polya urn, whose balls are
    the calls served well (`a` at first) and badly (`b`).
    """
    m = min(max(mean, 1e-9), 1.0 - 1e-9)
    size = max(m * (1.0 - m) / max(path, 1e-12) - 1.0, 1e-6)
    a, b = m * size, (1.0 - m) * size
    most, most_chance, below = 0, b / size, b / size
    weight = calls * math.exp(-calls)
    total, missed = weight, weight * below
    last = calls + 8.0 * math.sqrt(calls) + 8.0
    number = 1
    while number < last:
        below -= most_chance * (a + most) / (size + number)
        most_chance *= (number + 1.0) / (number + 1.0 - most) * (b + number - most) / (size + number)
        number += 1
        if most + 1 < target * number - 1e-9:
            most_chance *= (number - most) / (most + 1.0) * (a + most) / (b + number - most - 1.0)
            most += 1
            below += most_chance
        weight *= calls / number
        total += weight
        missed += weight * below
    return min(max(missed / total, 0.0), 1.0)


@njit(cache=True, nogil=True)
def few_miss_all(mean: FloatArray, path: FloatArray, calls: FloatArray, slope: FloatArray, few: float, target: float) -> FloatArray:
    """`few_miss` around `between_means` of many intervals with fewer than `few` calls each, all of shape (n,)."""
    out = np.empty(mean.size)
    for i in range(mean.size):
        out[i] = few_miss(mean[i] + between_means(calls[i], slope[i], few), path[i], calls[i], target)
    return out
