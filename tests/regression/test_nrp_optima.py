"""The small instances of Curtois and Qu, solved to their proved optimum in few steps; the benchmark's checker says so."""

import pytest
from nrp_case import DATA

from benchmarks.nrp.checker import broken, cost
from benchmarks.nrp.mapping import problem_of, schedule_of
from data.exchange.nrp import read_instance
from optimizer.rostering.search import SearchParams, solve
from optimizer.rostering.solution import Budget

OPTIMA = {1: 607, 2: 828, 3: 1001}
"""Curtois, Qu (2014): proved."""
STEPS = 30
"""Neighbourhoods at most; the second and the third need none."""


@pytest.mark.parametrize(("number", "optimum"), OPTIMA.items())
@pytest.mark.parametrize("seed", [0, 1])
def test_the_optimum_is_found(number: int, optimum: int, seed: int) -> None:
    path = DATA / f"Instance{number}.txt"
    if not path.exists():
        pytest.skip(f"no {path.name}: set ECHELON_BENCH_DATA to the folder of public data")
    instance = read_instance(path)
    solution = solve(problem_of(instance), params=SearchParams(seed=seed), budget=Budget(rounds=STEPS))
    assert solution.roster is not None
    schedule = schedule_of(solution.roster)
    assert (cost(instance, schedule), broken(instance, schedule)) == (optimum, [])
    assert 0.9 * optimum <= solution.bound <= optimum + 1e-6
