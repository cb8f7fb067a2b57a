"""Coverage: agents missing and idle, by heads, by service or by calls, and how the search sees them."""

from dataclasses import replace

import numpy as np
import pytest
from goal_case import one_day, small
from roster_case import random_problem

from data.model.roster import Roster
from optimizer.rostering.frame import presence
from optimizer.rostering.goals import coverage
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.rules import Tongue


def test_coverage_counts_the_missing_and_the_idle() -> None:
    assert coverage.measure(coverage.Params(), small(heads=1), one_day("E")) == (24 - 8) * 20
    assert coverage.measure(coverage.Params(), small(heads=0), one_day("E")) == 8 * 2


REACHED = (0, 0.3, 0.55, 0.75, 0.85, 0.95, 1)
"""Service of none to six agents; the target of 0.8 takes four."""


def served(
    calls: float = 100, heads: int = 5, shown: float = 1, reached: tuple[float, ...] = REACHED, **queue: object
) -> RosterProblem:
    """One agent, one queue of hourly slots alike, with a staffing curve."""
    problem = small(heads)
    whole = np.full((1, 24), heads)
    curve = {"curve": np.tile(reached, (1, 24, 1)), "curve_first": 0 * whole, "calls": whole * 0 + calls}
    need = replace(problem.requirement, heads=whole, shrinkage=np.full((1, 24), 1 - shown), **curve)
    first = problem.centre.queues[0].model_copy(update=queue)
    return replace(problem, requirement=need, centre=problem.centre.model_copy(update={"queues": (first,)}))


def by_number(problem: RosterProblem, **numbers: object) -> list[float]:
    """Cost of none to seven agents in a slot, once charge and measure agree on none and one."""
    params = coverage.Params.model_validate(numbers)
    curves = coverage.charge(params, problem).curves
    assert curves is not None
    costs = [round(float(curves.cost(np.full((24, 1), float(n)))[0, 0]), 9) for n in range(8)]
    assert coverage.measure(params, problem, one_day("E")) == pytest.approx(16 * costs[0] + 8 * costs[1])
    return costs


@pytest.mark.parametrize(
    ("least", "numbers", "costs"),
    [
        (0, {}, [100, 80, 60, 40, 20, 0, 2, 4]),
        (2, {}, [180, 120, 60, 40, 20, 0, 2, 4]),
        (2, {"min_heads_cost": 1}, [100, 80, 60, 40, 20, 0, 2, 4]),
        (9, {"min_heads_cost": 2}, [200, 160, 120, 80, 40, 0, 2, 4]),
        (0, {"by": "service"}, [190, 130, 80, 40, 20, 0, 2, 4]),
        (2, {"by": "service"}, [270, 170, 80, 40, 20, 0, 2, 4]),
        (0, {"by": "service", "bends": 1}, [190, 140, 90, 40, 20, 0, 2, 4]),
        (0, {"by": "calls", "bends": 6, "call_cost": 1}, [98, 68, 43, 23, 13, 3, 0, 2]),
        (0, {"by": "calls", "call_cost": 1}, [98, 68, 45.5, 23, 13, 5.5, 0, 2]),
        (1, {"by": "calls", "bends": 6}, [238, 138, 88, 48, 28, 8, 0, 2]),
    ],
)
def test_agents_missing_are_counted_by_heads_by_service_or_by_calls(
    least: int, numbers: dict[str, object], costs: list[float]
) -> None:
    assert by_number(served(min_staff=least), **numbers) == costs


def test_service_is_read_at_the_heads_that_are_shown() -> None:
    one_of_two = by_number(served(heads=8, shown=0.5), by="service", bends=8)
    everyone = by_number(served(heads=4), by="service", bends=8)
    assert one_of_two[::2] == [2 * cost for cost in everyone[:4]] == [340, 220, 120, 40]


def test_least_staff_is_on_the_phones_so_more_are_rostered() -> None:
    assert np.diff(by_number(served(heads=6, shown=0.5, min_staff=2))).tolist() == [-60] * 4 + [-20] * 2 + [2]


@pytest.mark.parametrize("by", ["service", "calls"])
def test_where_no_service_is_known_heads_are_counted(by: str) -> None:
    heads = by_number(served())
    assert by_number(served(calls=0, reached=(1,)), by=by) == heads
    assert by_number(served(channel="deferred", reached=(0, 0.2, 0.4, 0.6, 0.8, 1)), by=by) == heads


def test_a_target_out_of_reach_is_that_of_the_heads_required() -> None:
    costs = by_number(served(heads=3, reached=(0, 0.3, 0.5, 0.6)), by="service")
    assert costs[:5] == [20 * 6, 20 * 3, 20, 0, 2]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_coverage_says_what_counts(language: Tongue) -> None:
    told = {"min_heads_cost": 2.5, "bends": 7, "call_cost": 0.75}
    said = {
        by: coverage.sentence(coverage.Params.model_validate({"by": by} | told), language) for by in ("heads", "service", "calls")
    }
    assert all("2.5" in text for text in said.values())
    assert [by for by in said if "7" in said[by]] == ["service", "calls"]
    assert [by for by in said if "0.75" in said[by]] == ["calls"]


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
