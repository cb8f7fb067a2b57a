"""Gradient-boosted trees on lags and, if wanted, the calendar: what is learnt is the ratio to the same-weekday mean."""

from typing import Any

import lightgbm
import numpy as np

from benchmarks.forecasting.peers._shared import calendar_columns
from benchmarks.forecasting.protocol import Context
from data.model.base import BoolArray, FloatArray
from data.model.demand import LEVELS
from forecasting.methods import DayForecast

SETTING: dict[str, Any] = {
    "objective": "regression",
    "learning_rate": 0.05,
    "num_leaves": 31,
    "min_data_in_leaf": 100,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "feature_fraction": 0.7,
    "num_threads": 1,
    "seed": 1,
    "verbose": -1,
}
DAILY = {"min_data_in_leaf": 10}
"""A daily feed has a hundredth of the rows."""
TREES, HELD_BACK, WEEKS, LATE, LEAST = 200, 20, 4, 12, 0.05
"""Trees; days whose errors give the quantiles; weeks of the base; intervals of the ratio of late; least base, calls."""


def predict(context: Context, calendar: bool) -> DayForecast:
    """One model for each week ahead, so that near days have near lags."""
    ahead, week = len(context.ahead), len(context.week)
    parts = [_part(context, calendar, range(first, min(first + week, ahead))) for first in range(0, ahead, week)]
    return DayForecast(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def _part(context: Context, calendar: bool, ahead: range) -> tuple[FloatArray, FloatArray]:
    """Mean and quantiles of some days ahead: learnt without the last days for the spread of errors, with all for the mean."""
    days, columns, seen = len(context.dates), context.columns, len(context.seen)
    base, lags = _lags(context, ahead.stop)
    features = np.column_stack([*lags, *_today(context, base), *_calendar(context, calendar)])
    day, place = np.divmod(np.arange(base.size), columns)
    flat = np.maximum(base.ravel(), LEAST)
    target = np.append(context.calls.ravel(), np.zeros(base.size - context.calls.size)) / flat
    usable = ~np.isnan(base).any(axis=1)[day] & (place >= seen) & (day < days)
    held, wanted = usable & (day >= days - HELD_BACK), (day >= days + ahead.start) & (day < days + ahead.stop)
    setting = SETTING | (DAILY if context.daily else {})
    early = _boosted(setting, features, target, flat, usable & ~held)
    error = (target[held] - early.predict(features[held])) * np.sqrt(flat[held])
    mean = _boosted(setting, features, target, flat, usable).predict(features[wanted]) * flat[wanted]
    # errors are taken to grow with the root of the base
    quantiles = mean[:, None] + np.quantile(error, LEVELS) * np.sqrt(flat[wanted])[:, None]
    shape = len(ahead), columns
    return mean.reshape(shape), quantiles.reshape(*shape, -1)


def _boosted(setting: dict[str, Any], x: FloatArray, y: FloatArray, weight: FloatArray, rows: BoolArray) -> lightgbm.Booster:
    return lightgbm.train(setting, lightgbm.Dataset(x[rows], y[rows], weight=weight[rows]), TREES)


def _lags(context: Context, lead: int) -> tuple[FloatArray, list[FloatArray]]:
    """Same-weekday mean of each day and interval, shape (days, columns), and columns made of days at least `lead` back.

    A driver counts as a ratio to its mean over the days of the base.
    """
    calls, weekday, columns, drivers = context.calls, context.weekday, context.columns, context.drivers
    total, rows = calls.mean(axis=1), len(weekday)
    week, base, recent = (np.full((rows, columns), np.nan) for _ in range(3))
    levels, driven = np.full((rows, 3), np.nan), np.full((rows, drivers.shape[1]), np.nan)
    for i in range(lead + 5, len(calls) + lead):
        end = i - lead + 1
        same = np.flatnonzero(weekday[:end] == weekday[i])[-WEEKS:]
        if len(same):
            week[i], base[i] = calls[same[-1]], calls[same].mean(axis=0)
            driven[i] = drivers[i] / np.maximum(drivers[same].mean(axis=0), 1)
        recent[i] = calls[end - 5 : end].mean(axis=0)
        levels[i] = total[end - 1], total[end - 5 : end].mean(), total[max(0, end - 20) : end].mean()
    place = np.tile(np.arange(columns), rows)
    return base, [week.ravel(), base.ravel(), recent.ravel(), place, np.repeat(np.hstack([levels, driven]), columns, axis=0)]


def _today(context: Context, base: FloatArray) -> list[FloatArray]:
    """Calls so far over the base so far: of the whole day and of its last hour or so."""
    count = len(context.seen)
    if not count:
        return []
    known = np.vstack([context.calls[:, :count], context.seen])
    spans = [slice(0, count), slice(max(0, count - LATE), count)]
    ratios = [known[:, span].sum(axis=1) / np.maximum(base[:, span].sum(axis=1), LEAST) for span in spans]
    return [np.repeat(ratio, context.columns) for ratio in ratios]


def _calendar(context: Context, calendar: bool) -> list[FloatArray]:
    """Weekday; with the calendar also the place in month and, on a daily feed, year, holidays near, drivers."""
    days = context.dates + context.ahead
    parts = [context.weekday]
    if calendar:
        parts += [*calendar_columns(context, days), *context.drivers.T]
        parts += [np.array([d.timetuple().tm_yday for d in days])] if context.daily else []
    return [np.repeat(np.asarray(part, dtype=float), context.columns) for part in parts]
