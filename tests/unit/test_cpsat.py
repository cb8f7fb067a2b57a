"""The exact model of a small team: what is frozen, capped, left out and reported."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product

import numpy as np
import pytest
from ortools.sat.python import cp_model
from roster_case import random_demand
from small_team import FIRST, SHIFTS, problem_of

from data.model.centre import EchelonTier, Site
from data.model.ledger import Balance
from data.model.roster import Roster
from data.model.rulebook import GoalSpec, RuleSpec, Scope
from optimizer.rostering.cpsat import MOST_AGENT_DAYS, solve_exact, suits
from optimizer.rostering.cpsat_floor import charge, pieces
from optimizer.rostering.cpsat_line import MAX_SCALE, Objective
from optimizer.rostering.curves import Curves
from optimizer.rostering.frame import Lines, frame_of
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.solution import Status
from optimizer.rostering.verify import verify

RUN = RuleSpec(id="run", kind="run_length", numbers={"max_days": 2})


def one_queue(**changes: object) -> RosterProblem:
    """Three agents for five days, two of whom are needed from 8 to 22 o'clock."""
    hour = np.arange(5 * 24) % 24
    heads = np.where((hour >= 8) & (hour < 22), 2, 0)[None, :]
    return replace(problem_of(heads, (("a",),) * 3, SHIFTS[:2], (RUN,)), **changes)


def solved(problem: RosterProblem, hint: Roster | None = None) -> Roster:
    solution = solve_exact(problem, seconds=60, workers=1, hint=hint)
    assert solution.status is Status.OPTIMAL
    assert solution.bound == pytest.approx(solution.cost, abs=1e-6)
    assert solution.roster is not None
    return solution.roster


def test_the_same_seed_gives_the_same_roster() -> None:
    first, second = solved(one_queue()), solved(one_queue())
    assert np.array_equal(first.symbol, second.symbol)
    assert np.array_equal(first.meal, second.meal)


def test_a_hint_does_not_change_the_optimum() -> None:
    problem = one_queue()
    roster = solved(problem)
    assert sum(verify(problem, solved(problem, roster)).costs.values()) == sum(verify(problem, roster).costs.values())


def test_meals_are_spread() -> None:
    heads = np.zeros((1, 24), dtype=np.int64)
    heads[0, 8:17] = 1
    roster = solved(problem_of(heads, (("a",), ("a",)), SHIFTS[:1]))
    assert roster.start.tolist() == [[480], [480]]
    assert len(set(roster.meal.ravel().tolist())) == 2


def test_minutes_are_capped() -> None:
    roster = solved(one_queue(max_line_minutes=np.array([480, 0, 960])))
    assert (roster.paid_minutes.sum(axis=1) <= [480, 0, 960]).all()
    assert roster.paid_minutes.sum() > 480


def test_a_week_moves_no_meal_and_no_shift_for_nothing() -> None:
    month = one_queue()
    book = month.rulebook.model_copy(update={"goals": (*month.rulebook.goals, GoalSpec(kind="change"))})
    base = solved(month)
    week = replace(month, rulebook=book, first_open=1, end_open=4, base=base, rhythm="week")
    roster = solved(week)
    assert np.array_equal(roster.symbol, base.symbol)
    assert np.array_equal(roster.meal, base.meal)


def test_an_agent_without_a_legal_line_is_left_out_and_named() -> None:
    never = RuleSpec(id="hours", kind="hours", numbers={"period": "plan", "min_minutes": 5000}, scope=Scope(agents=("g1",)))
    problem = one_queue()
    problem = replace(problem, rulebook=problem.rulebook.model_copy(update={"rules": (RUN, never)}))
    solution = solve_exact(problem, seconds=60, workers=1)
    assert [unplaced.agent for unplaced in solution.unplaced] == ["g1"]
    assert solution.roster is not None
    assert (solution.roster.start[1] == -1).all()
    assert (solution.roster.start[0] >= 0).any()


def test_a_listener_stops_the_search_and_the_roster_is_kept() -> None:
    costs: list[float] = []
    solution = solve_exact(one_queue(), seconds=60, workers=1, on_progress=lambda record: bool(costs.append(record.cost)))
    assert len(costs) == 1
    assert solution.status in (Status.CANCELLED, Status.OPTIMAL)
    assert solution.cost <= costs[0] + 1e-6
    assert solution.bound <= solution.cost + 1e-6


def test_it_suits_few_agents_for_few_days() -> None:
    problem = one_queue()
    many = tuple(problem.agents[0].model_copy(update={"id": f"m{k}"}) for k in range(MOST_AGENT_DAYS // 5 + 1))
    assert suits(problem)
    assert suits(replace(problem, agents=many[1:]))
    assert not suits(replace(problem, agents=many))
    assert suits(replace(problem, agents=many, first_open=1))


def test_no_time_is_out_of_budget() -> None:
    solution = solve_exact(one_queue(), seconds=0.0, workers=1)
    assert solution.status is Status.OUT_OF_BUDGET
    assert solution.roster is None


@pytest.mark.parametrize(
    ("prices", "scale"), [((2.0, 5.0), 1), ((0.25, 1.5), 4), ((10 / 3, 1.0), 3), ((0.31415926535, 0.27182818284), MAX_SCALE)]
)
def test_prices_are_made_whole_and_never_rounded_up(prices: tuple[float, float], scale: int) -> None:
    model, objective = cp_model.CpModel(), Objective()
    for price in prices:
        objective.add(model.new_constant(1), price)
    assert objective.minimise(model) == scale
    solver = cp_model.CpSolver()
    solver.solve(model)
    assert sum(prices) - 2 / scale < solver.objective_value / scale <= sum(prices) + 1e-9


def random_curves(rng: np.random.Generator, bends: int) -> Curves:
    """One slot of one queue, its bends between whole agents or upon them."""
    bend = np.sort(rng.integers(0, 10, bends) / rng.integers(1, 3))
    return Curves(-rng.integers(0, 20, (1, 1)) / 2, bend[None, None], rng.integers(0, 12, (1, 1, bends)) / 2)


@pytest.mark.parametrize("explicit", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_agents_on_a_queue_cost_what_the_curve_says(seed: int, explicit: bool) -> None:
    curves = random_curves(np.random.default_rng(seed), 1 + seed % 4)
    for agents in range(7):
        model, objective = cp_model.CpModel(), Objective()
        charge(model, objective, model.new_constant(agents), pieces(curves, 0, 0, 4), 3, explicit)
        scale = objective.minimise(model)
        solver = cp_model.CpSolver()
        assert solver.solve(model) == cp_model.OPTIMAL
        found = solver.objective_value / scale + objective.constant
        assert found == pytest.approx(3 * float((curves.cost(np.full((1, 1), agents)) - curves.cost(np.zeros((1, 1)))).item()))


GOALS = (
    GoalSpec(kind="seats", numbers={"over_cost": 3}),
    GoalSpec(kind="teams", numbers={"cost": 4}),
    GoalSpec(kind="shift_cover"),
    GoalSpec(kind="team_skills", numbers={"under_cost": 2.5, "min_agents": 2}),
    GoalSpec(kind="echelon_duty", numbers={"under_cost": 1.5, "over_cost": 1}),
    GoalSpec(kind="fairness", numbers={"weight": 2, "weekend": 2}),
)


def crowded(skills: tuple[tuple[str, ...], ...], days: int, goals: tuple[GoalSpec, ...] = GOALS) -> RosterProblem:
    """Agents of two sites, two teams and an echelon, demanded by shift, some of whom bring points; the plan ends on a Sunday."""
    rng = np.random.default_rng(len(skills) + days)
    heads = rng.integers(0, 3, (2, 24 * days))
    problem = problem_of(heads, skills, SHIFTS[:2], (RUN,), first=FIRST + timedelta(days=7 - days))
    sites = (Site(id="north", name="N", seats=1), Site(id="south", name="S", seats=0))
    tier = EchelonTier(id="x", name="X", tier=1, notice_minutes=0, max_minutes=60)
    agents = tuple(
        agent.model_copy(
            update={"site": "south" if k == 2 else "north", "team": ("t", "t", "u")[k % 3], "echelon": "x" if k else ""}
        )
        for k, agent in enumerate(problem.agents)
    )
    return replace(
        problem,
        centre=problem.centre.model_copy(update={"sites": sites, "echelons": (tier,)}),
        agents=agents,
        rulebook=problem.rulebook.model_copy(update={"goals": (*problem.rulebook.goals, *goals)}),
        balances=(Balance(agent="g0", until=FIRST - timedelta(days=1), points=3),),
        shift_demand=random_demand(problem, rng),
    )


def rosters(problem: RosterProblem) -> Iterator[Roster]:
    """Every roster of the open days of the agents who have a legal line, meals included."""
    frame = frame_of(problem)
    meals, opened = frame.shape.meals, slice(frame.shape.open_first, frame.shape.open_end)
    duties = [(s, m) for s in range(len(meals)) for m in (range(meals[s]) if meals[s] else (-1,))]
    shape = len(frame.placeable), opened.stop - opened.start
    for chosen in product(duties, repeat=shape[0] * shape[1]):
        lines = Lines(frame.kept.symbol.copy(), frame.kept.meal.copy())
        for part, values in zip(lines, np.array(chosen).T, strict=True):
            part[frame.placeable, opened] = values.reshape(shape)
        yield frame.roster(lines, {})


def least_cost(problem: RosterProblem) -> float:
    """Cost of the cheapest roster whose placed agents keep the rules, as the verifier finds it."""
    left_out = {unplaced.agent for unplaced in frame_of(problem).unplaced}
    verdicts = (verify(problem, roster) for roster in rosters(problem))
    return min(sum(v.costs.values()) for v in verdicts if {breach.agent for breach in v.breaches} <= left_out)


PAIR, TRIO = (("a",), ("a", "b")), (("a",), ("a", "b"), ("b",))


@pytest.mark.parametrize("goal", [None, *GOALS])
def test_what_agents_share_costs_what_the_verifier_says(goal: GoalSpec | None) -> None:
    for skills, days in ((PAIR, 2), (TRIO, 1)):
        problem = crowded(skills, days, GOALS if goal is None else (goal,))
        assert sum(verify(problem, solved(problem)).costs.values()) == pytest.approx(least_cost(problem))


def test_frozen_days_stand_in_bands_and_teams() -> None:
    month = crowded(TRIO, 3)
    symbol = np.array([[2, 0, 1], [1, 0, 2], [2, 0, 1]])
    base = frame_of(month).roster(Lines(symbol, np.where(symbol == 1, 0, -1)), {})
    for first_open, end_open in ((0, 1), (1, 2), (2, 3)):
        week = replace(month, first_open=first_open, end_open=end_open, base=base, rhythm="week")
        assert sum(verify(week, solved(week)).costs.values()) == pytest.approx(least_cost(week))


def test_agents_without_a_legal_line_are_counted_where_they_stand() -> None:
    never = RuleSpec(id="hours", kind="hours", numbers={"period": "plan", "min_minutes": 5000}, scope=Scope(agents=("g1",)))
    month = crowded(TRIO, 2, (*GOALS, GoalSpec(kind="teams", numbers={"cost": 500})))
    symbol = np.array([[0, 0], [1, 2], [0, 0]])
    base = frame_of(month).roster(Lines(symbol, np.where(symbol == 1, 0, -1)), {})
    rulebook = month.rulebook.model_copy(update={"rules": (RUN, never)})
    problem = replace(month, base=base, rulebook=rulebook)
    solution = solve_exact(problem, seconds=60, workers=1)
    assert [unplaced.agent for unplaced in solution.unplaced] == ["g1"]
    assert solution.cost == pytest.approx(least_cost(problem))
    assert solution.bound == pytest.approx(solution.cost)
