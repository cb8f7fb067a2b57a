"""Whole simulated days for heads that were found slot by slot: short slots are repaired, surplus agents taken away.

A trial changes one group in many slots at once, because what an agent does in a slot shows in it and the next: as many slots are
judged by one simulation of the days.
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.centre import ServiceTarget
from optimizer.staffing.centre_model import CentreModel, steady
from optimizer.staffing.multiskill.margins import Margins, slot_margins
from optimizer.staffing.simulate import simulate

TOLERANCE = 0.005
"""A slot of a simulated day is short when it misses a target by more than this, and by more than the standard error (house
choice)."""

SLIMMINGS = 3
"""Most passes that take surplus agents away, each in every other slot (house choice)."""


@dataclass(frozen=True, eq=False)
class DayRepair:
    """The days of one centre.

    Parameters
    ----------
    calls : array of float, shape (queues, slots)
    cost : array of float, shape (groups,)
    most : array of float, shape (groups, slots)
    days, rounds : int
        Days simulated, and most rounds of repair.
    """

    model: CentreModel
    calls: FloatArray
    targets: Sequence[ServiceTarget]
    cost: FloatArray
    most: FloatArray
    days: int
    rounds: int
    seed: int
    executor: Executor | None = None

    def solve(self, heads: IntArray) -> tuple[IntArray, Margins]:
        """Repair, slim and repair again, the last on days that the slimming has not seen; heads and what they reach there."""
        heads, _ = self._repaired(heads, self.seed)
        for number in range(SLIMMINGS):
            slimmer, _ = self._repaired(self._slimmed(heads, number % 2), self.seed)
            if (self.cost @ slimmer).sum() < (self.cost @ heads).sum() - 1e-9:
                heads = slimmer
        return self._repaired(heads, self.seed + 1)

    def run(self, heads: IntArray, seed: int) -> Margins:
        """Simulate the days."""
        duties = steady(heads, self.model)
        days = simulate(self.model, self.calls, duties, seed=seed, replications=self.days, executor=self.executor)
        return slot_margins(days, self.targets)

    def _repaired(self, heads: IntArray, seed: int) -> tuple[IntArray, Margins]:
        """Add agents to the short slots, one a round in the group that makes up most for its cost."""
        margins = self.run(heads, seed)
        for _ in range(self.rounds):
            wanted = _short_slots(margins) & np.logical_or.reduce(heads < self.most)
            if not wanted.any():
                break
            gain = np.stack([self._gain(heads, margins, group, wanted, seed) for group in range(self.cost.size)])
            chosen = np.argmax(gain, axis=0)
            heads = heads.copy()
            heads[chosen[wanted], np.flatnonzero(wanted)] += 1
            margins = self.run(heads, seed)
        return heads, margins

    def _gain(self, heads: IntArray, margins: Margins, group: int, wanted: BoolArray, seed: int) -> FloatArray:
        """What an agent more of a group makes up in each slot for its cost, shape (slots,); -inf where there is none to be had."""
        may = wanted & (heads[group] < self.most[group])
        if not may.any():
            return np.full(heads.shape[1], -np.inf)
        more = heads.copy()
        more[group, may] += 1
        saved = (margins.missing - self.run(more, seed).missing).sum(axis=0)
        return np.where(may, saved / self.cost[group], -np.inf)

    def _slimmed(self, heads: IntArray, odd: int) -> IntArray:
        """One agent less in every other slot, of the dearest group without which this slot and the next are not short."""
        best, chosen = np.zeros(heads.shape[1]), np.full(heads.shape[1], -1)
        other = np.arange(heads.shape[1]) % 2 == odd
        for group in range(self.cost.size):
            fewer = heads.copy()
            fewer[group, other & (heads[group] > 0)] -= 1
            margins = self.run(fewer, self.seed)
            bad = _short_slots(margins)
            spare = np.fmin.reduce(margins.margin, axis=0, initial=1.0)
            value = np.where(
                bad | np.append(bad[1:], False) | (fewer[group] == heads[group]), 0.0, self.cost[group] * (2.0 + spare)
            )
            chosen = np.where(value > best, group, chosen)
            best = np.maximum(best, value)
        slots = np.flatnonzero(chosen >= 0)
        slim = heads.copy()
        slim[chosen[slots], slots] -= 1
        return slim


def short(margins: Margins) -> BoolArray:
    """Which queue misses a target in which slot, beyond the tolerance and the noise."""
    return np.nan_to_num(margins.margin) < -np.maximum(TOLERANCE, np.nan_to_num(margins.error))


def _short_slots(margins: Margins) -> BoolArray:
    return np.logical_or.reduce(short(margins))
