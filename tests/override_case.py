"""A small forecast of two queues, and overrides of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from data.model.demand import CallHistory, Forecast
from data.model.override import Override
from data.model.time import Horizon, TimeGrid
from forecasting.quantiles import NORMAL

START = datetime(2026, 3, 2, tzinfo=UTC)
GRID = TimeGrid(horizon=Horizon(zone="UTC", first=date(2026, 3, 2), days=3), minutes=60)
OPEN = np.stack([(GRID.wall_minute >= 480) & (GRID.wall_minute < 1200), GRID.wall_minute >= 600])
SPREAD = 0.6
ORIGIN = START + timedelta(hours=12)


def machine(origin: datetime = ORIGIN) -> Forecast:
    """Two queues, 8:00 to 20:00 and from 10:00, with a shape over the day."""
    centre = 6 + 3 * np.sin(GRID.wall_minute / 1440 * np.pi) + np.array([[0.0], [2.0]])
    mean = np.where(OPEN, centre**2 - 0.25 + SPREAD**2, 0)
    quantiles = np.where(OPEN[..., None], (centre[..., None] + SPREAD * NORMAL) ** 2 - 0.25, 0)
    return Forecast(("a", "b"), GRID, origin, mean, quantiles, np.full(mean.shape, 200.0), OPEN, "wave")


def hours(first: float, last: float) -> dict[str, datetime]:
    """Range of an override, hours from the first midnight."""
    return {"start": START + timedelta(hours=first), "end": START + timedelta(hours=last)}


def layer(kind: str, value: float | None = None, **fields: Any) -> Override:
    """An override of the second day unless said otherwise."""
    known = {"id": kind, "author": "Li", "reason": "because", "made_at": ORIGIN, **hours(24, 48)}
    return Override.model_validate({**known, "kind": kind, "value": value, **fields})


def past(level: float = 50.0) -> CallHistory:
    """Three weeks of history until noon of the first day of the forecast: `level` calls an hour while queue a is open."""
    grid = TimeGrid(horizon=Horizon(zone="UTC", first=date(2026, 2, 9), days=24), minutes=60)
    offered = np.where((grid.wall_minute >= 480) & (grid.wall_minute < 1200), level, np.nan)
    return CallHistory(("a", "b"), grid, np.stack([offered, offered]), np.full((2, grid.size), np.nan))
