"""Plans whose cover is by shift, through `solve`: which problems suit, who is not placed, hints, history, the verifier's word."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from roster_case import FIRST, problem_of, random_demand, random_problem

from data.model.rulebook import GoalSpec, RuleSpec, Scope
from data.model.shift_demand import ShiftDemand
from optimizer.rostering.cpsat import solve_exact
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search import SearchParams, solve
from optimizer.rostering.search.teams import search_team, suits
from optimizer.rostering.search.teams.part import cover_cost, heads_of
from optimizer.rostering.search.teams.problem import team_problem
from optimizer.rostering.search.watch import Watch
from optimizer.rostering.solution import Budget, Solution, Status, keep_going
from optimizer.rostering.verify import verify

QUICK = Budget(rounds=8)
BY_SHIFT = (GoalSpec(kind="shift_cover"), GoalSpec(kind="wishes"), GoalSpec(kind="preferences"))


def with_goals(problem: RosterProblem, *goals: GoalSpec) -> RosterProblem:
    return replace(problem, rulebook=problem.rulebook.model_copy(update={"goals": goals}))


def with_rules(problem: RosterProblem, *rules: RuleSpec) -> RosterProblem:
    """A problem with some rules more."""
    return replace(problem, rulebook=problem.rulebook.model_copy(update={"rules": (*problem.rulebook.rules, *rules)}))


def team(seed: int, agents: int = 6, days: int = 10) -> RosterProblem:
    """A random problem whose cover is by shift."""
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, agents, days, 3)
    return with_goals(replace(problem, shift_demand=random_demand(problem, rng)), *BY_SHIFT)


def duties(rules: tuple[RuleSpec, ...] = (), agents: int = 4, **costs: float) -> RosterProblem:
    """One head on each of two shifts of each day of a week."""
    problem = problem_of(np.zeros((1, 24 * 7), dtype=np.int64), (("a",),) * agents, 2, rules)
    told = {"under": 10.0, "over": 4.0} | costs
    days = [FIRST + timedelta(days=d) for d in range(7)]
    demand = tuple(ShiftDemand(day=day, shift=shift, heads=1, **told) for day in days for shift in "EL")
    return with_goals(replace(problem, shift_demand=demand), GoalSpec(kind="shift_cover"))


def check(problem: RosterProblem, solution: Solution) -> None:
    """The verifier finds no fault, and breaches of those alone who are not placed."""
    assert solution.roster is not None
    verdict = verify(problem, solution.roster, solution.costs)
    assert not verdict.faults
    assert {breach.agent for breach in verdict.breaches} <= {agent.agent for agent in solution.unplaced}
    assert solution.bound <= solution.cost + 1e-6


def never(agent: str, **numbers: Any) -> tuple[RuleSpec, ...]:
    """Two rules of one agent of which each is possible, and both are not."""
    scope, told = Scope(agents=(agent,)), {"period": "plan"} | numbers
    return (
        RuleSpec(id=f"{agent}.much", kind="hours", numbers={"min_minutes": 4 * 480, "max_minutes": 7 * 480} | told, scope=scope),
        RuleSpec(id=f"{agent}.little", kind="hours", numbers={"max_minutes": 480} | told, scope=scope),
    )


# -- which problems suit


def test_a_month_whose_cover_is_by_shift_alone_suits() -> None:
    problem = team(0)
    assert suits(problem)
    assert not suits(replace(problem, shift_demand=()))
    assert not suits(replace(problem, rhythm="week"))
    for goal in ("coverage", "seats"):
        site = problem.centre.model_copy(update={"sites": ()})
        assert suits(with_goals(replace(problem, centre=site), *BY_SHIFT, GoalSpec(kind=goal))) == (goal == "seats")
    assert not suits(with_goals(problem, GoalSpec(kind="wishes")))


def test_goals_of_several_teams_do_not_suit() -> None:
    problem = team(0)
    agents = tuple(agent.model_copy(update={"team": "xy"[k % 2]}) for k, agent in enumerate(problem.agents))
    assert not suits(with_goals(replace(problem, agents=agents), *BY_SHIFT, GoalSpec(kind="teams")))


def test_heads_that_save_less_than_the_next_do_not_suit() -> None:
    problem = team(0)
    agents = tuple(agent.model_copy(update={"team": "x"}) for agent in problem.agents)
    assert not suits(with_goals(replace(problem, agents=agents), *BY_SHIFT, GoalSpec(kind="teams")))


@pytest.mark.parametrize("seed", range(4))
def test_a_team_costs_what_the_verifier_finds(seed: int) -> None:
    problem = team(seed)
    made, solution = team_problem(problem), solve(problem, budget=QUICK)
    assert solution.roster is not None
    symbol, costs = solution.roster.symbol, solution.costs
    heads = heads_of(symbol, made.team.step.shape[1])
    assert made.idle + cover_cost(made.team.step, heads) == pytest.approx(costs["goal.shift_cover"])
    assert made.grain == 0.0
    assert team_problem(duties(under=12.0, over=8.0)).grain == 4.0


# -- what comes of it


@pytest.mark.parametrize("seed", range(8))
def test_rosters_are_verified_and_repeatable(seed: int) -> None:
    problem = team(seed)
    one = solve(problem, budget=QUICK)
    with ThreadPoolExecutor(2) as threads:
        other = solve(problem, budget=QUICK, executor=threads)
    check(problem, one)
    assert one.roster is not None
    assert other.roster is not None
    np.testing.assert_array_equal(one.roster.symbol, other.roster.symbol)
    assert (one.costs, one.bound, one.status) == (other.costs, other.bound, other.status)
    assert one.roster.origin["seed"] == "0"


def test_a_proof_ends_the_search() -> None:
    solution = solve(duties(), budget=Budget(rounds=1000))
    check(duties(), solution)
    assert (solution.status, solution.cost, solution.bound, solution.sweeps) == (Status.OPTIMAL, 0.0, 0.0, 0)


def test_too_few_agents_miss_the_cheapest_heads() -> None:
    hours = RuleSpec(id="hours", kind="hours", numbers={"period": "plan", "max_minutes": 3 * 480})
    problem = duties((hours,), agents=3)
    dear = tuple(d.model_copy(update={"under": 30.0}) if d.day.weekday() < 2 else d for d in problem.shift_demand)
    solution = solve(replace(problem, shift_demand=dear), budget=QUICK)
    assert solution.cost == 10.0 * (14 - 9)
    assert solution.status is Status.OPTIMAL


def test_demand_that_costs_nothing_is_no_trouble() -> None:
    problem = duties(under=0.0, over=0.0)
    solution = solve(problem, budget=QUICK)
    check(problem, solution)
    assert (solution.cost, solution.status) == (0.0, Status.OPTIMAL)


def test_a_listener_that_says_stop_gets_a_verified_roster() -> None:
    problem = team(3)
    for steps in range(1, 6):
        left = iter([True] * (steps - 1) + [False] * 100)
        solution = solve(problem, budget=QUICK, on_progress=lambda _, left=left: next(left))
        check(problem, solution)
        assert solution.status in (Status.CANCELLED, Status.OPTIMAL)


def test_the_exact_model_may_have_its_turn() -> None:
    problem = team(5, agents=3, days=6)
    solution = solve(problem, budget=replace(QUICK, effort=5.0))
    exact = solve_exact(problem, seconds=20, workers=1)
    check(problem, solution)
    assert exact.status is Status.OPTIMAL
    assert solution.cost == pytest.approx(exact.cost)


# -- who is not placed


def test_agents_without_a_legal_line_are_told_and_the_others_placed() -> None:
    problem = with_rules(duties(), *never("g1"))
    solution = solve(problem, budget=QUICK)
    check(problem, solution)
    assert [agent.agent for agent in solution.unplaced] == ["g1"]
    assert "g1.much" in solution.unplaced[0].reason or "g1.little" in solution.unplaced[0].reason
    assert solution.costs["goal.shift_cover"] == 0.0
    assert solution.roster is not None
    assert not solution.roster.symbol[1].any()


def test_heads_of_those_who_keep_their_lines_are_counted() -> None:
    """The one who has no legal line stands where the base roster says, and the others know it."""
    base = solve(duties(), budget=QUICK).roster
    assert base is not None
    busy = int((base.symbol > 0).sum(axis=1).argmax())
    problem = replace(with_rules(duties(), *never(f"g{busy}")), base=base)
    solution = solve(problem, budget=QUICK)
    check(problem, solution)
    assert solution.roster is not None
    np.testing.assert_array_equal(solution.roster.symbol[busy], base.symbol[busy])
    with ThreadPoolExecutor(1) as threads:
        found = search_team(problem, SearchParams(), QUICK, Watch(keep_going), None, threads)
    assert found.cost == pytest.approx(solution.cost)
    assert solution.costs["goal.shift_cover"] == 0.0


@pytest.mark.parametrize("under", [10.0, 10.5])
def test_when_nobody_has_a_legal_line_all_are_told(under: float) -> None:
    problem = with_rules(duties(agents=2, under=under), *never("g0"), *never("g1"))
    solution = solve(problem, budget=QUICK)
    check(problem, solution)
    assert [agent.agent for agent in solution.unplaced] == ["g0", "g1"]
    assert solution.cost == 14 * under


def test_when_more_than_one_rule_is_too_many_that_is_told() -> None:
    more = tuple(spec.model_copy(update={"id": f"{spec.id}.again"}) for spec in never("g0"))
    solution = solve(with_rules(duties(), *never("g0"), *more), budget=QUICK)
    assert solution.unplaced[0].reason == "no line is legal, whichever one rule is left out"


def test_agents_whose_limits_differ_are_all_placed() -> None:
    """Each has limits of other shifts: what a line of one uses is not what the line of another would."""
    numbers: list[Mapping[str, object]] = [{"names": ["E"]}, {"names": ["L"]}, {"names": ["E", "L"]}]
    rules = [
        RuleSpec(
            id=f"{agent}.{k}", kind="shifts", numbers={"period": "plan", "max_shifts": 1 + k} | dict(told),
            scope=Scope(agents=(agent,)),
        )
        for agent, some in (("g0", numbers[:1]), ("g1", numbers[1:2]), ("g2", numbers[::-1]), ("g3", []))
        for k, told in enumerate(some)
    ]  # fmt: skip
    problem = with_rules(duties(), *rules)
    solution = solve(problem, budget=QUICK)
    check(problem, solution)
    assert solution.unplaced == ()
    exact = solve_exact(problem, seconds=20, workers=1)
    assert solution.bound <= exact.cost + 1e-6
    assert solution.cost == pytest.approx(exact.cost)


# -- hints and history


def test_a_hint_is_used() -> None:
    problem = team(7)
    best = solve(problem, budget=Budget(rounds=30))
    again = solve(problem, budget=Budget(bound_steps=0), hint=best.roster)
    check(problem, again)
    assert again.cost <= best.cost + 1e-6
    stopped = solve(problem, budget=Budget(bound_steps=0), hint=best.roster, on_progress=lambda _: False)
    assert best.roster is not None
    assert stopped.roster is not None
    np.testing.assert_array_equal(stopped.roster.symbol, best.roster.symbol)


@pytest.mark.parametrize("stops", [False, True])
def test_a_hint_that_breaks_rules_does_no_harm(stops: bool) -> None:
    hint = solve(duties(), budget=QUICK).roster
    assert hint is not None
    tight = RuleSpec(id="few", kind="shifts", numbers={"names": ["E"], "period": "plan", "max_shifts": 1})
    run = RuleSpec(id="run", kind="run_length", numbers={"max_days": 1})
    for problem in (with_rules(duties(), tight), with_rules(duties(), run)):
        check(problem, solve(problem, budget=QUICK, hint=hint, on_progress=lambda _: not stops))


@pytest.mark.parametrize("seed", range(4))
def test_days_that_are_frozen_stay_and_count(seed: int) -> None:
    problem = team(seed, days=14)
    base = solve(problem, budget=QUICK).roster
    assert base is not None
    rng = np.random.default_rng(seed)
    later = replace(problem, base=base, first_open=5, shift_demand=random_demand(problem, rng))
    assert suits(later)
    solution = solve(later, budget=QUICK)
    check(later, solution)
    assert solution.roster is not None
    np.testing.assert_array_equal(solution.roster.symbol[:, :5], base.symbol[:, :5])
    assert not team_problem(later).team.step[:5].any()


def test_a_run_that_history_began_ends_in_time() -> None:
    run = RuleSpec(id="run", kind="run_length", numbers={"max_days": 3})
    problem = duties((run,), agents=2)
    base = solve(duties((), agents=2), budget=QUICK).roster
    assert base is not None
    worked = np.full(base.symbol.shape, 1)
    shift = problem.centre.shifts[0]
    base = replace(
        base, symbol=worked, start=np.full(worked.shape, shift.start_minute), minutes=np.full(worked.shape, shift.minutes),
        meal=np.full(worked.shape, 240), meal_minutes=np.full(worked.shape, 60),
    )  # fmt: skip
    solution = solve(replace(problem, base=base, first_open=3), budget=QUICK)
    assert solution.roster is not None
    assert not solution.roster.symbol[:, 3].any()
    check(replace(problem, base=base, first_open=3), solution)


def test_the_search_itself_tells_what_solve_does() -> None:
    problem = team(2)
    with ThreadPoolExecutor(1) as threads:
        found = search_team(problem, SearchParams(), QUICK, Watch(keep_going), None, threads)
    solution = solve(problem, budget=QUICK)
    assert solution.roster is not None
    np.testing.assert_array_equal(found.symbol, solution.roster.symbol)
    assert (found.bound, found.steps, found.status) == (solution.bound, solution.sweeps, solution.status)
