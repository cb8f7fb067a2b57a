"""A backup: every table and every part of the call history in one ZIP with a manifest of hashes, of either database for either.

The tables are read in one transaction that sees one state, so that nobody has to stop meanwhile. Only an empty database takes a
backup, of the schema that the backup was made of; it is brought to the newest one afterwards.
"""

import base64
import hashlib
import json
import zipfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

from pydantic import ValidationError
from sqlalchemy import Connection, Date, DateTime, LargeBinary, MetaData, Table, func, insert, select, text

from data.exchange.atomic import replacing
from data.exchange.documents import findings_of
from data.model.base import Frozen
from data.model.errors import Finding, InvalidData, VerificationFailed
from data.store.base import Database
from data.store.folder import Files
from data.store.history import PARTS, part_file
from data.store.runs import Restored, fail_unfinished
from data.store.schema import check_schema, every_table, newest, schema_version, upgrade

MANIFEST = "manifest.json"
SLICE = 10_000
"""Rows of one statement."""


class Member(Frozen):
    """A file of a backup.

    Parameters
    ----------
    sha : str
        SHA-256 of its content.
    rows : int
        Rows of a table; 0 = it is a part of the history.
    """

    sha: str
    rows: int = 0


class Manifest(Frozen):
    """What a backup holds.

    Parameters
    ----------
    tables : dict
        By the name of the table.
    history : dict
        By centre and hash, parted by ``/``.
    """

    made_at: datetime
    schema_version: str
    tables: dict[str, Member]
    history: dict[str, Member]


def write_backup(database: Database, files: Files, target: Path, at: datetime) -> Manifest:
    """Write a backup while others work on; a file that stood there is replaced in the end.

    Raises
    ------
    SchemaMismatch
        The database is not of the newest schema.
    """
    check_schema(database)
    with replacing(target) as temporary, database.reading() as connection:
        temporary.touch(mode=0o600)
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
            tables = {table.name: _put_table(archive, connection, table) for table in every_table().sorted_tables}
            history = {f"{centre}/{sha}": _put_part(archive, files, centre, sha) for centre, sha in _parts(connection)}
            told = Manifest(made_at=at, schema_version=newest(), tables=tables, history=history)
            archive.writestr(MANIFEST, told.model_dump_json(indent=2))
    return told


def _parts(connection: Connection) -> list[tuple[str, str]]:
    rows = connection.execute(select(PARTS.c.centre, PARTS.c.sha).distinct().order_by(PARTS.c.centre, PARTS.c.sha))
    return [(centre, sha) for centre, sha in rows]


def _put_table(archive: zipfile.ZipFile, connection: Connection, table: Table) -> Member:
    rows, digest = 0, hashlib.sha256()
    found = connection.execution_options(stream_results=True, yield_per=SLICE).execute(_raw(table))
    with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as file:
        for row in found:
            line = (json.dumps([_told(cell) for cell in row], ensure_ascii=False) + "\n").encode()
            digest.update(line)
            file.write(line)
            rows += 1
    return Member(sha=digest.hexdigest(), rows=rows)


def _raw(table: Table) -> Any:
    return select(*table.columns).order_by(*table.primary_key.columns)


def _told(cell: Any) -> Any:
    if isinstance(cell, bytes):
        return base64.b64encode(cell).decode()
    return cell.isoformat() if isinstance(cell, date | datetime) else cell


def _put_part(archive: zipfile.ZipFile, files: Files, centre: str, sha: str) -> Member:
    archive.write(part_file(files.history(centre), sha), f"history/{centre}/{sha}.parquet", zipfile.ZIP_STORED)
    return Member(sha=sha)


@contextmanager
def _opened(file: Path) -> Generator[tuple[zipfile.ZipFile, Manifest]]:
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive, Manifest.model_validate_json(archive.read(MANIFEST))
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise InvalidData([Finding(file.name, None, None, str(error), "a backup of Echelon")]) from error
    except ValidationError as error:
        raise InvalidData(findings_of(error, f"{file.name}/{MANIFEST}")) from error


def check_backup(file: Path) -> Manifest:
    """Read a backup whole and compare it with its manifest.

    Raises
    ------
    InvalidData
        It is no backup.
    VerificationFailed
        A file of it lacks or is not what it was.
    """
    with _opened(file) as (archive, told):
        members = {f"tables/{name}.jsonl": one for name, one in told.tables.items()}
        members |= {f"history/{name}.parquet": one for name, one in told.history.items()}
        lacking = sorted(set(members) - set(archive.namelist()))
        wrong = [name for name, one in members.items() if name not in lacking and _hash(archive, name) != one.sha]
    if lacking or wrong:
        raise VerificationFailed(
            f"{file.name}: {len(lacking)} files lack and {len(wrong)} differ: {', '.join([*lacking, *wrong][:5])}"
        )
    return told


def _hash(archive: zipfile.ZipFile, name: str) -> str:
    try:
        with archive.open(name) as held:
            return _digest(held)
    except zipfile.BadZipFile:
        return ""


def _digest(held: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := held.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def read_backup(database: Database, files: Files, file: Path) -> Manifest:
    """Restore a backup into an empty database; the manifest, with which `unsound` compares what came of it.

    Runs that had not ended when it was made have failed: the jobs behind them are not in a backup.

    Raises
    ------
    InvalidData
        It is no backup, or the database holds something.
    VerificationFailed
        The backup is damaged.
    """
    told = check_backup(file)
    _check_empty(database, files)
    upgrade(database, told.schema_version)
    with _opened(file) as (archive, _):
        for name in told.history:
            _take_part(archive, files, name)
        with database.writing() as connection:
            tables = MetaData()
            tables.reflect(connection, only=list(told.tables))
            for table in tables.sorted_tables:
                _take_table(archive, connection, table)
    upgrade(database)
    with database.writing() as connection:
        reason = f"it had not ended when the backup was made that was restored: {told.made_at.isoformat(timespec='seconds')}"
        fail_unfinished(connection, Restored(reason), told.made_at)
    return told


def _check_empty(database: Database, files: Files) -> None:
    """Raise `InvalidData` if anything is kept already."""
    held = list[str]()
    if schema_version(database):
        check_schema(database)
        with database.reading() as connection:
            held = [
                table.name for table in every_table().sorted_tables if connection.scalar(select(func.count()).select_from(table))
            ]
    if held or any((files.root / "history").glob("*/*.parquet")):
        fix = "name an empty data folder and an empty database"
        raise InvalidData(
            [Finding(str(files.root), None, None, f"an installation that holds {held or 'calls'}", "an empty one", fix)]
        )
    if schema_version(database):
        _drop_all(database)


def _drop_all(database: Database) -> None:
    """Take away empty tables, so that those of an older schema can be made."""
    with database.writing() as connection:
        every_table().drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))


def _take_part(archive: zipfile.ZipFile, files: Files, name: str) -> None:
    centre, sha = name.split("/")
    with replacing(part_file(files.history(centre), sha)) as temporary:
        temporary.write_bytes(archive.read(f"history/{name}.parquet"))


def _take_table(archive: zipfile.ZipFile, connection: Connection, table: Table) -> None:
    columns = list(table.columns)
    with archive.open(f"tables/{table.name}.jsonl") as file:
        rows = ({c.name: _read(c.type, cell) for c, cell in zip(columns, json.loads(line), strict=True)} for line in file)
        for some in _slices(rows):
            connection.execute(insert(table), some)
    if connection.dialect.name == "postgresql" and "id" in table.c:
        _count_on(connection, table)


def _slices(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    held = iter(rows)
    while some := list(islice(held, SLICE)):
        yield some


def _read(kind: Any, cell: Any) -> Any:
    if cell is None:
        return None
    if isinstance(kind, LargeBinary):
        return base64.b64decode(cell)
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(cell).replace(tzinfo=None)
    return date.fromisoformat(cell) if isinstance(kind, Date) else cell


def _count_on(connection: Connection, table: Table) -> None:
    """Rows that number themselves go on after those that are there."""
    sequence = connection.scalar(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": f'"{table.name}"'})
    last = connection.scalar(select(func.max(table.c.id))) if sequence else None
    if last is not None:
        connection.execute(text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last})
