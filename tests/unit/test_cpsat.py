"""The exact model of a small team: what is frozen, capped, left out and reported."""

from dataclasses import replace

import numpy as np
import pytest
from ortools.sat.python import cp_model
from small_team import SHIFTS, problem_of

from data.model.roster import Roster
from data.model.rulebook import GoalSpec, RuleSpec
from optimizer.rostering.cpsat import solve_exact
from optimizer.rostering.cpsat_line import MAX_SCALE, Objective
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.solution import Status
from optimizer.rostering.verify import verify

RUN = RuleSpec(id="run", kind="work_run", numbers={"max_days": 2})


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
    never = RuleSpec(id="hours", kind="hours", numbers={"period": "plan", "min_minutes": 5000}, scope={"agents": ("g1",)})
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
