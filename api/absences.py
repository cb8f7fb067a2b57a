"""Absences as HR systems report them: days and a code alone, never a reason."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from data.exchange.catalogue import BY_NAME
from data.exchange.scim_people import LEFT_CODE
from data.model.errors import Finding, InvalidData, NotFound
from data.model.people import Absence
from data.model.roster import OFF
from data.store.entries import Entry, entries
from data.store.events import emit
from data.store.hr import drop_row, rows_by_key, rows_with, write_absence
from data.store.revisions import Change

LEAVE = BY_NAME["leave"]
KEY = "hr|"
"""Before the id of the HR system: the key of an absence."""


@dataclass(frozen=True)
class Reported:
    """An absence as it stands.

    Parameters
    ----------
    id : str
        Of the HR system.
    replaced : tuple of dict
        Rows of other absences that gave way to it, as they were.
    """

    id: str
    absence: Absence
    version: int
    replaced: tuple[dict[str, Any], ...] = ()


def reported(connection: Any, centre: str, number: str) -> Reported:
    """An absence by the id of the HR system.

    Raises
    ------
    NotFound
        There is none.
    """
    row = rows_by_key(connection, centre, LEAVE.name, [KEY + number]).get(KEY + number)
    if row is None:
        raise NotFound(f"no absence {number!r}")
    return _of(row)


def all_reported(connection: Any, centre: str) -> list[Reported]:
    """Every absence that an HR system reported, by its id."""
    rows = (row for row in entries(connection, centre, LEAVE.name) if row.key.startswith(KEY))
    return sorted((_of(row) for row in rows), key=lambda one: one.id)


def _of(row: Entry) -> Reported:
    return Reported(row.key.removeprefix(KEY), Absence.model_validate(row.body), row.version)


def report(change: Change, number: str, agent: str, first: date, last: date, code: str, paid: bool | None) -> Reported:
    """Write an absence: told again it is the same, told otherwise it is corrected; other absences of the days give way.

    Parameters
    ----------
    paid : bool or None
        None = as the kind of leave, or other absences of the code, say.

    Raises
    ------
    InvalidData
        An unknown agent, a code that is none of leave, or days out of order.
    """
    told = _paid(change, code) if paid is None else paid
    _check(change, agent, first, last, code, told, KEY + number)
    body = {"agent": agent, "first": first.isoformat(), "last": last.isoformat(), "code": code, "paid": told}
    before = rows_by_key(change.connection, change.centre, LEAVE.name, [KEY + number]).get(KEY + number)
    if before is not None and before.body == body:
        return _of(before)
    given = write_absence(change, KEY + number, body)
    emit(change, "absence.added", {"id": number, "agent": agent, "first": body["first"], "last": body["last"]})
    return Reported(number, Absence.model_validate(body), change.number, tuple(given))


def _paid(change: Change, code: str) -> bool:
    kind = rows_by_key(change.connection, change.centre, "leave-types", [code]).get(code)
    if kind is not None and "paid" in kind.body:
        return bool(kind.body["paid"])
    held = rows_with(change.connection, change.centre, LEAVE.name, "code", code)
    return bool(held[0].body.get("paid", True)) if held else True


def _check(change: Change, agent: str, first: date, last: date, code: str, paid: bool, key: str) -> None:
    at, centre, found = change.connection, change.centre, list[Finding]()
    if agent not in rows_by_key(at, centre, "staff", [agent]):
        found.append(Finding("absence", None, "agent", repr(agent), "an agent of the staff"))
    if last < first:
        found.append(Finding("absence", None, "last", str(last), f"{first}, the first day, or a later one"))
    if code in (OFF, LEFT_CODE) or code in rows_by_key(at, centre, "shifts", [code]):
        found.append(Finding("absence", None, "code", repr(code), "a code that is no shift, no day off and no leaver"))
    kinds = [row.key for row in entries(at, centre, "leave-types")]
    if kinds and code not in kinds:
        found.append(Finding("absence", None, "code", repr(code), f"one of {', '.join(kinds)}"))
    others = [row for row in rows_with(at, centre, LEAVE.name, "code", code) if row.key != key]
    if any(bool(row.body.get("paid", True)) != paid for row in others):
        found.append(Finding("absence", None, "paid", str(paid), f"the same in all absences of {code}", "use two codes"))
    if found:
        raise InvalidData(found)


def withdraw(change: Change, number: str) -> None:
    """Take an absence back; what gave way to it does not return.

    Raises
    ------
    NotFound
        There is none.
    """
    held = reported(change.connection, change.centre, number).absence
    drop_row(change, LEAVE, KEY + number)
    told = {"id": number, "agent": held.agent, "first": held.first.isoformat(), "last": held.last.isoformat()}
    emit(change, "absence.withdrawn", told)
