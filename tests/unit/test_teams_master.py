"""The programme over the lines known, against another solver and its own duality."""

import numpy as np
import pytest
from team_case import Column, Tiny, best_of, placeable_team

from optimizer.rostering.search.teams.master import Master, Relaxed


def some(tiny: Tiny, rng: np.random.Generator, many: int = 6) -> list[Column]:
    """A few legal lines of everyone."""
    told = [tiny.columns[k] for k in rng.permutation(len(tiny.columns))]
    return [column for a in range(len(tiny.price)) for column in [one for one in told if one[0] == a][:many]]


def master_of(tiny: Tiny, columns: list[Column]) -> Master:
    master = Master(tiny.team, tiny.problem.idle)
    for column in columns:
        assert master.add(*column)
    return master


def check(master: Master, relaxed: Relaxed) -> None:
    """Prices are dual to shares: no line or head is worth more than it costs, and together they are worth what all costs."""
    days = np.arange(len(relaxed.wage))
    for a, line, own in zip(master.agent, master.line, master.own, strict=True):
        if a not in master.fixed:
            assert own - relaxed.wage[days, line].sum() - relaxed.rent[a] >= -1e-6
    gain = np.minimum(master.team.step + relaxed.wage[:, :, None], 0.0)
    assert (master.team.step[:, :, -1] + relaxed.wage >= -1e-6).all()
    free = relaxed.rent[master.free_rows].sum()
    assert master.fixed_value(relaxed.wage) + free + gain.sum() == pytest.approx(relaxed.cost)
    taken = np.zeros(master.agents)
    np.add.at(taken, master.agent, relaxed.share)
    np.testing.assert_allclose(taken, 1.0)


@pytest.mark.parametrize("seed", range(10))
def test_cost_and_prices_are_those_of_the_best_mixture(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tiny = placeable_team(rng)
    columns = some(tiny, rng)
    master = master_of(tiny, [next(column for column in columns if column[0] == a) for a in range(len(tiny.price))])
    for column in columns:
        master.add(*column)
        relaxed = master.solve()
        check(master, relaxed)
        known = list(zip(master.agent, master.line, master.own, strict=True))
        assert relaxed.cost == pytest.approx(best_of(tiny.team, tiny.problem.idle, known, whole=False))


def test_a_line_is_known_once() -> None:
    rng = np.random.default_rng(1)
    tiny = placeable_team(rng)
    columns = some(tiny, rng)
    master = master_of(tiny, columns)
    a, line, own = columns[0]
    assert not master.add(a, line.copy(), own)
    assert len(master.line) == len(columns)
    line[:] = 0
    assert any((known == line).all() for known in master.line) == any((c[1] == 0).all() for c in columns[1:] if c[0] == a)


@pytest.mark.parametrize("seed", range(6))
def test_a_line_that_is_fixed_is_taken_whole(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tiny = placeable_team(rng)
    columns = some(tiny, rng)
    master = master_of(tiny, columns)
    number = master.of_agent[1][-1]
    master.fix(1, number)
    assert master.free_rows.tolist() == [0, 2]
    held = [column for column in columns if column[0] != 1] + [columns[number]]
    relaxed = master.solve()
    assert relaxed.cost == pytest.approx(best_of(tiny.team, tiny.problem.idle, held, whole=False))
    check(master, relaxed)
    for column in tiny.columns:
        if column[0] == 1:
            master.add(*column)
    assert master.solve().cost == pytest.approx(relaxed.cost)  # lines of one who is fixed are not taken
    heads = master.fixed_heads
    assert (heads.sum(axis=1) == 1).all()
    assert (heads[np.arange(len(heads)), columns[number][1]] == 1).all()


@pytest.mark.parametrize("seed", range(6))
def test_once_all_are_fixed_the_cost_is_that_of_the_roster(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tiny = placeable_team(rng)
    master = master_of(tiny, some(tiny, rng))
    for a, numbers in enumerate(master.of_agent):
        master.fix(a, int(rng.choice(numbers)))
    line, own = master.taken()
    assert own.tolist() == [tiny.own_of(a, row) for a, row in enumerate(line)]
    assert master.solve().cost == pytest.approx(tiny.cost_of(line))


def test_more_heads_than_margins_cost_the_last_margin() -> None:
    tiny = placeable_team(np.random.default_rng(7), agents=12)
    master = master_of(tiny, tiny.columns)
    shared = tiny.every[np.isfinite(tiny.price).sum(axis=0).argmax()]
    for a, numbers in enumerate(master.of_agent):
        master.fix(a, next((k for k in numbers if (master.line[k] == shared).all()), numbers[0]))
    line, _ = master.taken()
    assert ((line == shared).all(axis=1).sum()) > tiny.team.step.shape[2]
    assert master.solve().cost == pytest.approx(tiny.cost_of(line))


@pytest.mark.parametrize("seed", range(3))
def test_the_cheapest_lines_come_first(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tiny = placeable_team(rng)
    master, wage = master_of(tiny, tiny.columns), rng.normal(0, 5, tiny.team.step.shape[:2])
    line, own = master.cheapest(1, wage, 5)
    every = np.sort(tiny.price[1] - wage[np.arange(len(wage)), tiny.every].sum(axis=1))
    np.testing.assert_allclose(own - wage[np.arange(len(wage)), line].sum(axis=1), every[: len(own)])
    assert len(own) == min(5, int(np.isfinite(tiny.price[1]).sum()))
    np.testing.assert_allclose(own, [tiny.own_of(1, row) for row in line])
