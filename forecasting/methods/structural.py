"""Trend and seasons: a piecewise linear trend, weekdays, month, year and holidays of the log day level, times a shape of the day.

Structurally unlike the principal scores: long memory and a trend that goes on instead of a level that is followed, one level a
day instead of several scores. What the two have in common is only what is known beforehand of a day (`forecasting.regressors`).

References
----------
Decomposable trend and seasons as in Taylor, Letham, *Forecasting at scale* (2018), doi:10.1080/00031305.2017.1380080, here by
ridge regression in closed form. Constants: house choice, from back-tests on the dev blocks of fpp3 ``bank_calls`` and the 1999
bank.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from data.model.base import FloatArray, IntArray
from forecasting.days import Training
from forecasting.methods import DayForecast, Fitted, same_weekday
from forecasting.quantiles import counts, poisson_root_variance, root
from forecasting.regressors import Regressors
from forecasting.robust import ridge, scale, smooth

BEND_DAYS = 14
LEVEL_HALF_LIFE, SHAPE_HALF_LIFE = 90.0, 60.0
"""Operating days; where an annual season is learnt every day counts alike for the level."""
SHAPE_PRIOR = 4.0
"""Days by which a weekday's shape is drawn to the mean shape."""
OUTLIER, WINSOR = 6.0, 3.5
SMALL_DAY = 100.0
"""Mean calls a day under which the level is corrected for the bias of its logarithm."""
LEAST_AHEAD = 20
"""Operating days ahead, at least, over which the growth of the errors is measured."""
TEMPER = 2.5
"""Inflation of the noise of today's counts."""
CUTS = (0.7, 0.85)
"""Shares of the history after which the level is forecast again, to see how errors grow with the days ahead."""


@dataclass(frozen=True, eq=False)
class Structural:
    """Effects on the log day level, shapes of the weekdays, and errors.

    Parameters
    ----------
    last : date
        Last day learnt from.
    mean_level : float
        Log of calls a day.
    effects : array of float, shape (regressors,)
    shapes : array of float, shape (7, columns)
        Share of a day's calls in each column.
    growth : array of float, shape (2,)
        Variance of the log level: at the next day, and what each further calendar day adds.
    dispersion : array of float, shape (columns,)
        Noise of a count on the root scale relative to a Poisson's.
    """

    regressors: Regressors
    last: date
    mean_level: float
    effects: FloatArray
    shapes: FloatArray
    growth: FloatArray
    dispersion: FloatArray

    def predict(self, dates: Sequence[date], seen: FloatArray) -> DayForecast:
        """Forecast of days to come; a day partly seen is conditioned on it."""
        level = self.mean_level + self.regressors.design(dates) @ self.effects
        rows = self.regressors.features.rows(dates)
        shape = self.regressors.features.profile(rows, self.regressors.worked) @ self.shapes
        ahead = np.array([max((day - self.last).days - 1, 0) for day in dates])
        variance = self.growth[0] + self.growth[1] * ahead
        for d in np.flatnonzero(~np.isnan(seen).all(axis=1)):
            level[d], variance[d] = self._condition(float(level[d]), float(variance[d]), shape[d], seen[d])
        calls = np.exp(level)[:, None] * shape
        # a log level's variance v is one of calls v / 4 on the root scale
        spread, noise = variance[:, None] * calls / 4, self.dispersion * poisson_root_variance(calls)
        # the calls are a mean, which lies above the square of the mean root by the noise
        return DayForecast(*counts(np.sqrt(np.maximum(calls + 0.25 - noise, 0)), spread, noise))

    def _condition(self, level: float, variance: float, shape: FloatArray, seen: FloatArray) -> tuple[float, float]:
        """Level and variance of a day given some of its counts."""
        known = ~np.isnan(seen)
        expected = np.exp(level) * shape[known]
        noise = TEMPER * self.dispersion[known] * np.maximum(poisson_root_variance(expected), 0.02)
        slope = root(expected) / 2
        precision = 1 / max(variance, 1e-9) + (slope**2 / noise).sum()
        shift = (slope * (root(seen[known]) - root(expected)) / noise).sum() / precision
        return level + float(shift), float(1 / precision)


def fit(training: Training, steps: int) -> Fitted:
    """Learn from the operating days; under three weeks of them, fall back on the same-weekday mean."""
    if training.short:
        return same_weekday.fit(training, steps)
    regressors = training.regressors("wave", BEND_DAYS)
    calls = np.maximum(training.roots**2 - 0.25, 0)
    total = calls.sum(axis=1)
    level = np.log(np.maximum(total, 0.5))
    effects, residual, weight = _effects(regressors, training, level - level.mean())
    fitted = np.exp(level.mean() + regressors.design(training.dates) @ effects)
    # the log of a small count is below that of its mean
    small = (weight @ total + 1e-9) / (weight @ fitted) if total.mean() < SMALL_DAY else 1.0
    shapes = _shapes(calls, training.weekday, weight)
    expected = shapes[training.weekday] * calls.sum(axis=1, keepdims=True)
    return Structural(
        regressors=regressors,
        last=training.dates[-1],
        mean_level=float(level.mean() + np.log(small)),
        effects=effects,
        shapes=shapes,
        growth=_growth(regressors, training, level - level.mean(), residual, weight, max(steps, LEAST_AHEAD)),
        dispersion=_dispersion(training.calls, expected),
    )


def _effects(regressors: Regressors, training: Training, level: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Effects, leave-one-out residuals and weights of the days: age times bisquare of the residual."""
    design, penalty = regressors.design(training.dates), regressors.penalty
    days, foretold = len(level), regressors.foretold(training.dates)
    age = np.ones(days) if training.yearly else 0.5 ** ((days - 1 - np.arange(days)) / LEVEL_HALF_LIFE)
    weight = age
    for _ in range(2):
        _, residual = ridge(level[:, None], design, penalty, weight)
        weight = age * np.where(foretold, 1.0, _trust(residual[:, 0]))
    effects, residual = ridge(level[:, None], design, penalty, weight)
    return effects[:, 0], residual[:, 0], age * _trust(residual[:, 0])


def _trust(residual: FloatArray) -> FloatArray:
    """Bisquare of how far a day is from what was expected; never quite 0."""
    return np.maximum(np.maximum(1 - (residual / (OUTLIER * scale(residual))) ** 2, 0) ** 2, 1e-3)


def _shapes(calls: FloatArray, weekday: IntArray, weight: FloatArray) -> FloatArray:
    """Share of a day's calls in each column for each weekday, drawn to the mean shape where there are few days."""
    days = len(calls)
    weight = (weight * 0.5 ** ((days - 1 - np.arange(days)) / SHAPE_HALF_LIFE))[:, None]
    every = _share((weight * calls).sum(axis=0))
    shapes = np.tile(every, (7, 1))
    for w in np.unique(weekday):
        rows = weekday == w
        own = _share((weight[rows] * calls[rows]).sum(axis=0))
        shapes[w] = (rows.sum() * own + SHAPE_PRIOR * every) / (rows.sum() + SHAPE_PRIOR)
    return shapes


def _share(calls: FloatArray) -> FloatArray:
    total = calls.sum()
    return calls / total if total > 0 else np.full(len(calls), 1 / len(calls))


def _growth(
    regressors: Regressors, training: Training, level: FloatArray, residual: FloatArray, weight: FloatArray, steps: int
) -> FloatArray:
    """Variance of the level at the next day and what each further day adds, from forecasts of the level after past cuts."""
    limit = WINSOR * scale(residual)
    own = float((weight * np.clip(residual, -limit, limit) ** 2).sum() / weight.sum())
    ahead, errors = [np.zeros(0)], [np.zeros(0)]
    for cut in {int(share * len(level)) for share in CUTS if share * len(level) >= 2 * len(regressors.penalty)}:
        then, after = regressors.seen_from(training.dates[cut - 1]), training.dates[cut : cut + steps]
        effects, _ = ridge(level[:cut, None], then.design(training.dates[:cut]), then.penalty, weight[:cut])
        errors.append(level[cut : cut + steps] - then.design(after) @ effects[:, 0])
        ahead.append(np.array([(day - training.dates[cut]).days for day in after]))
    days, error = np.concatenate(ahead), np.concatenate(errors)
    # the far half by its median: a holiday among the days ahead is no drift of the trend
    far = days > np.median(days) if len(days) else np.zeros(0, dtype=bool)
    if not far.any():
        return np.array([own, 0.0])
    return np.array([own, max(float(scale(error[far])) ** 2 - own, 0.0) / float(days[far].mean())])


def _dispersion(calls: FloatArray, expected: FloatArray) -> FloatArray:
    """Variance of what the shapes leave, relative to Poisson noise, smoothed over the day; at least 0.8."""
    error = root(calls) - root(expected)
    limit = WINSOR * scale(np.nan_to_num(error))
    variance = np.nanmean(np.clip(error, -limit, limit) ** 2, axis=0)
    return np.maximum(smooth(variance) / np.maximum(smooth(poisson_root_variance(expected).mean(axis=0)), 1e-3), 0.8)
