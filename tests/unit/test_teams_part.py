"""Some agents of a team on some days: margins begin where the others end, and the rest stands still."""

import numpy as np
import pytest
from team_case import SYMBOLS, head_cost, placeable_team

from optimizer.rostering.search.teams.part import cover_cost, heads_of, part_of


@pytest.mark.parametrize("seed", range(5))
def test_heads_and_their_cost_are_those_of_plain_loops(seed: int) -> None:
    rng = np.random.default_rng(seed)
    step = np.sort(rng.normal(size=(5, SYMBOLS, 3)), axis=2)
    for agents in (0, 1, 4, 9):
        line = rng.integers(0, SYMBOLS, (agents, 5))
        heads = heads_of(line, SYMBOLS)
        for d, s in np.ndindex(5, SYMBOLS):
            assert heads[d, s] == sum(row[d] == s for row in line.tolist())
        assert cover_cost(step, heads) == pytest.approx(head_cost(step, line))


@pytest.mark.parametrize("seed", range(6))
def test_what_a_part_costs_is_what_it_changes_the_whole_by(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tiny = placeable_team(rng, agents=6)
    legal = [np.flatnonzero(np.isfinite(price)) for price in tiny.price]
    line = np.stack([tiny.every[rng.choice(numbers)] for numbers in legal])
    rows, rest = np.array([1, 3, 4]), np.array([0, 2, 5])
    first, end = sorted(rng.choice(5, 2, replace=False).tolist())
    part = part_of(tiny.team, rows, heads_of(line[rest], SYMBOLS), first, end, line[rows])
    np.testing.assert_array_equal(part.weight, tiny.team.weight[rows])
    np.testing.assert_array_equal(part.high, tiny.team.high[rows])
    other = line.copy()
    other[rows, first:end] = rng.integers(0, SYMBOLS, (3, end - first))
    heads = [head_cost(tiny.team.step, lines) for lines in (line, other)]
    ours = [cover_cost(part.step, heads_of(lines[rows], SYMBOLS)) for lines in (line, other)]
    assert ours[1] - ours[0] == pytest.approx(heads[1] - heads[0])
    assert not part.step[:first].any()
    assert not part.step[end:].any()


def test_days_that_are_shut_allow_what_stands_alone() -> None:
    tiny = placeable_team(np.random.default_rng(1), agents=4)
    line = np.array([[0, 1, 2, 0], [2, 2, 0, 1]])
    part = part_of(tiny.team, np.array([2, 0]), np.zeros((4, SYMBOLS), dtype=np.int64), 1, 3, line)
    for i, a in enumerate((2, 0)):
        np.testing.assert_array_equal(part.own[i, 1:3], tiny.team.own[a, 1:3])
        for d in (0, 3):
            np.testing.assert_array_equal(
                np.isfinite(part.own[i, d]), np.isfinite(tiny.team.own[a, d]) & (np.arange(3) == line[i, d])
            )
            assert part.own[i, d, line[i, d]] == tiny.team.own[a, d, line[i, d]]


def test_nobody_else_leaves_the_margins_as_they_are() -> None:
    tiny = placeable_team(np.random.default_rng(2))
    part = part_of(tiny.team, np.arange(3), np.zeros((4, SYMBOLS), dtype=np.int64), 0, 4, np.zeros((3, 4), dtype=np.int64))
    np.testing.assert_array_equal(part.own, tiny.team.own)
    np.testing.assert_array_equal(part.step, tiny.team.step)
