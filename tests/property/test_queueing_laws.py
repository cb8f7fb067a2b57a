import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.staffing.queueing import DEFINITIONS, erlang_b, evaluate, least_agents_many, wait_percentile

agents = st.integers(1, 400)
ratio = st.floats(0.3, 1.6)
handle = st.floats(20, 1500)
patience = st.floats(3, 3000)
threshold = st.floats(0, 120)
definition = st.sampled_from(DEFINITIONS)
room = st.integers(0, 120)
any_patience = st.one_of(patience, st.just(np.inf))
quick = settings(max_examples=150, deadline=None)


@quick
@given(agents, ratio, handle, patience, threshold, definition)
def test_flow_and_waits_balance(n, load, time_s, mean_patience, limit, name):
    rate = load * n / time_s
    at = evaluate(n, rate, time_s, mean_patience, limit, name)
    # everyone offered is answered or lost; the lost are the waiting times the rate of hanging up
    np.testing.assert_allclose(n / time_s * at.occupancy, rate * (1 - at.abandon_rate), rtol=1e-9)
    np.testing.assert_allclose(at.abandon_rate, at.mean_wait_s / mean_patience, rtol=1e-9)
    assert 0 <= at.service_level <= 1
    assert at.asa_s >= 0
    assert at.asa_s * (1 - at.abandon_rate) <= at.mean_wait_s * (1 + 1e-9)


@quick
@given(agents, ratio, handle, patience, threshold, definition)
def test_more_agents_help_and_more_calls_hurt(n, load, time_s, mean_patience, limit, name):
    rate = load * n / time_s
    by_agents = evaluate(np.arange(n, n + 6), rate, time_s, mean_patience, limit, name)
    by_rate = evaluate(n, rate * np.linspace(1, 1.3, 6), time_s, mean_patience, limit, name)
    assert (np.diff(by_agents.service_level) >= -1e-9).all()
    assert (np.diff(by_rate.service_level) <= 1e-9).all()
    for measure in ("abandon_rate", "mean_wait_s", "asa_s", "occupancy"):
        assert (np.diff(getattr(by_agents, measure)) <= 1e-9).all(), measure
        assert (np.diff(getattr(by_rate, measure)) >= -1e-9).all(), measure


@quick
@given(agents, ratio, handle, patience, threshold)
def test_definitions_keep_their_order(n, load, time_s, mean_patience, limit):
    levels = {name: evaluate(n, load * n / time_s, time_s, mean_patience, limit, name).service_level for name in DEFINITIONS}
    assert levels["offered"] <= levels["offered_less_short"] + 1e-9
    assert levels["offered_less_short"] <= levels["answered_or_short"] + 1e-9
    assert levels["offered"] <= levels["virtual_wait"] + 1e-9
    assert levels["virtual_wait"] <= levels["answered_or_short"] + 1e-9


@quick
@given(agents, st.floats(0.3, 0.97), handle, threshold)
def test_endless_patience_is_erlang_c(n, load, time_s, limit):
    rate = load * n / time_s
    endless, long = (evaluate(n, rate, time_s, mean_patience, limit) for mean_patience in (np.inf, 0.9e9))
    np.testing.assert_allclose(long.service_level, endless.service_level, atol=1e-4)
    np.testing.assert_allclose(long.wait_probability, endless.wait_probability, atol=1e-4)


@quick
@given(agents, ratio, handle)
def test_no_patience_is_erlang_b(n, load, time_s):
    lost = evaluate(n, load * n / time_s, time_s, time_s * 1e-8, 0).abandon_rate
    np.testing.assert_allclose(lost, erlang_b(n, load * n), rtol=1e-4)


@quick
@given(agents, ratio, handle, any_patience, threshold, definition, room)
def test_flow_and_waits_balance_with_limited_room(n, load, time_s, mean_patience, limit, name, places):
    rate = load * n / time_s
    at = evaluate(n, rate, time_s, mean_patience, limit, name, room=places)
    np.testing.assert_allclose(n / time_s * at.occupancy, rate * at.answer_rate, rtol=1e-9)
    np.testing.assert_allclose(at.answer_rate + at.abandon_rate + at.blocked_rate, 1, rtol=1e-12)
    np.testing.assert_allclose(at.mean_queue, rate * (1 - at.blocked_rate) * at.mean_wait_s, rtol=1e-9)
    np.testing.assert_allclose(at.abandon_rate, at.mean_queue / (rate * mean_patience), rtol=1e-9)
    assert 0 <= at.service_level <= 1
    assert at.mean_queue <= places


@quick
@given(agents, ratio, handle, any_patience, threshold, definition, room)
def test_with_limited_room_more_agents_help_and_more_calls_hurt(n, load, time_s, mean_patience, limit, name, places):
    rate = load * n / time_s
    by_agents = evaluate(np.arange(n, n + 6), rate, time_s, mean_patience, limit, name, room=places)
    by_rate = evaluate(n, rate * np.linspace(1, 1.3, 6), time_s, mean_patience, limit, name, room=places)
    for measure, better in {
        "service_level": 1, "answer_rate": 1, "abandon_rate": -1, "blocked_rate": -1, "asa_s": -1, "occupancy": -1,
    }.items():  # fmt: skip
        assert (better * np.diff(getattr(by_agents, measure)) >= -1e-9 * time_s).all(), measure
        if measure != "abandon_rate":  # a full room turns away those who would hang up
            assert (better * np.diff(getattr(by_rate, measure)) <= 1e-9 * time_s).all(), measure


@quick
@given(agents, st.floats(0.3, 0.97), handle, patience, threshold, definition)
def test_endless_room_is_no_limit(n, load, time_s, mean_patience, limit, name):
    rate = load * n / time_s
    limited, free = (evaluate(n, rate, time_s, mean_patience, limit, name, room=places) for places in (20000, None))
    for measure, values in vars(free).items():
        np.testing.assert_allclose(getattr(limited, measure), values, rtol=1e-8, atol=1e-9, err_msg=measure)


@quick
@given(agents, ratio, handle, any_patience, threshold)
def test_no_room_is_erlang_b(n, load, time_s, mean_patience, limit):
    at = evaluate(n, load * n / time_s, time_s, mean_patience, limit, room=0)
    np.testing.assert_allclose(at.blocked_rate, erlang_b(n, load * n), rtol=1e-12)
    np.testing.assert_allclose(at.service_level, 1 - at.blocked_rate, rtol=1e-12)


@quick
@given(agents, ratio, handle, any_patience, st.one_of(room, st.none()))
def test_percentiles_rise_and_those_of_the_answered_come_back(n, load, time_s, mean_patience, places):
    rate, share = load * n / time_s, np.array([0.1, 0.5, 0.9, 0.99])
    wait = wait_percentile(n, rate, time_s, mean_patience, share, of="answered", room=places)
    assert (wait[1:] >= wait[:-1]).all()
    finite = np.isfinite(wait)
    reached = evaluate(n, rate, time_s, mean_patience, wait[finite], "answered", room=places).service_level
    np.testing.assert_allclose(reached[wait[finite] > 0], share[finite][wait[finite] > 0], atol=1e-7)
    assert (reached >= share[finite] - 1e-7).all()


@quick
@given(
    st.one_of(st.just(0.0), st.floats(1e-9, 3000)),
    handle,
    any_patience,
    threshold,
    definition,
    st.floats(0.01, 0.9999),
    st.one_of(room, st.none()),
)
def test_the_least_agents_meet_and_one_less_does_not(load, time_s, mean_patience, limit, name, level, places):
    n = least_agents_many(load / time_s, time_s, mean_patience, level, limit, name, room=places)
    pool = load / time_s, time_s, mean_patience, limit, name
    assert evaluate(n, *pool, room=places).service_level >= level - 1e-12
    assert n <= 1 or evaluate(n - 1, *pool, room=places).service_level < level + 1e-12
    assert (n == 0) == (load == 0)
