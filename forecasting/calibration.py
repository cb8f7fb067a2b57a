"""Whether the quantiles tell the truth, and how small an error can be at all: PIT, coverage, Poisson noise floor."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri, pdtr

from data.model.base import FloatArray, IntArray
from data.model.demand import LEVELS
from forecasting.quantiles import NORMAL

MEDIAN = LEVELS.index(0.5)
INNER = slice(LEVELS.index(0.05), LEVELS.index(0.95) + 1)
"""The 19 levels of the pinball loss."""
BINS = 20
"""Bars of a PIT histogram (house choice)."""
EDGES: FloatArray = np.concatenate([[0.0], (np.array(LEVELS[1:]) + np.array(LEVELS[:-1])) / 2, [1.0]])
"""Middles between the levels: a whole number at which the levels i to j meet holds the chance between edges i and j + 1."""
ROOT_SHIFT = 0.75
"""Makes a count less one half a square on the root scale of `forecasting.quantiles.root`."""


@dataclass(frozen=True, slots=True)
class NoiseFloor:
    """Error that is left when the call rate is known exactly and the calls are Poisson.

    Parameters
    ----------
    wape : float
        Sum of the expected absolute errors of the medians over the sum of the means; NaN without calls.
    pinball : float
        Mean expected pinball loss over the 19 levels, calls; NaN without counts.
    """

    wape: float
    pinball: float


def noise_floor(mean: FloatArray) -> NoiseFloor:
    """Noise floor of counts with these means, pooled.

    Parameters
    ----------
    mean : array of float, any shape
        Expected calls per slot, not negative. Exact; about 20 microseconds a slot.
    """
    rates = np.maximum(np.ravel(mean), 0.0)
    if not len(rates):
        return NoiseFloor(np.nan, np.nan)
    losses = poisson_pinball(rates)
    total = float(rates.sum()) or np.nan
    return NoiseFloor(wape=2 * float(losses[:, MEDIAN - INNER.start].sum()) / total, pinball=float(losses.mean()))


def poisson_pinball(mean: FloatArray) -> FloatArray:
    """Expected pinball loss of a Poisson count at its own quantiles, the 19 levels; shape (n, 19).

    At the median it is half the mean absolute deviation.

    References
    ----------
    E (q - N)+ = q F(q) - mean F(q - 1) for whole q, as k P(N = k) = mean P(N = k - 1).
    """
    levels = np.array(LEVELS[INNER])
    quantile, at, below = _poisson_quantiles(mean[:, None], levels)
    return levels * (mean[:, None] - quantile) + quantile * at - mean[:, None] * below


def _poisson_quantiles(mean: FloatArray, levels: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Least whole numbers q with F(q) >= level, F(q) and F(q - 1)."""
    normal = ndtri(levels)
    quantile = np.maximum(np.floor(mean + normal * np.sqrt(mean) + (normal**2 - 1) / 6 + 0.5), 0.0)
    at, below = _distribution(quantile, mean), _distribution(quantile - 1, mean)
    # the Cornish-Fisher start is off by one or two at most; each round mends one
    while (wrong := (at < levels).astype(np.float64) - (below >= levels)).any():
        quantile = quantile + wrong
        at, below = _distribution(quantile, mean), _distribution(quantile - 1, mean)
    return quantile, at, below


def _distribution(count: FloatArray, mean: FloatArray) -> FloatArray:
    return np.where(count < 0, 0.0, pdtr(np.maximum(count, 0.0), mean))


def pit(calls: FloatArray, quantiles: FloatArray, seed: int = 0) -> FloatArray:
    """Randomised probability integral transform of counts: uniform on [0, 1] if the quantiles are true.

    Parameters
    ----------
    calls : array of float, any shape
        NaN = not known.
    quantiles : array of float, that shape and ``len(LEVELS)``
    seed : int
        Of the random place of each count within its own chance.

    Returns
    -------
    array of float, shape of `calls`
        NaN where not known.

    References
    ----------
    Czado, Gneiting, Held, Biometrics 65 (2009), doi:10.1111/j.1541-0420.2009.01191.x.
    """
    return ndtr(normal_scores(calls, quantiles, seed))


def normal_scores(calls: FloatArray, quantiles: FloatArray, seed: int = 0) -> FloatArray:
    """Normal score of each count, standard normal if the quantiles are true; parameters as in `pit`.

    The distribution runs straight in probit against the root of the calls between the quantiles, and on beyond the outer
    ones as the line through the median and the outer quantile.
    """
    place = np.random.default_rng(seed).random(calls.shape) - 0.5
    x = np.sqrt(np.maximum(calls + place, -0.5) + ROOT_SHIFT)
    knots = np.sqrt(untied(quantiles) + ROOT_SHIFT)
    upper = (knots <= x[..., None]).sum(axis=-1)
    last = len(LEVELS) - 1
    low = np.where(upper == 0, 0, np.where(upper > last, MEDIAN, upper - 1))
    high = np.where(upper == 0, MEDIAN, np.minimum(upper, last))
    left, right = (np.take_along_axis(knots, index[..., None], -1)[..., 0] for index in (low, high))
    slope = (NORMAL[high] - NORMAL[low]) / np.maximum(right - left, 1e-9)
    return np.clip(NORMAL[low] + (x - left) * slope, -8.0, 8.0)


def untied(quantiles: FloatArray) -> FloatArray:
    """Quantiles of counts with ties spread over the unit about their whole number, as the chance of that number is."""
    tied = quantiles[..., :, None] == quantiles[..., None, :]
    first = tied.argmax(axis=-1)
    after = len(LEVELS) - tied[..., ::-1].argmax(axis=-1)
    low, high = EDGES[first], EDGES[after]
    spread = quantiles - 0.5 + (np.array(LEVELS) - low) / (high - low)
    return np.where(after - first > 1, np.maximum.accumulate(np.maximum(spread, -0.5), axis=-1), quantiles)


def pit_histogram(values: FloatArray, bins: int = BINS) -> FloatArray:
    """Share of PIT values in each of equal bars, 1 / bins each if the forecast is calibrated; NaN left out; shape (bins,)."""
    known = values[~np.isnan(values)]
    return np.histogram(known, bins, (0.0, 1.0))[0] / max(len(known), 1)


def reliability(values: FloatArray) -> FloatArray:
    """Share of PIT values at or under each of `LEVELS`: the level itself if calibrated; NaN if nothing is known."""
    known = np.sort(values[~np.isnan(values)])
    if not len(known):
        return np.full(len(LEVELS), np.nan)
    return np.searchsorted(known, np.array(LEVELS), "right") / len(known)


def central_coverage(values: FloatArray, share: float) -> float:
    """Share of PIT values inside the central interval of a share, e.g. 0.8; NaN if nothing is known."""
    known = values[~np.isnan(values)]
    return float((np.abs(known - 0.5) <= share / 2).mean()) if len(known) else np.nan


def coverage_by(group: IntArray, values: FloatArray) -> pd.DataFrame:
    """Coverage of the central intervals in each group, such as the hour or the weekday.

    Parameters
    ----------
    group : array of int
        Group of each PIT value.
    values : array of float, same shape

    Returns
    -------
    frame of ``group, count, coverage50, coverage80, coverage95, mean``, a row for each group with counts; a mean PIT above one
    half says that more calls came than was forecast.
    """
    rows: list[dict[str, float | int]] = []
    for label in np.unique(group[~np.isnan(values)]):
        of_group = values[(group == label) & ~np.isnan(values)]
        shares = {f"coverage{share}": central_coverage(of_group, share / 100) for share in (50, 80, 95)}
        rows.append({"group": int(label), "count": len(of_group), **shares, "mean": float(of_group.mean())})
    return pd.DataFrame(rows, columns=["group", "count", "coverage50", "coverage80", "coverage95", "mean"])
