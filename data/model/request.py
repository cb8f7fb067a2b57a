"""What agents ask to change in a roster that stands, on which terms, and what was decided."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, model_validator

from data.model.base import Frozen
from data.model.people import Absence

Outcome = Literal["granted", "to_leader", "refused"]


class Ask(Frozen):
    """What all requests have in common.

    Parameters
    ----------
    agent : str
        Who asks.
    made_at : datetime
        Aware.
    version : str
        Version of the roster that the agent saw; empty = the one that stands.
    consents : tuple of str
        Agents who agreed.
    """

    id: str = Field(min_length=1)
    agent: str = Field(min_length=1)
    made_at: AwareDatetime
    version: str = ""
    consents: tuple[str, ...] = ()


class Swap(Ask):
    """Exchange with another agent what both have on some days (换班)."""

    kind: Literal["swap"] = "swap"
    other: str = Field(min_length=1)
    days: tuple[date, ...] = Field(min_length=1, max_length=31)

    @model_validator(mode="after")
    def _each_once(self) -> "Swap":
        if len(set(self.days)) < len(self.days):
            raise ValueError(f"the swap of {self.agent} names a day twice")
        return self


class Cover(Ask):
    """Another agent takes the shift of a day (顶班).

    Parameters
    ----------
    instead : date or None
        Day on which the other agent is off in place of a shift; None = no day moves.
    """

    kind: Literal["cover"] = "cover"
    other: str = Field(min_length=1)
    day: date
    instead: date | None = None

    @model_validator(mode="after")
    def _another_day(self) -> "Cover":
        if self.instead == self.day:
            raise ValueError(f"{self.other} cannot take a shift on {self.day} and be off on the same day")
        return self


class GiveAway(Ask):
    """The shift of a day is up for anyone (让班).

    Parameters
    ----------
    takers : tuple of str
        Agents who want it, in the order in which they asked; the first who may take it gets it.
    """

    kind: Literal["give_away"] = "give_away"
    day: date
    takers: tuple[str, ...] = ()


class Overtime(Ask):
    """Stay longer than the shift, or come earlier (加班).

    Parameters
    ----------
    minutes : int
    before : bool
        Come so many minutes earlier, in place of staying so many longer.
    """

    kind: Literal["overtime"] = "overtime"
    day: date
    minutes: int = Field(gt=0, le=960)
    before: bool = False


class EarlyLeave(Ask):
    """Leave so many minutes before the shift ends (提前下班)."""

    kind: Literal["early_leave"] = "early_leave"
    day: date
    minutes: int = Field(gt=0, le=960)


class Leave(Ask):
    """Leave on whole local days (请假); code and pay as in `Absence`."""

    kind: Literal["leave"] = "leave"
    first: date
    last: date
    code: str = "AL"
    paid: bool = True

    @model_validator(mode="after")
    def _ordered(self) -> "Leave":
        if self.last < self.first:
            raise ValueError(f"leave of {self.agent} ends {self.last}, before it starts {self.first}")
        return self

    @property
    def absence(self) -> Absence:
        """The leave once it is granted."""
        return Absence(agent=self.agent, first=self.first, last=self.last, code=self.code, paid=self.paid)


Request = Annotated[Swap | Cover | GiveAway | Overtime | EarlyLeave | Leave, Field(discriminator="kind")]
"""A request of any kind, told apart by ``kind``."""


class Terms(Frozen):
    """On which terms requests of a kind are granted (house choice; editable).

    Parameters
    ----------
    answer : str
        allow: what keeps the terms is granted and the rest refused; review: a leader decides on what keeps the rules, be it
        outside of the terms; refuse: none is granted.
    notice_hours : float
        Least time between now and the first minute that changes.
    most_added_chance : float
        Most by which the chance of missing the target may grow in any interval, in [0, 1].
    most_service_lost : float
        Most service level that may be lost below the target in any interval, in [0, 1]: where the target is missed for sure
        the chance can no longer grow.
    most_a_month : int
        Requests of the kind that an agent may be granted in a calendar month.
    consent : bool
        Whether the other agent must have agreed.
    only_where_short : bool
        Whether agents are only added where some are missing.
    """

    answer: Literal["allow", "review", "refuse"] = "allow"
    notice_hours: float = Field(default=24.0, ge=0)
    most_added_chance: float = Field(default=0.05, ge=0, le=1)
    most_service_lost: float = Field(default=0.02, ge=0, le=1)
    most_a_month: int = Field(default=4, ge=0)
    consent: bool = False
    only_where_short: bool = True


class RequestPolicy(Frozen):
    """The terms of each kind of request.

    References
    ----------
    House choice: leave three days ahead, as the week plan is published, and no agent's day changed late without acceptance
    (domain.md, pol.publish.notice); overtime and early leave a quarter or half of an hour ahead.
    """

    swap: Terms = Terms(consent=True)
    cover: Terms = Terms(consent=True)
    give_away: Terms = Terms()
    overtime: Terms = Terms(notice_hours=0.5, most_a_month=12)
    early_leave: Terms = Terms(notice_hours=0.25, most_added_chance=0.02, most_a_month=8)
    leave: Terms = Terms(notice_hours=72.0)

    def terms(self, kind: str) -> Terms:
        """Terms of a kind."""
        terms: Terms = getattr(self, kind)
        return terms

    def overruled(self, kind: str) -> "RequestPolicy":
        """The policy under which a leader who says yes to a request of a kind has it judged again: rules and form bind still."""
        limits = {"notice_hours": 0.0, "most_added_chance": 1.0, "most_service_lost": 1.0, "most_a_month": 10**6}
        terms = self.terms(kind).model_copy(update={"answer": "allow", "only_where_short": False} | limits)
        return self.model_copy(update={kind: terms})


class Reason(Frozen):
    """One thing that speaks against a request.

    Parameters
    ----------
    cause : str
        Code of the catalogue (`optimizer.rostering.requests.causes`).
    agent : str
        Whom it is about.
    rule : str
        Id of the rule that would be broken; empty = none.
    sentence, sentence_zh : str
        The cause with its numbers.
    """

    cause: str
    agent: str
    rule: str = ""
    sentence: str
    sentence_zh: str


class Effect(Frozen):
    """What a request does to the service of the interval and queue that it hurts most.

    Parameters
    ----------
    start : datetime
        Of the interval.
    chance_before, chance_after : float
        Chance of missing the target, in [0, 1].
    service_before, service_after : float
        Expected service level, in [0, 1].
    agents_before, agents_after : float
        Agents on the queue, before shrinkage.
    lost : float
        Most service level lost below the target in any interval.
    """

    queue: str
    start: AwareDatetime
    chance_before: float
    chance_after: float
    service_before: float
    service_after: float
    agents_before: float
    agents_after: float
    lost: float = 0.0

    @property
    def added_chance(self) -> float:
        """By how much the chance of missing the target grows."""
        return self.chance_after - self.chance_before


class Alternative(Frozen):
    """What would be acceptable instead.

    Parameters
    ----------
    kind : str
        Of the request that asks for it.
    agent : str
        The other agent; empty = none.
    days : tuple of date
        Days asked for.
    instead : date or None
        Day on which the other agent is off instead; None = none.
    minutes : int
        Of overtime or of an early leave; 0 = no matter.
    added_chance : float
        By how much the chance of missing the target would grow, at most over the intervals.
    """

    kind: str
    agent: str = ""
    days: tuple[date, ...]
    instead: date | None = None
    minutes: int = 0
    added_chance: float = 0.0
    sentence: str
    sentence_zh: str


class Decision(Frozen):
    """What becomes of a request.

    Parameters
    ----------
    request : str
        Its id.
    decided_at : datetime
    version : str
        Version of the roster that it was judged against.
    cause : str
        Code of the first reason; empty if it is granted.
    reasons : tuple of Reason
        All that speaks against it, in the order of the catalogue.
    sentence, sentence_zh : str
        The outcome and the first reason.
    effect : Effect or None
        None if it cannot be told what would change, or no presence changes.
    alternatives : tuple of Alternative
        The nearest acceptable ones, nearest first; none for what is granted.
    taker : str
        Agent who takes over a shift that was granted; empty = none.
    """

    request: str
    decided_at: AwareDatetime
    version: str
    outcome: Outcome
    cause: str = ""
    reasons: tuple[Reason, ...] = ()
    sentence: str
    sentence_zh: str
    effect: Effect | None = None
    alternatives: tuple[Alternative, ...] = ()
    taker: str = ""
