"""Rows of shifts, staff, leave, wishes and events, and the entities they stand for."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from data.columns import Table
from data.exchange.documents import findings_of
from data.exchange.files import read_table, records, write_table
from data.model.base import Frozen
from data.model.demand import Event
from data.model.errors import Finding, InvalidData
from data.model.people import Absence, Agent, Protection, Wish
from data.model.roster import ShiftTemplate
from data.tables import EVENTS, LEAVE, SHIFTS, STAFF, WISHES

Entity = TypeVar("Entity")
Rows = list[tuple[int, Entity]]
"""Entities with the line of the file each comes from."""

LEAVE_FILE = "leave.csv"
GUARDS = ("no_night", "no_overtime", "protected_until")


def agent_of(record: dict[str, Any]) -> Agent:
    """Agent of the filled cells of a row."""
    guards = {name: record.pop(name) for name in GUARDS if name in record}
    if "protected_until" in guards:
        guards["until"] = guards.pop("protected_until")
    return Agent(id=record.pop("agent"), protection=Protection(**guards) if guards else None, **record)


def read_entities(path: Path, table: Table, make: Callable[[dict[str, Any]], Entity], findings: list[Finding]) -> Rows[Entity]:
    """Entities of the rows of a table; what does not read is added to `findings`."""
    try:
        frame = read_table(path, table)
    except InvalidData as error:
        findings += error.findings
        return []
    made: Rows[Entity] = []
    for line, record in records(frame):
        try:
            made.append((line, make(record)))
        except ValidationError as error:
            findings += findings_of(error, path.name, line)
    return made


def read_shifts(path: Path, findings: list[Finding]) -> Rows[ShiftTemplate]:
    """Shift templates of ``shifts.csv``."""
    return read_entities(path, SHIFTS, lambda record: ShiftTemplate(**record), findings)


def read_staff(path: Path, findings: list[Finding]) -> Rows[Agent]:
    """Agents of ``staff.csv``."""
    return read_entities(path, STAFF, agent_of, findings)


def read_leave(path: Path, findings: list[Finding]) -> Rows[Absence]:
    """Absences of ``leave.csv``."""
    return read_entities(path, LEAVE, lambda record: Absence(**record), findings)


def read_wishes(path: Path, findings: list[Finding]) -> Rows[Wish]:
    """Wishes of ``wishes.csv``."""
    return read_entities(path, WISHES, lambda record: Wish(**record), findings)


def read_events(path: Path, findings: list[Finding]) -> Rows[Event]:
    """Events of ``events.csv``."""
    return read_entities(path, EVENTS, lambda record: Event(**record), findings)


def _agent_row(agent: Agent) -> dict[str, Any]:
    guard = agent.protection
    guards = {} if guard is None else {"no_night": guard.no_night, "no_overtime": guard.no_overtime, "protected_until": guard.until}
    # only who differs from a regular agent is told, so that a centre without such agents has no column
    own = agent.model_dump(include={"efficiency", "prefers"}, exclude_defaults=True)
    return {"agent": agent.id, **agent.model_dump(exclude={"id", "protection", "efficiency", "prefers"}), **guards, **own}


def _shift_row(shift: ShiftTemplate) -> dict[str, Any]:
    return shift.model_dump() | {"breaks": ";".join(map(str, shift.breaks))}


def write_entities(entities: Iterable[Frozen], table: Table, path: Path) -> None:
    """Write a table of entities, one row each."""
    write_table(table.frame(entity.model_dump() for entity in entities), path)


def write_shifts(shifts: Iterable[ShiftTemplate], path: Path) -> None:
    """Write ``shifts.csv``."""
    write_table(SHIFTS.frame(_shift_row(shift) for shift in shifts), path)


def write_staff(agents: Iterable[Agent], path: Path) -> None:
    """Write ``staff.csv``."""
    write_table(STAFF.frame(_agent_row(agent) for agent in agents), path)


def write_leave(absences: Iterable[Absence], path: Path) -> None:
    """Write ``leave.csv``."""
    write_entities(absences, LEAVE, path)


def write_wishes(wishes: Iterable[Wish], path: Path) -> None:
    """Write ``wishes.csv``."""
    write_entities(wishes, WISHES, path)


def write_events(events: Iterable[Event], path: Path) -> None:
    """Write ``events.csv``."""
    write_entities(events, EVENTS, path)
