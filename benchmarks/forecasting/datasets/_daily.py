"""Feeds of one count a day."""

import numpy as np
import pandas as pd

from benchmarks.forecasting.protocol import Feed, history_of, last_days
from data.model.calendar import Calendar
from data.model.centre import OpeningHours
from data.model.driver import Drivers
from data.model.time import DAY_MINUTES

BLOCK = 180
OPENING = OpeningHours(hours=dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ("00:00", "24:00")))


def daily_feed(name: str, title: str, counts: "pd.Series[float]", calendar: Calendar, drivers: Drivers | None = None) -> Feed:
    """Feed of daily counts indexed by day; in UTC, as a day must be one interval whatever the clocks do."""
    known = counts.dropna()
    dates, calls = tuple(known.index), known.to_numpy(dtype=np.float64)[:, None]
    history = history_of("UTC", dates, calls, 0, DAY_MINUTES)
    blocks = {"dev": last_days(len(dates), BLOCK)}
    return Feed(name, title, DAY_MINUTES, 0, dates, calls, history, calendar, OPENING, ("daily",), blocks, drivers)
