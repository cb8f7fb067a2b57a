"""Drills 演练: a scenario simulated against the published roster with and without the echelons, scored, with its lessons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, Field, field_validator

from data.model.base import Frozen
from data.model.playbook import Words


class DrillPolicy(Frozen):
    """How often a scenario is drilled, and what its score is made of (house choice; editable).

    Parameters
    ----------
    rhythm_days : int
        A drill is due when the last one of its scenario is older (reported: a switch drill every month).
    hours : int
        So long from the start of the scenario on is simulated, over midnight if need be.
    late_minutes : int
        Who is on the phones so long after the planned start still counts as in time.
    weights : tuple of float
        Of service, strength and speed in the score; they sum to 1.
    """

    rhythm_days: int = Field(default=31, ge=1)
    hours: int = Field(default=12, ge=1, le=72)
    late_minutes: int = Field(default=15, ge=0)
    weights: tuple[float, float, float] = (0.4, 0.3, 0.3)

    @field_validator("weights")
    @classmethod
    def _whole(cls, weights: tuple[float, float, float]) -> tuple[float, float, float]:
        if min(weights) < 0 or abs(sum(weights) - 1) > 1e-9:
            raise ValueError("three numbers, not negative, that sum to 1")
        return weights


Measure = Literal["service_level", "lost_calls", "wait_s", "cost_hours"]


@dataclass(frozen=True, slots=True)
class Paired:
    """A figure without and with the echelons, over the same replications.

    Parameters
    ----------
    queue : str
        Empty = all queues together.
    without, with_echelons : float
        Means over the replications in which both are known; NaN if there are none.
    difference, half_width : float
        With less without, replication by replication, and the half width of its 95 % interval; NaN for one replication.
    """

    measure: Measure
    queue: str
    without: float
    with_echelons: float
    difference: float
    half_width: float


@dataclass(frozen=True, slots=True)
class Muster:
    """How a tier answered, means over the replications.

    Parameters
    ----------
    wanted, asked, accepted, came : float
        Members that the plan wants; who were asked; who said yes; who were on the phones before their duty was over.
    in_time : float
        Share of the wanted who were on the phones in time.
    minutes_to_80 : float
        From the first call of an order until four of five of its wanted are on the phones, median over replications and
        orders; inf = in most of them never.
    late_minutes : float
        The same from the planned start on; 0 = by then.
    """

    tier: str
    wanted: float
    asked: float
    accepted: float
    came: float
    in_time: float
    minutes_to_80: float
    late_minutes: float


@dataclass(frozen=True, slots=True)
class Readiness:
    """Who of the reserve could answer a queue.

    Parameters
    ----------
    project : str
        Of the first skill of the members counted.
    members, skilled, free : int
        Of any echelon; with the skill for the queue; who may lawfully be called besides when the scenario begins.
    """

    queue: str
    project: str
    members: int
    skilled: int
    free: int


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a drill shows.

    Parameters
    ----------
    kind : str
        late (a tier came too late), few (too few came), skill (a queue lacked members who may be called), red (intervals
        that missed their target all the same), room (nothing to report).
    """

    kind: Literal["late", "few", "skill", "red", "room"]
    text: Words


@dataclass(frozen=True)
class Score:
    """Points of a drill: ``100 (w1 service + w2 strength + w3 speed)``.

    Parameters
    ----------
    service : float
        Mean over the queues of the scenario of service level over target, at most 1.
    strength : float
        Members who came over those wanted; 1 if nobody was.
    speed : float
        Share of the wanted who were on the phones in time; 1 if nobody was.
    """

    service: float
    strength: float
    speed: float
    weights: tuple[float, float, float]

    @property
    def points(self) -> float:
        """From 0 to 100."""
        parts = (self.service, self.strength, self.speed)
        return 100 * sum(weight * part for weight, part in zip(self.weights, parts, strict=True))


@dataclass(frozen=True)
class DrillOutcome:
    """What a drill showed; figures from the start of the scenario to the end of its day."""

    figures: Sequence[Paired]
    musters: Sequence[Muster]
    readiness: Sequence[Readiness]
    lessons: Sequence[Lesson]
    score: Score


class DrillRecord(Frozen):
    """One drill in the log.

    Parameters
    ----------
    at : datetime
        When the scenario began.
    held_at : datetime
        When the drill was held.
    """

    scenario: str = Field(min_length=1)
    at: AwareDatetime
    held_at: AwareDatetime
    version: str
    replications: int = Field(ge=1)
    seed: int = Field(ge=0)
    score: float = Field(ge=0, le=100)
    service: float = Field(ge=0, le=1)
    strength: float = Field(ge=0)
    speed: float = Field(ge=0, le=1)
    lessons: str = ""
    lessons_zh: str = ""


def due(records: Sequence[DrillRecord], scenario: str, now: datetime, policy: DrillPolicy) -> bool:
    """Whether a scenario is to be drilled: it never was, or the last time is longer ago than the rhythm."""
    held = [one.held_at for one in records if one.scenario == scenario]
    return not held or (now - max(held)).days > policy.rhythm_days
