"""Learn once, then follow the day: the same forecast as if learnt anew, wherever the days learnt from are the same."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from forecast_case import FIRST, WEEKENDS, ZONE, ahead, at, calls_of, days_from, level_of, poisson, wave

from data.model.base import FloatArray
from data.model.centre import OpeningHours
from data.model.demand import LEVELS, CallHistory, Forecast
from data.model.driver import Drivers
from data.model.time import Horizon, TimeGrid
from forecasting import forecast, learn
from forecasting.learn import Learnt
from forecasting.methods import methods

CELLS, DAYS = 24, 98
DATES = days_from(FIRST, DAYS + 3)
TODAY = FIRST + timedelta(days=DAYS)
LOW, HIGH = LEVELS.index(0.1), LEVELS.index(0.9)
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
every_method = pytest.mark.parametrize("method", methods())


def history(seed: int = 1, *, days: int = DAYS + 2, noise: float = 0.1) -> CallHistory:
    """Two queues with day errors, known until after tomorrow."""
    effect = np.exp(noise * np.random.default_rng(seed).standard_normal(days))
    return calls_of([poisson(level_of(DATES[:days]) * effect, mean, CELLS, seed) for mean in (60.0, 8.0)])


def midnight(made: CallHistory, *, method: str = "combined", days: int = 3, **rest: object) -> Learnt:
    horizon = Horizon(zone=ZONE, first=TODAY, days=days)
    return learn(made, at(TODAY), horizon, minutes=60, calendar=WEEKENDS, method=method, **rest)  # type: ignore[arg-type]


def width(made: Forecast) -> FloatArray:
    return made.quantiles[..., HIGH] - made.quantiles[..., LOW]


def changed(made: CallHistory, first: datetime, until: datetime, value: float) -> CallHistory:
    offered = made.offered.copy()
    offered[:, made.grid.slot(first) : made.grid.slot(until)] = value
    return replace(made, offered=offered)


@every_method
@pytest.mark.parametrize("hour", [0, 1, 10, 23])
def test_following_is_learning_anew(method: str, hour: int) -> None:
    made = history()
    followed = midnight(made, method=method).forecast(made, at(TODAY, hour))
    anew = ahead(made, 3, origin=at(TODAY, hour), method=method)
    np.testing.assert_allclose(followed.mean, anew.mean, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(followed.quantiles, anew.quantiles, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(followed.handle_time_s, anew.handle_time_s)
    np.testing.assert_array_equal(followed.open, anew.open)


def test_following_daily_drivers_is_learning_anew() -> None:
    daily = np.random.default_rng(5).random((DAYS + 3, 1))
    known: dict[str, Any] = {"drivers": Drivers(("rain_mm",), FIRST, daily), "handle_time_s": {"a": 200.0, "b": 300.0}}
    made = history()
    followed, anew = midnight(made, **known).forecast(made, at(TODAY, 10)), ahead(made, 3, origin=at(TODAY, 10), **known)
    np.testing.assert_allclose(followed.quantiles, anew.quantiles, rtol=1e-9, atol=1e-9)
    assert followed.handle_time_s[:, 0].tolist() == [200, 300]


def test_this_morning_adds_little_to_shares_and_to_what_drivers_do_within_a_day() -> None:
    hourly = np.random.default_rng(5).random((DAYS + 3, 24, 1))
    known: dict[str, Any] = {"drivers": Drivers(("rain_mm",), FIRST, hourly.mean(axis=1), hourly), "groups": {"a": "g", "b": "g"}}
    made = calls_of([poisson(level_of(DATES[: DAYS + 2]), mean, CELLS, 1) for mean in (60.0, 0.4)])
    followed, anew = midnight(made, **known).forecast(made, at(TODAY, 10)), ahead(made, 3, origin=at(TODAY, 10), **known)
    np.testing.assert_allclose(followed.mean, anew.mean, rtol=0.03)


def test_with_nothing_new_it_is_the_midnight_forecast() -> None:
    made = history()
    learnt = midnight(made)
    first, blank = learnt.forecast(made, at(TODAY)), changed(made, at(TODAY), at(TODAY, 10), np.nan)
    np.testing.assert_array_equal(learnt.forecast(blank, at(TODAY, 10)).mean, first.mean)
    np.testing.assert_array_equal(learnt.forecast(blank, at(TODAY, 10)).quantiles, first.quantiles)
    assert (width(first)[0] > 0).all()


def test_an_interval_that_is_not_complete_is_not_seen() -> None:
    made = history()
    learnt = midnight(made)
    np.testing.assert_array_equal(learnt.forecast(made, at(TODAY, 0, 59)).mean, learnt.forecast(made, at(TODAY)).mean)
    one = learnt.forecast(made, at(TODAY, 1))
    assert one.mean[0, 0] == made.offered[0, made.grid.slot(at(TODAY))]
    assert not np.array_equal(one.mean[:, 1:], learnt.forecast(made, at(TODAY)).mean[:, 1:])


def test_a_day_wholly_seen_is_what_was_seen_and_moves_tomorrow() -> None:
    made = history()
    learnt = midnight(made)
    tomorrow = at(TODAY + timedelta(days=1))
    done, before = learnt.forecast(made, tomorrow), learnt.forecast(made, at(TODAY))
    today = slice(0, CELLS)
    np.testing.assert_array_equal(done.mean[:, today], made.offered[:, made.grid.slot(at(TODAY)) :][:, today])
    assert (width(done)[:, today] == 0).all()
    assert not np.array_equal(done.mean[:, CELLS:], before.mean[:, CELLS:])


def test_an_outage_of_the_feed_is_not_an_hour_without_calls() -> None:
    made = history()
    learnt = midnight(made)
    plain = learnt.forecast(made, at(TODAY))
    outage, silence = (learnt.forecast(changed(made, at(TODAY, 4), at(TODAY, 10), value), at(TODAY, 10)) for value in (np.nan, 0.0))
    rest = slice(10, CELLS)
    assert 0.75 < outage.mean[0, rest].sum() / plain.mean[0, rest].sum() < 1.33
    assert silence.mean[0, rest].sum() < 0.75 * outage.mean[0, rest].sum()
    # the hours of the outage stay a forecast, those of the silence are a fact
    assert (width(outage)[0, 4:10] > 0).all()
    assert (silence.mean[:, 4:10] == 0).all()
    np.testing.assert_array_equal(outage.mean[:, :4], made.offered[:, made.grid.slot(at(TODAY)) :][:, :4])


@every_method
def test_ten_o_clock_does_not_widen_two_o_clock(method: str) -> None:
    before, after, level = [], [], []
    for seed in range(8):
        made = history(seed)
        learnt = midnight(made, method=method, days=1)
        early, late = (learnt.forecast(made, at(TODAY, hour)) for hour in (0, 10))
        before.append(width(early)[0, 14])
        after.append(width(late)[0, 14])
        level.append(late.mean[0, 14] / early.mean[0, 14])
    assert np.mean(after) <= 1.02 * np.mean(before) * max(1, float(np.mean(level)))
    if method != "same_weekday":
        assert np.mean(after) < 0.9 * np.mean(before)


def test_what_is_seen_makes_the_rest_of_the_day_better() -> None:
    errors = np.zeros(2)
    for seed in range(10):
        made = history(seed, noise=0.2)
        learnt = midnight(made, days=1)
        actual = made.offered[0, made.grid.slot(at(TODAY)) :][10:CELLS]
        errors += [np.abs(learnt.forecast(made, at(TODAY, hour)).mean[0, 10:] - actual).sum() for hour in (0, 10)]
    assert errors[1] < 0.7 * errors[0]


def test_the_next_days_may_be_followed_too() -> None:
    made = history()
    learnt = midnight(made)
    second = learnt.forecast(made, at(TODAY + timedelta(days=1), 12))
    assert second.origin == at(TODAY + timedelta(days=1), 12)
    np.testing.assert_array_equal(second.mean[:, :36], made.offered[:, made.grid.slot(at(TODAY)) :][:, :36])
    assert (width(second)[0, 36:] > 0).all()


def night_service(days: int, seed: int = 2) -> CallHistory:
    """Open from 05:00 to 02:00 of the next day."""
    calls = poisson(level_of(DATES[:days]), 60, CELLS, seed)
    calls[:, 2:5] = np.nan
    return calls_of([calls])


def test_a_service_day_past_midnight() -> None:
    hours = OpeningHours(hours=dict.fromkeys(WEEK, ("05:00", "02:00")))
    for opening in ({"a": hours}, None):
        made = ahead(night_service(DAYS), 2, opening=opening)
        hour = made.grid.wall_minute // 60
        np.testing.assert_array_equal(made.open[0], (hour < 2) | (hour >= 5))
        truth = 60 * level_of(DATES[DAYS : DAYS + 2])[:, None] * wave(CELLS)
        inside = made.open[0].reshape(2, CELLS)
        np.testing.assert_allclose(made.mean[0].reshape(2, CELLS)[inside], truth[inside], rtol=0.2)


def test_opening_hours_that_changed_in_mid_history() -> None:
    calls = poisson(level_of(DATES[:DAYS]), 60, CELLS, 3)
    calls[:, :8] = np.nan
    calls[: DAYS - 42, 18:] = np.nan
    made = ahead(calls_of([calls]), 2)
    assert made.open[0].reshape(2, CELLS)[:, 8:].all()
    truth = 60 * level_of(DATES[DAYS : DAYS + 2])[:, None] * wave(CELLS)
    np.testing.assert_allclose(made.mean[0].reshape(2, CELLS)[:, 18:].sum(), truth[:, 18:].sum(), rtol=0.1)
    np.testing.assert_allclose(made.mean[0].reshape(2, CELLS)[:, 8:18].sum(), truth[:, 8:18].sum(), rtol=0.06)
    # and hours given up two months ago are closed, however long they were kept
    long = poisson(level_of(days_from(FIRST, 300)), 60, CELLS, 3)
    long[300 - 70 :, :8] = np.nan
    assert not ahead(calls_of([long]), 2).open[0].reshape(2, CELLS)[:, :8].any()
    shorter = poisson(level_of(DATES[:DAYS]), 60, CELLS, 3)
    shorter[DAYS - 70 :, :8] = np.nan
    assert not ahead(calls_of([shorter]), 2).open[0].reshape(2, CELLS)[:, :8].any()


def test_a_day_and_an_interval_that_were_never_known() -> None:
    whole = poisson(level_of(DATES[:DAYS]), 60, CELLS, 4)
    gaps = whole.copy()
    gaps[-1] = np.nan
    gaps[-9] = np.nan
    gaps[:, 7] = np.nan
    made, plain = ahead(calls_of([gaps]), 7), ahead(calls_of([whole]), 7)
    kept = np.arange(7 * CELLS) % CELLS != 7
    assert np.isfinite(made.quantiles).all()
    assert (made.mean[0, ~kept] == 0).all()
    assert made.mean[0, kept].sum() == pytest.approx(plain.mean[0, kept].sum(), rel=0.03)


def test_one_day_of_history() -> None:
    monday = calls_of([poisson(level_of(DATES[:1]), 60, CELLS, 5)])
    hours = OpeningHours(hours=dict.fromkeys(WEEK, ("00:00", "24:00")))
    made, seen_only = ahead(monday, 7, opening={"a": hours}), ahead(monday, 7)
    assert np.isfinite(made.quantiles).all()
    np.testing.assert_allclose(made.mean.reshape(7, CELLS).sum(axis=1), monday.offered.sum(), rtol=0.05)
    # other weekdays were never seen
    assert seen_only.open[0].reshape(7, CELLS).any(axis=1).tolist() == [False] * 6 + [True]


@pytest.mark.parametrize("mean", [0.5, 8.0, 60.0])
def test_ten_times_the_calls_are_ten_times_the_forecast(mean: float) -> None:
    calls = poisson(level_of(DATES[:DAYS]), mean, CELLS, 6)
    one, ten = ahead(calls_of([calls]), 7), ahead(calls_of([10 * calls]), 7)
    assert ten.mean.sum() / one.mean.sum() == pytest.approx(10, rel=0.08)
    assert np.isfinite(ten.quantiles).all()
    assert (np.diff(ten.quantiles, axis=-1) >= 0).all()


def test_daily_history_28_days_ahead_over_the_change_of_the_clock() -> None:
    change, zone, days = date(2025, 10, 26), "Europe/Rome", 280
    first = change - timedelta(days=days + 10)
    dates = days_from(first, days + 28)
    grid = TimeGrid(horizon=Horizon(zone=zone, first=first, days=days), minutes=1440)
    random = np.random.default_rng(7)
    offered = random.poisson(2000 * level_of(dates[:days])).astype(float)[None]
    horizon = Horizon(zone=zone, first=dates[days], days=28)
    made = forecast(
        CallHistory(("q",), grid, offered, np.full_like(offered, np.nan)), horizon.start, horizon, minutes=1440, calendar=WEEKENDS
    )
    assert made.mean.shape == (1, 28)
    assert made.grid.horizon.index(change) in range(28)
    assert made.open.all()
    np.testing.assert_allclose(made.mean[0], 2000 * level_of(dates[days:]), rtol=0.05)


def test_thirteen_months_ahead_of_two_years_of_half_hours() -> None:
    dates = days_from(FIRST, 730 + 396)
    turn = 2 * np.pi * np.arange(len(dates)) / 365.25
    level = level_of(dates) * np.exp(0.25 * np.cos(turn))
    made = ahead(calls_of([poisson(level[:730], 40, 48, 8)]), 396)
    assert np.isfinite(made.mean).all()
    assert np.isfinite(made.quantiles).all()
    by_day, truth = made.mean[0].reshape(396, 48).sum(axis=1), level[730:] * 40 * 48
    ratio = (by_day / truth)[: 7 * 56].reshape(56, 7).mean(axis=1)
    assert ratio.min() > 0.85
    assert ratio.max() < 1.18
