"""The benchmark's checker and the product's verifier agree on every schedule of an instance that is mapped to a problem."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from nrp_case import random_instance, random_schedule, roster_of

from benchmarks.nrp.checker import broken, cost
from benchmarks.nrp.mapping import problem_of, schedule_of
from optimizer.rostering.verify import verify

SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=800, deadline=None, derandomize=True, database=None)
@given(SEEDS)
def test_the_verifier_finds_what_the_checker_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    instance = random_instance(rng)
    schedule = random_schedule(rng, instance)
    roster = roster_of(instance, schedule)
    verdict = verify(problem_of(instance), roster)
    assert not verdict.faults
    assert sum(verdict.costs.values()) == cost(instance, schedule), verdict.costs
    wrong = {said.partition(":")[0] for said in broken(instance, schedule)}
    assert {breach.agent for breach in verdict.breaches} == wrong
    assert schedule_of(roster) == schedule
