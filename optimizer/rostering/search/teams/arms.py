"""Which neighbourhood comes next: how many agents, which ones, and which days, by what such neighbourhoods have gained."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from data.model.base import FloatArray, IntArray

SIZES, SPANS = (6, 9, 13, 19, 28, 42), (14, 28, 42)
"""Agents of a neighbourhood, everyone too; its days on a horizon of more than `LONG` days, all of them too."""
SIZES_OF_YEARS, SPANS_OF_YEARS = (28, 50), (14, 28)
"""The same on a horizon of more than `WHOLE` days, everyone too: many agents on few days gain by far the most (measured)."""
LONG, WHOLE = 42, 98
FADING = 0.05
"""Weight of the last neighbourhood in what is remembered of its kind (house choice)."""
CURIOUS = 0.1
"""Share of the best rate of gain that every kind is given (house choice)."""


@dataclass
class Arm:
    """A kind of neighbourhood.

    Parameters
    ----------
    agents, days : int
    effort : float
        Of one, in cells of the tables that were gone through; 0 = unknown.
    rate : float
        Gain for each of them.
    at : int
        First day of the next one: neighbourhoods of a kind lie side by side, one sweep over the horizon after the other.
    drawn : int
        How many have been learnt from.
    """

    agents: int
    days: int
    effort: float = 0.0
    rate: float = 0.0
    at: int = 0
    drawn: int = 0

    @property
    def size(self) -> float:
        """What effort is in proportion to as long as nothing else is known."""
        return float(self.agents**2 * self.days)

    def learn(self, gain: float, effort: int) -> None:
        """Remember what one came to."""
        self.drawn += 1
        weight = max(FADING, 1 / self.drawn)
        self.effort += weight * (effort - self.effort)
        self.rate += weight * (gain / max(1, effort) - self.rate)


class Choice(NamedTuple):
    """A neighbourhood: its kind, its agents, its first and last day."""

    arm: Arm
    rows: IntArray
    first: int
    end: int


class Arms:
    """All kinds of neighbourhoods of a team.

    Parameters
    ----------
    agents, days : int
    seed : int
    """

    def __init__(self, agents: int, days: int, seed: int):
        years = days > WHOLE
        sizes = [*(size for size in (SIZES_OF_YEARS if years else SIZES) if size < agents), agents]
        spans = SPANS_OF_YEARS if years else (*SPANS, days) if days > LONG else (days,)
        self.arms = [Arm(size, span) for size in sizes for span in spans]
        self.agents, self.days, self.rng = agents, days, np.random.default_rng(seed)

    def draw(self, promise: FloatArray) -> Choice:
        """The next neighbourhood: time goes to the kinds in proportion to their rates of gain, agents are drawn by promise."""
        rate = np.array([arm.rate for arm in self.arms])
        wanted = (rate + CURIOUS * rate.max() + 1e-9) / self._efforts()
        arm = self.arms[int(self.rng.choice(len(self.arms), p=wanted / wanted.sum()))]
        rows = np.sort(self.rng.choice(self.agents, arm.agents, replace=False, p=promise / promise.sum()))
        first, arm.at = arm.at, arm.at + arm.days
        if arm.at >= self.days:
            arm.at = 0 if arm.days == self.days else -int(self.rng.integers(arm.days))
        return Choice(arm, rows, max(first, 0), min(first + arm.days, self.days))

    def _efforts(self) -> FloatArray:
        """What one of each kind takes; what is not known yet is reckoned by the others."""
        known = [arm for arm in self.arms if arm.drawn]
        unit = sum(arm.effort for arm in known) / sum(arm.size for arm in known) if known else 1.0
        return np.array([arm.effort if arm.drawn else unit * arm.size for arm in self.arms]) + 1e-9
