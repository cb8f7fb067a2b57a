"""When a capacity warning is raised, to whom it goes, and what can be done in which time: ``[warnings]`` of ``policies.toml``."""

from typing import Literal

from pydantic import Field, field_validator

from data.model.base import Frozen
from data.model.response import Ladder, Level, RemedyKind, WarningLadder, WarningLevel
from data.model.signal import SignalSource

LiveMeasure = Literal["service", "answer_rate", "queue", "wait_s"]
Role = Literal["lead", "support", "owner"]

ROLES: tuple[Role, ...] = ("lead", "support", "owner")
"""Who a warning goes to, and to whom next if nobody acknowledges it."""

BAD_BELOW: tuple[LiveMeasure, ...] = ("service", "answer_rate")
"""Measures that are bad below their limit; the others are bad above it."""

BLUE, YELLOW, ORANGE, RED = (level for level in WarningLevel if level)


class LiveThreshold(Frozen):
    """A limit on the last intervals.

    Parameters
    ----------
    measure : str
        service (service level over its target), answer_rate, queue (calls waiting over their norm) or wait_s (longest wait).
    limit : float
        Beyond it, strictly, an interval is bad.
    minutes : int
        How long it must be bad, and never less than `WarningLadder.min_intervals`.
    margin : float
        Share of the limit by which an interval must be better to be calm again (hysteresis).
    """

    measure: LiveMeasure
    limit: float = Field(gt=0)
    minutes: int = Field(default=15, gt=0)
    level: Level
    margin: float = Field(default=0.02, ge=0, lt=1)

    def bad(self, value: float) -> bool:
        """Whether an interval is beyond the limit."""
        return value < self.limit if self.measure in BAD_BELOW else value > self.limit

    def calm(self, value: float) -> bool:
        """Whether an interval is better than the limit by the margin."""
        if self.measure in BAD_BELOW:
            return value >= self.limit * (1 + self.margin) or value >= 1.0 > self.limit
        return value <= self.limit * (1 - self.margin)


HOUSE_LIVE: dict[str, LiveThreshold] = {
    "service_below_target": LiveThreshold(measure="service", limit=1.0, minutes=30, level=BLUE),
    "queue_long": LiveThreshold(measure="queue", limit=1.5, minutes=10, level=YELLOW, margin=0.1),
    "answer_rate_low": LiveThreshold(measure="answer_rate", limit=0.95, level=YELLOW, margin=0.01),
    "answer_rate_poor": LiveThreshold(measure="answer_rate", limit=0.9, level=ORANGE),
    "wait_long": LiveThreshold(measure="wait_s", limit=60.0, minutes=10, level=ORANGE, margin=0.1),
    "answer_rate_bad": LiveThreshold(measure="answer_rate", limit=0.8, level=RED),
}
"""Real-time signals of the four levels (house choice, from published thresholds of contact centres and utilities)."""

HOUSE_SIGNALS: dict[SignalSource, tuple[Level, Level, Level, Level]] = {
    "weather": (YELLOW, YELLOW, ORANGE, RED),
    "outage": (BLUE, YELLOW, ORANGE, RED),
}

HOUSE_LEADS: dict[RemedyKind, int] = {
    "ivr_notice": 15,
    "breaks": 30,
    "off_phone": 30,
    "lending": 60,
    "overtime": 120,
    "week_adjustment": 2880,
}


class WarningPolicy(WarningLadder):
    """The ladder, the thresholds on what is measured and heard, and who must answer in which time (house choices; editable).

    Parameters
    ----------
    live : dict
        Thresholds on the last intervals, by name.
    live_minutes : int
        For how long from now on such a threshold speaks.
    calm_intervals : int
        Calm intervals in a row after which it is silent again.
    least_calls : int
        An interval with fewer calls offered says nothing of rates.
    signals : dict
        Level that a signal of a source raises, for its blue, yellow, orange and red; a source that is not named raises none.
    least_weight : float
        A signal that is believed less raises nothing.
    least_share : float
        A regional signal raises nothing for a queue of which less comes from the region.
    acknowledge_minutes : tuple of float
        How long each role has to acknowledge a blue, yellow, orange, red warning before the next role is told.
    leads : dict
        Minutes before its effect at which each remedy must be begun; an echelon has its own notice.
    absence_codes : tuple of str
        Codes of leave.csv that are absence and not leave.
    """

    live: dict[str, LiveThreshold] = HOUSE_LIVE
    live_minutes: int = Field(default=60, gt=0)
    calm_intervals: int = Field(default=2, ge=1)
    least_calls: int = Field(default=10, ge=1)
    signals: dict[SignalSource, tuple[Level, Level, Level, Level]] = HOUSE_SIGNALS
    least_weight: float = Field(default=0.5, gt=0, le=1)
    least_share: float = Field(default=0.1, ge=0, le=1)
    acknowledge_minutes: Ladder = (480.0, 120.0, 30.0, 10.0)
    leads: dict[RemedyKind, int] = HOUSE_LEADS
    absence_codes: tuple[str, ...] = ("SL",)

    @field_validator("leads")
    @classmethod
    def _sensible(cls, leads: dict[RemedyKind, int]) -> dict[RemedyKind, int]:
        if "echelon" in leads or min(leads.values(), default=0) < 0:
            raise ValueError("minutes that are not negative; the notice of an echelon stands in centre.toml")
        return leads

    def acknowledge_within(self, level: WarningLevel) -> float:
        """Minutes in which a warning of a level must be acknowledged."""
        return self.acknowledge_minutes[level - 1]
