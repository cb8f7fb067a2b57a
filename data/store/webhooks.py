"""Subscriptions of other systems to events, and the delivery of each event to each of them: an outbox that loses nothing."""

import base64
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)

from data.model.errors import NotFound
from data.store.base import Id, Instant, metadata
from data.store.bulk import bulk_insert
from data.store.revisions import Author, record

DeliveryState = Literal["waiting", "delivered", "dead"]

SUBSCRIPTIONS = Table(
    "webhook",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("centre", String(64), ForeignKey("centre.id"), nullable=False),
    Column("url", String(2000), nullable=False),
    Column("types", JSON, nullable=False),
    Column("secret", String(100), nullable=False),
    Column("old_secret", String(100)),
    Column("old_until", Instant),
    Column("enabled", Boolean, nullable=False),
    Column("why", String(400), nullable=False),
    Column("failing_since", Instant),
    Column("created_at", Instant, nullable=False),
    Column("removed_at", Instant),
    Column("version", Integer, nullable=False),
    Index("ix_webhook_centre", "centre", "removed_at"),
)
"""`old_secret` signs as well until `old_until`; `why` tells why it is not enabled."""

DELIVERIES = Table(
    "delivery",
    metadata,
    Column("id", Id, primary_key=True),
    Column("webhook", String(40), ForeignKey("webhook.id"), nullable=False),
    Column("event", Id, ForeignKey("event.id"), nullable=False),
    Column("type", String(80), nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("next_at", Instant),
    Column("last_at", Instant),
    Column("status", Integer),
    Column("error", String(400), nullable=False),
    Index("ix_delivery_due", "state", "next_at"),
    Index("ix_delivery_webhook", "webhook", "id"),
)
"""`status` is the code of the last answer; `next_at` of a delivery that is being sent is when its sender counts as dead."""

GRACE = timedelta(hours=24)
"""How long an old secret still signs after a rotation."""

CHANGEABLE = frozenset({"url", "types", "enabled"})


def matches(wanted: Sequence[str], kind: str) -> bool:
    """Whether a type of event is among those wanted: ``roster.published``, ``roster.*`` or ``*``."""
    return any(one in ("*", kind, kind.split(".")[0] + ".*") for one in wanted)


def new_secret() -> str:
    """A secret as Standard Webhooks writes them."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def add_webhook(connection: Connection, centre: str, url: str, types: Sequence[str], author: Author) -> dict[str, Any]:
    """Add a subscription; its row, with the secret, which is told this once."""
    number, told = secrets.token_hex(8), {"url": url, "types": list(types)}
    state = {"enabled": True, "why": "", "created_at": author.at, "version": 1}
    connection.execute(insert(SUBSCRIPTIONS).values(id=number, centre=centre, secret=new_secret(), **told, **state))
    record(connection, author, "webhook.added", number, centre=centre, after=told)
    return webhook(connection, centre, number)


def webhooks(connection: Connection, centre: str) -> list[dict[str, Any]]:
    """Subscriptions of a centre, oldest first."""
    of = (SUBSCRIPTIONS.c.centre == centre, SUBSCRIPTIONS.c.removed_at.is_(None))
    rows = connection.execute(select(SUBSCRIPTIONS).where(*of).order_by(SUBSCRIPTIONS.c.created_at, SUBSCRIPTIONS.c.id))
    return [dict(row) for row in rows.mappings()]


def webhook(connection: Connection, centre: str, number: str) -> dict[str, Any]:
    """A subscription.

    Raises
    ------
    NotFound
        The centre has none of that id.
    """
    found = next((row for row in webhooks(connection, centre) if row["id"] == number), None)
    if found is None:
        raise NotFound(f"no webhook {number!r} of {centre}")
    return found


def change_webhook(connection: Connection, centre: str, number: str, author: Author, **told: Any) -> dict[str, Any]:
    """Change the address, the types or whether it is enabled; enabled anew it has not failed yet."""
    before = webhook(connection, centre, number)
    new = {name: value for name, value in told.items() if name in CHANGEABLE and value != before[name]}
    if not new:
        return before
    fresh = {"why": "", "failing_since": None} if new.get("enabled") else {}
    _set(connection, number, version=before["version"] + 1, **new, **fresh)
    was = {name: before[name] for name in new}
    record(connection, author, "webhook.changed", number, centre=centre, before=was, after=new)
    return webhook(connection, centre, number)


def rotate_secret(connection: Connection, centre: str, number: str, author: Author) -> dict[str, Any]:
    """Give a subscription a new secret, which is told this once; the old one signs as well for a day."""
    before = webhook(connection, centre, number)
    old = {"old_secret": before["secret"], "old_until": author.at + GRACE}
    _set(connection, number, secret=new_secret(), version=before["version"] + 1, **old)
    record(connection, author, "webhook.rotated", number, centre=centre)
    return webhook(connection, centre, number)


def remove_webhook(connection: Connection, centre: str, number: str, author: Author) -> None:
    """End a subscription; its deliveries stay to be looked at, those that wait are dead."""
    webhook(connection, centre, number)
    _set(connection, number, removed_at=author.at, enabled=False)
    waiting = (DELIVERIES.c.webhook == number, DELIVERIES.c.state == "waiting")
    connection.execute(update(DELIVERIES).where(*waiting).values(state="dead", next_at=None, error="the webhook was removed"))
    record(connection, author, "webhook.removed", number, centre=centre)


def _set(connection: Connection, number: str, **told: Any) -> None:
    connection.execute(update(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.id == number).values(**told))


def queue(connection: Connection, centre: str, event: int, kind: str, at: datetime) -> int:
    """Put an event before every subscription that wants it, in the transaction of the event; how many."""
    wanted = [row["id"] for row in webhooks(connection, centre) if row["enabled"] and matches(row["types"], kind)]
    return put_deliveries(connection, [(number, event, kind) for number in wanted], at)


def put_deliveries(connection: Connection, rows: Sequence[tuple[str, int, str]], at: datetime) -> int:
    """Deliveries of events (subscription, event, its type) that are due at once."""
    fresh = {"state": "waiting", "attempts": 0, "made_at": at, "next_at": at, "error": ""}
    names = ("webhook", "event", "type")
    return bulk_insert(connection, DELIVERIES, (dict(zip(names, row, strict=True)) | fresh for row in rows))


def is_due(connection: Connection, now: datetime) -> bool:
    """Whether there is something to claim: asked without keeping a writer waiting."""
    of = (DELIVERIES.c.state == "waiting", DELIVERIES.c.next_at <= now, DELIVERIES.c.webhook == SUBSCRIPTIONS.c.id)
    return connection.scalar(select(DELIVERIES.c.id).where(*of, SUBSCRIPTIONS.c.enabled).limit(1)) is not None


def claim(
    connection: Connection, now: datetime, lease: timedelta, *, limit: int, each: int, busy: Mapping[str, int] | None = None
) -> list[dict[str, Any]]:
    """Take deliveries that are due: until the lease ends no other sender takes them.

    Parameters
    ----------
    limit : int
        Most deliveries.
    each : int
        Most deliveries of one subscription at a time: a slow one must not keep the others waiting.
    busy : mapping of str to int, optional
        Deliveries of each subscription that are in hand already: they count.
    """
    rank = func.row_number().over(partition_by=DELIVERIES.c.webhook, order_by=(DELIVERIES.c.next_at, DELIVERIES.c.id))
    of = (DELIVERIES.c.state == "waiting", DELIVERIES.c.next_at <= now)
    enabled = (DELIVERIES.c.webhook == SUBSCRIPTIONS.c.id, SUBSCRIPTIONS.c.enabled)
    ranked = select(DELIVERIES.c.id, DELIVERIES.c.webhook, rank.label("rank")).where(*of, *enabled).subquery()
    first = connection.execute(select(ranked).where(ranked.c.rank <= each).order_by(ranked.c.id))
    chosen = [row.id for row in first if row.rank <= each - (busy or {}).get(row.webhook, 0)][:limit]
    held = select(DELIVERIES).where(DELIVERIES.c.id.in_(chosen), *of).with_for_update(skip_locked=True)
    rows = [dict(row) for row in connection.execute(held).mappings()]
    mine = DELIVERIES.c.id.in_([row["id"] for row in rows])
    connection.execute(update(DELIVERIES).where(mine).values(next_at=now + lease, last_at=now, attempts=DELIVERIES.c.attempts + 1))
    return [row | {"attempts": row["attempts"] + 1} for row in rows]


def subscription(connection: Connection, number: str) -> dict[str, Any]:
    """A subscription by its id alone, removed or not: for its sender."""
    return dict(connection.execute(select(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.id == number)).mappings().one())


def delivered(connection: Connection, delivery: dict[str, Any], status: int) -> None:
    """A delivery has arrived, and its subscription fails no longer."""
    told = {"state": "delivered", "next_at": None, "status": status, "error": ""}
    connection.execute(update(DELIVERIES).where(DELIVERIES.c.id == delivery["id"]).values(**told))
    failing = (SUBSCRIPTIONS.c.id == delivery["webhook"], SUBSCRIPTIONS.c.failing_since.is_not(None))
    connection.execute(update(SUBSCRIPTIONS).where(*failing).values(failing_since=None))


def failed(
    connection: Connection, delivery: dict[str, Any], now: datetime, *, status: int | None, error: str, next_at: datetime | None
) -> None:
    """A delivery did not arrive; it is tried again at `next_at`, or is dead if there is no next time."""
    told = {"state": "waiting" if next_at else "dead", "next_at": next_at, "status": status, "error": error[:400]}
    connection.execute(update(DELIVERIES).where(DELIVERIES.c.id == delivery["id"]).values(**told))
    well = (SUBSCRIPTIONS.c.id == delivery["webhook"], SUBSCRIPTIONS.c.failing_since.is_(None))
    connection.execute(update(SUBSCRIPTIONS).where(*well).values(failing_since=now))


def disable(connection: Connection, number: str, why: str, author: Author) -> None:
    """Send no more to a subscription; what waits goes on waiting until it is enabled again."""
    told = subscription(connection, number)
    _set(connection, number, enabled=False, why=why, version=told["version"] + 1)
    record(connection, author, "webhook.disabled", number, centre=told["centre"], after={"why": why})


def deliveries(
    connection: Connection, number: str, *, state: DeliveryState | None = None, before: int | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """Deliveries of a subscription, newest first.

    Parameters
    ----------
    before : int
        Only older ones than that of this id.
    """
    of = [DELIVERIES.c.webhook == number]
    of += [] if state is None else [DELIVERIES.c.state == state]
    of += [] if before is None else [DELIVERIES.c.id < before]
    rows = connection.execute(select(DELIVERIES).where(*of).order_by(DELIVERIES.c.id.desc()).limit(limit))
    return [dict(row) for row in rows.mappings()]


def replay(
    connection: Connection,
    number: str,
    author: Author,
    *,
    delivery: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    state: DeliveryState | None = None,
) -> int:
    """Send deliveries again: one by its id, or those made within a time range; how many.

    Raises
    ------
    NotFound
        The subscription has no delivery of that id.
    """
    of = [DELIVERIES.c.webhook == number]
    of += [] if delivery is None else [DELIVERIES.c.id == delivery]
    of += [] if since is None else [DELIVERIES.c.made_at >= since]
    of += [] if until is None else [DELIVERIES.c.made_at < until]
    of += [] if state is None else [DELIVERIES.c.state == state]
    told = {"state": "waiting", "attempts": 0, "next_at": author.at, "error": ""}
    many = connection.execute(update(DELIVERIES).where(*of).values(**told)).rowcount
    if delivery is not None and not many:
        raise NotFound(f"no delivery {delivery} of the webhook {number!r}")
    record(connection, author, "webhook.replayed", number, after={"deliveries": many})
    return many


def backlog(connection: Connection) -> dict[str, int]:
    """How many deliveries are in each state."""
    rows = connection.execute(select(DELIVERIES.c.state, func.count()).group_by(DELIVERIES.c.state))
    return {row[0]: row[1] for row in rows}


def forget_deliveries(connection: Connection, before: datetime) -> int:
    """Forget what has been delivered or given up, so that its events can be forgotten; how many."""
    over = (DELIVERIES.c.state != "waiting", DELIVERIES.c.made_at < before)
    return connection.execute(delete(DELIVERIES).where(*over)).rowcount
