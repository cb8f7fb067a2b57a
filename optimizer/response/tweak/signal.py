"""When an act that costs somebody something may be proposed: a spike of one interval is not a trend.

Overtime and a call-in ask for more calls than were forecast in several intervals in a row, or for a rest of the day that is at
risk even when those intervals are ignored; early leave for fewer calls, or a rest of the day that is calm without them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.model.base import FloatArray, IntArray
from data.model.demand import LEVELS
from data.model.proposal import ProposalPolicy


@dataclass(frozen=True, slots=True)
class Signal:
    """What the last intervals and the rest of the day say of a queue.

    Parameters
    ----------
    beside : tuple of int
        Of each of the last intervals: more calls than expected (1), fewer (-1), as expected or not known (0).
    sustained, highest : float
        Chance of missing the target that so many intervals in a row of the rest of the day reach, and the highest one, as they
        were foreseen before the last intervals.
    more, less : bool
        Whether acts that cost somebody something may be proposed: overtime and call-in, and early leave.
    """

    queue: str
    beside: tuple[int, ...]
    sustained: float
    highest: float
    more: bool
    less: bool


def beside_forecast(counts: FloatArray, quantiles: FloatArray, band: float) -> IntArray:
    """Whether calls lie above (1), below (-1) or within (0) the middle band of their forecast.

    Parameters
    ----------
    counts : array of float, shape (...)
        Calls that came; NaN = not known, which is within.
    quantiles : array of float, shape (..., len(LEVELS))
        Foreseen before they came.
    band : float
        Share of the distribution, in (0, 1); its edges are the levels next to them.
    """
    edges = ((1 - band) / 2, (1 + band) / 2)
    low, high = (int(np.argmin(np.abs(np.array(LEVELS) - edge))) for edge in edges)
    return (counts > quantiles[..., high]).astype(np.int64) - (counts < quantiles[..., low])


def sustained(chances: FloatArray, intervals: int) -> float:
    """Highest chance that so many intervals in a row reach; 0 if there are fewer of them.

    Parameters
    ----------
    chances : array of float, shape (intervals,)
    """
    if len(chances) < intervals:
        return 0.0
    return float(np.lib.stride_tricks.sliding_window_view(chances, intervals).min(axis=-1).max())


def signal_of(queue: str, beside: Sequence[int], chances: FloatArray, policy: ProposalPolicy) -> Signal:
    """The two-interval rule, and the risk rule beside it.

    Parameters
    ----------
    beside : sequence of int
        The last intervals, oldest first, as of `beside_forecast`; only the last ``policy.intervals`` of them count.
    chances : array of float, shape (intervals,)
        Chance of missing the target in the rest of the day, foreseen before those intervals: a spike is not in it.
    policy : ProposalPolicy

    References
    ----------
    House choice; an interval leaves a band of 80 % on one side by chance once in ten, two in a row once in a hundred.
    """
    last = tuple(int(one) for one in beside[-policy.intervals :])
    whole = len(last) == policy.intervals
    reached, highest = sustained(chances, policy.intervals), float(chances.max(initial=0.0))
    more = (whole and all(one > 0 for one in last)) or reached >= policy.risk_threshold
    less = not more and ((whole and all(one < 0 for one in last)) or highest <= policy.calm_threshold)
    return Signal(queue, last, reached, highest, more, less)
