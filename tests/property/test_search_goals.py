"""Searches under every goal at once: the cost claimed is the cost measured, above the bound, and the same on every run."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from roster_case import random_demand, random_problem

from data.model.centre import EchelonTier, Site
from data.model.ledger import Balance
from data.model.rulebook import GoalSpec
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search import solve
from optimizer.rostering.solution import Budget
from optimizer.rostering.verify import verify

GOALS = (
    GoalSpec(kind="coverage"),
    GoalSpec(kind="wishes"),
    GoalSpec(kind="change"),
    GoalSpec(kind="fairness", numbers={"weight": 0.5}),
    GoalSpec(kind="preferences"),
    GoalSpec(kind="seats"),
    GoalSpec(kind="echelon_duty"),
    GoalSpec(kind="teams"),
    GoalSpec(kind="shift_cover", numbers={"scale": 0.5}),
    GoalSpec(kind="pay"),
)


def full_problem(seed: int) -> RosterProblem:
    """Two sites with few seats, two teams, a tier, preferences, balances and demand by shift."""
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, 7, 14, 3)
    kinds = ("day", "night", "early", "late")
    agents = tuple(
        agent.model_copy(
            update={
                "site": f"s{k % 2}", "team": f"t{k % 3}" if k % 3 < 2 else "", "echelon": "first" if k < 4 else "",
                "prefers": tuple(rng.permutation(kinds)[:2].tolist()) if k % 2 else (),
            }
        )
        for k, agent in enumerate(problem.agents)
    )  # fmt: skip
    tier = EchelonTier(id="first", name="First", tier=1, notice_minutes=60, max_minutes=480)
    centre = problem.centre.model_copy(
        update={"sites": tuple(Site(id=f"s{k}", name=f"s{k}", seats=1 + k) for k in range(2)), "echelons": (tier,)}
    )
    balances = tuple(Balance(agent=agent.id, until=date(2026, 5, 31), points=float(rng.normal(0, 3))) for agent in agents)
    rulebook = problem.rulebook.model_copy(update={"goals": GOALS})
    known = {"balances": balances, "shift_demand": random_demand(problem, rng)}
    return replace(problem, centre=centre, agents=agents, rulebook=rulebook, **known)


@pytest.mark.parametrize("seed", range(8))
def test_a_month_under_every_goal(seed: int) -> None:
    problem = full_problem(seed)
    one, other = (solve(problem, budget=Budget(sweeps=8, bound_steps=30)) for _ in range(2))
    assert one.roster is not None
    assert other.roster is not None
    assert (one.roster.symbol == other.roster.symbol).all()
    assert one.bound == other.bound
    verdict = verify(problem, one.roster, one.costs)
    assert not verdict.faults
    assert {breach.agent for breach in verdict.breaches} <= {agent.agent for agent in one.unplaced}
    assert one.bound <= one.cost + 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_a_week_under_every_goal(seed: int) -> None:
    problem = full_problem(seed)
    month = solve(problem, budget=Budget(sweeps=6, bound_steps=0)).roster
    assert month is not None
    week = replace(problem, base=month, first_open=7, end_open=12, rhythm="week")
    found = solve(week, budget=Budget(sweeps=6, bound_steps=20))
    assert found.roster is not None
    assert not verify(week, found.roster, found.costs).faults
    assert found.bound <= found.cost + 1e-6
