"""The live register 可应急资源: hour by hour, how many of each echelon may be called and can be reached, and why the rest may not.

Protected members are counted and never named.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from data.model.base import IntArray
from data.model.centre import EchelonTier
from data.model.time import epoch_minutes
from optimizer.response.echelon.calling import judged
from optimizer.response.echelon.limits import Limits, Span
from optimizer.response.echelon.reserve import CAUSES, Reserve

Who = Callable[[datetime], Collection[str]]
"""Agents of whom something holds at an instant."""


@dataclass(frozen=True, slots=True)
class Ready:
    """How many members of an echelon at a site could come for a queue if they were called at an instant.

    Parameters
    ----------
    at : datetime
        Of the call; the duty begins after the notice of the tier and is as long as the tier allows.
    members, able : int
    standby : int
        Of those who are able, how many are on the duty list when the duty begins.
    causes : mapping of str to int
        Why the others may not be called, by the names of `optimizer.response.echelon.reserve.CAUSES`.
    """

    at: datetime
    echelon: str
    queue: str
    site: str
    members: int
    able: int
    standby: int
    causes: Mapping[str, int]


def register(
    reserve: Reserve,
    tiers: Sequence[EchelonTier],
    queues: Sequence[str],
    times: Sequence[datetime],
    limits: Limits,
    *,
    overtime_day_minutes: int,
    standby: Who = lambda _: (),
    unreachable: Who = lambda _: (),
    declined: Who = lambda _: (),
) -> tuple[Ready, ...]:
    """Everyone who may be called, for calls at some times; sites without members of a tier are left out.

    Parameters
    ----------
    times : sequence of datetime
    overtime_day_minutes : int
        A duty that is longer needs an approver, who lifts the limits of overtime.
    standby, unreachable, declined : callable
        Who is on the duty list, cannot be reached and has declined that day, at an instant.
    """
    found = list[Ready]()
    for at in times:
        for tier in sorted(tiers, key=lambda tier: (tier.tier, tier.id)):
            rows, start = reserve.members(tier), epoch_minutes(at) + tier.notice_minutes
            span = Span(start, start + tier.max_minutes, str(at.tzinfo))
            causes = judged(
                reserve, rows, tier, "", span, limits.lifted(span.minutes > overtime_day_minutes),
                unreachable=unreachable(at), declined=declined(at),
            )  # fmt: skip
            named = [reserve.row[agent] for agent in standby(span.local_start) if agent in reserve.row]
            found += _counted(reserve, tier, queues, at, rows, causes, np.isin(rows, named).astype(np.int64))
    return tuple(found)


def _counted(
    reserve: Reserve, tier: EchelonTier, queues: Sequence[str], at: datetime, rows: IntArray, causes: IntArray, standby: IntArray
) -> list[Ready]:
    """One line for each queue that the tier may serve and each site of its members."""
    site_names = [reserve.agents[row].site for row in rows.tolist()]
    sites = sorted(set(site_names))
    place, wide = np.array([sites.index(name) for name in site_names], dtype=np.int64), len(CAUSES) + 1
    skill = CAUSES.index("skill") + 1
    found = list[Ready]()
    for queue in (queue for queue in queues if not tier.queues or queue in tier.queues):
        own = np.where(reserve.skilled(queue)[rows], causes, skill)
        counts = np.bincount(place * wide + own, minlength=len(sites) * wide).reshape(len(sites), wide)
        ready = np.bincount(place, standby * (own == 0), minlength=len(sites)).astype(int)
        for site, row, stand_by in zip(sites, counts.tolist(), ready.tolist(), strict=True):
            told = {cause: count for cause, count in zip(CAUSES, row[1:], strict=True) if count}
            found.append(Ready(at, tier.id, queue, site, sum(row), row[0], stand_by, told))
    return found
