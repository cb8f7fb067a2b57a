"""What a week adjustment may change: people, hours, and days in each class of notice; and what each number of changes buys."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

from pydantic import Field, model_validator

from data.model.base import Frozen
from data.model.roster import Change, Roster


class NoticeClass(Frozen):
    """Changes that agents hear of about as long before.

    Parameters
    ----------
    below_days : int or None
        Local days from the one on which the agent is told to the one that changes: fewer than so many; None = any number.
    most : int or None
        Agents' days that may change in this class; None = no limit.
    consent : bool
        Whether the agent has to accept such a change.
    """

    name: str
    name_zh: str
    below_days: int | None = Field(default=None, ge=1)
    most: int | None = Field(default=None, ge=0)
    consent: bool = False


NOTICE_CLASSES = (
    NoticeClass(name="same day", name_zh="当日", below_days=1, most=5, consent=True),
    NoticeClass(name="under 3 days", name_zh="3日内", below_days=3, most=20),
    NoticeClass(name="under 14 days", name_zh="14日内", below_days=14, most=100),
    NoticeClass(name="later", name_zh="14日及以后"),
)
"""Week plans are out three days ahead and month plans fourteen, and who changes on the day is asked; the numbers are for a centre
of 500 agents (house choice: no notice is laid down by Chinese law)."""


class ChangeBudget(Frozen):
    """How much of a roster that agents already know may change; None = no limit.

    Parameters
    ----------
    max_people : int or None
        Agents with a day that changes.
    max_hours : float or None
        Hours that are worked at another time.
    max_changes : int or None
        Agents' days that change.
    classes : tuple of NoticeClass
        From the shortest notice to the longest; the last takes any.
    """

    max_people: int | None = Field(default=50, ge=0)
    max_hours: float | None = Field(default=400.0, ge=0)
    max_changes: int | None = Field(default=None, ge=0)
    classes: tuple[NoticeClass, ...] = NOTICE_CLASSES

    @model_validator(mode="after")
    def _classes_ascend(self) -> Self:
        edges = [one.below_days for one in self.classes]
        known = [edge for edge in edges[:-1] if edge is not None]
        if not edges or edges[-1] is not None or len(known) < len(edges) - 1 or any(b <= a for a, b in pairwise(known)):
            raise ValueError("classes of notice must rise in below_days, and the last must have none")
        return self


@dataclass(frozen=True, eq=False)
class Priced:
    """The best roster found with so many changes.

    Parameters
    ----------
    most : int
        Changes that were allowed. Those that new leave or a rule forces are in every roster, and may alone be more.
    changes : tuple of Change
        Agents' days that differ from the base, with the reason; days on leave aside.
    cost : float
        Of the verifier, price of the changes included.
    bound : float
        No legal roster with so many changes costs less; nan if not computed.
    service_level : float
        Share of the calls answered in target, as the staffing curves expect it, in [0, 1].
    intervals_below_target : int
        Slots of a queue with calls.
    people : int
    hours : float
        Hours worked at another time than in the base.
    gain_per_change : float
        Cost saved for each further change, against the entry before; 0 in the first.
    knee : bool
        Whether it is the entry beyond which changes buy least.
    """

    most: int
    roster: Roster
    changes: tuple[Change, ...]
    cost: float
    bound: float
    service_level: float
    intervals_below_target: int
    people: int
    hours: float
    gain_per_change: float = 0.0
    knee: bool = False


@dataclass(frozen=True)
class Classed:
    """A change and how long before the agent hears of it."""

    change: Change
    notice: NoticeClass

    @property
    def consent(self) -> bool:
        """Whether the agent has to accept it."""
        return self.notice.consent


@dataclass(frozen=True)
class Used:
    """How much of a limit is used; changes that new leave or a rule forces may go beyond it.

    Parameters
    ----------
    name : str
        people, hours, changes, the name of a class of notice, or what no roster may do: past, declined.
    most : float or None
        None = no limit.
    """

    name: str
    used: float
    most: float | None


@dataclass(frozen=True)
class Refused:
    """Changes of an agent that would have paid and are not made.

    Parameters
    ----------
    gain : float
        Cost that they would save beside the roster that was found.
    reasons : tuple of str
        Limits that they would break, by `Used.name`.
    """

    agent: str
    days: int
    gain: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Within:
    """The best roster found inside a budget, each change with its notice, and what the budget refuses, dearest first."""

    priced: Priced
    changes: tuple[Classed, ...]
    used: tuple[Used, ...]
    refused: tuple[Refused, ...]
