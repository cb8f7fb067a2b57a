"""What is known of the calls to come, and how much the next intervals will say.

The log of the call rate of slot k is ``m[k] + c[k] L + o[k] e[k]``: a level L that the slots of the day share, and noise e of
the slot alone, all standard normal. The calls are Poisson about it. So what is known of L stays Gaussian (Kalman): a slot seen
lowers its variance by a known amount, and the mean of what is believed moves by a normal step of that variance, up as likely as
down.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtr

from data.model.base import FloatArray, IntArray
from data.model.demand import LEVELS
from optimizer.response.warning.distribution import MEDIAN, PROBITS
from optimizer.response.warning.warn import rate_quantiles

REACH = 4.5
"""Half width of the lattice of beliefs, in standard deviations of the level."""

POINTS = 45
"""Points of the lattice (house choice: values within 0.3 % of a lattice four times as fine)."""

LEAST_RATE = 0.05
"""Calls per slot below which the log of a rate is not followed."""

OUTER = (LEVELS.index(0.1), LEVELS.index(0.9))
WIDTH = float(PROBITS[OUTER[1]] - PROBITS[OUTER[0]])

BELIEFS: FloatArray = np.linspace(-REACH, REACH, POINTS)
STEP = float(BELIEFS[1] - BELIEFS[0])


@dataclass(frozen=True, eq=False)
class Level:
    """The model of the slots from the running one on; every array has shape (slots,).

    Parameters
    ----------
    log_rate : array of float
        Log of the median calls per slot.
    common, own : array of float
        Standard deviation of that log by the level, and by the slot alone.
    """

    log_rate: FloatArray
    common: FloatArray
    own: FloatArray

    @classmethod
    def of(cls, quantiles: FloatArray, common_share: float) -> "Level":
        """The model of a forecast; its Poisson noise is taken out first.

        Parameters
        ----------
        quantiles : array of float, shape (slots, len(LEVELS))
            Of counts.
        common_share : float
            Of the variance, in [0, 1].
        """
        logs = np.log(np.maximum(rate_quantiles(quantiles), LEAST_RATE))
        spread = (logs[:, OUTER[1]] - logs[:, OUTER[0]]) / WIDTH
        return cls(logs[:, MEDIAN], np.sqrt(common_share) * spread, np.sqrt(1 - common_share) * spread)

    @cached_property
    def variance(self) -> FloatArray:
        """Variance of the level as it is known before each slot, and after the last; shape (slots + 1,), 1 at first.

        A log of a Poisson count about a rate r has variance ``1 / r``.
        """
        noise = self.own**2 + np.exp(-self.log_rate)
        return 1 / (1 + np.concatenate([[0.0], np.cumsum(self.common**2 / noise)]))

    def transitions(self, moments: IntArray) -> list[FloatArray]:
        """Chance of each belief at the next of some slots, given each one at the one before; shape (beliefs, beliefs) each."""
        return [_step(weights) for weights in _hats(_drawn_in(-np.diff(self.variance[moments])))]

    def calls(self, k: int, belief: float) -> float:
        """Calls of the slots before slot k that lead to a belief, if every slot lies off by the same level."""
        seen = 1 - self.variance[k]
        common, level = self.common[:k], belief / seen if seen > 0 else 0.0
        # a slot that has no part in the level lies where it is, however far off the level
        off = np.multiply(common, level, out=np.zeros(k), where=common > 0)
        return float(np.exp(self.log_rate[:k] + off).sum())


def beyond(apart: FloatArray, spread: FloatArray | float) -> FloatArray:
    """Expectation of what a normal number exceeds a bar by, from how far its mean lies above the bar.

    References
    ----------
    Bachelier's formula.
    """
    scale = np.maximum(spread, 1e-12)
    z = apart / scale
    return apart * ndtr(z) + scale * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def _step(weights: FloatArray) -> FloatArray:
    """Step on the lattice, by the weight of each move; what would leave it stays at its edges."""
    last = POINTS - 1
    wide = np.zeros((POINTS, 3 * POINTS))
    for row in range(POINTS):
        wide[row, row : row + weights.size] = weights
    low, high = POINTS, 2 * POINTS
    chance = wide[:, low:high].copy()
    chance[:, 0] += wide[:, :low].sum(axis=1)
    chance[:, last] += wide[:, high:].sum(axis=1)
    return chance


def _hats(spread: FloatArray) -> FloatArray:
    """Expectation of the hat function on the points around the one that a normal step starts from; shape (steps, moves).

    It is exact for what runs straight between the points.
    """
    places: FloatArray = STEP * np.arange(POINTS + 1, -POINTS - 2, -1, dtype=np.float64)
    above = beyond(places, spread[:, None])
    return np.maximum(np.diff(above, 2) / STEP, 0.0)


def _drawn_in(variance: FloatArray) -> FloatArray:
    """Spread of the normal steps whose hats have a variance, by bisection: a move between two points, shared by them, adds some."""
    squares = (STEP * np.arange(-POINTS, POINTS + 1)) ** 2
    low, high = np.zeros(len(variance)), np.sqrt(variance)
    for _ in range(30):
        spread = (low + high) / 2
        over = _hats(spread) @ squares > variance
        low, high = np.where(over, low, spread), np.where(over, spread, high)
    return low
