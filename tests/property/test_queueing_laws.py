import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.staffing.queueing import DEFINITIONS, erlang_b, evaluate

agents = st.integers(1, 400)
ratio = st.floats(0.3, 1.6)
handle = st.floats(20, 1500)
patience = st.floats(3, 3000)
threshold = st.floats(0, 120)
definition = st.sampled_from(DEFINITIONS)
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
