"""The "Anonymous Bank" of 1999, January to August: all calls by six minutes, Sunday to Thursday 07:00 to 24:00.

Public holidays stay in as low days. Days that the file marks as imputed (11 and 12 January, 23 May) are not known.

References
----------
Guedj, Mandelbaum, "Anonymous Bank" call-centre data (2000), Technion.
"""

from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.forecasting.protocol import Feed, history_of, last_days, summed
from data.exchange.calendars import calendar_of
from data.model.centre import OpeningHours

FILE = "arrivals/counts_6min_1999_jan_aug.csv.gz"
MINUTES, OPENS, BLOCK = 6, 7 * 60, 40
WEEK = {6: "sun", 0: "mon", 1: "tue", 2: "wed", 3: "thu"}
OPENING = OpeningHours(hours=dict.fromkeys(WEEK.values(), ("07:00", "24:00")))


def feeds(folder: Path, minutes: Collection[int]) -> Iterator[Feed]:
    """Feeds at multiples of six minutes."""
    rows = pd.read_csv(folder / FILE, parse_dates=["timestamp"])
    stamp = rows["timestamp"].dt
    rows = rows.assign(day=stamp.date, minute=stamp.hour * 60 + stamp.minute, week=stamp.dayofweek)
    served = rows[rows["week"].isin(WEEK) & (rows["minute"] >= OPENS) & (rows["imputed"] == 0)]
    table = served.pivot_table(index="day", columns="minute", values="calls").dropna()
    dates, native = tuple(table.index), table.to_numpy(dtype=np.float64)
    history = history_of("Asia/Jerusalem", dates, native, OPENS, MINUTES)
    calendar = calendar_of("IL", dates[0], dates[-1])
    blocks = {"dev": last_days(len(dates), BLOCK)}
    for interval in (m for m in minutes if m % MINUTES == 0):
        calls = summed(native, interval // MINUTES)
        tracks = ("weekly", "monthly", "intraday")
        title = f"Bank 1999, {interval} min"
        yield Feed("bank1999", title, interval, OPENS, dates, calls, history, calendar, OPENING, tracks, blocks)
