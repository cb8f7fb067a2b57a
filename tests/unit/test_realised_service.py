"""The realised service of an interval against published numbers, exact laws and simulation."""

import numpy as np
import pytest
from scipy.stats import betabinom, norm, poisson

from data.model.centre import ServiceTarget
from data.model.errors import InvalidData
from optimizer.staffing.kernels.realised import few_miss
from optimizer.staffing.one_queue import simulate_day
from optimizer.staffing.queueing import DEFINITIONS, evaluate, least_agents
from optimizer.staffing.realised import NODES, RealisedService, miss_chance, realised_miss_chance, realised_service

HALF_HOUR = 1800.0
TARGET = ServiceTarget()


def chance(n, load, handle, patience, level=0.8, definition="offered"):
    target = ServiceTarget(service_level=level, definition=definition)
    return float(miss_chance(realised_service(n, load / handle, handle, patience, HALF_HOUR, target), level))


@pytest.mark.parametrize(
    ("n", "load", "patience", "mean", "deviation", "missed"),
    [
        (20, 18, 120, 0.815049, 0.129414, 0.382818),
        (60, 56, 150, 0.880562, 0.103403, 0.190222),
        (300, 292, 150, 0.966518, 0.039865, 0.006514),
    ],
)
def test_mean_deviation_and_beta_law_are_those_of_the_oracles(n, load, patience, mean, deviation, missed):
    service = realised_service(n, load / 300, 300, patience, HALF_HOUR, TARGET)
    read = (float(service.mean), float(service.deviation), float(miss_chance(service, 0.8)))
    assert read == pytest.approx((mean, deviation, missed), abs=1e-6)


def test_deviation_is_near_the_exact_one():
    """0.12776 by matrix exponentials."""
    assert float(realised_service(20, 18 / 300, 300, 120, HALF_HOUR, TARGET).deviation) == pytest.approx(0.12776, rel=0.015)


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_mean_is_the_expected_service_by_every_definition(definition):
    n, load = np.array([0, 1, 5, 20, 300, 1333, 20000]), np.array([2.0, 0.5, 9, 18, 292, 1300, 19950])
    target = ServiceTarget(definition=definition)
    service = realised_service(n, load / 300, 300, 150, HALF_HOUR, target)
    whole = evaluate(n, load / 300, 300, 150, 20, definition)
    # nobody on the phones answers nobody: evaluate calls that a miss, too
    np.testing.assert_allclose(service.mean, whole.service_level, atol=1e-9)
    counted = {"answered": 1 - whole.abandon_rate}.get(definition, np.ones(n.size))
    if definition != "offered_less_short":
        np.testing.assert_allclose(service.calls, load * 6 * counted, rtol=1e-6)


def test_callers_without_patience_limit_wait_as_in_erlang_c():
    service = realised_service([12, 105], np.array([10, 100]) / 300, 300, np.inf, HALF_HOUR, TARGET)
    np.testing.assert_allclose(
        service.mean, evaluate([12, 105], np.array([10, 100]) / 300, 300, np.inf, 20).service_level, atol=1e-5
    )
    assert chance(10, 10.5, 300, np.inf) == pytest.approx(1, abs=1e-6)


def test_no_calls_miss_nothing_and_nobody_on_the_phones_misses_all():
    assert chance(5, 0, 300, 120) == 0
    assert chance(0, 0, 300, 120) == 0
    for definition in DEFINITIONS:
        if definition != "answered_or_short":
            assert chance(0, 2, 300, 120, definition=definition) == pytest.approx(1, abs=1e-6)


def test_a_longer_interval_strays_less_and_for_ever_not_at_all():
    spans = [900.0, 1800.0, 3600.0, 86400.0]
    sizes = [float(realised_service(20, 18 / 300, 300, 120, span, TARGET).deviation) for span in spans]
    assert sizes == sorted(sizes, reverse=True)
    # the average over T behaves as the asymptotic variance over T
    assert sizes[3] == pytest.approx(sizes[2] * np.sqrt(3600 / 86400), rel=0.1)
    year = realised_service([20, 19], 18 / 300, 300, 120, 1e9, TARGET)
    assert (miss_chance(year, 0.8) == np.array([0, 1])).all()


@pytest.mark.parametrize(
    ("mean", "path", "calls", "level"), [(0.7, 0.02, 10, 0.8), (0.9, 0.001, 30, 0.8), (0.5, 0.1, 1, 0.6), (0.3, 0.2, 5, 0.9)]
)
def test_few_calls_are_a_poisson_number_of_beta_binomials(mean, path, calls, level):
    number = np.arange(1, 200)
    size, weight = mean * (1 - mean) / path - 1, poisson.pmf(number, calls)
    most = np.ceil(level * number - 1e-9) - 1
    expected = np.sum(weight * betabinom.cdf(most, number, mean * size, (1 - mean) * size)) / weight.sum()
    assert few_miss(mean, path, float(calls), level) == pytest.approx(expected, abs=1e-9)


def test_a_share_just_met_is_no_miss():
    """Five calls of which four are good meet 80 %; the fifth of calls must be worse."""
    certain = RealisedService(*np.array([[0.5], [1e-9], [0.0], [5.0], [0.0]]))
    number = np.arange(1, 60)
    weight = poisson.pmf(number, 5)
    fewer = [sum(betabinom.pmf(k, m, 1.25e8, 1.25e8) for k in range(m + 1) if 5 * k < 4 * m) for m in number]
    assert float(miss_chance(certain, 0.8)[0]) == pytest.approx(np.sum(weight * fewer) / weight.sum(), abs=1e-6)


@pytest.mark.parametrize("law", ["exponential", "lognormal"])
@pytest.mark.parametrize("definition", ["offered", "answered", "virtual_wait"])
@pytest.mark.parametrize(
    ("n", "load", "handle", "patience"),
    [(1, 0.3, 240, 120), (2, 1, 240, 120), (5, 3.8, 300, 120), (20, 18, 300, 120), (60, 56, 300, 150), (300, 290, 1200, 300)],
)
def test_chance_at_a_known_rate_equals_simulation(n, load, handle, patience, definition, law):
    calls = load / handle * HALF_HOUR
    counts = np.random.default_rng(5).poisson(calls, 12_000 if n < 300 else 3_000)
    day = simulate_day(counts, HALF_HOUR, handle, 0.95, patience, n, 20, seed=9, law=law, definition=definition)
    seen = day.service_levels(axis=0)[4:]
    expected = np.mean(seen[np.isfinite(seen)] < 0.8 - 1e-12)
    assert chance(n, load, handle, patience, definition=definition) == pytest.approx(expected, abs=0.04)


def test_chance_at_an_uncertain_rate_equals_simulation():
    """Each day has a rate of its own; its sixth slot is looked at."""
    rng, load, spread = np.random.default_rng(3), 18.0, 0.12
    rates = load / 300 * np.exp(spread * rng.normal(size=2500))
    missed = []
    for number, rate in enumerate(rates):
        day = simulate_day(rng.poisson(rate * HALF_HOUR, 6), HALF_HOUR, 300, 0.95, 120, 20, 20, seed=number, law="exponential")
        missed.append(day.service_levels(axis=0)[5] < 0.8 - 1e-12)
    nodes = load / 300 * np.exp(spread * NODES)[None]
    found = realised_miss_chance(np.array([20.0]), nodes, np.array([300.0]), np.array([120.0]), HALF_HOUR, TARGET)[0]
    assert found == pytest.approx(np.mean(missed), abs=0.03)
    assert found - chance(20, load, 300, 120) > 0.01


def test_joined_nodes_equal_a_fine_integral_where_gauss_and_hermite_do_not():
    load = np.array([1.0, 8, 60, 400, 800])
    handle, patience = np.full(5, 300.0), np.full(5, 150.0)
    n = least_agents(load / 300, handle, patience, TARGET)[0] + np.array([0, 1, 2, 10, -20])
    fine = np.linspace(-6, 6, 601)
    weight = norm.pdf(fine) / norm.pdf(fine).sum()

    def at(points):
        rates = (load / 300)[:, None] * np.exp(0.25 * points)
        return miss_chance(realised_service(n[:, None], rates, 300, 150, HALF_HOUR, TARGET), 0.8)

    exact = at(fine) @ weight
    rates = (load / 300)[:, None] * np.exp(0.25 * NODES)
    np.testing.assert_allclose(realised_miss_chance(n.astype(float), rates, handle, patience, HALF_HOUR, TARGET), exact, atol=0.012)
    points, share = np.polynomial.hermite_e.hermegauss(NODES.size)
    assert np.abs(at(points) @ share / share.sum() - exact).max() > 0.03


def test_a_certain_rate_needs_no_integral():
    known = realised_miss_chance(
        np.array([20.0]), np.full((1, NODES.size), 0.06), np.array([300.0]), np.array([120.0]), HALF_HOUR, TARGET
    )
    assert known[0] == pytest.approx(chance(20, 18, 300, 120), abs=1e-12)


def test_between_whole_agents_the_chance_is_linear():
    rates = np.repeat(0.06 * np.exp(0.1 * NODES)[None], 3, axis=0)
    low, part, high = realised_miss_chance(
        np.array([20.0, 20.25, 21.0]), rates, np.full(3, 300.0), np.full(3, 120.0), HALF_HOUR, TARGET
    )
    assert part == pytest.approx(0.75 * low + 0.25 * high)
    assert low > high


def test_every_parameter_out_of_range_is_told_at_once():
    with pytest.raises(InvalidData) as caught:
        realised_service(1.5, -1, 0, 0, 0, TARGET)
    assert [finding.column for finding in caught.value.findings] == [
        "agents",
        "calls_per_s",
        "handle_time_s",
        "patience_s",
        "slot_s",
    ]
