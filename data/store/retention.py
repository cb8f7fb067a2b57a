"""What is no longer kept: answers, logs and events of some age, contents and parts of the history that nothing refers to."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import Column, Connection, Table, delete, func, not_, select, update

from data.store.answers import ANSWERS
from data.store.documents import BLOBS, DOCUMENTS
from data.store.entries import ENTRIES
from data.store.events import EVENTS
from data.store.folder import Files
from data.store.history import PARTS, part_file
from data.store.revisions import AUDIT
from data.store.rosters import ASSIGNMENTS, ROSTERS
from data.store.runs import RUNS
from data.store.schema import every_table


def forget_answers(connection: Connection, before: datetime) -> int:
    """Forget answers to requests with an idempotency key; how many."""
    return connection.execute(delete(ANSWERS).where(ANSWERS.c.at < before)).rowcount


def forget_events(connection: Connection, before: datetime) -> int:
    """Forget events that have been told; how many."""
    unused = [not_(select(column).where(column == EVENTS.c.id).exists()) for column in _references(EVENTS.c.id)]
    return connection.execute(delete(EVENTS).where(EVENTS.c.at < before, *unused)).rowcount


def forget_run_logs(connection: Connection, before: datetime) -> int:
    """Forget what runs wrote while they ran; the runs and their results stay; how many."""
    old = (RUNS.c.ended_at < before, RUNS.c.log.is_not(None))
    return connection.execute(update(RUNS).where(*old).values(log=None)).rowcount


def forget_superseded(connection: Connection, before: datetime) -> int:
    """Forget versions that had been superseded by then; earlier revisions can no longer be read; how many.

    The audit trail keeps that they were.
    """
    made = (AUDIT.c.revision.is_not(None), AUDIT.c.at < before)
    reached = connection.execute(select(AUDIT.c.centre, func.max(AUDIT.c.revision)).where(*made).group_by(AUDIT.c.centre)).all()
    return sum(_forget_until(connection, centre, number) for centre, number in reached)


def _forget_until(connection: Connection, centre: str, number: int) -> int:
    gone = select(ROSTERS.c.id).where(ROSTERS.c.centre == centre, ROSTERS.c.until <= number)
    connection.execute(delete(ASSIGNMENTS).where(ASSIGNMENTS.c.roster.in_(gone)))
    tables = (ENTRIES, DOCUMENTS, ROSTERS, PARTS)
    return sum(connection.execute(delete(t).where(t.c.centre == centre, t.c.until <= number)).rowcount for t in tables)


def forget_contents(connection: Connection) -> int:
    """Forget contents that no row of any table refers to; how many."""
    used = [not_(select(column).where(column == BLOBS.c.sha).exists()) for column in _references(BLOBS.c.sha)]
    return connection.execute(delete(BLOBS).where(*used)).rowcount


def _references(to: "Column[str] | Column[int]") -> Iterator["Column[str]"]:
    """Columns of other tables that refer to a column."""
    for table in every_table().tables.values():
        yield from _of_table(table, to)


def _of_table(table: Table, to: "Column[str] | Column[int]") -> Iterator["Column[str]"]:
    return (key.parent for key in table.foreign_keys if key.column is to)  # pyright: ignore[reportReturnType]


def unused_parts(connection: Connection, files: Files, before: datetime) -> list[Path]:
    """Files of the history that were written before some time and that no revision knows, such as those of failed uploads."""
    known = {part_file(files.history(centre), sha) for centre, sha in connection.execute(select(PARTS.c.centre, PARTS.c.sha))}
    held = (files.root / "history").glob("*/*.parquet")
    return [file for file in held if file not in known and file.stat().st_mtime < before.timestamp()]
