"""Which neighbourhood comes next: how many agents, which ones, and which days, by what such neighbourhoods have gained."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from data.model.base import FloatArray, IntArray

SIZES = (6, 9, 13, 19, 28, 42)
"""Agents of a neighbourhood; everyone too."""
SPANS = (14, 28, 42)
"""Days of a neighbourhood on a horizon of more than `LONG` days; the whole horizon too."""
LONG = 42
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
        Lines sought for one.
    rate : float
        Gain for each of them.
    """

    agents: int
    days: int
    effort: float
    rate: float = 0.0

    def learn(self, gain: float, effort: int) -> None:
        """Remember what one came to."""
        self.effort += FADING * (effort - self.effort)
        self.rate += FADING * (gain / max(1, effort) - self.rate)


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
        sizes = [*(size for size in SIZES if size < agents), agents]
        spans = [days] if days <= LONG else [*SPANS, days]
        self.arms = [Arm(size, span, size * size * span) for size in sizes for span in spans]
        self.agents, self.days, self.rng = agents, days, np.random.default_rng(seed)

    def draw(self, promise: FloatArray) -> Choice:
        """The next neighbourhood: time goes to the kinds in proportion to their rates of gain, agents are drawn by promise."""
        rate = np.array([arm.rate for arm in self.arms])
        wanted = (rate + CURIOUS * rate.max() + 1e-9) / np.array([arm.effort for arm in self.arms])
        arm = self.arms[int(self.rng.choice(len(self.arms), p=wanted / wanted.sum()))]
        rows = np.sort(self.rng.choice(self.agents, arm.agents, replace=False, p=promise / promise.sum()))
        first = 0 if arm.days == self.days else int(self.rng.integers(-arm.days // 2, self.days - arm.days // 2))
        return Choice(arm, rows, max(first, 0), min(first + arm.days, self.days))
