"""What every forecasting method promises, over whatever is discovered."""

from datetime import date, timedelta

import numpy as np
import pytest

from data.model.base import FloatArray
from data.model.calendar import Calendar
from data.model.demand import LEVELS
from forecasting.days import Training
from forecasting.features import day_features
from forecasting.methods import DayForecast, methods

FIRST, CELLS, AHEAD = date(2025, 1, 6), 20, 6
WAVE = 1.2 + np.sin(np.linspace(0, 3, CELLS))

every_method = pytest.mark.parametrize("name", methods())


def poisson(days: int, mean: float, seed: int = 1) -> FloatArray:
    return np.random.default_rng(seed).poisson(mean * WAVE, (days, CELLS)).astype(float)


def predicted(name: str, calls: FloatArray, seen: FloatArray | None = None) -> DayForecast:
    days = [FIRST + timedelta(days=d) for d in range(len(calls) + AHEAD)]
    training = Training(tuple(days[:-AHEAD]), calls, day_features(Calendar(), days[0], days[-1]))
    unseen = np.full((AHEAD, calls.shape[1]), np.nan)
    if seen is not None:
        unseen[0] = seen
    return methods()[name].fit(training, AHEAD).predict(days[-AHEAD:], unseen)


def test_the_default_and_the_baseline_are_discovered() -> None:
    assert {"principal", "same_weekday"} <= set(methods())


@every_method
@pytest.mark.parametrize("days", [1, 3, 20, 30, 90])
@pytest.mark.parametrize("mean", [0.02, 3.0, 200.0])
def test_finite_ordered_not_negative(name: str, days: int, mean: float) -> None:
    found = predicted(name, poisson(days, mean))
    assert found.mean.shape == (AHEAD, CELLS)
    assert found.quantiles.shape == (AHEAD, CELLS, len(LEVELS))
    assert np.isfinite(found.mean).all()
    assert np.isfinite(found.quantiles).all()
    assert (np.diff(found.quantiles, axis=-1) >= 0).all()
    assert found.quantiles.min() >= 0
    assert found.mean.min() >= 0


@every_method
def test_close_to_the_truth(name: str) -> None:
    found = predicted(name, poisson(90, 100))
    truth = np.broadcast_to(100 * WAVE, found.mean.shape)
    assert np.abs(found.mean - truth).sum() / truth.sum() < 0.08
    inside = (truth >= found.quantiles[..., 0]) & (truth <= found.quantiles[..., -1])
    assert inside.mean() > 0.95


@every_method
@pytest.mark.parametrize("days", [1, 40, 90])
def test_no_calls_stay_no_calls(name: str, days: int) -> None:
    found = predicted(name, np.zeros((days, CELLS)))
    assert found.mean.max() < 0.01
    assert found.quantiles.max() == 0


@every_method
@pytest.mark.parametrize("days", [9, 40, 90])
def test_the_mean_scales_with_the_feed(name: str, days: int) -> None:
    calls = poisson(days, 60)
    np.testing.assert_allclose(predicted(name, 10 * calls).mean, 10 * predicted(name, calls).mean, rtol=0.06)


@every_method
def test_gaps_do_not_spread(name: str) -> None:
    calls = poisson(90, 100)
    calls[np.random.default_rng(4).random(calls.shape) < 0.3] = np.nan
    calls[30, 1:] = np.nan
    calls[60:, 7] = np.nan
    found = predicted(name, calls)
    assert np.isfinite(found.quantiles).all()
    assert found.mean.sum() == pytest.approx(AHEAD * 100 * WAVE.sum(), rel=0.06)


@every_method
@pytest.mark.parametrize("cells", [0, 1, 12, CELLS])
def test_what_is_seen_of_the_first_day_pulls_it(name: str, cells: int) -> None:
    calls = poisson(90, 100) * np.exp(0.15 * np.random.default_rng(3).standard_normal((90, 1)))
    plain = predicted(name, calls)
    seen = np.where(np.arange(CELLS) < cells, 1.4 * plain.mean[0], np.nan)
    found = predicted(name, calls, seen)
    assert np.isfinite(found.quantiles).all()
    if cells == 0:
        np.testing.assert_array_equal(found.mean, plain.mean)
    else:
        assert 1.02 < found.mean[0].sum() / plain.mean[0].sum() < 1.45


@every_method
def test_same_input_same_result(name: str) -> None:
    np.testing.assert_array_equal(predicted(name, poisson(50, 30)).quantiles, predicted(name, poisson(50, 30)).quantiles)
