"""How many may be away: the quotas of every day, week and skill group, and the chance that each day runs.

Agents are looked at in pools: all who answer one of some queues, against the need of these queues. Each queue is a pool, so are the
queues of each skill group, and all queues: a pool that can serve its queues is Hall's condition for dealing agents out, asked here
for those sets that bind in practice (house choice). On a day a pool has its agents less those away; in a week it has what their
rules let them work, for rest days may be moved within the week and no further.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.leave_plan import LeavePolicy, LeaveQuota, QuotaKind
from optimizer.rostering.leave.capacity import Capacity, capacity_of
from optimizer.rostering.leave.need import Cover, cover_of, slot_needs
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.requests.desk import Chance

LEVELS = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97)
"""Chances at which the need of a day is known; between them it runs straight, and above the last it falls to nothing at 1."""

FIT_LEVEL = 0.2
"""Chance at which shifts are fitted to the need of the intervals; at others paid time follows agent-hours (house choice)."""

EPSILON = 1e-6
"""Shifts below which a difference is rounding."""


@dataclass(frozen=True, eq=False)
class Pool:
    """Agents who answer one of some queues, and what these need.

    Parameters
    ----------
    queues : tuple of str
    groups : array of bool, shape (groups,)
        Skill groups of the agents.
    members : array of bool, shape (agents,)
    need : array of float, shape (levels + 1, days)
        Shifts needed at each chance of `LeaveRoom.levels`; the last, at 1, is nothing.
    shift_minutes : float
        Paid minutes of the longest usual shift of the members, in which shifts are counted.
    """

    queues: tuple[str, ...]
    groups: BoolArray
    members: BoolArray
    need: FloatArray
    shift_minutes: float


@dataclass(frozen=True, eq=False)
class Limit:
    """A quota, for whom and when, in numbers.

    Parameters
    ----------
    quota : LeaveQuota
    groups : array of bool, shape (groups,)
        Skill groups that it counts.
    first, end : int
        Days.
    """

    quota: LeaveQuota
    groups: BoolArray
    first: int
    end: int


@dataclass(frozen=True, eq=False)
class LeaveRoom:
    """What the days of a problem need and its agents can work.

    Parameters
    ----------
    levels : array of float, shape (levels + 1,)
        Chances, rising to 1.
    pools : tuple of Pool
    """

    problem: RosterProblem
    policy: LeavePolicy
    capacity: Capacity
    levels: FloatArray
    pools: tuple[Pool, ...]

    @property
    def borne(self) -> int:
        """Level of the chance that is borne."""
        return int(np.flatnonzero(self.levels == self.policy.most_chance)[0])

    @property
    def weeks(self) -> list[tuple[int, int]]:
        """First day and end of each calendar week, cut at the edges."""
        days = enumerate(self.problem.grid.horizon.dates)
        found = [[d for d, _ in week] for _, week in groupby(days, key=lambda one: one[1].isocalendar()[:2])]
        return [(week[0], week[-1] + 1) for week in found]

    def lost(self, away: BoolArray, first: int, end: int) -> IntArray:
        """Shifts that each agent loses by leave in some days: one a day, no more than could be worked; shape (agents,)."""
        return np.minimum(away[:, first:end].sum(axis=1), most_lost(self.capacity, end - first))

    def plannable(self, pool: Pool, away: BoolArray, first: int, end: int) -> float:
        """Shifts that a pool can work in some days without those away."""
        left = self.capacity.workdays * (end - first) - self.lost(away, first, end)
        return self._shifts(pool, np.asarray(np.maximum(left, 0.0), dtype=np.float64))

    def present(self, pool: Pool, away: BoolArray) -> FloatArray:
        """Shifts that a pool could work on each day by itself; shape (days,)."""
        return np.array([self._shifts(pool, (~away[:, d]).astype(np.float64)) for d in range(away.shape[1])])

    def _shifts(self, pool: Pool, shifts: FloatArray) -> float:
        return float((shifts * self.capacity.shift_minutes)[pool.members].sum() / max(pool.shift_minutes, 1.0))

    def limits(self, away: BoolArray) -> tuple[Limit, ...]:
        """All quotas beside those who are away already.

        Parameters
        ----------
        away : array of bool, shape (agents, days)
        """
        return (*(limit for pool in self.pools for limit in self._of_pool(pool, away)), *self._shares(away))

    def _of_pool(self, pool: Pool, away: BoolArray) -> Iterator[Limit]:
        need, present = pool.need[self.borne], self.present(pool, away)
        for d in range(away.shape[1]):
            yield self._limit("day", pool, away, (d, d + 1), float(need[d]), float(present[d]))
        for first, end in self.weeks:
            yield self._limit(
                "week", pool, away, (first, end), float(need[first:end].sum()), self.plannable(pool, away, first, end)
            )

    def _limit(self, kind: QuotaKind, pool: Pool, away: BoolArray, span: tuple[int, int], need: float, plannable: float) -> Limit:
        dates, lost = self.problem.grid.horizon.dates, self.lost(away, *span)
        quota = LeaveQuota(
            kind=kind,
            queues=pool.queues,
            first=dates[span[0]],
            last=dates[span[1] - 1],
            agents=int(pool.members.sum()),
            away=int(lost[pool.members].sum()),
            need=need,
            plannable=plannable,
            shift_hours=pool.shift_minutes / 60,
            quota=max(0, int(np.floor(plannable - need + EPSILON))),
        )
        return Limit(quota, pool.groups, *span)

    def _shares(self, away: BoolArray) -> Iterator[Limit]:
        """How many of each skill group may be away on each day."""
        for number, queues in enumerate(self.problem.groups):
            members = self.problem.group_of == number
            agents = int(members.sum())
            most = max(1, int(self.policy.most_share * agents + EPSILON))
            for d, day in enumerate(self.problem.grid.horizon.dates):
                gone = int(away[members, d].sum())
                numbers = {"agents": agents, "away": gone, "need": agents - most, "plannable": agents - gone}
                quota = LeaveQuota(kind="share", queues=queues, first=day, last=day, quota=max(0, most - gone), **numbers)
                yield Limit(quota, np.arange(len(self.problem.groups)) == number, d, d + 1)

    def chances(self, pool: Pool, away: BoolArray) -> FloatArray:
        """Chance that a pool cannot staff each day to the target of its queues; shape (days,).

        The least chance at which the day's own need, and that of all days of its week together, can be worked.
        """
        own = np.array([self._chance(need, have) for need, have in zip(pool.need.T, self.present(pool, away), strict=True)])
        for first, end in self.weeks:
            need = pool.need[:, first:end].sum(axis=1)
            own[first:end] = np.maximum(own[first:end], self._chance(need, self.plannable(pool, away, first, end)))
        return own

    def _chance(self, need: FloatArray, have: float) -> float:
        """Where a need that falls with the chance borne meets what there is."""
        if need[0] <= have + EPSILON:
            return 0.0 if not need[0] else float(self.levels[0])
        return float(np.interp(-have, -need, self.levels))


def most_lost(capacity: Capacity, days: int) -> IntArray:
    """Most shifts that each agent can lose in some days: those that could be worked, one at least; shape (agents,)."""
    return np.maximum(np.rint(capacity.workdays * days), 1).astype(np.int64)


def leave_room(problem: RosterProblem, chance: Chance, policy: LeavePolicy) -> LeaveRoom:
    """Look at the days of a problem.

    Parameters
    ----------
    problem : RosterProblem
        Without history: its days are those that leave is asked for.
    chance : Chance
        Of missing the target of a queue in some slots with so many agents.
    """
    levels = np.array(sorted({*LEVELS, FIT_LEVEL, policy.most_chance, 1.0}))
    needs = slot_needs(problem, chance, levels[:-1])
    capacity, cover = capacity_of(problem), cover_of(problem)
    bare = LeaveRoom(problem, policy, capacity, levels, ())
    pools = [_pool(bare, cover, needs, queues) for queues in _queue_sets(problem)]
    return LeaveRoom(problem, policy, capacity, levels, tuple(pools))


def _queue_sets(problem: RosterProblem) -> list[tuple[str, ...]]:
    """Queues of the pools: of those that the same agents answer, the largest set."""
    queues = tuple(sorted(problem.requirement.queues))
    asked = {*((queue,) for queue in queues), *problem.groups, queues}
    kept = {_groups(problem, one).tobytes(): one for one in sorted(asked, key=lambda one: (len(one), one))}
    return [one for one in kept.values() if _groups(problem, one).any()]


def _groups(problem: RosterProblem, queues: tuple[str, ...]) -> BoolArray:
    """Skill groups that answer one of some queues; shape (groups,)."""
    return np.array([not set(queues).isdisjoint(group) for group in problem.groups])


def _pool(room: LeaveRoom, cover: Cover, needs: FloatArray, queues: tuple[str, ...]) -> Pool:
    """A pool with its need: that of shifts at one chance, at others in proportion to the agent-hours needed."""
    problem, groups = room.problem, _groups(room.problem, queues)
    members = groups[problem.group_of]
    rows = [problem.requirement.queues.index(queue) for queue in queues if queue in problem.requirement.queues]
    codes = {code for a in np.flatnonzero(members) for code in problem.centre.contract(problem.agents[a].contract).shifts}
    longest = float(room.capacity.shift_minutes[members].max())
    slots, days = needs[:, rows].sum(axis=1), problem.grid.day_of_slot
    fitted = int(np.flatnonzero(room.levels == FIT_LEVEL)[0])
    paid = cover.paid(slots[fitted], frozenset(codes), days, room.policy.most_short) / max(longest, 1.0)
    hours = np.array([np.bincount(days, weights=level, minlength=len(paid)) for level in slots])
    ratio = np.divide(hours, hours[fitted], out=np.zeros_like(hours), where=hours[fitted] > 0)
    return Pool(queues, groups, members, np.vstack([paid * ratio, np.zeros(len(paid))]), longest)
