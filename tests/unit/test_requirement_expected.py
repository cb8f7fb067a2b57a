"""Staffing to the service expected under the forecast's distribution of rates."""

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from requirement_case import SCORES, forecast, humps, queue, steady
from scipy.stats import nbinom, poisson

from data.model.centre import ServiceTarget
from data.model.demand import LEVELS
from optimizer.staffing.expected import WEIGHTS, poisson_quantiles, quantiles_at, rate_nodes
from optimizer.staffing.pool import TARGETS, Pool, least_meeting
from optimizer.staffing.queueing import evaluate, least_agents
from optimizer.staffing.requirement import require

QUEUES = [queue(f"q{k}") for k in range(3)]


def lognormal(spread: float):
    """30, 100 and 300 Erlang whose quantiles are those of counts with a lognormal rate, as wide as the levels say."""
    made = steady(30, 100, 300, spread=spread)
    sigma = np.sqrt(np.log1p(spread**2))
    rate = made.mean[..., None] * np.exp(sigma * SCORES - sigma**2 / 2)
    noise = np.sqrt(made.mean)[..., None] * SCORES
    return replace(made, quantiles=made.mean[..., None] + np.sign(SCORES) * np.hypot(rate - made.mean[..., None], noise))


@pytest.mark.parametrize(
    ("spread", "wanted"), [(0, (32, 99, 285)), (0.05, (32, 100, 288)), (0.1, (33, 101, 295)), (0.2, (34, 106, 313))]
)
def test_agents_for_expected_service_are_those_of_the_design(spread, wanted):
    made = require(lognormal(spread), QUEUES, load="expected").on_phone[:, 0]
    np.testing.assert_allclose(made, wanted, atol=2 if spread == 0.2 else 1 if spread else 0)
    assert (made >= require(lognormal(spread), QUEUES).on_phone[:, 0]).all()


def test_the_least_agents_meet_the_target_in_expectation_and_one_less_do_not():
    given_forecast = steady(5, 40, 200, spread=0.15)
    nodes = rate_nodes(given_forecast)[:, 0] / 1800
    made = require(given_forecast, QUEUES, load="expected")
    for q in range(3):
        n = int(made.on_phone[q, 0])
        reached = [evaluate(k, nodes[q], 300, 150, 20).service_level @ WEIGHTS for k in (n - 1, n)]
        assert reached[0] < 0.8 <= reached[1]
        np.testing.assert_allclose([made.service(made.on_phone + d)[q, 0] for d in (-1.0, 0.0)], reached, atol=1e-9)


def test_a_sure_rate_is_staffed_as_the_mean():
    sure = steady(10, 60, 200)
    one, other = require(sure, QUEUES, load="expected"), require(sure, QUEUES)
    np.testing.assert_array_equal(one.on_phone, other.on_phone)
    np.testing.assert_array_equal(one.binding, other.binding)


@pytest.mark.parametrize("mean", [0.2, 0.7, 1.0, 4.0, 12.0, 150.0])
def test_poisson_counts_leave_no_spread_of_the_rate(mean):
    plain = steady(1)
    counts = poisson.ppf(LEVELS, mean) * np.ones((*plain.mean.shape, 1))
    nodes = rate_nodes(replace(plain, mean=np.full_like(plain.mean, mean), quantiles=counts))
    np.testing.assert_allclose(nodes, mean)


@pytest.mark.parametrize("spread", [0.1, 0.2, 0.4])
def test_the_spread_of_the_rate_is_found_in_whole_number_quantiles(spread):
    plain = steady(1)
    mean = 120.0
    counts = nbinom.ppf(LEVELS, 1 / spread**2, 1 / (1 + mean * spread**2)) * np.ones((*plain.mean.shape, 1))
    nodes = rate_nodes(replace(plain, mean=np.full_like(plain.mean, mean), quantiles=counts))[0, 0]
    found = np.sqrt((nodes - nodes @ WEIGHTS) ** 2 @ WEIGHTS) / mean
    assert nodes @ WEIGHTS == pytest.approx(mean, rel=1e-6)
    assert found == pytest.approx(spread, rel=0.07)
    assert (np.diff(nodes) >= 0).all()


def test_poisson_quantiles_are_exact():
    means = np.array([0, 1e-6, 0.02, 0.3, np.log(2), 1, 2.5, 20, 333, 5000])
    np.testing.assert_array_equal(poisson_quantiles(means), poisson.ppf(np.array(LEVELS), means[:, None]))


def test_quantiles_between_levels_and_beyond_go_on_straight_in_the_score():
    normal = 50 + 10 * SCORES
    scores = np.array([-4.0, -1.1, 0.0, 2.2, 4.5])
    np.testing.assert_allclose(quantiles_at(normal, scores), 50 + 10 * scores)
    assert quantiles_at(normal, np.array([-9.0])) == 0


def test_other_targets_are_ratios_of_expected_sums():
    caps = {
        "abandonment": {"max_abandon_rate": 0.02},
        "asa": {"max_asa_s": 2.0},
        "occupancy": {"max_occupancy": 0.8},
        "answer_rate": {"min_answer_rate": 0.985},
    }
    given_forecast = steady(60, spread=0.15)
    rates = rate_nodes(given_forecast)[0, 0] / 1800
    for name, cap in caps.items():
        made = require(given_forecast, [queue("q0", target=ServiceTarget(**cap))], load="expected")
        n, (wanted,) = int(made.on_phone[0, 0]), cap.values()
        at = evaluate(np.array([[n - 1], [n]]), rates, 300, 150, 20)
        calls, answered = WEIGHTS * rates, WEIGHTS * rates * at.answer_rate
        values = {
            "abandonment": at.abandon_rate @ calls / calls.sum(),
            "asa": (at.asa_s * answered).sum(axis=1) / answered.sum(axis=1),
            "occupancy": at.occupancy @ WEIGHTS,
            "answer_rate": at.answer_rate @ calls / calls.sum(),
        }[name]
        missed = values < wanted if name == "answer_rate" else values > wanted
        assert missed.tolist() == [True, False], name
        assert TARGETS[made.binding[0, 0]] == name


def test_metrics_are_expected_sums_over_the_nodes():
    rates, chances, n = np.array([0.1, 0.2, 0.5]), np.array([0.3, 0.5, 0.2]), 40
    found = vars(Pool(queue(room=30), "erlang_a", rates[None], np.array([300.0]), chances).metrics(np.array([n])))
    at = evaluate(n, rates, 300, 150, 20, room=30)
    calls, taken, answered = rates * chances, rates * chances * (1 - at.blocked_rate), rates * chances * at.answer_rate
    by = {"service_level": chances, "occupancy": chances, "mean_queue": chances, "asa_s": answered, "mean_wait_s": taken}
    for name, values in vars(at).items():
        weights = by.get(name, calls)
        assert found[name][0] == pytest.approx(values @ weights / weights.sum()), name


@pytest.mark.parametrize("definition", ["answered", "offered_less_short", "answered_or_short", "virtual_wait"])
def test_every_definition_is_expected_alike(definition):
    made = require(steady(40, spread=0.2), [queue("q0", target=ServiceTarget(definition=definition))], load="expected")
    rates, n = rate_nodes(steady(40, spread=0.2))[0, 0] / 1800, int(made.on_phone[0, 0])
    low, high = (evaluate(k, rates, 300, 150, 20, definition).service_level @ WEIGHTS for k in (n - 1, n))
    assert low < 0.8 <= high


def test_the_curve_of_expected_service_is_close_to_exact_everywhere():
    given_forecast = steady(3, 40, 250, spread=0.2)
    made = require(given_forecast, QUEUES, load="expected")
    nodes = rate_nodes(given_forecast)[:, 0] / 1800
    for q in range(3):
        n = made.curve_first[q, 0] + np.arange(made.curve.shape[-1])
        exact = evaluate(n[:, None], nodes[q], 300, 150, 20).service_level @ WEIGHTS
        np.testing.assert_allclose(made.curve[q, 0], exact, atol=0.006)
        assert made.curve[q, 0, 0] < 0.06
    assert (np.diff(made.curve, axis=-1) >= 0).all()


def test_without_hanging_up_more_spread_needs_more_agents():
    one, other = (
        require(steady(40, spread=s), [queue("q0")], load="expected", model="erlang_c").on_phone[0, 0] for s in (0.05, 0.2)
    )
    assert one < other


def test_calls_of_expected_service_are_the_mean():
    given_forecast = forecast(humps()[None], spread=0.1)
    made = require(given_forecast, [queue()], load="expected")
    np.testing.assert_allclose(made.calls, given_forecast.mean, rtol=1e-6)
    assert (made.on_phone[0, given_forecast.mean[0] == 0] == 0).all()


def test_a_queue_that_is_closed_all_day_needs_nobody():
    made = require(forecast(np.stack([humps(), 0 * humps()]), spread=0.2, names=("q0", "q1")), QUEUES, load="expected")
    assert made.on_phone[1].sum() == 0
    assert (made.curve[1] == 1).all()


def test_a_month_of_six_queues_is_quick():
    day = humps() + 20
    mean = np.array([[0.1], [0.3], [0.6], [1], [2], [5]]) * np.tile(day, 28)
    given_forecast = forecast(mean, spread=0.1, names=tuple(f"q{k}" for k in range(6)))
    queues = [queue(f"q{k}") for k in range(6)]
    require(given_forecast, queues, load="expected")
    start = time.process_time()
    require(given_forecast, queues, load="expected")
    assert time.process_time() - start < 8


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3000), st.integers(0, 4000)), min_size=1, max_size=8))
def test_the_search_finds_the_least_from_any_start(cells):
    wanted, start = (np.array(column) for column in zip(*cells, strict=True))
    np.testing.assert_array_equal(least_meeting(lambda at, n: n >= wanted[at], start), wanted)


def test_a_pool_of_one_node_is_the_exact_search():
    rate = np.array([0.0, 0.01, 0.2, 1.0])
    pool = Pool(queue(), "erlang_a", rate[:, None], np.full(4, 300.0), np.ones(1))
    for found, wanted in zip(pool.least(), least_agents(rate, 300, 150, ServiceTarget()), strict=True):
        np.testing.assert_array_equal(found, wanted)
