"""The life of a capacity warning: raised, changed, acknowledged, escalated, over or closed, and reviewed afterwards.

A warning is what its steps say; they are only ever added to. Each look matches what it finds to the warnings that are open, so that
nothing is raised twice, and a level falls only when it was calm in several looks (`optimizer.response.warning.hysteresis`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime, Field, ValidationInfo, field_validator

from data.model.base import Frozen
from data.model.book import Book, early
from data.model.errors import Finding
from data.model.response import CapacityWarning, Level, StandsOn, WarningLevel
from data.model.warning_policy import ROLES, Role, WarningPolicy

WarningDeed = Literal["raised", "changed", "calmer", "held", "acknowledged", "escalated", "expired", "closed", "reviewed"]
WarningState = Literal["raised", "acknowledged", "calm", "expired", "closed"]
FRESH: tuple[WarningDeed, ...] = ("changed", "held")
"""Deeds after which calm looks are counted anew."""

FoundCause = Literal["system", "person"]


class WarningStep(Frozen):
    """What became of a warning.

    Parameters
    ----------
    by : str
        Who did it; of a look whoever looked.
    level : WarningLevel
        Of a raised or changed one: from this step on.
    role : str
        Whom it is with: of a raised or escalated one; who acknowledged it.
    queue, start, end
        Of a raised or changed one: what it is about; `start` and `end` half-open.
    stands_on : str
        Of a raised one: a roster, or an outline of the days without one.
    reason : str
        Why, in words; of a raised or changed one the thresholds.
    cause : str
        Of a review: ``system`` (forecast, roster, equipment, event) or ``person``; never who.
    done, lesson : str
        Of a review.
    """

    warning: str = Field(min_length=1)
    deed: WarningDeed
    by: str = Field(min_length=1)
    at: AwareDatetime
    level: Level = WarningLevel.NONE
    role: Role = ROLES[0]
    queue: str = ""
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    stands_on: StandsOn = "roster"
    reason: str = ""
    cause: FoundCause | None = None
    done: str = ""
    lesson: str = ""

    @field_validator("end")
    @classmethod
    def _after_its_start(cls, end: AwareDatetime | None, info: ValidationInfo) -> AwareDatetime | None:
        start = info.data.get("start")
        if (start is None) != (end is None) or (start is not None and end is not None and end <= start):
            raise ValueError("a time after the start, or neither")
        return end


@dataclass(frozen=True, slots=True)
class OpenWarning:
    """A warning as its steps leave it.

    Parameters
    ----------
    level : WarningLevel
        As it stands.
    calm : int
        Looks in a row that found less.
    role : str
        With whom it is.
    since : datetime
        From when on that role has to acknowledge it, or when it was acknowledged.
    last_at : datetime
        Of its last step.
    reviewed : bool
        Whether the after-action review is written.
    stands_on : str
        A shortage of the outline ends when the roster comes; what lacks in the roster is a matter of its own.
    """

    id: str
    queue: str
    start: datetime
    end: datetime
    level: WarningLevel
    state: WarningState
    role: Role
    since: datetime
    last_at: datetime
    calm: int = 0
    reviewed: bool = False
    stands_on: StandsOn = "roster"

    @property
    def stands(self) -> bool:
        """Whether it is neither over nor closed."""
        return self.state in ("raised", "acknowledged")

    def due(self, policy: WarningPolicy) -> datetime | None:
        """Until when its role has to acknowledge it; None = it need not be."""
        waits = self.state == "raised"
        return self.since + timedelta(minutes=policy.acknowledge_within(self.level)) if waits else None

    def meets(self, found: CapacityWarning) -> bool:
        """Whether a warning found is the same matter: its stretch overlaps or touches this one."""
        alike = (self.queue, self.stands_on) == (found.queue, found.stands_on)
        return alike and self.start <= found.end and found.start <= self.end


@dataclass(frozen=True)
class WarningBook(Book[WarningStep, OpenWarning]):
    """All that became of the warnings of a centre.

    Parameters
    ----------
    warnings : dict
        Every warning by id, as the steps leave it.
    """

    FILE = "warning_steps.csv"
    OF = "warning"

    warnings: Mapping[str, OpenWarning] = field(default_factory=dict[str, OpenWarning])

    @property
    def _things(self) -> Mapping[str, OpenWarning]:
        return self.warnings

    @property
    def standing(self) -> tuple[OpenWarning, ...]:
        """Warnings that are neither over nor closed."""
        return tuple(one for one in self.warnings.values() if one.stands)

    def overdue(self, now: datetime, policy: WarningPolicy) -> Iterator[OpenWarning]:
        """Warnings that nobody has acknowledged in time; those with the last role stay there."""
        for one in self.standing:
            due = one.due(policy)
            if due is not None and one.role != ROLES[-1] and now > due:
                yield one

    def judged(self, steps: Iterable[WarningStep]) -> tuple["WarningBook", list[tuple[int, Finding]]]:
        """As of every book, in one pass: a look takes many steps."""
        taken, findings = list(self.steps), list[tuple[int, Finding]]()
        draft = WarningBook(warnings=(warnings := dict(self.warnings)))
        for k, step in enumerate(steps):
            wrong = [(k, self._finding(step, *told)) for told in draft._wrong(step)]
            findings += wrong
            if not wrong:
                warnings[step.warning] = _after(warnings.get(step.warning), step)
                taken.append(step)
        return replace(draft, steps=tuple(taken)), findings

    def _wrong(self, step: WarningStep) -> Iterator[tuple[str, str]]:
        one = self.warnings.get(step.warning)
        if (step.deed == "raised") != (one is None):
            yield "it is there" if one else "no such warning", "a new warning as it was raised, or a deed on one"
        elif one is None:
            yield from _not_said(step, ("queue", "start", "level"))
        else:
            yield from early(step, one.last_at)
            yield from _wrong_review(one, step) if step.deed == "reviewed" else _wrong_on(one, step)


def _after(one: OpenWarning | None, step: WarningStep) -> OpenWarning:
    """A warning after one more step."""
    if one is None:
        assert step.start is not None
        assert step.end is not None
        stretch = step.warning, step.queue, step.start, step.end
        return OpenWarning(*stretch, step.level, "raised", step.role, since=step.at, last_at=step.at, stands_on=step.stands_on)
    known = replace(one, last_at=step.at, calm=one.calm + (step.deed == "calmer") if step.deed not in FRESH else 0)
    ends: dict[str, WarningState] = {"expired": "expired", "closed": "closed"}
    if step.deed in ends:
        return replace(known, state=ends[step.deed])
    if step.deed == "reviewed":
        return replace(known, reviewed=True)
    if step.deed in ("acknowledged", "escalated"):
        return replace(known, role=step.role, since=step.at, state="acknowledged" if step.deed == "acknowledged" else "raised")
    return _changed(known, step) if step.deed == "changed" else known


def _changed(one: OpenWarning, step: WarningStep) -> OpenWarning:
    """A higher level must be acknowledged anew."""
    state: WarningState = "calm" if not step.level else "raised" if step.level > one.level else one.state
    since = step.at if step.level > one.level else one.since
    stretch = {"start": step.start or one.start, "end": step.end or one.end}
    return replace(one, level=step.level, state=state, since=since, **stretch)


def _wrong_review(one: OpenWarning, step: WarningStep) -> Iterator[tuple[str, str]]:
    yield from _not_said(step, ("cause", "done", "lesson"))
    if one.stands:
        yield f"it is {one.state}", "a warning that is over or closed"


def _wrong_on(one: OpenWarning, step: WarningStep) -> Iterator[tuple[str, str]]:
    if not one.stands:
        yield f"{step.deed}; it is {one.state}", "a warning that stands"
    elif step.deed == "acknowledged" and ROLES.index(step.role) < ROLES.index(one.role):
        yield f"acknowledged as {step.role}", f"the role it is with by now, {one.role}, or one above it"


def _not_said(step: WarningStep, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        if not getattr(step, name):
            yield "nothing", f"{name} of a warning that is {step.deed}"
