"""What several peers share: quantiles about a mean, the rescaling of a day under way, calendar columns."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from benchmarks.forecasting.protocol import Context
from data.model.base import BoolArray, FloatArray, IntArray
from data.model.demand import LEVELS
from forecasting.methods import DayForecast
from forecasting.quantiles import NORMAL

YEAR_DAYS = 365.25


def gaussian(mean: FloatArray, deviation: FloatArray) -> DayForecast:
    """Normal quantiles about a mean; both of shape (days, columns)."""
    return DayForecast(mean, mean[..., None] + deviation[..., None] * NORMAL)


def rescaled(context: Context, made: DayForecast) -> DayForecast:
    """The usual reforecast: the rest of the day times the calls so far over those forecast so far."""
    if not len(context.seen):
        return made
    factor = context.seen.sum() / made.mean[0, : len(context.seen)].sum()
    return DayForecast(made.mean * factor, made.quantiles * factor)


def same_weekday(context: Context, weeks: int) -> DayForecast:
    """Mean of the last weeks' same weekdays; quantiles of the errors such means made, interval by interval."""
    past, weekday = context.weekday[: len(context.dates)], context.weekday
    errors = [context.calls[i] - context.calls[before].mean(axis=0) for i, before in _before(past, weeks)]
    mean = np.array([context.calls[past == w][-weeks:].mean(axis=0) for w in weekday[len(past) :]])
    offset = np.quantile(np.array(errors), LEVELS, axis=0).T
    return rescaled(context, DayForecast(mean, mean[..., None] + offset))


def _before(weekday: IntArray, weeks: int) -> list[tuple[int, IntArray]]:
    """Each day with the same weekdays of the weeks before it, where there are so many."""
    found = [(i, np.flatnonzero(weekday[:i] == weekday[i])[-weeks:]) for i in range(len(weekday))]
    return [(i, before) for i, before in found if len(before) == weeks]


class CalendarColumns(NamedTuple):
    """What the calendar says of each day; all of shape (days,).

    Day of the month and days left in it, the same in working days, whether the last working day was a holiday, whether this
    one is or the next one.
    """

    day: IntArray
    left: IntArray
    worked: IntArray
    to_work: IntArray
    after: BoolArray
    holiday: BoolArray
    eve: BoolArray


def calendar_columns(context: Context, days: Sequence[date]) -> CalendarColumns:
    """Calendar of some days, working days being those of the queue's week."""
    mask = [w in context.week for w in range(7)]
    start = np.array([d.replace(day=1) for d in days], dtype="datetime64[D]")
    here = np.array(days, dtype="datetime64[D]")
    following = (here.astype("datetime64[M]") + 1).astype("datetime64[D]")
    beside = [np.array([_beside(d, step, context) in context.holidays for d in days]) for step in (-1, 1)]
    return CalendarColumns(
        day=(here - start).astype(int) + 1,
        left=(following - here).astype(int) - 1,
        worked=np.busday_count(start, here, weekmask=mask),
        to_work=np.busday_count(here + 1, following, weekmask=mask),
        after=beside[0],
        holiday=np.array([d in context.holidays for d in days]),
        eve=beside[1],
    )


def _beside(day: date, step: int, context: Context) -> date:
    """The day of the queue's week before or after."""
    near = day + timedelta(days=step)
    while near.weekday() not in context.week:
        near += timedelta(days=step)
    return near


def year_waves(days: Sequence[date], pairs: int) -> FloatArray:
    """Sines and cosines over the year; shape (days, 2 * pairs)."""
    turn = 2 * np.pi * np.array([d.toordinal() for d in days])[:, None] * np.arange(1, pairs + 1) / YEAR_DAYS
    return np.hstack([np.sin(turn), np.cos(turn)])
