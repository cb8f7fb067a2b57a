"""Off-phone work in and out: ``tasks.csv``, ``placements.csv`` and ``debts.csv``."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from data.cells import AWARE, FLAG, IDS, TEXT, number, whole_of, word_of
from data.columns import Column, Table, alike, optional
from data.exchange.files import stop, write_table
from data.exchange.rows import read_rows
from data.model.base import Frozen
from data.model.errors import Finding, InvalidData
from data.model.offphone import Debt, Placement, Task

TASKS_FILE, PLACEMENTS_FILE, DEBTS_FILE = "tasks.csv", "placements.csv", "debts.csv"

TASKS = Table(
    "tasks",
    (
        Column("id", TEXT),
        Column("kind", word_of(Task, "kind")),
        *(optional(name, TEXT) for name in ("name", "name_zh")),
        *(optional(name, IDS) for name in ("skills", "agents", "teams")),
        optional("each", FLAG),
        Column("minutes", whole_of(Task, "minutes"), "min"),
        *alike("earliest deadline", AWARE),
        optional("priority", whole_of(Task, "priority")),
        optional("delay_cost", number(0), "per hour"),
        optional("least_piece_minutes", whole_of(Task, "minutes"), "min"),
        *(optional(name, whole_of(Task, name)) for name in ("group_least", "group_most")),
        *(optional(name, TEXT) for name in ("facilitator", "place")),
        optional("may_be_taken_back", FLAG),
    ),
    keys=("id",),
)

PLACEMENTS = Table(
    "placements",
    (
        Column("task", TEXT),
        Column("agents", IDS),
        Column("start", AWARE),
        Column("minutes", whole_of(Placement, "minutes"), "min"),
        optional("facilitator", TEXT),
    ),
    keys=("task", "agents", "start"),
)

DEBTS = Table(
    "debts",
    (
        optional("agent", TEXT),
        Column("task", TEXT),
        Column("kind", word_of(Debt, "kind")),
        Column("deadline", AWARE),
        *(optional(name, whole_of(Debt, name), "min") for name in ("owed_minutes", "done_minutes", "taken_back_minutes")),
    ),
)

Entity = TypeVar("Entity", bound=Frozen)


@dataclass(frozen=True)
class _Names(Generic[Entity]):
    """A column, the names in it, and those that there are."""

    column: str
    named: Callable[[Entity], Collection[str]]
    known: Collection[str]


def read_tasks(path: Path, agents: Collection[str], skills: Collection[str], teams: Collection[str]) -> tuple[Task, ...]:
    """Tasks of ``tasks.csv``, in the order of the rows.

    Parameters
    ----------
    agents, skills, teams : collection of str
        Those that there are.

    Raises
    ------
    InvalidData
        With every finding: cells that do not read, what a task refuses, unknown names.
    """
    names = (
        _Names[Task]("skills", lambda task: task.skills, skills),
        _Names[Task]("agents", lambda task: task.agents, agents),
        _Names[Task]("teams", lambda task: task.teams, teams),
        _Names[Task]("facilitator", lambda task: _given(task.facilitator), agents),
    )
    return _read(path, TASKS, Task, names)


def read_placements(path: Path, tasks: Collection[str], agents: Collection[str]) -> tuple[Placement, ...]:
    """Placements of ``placements.csv``; parameters and findings as in `read_tasks`."""
    names = (
        _Names[Placement]("task", lambda one: [one.task], tasks),
        _Names[Placement]("agents", lambda one: one.agents, agents),
        _Names[Placement]("facilitator", lambda one: _given(one.facilitator), agents),
    )
    return _read(path, PLACEMENTS, Placement, names)


def read_debts(path: Path, tasks: Collection[str], agents: Collection[str]) -> tuple[Debt, ...]:
    """Debts of ``debts.csv``; parameters and findings as in `read_tasks`."""
    names = (
        _Names[Debt]("task", lambda one: [one.task], tasks),
        _Names[Debt]("agent", lambda one: _given(one.agent), agents),
    )
    return _read(path, DEBTS, Debt, names)


def _given(name: str) -> Collection[str]:
    return [name] if name else []


def _read(path: Path, table: Table, kind: type[Entity], names: Sequence[_Names[Entity]]) -> tuple[Entity, ...]:
    """Entities of a table whose names are all known, none if there is no file; what is found against any column, at once."""
    if not path.is_file():
        return ()
    found: dict[Finding, None] = {}
    told: tuple[Entity, ...] = ()
    for one in names:
        try:
            told = read_rows(path, table, kind, one.column, one.named, one.known)
        except InvalidData as error:
            found |= dict.fromkeys(error.findings)
    stop(sorted(found, key=lambda finding: finding.row or 0))
    return told


def write_tasks(tasks: Iterable[Task], path: Path) -> None:
    """Write ``tasks.csv``."""
    write_table(TASKS.frame(task.model_dump() for task in tasks), path)


def write_placements(placements: Iterable[Placement], path: Path) -> None:
    """Write ``placements.csv``."""
    write_table(PLACEMENTS.frame(one.model_dump() for one in placements), path)


def write_debts(debts: Iterable[Debt], path: Path) -> None:
    """Write ``debts.csv``."""
    write_table(DEBTS.frame(debt.model_dump() for debt in debts), path)
