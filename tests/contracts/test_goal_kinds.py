"""Every goal that is discovered: schema, sentences, and prices that are what the finished roster costs."""

from dataclasses import replace

import numpy as np
import pytest
from roster_case import random_problem

from data.model.base import IntArray
from data.model.roster import Roster
from data.model.rulebook import GoalSpec
from optimizer.rostering.frame import Lines, frame_of, kept_lines
from optimizer.rostering.goals import kinds
from optimizer.rostering.problem import RosterProblem


def random_roster(problem: RosterProblem, rng: np.random.Generator) -> Roster:
    """Any symbols and meals at all, legal or not, in the shapes of the templates."""
    shape = len(problem.agents), problem.grid.horizon.days
    symbol = rng.integers(0, len(problem.alphabet.codes), shape)
    return frame_of(problem).roster(Lines(symbol, _meals(problem, symbol, rng)), {})


def _meals(problem: RosterProblem, symbol: IntArray, rng: np.random.Generator) -> IntArray:
    count = problem.alphabet.of_shifts([len(shift.meal_starts) for shift in problem.alphabet.shifts])[symbol]
    return np.where(count > 0, rng.integers(0, 1000, symbol.shape) % np.maximum(count, 1), -1)


def week_problem(seed: int) -> RosterProblem:
    """A problem of six days whose middle four are open, against a random base."""
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, 3, 6, 2)
    base = random_roster(problem, rng)
    goals = (*problem.rulebook.goals, GoalSpec(kind="change"))
    rulebook = problem.rulebook.model_copy(update={"goals": goals})
    return replace(problem, base=base, first_open=1, end_open=5, rhythm="week", rulebook=rulebook)


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_numbers_have_defaults_and_a_schema_and_sentences_hold_them(kind: str) -> None:
    goal = kinds()[kind]
    params = goal.Params.model_validate({})
    assert goal.Params.model_validate_json(params.model_dump_json()) == params
    assert goal.Params.model_json_schema()["type"] == "object"
    for language in ("en", "zh"):
        text = goal.sentence(params, language)
        assert all(f"{value:g}" in text for value in params.model_dump().values())


@pytest.mark.parametrize("kind", sorted(kinds()))
@pytest.mark.parametrize("seed", range(4))
def test_additive_prices_are_what_the_roster_costs(kind: str, seed: int) -> None:
    problem, goal = week_problem(seed), kinds()[kind]
    params = goal.Params.model_validate({"move_cost": 0} if kind == "change" else {})
    roster = random_roster(problem, np.random.default_rng(seed + 100))
    prices = goal.charge(params, problem).prices
    if prices is None:
        assert kind == "coverage"
        return
    symbol = kept_symbols(problem, roster)
    paid = np.take_along_axis(prices, symbol[:, :, None], axis=2).sum()
    assert paid > 0
    assert goal.measure(params, problem, roster) == pytest.approx(paid)


def kept_symbols(problem: RosterProblem, roster: Roster) -> IntArray:
    return np.array([problem.alphabet.codes.index(code) for code in roster.codes])[roster.symbol]


def test_a_kept_line_is_found_again() -> None:
    problem = replace(week_problem(1), absences=())
    roster = random_roster(problem, np.random.default_rng(7))
    again = frame_of(problem).roster(kept_lines(problem, roster), {})
    assert (again.meal == roster.meal).all()
    assert (again.start == roster.start).all()
