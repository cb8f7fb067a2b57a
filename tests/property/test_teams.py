"""Random small plans whose cover is by shift: verified, bounded, and near the optimum that another solver proves."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from roster_case import random_demand, random_problem

from data.model.ledger import Balance
from data.model.rulebook import GoalSpec, RuleSpec, Scope
from optimizer.rostering.cpsat import solve_exact
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search import solve
from optimizer.rostering.search.teams import suits
from optimizer.rostering.solution import Budget, Status
from optimizer.rostering.verify import verify

SEEDS = st.integers(0, 2**32 - 1)
GOALS = (
    GoalSpec(kind="shift_cover"),
    GoalSpec(kind="shift_cover", numbers={"scale": 0.5}),
    GoalSpec(kind="wishes"),
    GoalSpec(kind="preferences"),
    GoalSpec(kind="pay", numbers={}),
    GoalSpec(kind="fairness", numbers={"weight": 0.5}),
)


def drawn(seed: int, agents: int, days: int) -> RosterProblem:
    """A random problem with some of the goals, and limits of shifts that are not the same for all."""
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, agents, days, 3)
    kinds = ("day", "night", "early", "late")
    people = tuple(
        agent.model_copy(update={"prefers": tuple(rng.permutation(kinds)[:2].tolist()) if k % 2 else ()})
        for k, agent in enumerate(problem.agents)
    )
    limits = tuple(
        RuleSpec(
            id=f"most.{agent.id}.{code}", kind="shifts", scope=Scope(agents=(agent.id,)),
            numbers={"names": [code], "period": "plan", "max_shifts": int(rng.integers(0, 4))},
        )
        for agent in people for code in "ELN" if rng.random() < 0.4
    )  # fmt: skip
    others = tuple(goal for goal in GOALS[1:] if rng.random() < 0.5)
    rules = (*problem.rulebook.rules, *limits)
    rulebook = problem.rulebook.model_copy(update={"goals": (GOALS[0], *others), "rules": rules})
    balances = tuple(Balance(agent=agent.id, until=date(2026, 5, 31), points=float(rng.normal(0, 3))) for agent in people)
    known = {"balances": balances, "shift_demand": random_demand(problem, rng)}
    return replace(problem, agents=people, rulebook=rulebook, **known)


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(SEEDS)
def test_rosters_are_legal_and_cost_what_is_claimed(seed: int) -> None:
    problem = drawn(seed, 7, 14)
    assert suits(problem)
    solution = solve(problem, budget=Budget(rounds=3))
    assert solution.roster is not None
    verdict = verify(problem, solution.roster, solution.costs)
    assert not verdict.faults
    assert {breach.agent for breach in verdict.breaches} <= {agent.agent for agent in solution.unplaced}
    assert solution.bound <= solution.cost + 1e-6


@settings(max_examples=15, deadline=None, derandomize=True, database=None)
@given(SEEDS)
def test_the_optimum_lies_between_bound_and_cost_and_near_both(seed: int) -> None:
    problem = drawn(seed, 3, 7)
    solution, exact = solve(problem, budget=Budget(rounds=12)), solve_exact(problem, seconds=20, workers=1)
    assert exact.status is Status.OPTIMAL
    assert {agent.agent for agent in solution.unplaced} == {agent.agent for agent in exact.unplaced}
    if solution.unplaced:
        return
    assert solution.bound <= exact.cost + 1e-4
    assert solution.cost >= exact.cost - 1e-4
    assert solution.cost <= exact.cost + 0.03 * abs(exact.cost) + 1e-4
    if solution.status is Status.OPTIMAL:
        assert solution.cost == pytest.approx(exact.cost, abs=1e-4)
