"""What is forecast from what: feeds, tracks, jobs, and all that a method may see."""

import importlib
import pkgutil
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from data.model.base import FloatArray, IntArray
from data.model.calendar import Calendar, DayType
from data.model.centre import OpeningHours
from data.model.demand import CallHistory
from data.model.driver import Drivers
from data.model.errors import InvalidData
from data.model.time import DAY_MINUTES, Horizon, TimeGrid, local
from forecasting.methods import DayForecast

CUTS = (10 * 60, 12 * 60, 14 * 60)
"""Wall-clock minutes of the day before which counts are known on the intraday track."""


class Track(NamedTuple):
    """Operating days ahead, and from one origin to the next; the rest of a day has no days ahead."""

    ahead: int
    every: int


TRACKS = {"weekly": Track(5, 5), "monthly": Track(20, 5), "intraday": Track(0, 1), "daily": Track(28, 7)}


class Job(NamedTuple):
    """One forecast: its first row of the feed, how many days, and how many intervals of the first are seen."""

    row: int
    days: int
    seen: int = 0


@dataclass(frozen=True, eq=False)
class Feed:
    """One queue: its operating days by intervals, and what is known beside the counts.

    Parameters
    ----------
    minutes : int
        Length of an interval that is forecast.
    opens : int
        Wall-clock minute at which the first column begins.
    dates : tuple of date
        Operating days with every interval known, in order; others are absent and never scored.
    calls : array of float, shape (days, columns)
    history : CallHistory
        The same days at the interval of the source.
    blocks : mapping of str to range
        Rows that are scored.
    drivers : Drivers or None
        Columns whose values are known for the days to forecast.
    """

    name: str
    title: str
    minutes: int
    opens: int
    dates: tuple[date, ...]
    calls: FloatArray
    history: CallHistory
    calendar: Calendar
    opening: OpeningHours
    tracks: tuple[str, ...]
    blocks: Mapping[str, range]
    drivers: Drivers | None = None

    @property
    def zone(self) -> str:
        """Zone of the source."""
        return self.history.grid.horizon.zone

    def origin(self, job: Job) -> datetime:
        """When a forecast is made."""
        at = self.opens + job.seen * self.minutes if job.seen else 0
        return local(self.dates[job.row], time(at // 60, at % 60), self.zone)


@dataclass(frozen=True, eq=False)
class Context:
    """What a peer sees of a feed at an origin.

    Parameters
    ----------
    dates, ahead : tuple of date
        Operating days learnt from, and to forecast.
    calls : array of float, shape (dates, columns)
        No gaps.
    seen : array of float, shape (columns seen,)
        Counts of the first day ahead before the cut; empty at the start of a day.
    opens, minutes : int
        Wall-clock minute of the first column; length of an interval.
    holidays : mapping of date to str
        Public holidays by name, past and to come.
    drivers : array of float, shape (dates and ahead, drivers)
        No gaps: what is not known of the past is the mean of what is; no columns without drivers.
    """

    dates: tuple[date, ...]
    ahead: tuple[date, ...]
    calls: FloatArray
    seen: FloatArray
    opens: int
    minutes: int
    holidays: Mapping[date, str]
    drivers: FloatArray

    @cached_property
    def week(self) -> tuple[int, ...]:
        """Weekdays on which the queue works, Monday = 0."""
        return tuple(sorted({day.weekday() for day in self.dates}))

    @property
    def columns(self) -> int:
        """Intervals of a day."""
        return self.calls.shape[1]

    @property
    def daily(self) -> bool:
        """Whether a day is one interval."""
        return self.minutes == DAY_MINUTES

    @cached_property
    def weekday(self) -> IntArray:
        """Weekday of each day learnt from and to forecast."""
        return np.array([day.weekday() for day in self.dates + self.ahead])

    def stamps(self, days: Collection[date]) -> list[datetime]:
        """Wall-clock start of each interval of the days."""
        span = [timedelta(minutes=self.opens + k * self.minutes) for k in range(self.columns)]
        return [datetime.combine(day, time(0)) + step for day in days for step in span]

    @cached_property
    def series(self) -> "Series":
        """The counts as one series without gaps, for methods that need equal steps.

        An absent day of the week's is filled from the same weekday a week before, so that the weekly period keeps its phase.
        """
        every = [self.dates[0] + timedelta(days=d) for d in range((self.ahead[-1] - self.dates[0]).days + 1)]
        days = [day for day in every if day.weekday() in self.week]
        known, week = dict(zip(self.dates, self.calls, strict=True)), len(self.week)
        table = np.array([known.get(day, np.full(self.columns, np.nan)) for day in days if day <= self.dates[-1]])
        for i in np.flatnonzero(np.isnan(table[:, 0])):
            table[i] = table[i - week] if i >= week else table[i + week]
        later = days[len(table) :]
        rows = np.array([later.index(day) for day in self.ahead])
        return Series(np.append(table.ravel(), self.seen), rows, len(later), self.columns, len(self.seen), week)


@dataclass(frozen=True, eq=False)
class Series:
    """Counts at equal steps, and how steps ahead become days.

    Parameters
    ----------
    values : array of float, shape (steps learnt from,)
    """

    values: FloatArray
    rows: IntArray
    later: int
    columns: int
    seen: int
    week: int

    @property
    def ahead(self) -> int:
        """Steps to forecast."""
        return self.later * self.columns - self.seen

    @property
    def periods(self) -> list[int]:
        """Steps of a day, if it has more than one, and of a week."""
        return [steps for steps in (self.columns, self.columns * self.week) if steps > 1]

    def by_day(self, path: FloatArray) -> FloatArray:
        """Values of the steps ahead, shape (ahead, ...), as (days ahead, columns, ...); NaN where a count is seen."""
        full = np.concatenate([np.full((self.seen, *path.shape[1:]), np.nan), path])
        return full.reshape(self.later, self.columns, *path.shape[1:])[self.rows]


Prepared = Callable[[], DayForecast]


@dataclass(frozen=True, eq=False)
class Method:
    """A forecasting method of ours or a peer.

    Parameters
    ----------
    slow : bool
        Whether the intraday track is run on a part of the days only.
    drivers : bool
        Whether it can take drivers.
    prepare : callable
        Lays out what the method sees; what it returns is called under the clock.
    """

    name: str
    title: str
    ours: bool
    slow: bool
    drivers: bool
    prepare: Callable[[Feed, Job], Prepared]


def discovered(path: Collection[str]) -> list[str]:
    """Names of the modules of a package; those that begin with an underscore are shared parts."""
    return sorted(found.name for found in pkgutil.iter_modules(path) if not found.name.startswith("_"))


def module_of(package: str, name: str) -> Any:
    """A module of a package."""
    return importlib.import_module(f"{package}.{name}")


def jobs(feed: Feed, track: str, block: range, stride: int = 1) -> list[Job]:
    """Forecasts of a track; `stride` takes every n-th day of the intraday track."""
    ahead, every = TRACKS[track]
    if not ahead:
        seen = [(cut - feed.opens) // feed.minutes for cut in CUTS]
        return [Job(row, 1, count) for row in block[::stride] for count in seen]
    return [Job(row, ahead) for row in range(block.start, block.stop - ahead + 1, every)]


def context(feed: Feed, job: Job) -> Context:
    """What a peer may see for a job."""
    past, ahead = feed.dates[: job.row], feed.dates[job.row : job.row + job.days]
    holidays = {day: special.name for day, special in feed.calendar.table.items() if special.type is DayType.HOLIDAY}
    drivers = _drivers(feed.drivers, past, ahead)
    seen = feed.calls[job.row, : job.seen]
    return Context(past, ahead, feed.calls[: job.row], seen, feed.opens, feed.minutes, holidays, drivers)


def _drivers(drivers: Drivers | None, past: Collection[date], ahead: Collection[date]) -> FloatArray:
    if drivers is None:
        return np.zeros((len(past) + len(ahead), 0))
    known = {drivers.first + timedelta(days=d): row for d, row in enumerate(drivers.daily)}
    rows = np.array([known.get(day, np.full(len(drivers.names), np.nan)) for day in (*past, *ahead)])
    return np.where(np.isnan(rows), np.nanmean(rows[: len(past)], axis=0), rows)


def history_of(zone: str, dates: Collection[date], calls: FloatArray, opens: int, minutes: int) -> CallHistory:
    """Counts of some days as a call history; what lies between them is not known.

    Parameters
    ----------
    calls : array of float, shape (dates, columns)
    opens : int
        Wall-clock minute of the first column.
    """
    days = list(dates)
    grid = TimeGrid(horizon=Horizon(zone=zone, first=days[0], days=(days[-1] - days[0]).days + 1), minutes=minutes)
    offered = np.full((1, grid.size), np.nan)
    for day, row in zip(days, calls, strict=True):
        start = grid.slot(local(day, time(opens // 60, opens % 60), zone))
        offered[0, start : start + len(row)] = row
    return CallHistory(("calls",), grid, offered, np.full_like(offered, np.nan))


def summed(calls: FloatArray, parts: int) -> FloatArray:
    """Counts of `parts` columns added up; columns left over at the end of the day are dropped."""
    whole = calls.shape[1] // parts * parts
    return calls[:, :whole].reshape(len(calls), -1, parts).sum(axis=2)


def last_days(days: int, count: int) -> range:
    """The last rows."""
    return range(days - count, days)


def feeds(folder: Path, names: Collection[str], minutes: Collection[int]) -> Iterator[Feed | str]:
    """Feeds of the data sets of those names, or why there is none."""
    package = f"{__package__}.datasets"
    for name in names:
        try:
            yield from module_of(package, name).feeds(folder, minutes)
        except (InvalidData, FileNotFoundError) as error:
            yield f"{name} is left out: {error}"
