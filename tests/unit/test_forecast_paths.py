"""Sample paths: they meet the quantiles of every slot and hang together over hours, days and queues."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from forecast_case import FIRST, WEEKENDS, calls_of, days_from, level_of, poisson

from data.model.base import FloatArray
from data.model.demand import LEVELS, CallHistory, Forecast
from data.model.time import Horizon, TimeGrid
from forecasting.paths import MOST_PERSISTENT, SHRINK, Dependence, dependence, sample_paths
from forecasting.quantiles import counts

GRID = TimeGrid(horizon=Horizon(zone="Europe/Rome", first=date(2026, 3, 2), days=3), minutes=60)
OPEN = (GRID.wall_minute >= 480) & (GRID.wall_minute < 1200)
COUNT = 3000


def made(level: float = 12.0, of_day: float = 2.0, seen: int = 0, queues: int = 2) -> Forecast:
    """Alike queues open from 8:00 to 20:00, with a day error on the root scale; `seen` slots with 77 calls before the origin."""
    shape = (queues, GRID.size)
    mean, quantiles = counts(np.full(shape, level), np.full(shape, of_day), np.full(shape, 0.25))
    is_open = np.broadcast_to(OPEN, shape)
    mean, quantiles = np.where(is_open, mean, 0), np.where(is_open[..., None], quantiles, 0)
    known = np.arange(GRID.size) < seen
    mean[:, known & OPEN] = 77
    return Forecast(tuple("abcd"[:queues]), GRID, GRID.index[seen].to_pydatetime(), mean, quantiles, np.full(shape, 200.0), is_open)


def between(correlation: float = 0.0, persistence: float = 0.0, queues: int = 2) -> Dependence:
    matrix = np.full((queues, queues), correlation)
    np.fill_diagonal(matrix, 1.0)
    return Dependence(np.full(queues, persistence), matrix)


def day_totals(paths: FloatArray) -> FloatArray:
    """Calls of each day; shape (paths, queues, days)."""
    return np.add.reduceat(paths, GRID.day_slot[:-1], axis=-1)


@pytest.mark.parametrize(("level", "of_day"), [(12.0, 2.0), (30.0, 0.0), (1.5, 0.1)])
def test_every_slot_follows_its_quantiles(level: float, of_day: float) -> None:
    forecast = made(level, of_day)
    paths = sample_paths(forecast, between(0.5, 0.5), count=COUNT)[:, :, OPEN]
    for k in (0, 2, 10, 18, 20):
        at = forecast.quantiles[:, OPEN, k]
        under = ((paths < at).mean(axis=0) + (paths <= at).mean(axis=0)) / 2
        # whole numbers: a level may lie anywhere within the chance of its own count
        wide = (paths == np.rint(at)).mean(axis=0).max() / 2
        assert abs(under.mean() - LEVELS[k]) < 0.015 + wide
    assert paths.mean() == pytest.approx(forecast.mean[:, OPEN].mean(), rel=0.04)


def test_a_day_is_wider_than_independent_hours_and_not_wider_than_equal_ones() -> None:
    paths = sample_paths(made(), between(), count=COUNT)
    hours = paths[:, 0, OPEN].reshape(COUNT, 3, 12)
    independent, equal = np.sqrt((hours.std(axis=0) ** 2).sum(axis=1)), hours.std(axis=0).sum(axis=1)
    total = day_totals(paths)[:, 0].std(axis=0)
    assert (total > 2 * independent).all()
    assert (total < 0.98 * equal).all()


def test_hours_that_are_near_are_more_alike() -> None:
    hours = sample_paths(made(), between(), count=COUNT)[:, 0, OPEN].reshape(COUNT, 3, 12)[:, 0]
    alike = np.asarray(np.corrcoef(hours.T))[0]
    assert alike[1] > alike[11] + 0.05
    assert alike[11] > 0.4


def test_poisson_noise_alone_does_not_hang_together() -> None:
    hours = sample_paths(made(of_day=0.0), between(), count=COUNT)[:, 0, OPEN]
    assert np.corrcoef(hours[:, 0], hours[:, 1])[0, 1] == pytest.approx(0, abs=0.06)


@pytest.mark.parametrize("correlation", [0.0, 0.8])
def test_queues_hang_together_as_they_should(correlation: float) -> None:
    totals = day_totals(sample_paths(made(of_day=4.0), between(correlation), count=COUNT))
    found = np.corrcoef(totals[:, 0, 1], totals[:, 1, 1])[0, 1]
    assert found == pytest.approx(correlation, abs=0.08)


@pytest.mark.parametrize("persistence", [0.0, 0.9])
def test_days_hang_together_as_they_should(persistence: float) -> None:
    totals = day_totals(sample_paths(made(of_day=4.0), between(0.3, persistence), count=COUNT))[:, 0]
    found = np.corrcoef(totals[:, 0], totals[:, 1])[0, 1]
    assert found == pytest.approx(persistence, abs=0.15)
    assert np.corrcoef(totals[:, 0], totals[:, 2])[0, 1] <= found + 0.05


def test_what_was_seen_is_fixed_and_what_is_closed_is_nothing() -> None:
    seen = 34
    paths = sample_paths(made(seen=seen), between(0.5, 0.5), count=50)
    known = np.arange(GRID.size) < seen
    assert (paths[:, :, known & OPEN] == 77).all()
    assert (paths[:, :, ~OPEN] == 0).all()
    assert (paths[:, :, ~known & OPEN].std(axis=0) > 0).all()


def test_paths_are_whole_calls_and_hang_on_the_seed_alone() -> None:
    forecast = made(1.2, 0.3)
    paths = sample_paths(forecast, between(0.5, 0.5), count=40, seed=3)
    assert paths.shape == (40, 2, GRID.size)
    assert paths.min() >= 0
    np.testing.assert_array_equal(paths, np.rint(paths))
    np.testing.assert_array_equal(paths, sample_paths(forecast, between(0.5, 0.5), count=40, seed=3))
    assert not np.array_equal(paths, sample_paths(forecast, between(0.5, 0.5), count=40, seed=4))


def test_correlations_that_cannot_be_are_made_possible() -> None:
    impossible = np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]])
    paths = sample_paths(made(queues=3), Dependence(np.zeros(3), impossible), count=20)
    assert np.isfinite(paths).all()


DATES = days_from(FIRST, 140)


def history(shared: float, carried: float, seed: int = 1) -> CallHistory:
    """Two queues with day errors of 15 %, of correlation `shared`, carried from day to day."""
    random = np.random.default_rng(seed)
    fresh = random.standard_normal((140, 2)) @ np.linalg.cholesky([[1, shared], [shared, 1]]).T
    errors = fresh.copy()
    for d in range(1, 140):
        errors[d] = carried * errors[d - 1] + np.sqrt(1 - carried**2) * fresh[d]
    return calls_of([poisson(level_of(DATES) * np.exp(0.15 * errors[:, q]), 50, 24, seed + q) for q in range(2)])


def test_dependence_is_found_in_the_history() -> None:
    found = [
        np.mean([dependence(history(shared, carried, s), WEEKENDS, 60).between[0, 1] for s in range(4)])
        for shared, carried in ((0.0, 0.0), (0.8, 0.0))
    ]
    assert found[0] == pytest.approx(0, abs=0.12)
    assert found[1] == pytest.approx((1 - SHRINK) * 0.8, abs=0.12)
    lasting = [np.mean([dependence(history(0.0, c, s), WEEKENDS, 60).persistence for s in range(4)]) for c in (0.0, 0.6)]
    assert lasting[0] < 0.12
    assert 0.3 < lasting[1] <= MOST_PERSISTENT


def test_a_young_queue_is_taken_as_independent() -> None:
    both = history(0.8, 0.5)
    offered = both.offered.copy()
    offered[1, : -10 * 24] = np.nan
    found = dependence(replace(both, offered=offered), WEEKENDS, 60)
    np.testing.assert_array_equal(found.between, np.eye(2))
    assert found.persistence[1] == 0
