"""Versions of rosters: the record of each as a document, its assignments as rows; a version is never edited."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import (
    Column,
    Connection,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    insert,
    select,
    type_coerce,
    update,
)

from data.cells import each_once
from data.exchange.documents import sidecar
from data.exchange.files import read_table, stop, write_table
from data.exchange.rosters import RosterRecord, read_roster_record
from data.model.errors import Finding, NotFound, there_are
from data.model.time import as_local
from data.store.base import Id, Instant, metadata
from data.store.bulk import bulk_columns
from data.store.revisions import Change
from data.tables import ROSTER

ROSTERS = Table(
    "roster",
    metadata,
    Column("id", Id, primary_key=True),
    Column("centre", String(64), ForeignKey("centre.id"), nullable=False),
    Column("path", String(200), nullable=False),
    Column("zone", String(60), nullable=False),
    Column("record", Text, nullable=False),
    Column("since", Integer, nullable=False),
    Column("until", Integer),
    Index("ix_roster_current", "centre", "until", "path"),
)
"""`path` is the file in a centre's folder; `record` its JSON sidecar, as it stands."""

ASSIGNMENTS = Table(
    "assignment",
    metadata,
    Column("roster", Id, ForeignKey("roster.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("agent", String(100), nullable=False),
    Column("date", Date, nullable=False),
    Column("code", String(40), nullable=False),
    Column("start", Instant),
    Column("end", Instant),
    Column("meal_start", Instant),
    Column("meal_minutes", Integer),
    Column("break_starts", Text),
    Column("paid_minutes", Integer),
    Index("ix_assignment_agent", "roster", "agent", "date"),
    Index("ix_assignment_date", "roster", "date"),
)
"""`place` orders the rows as the file has them: agent by agent, day by day."""

TOLD = {name: column for name, column in ASSIGNMENTS.c.items() if name not in ("roster", "place")}
"""Columns of what a row tells."""

INSTANTS = ("start", "end", "meal_start")
WHOLE = ("meal_minutes", "paid_minutes")


def is_roster(path: str) -> bool:
    """Whether a file of a centre's folder is a version of a roster, which has a record beside it."""
    return path.startswith("versions/") and path.endswith(".csv") and path.count("/") <= 1 + path.startswith("versions/before/")


def rosters(connection: Connection, centre: str, revision: int | None = None) -> dict[str, tuple[int, int]]:
    """Row id and revision of each version by its file."""
    now = (
        ROSTERS.c.until.is_(None)
        if revision is None
        else (ROSTERS.c.since <= revision) & (ROSTERS.c.until.is_(None) | (ROSTERS.c.until > revision))
    )
    rows = connection.execute(select(ROSTERS.c.path, ROSTERS.c.id, ROSTERS.c.since).where(ROSTERS.c.centre == centre, now))
    return {path: (number, since) for path, number, since in rows}


def roster_id(connection: Connection, centre: str, path: str) -> int:
    """Row id of a version.

    Raises
    ------
    NotFound
        There is none.
    """
    found = rosters(connection, centre)
    if path not in found:
        names = (Path(one).stem for one in sorted(found) if one.count("/") == 1)
        raise NotFound(f"no version {Path(path).stem!r}; {there_are(names)}")
    return found[path][0]


def put_roster(change: Change, path: str, file: Path, zone: str) -> int:
    """Append a version from its file and the record beside it; its row id.

    Raises
    ------
    InvalidData
        The record names other agents or days than have rows: no table could be made of it.
    """
    frame, beside = read_table(file, ROSTER), sidecar(file, ".json")
    if beside.is_file():
        stop([*_misfits(frame, read_roster_record(file), file.name)])
    return keep_roster(change, path, frame, zone, beside.read_text(encoding="utf-8") if beside.is_file() else "")


def _misfits(frame: pd.DataFrame, record: RosterRecord, where: str) -> Iterator[Finding]:
    """What the rows have that the record does not name, and the other way round; a record may leave the agents out."""
    named, days, fix = set(record.agents), set(record.horizon.dates), "let both come from one plan"
    if not named:
        return
    for agent in sorted(named ^ set(frame["agent"])):
        yield Finding(where, None, "agent", agent, "the same agents in the rows and in the record beside them", fix)
    for day in sorted(days ^ set(frame["date"])):
        yield Finding(where, None, "date", str(day), "the same days in the rows and in the record beside them", fix)
    if len(frame) != len(named) * len(days):
        yield Finding(where, None, None, f"{len(frame)} rows", f"{len(named) * len(days)}, one for each agent and day", fix)


def keep_roster(change: Change, path: str, frame: pd.DataFrame, zone: str, record: str) -> int:
    """Append a version from its rows; its row id.

    Parameters
    ----------
    frame : DataFrame
        As `data.tables.ROSTER` types it.
    record : str
        Its JSON sidecar; empty = none.
    """
    drop_roster(change, path)
    row = {"centre": change.centre, "path": path, "zone": zone, "record": record, "since": change.number}
    made = change.connection.execute(insert(ROSTERS).values(**row).returning(ROSTERS.c.id)).scalar_one()
    columns = {"roster": [made] * len(frame), "place": range(len(frame))} | {name: _column(frame, name, zone) for name in TOLD}
    bulk_columns(change.connection, ASSIGNMENTS, columns)
    return made


def drop_roster(change: Change, path: str) -> None:
    """A version stands no longer."""
    of = (ROSTERS.c.centre == change.centre, ROSTERS.c.path == path, ROSTERS.c.until.is_(None))
    change.connection.execute(update(ROSTERS).where(*of).values(until=change.number))


def _column(frame: pd.DataFrame, name: str, zone: str) -> list[Any]:
    """Cells of a column as the database takes them; nothing where there is no value."""
    if name not in frame.columns:
        return [None] * len(frame)
    cells = [None if cell is None or cell != cell else cell for cell in frame[name].tolist()]
    if name in INSTANTS:
        return _told(cells, lambda cell: as_local(cell, zone).astimezone(UTC))
    if name in WHOLE:
        return _told(cells, int)
    if name == "break_starts":
        return _told(cells, lambda cell: ";".join(one.isoformat(timespec="minutes") for one in cell))
    return cells


def _told(cells: Iterable[Any], told: Callable[[Any], Any]) -> list[Any]:
    return each_once(cells, lambda cell: None if cell is None else told(cell))


def write_roster_file(connection: Connection, number: int, file: Path) -> None:
    """Write a version and its record as they came."""
    zone, record = connection.execute(select(ROSTERS.c.zone, ROSTERS.c.record).where(ROSTERS.c.id == number)).one()
    file.parent.mkdir(parents=True, exist_ok=True)
    write_table(_rows(connection, number, zone), file)
    if record:
        sidecar(file, ".json").write_text(record, encoding="utf-8", newline="\n")


def _rows(connection: Connection, number: int, zone: str) -> pd.DataFrame:
    """Rows of a version by column, as `data.tables.ROSTER` has them; columns that nobody filled are left out."""
    plain = [type_coerce(column, DateTime) if name in INSTANTS else column for name, column in TOLD.items()]
    rows = connection.execute(select(*plain).where(ASSIGNMENTS.c.roster == number).order_by(ASSIGNMENTS.c.place)).all()
    columns = dict(zip(TOLD, zip(*rows, strict=True) if rows else [()] * len(TOLD), strict=True))
    columns |= {name: _on_clock(columns[name], zone) for name in INSTANTS}
    held = [c.name for c in ROSTER.columns if c.required or any(cell is not None for cell in columns[c.name])]
    return pd.DataFrame({name: columns[name] for name in held}, dtype=object)


def _on_clock(cells: Iterable[datetime | None], zone: str) -> tuple[datetime | None, ...]:
    """Instants, in UTC without a zone, on the clock of a zone."""
    held = tuple(cells)
    known = {cell: cell and as_local(cell.replace(tzinfo=UTC), zone) for cell in set(held)}
    return tuple(known[cell] for cell in held)


def codes(connection: Connection, number: int) -> tuple[list[str], list[date], list[str]]:
    """Agents, days, and the code of each agent's each day, agent by agent."""
    of = ASSIGNMENTS.c.roster == number
    rows = connection.execute(
        select(ASSIGNMENTS.c.agent, ASSIGNMENTS.c.date, ASSIGNMENTS.c.code).where(of).order_by(ASSIGNMENTS.c.place)
    ).all()
    return list(dict.fromkeys(row[0] for row in rows)), sorted({row[1] for row in rows}), [row[2] for row in rows]
