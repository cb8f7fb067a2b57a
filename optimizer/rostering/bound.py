"""A bound on the cost of every roster: prices for being present, and everyone's cheapest line under them.

For any prices ``beta`` with ``-over <= beta <= under`` per slot and queue, no roster costs less than

    sum beta x required + sum over agents of min over lines (own cost - sum over slots present of max over queues beta).

The prices climb by momentum along the agents missing, scaled by the square root of the requirement; the mean of the last prices
is tried as well. All in float64.

References
----------
Fisher (1981), The Lagrangian relaxation method, doi:10.1287/mnsc.27.1.1. Step rule: house choice, measured.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numba import njit

from data.model.base import BoolArray, FloatArray, IntArray
from optimizer.rostering.frame import Crew, Frame, Shape
from optimizer.rostering.layout import LineTables
from optimizer.rostering.line import Scratch, best_line, new_scratch
from optimizer.rostering.pricing import price_line
from optimizer.rostering.solution import OnProgress, Progress

THREADS = 2
MOMENTUM, AVERAGE = 0.9, 0.9
FIRST_STEP, LAST_STEP = 0.3, 0.01
"""Step lengths, in units of a tenth of the mean price of one agent missing."""
SAMPLED, SAMPLE = 0.6, 0.2
"""First share of the steps in which a sample of the agents answers, and its size."""
PART = 16
"""Fewer agents under the same rules are not split over threads."""
USUAL_AGENTS = 500
"""Size of centre for which the steps were measured."""

Answer = Callable[[FloatArray, IntArray | None], tuple[float, IntArray]]
"""Of the running price of presence (groups, slots + 1) and the rows of a sample (None = everyone): the sum of the cheapest answers
without coverage constants, and who is then present (groups, slots)."""


@dataclass(frozen=True, eq=False)
class Dual:
    """A bound to be climbed.

    Parameters
    ----------
    required : array of float, shape (slots, queues)
    prices : array of float, shape (2, queues)
    mask : array of bool, shape (groups, queues)
    frozen : array of int, shape (groups, slots)
        Agents present whatever is decided.
    agents : int
        Number of agents who answer.
    answer : Answer
    """

    required: FloatArray
    prices: FloatArray
    mask: BoolArray
    frozen: IntArray
    agents: int
    answer: Answer

    def best_queue(self, beta: FloatArray) -> FloatArray:
        """Price of being present for each group: that of its dearest queue; shape (groups, slots)."""
        return np.stack([beta[:, queues].max(axis=1) for queues in self.mask])

    def evaluate(self, beta: FloatArray, rows: IntArray | None = None) -> tuple[float, FloatArray]:
        """The bound at some prices and the direction in which it grows (from a sample: that of everyone, estimated)."""
        gain = self.best_queue(beta)
        total = np.zeros((len(gain), gain.shape[1] + 1))
        np.cumsum(-gain, axis=1, out=total[:, 1:])
        value, present = self.answer(total, rows)
        everyone = present * (1.0 if rows is None else self.agents / max(1, len(rows))) + self.frozen
        value += float((beta * self.required).sum() - (gain * self.frozen).sum())
        return value, self.required - self._served(beta, gain, np.asarray(everyone, dtype=np.float64))

    def _served(self, beta: FloatArray, gain: FloatArray, present: FloatArray) -> FloatArray:
        """Agents on each queue, those who may choose spread over the queues whose prices are near the dearest."""
        served = np.zeros(beta.shape)
        near = 0.1 * float(self.prices[0].mean()) or 1.0
        for queues, price, agents in zip(self.mask, gain, present, strict=True):
            weight = np.exp((beta[:, queues] - price[:, None]) / near)
            served[:, queues] += weight * (agents / weight.sum(axis=1))[:, None]
        return served


def climb(dual: Dual, beta: FloatArray, steps: int, seconds: float, seed: int, on_progress: OnProgress, cost: float) -> float:
    """Best bound found in some steps from the prices `beta`.

    Parameters
    ----------
    seconds : float
        Wall-clock limit; the bound is valid whenever it stops.
    cost : float
        Cost of the best roster, for progress.
    """
    began, rng, under, over = perf_counter(), np.random.default_rng(seed), *dual.prices
    size = max(dual.agents, 1) / USUAL_AGENTS
    unit = 0.1 * float(under.mean()) / np.sqrt(dual.required * size + 0.5 * size * size)
    speed, mean = np.zeros(beta.shape), beta.copy()
    best = dual.evaluate(beta)[0]
    for step, length in enumerate(np.geomspace(FIRST_STEP, LAST_STEP, steps)):
        sampled = step < SAMPLED * steps and dual.agents > USUAL_AGENTS // 5
        rows = rng.choice(dual.agents, max(1, round(SAMPLE * dual.agents)), replace=False) if sampled else None
        value, slope = dual.evaluate(beta, rows)
        best = best if sampled else max(best, value)
        speed = MOMENTUM * speed + (1 - MOMENTUM) * slope
        beta = np.clip(beta + length * unit * speed, -over, under)
        mean = AVERAGE * mean + (1 - AVERAGE) * beta
        spent = perf_counter() - began
        if spent > seconds or not on_progress(Progress("bound", (step + 1) / steps, cost, best, spent)):
            break
    return max(best, dual.evaluate(mean)[0])


def line_bound(
    frame: Frame, beta: FloatArray, steps: int, seconds: float, seed: int, on_progress: OnProgress, cost: float
) -> float:
    """Bound on the cost of every roster of a month or a week; 0 without steps.

    Agents without a legal line keep the line they have.

    Parameters
    ----------
    beta : array of float, shape (slots, queues)
        Prices to begin with.
    steps : int
    seconds, seed, on_progress, cost
        As in `climb`.
    """
    if steps == 0 or seconds <= 0:
        return 0.0
    with ThreadPoolExecutor(THREADS) as pool:
        answer = _LineAnswer(frame, pool)
        dual = Dual(frame.required, frame.prices, frame.problem.group_mask, frame.frozen, len(frame.placeable), answer)
        return max(0.0, climb(dual, beta, steps, seconds, seed, on_progress, cost))


class _LineAnswer:
    """Everyone's cheapest legal line, over threads; sums are taken in a fixed order."""

    def __init__(self, frame: Frame, pool: ThreadPoolExecutor):
        self.frame, self.pool = frame, pool
        self.parts: list[tuple[LineTables, IntArray, Scratch]] = []
        for number, tables in enumerate(frame.tables):
            rows = np.flatnonzero(frame.table_of == number)
            parts = np.array_split(rows, THREADS if len(rows) > PART else 1)
            self.parts += [(tables, part, new_scratch(tables)) for part in parts if len(part)]

    def __call__(self, total: FloatArray, rows: IntArray | None) -> tuple[float, IntArray]:
        asked = np.ones(len(self.frame.table_of), dtype=bool)
        if rows is not None:
            asked[:] = False
            asked[self.frame.placeable[rows]] = True
        futures = [self.pool.submit(self._part, total, asked, *part) for part in self.parts]
        answers = [future.result() for future in futures]
        return sum(value for value, _ in answers), np.sum([present for _, present in answers], axis=0)

    def _part(
        self, total: FloatArray, asked: BoolArray, tables: LineTables, rows: IntArray, scratch: Scratch
    ) -> tuple[float, IntArray]:
        steps = np.zeros(total.shape, dtype=np.int64)
        value = answer_lines(tables, self.frame.shape, self.frame.crew, total, rows[asked[rows]], scratch, steps)
        return value, steps.cumsum(axis=1)[:, :-1]


@njit(cache=True, nogil=True)
def answer_lines(
    tables: LineTables, shape: Shape, crew: Crew, total: FloatArray, rows: IntArray, scratch: Scratch, steps: IntArray
) -> float:
    """Sum of the cheapest lines of some agents under prices of presence; who comes and goes is added to `steps`.

    Parameters
    ----------
    total : array of float, shape (groups, slots + 1)
        Running sum of the price of being present.
    steps : array of int, shape (groups, slots + 1)
        Changed in place: +1 where an agent becomes present, -1 where no longer.
    """
    price, meal = np.empty(crew.cost.shape[1:]), np.full(crew.cost.shape[1:], -1, dtype=np.int64)
    value = 0.0
    for a in rows:
        g = crew.group[a]
        price_line(shape, crew, a, total[g], price, meal)
        least, line = best_line(tables, price, scratch)
        value += least
        for d in range(shape.open_first, shape.open_end):
            s = line[d]
            if s >= shape.first_shift:
                begin, end = shape.begin[d, s], shape.end[d, s]
                steps[g, begin] += 1
                steps[g, end] -= 1
                if meal[d, s] >= 0:
                    away = min(begin + shape.away[s, meal[d, s]], end)
                    steps[g, away] -= 1
                    steps[g, min(away + shape.pause[s], end)] += 1
    return value
