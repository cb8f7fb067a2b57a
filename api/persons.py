"""Persons and teams of a centre in the store: who is known, who is rostered, joins, leaves or changes the team."""

import hashlib
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from data.exchange.catalogue import BY_NAME
from data.exchange.scim_people import LAST_DAY, LEFT_CODE, Person, person_of, staff_row, told_row
from data.model.errors import Finding, InvalidData, NotFound
from data.store.entries import Entry, entries
from data.store.events import emit
from data.store.hr import (
    document_text,
    drop_row,
    rows_by_key,
    rows_with,
    write_absence,
    write_row,
)
from data.store.revisions import Change

PEOPLE, STAFF, TEAMS, LEAVE = (BY_NAME[name] for name in ("people", "staff", "teams", "leave"))

LEFT_KEY = "left|"
"""Before the agent: the key of a leaver's absence."""


@dataclass(frozen=True)
class Known:
    """A person with the rows that tell them.

    Parameters
    ----------
    told, staff : Entry or None
        Rows of ``people.csv`` and ``staff.csv``.
    """

    person: Person
    told: Entry | None
    staff: Entry | None

    @property
    def revision(self) -> int:
        """Revision that changed them last."""
        return max(row.version for row in (self.told, self.staff) if row is not None)


@dataclass(frozen=True)
class Team:
    """A team and who is in it."""

    id: str
    name: str
    external_id: str = ""
    members: tuple[Person, ...] = ()

    @property
    def version(self) -> str:
        """Changes with whatever is told of it."""
        told = "|".join([self.name, self.external_id, *(f"{one.agent}={one.name}" for one in self.members)])
        return hashlib.sha256(told.encode()).hexdigest()[:16]


@lru_cache(maxsize=64)
def _choices(text: str) -> dict[str, frozenset[str]]:
    """Ids that a person may name, by attribute, as ``centre.toml`` says."""
    told = tomllib.loads(text)
    return {
        name: frozenset(one["id"] for one in told.get(block, ()))
        for name, block in (("contract", "contracts"), ("skills", "queues"), ("site", "sites"), ("echelon", "echelons"))
    }


@lru_cache(maxsize=64)
def zone(text: str) -> str:
    """Time zone that ``centre.toml`` says."""
    return str(tomllib.loads(text).get("zone", "UTC"))


def choices(connection: Any, centre: str) -> dict[str, frozenset[str]]:
    """Ids of the contracts, skills, sites and echelons that there are."""
    return _choices(document_text(connection, centre, "centre.toml"))


def known(connection: Any, centre: str) -> list[Known]:
    """Everybody who is known, in the order of the staff, then those who wait; who was deleted is left out."""
    told = {row.key: row for row in entries(connection, centre, "people")}
    staff = {row.key: row for row in entries(connection, centre, "staff")}
    found = (of_rows(told.get(agent), staff.get(agent)) for agent in (*staff, *(key for key in told if key not in staff)))
    return [one for one in found if not one.person.removed]


def of_rows(told: Entry | None, staff: Entry | None) -> Known:
    """A person of the rows that tell them; one of them may be missing."""
    return Known(person_of(told.body if told else None, staff.body if staff else None), told, staff)


def one_known(connection: Any, centre: str, agent: str) -> Known:
    """A person.

    Raises
    ------
    NotFound
        Nobody of that id.
    """
    told, staff = (rows_by_key(connection, centre, name, [agent]).get(agent) for name in ("people", "staff"))
    if (told is None and staff is None) or (told is not None and told.body.get("removed")):
        raise NotFound(f"no person {agent!r}")
    return of_rows(told, staff)


def known_by(connection: Any, centre: str, column: str, value: str) -> list[Known]:
    """Persons by their name of login, external id or employee number, without reading all others."""
    rows = rows_with(connection, centre, "people", column, value, folded=column != "external_id")
    found = [of_rows(row, rows_by_key(connection, centre, "staff", [row.key]).get(row.key)) for row in rows]
    if column == "user_name":
        bare = rows_with(connection, centre, "staff", "agent", value, folded=True)
        told = rows_by_key(connection, centre, "people", [row.key for row in bare])
        found += [of_rows(None, row) for row in bare if row.key not in told]
    return [one for one in found if not one.person.removed]


def misfits(person: Person, may: dict[str, frozenset[str]]) -> Iterator[Finding]:
    """What a person names that the centre does not have; sites need not be listed."""
    for name, ids in may.items():
        held: Any = getattr(person, name)
        for one in held if isinstance(held, tuple) else (held,) if held else ():
            if one not in ids and (ids or name != "site"):
                yield Finding("person", None, name, repr(one), f"one of {', '.join(sorted(ids)) or 'nothing: none is defined'}")


def keep(change: Change, person: Person, before: Known | None, day: date) -> Known:
    """Write a person: into the staff as soon as contract and skills are known, into the leave from the day they are gone.

    Parameters
    ----------
    day : date
        Of today.

    Raises
    ------
    InvalidData
        They name what the centre does not have; or somebody in the staff would lose contract or skills.
    """
    found = list(misfits(person, choices(change.connection, change.centre)))
    staff = before.staff if before else None
    if staff is not None and not person.complete:
        found.append(Finding("person", None, "contract, skills", "nothing", "a contract and a skill of whoever is rostered"))
    if found:
        raise InvalidData(found)
    if person.complete:
        staff = write_row(change, STAFF, person.agent, staff_row(person, staff.body if staff else None), staff)
    told = write_row(change, PEOPLE, person.agent, told_row(person, person.complete), before.told if before else None)
    _keep_absence(change, person, before)
    _tell(change, person, before.person if before else None, day)
    return of_rows(told, staff)


def _keep_absence(change: Change, person: Person, before: Known | None) -> None:
    """A leaver is absent from the day on; whoever stays is not."""
    key = LEFT_KEY + person.agent
    if person.left is None or not person.complete:
        if before is not None and before.person.left is not None:
            drop_row(change, LEAVE, key)
        return
    told = {"agent": person.agent, "first": person.left.isoformat(), "last": LAST_DAY.isoformat()}
    write_absence(change, key, told | {"code": LEFT_CODE, "paid": False})


def _tell(change: Change, person: Person, before: Person | None, day: date) -> None:
    if before is None:
        emit(change, "person.joined", {"agent": person.agent, "rostered": person.complete})
    elif person.left is not None and person.left != before.left:
        emit(change, "person.left", {"agent": person.agent, "from": person.left.isoformat()})
    elif person.active(day) and not before.active(day):
        emit(change, "person.returned", {"agent": person.agent})


def remove(change: Change, known: Known, day: date) -> None:
    """Forget a person who was never rostered; whoever is in the staff leaves, as rosters name them."""
    person = known.person
    if known.staff is None:
        drop_row(change, PEOPLE, person.agent)
        return
    left = person.left if person.left is not None and person.left <= day else day
    keep(change, person.model_copy(update={"left": left, "removed": True}), known, day)


def teams(connection: Any, centre: str, people: Iterable[Known] | None = None) -> list[Team]:
    """Teams that are kept, then those that the staff names."""
    members = dict[str, list[Person]]()
    for one in known(connection, centre) if people is None else people:
        if one.person.team:
            members.setdefault(one.person.team, []).append(one.person)
    rows = [row.body for row in entries(connection, centre, "teams")]
    held = [Team(row["id"], row["name"], row.get("external_id", ""), tuple(members.pop(row["name"], ()))) for row in rows]
    return [*held, *(Team(name, name, "", tuple(those)) for name, those in sorted(members.items()))]


def team_ids(connection: Any, centre: str) -> dict[str, str]:
    """Id of each team that has another id than its name."""
    return {row.body["name"]: row.body["id"] for row in entries(connection, centre, "teams")}


def one_team(connection: Any, centre: str, number: str) -> Team:
    """A team.

    Raises
    ------
    NotFound
        None of that id.
    """
    found = next((one for one in teams(connection, centre) if one.id == number), None)
    if found is None:
        raise NotFound(f"no team {number!r}")
    return found


def keep_team(change: Change, team: Team, members: Iterable[str], day: date) -> None:
    """Write a team: its name, and who is in it; whoever was in another one moves.

    Raises
    ------
    NotFound
        A member is nobody.
    """
    before = rows_by_key(change.connection, change.centre, "teams", [team.id]).get(team.id)
    row = {"id": team.id, "name": team.name} | ({"external_id": team.external_id} if team.external_id else {})
    write_row(change, TEAMS, team.id, row, before)
    wanted = list(dict.fromkeys(members))
    for agent in dict.fromkeys([*wanted, *(one.agent for one in team.members)]):
        one = one_known(change.connection, change.centre, agent)
        name = team.name if agent in wanted else ""
        if one.person.team != name:
            keep(change, one.person.model_copy(update={"team": name}), one, day)


def drop_team(change: Change, team: Team, day: date) -> None:
    """Take a team away; its members are in none then."""
    keep_team(change, team, (), day)
    drop_row(change, TEAMS, team.id)
