"""A timed call-in: members asked in their order, who accepts, who declines or does not answer, and when each is on the phones.

Each member is asked once in a drill. Whoever declines says so within the response window; whoever does not answer is given up at
its end, and then the next in line is asked. Every draw belongs to the seed, the replication and the member.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import ndtri

from data.model.base import FloatArray
from data.model.centre import EchelonTier
from data.model.response import CallOutPlan
from data.model.time import epoch_minutes
from optimizer.response.echelon.limits import Limits, Span
from optimizer.response.echelon.reserve import Reserve

SILENT = 0.5
"""Share of those who do not come who do not answer at all, rather than decline (house choice until call-outs say)."""

TRAVEL_LOG_SD = 0.2
"""Standard deviation of the log of the time from the call to the phones, whose mean is the notice of the tier (house choice)."""

CALLED = 21
"""Stream of random numbers of a call-in."""

Answer = Literal["accepted", "declined", "no_answer"]


@dataclass(frozen=True)
class Order:
    """So many members of a tier wanted for a queue.

    Parameters
    ----------
    span : Span
        Their duty.
    asked_at : int
        Epoch minute from which members are asked.
    line : tuple of int
        Members who may lawfully be called for the duty, whom to ask first; numbers among the reserve.
    """

    tier: EchelonTier
    queue: str
    span: Span
    asked_at: int
    heads: int
    line: tuple[int, ...]


class Call(NamedTuple):
    """One member asked; times in epoch minutes.

    Parameters
    ----------
    order, member : int
        Numbers of the order and of the member among the reserve.
    begins : float
        On the phones from then on, not before the duty; inf = does not come, or only when the duty is over.
    """

    order: int
    member: int
    asked: float
    answer: Answer
    begins: float


def orders_of(
    plan: CallOutPlan, tiers: Mapping[str, EchelonTier], members: Reserve, limits: Limits, now: int, zone: str
) -> tuple[Order, ...]:
    """The call-outs of a plan as orders: asked a response window before the last moment, not before `now` (epoch minutes).

    A plan that needs an approver is held to have one.
    """
    found = list[Order]()
    for one in plan.activations:
        tier, span = tiers[one.echelon], Span(epoch_minutes(one.start), epoch_minutes(one.end), zone)
        line = tuple(members.able(tier, one.queue, span, limits.lifted(one.needs_approval)).tolist())
        asked_at = max(now, epoch_minutes(one.call_by) - tier.response_minutes)
        found.append(Order(tier, one.queue, span, asked_at, len(one.members), line))
    return tuple(sorted(found, key=lambda order: order.asked_at))


def luck_of(members: int, seed: int, replication: int) -> FloatArray:
    """Three uniform numbers of each member: whether they come, when they answer, how long they travel; shape (members, 3)."""
    return np.random.default_rng((seed, CALLED, replication)).random((members, 3))


def mustered(orders: Sequence[Order], luck: FloatArray) -> tuple[Call, ...]:
    """Every call of a call-in, order by order.

    Parameters
    ----------
    luck : array of float, shape (members, 3)
        As from `luck_of`.
    """
    asked = set[int]()
    travel = np.exp(TRAVEL_LOG_SD * ndtri(luck[:, 2]) - TRAVEL_LOG_SD**2 / 2)
    calls = list[Call]()
    for number, order in enumerate(orders):
        mine = list(_called(number, order, asked, luck, travel))
        asked |= {call.member for call in mine}
        calls += mine
    return tuple(calls)


def _called(number: int, order: Order, asked: set[int], luck: FloatArray, travel: FloatArray) -> Iterator[Call]:
    """Calls of one order: a place that falls free is offered to the next in line at once."""
    tier, free = order.tier, [float(order.asked_at)] * order.heads
    for member in (one for one in order.line if one not in asked):
        if not free or free[0] + tier.notice_minutes >= order.span.end:
            return
        at, (comes, when, _) = heappop(free), luck[member].tolist()
        answered = at + when * tier.response_minutes
        if comes < tier.answer_share:
            arrives = max(at + tier.notice_minutes * float(travel[member]), float(order.span.start))
            yield Call(number, member, at, "accepted", arrives if arrives < order.span.end else np.inf)
        else:
            silent = comes >= 1 - SILENT * (1 - tier.answer_share)
            heappush(free, at + tier.response_minutes if silent else answered)
            yield Call(number, member, at, "no_answer" if silent else "declined", np.inf)
