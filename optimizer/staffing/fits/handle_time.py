"""Handle time of single calls: mean, spread, shape, and whether the hour of the day matters."""

from dataclasses import dataclass
from math import exp, expm1, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import f as fisher
from scipy.stats import norm

from data.model.base import FloatArray, IntArray

LONGEST_S = 3600.0
"""Handle time above which a call was likely left open: it counts as so long, seconds (house choice)."""

SHORTEST_S = 10.0
"""Handle time below which a call is no conversation: left out of the shape, not of the mean, seconds (house choice)."""

LEAST_CALLS = 50
"""Calls from which a handle time is fitted (house choice): its mean is then known to about 15 %."""

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
"""Levels at which the quantiles of the fitted law are compared with those of the calls."""

SIGNIFICANCE, LEAST_SWING = 0.01, 0.03
"""Chance of error at which hours are held to differ, and the coefficient of variation from which it matters (house choice)."""


@dataclass(frozen=True, eq=False)
class HandleTimeFit:
    """Handle time of the calls of a queue.

    Parameters
    ----------
    mean_s, mean_error_s : float
        Mean of all calls, each at most `LONGEST_S`, and its standard error, seconds; NaN = too few calls.
    cv : float
        Coefficient of variation of the lognormal.
    median_s : float
        Median of the lognormal, which is fitted to the middle half of the calls that are not short; seconds.
    calls, short, long : int
        Calls of known handle time, and those of them below `SHORTEST_S` and above `LONGEST_S`.
    by_hour_s : array of float, shape (24,)
        Mean by hour of the day of those who came in it, drawn towards `mean_s` by what chance explains; seconds.
    hour_cv : float
        Coefficient of variation between hours, chance taken out.
    hour_matters : bool
        Whether the hours differ by more than chance, and by enough.
    measured_s, fitted_s : array of float, shape (len(LEVELS),)
        Quantiles of the calls that are not short, and of the lognormal, seconds.
    """

    mean_s: float
    mean_error_s: float
    cv: float
    median_s: float
    calls: int
    short: int
    long: int
    by_hour_s: FloatArray
    hour_cv: float
    hour_matters: bool
    measured_s: FloatArray
    fitted_s: FloatArray

    @property
    def enough(self) -> bool:
        """Whether there were calls enough to fit anything."""
        return self.calls - self.short >= LEAST_CALLS

    @property
    def worst_quantile_error(self) -> float:
        """Largest relative error of the fitted quantiles."""
        return float(np.abs(self.fitted_s / self.measured_s - 1).max())


def fit_handle_time(handle_s: ArrayLike, hour: ArrayLike) -> HandleTimeFit:
    """Fit the handle time of the calls of a queue.

    Short calls are work, so they count in the mean; they are no conversations, so they do not shape the law.

    Parameters
    ----------
    handle_s : array of float, shape (calls,)
        Handle time, seconds; NaN = not known, left out.
    hour : array of int, shape (calls,)
        Hour of the day at which each call came, 0 to 23.

    References
    ----------
    Lognormal handle times, and short calls: Brown et al. (JASA 2005), doi:10.1198/016214504000001808.
    """
    seconds, at = np.asarray(handle_s, dtype=np.float64), np.asarray(hour, dtype=np.int64)
    known = ~np.isnan(seconds)
    raw, at = seconds[known], at[known]
    short, long = raw < SHORTEST_S, raw > LONGEST_S
    counts = (raw.size, int(short.sum()), int(long.sum()))
    if raw.size - counts[1] < LEAST_CALLS:
        unknown = np.full(len(LEVELS), np.nan)
        return HandleTimeFit(np.nan, np.nan, np.nan, np.nan, *counts, np.full(24, np.nan), np.nan, False, unknown, unknown)
    kept = np.minimum(raw, LONGEST_S)
    middle, spread = _lognormal(kept[~short])
    quantiles = np.quantile(kept[~short], LEVELS), np.exp(middle + spread * norm.ppf(LEVELS))
    error = float(kept.std(ddof=1)) / sqrt(kept.size)
    shape = float(kept.mean()), error, sqrt(expm1(spread**2)), exp(middle)
    return HandleTimeFit(*shape, *counts, *_by_hour(kept, at), *quantiles)


def _lognormal(seconds: FloatArray) -> tuple[float, float]:
    """Mean and standard deviation of the logarithm, by the quartiles."""
    low, middle, high = np.quantile(np.log(seconds), (0.25, 0.5, 0.75))
    return float(middle), float((high - low) / (2 * norm.ppf(0.75)))


def _by_hour(seconds: FloatArray, hour: IntArray) -> tuple[FloatArray, float, bool]:
    """Mean by hour, the coefficient of variation between hours, and whether they matter (analysis of variance)."""
    calls = np.bincount(hour, minlength=24)
    mean, held = seconds.mean(), calls > 0
    means = np.where(held, np.bincount(hour, seconds, minlength=24) / np.maximum(calls, 1), mean)
    free = int(held.sum()) - 1
    within = float(((seconds - means[hour]) ** 2).sum()) / max(seconds.size - free - 1, 1)
    between = float(calls @ (means - mean) ** 2)
    # the sum of squares between hours is `free` times the one within them, plus what the hours truly differ
    true = max(between - free * within, 0.0) / (seconds.size - float(calls @ calls) / seconds.size) if free else 0.0
    weight = true / np.maximum(true + within / np.maximum(calls, 1), 1e-300)
    swing = np.sqrt(true) / mean
    chance = float(fisher.sf(between / free / within, free, seconds.size - free - 1)) if free and within else 1.0
    return mean + weight * (means - mean), float(swing), bool(chance < SIGNIFICANCE and swing > LEAST_SWING)
