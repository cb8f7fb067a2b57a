"""A call file as a part of the history: read and checked by columns, so that a million rows take seconds.

What this reading does not find plainly sound goes the way of the command line (`data.exchange.calls`), cell by cell, which says
what is wrong, or reads rarer ways of writing a timestamp.
"""

import csv
import gzip
import io
from collections.abc import Collection
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from data.exchange.calls import read_calls, under_our_names, whole_days, within_step
from data.exchange.files import read_text
from data.model.errors import Finding, InvalidData
from data.model.time import known_zone
from data.tables import CALLS

COUNTS = ("offered", "answered", "abandoned", "handle_time_s")
NUMBER = r"[+]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
MOMENT = r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d(:\d\d)?)?)?"
OFFSET = r":\d\d(\.\d+)?(Z|[+-]\d\d(:\d\d)?)$"


class _NotPlain(Exception):
    """A file that is wrong, or right in a rarer way."""


def write_calls_part(file: Path, zone: str, target: Path, queues: Collection[str] | None = None) -> None:
    """Write the rows of a call file as Parquet: instants in UTC, counts as numbers, other columns as text.

    Parameters
    ----------
    file : Path
        CSV, ``.csv.gz``, XLSX or Parquet, as `data.exchange.calls.read_calls` reads it.
    zone : str
        IANA time zone of timestamps without offset.
    target : Path
        Parquet file to write.
    queues : collection of str, optional
        Queues that there are; others are refused.

    Raises
    ------
    InvalidData
        Every finding.
    """
    known = _zone(zone)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        try:
            _load(connection, file)
            _check(connection)
            frame = _stamped(connection, known)
        except (_NotPlain, duckdb.Error):
            frame = _exactly(connection, file, known)
        _check_queues(connection, file, queues)
        connection.register("stamps", frame)
        _write(connection, target)


def _check_queues(connection: duckdb.DuckDBPyConnection, file: Path, queues: Collection[str] | None) -> None:
    """Raise `InvalidData` if there are calls of queues that there are not; each is told once, where it stands first."""
    found = {str(row[0]) for row in connection.execute("SELECT DISTINCT queue FROM cells").fetchall()}
    if queues is None or found <= set(queues):
        return
    text = read_text(file)
    text.columns = pd.Index(under_our_names([str(name) for name in text.columns]))
    first = text[~text["queue"].isin(list(queues))].drop_duplicates("queue")["queue"]
    expected, fix = f"one of {', '.join(queues)}", "correct the name, or add the queue to centre.toml"
    raise InvalidData(
        [Finding(file.name, line, "queue", repr(name), expected, fix) for line, name in zip(first.index, first, strict=True)]
    )


def _zone(zone: str) -> str:
    try:
        return known_zone(zone)
    except ValueError as error:
        expected = "an IANA time zone such as Asia/Shanghai"
        raise InvalidData([Finding("centre.toml", None, "zone", repr(zone), expected)]) from error


def _load(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """The table ``cells``: every cell as stripped text, the place of each row in the file in ``line_``."""
    name = file.name.lower()
    if name.endswith((".csv", ".csv.gz")):
        columns = _header(file)
        told = ", ".join(f"{_text(column)}: 'VARCHAR'" for column in columns)
        plain = "auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', parallel = true"
        source = f"read_csv({_text(str(file))}, columns = {{{told}}}, {plain})"
    elif name.endswith(".parquet"):
        source = f"(SELECT CAST(COLUMNS(*) AS VARCHAR) FROM read_parquet({_text(str(file))}))"
    else:
        connection.register("sheet", read_text(file))
        source = "sheet"
    _strip(connection, source)


def _strip(connection: duckdb.DuckDBPyConnection, source: str) -> None:
    found = [str(row[0]) for row in connection.execute(f"SELECT column_name FROM (DESCRIBE SELECT * FROM {source})").fetchall()]
    names = dict(zip(found, under_our_names(found), strict=True))
    if "line_" in found or not {"queue", "timestamp", "offered"} <= set(names.values()):
        raise _NotPlain
    cells = ", ".join(f"nullif(trim({_name(old)}, ' \t\r\n'), '') AS {_name(new)}" for old, new in names.items())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE cells AS SELECT row_number() OVER () AS line_, {cells} FROM {source}")
    connection.execute("DELETE FROM cells WHERE coalesce(" + ", ".join(map(_name, names.values())) + ") IS NULL")


def _header(file: Path) -> list[str]:
    """Column names of a CSV whose header is plain."""
    with (gzip.open if file.suffix.lower() == ".gz" else Path.open)(file, "rb") as held:
        line = held.readline(100_000).decode("utf-8-sig", errors="replace")
    names = [name.strip() for name in next(csv.reader(io.StringIO(line, newline="")), [])]
    if not all(names) or len({name.lower() for name in names}) < len(names) or line.count('"') % 2:
        raise _NotPlain
    return names


def _check(connection: duckdb.DuckDBPyConnection) -> None:
    """Raise `_NotPlain` if there is any cell that the patterns do not take."""
    held = _columns(connection)
    tests = [f'queue IS NULL OR "timestamp" IS NULL OR NOT regexp_full_match("timestamp", \'{MOMENT}\')']
    tests += [f"{name} IS NOT NULL AND NOT coalesce({_sound(name)}, false)" for name in COUNTS if name in held]
    wrong = " OR ".join(f"({test})" for test in tests)
    ((rows, bad),) = connection.execute(f"SELECT count(*), count(*) FILTER (WHERE {wrong}) FROM cells").fetchall()
    if not rows or bad:
        raise _NotPlain


def _sound(name: str) -> str:
    return f"regexp_full_match({name}, '{NUMBER}') AND isfinite(TRY_CAST({name} AS DOUBLE))"


def _columns(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [str(row[0]) for row in connection.execute("SELECT column_name FROM (DESCRIBE cells)").fetchall()]


def _stamped(connection: duckdb.DuckDBPyConnection, zone: str) -> pd.DataFrame:
    """Instant of each row by its line; wall times as `read_calls` takes them."""
    aware = f"regexp_matches(\"timestamp\", '{OFFSET}')"
    rows = connection.execute(
        f'SELECT line_, queue, CASE WHEN {aware} THEN CAST("timestamp" AS TIMESTAMPTZ) END AS aware, '
        f'CASE WHEN NOT {aware} THEN CAST("timestamp" AS TIMESTAMP) END AS wall FROM cells ORDER BY line_'
    ).df()
    queue = pd.Series(pd.factorize(rows["queue"])[0], index=rows.index)
    return _on_clock(rows, queue, zone)


def _on_clock(rows: pd.DataFrame, queue: "pd.Series[Any]", zone: str) -> pd.DataFrame:
    instants = rows["aware"].dt.tz_convert("UTC").astype("datetime64[us, UTC]")
    naive = rows["aware"].isna()
    days = whole_days(rows["wall"].where(naive, rows["aware"]) if naive.any() else rows["aware"], zone)
    if naive.any():
        wall = rows["wall"][naive]
        first = ~pd.DataFrame({"queue": queue[naive], "wall": wall}).duplicated().to_numpy() | days
        skipping = "shift_forward" if days else "NaT"
        told = wall.dt.tz_localize(zone, ambiguous=np.asarray(first), nonexistent=skipping).dt.tz_convert("UTC")
        instants[naive] = told.astype("datetime64[us, UTC]")
    again = pd.DataFrame({"queue": queue, "at": instants}).duplicated()
    if instants.isna().any() or again.any() or not (days or within_step(instants.dt.tz_convert(zone))):
        raise _NotPlain
    return pd.DataFrame({"line_": rows["line_"], "at_": instants})


def _exactly(connection: duckdb.DuckDBPyConnection, file: Path, zone: str) -> pd.DataFrame:
    """The same cell by cell: with every finding, or with what reads all the same."""
    read_calls(file, zone)
    text = read_text(file)
    text.columns = pd.Index(under_our_names([str(name) for name in text.columns]))
    connection.register("exact", text)
    _strip(connection, "exact")
    values = CALLS.values(text)
    moments = [pd.Timestamp(stamp) for stamp in values["timestamp"]]
    rows = pd.DataFrame(
        {
            "line_": np.arange(1, len(text) + 1),
            "aware": pd.Series([at if at.tzinfo else pd.NaT for at in moments], dtype="object"),
            "wall": pd.Series([pd.NaT if at.tzinfo else at for at in moments], dtype="datetime64[us]"),
        }
    )
    rows["aware"] = pd.to_datetime(rows["aware"], utc=True)
    numbers = ", ".join(f"{name} = told.{name}" for name in COUNTS if name in values.columns)
    told = values[[name for name in COUNTS if name in values.columns]].assign(line_=rows["line_"].to_numpy())
    connection.register("told", told)
    connection.execute(f"UPDATE cells SET {numbers} FROM told WHERE told.line_ = cells.line_")
    return _on_clock(rows, pd.Series(pd.factorize(values["queue"])[0]), zone)


def _write(connection: duckdb.DuckDBPyConnection, target: Path) -> None:
    others = [name for name in _columns(connection) if name not in ("line_", "queue", "timestamp")]
    told = ", ".join(f"CAST({_name(name)} AS DOUBLE) AS {_name(name)}" if name in COUNTS else _name(name) for name in others)
    rows = f'SELECT queue, at_ AS "timestamp", {told} FROM cells JOIN stamps USING (line_) ORDER BY queue, "timestamp"'
    connection.execute(f"COPY ({rows}) TO {_text(str(target))} (FORMAT parquet, COMPRESSION zstd)")


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
