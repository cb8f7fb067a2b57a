"""Persons as HR systems know them: ``people.csv`` beside ``staff.csv``, and the teams, ``teams.csv``.

Who is rostered has a row in ``staff.csv``, which alone says contract, skills, site, team and echelon. A person whose contract or
skills HR has not told yet is *pending*: their row of ``people.csv`` keeps what is known until then. A leaver keeps the row in
``staff.csv``, as rosters name them, and is absent from the day on which they are gone.
"""

from datetime import date
from typing import Any

from pydantic import Field

from data.cells import DAY, FLAG, IDS, TEXT
from data.columns import Column, Table, optional
from data.model.base import Frozen

IDENTITY = ("user_name", "external_id", "given_name", "family_name", "employee_number", "department", "cost_center", "manager")
"""Columns that only HR systems know."""

ROSTERED = ("name", "contract", "skills", "site", "team", "echelon")
"""Columns that stand in ``staff.csv`` as soon as somebody is rostered."""

PEOPLE = Table(
    "people",
    (
        Column("agent", TEXT),
        *(optional(name, TEXT) for name in IDENTITY),
        *(optional(name, IDS if name == "skills" else TEXT) for name in ROSTERED),
        optional("left", DAY),
        optional("removed", FLAG),
    ),
    keys=("agent",),
)

TEAMS = Table("teams", (Column("id", TEXT), Column("name", TEXT), optional("external_id", TEXT)), keys=("id",))
"""`name` is what ``staff.csv`` says; the id stays when a team is renamed."""

LEFT_CODE, LAST_DAY = "LEFT", date(2099, 12, 31)
"""A leaver is absent under this code, from the day on which they are gone until the last day."""


class Person(Frozen):
    """A person as an HR system tells them.

    Parameters
    ----------
    agent : str
        Id that rosters name; it never changes.
    user_name : str
        Unique without regard to case.
    left : date or None
        First day on which they are gone; None = they stay.
    removed : bool
        Whether the HR system has deleted them.
    """

    agent: str = Field(min_length=1, max_length=100, pattern=r"^[^\s;|/]+$")
    user_name: str = Field(min_length=1, max_length=200)
    external_id: str = Field(default="", max_length=200)
    name: str = Field(default="", max_length=200)
    given_name: str = Field(default="", max_length=100)
    family_name: str = Field(default="", max_length=100)
    employee_number: str = Field(default="", max_length=100)
    department: str = Field(default="", max_length=200)
    cost_center: str = Field(default="", max_length=200)
    manager: str = Field(default="", max_length=100)
    contract: str = ""
    skills: tuple[str, ...] = ()
    site: str = ""
    team: str = ""
    echelon: str = ""
    left: date | None = None
    removed: bool = False

    @property
    def complete(self) -> bool:
        """Whether enough is known to roster them."""
        return bool(self.contract and self.skills)

    def active(self, day: date) -> bool:
        """Whether they work here on a day."""
        return not self.removed and (self.left is None or day < self.left)


Body = dict[str, Any]


def person_of(told: Body | None, staff: Body | None) -> Person:
    """Person of a row of ``people.csv`` and of ``staff.csv``; one of them may be missing."""
    rostered = {name: staff[name] for name in ROSTERED if staff.get(name)} if staff else {}
    kept = {name: value for name, value in (told or {}).items() if name not in ROSTERED or not staff}
    agent = (told or staff or {})["agent"]
    return Person.model_validate({"agent": agent, "user_name": agent, **kept, **rostered})


def told_row(person: Person, rostered: bool) -> Body:
    """Row of ``people.csv``: without what ``staff.csv`` says, if they are rostered."""
    row = person.model_dump(mode="json", exclude=set(ROSTERED) if rostered else set())
    return {name: value for name, value in row.items() if value not in (None, "", [], False)}


def staff_row(person: Person, before: Body | None) -> Body:
    """Row of ``staff.csv``; what HR systems do not tell stays as it was."""
    held = {name: value for name, value in (before or {}).items() if name not in ROSTERED}
    told = person.model_dump(mode="json", include=set(ROSTERED))
    return {"agent": person.agent, **held, **{name: value for name, value in told.items() if value not in ("", [])}}
