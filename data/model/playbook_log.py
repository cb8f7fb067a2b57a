"""What was done by a playbook: its level raised or lowered, actions ticked off, and how late the others are."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal

from pydantic import AwareDatetime, Field

from data.model.base import Frozen
from data.model.errors import Finding, InvalidData
from data.model.playbook import Action, Playbook
from data.model.response import Level, WarningLevel

STEP = "step"


class PlaybookStep(Frozen):
    """One thing done.

    Parameters
    ----------
    playbook, version : str
        Name of the playbook, and its version then.
    deed : str
        level = its level is set, NONE ends it; done = an action is done.
    level : WarningLevel
        Set, or in force when the action was done.
    action : str
        Id of what was done.
    """

    playbook: str = Field(min_length=1)
    version: str
    deed: Literal["level", "done"]
    level: Level
    action: str = ""
    at: AwareDatetime
    by: str = Field(min_length=1)
    note: str = ""


@dataclass(frozen=True)
class Run:
    """A playbook from its activation to its end.

    Parameters
    ----------
    reached : dict
        When each level was first reached; those below it at the same time.
    done : dict
        Step by which each action was done.
    """

    playbook: str
    version: str
    level: WarningLevel = WarningLevel.NONE
    reached: dict[WarningLevel, datetime] = field(default_factory=dict[WarningLevel, datetime])
    done: dict[str, PlaybookStep] = field(default_factory=dict[str, PlaybookStep])
    until: datetime | None = None

    @property
    def started(self) -> datetime:
        """When it was activated."""
        return min(self.reached.values())

    def take(self, step: PlaybookStep) -> "Run":
        """The run after a step."""
        if step.deed == "done":
            return replace(self, done=self.done | {step.action: step})
        fresh = {level: step.at for level in WarningLevel if level and level <= step.level}
        return replace(self, level=step.level, reached=fresh | self.reached, until=None if step.level else step.at)


@dataclass(frozen=True)
class Clock:
    """How an action of a run stands.

    Parameters
    ----------
    due : datetime
        Until when it is to be done.
    late : timedelta
        How long it has been, or was, over; not positive = in time.
    """

    action: Action
    due: datetime
    done: PlaybookStep | None
    late: timedelta

    @property
    def overdue(self) -> bool:
        """Whether it is late and not done."""
        return self.done is None and self.late > timedelta(0)


def clocks(run: Run, book: Playbook, now: datetime) -> Iterator[Clock]:
    """Actions of every level that a run has reached, in the order in which they are due."""
    highest = max(run.reached)
    dues = [(run.reached[max(one.level, WarningLevel.BLUE)] + timedelta(minutes=one.minutes), one) for one in book.due(highest)]
    for due, action in sorted(dues, key=lambda pair: pair[0]):
        done = run.done.get(action.id)
        yield Clock(action, due, done, (now if done is None else done.at) - due)


@dataclass(frozen=True)
class PlaybookLog:
    """Every step, oldest first; each method gives a longer log."""

    steps: tuple[PlaybookStep, ...] = ()

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """Every run, in the order of the activations."""
        found = dict[int, Run]()
        last = dict[str, int]()
        for step in self.steps:
            number = last.get(step.playbook, -1)
            if number < 0 or found[number].until is not None:
                number = last[step.playbook] = len(found)
                found[number] = Run(step.playbook, step.version)
            found[number] = found[number].take(step)
        return tuple(found.values())

    @property
    def running(self) -> dict[str, Run]:
        """Runs that have not ended, by playbook."""
        return {run.playbook: run for run in self.runs if run.until is None}

    def take(self, step: PlaybookStep) -> "PlaybookLog":
        """The log with one step more.

        Raises
        ------
        InvalidData
            Everything that speaks against the step.
        """
        run = self.running.get(step.playbook)
        before = self.steps[-1].at if self.steps else step.at
        claims = (
            ("at", step.at >= before, step.at.isoformat(), f"a time not before the last step, {before.isoformat()}"),
            ("playbook", run is not None or bool(step.level and step.deed == "level"), step.playbook, "one that is running"),
            ("action", step.action not in (run.done if run else ()), step.action, "an action that is not done yet"),
            ("level", not (run and step.deed == "level" and step.level == run.level), step.level.colour, "another level"),
        )
        findings = [Finding(STEP, None, name, read, expected) for name, holds, read, expected in claims if not holds]
        if findings:
            raise InvalidData(findings)
        return PlaybookLog((*self.steps, step))
