"""Where scenarios need more heads than are rostered, and what a call-out reaches of it.

What is missing in a block of the day costs more beyond a bend: the hours up to it and those beyond are two gaps. Gaps of one day
that cost the same and are reached alike are one, as whoever comes may answer either.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.model.base import FloatArray, IntArray
from data.model.centre import EchelonTier, Queue
from data.model.demand import Requirement
from data.model.echelon_size import SizingPolicy
from data.model.time import DAY_MINUTES
from optimizer.staffing.queueing import least_agents

BLOCKS = (480, 360, 240, 180, 120, 60)
"""Lengths of a block in minutes: the longest that the duty of every tier covers."""

KNOTS = 80
"""Call rates at which heads needed are computed exactly."""


@dataclass(frozen=True, eq=False)
class Season:
    """Scenarios of a season.

    Parameters
    ----------
    requirement : Requirement
        Of the mean forecast: as many heads are rostered (house choice).
    queues : tuple of Queue
        In its order.
    calls : array of float, shape (scenarios, queues, slots)
    alarms : tuple of (int, int, int, int)
        Outages: scenario, queue, first slot and the slot after its last; nobody knows of one before it starts.
    """

    requirement: Requirement
    queues: tuple[Queue, ...]
    calls: FloatArray
    alarms: tuple[tuple[int, int, int, int], ...]


@dataclass(frozen=True, eq=False)
class Gaps:
    """Agent-hours missing beyond what is tolerated, if nobody is called; every array has shape (gaps,) unless said.

    Parameters
    ----------
    scenario, day : array of int
    hours : array of float
        Agent-hours missing.
    price : array of float
        Cost of a missing agent-hour.
    reach : array of float, shape (gaps, tiers)
        Hours that a member called for it is on the phones; 0 = cannot help.
    scenarios : int
    month : array of int, shape (days,)
        Calendar month of each day, counted from year 0.
    """

    scenario: IntArray
    day: IntArray
    hours: FloatArray
    price: FloatArray
    reach: FloatArray
    scenarios: int
    month: IntArray

    @property
    def days(self) -> int:
        """Days of all scenarios together."""
        return self.scenarios * len(self.month)


def block_minutes(tiers: Sequence[EchelonTier], minutes: int) -> int:
    """Length of a block: the longest of `BLOCKS`, in whole slots, that the duty of every tier covers; a slot if none is."""
    longest = min((tier.max_minutes for tier in tiers), default=DAY_MINUTES)
    return next((length for length in BLOCKS if length <= longest and length % minutes == 0), minutes)


def gaps_of(season: Season, tiers: Sequence[EchelonTier], policy: SizingPolicy) -> Gaps:
    """Gaps of a season; heads needed at the mean calls of a block, as the luck of single slots evens out in it."""
    need, grid = season.requirement, season.requirement.grid
    length = block_minutes(tiers, grid.minutes)
    key = grid.day_of_slot * (DAY_MINUTES // length + 1) + np.minimum((grid.wall_minute // length), DAY_MINUTES // length)
    edges = np.flatnonzero(np.diff(key, prepend=-1))
    slots = np.diff(np.append(edges, grid.size))
    hours = slots * grid.minutes / 60
    wanted = _wanted(season, edges, slots)
    there = np.add.reduceat(need.heads, edges, axis=1) / slots
    missing = wanted * (1 - policy.tolerated_share) - there
    at = np.nonzero(missing > 0)
    scenario, queue, block = (index.astype(np.int64) for index in at)
    short, bend = missing[at] * hours[block], policy.deep_share * wanted[at] * hours[block]
    price = np.array([one.under_cost for one in season.queues])[queue]
    each = Gaps(
        np.tile(scenario, 2),
        np.tile(grid.day_of_slot[edges[block]], 2),
        np.concatenate([np.minimum(short, bend), np.maximum(short - bend, 0.0)]),
        np.concatenate([price, policy.deep_factor * price]),
        np.tile(_reach(season, tiers, at, edges, hours), (2, 1)),
        len(season.calls),
        np.array([12 * day.year + day.month for day in grid.horizon.dates], dtype=np.int64),
    )
    return merged(each)


def merged(gaps: Gaps) -> Gaps:
    """The same gaps, those of one day with one price and one reach as one."""
    some = gaps.hours > 0
    alike: FloatArray = np.column_stack([gaps.scenario, gaps.day, gaps.price, gaps.reach]).astype(np.float64)[some]
    keys, place = np.unique(alike, axis=0, return_inverse=True)
    scenario, day = keys[:, :2].astype(np.int64).T
    hours = np.bincount(place.ravel(), gaps.hours[some], minlength=len(keys)).astype(np.float64)
    return Gaps(scenario, day, hours, keys[:, 2], keys[:, 3:], gaps.scenarios, gaps.month)


def _wanted(season: Season, edges: IntArray, slots: IntArray) -> FloatArray:
    """Heads needed in each block; shape (scenarios, queues, blocks)."""
    need, minutes = season.requirement, season.requirement.grid.minutes
    calls = np.add.reduceat(season.calls, edges, axis=2) / slots
    wanted = np.zeros(calls.shape)
    for row, queue in enumerate(season.queues):
        top = max(float(calls[:, row].max()), 1.0)
        knots = np.concatenate([[0.0], np.geomspace(0.1, top, KNOTS)])
        handle = float(np.average(need.handle_time_s[row], weights=need.calls[row] + 1e-9))
        heads = least_agents(knots / (60 * minutes), handle, queue.staffing_patience_s, queue.target)[0]
        is_open = np.add.reduceat((need.heads[row] > 0).astype(np.float64), edges) / slots
        away = np.add.reduceat(need.shrinkage[row], edges) / slots
        staff = np.maximum(np.interp(calls[:, row], knots, heads), queue.min_staff * is_open)
        wanted[:, row] = staff / (1 - away)
    return wanted


def _reach(
    season: Season, tiers: Sequence[EchelonTier], at: tuple[IntArray, ...], edges: IntArray, hours: FloatArray
) -> FloatArray:
    """Hours that members are on the phones: the whole block if its calls are foreseen, from an outage plus the notice on if not."""
    scenario, queue, block = at
    known = np.full((len(season.calls), len(season.queues), len(edges)), -1, dtype=np.int64)
    for one, row, first, end in season.alarms:
        touched = slice(max(int(np.searchsorted(edges, first, side="right")) - 1, 0), int(np.searchsorted(edges, end)))
        known[one, row, touched] = np.maximum(known[one, row, touched], first)
    minutes = season.requirement.grid.minutes
    alarm, start = known[scenario, queue, block], edges[block]
    reach = np.zeros((len(block), len(tiers)))
    for i, tier in enumerate(tiers):
        there = np.where(alarm >= 0, (alarm - start) * minutes / 60 + tier.notice_minutes / 60, 0.0)
        serves = np.array([not tier.queues or one.id in tier.queues for one in season.queues])[queue]
        reach[:, i] = np.where(serves, np.clip(hours[block] - np.maximum(there, 0.0), 0.0, None), 0.0)
    return reach
