"""Why heads are missing that were not missing in the plan: exact shares of volume, handle time, absence, leave and skill mix.

Missing heads are ``max(0, need - on the phones)``, so what one cause brings depends on the others; each gets its mean over all
orders in which they could have come. The shares add up to the change since the plan, and with what was missing then to the missing
heads.

References
----------
Shapley, A value for n-person games (1953), doi:10.1515/9781400881970-018.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.response import Cause
from data.model.roster import Roster
from optimizer.rostering.coverage import Flow
from optimizer.rostering.explain.changes import flow_of
from optimizer.rostering.frame import presence
from optimizer.rostering.problem import RosterProblem

FACTORS: tuple[Cause, ...] = ("volume", "handle_time", "absence", "leave", "skill_mix")


@dataclass(frozen=True, eq=False)
class Drift:
    """What has changed since a plan, of any slots; all arrays of one shape but the first.

    Parameters
    ----------
    need : array of float, shape (2, 2, ...)
        Agents required on the phones by the calls as planned (0) or as foreseen now (1), and by the handle time likewise.
    planned : array of float
        Agents on the phones as planned.
    lost : dict
        Agents on the phones that each cause but volume and handle time takes; negative = gives.
    """

    need: FloatArray
    planned: FloatArray
    lost: dict[Cause, FloatArray]

    def missing(self, causes: Collection[Cause]) -> FloatArray:
        """Missing heads if only some causes had come."""
        phones = self.planned - sum((self.lost[cause] for cause in causes if cause in self.lost), np.zeros(self.planned.shape))
        return np.maximum(0.0, self.need[int("volume" in causes), int("handle_time" in causes)] - phones)


def shares(drift: Drift) -> dict[Cause, FloatArray]:
    """Missing heads by cause, with what was missing as planned; they add up to the missing heads of now."""
    found: dict[Cause, FloatArray] = {cause: _share(drift, cause) for cause in FACTORS}
    found["planned"] = drift.missing(())
    return found


def _share(drift: Drift, cause: Cause) -> FloatArray:
    others: tuple[Cause, ...] = tuple(one for one in FACTORS if one != cause)
    total = np.zeros(drift.planned.shape)
    for size in range(len(FACTORS)):
        weight = factorial(size) * factorial(len(FACTORS) - size - 1) / factorial(len(FACTORS))
        for before in combinations(others, size):
            total += weight * (drift.missing((*before, cause)) - drift.missing(before))
    return total


def flow_without(problem: RosterProblem, roster: Roster, away: BoolArray) -> tuple[Flow, IntArray]:
    """Agents put to the best use without some days of agents, and how many of each group are there; shape (groups, slots).

    Slots are the last ones of the grid, from the first open day on.

    Parameters
    ----------
    away : array of bool, shape (agents, days)
    """
    present = presence(problem, roster, ~away)
    return flow_of(problem, present), present


def taken(problem: RosterProblem, roster: Roster, whole: tuple[Flow, IntArray], away: BoolArray) -> FloatArray:
    """Agents that those who are away leave missing on each queue; shape (queues, slots).

    They count for the queues that their skill group answers when all are there, in the same shares.

    Parameters
    ----------
    whole : tuple
        Of `flow_without`, with nobody away.
    """
    flow, present = whole
    gone = presence(problem, roster, away)
    rate = np.divide(gone, present, out=np.zeros(present.shape), where=present > 0)
    return np.einsum("sgq,gs->qs", flow.placed.astype(np.float64), rate)
