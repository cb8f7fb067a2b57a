"""Made-up call histories of which the truth is known, and forecasts from them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from data.model.base import FloatArray
from data.model.calendar import Calendar
from data.model.demand import CallHistory, Forecast
from data.model.time import Horizon, TimeGrid
from forecasting import forecast
from forecasting.days import Training
from forecasting.features import day_features

FIRST = date(2025, 1, 6)
ZONE = "Asia/Shanghai"
WEEKENDS = Calendar()
LEVEL = np.array([1.3, 1.1, 1.0, 0.95, 1.05, 0.6, 0.5])


def days_from(first: date, count: int, *, weekdays: Sequence[int] = range(7)) -> tuple[date, ...]:
    """The first `count` days of those weekdays."""
    return tuple(day for d in range(7 * count + 7) if (day := first + timedelta(days=d)).weekday() in weekdays)[:count]


def wave(cells: int) -> FloatArray:
    """Shape of a day with mean 1."""
    shape = 1.2 + np.sin((np.arange(cells) + 0.5) / cells * 2 * np.pi)
    return shape / shape.mean()


def level_of(days: Sequence[date]) -> FloatArray:
    """Level of each day by its weekday."""
    return LEVEL[[day.weekday() for day in days]]


def poisson(level: FloatArray, mean: float, cells: int, seed: int) -> FloatArray:
    """Counts of days of a level around `mean` an interval; shape (days, cells)."""
    return np.random.default_rng(seed).poisson(mean * level[:, None] * wave(cells)).astype(float)


def training(days: Sequence[date], calls: FloatArray, *, ahead: int = 30, calendar: Calendar = WEEKENDS) -> Training:
    """Training on the days that have calls, with features that go on `ahead` calendar days."""
    past = tuple(days[: len(calls)])
    return Training(past, calls, day_features(calendar, past[0], past[-1] + timedelta(days=ahead)))


def calls_of(rows: Sequence[FloatArray], *, first: date = FIRST, zone: str = ZONE) -> CallHistory:
    """History of queues a, b, ... of which each row holds counts by day and cell (days, cells), in a zone without clock changes."""
    days, cells = rows[0].shape
    grid = TimeGrid(horizon=Horizon(zone=zone, first=first, days=days), minutes=1440 // cells)
    offered = np.stack([row.reshape(-1) for row in rows])
    return CallHistory(tuple("abcdefgh"[: len(rows)]), grid, offered, np.full_like(offered, np.nan))


def at(day: date, hour: int = 0, minute: int = 0, zone: str = ZONE) -> datetime:
    """Instant of a wall-clock time."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone))


def ahead(
    made: CallHistory, days: int, *, origin: datetime | None = None, calendar: Calendar = WEEKENDS, **rest: object
) -> Forecast:
    """Forecast of the days after the history, or from the origin's day, at the interval of the history."""
    zone = made.grid.horizon.zone
    origin = origin or at(made.grid.horizon.last + timedelta(days=1), zone=zone)
    horizon = Horizon(zone=zone, first=origin.date(), days=days)
    return forecast(made, origin, horizon, minutes=made.grid.minutes, calendar=calendar, **rest)  # type: ignore[arg-type]


def off(actual: FloatArray, expected: FloatArray) -> float:
    """Sum of absolute errors over the sum of the calls."""
    return float(np.abs(actual - expected).sum() / actual.sum())
