"""Sunday, 23 May 1999 at the Anonymous Bank: 3,064 calls where some 1,850 were usual; what the warnings say before and on the day.

The file of counts holds an imputed day. Its calls within the day are not known: here they are those of the Sunday two weeks
before, scaled to the true total. The staff is what the forecast of 28 days before asks for.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.forecasting.datasets.bank1999 import feeds
from benchmarks.forecasting.protocol import Feed, history_of
from benchmarks.warnings.looks import Look, look
from data.exchange.calendars import calendar_of
from data.model.base import FloatArray, IntArray
from data.model.centre import Queue
from data.model.response import WarningLevel
from data.model.time import TimeGrid
from optimizer.response.warning.warn import outlook, warnings
from optimizer.staffing.requirement import require

DAY, USUAL = date(1999, 5, 23), date(1999, 5, 9)
METRICS = "arrivals/daily_metrics_1999_jan_aug.csv"
NATIVE, MINUTES = 6, 30
BEFORE, HOURS = (28, 14, 7, 3, 1), (7, 8, 9, 10, 11, 12, 13, 14, 16, 18, 20)
"""Days before, and hours of the day, at which a look is taken."""
HANDLE_S, PATIENCE_S = 200.0, 400.0
"""Seconds; rounded from the calls of January and February (house choice)."""


def surge_feed(data: Path) -> Feed:
    """The six-minute counts as half hours, with the day of the surge at its true total."""
    source = next(iter(feeds(data, (MINUTES,))))
    metrics = pd.read_csv(data / METRICS, index_col="date")["total_calls"]
    offered = source.history.offered[0]
    native = offered[~np.isnan(offered)].reshape(len(source.dates), -1)
    usual = native[source.dates.index(USUAL)]
    # a share of the calls comes at night, before the first column, on either day
    came = np.round(usual * (float(metrics[str(DAY)]) / float(metrics[str(USUAL)])))
    row = next(k for k, day in enumerate(source.dates) if day > DAY)
    dates, counts = (*source.dates[:row], DAY, *source.dates[row:]), np.insert(native, row, came, axis=0)
    history = history_of(source.zone, dates, counts, source.opens, NATIVE)
    calls = counts.reshape(len(dates), -1, MINUTES // NATIVE).sum(axis=2)
    calendar = calendar_of("IL", dates[0], dates[-1])
    return replace(source, name="surge", dates=dates, calls=calls, history=history, calendar=calendar)


def back_test(data: Path, cache: Path | None = None) -> dict[str, Any]:
    """What each look says of the day."""
    source = surge_feed(data)
    early = [look(source, DAY - timedelta(days=days), 7, days + 1, cache) for days in BEFORE]
    same = [look(source, DAY, hour, 1, cache) for hour in HOURS]
    queue = Queue(id="calls", name="Calls", project="bank", opening=source.opening, handle_time_s=HANDLE_S, patience_s=PATIENCE_S)
    asked = require(early[0].made, [queue])
    heads = asked.on_phone[0, _open(asked.grid)].astype(np.float64)
    usual = source.calls[source.dates.index(USUAL)]
    came = source.calls[source.dates.index(DAY)]
    return {
        "came": float(came.sum()),
        "usual": float(usual.sum()),
        "forecast_cpu_s": sum(each.seconds for each in (*early, *same)),
        "looks": list(_told([*early, *same], heads, queue)),
    }


def _open(grid: TimeGrid) -> IntArray:
    """Half hours of the day in which the queue answers."""
    return np.flatnonzero((grid.day_of_slot == grid.horizon.index(DAY)) & (grid.wall_minute >= 7 * 60))


def _told(looks: list[Look], heads: FloatArray, queue: Queue) -> Iterator[dict[str, Any]]:
    for each in looks:
        grid = each.made.grid
        place = _open(grid)
        available = np.zeros((1, grid.size))
        available[0, place] = heads
        need = require(each.made, [queue])
        view = outlook(each.made, need, available, [queue])
        ahead = place[place >= grid.slot(each.at)]
        found = [one for one in warnings(each.made, need, available, [queue], now=each.at) if one.start.date() == DAY]
        yield {
            "at": each.at.isoformat(timespec="minutes"),
            "calls_ahead": float(each.made.mean[0, ahead].sum()),
            "chance": float(view.chance[0, ahead].mean()),
            "need": float(view.need[0, ahead].max()),
            "level": int(max((one.level for one in found), default=WarningLevel.NONE)),
            "from": f"{min(one.start for one in found):%H:%M}" if found else "",
        }
