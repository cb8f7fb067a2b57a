"""Agents and the terms on which they work."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from data.model.base import Frozen

HoursSystem = Literal["standard", "comprehensive", "flexible", "part_time"]
ShiftKind = Literal["early", "day", "late", "night", "split"]


class Contract(Frozen):
    """Terms that many agents share.

    Parameters
    ----------
    hours_system : str
        standard (标准工时), comprehensive (综合计算工时), flexible (不定时) or part_time (非全日制).
    daily_minutes : int
        Paid minutes of one normal day; a paid leave day credits so many.
    shifts : tuple of str
        Codes of the shift templates that the contract allows.
    """

    id: str
    name: str
    name_zh: str = ""
    hours_system: HoursSystem = "standard"
    daily_minutes: int = Field(default=480, gt=0, le=1440)
    shifts: tuple[str, ...] = Field(min_length=1)


class Protection(Frozen):
    """What an agent may not be given, and until when; the reason is never stored (PIPL arts. 28, 55)."""

    no_night: bool = False
    no_overtime: bool = False
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the protection is in force on a day."""
        return self.until is None or day <= self.until


class Agent(Frozen):
    """A person who answers calls.

    Parameters
    ----------
    skills : tuple of str
        Ids of the queues the agent can answer, best first.
    echelon : str
        Id of the emergency tier the agent belongs to; empty = none.
    prefers : tuple of str
        Kinds of shift that the agent likes, best first; empty = no matter.
    efficiency : float
        Calls handled relative to an experienced agent, in (0, 1]; new agents about 0.6 (house choice).
    """

    id: str
    name: str = ""
    site: str = ""
    team: str = ""
    contract: str
    skills: tuple[str, ...] = Field(min_length=1)
    protection: Protection | None = None
    echelon: str = ""
    prefers: tuple[ShiftKind, ...] = ()
    efficiency: float = Field(default=1.0, gt=0, le=1)


class Absence(Frozen):
    """Leave or sickness on whole local days.

    Parameters
    ----------
    code : str
        Day symbol written in the roster, e.g. ``AL`` annual leave, ``SL`` absence by illness.
    paid : bool
        Whether the day credits the contract's daily minutes to the hours rules.
    """

    agent: str
    first: date
    last: date
    code: str = "AL"
    paid: bool = True

    @model_validator(mode="after")
    def _ordered(self) -> "Absence":
        if self.last < self.first:
            raise ValueError(f"leave of {self.agent} ends {self.last}, before it starts {self.first}")
        return self


class Wish(Frozen):
    """What an agent asks for on a day.

    Parameters
    ----------
    kind : str
        ``off`` (a day off), ``on`` (a given shift) or ``avoid`` (not a given shift).
    shift : str
        Shift code of an ``on`` or ``avoid`` wish.
    rank : int
        1 = most wanted, to 5.
    """

    agent: str
    day: date
    kind: Literal["off", "on", "avoid"] = "off"
    shift: str = ""
    rank: int = Field(default=3, ge=1, le=5)

    @model_validator(mode="after")
    def _names_a_shift(self) -> "Wish":
        if (self.kind == "off") != (self.shift == ""):
            raise ValueError("a wish for or against a shift names its code; a wish for a day off names none")
        return self


def person_finder(agents: Iterable[Agent]) -> Callable[[str], tuple[str, ...]]:
    """A reader that finds ids and names of agents in a text, so that no person is named."""
    known = sorted({word for agent in agents for word in (agent.id, agent.name) if len(word) > 1}, key=len, reverse=True)
    if not known:
        return lambda _: ()
    pattern = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, known))})(?![A-Za-z0-9])")
    return lambda text: tuple(dict.fromkeys(pattern.findall(text)))
