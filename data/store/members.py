"""Who sits where in a centre, and which queues belong to which project: what scopes are made of, held until it changes."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

from data.store.documents import content, documents
from data.store.entries import entries
from data.store.revisions import revision_of

CENTRE_FILE = "centre.toml"


@dataclass(frozen=True)
class Member:
    """Where an agent belongs."""

    site: str
    team: str
    skills: frozenset[str]


_held: WeakKeyDictionary[Engine, dict[tuple[str, str], tuple[int, Any]]] = WeakKeyDictionary()
_lock = Lock()


def members(connection: Connection, centre: str) -> Mapping[str, Member]:
    """Agents of a centre as they stand now.

    Raises
    ------
    NotFound
        There is no such centre.
    """
    return _of_revision(connection, centre, "members", _members)


def projects_of_queues(connection: Connection, centre: str) -> Mapping[str, str]:
    """Project of each queue of a centre as it stands now.

    Raises
    ------
    NotFound
        There is no such centre.
    """
    return _of_revision(connection, centre, "queues", _queues)


def _of_revision(connection: Connection, centre: str, what: str, make: Callable[[Connection, str], Any]) -> Any:
    """What was made at the same revision; a transaction that writes sees what may be taken back, so nothing of it is held."""
    number = revision_of(connection, centre)
    if connection.get_execution_options().get("echelon_writes", False):
        return make(connection, centre)
    with _lock:
        known = _held.setdefault(connection.engine, {}).get((centre, what))
    if known is not None and known[0] == number:
        return known[1]
    made = make(connection, centre)
    with _lock:
        _held[connection.engine][centre, what] = (number, made)
    return made


def forget(connection: Connection) -> None:
    """Hold nothing any longer: rows were changed without a new version."""
    with _lock:
        _held.pop(connection.engine, None)


def _members(connection: Connection, centre: str) -> dict[str, Member]:
    bodies = (entry.body for entry in entries(connection, centre, "staff"))
    return {str(one["agent"]): member_of(one) for one in bodies}


def member_of(row: Mapping[str, Any]) -> Member:
    """Where the agent of a row of the staff belongs."""
    return Member(row.get("site", ""), row.get("team", ""), frozenset(row.get("skills", ())))


def _queues(connection: Connection, centre: str) -> dict[str, str]:
    found = documents(connection, centre).get(CENTRE_FILE)
    told = {} if found is None else tomllib.loads(content(connection, found[0]).decode("utf-8-sig"))
    return {str(one["id"]): str(one.get("project", "")) for one in told.get("queues", ())}
