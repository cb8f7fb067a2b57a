"""Some agents of a team on some days: margins begin where the others end, and the rest stands still."""

import numpy as np
import pytest
from team_case import SYMBOLS, Tiny, head_cost, placeable_team

from data.model.base import IntArray
from optimizer.rostering.search.teams.part import cover_cost, heads_of, part_of, stretch_of_team


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
    line, other = random_lines(tiny, rng), random_lines(tiny, rng)
    rows, rest = np.array([1, 3, 4]), np.array([0, 2, 5])
    part = part_of(tiny.team, rows, heads_of(line[rest], SYMBOLS))
    np.testing.assert_array_equal(part.own, tiny.team.own[rows])
    np.testing.assert_array_equal(part.weight, tiny.team.weight[rows])
    np.testing.assert_array_equal(part.high, tiny.team.high[rows])
    other[rest] = line[rest]
    heads = [head_cost(tiny.team.step, lines) for lines in (line, other)]
    ours = [cover_cost(part.step, heads_of(lines[rows], SYMBOLS)) for lines in (line, other)]
    assert ours[1] - ours[0] == pytest.approx(heads[1] - heads[0])


def random_lines(tiny: Tiny, rng: np.random.Generator) -> IntArray:
    """A legal line of everyone."""
    return np.stack([tiny.every[rng.choice(np.flatnonzero(np.isfinite(price)))] for price in tiny.price])


@pytest.mark.parametrize("seed", range(12))
def test_on_a_stretch_of_days_lines_and_heads_cost_as_much_more_as_in_the_whole(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tiny = placeable_team(rng, days=6)
    line = random_lines(tiny, rng)
    first, end = sorted(rng.choice(7, 2, replace=False).tolist())
    team, lines = stretch_of_team(tiny.team, tiny.problem.lines, line, first, end)
    days = slice(first, first + lines.days)
    assert first + lines.days >= end
    there = lines.own_of(team.own, line[:, days])
    for a, stands in enumerate(line):
        for new in tiny.every[(np.delete(tiny.every, np.s_[first:end], axis=1) == np.delete(stands, np.s_[first:end])).all(axis=1)]:
            others = np.where(np.arange(len(line))[:, None] == a, new, line)
            kept = (team.weight[a][:, new[days]].sum(axis=1) <= team.high[a]).all()
            price = lines.own_of(team.own, others[:, days])[a] if kept else np.inf
            assert price - there[a] == pytest.approx(tiny.own_of(a, new) - tiny.own_of(a, stands))
            heads = [cover_cost(team.step, heads_of(some[:, days], SYMBOLS)) for some in (others, line)]
            assert heads[0] - heads[1] == pytest.approx(head_cost(tiny.team.step, others) - head_cost(tiny.team.step, line))


def test_days_behind_a_stretch_stay_as_they_are() -> None:
    tiny = placeable_team(np.random.default_rng(3), days=6)
    line = random_lines(tiny, np.random.default_rng(3))
    team, lines = stretch_of_team(tiny.team, tiny.problem.lines, line, 1, 3)
    for d in range(2, lines.days):
        for a in range(len(line)):
            assert set(np.flatnonzero(np.isfinite(team.own[a, d])).tolist()) <= {int(line[a, 1 + d])}
        assert not team.step[d].any()
