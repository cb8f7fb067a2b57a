"""What has been learnt of queues, and the forecasts that follow from it as the day is seen, without learning again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.calendar import Calendar
from data.model.centre import OpeningHours
from data.model.demand import LEVELS, CallHistory, Forecast
from data.model.driver import Drivers
from data.model.time import DAY_MINUTES, Horizon, TimeGrid
from forecasting.days import DayTable, Training, cells_of, operating_days
from forecasting.features import DayFeatures
from forecasting.methods import Fitted, Forecaster
from forecasting.opening import WeekHours, week_hours
from forecasting.within_day import WithinDay, within_day

HALVING_MINUTES = 60
"""Outside the hours ever seen, the expected calls halve in this time (house choice)."""


@dataclass(frozen=True, eq=False)
class Asked:
    """What is the same for every queue: what is asked for and what is known of the days."""

    calendar: Calendar
    features: DayFeatures
    drivers: Drivers | None
    horizon: Horizon
    minutes: int
    today: date
    opening: Mapping[str, OpeningHours]
    closes_on_holidays: frozenset[str]
    forecaster: Forecaster


@dataclass(frozen=True, eq=False)
class Readied:
    """A queue's days, ready to learn from.

    Parameters
    ----------
    columns : array of int
        Cells of the day that hold any count.
    training : Training
        Operating days by those columns, without what drivers do within a day.
    within : WithinDay or None
        What they do.
    """

    table: DayTable
    hours: WeekHours
    columns: IntArray
    training: Training
    within: WithinDay | None

    @property
    def last(self) -> date:
        """Last day learnt from."""
        return self.training.dates[-1]


def ready(table: DayTable, queue: str, asked: Asked) -> Readied:
    """A queue's operating days."""
    hours = week_hours(table, asked.minutes, asked.opening.get(queue), queue in asked.closes_on_holidays, asked.calendar)
    rows = operating_days(table, hours.mask([asked.today], asked.calendar)[0], asked.today)
    columns = np.flatnonzero((~np.isnan(table.calls[rows])).any(axis=0))
    dates, calls, within = tuple(table.dates[r] for r in rows), table.calls[rows], within_day(table, asked.drivers)
    plain = calls if within is None else calls / within.factors(dates, calls.shape[1])
    return Readied(table, hours, columns, Training(dates, plain[:, columns], asked.features), within)


def steps_ahead(readied: Readied, asked: Asked) -> int:
    """Operating days from the last one learnt from to the end of the horizon, at least 1."""
    return max(1, sum(day > readied.last for day in _service_days(readied, asked)))


def _service_days(readied: Readied, asked: Asked) -> list[date]:
    """Open days of the horizon, and those between the last day learnt from and the horizon, in order."""
    first = min(readied.last + timedelta(days=1), asked.horizon.first)
    dates = [first + timedelta(days=d) for d in range((asked.horizon.last - first).days + 1)]
    return [dates[d] for d in np.flatnonzero(readied.hours.mask(dates, asked.calendar).any(axis=1))]


@dataclass(frozen=True, eq=False)
class LearntQueue:
    """One queue that has learnt.

    Parameters
    ----------
    handle_time_s : array of float, shape (cells,)
        Handle time expected by time of day, seconds.
    """

    readied: Readied
    fitted: Fitted
    handle_time_s: FloatArray
    asked: Asked

    @cached_property
    def is_open(self) -> BoolArray:
        """Open cells of each day of the horizon; shape (days, cells)."""
        return self.readied.hours.mask(self.asked.horizon.dates, self.asked.calendar)

    @cached_property
    def dates(self) -> list[date]:
        """Days that are predicted, in order: those of the horizon and those between the last learnt from and it."""
        return _service_days(self.readied, self.asked)

    def expected(self, seen: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean (days, cells) and quantiles (days, cells, levels) of the horizon given counts of `dates` (dates, cells)."""
        shape = self.is_open.shape
        mean, quantiles = np.zeros(shape), np.zeros((*shape, len(LEVELS)))
        wanted = [d for d in self.dates if self.asked.horizon.first <= d]
        if wanted:
            factors = self._factors
            news = (seen / factors)[:, self.readied.columns]
            news[[d <= self.readied.last for d in self.dates]] = np.nan
            made = self.fitted.predict(self.dates, news)
            keep, rows = len(self.dates) - len(wanted), [self.asked.horizon.index(d) for d in wanted]
            mean[rows] = self._spread_out(made.mean[keep:, :, None])[..., 0] * factors[keep:]
            quantiles[rows] = self._spread_out(made.quantiles[keep:]) * factors[keep:, :, None]
        return mean, quantiles

    @cached_property
    def _factors(self) -> FloatArray:
        """What drivers do within each of `dates`; shape (dates, cells)."""
        cells, within = self.is_open.shape[1], self.readied.within
        return np.ones((len(self.dates), cells)) if within is None else within.factors(self.dates, cells)

    def _spread_out(self, values: FloatArray) -> FloatArray:
        """Values of the columns ever seen laid out over all cells of the day; shape (days, cells, ...).

        A cell never seen lies between its neighbours; outside them all it fades from the nearest.
        """
        columns, cell = self.readied.columns, np.arange(self.is_open.shape[1])
        if len(columns) == len(cell):
            return values
        right = np.minimum(np.searchsorted(columns, cell), len(columns) - 1)
        left = np.maximum(np.searchsorted(columns, cell, "right") - 1, 0)
        gap = np.maximum(columns[right] - columns[left], 1)
        share = np.clip((cell - columns[left]) / gap, 0, 1)
        outside = np.maximum(np.maximum(columns[0] - cell, cell - columns[-1]), 0)
        fade = 0.5 ** (outside * self.asked.minutes / HALVING_MINUTES)
        blend = values[:, left] * (1 - share)[:, None] + values[:, right] * share[:, None]
        return blend * fade[:, None]


@dataclass(frozen=True, eq=False)
class Learnt:
    """Queues that have learnt; a forecast from a later origin of the same days costs under a millisecond a queue.

    Parameters
    ----------
    method : str
        What made it, for people.
    """

    names: tuple[str, ...]
    queues: tuple[LearntQueue, ...]
    asked: Asked
    method: str

    @cached_property
    def grid(self) -> TimeGrid:
        """Grid of the forecast."""
        return TimeGrid(horizon=self.asked.horizon, minutes=self.asked.minutes)

    def forecast(self, history: CallHistory, origin: datetime) -> Forecast:
        """Forecast given what is complete at an origin.

        Parameters
        ----------
        history : CallHistory
            Of the same queues and interval as the one learnt from, perhaps with newer counts; slots that are not complete at
            `origin` are not looked at.
        """
        grid = self.grid
        past = np.arange(grid.size) < grid.slot(origin)
        place = grid.day_of_slot, grid.wall_minute // self.asked.minutes
        shape = (len(self.names), grid.size)
        mean, handle_time, is_open = np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=bool)
        quantiles = np.zeros((*shape, len(LEVELS)))
        for q, (name, queue) in enumerate(zip(self.names, self.queues, strict=True)):
            offered = history.offered[history.queues.index(name)]
            expected, spread = queue.expected(self._seen(queue, history.grid, offered, origin, queue.dates))
            fact = self._seen(queue, history.grid, offered, origin, self.asked.horizon.dates)[place]
            known = past & ~np.isnan(fact)
            is_open[q] = queue.is_open[place]
            mean[q] = np.where(is_open[q], np.where(known, fact, expected[place]), 0)
            quantiles[q] = np.where(is_open[q][:, None], np.where(known[:, None], fact[:, None], spread[place]), 0)
            handle_time[q] = queue.handle_time_s[place[1]]
        return Forecast(self.names, grid, origin, mean, quantiles, handle_time, is_open, self.method)

    def _seen(self, queue: LearntQueue, grid: TimeGrid, offered: FloatArray, origin: datetime, dates: Sequence[date]) -> FloatArray:
        """Counts of days that are complete at the origin; shape (dates, cells), NaN = not known."""
        seen = np.full((len(dates), DAY_MINUTES // self.asked.minutes), np.nan)
        places = np.array([grid.horizon.index(day) for day in dates], dtype=np.int64)
        until = min(grid.horizon.index(origin.astimezone(grid.horizon.start.tzinfo).date()), grid.horizon.days - 1)
        inside = np.flatnonzero((places >= 0) & (places <= until))
        if len(inside):
            days = range(int(places[inside[0]]), int(places[inside[-1]]) + 1)
            usual = queue.readied.table.usual_native
            laid = cells_of(grid, offered, days, self.asked.minutes, usual, grid.slot(origin))
            seen[inside] = laid[places[inside] - days.start]
        return seen
