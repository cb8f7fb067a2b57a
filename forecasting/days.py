"""Call history as a table of local days by cells of the wall clock."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.demand import CallHistory
from data.model.errors import Finding, InvalidData
from data.model.time import DAY_MINUTES, TimeGrid
from forecasting.features import DayFeatures
from forecasting.quantiles import root
from forecasting.regressors import YEAR_NEEDED, Regressors, Trend
from forecasting.robust import fill, ridge
from forecasting.shifts import level_shifts

RECENT_DAYS = 91
"""Days, back from the last one seen, from which the hours of a week are read (house choice)."""

SHORT_WEEKS, FULL_WEEKS = 3, 8
"""Weeks of history under which there is no model of one's own, and under which a small one without month terms (house choice)."""
LEAST_DAYS = 12
"""So many operating days are needed whatever the week looks like."""

SEEN_SHARE = 1 / 3
"""A cell is open at a time of the week if it was seen in this share of the weeks (house choice)."""


@dataclass(frozen=True, eq=False)
class DayTable:
    """One queue's calls by local day and cell.

    Parameters
    ----------
    dates : tuple of date
        Every local day of the history, in order.
    calls : array of float, shape (days, cells)
        NaN = not known or closed. A clock change leaves the skipped cell unknown and averages the repeated one.
    usual_native : array of bool, shape (7, native cells)
        Intervals of the history that are usually seen on each weekday.
    usual : array of bool, shape (7, cells)
        The same for the cells.
    """

    dates: tuple[date, ...]
    calls: FloatArray
    usual_native: BoolArray
    usual: BoolArray

    def row(self, day: date) -> FloatArray:
        """Calls of a day; all NaN outside the history."""
        place = (day - self.dates[0]).days
        return self.calls[place] if 0 <= place < len(self.dates) else np.full(self.calls.shape[1], np.nan)


@dataclass(frozen=True, eq=False)
class Training:
    """What a forecasting method learns from.

    Parameters
    ----------
    dates : tuple of date
        Operating days, in order; at least one.
    calls : array of float, shape (days, columns)
        NaN = not known; every column and every day holds at least one count.
    features : DayFeatures
        Calendar of these days and of those to forecast.
    """

    dates: tuple[date, ...]
    calls: FloatArray
    features: DayFeatures

    @property
    def weeks(self) -> float:
        """Weeks of operating days."""
        return len(self.dates) / len(set(self.weekday.tolist()))

    @property
    def short(self) -> bool:
        """Whether there is too little for a model of one's own."""
        return self.weeks < SHORT_WEEKS or len(self.dates) < LEAST_DAYS

    @property
    def full(self) -> bool:
        """Whether there is enough for months and many curves."""
        return self.weeks >= FULL_WEEKS

    @property
    def yearly(self) -> bool:
        """Whether there is enough for an annual season."""
        return (self.dates[-1] - self.dates[0]).days >= YEAR_NEEDED

    @cached_property
    def weekday(self) -> IntArray:
        """Weekday of each day, Monday = 0."""
        return np.array([day.weekday() for day in self.dates], dtype=np.int64)

    @cached_property
    def roots(self) -> FloatArray:
        """Counts on the root scale, gaps filled; shape (days, columns)."""
        return fill(np.where(np.isnan(self.calls), np.nan, root(self.calls)), self.weekday)

    @cached_property
    def shifts(self) -> tuple[date, ...]:
        """First days of new levels."""
        level = self.roots.mean(axis=1)
        plain = self._regressors("place", (), None)
        _, residual = ridge((level - level.mean())[:, None], plain.design(self.dates), plain.penalty, np.ones(len(level)))
        return level_shifts(self.dates, level, residual[:, 0])

    def regressors(self, month: Literal["place", "wave"], bend_days: int | None) -> Regressors:
        """Regressors for this much history, with the month counted in one of two ways and a trend that may bend so often."""
        trend = None if bend_days is None else Trend(self.dates[0], self.dates[-1], bend_days)
        return self._regressors(month, self.shifts, trend)

    def _regressors(self, month: Literal["place", "wave"], shifts: tuple[date, ...], trend: Trend | None) -> Regressors:
        worked = np.isin(np.arange(7), self.weekday)
        return Regressors(self.features, worked, shifts, month if self.full else "", self.yearly, trend)

    def until(self, days: int) -> "Training":
        """The first days of it: what was known then."""
        known = ~np.isnan(self.calls[:days]).all(axis=0)
        return Training(self.dates[:days], self.calls[:days, known], self.features)


def day_table(history: CallHistory, queue: int, minutes: int) -> DayTable:
    """Table of a queue, its native intervals summed to cells of `minutes`."""
    grid = history.grid
    usual = usual_cells(grid, by_day(grid, history.offered[queue]))
    calls = cells_of(grid, history.offered[queue], range(grid.horizon.days), minutes, usual)
    return DayTable(grid.horizon.dates, calls, usual, np.any(usual.reshape(7, -1, minutes // grid.minutes), axis=2))


def cells_of(
    grid: TimeGrid, values: FloatArray, days: range, minutes: int, usual: BoolArray, until: int | None = None
) -> FloatArray:
    """Calls of consecutive days of a grid in cells of `minutes`; shape (days, cells).

    A cell is unknown if any native interval that is usually seen at that time of the week is missing from it; intervals
    that are never seen then are closed and take nothing away.
    """
    native = by_day(grid, values, days, until)
    known = ~np.isnan(native)
    split = (len(native), DAY_MINUTES // minutes, minutes // grid.minutes)
    weekday = np.array([grid.horizon.dates[d].weekday() for d in days], dtype=np.int64)
    missing = (usual[weekday] & ~known).reshape(split).any(axis=2)
    total = np.nansum(native.reshape(split), axis=2)
    return np.where(missing | ~known.reshape(split).any(axis=2), np.nan, total)


def by_day(grid: TimeGrid, values: FloatArray, days: range | None = None, until: int | None = None) -> FloatArray:
    """Values of slots laid out by local day and wall-clock cell; NaN where a day lacks the cell, the mean where it repeats.

    Parameters
    ----------
    days : range or None
        Consecutive days of the grid; all of them if None.
    until : int or None
        First slot that is not looked at.
    """
    days = range(grid.horizon.days) if days is None else days
    cells = DAY_MINUTES // grid.minutes
    first, last = int(grid.day_slot[days.start]), int(grid.day_slot[days.stop])
    slots = slice(first, last if until is None else min(max(until, first), last))
    place = (grid.day_of_slot[slots] - days.start) * cells + grid.wall_minute[slots] // grid.minutes
    known = ~np.isnan(values[slots])
    total = np.bincount(place[known], values[slots][known], len(days) * cells)
    count = np.bincount(place[known], minlength=len(days) * cells)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return mean.reshape(len(days), cells)


def usual_cells(grid: TimeGrid, native: FloatArray) -> BoolArray:
    """Cells seen in at least a third of the recent weeks at that time of the week; shape (7, cells)."""
    known = ~np.isnan(native)
    days = np.flatnonzero(known.any(axis=1))
    usual = np.zeros((7, native.shape[1]), dtype=bool)
    if not len(days):
        return usual
    first, last = max(int(days[0]), int(days[-1]) - RECENT_DAYS + 1), int(days[-1])
    weekday = np.array([day.weekday() for day in grid.horizon.dates])
    for w in range(7):
        of_weekday = first + np.flatnonzero(weekday[first : last + 1] == w)
        if len(of_weekday):
            usual[w] = known[of_weekday].mean(axis=0) >= SEEN_SHARE
    return usual


def operating_days(table: DayTable, open_today: BoolArray, today: date) -> IntArray:
    """Rows to learn from: past days at least half known, and today if every open cell is known.

    Without any such day, every day with at least one count.
    """
    known = ~np.isnan(table.calls)
    usual = table.usual.sum(axis=1)
    typical = float(np.median(usual[usual > 0])) if usual.any() else 1.0
    expected = np.where(usual > 0, usual, typical)[[day.weekday() for day in table.dates]]
    past = np.array([day < today for day in table.dates])
    half = known.any(axis=1) & (known.sum(axis=1) >= expected / 2)
    done = np.array([day == today for day in table.dates]) & (known | ~open_today).all(axis=1)
    rows = np.flatnonzero(half & (past | done))
    return rows if len(rows) else np.flatnonzero(known.any(axis=1))


def check(history: CallHistory, zone: str, minutes: int) -> None:
    """Raise `InvalidData` with everything that makes the history unfit for a forecast at `minutes` in `zone`."""
    findings = [
        Finding(
            "calls.csv",
            None,
            "queue",
            f"no known count of {queue!r} before the origin",
            "at least one",
            "choose a later origin, add calls or drop the queue",
        )
        for q, queue in enumerate(history.queues)
        if np.isnan(history.offered[q]).all()
    ]
    native = history.grid.minutes
    if minutes < 1 or minutes % native or DAY_MINUTES % minutes:
        expected = f"a multiple of the {native} minutes of the history that divides a day"
        fix = f"set --interval, or interval_minutes in centre.toml, to {native}"
        findings.append(Finding("forecast", None, "interval", f"{minutes} minutes", expected, fix))
    if zone != history.grid.horizon.zone:
        findings.append(Finding("forecast", None, "zone", zone, f"the zone of the history, {history.grid.horizon.zone}"))
    if findings:
        raise InvalidData(findings)
