from itertools import combinations

import numpy as np
import pytest

from data.model.errors import InvalidData
from optimizer.staffing.multiskill.flow import split_flow

ALONE_AND_SHARED = [[1, 0, 1], [0, 1, 1]]


def levels_by_sets(load, heads, answers):
    """The set of queues that is pressed the most has the highest level; without it and its groups comes the next."""
    level, queues, groups = np.zeros(len(load)), set(range(len(load))), heads > 0
    while queues:
        sets = [s for size in range(1, len(queues) + 1) for s in combinations(sorted(queues), size)]
        reach = {s: heads[groups & answers[list(s)].any(axis=0)].sum() for s in sets}
        pressed = {s: load[list(s)].sum() / reach[s] if reach[s] else np.inf for s in sets}
        # the largest of the sets that are pressed the most
        worst = max(sets, key=lambda s: (round(pressed[s], 9), len(s)))
        level[list(worst)] = pressed[worst]
        queues -= set(worst)
        groups = groups & ~answers[list(worst)].any(axis=0)
    return level


def test_flexible_agents_help_the_queue_in_need():
    split = split_flow([10, 2], [8, 8, 4], ALONE_AND_SHARED)
    np.testing.assert_allclose(split.level, [10 / 12, 2 / 8])
    np.testing.assert_allclose(split.flow, [[8 * 10 / 12, 0, 4 * 10 / 12], [0, 2, 0]])
    assert split.component.tolist() == [0b01, 0b10]


def test_queues_that_need_each_other_share_one_level():
    split = split_flow([10, 9], [8, 8, 4], ALONE_AND_SHARED)
    np.testing.assert_allclose(split.level, 19 / 20)
    assert split.component.tolist() == [0b11, 0b11]
    np.testing.assert_allclose(split.flow.sum(axis=0), np.array([8, 8, 4]) * 19 / 20)


def test_components_reach_along_a_chain_and_stop_where_it_is_cut():
    chain = np.array([[q in (g, (g + 1) % 5) for g in range(5)] for q in range(5)])
    whole = split_flow(np.full(5, 3.0), np.full(5, 4.0), chain)
    assert whole.component.tolist() == [0b11111] * 5
    # open at one end, whose queue has more than its pair can do: the pair leaves the other one to its neighbours
    cut = split_flow([1.0, 3.0, 3.0, 3.0, 6.0], [4.0, 4.0, 4.0, 4.0, 0.0], chain)
    assert cut.component.tolist() == [0b1111] * 4 + [0b10000]
    np.testing.assert_allclose(cut.level, [10 / 12] * 4 + [6 / 4])


def test_nobody_and_nothing():
    split = split_flow([5.0, 0.0, 0.0], [0.0, 3.0], [[1, 0], [1, 0], [0, 1]])
    assert split.level.tolist() == [np.inf, 0, 0]
    assert split.flow.tolist() == [[0, 0], [0, 0], [0, 0]]


@pytest.mark.parametrize("seed", range(40))
def test_levels_against_the_sets_that_are_pressed_the_most(seed):
    rng = np.random.default_rng(seed)
    queues, groups = int(rng.integers(1, 6)), int(rng.integers(1, 9))
    answers = rng.random((queues, groups)) < 0.4
    load, heads = rng.uniform(0.5, 20, queues), rng.integers(0, 12, groups).astype(float)
    split = split_flow(load, heads, answers)
    np.testing.assert_allclose(split.level, levels_by_sets(load, heads, answers), rtol=1e-6)


def test_many_staffings_are_split_like_one():
    rng = np.random.default_rng(1)
    answers, load, heads = rng.random((4, 6)) < 0.5, rng.uniform(1, 9, 4), rng.integers(1, 6, (3, 5, 6))
    many = split_flow(load, heads, answers)
    one = split_flow(load, heads[2, 3], answers)
    assert many.flow.shape == (3, 5, 4, 6)
    assert (many.flow[2, 3] == one.flow).all()
    assert (many.component[2, 3] == one.component).all()


def test_every_finding_at_once():
    with pytest.raises(InvalidData) as raised:
        split_flow([-1.0, 2.0], [3.0, np.nan, 1.0], [[1, 0]])
    assert [finding.column for finding in raised.value.findings] == ["load", "heads", None]
    assert [finding.read for finding in raised.value.findings][:2] == ["-1.0", "nan"]
