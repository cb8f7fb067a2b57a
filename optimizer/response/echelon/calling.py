"""Whom of an echelon to ask next: of those who may be called, in a fixed order, and no more at once than are needed."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from data.model.base import IntArray
from data.model.call_out import CallOutBook
from data.model.centre import EchelonTier
from optimizer.response.echelon.limits import Limits, Span
from optimizer.response.echelon.reserve import CAUSES, REST_CAP_MINUTES, Reserve

UNREACHABLE, DECLINED = CAUSES.index("unreachable") + 1, CAUSES.index("declined") + 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member who may be called for a duty.

    Parameters
    ----------
    on_duty : bool
        On the duty list at its start.
    rest_minutes : int
        Shorter of the rests before and after the duty; more than two days count as two days.
    minutes : int
        Paid minutes of the roster and of emergency duties.
    """

    agent: str
    on_duty: bool
    rest_minutes: int
    minutes: int

    @property
    def rank(self) -> tuple[bool, int, int, str]:
        """Whom to ask first: on duty, then most rest, then fewest minutes, then by id (house choice)."""
        return not self.on_duty, -self.rest_minutes, self.minutes, self.agent


def judged(
    reserve: Reserve,
    rows: IntArray,
    tier: EchelonTier,
    queue: str,
    span: Span,
    limits: Limits,
    *,
    unreachable: Collection[str] = (),
    declined: Collection[str] = (),
) -> IntArray:
    """As `Reserve.causes`, and of those whom no law holds back who cannot be reached or has declined that day."""
    causes = reserve.causes(rows, tier, queue, span, limits)
    for cause, names in ((DECLINED, declined), (UNREACHABLE, unreachable)):
        held = np.isin(rows, [reserve.row[name] for name in names if name in reserve.row])
        causes = np.where((causes == 0) & held, cause, causes)
    return causes


def candidates(
    reserve: Reserve,
    tier: EchelonTier,
    queue: str,
    span: Span,
    limits: Limits,
    *,
    standby: Collection[str] = (),
    unreachable: Collection[str] = (),
    declined: Collection[str] = (),
) -> tuple[Candidate, ...]:
    """Members of a tier who may be called for a duty, in no order.

    Parameters
    ----------
    limits : Limits
        Those of overtime lifted if a named person approved (`Limits.lifted`).
    standby : collection of str
        Who is on the duty list at its start.
    unreachable, declined : collection of str
        Who cannot be reached now, and who has declined today.
    """
    rows = reserve.members(tier)
    causes = judged(reserve, rows, tier, queue, span, limits, unreachable=unreachable, declined=declined)
    able = rows[causes == 0]
    rests = np.minimum(reserve.rests(able, span), REST_CAP_MINUTES)
    named = zip(reserve.ids(able), rests.tolist(), reserve.minutes[able].tolist(), strict=True)
    return tuple(Candidate(agent, agent in standby, rest, minutes) for agent, rest, minutes in named)


def next_to_ask(
    book: CallOutBook, name: str, able: Iterable[Candidate], now: datetime, keeps: Callable[[str], bool] = lambda _: True
) -> tuple[str, ...]:
    """Members to ask now for a call-out: as many as there is room for, nobody who was asked before or is asked elsewhere.

    Parameters
    ----------
    able : iterable of Candidate
        Those who may be called.
    keeps : callable
        Last word on a member, asked of those whose turn it is alone: whether the roster with the duty in it breaks no rule.
    """
    room = book.room(name, now)
    out = {*book.states(name, now), *book.busy(now), *book.declined_on(now.date())}
    chosen: list[str] = []
    for one in sorted(able, key=lambda candidate: candidate.rank):
        if len(chosen) == room:
            break
        if one.agent not in out and keeps(one.agent):
            chosen.append(one.agent)
    return tuple(chosen)
