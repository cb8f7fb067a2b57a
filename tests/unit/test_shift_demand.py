"""Heads demanded by shift: the file and its findings, and plans that meet it or say what it costs not to."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from roster_case import FIRST, problem_of, random_demand, random_problem

from api.planned import Planned
from api.planning import adjust_week, plan_month
from data.exchange.folder import CentreFolder, read_folder, write_folder, write_template
from data.model.demand import Forecast
from data.model.errors import Finding, InvalidData
from data.model.rulebook import GoalSpec, RuleSpec
from data.model.shift_demand import ShiftDemand
from optimizer.rostering.crowd import Heads, code_price, crowd_cost, crowd_of, gather
from optimizer.rostering.frame import frame_of
from optimizer.rostering.goals import Gathering
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search import SearchParams
from optimizer.rostering.search.closing import close
from optimizer.rostering.search.descent import Descent
from optimizer.rostering.search.swaps import alike, swap
from optimizer.rostering.solution import Budget
from optimizer.rostering.verify import verify

MET = (
    ShiftDemand(day=date(2026, 6, 1), shift="E", heads=3, under=50.0, over=2.5),
    ShiftDemand(day=date(2026, 6, 1), shift="E", heads=5, under=1.0, over=0.0),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_template(tmp_path / "centre")
    return tmp_path / "centre"


def demand_file(folder: Path, *rows: str) -> None:
    text = "\n".join(["date,shift,heads,under,over", *rows]) + "\n"
    (folder / "shift_demand.csv").write_text(text, encoding="utf-8")


def findings(folder: Path) -> list[Finding]:
    with pytest.raises(InvalidData) as caught:
        read_folder(folder)
    return list(caught.value.findings)


# -- the file


def test_demand_comes_back_as_it_was(folder: Path, tmp_path: Path) -> None:
    read = read_folder(folder)
    assert read.shift_demand == ()
    write_folder(read, tmp_path / "none")
    assert not (tmp_path / "none" / "shift_demand.csv").exists()
    write_folder(replace(read, shift_demand=MET), tmp_path / "again")
    assert read_folder(tmp_path / "again").shift_demand == MET


def test_every_finding_of_the_demand_at_once(folder: Path) -> None:
    demand_file(folder, "2026-06-01,E,-1,5,0", "2026-06-01,E,1.5,5,0", "1 June,E,2,5,0", "2026-06-01,E,2,-5,", "1999-01-01,E,2,5,0")
    assert [(f.where, f.row, f.column) for f in findings(folder)] == [
        ("shift_demand.csv", 2, "heads"),
        ("shift_demand.csv", 3, "heads"),
        ("shift_demand.csv", 4, "date"),
        ("shift_demand.csv", 5, "over"),
        ("shift_demand.csv", 5, "under"),
    ]


def test_a_shift_that_is_not_defined_is_found(folder: Path) -> None:
    demand_file(folder, "2026-06-01,E,2,5,0", "2026-06-01,Q,2,5,0", "2026-06-02,-,2,5,0")
    assert [(f.row, f.column, f.read) for f in findings(folder)] == [(3, "shift", "'Q'"), (4, "shift", "'-'")]


# -- plans


def demanded(*rows: tuple[int, str, int, float, float], agents: int = 4, days: int = 7) -> RosterProblem:
    """Agents of one queue that needs nobody, each to work four days of the week, demanded by shift."""
    hours = RuleSpec(id="hours", kind="hours", numbers={"min_minutes": 4 * 480, "max_minutes": 4 * 480})
    problem = problem_of(np.zeros((1, 24 * days), dtype=np.int64), (("a",),) * agents, 2, (hours,))
    rulebook = problem.rulebook.model_copy(update={"goals": (GoalSpec(kind="shift_cover"),)})
    told = tuple(
        ShiftDemand(day=FIRST + timedelta(days=day), shift=shift, heads=heads, under=under, over=over)
        for day, shift, heads, under, over in rows
    )
    return replace(problem, rulebook=rulebook, shift_demand=told)


def plan(problem: RosterProblem, path: Path) -> Planned:
    """The month plan of a folder that holds what the problem does."""
    centre = CentreFolder(path, problem.centre, problem.agents, problem.rulebook, shift_demand=problem.shift_demand)
    return plan_month(centre, forecast_of(problem), problem.requirement, budget=Budget(sweeps=10, bound_steps=10))


def forecast_of(problem: RosterProblem) -> Forecast:
    none = np.zeros((1, problem.grid.size))
    return Forecast(("a",), problem.grid, problem.grid.horizon.start, none, none[..., None].repeat(21, axis=2), none + 1, none > 0)


def test_month_and_week_meet_the_demand_of_the_folder(tmp_path: Path) -> None:
    rows = [(day, shift, 1, 10.0, 10.0) for day in range(7) for shift in "EL"] + [(3, "E", 3, 10.0, 0.0)]
    problem = demanded(*rows)
    month = plan(problem, tmp_path)
    assert month.problem.shift_demand == problem.shift_demand
    assert month.solution.costs["goal.shift_cover"] == 2 * 10  # 16 duties for 14 heads and two that are demanded beside
    week = adjust_week(month, month.forecast, problem.requirement, FIRST + timedelta(days=2), days=4)
    assert week.solution.costs["goal.shift_cover"] == 2 * 10
    assert verify(week.problem, week.roster, week.solution.costs).legal


def test_days_outside_of_the_plan_are_ignored(tmp_path: Path) -> None:
    problem = demanded((-1, "E", 4, 10.0, 0.0), (7, "E", 4, 10.0, 0.0))
    assert plan(problem, tmp_path).solution.costs["goal.shift_cover"] == 0


# -- several gatherings


def gathered(seed: int) -> RosterProblem:
    """Two teams, two goals that keep them together, and demand by shift."""
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, 8, 9, 3)
    agents = tuple(agent.model_copy(update={"team": ("t", "u", "")[k % 3]}) for k, agent in enumerate(problem.agents))
    goals = GoalSpec(kind="shift_cover"), GoalSpec(kind="teams"), GoalSpec(kind="teams", numbers={"cost": 2.5})
    rulebook = problem.rulebook.model_copy(update={"goals": (*problem.rulebook.goals, *goals)})
    return replace(problem, agents=agents, rulebook=rulebook, shift_demand=random_demand(problem, rng))


def test_gatherings_share_no_team_and_no_width() -> None:
    narrow = Gathering(np.array([0, -1, 1]), np.full((1, 2, 2), [3.0, 0.0]), np.zeros((1, 2)))
    nobody = Gathering(np.array([-1, -1, -1]), np.ones((1, 2, 1)), np.ones((1, 2)))
    wide = Gathering(np.array([0, 0, 0]), np.full((1, 2, 3), [-4.0, -2.0, 1.0]), np.full((1, 2), 6.0))
    crowd = crowd_of((), (narrow, nobody, wide), 3, slice(None))
    np.testing.assert_array_equal(crowd.team, [[0, -1, 1], [-1, -1, -1], [2, 2, 2]])
    np.testing.assert_array_equal(crowd.step[0, 0, 1], [3.0, 0.0, 0.0])
    heads = Heads(np.zeros((0, 0), dtype=np.int64), np.zeros((3, 1, 2), dtype=np.int64))
    assert crowd_cost(crowd, heads, 0, 1) == 6
    for a, cost in enumerate((3 + 2, 3 + 0, 3 + 3 + 1)):
        gather(crowd, heads, a, np.array([1]), 1)
        assert crowd_cost(crowd, heads, 0, 1) == cost
    assert crowd_cost(crowd, heads, 1, 1) == 0
    gather(crowd, heads, 1, np.array([1]), -1)
    assert crowd_cost(crowd, heads, 0, 1) == 3 + 3


@pytest.mark.parametrize("seed", range(6))
def test_a_head_costs_what_the_cost_of_all_heads_grows_by(seed: int) -> None:
    frame = frame_of(gathered(seed))
    descent = Descent(frame, frame.kept, SearchParams(seed=seed), present=False)
    descent.insert(1.0)
    crowd, heads, rng = frame.crowd, descent.floor.heads, np.random.default_rng(seed)
    first, line = frame.shape.first_shift, frame.kept.symbol[0]
    for a in rng.choice(frame.placeable, 4):
        here, d, s = (
            descent.lines.symbol[a],
            int(rng.integers(len(line))),
            int(rng.integers(first, len(frame.problem.alphabet.codes))),
        )
        gather(crowd, heads, a, here, -1)
        without = np.where(np.arange(len(here)) == d, 0, here)
        costs: list[float] = []
        for symbol in (without, np.where(np.arange(len(here)) == d, s, here)):
            gather(crowd, heads, a, symbol, 1)
            costs.append(crowd_cost(crowd, heads, 0, first))
            gather(crowd, heads, a, symbol, -1)
        gather(crowd, heads, a, here, 1)
        assert code_price(crowd, heads, a, d, s, int(here[d])) == pytest.approx(costs[1] - costs[0])


@pytest.mark.parametrize("seed", range(6))
def test_what_the_search_and_its_swaps_claim_is_what_the_verifier_finds(seed: int) -> None:
    frame = frame_of(gathered(seed))
    descent = Descent(frame, frame.kept, SearchParams(seed=seed), present=False)
    descent.insert(1.0)
    cost = descent.sweep(0.0)
    for rows in alike(frame):
        assert len(np.unique(frame.crowd.team[:, rows], axis=1).T) == 1
    cost -= swap(frame, descent.lines, descent.own, 8, np.random.default_rng(seed))
    assert not frame.unplaced
    assert sum(verify(frame.problem, frame.roster(descent.lines, {})).costs.values()) == pytest.approx(cost)
    with ThreadPoolExecutor(1) as threads:
        cost = close(descent, cost, None, threads, lambda: True)
    assert sum(verify(frame.problem, frame.roster(descent.lines, {})).costs.values()) == pytest.approx(cost)
