"""Poisson regression on weekday x time-of-day spline, trend and calendar, with a day effect of AR(1)."""

import numpy as np
from scipy.interpolate import BSpline

from benchmarks.forecasting.peers._shared import YEAR_DAYS, calendar_columns, year_waves
from benchmarks.forecasting.protocol import Context
from data.model.base import FloatArray
from forecasting.methods import DayForecast
from forecasting.quantiles import NORMAL

TITLE, SLOW, DRIVERS = "Poisson GLM + calendar", False, True
KNOTS, ROUNDS, RIDGE, YEAR_PAIRS = 16, 8, 1e-3, 3
SLOWEST, SLOWEST_DAILY = 0.95, 0.99
"""Largest autoregression of the day effect; without a trend it carries the level."""


def predict(context: Context) -> DayForecast:
    """Fit, carry the day effect on, and shrink it towards what is seen of today; quantiles on the root scale."""
    design, calls = _design(context), context.calls
    days, columns, ahead = len(context.dates), context.columns, len(context.ahead)
    beta = _fitted(design[: days * columns], calls.ravel())
    expected = np.exp(design @ beta).reshape(days + ahead, columns)
    fit, mean = expected[:days], expected[days:]
    effect = np.log(np.maximum(calls.sum(axis=1), 0.5) / fit.sum(axis=1))
    slowest = SLOWEST_DAILY if context.daily else SLOWEST
    decay = float(np.clip((effect[1:] * effect[:-1]).sum() / (effect[:-1] ** 2).sum(), 0, slowest))
    steps = np.arange(ahead)
    variance = (effect[1:] - decay * effect[:-1]).var() * np.cumsum(decay ** (2 * steps))
    mean = mean * np.exp(effect[-1] * decay ** (steps + 1))[:, None]
    dispersion = float(np.mean((calls - fit * np.exp(effect)[:, None]) ** 2 / fit))
    if context.daily:  # a day effect leaves one count a day no error of its own: all of it is the effect's
        dispersion = 1.0
    if len(context.seen):
        so_far = mean[0, : len(context.seen)].sum()
        gain = variance[0] / (variance[0] + dispersion / so_far + 0.01**2)
        mean[0] *= np.exp(gain * np.log(context.seen.sum() / so_far))
        variance[0] *= 1 - gain
    centre = np.sqrt(mean + 0.25)
    deviation = np.sqrt(dispersion * mean + variance[:, None] * mean**2) / (2 * centre)
    return DayForecast(mean, np.maximum(centre[..., None] + deviation[..., None] * NORMAL, 0) ** 2 - 0.25)


def _design(context: Context) -> FloatArray:
    """Regressors of every interval learnt from, then of every one ahead."""
    days = context.dates + context.ahead
    shape = np.kron((context.weekday[:, None] == np.array(context.week)).astype(float), _spline(context.columns))
    cal = calendar_columns(context, days)
    place = [cal.worked == 0, cal.worked == 1, (cal.worked == 2) | (cal.worked == 3), cal.to_work == 0, cal.day == 15]
    by_day = np.column_stack([*_trend(context), *place, cal.after, cal.holiday, cal.eve]).astype(float)
    blocks = [by_day, _standardised(context.drivers)]
    if context.daily and (context.dates[-1] - context.dates[0]).days >= YEAR_DAYS:
        blocks.append(year_waves(days, YEAR_PAIRS))
    return np.hstack([shape, np.repeat(np.hstack(blocks), context.columns, axis=0)])


def _trend(context: Context) -> list[FloatArray]:
    """A line with one break, flat beyond the history, where the level is the day effect's; none beside an annual season."""
    age = np.minimum(np.arange(len(context.weekday)), len(context.dates)) / 100
    return [] if context.daily else [age, np.maximum(age - 0.5, 0)]


def _spline(columns: int) -> FloatArray:
    """Cubic B-splines over the day; shape (columns, functions)."""
    functions = min(KNOTS, columns // 2)
    if functions < 4:
        return np.ones((columns, 1))
    inner = np.linspace(0, columns - 1, functions - 2)
    knots = np.concatenate([[0.0] * 3, inner, [columns - 1.0] * 3])
    return BSpline.design_matrix(np.arange(columns, dtype=float), knots, 3).toarray()


def _standardised(drivers: FloatArray) -> FloatArray:
    spread = drivers.std(axis=0)
    return (drivers - drivers.mean(axis=0)) / np.where(spread > 0, spread, 1)


def _fitted(design: FloatArray, calls: FloatArray) -> FloatArray:
    """Coefficients by reweighted least squares, with a small ridge for weekday and calendar cells that never occurred."""
    beta = np.linalg.lstsq(design, np.log(calls + 0.5), rcond=None)[0]
    for _ in range(ROUNDS):
        line = np.clip(design @ beta, -10, 14)
        mean = np.exp(line)
        weighted = design.T * mean
        ridge = RIDGE * mean.mean() * np.eye(design.shape[1])
        beta = np.linalg.solve(weighted @ design + ridge, weighted @ (line + (calls - mean) / mean))
    return beta
