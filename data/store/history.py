"""Interval history of calls: Parquet files beside the database, read by DuckDB; the database knows which of them stand.

A part holds the rows of one upload, instants in UTC. Where parts tell the same queue and interval, the last one counts.
"""

import hashlib
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import duckdb
import pandas as pd
from sqlalchemy import Column, Connection, ForeignKey, Index, Integer, String, Table, insert, select

from data.exchange.atomic import replacing
from data.model.time import known_zone
from data.store.base import Id, Instant, metadata
from data.store.call_parts import write_calls_part
from data.store.revisions import Change

PARTS = Table(
    "history_part",
    metadata,
    Column("id", Id, primary_key=True),
    Column("centre", String(64), ForeignKey("centre.id"), nullable=False),
    Column("sha", String(64), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("first", Instant, nullable=False),
    Column("last", Instant, nullable=False),
    Column("since", Integer, nullable=False),
    Column("until", Integer),
    Index("ix_history_part_current", "centre", "until"),
)

MANY = 64
"""So many parts are joined into one when the next is added: reading opens every one of them."""

Every = Literal["interval", "hour", "day"]

COUNTS = ("offered", "answered", "abandoned")

WEIGHT = "CASE WHEN handle_time_s > 0 THEN coalesce(answered, offered) END"
SUMS = {
    **{name: f"sum({name})" for name in COUNTS},
    "handle_time_s": f"sum(handle_time_s * {WEIGHT}) / nullif(sum({WEIGHT}), 0)",
}
"""How the calls of an hour or a day become one value: the mean handle time is that of the answered calls."""


@dataclass(frozen=True)
class Part:
    """A part of the history that stands.

    Parameters
    ----------
    first, last : datetime
        Start of its earliest and latest interval.
    since : int
        Revision that added it.
    """

    sha: str
    rows: int
    first: datetime
    last: datetime
    since: int


def parts(connection: Connection, centre: str, revision: int | None = None) -> list[Part]:
    """Parts that stand at a revision, oldest first; None = now."""
    now = (
        PARTS.c.until.is_(None)
        if revision is None
        else (PARTS.c.since <= revision) & (PARTS.c.until.is_(None) | (PARTS.c.until > revision))
    )
    columns = (PARTS.c.sha, PARTS.c.rows, PARTS.c.first, PARTS.c.last, PARTS.c.since)
    rows = connection.execute(select(*columns).where(PARTS.c.centre == centre, now).order_by(PARTS.c.id)).mappings()
    return [Part(**row) for row in rows]


def part_file(root: Path, sha: str) -> Path:
    """Where a part stands."""
    return root / f"{sha}.parquet"


def put_history(
    change: Change, file: Path, zone: str, root: Path, *, whole: bool = False, queues: Collection[str] | None = None
) -> Part:
    """Append the rows of a call file to the history.

    Parameters
    ----------
    zone : str
        Of timestamps without offset.
    root : Path
        Where parts stand.
    whole : bool
        Whether the file is the whole history from now on.
    queues : collection of str, optional
        Queues that there are; others are refused.

    Raises
    ------
    InvalidData
        Every cell that does not read.
    """
    if whole:
        drop_history(change)
    elif len(parts(change.connection, change.centre)) >= MANY:
        _join(change, root)
    root.mkdir(parents=True, exist_ok=True)
    with replacing(root / "new.parquet") as temporary:
        write_calls_part(file, zone, temporary, queues)
        return _register(change, temporary, root)


def _register(change: Change, written: Path, root: Path) -> Part:
    """Put a written file under the hash of its content, and note it."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        counted = 'SELECT count(*), min("timestamp"), max("timestamp") FROM read_parquet(?)'
        ((rows, first, last),) = connection.execute(counted, [str(written)]).fetchall()
    with written.open("rb") as held:
        sha = hashlib.file_digest(held, "sha256").hexdigest()
    written.replace(part_file(root, sha))
    written.touch()
    part = Part(sha, rows, first, last, change.number)
    told = {"sha": sha, "rows": rows, "first": first, "last": last, "since": change.number}
    change.connection.execute(insert(PARTS).values(centre=change.centre, **told))
    return part


def _join(change: Change, root: Path) -> None:
    """One part in the place of all that stand; those stay readable at earlier revisions."""
    held = [part_file(root, part.sha) for part in parts(change.connection, change.centre)]
    drop_history(change)
    with replacing(root / "joined.parquet") as temporary:
        _write_joined(held, temporary)
        _register(change, temporary, root)


def drop_history(change: Change) -> None:
    """No part stands any longer."""
    of = (PARTS.c.centre == change.centre, PARTS.c.until.is_(None))
    change.connection.execute(PARTS.update().where(*of).values(until=change.number))


def write_history(
    connection: Connection, centre: str, file: Path, root: Path, revision: int | None = None, *, linked: bool = False
) -> bool:
    """Write the history that stands as one Parquet file; False = there is none.

    Parameters
    ----------
    linked : bool
        Whether a single part may be given as a link to it: only to readers.
    """
    held = [part_file(root, part.sha) for part in parts(connection, centre, revision)]
    if not held:
        return False
    with replacing(file) as temporary:
        if len(held) > 1:
            _write_joined(held, temporary)
        elif linked:
            temporary.unlink(missing_ok=True)
            temporary.hardlink_to(held[0])
        else:
            shutil.copyfile(held[0], temporary)
    return True


def _write_joined(held: Sequence[Path], file: Path) -> None:
    target = str(file).replace("'", "''")
    with duckdb.connect() as duck:
        duck.execute("SET TimeZone = 'UTC'")
        chosen = f'SELECT * FROM ({standing(held)}) ORDER BY queue, "timestamp"'
        duck.execute(f"COPY ({chosen}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")


def standing(held: Sequence[Path], where: str = "true") -> str:
    """Query of the rows of parts; of those that tell the same queue and interval, that of the last part.

    Parameters
    ----------
    held : sequence of Path
        Files of the parts, oldest first.
    where : str
        SQL condition on the rows.
    """
    files = ", ".join("'" + str(one).replace("'", "''") + "'" for one in held)
    rows = f"SELECT * FROM read_parquet([{files}], union_by_name = true, filename = 'part_') WHERE {where}"
    if len(held) == 1:
        return f"SELECT * EXCLUDE (part_) FROM ({rows})"
    last = f"""QUALIFY row_number() OVER (PARTITION BY queue, "timestamp" ORDER BY list_position([{files}], part_) DESC) = 1"""
    return f"SELECT * EXCLUDE (part_) FROM ({rows}) {last}"


def series(
    held: Sequence[Path], queues: Sequence[str] | None, start: datetime | None, end: datetime | None, every: Every, zone: str
) -> pd.DataFrame:
    """Calls by queue and time, from parts of the history.

    Parameters
    ----------
    held : sequence of Path
        Files of the parts, oldest first.
    queues : sequence of str or None
        None = every queue.
    start, end : datetime or None
        Aware; intervals that begin at `start` or later and before `end`; None = without bound.
    every : str
        ``interval`` as it came, or sums by ``hour`` or ``day`` of the zone.
    zone : str
        IANA time zone of hours, days and of the timestamps given back.

    Returns
    -------
    DataFrame
        ``queue, timestamp, offered, answered, abandoned, handle_time_s``, by queue and time; what is not known is NaN. A sum
        is of what is known; the handle time is the mean over the answered calls (over the offered where those are not told).

    Raises
    ------
    ValueError
        There is no such zone.
    """
    known = known_zone(zone)
    if not held:
        return pd.DataFrame(columns=["queue", "timestamp", *COUNTS, "handle_time_s"])
    wanted: list[tuple[str, object]] = [
        ("list_contains(?, queue)", None if queues is None else list(queues)),
        ('"timestamp" >= ?', start),
        ('"timestamp" < ?', end),
    ]
    asked = [(text, value) for text, value in wanted if value is not None]
    where = " AND ".join(text for text, _ in asked) or "true"
    with duckdb.connect() as duck:
        duck.execute(f"SET TimeZone = '{known}'")
        duck.execute(f"CREATE TEMP TABLE told AS {standing(held, where)}", [value for _, value in asked])
        columns = {str(row[0]) for row in duck.execute("SELECT column_name FROM (DESCRIBE told)").fetchall()}
        return duck.execute(_summed(columns, every)).df()


def _summed(columns: set[str], every: Every) -> str:
    cells = {
        name: f'CAST("{name}" AS DOUBLE)' if name in columns else "CAST(NULL AS DOUBLE)" for name in (*COUNTS, "handle_time_s")
    }
    told = ", ".join(f'{cell} AS "{name}"' for name, cell in cells.items())
    if every == "interval":
        return f'SELECT queue, "timestamp", {told} FROM told ORDER BY ALL'
    sums = ", ".join(f"{how} AS {name}" for name, how in SUMS.items())
    # truncated in the zone of the connection
    rows = f"""SELECT queue, date_trunc('{every}', "timestamp") AS "timestamp", {told} FROM told"""
    return f'SELECT queue, "timestamp", {sums} FROM ({rows}) GROUP BY ALL ORDER BY queue, "timestamp"'
