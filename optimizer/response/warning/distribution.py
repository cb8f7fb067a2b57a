"""The distribution behind the quantiles of a forecast: of the count, and of the call rate without its Poisson noise.

Chances need the call rate behind a count, so the Poisson noise is taken out first (`rate_quantiles`); with it the chance of a small
queue would lean towards one half.
"""

import numpy as np
from scipy.special import ndtr, ndtri

from data.model.base import FloatArray, IntArray
from data.model.demand import LEVELS

PROBITS = ndtri(np.array(LEVELS))
MEDIAN = LEVELS.index(0.5)

SHARES = np.diff(np.concatenate([[0.0], 0.5 * (np.array(LEVELS)[1:] + np.array(LEVELS)[:-1]), [1.0]]))
"""Probability that each quantile stands for, in moments."""

NORMAL_VARIANCE = float(np.sum(SHARES * PROBITS**2))
"""Variance that `SHARES` give a standard normal, whose tails they cut."""


def rate_quantiles(quantiles: FloatArray) -> FloatArray:
    """Quantiles of the call rate, in calls per slot, behind the quantiles of a count.

    A count varies by its mean even at a known rate. The quantiles draw near their mean by the ratio of the standard
    deviations without and with that noise; where a count varies less than a Poisson count they fall together. Mean and shape
    are kept: the median of a small count, a whole number, lies up to a fifth beside its mean.

    Parameters
    ----------
    quantiles : array of float, shape (..., len(LEVELS))

    References
    ----------
    House choice; Var N = E[rate] + Var[rate] of a mixed Poisson count.
    """
    mean = np.sum(SHARES * quantiles, axis=-1)
    variance = np.sum(SHARES * (quantiles - mean[..., None]) ** 2, axis=-1) / NORMAL_VARIANCE
    left = np.maximum(variance - mean, 0.0)
    ratio = np.sqrt(np.divide(left, variance, out=np.zeros_like(mean), where=left > 0))
    return mean[..., None] + ratio[..., None] * (quantiles - mean[..., None])


def rates_at(quantiles: FloatArray, probits: FloatArray) -> FloatArray:
    """Inverse of `exceedance`: values of the distribution at standard normal quantiles.

    Parameters
    ----------
    quantiles : array of float, shape (..., len(LEVELS))
    probits : array of float, shape (n,)

    Returns
    -------
    array of float, shape (..., n)
        Not negative.
    """
    upper = np.searchsorted(PROBITS, probits, side="right")
    low, high = _around(upper)
    share = (probits - PROBITS[low]) / (PROBITS[high] - PROBITS[low])
    knots = np.log1p(quantiles)
    return np.maximum(np.expm1(knots[..., low] + share * (knots[..., high] - knots[..., low])), 0.0)


def _around(upper: IntArray) -> tuple[IntArray, IntArray]:
    """The two levels that the distribution runs straight between, by the number of levels below a point."""
    last = len(LEVELS) - 1
    return np.where(upper == 0, 0, np.where(upper > last, MEDIAN, upper - 1)), np.where(upper == 0, MEDIAN, np.minimum(upper, last))


def exceedance(calls: FloatArray, quantiles: FloatArray) -> FloatArray:
    """Chance that the forecast exceeds a number of calls.

    The distribution runs monotonically through the quantiles, straight in probit against log(1 + calls); beyond the outer
    levels it goes on as the lognormal through the median and the outer quantile.

    Parameters
    ----------
    calls : array of float, shape (...)
        Calls per slot, not negative.
    quantiles : array of float, shape (..., len(LEVELS))

    References
    ----------
    House choice; within .019 of brute force with a lognormal rate over 100 cells.
    """
    knots, x = np.log1p(quantiles), np.log1p(calls)
    upper = np.sum(quantiles <= calls[..., None], axis=-1)
    low, high = _around(upper)
    left, right = _at(knots, low), _at(knots, high)
    width = np.where(right > left, right - left, 1.0)
    # a tail without width is a step: all or nothing lies beyond it
    step = np.where(upper == 0, -np.inf, np.inf)
    probit = np.where(right > left, PROBITS[low] + (x - left) / width * (PROBITS[high] - PROBITS[low]), step)
    return np.where((upper == 0) & (calls <= 0), 1.0, ndtr(-probit))


def _at(knots: FloatArray, index: IntArray) -> FloatArray:
    return np.take_along_axis(knots, index[..., None], axis=-1)[..., 0]
