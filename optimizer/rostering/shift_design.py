"""Which shifts to have: the fewest and best-fitting starts and lengths for a demand curve (OR-Tools CP-SAT).

Each shift and day has its workers; what they cover is told by its rises and falls from interval to interval, so that a shift
stands in two rows and not in all that it covers. Two things make the bound tight. Workers of a shift beyond its *worth* are never
worth having. And where demand rises by r and no shift starts, r agents are missing after or too many before:
``under[t] + over[t-1] >= r (1 - shifts that start)``, and likewise for falls and ends. On a made-up week of quarter hours with
360 shifts and an optimum of 660 that took the linear bound from 231 to 633 (measured).
"""

from dataclasses import dataclass
from fractions import Fraction
from math import inf, lcm

import numpy as np
from ortools.sat.python import cp_model

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.errors import SolverFailure, VerificationFailed
from data.model.shift_design import Shape, ShiftDesign
from optimizer.rostering.cpsat import STATUS
from optimizer.rostering.solution import Status, gap_of
from optimizer.rostering.verify import TOLERANCE

MOST_DENOMINATOR = 10**6
"""Weights are fractions with denominators up to this (house choice)."""


@dataclass(frozen=True, eq=False)
class DesignedShifts:
    """The shifts chosen and who works them.

    Parameters
    ----------
    shapes : tuple of Shape
        Start and length of each distinct shift, intervals.
    kinds : tuple of str
        Kind of the window that allows each.
    workers : array of int, shape (shifts, days)
        Agents of each shift that begin on each day.
    over_minutes, under_minutes : int
        Agent-minutes too many and missing.
    costs : dict
        Cost of what is over, under and of the number of shifts; they add up to `cost`.
    bound : float
        No design can cost less.
    explanation : str
        Why there is no design; empty if there is one.
    """

    status: Status
    shapes: tuple[Shape, ...]
    kinds: tuple[str, ...]
    workers: IntArray
    over_minutes: int
    under_minutes: int
    costs: dict[str, float]
    bound: float
    seconds: float
    explanation: str = ""

    @property
    def cost(self) -> float:
        """Total cost; inf without a design."""
        return sum(self.costs.values()) if self.costs else inf

    @property
    def gap(self) -> float:
        """Share of the cost that the bound does not cover, in [0, 1]; 1 without a design."""
        return gap_of(self.cost, self.bound) if self.costs else 1.0


@dataclass(frozen=True, eq=False)
class _Model:
    """A design as CP-SAT sees it: `used` and `workers` by shape, prices in whole numbers `scale` times as large."""

    cp: cp_model.CpModel
    used: dict[Shape, cp_model.IntVar]
    workers: dict[tuple[Shape, int], cp_model.IntVar]
    scale: int


def design_shifts(
    design: ShiftDesign, *, seconds: float = inf, effort: float = inf, workers: int = 2, seed: int = 0
) -> DesignedShifts:
    """The cheapest shifts for a demand, with the proof if the budget suffices.

    Parameters
    ----------
    seconds : float
        Wall-clock limit.
    effort : float
        Limit in CP-SAT's deterministic time; with one worker it gives the same design on every machine.
    workers : int
        Threads.

    Raises
    ------
    SolverFailure
        CP-SAT refuses the model.
    VerificationFailed
        The design costs something else than the model says.
    """
    model = _build(design)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.max_deterministic_time = effort
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = seed
    # the bound lives in the linear relaxation: one search that keeps all of it, and neighbourhoods beside it
    solver.parameters.linearization_level = 2
    solver.parameters.subsolvers.append("max_lp")
    code = solver.solve(model.cp)
    if code not in STATUS:
        raise SolverFailure(f"CP-SAT answers {solver.status_name(code)}: {model.cp.validate()}")
    if code not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return _none(design, STATUS[code], solver.wall_time)
    return _confirmed(design, model, solver, STATUS[code])


def _none(design: ShiftDesign, status: Status, seconds: float) -> DesignedShifts:
    told = _explained(design) if status is Status.INFEASIBLE else "no design within the budget"
    return DesignedShifts(status, (), (), np.zeros((0, design.days), np.int64), 0, 0, {}, 0.0, seconds, told)


def _explained(design: ShiftDesign) -> str:
    """Why full cover cannot be had."""
    covered = {int(t) for shape in design.shapes for day in range(design.days) for t in design.worked(shape, day)}
    bare = [t for t, heads in enumerate(design.demand) if heads and t not in covered]
    if bare:
        return f"no shift may cover {len(bare)} intervals with demand, the first of them interval {bare[0]} of the cycle"
    return f"no {design.most_shifts} shifts cover the whole demand"


def _confirmed(design: ShiftDesign, model: _Model, solver: cp_model.CpSolver, status: Status) -> DesignedShifts:
    """The design with its costs counted anew; what a design that is not proved leaves loose in the model is cheaper here."""
    counts = np.zeros((len(model.used), design.days), np.int64)
    rows = {shape: k for k, shape in enumerate(model.used)}
    for (shape, day), variable in model.workers.items():
        counts[rows[shape], day] = solver.value(variable)
    kept: BoolArray = counts.sum(axis=1) > 0
    shapes = tuple(shape for shape, keep in zip(model.used, kept, strict=True) if keep)
    over, under = _minutes_off(design, shapes, counts[kept])
    costs = {"over": design.over_cost * over, "under": design.under_cost * under, "shifts": design.shift_cost * len(shapes)}
    cost, claimed, bound = sum(costs.values()), solver.objective_value / model.scale, solver.best_objective_bound / model.scale
    tolerance = TOLERANCE * max(1.0, claimed)
    if not bound - tolerance <= cost <= claimed + tolerance:
        raise VerificationFailed(f"the model claims a cost of {bound} to {claimed}, the design costs {cost}")
    kinds = design.shapes
    named = tuple(kinds[shape] for shape in shapes)
    return DesignedShifts(status, shapes, named, counts[kept], over, under, costs, bound, solver.wall_time)


def _minutes_off(design: ShiftDesign, shapes: tuple[Shape, ...], workers: IntArray) -> tuple[int, int]:
    """Agent-minutes too many and missing."""
    present = np.zeros(len(design.demand), np.int64)
    for shape, each_day in zip(shapes, workers, strict=True):
        for day in range(design.days):
            present[design.worked(shape, day)] += each_day[day]
    off = (present - np.array(design.demand)) * design.minutes
    return int(off[off > 0].sum()), int(-off[off < 0].sum())


def _build(design: ShiftDesign) -> _Model:
    """The model of a design."""
    cp, size = cp_model.CpModel(), len(design.demand)
    used = {shape: cp.new_bool_var("") for shape in design.shapes}
    workers: dict[tuple[Shape, int], cp_model.IntVar] = {}
    most = np.zeros(size, np.int64)
    for shape, variable in used.items():
        for day in range(design.days):
            slots = design.worked(shape, day)
            if worth := _worth(design, np.array(design.demand)[slots]):
                workers[shape, day] = cp.new_int_var(0, worth, "")
                cp.add(workers[shape, day] <= worth * variable)
                most[slots] += worth
    over = [cp.new_int_var(0, int(top), "") for top in most]
    under = [cp.new_int_var(0, 0 if design.full_cover else heads, "") for heads in design.demand]
    if design.most_shifts is not None:
        cp.add(sum(used.values()) <= design.most_shifts)
    _add_cover(cp, design, workers, over, under)
    _add_steps(cp, design, used, workers, over, under)
    prices, scale = _whole([design.over_cost * design.minutes, design.under_cost * design.minutes, design.shift_cost])
    cp.minimize(prices[0] * sum(over) + prices[1] * sum(under) + prices[2] * sum(used.values()))
    return _Model(cp, used, workers, scale)


def _worth(design: ShiftDesign, demand: IntArray) -> int:
    """Most workers of a shift worth having: one more would be too many in intervals that cost as much as the others save."""
    under = inf if design.full_cover else design.under_cost
    levels: FloatArray = np.unique(np.append(demand, 0)).astype(np.float64)
    beyond = (demand > levels[:, None]).sum(axis=1)
    saved = np.array([under * n if n else 0.0 for n in beyond.tolist()])
    return int(levels[np.flatnonzero(design.over_cost * (len(demand) - beyond) >= saved)[0]])


def _add_cover(
    cp: cp_model.CpModel,
    design: ShiftDesign,
    workers: dict[tuple[Shape, int], cp_model.IntVar],
    over: list[cp_model.IntVar],
    under: list[cp_model.IntVar],
) -> None:
    """Workers present, less those too many and with those missing, are the demand: once in full, then change by change."""
    demand, size = design.demand, len(design.demand)
    change: list[list[cp_model.LinearExpr]] = [[] for _ in range(size)]
    first: list[cp_model.IntVar] = []
    for (shape, day), variable in workers.items():
        slots = design.worked(shape, day)
        if shape.length < size:
            change[slots[0]].append(variable + 0)
            change[(slots[-1] + 1) % size].append(-variable)
        if 0 in slots:
            first.append(variable)
    cp.add(sum(first) - over[0] + under[0] == demand[0])
    for t in range(size):
        cp.add(sum(change[t]) - (over[t] - under[t]) + (over[t - 1] - under[t - 1]) == demand[t] - demand[t - 1])


def _add_steps(
    cp: cp_model.CpModel,
    design: ShiftDesign,
    used: dict[Shape, cp_model.IntVar],
    workers: dict[tuple[Shape, int], cp_model.IntVar],
    over: list[cp_model.IntVar],
    under: list[cp_model.IntVar],
) -> None:
    """Where demand steps up and no used shift starts, or down and none ends, the step is missed before or after."""
    size = len(design.demand)
    starts: list[list[cp_model.IntVar]] = [[] for _ in range(size)]
    ends: list[list[cp_model.IntVar]] = [[] for _ in range(size)]
    for shape, day in workers:
        slots = design.worked(shape, day)
        starts[slots[0]].append(used[shape])
        ends[(slots[-1] + 1) % size].append(used[shape])
    for t in range(size):
        step = design.demand[t] - design.demand[t - 1]
        if step > 0:
            cp.add(under[t] + over[t - 1] + step * sum(starts[t]) >= step)
        elif step < 0:
            cp.add(over[t] + under[t - 1] - step * sum(ends[t]) >= -step)


def _whole(prices: list[float]) -> tuple[list[int], int]:
    """Prices as whole numbers, and what they were multiplied by."""
    exact = [Fraction(price).limit_denominator(MOST_DENOMINATOR) for price in prices]
    scale = lcm(*(price.denominator for price in exact))
    return [int(price * scale) for price in exact], scale
