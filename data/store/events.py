"""Events that others hear of, kept in the transaction of what they tell: webhooks deliver them later."""

from typing import Any

from sqlalchemy import JSON, Column, Index, Integer, String, Table, insert

from data.store.base import Id, Instant, metadata
from data.store.revisions import Change

EVENTS = Table(
    "event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("centre", String(64), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("type", String(80), nullable=False),
    Column("at", Instant, nullable=False),
    Column("data", JSON, nullable=False),
    Index("ix_event_centre", "centre", "id"),
)


def emit(change: Change, kind: str, data: dict[str, Any]) -> None:
    """Tell that something happened, e.g. ``roster.published``."""
    row = {"centre": change.centre, "revision": change.number, "type": kind, "at": change.author.at, "data": data}
    change.connection.execute(insert(EVENTS).values(**row))
