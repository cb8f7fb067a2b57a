"""Call history in and out: a table of calls per queue and interval."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from data.columns import twice
from data.exchange.files import read_text, stop, write_table
from data.model.base import FloatArray
from data.model.demand import CallHistory
from data.model.errors import Finding, InvalidData
from data.model.time import DAY_MINUTES, Horizon, TimeGrid, as_local, local
from data.tables import CALLS

STEPS = (60, 30, 20, 15, 12, 10, 6, 5, 4, 3, 2, 1)
"""Possible native intervals, minutes: the divisors of an hour."""

COUNT_NAMES = ("calls", "volume", "incoming")
"""Names that a file may give the offered calls, if it has just one of them."""

STEP_SHARE = 0.9
"""Share of the timestamps that must lie on the native interval; the others are findings."""

LONGEST = timedelta(days=40 * 366)
"""Longest history; a longer one holds a mistyped year (house choice)."""

COUNTS = ("offered", "answered", "abandoned", "handle_time_s")


def read_calls(path: Path, zone: str, *, queue: str = "", columns: Mapping[str, str] = {}) -> CallHistory:
    """Read a call history; its native interval is inferred from the timestamps.

    Parameters
    ----------
    path : Path
        CSV, ``.csv.gz``, XLSX or Parquet with ``queue, timestamp, offered[, answered, abandoned, handle_time_s]``; ``date``
        may stand for the timestamp, and one of ``calls``, ``volume``, ``incoming`` for the offered; other columns are left
        out. A missing row, or an empty cell, is not known (NaN), never zero. A handle time of 0 is not known. Rows that all
        begin local days, of more than one, are whole days.
    zone : str
        IANA time zone. Timestamps without offset are its wall time: in the autumn hour that occurs twice the first row in the
        file is daylight-saving time and the second standard time (a single one is the first occurrence).
    queue : str
        Queue of a file that has no such column; in a file that has one, only its rows are read.
    columns : mapping
        Name in the file of each column that is named otherwise, e.g. ``{"offered": "calls"}``.

    Raises
    ------
    InvalidData
        With every finding.
    """
    text = read_text(path).rename(columns={theirs: ours for ours, theirs in columns.items()})
    names = list(text.columns)
    text.columns = pd.Index(under_our_names(names))
    text = _with_queue(text, queue, path.name, names)
    stop(CALLS.check(text, path.name))
    rows = CALLS.values(text).rename_axis("line")
    if not len(rows):
        raise InvalidData([Finding(path.name, None, None, "no row", "at least one row of calls")])
    daily = whole_days(rows["timestamp"], zone)
    instants, findings = _instants(rows, zone, path.name, daily=daily)
    wall = instants.dt.tz_convert(zone)
    step = DAY_MINUTES if daily else _step(wall)
    findings += [] if daily else _off_step(wall, step, path.name)
    held = pd.DataFrame({"queue": rows["queue"], "timestamp": wall.dt.date if daily else wall})
    findings += twice(held.dropna(), ["queue", "timestamp"], path.name)
    stop(findings)
    return _history(rows, instants, _grid(wall, zone, step, path.name))


def under_our_names(columns: Sequence[str]) -> list[str]:
    """Column names with ``timestamp`` and ``offered`` where a table calls them otherwise in a way that is plain."""
    counts = [name for name in COUNT_NAMES if name in columns]
    names = {"date": "timestamp"} if "timestamp" not in columns else {}
    names |= {counts[0]: "offered"} if "offered" not in columns and len(counts) == 1 else {}
    return [names.get(name, name) for name in columns]


def _with_queue(text: pd.DataFrame, queue: str, where: str, names: list[str]) -> pd.DataFrame:
    """The table with a column ``queue``; `names` are the columns as they stand in the file."""
    if "queue" in text.columns:
        return text[text["queue"] == queue] if queue else text
    if not queue:
        lacking = [name for name in ("timestamp", "offered") if name not in text.columns]
        fix = "add the column or name the queue with --queue"
        stop([CALLS.missing("queue", names, where, fix), *(CALLS.missing(name, names, where) for name in lacking)])
    return text.assign(queue=queue)


def whole_days(stamps: "pd.Series[datetime]", zone: str) -> bool:
    """Whether every timestamp (aware, or wall time of the zone) starts a local day, and they are of more than one."""
    if not all(_starts_a_day(as_local(stamp, zone), zone) for stamp in stamps):
        return False
    return len({as_local(stamp, zone).date() for stamp in stamps}) > 1


def _starts_a_day(wall: datetime, zone: str) -> bool:
    # where the clock skips midnight the day starts later
    return wall.time() == time(0) or wall == local(wall.date(), time(0), zone)


def _instants(rows: pd.DataFrame, zone: str, where: str, *, daily: bool) -> tuple["pd.Series[pd.Timestamp]", list[Finding]]:
    """UTC instant of each row (NaT where the wall time does not exist, unless it is that of a day), and the findings."""
    aware = np.array([stamp.tzinfo is not None for stamp in rows["timestamp"]])
    # one object column of naive and aware datetimes cannot be converted at once
    read = pd.Series(pd.NaT, index=rows.index, dtype="datetime64[us, UTC]")
    read[aware] = pd.to_datetime(rows["timestamp"][aware], utc=True)
    naive = rows[~aware]
    first = ~naive.duplicated(["queue", "timestamp"]).to_numpy() | daily
    skipping = "shift_forward" if daily else "NaT"
    wall = pd.to_datetime(naive["timestamp"]).dt.tz_localize(zone, ambiguous=first, nonexistent=skipping)
    read[~aware] = wall.dt.tz_convert("UTC")
    expected, fix = f"a time that exists in {zone}", "the clock skips it; give the offset"
    skipped = rows["timestamp"][read.isna()]
    stamps = zip(skipped.index, skipped, strict=True)
    return read, [Finding(where, int(line), "timestamp", str(stamp), expected, fix) for line, stamp in stamps]


def _minute_of_day(wall: "pd.Series[pd.Timestamp]") -> FloatArray:
    """Wall-clock minutes since midnight, seconds as a fraction."""
    return np.asarray(wall.dt.hour * 60 + wall.dt.minute + wall.dt.second / 60, dtype=np.float64)


def _step(wall: "pd.Series[pd.Timestamp]") -> int:
    """Largest interval on which nearly all timestamps lie."""
    minutes = _minute_of_day(wall.dropna())
    return next((step for step in STEPS if np.mean(minutes % step == 0) >= STEP_SHARE), STEPS[-1])


def within_step(wall: "pd.Series[pd.Timestamp]") -> bool:
    """Whether all timestamps lie on the interval on which nearly all lie."""
    return bool((_minute_of_day(wall.dropna()) % _step(wall) == 0).all())


def _off_step(wall: "pd.Series[pd.Timestamp]", step: int, where: str) -> list[Finding]:
    known = wall.dropna()
    off = known[_minute_of_day(known) % step != 0]
    expected = f"a multiple of {step} minutes, the step of nearly all other rows"
    return [Finding(where, int(line), "timestamp", stamp.isoformat(), expected) for line, stamp in zip(off.index, off, strict=True)]


def _grid(wall: "pd.Series[pd.Timestamp]", zone: str, step: int, where: str) -> TimeGrid:
    first, last = wall.min().date(), wall.max().date()
    if last - first > LONGEST:
        read, expected = f"calls from {first} to {last}", f"at most {LONGEST.days} days"
        raise InvalidData([Finding(where, None, "timestamp", read, expected, "correct the year of the first or the last row")])
    try:
        return TimeGrid(horizon=Horizon(zone=zone, first=first, days=(last - first).days + 1), minutes=step)
    except ValueError as error:
        finding = Finding(where, None, "timestamp", f"a step of {step} minutes", "a step that divides every day")
        raise InvalidData([finding]) from error


def _history(rows: pd.DataFrame, instants: "pd.Series[pd.Timestamp]", grid: TimeGrid) -> CallHistory:
    queues = tuple(rows["queue"].unique())
    row = pd.Categorical(rows["queue"], categories=list(queues)).codes
    slot = grid.slots(pd.DatetimeIndex(instants))
    arrays: dict[str, FloatArray] = {}
    for name in (name for name in COUNTS if name in rows.columns):
        arrays[name] = np.full((len(queues), grid.size), np.nan)
        arrays[name][row, slot] = rows[name].to_numpy(dtype=np.float64)
    handle = arrays.pop("handle_time_s", np.full((len(queues), grid.size), np.nan))
    return CallHistory(queues, grid, handle_time_s=np.where(handle > 0, handle, np.nan), **arrays)


def write_calls(history: CallHistory, path: Path) -> None:
    """Write the known slots of a history; columns without any value are left out."""
    frame = history.to_frame()
    unknown = [name for name in COUNTS[1:] if name in frame.columns and frame[name].isna().all()]
    write_table(frame.drop(columns=unknown), path)
