"""Drivers and daily grids: what is known of each day, what is not known, and what it does to a forecast."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from forecast_case import FIRST, ahead, calls_of, days_from, level_of, off, poisson, wave

from data.model.base import FloatArray
from data.model.driver import Drivers
from data.model.time import Horizon, TimeGrid

CELLS, DAYS, COMING = 24, 154, 14
DATES = days_from(FIRST, DAYS + COMING)


def daily(names: tuple[str, ...], *columns: list[float]) -> Drivers:
    return Drivers(names, FIRST, np.array(columns, dtype=float).T)


def test_a_temperature_acts_below_and_above_the_comfort_band() -> None:
    made = daily(("air_c",), [8, 18, 22, 26, 36]).by_day(FIRST, 5)
    assert made.shape == (5, 2)
    cold, hot = made.T
    # standardised, so compare distances: only the outer days differ from the comfortable ones
    np.testing.assert_allclose(cold[1:], cold[1])
    np.testing.assert_allclose(hot[:4], hot[0])
    assert cold[0] > cold[1]
    assert hot[4] > hot[3]
    np.testing.assert_allclose(made.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(made.std(axis=0), 1)


def test_another_driver_is_one_column() -> None:
    made = daily(("bookings",), [1, 2, 3]).by_day(FIRST, 3)
    np.testing.assert_allclose(made[:, 0], [-np.sqrt(1.5), 0, np.sqrt(1.5)])


def test_what_is_not_known_is_the_mean_and_said_so() -> None:
    made = daily(("bookings",), [1, np.nan, 3]).by_day(FIRST, 3)
    np.testing.assert_allclose(made, [[-1, 0], [0, 1], [1, 0]])


def test_drivers_unknown_on_the_same_days_share_one_column() -> None:
    lost = [1.0, np.nan, 3.0, 4.0]
    assert daily(("x", "y"), lost, lost).by_day(FIRST, 4).shape == (4, 3)
    assert daily(("x", "y"), lost, [np.nan, 1.0, 2.0, 2.5]).by_day(FIRST, 4).shape == (4, 4)
    assert daily(("x",), [1.0, 2.0, 3.0, 4.0]).by_day(FIRST, 4).shape == (4, 1)


@pytest.mark.parametrize("constant", [0.0, 7.0, np.nan])
def test_a_driver_that_says_nothing_is_finite(constant: float) -> None:
    assert np.isfinite(daily(("x",), [constant] * 4).by_day(FIRST, 4)).all()


def test_no_drivers_no_columns() -> None:
    assert Drivers((), FIRST, np.zeros((3, 0))).by_day(FIRST, 5).shape == (5, 0)


@pytest.mark.parametrize(("shift", "known"), [(0, [1, 2, 3]), (-1, [0, 1, 2, 3]), (1, [2, 3]), (-5, []), (9, [])])
def test_days_outside_the_rows_are_not_known(shift: int, known: list[int]) -> None:
    made = daily(("bookings",), [1, 2, 3]).by_day(FIRST + timedelta(days=shift), 4)
    unknown = made[:, -1] if made.shape[1] > 1 else np.zeros(4)
    places = [k for k in range(4) if 0 <= k + shift < 3]
    assert len(places) == len([k for k in known if k])
    np.testing.assert_array_equal(np.flatnonzero(unknown == 0), places)
    assert (made[[k for k in range(4) if k not in places], 0] == 0).all()


def test_days_within_the_rows_have_their_own_values() -> None:
    drivers = daily(("bookings",), [1, 2, 5, 3, 9, 9])
    np.testing.assert_allclose(drivers.by_day(FIRST + timedelta(days=1), 3)[:, 0], daily(("x",), [2, 5, 3]).by_day(FIRST, 3)[:, 0])


def test_the_distance_from_the_day_s_mean_within_a_day() -> None:
    hourly = np.zeros((2, 24, 1))
    hourly[0, 12:] = 2.0
    made = Drivers(("rain_mm",), FIRST, hourly.mean(axis=1), hourly)
    dates = [FIRST - timedelta(days=1), FIRST, FIRST + timedelta(days=1), FIRST + timedelta(days=2)]
    found = made.within_day(dates, 48)
    assert found.shape == (4, 48, 1)
    np.testing.assert_array_equal(found[1, :, 0], np.repeat([-1.0, 1.0], 24))
    assert not found[[0, 2, 3]].any()
    assert not Drivers(("rain_mm",), FIRST, hourly.mean(axis=1)).within_day(dates, 48).any()


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="daily"):
        Drivers(("x", "y"), FIRST, np.zeros((3, 1)))
    with pytest.raises(ValueError, match="hourly"):
        Drivers(("x",), FIRST, np.zeros((3, 1)), np.zeros((3, 23, 1)))


def weather(seed: int = 1) -> FloatArray:
    """Daily degrees that cross both ends of the comfort band."""
    return 22 + 9 * np.random.default_rng(seed).standard_normal(DAYS + COMING)


def heated(degrees: FloatArray, seed: int) -> FloatArray:
    """Counts that grow by 3 % a degree of cold and 2 % a degree of heat."""
    effect = np.exp(0.03 * np.maximum(18 - degrees, 0) + 0.02 * np.maximum(degrees - 26, 0))
    return poisson(level_of(DATES) * effect, 60, CELLS, seed)


@pytest.mark.parametrize("method", ["combined", "principal", "structural"])
def test_a_driver_that_moves_the_calls_cuts_the_error(method: str) -> None:
    degrees, errors = weather(), np.zeros(2)
    for seed in range(3):
        calls = heated(degrees, seed)
        history = calls_of([calls[:DAYS]])
        for k, drivers in enumerate((Drivers(("air_c",), FIRST, degrees[:, None]), None)):
            made = ahead(history, COMING, method=method, drivers=drivers)
            errors[k] += off(calls[DAYS:].sum(axis=1), made.mean[0].reshape(COMING, CELLS).sum(axis=1))
    assert errors[0] < 0.45 * errors[1]


def test_a_driver_of_noise_does_little_harm() -> None:
    calls, noise = poisson(level_of(DATES), 60, CELLS, 4), np.random.default_rng(9).random((DAYS + COMING, 2))
    history = calls_of([calls[:DAYS]])
    made = [ahead(history, COMING, drivers=drivers) for drivers in (Drivers(("x", "y"), FIRST, noise), None)]
    truth = (60 * level_of(DATES[DAYS:])[:, None] * wave(CELLS)).reshape(-1)
    assert off(truth, made[0].mean[0]) < off(truth, made[1].mean[0]) + 0.015


def test_a_driver_known_only_part_of_the_way_ahead() -> None:
    degrees = weather(2)
    degrees[:DAYS] = np.where(np.arange(DAYS) < 40, np.nan, degrees[:DAYS])
    calls = heated(weather(2), 5)
    history = calls_of([calls[:DAYS]])
    whole, part = (
        ahead(history, COMING, drivers=Drivers(("air_c",), FIRST, degrees[:last, None])).mean[0].reshape(COMING, CELLS).sum(axis=1)
        for last in (DAYS + COMING, DAYS + 5)
    )
    actual = calls[DAYS:].sum(axis=1)
    assert off(actual[:5], part[:5]) < 0.06
    np.testing.assert_allclose(part[:5], whole[:5], rtol=0.03)
    assert off(actual[5:], whole[5:]) < off(actual[5:], part[5:])
    assert 0.7 < part[5:].sum() / actual[5:].sum() < 1.3


def test_drivers_of_quite_other_days_change_nothing() -> None:
    history = calls_of([poisson(level_of(DATES[:DAYS]), 60, CELLS, 6)])
    far = Drivers(("air_c",), FIRST + timedelta(days=5000), weather()[:30, None])
    np.testing.assert_allclose(ahead(history, COMING, drivers=far).mean, ahead(history, COMING).mean, rtol=0.01)


ROME = ZoneInfo("Europe/Rome")
CHANGE = date(2026, 10, 25)


def days(first: date = CHANGE - timedelta(days=1), count: int = 3) -> TimeGrid:
    return TimeGrid(horizon=Horizon(zone="Europe/Rome", first=first, days=count), minutes=1440)


@pytest.mark.parametrize(("change", "hours"), [(CHANGE, 25), (date(2026, 3, 29), 23)])
def test_a_slot_of_a_day_is_a_local_day(change: date, hours: int) -> None:
    grid = days(change - timedelta(days=1))
    assert grid.size == 3
    assert (np.diff(grid.day_start_minutes) == [1440, hours * 60, 1440]).all()
    assert grid.day_slot.tolist() == [0, 1, 2, 3]
    assert grid.day_of_slot.tolist() == [0, 1, 2]
    assert grid.wall_minute.tolist() == [0, 0, 0]
    assert [stamp.date() for stamp in grid.index] == list(grid.horizon.dates)
    assert all(stamp.hour == 0 for stamp in grid.index)


@pytest.mark.parametrize(
    ("instant", "slot"),
    [
        (datetime(2026, 10, 23, 23, 59, tzinfo=ROME), -1),
        (datetime(2026, 10, 22, 12, tzinfo=ROME), -2),
        (datetime(2026, 10, 24, 0, tzinfo=ROME), 0),
        (datetime(2026, 10, 24, 23, 59, tzinfo=ROME), 0),
        (datetime(2026, 10, 25, 0, tzinfo=ROME), 1),
        (datetime(2026, 10, 25, 2, 30, tzinfo=ROME, fold=1), 1),
        (datetime(2026, 10, 25, 23, 59, tzinfo=ROME), 1),
        (datetime(2026, 10, 26, 23, 59, tzinfo=ROME), 2),
        (datetime(2026, 10, 27, 0, tzinfo=ROME), 3),
        (datetime(2026, 10, 28, 12, tzinfo=ROME), 4),
    ],
)
def test_the_day_that_holds_an_instant(instant: datetime, slot: int) -> None:
    assert days().slot(instant) == slot
    assert days().slots(pd.DatetimeIndex([instant])).tolist() == [slot]


def test_slots_of_a_daily_index_are_its_places() -> None:
    grid = days(date(2026, 1, 1), 365)
    np.testing.assert_array_equal(grid.slots(grid.index), np.arange(365))
    np.testing.assert_array_equal(grid.slots(grid.index + pd.Timedelta(hours=22)), np.arange(365))


def test_daily_grids_overlap_by_days() -> None:
    grid, other = days(date(2026, 10, 20), 10), days(CHANGE, 10)
    assert grid.overlap(other) == (slice(5, 10), slice(0, 5))
    assert grid.longer(3).size == 13
