"""Quantiles of counts: from a mean and variance on the root scale, and about a new mean."""

import numpy as np
from scipy.special import ndtri

from data.model.base import FloatArray
from data.model.demand import LEVELS

SMALL = 15.0
"""Below this mean, quantiles are those of a negative binomial and whole numbers (house choice)."""

NORMAL: FloatArray = ndtri(np.array(LEVELS))
"""Standard normal quantiles at `LEVELS`."""

MEDIAN = LEVELS.index(0.5)

DAY_KURTOSIS = 3.0
"""Excess kurtosis of the errors of days, that of a Student t with six degrees of freedom (house choice, from dev blocks)."""


def root(calls: FloatArray) -> FloatArray:
    """The scale on which Poisson noise has the same variance, about 1/4, at any volume: sqrt(calls + 1/4)."""
    return np.sqrt(np.maximum(calls, 0) + 0.25)


def poisson_root_variance(mean: FloatArray) -> FloatArray:
    """Variance of sqrt(N + 1/4) for Poisson N: 1/4 for large means, 0 for none (fitted; within 0.03)."""
    return 0.25 * -np.expm1(-1.53 * np.maximum(mean, 0))


def counts(centre: FloatArray, of_day: FloatArray, noise: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and quantiles of counts from their root; negative binomial where the mean is small.

    Noise is Gaussian on the root scale. The error of the day is not: most days are ordinary and a few are not, so its share of
    the variance makes the middle narrower and the tails longer.

    Parameters
    ----------
    centre, of_day, noise : array of float, any one shape
        Mean, variance of the day's error and variance of the noise around it, on the root scale.

    Returns
    -------
    mean : array of that shape
    quantiles : array of that shape and one more axis of ``len(LEVELS)``

    References
    ----------
    Cornish, Fisher (1938), doi:10.2307/1400905, with the fourth cumulant alone.
    """
    variance = of_day + noise
    mean = np.maximum(np.maximum(centre, 0) ** 2 - 0.25 + variance, 0)
    kurtosis = DAY_KURTOSIS * (of_day / np.maximum(variance, 1e-12)) ** 2
    shape = NORMAL + (NORMAL**3 - 3 * NORMAL) / 24 * kurtosis[..., None]
    quantiles = np.maximum(np.maximum(centre[..., None] + shape * np.sqrt(variance)[..., None], 0) ** 2 - 0.25, 0)
    small = mean < SMALL
    spread = 4 * np.maximum(centre, 0) ** 2 * variance + 2 * variance**2
    quantiles[small] = negative_binomial(mean[small], spread[small])
    return mean, quantiles


def negative_binomial(mean: FloatArray, variance: FloatArray) -> FloatArray:
    """Whole-number quantiles at `LEVELS` of negative binomials; a variance under the Poisson's is raised to it.

    Parameters
    ----------
    mean, variance : array of float, shape (n,)

    Returns
    -------
    array of float, shape (n, len(LEVELS))
    """
    if not len(mean):
        return np.zeros((0, len(LEVELS)))
    mean = np.maximum(mean, 1e-9)
    variance = np.maximum(variance, 1.02 * mean)
    p = mean / variance
    size = mean * p / (1 - p)
    top = int((mean + 8 * np.sqrt(variance)).max()) + 2
    k = np.arange(1, top)[:, None]
    start = size * np.log(p)
    steps = np.log((k - 1 + size) / k * (1 - p)).cumsum(axis=0)
    cdf = np.exp(np.vstack([start, start + steps])).cumsum(axis=0)
    return (cdf[:, :, None] < np.array(LEVELS)).sum(axis=0).astype(np.float64)


def recentred(quantiles: FloatArray, before: FloatArray, after: FloatArray, spread: float = 0.0) -> FloatArray:
    """Quantiles about a new mean: its Poisson noise, the other uncertainty in proportion, a lognormal of the change itself.

    Parameters
    ----------
    quantiles : array of float, shape (n, levels)
    before, after : array of float, shape (n,)
        Mean before and after the change.
    spread : float
        Coefficient of variation of what changes.
    """
    roots = root(quantiles)
    middle = roots[:, [MEDIAN]]
    apart, noise = (roots - middle) ** 2, 0.25 * NORMAL**2
    ratio = (after / np.maximum(before, 1e-9))[:, None]
    grown = np.minimum(apart, noise) + np.maximum(apart - noise, 0) * ratio
    fresh = noise * np.clip((after - before) / np.maximum(after, 1e-9), 0, 1)[:, None]
    side = np.sign(NORMAL)
    # the median keeps its distance from the mean on the root scale
    centre = root(after)[:, None] + middle - root(before)[:, None]
    values = np.maximum(np.maximum(centre + side * np.sqrt(np.maximum(grown, fresh)), 0) ** 2 - 0.25, 0)
    relative = spread * np.abs(after - before) / np.maximum(after, 1e-9)
    sigma = np.sqrt(np.log1p(relative**2))[:, None]
    logs = np.log(values + 0.25)
    shifted = logs - logs[:, [MEDIAN]]
    wide = logs[:, [MEDIAN]] - sigma**2 / 2 + side * np.sqrt(shifted**2 + (sigma * NORMAL) ** 2)
    changed = np.maximum(np.exp(wide) - 0.25, 0) * (after > 0)[:, None]
    return np.maximum.accumulate(changed, axis=1)
