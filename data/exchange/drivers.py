"""Drivers in and out, ``drivers.csv``: a date, or an hour, and a column of numbers for each driver."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

from data.cells import INSTANT, number
from data.columns import Column, Table, twice
from data.exchange.files import read_text, stop, write_table
from data.model.driver import HOURS, Drivers
from data.model.errors import Finding
from data.model.time import as_local

DRIVERS_FILE = "drivers.csv"
KEYS = ("date", "timestamp")
LONGEST = timedelta(days=40 * 366)
"""Longest table; a longer one holds a mistyped year (house choice)."""


def read_drivers(path: Path, zone: str = "") -> Drivers:
    """Drivers by day or hour; rows may reach into the future as far as their values are known.

    Parameters
    ----------
    path : Path
        CSV, ``.csv.gz``, XLSX or Parquet with a column ``date``, or ``timestamp`` (wall clock) with rows of each hour, as of
        rain; every other column is a driver. An empty cell is not known.
    zone : str
        IANA time zone of the wall clock that timestamps with an offset are read at; empty = the one of their offset.

    Raises
    ------
    InvalidData
        With every finding: cells that do not read, a date twice, no driver, a driver without name.
    """
    text = read_text(path)
    key = next((name for name in KEYS if name in text.columns), KEYS[0])
    names = [name for name in text.columns if name != key]
    table = Table("drivers", (Column(key, INSTANT), *(Column(name, number(), filled=False) for name in names)))
    findings = table.check(text, path.name)
    if not names:
        findings.append(Finding(path.name, 1, None, f"the column {key}", "a column for each driver", "add a column of numbers"))
    if "" in names:
        findings.append(Finding(path.name, 1, None, "a column without a name", "a name for each driver", "name it or take it out"))
    if text.empty and not findings:
        findings.append(Finding(path.name, None, None, "no row", "at least one day", "take the file away if nothing is known"))
    stop(findings)
    rows = table.values(text)
    rows[key] = [as_local(stamp, zone) if zone and key != "date" else stamp for stamp in rows[key]]
    days = rows.assign(day=[cast(date, stamp.date()) for stamp in rows[key]])
    stop(twice(days, ["day"], path.name) if key == "date" else [])
    return _laid_out(days, key, tuple(names), path.name)


def _laid_out(rows: pd.DataFrame, key: str, names: tuple[str, ...], where: str) -> Drivers:
    first, last = min(rows["day"]), max(rows["day"])
    if last - first > LONGEST:
        read, fix = f"days from {first} to {last}", "correct the year of the first or the last row"
        stop([Finding(where, None, "date", read, f"at most {LONGEST.days} days", fix)])
    numbers, hour = rows[list(names)].astype(float), [stamp.hour for stamp in rows[key]]
    days = [first + timedelta(days=d) for d in range((last - first).days + 1)]
    daily = numbers.groupby(rows["day"]).mean().reindex(pd.Index(days)).to_numpy(dtype=np.float64)
    if key == "date":
        return Drivers(names, first, daily)
    every = pd.MultiIndex.from_product([days, range(HOURS)])
    hourly = numbers.groupby([rows["day"], pd.Series(hour, index=rows.index)]).mean().reindex(every)
    return Drivers(names, first, daily, hourly.to_numpy(dtype=np.float64).reshape(len(days), HOURS, len(names)))


def write_drivers(drivers: Drivers, path: Path) -> None:
    """Write a row for each day, or for each hour; what is not known is left empty."""
    hours = drivers.hourly
    frame = pd.DataFrame(drivers.daily if hours is None else hours.reshape(-1, len(drivers.names)), columns=list(drivers.names))
    days = [drivers.first + timedelta(days=d) for d in range(len(frame) if hours is None else len(hours))]
    stamps = days if hours is None else [datetime.combine(day, time(hour)) for day in days for hour in range(HOURS)]
    frame.insert(0, "date" if hours is None else "timestamp", stamps)
    write_table(frame, path)
