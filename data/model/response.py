"""Capacity warnings, echelons called and the ladder of levels."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from pydantic import Field

from data.model.base import Frozen


class WarningLevel(IntEnum):
    """Level of a capacity warning; I red is the highest (Emergency Response Law 2024, art. 63)."""

    NONE = 0
    BLUE = 1
    YELLOW = 2
    ORANGE = 3
    RED = 4


class WarningLadder(Frozen):
    """Thresholds of the four levels (house choice after `domain.md` section 2.5; editable).

    Parameters
    ----------
    chance : tuple of float
        Least chance that expected service misses its target, for blue, yellow, orange, red.
    need : tuple of float
        Need over capacity above which a level holds whatever the chance.
    look_ahead_hours : tuple of float
        How far ahead each level may be raised.
    min_intervals : int
        Intervals in a row before a warning is raised (hysteresis).
    """

    chance: tuple[float, float, float, float] = (0.3, 0.5, 0.7, 0.9)
    need: tuple[float, float, float, float] = (0.95, 1.05, 1.2, 1.5)
    look_ahead_hours: tuple[float, float, float, float] = (168.0, 48.0, 24.0, 24.0)
    min_intervals: int = Field(default=2, ge=1)


@dataclass(frozen=True, slots=True)
class CapacityWarning:
    """A foreseen gap.

    Parameters
    ----------
    chance : float
        Highest chance in the stretch that expected service misses the target.
    missing_heads : float
        Most agents on the phones missing at the mean forecast.
    lost_calls : float
        Calls expected beyond what the target allows to be answered late or lost, over the stretch.
    need_over_capacity : float
        Highest ratio of required to available agents.
    """

    queue: str
    level: WarningLevel
    start: datetime
    end: datetime
    chance: float
    missing_heads: float
    need_over_capacity: float
    lost_calls: float
    message: str = ""
    message_zh: str = ""


@dataclass(frozen=True, slots=True)
class Activation:
    """A call-out of an echelon: who, for which queue, by when to call, from when to when they answer."""

    echelon: str
    queue: str
    call_by: datetime
    start: datetime
    end: datetime
    members: tuple[str, ...]
    chance_before: float
    chance_after: float
    reason: str = ""
    reason_zh: str = ""
