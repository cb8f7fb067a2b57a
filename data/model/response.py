"""Capacity warnings, echelons called and the ladder of levels."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from data.model.base import FloatArray, Frozen

Ladder = tuple[float, float, float, float]
"""One number each for blue, yellow, orange, red."""


class WarningLevel(IntEnum):
    """Level of a capacity warning; I red is the highest (Emergency Response Law 2024, art. 63)."""

    NONE = 0
    BLUE = 1
    YELLOW = 2
    ORANGE = 3
    RED = 4

    @property
    def colour(self) -> str:
        """As files write it."""
        return self.name.lower()


COLOURS = tuple(level.colour for level in WarningLevel)
"""Levels as files write them, from none on."""


def _named(value: object) -> object:
    """A level by its colour, as files write it."""
    if not isinstance(value, str):
        return value
    if value.upper() not in WarningLevel.__members__:
        raise ValueError(f"one of {', '.join(WarningLevel.__members__).lower()}")
    return WarningLevel[value.upper()]


Level = Annotated[WarningLevel, BeforeValidator(_named)]
"""A level as a field of an entity; ``"orange"`` reads too."""


class WarningLadder(Frozen):
    """Thresholds of the four levels (house choice; editable).

    A roster that meets the requirement of the mean forecast to the head misses its target about every second time, so the
    least level starts above that (docs/decisions/0006).

    Parameters
    ----------
    chance : tuple of float
        Least chance that expected service misses its target, for blue, yellow, orange, red; in (0, 1], not falling.
    need : tuple of float
        Need over capacity above which a level holds whatever the chance; positive, not falling.
    least_missing : float
        Agents on the phones that must be missing for the need to count: one of four missing is 1.33 already
        (docs/decisions/0017). A level that stands stays until one less is missing.
    look_ahead_hours : tuple of float
        How far ahead each level may be raised; not rising.
    min_intervals : int
        Intervals in a row for which a level must stand before it is raised.
    far_hours : float
        Farther ahead than this a level must stand `far_intervals` in a row, so that a far look does not flood the list.
    far_intervals : int
    chance_margin, need_margin : float
        A level that stands falls only when chance and need over capacity lie below its rung by these margins (hysteresis) ...
    calm_looks : int
        ... in so many looks in a row.
    """

    chance: Ladder = (0.65, 0.8, 0.9, 0.97)
    need: Ladder = (1.05, 1.1, 1.2, 1.5)
    least_missing: float = Field(default=2.0, ge=0)
    look_ahead_hours: Ladder = (1440.0, 48.0, 24.0, 24.0)
    min_intervals: int = Field(default=2, ge=1)
    far_hours: float = Field(default=168.0, ge=0)
    far_intervals: int = Field(default=12, ge=1)
    chance_margin: float = Field(default=0.05, ge=0, lt=1)
    need_margin: float = Field(default=0.02, ge=0)
    calm_looks: int = Field(default=2, ge=1)

    @model_validator(mode="after")
    def _ordered(self) -> "WarningLadder":
        if self.chance[0] <= 0 or self.chance[-1] > 1 or self.need[0] <= 0:
            raise ValueError("chances must lie in (0, 1] and needs above 0")
        for name, rungs in (("chance", self.chance), ("need", self.need), ("look_ahead_hours", self.look_ahead_hours[::-1])):
            if any(low > high for low, high in pairwise(rungs)):
                raise ValueError(f"{name} must be in order from blue to red, read {getattr(self, name)}")
        return self

    @property
    def staying(self) -> tuple[Ladder, Ladder]:
        """Chance and need at which each level that stands still stays: its rungs less the margins."""
        blue, yellow, orange, red = (rung - self.chance_margin for rung in self.chance)
        least, *needs = (rung - self.need_margin for rung in self.need)
        return (blue, yellow, orange, red), (least, needs[0], needs[1], needs[2])


class CallOutPolicy(Frozen):
    """From which level reserves are called or warned (house choice; editable).

    Parameters
    ----------
    call_level, notice_level : WarningLevel
        Least level at which echelons are called, and at which the first echelon is put on notice.
    overtime_day_minutes : int
        An emergency duty longer than this needs an approver (Labour Law art. 41: 3 h a day; whether art. 42 lifts the
        limit is for a person to judge).
    """

    call_level: Level = WarningLevel.ORANGE
    notice_level: Level = WarningLevel.YELLOW
    overtime_day_minutes: int = Field(default=180, ge=0)


Measure = Literal["chance", "need", "service", "answer_rate", "queue", "wait_s", "weather", "outage", "signal", "held"]
"""What a threshold looks at: the look ahead (chance, need over capacity), the last intervals (service level over target, answer
rate, calls waiting over their norm, longest wait), what was heard; ``held`` = no longer at its rung, but not below its margin."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A named threshold that raised a level, with what was measured.

    Parameters
    ----------
    threshold : str
        Its name in the policies; of a signal its id.
    limit : float
        Of a signal the share of the calls of the queue that come from its region; else in the unit of the measure.
    start, end : datetime
        For which stretch it speaks, half-open.
    """

    threshold: str
    measure: Measure
    queue: str
    level: WarningLevel
    measured: float
    limit: float
    start: datetime
    end: datetime


Cause = Literal["volume", "handle_time", "absence", "leave", "skill_mix", "planned"]
"""Why heads are missing: more calls, longer calls, absence, leave granted since the plan, heads that answer other queues or
were moved since, and what was missing in the plan already."""

RemedyKind = Literal["breaks", "off_phone", "overtime", "lending", "echelon", "week_adjustment", "ivr_notice"]


@dataclass(frozen=True, slots=True)
class Remedy:
    """What may still be done against a warning, and until when.

    Parameters
    ----------
    name : str
        Of an echelon its id; else the kind.
    whole_by, until : datetime
        Last moments at which it helps the whole stretch, and at which it helps its last slot.
    heads : int or None
        Agents that it may lawfully bring, if asked then; None = not counted.
    late : bool
        Whether `until` is past.
    """

    kind: RemedyKind
    name: str
    whole_by: datetime
    until: datetime
    heads: int | None = None
    late: bool = False


StandsOn = Literal["roster", "outline"]
"""Whose capacity is meant: a roster's, or where there is none yet that of a mean week of the plan less the leave that is known."""


@dataclass(frozen=True, slots=True)
class CapacityWarning:
    """A foreseen gap.

    Parameters
    ----------
    start, end : datetime
        Stretch of slots, half-open.
    worst : datetime
        Start of the slot with the highest chance (then the most missing agents, then the earliest).
    chance : float
        Highest chance in the stretch that expected service misses the target: forecast risk, on which the level stands.
    chance_realised : float
        Highest chance in the stretch that a slot itself misses the target: forecast risk and the luck of the queue.
    missing_heads : float
        Most agents on the phones missing at the mean forecast.
    need_over_capacity : float
        Highest ratio of required to available agents on the phones; inf where nobody is available.
    lost_calls : float
        Calls expected beyond what the target allows to be answered late or lost, over the stretch.
    missing_hours : float
        Agent-hours missing on the phones at the mean forecast, over the stretch.
    stands_on : str
    reasons : tuple of Reason
        Thresholds that raised it, the highest level first.
    causes : dict
        Missing heads by cause, at the slot where most are missing; they add up to `missing_heads`. Empty without a plan.
    remedies : tuple of Remedy
    id : str
        Under which it is kept; empty = not kept yet.
    parts : tuple of (datetime, datetime)
        Stretches of a shortage that comes back day after day, half-open, in order; empty = it is one stretch.
    """

    queue: str
    level: WarningLevel
    start: datetime
    end: datetime
    worst: datetime
    chance: float
    chance_realised: float
    missing_heads: float
    need_over_capacity: float
    lost_calls: float
    message: str = ""
    message_zh: str = ""
    project: str = ""
    missing_hours: float = 0.0
    stands_on: StandsOn = "roster"
    reasons: tuple[Reason, ...] = ()
    causes: Mapping[Cause, float] = field(default_factory=dict[Cause, float])
    remedies: tuple[Remedy, ...] = ()
    id: str = ""
    parts: tuple[tuple[datetime, datetime], ...] = ()

    @property
    def spans(self) -> tuple[tuple[datetime, datetime], ...]:
        """Its stretches, one or more."""
        return self.parts or ((self.start, self.end),)


@dataclass(frozen=True, slots=True)
class Activation:
    """A call-out of an echelon: who, for which queue, by when to call, from when to when they answer.

    Parameters
    ----------
    call_by : datetime
        Latest call that leaves the tier its notice before `start`; never in the past.
    worst : datetime
        Slot at which the chances before and after are told.
    needs_approval : bool
        Whether a named person must approve the overtime first; `approval` says why.
    """

    echelon: str
    queue: str
    call_by: datetime
    start: datetime
    end: datetime
    members: tuple[str, ...]
    worst: datetime
    chance_before: float
    chance_after: float
    reason: str = ""
    reason_zh: str = ""
    needs_approval: bool = False
    approval: str = ""
    approval_zh: str = ""


@dataclass(frozen=True, slots=True)
class Standby:
    """An echelon put on notice: nobody is called yet; `call_by` is when it must be decided."""

    echelon: str
    queue: str
    call_by: datetime
    start: datetime
    end: datetime
    members: tuple[str, ...]
    reason: str = ""
    reason_zh: str = ""


@dataclass(frozen=True, slots=True)
class Unmet:
    """What no echelon could cover of a warning.

    Parameters
    ----------
    slots : int
        Slots that stay at or above the blue chance.
    worst : datetime
        The worst of them, and there the chance and the agents on the phones missing at the mean forecast.
    """

    queue: str
    start: datetime
    end: datetime
    slots: int
    worst: datetime
    chance: float
    missing_heads: float
    reason: str = ""
    reason_zh: str = ""


@dataclass(frozen=True, eq=False)
class CallOutPlan:
    """Which echelons to call, and how things stand then.

    Parameters
    ----------
    available : array of float, shape (queues, slots)
        Agents available after the call-outs, before shrinkage; a member counts as the efficiency of the tier.
    chances : array of float, shape (queues, slots)
        Chance after the call-outs that expected service misses its target.
    """

    activations: tuple[Activation, ...]
    standbys: tuple[Standby, ...]
    unmet: tuple[Unmet, ...]
    available: FloatArray
    chances: FloatArray
