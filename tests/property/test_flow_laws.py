import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.staffing.multiskill.flow import split_flow

CLOSE = 1e-7


@st.composite
def centres(draw):
    """Loads, heads and who answers what; every queue is answered by somebody."""
    queues, groups = draw(st.integers(1, 6)), draw(st.integers(1, 8))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    answers = rng.random((queues, groups)) < draw(st.floats(0.1, 0.9))
    answers[np.arange(queues), rng.integers(0, groups, queues)] = True
    return rng.uniform(0.1, 50, queues), rng.integers(1, 40, groups).astype(float), answers


quick = settings(max_examples=150, deadline=None)


@quick
@given(centres())
def test_every_erlang_is_carried_once(centre):
    load, heads, answers = centre
    split = split_flow(load, heads, answers)
    np.testing.assert_allclose(split.flow.sum(axis=1), load, rtol=1e-9)
    assert (split.flow >= 0).all()
    assert (split.flow[~answers] == 0).all()


@quick
@given(centres())
def test_load_lies_on_the_least_busy_groups_within_reach(centre):
    load, heads, answers = centre
    split = split_flow(load, heads, answers)
    used = split.flow.sum(axis=0) / heads
    for q in range(load.size):
        assert used[answers[q]].min() >= split.level[q] - CLOSE
        np.testing.assert_allclose(used[split.flow[q] > 1e-6 * load[q]], split.level[q], rtol=1e-6)


@quick
@given(centres(), st.integers(0, 7), st.integers(1, 10))
def test_more_agents_never_raise_a_level_and_more_load_never_lowers_one(centre, place, more):
    load, heads, answers = centre
    before = split_flow(load, heads, answers).level
    heads_up, load_up = heads.copy(), load.copy()
    heads_up[place % heads.size] += more
    load_up[place % load.size] += more
    assert (split_flow(load, heads_up, answers).level <= before * (1 + CLOSE)).all()
    assert (split_flow(load_up, heads, answers).level >= before * (1 - CLOSE)).all()


@quick
@given(centres(), st.floats(0.1, 30))
def test_levels_do_not_depend_on_the_size(centre, times):
    load, heads, answers = centre
    before, after = split_flow(load, heads, answers), split_flow(load * times, heads * times, answers)
    np.testing.assert_allclose(after.level, before.level, rtol=1e-7)


@quick
@given(centres())
def test_components_part_the_queues(centre):
    load, heads, answers = centre
    split = split_flow(load, heads, answers)
    for q, members in enumerate(split.component.tolist()):
        inside = [r for r in range(load.size) if members >> r & 1]
        assert q in inside
        assert all(split.component[r] == members for r in inside)
        np.testing.assert_allclose(split.level[inside], split.level[q], rtol=1e-5)
