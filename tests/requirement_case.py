"""Queues and forecasts that the tests of the requirement share."""

from datetime import UTC, date, datetime

import numpy as np
from scipy.special import ndtri

from data.model.base import FloatArray
from data.model.centre import OpeningHours, Queue
from data.model.demand import LEVELS, Forecast
from data.model.time import Horizon, TimeGrid

HOURS = OpeningHours(hours={"mon": ("00:00", "24:00")})
SCORES = ndtri(np.array(LEVELS))


def queue(name: str = "care", **fields: object) -> Queue:
    """A queue of 300 s handle time and 150 s patience, 80/20, no shrinkage."""
    given = {"id": name, "name": name, "project": "p", "opening": HOURS, "handle_time_s": 300, "patience_s": 150} | fields
    return Queue.model_validate(given)


def forecast(
    mean: FloatArray,
    *,
    spread: float = 0.0,
    minutes: int = 30,
    is_open: FloatArray | None = None,
    names: tuple[str, ...] = ("care",),
) -> Forecast:
    """Days of a mean, shape (queues, slots); normal counts of a rate with a spread and Poisson noise about it."""
    days = mean.shape[1] * minutes // 1440
    grid = TimeGrid(horizon=Horizon(zone="Asia/Shanghai", first=date(2026, 6, 1), days=days), minutes=minutes)
    deviation = np.sqrt(mean + (spread * mean) ** 2)
    quantiles = np.maximum(mean[..., None] + deviation[..., None] * SCORES, 0.0)
    hours = np.ones(mean.shape, dtype=np.bool_) if is_open is None else np.broadcast_to(is_open, mean.shape)
    return Forecast(names, grid, datetime(2026, 5, 1, tzinfo=UTC), mean, quantiles, np.full(mean.shape, 300.0), hours)


def steady(*erlang: float, spread: float = 0.0, slots: int = 48) -> Forecast:
    """One day of the same load for each queue."""
    mean = np.array(erlang)[:, None] * np.full(slots, 1800 / 300)
    return forecast(mean, spread=spread, names=tuple(f"q{k}" for k in range(len(erlang))))


def humps() -> FloatArray:
    """Calls per half hour of a day with two humps, open from 7 to 21, 50 Erlang at the peak; shape (48,)."""
    hour = (np.arange(48) + 0.5) / 2
    shape = np.exp(-0.5 * ((hour - 10.5) / 1.8) ** 2) + 0.8 * np.exp(-0.5 * ((hour - 16) / 2.2) ** 2)
    return np.where((hour > 7) & (hour < 21), 300 * np.maximum(shape, 0.05), 0.0)
