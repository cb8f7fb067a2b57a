"""What missing agents cost: heads needed as the calls come, less those who are there, at the price of the queue."""

from dataclasses import dataclass

import numpy as np

from data.model.base import FloatArray
from data.model.centre import Queue
from optimizer.response.stopping.level import BELIEFS, Level, beyond
from optimizer.staffing.queueing import least_agents

KNOTS = 25
"""Call rates at which the heads needed are computed exactly; straight between them."""
KNOT_REACH = 5.0
"""How far they lie around the median, in standard deviations of the log rate."""


@dataclass(frozen=True, eq=False)
class Shortage:
    """Cost of the slots of a stretch; slots before it cost nothing.

    Parameters
    ----------
    level : Level
    first : int
        First slot of the stretch.
    knots : array of float, shape (slots, KNOTS)
        Logs of call rates, ascending.
    heads : array of float, shape (slots, KNOTS)
        Heads that they need, before shrinkage.
    there : array of float, shape (slots,)
        Heads rostered.
    price : float
        Cost of one head missing for one slot.
    """

    level: Level
    first: int
    knots: FloatArray
    heads: FloatArray
    there: FloatArray
    price: float

    def cost(self, k: int, extra: FloatArray) -> FloatArray:
        """Expected cost of slot k for each belief about the level, with so many heads more; shape (extra, beliefs).

        Heads run straight between the knots, so that what is missing is a sum of hinges in the log of the rate, each of which has
        a normal expectation in closed form.
        """
        if k < self.first:
            return np.zeros((len(extra), len(BELIEFS)))
        level, knots, heads = self.level, self.knots[k], self.heads[k]
        centre = (level.log_rate[k] + level.common[k] * BELIEFS)[:, None]
        spread = float(np.sqrt(level.common[k] ** 2 * level.variance[k] + level.own[k] ** 2))
        slope = np.append(np.diff(heads) / np.diff(knots), 0.0)
        turns = np.diff(slope, prepend=0.0) * beyond(centre - knots, spread)
        later = np.cumsum(turns[:, ::-1], axis=1)[:, ::-1]
        later = np.pad(later, ((0, 0), (0, 1)))
        there = self.there[k] + extra
        at = np.searchsorted(heads, there, side="right") - 1
        low = np.maximum(at, 0)
        root = knots[low] + np.divide(there - heads[low], slope[low], out=np.zeros_like(there), where=slope[low] > 0)
        missing = slope[low] * beyond(centre - root, spread) + later[:, low + 1]
        below = heads[0] - there + later[:, [0]]
        return self.price * np.where(at < 0, below, missing).T


def shortage(
    level: Level, first: int, queue: Queue, handle_time_s: FloatArray, shrinkage: FloatArray, there: FloatArray, minutes: int
) -> Shortage:
    """Cost of a stretch of a queue, by the target of the queue.

    Parameters
    ----------
    handle_time_s, shrinkage, there : array of float, shape (slots,)
        There: heads rostered, before shrinkage.
    minutes : int
        Of a slot.
    """
    reach = KNOT_REACH * np.maximum(np.hypot(level.common, level.own), 1e-6)
    knots = level.log_rate[:, None] + reach[:, None] * np.linspace(-1, 1, KNOTS)
    rates, patience = np.exp(knots) / (60 * minutes), np.full(knots.shape, queue.staffing_patience_s)
    on_phone = least_agents(rates, np.broadcast_to(handle_time_s[:, None], knots.shape), patience, queue.target)[0]
    heads = np.maximum(on_phone, queue.min_staff) / (1 - shrinkage[:, None])
    return Shortage(level, first, knots, heads, there, queue.under_cost * minutes / 60)
