"""Whether what the store keeps is whole: references, contents, rosters and parts of the call history."""

import hashlib
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import Connection, func, select

from data.exchange.files import read_table
from data.model.errors import EchelonError
from data.store.documents import BLOBS
from data.store.folder import Files
from data.store.history import PARTS, part_file
from data.store.rosters import ROSTERS, write_roster_file
from data.store.schema import every_table
from data.tables import ROSTER


def unsound(connection: Connection, files: Files, rows: Mapping[str, int] | None = None) -> list[str]:
    """What is not whole, in words; empty = all is.

    Parameters
    ----------
    rows : mapping or None
        Rows that tables must have; others are not counted.
    """
    return [
        *_counts(connection, rows or {}),
        *_references(connection),
        *_contents(connection),
        *_history(connection, files),
        *_rosters(connection),
    ]


def _counts(connection: Connection, rows: Mapping[str, int]) -> Iterator[str]:
    for name, expected in rows.items():
        table = every_table().tables.get(name)
        found = None if table is None else connection.scalar(select(func.count()).select_from(table))
        if found != expected:
            yield f"table {name}: {found} rows, expected {expected}"


def _references(connection: Connection) -> Iterator[str]:
    """Rows that refer to nothing; PostgreSQL never lets them be."""
    if connection.dialect.name == "sqlite":
        for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check").all():
            yield f"row {row} of table {table} refers to a row of {parent} that is not there"
        for (told,) in connection.exec_driver_sql("PRAGMA quick_check").all():
            if told != "ok":
                yield f"the file of the database: {told}"


def _contents(connection: Connection) -> Iterator[str]:
    for sha, content in connection.execute(select(BLOBS.c.sha, BLOBS.c.content)):
        try:
            whole = hashlib.sha256(zlib.decompress(content)).hexdigest() == sha
        except zlib.error:
            whole = False
        if not whole:
            yield f"content {sha} is not what it was"


def _history(connection: Connection, files: Files) -> Iterator[str]:
    for centre, sha in connection.execute(select(PARTS.c.centre, PARTS.c.sha).distinct()):
        file = part_file(files.history(centre), sha)
        if not file.is_file():
            yield f"a part of the calls of {centre} is not there: {file.name}"
        elif hashlib.sha256(file.read_bytes()).hexdigest() != sha:
            yield f"a part of the calls of {centre} is not what it was: {file.name}"


def _rosters(connection: Connection) -> Iterator[str]:
    held = connection.execute(select(ROSTERS.c.id, ROSTERS.c.centre, ROSTERS.c.path).where(ROSTERS.c.until.is_(None))).all()
    with tempfile.TemporaryDirectory() as folder:
        for number, centre, path in held:
            file = Path(folder) / "roster.csv"
            try:
                write_roster_file(connection, number, file)
                read_table(file, ROSTER)
            except EchelonError as error:
                yield f"roster {path} of {centre}: {error}"
