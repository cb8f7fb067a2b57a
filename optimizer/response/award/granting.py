"""Granting: claims against points, quotas and service, each priced before it is granted; the others wait, with the reason.

Claims are judged in rounds, one of each agent in a round, so that nobody has a second right before everybody's first claim was
judged. Inside a round the order of the catalogue decides. Rights granted in a round are in force when the next one is priced.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from math import inf, isnan, nan

import numpy as np
from pydantic import Field

from data.model.base import FloatArray, Frozen
from data.model.calendar import Calendar, DayType
from data.model.errors import Finding, InvalidData
from data.model.measure import AWAY_EFFECTS, Catalogue, Claim, Measure, claim_findings
from data.model.points import REDEEMED, Entry, Reason
from data.model.points_ledger import Ledger
from optimizer.response.award.rights import Constraints, Price, constraints_of, priced, with_constraints
from optimizer.response.award.wording import granted_text, refusal_text
from optimizer.rostering.problem import RosterProblem


@dataclass(frozen=True)
class Granted:
    """A right that is granted.

    Parameters
    ----------
    constraints : Constraints
        What the roster honours.
    cost : float
        Price in service, units of cost; 0 of a measure that is no roster right.
    share : float
        The same as a share of the month's service budget.
    """

    claim: Claim
    constraints: Constraints
    cost: float
    share: float
    why: str
    why_zh: str


@dataclass(frozen=True)
class Waiting:
    """A claim on the waiting list.

    Parameters
    ----------
    position : int
        Place on the list; 1 = first.
    code : str
        Why: service, points, outside, festival, away, quota, line or budget.
    cost : float
        Price in service; inf = no legal line is left, nan = not reckoned.
    expires : date
        Last day on which it is kept.
    """

    claim: Claim
    position: int
    code: str
    cost: float
    expires: date
    why: str
    why_zh: str


@dataclass(frozen=True)
class Granting:
    """The answer to some claims.

    Parameters
    ----------
    granted, waiting, lapsed : tuple
        The last are claims that have waited too long.
    ledger : Ledger
        With the redemptions.
    problem : RosterProblem
        With the rights in force.
    cost, budget : float
        Price in service of all that is granted, and most that it may be.
    """

    granted: tuple[Granted, ...]
    waiting: tuple[Waiting, ...]
    lapsed: tuple[Claim, ...]
    ledger: Ledger
    problem: RosterProblem
    cost: float
    budget: float


class RightsTerms(Frozen):
    """What rights may cost in service (house choice).

    Parameters
    ----------
    service_share : float
        Most that the rights of a plan may cost together, as a share of what it would cost if nobody required were there, in [0, 1].
    """

    service_share: float = Field(default=0.005, ge=0, le=1)

    def budget(self, problem: RosterProblem) -> float:
        """Most that the rights may cost in service, units of cost: that share of the required agent-hours missing."""
        open_slots = np.isin(problem.grid.day_of_slot, np.arange(problem.first_open, problem.end_open))
        return self.service_share * float(problem.prices[0] @ (problem.requirement.heads * open_slots).sum(axis=1))


@dataclass(frozen=True)
class Refusal:
    """Why a claim is not granted: a code of `award.wording.REFUSALS` and its numbers."""

    code: str
    numbers: Mapping[str, object] = field(default_factory=dict[str, object])


def ineligible(measure: Measure, claim: Claim, calendar: Calendar, points: int, months: int | None = None) -> Refusal | None:
    """Why an agent may not claim a measure, whatever the plan; None = they may.

    Parameters
    ----------
    points : int
        Points that may be redeemed.
    months : int or None
        Months of service; None = not known.
    """
    needed = max(measure.price, measure.least_points)
    if months is not None and months < measure.least_months:
        return Refusal("service", {"months": months, "least_months": measure.least_months})
    if points < needed:
        return Refusal("points", {"points": points, "needed": needed})
    if measure.effect == "festival_off" and not any(calendar.day_type(day) is DayType.HOLIDAY for day in claim.days):
        return Refusal("festival")
    return None


def draw_of(catalogue: Catalogue, claim: Claim) -> str:
    """Place of a claim in the stated draw: SHA-256 of the draw's text and the id of the claim, lower first."""
    return sha256(f"{catalogue.draw}:{claim.id}".encode()).hexdigest()


def grant(
    claims: Sequence[Claim],
    *,
    catalogue: Catalogue,
    problem: RosterProblem,
    prices: FloatArray,
    ledger: Ledger,
    at: datetime,
    service_budget: float,
    service_months: Mapping[str, int] | None = None,
    held: Iterable[Claim] = (),
) -> Granting:
    """Grant what points, quotas and service allow.

    Parameters
    ----------
    prices : array of float, shape (queues, slots)
        What one agent more is worth in each slot: `Solution.prices` of the problem.
    at : datetime
        When it is granted; the redemptions are booked then.
    service_budget : float
        Most that the roster rights may cost in service together, in units of cost.
    service_months : mapping or None
        Months of service by agent, where known.
    held : iterable of Claim
        Claims granted before: they count against the quotas and are not granted again.

    Raises
    ------
    InvalidData
        With every claim that stands twice, is to no measure, from nobody or for days or a shift that do not fit, with measures
        whose leave is told by the code of a shift or of unpaid leave, and if `at` is before the last entry of the ledger.
    """
    findings = [*claim_findings(((None, claim) for claim in claims), catalogue, problem.index), *_clashes(catalogue, problem)]
    if findings:
        raise InvalidData(findings)
    desk = _Desk(catalogue, problem, prices, ledger, at, service_budget, service_months or {}, held)
    known = {claim.id for claim in desk.held}
    asked = [claim for claim in claims if claim.id not in known and redemption_id(claim) not in ledger.by_id]
    lapsed = [claim for claim in asked if claim.expires(catalogue.measure(claim.measure)) < at.date()]
    left = sorted((claim for claim in asked if claim not in lapsed), key=lambda claim: (claim.made_at, claim.id))
    while left:
        first = {claim.agent: claim for claim in reversed(left)}
        desk.judge(list(first.values()))
        left = [claim for claim in left if first[claim.agent] is not claim]
    return Granting(tuple(desk.granted), desk.waiting(), tuple(lapsed), desk.ledger, desk.problem, desk.cost, service_budget)


def _clashes(catalogue: Catalogue, problem: RosterProblem) -> Iterator[Finding]:
    """Codes of leave that already mean something else."""
    taken = {shift.code for shift in problem.centre.shifts} | {absence.code for absence in problem.absences if not absence.paid}
    for place, measure in enumerate(catalogue.measures):
        if measure.effect in AWAY_EFFECTS and measure.code in taken:
            expected, fix = "a code of paid leave", "a shift or unpaid leave has this one"
            yield Finding("measures.toml", None, f"measures.{place}.code", repr(measure.code), expected, fix)


def redemption_id(claim: Claim) -> str:
    """Id of the entry that spends the points of a claim."""
    return f"right:{claim.id}"


class _Desk:
    """Where claims are judged: what is left of points, quotas and service as they are granted."""

    def __init__(
        self,
        catalogue: Catalogue,
        problem: RosterProblem,
        prices: FloatArray,
        ledger: Ledger,
        at: datetime,
        budget: float,
        months: Mapping[str, int],
        held: Iterable[Claim],
    ):
        self.catalogue, self.problem, self.prices, self.ledger, self.at = catalogue, problem, prices, ledger, at
        self.budget, self.months, self.held, self.cost = budget, months, tuple(held), 0.0
        self.team = {agent.id: agent.team for agent in problem.agents}
        self.used = Counter(self._quota(claim) for claim in self.held)
        self.granted: list[Granted] = []
        self.refused: list[tuple[Claim, float, Refusal]] = []

    def judge(self, claims: Sequence[Claim]) -> None:
        """Grant or refuse one claim of each agent."""
        barred = {claim.id: self._barred(claim) for claim in claims}
        asked = {claim.agent: self._constraints(claim) for claim in claims if barred[claim.id] is None}
        wanted = {agent: told for agent, told in asked.items() if told.rules or told.absences}
        found = priced(self.problem, self.prices, wanted)
        price = {claim.id: found.get(claim.agent, Price(0.0 if barred[claim.id] is None else nan)) for claim in claims}
        fresh: list[Granted] = []
        for claim in sorted(claims, key=lambda claim: self._order(claim, price[claim.id].cost)):
            refusal = barred[claim.id] or self._beyond(claim, price[claim.id])
            if refusal is None:
                fresh.append(self._grant(claim, price[claim.id].cost))
            else:
                self.refused.append((claim, price[claim.id].cost, refusal))
        self._book(fresh)

    def _quota(self, claim: Claim) -> tuple[str, str, str]:
        return claim.measure, claim.month, self.team.get(claim.agent, "")

    def _measure(self, claim: Claim) -> Measure:
        return self.catalogue.measure(claim.measure)

    def _constraints(self, claim: Claim) -> Constraints:
        return constraints_of(claim, self._measure(claim), self.problem.calendar)

    def _order(self, claim: Claim, cost: float) -> tuple[object, ...]:
        """What decides who comes first, as the catalogue says; the id of the claim at last."""
        grounds = {
            "cost_per_point": (inf if isnan(cost) else cost) / max(1, self._measure(claim).price),
            "points_held": -self.ledger.available(claim.agent, self.at),
            "waiting": claim.made_at,
            "draw": draw_of(self.catalogue, claim),
        }
        return (*(grounds[name] for name in self.catalogue.order), claim.id)

    def _barred(self, claim: Claim) -> Refusal | None:
        """Why a claim is not even priced."""
        measure, points = self._measure(claim), self.ledger.available(claim.agent, self.at)
        refusal = ineligible(measure, claim, self.problem.calendar, points, self.months.get(claim.agent))
        return refusal or (self._unfit(claim, measure) if measure.of_roster else None)

    def _unfit(self, claim: Claim, measure: Measure) -> Refusal | None:
        """Why the days of a roster right do not fit the plan."""
        problem, horizon = self.problem, self.problem.grid.horizon
        first, last = horizon.index(claim.first), horizon.index(claim.last)
        if first < problem.first_open or last >= problem.end_open:
            edges = {"first_open": horizon.dates[problem.first_open], "last_open": horizon.dates[problem.end_open - 1]}
            return Refusal("outside", edges)
        away = (problem.leave[problem.index[claim.agent], first : last + 1] >= 0).any()
        return Refusal("away") if measure.effect in AWAY_EFFECTS and away else None

    def _beyond(self, claim: Claim, price: Price) -> Refusal | None:
        """Why a claim that is priced cannot be granted."""
        quota, left = self._measure(claim).quota, self.budget - self.cost
        if self.used[self._quota(claim)] >= quota:
            return Refusal("quota", {"quota": quota})
        if price.cost == inf:
            return Refusal("line", {"cause": price.cause})
        if price.cost > max(0.0, left):
            return Refusal("budget", {"cost": price.cost, "left": left, "budget": self.budget})
        return None

    def _grant(self, claim: Claim, cost: float) -> Granted:
        measure = self._measure(claim)
        self.used[self._quota(claim)] += 1
        self.cost += max(0.0, cost)
        share = cost / self.budget if self.budget > 0 else 0.0
        why, why_zh = (granted_text(claim, measure, cost, self.budget, tongue) for tongue in ("en", "zh"))
        return Granted(claim, self._constraints(claim), cost, share, why, why_zh)

    def _book(self, fresh: Sequence[Granted]) -> None:
        """Put what is granted into the ledger and into force."""
        self.granted += fresh
        self.ledger = self.ledger.posted([self._redemption(right) for right in fresh if self._measure(right.claim).price])
        self.problem = with_constraints(self.problem, [right.constraints for right in fresh])

    def _redemption(self, right: Granted) -> Entry:
        claim, points = right.claim, -self._measure(right.claim).price
        told = {"source": claim.id, "text": right.why, "text_zh": right.why_zh}
        return Entry.moved(redemption_id(claim), self.at, Reason.REDEMPTION, claim.agent, points, REDEEMED, **told)

    def waiting(self) -> tuple[Waiting, ...]:
        """The waiting list, in the order in which claims will be judged as things stand."""
        ranked = sorted(self.refused, key=lambda one: self._order(one[0], one[1]))
        return tuple(self._waiting(place, *one) for place, one in enumerate(ranked, 1))

    def _waiting(self, place: int, claim: Claim, cost: float, refusal: Refusal) -> Waiting:
        measure = self._measure(claim)
        why, why_zh = (refusal_text(measure, refusal.code, refusal.numbers, tongue) for tongue in ("en", "zh"))
        return Waiting(claim, place, refusal.code, cost, claim.expires(measure), why, why_zh)
