"""Sessions of people: rows of the database, so that each can be ended at once; only the hash of a token is kept."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Index, String, Table, and_, delete, insert, select, update

from data.model.errors import NotFound
from data.store.base import Id, Instant, metadata
from data.store.keys import hash_of
from data.store.users import USERS

SESSIONS = Table(
    "session",
    metadata,
    Column("id", Id, primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("user", String(100), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("used_at", Instant, nullable=False),
    Column("address", String(60), nullable=False),
    Column("device", String(200), nullable=False),
    Index("ix_session_user", "user"),
)

USE_NOTED = timedelta(minutes=1)
"""The last use is written no more often."""


@dataclass(frozen=True)
class Limits:
    """How long a session lives.

    Parameters
    ----------
    idle, whole : timedelta
        Since its last use; since its login.
    """

    idle: timedelta
    whole: timedelta

    def alive(self, now: datetime) -> Any:
        """Condition of the rows that are alive."""
        return and_(SESSIONS.c.used_at > now - self.idle, SESSIONS.c.created_at > now - self.whole)


def add_session(connection: Connection, user: str, now: datetime, address: str, device: str, limits: Limits) -> str:
    """Begin a session; its token. Sessions that have ended are swept out."""
    connection.execute(delete(SESSIONS).where(~limits.alive(now)))
    token = secrets.token_urlsafe(32)
    told = {"user": user.lower(), "created_at": now, "used_at": now, "address": address[:60], "device": device[:200]}
    connection.execute(insert(SESSIONS).values(hash=hash_of(token), **told))
    return token


def session_row(connection: Connection, token: str, now: datetime, limits: Limits) -> dict[str, Any] | None:
    """A session that is alive, with its person as they stand now; None = there is none."""
    person = (USERS.c.name, USERS.c.roles, USERS.c.scopes, USERS.c.agent, USERS.c.must_change_password)
    joined = SESSIONS.join(USERS, SESSIONS.c.user == USERS.c.name)
    of = (SESSIONS.c.hash == hash_of(token), limits.alive(now), USERS.c.disabled.is_(False))
    row = connection.execute(select(SESSIONS.c.id, SESSIONS.c.used_at, *person).select_from(joined).where(*of)).mappings().first()
    return None if row is None else dict(row)


def is_noted(row: dict[str, Any], now: datetime) -> bool:
    """Whether the use of a session was written down shortly before."""
    return now - row["used_at"] < USE_NOTED


def note_use(connection: Connection, number: int, now: datetime) -> None:
    """Write down that a session was used."""
    connection.execute(update(SESSIONS).where(SESSIONS.c.id == number, SESSIONS.c.used_at < now).values(used_at=now))


def sessions_of(connection: Connection, user: str, now: datetime, limits: Limits) -> list[dict[str, Any]]:
    """Sessions of a person that are alive, newest first; never their tokens."""
    columns = [column for column in SESSIONS.columns if column.name not in ("hash", "user")]
    of = (SESSIONS.c.user == user.lower(), limits.alive(now))
    rows = connection.execute(select(*columns).where(*of).order_by(SESSIONS.c.id.desc())).mappings()
    return [dict(row) for row in rows]


def end_session(connection: Connection, user: str, number: int) -> None:
    """End a session of a person.

    Raises
    ------
    NotFound
        They have none of that id.
    """
    ended = connection.execute(delete(SESSIONS).where(SESSIONS.c.user == user.lower(), SESSIONS.c.id == number))
    if not ended.rowcount:
        raise NotFound(f"no session {number}")


def end_sessions(connection: Connection, user: str, but: int | None = None) -> None:
    """End all sessions of a person, but one."""
    of = SESSIONS.c.user == user.lower()
    connection.execute(delete(SESSIONS).where(of if but is None else of & (SESSIONS.c.id != but)))
