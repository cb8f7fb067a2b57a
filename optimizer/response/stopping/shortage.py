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
        """Expected cost of a slot of the stretch for each belief, with so many heads more; shape (extra, beliefs)."""
        common = self.level.common[k]
        spread = float(np.hypot(common * np.sqrt(self.level.variance[k]), self.level.own[k]))
        return self.price * self._missing(k, self.level.log_rate[k] + common * BELIEFS, spread, extra)

    def never(self) -> float:
        """Expected cost of the stretch if nobody is called: no belief between now and then matters."""
        level, nobody = self.level, np.zeros(1)
        spreads = np.hypot(level.common, level.own)
        slots = range(self.first, len(self.there))
        return self.price * sum(float(self._missing(k, level.log_rate[[k]], spreads[k], nobody)[0, 0]) for k in slots)

    def _missing(self, k: int, centre: FloatArray, spread: float, extra: FloatArray) -> FloatArray:
        """Expected heads missing in slot k about some centres of the log rate; shape (extra, centres).

        Heads run straight between the knots, so that what is missing is a sum of hinges in the log of the rate, each of which has
        a normal expectation in closed form.
        """
        knots, heads, at = self.knots[k], self.heads[k], centre[:, None]
        slope = np.append(np.diff(heads) / np.diff(knots), 0.0)
        turns = np.diff(slope, prepend=0.0) * beyond(at - knots, spread)
        later = np.zeros((len(centre), len(knots) + 1))
        later[:, :-1] = np.cumsum(turns[:, ::-1], axis=1)[:, ::-1]
        there = self.there[k] + extra
        below = np.searchsorted(heads, there, side="right") - 1
        low = np.maximum(below, 0)
        root = knots[low] + np.divide(there - heads[low], slope[low], out=np.zeros_like(there), where=slope[low] > 0)
        missing = slope[low] * beyond(at - root, spread) + later[:, low + 1]
        return np.where(below < 0, heads[0] - there + later[:, [0]], missing).T


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
