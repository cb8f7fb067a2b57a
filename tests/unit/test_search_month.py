from dataclasses import replace

import numpy as np
import pytest
from roster_case import problem_of, random_problem

from data.model.errors import VerificationFailed
from data.model.roster import Roster
from data.model.rulebook import RuleSpec
from optimizer.rostering import search
from optimizer.rostering.cpsat import solve_exact
from optimizer.rostering.goals import coverage
from optimizer.rostering.search import SearchParams, solve
from optimizer.rostering.solution import Budget, Progress, Status
from optimizer.rostering.verify import verify

BUDGET = Budget(sweeps=12, bound_steps=60)
PARTS = ("symbol", "start", "minutes", "meal", "meal_minutes")


def same(one: Roster | None, other: Roster | None) -> bool:
    assert one is not None
    assert other is not None
    return all((getattr(one, part) == getattr(other, part)).all() for part in PARTS)


@pytest.mark.parametrize("seed", range(6))
def test_rosters_are_legal_and_cost_what_is_claimed_above_the_bound(seed: int) -> None:
    problem = random_problem(np.random.default_rng(seed), 8, 14, 3)
    solution = solve(problem, budget=BUDGET)
    assert solution.roster is not None
    verdict = verify(problem, solution.roster, solution.costs)
    excused = {unplaced.agent for unplaced in solution.unplaced}
    assert {breach.agent for breach in verdict.breaches} <= excused
    assert not verdict.faults
    assert 0 <= solution.bound <= solution.cost + 1e-9


@pytest.mark.parametrize("seed", range(6))
def test_the_optimum_lies_between_bound_and_cost(seed: int) -> None:
    problem = random_problem(np.random.default_rng(100 + seed), 3, 5, 2)
    solution, exact = solve(problem, budget=BUDGET), solve_exact(problem, seconds=20, workers=1)
    assert exact.status is Status.OPTIMAL
    if not solution.unplaced:
        assert solution.bound <= exact.cost + 1e-6
        assert exact.cost <= solution.cost + 1e-6
        assert solution.cost <= 1.25 * exact.cost


def test_the_bound_is_tight_for_one_agent() -> None:
    problem = problem_of(np.ones((1, 72), dtype=np.int64), (("a",),), 2, ())
    solution = solve(problem, budget=Budget(sweeps=6, bound_steps=200))
    assert solution.bound == pytest.approx(solution.cost, rel=1e-3)


def test_the_same_seed_gives_the_same_roster_and_bound() -> None:
    problem = random_problem(np.random.default_rng(3), 8, 14, 3)
    first, again = (solve(problem, params=SearchParams(seed=5), budget=BUDGET) for _ in range(2))
    assert same(first.roster, again.roster)
    assert first.bound == again.bound


def test_a_hint_is_never_made_worse() -> None:
    problem = random_problem(np.random.default_rng(4), 8, 14, 3)
    first = solve(problem, budget=BUDGET)
    again = solve(problem, budget=Budget(sweeps=2, bound_steps=0), hint=first.roster)
    assert again.cost <= first.cost * 1.1


def test_who_has_no_line_is_reported_with_the_rule() -> None:
    rules = (
        RuleSpec(id="much", kind="hours", numbers={"min_minutes": 480 * 7}),
        RuleSpec(id="run", kind="run_length", numbers={"max_days": 6}),
    )
    problem = problem_of(np.ones((1, 24 * 7), dtype=np.int64), (("a",), ("a",)), 2, rules)
    solution = solve(problem, budget=BUDGET)
    assert [unplaced.agent for unplaced in solution.unplaced] == ["g0", "g1"]
    assert "much" in solution.unplaced[0].reason
    assert solution.roster is not None
    assert (solution.roster.symbol == 0).all()
    assert solution.cost == solution.bound == 24 * 7 * 20


def test_progress_is_told_of_the_first_roster_and_of_each_sweep_and_may_stop_the_search() -> None:
    problem = random_problem(np.random.default_rng(5), 4, 7, 2)
    seen: list[Progress] = []

    def listen(progress: Progress) -> bool:
        seen.append(progress)
        return len(seen) < 4

    solution = solve(problem, budget=Budget(sweeps=10, bound_steps=0), on_progress=listen)
    assert solution.status is Status.CANCELLED
    assert [(progress.phase, round(progress.done, 1)) for progress in seen] == [
        ("first roster", 1.0),
        ("month", 0.1),
        ("month", 0.2),
        ("month", 0.3),
    ]
    assert seen[-1].cost == pytest.approx(solution.cost)


def test_progress_of_the_bound_comes_before_the_sweeps_and_beside_them() -> None:
    problem = random_problem(np.random.default_rng(5), 4, 7, 2)
    seen: list[Progress] = []
    solution = solve(problem, budget=Budget(sweeps=3, bound_steps=8), on_progress=lambda record: seen.append(record) is None)
    phases = [progress.phase for progress in seen]
    assert phases[:9] == ["first roster", *["bound"] * 8]
    assert phases.count("bound") >= 9
    assert phases.count("month") >= 1
    assert max(progress.bound for progress in seen) <= solution.cost + 1e-6


def test_no_time_gives_a_legal_roster_out_of_budget() -> None:
    problem = random_problem(np.random.default_rng(6), 4, 7, 2)
    solution = solve(problem, budget=Budget(seconds=0))
    assert solution.status is Status.OUT_OF_BUDGET
    assert solution.roster is not None
    assert solution.bound == 0


def test_a_cost_that_the_verifier_does_not_find_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = random_problem(np.random.default_rng(7), 4, 7, 2)
    assert not solve(problem, budget=Budget(sweeps=2, bound_steps=0)).unplaced
    measure = coverage.measure
    monkeypatch.setattr(coverage, "measure", lambda *args: measure(*args) + 1)
    with pytest.raises(VerificationFailed, match="claims"):
        search.solve(problem, budget=Budget(sweeps=2, bound_steps=0))


def test_without_the_goal_coverage_only_the_other_goals_count() -> None:
    problem = random_problem(np.random.default_rng(8), 4, 7, 2)
    rulebook = problem.rulebook.model_copy(update={"goals": problem.rulebook.goals[1:], "rules": ()})
    assert solve(replace(problem, rulebook=rulebook), budget=BUDGET).cost == 0
