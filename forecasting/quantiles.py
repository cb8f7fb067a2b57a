"""Quantiles of counts from a mean and variance on the root scale."""

import numpy as np
from scipy.special import ndtri

from data.model.base import FloatArray
from data.model.demand import LEVELS

SMALL = 15.0
"""Below this mean, quantiles are those of a negative binomial and whole numbers (house choice)."""

NORMAL: FloatArray = ndtri(np.array(LEVELS))
"""Standard normal quantiles at `LEVELS`."""


def root(calls: FloatArray) -> FloatArray:
    """The scale on which Poisson noise has the same variance, about 1/4, at any volume: sqrt(calls + 1/4)."""
    return np.sqrt(np.maximum(calls, 0) + 0.25)


def poisson_root_variance(mean: FloatArray) -> FloatArray:
    """Variance of sqrt(N + 1/4) for Poisson N: 1/4 for large means, 0 for none (fitted; within 0.03)."""
    return 0.25 * -np.expm1(-1.53 * np.maximum(mean, 0))


def counts(centre: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and quantiles of counts whose root is Gaussian; negative binomial where the mean is small.

    Parameters
    ----------
    centre, variance : array of float, any one shape
        On the root scale.

    Returns
    -------
    mean : array of that shape
    quantiles : array of that shape and one more axis of ``len(LEVELS)``
    """
    mean = np.maximum(np.maximum(centre, 0) ** 2 - 0.25 + variance, 0)
    quantiles = np.maximum(np.maximum(centre[..., None] + NORMAL * np.sqrt(variance)[..., None], 0) ** 2 - 0.25, 0)
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
