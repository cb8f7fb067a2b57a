"""Service risks 服务风险: the scale and the bands that they are judged on, and the cells of their map."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from data.model.base import FloatArray, Frozen, IntArray

Band = Literal["low", "middle", "high", "crisis"]
BANDS: tuple[Band, ...] = ("low", "middle", "high", "crisis")
REGISTERED: tuple[Band, ...] = ("high", "crisis")
"""Bands in which the map proposes a risk for the register (house choice)."""


class BandTerms(Frozen):
    """From which index a band holds, and what it asks for.

    Parameters
    ----------
    at_least : int
        Least index of the band.
    tell, tell_zh : str
        Who is told.
    within_hours : float
        Told so long after the assessment, at the latest.
    plan : bool
        Whether a plan must be attached.
    review_days : int
        The risk is looked at again after so many days.
    """

    at_least: int = Field(ge=1)
    tell: str
    tell_zh: str = ""
    within_hours: float = Field(gt=0)
    plan: bool = False
    review_days: int = Field(ge=1)


class RiskPolicy(Frozen):
    """Scale and bands of the service-risk index 服务风险指数 = likelihood x severity (house choices; editable).

    A class is one more than the thresholds that are reached, so four thresholds make five classes. Severity is the middle one of
    three classes: calls lost, share of the agents missing, hours that it lasts.

    Parameters
    ----------
    chances : tuple of float
        Chances of missing the target from which the next class of likelihood holds, in (0, 1), ascending.
    lost_calls : tuple of float
        Expected lost calls an hour, weighted by project and queue.
    missing_shares : tuple of float
        Agents missing over agents required.
    hours : tuple of float
        Hours in a row in which the chance is at least `lasting_chance`.
    priority_step : float
        A lost call of a project weighs ``1 - priority_step x (priority - 1)``.
    sensitivity : dict
        What a lost call of a queue weighs beside that, by queue; 1 where none is told.
    scenario_chances : dict
        Chance that a scenario holds, by scenario; 1 where none is told: as if it held.
    low, middle, high, crisis : BandTerms
    bearable : str
        Highest band that a treatment may leave.
    """

    chances: tuple[float, ...] = (0.05, 0.2, 0.5, 0.8)
    lost_calls: tuple[float, ...] = (2.0, 10.0, 40.0, 150.0)
    missing_shares: tuple[float, ...] = (0.02, 0.05, 0.15, 0.3)
    hours: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)
    lasting_chance: float = Field(default=0.5, gt=0, le=1)
    priority_step: float = Field(default=0.1, ge=0, le=0.1)
    sensitivity: dict[str, float] = {}
    scenario_chances: dict[str, float] = {}
    low: BandTerms = BandTerms(at_least=1, tell="team leader", tell_zh="班组长", within_hours=168, review_days=90)
    middle: BandTerms = BandTerms(at_least=5, tell="project manager", tell_zh="项目经理", within_hours=72, review_days=30)
    high: BandTerms = BandTerms(at_least=10, tell="duty manager", tell_zh="值班经理", within_hours=24, plan=True, review_days=14)
    crisis: BandTerms = BandTerms(
        at_least=17, tell="head of the centre", tell_zh="中心负责人", within_hours=2, plan=True, review_days=7
    )
    bearable: Band = "middle"

    @model_validator(mode="after")
    def _ordered(self) -> "RiskPolicy":
        scales = {name: getattr(self, name) for name in ("chances", "lost_calls", "missing_shares", "hours")}
        for name, steps in scales.items():
            if not steps or steps[0] <= 0 or any(low >= high for low, high in pairwise(steps)):
                raise ValueError(f"{name} must be above 0 and ascending, read {steps}")
        if self.chances[-1] >= 1 or len({len(scales[name]) for name in ("lost_calls", "missing_shares", "hours")}) > 1:
            raise ValueError("chances must lie below 1; lost_calls, missing_shares and hours must have as many thresholds each")
        starts = [self.terms(band).at_least for band in BANDS]
        if starts[0] != 1 or any(low >= high for low, high in pairwise(starts)) or starts[-1] > self.likelihoods * self.severities:
            raise ValueError(f"bands must begin at 1, ascend and be reached, read {starts}")
        weights = [*self.sensitivity.values(), *self.scenario_chances.values()]
        if any(weight < 0 for weight in weights) or any(chance > 1 for chance in self.scenario_chances.values()):
            raise ValueError("sensitivity must not be negative, and scenario_chances lie in [0, 1]")
        return self

    @property
    def likelihoods(self) -> int:
        """Number of classes of likelihood."""
        return len(self.chances) + 1

    @property
    def severities(self) -> int:
        """Number of classes of severity."""
        return len(self.hours) + 1

    def likelihood(self, chance: FloatArray) -> IntArray:
        """Class of chances, from 1; the shape stays."""
        return _classes(self.chances, chance)

    def severity(self, lost: FloatArray, missing: FloatArray, hours: FloatArray) -> IntArray:
        """Class of what is lost, missing and how long it lasts, from 1: the middle one of the three; the shape stays."""
        classes = [_classes(self.lost_calls, lost), _classes(self.missing_shares, missing), _classes(self.hours, hours)]
        return np.sort(classes, axis=0)[1]

    def terms(self, band: Band) -> BandTerms:
        """What a band asks for."""
        return {"low": self.low, "middle": self.middle, "high": self.high, "crisis": self.crisis}[band]

    def band(self, index: int) -> Band:
        """Band of an index."""
        return next(band for band in reversed(BANDS) if self.terms(band).at_least <= index)


def _classes(steps: tuple[float, ...], values: FloatArray) -> IntArray:
    return np.searchsorted(steps, values, side="right") + 1


@dataclass(frozen=True, slots=True)
class RiskCell:
    """A project in one hour of one scenario, with all that its index is made of.

    Parameters
    ----------
    chance : float
        Highest chance, over the intervals and queues, that expected service misses its target, if the scenario holds.
    scenario_chance : float
        That the scenario holds; likelihood is the class of the product.
    lost_calls, weighted_calls : float
        Expected lost calls of the hour, as they are and weighted by project and queue.
    missing_share : float
        Agents missing over agents required.
    hours : float
        Hours in a row of which this is one.
    """

    project: str
    start: datetime
    end: datetime
    scenario: str
    chance: float
    scenario_chance: float
    likelihood: int
    lost_calls: float
    weighted_calls: float
    missing_share: float
    hours: float
    severity: int
    index: int
    band: Band
