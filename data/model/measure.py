"""Incentive measures: what contribution points are exchanged for, at what price, for whom and how often; claims and rights."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from typing import Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from data.model.base import Frozen
from data.model.errors import Finding

Effect = Literal[
    "day_shifts",
    "first_pick",
    "festival_off",
    "leave",
    "no_night",
    "time_off",
    "swap_priority",
    "place",
    "course",
    "honour",
    "allowance",
]
"""What a measure does."""
ROSTER_EFFECTS: tuple[Effect, ...] = ("day_shifts", "first_pick", "festival_off", "leave", "no_night", "time_off")
"""Rights that the roster honours; each costs capacity and is priced before it is granted."""
AWAY_EFFECTS: tuple[Effect, ...] = ("leave", "time_off")
"""Rights that are leave on the days claimed."""

Order = Literal["cost_per_point", "points_held", "waiting", "draw"]
"""What claims are ordered by: least cost in service for a point, most points held, longest wait, a draw that can be repeated."""


class Measure(Frozen):
    """One measure of the catalogue.

    Parameters
    ----------
    effect : str
        What it does; the first six are rights that the roster honours.
    price : int
        Points that it takes.
    least_points : int
        Points that must be held, whatever the price.
    least_months : int
        Months of service that are needed; who has an unknown length of service is not turned away.
    quota : int
        Most that are granted in a month and team.
    valid_days : int
        Days that a claim is kept on the waiting list.
    most_days : int
        Longest stretch of days of one claim.
    code : str
        Day symbol of a right that is leave, e.g. ``AL``; the paid leave is told by it. Pay code of an allowance.
    source : str
        Agreement, or "house choice".
    """

    id: str = Field(min_length=1)
    name: str = Field(min_length=1)
    name_zh: str = Field(min_length=1)
    effect: Effect
    price: int = Field(ge=0)
    least_points: int = Field(default=0, ge=0)
    least_months: int = Field(default=0, ge=0)
    quota: int = Field(ge=0)
    valid_days: int = Field(ge=1)
    most_days: int = Field(default=1, ge=1, le=366)
    code: str = ""
    source: str = "house choice"
    description: str = ""
    description_zh: str = ""

    @model_validator(mode="after")
    def _has_a_code(self) -> Self:
        if self.effect in AWAY_EFFECTS and not self.code:
            raise ValueError(f"measure {self.id!r} is leave: its code names the leave")
        return self

    @property
    def of_roster(self) -> bool:
        """Whether the roster honours it."""
        return self.effect in ROSTER_EFFECTS


class Catalogue(Frozen):
    """The measures of a centre and the order in which claims are granted.

    Parameters
    ----------
    order : tuple of str
        What comes first is asked first; ties go on to the next.
    draw : str
        Any text that is made known before the claims are; with the id of a claim it gives the place in the draw.
    """

    measures: tuple[Measure, ...] = Field(min_length=1)
    order: tuple[Order, ...] = ("cost_per_point", "points_held", "waiting", "draw")
    draw: str = Field(default="draw", min_length=1)

    @model_validator(mode="after")
    def _unique(self) -> Self:
        ids = [measure.id for measure in self.measures]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"measures that stand twice: {', '.join(twice)}")
        if len(set(self.order)) < len(self.order):
            raise ValueError(f"an order that names each ground once, read {', '.join(self.order)}")
        return self

    def measure(self, measure_id: str) -> Measure:
        """The measure of that id."""
        return next(measure for measure in self.measures if measure.id == measure_id)

    @property
    def leave_codes(self) -> set[str]:
        """Day symbols of the rights that are leave."""
        return {measure.code for measure in self.measures if measure.effect in AWAY_EFFECTS}


class Claim(Frozen):
    """An agent asks for a measure.

    Parameters
    ----------
    first, last : date
        Days that it is for.
    shift : str
        Code of the shift, of a pick of shifts; else empty.
    """

    id: str = Field(min_length=1)
    agent: str = Field(min_length=1)
    measure: str = Field(min_length=1)
    made_at: AwareDatetime
    first: date
    last: date
    shift: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"a last day from {self.first}, its first")
        return self

    @property
    def days(self) -> tuple[date, ...]:
        """The days that it is for."""
        return tuple(self.first + timedelta(days=d) for d in range((self.last - self.first).days + 1))

    @property
    def month(self) -> str:
        """Month whose quota it counts against: that of its first day."""
        return f"{self.first:%Y-%m}"

    def expires(self, measure: Measure) -> date:
        """Last day on which it is kept: so many after it was made, and none after the first day that it is for."""
        return min(self.made_at.date() + timedelta(days=measure.valid_days), self.first)


RightState = Literal["granted", "waiting", "refused", "revoked"]
"""What became of a claim; refused = it has waited too long, revoked = its redemption was reversed."""


NEWEST = 10**9
"""Number of the version to come."""


class Right(Claim):
    """A claim and what became of it.

    Parameters
    ----------
    decided_at : datetime
    position : int
        Place on the waiting list; 1 = first, 0 = not on it.
    code : str
        Why it waits or is refused.
    points : int
        Points that were spent on it.
    cost : float or None
        Price in service, units of cost; None = not reckoned, or no legal line is left.
    kept_until : date or None
        Last day on which it is kept on the waiting list.
    from_version, until_version : int
        Numbers of the first roster version that honours it, and of the first that no longer does; 0 = none.
    """

    state: RightState
    decided_at: AwareDatetime
    position: int = Field(default=0, ge=0)
    code: str = ""
    points: int = Field(default=0, ge=0)
    cost: float | None = None
    kept_until: date | None = None
    from_version: int = Field(default=0, ge=0)
    until_version: int = Field(default=0, ge=0)
    reason: str = ""
    reason_zh: str = ""

    def honoured_by(self, version: str) -> bool:
        """Whether the roster version of a name honours it; one without a number is as the newest."""
        told = version.removeprefix("v").partition("-")[0]
        number = int(told) if told.isdigit() else NEWEST
        return 0 < self.from_version <= number and not 0 < self.until_version <= number

    def meets(self, first: date, last: date) -> bool:
        """Whether it is for any of some days."""
        return self.first <= last and first <= self.last

    @property
    def claim(self) -> Claim:
        """What was claimed."""
        return Claim.model_validate(self.model_dump(include=set(Claim.model_fields)))


def claim_findings(
    rows: Iterable[tuple[int | None, Claim]], catalogue: Catalogue, agents: Collection[str], where: str = "claims"
) -> Iterator[Finding]:
    """What the catalogue and the staff say against claims, each with its line.

    Parameters
    ----------
    agents : collection of str
        Ids that there are.
    """
    measures, seen = {measure.id: measure for measure in catalogue.measures}, set[str]()
    for line, claim in rows:
        if claim.id in seen:
            yield Finding(where, line, "id", repr(claim.id), "each id once", "give the claim an id of its own")
        seen.add(claim.id)
        if claim.agent not in agents:
            yield Finding(where, line, "agent", repr(claim.agent), "an agent of staff.csv", "correct it or take out the claim")
        if claim.measure not in measures:
            yield Finding(where, line, "measure", repr(claim.measure), f"one of {', '.join(measures)}")
            continue
        yield from _unfit(claim, measures[claim.measure], where, line)


def _unfit(claim: Claim, measure: Measure, where: str, line: int | None) -> Iterator[Finding]:
    """What a measure says against a claim to it."""
    if len(claim.days) > measure.most_days:
        expected = f"a day up to {claim.days[measure.most_days - 1]}"
        yield Finding(where, line, "last", str(claim.last), expected, f"{measure.id} is for {measure.most_days} days at most")
    if bool(claim.shift) != (measure.effect == "first_pick"):
        expected = "no shift" if claim.shift else "the code of the shift that is picked"
        yield Finding(where, line, "shift", repr(claim.shift) if claim.shift else "nothing", expected)
