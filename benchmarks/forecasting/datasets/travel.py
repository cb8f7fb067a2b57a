"""Daily calls of a travel company's centre, January 2013 to June 2015, with reservations from 2014 on as drivers."""

from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.forecasting.datasets._daily import daily_feed
from benchmarks.forecasting.protocol import Feed
from data.exchange.calendars import calendar_of
from data.model.driver import Drivers

CALLS, RESERVATIONS = "arrivals/travel_centre_calls_dev.csv", "arrivals/travel_centre_reservations_dev.csv"
AHEAD = ["reservations_2months_advance", "summer_break", "christmas_break", "special_day"]
"""Columns that are known for the days to forecast; the total of reservations is not, and is left out."""


def feeds(folder: Path, minutes: Collection[int]) -> Iterator[Feed]:  # noqa: ARG001 - daily only
    """The feed without and with drivers; public holidays of Italy and the United Kingdom."""
    counts = _read(folder / CALLS)["calls"]
    first, last = counts.index[0], counts.index[-1]
    calendar = calendar_of("IT", first, last)
    both = calendar.with_days(calendar_of("GB", first, last).table | calendar.table)
    yield daily_feed("travel", "Travel centre", counts, both)
    columns = _read(folder / RESERVATIONS)[AHEAD]
    drivers = Drivers(tuple(AHEAD), columns.index[0], columns.to_numpy(dtype=np.float64))
    yield daily_feed("travel_drivers", "Travel centre, with reservations", counts, both, drivers)


def _read(path: Path) -> pd.DataFrame:
    """Table by day, every day of its span present."""
    table = pd.read_csv(path, parse_dates=["date"]).set_index("date").asfreq("D")
    return table.set_axis([stamp.date() for stamp in table.index], axis=0)
