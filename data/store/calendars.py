"""Links of calendar feeds: only the hash of a link is kept, and it may be revoked."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Connection, ForeignKey, Index, String, Table, insert, select, update

from data.model.errors import NotFound
from data.store.base import Id, Instant, metadata
from data.store.revisions import Author, record
from data.store.roster_reading import Wanted, chain_of, rows, versions_held

FEEDS = Table(
    "calendar_feed",
    metadata,
    Column("id", Id, primary_key=True),
    Column("centre", String(64), ForeignKey("centre.id"), nullable=False),
    Column("agent", String(100), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("note", String(200), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(200), nullable=False),
    Column("revoked_at", Instant),
    Index("ix_calendar_feed_agent", "centre", "agent"),
)


@dataclass(frozen=True)
class Feed:
    """A calendar feed of an agent."""

    id: int
    centre: str
    agent: str
    hash: str
    note: str
    created_at: datetime
    created_by: str
    revoked_at: datetime | None


def _hash_of(token: str) -> str:
    """What is kept of a link: a random token of 32 bytes needs no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def add_feed(connection: Connection, centre: str, agent: str, note: str, author: Author) -> tuple[Feed, str]:
    """Make a feed; its token is told this once."""
    token = secrets.token_urlsafe(32)
    told: dict[str, Any] = {"centre": centre, "agent": agent, "note": note, "created_at": author.at, "created_by": author.who}
    made = connection.execute(insert(FEEDS).values(hash=_hash_of(token), **told).returning(FEEDS.c.id)).scalar_one()
    record(connection, author, "calendar.added", str(made), centre=centre, after={"agent": agent, "note": note})
    return Feed(made, hash=_hash_of(token), revoked_at=None, **told), token


def renew_feed(connection: Connection, centre: str, number: int, author: Author) -> tuple[Feed, str]:
    """Give a feed another link, since nobody knows the one that it had; its token is told this once.

    Raises
    ------
    NotFound
        There is none of that id that answers.
    """
    found = next((one for one in feeds(connection, centre) if one.id == number), None)
    if found is None:
        raise NotFound(f"no calendar feed {number}")
    token = secrets.token_urlsafe(32)
    connection.execute(update(FEEDS).where(FEEDS.c.id == number).values(hash=_hash_of(token)))
    record(connection, author, "calendar.renewed", str(number), centre=centre, after={"agent": found.agent})
    return replace(found, hash=_hash_of(token)), token


def feeds(connection: Connection, centre: str, agents: Sequence[str] | None = None) -> list[Feed]:
    """Feeds of a centre that are not revoked; of some agents alone if they are named."""
    of = [FEEDS.c.centre == centre, FEEDS.c.revoked_at.is_(None), *([FEEDS.c.agent.in_(agents)] if agents is not None else [])]
    return [Feed(*row) for row in connection.execute(select(FEEDS).where(*of).order_by(FEEDS.c.id))]


def revoke_feed(connection: Connection, centre: str, number: int, author: Author) -> None:
    """Let a feed answer no more.

    Raises
    ------
    NotFound
        There is none of that id that answers.
    """
    of = (FEEDS.c.centre == centre, FEEDS.c.id == number, FEEDS.c.revoked_at.is_(None))
    agent = connection.scalar(select(FEEDS.c.agent).where(*of))
    if agent is None:
        raise NotFound(f"no calendar feed {number}")
    connection.execute(update(FEEDS).where(*of).values(revoked_at=author.at))
    record(connection, author, "calendar.revoked", str(number), centre=centre, before={"agent": agent})


def feed_of(connection: Connection, token: str) -> Feed | None:
    """The feed of a link; None = there is none, or it was revoked."""
    told = _hash_of(token)
    row = connection.execute(select(FEEDS).where(FEEDS.c.hash == told, FEEDS.c.revoked_at.is_(None))).first()
    return None if row is None or not hmac.compare_digest(row.hash, told) else Feed(*row)


@dataclass(frozen=True)
class ShiftDay:
    """A shift of a day as it was published.

    Parameters
    ----------
    breaks : tuple of datetime
        Starts of the paid breaks.
    """

    code: str
    start: datetime
    end: datetime
    meal_start: datetime | None
    meal_minutes: int
    breaks: tuple[datetime, ...]


@dataclass(frozen=True)
class Published:
    """What is published of an agent's day.

    Parameters
    ----------
    shift : ShiftDay
        As it stands, or as it stood before it was taken away.
    sequence : int
        How often it has changed since it was first published, taken away and given back included.
    at : datetime
        When it changed last.
    """

    day: date
    shift: ShiftDay
    sequence: int
    at: datetime
    cancelled: bool


def published_days(connection: Connection, centre: str, agent: str, first: date) -> list[Published]:
    """An agent's shifts from a day on, as every published version in turn has left them."""
    chain, held = chain_of(connection, centre), versions_held(connection, centre)
    known: dict[date, Published] = {}
    for step in chain.steps:
        own = chain.proposed.get(step.version)
        if step.deed != "published" or own is None or step.version not in held or not own.meets(first, None):
            continue
        begins = max(first, own.first or first)
        for row in rows(connection, held[step.version], Wanted([agent], begins, own.last)):
            _take(known, row["date"], _shift(row), step.at)
    return [known[day] for day in sorted(known)]


def _shift(row: dict[str, object]) -> ShiftDay | None:
    names = ("code", "start", "end", "meal_start", "meal_minutes", "break_starts")
    code, start, end, meal, minutes, breaks = (row[name] for name in names)
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        return None
    assert isinstance(breaks, list)
    eaten = minutes if isinstance(minutes, int) else 0
    return ShiftDay(str(code), start, end, meal if isinstance(meal, datetime) else None, eaten, tuple(breaks))


def _take(known: dict[date, Published], day: date, shift: ShiftDay | None, at: datetime) -> None:
    """What a publication makes of a day."""
    before = known.get(day)
    if before is None:
        if shift is not None:
            known[day] = Published(day, shift, 0, at, cancelled=False)
        return
    same = before.cancelled if shift is None else not before.cancelled and before.shift == shift
    if not same:
        known[day] = Published(day, shift or before.shift, before.sequence + 1, at, cancelled=shift is None)
