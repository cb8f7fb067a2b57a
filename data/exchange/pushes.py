"""Pushes of a centre's folder: their log, what each system was last seen to have, and the report of the last push."""

from collections.abc import Iterable
from pathlib import Path

from data.cells import AWARE, DAY, TEXT, whole, word_of
from data.columns import Column, Table, alike, optional
from data.exchange.files import write_table
from data.exchange.rows import read_rows
from data.model.push import Confirmed, Outcome, PushRecord

PUSHES_FILE, STATE_FILE, REPORT_FILE = "pushes.csv", "push_state.csv", "push_report.csv"

PUSHES = Table(
    "pushes",
    (
        Column("system", TEXT),
        Column("number", whole(1)),
        Column("version", TEXT),
        *alike("first last", DAY),
        *alike("sent confirmed mismatched refused unsent", whole(0), "days"),
        Column("at", AWARE),
        Column("by", TEXT),
    ),
)
PUSH_STATE = Table(
    "push_state",
    (*alike("system agent", TEXT), Column("date", DAY), Column("shift", TEXT), optional("group", TEXT)),
    keys=("system", "agent", "date"),
)
PUSH_REPORT = Table(
    "push_report",
    (
        *alike("system agent", TEXT),
        Column("date", DAY),
        Column("wanted", TEXT),
        optional("found", TEXT),
        Column("status", word_of(Outcome, "status")),
        *(optional(name, TEXT) for name in ("reason", "reason_zh")),
    ),
    keys=("system", "agent", "date"),
)


def read_pushes(folder: Path) -> tuple[PushRecord, ...]:
    """The log of pushes, oldest first; none if there is no file.

    Raises
    ------
    InvalidData
        With every finding.
    """
    path = folder / PUSHES_FILE
    return read_rows(path, PUSHES, PushRecord) if path.is_file() else ()


def add_push(record: PushRecord, folder: Path) -> None:
    """Write the log with one push more, in one go: a write that is cut short leaves the old file."""
    rows = [one.model_dump() for one in (*read_pushes(folder), record)]
    write_table(PUSHES.frame(rows), folder / PUSHES_FILE)


def read_state(folder: Path) -> tuple[Confirmed, ...]:
    """What every system was last seen to have; nothing if there is no file.

    Raises
    ------
    InvalidData
        With every finding.
    """
    path = folder / STATE_FILE
    return read_rows(path, PUSH_STATE, Confirmed) if path.is_file() else ()


def write_state(rows: Iterable[Confirmed], folder: Path) -> None:
    """Write what every system was last seen to have, in the order of system, agent and day."""
    ordered = sorted(rows, key=lambda row: (row.system, row.agent, row.date))
    write_table(PUSH_STATE.frame(row.model_dump() for row in ordered), folder / STATE_FILE)


def write_report(outcomes: Iterable[Outcome], folder: Path) -> None:
    """Write what became of each day of a push."""
    write_table(PUSH_REPORT.frame(one.model_dump() for one in outcomes), folder / REPORT_FILE)
