from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from roster_case import FIRST, random_problem, requirement_of

from data.model.people import Absence
from data.model.rulebook import GoalSpec, RuleSpec
from optimizer.rostering.cpsat import solve_exact
from optimizer.rostering.frame import charges_of, frame_of
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.product import table_key
from optimizer.rostering.ruling import line_language
from optimizer.rostering.search import SearchParams, solve
from optimizer.rostering.search.watch import Watch
from optimizer.rostering.search.week import search_week
from optimizer.rostering.solution import Budget, Status, keep_going
from optimizer.rostering.spoken import allowed_days, line_cap, spoken
from optimizer.rostering.verify import verify

BUDGET = Budget(sweeps=12, bound_steps=60)


def week(seed: int, agents: int = 8, days: int = 14, first: int = 7, end: int = 12) -> RosterProblem:
    """A planned fortnight of which some days are open again, with other calls and somebody ill."""
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, agents, days, 2)
    goals = (*problem.rulebook.goals, GoalSpec(kind="change"))
    problem = replace(problem, rulebook=problem.rulebook.model_copy(update={"goals": goals}))
    base = solve(problem, budget=Budget(sweeps=8, bound_steps=0)).roster
    assert base is not None
    heads = np.maximum(problem.requirement.heads + rng.integers(-1, 2, problem.requirement.heads.shape), 0)
    ill = Absence(agent="g1", first=FIRST + timedelta(days=first + 1), last=FIRST + timedelta(days=first + 2), code="SL")
    return replace(
        problem,
        requirement=requirement_of(heads, problem.grid),
        base=base,
        first_open=first,
        end_open=end,
        rhythm="week",
        absences=(*problem.absences, ill),
        max_line_minutes=base.paid_minutes[:, first:end].sum(axis=1),
    )


@pytest.mark.parametrize("seed", range(5))
def test_frozen_days_stay_caps_hold_and_costs_are_claimed(seed: int) -> None:
    problem = week(seed)
    solution = solve(problem, budget=BUDGET)
    assert solution.roster is not None
    assert problem.base is not None
    verdict = verify(problem, solution.roster, solution.costs)
    assert not verdict.faults
    assert {breach.agent for breach in verdict.breaches} <= {unplaced.agent for unplaced in solution.unplaced}
    frozen = [*range(7), *range(12, 14)]
    codes = np.array(solution.roster.codes)[solution.roster.symbol], np.array(problem.base.codes)[problem.base.symbol]
    assert (codes[0][:, frozen] == codes[1][:, frozen]).all()
    assert (codes[0][1, 8:10] == "SL").all()
    assert problem.max_line_minutes is not None
    assert (solution.roster.paid_minutes[:, 7:12].sum(axis=1) <= problem.max_line_minutes).all()
    assert solution.roster.rhythm == "week"
    assert 0 < solution.bound <= solution.cost


@pytest.mark.parametrize("seed", range(4))
def test_the_optimum_lies_between_bound_and_cost(seed: int) -> None:
    problem = replace(week(20 + seed, agents=3, days=6, first=2, end=5), max_line_minutes=None)
    solution, exact = solve(problem, budget=BUDGET), solve_exact(problem, seconds=20, workers=1)
    assert exact.status is Status.OPTIMAL
    if not solution.unplaced:
        assert solution.bound <= exact.cost + 1e-6
        assert exact.cost <= solution.cost + 1e-6


def test_nobody_gains_hours_however_much_is_missing() -> None:
    problem = week(2)
    rulebook = problem.rulebook.model_copy(update={"rules": ()})
    busy = replace(problem, rulebook=rulebook, requirement=requirement_of(np.full((2, 14 * 24), 9), problem.grid))
    held, free = (solve(one, budget=BUDGET).roster for one in (busy, replace(busy, max_line_minutes=None)))
    assert held is not None
    assert free is not None
    assert problem.max_line_minutes is not None
    gained = [roster.paid_minutes[:, 7:12].sum(axis=1) - problem.max_line_minutes for roster in (held, free)]
    assert gained[0].max() <= 0
    assert gained[1].max() > 0


def test_dear_changes_are_not_made() -> None:
    problem = week(1)
    problem = replace(problem, absences=problem.absences[:-1])
    goals = (
        GoalSpec(kind="coverage"),
        GoalSpec(kind="change", numbers={"change_cost": 1e6, "call_in_cost": 1e6, "move_cost": 1e6}),
    )
    rulebook = problem.rulebook.model_copy(update={"goals": goals})
    solution = solve(replace(problem, rulebook=rulebook), budget=BUDGET)
    assert solution.costs["goal.change"] == 0


def test_the_prices_of_the_month_help_the_bound_and_do_no_harm() -> None:
    problem = week(6)
    assert problem.base is not None
    month = replace(problem, first_open=0, end_open=14, base=None, rhythm="month", absences=(), max_line_minutes=None)
    prices = solve(month, budget=Budget(sweeps=2, bound_steps=150)).prices
    frame, budget = frame_of(problem), Budget(sweeps=6, bound_steps=10)
    with ThreadPoolExecutor(1) as threads:
        with_prices, without = (
            search_week(frame, SearchParams(), budget, Watch(keep_going), None, threads, known) for known in (prices, None)
        )
    assert with_prices[1].bound > without[1].bound
    assert with_prices[1].bound <= min(with_prices[0].cost, without[0].cost) + 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_agents_who_share_a_language_are_told_what_each_would_be_told_alone(seed: int) -> None:
    problem = week(30 + seed)
    hours = RuleSpec(id="few", kind="hours", numbers={"period": "month", "max_minutes": 480 * 2}, weight=0.01)
    days = RuleSpec(id="leisure", kind="days_off", numbers={"period": "month", "min_days": 0, "max_days": 1}, weight=2.0)
    problem = replace(problem, rulebook=problem.rulebook.model_copy(update={"rules": (*problem.rulebook.rules, hours, days)}))
    languages, said = spoken(problem, charges_of(problem))
    for a, agent in enumerate(problem.agents):
        allowed = allowed_days(problem, slice(a, a + 1))[0]
        alone = line_language(problem.binding(agent), problem.contexts[a], allowed, [line_cap(problem, a)])
        assert table_key(languages[said[a]]) == table_key(alone)
        assert np.array_equal(languages[said[a]].cost, alone.cost)
