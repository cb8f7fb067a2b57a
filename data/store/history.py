"""Interval history of calls: Parquet files beside the database, read by DuckDB; the database knows which of them stand.

A part holds the rows of one upload, instants in UTC. Where parts tell the same queue and interval, the last one counts.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
from sqlalchemy import Column, Connection, ForeignKey, Index, Integer, String, Table, insert, select

from data.exchange.atomic import replacing
from data.exchange.files import read_text, stop
from data.store.base import Id, Instant, metadata
from data.store.revisions import Change
from data.tables import CALLS

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


@dataclass(frozen=True)
class Part:
    """A part of the history that stands."""

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
    return [Part(*row) for row in connection.execute(select(*columns).where(PARTS.c.centre == centre, now).order_by(PARTS.c.id))]


def part_file(root: Path, sha: str) -> Path:
    """Where a part stands."""
    return root / f"{sha}.parquet"


def put_history(change: Change, file: Path, zone: str, root: Path, *, whole: bool = False) -> Part:
    """Append the rows of a call file to the history.

    Parameters
    ----------
    zone : str
        Of timestamps without offset.
    root : Path
        Where parts stand.
    whole : bool
        Whether the file is the whole history from now on.

    Raises
    ------
    InvalidData
        Every cell that does not read.
    """
    if whole:
        drop_history(change)
    part = _kept(file, zone, root, change.number)
    told = {"sha": part.sha, "rows": part.rows, "first": part.first, "last": part.last, "since": change.number}
    change.connection.execute(insert(PARTS).values(centre=change.centre, **told))
    return part


def drop_history(change: Change) -> None:
    """No part stands any longer."""
    of = (PARTS.c.centre == change.centre, PARTS.c.until.is_(None))
    change.connection.execute(PARTS.update().where(*of).values(until=change.number))


def _kept(file: Path, zone: str, root: Path, since: int) -> Part:
    """Write a part, whole or not at all, under the hash of its content."""
    text = read_text(file)
    stop(CALLS.check(text, file.name))
    root.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection, replacing(root / "new.parquet") as temporary:
        connection.execute(f"SET TimeZone = '{zone}'")
        connection.register("cells", text)
        others = ", ".join(f'nullif("{name}", \'\') AS "{name}"' for name in text.columns if name not in ("queue", "timestamp"))
        target = str(temporary).replace("'", "''")
        rows = f'SELECT queue, CAST("timestamp" AS TIMESTAMPTZ) AS "timestamp", {others} FROM cells ORDER BY queue, "timestamp"'
        connection.execute(f"COPY ({rows}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
        counted = 'SELECT count(*), min("timestamp"), max("timestamp") FROM read_parquet(?)'
        found = connection.execute(counted, [str(temporary)]).fetchone()
        sha = hashlib.sha256(temporary.read_bytes()).hexdigest()
        temporary.replace(part_file(root, sha))
        temporary.touch()
    assert found is not None
    return Part(sha, *found, since)


def write_history(connection: Connection, centre: str, file: Path, root: Path, revision: int | None = None) -> bool:
    """Write the history that stands as one Parquet file; False = there is none."""
    held = [part_file(root, part.sha) for part in parts(connection, centre, revision)]
    if not held:
        return False
    if len(held) == 1:
        file.unlink(missing_ok=True)
        file.hardlink_to(held[0])
        return True
    rows = " UNION ALL BY NAME ".join(f"SELECT *, {k} AS part_ FROM read_parquet('{one}')" for k, one in enumerate(held))
    last = 'QUALIFY row_number() OVER (PARTITION BY queue, "timestamp" ORDER BY part_ DESC) = 1'
    with duckdb.connect() as duck, replacing(file) as temporary:
        duck.execute("SET TimeZone = 'UTC'")
        chosen = f'SELECT * EXCLUDE (part_) FROM ({rows}) {last} ORDER BY queue, "timestamp"'
        duck.execute(f"COPY ({chosen}) TO '{temporary}' (FORMAT parquet, COMPRESSION zstd)")
    return True
