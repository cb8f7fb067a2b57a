"""Call history as a table of local days by cells of the wall clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.demand import CallHistory
from data.model.errors import Finding, InvalidData
from data.model.time import DAY_MINUTES, TimeGrid
from forecasting.features import DayFeatures

RECENT_DAYS = 91
"""Days, back from the last one seen, from which the hours of a week are read (house choice)."""

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
    usual : array of bool, shape (7, cells)
        Cells that are usually seen on each weekday.
    """

    dates: tuple[date, ...]
    calls: FloatArray
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
        per_week = len({day.weekday() for day in self.dates})
        return len(self.dates) / per_week


def day_table(history: CallHistory, queue: int, minutes: int) -> DayTable:
    """Table of a queue, its native intervals summed to cells of `minutes`.

    A cell is unknown if any native interval that is usually seen at that time of the week is missing from it; intervals
    that are never seen then are closed and take nothing away.
    """
    grid = history.grid
    native = by_day(grid, history.offered[queue])
    usual = usual_cells(grid, native)
    known = ~np.isnan(native)
    parts = minutes // grid.minutes
    split = (len(native), DAY_MINUTES // minutes, parts)
    weekday = np.array([day.weekday() for day in grid.horizon.dates])
    missing = (usual[weekday] & ~known).reshape(split).any(axis=2)
    total = np.nansum(native.reshape(split), axis=2)
    calls = np.where(missing | ~known.reshape(split).any(axis=2), np.nan, total)
    return DayTable(grid.horizon.dates, calls, np.any(usual.reshape(7, -1, parts), axis=2))


def by_day(grid: TimeGrid, values: FloatArray) -> FloatArray:
    """Values of slots laid out by local day and wall-clock cell; NaN where a day lacks the cell, the mean where it repeats."""
    cells = DAY_MINUTES // grid.minutes
    place = grid.day_of_slot * cells + grid.wall_minute // grid.minutes
    known = ~np.isnan(values)
    size = grid.horizon.days * cells
    total = np.bincount(place[known], values[known], size)
    count = np.bincount(place[known], minlength=size)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return mean.reshape(grid.horizon.days, cells)


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


def known_days(dates: Sequence[date], table: DayTable) -> FloatArray:
    """Counts known of each date; shape (dates, cells), NaN = not known."""
    return np.array([table.row(day) for day in dates]).reshape(len(dates), table.calls.shape[1])
