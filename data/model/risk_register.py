"""The register of service risks 风险台账 in four states: identified, assessed, controlled, responded.

A risk is frozen; how it stands follows from the steps taken with it, which are only ever added to.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Literal

from pydantic import AwareDatetime, Field, model_validator

from data.model.base import Frozen
from data.model.book import Book, early
from data.model.risk import RiskPolicy

State = Literal["identified", "assessed", "controlled", "responded"]
Deed = Literal["identified", "assessed", "treated", "responded", "reviewed"]
Cause = Literal["people", "process", "environment", "technology"]
TreatmentKind = Literal["avoid", "transfer", "reduce", "accept"]
Basis = Literal["judged", "history", "forecast"]

AFTER: Mapping[Deed, State] = {
    "identified": "identified",
    "assessed": "assessed",
    "treated": "controlled",
    "responded": "responded",
}
"""How a risk stands after a deed; a review leaves it as it stands."""
BEFORE: Mapping[Deed, tuple[State, ...]] = {
    "assessed": ("identified", "assessed", "controlled", "responded"),
    "treated": ("assessed", "controlled"),
    "responded": ("controlled", "responded"),
    "reviewed": ("controlled", "responded"),
}
"""How a risk must stand for a deed."""


class Rating(Frozen):
    """How likely and how severe a risk is held to be.

    Parameters
    ----------
    basis : str
        judged by a person, or computed from how often it came in the history, or from the forecast.
    chance : float or None
        What the likelihood was computed from.
    review_by : date
        Day by which it is looked at again.
    """

    likelihood: int = Field(ge=1)
    severity: int = Field(ge=1)
    basis: Basis = "judged"
    chance: float | None = Field(default=None, ge=0, le=1)
    review_by: date

    @property
    def index(self) -> int:
        """Service-risk index."""
        return self.likelihood * self.severity


class Treatment(Frozen):
    """A way to treat a risk.

    Parameters
    ----------
    cost_hours : float
        In hours of normal pay.
    likelihood, severity : int
        Expected afterwards.
    """

    kind: TreatmentKind
    cost_hours: float = Field(ge=0)
    likelihood: int = Field(ge=1)
    severity: int = Field(ge=1)
    text: str = ""

    @property
    def index(self) -> int:
        """Index expected afterwards."""
        return self.likelihood * self.severity


class RiskItem(Frozen):
    """A service-risk point 服务风险点.

    Parameters
    ----------
    source : str
        Whether it comes from inside or outside of the centre.
    project, scenario : str
        Of the map; empty = none alone.
    owner : str
        Who answers for it; a role or a person of the management.
    """

    id: str = Field(min_length=1)
    title: str = Field(min_length=1)
    title_zh: str = ""
    source: Literal["inside", "outside"] = "inside"
    cause: Cause
    project: str = ""
    scenario: str = ""
    owner: str = Field(min_length=1)


class RiskStep(Frozen):
    """What somebody did with a risk.

    Parameters
    ----------
    item : RiskItem or None
        Of an identified one.
    rating : Rating or None
        Of an assessed or reviewed one.
    options, chosen : tuple of Treatment, int
        Of a treated one: what could be done, and which of them is.
    plan, told : str
        Of a responded one: the plan, or where it stands, and who was told.
    """

    risk: str = Field(min_length=1)
    deed: Deed
    by: str = Field(min_length=1)
    at: AwareDatetime
    reason: str = ""
    item: RiskItem | None = None
    rating: Rating | None = None
    options: tuple[Treatment, ...] = ()
    chosen: int = 0
    plan: str = ""
    told: str = ""

    @model_validator(mode="after")
    def _says_what_it_does(self) -> "RiskStep":
        told = (self.item is not None, self.rating is not None, bool(self.options))
        if told != (self.deed == "identified", self.deed in ("assessed", "reviewed"), self.deed == "treated"):
            raise ValueError("an identified risk says the item, an assessed or reviewed one the rating, a treated one the options")
        if self.options and not 0 <= self.chosen < len(self.options):
            raise ValueError(f"chosen must be one of the {len(self.options)} options, from 0")
        return self

    @property
    def treatment(self) -> Treatment:
        """What is chosen of the options."""
        return self.options[self.chosen]


@dataclass(frozen=True)
class RiskBook(Book[RiskStep, RiskItem]):
    """All that was done with the risks of a centre."""

    FILE = "risk_steps.csv"
    OF = "risk"

    @cached_property
    def items(self) -> Mapping[str, RiskItem]:
        """Every risk by id."""
        return {step.risk: step.item for step in self.steps if step.item is not None}

    @property
    def _things(self) -> Mapping[str, RiskItem]:
        return self.items

    @cached_property
    def _of(self) -> Mapping[str, tuple[RiskStep, ...]]:
        return {name: tuple(step for step in self.steps if step.risk == name) for name in self.items}

    def state(self, name: str) -> State:
        """How a risk stands."""
        return next(AFTER[step.deed] for step in reversed(self._of[name]) if step.deed in AFTER)

    def last(self, name: str, *deeds: Deed) -> RiskStep | None:
        """The newest step of some kinds."""
        return next((step for step in reversed(self._of[name]) if step.deed in deeds), None)

    def rating(self, name: str) -> Rating | None:
        """How a risk is rated now; None = not yet."""
        step = self.last(name, "assessed", "reviewed")
        return None if step is None else step.rating

    def stale(self, name: str, day: date) -> bool:
        """Whether a risk should have been looked at before a day."""
        rating = self.rating(name)
        return rating is not None and rating.review_by < day

    def notice_due(self, name: str, policy: RiskPolicy) -> datetime | None:
        """Until when somebody must be told of a risk as it is rated; None = nobody, or they were since."""
        rated, told = self.last(name, "assessed", "reviewed"), self.last(name, "responded")
        if rated is None or rated.rating is None or (told is not None and told.told and told.at >= rated.at):
            return None
        terms = policy.terms(policy.band(rated.rating.index))
        return rated.at + timedelta(hours=terms.within_hours) if terms.plan else None

    def effect(self, name: str) -> tuple[int, int] | None:
        """Index before the newest treatment, and by the newest review after it; None = not reviewed since."""
        treated, review = self.last(name, "treated"), self.last(name, "reviewed")
        steps = self._of[name]
        if treated is None or review is None or review.rating is None or steps.index(review) < steps.index(treated):
            return None
        before = [step.rating for step in steps[: steps.index(treated)] if step.rating is not None]
        return before[-1].index, review.rating.index

    def holds(self, project: str, scenario: str) -> bool:
        """Whether there is a risk of a project in a scenario."""
        return any((item.project, item.scenario) == (project, scenario) for item in self.items.values())

    def _wrong(self, step: RiskStep) -> Iterator[tuple[str, str]]:
        if (step.item is not None) == (step.risk in self.items):
            yield f"{step.deed} {step.risk}", "a new risk, or a deed on one that is there"
        elif step.item is None:
            state = self.state(step.risk)
            yield from early(step, self._of[step.risk][-1].at)
            if state not in BEFORE[step.deed]:
                yield f"{step.deed}; it is {state}", f"a risk that is {' or '.join(BEFORE[step.deed])}"
