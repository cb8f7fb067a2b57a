import numpy as np
import pytest

from data.model.errors import InvalidData
from optimizer.staffing.one_queue import ROWS, on_phone, simulate_day
from optimizer.staffing.queueing import DEFINITIONS, evaluate

DAY = np.array([0, 5, 40, 90, 120, 80, 60, 90, 30, 4])
STAFF = np.array([0, 2, 8, 14, 19, 16, 9, 14, 6, 3])


def day(staff=STAFF, calls=DAY, seed=7, replications=5, **other):
    given = {"slot_s": 1800, "handle_time_s": 300, "handle_time_cv": 0.95, "patience_s": 120, "threshold_s": 20} | other
    return simulate_day(calls, staff=staff, seed=seed, replications=replications, **given)


# agents, Erlang, handle time, patience: oracles A1, A4, A6
@pytest.mark.parametrize(("n", "load", "handle", "patience"), [(50, 48, 60, 120), (10, 10, 180, 60), (200, 205, 300, 150)])
def test_long_runs_agree_with_exact_erlang_a(n, load, handle, patience):
    runs, slots, slot_s = 24, 30, handle * 40
    calls = np.random.default_rng(n).poisson(load / handle * slot_s, (runs, slots))
    seen = simulate_day(
        calls, slot_s, handle, 1.0, patience, n, 20, seed=1, replications=runs, law="exponential", definition="virtual_wait"
    )
    exact = {name: evaluate(n, load / handle, handle, patience, 20, name) for name in DEFINITIONS}
    pairs = {
        "offered": (seen.answered_in_time, seen.offered, exact["offered"].service_level),
        "answered": (seen.answered_in_time, seen.answered, exact["answered"].service_level),
        "offered_less_short": (
            seen.answered_in_time,
            seen.offered - seen.abandoned_short,
            exact["offered_less_short"].service_level,
        ),
        "answered_or_short": (seen.answered_in_time + seen.abandoned_short, seen.offered, exact["answered_or_short"].service_level),
        "virtual_wait": (seen.reached_in_time, seen.offered, exact["virtual_wait"].service_level),
        "abandoned": (seen.abandoned, seen.offered, exact["offered"].abandon_rate),
        "asa": (seen.wait_sum, seen.answered, exact["offered"].asa_s),
        "wait": (seen.wait_sum + seen.abandoned_wait_sum, seen.offered, exact["offered"].mean_wait_s),
        "occupancy": (seen.busy_s, seen.staffed_s, exact["offered"].occupancy),
    }
    for name, (top, bottom, expected) in pairs.items():
        ratios = top[:, 2:].sum(axis=1) / bottom[:, 2:].sum(axis=1)
        z = (ratios.mean() - expected) / (ratios.std(ddof=1) / np.sqrt(runs))
        assert abs(z) < 4, (name, z)


def test_every_call_is_answered_or_lost():
    seen = day()
    assert (seen.offered == DAY).all()
    assert (seen.offered == seen.answered + seen.abandoned).all()
    assert (seen.answered_in_time <= seen.answered).all()
    assert (seen.abandoned_short <= seen.abandoned).all()
    assert (seen.answered_in_time <= seen.reached_in_time).all()
    assert (seen.busy_s <= seen.staffed_s + 1e-6).all()
    assert 0 < seen.abandoned.sum() < seen.offered.sum()


def test_same_seed_same_result_and_another_seed_another():
    first, again, other = day(), day(), day(seed=8)
    for name in ROWS:
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
    assert (first.wait_sum != other.wait_sum).any()
    assert (first.wait_sum[0] != first.wait_sum[1]).any()


def test_replications_do_not_depend_on_their_number():
    np.testing.assert_array_equal(day(replications=2).wait_sum, day(replications=5).wait_sum[:2])


def test_two_staffings_see_the_same_calls():
    """With one agent more nobody waits longer in a queue without hang-ups, call by call, so in every slot sum."""
    few, more = day(patience_s=np.inf), day(STAFF + 1, patience_s=np.inf)
    assert (more.wait_sum <= few.wait_sum + 1e-6).all()
    # the same handle times are worked, whenever that is
    np.testing.assert_allclose(more.busy_s.sum(axis=1), few.busy_s.sum(axis=1))
    # a change of staff late in the day changes nothing before it
    late = day(np.concatenate((STAFF[:7], STAFF[7:] + 3)))
    np.testing.assert_array_equal(late.answered_in_time[:, :6], day().answered_in_time[:, :6])


def test_agents_beyond_need_change_nothing():
    plenty, idle = day(np.full(10, 300)), day(np.full(10, 301))
    assert plenty.wait_sum.sum() == 0
    assert plenty.service_level == 1.0
    np.testing.assert_array_equal(plenty.busy_s, idle.busy_s)


def test_nobody_on_the_phones():
    seen = day(np.zeros(10, int))
    assert seen.answered.sum() == seen.staffed_s.sum() == 0
    assert seen.service_level == 0
    assert np.isnan(seen.asa_s)
    assert np.isnan(seen.occupancy)
    endless = day(np.zeros(10, int), patience_s=np.inf)
    assert endless.abandoned.sum() == endless.offered.sum()
    # each is lost at closing
    assert endless.abandoned_wait_sum[0, 9] < DAY[9] * 1800


def test_waiting_callers_are_answered_when_agents_come():
    seen = simulate_day([1, 0], 1000, 50, 0, np.inf, [0, 1], 20, seed=1)
    arrival = 1000 - seen.wait_sum[0, 0]
    assert 0 <= arrival < 1000
    assert seen.answered[0].tolist() == [1, 0]
    assert seen.busy_s[0] == pytest.approx([0, 50])


def test_leaving_agents_finish_their_call_as_time_on_duty():
    seen = simulate_day([1, 0, 0], 1000, 2500, 0, np.inf, [1, 0, 0], 20, seed=1)
    start = 1000 - seen.busy_s[0, 0]
    assert seen.busy_s[0].sum() == pytest.approx(2500)
    assert seen.busy_s[0, 1] == pytest.approx(1000)
    assert seen.staffed_s[0] == pytest.approx([1000, 1000, start + 500])


def test_a_leaver_is_anyone_on_duty():
    """One of two agents is busy for ever; when one leaves, the idle one stays in about half of the runs."""
    seen = simulate_day([1, 1], 1000, [1e6, 1.0], 0, 50, [2, 1], 20, seed=3, replications=400)
    assert 150 < seen.answered[:, 1].sum() < 250


def test_waiting_line_is_cleared_after_closing():
    seen = simulate_day([20], 100, 60, 0, np.inf, 1, 20, seed=1)
    assert seen.answered[0, 0] == 20
    assert seen.busy_s[0, 0] == pytest.approx(1200)
    assert seen.occupancy <= 1


def test_mean_and_spread_of_handle_time():
    seen = simulate_day([200000], 1e6, 300, 0.95, 100, 5000, 20, seed=1)
    assert seen.busy_s.sum() / 200000 == pytest.approx(300, rel=0.01)
    assert simulate_day([10], 1e5, 300, 0, 100, 50, 20, seed=1).busy_s.sum() == pytest.approx(3000)


def test_service_level_is_a_ratio_of_sums_by_the_asked_definition():
    seen = {name: day(definition=name) for name in DEFINITIONS}
    one = seen["offered"]
    assert one.service_level == one.answered_in_time.sum() / one.offered.sum()
    assert seen["answered"].service_level == one.answered_in_time.sum() / one.answered.sum()
    assert seen["offered_less_short"].service_level == one.answered_in_time.sum() / (one.offered - one.abandoned_short).sum()
    assert seen["answered_or_short"].service_level == (one.answered_in_time + one.abandoned_short).sum() / one.offered.sum()
    assert seen["virtual_wait"].service_level == one.reached_in_time.sum() / one.offered.sum()
    assert one.asa_s == one.wait_sum.sum() / one.answered.sum()
    levels = one.service_levels(axis=0)
    assert np.isnan(levels[0])
    assert levels[4] == one.answered_in_time[:, 4].sum() / (5 * 120)


def test_calls_of_each_replication():
    calls = np.array([[3, 0, 9], [1, 5, 0]])
    seen = simulate_day(calls, 900, 100, 1, 100, 4, 20, seed=2, replications=2)
    np.testing.assert_array_equal(seen.offered, calls)
    np.testing.assert_array_equal(seen.answered + seen.abandoned, calls)


def test_stochastic_rounding_keeps_the_mean_and_whole_numbers():
    heads = np.full(20000, 9)
    agents = on_phone(heads, 0.05, seed=4)
    assert set(agents.tolist()) == {8, 9}
    assert agents.mean() == pytest.approx(8.55, abs=0.02)
    np.testing.assert_array_equal(agents, on_phone(heads, 0.05, seed=4))
    assert (on_phone(np.full(5000, 10), 0.1, seed=1) == 9).all()
    assert (on_phone(np.full(5000, 20), 0.3, seed=1) == 14).all()
    np.testing.assert_array_equal(on_phone(np.arange(50), 0.0, seed=9), np.arange(50))


def test_every_parameter_out_of_range_is_named():
    with pytest.raises(InvalidData) as error:
        simulate_day([1.5, -1], 0, [300, 0], -1, 0, [2, 0.5], -5, seed=1, replications=0)
    assert {finding.column for finding in error.value.findings} == {
        "calls", "staff", "handle_time_s", "slot_s", "handle_time_cv", "patience_s", "threshold_s", "replications",
    }  # fmt: skip
    with pytest.raises(InvalidData, match="shape"):
        simulate_day(np.ones((3, 2)), 900, 100, 1, 100, 4, 20, seed=2, replications=2)
