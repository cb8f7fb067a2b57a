"""A bound on the cost of every roster: prices for being present, and everyone's cheapest line under them.

For any price ``beta`` of an agent per slot and queue, no roster costs less than

    sum over slots and queues of the least of (cost of n agents + beta n) over n
    + sum over agents of min over lines (own cost - sum over slots present of max over queues beta).

What bands and teams cost is not negative and left out. The prices climb by momentum along the agents missing, scaled by the
square root of the requirement; each agent counts for its dearest queue alone (spreading agents over queues of nearly the same
price lost a sixth of the bound), and the mean of the last prices is tried as well. All in float64. The prices of the best bound
are what one agent more is worth in each slot and queue.

References
----------
Fisher (1981), The Lagrangian relaxation method, doi:10.1287/mnsc.27.1.1. Step rule: house choice, measured.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from math import inf
from time import perf_counter
from typing import NamedTuple

import numpy as np
from numba import njit

from data.model.base import BoolArray, FloatArray, IntArray
from optimizer.rostering.curves import Curves
from optimizer.rostering.executor import Resident
from optimizer.rostering.frame import Crew, Frame, Shape, frame_of
from optimizer.rostering.layout import LineTables
from optimizer.rostering.line import Scratch, best_line, new_scratch
from optimizer.rostering.pricing import price_line
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.solution import OnProgress, Progress, keep_going

MOMENTUM, AVERAGE = 0.95, 0.9
FIRST_STEP, LAST_STEP = 1.0, 0.02
"""Step lengths, in units of a tenth of the mean price of one agent missing."""
SAMPLED, SAMPLE = 0.75, 0.2
"""First share of the steps in which a sample of the agents answers, and its size."""
LOOKS = 8
"""How often the mean of the prices is tried while everyone answers."""
BLOCK = 500
"""Agents of one block of work; fewer blocks than workers waste some, more cost overhead."""
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
    curves : Curves
        Of each slot and queue.
    mask : array of bool, shape (groups, queues)
    frozen : array of int, shape (groups, slots)
        Agents present whatever is decided.
    agents : int
        Number of agents who answer.
    answer : Answer
    """

    curves: Curves
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
        share = 1.0 if rows is None else self.agents / max(1, len(rows))
        everyone = np.asarray(present * share + self.frozen, dtype=np.float64)
        least, wanted = self.curves.conjugate(beta)
        return value + float(least.sum() - (gain * self.frozen).sum()), wanted - self._served(beta, everyone)

    def _served(self, beta: FloatArray, present: FloatArray) -> FloatArray:
        """Agents on each queue, everyone on the dearest."""
        served = np.zeros(beta.shape)
        slots = np.arange(len(beta))
        for queues, agents in zip(self.mask, present, strict=True):
            held = np.flatnonzero(queues)
            served[slots, held[beta[:, held].argmax(axis=1)]] += agents
        return served

    def clipped(self, beta: FloatArray) -> FloatArray:
        """Prices within what the curves can pay."""
        return np.clip(beta, -self.curves.last, -self.curves.first)


class Climbed(NamedTuple):
    """A bound and the prices that give it; shape (slots, queues)."""

    bound: float
    prices: FloatArray


def flat_prices(curves: Curves) -> FloatArray:
    """Prices to begin with: half of what one agent missing costs."""
    return np.asarray(curves.under / 2)


def climb(
    dual: Dual,
    start: FloatArray,
    steps: int,
    seconds: float,
    seed: int,
    on_progress: OnProgress,
    cost: float,
    lengths: tuple[float, float] = (FIRST_STEP, LAST_STEP),
    sampled: float = SAMPLED,
) -> Climbed:
    """Best bound found in some steps.

    Parameters
    ----------
    start : array of float, shape (slots, queues)
        Prices to begin with.
    seconds : float
        Wall-clock limit; the bound is valid whenever it stops.
    cost : float
        Cost of the best roster, for progress.
    lengths : tuple of float
        First and last step.
    sampled : float
        Share of the steps in which a sample of the agents answers.
    """
    began, rng = perf_counter(), np.random.default_rng(seed)
    beta, unit = dual.clipped(start), _unit(dual)
    speed, mean, best = np.zeros(beta.shape), beta.copy(), Climbed(-np.inf, beta)
    quick = round(sampled * steps) if dual.agents > USUAL_AGENTS // 5 else 0
    looks = set(np.linspace(quick, steps, LOOKS + 1, dtype=int)[1:].tolist())
    for step, length in enumerate(np.geomspace(*lengths, steps), start=1):
        rows = rng.choice(dual.agents, max(1, round(SAMPLE * dual.agents)), replace=False) if step <= quick else None
        value, slope = dual.evaluate(beta, rows)
        best = Climbed(value, beta) if rows is None and value > best.bound else best
        speed = MOMENTUM * speed + (1 - MOMENTUM) * slope
        beta = dual.clipped(beta + length * unit * speed)
        mean = AVERAGE * mean + (1 - AVERAGE) * beta
        best = _better(dual, best, mean) if step in looks else best
        spent = perf_counter() - began
        if spent > seconds or not on_progress(Progress("bound", step / steps, cost, max(0.0, best.bound), spent)):
            break
    return _better(dual, best, mean) if best.bound == -np.inf else best


def _unit(dual: Dual) -> FloatArray:
    """Length of a step in each cell."""
    size = max(dual.agents, 1) / USUAL_AGENTS
    scale = 0.1 * max(float(dual.curves.under.mean()), 1e-9)
    return np.asarray(scale / np.sqrt(dual.curves.required * size + 0.5 * size * size))


def _better(dual: Dual, best: Climbed, beta: FloatArray) -> Climbed:
    value = dual.evaluate(beta)[0]
    return Climbed(value, beta) if value > best.bound else best


class Block(NamedTuple):
    """Agents under the same rules whose lines are sought together."""

    tables: LineTables
    shape: Shape
    crew: Crew


def interval_prices(problem: RosterProblem, steps: int, executor: Executor) -> FloatArray:
    """What one agent more is worth in each slot of the grid, as `Solution.prices`, without a roster; shape (queues, slots)."""
    frame = frame_of(problem)
    dual = line_dual(frame, executor)
    return on_grid(problem, climb(dual, flat_prices(frame.curves), steps, inf, 0, keep_going, 0.0).prices)


def on_grid(problem: RosterProblem, prices: FloatArray) -> FloatArray:
    """Prices of the priced slots, shape (slots, queues), as (queues, slots of the grid)."""
    return np.pad(prices.T, ((0, 0), (problem.grid.size - len(prices), 0)))


def line_dual(frame: Frame, executor: Executor) -> Dual:
    """The bound of a month or a week; agents without a legal line keep the line they have."""
    return Dual(frame.curves, frame.problem.group_mask, frame.frozen, len(frame.placeable), _LineAnswer(frame, executor))


class _LineAnswer:
    """Everyone's cheapest legal line, block by block on an executor; sums are taken in the order of the blocks."""

    def __init__(self, frame: Frame, executor: Executor):
        self.rows = list(_blocks(frame))
        blocks = [Block(frame.tables[frame.table_of[rows[0]]], frame.shape, frame.crew.of(rows)) for rows in self.rows]
        self.resident = Resident(executor, blocks)
        self.placeable, self.agents = frame.placeable, len(frame.table_of)

    def __call__(self, total: FloatArray, rows: IntArray | None) -> tuple[float, IntArray]:
        asked = None
        if rows is not None:
            asked = np.zeros(self.agents, dtype=bool)
            asked[self.placeable[rows]] = True
        answers = self.resident.map_each(_answer_block, [None if asked is None else asked[rows] for rows in self.rows], total)
        return sum(value for value, _ in answers), np.sum([present for _, present in answers], axis=0)


def _blocks(frame: Frame) -> Iterator[IntArray]:
    """Rows of agents under the same rules, in parts whose number does not depend on the workers."""
    for number in range(len(frame.tables)):
        rows = np.flatnonzero(frame.table_of == number)
        if len(rows):
            yield from np.array_split(rows, -(-len(rows) // BLOCK))


def _answer_block(block: Block, asked: BoolArray | None, total: FloatArray) -> tuple[float, IntArray]:
    rows = np.arange(len(block.crew.group)) if asked is None else np.flatnonzero(asked)
    steps = np.zeros(total.shape, dtype=np.int64)
    value = answer_lines(block.tables, block.shape, block.crew, total, rows, new_scratch(block.tables), steps)
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
                for k in range(shape.pauses[s] if meal[d, s] >= 0 else 0):
                    steps[g, min(begin + shape.away[s, meal[d, s], k], end)] -= 1
                    steps[g, min(begin + shape.back[s, meal[d, s], k], end)] += 1
    return value
