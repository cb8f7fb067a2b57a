"""The exact model of a small team, generated from the same rules and goals as the line engine (OR-Tools CP-SAT).

It proves small rosters optimal, and it is the referee of the drivers. All agents of a skill group who work the same shift
share their meals and their queues as whole numbers, so that only the lines are counted one by one.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.errors import SolverFailure
from data.model.roster import Roster
from optimizer.rostering.cpsat_line import Line, Objective, add_language
from optimizer.rostering.goals import kinds
from optimizer.rostering.language import Language
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.ruling import line_language
from optimizer.rostering.solution import OnProgress, Progress, Solution, Status, keep_going
from optimizer.rostering.verify import verify

STATUS = {
    cp_model.OPTIMAL: Status.OPTIMAL,
    cp_model.FEASIBLE: Status.FEASIBLE,
    cp_model.INFEASIBLE: Status.INFEASIBLE,
    cp_model.UNKNOWN: Status.OUT_OF_BUDGET,
}

Crew = tuple[int, int, int]
"""Agents of one skill group on one day in one shift: (group, day, symbol)."""


@dataclass(frozen=True)
class Model:
    """A roster problem as CP-SAT sees it.

    Parameters
    ----------
    lines : list of Line
        One for each agent.
    meals : dict
        For each crew, how many of it take each meal: (minutes after the start of the shift, -1 = none; variable).
    scale : int
        What the objective was multiplied by to be whole.
    """

    cp: cp_model.CpModel
    lines: list[Line]
    meals: dict[Crew, list[tuple[int, cp_model.IntVar]]]
    objective: Objective
    scale: int


def solve_exact(
    problem: RosterProblem,
    *,
    seconds: float,
    workers: int = 2,
    seed: int = 0,
    hint: Roster | None = None,
    on_progress: OnProgress = keep_going,
) -> Solution:
    """The cheapest roster of all, with its proof if the time suffices.

    The roster is the same on every run with one worker, as long as the time does not run out.

    Parameters
    ----------
    seconds : float
        Wall-clock limit.
    workers : int
        Threads.
    hint : Roster or None
        Roster of the same agents and days to start from.

    Returns
    -------
    Solution
        Costs are those of `verify`, the bound is the solver's.

    Raises
    ------
    SolverFailure
        CP-SAT refuses the model.
    """
    model = build(problem)
    if hint is not None:
        _hint(model, problem, hint)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = seed
    listener = _Listener(model, seconds, on_progress)
    code = solver.solve(model.cp, listener)
    if code not in STATUS:
        raise SolverFailure(f"CP-SAT answers {solver.status_name(code)}: {model.cp.validate()}")
    status = Status.CANCELLED if listener.stopped and code != cp_model.OPTIMAL else STATUS[code]
    bound = solver.best_objective_bound / model.scale + model.objective.constant
    if code not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Solution(status, None, {}, max(bound, 0.0), solver.wall_time, 0)
    roster = _roster(model, problem, solver)
    return Solution(status, roster, verify(problem, roster).costs, bound, solver.wall_time, 0)
