"""Several roster problems at once: the sites of a centre, the scenarios of a plan, or one problem from several seeds."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from optimizer.rostering.executor import map_problems
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search import SearchParams, solve
from optimizer.rostering.solution import Budget, OnProgress, Solution, keep_going


@dataclass(frozen=True)
class Task:
    """One problem and how it is to be solved; what travels to a worker."""

    problem: RosterProblem
    params: SearchParams
    budget: Budget


def solve_all(
    problems: Sequence[RosterProblem],
    executor: Executor,
    *,
    params: SearchParams | None = None,
    budget: Budget | None = None,
    on_progress: OnProgress = keep_going,
) -> dict[int, Solution]:
    """Solve independent problems side by side; each roster is verified, and the same as `solve` gives.

    Parameters
    ----------
    executor : Executor
        From `optimizer.rostering.executor.open_executor`.
    on_progress : OnProgress
        Told after each problem; False cancels those that have not begun.

    Returns
    -------
    dict of int to Solution
        By the number of the problem, without those cancelled.
    """
    tasks = [Task(problem, params or SearchParams(), budget or Budget()) for problem in problems]
    return map_problems(executor, _solved, tasks, on_progress)


def solve_seeds(
    problem: RosterProblem,
    seeds: Sequence[int],
    executor: Executor,
    *,
    params: SearchParams | None = None,
    budget: Budget | None = None,
    on_progress: OnProgress = keep_going,
) -> Solution:
    """The cheapest roster of several seeds, with the best bound that any of them found.

    Raises
    ------
    ValueError
        Without a seed, or if all were cancelled.
    """
    tasks = [Task(problem, replace(params or SearchParams(), seed=seed), budget or Budget()) for seed in seeds]
    found = list(map_problems(executor, _solved, tasks, on_progress).values())
    if not found:
        raise ValueError("no seed was solved")
    return replace(min(found, key=lambda solution: solution.cost), bound=max(solution.bound for solution in found))


def _solved(task: Task) -> Solution:
    return solve(task.problem, params=task.params, budget=task.budget)
