"""The peers of the roster benchmark must answer the same question, or their costs say nothing."""

import numpy as np
from ortools.sat.python import cp_model

from benchmarks.rostering.centre import month_centre
from benchmarks.rostering.cpsat_peer import Model
from benchmarks.rostering.month import Month
from benchmarks.rostering.start import legal, roster_of
from optimizer.rostering.verify import verify


def answer(problem, roster):
    """The monolith with the days of a roster fixed: solver, status and model."""
    model, solver = Model(Month(problem)), cp_model.CpSolver()
    model.add()
    for variable, value in model._known(roster):
        model.cp.add(variable == value)
    solver.parameters.num_workers = 1
    return solver, solver.solve(model.cp), model


def test_the_start_is_legal():
    problem = month_centre(40, seed=3)
    assert verify(problem, legal(problem)).legal


def test_the_monolith_charges_what_the_verifier_charges():
    problem = month_centre(4, seed=1)
    solver, status, model = answer(problem, legal(problem))
    verdict = verify(problem, model.roster(solver))
    assert (status, verdict.legal) == (cp_model.OPTIMAL, True)
    assert sum(verdict.costs.values()) == solver.objective_value


def test_the_monolith_refuses_what_the_verifier_refuses():
    problem = month_centre(4, seed=1)
    symbol = legal(problem).symbol.copy()
    row = int(np.flatnonzero((problem.leave < 0).all(axis=1))[0])
    worked = np.flatnonzero(symbol[row, problem.first_open :])[-1] + problem.first_open
    symbol[row, worked] = 0
    broken = roster_of(problem, symbol)
    assert [b.rule for b in verify(problem, broken).breaches]
    assert answer(problem, broken)[1] == cp_model.INFEASIBLE
