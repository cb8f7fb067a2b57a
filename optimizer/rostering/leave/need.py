"""How much work each day needs so that its target is missed with no more than some chance.

The calls of a day run high or low together: the chance of a day is that of its worst interval, and a day is safe at a chance
where all its intervals are. What the intervals need is covered by shifts, meals spread over their windows: the paid time of the
cheapest such shifts is what the day needs.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array, eye_array, hstack, vstack

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.errors import SolverFailure
from data.model.time import DAY_MINUTES
from optimizer.rostering.pauses import Plans
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.requests.desk import Chance

RATIOS = np.linspace(0.0, 2.5, 26)
"""Agents that are tried, as multiples of the requirement; beyond the last nobody is safer (house choice)."""


def slot_needs(problem: RosterProblem, chance: Chance, levels: FloatArray) -> FloatArray:
    """Least whole agents on each queue with which the target is missed with at most some chance.

    Parameters
    ----------
    chance : Chance
        Falls as agents are added.
    levels : array of float, shape (levels,)
        Chances, rising, in (0, 1).

    Returns
    -------
    array of float, shape (levels, queues, slots)
        0 where the requirement needs nobody.
    """
    heads = problem.requirement.heads
    found = np.zeros((len(levels), *heads.shape))
    for row, needed in enumerate(heads):
        slots = np.flatnonzero(needed)
        risk = np.array([chance(row, slots, needed[slots] * ratio) for ratio in RATIOS])
        for k, level in enumerate(levels):
            found[k, row, slots] = np.ceil(needed[slots] * _ratio(risk, level) - 1e-9)
    return found


def _ratio(risk: FloatArray, level: float) -> FloatArray:
    """Ratio of each slot at which its chance falls to a level, straight between those tried; risk has shape (ratios, slots)."""
    safe = risk <= level
    upper = np.where(safe.any(axis=0), safe.argmax(axis=0), len(RATIOS) - 1)
    lower, column = np.maximum(upper - 1, 0), np.arange(risk.shape[1])
    high, low = risk[lower, column], risk[upper, column]
    share = np.divide(high - level, high - low, out=np.ones_like(high), where=high > low)
    return RATIOS[lower] + np.clip(share, 0.0, 1.0) * (RATIOS[upper] - RATIOS[lower])


@dataclass(frozen=True, eq=False)
class Cover:
    """Shifts on the days of a problem, and on the day before, as columns.

    Parameters
    ----------
    present : csr_array, shape (slots, columns)
        Share of the agents in a shift who are on the phones.
    day : array of int, shape (columns,)
        -1 = the day before.
    code : array of str, shape (columns,)
    minutes : array of float, shape (columns,)
        Paid.
    """

    present: csr_array
    day: IntArray
    code: np.ndarray
    minutes: FloatArray

    def paid(self, need: FloatArray, codes: frozenset[str], day_of_slot: IntArray, most_short: float) -> FloatArray:
        """Paid minutes of each day of the cheapest shifts that cover a need; what no shift covers is left out.

        Parameters
        ----------
        need : array of float, shape (slots,)
        codes : frozenset of str
            Shifts that may be used.
        day_of_slot : array of int, shape (slots,)
        most_short : float
            Share of the need of each day that may stay uncovered.
        """
        use, days = np.flatnonzero(np.isin(self.code, sorted(codes))), int(day_of_slot[-1]) + 1
        present = self.present[:, use]
        rows = np.flatnonzero((need > 0) & (np.asarray(present.sum(axis=1)).ravel() > 0))
        if not len(rows):
            return np.zeros(days)
        of_day = csr_array((np.ones(len(rows)), (day_of_slot[rows], np.arange(len(rows)))), shape=(days, len(rows)))
        limits = np.concatenate([-need[rows], most_short * (of_day @ need[rows])])
        lines = vstack([hstack([-present[rows], -eye_array(len(rows))]), hstack([csr_array((days, len(use))), of_day])])
        cost = np.concatenate([self.minutes[use], np.zeros(len(rows))])
        found = linprog(cost, A_ub=lines, b_ub=limits, method="highs")
        if found.x is None:
            raise SolverFailure(f"shifts that cover what leave must leave over: {found.message}")
        shifts, own = found.x[: len(use)], self.day[use] >= 0
        return np.bincount(self.day[use][own], (self.minutes[use] * shifts)[own], minlength=days).astype(np.float64)


def cover_of(problem: RosterProblem) -> Cover:
    """The shifts of a centre on the days of a problem."""
    grid, alphabet = problem.grid, problem.alphabet
    shares, per_day = _shares(problem), DAY_MINUTES // grid.minutes
    starts = np.concatenate([[int(grid.day_slot[0]) - per_day], grid.day_slot[: grid.horizon.days]])
    rows, columns, values, told = list[int](), list[int](), list[float](), list[tuple[int, str, float]]()
    for d, first in enumerate(starts.tolist()):
        for shift, share in zip(alphabet.shifts, shares, strict=True):
            at = first + shift.start_minute // grid.minutes + np.arange(len(share))
            seen = (at >= 0) & (at < grid.size)
            rows += at[seen].tolist()
            columns += [len(told)] * int(seen.sum())
            values += share[seen].tolist()
            told.append((d - 1, shift.code, float(shift.paid_minutes)))
    day, code, minutes = zip(*told, strict=True)
    present = coo_array((values, (rows, columns)), shape=(grid.size, len(told))).tocsr()
    return Cover(present, np.array(day), np.array(code), np.array(minutes))


def _shares(problem: RosterProblem) -> list[FloatArray]:
    """Share of the agents of each shift who are on the phones in each of its slots, ways of the pauses used alike."""
    plans, alphabet, slot = Plans.of(problem), problem.alphabet, problem.grid.minutes
    found = list[FloatArray]()
    for k, shift in enumerate(alphabet.shifts):
        symbol, slots = alphabet.first_shift + k, np.arange(max(1, round(shift.minutes / slot)))
        count = int(plans.count[symbol])
        weight = plans.alike[symbol, :count] / max(1, plans.alike[symbol, :count].sum())
        paused = _paused(plans.away[symbol, :count, :, None], plans.back[symbol, :count, :, None], slots)
        found.append(1.0 - weight @ paused)
    return found


def _paused(away: IntArray, back: IntArray, slots: IntArray) -> BoolArray:
    """Whether an agent of each plan is at a pause; shape (plans, slots)."""
    return np.asarray(((away <= slots) & (slots < back)).any(axis=1))
