"""Runs: what was asked for, how far it is, and what came of it."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, Boolean, Column, Connection, ForeignKey, Index, Integer, String, Table, Text, insert, select, update

from data.model.errors import NotFound
from data.store.base import Instant, metadata

RunState = Literal["queued", "running", "succeeded", "failed", "cancelled"]

RUNS = Table(
    "run",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("centre", String(64), ForeignKey("centre.id"), nullable=False),
    Column("kind", String(80), nullable=False),
    Column("params", JSON, nullable=False),
    Column("state", String(20), nullable=False),
    Column("by", String(200), nullable=False),
    Column("why", String(2000), nullable=False),
    Column("submitted_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("worker", String(100)),
    Column("base", Integer),
    Column("revision", Integer),
    Column("progress", JSON),
    Column("cancel", Boolean, nullable=False),
    Column("log", Text),
    Column("result", JSON),
    Column("problem", JSON),
    Index("ix_run_centre_submitted", "centre", "submitted_at"),
)
"""`base` is the revision that a run began with, `revision` the one it made; `problem` the error as a problem."""


def add_run(
    connection: Connection, number: str, centre: str, kind: str, params: dict[str, Any], by: str, why: str, at: datetime
) -> None:
    """Note a run that is asked for."""
    told = {"centre": centre, "kind": kind, "params": params, "by": by, "why": why, "submitted_at": at}
    connection.execute(insert(RUNS).values(id=number, state="queued", cancel=False, **told))


def run_row(connection: Connection, number: str) -> dict[str, Any]:
    """A run.

    Raises
    ------
    NotFound
        There is none of that id.
    """
    row = connection.execute(select(RUNS).where(RUNS.c.id == number)).mappings().first()
    if row is None:
        raise NotFound(f"no run {number!r}")
    return dict(row)


def set_run(connection: Connection, number: str, **told: Any) -> None:
    """Tell what is new about a run."""
    connection.execute(update(RUNS).where(RUNS.c.id == number).values(**told))
