"""Events that others hear of, kept in the transaction of what they tell; webhooks deliver them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Connection, Index, Integer, String, Table, insert, select

from data.store.base import Id, Instant, metadata
from data.store.revisions import Change, revision_of
from data.store.webhooks import matches, queue

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

MOST = 500
"""Rows that one event tells at most."""


@dataclass(frozen=True)
class Told:
    """How the rows that are added to a log become events.

    Parameters
    ----------
    kind : str
        What the event is about: ``roster``.
    deed : str
        Column that says what was done, or else the one word that every row means.
    fields : tuple of str
        What is told of a row. Free text of people stays inside: it may hold what protects somebody.
    together : str
        Name of the list that the rows of one change are told in; empty = each row is an event.
    """

    kind: str
    deed: str
    fields: tuple[str, ...]
    together: str = ""


TOLD = {
    "versions": Told("roster", "deed", ("version", "by", "at", "parent", "rhythm", "first", "last")),
    "changes": Told("roster", "changed", ("agent", "day", "before", "after", "rhythm", "minutes"), "changes"),
    "warning-steps": Told("warning", "deed", ("warning", "by", "at", "level", "role", "queue", "start", "end", "stands_on")),
    "call-out-steps": Told(
        "call_out", "deed", ("call_out", "by", "at", "agent", "until", "echelon", "queue", "start", "end", "heads")
    ),
    "decisions": Told("decision", "made", ("request", "kind", "agent", "verdict", "taker", "decided_at", "version")),
    "leave-decisions": Told(
        "leave_decision", "made", ("wish", "agent", "outcome", "first", "last", "granted", "offer_first", "offer_last")
    ),
    "proposals": Told(
        "proposal", "deed", ("proposal", "by", "at", "kind", "agents", "queue", "start", "end", "expires_at", "version")
    ),
    "loan-steps": Told("loan", "deed", ("loan", "by", "at")),
}
"""Logs whose rows others hear of, by the name of the resource."""


def events_of(resource: str, bodies: Sequence[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Type and data of the events that rows added to a log mean."""
    if resource not in TOLD:
        return
    told, grouped = TOLD[resource], defaultdict[str, list[dict[str, Any]]](list)
    for body in bodies:
        grouped[f"{told.kind}.{body.get(told.deed, told.deed)}"].append(
            {name: body[name] for name in told.fields if body.get(name) not in (None, "")}
        )
    for kind, rows in grouped.items():
        parts = ({told.together: rows[k : k + MOST]} for k in range(0, len(rows), MOST)) if told.together else rows
        yield from ((kind, part) for part in parts)


def tell(change: Change, resource: str, bodies: Sequence[dict[str, Any]]) -> None:
    """Emit the events that rows added to a log mean; a change that brings in what happened elsewhere before is not told."""
    if not change.quiet:
        for kind, data in events_of(resource, bodies):
            emit(change, kind, data)


def emit(change: Change, kind: str, data: dict[str, Any]) -> int:
    """Tell that something happened, e.g. ``roster.published``; id of the event."""
    event = add_event(change.connection, change.centre, change.number, kind, change.author.at, data)
    queue(change.connection, change.centre, event, kind, change.author.at)
    return event


def emit_of_none(connection: Connection, centre: str, kind: str, at: datetime, data: dict[str, Any]) -> int:
    """Tell that something happened that belongs to no change of the centre, at its last revision; id of the event."""
    event = add_event(connection, centre, revision_of(connection, centre), kind, at, data)
    queue(connection, centre, event, kind, at)
    return event


def add_event(connection: Connection, centre: str, revision: int, kind: str, at: datetime, data: dict[str, Any]) -> int:
    """Keep an event without telling anybody; its id."""
    row = {"centre": centre, "revision": revision, "type": kind, "at": at, "data": data}
    return connection.execute(insert(EVENTS).values(**row).returning(EVENTS.c.id)).scalar_one()


def event_row(connection: Connection, number: int) -> dict[str, Any]:
    """An event by its id."""
    return dict(connection.execute(select(EVENTS).where(EVENTS.c.id == number)).mappings().one())


def events(
    connection: Connection, centre: str, *, after: int = 0, limit: int = 100, types: Sequence[str] = ("*",)
) -> list[dict[str, Any]]:
    """Events of a centre after one, oldest first."""
    chosen = select(EVENTS).where(EVENTS.c.centre == centre, EVENTS.c.id > after).order_by(EVENTS.c.id)
    held = list[dict[str, Any]]()
    for row in connection.execution_options(yield_per=500).execute(chosen).mappings():
        if matches(types, row["type"]):
            held.append(dict(row))
        if len(held) == limit:
            break
    return held
