"""The searches: `solve` for a month or a week, `tweak` for a day that is under way."""

from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from time import perf_counter

import numpy as np

from data.model.base import FloatArray
from data.model.roster import Roster
from optimizer.rostering.bound import on_grid
from optimizer.rostering.cpsat import solve_exact, suits
from optimizer.rostering.executor import usable_cores
from optimizer.rostering.frame import Lines, frame_of, roster_of, stood_lines
from optimizer.rostering.pauses import Plans
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search.confirmation import confirmed
from optimizer.rostering.search.day import tweak
from optimizer.rostering.search.month import search_month
from optimizer.rostering.search.params import SearchParams, TweakParams
from optimizer.rostering.search.teams import search_team
from optimizer.rostering.search.teams import suits as by_shift
from optimizer.rostering.search.watch import Watch
from optimizer.rostering.search.week import search_week
from optimizer.rostering.solution import Budget, OnProgress, Solution, Status, keep_going
from optimizer.rostering.verify import TOLERANCE, verify

__all__ = ["SearchParams", "TweakParams", "solve", "tweak"]

EXACT_FROM = 0.5
"""Share of the seconds after which the exact model has its turn on a small team (house choice)."""


def solve(
    problem: RosterProblem,
    *,
    params: SearchParams | None = None,
    budget: Budget | None = None,
    on_progress: OnProgress = keep_going,
    hint: Roster | None = None,
    executor: Executor | None = None,
    prices: FloatArray | None = None,
) -> Solution:
    """Plan a month, or adjust a week of one, as ``problem.rhythm`` says; the roster is verified before it leaves.

    Parameters
    ----------
    hint : Roster or None
        A roster on the same days to begin from.
    executor : Executor or None
        Where the bound is computed (`optimizer.rostering.executor.open_executor`); the roster does not depend on it. None =
        threads of its own.
    prices : array of float, shape (queues, slots), or None
        What one agent more was worth when the base roster was made (`Solution.prices`): a week adjustment leans on them.

    Raises
    ------
    VerificationFailed
        If the roster breaks a rule other than for an agent who has no legal line, or costs something else than the search says.
    """
    if executor is None:
        with ThreadPoolExecutor(usable_cores()) as threads:
            return solve(problem, params=params, budget=budget, on_progress=on_progress, hint=hint, executor=threads, prices=prices)
    watch, params, budget = Watch(on_progress), params or SearchParams(), budget or Budget()
    suited = problem.rhythm == "month" and budget.bound_steps > 0 and suits(problem)
    searching = replace(budget, seconds=EXACT_FROM * budget.seconds) if suited and budget.effort > 0 else budget
    solution = (_team if by_shift(problem) else _floor)(problem, params, searching, watch, hint, executor, prices)
    return _exact(problem, solution, params, budget, watch) if suited and solution.status is Status.FEASIBLE else solution


def _floor(
    problem: RosterProblem,
    params: SearchParams,
    budget: Budget,
    watch: Watch,
    hint: Roster | None,
    executor: Executor,
    prices: FloatArray | None,
) -> Solution:
    """Agents are required on queues, slot by slot."""
    frame = frame_of(problem)
    if problem.rhythm == "month":
        found, climbed = search_month(frame, params, budget, watch, hint, executor)
    else:
        found, climbed = search_week(frame, params, budget, watch, hint, executor, prices)
    roster = frame.roster(found.lines, {"seed": str(params.seed), "sweeps": str(found.sweeps)})
    verdict = confirmed(problem, roster, frame.unplaced, found.cost)
    worth = on_grid(problem, climbed.prices)
    # only prices below zero (a goal that pays back) can make a roster cost less than nothing
    bound = max(0.0, climbed.bound) if (frame.crew.cost >= 0).all() else climbed.bound
    seconds = perf_counter() - watch.began
    return Solution(found.status, roster, verdict.costs, bound, seconds, found.sweeps, frame.unplaced, verdict, worth)


def _team(
    problem: RosterProblem,
    params: SearchParams,
    budget: Budget,
    watch: Watch,
    hint: Roster | None,
    executor: Executor,
    _: FloatArray | None,
) -> Solution:
    """Heads are demanded on shifts, day by day."""
    found = search_team(problem, params, budget, watch, hint, executor)
    plans = Plans.of(problem)
    lines = Lines(found.symbol, np.where(plans.count[found.symbol] > 0, 0, -1))
    origin = {"seed": str(params.seed), "neighbourhoods": str(found.steps)}
    roster = roster_of(problem, plans, stood_lines(problem, plans), lines, origin)
    verdict = confirmed(problem, roster, found.unplaced, found.cost)
    seconds = perf_counter() - watch.began
    return Solution(found.status, roster, verdict.costs, found.bound, seconds, found.steps, found.unplaced, verdict)


def _exact(problem: RosterProblem, solution: Solution, params: SearchParams, budget: Budget, watch: Watch) -> Solution:
    """The solution of a small team after the exact model has had its turn: proved, cheaper or better bounded, if it can."""
    left = watch.left(budget)
    if budget.effort <= 0 or left <= 0 or solution.gap <= 0:
        return solution
    found = solve_exact(
        problem, seconds=left, effort=budget.effort, workers=1, seed=params.seed, hint=solution.roster, on_progress=watch
    )
    seconds, bound = perf_counter() - watch.began, max(solution.bound, found.bound)
    if found.roster is None:
        return solution
    if found.cost >= solution.cost - TOLERANCE:
        status = Status.OPTIMAL if found.status is Status.OPTIMAL else solution.status
        return replace(solution, status=status, bound=min(bound, solution.cost), seconds=seconds)
    verdict = verify(problem, found.roster)
    return replace(
        solution, status=found.status, roster=found.roster, costs=verdict.costs, bound=bound, seconds=seconds, verdict=verdict
    )
