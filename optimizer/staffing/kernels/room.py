"""Kernel of the stationary single-pool queue with limited room: M/M/n/K and M/M/n/K+M, K = n + room, at one point.

The same positive sums as without a limit, cut at the last place; a call that finds it taken is blocked. No place at all is
Erlang B. A caller who finds n + j present waits for j + 1 departures; how long is a running sum of negative binomial terms
(of Poisson terms when nobody hangs up).
"""

import math

import numpy as np
from numba import njit

from optimizer.staffing.kernels.erlang import BIG, LOG_BIG, PATIENT, TINY, Point, inverse_b


@njit(cache=True, nogil=True)
def limited(n: int, lam: float, mu: float, theta: float, limit: float, room: int) -> Point:
    """The queue at one point; nobody hangs up where `theta` is 0."""
    if n == 0 and (theta < PATIENT or room == 0):  # nobody is let in
        return Point(1.0, 0.0, 0.0, 1.0, np.nan, np.nan, 0.0, 0.0, 0.0)
    capacity, gone = n * mu, -math.expm1(-theta * limit)
    served_by_limit = capacity * (gone / theta if theta > 0.0 else limit)
    # weight of j waiting; share of them who would wait longer than the limit, and the same of those answered in the end
    term, late_law, long_law = 1.0, 1.0 - gone, 1.0
    late_share, long_share, share_scale = late_law, 1.0, math.exp(-capacity * limit)
    log_share = -capacity * limit
    entered = queue = answered = waited = late = long = steps = scale = 0.0
    for j in range(room):
        rate = capacity + (j + 1) * theta
        served, steps = term * capacity / rate, steps + 1.0 / rate
        entered += term
        answered += served
        waited += served * steps
        late += served * late_share * share_scale
        long += term * long_share * share_scale
        term *= lam / rate
        queue += (j + 1) * term
        if (j + 1) * term <= TINY * queue and rate > lam:
            term = 0.0
            break
        long_law *= (served_by_limit + gone * j) / (j + 1)
        late_law *= (served_by_limit + gone * (j + 1)) / (j + 1)
        long_share, late_share = long_share + long_law, late_share + late_law
        if long_share > BIG:
            long_law, late_law, long_share, late_share = long_law / BIG, late_law / BIG, long_share / BIG, late_share / BIG
            log_share += LOG_BIG
            share_scale = math.exp(log_share)
        if queue > BIG:
            term, entered, queue, answered, waited, late, long = (
                term / BIG, entered / BIG, queue / BIG, answered / BIG, waited / BIG, late / BIG, long / BIG,
            )  # fmt: skip
            scale += LOG_BIG
    free = (inverse_b(n, lam / mu) - 1.0) * math.exp(-scale)
    if free == np.inf:  # all busy too seldom for a number
        return Point(0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    den, inside, answered = free + entered + term, free + entered, free + answered
    mean_wait, asa = queue / (lam * inside), waited / answered if answered > 0.0 else np.nan
    late, long = late / den, min(long, entered) / den
    abandon = theta * queue / (lam * den)
    return Point((entered + term) / den, answered / den, abandon, term / den, mean_wait, asa, late, (1.0 - gone) * long, long)
