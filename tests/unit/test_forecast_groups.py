"""Queues too young or too small to be forecast alone: shares of their group."""

from dataclasses import replace
from datetime import timedelta
from typing import cast

import numpy as np
import pytest
from forecast_case import FIRST, ahead, calls_of, days_from, level_of, off, poisson, wave

from data.model.base import FloatArray
from data.model.demand import CallHistory
from data.model.time import Horizon, TimeGrid
from forecasting.days import DayTable, day_table
from forecasting.groups import group_table, shared
from forecasting.methods import Fitted

CELLS, DAYS, COMING = 24, 140, 7
DATES = days_from(FIRST, DAYS + COMING)
BOTH = {"a": "g", "b": "g"}


def rows(means: tuple[float, ...], seed: int = 1, days: int = DAYS) -> list[FloatArray]:
    return [poisson(level_of(DATES[:days]), mean, CELLS, 10 * seed + k) for k, mean in enumerate(means)]


def truth(mean: float) -> FloatArray:
    return (mean * level_of(DATES[DAYS:])[:, None] * wave(CELLS)).reshape(-1)


def young(seed: int) -> CallHistory:
    """A queue of 20 weeks and one that opened a week ago, with the same profile at a third of the level."""
    old, new = rows((60.0, 20.0), seed)
    new[:-7] = np.nan
    return calls_of([old, new])


def test_a_tiny_queue_has_its_group_s_mean_and_whole_quantiles() -> None:
    totals, shapes = [], []
    for seed in range(10):
        made = ahead(calls_of(rows((40.0, 0.3), seed)), COMING, groups=BOTH)
        np.testing.assert_array_equal(made.quantiles[1], np.round(made.quantiles[1]))
        totals.append(made.mean[1].sum() / truth(0.3).sum())
        shapes.append(off(truth(0.3), made.mean[1]))
    assert np.mean(totals) == pytest.approx(1, abs=0.05)
    assert np.mean(shapes) < 0.12


def test_a_tiny_queue_is_closer_to_the_truth_than_alone() -> None:
    errors = np.zeros(2)
    for seed in range(6):
        history = calls_of(rows((40.0, 0.3), seed))
        errors += [off(truth(0.3), ahead(history, COMING, groups=groups).mean[1]) for groups in (BOTH, None)]
    assert errors[0] < 0.8 * errors[1]


def test_a_week_old_queue_has_the_group_s_week_at_its_own_level() -> None:
    errors = np.zeros(2)
    for seed in range(6):
        made = ahead(young(seed), COMING, groups=BOTH)
        assert made.mean[1].sum() == pytest.approx(truth(20).sum(), rel=0.05)
        alone = ahead(young(seed), COMING, method="same_weekday")
        errors += [off(truth(20), made.mean[1]), off(truth(20), alone.mean[1])]
    assert errors[0] < 0.6 * errors[1]


def test_an_older_and_larger_queue_is_forecast_alone() -> None:
    history = calls_of(rows((60.0, 5.0)))
    np.testing.assert_array_equal(ahead(history, COMING, groups=BOTH).quantiles, ahead(history, COMING).quantiles)


@pytest.mark.parametrize("groups", [{"b": "g"}, {"a": "other", "b": "g"}, {}])
def test_a_group_of_one_is_no_group(groups: dict[str, str]) -> None:
    np.testing.assert_array_equal(ahead(young(1), COMING, groups=groups).mean, ahead(young(1), COMING).mean)


def test_a_group_that_is_not_larger_does_not_help() -> None:
    history = calls_of(rows((0.3, 0.3, 0.3)[:2]))
    plain = ahead(history, COMING)
    one = ahead(history, COMING, groups=BOTH)
    many = ahead(calls_of(rows((0.3, 0.3, 0.3))), COMING, groups=dict.fromkeys("abc", "g"))
    # two alike are just short of twice or just over it for the larger or the smaller; three are over it for each
    assert any((one.mean[q] == plain.mean[q]).all() for q in range(2))
    assert not (many.mean[:2] == plain.mean).all()


def test_shares_of_tiny_queues_add_up_to_about_the_group() -> None:
    history = calls_of(rows((0.8, 0.5, 0.4, 0.6)))
    made = ahead(history, COMING, groups=dict.fromkeys("abcd", "g"))
    whole = ahead(calls_of([sum(rows((0.8, 0.5, 0.4, 0.6)), np.zeros((DAYS, CELLS)))]), COMING)
    assert made.mean.sum() == pytest.approx(whole.mean.sum(), rel=0.03)
    by_hour = [one.mean.sum(axis=0).reshape(COMING, CELLS).sum(axis=0) for one in (made, whole)]
    np.testing.assert_allclose(by_hour[0], by_hour[1], rtol=0.12)


def test_the_result_does_not_hang_on_the_number_of_workers() -> None:
    history = calls_of(rows((40.0, 0.3, 30.0, 0.5, 12.0)))
    groups = {"a": "g", "b": "g", "c": "h", "d": "h"}
    made = [ahead(history, COMING, groups=groups, workers=workers) for workers in (1, 2)]
    assert made[0].queues == made[1].queues
    for name in ("mean", "quantiles", "handle_time_s", "open"):
        np.testing.assert_array_equal(getattr(made[0], name), getattr(made[1], name))


def test_a_busy_morning_of_the_queue_raises_its_afternoon() -> None:
    history = young(2)
    today = DATES[DAYS]
    grid = TimeGrid(horizon=Horizon(zone=history.grid.horizon.zone, first=FIRST, days=DAYS + 1), minutes=60)
    plain = ahead(history, 1, groups=BOTH)
    offered = np.hstack([history.offered, np.full((2, CELLS), np.nan)])
    offered[1, -CELLS:-12] = np.round(1.4 * plain.mean[1, :12])
    noon = plain.grid.index[12].to_pydatetime()
    longer = replace(history, grid=grid, offered=offered, handle_time_s=np.full_like(offered, np.nan))
    made = ahead(longer, 1, origin=noon, groups=BOTH)
    assert made.grid.horizon.first == today
    assert 1.15 < made.mean[1, 12:].sum() / plain.mean[1, 12:].sum() < 1.4


def tables(*calls: FloatArray) -> list[DayTable]:
    return [day_table(calls_of([one]), 0, 60) for one in calls]


def test_a_share_by_time_of_day_is_drawn_to_that_of_the_day() -> None:
    """Ten days of a queue that has all its calls before noon: the fewer calls the group has, the nearer to the whole share."""
    every, shares = np.arange(CELLS), []
    for calls in (4.0, 400.0):
        group, own = np.full((10, CELLS), calls), np.zeros((10, CELLS))
        own[:, :12] = calls / 4
        whole, part = tables(group, own)
        shares.append(shared(cast(Fitted, None), whole, every, part, every))
    few, many = (one.share for one in shares)
    np.testing.assert_allclose(few, np.where(every < 12, 0.25 - 0.125 * 100 / 140, 0.125 * 100 / 140), atol=0.002)
    np.testing.assert_allclose(many, np.where(every < 12, 0.25, 0.0), atol=0.005)
    assert shares[0].share_variance == pytest.approx(1 / (10 * 12 + 1))


def test_a_group_is_not_known_where_a_queue_that_is_usually_open_is_not() -> None:
    one, other = rows((10.0, 20.0))
    one[50, 3] = np.nan
    other[:, 20:] = np.nan
    whole = group_table(tables(one, other))
    assert np.isnan(whole.calls[50, 3])
    assert np.isnan(whole.calls).sum() == 1
    # the other is closed then, which is no gap
    np.testing.assert_array_equal(whole.calls[:, 20:], one[:, 20:])
    np.testing.assert_array_equal(whole.calls[0, :20], one[0, :20] + other[0, :20])
    assert whole.dates[0] == FIRST
    assert whole.dates[-1] == FIRST + timedelta(days=DAYS - 1)


def test_a_queue_that_had_not_opened_leaves_the_group_known() -> None:
    one, other = rows((10.0, 20.0))
    other[:112] = np.nan
    other[120, 3] = np.nan
    whole = group_table(tables(one, other))
    np.testing.assert_array_equal(whole.calls[:112], one[:112])
    assert np.isnan(whole.calls).sum() == 1


def test_a_large_queue_of_a_few_days_does_not_move_the_level_of_its_group() -> None:
    old, new = rows((60.0, 29.0), 3)
    new[:-3] = np.nan
    made = ahead(calls_of([old, new]), COMING, groups=BOTH)
    days = made.open[1].reshape(COMING, CELLS).any(axis=1)
    found, expected = (values.reshape(COMING, CELLS)[days].sum() for values in (made.mean[1], truth(29)))
    assert found == pytest.approx(expected, rel=0.06)
