"""What the calendar says of each day: whose weekday it resembles, its place in the month, holidays near it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.calendar import Calendar, DayType

OWN, FIRST_BACK, OFF, MAKEUP = range(4)
"""Whose weekday a day resembles: its own, the first of a week, a weekend day's, that of a mean working day."""

BUMPS = ((0, 0.6), (1, 0.6), (2.5, 1.0), (5, 1.5))
"""Centre and width, working days after the start of a month; the first three also serve before its end."""


@dataclass(frozen=True, eq=False)
class DayFeatures:
    """Calendar features of consecutive days.

    Parameters
    ----------
    first : date
        Day of row 0.
    weekday : array of int, shape (days,)
        Monday = 0.
    role : array of int, shape (days,)
        OWN, FIRST_BACK, OFF or MAKEUP.
    month : array of float, shape (days, 8)
        Bumps over the place in the month.
    flags : array of float, shape (days, 6)
        First day after a closure, day before one, second day after one; holiday, swapped rest day, make-up day.
    weekend : tuple of int
        Weekdays of rest.
    """

    first: date
    weekday: IntArray
    role: IntArray
    month: FloatArray
    flags: FloatArray
    weekend: tuple[int, ...]

    def rows(self, dates: Sequence[date]) -> IntArray:
        """Row of each date."""
        return np.array([(day - self.first).days for day in dates], dtype=np.int64)

    def profile(self, rows: IntArray, worked: BoolArray) -> FloatArray:
        """Share of each weekday in what a day resembles; shape (rows, 7).

        A Tuesday after a Monday holiday resembles a Monday; a holiday on which the queue is open resembles the last day of
        the weekend if the queue works then; a make-up working day resembles the mean working day.

        Parameters
        ----------
        worked : array of bool, shape (7,)
            Weekdays on which the queue has history.
        """
        one = np.eye(7)
        working = np.array([w not in self.weekend for w in range(7)])
        starts = [w for w in range(7) if working[w] and not working[w - 1]]
        ends = [w for w in range(7) if not working[w] and working[(w + 1) % 7]]
        share = one[self.weekday[rows]]
        role = self.role[rows]
        if starts and worked[starts[0]]:
            share[role == FIRST_BACK] = one[starts[0]]
        if ends and worked[ends[0]]:
            share[role == OFF] = one[ends[0]]
        if (working & worked).any():
            share[role == MAKEUP] = (working & worked) / (working & worked).sum()
        return share


def day_features(calendar: Calendar, first: date, last: date) -> DayFeatures:
    """Features of every day from `first` to `last`.

    References
    ----------
    House choice, measured on call counts of a bank (fpp3 ``bank_calls``).
    """
    start, end = first - timedelta(days=45), last + timedelta(days=45)
    days = [start + timedelta(days=k) for k in range((end - start).days + 1)]
    kinds = np.array([calendar.day_type(day).value for day in days])
    weekday = np.array([day.weekday() for day in days], dtype=np.int64)
    work = (kinds == DayType.WORK) | (kinds == DayType.MAKEUP)
    nominal = work | ~np.isin(weekday, calendar.weekend)
    closed = nominal & ~work
    after, second, before = _beside(nominal, closed, work)
    role = np.select([after, kinds == DayType.MAKEUP, closed | (kinds == DayType.HOLIDAY)], [FIRST_BACK, MAKEUP, OFF], OWN)
    swapped = closed & (kinds == DayType.REST)
    flags = np.column_stack([after, before, second, kinds == DayType.HOLIDAY, swapped, kinds == DayType.MAKEUP]).astype(float)
    inside = slice((first - start).days, (last - start).days + 1)
    month = _month(days, work)
    return DayFeatures(first, weekday[inside], role[inside], month[inside], flags[inside], calendar.weekend)


def _beside(nominal: BoolArray, closed: BoolArray, work: BoolArray) -> tuple[BoolArray, BoolArray, BoolArray]:
    """Working days just after a closure, second after one, and just before one; ordinary weekends are skipped over."""
    index = np.arange(len(nominal))
    upto = np.maximum.accumulate(np.where(nominal, index, 0))
    previous = np.concatenate([[0], upto[:-1]])
    since = np.minimum.accumulate(np.where(nominal, index, len(index) - 1)[::-1])[::-1]
    following = np.concatenate([since[1:], [len(index) - 1]])
    after = work & closed[previous]
    return after, work & ~after & closed[previous[previous]], work & closed[following]


def _month(days: Sequence[date], work: BoolArray) -> FloatArray:
    """Bumps over working days since the start of the month, until its end, and over the middle of the month."""
    month = np.array([day.year * 12 + day.month for day in days])
    total = np.concatenate([[0], np.cumsum(work)])
    opens, closes = np.searchsorted(month, month, "left"), np.searchsorted(month, month, "right")
    past = total[:-1] - total[opens]
    left = total[closes] - total[1:]
    middle = np.array([day.day for day in days]) - 15.5
    columns = [_bump(past - at, width) for at, width in BUMPS]
    columns += [_bump(left - at, width) for at, width in BUMPS[:3]]
    return np.column_stack([*columns, _bump(middle, 1.0)])


def _bump(distance: FloatArray, width: float) -> FloatArray:
    return np.exp(-0.5 * (distance / width) ** 2)
