"""Drivers that change within the day: rain by the hour."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pytest

from data.exchange.drivers import read_drivers, write_drivers
from data.model.calendar import Calendar
from data.model.demand import CallHistory
from data.model.driver import Drivers
from data.model.errors import InvalidData
from data.model.time import Horizon, TimeGrid
from forecasting.days import day_table
from forecasting.pipeline import forecast
from forecasting.within_day import within_day

FIRST, DAYS, EFFECT = date(2025, 3, 3), 90, 0.25
GRID = TimeGrid(horizon=Horizon(zone="UTC", first=FIRST, days=DAYS), minutes=30)


def rain(days: int = DAYS + 7) -> Drivers:
    """Showers of a few hours on every third day, mm an hour; the coming week is known."""
    random = np.random.default_rng(5)
    hours = np.zeros((days, 24, 1))
    for day in range(0, days, 3):
        start = random.integers(0, 20)
        hours[day, start : start + 4] = random.uniform(1, 4)
    return Drivers(("rain_mm",), FIRST, hours.mean(axis=1), hours)


def truth(first_day: int, days: int) -> np.ndarray:
    drivers = rain()
    assert drivers.hourly is not None
    wave = 80 * (1.3 + np.sin(np.arange(48) / 48 * 2 * np.pi))
    return (wave * np.exp(EFFECT * np.repeat(drivers.hourly[first_day : first_day + days, :, 0], 2, axis=1))).ravel()


def history() -> CallHistory:
    calls = np.random.default_rng(1).poisson(truth(0, DAYS)).astype(float)[None]
    return CallHistory(("q",), GRID, calls, np.full(calls.shape, np.nan))


def test_the_effect_of_rain_by_the_hour_is_found() -> None:
    found = within_day(day_table(history(), 0, 30), rain())
    assert found is not None
    assert found.effects[0] == pytest.approx(EFFECT, rel=0.12)
    assert within_day(day_table(history(), 0, 30), Drivers(("rain_mm",), FIRST, rain().daily)) is None


def test_showers_foretold_are_met_in_their_hours() -> None:
    horizon = Horizon(zone="UTC", first=FIRST + timedelta(days=DAYS), days=7)
    actual = truth(DAYS, 7)
    errors = {}
    for name, drivers in {"by hour": rain(), "none": None}.items():
        made = forecast(history(), GRID.horizon.end, horizon, minutes=30, calendar=Calendar(), drivers=drivers)
        errors[name] = np.abs(made.mean[0] - actual).sum() / actual.sum()
        assert (np.diff(made.quantiles, axis=-1) >= 0).all()
    assert errors["by hour"] < 0.5 * errors["none"]


def test_rows_by_the_hour_are_read_and_written(tmp_path: Path) -> None:
    write_drivers(rain(5), tmp_path / "drivers.csv")
    again = read_drivers(tmp_path / "drivers.csv")
    np.testing.assert_allclose(again.daily, rain(5).daily)
    assert again.hourly is not None
    np.testing.assert_allclose(again.hourly, rain(5).hourly)
    stamp = datetime.combine(FIRST, time(13)).isoformat(timespec="minutes")
    assert stamp in (tmp_path / "drivers.csv").read_text()


def test_daily_rows_with_gaps_are_not_known(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("date,temperature_c,reservations\n2025-03-03,21.5,\n2025-03-05,,7\n")
    found = read_drivers(tmp_path / "d.csv")
    assert (found.names, found.first, found.hourly) == (("temperature_c", "reservations"), FIRST, None)
    np.testing.assert_array_equal(found.daily, [[21.5, np.nan], [np.nan, np.nan], [np.nan, 7]])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("date,a\n2025-03-03,x\n2025-03-04,1\nlater,2\n", [(2, "a"), (4, "date")]),
        ("date,a\n2025-03-03,1\n2025-03-03,2\n", [(3, "day")]),
        ("date\n2025-03-03\n", [(1, None)]),
        ("when,a\n2025-03-03,1\n", [(1, "date"), (2, "when")]),
    ],
)
def test_what_is_wrong_is_said_at_once(tmp_path: Path, text: str, expected: list[tuple[int, str | None]]) -> None:
    (tmp_path / "d.csv").write_text(text)
    with pytest.raises(InvalidData) as caught:
        read_drivers(tmp_path / "d.csv")
    assert [(f.row, f.column) for f in caught.value.findings] == expected
