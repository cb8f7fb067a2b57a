"""Call rates that a forecast holds possible: nodes of its distribution, for staffing to the service expected under it.

At the mean rate the expected service is below the service at the mean, as service falls faster above the mean than it rises
below: 100 Erlang with a day factor of 20 % need 106 agents where 99 do for a sure rate (handle time 300 s, patience 150 s,
80 % in 20 s).
"""

import numpy as np
from scipy.special import ndtri, pdtrik

from data.model.base import FloatArray
from data.model.demand import LEVELS, Forecast

NODES = 9
"""Nodes of the rate's distribution: service within 0.7 points of 61 nodes for a lognormal rate of 20 % at 300 Erlang
(house choice)."""

_HERMITE = np.polynomial.hermite_e.hermegauss(NODES)
SCORES: FloatArray = _HERMITE[0]
"""Normal scores of the nodes."""
WEIGHTS: FloatArray = _HERMITE[1] / _HERMITE[1].sum()
"""Chances of the nodes, Gauss-Hermite."""
_FINE = np.polynomial.hermite_e.hermegauss(61)


def rate_nodes(forecast: Forecast) -> FloatArray:
    """Expected calls per slot at each node of the rate's distribution; shape (queues, slots, NODES), non-decreasing.

    The quantiles of a forecast are those of the count: of the rate and of Poisson noise about it. The variance that they have
    above Poisson quantiles of the same mean is the rate's, and they are drawn together about the mean until their variance is
    that (two moments matched). So a small queue, whose quantiles are noise, is planned at its mean.

    References
    ----------
    House choice: variances add as those of a mixed Poisson law; both are read from quantiles alike, so that whole-number steps
    cancel; quantiles straight in the normal score, at Gauss-Hermite nodes.
    """
    counts = quantiles_at(forecast.quantiles, SCORES)
    spread = counts - (counts @ WEIGHTS)[..., None]
    whole = variance_of(forecast.quantiles)
    of_rate = np.maximum(whole - variance_of(poisson_quantiles(forecast.mean)), 0.0)
    share = np.sqrt(np.divide(of_rate, whole, out=np.zeros_like(whole), where=whole > 0))
    return np.maximum(forecast.mean[..., None] + share[..., None] * spread, 0.0)


def variance_of(quantiles: FloatArray) -> FloatArray:
    """Variance of the law that runs through quantiles at `LEVELS`; shape (...)."""
    values = quantiles_at(quantiles, _FINE[0])
    chances = _FINE[1] / _FINE[1].sum()
    return (values - (values @ chances)[..., None]) ** 2 @ chances


def poisson_quantiles(mean: FloatArray) -> FloatArray:
    """Whole-number quantiles of Poisson laws at `LEVELS`; shape (..., len(LEVELS))."""
    below = np.exp(-mean)[..., None] >= np.array(LEVELS)
    return np.where(below, 0.0, np.ceil(pdtrik(np.array(LEVELS), np.maximum(mean, 1e-9)[..., None]) - 1e-9))


def quantiles_at(quantiles: FloatArray, scores: FloatArray) -> FloatArray:
    """Quantiles at normal scores, straight in the score between `LEVELS`, the outer pieces going on; never negative.

    Parameters
    ----------
    quantiles : array of float, shape (..., len(LEVELS))
    scores : array of float, shape (nodes,)
    """
    known = ndtri(np.array(LEVELS))
    low = np.clip(np.searchsorted(known, scores) - 1, 0, len(LEVELS) - 2)
    share = (scores - known[low]) / (known[low + 1] - known[low])
    return np.maximum((1 - share) * quantiles[..., low] + share * quantiles[..., low + 1], 0.0)
