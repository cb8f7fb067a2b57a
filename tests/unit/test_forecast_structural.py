"""Trend and seasons: the level goes on and fades, the year comes round, small counts keep their mean, errors grow."""

from datetime import date, timedelta

import numpy as np
import pytest
from forecast_case import FIRST, days_from, level_of, poisson, training

from data.model.base import FloatArray
from data.model.demand import LEVELS
from forecasting.methods import DayForecast, structural
from forecasting.methods.structural import Structural
from forecasting.regressors import DAMPING_DAYS, Trend

CELLS, HISTORY = 24, 200
DAYS = days_from(FIRST, 1200)
YEARS = 730


def fitted(calls: FloatArray, steps: int = 30) -> Structural:
    made = structural.fit(training(DAYS, calls, ahead=460), steps)
    assert isinstance(made, Structural)
    return made


def predicted(calls: FloatArray, days: int, steps: int | None = None) -> DayForecast:
    coming = DAYS[len(calls) : len(calls) + days]
    return fitted(calls, steps or days).predict(coming, np.full((days, calls.shape[1]), np.nan))


def growing(per_day: float) -> FloatArray:
    return np.exp(per_day * np.arange(len(DAYS))) * level_of(DAYS)


def yearly(days: tuple[date, ...]) -> FloatArray:
    """A level that is a third higher in winter and has a second peak in summer."""
    turn = 2 * np.pi * np.array([day.timetuple().tm_yday for day in days]) / 365.25
    return level_of(days) * np.exp(0.3 * np.cos(turn) + 0.1 * np.cos(2 * turn))


@pytest.mark.parametrize("per_day", [0.002, -0.002])
def test_a_trend_goes_on_and_fades(per_day: float) -> None:
    calls = poisson(growing(per_day)[:HISTORY], 60, CELLS, 1)
    made = predicted(calls, 400).mean.sum(axis=1) / level_of(DAYS[HISTORY : HISTORY + 400]) / (60 * CELLS)
    gained = np.log(made) - per_day * HISTORY
    # a month on nearly as before, and never more than the damped sum
    assert gained[28] == pytest.approx(per_day * 28, rel=0.35)
    assert abs(gained[-1]) < 1.35 * abs(per_day) * DAMPING_DAYS
    assert abs(gained[-56:].mean() - gained[-112:-56].mean()) < 0.25 * abs(per_day) * 56


def test_the_damped_trend_is_exact() -> None:
    trend = Trend(FIRST, FIRST + timedelta(days=100), 10)
    columns = trend.columns(np.array([FIRST.toordinal() + k for k in (0, 50, 100, 220, 100_000)]))
    assert columns[:3, 0] == pytest.approx([-0.5, 0.0, 0.5])
    assert columns[3, 0] == pytest.approx(0.5 + 1.2 * (1 - np.exp(-1)))
    assert columns[4, 0] == pytest.approx(0.5 + 1.2)
    assert columns.shape[1] == 1 + trend.bends == 11
    # bends lie in the first four fifths only
    np.testing.assert_allclose(columns[2, 1:], 1 - np.linspace(0.08, 0.8, 10), atol=1e-12)


def test_no_trend_where_there_is_none() -> None:
    level = level_of(DAYS[: HISTORY + 60])
    truth = level[HISTORY:].sum() * 60 * CELLS
    ratios = [predicted(poisson(level[:HISTORY], 60, CELLS, seed), 60).mean.sum() / truth for seed in range(5)]
    np.testing.assert_allclose(ratios, 1, atol=0.04)


@pytest.mark.parametrize(("first", "days", "most"), [(0, 60, 0.05), (365, 30, 0.09)])
def test_the_year_is_followed_60_days_and_13_months_ahead(first: int, days: int, most: float) -> None:
    level = yearly(DAYS)
    calls = poisson(level[:YEARS], 3000, 1, 2)
    made = predicted(calls, first + days, 40)
    truth = level[YEARS + first : YEARS + first + days] * 3000
    assert np.isfinite(made.quantiles).all()
    assert np.abs(made.mean[first:, 0] - truth).sum() / truth.sum() < most


def test_a_year_and_less_has_no_annual_season() -> None:
    assert not training(DAYS, poisson(yearly(DAYS)[:390], 60, 1, 2)).yearly
    assert training(DAYS, poisson(yearly(DAYS)[:401], 60, 1, 2)).yearly


@pytest.mark.parametrize(("mean", "most"), [(0.02, 0.2), (0.05, 0.2), (0.3, 0.1), (2.0, 0.03), (10.0, 0.01)])
def test_small_counts_keep_their_mean(mean: float, most: float) -> None:
    ratios = [
        predicted(poisson(level_of(DAYS[:HISTORY]), mean, CELLS, seed), 14).mean.sum()
        / (mean * CELLS * level_of(DAYS[HISTORY : HISTORY + 14]).sum())
        for seed in range(12)
    ]
    assert np.mean(ratios) == pytest.approx(1, abs=most)


def test_the_spread_grows_with_the_days_ahead_where_the_level_drifts() -> None:
    low, high = LEVELS.index(0.1), LEVELS.index(0.9)
    widths: list[FloatArray] = []
    for drift in (0.0, 0.02):
        grown = []
        for seed in range(6):
            walk = np.cumsum(drift * np.random.default_rng(seed).standard_normal(HISTORY))
            made = predicted(poisson(level_of(DAYS[:HISTORY]) * np.exp(walk), 60, CELLS, seed), 28)
            relative = (made.quantiles[..., high] - made.quantiles[..., low]).sum(axis=1) / made.mean.sum(axis=1)
            assert relative[21] >= relative[0] * 0.99
            grown.append(relative[21] / relative[0])
        widths.append(np.array(grown))
    assert widths[1].mean() > 1.15
    assert widths[0].mean() < widths[1].mean() - 0.1


def test_the_growth_is_read_from_the_variance() -> None:
    made = fitted(poisson(level_of(DAYS[:HISTORY]), 60, CELLS, 3))
    assert (made.growth >= 0).all()
    assert np.isfinite(made.growth).all()


@pytest.mark.parametrize("days", [40, 200, 500])
def test_a_queue_without_calls_stays_so(days: int) -> None:
    made = predicted(np.zeros((days, CELLS)), 40)
    assert made.mean.max() < 0.05
    assert made.quantiles.max() == 0


def test_a_queue_that_fell_silent_is_finite_and_small() -> None:
    calls = poisson(level_of(DAYS[:HISTORY]), 60, CELLS, 4)
    calls[-60:] = 0
    made = predicted(calls, 14)
    assert np.isfinite(made.quantiles).all()
    assert made.mean.mean() < 6


def test_shapes_are_shares_of_a_day() -> None:
    made = fitted(poisson(level_of(DAYS[:HISTORY]), 60, CELLS, 5))
    np.testing.assert_allclose(made.shapes.sum(axis=1), 1)
    assert made.shapes.min() >= 0


def test_the_level_of_ten_times_the_calls_is_ten_times_as_high() -> None:
    calls = poisson(level_of(DAYS[:HISTORY]), 20, CELLS, 6)
    np.testing.assert_allclose(predicted(10 * calls, 10).mean, 10 * predicted(calls, 10).mean, rtol=0.02, atol=0.3)
