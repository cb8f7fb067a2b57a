"""Three-level control 三级管控: problems of teams and projects, from the named warning to the closure, step by step.

A case is one problem of one team or project, never of a person. It climbs: named warning 点名预警, interview and rectification
约谈整改, on-site meeting 现场办公会. Steps are only ever added; how a case stands follows from them and the day.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

from pydantic import AwareDatetime, Field, model_validator

from data.model.base import Frozen
from data.model.book import Book, early
from data.model.centre import Centre
from data.model.people import Agent

ControlDeed = Literal["named", "interviewed", "met", "ordered", "countersigned", "replied", "signed_off", "closed", "reopened"]
Standing = Literal["open", "overdue", "closed"]
Cause = Literal["event", "forecast", "slow", "understaffed", "absence", "luck", "practice"]
"""Why a target was missed, the system first: calls of an event or outage beyond forecast, other calls beyond forecast, longer
handle times, fewer rostered than required, absence, luck of the queue and callers carried over; the rest is practice."""

RUNGS: tuple[ControlDeed, ...] = ("named", "interviewed", "met")
"""The three levels."""

DEADLINED: tuple[ControlDeed, ...] = (*RUNGS, "ordered", "reopened")
PROVEN: tuple[ControlDeed, ...] = ("replied", "closed")


class ControlPolicy(Frozen):
    """When teams and projects are named, and how long they have (house choices; editable).

    Parameters
    ----------
    lost_weight, missing_weight, abandoned_weight : float
        Severity of a missed interval: what the share of calls not served as the target asks, the share of the needed agents that
        was missing and the share of callers who gave up count for; they sum to 1.
    named_index : float
        Risk index, 0 to 100, from which on a unit is to be named.
    sure : float
        Chance that its true index is so high, from which on it is; also that of the interval of a place.
    least_days, least_calls : int
        Units with less are given no place.
    luck_deviations : float
        Measured service so many standard deviations below the expected one is still luck of the queue.
    named_days, interview_days, meeting_days, order_days : int
        Days until the deadline of each step.
    memory_days : int
        A problem that comes back so soon after it was closed reopens its case.
    false_share : float
        Expected share of false ones among the hot intervals and scenes told (Benjamini-Hochberg).
    repeat_hours : float
        A call of the same caller so soon after another is a repeat.
    """

    lost_weight: float = Field(default=0.4, ge=0, le=1)
    missing_weight: float = Field(default=0.3, ge=0, le=1)
    abandoned_weight: float = Field(default=0.3, ge=0, le=1)
    named_index: float = Field(default=5.0, gt=0, le=100)
    sure: float = Field(default=0.9, gt=0.5, lt=1)
    least_days: int = Field(default=5, ge=2)
    least_calls: int = Field(default=500, ge=1)
    luck_deviations: float = Field(default=2.0, ge=0)
    named_days: int = Field(default=10, ge=1)
    interview_days: int = Field(default=15, ge=1)
    meeting_days: int = Field(default=30, ge=1)
    order_days: int = Field(default=10, ge=1)
    memory_days: int = Field(default=180, ge=0)
    false_share: float = Field(default=0.1, gt=0, lt=1)
    repeat_hours: float = Field(default=72.0, gt=0)

    @model_validator(mode="after")
    def _whole(self) -> "ControlPolicy":
        if abs(self.lost_weight + self.missing_weight + self.abandoned_weight - 1) > 1e-9:
            raise ValueError("lost_weight, missing_weight and abandoned_weight must sum to 1")
        return self

    def days(self, deed: ControlDeed) -> int:
        """Days until the deadline of a step."""
        days = {"interviewed": self.interview_days, "met": self.meeting_days, "ordered": self.order_days}
        return days.get(deed, self.named_days)


class ControlStep(Frozen):
    """What somebody did in a case.

    Parameters
    ----------
    by : str
        Who did it; never shown on the exposure board.
    text : str
        Notice, record of the interview, minutes, order, reply: what is to be read later.
    proof : str
        Where the proof lies: a document, a picture, a version of the roster.
    due : date or None
        Last day of the deadline that the step sets.
    unit : str
        Of a named warning: ``team:ID`` or ``project:ID``.
    queue : str
        Of a named warning: the queue in which the problem lies; empty = all.
    month : str
        Of a named warning: the month judged, such as 2026-10.
    cause : str
        Of a named warning: main cause by the fair-cause statement; empty = none was made.
    index : float
        Of a named warning: risk index, 0 to 100.
    """

    case: str = Field(min_length=1)
    deed: ControlDeed
    by: str = Field(min_length=1)
    at: AwareDatetime
    text: str = Field(min_length=1)
    proof: str = ""
    due: date | None = None
    unit: str = ""
    queue: str = ""
    month: str = Field(default="", pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$")
    cause: Cause | Literal[""] = ""
    index: float = Field(default=0.0, ge=0, le=100)

    @property
    def problem(self) -> tuple[str, str]:
        """What makes two cases the same problem: who, and where."""
        return self.unit, self.queue


@dataclass(frozen=True)
class ControlBook(Book[ControlStep, ControlStep]):
    """All steps of all cases."""

    FILE = "control_steps.csv"
    OF = "case"

    @cached_property
    def cases(self) -> Mapping[str, ControlStep]:
        """The named warning of every case, by id."""
        return {step.case: step for step in self.steps if step.deed == "named"}

    @property
    def _things(self) -> Mapping[str, ControlStep]:
        return self.cases

    def of(self, case: str) -> tuple[ControlStep, ...]:
        """Steps of a case.

        Raises
        ------
        NotFound
            There is no such case.
        """
        self.known(case)
        return tuple(step for step in self.steps if step.case == case)

    def until(self, day: date) -> "ControlBook":
        """The book as it stood at the end of a day."""
        return ControlBook(tuple(step for step in self.steps if step.at.date() <= day))

    def level(self, case: str) -> int:
        """Rung that a case has reached, 1 to 3."""
        return max(RUNGS.index(step.deed) for step in self.of(case) if step.deed in RUNGS) + 1

    def due(self, case: str) -> date:
        """Last day of the deadline in force: the one set last."""
        return next(step.due for step in reversed(self.of(case)) if step.due is not None)

    def standing(self, case: str, day: date) -> Standing:
        """How a case stands at the end of a day."""
        if self.of(case)[-1].deed == "closed":
            return "closed"
        return "overdue" if day > self.due(case) else "open"

    def next_rung(self, case: str, day: date) -> ControlDeed | None:
        """The level to go to, as the case was not cured by its deadline; None = not overdue, or on the last one."""
        level = self.level(case)
        return RUNGS[level] if self.standing(case, day) == "overdue" and level < len(RUNGS) else None

    def lacking(self, case: str) -> ControlDeed | None:
        """The next step that its rectification waits for; None = nothing.

        From the interview on there must be an order, countersigned by another person, answered with proof and signed off by the
        project's expert. A case that reopens needs a new one.
        """
        steps = self.of(case)
        begin = max((k for k, step in enumerate(steps) if step.deed in (*RUNGS[1:], "reopened")), default=-1)
        done = {step.deed for step in steps[begin + 1 :]}
        wanted: tuple[ControlDeed, ...] = ("ordered", "countersigned", "replied", "signed_off")
        return None if self.level(case) == 1 else next((deed for deed in wanted if deed not in done), None)

    def alike(self, unit: str, queue: str) -> str:
        """The latest case of the same problem; empty = none."""
        return next((case for case, step in reversed(tuple(self.cases.items())) if step.problem == (unit, queue)), "")

    def _wrong(self, step: ControlStep) -> Iterator[tuple[str, str]]:
        if step.deed in DEADLINED and (step.due is None or step.due < step.at.date()):
            yield f"{step.deed}, due {step.due or 'never'}", f"a deadline from {step.at.date()} on"
        if step.deed in PROVEN and not step.proof:
            yield f"{step.deed} without a proof", "a reference to the proof"
        if (step.deed == "named") != bool(step.unit and step.month):
            yield f"{step.deed} of {step.unit or 'no unit'}", "a unit and a month with a named warning, and with it alone"
        elif step.deed == "named":
            yield from self._wrong_naming(step)
        elif step.case not in self.cases:
            yield f"{step.deed} {step.case}", f"one of the cases {', '.join(self.cases) or '(none)'}"
        else:
            yield from self._wrong_deed(step)

    def _wrong_naming(self, step: ControlStep) -> Iterator[tuple[str, str]]:
        if step.case in self.cases:
            yield f"named {step.case} again", "a new case"
        held = self.alike(*step.problem)
        if held and self.of(held)[-1].deed != "closed":
            yield f"named {step.unit} again", f"the case {held}, which is open"

    def _wrong_deed(self, step: ControlStep) -> Iterator[tuple[str, str]]:
        last = self.of(step.case)[-1]
        yield from early(step, last.at)
        if (last.deed == "closed") != (step.deed == "reopened"):
            yield f"{step.deed}; it is {'closed' if last.deed == 'closed' else 'open'}", "reopened, if and only if it is closed"
        elif step.deed in RUNGS and RUNGS.index(step.deed) != self.level(step.case):
            yield f"{step.deed} on level {self.level(step.case)}", "the next level: one after the other"
        elif step.deed not in (*RUNGS, "reopened"):
            yield from self._wrong_rectifying(step)

    def _wrong_rectifying(self, step: ControlStep) -> Iterator[tuple[str, str]]:
        waits, order = self.lacking(step.case), self._last(step.case, "ordered")
        again = step.deed == "replied" and waits == "signed_off"
        if not again and step.deed != (waits or "closed"):
            told = f"it waits to be {waits}" if waits else "nothing lacks but to close it"
            yield f"{step.deed}; {told}", f"{waits or 'closed'} first"
        elif step.deed == "countersigned" and order is not None and step.by == order.by:
            yield f"countersigned by {step.by}, who ordered it", "another person"
        elif step.deed == "signed_off" and step.by == self._answering(step.case):
            yield f"signed off by {step.by}, who replied", "the project's expert"

    def _last(self, case: str, deed: ControlDeed) -> ControlStep | None:
        return next((step for step in reversed(self.of(case)) if step.deed == deed), None)

    def _answering(self, case: str) -> str:
        reply = self._last(case, "replied")
        return "" if reply is None else reply.by

    @property
    def closure_rate(self) -> float:
        """Share of the cases that are closed; NaN without any."""
        closed = sum(self.of(case)[-1].deed == "closed" for case in self.cases)
        return closed / len(self.cases) if self.cases else float("nan")


def units_of(centre: Centre, agents: Iterable[Agent]) -> tuple[str, ...]:
    """Whom control may concern: ``project:ID`` of the centre's projects, ``team:ID`` of the teams of its agents."""
    projects = sorted({queue.project for queue in centre.queues if queue.project})
    return (*(f"project:{name}" for name in projects), *(f"team:{name}" for name in sorted({a.team for a in agents if a.team})))
