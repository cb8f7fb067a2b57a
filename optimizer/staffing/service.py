"""What simulated callers met: counts and waits by slot of arrival, and the rates that follow from them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from data.model.base import FloatArray, IntArray, sealed
from data.model.centre import ServiceLevelDefinition

COUNTS = (
    "offered",
    "answered",
    "answered_in_time",
    "reached_in_time",
    "abandoned",
    "abandoned_short",
    "blocked",
    "redialled",
)
WAITS = ("wait_sum", "abandoned_wait_sum")


def ratio(good: ArrayLike, base: ArrayLike) -> FloatArray:
    """Quotient; NaN where there is nothing to divide by."""
    base = np.asarray(base, dtype=np.float64)
    return np.divide(good, base, out=np.full(base.shape, np.nan), where=base > 0)


@dataclass(frozen=True, eq=False)
class CallCounts:
    """What happened to the calls, by slot of arrival; all arrays have one shape.

    Rates are sums over sums, never means of rates; NaN where nothing was offered or answered.

    Parameters
    ----------
    offered, answered, abandoned, blocked : array of int
        Calls; offered = answered + abandoned + blocked.
    answered_in_time, abandoned_short : array of int
        Those answered, or lost, within the threshold.
    reached_in_time : array of int
        Calls whose wait would have been within the threshold had their caller not hung up (virtual wait).
    redialled : array of int
        Calls among the offered that are redials.
    wait_sum, abandoned_wait_sum : array of float
        Seconds waited by the answered and by the lost.
    """

    offered: IntArray
    answered: IntArray
    answered_in_time: IntArray
    reached_in_time: IntArray
    abandoned: IntArray
    abandoned_short: IntArray
    blocked: IntArray
    redialled: IntArray
    wait_sum: FloatArray
    abandoned_wait_sum: FloatArray

    def __post_init__(self) -> None:
        for names, dtype in ((COUNTS, np.int64), (WAITS, np.float64)):
            for name in names:
                object.__setattr__(self, name, sealed(getattr(self, name), dtype, self.offered.shape, name))

    def levels(self, definition: ServiceLevelDefinition, axis: int | tuple[int, ...] | None = None) -> FloatArray:
        """Service level over some axes; over all for None."""
        good, base = {
            "offered": (self.answered_in_time, self.offered),
            "answered": (self.answered_in_time, self.answered),
            "offered_less_short": (self.answered_in_time, self.offered - self.abandoned_short),
            "answered_or_short": (self.answered_in_time + self.abandoned_short, self.offered),
            "virtual_wait": (self.reached_in_time, self.offered),
        }[definition]
        return ratio(good.sum(axis=axis), base.sum(axis=axis))

    def abandon_rates(self, axis: int | tuple[int, ...] | None = None) -> FloatArray:
        """Abandoned / offered."""
        return ratio(self.abandoned.sum(axis=axis), self.offered.sum(axis=axis))

    def answer_rates(self, axis: int | tuple[int, ...] | None = None) -> FloatArray:
        """Answer rate 接通率: answered / offered."""
        return ratio(self.answered.sum(axis=axis), self.offered.sum(axis=axis))

    def mean_waits_s(self, axis: int | tuple[int, ...] | None = None) -> FloatArray:
        """Average speed of answer: mean wait of the answered, seconds."""
        return ratio(self.wait_sum.sum(axis=axis), self.answered.sum(axis=axis))
