"""Neighbourhoods, dives and first columns: legal lines, at the cost that is claimed, on the days that are open."""

from dataclasses import replace
from math import inf
from time import monotonic

import numpy as np
import pytest
from team_case import SYMBOLS, Tiny, best_of, placeable_team

from data.model.base import IntArray
from optimizer.rostering.search.teams import pricing
from optimizer.rostering.search.teams.dive import Case, Dived, Manner, Stand, dive
from optimizer.rostering.search.teams.part import heads_of
from optimizer.rostering.search.teams.renew import Task, renew
from optimizer.rostering.search.teams.root import Root, RootTask, root


@pytest.fixture(autouse=True)
def _roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pricing, "MOST_CELLS", 10**9)


def random_lines(tiny: Tiny, rng: np.random.Generator) -> IntArray:
    """A legal line of everyone."""
    return np.stack([tiny.every[rng.choice(np.flatnonzero(np.isfinite(price)))] for price in tiny.price])


def owns(tiny: Tiny, line: IntArray) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.array([tiny.own_of(a, row) for a, row in enumerate(line)])


def task_of(tiny: Tiny, line: IntArray, rows: IntArray, first: int = 0, end: int = 4) -> Task:
    """A neighbourhood that is of use if it costs a unit less."""
    rest, cost = np.setdiff1d(np.arange(len(line)), rows), tiny.cost_of(line)
    stand, none = Stand(line[rows], owns(tiny, line)[rows]), Stand(np.zeros((0, 4), dtype=np.int64), np.zeros(0))
    kept = (frozenset[int](),) * len(rows)
    seeds = (none,) * len(rows)
    return Task(
        rows=rows, first=first, end=end, heads=heads_of(line[rest], SYMBOLS), stand=stand, seeds=seeds, wage=None, kept=kept,
        cost=cost, ceiling=cost - 1 + 1e-6, few=0.1, rounds=4, seed=0, until=inf,
    )  # fmt: skip


def renewed(tiny: Tiny, task: Task) -> Dived:
    return renew((tiny.team, tiny.problem.lines), task)


# -- dives


def case_of(tiny: Tiny, line: IntArray) -> Case:
    """A team that begins with one line for each agent."""
    seeds = [Stand(line[a : a + 1], owns(tiny, line)[a : a + 1]) for a in range(len(line))]
    return Case(tiny.team, tiny.problem.lines, [frozenset[int]()] * len(line), seeds, tiny.problem.idle, None)


def always() -> bool:
    return True


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("chance", [False, True])
def test_a_dive_ends_with_a_legal_roster_near_the_optimum(seed: int, chance: bool) -> None:
    rng = np.random.default_rng(seed)
    tiny = placeable_team(rng, agents=4)
    found = dive(case_of(tiny, random_lines(tiny, rng)), Manner(0.1, 4, rng if chance else None, inf, always))
    assert found.stand is not None
    np.testing.assert_allclose(found.stand.own, owns(tiny, found.stand.line))
    assert np.isfinite(found.stand.own).all()
    optimum = tiny.optimum(whole=True)
    assert optimum - 1e-6 <= tiny.cost_of(found.stand.line) <= optimum + 6


@pytest.mark.parametrize("seed", range(12))
def test_what_a_dive_finds_costs_no_more_than_its_ceiling(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tiny = placeable_team(rng, agents=5)
    ceiling = tiny.optimum(whole=True)
    for few in (0.1, 1.0):
        found = dive(case_of(tiny, random_lines(tiny, rng)), Manner(few, 1, None, ceiling + 1e-6, always))
        assert found.stand is None or tiny.cost_of(found.stand.line) <= ceiling + 1e-5


def test_a_dive_gives_up_above_its_ceiling_or_when_it_is_told_to() -> None:
    rng = np.random.default_rng(1)
    tiny = placeable_team(rng, agents=4)
    case = case_of(tiny, random_lines(tiny, rng))
    assert dive(case, Manner(0.1, 4, None, tiny.optimum(whole=True) - 1, always)).stand is None
    assert dive(case, Manner(0.1, 4, None, inf, lambda: False)).stand is None


# -- neighbourhoods


@pytest.mark.parametrize("seed", range(16))
def test_new_lines_are_legal_and_cost_no_more_than_is_allowed(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tiny = placeable_team(rng, agents=5)
    line = random_lines(tiny, rng)
    rows, (first, end) = np.sort(rng.choice(5, 3, replace=False)), sorted(rng.choice(5, 2, replace=False).tolist())
    task = replace(task_of(tiny, line, rows, first, end), seed=seed)
    found = renewed(tiny, task)
    assert found.effort > 0
    near = [
        (i, told, own) for i, a in enumerate(rows) for b, told, own in tiny.columns
        if b == a and (np.delete(told, range(first, end)) == np.delete(line[a], range(first, end))).all()
    ]  # fmt: skip
    rest = np.setdiff1d(np.arange(5), rows)
    others = [(len(rows) + i, line[a], tiny.own_of(a, line[a])) for i, a in enumerate(rest)]
    team = tiny.team._replace(own=tiny.team.own[[*rows, *rest]])
    best = best_of(team, tiny.problem.idle, near + others, whole=True)
    if found.stand is None:
        assert best > tiny.cost_of(line) - 12  # a dive is no search: it may miss some
        return
    new = line.copy()
    new[rows] = found.stand.line
    np.testing.assert_allclose(found.stand.own, owns(tiny, new)[rows])
    assert best - 1e-6 <= tiny.cost_of(new) <= task.ceiling + 1e-6
    shut = [*range(first), *range(end, 4)]
    np.testing.assert_array_equal(new[:, shut], line[:, shut])


def test_neighbourhoods_find_something() -> None:
    gained = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        tiny = placeable_team(rng, agents=5)
        gained += renewed(tiny, task_of(tiny, random_lines(tiny, rng), np.arange(4))).stand is not None
    assert gained >= 8


def test_nothing_comes_of_a_neighbourhood_that_cannot_be_better_or_has_no_time() -> None:
    rng = np.random.default_rng(2)
    tiny = placeable_team(rng, agents=5)
    task = task_of(tiny, random_lines(tiny, rng), np.arange(5))
    assert renewed(tiny, task).stand is not None
    assert renewed(tiny, replace(task, until=monotonic() - 1)).stand is None
    assert renewed(tiny, replace(task, ceiling=tiny.optimum(whole=True) - 1)).stand is None


def test_seeds_and_prices_to_lean_on_are_of_use() -> None:
    rng = np.random.default_rng(3)
    tiny = placeable_team(rng, agents=4)
    found = first_columns(tiny, random_lines(tiny, rng))
    task = task_of(tiny, random_lines(tiny, rng), np.arange(4))
    seeded = renewed(tiny, replace(task, seeds=found.pool, wage=found.wage, kept=found.kept))
    assert seeded.effort < renewed(tiny, task).effort
    assert seeded.stand is not None


# -- first columns


def first_columns(tiny: Tiny, line: IntArray, rounds: int = 400) -> Root:
    seeds = tuple(Stand(line[a : a + 1], owns(tiny, line)[a : a + 1]) for a in range(len(line)))
    return root(
        (tiny.team, tiny.problem.lines),
        RootTask(seeds=seeds, idle=tiny.problem.idle, cost=tiny.cost_of(line), until=inf, rounds=rounds),
    )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("rounds", [1, 400])
def test_first_columns_tell_a_bound_its_prices_and_legal_lines(seed: int, rounds: int) -> None:
    rng = np.random.default_rng(seed)
    tiny = placeable_team(rng, agents=4)
    found = first_columns(tiny, random_lines(tiny, rng), rounds)
    assert found.bound <= tiny.optimum(whole=False) + 1e-6
    reduced = tiny.price - found.wage[np.arange(4), tiny.every].sum(axis=1)
    np.testing.assert_allclose(found.low, reduced.min(axis=1))
    for a, pool in enumerate(found.pool):
        np.testing.assert_allclose(pool.own, [tiny.own_of(a, line) for line in pool.line])
        assert np.isfinite(pool.own).all()
        ranked = pool.own - found.wage[np.arange(4), pool.line].sum(axis=1)
        assert (np.diff(ranked) >= -1e-9).all()
