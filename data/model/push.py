"""Pushing rosters to other systems: connections, the days that are sent, and what became of each.

Nothing of a person leaves but an id: a day is a shift, or none. Whether somebody rests, is ill or on leave looks the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from data.model.base import Frozen

REST = "rest"
"""Shift of a day without one, whatever the cause."""
CLEAR = "clear"
"""Shift of a day on which a person is no longer in the roster: the other system is to know nothing of it."""

Status = Literal["confirmed", "mismatched", "refused", "unsent"]


def _address(text: str) -> str:
    """A base address, or none; ValueError unless it is https, or http on this machine, and nothing but a host and a path."""
    if not text:
        return text
    parts = urlsplit(text)
    if parts.username or parts.password or parts.query or parts.fragment or not parts.hostname:
        raise ValueError("an address such as https://host.example, without user, query or fragment")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
        raise ValueError("an address that begins with https:// (http only on this machine)")
    return text.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


Address = Annotated[str, AfterValidator(_address)]


class Connection(Frozen):
    """A system that rosters are pushed to.

    Parameters
    ----------
    system : str
        Which adapter speaks to it: dingtalk, wecom, feishu or shift_export.
    base, token_base : str
        Address of the system, and of where its tokens come from; empty = the vendor's own.
    app : str
        Public id of the application: appKey, corpid or app_id.
    secret_env, secret_file : str
        Where the secret is: the name of a variable of the environment, or of a file in the folder of secrets. Never the secret.
    group : str
        Attendance group or rule of everybody who is not in `groups`.
    groups : dict
        Attendance group by team.
    operator : str
        User id in whose name the system is told.
    employee_type : str
        What the user ids of Feishu are.
    shifts : dict
        Id of the system's shift for each of our shift codes.
    users : dict
        User id of the system for an agent; an agent who is not here has the same id there.
    source : str
        Registered name of the sender (shift_export).
    per_call : int or None
        Most rows in a call; None = as many as the vendor takes.
    seconds_between : float or None
        Least seconds between two calls; None = as the vendor's limits ask.
    patience_s : float
        How long to wait until what was sent can be read back, s.
    """

    system: str
    base: Address = ""
    token_base: Address = ""
    app: str = ""
    secret_env: str = Field(default="", pattern=r"^([A-Z][A-Z0-9_]*_SECRET)?$")
    secret_file: str = Field(default="", pattern=r"^([\w-][\w.-]*)?$")
    group: str = ""
    groups: dict[str, str] = {}
    operator: str = ""
    employee_type: Literal["employee_id", "employee_no"] = "employee_id"
    shifts: dict[str, str] = {}
    users: dict[str, str] = {}
    source: str = Field(default="ORA_HWM_WFM", min_length=1, max_length=30)
    per_call: int | None = Field(default=None, ge=1, le=1000)
    seconds_between: float | None = Field(default=None, ge=0, le=60)
    patience_s: float = Field(default=60, ge=0, le=3600)

    @model_validator(mode="after")
    def _one_secret(self) -> "Connection":
        if self.secret_env and self.secret_file:
            raise ValueError("one of secret_env and secret_file")
        return self

    def group_of(self, team: str) -> str:
        """Attendance group of a team."""
        return self.groups.get(team, self.group)

    def user_of(self, agent: str) -> str:
        """User id of an agent in the other system."""
        return self.users.get(agent, agent)


class Connections(Frozen):
    """Every connection of a centre by its name."""

    connections: dict[str, Connection] = {}


@dataclass(frozen=True, slots=True)
class Cell:
    """One person's day as another system is to have it.

    Parameters
    ----------
    agent, user : str
        Id of the person here and there.
    day : date
        Local day on which the shift starts.
    shift : str
        Id of the system's shift, `REST` or `CLEAR`.
    group : str
        Attendance group; empty where the system has none.
    code : str
        Our shift code; empty without a shift.
    start, end : datetime or None
        Of a shift.
    """

    agent: str
    user: str
    day: date
    shift: str
    group: str = ""
    code: str = ""
    start: datetime | None = None
    end: datetime | None = None

    @property
    def key(self) -> tuple[str, date]:
        """User and day."""
        return self.user, self.day

    @property
    def ident(self) -> tuple[str, date]:
        """Agent and day."""
        return self.agent, self.day


class Confirmed(Frozen):
    """What another system was last seen to have for one agent and day.

    Parameters
    ----------
    system : str
        Name of the connection.
    shift : str
        Id of the system's shift, or `REST`.
    """

    system: str
    agent: str
    date: date
    shift: str
    group: str = ""


class Outcome(Frozen):
    """What became of one person's day in a push.

    Parameters
    ----------
    wanted, found : str
        Shift that the roster has, and that the system has; an empty `found` = it says nothing of the day.
    reason, reason_zh : str
        Why it is not confirmed.
    """

    system: str
    agent: str
    date: date
    wanted: str
    found: str = ""
    status: Status
    reason: str = ""
    reason_zh: str = ""


class PushRecord(Frozen):
    """A push as it is kept.

    Parameters
    ----------
    number : int
        Of this connection, from 1.
    version : str
        Roster versions that were sent, parted by ``;``.
    sent, confirmed, mismatched, refused, unsent : int
        Days: accepted by the system; seen there as they should be; seen otherwise or not at all; not accepted; never sent.
    """

    system: str
    number: int = Field(ge=1)
    version: str
    first: date
    last: date
    sent: int = Field(ge=0)
    confirmed: int = Field(ge=0)
    mismatched: int = Field(ge=0)
    refused: int = Field(ge=0)
    unsent: int = Field(ge=0)
    at: AwareDatetime
    by: str


class Mode(StrEnum):
    """What is done: send the differences, send all, or only compare."""

    DIFFERENCES = "differences"
    FULL = "full"
    COMPARE = "compare"


def differences(wanted: Iterable[Cell], known: Iterable[Confirmed]) -> list[Cell]:
    """Days of which the other system is not known to have what it should."""
    held = {(row.agent, row.date): (row.shift, row.group) for row in known}
    return [cell for cell in wanted if held.get(cell.ident) != (cell.shift, cell.group)]
