"""What is kept of a roster version beside its rows: how it was made, and the roster that it was made from."""

from datetime import timedelta
from pathlib import Path

from api.planned import PAST, Planned
from data.exchange.rosters import RosterRecord, record_of, write_roster, write_roster_record
from data.model.errors import Finding, InvalidData
from data.model.roster import Roster
from data.model.splice import days_of
from optimizer.rostering.solution import Status

BEFORE = "before"
"""Folder of the rosters that versions were made from and that are no versions themselves."""


def keep_roster(roster: Roster, record: RosterRecord, path: Path) -> None:
    """Write a roster and its record."""
    write_roster_record(record, path)
    write_roster(roster, path)


def stands_aside(planned: Planned) -> bool:
    """Whether what a version was made from is no version: none, or one whose past has changed since."""
    base = planned.problem.base
    return not planned.roster.parent or (base is not None and PAST in base.origin)


def _base_file(planned: Planned) -> str:
    """Where the roster stands that a version was made from, in the folder of versions; empty = there is none."""
    if planned.problem.base is None:
        return ""
    return f"{BEFORE}/{planned.roster.version}.csv" if stands_aside(planned) else f"{planned.roster.parent}.csv"


def version_record(planned: Planned) -> RosterRecord:
    """How a version was made: what its rows do not say."""
    problem, roster, solution = planned.problem, planned.roster, planned.solution
    first = roster.horizon.first
    made = {
        "first_open": first + timedelta(days=problem.first_open),
        "end_open": first + timedelta(days=problem.end_open),
        "requirement": f"requirements/{roster.version}.csv",
        "base": _base_file(planned),
        "costs": solution.costs,
        "bound": solution.bound,
        "status": solution.status.value,
        "locked": () if problem.locked is None else tuple(days_of(roster, problem.locked)),
        "edited": planned.edited,
    }
    return record_of(roster).model_copy(update=made)


def status_of(record: RosterRecord, path: Path) -> Status:
    """How well a version is known to be; `InvalidData` if its record says something else."""
    known = [status.value for status in Status]
    if record.status not in known:
        where = path.with_suffix(".json").name
        raise InvalidData([Finding(where, None, "status", repr(record.status), f"one of {', '.join(known)}")])
    return Status(record.status)
