"""Call-outs of echelons 召集: started, members asked one after the other, answers, arrivals, stand-down.

A call-out is frozen; how it and its members stand follows from the steps taken with it, which are only ever added to. Nothing is
written when a member lets the time to answer pass: from then on the ask is unanswered, and the next in line may be asked.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil
from typing import Literal, Self, cast

from pydantic import AwareDatetime, Field, model_validator

from data.model.base import Frozen
from data.model.book import Book, early

CallOutDeed = Literal["started", "asked", "accepted", "declined", "arrived", "stood_down", "ended"]
MemberState = Literal["asked", "no_answer", "accepted", "declined", "arrived", "stood_down"]

COMING: tuple[MemberState, ...] = ("accepted", "arrived")
"""States of members who fill a head."""

BEFORE: Mapping[CallOutDeed, tuple[MemberState, ...]] = {
    "accepted": ("asked",),
    "declined": ("asked", "accepted"),
    "arrived": ("accepted",),
    "stood_down": ("asked", "accepted", "arrived"),
}
"""In which states of a member a deed can be done; who accepted may still decline, who arrived stands down."""


class CallOut(Frozen):
    """One call of an echelon, on the terms that held when it was started.

    Parameters
    ----------
    start, end : datetime
        From when to when they are to be on the phones.
    heads : int
        Members who are to come.
    response_minutes, answer_share
        As in `data.model.centre.EchelonTier`.
    approver : str
        Who approved overtime beyond the limits (Labour Law arts. 41, 42); empty = nobody, the limits hold.
    """

    id: str = Field(min_length=1)
    echelon: str = Field(min_length=1)
    queue: str = Field(min_length=1)
    start: AwareDatetime
    end: AwareDatetime
    heads: int = Field(gt=0)
    response_minutes: int = Field(gt=0)
    answer_share: float = Field(default=1.0, gt=0, le=1)
    approver: str = ""
    reason: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end <= self.start:
            raise ValueError(f"{self.id}: the end {self.end.isoformat()} is not after the start {self.start.isoformat()}")
        return self


class CallOutStep(Frozen):
    """What somebody did with a call-out.

    Parameters
    ----------
    agent : str
        The member it is about; empty when it is about all: started, ended.
    until : datetime or None
        Of an ask: last moment to answer.
    started : CallOut or None
        Of a start: the call-out.
    """

    call_out: str = Field(min_length=1)
    deed: CallOutDeed
    by: str = Field(min_length=1)
    at: AwareDatetime
    agent: str = ""
    until: AwareDatetime | None = None
    reason: str = ""
    started: CallOut | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """The duty of a member who came.

    Parameters
    ----------
    start, end : datetime
        From the start of the call-out, or the arrival if that is later, to the stand-down.
    """

    agent: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class CallOutBook(Book[CallOutStep, CallOut]):
    """All that was done with the call-outs of a centre.

    Parameters
    ----------
    call_outs : mapping of str to CallOut
        Every call-out by id.
    last : mapping of str to mapping of str to CallOutStep
        Last step of each member of each call-out.
    latest, ended : mapping of str to datetime
        When each call-out was last touched, and when those that are over were ended.
    """

    FILE = "call_out_steps.csv"
    OF = "call_out"

    call_outs: Mapping[str, CallOut] = field(default_factory=dict[str, CallOut])
    last: Mapping[str, Mapping[str, CallOutStep]] = field(default_factory=dict[str, Mapping[str, CallOutStep]])
    latest: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    ended: Mapping[str, datetime] = field(default_factory=dict[str, datetime])

    @property
    def _things(self) -> Mapping[str, CallOut]:
        return self.call_outs

    def _with(self, step: CallOutStep) -> "CallOutBook":
        name, members = step.call_out, {**self.last.get(step.call_out, {})}
        if step.agent:
            members[step.agent] = step
        return CallOutBook(
            (*self.steps, step),
            self.call_outs if step.started is None else {**self.call_outs, name: step.started},
            {**self.last, name: members},
            {**self.latest, name: step.at},
            {**self.ended, name: step.at} if step.deed == "ended" else self.ended,
        )

    def running(self) -> tuple[CallOut, ...]:
        """Call-outs that are not ended."""
        return tuple(one for name, one in self.call_outs.items() if name not in self.ended)

    def states(self, name: str, at: datetime) -> dict[str, MemberState]:
        """How each member who was asked stands at an instant, in the order of the asks."""
        return {agent: _state(step, at) for agent, step in self.last[name].items()}

    def coming(self, name: str, at: datetime) -> tuple[str, ...]:
        """Members who accepted or arrived."""
        return tuple(agent for agent, state in self.states(name, at).items() if state in COMING)

    def room(self, name: str, at: datetime) -> int:
        """How many more may be asked now: as many as bring the missing heads at the expected share of answers, less open asks."""
        call, states = self.call_outs[name], list(self.states(name, at).values())
        if name in self.ended:
            return 0
        missing = call.heads - sum(state in COMING for state in states)
        return max(0, ceil(max(0, missing) / call.answer_share) - states.count("asked"))

    def declined_on(self, day: date) -> frozenset[str]:
        """Agents who declined a call-out on a day: they are not asked again that day."""
        last = (step for members in self.last.values() for step in members.values())
        return frozenset(step.agent for step in last if step.deed == "declined" and step.at.date() == day)

    def busy(self, at: datetime) -> frozenset[str]:
        """Members with an ask or a duty in a call-out that runs."""
        held = ("asked", *COMING)
        return frozenset(a for one in self.running() for a, state in self.states(one.id, at).items() if state in held)

    def served(self, name: str) -> tuple[Served, ...]:
        """Duties that are over, in the order of the stand-downs."""
        arrived = {step.agent: step.at for step in self.steps if step.call_out == name and step.deed == "arrived"}
        over = (step for step in self.steps if step.call_out == name and step.deed == "stood_down" and step.agent in arrived)
        begun = ((step, max(self.call_outs[name].start, arrived[step.agent])) for step in over)
        return tuple(Served(step.agent, start, step.at) for step, start in begun if start < step.at)

    def _wrong(self, step: CallOutStep) -> Iterator[tuple[str, str]]:
        told = step.call_out in self.call_outs
        if (step.deed == "started") != (step.started is not None) or told == (step.deed == "started"):
            yield f"{step.deed} {step.call_out}", "a new call-out as it was started, or a deed on one that is there"
        elif told:
            yield from self._wrong_time(step)
            yield from self._wrong_deed(step)

    def _wrong_time(self, step: CallOutStep) -> Iterator[tuple[str, str]]:
        yield from early(step, self.latest[step.call_out])
        if step.call_out in self.ended:
            yield f"{step.deed}; it has ended", "a call-out that runs"

    def _wrong_deed(self, step: CallOutStep) -> Iterator[tuple[str, str]]:
        state = self.states(step.call_out, step.at).get(step.agent)
        if (step.deed == "ended") == bool(step.agent) or (step.deed == "asked") != (step.until is not None):
            yield f"{step.deed} {step.agent}".strip(), "a member, and of an ask the last moment to answer"
        elif step.deed == "asked":
            yield from self._wrong_ask(step, state)
        elif step.deed == "ended":
            left = [agent for agent, one in self.states(step.call_out, step.at).items() if one in ("asked", *COMING)]
            if left:
                yield f"ended; {', '.join(left)} not stood down", "everyone stood down first"
        elif state not in BEFORE[step.deed]:
            expected = f"a member who is {' or '.join(BEFORE[step.deed])}"
            yield f"{step.deed}; {step.agent} is {state or 'not asked'}", expected
        elif step.deed == "accepted" and len(self.coming(step.call_out, step.at)) >= self.call_outs[step.call_out].heads:
            yield f"accepted {step.agent}; everyone who is needed is coming", "a stand-down: nobody more is needed"

    def _wrong_ask(self, step: CallOutStep, state: MemberState | None) -> Iterator[tuple[str, str]]:
        if state not in (None, "no_answer") or step.agent in self.busy(step.at):
            yield f"asked {step.agent}, who is {state or 'asked elsewhere'}", "somebody who is not asked yet"
        if step.agent in self.declined_on(step.at.date()):
            yield f"asked {step.agent}, who declined that day", "somebody who did not decline that day"
        if not self.room(step.call_out, step.at):
            yield f"asked {step.agent}", "no further ask: as many are asked or coming as are needed"


def _state(step: CallOutStep, at: datetime) -> MemberState:
    if step.deed == "asked":
        return "no_answer" if step.until is not None and at > step.until else "asked"
    return cast(MemberState, step.deed)


def asked(call: CallOut, agents: Iterable[str], by: str, at: datetime) -> tuple[CallOutStep, ...]:
    """Asks of some members, each open for the response window."""
    until = at + timedelta(minutes=call.response_minutes)
    return tuple(CallOutStep(call_out=call.id, deed="asked", by=by, at=at, agent=agent, until=until) for agent in agents)
