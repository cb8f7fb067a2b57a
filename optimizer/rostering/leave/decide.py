"""All wishes for leave decided together: leave as of right, then the auction within what is left, then offers to those refused."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

import numpy as np

from data.model.base import BoolArray
from data.model.leave_plan import DayOfLeave, LeaveDecision, LeavePlan, LeaveQuota, LeaveWish, Span
from data.model.people import Absence
from data.model.time import Horizon
from optimizer.rostering.leave.auction import Award
from optimizer.rostering.leave.hall import Hall, span_of
from optimizer.rostering.leave.outcome import Outcome
from optimizer.rostering.leave.room import LeaveRoom, Pool
from optimizer.rostering.leave.wording import as_of_right, on_leave

Quotas = Mapping[tuple[str, tuple[str, ...], int], LeaveQuota]
"""By kind, queues and first day."""


def concerned(room: LeaveRoom, wishes: Sequence[LeaveWish]) -> tuple[LeaveWish, ...]:
    """Wishes that are decided on for the days of a room: those within them, and leave as of right that touches them."""
    horizon = room.problem.grid.horizon
    inside = [one for one in wishes if _lies(one, horizon, whole=one.code not in room.policy.statutory)]
    return tuple(sorted(inside, key=lambda one: one.id))


def _lies(wish: LeaveWish, horizon: Horizon, *, whole: bool) -> bool:
    """Whether a wish lies within some days, or at least touches them."""
    first, last = (wish.first, wish.last) if whole else (wish.last, wish.first)
    return horizon.first <= first and last <= horizon.last


def plan_leave(room: LeaveRoom, wishes: Sequence[LeaveWish], refused: Mapping[str, float]) -> LeavePlan:
    """Decide all wishes for the days of a room, beside the leave that its problem holds already.

    Parameters
    ----------
    wishes : sequence of LeaveWish
        Of known agents; those that are not `concerned` are left out.
    refused : mapping of str to float
        Wishes that each agent was refused before; nothing = none.
    """
    asked, policy, before = concerned(room, wishes), room.policy, room.problem.leave >= 0
    right = list(_by_right(room, [wish for wish in asked if wish.code in policy.statutory]))
    held = _with(room, before, right)
    others = [wish for wish in asked if wish.code not in policy.statutory]
    clash = {wish.id for wish in others if held[room.problem.index[wish.agent], slice(*span_of(room, wish))].any()}
    free = tuple(wish for wish in others if wish.id not in clash)
    worth = np.array([policy.day_value(wish, refused.get(wish.agent, 0.0)) for wish in free])
    hall = Hall(room, free, worth, held, room.limits(held))
    found = hall.award() if free else Award(np.zeros(0, dtype=np.bool_), 0.0, 0.0)
    outcome = Outcome(hall, found.granted)
    decided = [*right, *(on_leave(wish) for wish in others if wish.id in clash), *outcome.decisions()]
    return LeavePlan(
        days=tuple(_days(hall, before, outcome.away)),
        quotas=tuple(limit.quota for limit in hall.limits),
        decisions=tuple(sorted(decided, key=lambda one: one.wish)),
        value=found.value,
        bound=found.bound,
    )


def _with(room: LeaveRoom, away: BoolArray, granted: Sequence[LeaveDecision]) -> BoolArray:
    """Who is away, with leave that was granted."""
    held, horizon = away.copy(), room.problem.grid.horizon
    for one in granted:
        for span in one.granted:
            first, last = (horizon.index(day) for day in span)
            held[room.problem.index[one.agent], max(first, 0) : max(last + 1, 0)] = True
    return held


def _by_right(room: LeaveRoom, wishes: Sequence[LeaveWish]) -> Iterator[LeaveDecision]:
    """Leave that the law gives, on the days on which the agent is not on leave already."""
    taken: dict[str, set[date]] = defaultdict(set)
    for one in room.problem.absences:
        taken[one.agent].update(_dates(one))
    for wish in wishes:
        spans = runs([day for day in _dates(wish) if day not in taken[wish.agent]])
        taken[wish.agent].update(_dates(wish))
        yield as_of_right(wish, spans) if spans else on_leave(wish)


def _dates(leave: Absence) -> list[date]:
    return [leave.first + timedelta(days=d) for d in range((leave.last - leave.first).days + 1)]


def runs(days: Sequence[date]) -> tuple[Span, ...]:
    """Runs of days, which come in order."""
    firsts = [day for day in days if day - timedelta(days=1) not in days]
    lasts = [day for day in days if day + timedelta(days=1) not in days]
    return tuple(zip(firsts, lasts, strict=True))


def _days(hall: Hall, before: BoolArray, after: BoolArray) -> Iterator[DayOfLeave]:
    """How each day stands, by the pool that has the least room for its size."""
    room, horizon = hall.room, hall.room.problem.grid.horizon
    chances = [np.max([room.chances(pool, away) for pool in room.pools], axis=0) for away in (before, after)]
    weeks = {d: week for week in room.weeks for d in range(*week)}
    of = {(one.quota.kind, one.quota.queues, one.first): one.quota for one in hall.limits}
    for d, day in enumerate(horizon.dates):
        bound = {pool.queues: _bound(pool, of, d, weeks[d][0], room) for pool in room.pools}
        pool = min(room.pools, key=lambda one: bound[one.queues] / max(1, int(one.members.sum())))
        own, week = of["day", pool.queues, d], of["week", pool.queues, weeks[d][0]]
        lost = [room.lost(away, *weeks[d])[pool.members].sum() for away in (hall.away, after)]
        yield DayOfLeave(
            day=day,
            queues=pool.queues,
            needed=own.need,
            plannable=min(own.plannable, own.need + week.plannable - week.need),
            quota=bound[pool.queues],
            granted=int((after & ~hall.away)[pool.members, d].sum()),
            week_quota=week.quota,
            week_granted=int(lost[1] - lost[0]),
            chance_before=float(chances[0][d]),
            chance=float(chances[1][d]),
        )


def _bound(pool: Pool, of: Quotas, d: int, week: int, room: LeaveRoom) -> int:
    """How many of a pool may be away on a day: what the shares of its skill groups add up to is a bound too."""
    groups = [group for group, counted in zip(room.problem.groups, pool.groups, strict=True) if counted]
    shares = sum(of["share", group, d].quota for group in groups)
    return min(of["day", pool.queues, d].quota, of["week", pool.queues, week].quota, shares)
