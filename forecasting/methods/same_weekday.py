"""Mean of the last weeks' same weekdays with empirical quantiles: what a planner does by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from data.model.base import FloatArray, IntArray
from data.model.demand import LEVELS
from forecasting.days import Training
from forecasting.methods import DayForecast
from forecasting.quantiles import NORMAL, SMALL, negative_binomial, root
from forecasting.robust import scale

WEEKS = 8
"""Weeks looked back at most; under four, the weekday is drawn towards the mean day."""
RATIO_CALLS = 20.0
"""Calls by which today's ratio of seen to expected is drawn towards 1."""
LEAST_ERRORS = 200
"""Past errors needed for empirical quantiles; with fewer, Poisson noise and a day effect of 15 % are assumed."""


@dataclass(frozen=True, eq=False)
class SameWeekday:
    """Mean day of each weekday and the errors such means made.

    Parameters
    ----------
    profile : array of float, shape (7, columns)
    errors : array of float, shape (n,)
        Past errors on the root scale.
    """

    profile: FloatArray
    errors: FloatArray

    def predict(self, dates: Sequence[date], seen: FloatArray) -> DayForecast:
        """Forecast of days to come; today's rest is rescaled by today's ratio of seen to expected."""
        mean = self.profile[[day.weekday() for day in dates]]
        known = ~np.isnan(seen)
        expected = np.where(known, mean, 0).sum(axis=1)
        ratio = (np.nansum(seen, axis=1) + RATIO_CALLS) / (expected + RATIO_CALLS)
        mean = mean * ratio[:, None]
        return DayForecast(mean, self._quantiles(mean))

    def _quantiles(self, mean: FloatArray) -> FloatArray:
        centre = root(mean)[..., None]
        if len(self.errors) >= LEAST_ERRORS:
            offset = np.broadcast_to(np.quantile(self.errors, LEVELS), (*mean.shape, len(LEVELS)))
            variance = np.full(mean.shape, self.errors.var())
        else:
            variance = 0.25 + 0.075**2 * mean
            offset = NORMAL * np.sqrt(variance)[..., None]
        quantiles = np.maximum(np.maximum(centre + offset, 0) ** 2 - 0.25, 0)
        small = mean < SMALL
        quantiles[small] = negative_binomial(mean[small], (4 * mean * variance)[small])
        return quantiles


def fit(training: Training, steps: int) -> SameWeekday:  # noqa: ARG001 - the same for any number of days ahead
    """Learn the mean day of each weekday from its last eight."""
    weekday = np.array([day.weekday() for day in training.dates])
    overall = _overall(training.calls)
    profile = np.array([_mean_day(training.calls[weekday == w][-WEEKS:], overall) for w in range(7)])
    return SameWeekday(profile, _errors(training.calls, weekday))


def _overall(calls: FloatArray) -> FloatArray:
    """Mean of each column over the last eight weeks, over all of history where they do not know it."""
    recent = calls[-7 * WEEKS :]
    known = (~np.isnan(recent)).any(axis=0)
    mean = np.nanmean(calls, axis=0)
    mean[known] = np.nanmean(recent[:, known], axis=0)
    return mean


def _mean_day(calls: FloatArray, overall: FloatArray) -> FloatArray:
    """Mean of the days of one weekday, outlying counts cut at three deviations; the mean day where there are none."""
    known = ~np.isnan(calls)
    count = known.sum(axis=0)
    if not count.any():
        return overall
    mean = overall.copy()
    columns = np.flatnonzero(count)
    roots = np.where(known, root(calls), np.nan)[:, columns]
    middle = np.nanmedian(roots, axis=0)
    spread = np.maximum(scale(np.where(known[:, columns], roots - middle, 0)), 0.5)
    cut = np.clip(roots, middle - 3 * spread, middle + 3 * spread)
    mean[columns] = np.nanmean(cut**2, axis=0) - 0.25
    drawn = np.where(count < 4, (count * mean + overall) / (count + 1), mean)
    return np.maximum(drawn, 0)


def _errors(calls: FloatArray, weekday: IntArray) -> FloatArray:
    """Errors that the mean of the earlier same weekdays made on the root scale, each day against two to eight before."""
    errors: list[FloatArray] = []
    for w in range(7):
        of_weekday = calls[weekday == w]
        for i in range(max(2, len(of_weekday) - 2 * WEEKS), len(of_weekday)):
            before = of_weekday[max(0, i - WEEKS) : i]
            count = (~np.isnan(before)).sum(axis=0)
            mean = np.nansum(before, axis=0) / np.maximum(count, 1)
            error = root(of_weekday[i]) - root(mean)
            errors.append(error[(count > 1) & ~np.isnan(error)])
    return np.concatenate(errors) if errors else np.zeros(0)
