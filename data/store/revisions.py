"""Revisions of a centre: who changed what, when and why; every change belongs to one."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Connection, Index, Integer, String, Table, insert, select, update

from data.model.errors import Finding, InvalidData, NotFound, there_are
from data.store.base import Database, Id, Instant, metadata

CENTRES = Table(
    "centre",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("removed_at", Instant),
)

AUDIT = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("who", String(200), nullable=False),
    Column("action", String(80), nullable=False),
    Column("centre", String(64)),
    Column("revision", Integer),
    Column("target", String(200), nullable=False),
    Column("why", String(2000), nullable=False),
    Column("origin", JSON, nullable=False),
    Column("before", JSON),
    Column("after", JSON),
    Index("ix_audit_centre_revision", "centre", "revision"),
)
"""Only ever added to. What a revision of a centre changed, row by row, follows from the rows themselves (`since`, `until`)."""


@dataclass(frozen=True)
class Author:
    """Whose hand a change is in.

    Parameters
    ----------
    who : str
        Person or system.
    at : datetime
    why : str
    origin : dict
        Where it comes from: the run, the request, the address, the code version.
    """

    who: str
    at: datetime
    why: str = ""
    origin: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Change:
    """A revision in the making: the transaction, the centre and its next number.

    Parameters
    ----------
    number : int
        Versions that this change appends stand since this number.
    quiet : bool
        Whether nobody hears of its events: they happened before, elsewhere.
    """

    connection: Connection
    centre: str
    number: int
    author: Author
    quiet: bool = False


def add_centre(connection: Connection, centre: str, author: Author) -> None:
    """Add an empty centre.

    Raises
    ------
    InvalidData
        There is one of that id.
    """
    if connection.scalar(select(CENTRES.c.id).where(CENTRES.c.id == centre)) is not None:
        raise InvalidData([Finding("centres", None, "id", repr(centre), "a new id")])
    connection.execute(insert(CENTRES).values(id=centre, revision=0, created_at=author.at))
    record(connection, author, "centre.added", centre, centre=centre)


def centres(connection: Connection) -> list[str]:
    """Ids of the centres."""
    return list(connection.scalars(select(CENTRES.c.id).where(CENTRES.c.removed_at.is_(None)).order_by(CENTRES.c.id)))


def revision_of(connection: Connection, centre: str) -> int:
    """Number of the last revision.

    Raises
    ------
    NotFound
        There is no such centre.
    """
    found = connection.scalar(select(CENTRES.c.revision).where(CENTRES.c.id == centre, CENTRES.c.removed_at.is_(None)))
    if found is None:
        raise NotFound(f"no centre {centre!r}; {there_are(centres(connection))}")
    return found


@contextmanager
def changing(database: Database, centre: str, author: Author, action: str, target: str = "") -> Generator[Change]:
    """A change of a centre: all that the block writes is kept under one revision, or nothing is.

    Changes of one centre queue.
    """
    with database.writing() as connection:
        yield begin(connection, centre, author, action, target)


def begin(connection: Connection, centre: str, author: Author, action: str, target: str = "") -> Change:
    """The next revision of a centre, within a transaction that the caller keeps."""
    revision_of(connection, centre)
    raised = update(CENTRES).where(CENTRES.c.id == centre).values(revision=CENTRES.c.revision + 1)
    connection.execute(raised)  # on PostgreSQL this locks the row until the transaction ends
    number = revision_of(connection, centre)
    record(connection, author, action, target, centre=centre, revision=number)
    return Change(connection, centre, number, author)


def record(
    connection: Connection,
    author: Author,
    action: str,
    target: str,
    *,
    centre: str | None = None,
    revision: int | None = None,
    before: Any = None,
    after: Any = None,
) -> None:
    """Add a line to the audit trail, in the transaction of what it tells."""
    told = {"at": author.at, "who": author.who, "why": author.why, "origin": author.origin, "before": before, "after": after}
    connection.execute(insert(AUDIT).values(action=action, target=target, centre=centre, revision=revision, **told))


def audited(connection: Connection, centre: str) -> list[dict[str, Any]]:
    """Lines of the audit trail of a centre, the oldest first."""
    return [dict(row) for row in connection.execute(select(AUDIT).where(AUDIT.c.centre == centre).order_by(AUDIT.c.id)).mappings()]
