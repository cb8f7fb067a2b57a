"""Intervals, horizons and grids: the only time-zone arithmetic of Echelon.

Instants are aware datetimes. A local day runs from one local midnight to the next, so it has 23, 24 or 25 hours; a
grid counts elapsed time, so its slots never jump or repeat.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from data.model.base import Frozen, IntArray

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_MINUTES = 1440


@lru_cache(maxsize=65536)
def local(day: date, at: time, zone: str) -> datetime:
    """Instant of a local wall-clock time.

    A time that a clock change skips moves forward by the length of the gap; one that occurs twice is its first
    occurrence (PEP 495).
    """
    naive = datetime.combine(day, at, tzinfo=ZoneInfo(zone))
    return naive.astimezone(UTC).astimezone(ZoneInfo(zone))


def as_local(stamp: datetime, zone: str) -> datetime:
    """Instant in a zone; a timestamp without offset is its wall time."""
    return stamp.replace(tzinfo=ZoneInfo(zone)) if stamp.tzinfo is None else stamp.astimezone(ZoneInfo(zone))


def epoch_minutes(instant: datetime) -> int:
    """Whole minutes since 1970-01-01T00:00Z."""
    return int((instant - EPOCH).total_seconds() // 60)


def known_zone(zone: str) -> str:
    """The name of a time zone; ValueError if there is no such zone."""
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"unknown time zone {zone!r}; expected an IANA name such as Asia/Shanghai") from error
    return zone


Zone = Annotated[str, AfterValidator(known_zone)]


class Interval(Frozen):
    """A half-open stretch of time ``[start, end)``."""

    start: AwareDatetime
    end: AwareDatetime

    @model_validator(mode="after")
    def _ordered(self) -> "Interval":
        if self.end <= self.start:
            raise ValueError(f"an interval must end after it starts: {self.start} .. {self.end}")
        return self

    @property
    def minutes(self) -> float:
        """Elapsed minutes."""
        return (self.end - self.start).total_seconds() / 60

    def overlaps(self, other: "Interval") -> bool:
        """Whether the two share any time."""
        return self.start < other.end and other.start < self.end


class Horizon(Frozen):
    """Whole local days in a time zone.

    Parameters
    ----------
    zone : str
        IANA name, e.g. ``Asia/Shanghai``.
    first : date
        First local day.
    days : int
        Number of days, at least 1.
    """

    zone: Zone
    first: date
    days: int = Field(ge=1)

    @cached_property
    def dates(self) -> tuple[date, ...]:
        """The local days."""
        return tuple(self.first + timedelta(days=d) for d in range(self.days))

    @property
    def last(self) -> date:
        """Last local day."""
        return self.first + timedelta(days=self.days - 1)

    @property
    def start(self) -> datetime:
        """First local midnight."""
        return local(self.first, time(0), self.zone)

    @property
    def end(self) -> datetime:
        """Local midnight after the last day."""
        return local(self.last + timedelta(days=1), time(0), self.zone)

    def index(self, day: date) -> int:
        """Position of a day; negative before, ``>= days`` after the horizon."""
        return (day - self.first).days


class TimeGrid(Frozen):
    """A horizon cut into slots of equal elapsed length.

    Parameters
    ----------
    horizon : Horizon
    minutes : int
        Length of a slot; 1 to 1440, and it must divide every day of the horizon (60-minute clock changes included). 1440 is a
        local day, of 23 to 25 hours.
    """

    horizon: Horizon
    minutes: int = Field(ge=1, le=DAY_MINUTES)

    @model_validator(mode="after")
    def _divides(self) -> "TimeGrid":
        if self.minutes < DAY_MINUTES and any(int(m) % self.minutes for m in np.diff(self.day_start_minutes)):
            raise ValueError(f"a slot of {self.minutes} minutes does not divide the days of {self.horizon}")
        return self

    def __eq__(self, other: object) -> bool:
        # the cached arrays are no part of the value, and arrays have no truth value
        return isinstance(other, TimeGrid) and (self.horizon, self.minutes) == (other.horizon, other.minutes)

    def __hash__(self) -> int:
        return hash((self.horizon, self.minutes))

    @cached_property
    def day_start_minutes(self) -> IntArray:
        """Epoch minutes of each local midnight, closing one included; shape (days + 1,)."""
        nights = [*self.horizon.dates, self.horizon.last + timedelta(days=1)]
        return np.array([epoch_minutes(local(d, time(0), self.horizon.zone)) for d in nights])

    @cached_property
    def day_slot(self) -> IntArray:
        """First slot of each day, closing one included; shape (days + 1,)."""
        if self.minutes == DAY_MINUTES:
            return np.arange(self.horizon.days + 1)
        return (self.day_start_minutes - self.day_start_minutes[0]) // self.minutes

    @property
    def size(self) -> int:
        """Number of slots."""
        return int(self.day_slot[-1])

    @cached_property
    def day_of_slot(self) -> IntArray:
        """Day index of every slot; shape (size,)."""
        return np.repeat(np.arange(self.horizon.days), np.diff(self.day_slot))

    @cached_property
    def index(self) -> pd.DatetimeIndex:
        """Start of every slot, in the zone of the horizon; length size."""
        if self.minutes == DAY_MINUTES:
            starts = pd.to_datetime(60 * self.day_start_minutes[:-1], unit="s", utc=True)
            return pd.DatetimeIndex(starts).tz_convert(self.horizon.zone)
        start = pd.Timestamp(self.horizon.start).tz_convert("UTC")
        every = pd.date_range(start, periods=self.size, freq=pd.Timedelta(minutes=self.minutes))
        return every.tz_convert(self.horizon.zone)

    @cached_property
    def wall_minute(self) -> IntArray:
        """Wall-clock minute of the local day at the start of every slot; 0 to 1439, shape (size,)."""
        return np.asarray(self.index.hour * 60 + self.index.minute, dtype=np.int64)

    def slot(self, instant: datetime) -> int:
        """Slot that holds an instant; negative before, ``>= size`` after the grid."""
        return int(self._slot_of(np.array([epoch_minutes(instant)]))[0])

    def slots(self, instants: pd.DatetimeIndex) -> IntArray:
        """Slot that holds each instant (aware); vectorised `slot`."""
        seconds = instants.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[s]").astype(np.int64)
        return self._slot_of(seconds // 60)

    def _slot_of(self, minutes: IntArray) -> IntArray:
        """Slot that holds each epoch minute."""
        starts = self.day_start_minutes
        if self.minutes < DAY_MINUTES:
            return (minutes - int(starts[0])) // self.minutes
        # days outside the horizon count as days of 24 hours
        inside = np.searchsorted(starts, minutes, "right") - 1
        beyond = self.horizon.days + (minutes - int(starts[-1])) // DAY_MINUTES
        before = (minutes - int(starts[0])) // DAY_MINUTES
        return np.where(minutes < starts[0], before, np.where(minutes >= starts[-1], beyond, inside))

    def longer(self, past: int) -> "TimeGrid":
        """The grid with `past` more days in front."""
        horizon = self.horizon
        longer = Horizon(zone=horizon.zone, first=horizon.first - timedelta(days=past), days=horizon.days + past)
        return TimeGrid(horizon=longer, minutes=self.minutes)

    def overlap(self, other: "TimeGrid") -> tuple[slice, slice]:
        """Slots that two grids of one interval share: where they lie here, and where in the other."""
        first = self.slot(other.horizon.start)
        here = slice(max(first, 0), max(min(first + other.size, self.size), 0))
        return here, slice(here.start - first, here.stop - first)
