"""Capacity warnings, echelons called and the ladder of levels."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from itertools import pairwise
from typing import Annotated

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


def _named(value: object) -> object:
    """A level by its colour, as files write it."""
    word = value.upper() if isinstance(value, str) else ""
    return WarningLevel[word] if word in WarningLevel.__members__ else value


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
    look_ahead_hours : tuple of float
        How far ahead each level may be raised; not rising.
    min_intervals : int
        Intervals in a row for which a level must stand before it is raised (hysteresis).
    """

    chance: Ladder = (0.65, 0.8, 0.9, 0.97)
    need: Ladder = (1.05, 1.1, 1.2, 1.5)
    look_ahead_hours: Ladder = (168.0, 48.0, 24.0, 24.0)
    min_intervals: int = Field(default=2, ge=1)

    @model_validator(mode="after")
    def _ordered(self) -> "WarningLadder":
        if self.chance[0] <= 0 or self.chance[-1] > 1 or self.need[0] <= 0:
            raise ValueError("chances must lie in (0, 1] and needs above 0")
        for name, rungs in (("chance", self.chance), ("need", self.need), ("look_ahead_hours", self.look_ahead_hours[::-1])):
            if any(low > high for low, high in pairwise(rungs)):
                raise ValueError(f"{name} must be in order from blue to red, read {getattr(self, name)}")
        return self


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
