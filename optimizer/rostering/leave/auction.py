"""The leave auction as an exact model: which pieces of leave to grant so that their worth is greatest and no quota is exceeded.

Days in a row make the relaxed model nearly whole. Its prices of the quotas say which pieces stand in every award that is better
than one found by rounding, and which stand in none (reduced-cost fixing); CP-SAT decides on the few others, and so on the whole.
"""

from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model
from scipy.optimize import linprog
from scipy.sparse import csr_array

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.errors import SolverFailure

SCALE = 1000
"""Whole units of worth to one of a wish."""
EFFORT = 30.0
"""CP-SAT's deterministic time at most, a second or two each (house choice)."""
FIRST_CORE = 8.0
"""The first core is so many times narrower than what the rounded award leaves open (house choice)."""
WHOLE = 1 - 1e-6
"""Share from which on a piece of the relaxed award is granted."""


@dataclass(frozen=True, eq=False)
class Award:
    """What was granted.

    Parameters
    ----------
    granted : array of bool, shape (pieces,)
    value, bound : float
        Worth of it, and what no choice can exceed; equal when proved.
    """

    granted: BoolArray
    value: float
    bound: float


def award(value: FloatArray, load: csr_array, quota: IntArray, *, effort: float = EFFORT, seed: int = 0) -> Award:
    """Grant the pieces that are worth most within the quotas; the same on every run.

    Parameters
    ----------
    value : array of float, shape (pieces,)
        Above 0; counted in whole thousandths.
    load : csr_array of int, shape (quotas, pieces)
        What each piece takes of each quota.
    quota : array of int, shape (quotas,)
        Not negative.

    Raises
    ------
    SolverFailure
        A solver has no answer at all.
    """
    worth = np.rint(value * SCALE).astype(np.int64)
    short = np.asarray(load.sum(axis=1)).ravel() > quota
    if not short.any():
        return Award(np.ones(len(worth), dtype=np.bool_), worth.sum() / SCALE, worth.sum() / SCALE)
    return _proved(_Model(worth, load[short], quota[short]), effort, seed)


@dataclass(frozen=True, eq=False)
class _Model:
    """Pieces by their worth, and the quotas that are short."""

    worth: IntArray
    load: csr_array
    quota: IntArray


def _proved(model: _Model, effort: float, seed: int) -> Award:
    """The best award: an exact choice among ever more pieces, until no other piece can change it.

    A piece whose gain at the prices of the quotas is further from 0 than an award is from the relaxed one stands as it is there in
    all that are better.
    """
    found = linprog(-model.worth, A_ub=model.load, b_ub=model.quota, bounds=(0, 1), method="highs")
    if found.x is None:
        raise SolverFailure(f"the relaxed leave auction: {found.message}")
    gain = model.worth + model.load.T @ found.ineqlin.marginals
    granted = _whole(np.asarray(found.x), gain, model)
    width = (-found.fun - float(model.worth[granted].sum())) / FIRST_CORE
    while True:
        core = np.flatnonzero(np.abs(gain) <= width + 1.0)
        better, most = _exact(model, gain > 0, core, effort, seed)
        granted = max(granted, better, key=lambda one: int(model.worth[one].sum()))
        value = int(model.worth[granted].sum())
        if -found.fun - value <= width or len(core) == len(gain):
            granted = _whole(granted.astype(np.float64), gain, model)  # without a proof something may still fit
            value = int(model.worth[granted].sum())
            return Award(granted, value / SCALE, max(value, most) / SCALE)
        width = -found.fun - value


def _whole(relaxed: FloatArray, gain: FloatArray, model: _Model) -> BoolArray:
    """A relaxed award made whole: what it grants for sure, then what still fits, what gains most at its prices first."""
    granted, columns = relaxed >= WHOLE, model.load.tocsc()
    left = model.quota - model.load @ granted.astype(np.int64)
    for k in np.argsort(-gain, kind="stable").tolist():
        held = slice(columns.indptr[k], columns.indptr[k + 1])
        rows, taken = columns.indices[held], columns.data[held]
        if not granted[k] and (taken <= left[rows]).all():
            granted[k] = True
            left[rows] -= taken
    return granted


def _exact(model: _Model, others: BoolArray, core: IntArray, effort: float, seed: int) -> tuple[BoolArray, int]:
    """The best choice of the pieces of a core beside the others, as these are granted, and what no such choice exceeds."""
    granted = others.copy()
    granted[core] = False
    load, left = model.load[:, core], model.quota - model.load @ granted.astype(np.int64)
    cp, solver = cp_model.CpModel(), cp_model.CpSolver()
    take = [cp.new_bool_var("") for _ in core]
    for row in np.flatnonzero(np.asarray(load.sum(axis=1)).ravel() > left).tolist():
        held = slice(load.indptr[row], load.indptr[row + 1])
        pieces = [take[k] for k in load.indices[held].tolist()]
        cp.add(cp_model.LinearExpr.weighted_sum(pieces, load.data[held].tolist()) <= int(left[row]))
    cp.maximize(cp_model.LinearExpr.weighted_sum(take, model.worth[core].tolist()))
    solver.parameters.num_workers, solver.parameters.random_seed = 1, seed
    solver.parameters.max_deterministic_time = effort
    code = solver.solve(cp)
    if code not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise SolverFailure(f"CP-SAT answers {solver.status_name(code)} to the leave auction")
    sure = int(model.worth[granted].sum())
    granted[core] = [solver.boolean_value(one) for one in take]
    return granted, sure + int(solver.best_objective_bound)
