"""Looks ahead: the forecast of a moment, kept in a file, as it is the expensive part."""

import pickle
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from time import process_time

from benchmarks.forecasting.protocol import Feed
from data.model.demand import Forecast
from data.model.time import Horizon, local
from forecasting import forecast


@dataclass(frozen=True, eq=False)
class Look:
    """What is known at a moment, and the CPU seconds that its forecast took."""

    at: datetime
    made: Forecast
    seconds: float


def look(feed: Feed, day: date, hour: int, days: int, cache: Path | None = None) -> Look:
    """Forecast at a full hour of a day, for so many days from that day on.

    Parameters
    ----------
    cache : Path or None
        Folder in which forecasts are kept; it is to be emptied whenever the forecaster changes.
    """
    at = local(day, time(hour), feed.zone)
    path = cache / f"{feed.name}-{feed.minutes}-{at:%Y%m%dT%H}-{days}.pickle" if cache else None
    if path and path.is_file():
        return Look(at, *pickle.loads(path.read_bytes()))
    start = process_time()
    horizon = Horizon(zone=feed.zone, first=day, days=days)
    opening = dict.fromkeys(feed.history.queues, feed.opening)
    made = forecast(feed.history, at, horizon, minutes=feed.minutes, calendar=feed.calendar, opening=opening, drivers=feed.drivers)
    seconds = process_time() - start
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps((made, seconds)))
    return Look(at, made, seconds)
