"""What contributions earn: points priced by what one agent more was worth in the intervals in which somebody stepped in.

The worth of a deed is the sum of the interval prices (`Solution.prices`) over its intervals, a part of an interval counting in
proportion. It is weighted by the kind of deed and turned into points at a fixed rate; an agent's month is cut to the cap, then all
deeds of the month are scaled to what is left of its budget. Points are whole: an agent's running total is rounded down.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from math import floor

import numpy as np
from pydantic import Field

from data.model.base import FloatArray, Frozen
from data.model.points import Entry, Reason, budget_account
from data.model.points_ledger import Ledger
from data.model.response import Activation
from data.model.roster import Roster
from optimizer.response.award.deeds import Deed, call_ins, overtime, unpopular
from optimizer.response.award.wording import earned_text
from optimizer.rostering.problem import RosterProblem

ROUNDING = 1e-9
"""Points up to which a running total that falls short of a whole number is that number (house choice)."""


class AwardTerms(Frozen):
    """How worth becomes points (house choice).

    Parameters
    ----------
    call_in, overtime, unpopular : float
        Weight of each kind of deed.
    points_per_cost : float
        Points for one unit of cost that the deed saves.
    short_share : float
        An interval is short when one agent more is worth at least this share of what one agent missing costs, in [0, 1]. In
        others overtime earns nothing; in those of a call-in an agent counts as worth so much at least.
    """

    call_in: float = Field(default=2.0, ge=0)
    overtime: float = Field(default=1.5, ge=0)
    unpopular: float = Field(default=1.0, ge=0)
    points_per_cost: float = Field(default=0.1, gt=0)
    short_share: float = Field(default=0.5, ge=0, le=1)

    def weight(self, reason: Reason) -> float:
        """Weight of a kind of deed."""
        return {Reason.CALL_IN: self.call_in, Reason.OVERTIME: self.overtime, Reason.UNPOPULAR: self.unpopular}[reason]


@dataclass(frozen=True, eq=False)
class Tariff:
    """What being on the phones is worth, slot by slot.

    Parameters
    ----------
    prices : array of float, shape (queues, slots)
        What one agent more is worth in each slot of the grid: `Solution.prices`.
    """

    problem: RosterProblem
    prices: FloatArray
    terms: AwardTerms

    @cached_property
    def _running(self) -> dict[tuple[Reason, tuple[str, ...]], FloatArray]:
        return {}

    def worth(self, reason: Reason, queues: tuple[str, ...]) -> FloatArray:
        """Worth of an agent on the dearest of some queues, never below zero; shape (slots,)."""
        held = [row for row, queue in enumerate(self.problem.requirement.queues) if queue in queues]
        price = self.prices[held]
        short = self.terms.short_share * self.problem.prices[0, held, None]
        if reason is Reason.CALL_IN:
            price = np.maximum(price, short)
        elif reason is Reason.OVERTIME:
            price = np.where(price >= short, price, 0.0)
        return price.max(axis=0, initial=0.0)

    def value(self, deed: Deed) -> float:
        """Worth of a deed, in units of cost."""
        key = deed.reason, deed.queues
        if key not in self._running:
            self._running[key] = np.concatenate([[0.0], self.worth(*key).cumsum()])
        places = np.arange(self.problem.grid.size + 1)
        edges = np.interp(self._slots(deed), places, self._running[key])
        return deed.share * float((edges[:, 1] - edges[:, 0]).sum())

    def parts(self, deed: Deed) -> list[tuple[datetime, float, float]]:
        """The worth of a deed interval by interval: start, share of the interval, price of it all."""
        worth, found = self.worth(deed.reason, deed.queues), np.zeros(self.problem.grid.size)
        slots = np.arange(self.problem.grid.size)
        for first, end in self._slots(deed).tolist():
            found += np.clip(np.minimum(end, slots + 1) - np.maximum(first, slots), 0.0, 1.0)
        starts = self.problem.grid.index
        return [(starts[t].to_pydatetime(), deed.share * float(found[t]), float(worth[t])) for t in np.flatnonzero(found).tolist()]

    def _slots(self, deed: Deed) -> FloatArray:
        """Where the spans of a deed begin and end, in slots; shape (spans, 2)."""
        spans = np.array(deed.spans, dtype=np.float64).reshape(-1, 2)
        return (spans - float(self.problem.grid.day_start_minutes[0])) / self.problem.grid.minutes


@dataclass(frozen=True, eq=False)
class Award:
    """What a deed earns, with all that it comes from.

    Parameters
    ----------
    value : float
        Worth in units of cost.
    weight, rate : float
        Of the kind of deed times the factor of its echelon, and points for a unit of cost.
    capped : float
        Share of the agent's month that the cap leaves, in [0, 1].
    scaled : float
        Share of everyone's month that the budget leaves, in [0, 1].
    before : float
        Exact points of the agent's earlier deeds of the month, of this reckoning.
    points : int
        Whole points: running total with this deed rounded down, less that without it.
    """

    deed: Deed
    value: float
    weight: float
    rate: float
    capped: float
    scaled: float
    before: float
    points: int

    @property
    def exact(self) -> float:
        """Points before rounding."""
        return self.value * self.weight * self.rate * self.capped * self.scaled

    @property
    def why(self) -> str:
        """The formula with its numbers."""
        return earned_text(self.deed, self.inputs, self.points, "en")

    @property
    def why_zh(self) -> str:
        """The formula with its numbers, in Chinese."""
        return earned_text(self.deed, self.inputs, self.points, "zh")

    @property
    def inputs(self) -> dict[str, float]:
        """Every number of the formula by name."""
        names = ("value", "weight", "rate", "capped", "scaled", "exact", "before")
        return {name: getattr(self, name) for name in names}

    def row(self, at: datetime) -> dict[str, object]:
        """The row of ``awards.csv`` that says how it came about."""
        deed = self.deed
        told = {"deed": deed.id, "agent": deed.agent, "reason": deed.reason, "day": deed.day, "source": deed.source}
        told |= {"minutes": deed.minutes, "points": self.points, "at": at, "text": self.why, "text_zh": self.why_zh}
        return {**told, **{name: round(number, 6) for name, number in self.inputs.items()}}

    def entry(self, at: datetime) -> Entry:
        """The entry that books it, if it has points."""
        deed, account = self.deed, budget_account(self.deed.month)
        told = {"source": deed.source, "text": self.why, "text_zh": self.why_zh}
        return Entry.moved(deed.id, at, deed.reason, deed.agent, self.points, account, **told)


def points_earned(
    problem: RosterProblem,
    roster: Roster,
    prices: FloatArray,
    ledger: Ledger,
    activations: Iterable[Activation] = (),
    terms: AwardTerms | None = None,
    known: Collection[str] = (),
) -> tuple[Award, ...]:
    """What emergency call-ins, overtime in short intervals and unpopular shifts earn that the ledger does not hold yet.

    Parameters
    ----------
    problem : RosterProblem
    roster : Roster
        As it was worked, on the days of the problem; its open days are looked at.
    prices : array of float, shape (queues, slots)
        `Solution.prices` of the problem.
    ledger : Ledger
        Entries that it holds earn nothing again, and leave less of the month's budget and of the agent's cap.
    activations : iterable of Activation
        Call-outs that were answered by all their members.
    known : collection of str
        Ids of deeds that were reckoned before, also those whose points were rounded to none: they earn nothing again.

    Returns
    -------
    tuple of Award
        Of which those with points are booked: `Award.entry`.
    """
    tariff, called = Tariff(problem, prices, terms or AwardTerms()), call_ins(problem, activations)
    deeds = [*called, *overtime(problem, roster, called), *unpopular(problem, roster)]
    months: dict[str, list[Deed]] = defaultdict(list)
    for deed in sorted(deeds, key=lambda deed: (deed.spans[0], deed.id)):
        if deed.id not in ledger.by_id and deed.id not in known:
            months[deed.month].append(deed)
    return tuple(award for month in sorted(months) for award in _month(tariff, ledger, month, months[month]))


def _month(tariff: Tariff, ledger: Ledger, month: str, deeds: Sequence[Deed]) -> list[Award]:
    """Awards of the deeds of a month."""
    rate, policy = tariff.terms.points_per_cost, ledger.policy
    values = [tariff.value(deed) for deed in deeds]
    wanted: dict[str, float] = defaultdict(float)
    for deed, value in zip(deeds, values, strict=True):
        wanted[deed.agent] += value * tariff.terms.weight(deed.reason) * deed.factor * rate
    caps = {a: max(0, policy.agent_month_cap - ledger.paid.get((month, a), 0)) for a in wanted}
    capped = {a: _share(caps[a], points) for a, points in wanted.items()}
    left = max(0, policy.budget(month) - ledger.paid_in(month))
    scaled, awards = _share(left, sum(capped[a] * points for a, points in wanted.items())), list[Award]()
    running: dict[str, float] = defaultdict(float)
    for deed, value in zip(deeds, values, strict=True):
        weight, before = tariff.terms.weight(deed.reason) * deed.factor, running[deed.agent]
        running[deed.agent] += value * weight * rate * capped[deed.agent] * scaled
        points = floor(running[deed.agent] + ROUNDING) - floor(before + ROUNDING)
        awards.append(Award(deed, value, weight, rate, capped[deed.agent], scaled, before, points))
    return awards


def _share(most: float, wanted: float) -> float:
    """Share of what is wanted that there is."""
    return 1.0 if wanted <= most else most / wanted
