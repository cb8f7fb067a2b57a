"""A few agents who are alike to the floor, closed exactly: the cheapest choice of one line for each among some.

Where all other agents stand still, what some agents of one skill group do to coverage depends only on how many of them are
there in each slot, and is convex in that number. So the choice is a small integer programme over columns.

References
----------
Ahuja, Ergun, Orlin, Punnen (2002), A survey of very large-scale neighborhood search techniques, doi:10.1016/S0166-218X(01)00338-9.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import NamedTuple

import numpy as np
from numba import njit
from ortools.sat.python import cp_model

from data.model.base import FloatArray, IntArray
from optimizer.compiled import compiled
from optimizer.rostering import coverage
from optimizer.rostering.crowd import band_price, come_or_go
from optimizer.rostering.frame import Crew, Frame, Lines, Shape
from optimizer.rostering.layout import LineTables
from optimizer.rostering.line import Scratch, best_line
from optimizer.rostering.pricing import price_line
from optimizer.rostering.search.descent import Descent
from optimizer.rostering.search.swaps import EPSILON, alike, own_cost
from optimizer.rostering.search.sweep import (
    Floor,
    mark_slots,
    place,
)

AGENTS, COLUMNS = 5, 12
"""Agents of a neighbourhood, and lines sought for each of them (house choice: larger ones gained less for the time they took)."""
JITTER = 0.1
"""Share by which the price of each slot is moved at random."""
EFFORT = 0.3
"""Deterministic effort spent on one neighbourhood, in the seconds of CP-SAT."""
BATCH = 8
"""Neighbourhoods closed side by side against the same floor."""
SCALE = 1000
"""Units of the integer programme to a unit of cost."""


class Columns(NamedTuple):
    """Lines to choose from, those of one agent together; the first of each agent is the one that stands.

    Parameters
    ----------
    agent : array of int, shape (columns,)
        Place of each column's agent among the agents of the neighbourhood.
    lines : Lines
    own : array of float, shape (columns,)
        What each costs beside coverage and crowds.
    present : array of int, shape (columns, slots)
        1 where the agent is on the phones.
    """

    agent: IntArray
    lines: Lines
    own: FloatArray
    present: IntArray

    @property
    def first(self) -> IntArray:
        """First column of each agent."""
        return np.flatnonzero(np.diff(self.agent, prepend=-1))


class Hood(NamedTuple):
    """A neighbourhood: its agents, their columns, and what the first, second ... agent costs in each slot, (agents, slots)."""

    rows: IntArray
    columns: Columns
    margin: FloatArray


def close(
    descent: Descent, cost: float, prices: FloatArray | None, threads: ThreadPoolExecutor, going: Callable[[], bool]
) -> float:
    """Close a neighbourhood of every agent once, some side by side; what does not gain exactly is undone. The cost afterwards.

    Parameters
    ----------
    descent : Descent
        Changed in place.
    cost : float
        Exact cost of its roster.
    prices : array of float, shape (slots, queues), or None
        What one agent more is worth; some columns are the best lines under them.
    going : callable
        Asked before each batch.
    """
    frame = descent.frame
    descent.own[frame.placeable] = [own_cost(_tables(frame, a), frame.shape, frame.crew, descent.lines, a) for a in frame.placeable]
    parts = _neighbours(descent)
    for start in range(0, len(parts), BATCH):
        if not going():
            return cost
        hoods = [_hood(descent, rows, prices) for rows in parts[start : start + BATCH]]
        for hood, chosen in zip(hoods, threads.map(choose, hoods), strict=True):
            cost = _take(descent, hood, chosen, cost)
    return cost


def _neighbours(descent: Descent) -> list[IntArray]:
    """Everyone in neighbourhoods of agents who are alike, in random order."""
    rng = descent.rng
    parts = [part for rows in alike(descent.frame) for part in np.array_split(rng.permutation(rows), -(-len(rows) // AGENTS))]
    return [parts[i] for i in rng.permutation(len(parts))]


def _tables(frame: Frame, a: int) -> LineTables:
    return frame.tables[frame.table_of[a]]


def _hood(descent: Descent, rows: IntArray, prices: FloatArray | None) -> Hood:
    """Columns of some agents: the best lines between the margins that the others leave and the prices of the bound."""
    frame, floor = descent.frame, descent.floor
    margin = margins(frame.shape, frame.crew, floor, descent.lines, rows)
    now = presence(frame.shape, Lines(descent.lines.symbol[rows], descent.lines.meal[rows]))
    worth = None if prices is None else prices[:, frame.problem.group_mask[frame.crew.group[rows[0]]]].max(axis=1)
    sets: list[tuple[Lines, FloatArray]] = []
    for own, a in zip(now, rows.tolist(), strict=True):
        tried = _tried(margin, now.sum(axis=0) - own, worth, descent.rng)
        lines = best_lines(_tables(frame, a), frame.shape, frame.crew, a, tried, descent.scratch[frame.table_of[a]])
        sets.append(_distinct(frame, a, descent.lines, lines))
    lines = Lines(np.vstack([one.symbol for one, _ in sets]), np.vstack([one.meal for one, _ in sets]))
    agent = np.repeat(np.arange(len(rows)), [len(own) for _, own in sets])
    columns = Columns(agent, lines, np.concatenate([own for _, own in sets]), presence(frame.shape, lines))
    return Hood(rows, columns, margin)


def _tried(margin: FloatArray, others: IntArray, worth: FloatArray | None, rng: np.random.Generator) -> FloatArray:
    """Prices of presence under which columns are sought; shape (columns, slots). The first are exact."""
    slot = np.arange(len(others))
    here, aside = (
        margin[np.clip(others + step, 0, len(margin) - 1), slot]
        for step in (np.zeros_like(others), rng.choice((-1, 1), len(others)))
    )
    lean, mix = rng.random((2, COLUMNS, 1))
    target = here if worth is None else -worth
    tried = (1 - lean) * (mix * here + (1 - mix) * aside) + lean * target
    tried *= 1 + JITTER * rng.uniform(-1, 1, tried.shape)
    tried[0] = here
    return tried


def _distinct(frame: Frame, a: int, stands: Lines, found: Lines) -> tuple[Lines, FloatArray]:
    """The line of agent a that stands and the others found, each once, and what they cost the agent."""
    symbol, meal = np.vstack([stands.symbol[a], found.symbol]), np.vstack([stands.meal[a], found.meal])
    once = np.sort(np.unique(np.hstack([symbol, meal]), axis=0, return_index=True)[1])
    lines, crew = Lines(symbol[once], meal[once]), frame.crew.of(np.full(len(once), a))
    return lines, np.array([own_cost(_tables(frame, a), frame.shape, crew, lines, k) for k in range(len(once))])


def choose(hood: Hood) -> IntArray:
    """Columns to choose, one for each agent, at least cost."""
    columns = hood.columns
    model, first = cp_model.CpModel(), columns.first
    x = [model.new_bool_var("") for _ in columns.agent]
    for part in np.split(np.arange(len(x)), first[1:]):
        model.add_exactly_one([x[j] for j in part])
    for j, variable in enumerate(x):
        model.add_hint(variable, j in first)
    price = np.round(SCALE * columns.own).astype(np.int64).tolist()
    terms = [*zip(x, price, strict=True), *_heads(model, x, hood)]
    model.minimize(sum(weight * variable for variable, weight in terms))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers, solver.parameters.max_deterministic_time = 1, EFFORT
    solved = solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return np.flatnonzero([solver.boolean_value(variable) for variable in x]) if solved else first


def _heads(model: cp_model.CpModel, x: list[cp_model.IntVar], hood: Hood) -> Iterator[tuple[cp_model.IntVar, int]]:
    """Agents present, slots with the same columns as one, each dearer than the one before; yields variables and their prices."""
    present, first = hood.columns.present, hood.columns.first
    least, most = np.minimum.reduceat(present, first).sum(axis=0), np.maximum.reduceat(present, first).sum(axis=0)
    slots = np.flatnonzero(least < most)
    patterns, of = np.unique(present[:, slots], axis=1, return_inverse=True)
    for p, pattern in enumerate(patterns.T):
        same = slots[of.ravel() == p]
        low, high = int(least[same[0]]), int(most[same[0]])
        price = np.round(SCALE * hood.margin[low:high, same].sum(axis=1)).astype(np.int64).tolist()
        parts = [(model.new_int_var(0, len(list(run)), ""), weight) for weight, run in groupby(price)]
        model.add(sum(x[j] for j in np.flatnonzero(pattern)) == low + sum(variable for variable, _ in parts))
        yield from parts


def _take(descent: Descent, hood: Hood, chosen: IntArray, cost: float) -> float:
    """Put the columns chosen in the place of the lines that stand; undone unless the exact cost falls."""
    if (chosen == hood.columns.first).all():
        return cost
    _put(descent, hood, chosen)
    now = descent.exact_cost()
    if now < cost - EPSILON:
        return now
    _put(descent, hood, hood.columns.first)
    return cost


def _put(descent: Descent, hood: Hood, chosen: IntArray) -> None:
    """Let the agents of a neighbourhood change to the columns chosen."""
    frame, lines, rows, here = descent.frame, descent.lines, hood.rows, np.zeros(descent.frame.shape.slots, dtype=np.int64)
    place(frame.shape, frame.crew, descent.floor, lines, rows, -1, here)
    lines.symbol[rows], lines.meal[rows] = (part[chosen] for part in hood.columns.lines)
    descent.own[rows] = hood.columns.own[chosen]
    place(frame.shape, frame.crew, descent.floor, lines, rows, 1, here)


@njit(cache=True, nogil=True)
def presence(shape: Shape, lines: Lines) -> IntArray:
    """Where each line is on the phones; shape (lines, slots)."""
    here = np.zeros((len(lines.symbol), shape.slots), dtype=np.int64)
    for k in range(len(here)):
        mark_slots(shape, lines, k, here[k], 1)
    return here


@njit(cache=True, nogil=True)
def margins(shape: Shape, crew: Crew, floor: Floor, lines: Lines, rows: IntArray) -> FloatArray:
    """Cost of the first, second ... of some agents who are alike, beside all others; shape (agents, slots).

    The floor is as it was when this returns.
    """
    here, price = np.zeros(shape.slots, dtype=np.int64), np.zeros((len(rows), shape.slots))
    place(shape, crew, floor, lines, rows, -1, here)
    a, g = int(rows[0]), int(crew.group[rows[0]])
    for k in range(len(rows)):
        _step(floor, a, g, price[k], 1)
    for k in range(len(rows)):
        _step(floor, a, g, price[k], -1)
    place(shape, crew, floor, lines, rows, 1, here)
    return price


@compiled
def _step(floor: Floor, a: int, g: int, price: FloatArray, agents: int) -> None:
    """Put one agent like a into every slot, at the price written to `price` (1), or take one out of each (-1)."""
    for t in range(len(price)):
        if agents > 0:
            price[t] = coverage.price_of(floor.flow, g, t) + band_price(floor.crowd, floor.heads, a, t, 0)
            coverage.add(floor.flow, g, t)
        else:
            coverage.remove(floor.flow, g, t)
        come_or_go(floor.crowd, floor.heads, a, t, agents)


@njit(cache=True, nogil=True)
def best_lines(tables: LineTables, shape: Shape, crew: Crew, a: int, prices: FloatArray, scratch: Scratch) -> Lines:
    """Cheapest lines of agent a under prices of presence, shape (prices, slots); one for each row of prices."""
    symbol = np.empty((len(prices), crew.cost.shape[1]), dtype=np.int64)
    meal = np.full(symbol.shape, -1, dtype=np.int64)
    price, plan = np.empty(crew.cost.shape[1:]), np.full(crew.cost.shape[1:], -1, dtype=np.int64)
    total = np.zeros(shape.slots + 1)
    for k in range(len(prices)):
        total[1:] = np.cumsum(prices[k])
        price_line(shape, crew, a, total, price, plan)
        symbol[k] = best_line(tables, price, scratch)[1]
        for d in range(symbol.shape[1]):
            if symbol[k, d] >= shape.first_shift:
                meal[k, d] = plan[d, symbol[k, d]]
    return Lines(symbol, meal)
