"""Proposals for the rest of a day 日微调: one act for one agent or one group each, open until somebody decides or time runs out.

A proposal is frozen; what became of it follows from the steps taken with it, which are only ever added to.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Literal

from pydantic import AwareDatetime, Field

from data.model.base import Frozen
from data.model.book import Book, early
from data.model.offphone import Placement
from data.model.request import Effect

Kind = Literal["pause", "activity", "queue", "overtime", "early_leave", "call_in"]
Deed = Literal["proposed", "accepted", "declined", "replaced"]
State = Literal["open", "accepted", "declined", "expired"]

COSTLY: tuple[Kind, ...] = ("overtime", "early_leave", "call_in")
"""Acts that cost somebody something, and need the agent's consent (Labour Contract Law art. 31; same day: house choice)."""


class ProposalPolicy(Frozen):
    """When what is proposed for the rest of a day (house choices; editable).

    Parameters
    ----------
    expiry_minutes : int
        A proposal stands at most so long.
    notice_minutes : int
        Nothing that begins or ends sooner than this is changed.
    intervals : int
        So many intervals in a row beside the forecast are a trend; fewer are a spike.
    band : float
        Share of the forecast's distribution, around its median, within which an interval is as expected.
    risk_threshold : float
        Chance of missing the target, in so many intervals in a row of the rest of the day and with the last ones ignored, from
        which on acts that cost somebody something are proposed without a trend: that of a yellow warning in `RecallParams`.
    calm_threshold : float
        Chance that no interval may reach where somebody leaves early.
    most_overtime_minutes, most_early_minutes : int
        Of one agent.
    most_paid_minutes, most_given_minutes : int
        Overtime beyond time given back, and early leave, of all agents together in one look.
    step_minutes : int
        Step of overtime and early leave, rounded up to whole intervals.
    """

    expiry_minutes: int = Field(default=60, gt=0)
    notice_minutes: int = Field(default=30, ge=0)
    intervals: int = Field(default=2, ge=1)
    band: float = Field(default=0.8, gt=0, lt=1)
    risk_threshold: float = Field(default=0.4, gt=0, lt=1)
    calm_threshold: float = Field(default=0.1, ge=0, lt=1)
    most_overtime_minutes: int = Field(default=120, ge=0)
    most_early_minutes: int = Field(default=120, ge=0)
    most_paid_minutes: int = Field(default=1200, ge=0)
    most_given_minutes: int = Field(default=1200, ge=0)
    step_minutes: int = Field(default=30, gt=0)


class Stood(Frozen):
    """What stands on an agent's day; fields as in `Roster`."""

    code: str
    start: int = -1
    minutes: int = 0
    meal: int = -1
    meal_minutes: int = 0
    breaks: tuple[int, ...] = ()


class CellChange(Frozen):
    """An agent's day before and after."""

    agent: str
    day: date
    before: Stood
    after: Stood


class Piece(Frozen):
    """Off-phone work taken back.

    Parameters
    ----------
    placement : Placement
        As it stands.
    back : datetime
        When its people are on the phones instead.
    lost_minutes : int
        Work not done, of each of them.
    """

    placement: Placement
    back: AwareDatetime
    lost_minutes: int = Field(ge=0)


class Proposal(Frozen):
    """One act.

    Parameters
    ----------
    version : str
        Roster that it would change.
    queue : str
        For whose sake, or which queue comes first; empty = none alone.
    start, end : datetime
        From when to when something is other than it stands.
    paid_minutes : int
        Gained (+) or given back (-), all agents together.
    effect : Effect or None
        On the worst interval among those touched, if this alone is accepted; None = none is computed, or no interval is touched.
    changes : tuple of CellChange
        What it does to the roster; empty = nothing.
    piece : Piece or None
        What it does to off-phone work.
    rules : int
        Hard rules that bind the agents and were found kept.
    expires_at : datetime
        Last moment at which it can be accepted.
    """

    id: str = Field(min_length=1)
    kind: Kind
    made_at: AwareDatetime
    version: str
    agents: tuple[str, ...] = Field(min_length=1)
    queue: str = ""
    start: AwareDatetime
    end: AwareDatetime
    paid_minutes: int = 0
    effect: Effect | None = None
    changes: tuple[CellChange, ...] = ()
    piece: Piece | None = None
    rules: int = 0
    expires_at: AwareDatetime
    reason: str
    reason_zh: str

    @property
    def needs_consent(self) -> bool:
        """Whether the agents must have said yes before it is accepted."""
        return self.kind in COSTLY

    def alike(self, other: "Proposal") -> bool:
        """Whether both are the same act."""
        names = ("kind", "agents", "queue", "start", "end", "changes", "piece")
        return all(getattr(self, name) == getattr(other, name) for name in names)


class ProposalStep(Frozen):
    """What somebody did with a proposal.

    Parameters
    ----------
    at : datetime
        On the clock of the day.
    version : str
        Of an accepted one: the version that it went into; empty = the roster stays.
    consented : bool
        Of an accepted one: whether its agents were said to have agreed.
    asked : Proposal or None
        Of a proposed one: the proposal.
    """

    proposal: str = Field(min_length=1)
    deed: Deed
    by: str = Field(min_length=1)
    at: AwareDatetime
    reason: str = ""
    version: str = ""
    consented: bool = False
    asked: Proposal | None = None


@dataclass(frozen=True)
class ProposalBook(Book[ProposalStep, Proposal]):
    """All that was done with the proposals of a centre."""

    FILE = "proposals.csv"
    OF = "proposal"

    @cached_property
    def proposals(self) -> Mapping[str, Proposal]:
        """Every proposal by id."""
        return {step.proposal: step.asked for step in self.steps if step.asked is not None}

    @property
    def _things(self) -> Mapping[str, Proposal]:
        return self.proposals

    @cached_property
    def _last(self) -> Mapping[str, ProposalStep]:
        return {step.proposal: step for step in self.steps}

    def state(self, name: str, at: datetime) -> State:
        """How a proposal stands at an instant."""
        deed = self._last[name].deed
        if deed in ("accepted", "declined"):
            return "accepted" if deed == "accepted" else "declined"
        return "expired" if deed == "replaced" or at > self.proposals[name].expires_at else "open"

    def open(self, at: datetime) -> tuple[Proposal, ...]:
        """Proposals that can be accepted at an instant."""
        return tuple(one for name, one in self.proposals.items() if self.state(name, at) == "open")

    def declined_on(self, day: date) -> frozenset[str]:
        """Agents who have declined something made on a day: they are not asked again that day."""
        told = (self.proposals[step.proposal] for step in self.steps if step.deed == "declined")
        return frozenset(agent for one in told if one.made_at.date() == day for agent in one.agents)

    def _wrong(self, step: ProposalStep) -> Iterator[tuple[str, str]]:
        if (step.deed == "proposed") != (step.asked is not None) or (step.asked is not None) == (step.proposal in self.proposals):
            yield f"{step.deed} {step.proposal}", "a new proposal as it was made, or a deed on one that is there"
        elif step.asked is None and step.at < self.proposals[step.proposal].made_at:
            yield from early(step, self.proposals[step.proposal].made_at)
        elif step.asked is None and self.state(step.proposal, step.at) != "open":
            yield f"{step.deed}; it is {self.state(step.proposal, step.at)}", "a proposal that is open"
