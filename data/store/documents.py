"""Documents: the files of a centre's folder that are no rows, each version kept once by its content."""

import hashlib
import zlib

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    and_,
    insert,
    or_,
    select,
    update,
)

from data.model.errors import NotFound
from data.store.base import Id, insert_new, metadata
from data.store.revisions import Change

BLOBS = Table(
    "blob",
    metadata,
    Column("sha", String(64), primary_key=True),
    Column("size", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""Content by its SHA-256, compressed."""

DOCUMENTS = Table(
    "document",
    metadata,
    Column("id", Id, primary_key=True),
    Column("centre", String(64), ForeignKey("centre.id"), nullable=False),
    Column("path", String(400), nullable=False),
    Column("sha", String(64), ForeignKey("blob.sha"), nullable=False),
    Column("since", Integer, nullable=False),
    Column("until", Integer),
    Index("ix_document_current", "centre", "until", "path"),
)


def standing_documents(centre: str, revision: int | None) -> ColumnElement[bool]:
    """Documents that stand at a revision; None = now."""
    if revision is None:
        return and_(DOCUMENTS.c.centre == centre, DOCUMENTS.c.until.is_(None))
    ended = or_(DOCUMENTS.c.until.is_(None), DOCUMENTS.c.until > revision)
    return and_(DOCUMENTS.c.centre == centre, DOCUMENTS.c.since <= revision, ended)


def documents(connection: Connection, centre: str, revision: int | None = None) -> dict[str, tuple[str, int]]:
    """Hash and revision of each document by its path."""
    columns = (DOCUMENTS.c.path, DOCUMENTS.c.sha, DOCUMENTS.c.since)
    rows = connection.execute(select(*columns).where(standing_documents(centre, revision)).order_by(DOCUMENTS.c.path))
    return {path: (sha, since) for path, sha, since in rows}


def content(connection: Connection, sha: str) -> bytes:
    """Content by its hash.

    Raises
    ------
    NotFound
        There is none.
    """
    found = connection.scalar(select(BLOBS.c.content).where(BLOBS.c.sha == sha))
    if found is None:
        raise NotFound(f"no content {sha}")
    return zlib.decompress(found)


def put_document(change: Change, path: str, data: bytes) -> None:
    """Append a version of a document; equal content changes nothing."""
    sha = keep_blob(change.connection, data)
    now = standing_documents(change.centre, None)
    if change.connection.scalar(select(DOCUMENTS.c.sha).where(now, DOCUMENTS.c.path == path)) == sha:
        return
    drop_document(change, path)
    row = {"centre": change.centre, "path": path, "sha": sha, "since": change.number}
    change.connection.execute(insert(DOCUMENTS).values(**row))


def keep_blob(connection: Connection, data: bytes) -> str:
    """Keep content once; its hash."""
    sha = hashlib.sha256(data).hexdigest()
    if connection.scalar(select(BLOBS.c.sha).where(BLOBS.c.sha == sha)) is None:
        insert_new(connection, BLOBS, {"sha": sha, "size": len(data), "content": zlib.compress(data, 6)})
    return sha


def drop_document(change: Change, path: str) -> None:
    """A document stands no longer."""
    now = standing_documents(change.centre, None)
    change.connection.execute(update(DOCUMENTS).where(now, DOCUMENTS.c.path == path).values(until=change.number))
