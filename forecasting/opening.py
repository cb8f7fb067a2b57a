"""When a queue is open: from its opening hours, or from what was seen."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from data.model.base import BoolArray
from data.model.calendar import Calendar, DayType
from data.model.centre import OpeningHours
from data.model.demand import CallHistory
from data.model.errors import Finding, InvalidData
from data.model.time import DAY_MINUTES, Horizon
from forecasting.days import DayTable, check, day_table

LOOK_AHEAD_DAYS = 400
"""How far service days are looked for; a queue that is closed longer has none."""


@dataclass(frozen=True, eq=False)
class WeekHours:
    """Open cells of a week.

    Parameters
    ----------
    own : array of bool, shape (7, cells)
        Cells open on each weekday.
    tail : array of bool, shape (7, cells)
        Cells of the next day that belong to hours begun on this weekday.
    closes : bool
        Whether holidays, and rest days that stand in for them, are closed; make-up days are then open.
    """

    own: BoolArray
    tail: BoolArray
    closes: bool

    def mask(self, dates: Sequence[date], calendar: Calendar) -> BoolArray:
        """Open cells of each date; shape (dates, cells)."""
        rows = [self._row(self.own, day, calendar) | self._row(self.tail, day - timedelta(days=1), calendar) for day in dates]
        return np.array(rows, dtype=bool).reshape(len(dates), self.own.shape[1])

    def _row(self, hours: BoolArray, day: date, calendar: Calendar) -> BoolArray:
        if not self.closes:
            return hours[day.weekday()]
        if _closure(day, calendar):
            return np.zeros_like(hours[0])
        makeup = calendar.day_type(day) is DayType.MAKEUP and not self.own[day.weekday()].any()
        return hours[_first_working(calendar) if makeup else day.weekday()]


def _closure(day: date, calendar: Calendar) -> bool:
    kind = calendar.day_type(day)
    return kind is DayType.HOLIDAY or (kind is DayType.REST and day.weekday() not in calendar.weekend)


def _first_working(calendar: Calendar) -> int:
    return next((w for w in range(7) if w not in calendar.weekend and (w - 1) % 7 in calendar.weekend), 0)


def week_hours(table: DayTable, minutes: int, opening: OpeningHours | None, closes: bool, calendar: Calendar) -> WeekHours:
    """Hours of a queue: as configured, else the cells usually seen.

    Without opening hours, a queue that had no calls on any past holiday (two or more) closes on holidays.
    """
    if opening is None:
        return WeekHours(table.usual, np.zeros_like(table.usual), closes or _never_on_holidays(table, calendar))
    own, tail = _configured(opening, minutes)
    return WeekHours(own, tail, closes)


def _configured(opening: OpeningHours, minutes: int) -> tuple[BoolArray, BoolArray]:
    """Cells that overlap the opening hours of each weekday, on the day itself and on the next."""
    cells = DAY_MINUTES // minutes
    start = np.arange(2 * cells) * minutes
    both = np.zeros((7, 2 * cells), dtype=bool)
    monday = date(2001, 1, 1)
    for w in range(7):
        span = opening.span(monday + timedelta(days=w))
        if span is not None:
            both[w] = (start < span[1]) & (start + minutes > span[0])
    return both[:, :cells], both[:, cells:]


def _never_on_holidays(table: DayTable, calendar: Calendar) -> bool:
    """Whether at least two past holidays fell on usual days between the first and last count, and none had calls."""
    seen = np.flatnonzero(np.any(table.calls > 0, axis=1))
    if not calendar.country or not len(seen):
        return False
    works = np.any(table.usual, axis=1)
    span = range(int(seen[0]), int(seen[-1]) + 1)
    past = [d for d in span if calendar.day_type(table.dates[d]) is DayType.HOLIDAY and works[table.dates[d].weekday()]]
    return len(past) >= 2 and not np.isin(past, seen).any()


def service_horizon(
    history: CallHistory,
    origin: datetime,
    days: int,
    calendar: Calendar,
    *,
    opening: Mapping[str, OpeningHours] | None = None,
    closes_on_holidays: Collection[str] = (),
) -> Horizon:
    """Calendar horizon that holds exactly the next service days, on which any queue is open.

    Parameters
    ----------
    origin : datetime
        Aware; its own local day counts if something is still open then.
    days : int
        Service days, at least 1.

    Raises
    ------
    InvalidData
        If nothing is known before the origin, or so many service days do not follow within 400 days.
    """
    known = history.before(origin)
    zone, minutes = history.grid.horizon.zone, history.grid.minutes
    check(known, zone, minutes)
    here = origin.astimezone(ZoneInfo(zone))
    dates = [here.date() + timedelta(days=d) for d in range(LOOK_AHEAD_DAYS)]
    mask = np.zeros((len(dates), DAY_MINUTES // minutes), dtype=bool)
    for q, queue in enumerate(known.queues):
        hours = week_hours(day_table(known, q, minutes), minutes, (opening or {}).get(queue), queue in closes_on_holidays, calendar)
        mask |= hours.mask(dates, calendar)
    mask[0, : -(-(here.hour * 60 + here.minute) // minutes)] = False
    service = np.flatnonzero(mask.any(axis=1))[: max(days, 1)]
    if days < 1 or len(service) < days:
        raise InvalidData([Finding("forecast", None, "days", str(days), f"1 to {len(service)} service days")])
    return Horizon(zone=zone, first=dates[service[0]], days=int(service[-1] - service[0]) + 1)


def closed_days(history: CallHistory, origin: datetime) -> frozenset[date]:
    """Days before an origin, from the first count to the last, on which nothing was seen though their weekday usually is."""
    known = history.before(origin)
    tables = [day_table(known, q, history.grid.minutes) for q in range(len(known.queues))]
    seen = np.any([~np.isnan(table.calls).all(axis=1) for table in tables], axis=0)
    usual = np.any([table.usual.any(axis=1) for table in tables], axis=0)
    span = np.flatnonzero(seen)
    dates = known.grid.horizon.dates
    days = range(int(span[0]), int(span[-1]) + 1) if len(span) else range(0)
    return frozenset(dates[d] for d in days if not seen[d] and usual[dates[d].weekday()])
