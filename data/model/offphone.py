"""Off-phone work: the tasks that agents do between calls, when they do them, and what of it is owed."""

from datetime import date, datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime, Field, ValidationInfo, field_validator, model_validator

from data.model.base import Frozen

TaskKind = Literal["knowledge", "quality", "training", "coaching", "meeting", "analysis", "call_back", "live_stream"]


class Task(Frozen):
    """Work off the phones that can wait for a trough.

    Parameters
    ----------
    skills, agents, teams : tuple of str
        Who may do it: whoever has one of the skills, is one of the agents or belongs to one of the teams; all empty = everyone.
    each : bool
        Whether all who may do it do it, each once; otherwise it is done once.
    minutes : int
        For each who does it.
    earliest, deadline : datetime
        It lies between them.
    priority : int
        1 = placed first, to 5.
    delay_cost : float
        Cost of each hour from `earliest` to its end, for each piece, in the unit of the goals.
    least_piece_minutes : int or None
        It may be split into pieces at least so long; None = not split.
    group_least, group_most : int
        How many do it together, at the same time; 1 and 1 = alone. Done once, the least do it.
    facilitator : str
        Agent who leads each session and is off the phones too, beyond the group; empty = none.
    place : str
        Where; a place takes one group session at a time. Empty = anywhere.
    may_be_taken_back : bool
        Whether it gives way when traffic turns.
    """

    id: str
    kind: TaskKind
    name: str = ""
    name_zh: str = ""
    skills: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    each: bool = False
    minutes: int = Field(gt=0)
    earliest: AwareDatetime
    deadline: AwareDatetime
    priority: int = Field(default=3, ge=1, le=5)
    delay_cost: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    least_piece_minutes: int | None = Field(default=None, gt=0)
    group_least: int = Field(default=1, ge=1)
    group_most: int = Field(default=1, ge=1)
    facilitator: str = ""
    place: str = ""
    may_be_taken_back: bool = True

    @field_validator("deadline")
    @classmethod
    def _after_earliest(cls, deadline: AwareDatetime, info: ValidationInfo) -> AwareDatetime:
        if "earliest" in info.data and deadline <= info.data["earliest"]:
            raise ValueError(f"a time after the earliest, {info.data['earliest'].isoformat(timespec='minutes')}")
        return deadline

    @field_validator("group_most")
    @classmethod
    def _at_least_the_least(cls, most: int, info: ValidationInfo) -> int:
        if "group_least" in info.data and most < info.data["group_least"]:
            raise ValueError(f"at least group_least, {info.data['group_least']}")
        return most

    @model_validator(mode="after")
    def _alone_or_whole(self) -> "Task":
        if self.together and self.least_piece_minutes is not None:
            raise ValueError(f"task {self.id!r}: a group session is not split; leave least_piece_minutes or the group out")
        return self

    @property
    def together(self) -> bool:
        """Whether it is done in sessions: by a group, or with a facilitator."""
        return self.group_most > 1 or bool(self.facilitator)


class Placement(Frozen):
    """A piece of a task in the shifts of those who do it.

    Parameters
    ----------
    agents : tuple of str
        Who do it, all at the same time.
    minutes : int
        For each of them.
    facilitator : str
        Who leads it, beyond the agents; empty = nobody.
    """

    task: str
    agents: tuple[str, ...] = Field(min_length=1)
    start: AwareDatetime
    minutes: int = Field(gt=0)
    facilitator: str = ""

    @property
    def end(self) -> datetime:
        """When it is done."""
        return self.start + timedelta(minutes=self.minutes)

    @property
    def everyone(self) -> tuple[str, ...]:
        """All who are off the phones."""
        return (*self.agents, self.facilitator) if self.facilitator else self.agents


class Debt(Frozen):
    """How one agent stands with a task: what is owed of it, what is done, what was taken back for calls.

    Parameters
    ----------
    agent : str
        Empty = work that nobody has been given yet.
    deadline : datetime
        By when what is owed is to be done.
    owed_minutes, done_minutes, taken_back_minutes : int
        Work that nobody has been given counts every member of a group.
    """

    agent: str = ""
    task: str
    kind: TaskKind
    deadline: AwareDatetime
    owed_minutes: int = Field(default=0, ge=0)
    done_minutes: int = Field(default=0, ge=0)
    taken_back_minutes: int = Field(default=0, ge=0)


class TrainingYear(Frozen):
    """An agent's yearly minimum of training, and what is done of it.

    Parameters
    ----------
    minutes : int
        To be done in the calendar year of `until`.
    until : date
        Last day that is in `done_minutes`.
    first : date or None
        First day that counts; None = the first of January.
    """

    agent: str
    minutes: int = Field(ge=0)
    done_minutes: int = Field(default=0, ge=0)
    until: date
    first: date | None = None

    @model_validator(mode="after")
    def _within_a_year(self) -> "TrainingYear":
        if self.first is not None and (self.first.year != self.until.year or self.first > self.until):
            raise ValueError(f"the training year of {self.agent!r} begins {self.first}, not in the year before {self.until}")
        return self

    def at_pace(self) -> float:
        """Minutes done at the end of the year if it goes on at the pace so far."""
        first = self.first or date(self.until.year, 1, 1)
        days = (date(self.until.year, 12, 31) - first).days + 1
        return self.done_minutes * days / ((self.until - first).days + 1)
