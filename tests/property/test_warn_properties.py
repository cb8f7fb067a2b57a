"""Laws that hold for any forecast: chances lie in [0, 1], fall with staff and rise with calls; stretches are what they say."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from response_case import GRID, forecast_of, queue, requirement_of

from data.model.demand import LEVELS
from optimizer.response.warning.warn import capacity_chances, exceedance, rate_quantiles, realised_chances, stretches

POWER = queue("power")
KNOTS = arrays(np.float64, len(LEVELS), elements=st.floats(0, 1e4).map(lambda x: round(x, 1)))


@given(KNOTS, st.lists(st.floats(0, 2e4), min_size=2, max_size=20))
def test_exceedance_is_a_falling_chance(knots, calls):
    quantiles = np.sort(knots)
    x = np.sort(np.array(calls))
    chance = exceedance(x, np.broadcast_to(quantiles, (x.size, quantiles.size)))
    assert np.all((chance >= 0) & (chance <= 1))
    assert np.all(np.diff(chance) <= 1e-12)


@given(KNOTS)
def test_exceedance_at_a_quantile_is_at_most_its_share(knots):
    quantiles = np.sort(knots)
    chance = exceedance(quantiles, np.broadcast_to(quantiles, (quantiles.size, quantiles.size)))
    assert np.all(chance <= 1 - np.array(LEVELS) + 1e-9)


@settings(max_examples=15, deadline=None)
@given(st.floats(1, 400), st.floats(0.01, 0.6), st.lists(st.floats(0, 80), min_size=2, max_size=12))
def test_chance_falls_with_agents(calls, spread, heads):
    forecast = forecast_of(np.full((1, GRID.size), calls), [POWER], spread=spread)
    available = np.zeros((1, GRID.size))
    available[0, : len(heads)] = np.sort(heads)
    requirement = requirement_of(forecast, [POWER])
    for chances_of in (capacity_chances, realised_chances):
        chance = chances_of(forecast, requirement, available, [POWER])[0, : len(heads)]
        assert np.all((chance >= 0) & (chance <= 1))
        assert np.all(np.diff(chance) <= 1e-6)


@given(KNOTS)
def test_rates_lie_inside_their_counts_and_spread_less(knots):
    counts = np.sort(knots)
    rates = rate_quantiles(counts)
    assert np.all(np.diff(rates) >= -1e-9)
    assert np.all((rates >= counts[0] - 1e-9) & (rates <= counts[-1] + 1e-9))
    assert np.ptp(rates) <= np.ptp(counts)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=40), st.integers(1, 4))
def test_stretches_are_apart_and_hold_their_level(levels, least):
    row = np.array(levels)
    found = list(stretches(row, np.ones(row.size, dtype=bool), least))
    for first, end, level in found:
        assert row[first] > 0
        assert row[end - 1] > 0
        assert "1" * least in "".join("1" if value >= level else "0" for value in row[first:end])
        assert not np.any((row[first:end][:-1] == 0) & (row[first:end][1:] == 0))
    assert all(second[0] - first[1] >= 2 for first, second in zip(found, found[1:], strict=False))
