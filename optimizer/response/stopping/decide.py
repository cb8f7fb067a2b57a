"""From a forecast and the roster to a decision: which stretches are threatened, who may be called, call now or wait."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise

import numpy as np

from data.model.base import FloatArray, IntArray
from data.model.call_decision import CallDecision, DecisionPolicy, Threshold, TierDecision
from data.model.centre import EchelonTier, Queue
from data.model.demand import Forecast, Requirement
from data.model.response import CapacityWarning
from data.model.time import TimeGrid, epoch_minutes
from optimizer.response.echelon.limits import Limits, Span
from optimizer.response.echelon.reserve import Keeps, Reserve
from optimizer.response.stopping.lattice import NOW, Choice, Rule, optimal_rule
from optimizer.response.stopping.level import BELIEFS, Level
from optimizer.response.stopping.shortage import Shortage, shortage
from optimizer.response.stopping.wording import tier_reason
from optimizer.response.warning.warn import instant

LIKELY = 1.645
"""A call that pays only for beliefs further up than this many standard deviations is held not to come (one path in twenty)."""

GAIN = 1e-6
"""Calling now is better if it saves more than this, in the unit of `Queue.under_cost`."""


@dataclass(frozen=True, eq=False)
class Duty:
    """What is known when it is decided.

    Parameters
    ----------
    forecast : Forecast
        Of the moment, the calls seen so far in it.
    requirement : Requirement
        On the grid of the forecast; its shrinkage is used.
    available : array of float, shape (queues, slots)
        Agents rostered to each queue, before shrinkage.
    queues : tuple of Queue
        In the order of the forecast.
    tiers : tuple of EchelonTier
    members : Reserve
        Who is called is booked.
    limits : Limits
        What the rulebook asks of whoever is called.
    overtime_day_minutes : int
        A longer duty needs an approver, who lifts the limits of overtime.
    keeps : callable
        Last word on a member who would be called (`optimizer.response.echelon.lawful`).
    pay_hour : float
        An hour of normal pay in the unit of `Queue.under_cost`.
    """

    forecast: Forecast
    requirement: Requirement
    available: FloatArray
    queues: tuple[Queue, ...]
    tiers: tuple[EchelonTier, ...]
    members: Reserve
    limits: Limits
    overtime_day_minutes: int
    keeps: Keeps
    pay_hour: float
    now: datetime
    policy: DecisionPolicy

    @property
    def grid(self) -> TimeGrid:
        """Grid of the forecast."""
        return self.forecast.grid

    @cached_property
    def running(self) -> int:
        """The slot that runs, or begins, now."""
        return self.grid.slot(self.now)


def decide(duty: Duty, warnings: Sequence[CapacityWarning]) -> tuple[CallDecision, ...]:
    """Call now or wait, for every threatened stretch that begins within `DecisionPolicy.ahead_hours`.

    Stretches of the highest warning are decided first, then those of the most calls lost: members called for one are gone for the
    others.

    Parameters
    ----------
    duty : Duty
    warnings : sequence of CapacityWarning
        Made by `optimizer.response.warning.warn.warnings` from the same inputs.
    """
    pieces = [piece for warning in warnings for piece in _pieces(duty, warning)]
    urgent = sorted(pieces, key=lambda piece: (-piece.level, -piece.lost_calls, piece.start))
    return tuple(_decision(duty, piece) for piece in urgent)


def _pieces(duty: Duty, warning: CapacityWarning) -> Iterator[CapacityWarning]:
    """A warning cut into even pieces that one duty of any tier covers; those that begin soon enough."""
    grid, until = duty.grid, duty.now + timedelta(hours=duty.policy.ahead_hours)
    width = min((tier.max_minutes // grid.minutes for tier in duty.tiers), default=0)
    first, end = max(grid.slot(warning.start), duty.running), grid.slot(warning.end)
    many = -(-(end - first) // width) if width else 0
    edges = [first + (end - first) * piece // many for piece in range(many + 1)] if many else []
    for start, stop in pairwise(edges):
        if instant(grid, start) < until:
            yield replace(warning, start=instant(grid, start), end=instant(grid, stop))


def _decision(duty: Duty, piece: CapacityWarning) -> CallDecision:
    row, first, end = duty.forecast.queues.index(piece.queue), duty.grid.slot(piece.start), duty.grid.slot(piece.end)
    queue, short = duty.queues[row], _shortage(duty, row, first, end)
    span = Span.of(duty.grid, first, end)
    limits = duty.limits.lifted(span.minutes > duty.overtime_day_minutes)
    lines, refusals = zip(*(duty.members.judged(tier, piece.queue, span, limits) for tier in duty.tiers), strict=True)
    choices = [
        _choice(duty, tier, len(line), (first - duty.running, end - duty.running))
        for tier, line in zip(duty.tiers, lines, strict=True)
    ]
    rule = optimal_rule(short, choices)
    now, orders = rule.costs[0][..., NOW], rule.best()
    asked = [int(_batches(len(line), duty.policy)[order]) for order, line in zip(orders, lines, strict=True)]
    kept = [duty.members.kept(line, most, duty.keeps, piece.start, piece.end) for line, most in zip(lines, asked, strict=True)]
    teams = [team for team, _ in kept]
    refusals = [found + Counter(rule=held) for found, (_, held) in zip(refusals, kept, strict=True)]
    # whose every member a rule holds back may not be called
    able = [len(line) if len(team) or not order else 0 for line, team, order in zip(lines, teams, orders, strict=True)]
    for tier, team in zip(duty.tiers, teams, strict=True):
        duty.members.book(team, span, tier.rest_minutes)
    costs = short.never(), float(np.delete(now.ravel(), 0).min(initial=np.inf)), float(now[(0,) * now.ndim])
    tiers = tuple(_tier(duty, short, rule, choices[i], i, able[i], teams[i]) for i in range(len(duty.tiers)))
    missing = short.never() / queue.under_cost
    decision = CallDecision(piece.queue, duty.now, piece.start, piece.end, missing, *costs, tiers)
    told = zip(duty.tiers, decision.tiers, refusals, strict=True)
    return replace(decision, tiers=tuple(_told(duty, queue, decision, *one) for one in told))


def _shortage(duty: Duty, row: int, first: int, end: int) -> Shortage:
    at = (row, slice(duty.running, end))
    level = Level.of(duty.forecast.quantiles[at], duty.policy.common_share)
    handle, lost = duty.forecast.handle_time_s[at], duty.requirement.shrinkage[at]
    return shortage(level, first - duty.running, duty.queues[row], handle, lost, duty.available[at], duty.grid.minutes)


def _batches(able: int, policy: DecisionPolicy) -> IntArray:
    """Members asked for each order, nobody first."""
    count = min(able, policy.batches)
    return np.rint(np.linspace(0, able, count + 1)).astype(np.int64)


def _choice(duty: Duty, tier: EchelonTier, able: int, stretch: tuple[int, int]) -> Choice:
    """A tier as the rule sees it; who does not come is not paid."""
    (first, end), minutes = stretch, duty.grid.minutes
    come: FloatArray = _batches(able, duty.policy).astype(np.float64) * tier.answer_share
    slots = np.arange(end)
    delay = np.full(end, -(-tier.notice_minutes // minutes))
    late = epoch_minutes(duty.now) - epoch_minutes(instant(duty.grid, duty.running))
    delay[0] = -(-(late + tier.notice_minutes) // minutes)
    arrival = np.maximum(slots + delay, first)
    paid = np.maximum((end - arrival) * minutes, tier.least_paid_minutes) / 60
    price = np.outer(paid * tier.hour_cost * duty.pay_hour, come)
    price[:, 1:][arrival >= end] = np.inf
    return Choice(come * tier.efficiency, np.minimum(delay, end), price)


def _tier(duty: Duty, short: Shortage, rule: Rule, choice: Choice, tier: int, able: int, team: IntArray) -> TierDecision:
    entry = duty.tiers[tier]
    wait, now = (float(costs[NOW]) for costs in rule.apart(0, tier))
    thresholds = tuple(_thresholds(duty, short, rule, tier))
    last = thresholds[-1].at if thresholds else duty.now if now < wait - GAIN else None
    # whoever is called earlier than the stretch needs them comes at its start
    arrival = max(instant(duty.grid, duty.running + int(choice.delay[0])), instant(duty.grid, duty.running + short.first))
    return TierDecision(entry.id, len(team), able, duty.members.ids(team), arrival, last, thresholds, now, wait)


def _thresholds(duty: Duty, short: Shortage, rule: Rule, tier: int) -> Iterator[Threshold]:
    """The moments to come at which calling a tier may pay."""
    since = instant(duty.grid, duty.running)
    for moment, k in enumerate(rule.moments.tolist()):
        belief = _crossing(*rule.apart(moment, tier))
        if k and belief <= LIKELY * np.sqrt(1 - short.level.variance[k]):
            yield Threshold(instant(duty.grid, duty.running + k), since, short.level.calls(k, belief))


def _crossing(wait: FloatArray, now: FloatArray) -> float:
    """Belief from which on calling is better; inf if it never is, -inf if it always is."""
    gain = wait - now - GAIN
    if gain[-1] <= 0:
        return np.inf
    below = np.flatnonzero(gain <= 0)
    if not below.size:
        return -np.inf
    low = int(below[-1])
    if not np.isfinite(gain[low]):
        return float(BELIEFS[low + 1])
    return float(BELIEFS[low] + (BELIEFS[low + 1] - BELIEFS[low]) * -gain[low] / (gain[low + 1] - gain[low]))


def _told(
    duty: Duty, queue: Queue, decision: CallDecision, tier: EchelonTier, one: TierDecision, refusals: Counter[str]
) -> TierDecision:
    en, zh = (tier_reason(queue, tier, decision, one, refusals, duty.pay_hour, tongue) for tongue in ("en", "zh"))
    return replace(one, reason=en, reason_zh=zh)
