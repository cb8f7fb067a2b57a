"""The life of a capacity warning: raised, changed, acknowledged, escalated, over or closed, and reviewed afterwards.

A warning is what its steps say; they are only ever added to. Each look matches what it finds to the warnings that are open, so that
nothing is raised twice, and a level falls only when it was calm in several looks (`optimizer.response.warning.hysteresis`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime, Field, ValidationInfo, field_validator

from data.model.base import Frozen
from data.model.errors import Finding, InvalidData, NotFound
from data.model.response import Level, WarningLevel
from data.model.warning_policy import ROLES, Role, WarningPolicy

WARNING_STEPS_FILE = "warning_steps.csv"

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

    @property
    def stands(self) -> bool:
        """Whether it is neither over nor closed."""
        return self.state in ("raised", "acknowledged")

    def due(self, policy: WarningPolicy) -> datetime | None:
        """Until when its role has to acknowledge it; None = it need not be."""
        waits = self.state == "raised"
        return self.since + timedelta(minutes=policy.acknowledge_within(self.level)) if waits else None

    def meets(self, queue: str, start: datetime, end: datetime) -> bool:
        """Whether a stretch of a queue overlaps or touches it."""
        return self.queue == queue and self.start <= end and start <= self.end


@dataclass(frozen=True)
class WarningBook:
    """All that became of the warnings of a centre, oldest first; `take` gives a longer book.

    Parameters
    ----------
    steps : tuple of WarningStep
    warnings : dict
        Every warning by id, as the steps leave it.
    """

    steps: tuple[WarningStep, ...] = ()
    warnings: Mapping[str, OpenWarning] = field(default_factory=dict[str, OpenWarning])

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

    def next_id(self) -> str:
        """A name that is free."""
        return f"w{len(self.warnings) + 1:04d}"

    def known(self, name: str) -> OpenWarning:
        """A warning by id.

        Raises
        ------
        NotFound
            There is none.
        """
        if name not in self.warnings:
            raise NotFound(f"no warning {name!r}; there are {', '.join(self.warnings) or 'none'}")
        return self.warnings[name]

    def take(self, *steps: WarningStep) -> "WarningBook":
        """The book with some more steps.

        Raises
        ------
        InvalidData
            Every step that cannot be taken.
        """
        book, findings = self.judged(steps)
        if findings:
            raise InvalidData(finding for _, finding in findings)
        return book

    def judged(self, steps: Sequence[WarningStep]) -> tuple["WarningBook", list[tuple[int, Finding]]]:
        """The book with those steps that can be taken, and what speaks against each other one, by its place."""
        warnings, taken, findings = dict(self.warnings), list(self.steps), list[tuple[int, Finding]]()
        for k, step in enumerate(steps):
            wrong = list(_wrong(warnings.get(step.warning), step))
            findings += [(k, finding) for finding in wrong]
            if not wrong:
                warnings[step.warning] = _after(warnings.get(step.warning), step)
                taken.append(step)
        return WarningBook(tuple(taken), warnings), findings


def _after(one: OpenWarning | None, step: WarningStep) -> OpenWarning:
    """A warning after one more step."""
    if one is None:
        assert step.start is not None
        assert step.end is not None
        return OpenWarning(
            step.warning, step.queue, step.start, step.end, step.level, "raised", step.role, since=step.at, last_at=step.at
        )
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


def _wrong(one: OpenWarning | None, step: WarningStep) -> Iterator[Finding]:
    """What speaks against a step on a warning as it stands."""
    if (step.deed == "raised") != (one is None):
        yield _finding(step, "it is there" if one else "no such warning", "a new warning as it was raised, or a deed on one")
    elif one is None:
        yield from _not_said(step, ("queue", "start", "level"))
    else:
        if step.at < one.last_at:
            yield _finding(step, step.at.isoformat(), f"a time from its last step on, {one.last_at.isoformat()}")
        yield from _wrong_review(one, step) if step.deed == "reviewed" else _wrong_on(one, step)


def _wrong_review(one: OpenWarning, step: WarningStep) -> Iterator[Finding]:
    yield from _not_said(step, ("cause", "done", "lesson"))
    if one.stands:
        yield _finding(step, f"it is {one.state}", "a warning that is over or closed")


def _wrong_on(one: OpenWarning, step: WarningStep) -> Iterator[Finding]:
    if not one.stands:
        yield _finding(step, f"{step.deed}; it is {one.state}", "a warning that stands")
    elif step.deed == "acknowledged" and ROLES.index(step.role) < ROLES.index(one.role):
        yield _finding(step, f"acknowledged as {step.role}", f"the role it is with by now, {one.role}, or one above it")


def _not_said(step: WarningStep, names: Iterable[str]) -> Iterator[Finding]:
    for name in names:
        if not getattr(step, name):
            yield _finding(step, "nothing", f"{name} of a warning that is {step.deed}")


def _finding(step: WarningStep, read: str, expected: str) -> Finding:
    return Finding(WARNING_STEPS_FILE, None, step.warning, read, expected)
