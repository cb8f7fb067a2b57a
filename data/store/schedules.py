"""Schedules: runs that are asked for again and again."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, ForeignKey, Index, Integer, String, Table, delete, insert, select, update

from data.model.errors import NotFound
from data.store.base import Instant, metadata
from data.store.revisions import Author, record

SCHEDULES = Table(
    "schedule",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("centre", String(64), ForeignKey("centre.id"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("kind", String(80), nullable=False),
    Column("params", JSON, nullable=False),
    Column("cron", String(100), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("by", String(200), nullable=False),
    Column("why", String(2000), nullable=False),
    Column("version", Integer, nullable=False),
    Column("last_at", Instant),
    Column("last_run", String(80)),
    Column("next_at", Instant),
    Index("ix_schedule_next", "enabled", "next_at"),
)


def schedule_rows(connection: Connection, centre: str) -> list[dict[str, Any]]:
    """Schedules of a centre, by their id."""
    asked = select(SCHEDULES).where(SCHEDULES.c.centre == centre).order_by(SCHEDULES.c.id)
    return [dict(row) for row in connection.execute(asked).mappings()]


def schedule_row(connection: Connection, centre: str, number: str) -> dict[str, Any]:
    """A schedule.

    Raises
    ------
    NotFound
        The centre has none of that id.
    """
    of = (SCHEDULES.c.centre == centre, SCHEDULES.c.id == number)
    row = connection.execute(select(SCHEDULES).where(*of)).mappings().first()
    if row is None:
        raise NotFound(f"no schedule {number!r}")
    return dict(row)


def add_schedule(connection: Connection, number: str, centre: str, told: dict[str, Any], author: Author) -> None:
    """Add a schedule."""
    connection.execute(insert(SCHEDULES).values(id=number, centre=centre, version=1, by=author.who, **told))
    record(connection, author, "schedule.added", number, centre=centre, after=_audited(told))


def set_schedule(connection: Connection, before: dict[str, Any], told: dict[str, Any], author: Author) -> None:
    """Change a schedule; from now on it is run in the name of who changed it."""
    changed = update(SCHEDULES).where(SCHEDULES.c.id == before["id"])
    connection.execute(changed.values(version=before["version"] + 1, by=author.who, **told))
    was = _audited({name: before[name] for name in told})
    record(connection, author, "schedule.changed", before["id"], centre=before["centre"], before=was, after=_audited(told))


def drop_schedule(connection: Connection, before: dict[str, Any], author: Author) -> None:
    """Remove a schedule."""
    connection.execute(delete(SCHEDULES).where(SCHEDULES.c.id == before["id"]))
    record(connection, author, "schedule.removed", before["id"], centre=before["centre"], before={"kind": before["kind"]})


def _audited(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in told.items()}


def due_schedules(connection: Connection, now: datetime) -> list[dict[str, Any]]:
    """Schedules whose time has come."""
    due = (SCHEDULES.c.enabled.is_(True), SCHEDULES.c.next_at <= now)
    return [dict(row) for row in connection.execute(select(SCHEDULES).where(*due)).mappings()]


def move_on(connection: Connection, schedule: dict[str, Any], next_at: datetime, run: str | None) -> bool:
    """Set the next time of a schedule; False = another worker has done so.

    Parameters
    ----------
    run : str, optional
        Run that it is asked for with; None = the time was missed.
    """
    mine = (SCHEDULES.c.id == schedule["id"], SCHEDULES.c.next_at == schedule["next_at"])
    told = {} if run is None else {"last_at": schedule["next_at"], "last_run": run}
    return connection.execute(update(SCHEDULES).where(*mine).values(next_at=next_at, **told)).rowcount == 1
