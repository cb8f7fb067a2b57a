"""The search over a team, on teams of which every line is known: its bound, its proofs, what it does when it is told to stop."""

from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from team_case import Tiny, placeable_team

from data.model.base import IntArray
from optimizer.rostering.executor import open_executor
from optimizer.rostering.search import SearchParams
from optimizer.rostering.search.teams import pricing
from optimizer.rostering.search.teams.arms import Arms
from optimizer.rostering.search.teams.search import TeamFound, TeamSearch
from optimizer.rostering.search.watch import Watch
from optimizer.rostering.solution import Budget, OnProgress, Progress, Status, keep_going

QUICK = Budget(rounds=6)


def found_by(
    tiny: Tiny, executor: Executor, budget: Budget = QUICK, seed: int = 0, hint: IntArray | None = None,
    listener: OnProgress = keep_going,
) -> TeamFound:  # fmt: skip
    searching = TeamSearch(tiny.problem, SearchParams(seed=seed), budget, Watch(listener), executor)
    assert not len(searching.begin(hint))
    return searching.run()


def search(
    tiny: Tiny, budget: Budget = QUICK, seed: int = 0, hint: IntArray | None = None, listener: OnProgress = keep_going
) -> TeamFound:
    with ThreadPoolExecutor(1) as executor:
        return found_by(tiny, executor, budget, seed, hint, listener)


def check(tiny: Tiny, found: TeamFound) -> None:
    """Lines are legal, the cost is theirs, and the bound is not above it."""
    np.testing.assert_allclose(found.stand.own, [tiny.own_of(a, line) for a, line in enumerate(found.stand.line)])
    assert np.isfinite(found.stand.own).all()
    assert found.cost == pytest.approx(tiny.cost_of(found.stand.line))
    assert found.bound <= found.cost


@pytest.mark.parametrize("grain", [1.0, 3.0])
@pytest.mark.parametrize("seed", range(8))
def test_bound_and_proof_are_true(seed: int, grain: float) -> None:
    tiny = placeable_team(np.random.default_rng(seed), agents=4, grain=grain)
    tiny = replace(tiny, problem=replace(tiny.problem, grain=1.0))
    optimum = tiny.optimum(whole=True)
    with ThreadPoolExecutor(1) as executor:
        searching = TeamSearch(tiny.problem, SearchParams(), QUICK, Watch(keep_going), executor)
        searching.begin(None)
        found = searching.run()
    check(tiny, found)
    assert searching.bound <= optimum + 1e-6
    assert found.cost >= optimum - 1e-6
    assert (found.status is Status.OPTIMAL) == (found.bound == pytest.approx(found.cost))
    assert found.cost <= optimum + 3 * grain


def test_most_small_teams_are_proved() -> None:
    proved = 0
    for seed in range(10):
        tiny = placeable_team(np.random.default_rng(seed), agents=4)
        tiny = replace(tiny, problem=replace(tiny.problem, grain=1.0))
        proved += search(tiny).status is Status.OPTIMAL
    assert proved >= 4


@pytest.mark.parametrize("seed", range(6))
def test_costs_that_are_not_whole_have_no_grain(seed: int) -> None:
    tiny = placeable_team(np.random.default_rng(seed), agents=4, grain=0.37)
    tiny = replace(tiny, problem=replace(tiny.problem, grain=0.0))
    found, optimum = search(tiny), tiny.optimum(whole=True)
    check(tiny, found)
    assert found.bound <= optimum + 1e-6
    assert optimum - 1e-6 <= found.cost <= optimum + 2
    assert found.status is not Status.OPTIMAL or found.cost == pytest.approx(optimum)


@pytest.mark.parametrize("seed", range(6))
def test_limits_that_are_priced_are_kept(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(pricing, "MOST_CELLS", 1)
    tiny = placeable_team(np.random.default_rng(seed), agents=5)
    found = search(tiny)
    check(tiny, found)
    assert found.bound <= tiny.optimum(whole=True) + 1e-6


def test_a_budget_in_steps_gives_the_same_roster_whatever_runs_it() -> None:
    teams = [placeable_team(np.random.default_rng(seed), agents=9, grain=0.37) for seed in range(2)]
    teams = [replace(tiny, problem=replace(tiny.problem, grain=0.0)) for tiny in teams]
    told: list[list[object]] = []
    for name, workers in (("threads", 1), ("threads", 2), ("processes", 1)):
        with open_executor(name, workers) as executor:
            runs = [found_by(tiny, executor, seed=5) for tiny in teams]
        told.append([(run.stand.line.tolist(), run.cost, run.bound, run.steps, run.status) for run in runs])
    assert told[0] == told[1] == told[2]
    assert any(steps == QUICK.rounds for *_, steps, _ in told[0])  # type: ignore[misc]


def test_without_a_bound_there_are_moves_and_neighbourhoods_alone() -> None:
    tiny = placeable_team(np.random.default_rng(4), agents=4)
    phases: list[str] = []

    def listener(record: Progress) -> bool:
        phases.append(record.phase)
        return True

    found = search(tiny, Budget(bound_steps=0, rounds=4), listener=listener)
    check(tiny, found)
    assert (found.bound, found.steps) == (0.0, 4)
    assert "dive" not in phases
    assert phases.count("neighbourhoods") == 4


@pytest.mark.parametrize("phase", ["first roster", "columns", "dive", "neighbourhoods"])
def test_a_listener_that_says_stop_is_obeyed(phase: str) -> None:
    tiny = placeable_team(np.random.default_rng(9), agents=6, grain=0.37)
    tiny = replace(tiny, problem=replace(tiny.problem, grain=0.0))
    phases: list[str] = []

    def listener(record: Progress) -> bool:
        phases.append(record.phase)
        return record.phase != phase

    found = search(tiny, listener=listener)
    check(tiny, found)
    assert found.status is Status.CANCELLED
    assert found.steps == 0
    assert phases[-1] == "neighbourhoods" or phases[-1] == phase
    if phase == "first roster":
        assert "columns" not in phases or found.bound == 0


@pytest.mark.parametrize("seed", range(3))
def test_costs_told_never_rise_and_bounds_never_fall(seed: int) -> None:
    tiny = placeable_team(np.random.default_rng(seed), agents=10, grain=0.37)
    tiny = replace(tiny, problem=replace(tiny.problem, grain=0.0))
    records: list[Progress] = []

    def listener(record: Progress) -> bool:
        records.append(record)
        return True

    check(tiny, search(tiny, Budget(bound_steps=0, rounds=40), listener=listener))
    assert (np.diff([record.cost for record in records]) <= 1e-6).all()
    assert (np.diff([record.bound for record in records]) >= -1e-9).all()
    assert (np.diff([record.seconds for record in records]) >= 0).all()
    assert all(0 <= record.done <= 1 for record in records)


def test_no_time_leaves_the_first_roster() -> None:
    tiny = placeable_team(np.random.default_rng(6), agents=6)
    found = search(tiny, replace(QUICK, seconds=0.0))
    check(tiny, found)
    assert (found.status, found.steps) == (Status.FEASIBLE, 0)


# -- hints


def legal(tiny: Tiny, rng: np.random.Generator) -> IntArray:
    """A legal line of everyone."""
    return np.stack([tiny.every[rng.choice(np.flatnonzero(np.isfinite(price)))] for price in tiny.price])


def test_a_hint_is_where_the_search_begins() -> None:
    rng = np.random.default_rng(9)
    tiny = placeable_team(rng, agents=5)
    hint = legal(tiny, rng)
    found = search(tiny, hint=hint, listener=lambda _: False)
    np.testing.assert_array_equal(found.stand.line, hint)
    check(tiny, found)


def test_no_hint_makes_it_worse() -> None:
    rng = np.random.default_rng(10)
    tiny = placeable_team(rng, agents=5)
    best = search(tiny)
    again = search(tiny, Budget(bound_steps=0, rounds=0), hint=best.stand.line)
    check(tiny, again)
    assert again.cost <= best.cost + 1e-6


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("stops", [False, True])
def test_a_hint_that_is_not_legal_does_no_harm(seed: int, stops: bool) -> None:
    rng = np.random.default_rng(seed)
    tiny = placeable_team(rng, agents=4)
    hint = legal(tiny, rng)
    for a in (1, 3):
        hint[a] = tiny.every[rng.choice(np.flatnonzero(np.isinf(tiny.price[a])))]
    check(tiny, search(tiny, hint=hint, listener=lambda _: not stops))


# -- edges


def test_one_agent_alone() -> None:
    tiny = placeable_team(np.random.default_rng(11), agents=1)
    found = search(tiny)
    check(tiny, found)
    assert found.cost == pytest.approx(tiny.optimum(whole=True))


def test_heads_that_cost_nothing() -> None:
    tiny = placeable_team(np.random.default_rng(12), agents=3)
    tiny.team.step[:] = 0.0
    tiny = replace(tiny, problem=replace(tiny.problem, idle=0.0))
    found = search(tiny)
    check(tiny, found)
    assert found.cost == pytest.approx(tiny.price.min(axis=1).sum())


def test_kinds_that_gain_come_more_often_and_all_come() -> None:
    arms, promise, drawn = Arms(30, 56, seed=1), np.ones(30), dict[int, int]()
    promise[7] = 50.0
    often = 0
    for _ in range(2000):
        arm, rows, first, end = arms.draw(promise)
        assert len(set(rows.tolist())) == len(rows) == arm.agents
        assert (np.diff(rows) > 0).all()
        assert 0 <= first < end <= 56
        assert end - first <= arm.days
        drawn[arm.agents] = drawn.get(arm.agents, 0) + 1
        often += 7 in rows
        arm.learn(10.0 if arm.agents == 13 else 0.0, 100 * arm.agents)
    assert set(drawn) == {6, 9, 13, 19, 28, 30}
    assert max(drawn, key=lambda size: drawn[size]) == 13
    assert often > 1500
