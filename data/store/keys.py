"""Keys of systems: only the hash of a key is kept."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Column, Connection, String, Table, bindparam, insert, or_, select, update

from data.model.errors import NotFound
from data.store.base import Id, Instant, metadata
from data.store.revisions import Author, record

PREFIX = "ech_"

SHOWN = 10
"""Characters of a key that are kept in the clear, so that people tell keys apart."""

USE_NOTED = timedelta(minutes=1)
"""The last use of a key is written no more often."""

KEYS = Table(
    "api_key",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(100), nullable=False),
    Column("prefix", String(20), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("roles", JSON, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(200), nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("used_at", Instant),
)
"""`scopes`: centres, sites, teams, projects, agent, permissions, as of `api.http.permissions.Caller`."""

VALID = select(KEYS).where(KEYS.c.hash == bindparam("told"), KEYS.c.revoked_at.is_(None))
"""Asked with every request: it is put together once."""

TOLD = tuple(column for column in KEYS.columns if column.name != "hash")


def hash_of(key: str) -> str:
    """What is kept of a key: a random key of 32 bytes needs no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()


def add_key(
    connection: Connection,
    name: str,
    roles: list[str],
    author: Author,
    scopes: dict[str, Any] | None = None,
    expires_at: datetime | None = None,
) -> str:
    """Make a key; it is told this once."""
    return make_key(connection, name, roles, author, scopes, expires_at)[1]


def make_key(
    connection: Connection,
    name: str,
    roles: list[str],
    author: Author,
    scopes: dict[str, Any] | None = None,
    expires_at: datetime | None = None,
) -> tuple[int, str]:
    """Make a key; its id, and the key, which is told this once."""
    key = PREFIX + secrets.token_urlsafe(32)
    told = {"name": name, "roles": roles, "scopes": scopes or {}, "expires_at": expires_at, "prefix": key[:SHOWN]}
    told |= {"hash": hash_of(key), "created_at": author.at, "created_by": author.who}
    number = connection.execute(insert(KEYS).values(**told).returning(KEYS.c.id)).scalar_one()
    record(connection, author, "key.added", name, after={"id": number, "roles": roles, "scopes": scopes or {}})
    return number, key


def key_row(connection: Connection, key: str, now: datetime) -> dict[str, Any] | None:
    """A key that is valid; None = there is none."""
    row = connection.execute(VALID, {"told": hash_of(key)}).mappings().first()
    if row is None or (row["expires_at"] is not None and row["expires_at"] <= now):
        return None
    return dict(row)


def is_noted(row: dict[str, Any], now: datetime) -> bool:
    """Whether the use of a key was written down shortly before."""
    return row["used_at"] is not None and now - row["used_at"] < USE_NOTED


def note_use(connection: Connection, number: int, now: datetime) -> None:
    """Write down that a key was used, unless somebody has just done so."""
    stale = or_(KEYS.c.used_at.is_(None), KEYS.c.used_at <= now - USE_NOTED)
    connection.execute(update(KEYS).where(KEYS.c.id == number, stale).values(used_at=now))


def keys(connection: Connection, after: int = 0, limit: int = 1000) -> list[dict[str, Any]]:
    """Keys in the order in which they were made, the revoked ones too; never their hashes."""
    rows = connection.execute(select(*TOLD).where(KEYS.c.id > after).order_by(KEYS.c.id).limit(limit)).mappings()
    return [dict(row) for row in rows]


def key_of(connection: Connection, number: int) -> dict[str, Any]:
    """What is known of a key.

    Raises
    ------
    NotFound
        There is none of that id.
    """
    row = connection.execute(select(*TOLD).where(KEYS.c.id == number)).mappings().first()
    if row is None:
        raise NotFound(f"no key {number}")
    return dict(row)


def rotate_key(connection: Connection, number: int, grace: timedelta, author: Author) -> tuple[int, str]:
    """Make a key that holds what an older one holds; the older one lives on for a while only.

    Parameters
    ----------
    grace : timedelta
        How long both are valid.

    Raises
    ------
    NotFound
        There is no such key, or it is valid no longer.
    """
    old = key_of(connection, number)
    if old["revoked_at"] is not None or (old["expires_at"] is not None and old["expires_at"] <= author.at):
        raise NotFound(f"the key {number} is valid no longer: make a new one")
    made = make_key(connection, old["name"], old["roles"], author, old["scopes"], _as_long(old, author.at))
    ends = min(author.at + grace, old["expires_at"] or author.at + grace)
    connection.execute(update(KEYS).where(KEYS.c.id == number).values(expires_at=ends))
    record(connection, author, "key.rotated", old["name"], before={"id": number}, after={"id": made[0], "until": ends.isoformat()})
    return made


def _as_long(old: dict[str, Any], now: datetime) -> datetime | None:
    """A key that was given a life of its own gets the same again."""
    return None if old["expires_at"] is None else now + (old["expires_at"] - old["created_at"])


def revoke_key(connection: Connection, number: int, author: Author) -> None:
    """A key is valid no longer.

    Raises
    ------
    NotFound
        There is none of that id.
    """
    old = key_of(connection, number)
    if old["revoked_at"] is None:
        connection.execute(update(KEYS).where(KEYS.c.id == number).values(revoked_at=author.at))
        record(connection, author, "key.revoked", old["name"], before={"id": number})
