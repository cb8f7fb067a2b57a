"""Several problems at once give what each gives alone."""

import numpy as np
import pytest
from roster_case import random_problem

from optimizer.rostering.executor import open_executor
from optimizer.rostering.many import solve_all, solve_seeds
from optimizer.rostering.search import SearchParams, solve
from optimizer.rostering.solution import Budget

BUDGET = Budget(sweeps=6, bound_steps=10)


def test_sites_side_by_side_are_what_they_are_alone() -> None:
    problems = [random_problem(np.random.default_rng(seed), 4, 7, 3) for seed in range(3)]
    with open_executor("threads", 2) as executor:
        found = solve_all(problems, executor, budget=BUDGET)
    assert list(found) == [0, 1, 2]
    for number, problem in enumerate(problems):
        alone = solve(problem, budget=BUDGET)
        assert found[number].cost == alone.cost
        assert found[number].bound == alone.bound
        assert (found[number].roster.symbol == alone.roster.symbol).all()


def test_of_several_seeds_the_cheapest_roster_is_kept() -> None:
    problem = random_problem(np.random.default_rng(3), 5, 7, 3)
    alone = [solve(problem, params=SearchParams(seed=seed), budget=BUDGET) for seed in range(4)]
    with open_executor("threads", 2) as executor:
        best = solve_seeds(problem, range(4), executor, budget=BUDGET)
        with pytest.raises(ValueError, match="no seed"):
            solve_seeds(problem, (), executor, budget=BUDGET)
    assert best.cost == min(one.cost for one in alone)
    assert best.bound == max(one.bound for one in alone)
