"""Drivers in and out, ``drivers.csv``: a date and a column of numbers for each driver."""

from datetime import date, timedelta
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

from data.cells import INSTANT, number
from data.exchange.files import read_text, stop, write_table
from data.model.driver import Drivers
from data.model.errors import Finding
from data.tables import Column, Table, twice

DRIVERS_FILE = "drivers.csv"
KEYS = ("date", "timestamp")
LONGEST = timedelta(days=40 * 366)
"""Longest table; a longer one holds a mistyped year (house choice)."""


def read_drivers(path: Path) -> Drivers:
    """Daily drivers; rows may reach into the future as far as their values are known.

    Parameters
    ----------
    path : Path
        CSV, ``.csv.gz``, XLSX or Parquet with a column ``date``, or ``timestamp`` with several rows a day, of which the mean
        counts; every other column is a driver. An empty cell is not known.

    Raises
    ------
    InvalidData
        With every finding: cells that do not read, a date twice, no driver.
    """
    text = read_text(path)
    key = next((name for name in KEYS if name in text.columns), KEYS[0])
    names = [name for name in text.columns if name != key]
    table = Table("drivers", (Column(key, INSTANT), *(Column(name, number(), filled=False) for name in names)))
    findings = table.check(text, path.name)
    if not names:
        findings.append(Finding(path.name, 1, None, f"the column {key}", "a column for each driver", "add a column of numbers"))
    stop(findings)
    rows = table.values(text).assign(day=lambda frame: [cast(date, stamp.date()) for stamp in frame[key]])
    stop(twice(rows, ["day"], path.name) if key == "date" else [])
    return _daily(rows, tuple(names), path.name)


def _daily(rows: pd.DataFrame, names: tuple[str, ...], where: str) -> Drivers:
    first, last = min(rows["day"]), max(rows["day"])
    if last - first > LONGEST:
        read, fix = f"days from {first} to {last}", "correct the year of the first or the last row"
        stop([Finding(where, None, "date", read, f"at most {LONGEST.days} days", fix)])
    means = rows[list(names)].astype(float).groupby(rows["day"]).mean()
    days = pd.Index([first + timedelta(days=d) for d in range((last - first).days + 1)])
    return Drivers(names, first, means.reindex(days).to_numpy(dtype=np.float64))


def write_drivers(drivers: Drivers, path: Path) -> None:
    """Write a row for each day; what is not known is left empty."""
    values = pd.DataFrame(drivers.values, columns=list(drivers.names))
    values.insert(0, "date", [drivers.first + timedelta(days=d) for d in range(len(values))])
    write_table(values, path)
