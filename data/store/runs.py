"""Runs: what was asked for, how far it is, and what came of it; the workers, and the numbers that runs set aside."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
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
    Text,
    and_,
    delete,
    insert,
    or_,
    select,
    update,
)

from data.model.errors import EchelonError, NotFound
from data.store.base import Instant, insert_new, metadata
from data.store.events import emit_of_none

RunState = Literal["queued", "running", "succeeded", "failed", "cancelled"]
ENDED: tuple[RunState, ...] = ("succeeded", "failed", "cancelled")

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
    Column("attempt", Integer, nullable=False),
    Column("base", Integer),
    Column("revision", Integer),
    Column("progress", JSON),
    Column("cancel", Boolean, nullable=False),
    Column("log", Text),
    Column("result", JSON),
    Column("problem", JSON),
    Index("ix_run_centre_submitted", "centre", "submitted_at", "id"),
    Index("ix_run_state", "state"),
)
"""`base` is the revision that a run began with, `revision` the one it made; `problem` the error as a problem."""

WORKERS = Table("worker", metadata, Column("id", String(100), primary_key=True), Column("until", Instant, nullable=False))
"""Workers that live: each says again and again until when it may be taken for alive."""

NUMBERS = Table(
    "number",
    metadata,
    Column("centre", String(64), ForeignKey("centre.id"), primary_key=True),
    Column("kind", String(40), primary_key=True),
    Column("last", Integer, nullable=False),
)
"""Numbers of versions that runs have set aside."""


class Overtaken(EchelonError):
    """A run that somebody else carries out by now, or that has ended."""


class Restored(EchelonError):
    """A run that had not ended when the backup was made that this installation was restored from."""


@dataclass(frozen=True)
class Asked:
    """A run that is asked for.

    Parameters
    ----------
    number : str
        Id of the run: the same id is the same run.
    params : dict
        As JSON.
    """

    number: str
    centre: str
    kind: str
    params: dict[str, Any]
    by: str
    at: datetime
    why: str = ""


def add_run(connection: Connection, asked: Asked) -> bool:
    """Note a run that is asked for; False = it was noted before."""
    told = {"centre": asked.centre, "kind": asked.kind, "params": asked.params, "by": asked.by, "why": asked.why}
    row = {"id": asked.number, "state": "queued", "cancel": False, "attempt": 0, "submitted_at": asked.at, **told}
    return insert_new(connection, RUNS, row)


def run_row(connection: Connection, number: str, *, log: bool = False) -> dict[str, Any]:
    """A run; with its log only if that is asked for.

    Raises
    ------
    NotFound
        There is none of that id.
    """
    columns = [column for column in RUNS.columns if log or column.name != "log"]
    row = connection.execute(select(*columns).where(RUNS.c.id == number)).mappings().first()
    if row is None:
        raise NotFound(f"no run {number!r}")
    return dict(row)


def run_rows(
    connection: Connection,
    centre: str,
    *,
    kind: str = "",
    state: str = "",
    since: datetime | None = None,
    before: tuple[datetime, str] | None = None,
    most: int = 100,
) -> list[dict[str, Any]]:
    """Runs of a centre, the newest first.

    Parameters
    ----------
    since : datetime, optional
        Only those submitted then or later.
    before : tuple, optional
        Only those that come after the one with this time and id.
    """
    columns = [column for column in RUNS.columns if column.name != "log"]
    asked = select(*columns).where(RUNS.c.centre == centre).order_by(RUNS.c.submitted_at.desc(), RUNS.c.id.desc()).limit(most)
    asked = asked.where(RUNS.c.kind == kind) if kind else asked
    asked = asked.where(RUNS.c.state == state) if state else asked
    asked = asked.where(RUNS.c.submitted_at >= since) if since is not None else asked
    if before is not None:
        at, number = before
        asked = asked.where(or_(RUNS.c.submitted_at < at, and_(RUNS.c.submitted_at == at, RUNS.c.id < number)))
    return [dict(row) for row in connection.execute(asked).mappings()]


def unfinished(connection: Connection) -> list[dict[str, Any]]:
    """Runs that have not ended."""
    columns = (RUNS.c.id, RUNS.c.kind, RUNS.c.state, RUNS.c.attempt)
    return [dict(row) for row in connection.execute(select(*columns).where(RUNS.c.state.not_in(ENDED))).mappings()]


def begin_run(connection: Connection, number: str, worker: str, at: datetime) -> dict[str, Any] | None:
    """Take a run in hand: whoever had it before is overtaken; None = it has ended.

    A run that was to be cancelled ends here.
    """
    row = run_row(connection, number)
    if row["state"] in ENDED:
        return None
    if row["cancel"]:
        set_run(connection, number, state="cancelled", ended_at=at)
        tell_ended(connection, number)
        return None
    started = row["started_at"] or at
    open_ = (RUNS.c.id == number, RUNS.c.state.not_in(ENDED))
    taken = update(RUNS).where(*open_).values(state="running", worker=worker, started_at=started, attempt=RUNS.c.attempt + 1)
    return run_row(connection, number) if connection.execute(taken).rowcount == 1 else None


def end_run(connection: Connection, number: str, attempt: int, state: RunState, **told: Any) -> None:
    """End a run in the name of the attempt that carries it out.

    Raises
    ------
    Overtaken
        It is another attempt's by now, or has ended.
    """
    mine = and_(RUNS.c.id == number, RUNS.c.attempt == attempt, RUNS.c.state == "running")
    if connection.execute(update(RUNS).where(mine).values(state=state, **told)).rowcount != 1:
        raise Overtaken(f"the run {number} is no longer in hand of attempt {attempt}")


def tell_ended(connection: Connection, number: str) -> None:
    """Emit `run.ended`, in the transaction that ends a run; what it was asked with stays inside."""
    row = run_row(connection, number)
    told = {name: row[name] for name in ("kind", "state", "by", "revision")}
    versions: list[str] = (row["result"] or {}).get("versions", [])
    emit_of_none(connection, row["centre"], "run.ended", row["ended_at"], {"run": number, **told, "versions": versions})


def tell_log(connection: Connection, number: str, attempt: int, log: str) -> None:
    """Tell what a run has said so far, unless somebody else carries it out by now."""
    mine = and_(RUNS.c.id == number, RUNS.c.attempt == attempt, RUNS.c.state == "running")
    connection.execute(update(RUNS).where(mine).values(log=log))


def tell_progress(connection: Connection, number: str, attempt: int, progress: dict[str, Any]) -> None:
    """Tell how far a run is, unless somebody else carries it out by now."""
    mine = and_(RUNS.c.id == number, RUNS.c.attempt == attempt, RUNS.c.state == "running")
    connection.execute(update(RUNS).where(mine).values(progress=progress))


def cancel_run(connection: Connection, number: str, at: datetime) -> RunState:
    """Ask for the end of a run; a queued one ends at once. The state it is in then."""
    queued = and_(RUNS.c.id == number, RUNS.c.state == "queued")
    if connection.execute(update(RUNS).where(queued).values(state="cancelled", cancel=True, ended_at=at)).rowcount == 1:
        tell_ended(connection, number)
    connection.execute(update(RUNS).where(RUNS.c.id == number, RUNS.c.state == "running").values(cancel=True))
    return run_row(connection, number)["state"]


def set_run(connection: Connection, number: str, **told: Any) -> None:
    """Tell what is new about a run."""
    connection.execute(update(RUNS).where(RUNS.c.id == number).values(**told))


def fail_unfinished(connection: Connection, error: EchelonError, at: datetime) -> int:
    """End every run that has not ended as failed, for the same reason; how many."""
    problem = {"error": type(error).__name__, "detail": str(error)}
    open_ = update(RUNS).where(RUNS.c.state.not_in(ENDED))
    return connection.execute(open_.values(state="failed", ended_at=at, problem=problem)).rowcount


def renew_lease(connection: Connection, worker: str, until: datetime) -> None:
    """Say until when a worker may be taken for alive."""
    if connection.execute(update(WORKERS).where(WORKERS.c.id == worker).values(until=until)).rowcount == 0:
        connection.execute(insert(WORKERS).values(id=worker, until=until))


def end_lease(connection: Connection, worker: str) -> None:
    """Say that a worker is gone."""
    connection.execute(delete(WORKERS).where(WORKERS.c.id == worker))


def live_workers(connection: Connection, now: datetime) -> frozenset[str]:
    """Workers that are alive."""
    return frozenset(connection.scalars(select(WORKERS.c.id).where(WORKERS.c.until > now)))


def drop_dead(connection: Connection, now: datetime) -> None:
    """Forget the workers whose lease has run out."""
    connection.execute(delete(WORKERS).where(WORKERS.c.until <= now))


def set_number_aside(connection: Connection, centre: str, kind: str, taken: Iterable[int]) -> int:
    """Set aside the next number of a kind of version: nobody else is given it.

    Parameters
    ----------
    taken : iterable of int
        Numbers that stand.
    """
    least = max(taken, default=0)
    insert_new(connection, NUMBERS, {"centre": centre, "kind": kind, "last": least})
    of = and_(NUMBERS.c.centre == centre, NUMBERS.c.kind == kind)
    connection.execute(update(NUMBERS).where(of).values(last=NUMBERS.c.last + 1))  # locks the row
    last = connection.execute(select(NUMBERS.c.last).where(of)).scalar_one()
    if last <= least:
        last = least + 1
        connection.execute(update(NUMBERS).where(of).values(last=last))
    return last
