"""Periods of the payroll: what was drawn up, who submitted it, who approved it; what is approved keeps its bytes."""

from typing import Any, Literal

from sqlalchemy import JSON, Column, Connection, ForeignKey, Integer, String, Table, insert, select, update

from data.model.errors import NotFound
from data.store.base import Id, Instant, metadata
from data.store.revisions import Change, record

PayState = Literal["open", "submitted", "approved", "rejected"]

PERIODS = Table(
    "payroll_period",
    metadata,
    Column("id", Id, primary_key=True),
    Column("centre", String(64), ForeignKey("centre.id"), nullable=False),
    Column("period", String(40), nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("sha", String(64), ForeignKey("blob.sha"), nullable=False),
    Column("lines", Integer, nullable=False),
    Column("base", Integer, nullable=False),
    Column("checks", JSON, nullable=False),
    Column("drawn_by", String(200), nullable=False),
    Column("drawn_at", Instant, nullable=False),
    Column("submitted_by", String(200)),
    Column("submitted_at", Instant),
    Column("decided_by", String(200)),
    Column("decided_at", Instant),
    Column("note", String(2000), nullable=False),
)
"""`number` counts how often a period was drawn up, `base` is the revision of the centre that it was drawn from; `sha` tells the
bytes of the lines among the blobs."""


def periods(connection: Connection, centre: str) -> list[dict[str, Any]]:
    """The last drawing of each period, by its name."""
    rows = connection.execute(select(PERIODS).where(PERIODS.c.centre == centre).order_by(PERIODS.c.period, PERIODS.c.number))
    return list({row["period"]: dict(row) for row in rows.mappings()}.values())


def last_period(connection: Connection, centre: str, period: str) -> dict[str, Any] | None:
    """The last drawing of a period; None = there is none."""
    of = (PERIODS.c.centre == centre, PERIODS.c.period == period)
    row = connection.execute(select(PERIODS).where(*of).order_by(PERIODS.c.number.desc()).limit(1)).mappings().first()
    return None if row is None else dict(row)


def period_row(connection: Connection, centre: str, period: str) -> dict[str, Any]:
    """The last drawing of a period.

    Raises
    ------
    NotFound
        It was never drawn up.
    """
    row = last_period(connection, centre, period)
    if row is None:
        raise NotFound(f"the payroll of {period!r} is not drawn up yet")
    return row


def add_period(change: Change, period: str, sha: str, lines: int, base: int, checks: dict[str, Any]) -> dict[str, Any]:
    """Keep a drawing of a period."""
    before = last_period(change.connection, change.centre, period)
    told = {"sha": sha, "lines": lines, "base": base, "checks": checks, "state": "open", "note": change.author.why}
    row = {"centre": change.centre, "period": period, "number": (before["number"] if before else 0) + 1, **told}
    change.connection.execute(insert(PERIODS).values(drawn_by=change.author.who, drawn_at=change.author.at, **row))
    return period_row(change.connection, change.centre, period)


def set_period(change: Change, row: dict[str, Any], state: PayState, note: str) -> dict[str, Any]:
    """Bring the last drawing of a period to another state; before and after are audited."""
    who, at = change.author.who, change.author.at
    hand = {"submitted_by": who, "submitted_at": at} if state == "submitted" else {"decided_by": who, "decided_at": at}
    change.connection.execute(update(PERIODS).where(PERIODS.c.id == row["id"]).values(state=state, note=note, **hand))
    seen = {name: row[name] for name in ("state", "number", "sha")}
    record(
        change.connection,
        change.author,
        f"payroll.{state}",
        row["period"],
        centre=change.centre,
        revision=change.number,
        before=seen,
        after=seen | {"state": state},
    )
    return period_row(change.connection, change.centre, row["period"])
