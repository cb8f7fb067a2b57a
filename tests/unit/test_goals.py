from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from roster_case import FIRST, problem_of, random_problem

from data.model.people import Wish
from data.model.roster import Roster
from optimizer.rostering.frame import presence
from optimizer.rostering.goals import change, coverage, wishes
from optimizer.rostering.problem import RosterProblem

PARAMS = change.Params(change_cost=6, call_in_cost=12, move_cost=1, overtime_cost=15, early_cost=5)


def one_day(code: str, **changed: int) -> Roster:
    """One agent, one day, shift E (8:00, nine hours, meal after three) or a day off; some field changed."""
    codes, work = ("-", "E", "L"), code != "-"
    base = {"symbol": codes.index(code), "start": {"-": -1, "E": 480, "L": 840}[code], "minutes": 540 * work}
    base |= {"meal": 180 if work else -1, "meal_minutes": 60 * work} | changed
    fields = {name: np.array([[value]]) for name, value in base.items()}
    return Roster(("g0",), small().grid.horizon, codes, **fields, rhythm="week")


def small(heads: int = 1) -> RosterProblem:
    return problem_of(np.full((1, 24), heads), (("a",),), 2, ())


@pytest.mark.parametrize(
    ("before", "after", "cost"),
    [
        (one_day("E"), one_day("E"), 0),
        (one_day("E"), one_day("E", meal=240), 1),
        (one_day("E"), one_day("L"), 6),
        (one_day("E"), one_day("-"), 12),
        (one_day("-"), one_day("E"), 12),
        (one_day("E"), one_day("E", start=510, meal=240), 6),
        (one_day("E"), one_day("E", minutes=600), 6 + 15),
        (one_day("E"), one_day("E", minutes=450), 6 + 7.5),
    ],
)
def test_each_kind_of_change_has_its_price(before: Roster, after: Roster, cost: float) -> None:
    problem = replace(small(), base=before, rhythm="week")
    assert change.measure(PARAMS, problem, after) == cost
    assert change.measure(PARAMS, problem, replace(after, rhythm="month")) == 0


def test_a_shift_given_up_for_leave_is_nobodys_change() -> None:
    after = replace(one_day("-"), codes=("-", "SL"), symbol=np.array([[1]]))
    assert change.measure(PARAMS, replace(small(), base=one_day("E"), rhythm="week"), after) == 0


@pytest.mark.parametrize(
    ("wish", "code", "cost"),
    [
        (Wish(agent="g0", day=FIRST, rank=1), "E", 20),
        (Wish(agent="g0", day=FIRST, rank=5), "E", 4),
        (Wish(agent="g0", day=FIRST), "-", 0),
        (Wish(agent="g0", day=FIRST, kind="on", shift="E", rank=5), "E", 0),
        (Wish(agent="g0", day=FIRST, kind="on", shift="E", rank=5), "-", 2),
        (Wish(agent="g0", day=FIRST, kind="avoid", shift="E", rank=4), "E", 4),
        (Wish(agent="g0", day=FIRST, kind="avoid", shift="L"), "E", 0),
        (Wish(agent="g0", day=FIRST + timedelta(days=9)), "E", 0),
        (Wish(agent="stranger", day=FIRST), "E", 0),
    ],
)
def test_a_wish_costs_its_rank_when_refused(wish: Wish, code: str, cost: float) -> None:
    assert wishes.measure(wishes.Params(), replace(small(), wishes=(wish,)), one_day(code)) == cost


def test_coverage_counts_the_missing_and_the_idle() -> None:
    assert coverage.measure(coverage.Params(), small(heads=1), one_day("E")) == (24 - 8) * 20
    assert coverage.measure(coverage.Params(), small(heads=0), one_day("E")) == 8 * 2


def test_a_half_hour_meal_takes_a_slot_of_an_hour_and_a_quarter_takes_none() -> None:
    half, quarter = one_day("E", meal_minutes=30), one_day("E", meal_minutes=15)
    assert coverage.present(small(), half).sum() == 8
    assert coverage.present(small(), quarter).sum() == 9


@pytest.mark.parametrize("seed", range(5))
def test_the_search_and_the_goal_see_the_same_agents(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = replace(random_problem(rng, 3, 4, 3), first_open=1)
    shape = (3, 4)
    start, minutes, meal = rng.integers(-1, 96, shape) * 15, rng.integers(2, 40, shape) * 15, rng.integers(-1, 5, shape) * 45
    pause = np.where(meal >= 0, rng.integers(1, 5, shape) * 15, 0)
    codes = problem.alphabet.codes
    roster = Roster(tuple(a.id for a in problem.agents), problem.grid.horizon, codes, start * 0, start, minutes, meal, pause)
    seen = presence(problem, roster, np.ones(shape, dtype=bool))
    assert (seen == coverage.present(problem, roster)[:, 24:]).all()
