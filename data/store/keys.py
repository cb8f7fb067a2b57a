"""Keys of systems: only the hash of a key is kept."""

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import JSON, Column, Connection, String, Table, insert, select

from data.store.base import Id, Instant, metadata
from data.store.revisions import Author, record

PREFIX = "ech_"

KEYS = Table(
    "api_key",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(100), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("roles", JSON, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("used_at", Instant),
)
"""`scopes`: centres, sites, teams, projects, agent, permissions, as of `api.http.permissions.Caller`."""


def hash_of(key: str) -> str:
    """What is kept of a key: a random key of 32 bytes needs no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()


def add_key(
    connection: Connection,
    name: str,
    roles: list[str],
    author: Author,
    scopes: dict[str, object] | None = None,
    expires_at: datetime | None = None,
) -> str:
    """Make a key; it is told this once."""
    key = PREFIX + secrets.token_urlsafe(32)
    told = {"name": name, "roles": roles, "scopes": scopes or {}, "expires_at": expires_at}
    connection.execute(insert(KEYS).values(hash=hash_of(key), created_at=author.at, **told))
    record(connection, author, "key.added", name, after={"roles": roles, "scopes": scopes or {}})
    return key


def key_row(connection: Connection, key: str, now: datetime) -> dict[str, object] | None:
    """A key that is valid; None = there is none."""
    row = connection.execute(select(KEYS).where(KEYS.c.hash == hash_of(key), KEYS.c.revoked_at.is_(None))).mappings().first()
    if row is None or (row["expires_at"] is not None and row["expires_at"] <= now):
        return None
    return dict(row)
