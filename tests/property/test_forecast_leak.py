"""No forecast looks into the future, whatever stands there."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from forecast_case import FIRST, WEEKENDS, ZONE, ahead, at, calls_of, days_from, level_of, poisson
from hypothesis import given, settings
from hypothesis import strategies as st

from data.model.demand import CallHistory, Forecast
from data.model.driver import Drivers
from data.model.time import Horizon
from forecasting import learn
from forecasting.methods import methods
from forecasting.paths import dependence

CELLS, DAYS = 24, 77
DATES = days_from(FIRST, DAYS)
GROUPS = {"b": "g", "c": "g"}
NAMES = ("offered", "handle_time_s", "answered", "abandoned")


def history() -> CallHistory:
    """A queue of its own and a small one with its group, with handle times."""
    made = calls_of([poisson(level_of(DATES), mean, CELLS, 3) for mean in (40.0, 12.0, 0.4)])
    random = np.random.default_rng(4)
    return replace(
        made,
        handle_time_s=200 + 50 * random.random(made.offered.shape),
        answered=np.floor(0.9 * made.offered),
        abandoned=np.ceil(0.1 * made.offered),
    )


MADE = history()
HOURLY = np.random.default_rng(5).random((DAYS + 7, 24, 2))
DRIVERS = Drivers(("rain_mm", "air_c"), FIRST, HOURLY.mean(axis=1), HOURLY)

every_method = pytest.mark.parametrize("method", methods())


def altered(made: CallHistory, first: int, seed: int, lost: float, top: float) -> CallHistory:
    """Everything from a slot on replaced by random numbers and gaps."""
    random = np.random.default_rng(seed)
    arrays = {}
    for name in NAMES:
        values = getattr(made, name).copy()
        drawn = random.uniform(0, top, values[:, first:].shape)
        values[:, first:] = np.where(random.random(drawn.shape) < lost, np.nan, np.floor(drawn))
        arrays[name] = values
    return replace(made, **arrays)


def made_at(method: str, made: CallHistory, day: int, minute: int, drivers: Drivers | None) -> Forecast:
    origin = at(FIRST + timedelta(days=day), minute // 60, minute % 60)
    return ahead(made, 5, origin=origin, method=method, drivers=drivers, groups=GROUPS)


def assert_same(one: Forecast, other: Forecast) -> None:
    for name in ("mean", "quantiles", "handle_time_s", "open"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


places = st.integers(15, DAYS - 1), st.integers(0, 1439), st.integers(0, 2**32 - 1)
damage = st.floats(0, 1), st.sampled_from([0.0, 1.0, 50.0, 1e5])


@every_method
@settings(max_examples=12, deadline=None)
@given(*places, *damage, st.booleans())
def test_what_is_not_complete_is_not_looked_at(
    method: str, day: int, minute: int, seed: int, lost: float, top: float, driven: bool
) -> None:
    drivers = DRIVERS if driven else None
    first = day * CELLS + minute // 60
    assert_same(
        made_at(method, MADE, day, minute, drivers), made_at(method, altered(MADE, first, seed, lost, top), day, minute, drivers)
    )


@every_method
@pytest.mark.parametrize("name", ["offered", "handle_time_s"])
def test_what_is_complete_is_looked_at(method: str, name: str) -> None:
    values = getattr(MADE, name).copy()
    values[:, 60 * CELLS - 7 * CELLS : 60 * CELLS] *= 3
    sooner = made_at(method, replace(MADE, **{name: values}), 60, 0, None)
    made = made_at(method, MADE, 60, 0, None)
    assert not np.array_equal(sooner.mean, made.mean) or not np.array_equal(sooner.handle_time_s, made.handle_time_s)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1439), st.integers(0, 2**32 - 1), *damage)
def test_following_the_day_looks_at_nothing_that_is_not_complete(minute: int, seed: int, lost: float, top: float) -> None:
    day = 70
    horizon = Horizon(zone=ZONE, first=FIRST + timedelta(days=day), days=3)
    origin = at(horizon.first, minute // 60, minute % 60)
    other = altered(MADE, day * CELLS + minute // 60, seed, lost, top)
    made = [
        learn(one, at(horizon.first), horizon, minutes=60, calendar=WEEKENDS, groups=GROUPS).forecast(one, origin)
        for one in (MADE, other)
    ]
    assert_same(*made)


@every_method
def test_a_driver_after_the_origin_acts_on_its_own_day_alone(method: str) -> None:
    day = 70
    plain = made_at(method, MADE, day, 0, DRIVERS)
    daily, hourly = DRIVERS.daily.copy(), HOURLY.copy()
    # two days swapped: what is known of the whole stays the same, and so what is learnt
    daily[[day + 2, day + 3]] = daily[[day + 3, day + 2]]
    hourly[[day + 2, day + 3]] = hourly[[day + 3, day + 2]]
    other = made_at(method, MADE, day, 0, Drivers(DRIVERS.names, FIRST, daily, hourly))
    by_day = [made.mean.reshape(3, 5, CELLS) for made in (plain, other)]
    same = [0, 1, 4]
    np.testing.assert_allclose(by_day[0][:, same], by_day[1][:, same], rtol=1e-9)
    assert not np.allclose(by_day[0][0, 2:4], by_day[1][0, 2:4], rtol=1e-6)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_dependence_of_what_was_known_hangs_on_it_alone(seed: int) -> None:
    origin = at(FIRST + timedelta(days=60))
    other = altered(MADE, 60 * CELLS, seed, 0.3, 1e4)
    found = [dependence(one.before(origin), WEEKENDS, 60) for one in (MADE, other)]
    np.testing.assert_array_equal(found[0].between, found[1].between)
    np.testing.assert_array_equal(found[0].persistence, found[1].persistence)
