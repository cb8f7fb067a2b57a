"""What is known of each day beforehand: whose weekday it resembles, its place in month and year, holidays near it, drivers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.calendar import Calendar, DayType
from data.model.driver import Drivers

OWN, FIRST_BACK, OFF, MAKEUP = range(4)
"""Whose weekday a day resembles: its own, the first of a week, a weekend day's, that of a mean working day."""

BUMPS = ((0, 0.6), (1, 0.6), (2.5, 1.0), (5, 1.5))
"""Centre and width, working days after the start of a month; the first three also serve before its end."""

MONTH_DAYS, YEAR_DAYS = 30.4375, 365.25
MONTH_WAVES, YEAR_WAVES = 3, 4
"""Sine and cosine pairs over a month and over a year (house choice)."""

LONG_CLOSURE, NEAR, FAR = 5, 2, 7
"""A closure of five days or more (Spring Festival, National Day) is felt a week around it, a shorter one two days (house)."""


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
    month_waves, year_waves : array of float, shape (days, 2 pairs)
        Sines and cosines over the month and over the year.
    flags : array of float, shape (days, 6)
        First day after a closure, day before one, second day after one; holiday, swapped rest day, make-up day.
    named, festivals : array of float, shape (days, places)
        One column for each place in or around a named holiday (its eve, its third day, the second day after) that occurs both
        before and after `asked`; of a short closure, and of a long one. Festivals of the moon are met at the same place
        whatever their date.
    drivers : array of float, shape (days, drivers)
        Standardised; a value that is not known is the mean, 0.
    weekend : tuple of int
        Weekdays of rest.
    """

    first: date
    weekday: IntArray
    role: IntArray
    month: FloatArray
    month_waves: FloatArray
    year_waves: FloatArray
    flags: FloatArray
    named: FloatArray
    festivals: FloatArray
    drivers: FloatArray
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


def _waves(dates: Sequence[date], period: float, pairs: int) -> FloatArray:
    """Sines and cosines of a period in days; shape (dates, 2 pairs)."""
    turn = 2 * np.pi * np.array([day.toordinal() for day in dates]) / period
    return np.column_stack([wave(k * turn) for k in range(1, pairs + 1) for wave in (np.sin, np.cos)])


def day_features(
    calendar: Calendar, first: date, last: date, *, asked: date | None = None, drivers: Drivers | None = None
) -> DayFeatures:
    """Features of every day from `first` to `last`.

    Parameters
    ----------
    asked : date or None
        First day to forecast; only what occurs on both sides of it can be learnt and used. None = no named holidays.
    drivers : Drivers or None

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
    places = _places(calendar, days, work)[inside]
    split = len(places) if asked is None else (asked - first).days
    return DayFeatures(
        first,
        weekday[inside],
        role[inside],
        month[inside],
        _waves(days[inside], MONTH_DAYS, MONTH_WAVES),
        _waves(days[inside], YEAR_DAYS, YEAR_WAVES),
        flags[inside],
        _named(places, split, long=False),
        _named(places, split, long=True),
        np.zeros((len(places), 0)) if drivers is None else drivers.by_day(first, len(places)),
        calendar.weekend,
    )


def _places(calendar: Calendar, days: Sequence[date], work: BoolArray) -> list[list[tuple[str, int, bool]]]:
    """Name, place and length of each closure that holds a public holiday, on the days in and around it.

    The first day is place 0; the length is whether it is a long one.

    Places after the closure are counted from its end: 101 is the first day back.
    """
    found: list[list[tuple[str, int, bool]]] = [[] for _ in days]
    edges = np.flatnonzero(np.diff(np.concatenate([[True], work, [True]]).astype(int)))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        holidays = [day for day in days[start:end] if calendar.day_type(day) is DayType.HOLIDAY]
        if holidays:
            name, long = calendar.name(holidays[0]), bool(end - start >= LONG_CLOSURE)
            around = FAR if long else NEAR
            for k in range(max(0, start - around), min(len(days), end + around)):
                found[k].append((name, int(k - start) if k < end else int(101 + k - end), long))
    return found


def _named(places: list[list[tuple[str, int, bool]]], asked: int, *, long: bool) -> FloatArray:
    """A column of 0 and 1 for each place of short or long closures that occurs both before and from row `asked` on."""
    places = [[place for place in day if place[2] == long] for day in places]
    before, after = (Counter(place for day in part for place in day) for part in (places[:asked], places[asked:]))
    column = {place: c for c, place in enumerate(sorted(before.keys() & after.keys()))}
    flags = np.zeros((len(places), len(column)))
    for k, day in enumerate(places):
        flags[k, [column[place] for place in day if place in column]] = 1.0
    return flags


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
