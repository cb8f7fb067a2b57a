"""PIT, coverage and the Poisson noise floor against brute force."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from data.exchange.calls import read_calls
from data.model.base import FloatArray
from data.model.demand import LEVELS
from forecasting.calibration import (
    INNER,
    MEDIAN,
    central_coverage,
    coverage_by,
    noise_floor,
    normal_scores,
    pit,
    pit_histogram,
    poisson_pinball,
    reliability,
    untied,
)
from forecasting.days import day_table
from forecasting.score import score

ARRIVALS = Path(os.environ.get("ECHELON_BENCH_DATA", Path(__file__).parents[3] / "shared" / "data")) / "arrivals"
N = 20_000


def poisson_case(mean: float, *, truth: float = 1.0, n: int = N) -> tuple[FloatArray, FloatArray]:
    """Counts, and quantiles of a Poisson whose mean is `truth` times theirs."""
    calls = np.random.default_rng(3).poisson(mean, n).astype(float)
    quantiles = stats.poisson.ppf(LEVELS, mean * truth)
    return calls, np.broadcast_to(np.maximum(quantiles, 0), (n, len(LEVELS)))


@pytest.mark.parametrize("mean", [0.0, 0.01, 0.3, 1.0, 2.5, 7.0, 40.0, 1234.5])
def test_the_noise_floor_is_the_expectation_over_all_counts(mean: float) -> None:
    count = np.arange(0, int(mean + 12 * np.sqrt(mean)) + 30)
    chance = stats.poisson.pmf(count, mean)
    levels = np.array(LEVELS[INNER])
    quantiles = np.maximum(stats.poisson.ppf(levels, mean), 0)
    error = count[:, None] - quantiles
    expected = chance @ np.maximum(levels * error, (levels - 1) * error)
    np.testing.assert_allclose(poisson_pinball(np.array([mean]))[0], expected, atol=1e-9 * max(mean, 1))
    floor = noise_floor(np.array([mean]))
    assert floor.pinball == pytest.approx(expected.mean(), abs=1e-9 * max(mean, 1))
    if mean:
        deviation = chance @ np.abs(count - stats.poisson.median(mean))
        assert floor.wape == pytest.approx(deviation / mean, rel=1e-9)


def test_the_floor_pools_sums_over_sums_and_knows_nothing_of_nothing() -> None:
    means = np.array([[3.0, 50.0], [0.0, 700.0]])
    parts = [noise_floor(np.array([mean])) for mean in (3.0, 50.0, 0.0, 700.0)]
    assert noise_floor(means).wape == pytest.approx((3 * parts[0].wape + 50 * parts[1].wape + 700 * parts[3].wape) / 753)
    assert noise_floor(means).pinball == pytest.approx(np.mean([part.pinball for part in parts]))
    assert np.isnan(noise_floor(np.zeros(0)).pinball)
    assert np.isnan(noise_floor(np.zeros(2)).wape)


@given(st.floats(0, 3000), st.floats(0.05, 0.95))
def test_no_other_quantile_loses_less(mean: float, share: float) -> None:
    """The pinball loss is least at the true quantile: a brute-force neighbour never beats it."""
    k = int(share * 18)
    level = LEVELS[INNER][k]
    q = max(stats.poisson.ppf(level, mean), 0)
    for other in (q - 1, q + 1):
        below = other * stats.poisson.cdf(other, mean) - mean * stats.poisson.cdf(other - 1, mean) if other >= 0 else 0.0
        assert poisson_pinball(np.array([mean]))[0, k] <= level * (mean - other) + below + 1e-9


def test_the_banks_floor_is_that_of_the_trials() -> None:
    """5.67 % at 5 minutes and 2.32 % at 30, about the candidate's means of another block; here about the mean of the weekday."""
    path = ARRIVALS / "bank_calls_dev.csv.gz"
    if not path.is_file():
        pytest.skip(f"no {path.name}: set ECHELON_BENCH_DATA to the folder of public data")
    history = read_calls(path, "America/New_York", queue="bank", columns={"offered": "calls"})
    for minutes, expected in ((5, 5.67), (30, 2.32)):
        calls = day_table(history, 0, minutes).calls
        open_cells = (~np.isnan(calls)).sum(axis=0) > 100
        means = np.nanmean(calls[:, open_cells], axis=0)
        assert 100 * noise_floor(means).wape == pytest.approx(expected, rel=0.02)


def test_the_floor_stands_beside_every_score() -> None:
    calls, quantiles = poisson_case(30.0)
    found = score(calls, np.full(N, 30.0), quantiles)
    assert found.wape == pytest.approx(found.wape_floor, rel=0.02)
    assert found.pinball == pytest.approx(found.pinball_floor, rel=0.02)
    worse = score(calls, np.full(N, 36.0), poisson_case(30.0, truth=1.2)[1])
    assert worse.wape > 1.3 * worse.wape_floor


@pytest.mark.parametrize("mean", [0.3, 1.0, 4.0, 12.0, 200.0])
def test_true_quantiles_give_a_flat_pit(mean: float) -> None:
    values = pit(*poisson_case(mean))
    assert np.abs(reliability(values) - LEVELS).max() < 0.03
    assert central_coverage(values, 0.8) == pytest.approx(0.8, abs=0.03)
    assert central_coverage(values, 0.95) == pytest.approx(0.95, abs=0.03)
    assert values.mean() == pytest.approx(0.5, abs=0.02)
    assert normal_scores(*poisson_case(mean)).std() == pytest.approx(1.0, abs=0.06)


def test_wrong_quantiles_bend_the_pit() -> None:
    assert pit(*poisson_case(30.0, truth=0.9)).mean() > 0.6
    assert pit(*poisson_case(30.0, truth=1.1)).mean() < 0.4
    calls, quantiles = poisson_case(100.0)
    narrow = 100 + (quantiles - 100) / 2
    histogram = pit_histogram(pit(calls, narrow))
    assert histogram[[0, -1]].min() > 2.5 / 20
    assert histogram.sum() == pytest.approx(1.0)
    assert central_coverage(pit(calls, narrow), 0.8) < 0.6


def test_the_pit_is_seeded_and_leaves_out_what_is_not_known() -> None:
    calls, quantiles = poisson_case(2.0, n=100)
    calls[::2] = np.nan
    values = pit(calls, quantiles, seed=5)
    np.testing.assert_array_equal(values, pit(calls, quantiles, seed=5))
    assert not np.array_equal(values, pit(calls, quantiles, seed=6), equal_nan=True)
    np.testing.assert_array_equal(np.isnan(values), np.isnan(calls))
    assert np.isnan(central_coverage(np.array([np.nan]), 0.8))
    assert np.isnan(reliability(np.zeros(0))).all()
    assert pit_histogram(np.zeros(0)).sum() == 0


@given(st.lists(st.integers(0, 4), min_size=len(LEVELS), max_size=len(LEVELS)), st.integers(0, 60))
def test_any_quantiles_give_a_pit_that_rises_with_the_count(raw: list[int], calls: int) -> None:
    quantiles = np.sort(np.array(raw, dtype=float))
    both = np.array([float(calls), calls + 1.0])
    low, high = pit(both, np.stack([quantiles, quantiles]), seed=1)
    assert 0 <= low <= 1
    assert np.isfinite([low, high]).all()
    place = np.random.default_rng(1).random(2)
    if place[1] >= place[0]:
        assert high >= low
    spread = untied(quantiles[None])[0]
    assert (np.diff(spread) >= 0).all()
    assert spread[0] >= -0.5
    assert MEDIAN == 10


def test_coverage_by_hour_shows_where_it_fails() -> None:
    calls, quantiles = poisson_case(50.0)
    hour = np.arange(N) % 2
    values = pit(np.where(hour == 1, calls * 1.3, calls), quantiles)
    table = coverage_by(hour, values)
    assert table["group"].tolist() == [0, 1]
    assert table["count"].sum() == N
    assert table["coverage80"][0] == pytest.approx(0.8, abs=0.03)
    assert table["coverage80"][1] < 0.5
    assert table["mean"][1] > 0.8
    assert coverage_by(hour[:2], np.array([np.nan, 0.5]))["group"].tolist() == [1]
