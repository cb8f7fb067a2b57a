"""Quantiles of the mean handle time."""

from datetime import date, timedelta

import numpy as np
import pytest

from data.model.calendar import Calendar
from data.model.demand import LEVELS, CallHistory
from data.model.time import Horizon, TimeGrid
from forecasting.handle_time import handle_time_quantiles
from forecasting.pipeline import forecast

FIRST, DAYS, CV, MEAN = date(2025, 3, 3), 70, 0.93, 250.0
GRID = TimeGrid(horizon=Horizon(zone="UTC", first=FIRST, days=DAYS), minutes=30)
HORIZON = Horizon(zone="UTC", first=FIRST + timedelta(days=DAYS - 7), days=7)


def history(level_variation: float = 0.0, *, measured: bool = True) -> CallHistory:
    """Poisson calls of lognormal handle times, about twelve an interval."""
    random = np.random.default_rng(3)
    calls = random.poisson(12, GRID.size).astype(float)
    sigma = np.sqrt(np.log1p(CV**2))
    level = np.exp(level_variation * random.standard_normal(GRID.size))
    means = [np.exp(sigma * random.standard_normal(int(n)) - sigma**2 / 2).mean() if n else np.nan for n in calls]
    handle = MEAN * level * np.array(means)
    return CallHistory(("q",), GRID, calls[None], handle[None] if measured else np.full((1, GRID.size), np.nan))


@pytest.mark.parametrize("level_variation", [0.0, 0.15])
def test_quantiles_hold_what_comes(level_variation: float) -> None:
    calls = history(level_variation)
    made = forecast(calls, HORIZON.start, HORIZON, minutes=30, calendar=Calendar())
    quantiles = handle_time_quantiles(calls, made)[0]
    came = calls.handle_time_s[0, -made.grid.size :]
    for low, high, share in ((0.1, 0.9, 0.8), (0.025, 0.975, 0.95)):
        inside = (came >= quantiles[:, LEVELS.index(low)]) & (came <= quantiles[:, LEVELS.index(high)])
        assert inside.mean() == pytest.approx(share, abs=0.05)
    assert (np.diff(quantiles, axis=-1) > 0).all()


def test_more_calls_make_the_mean_surer() -> None:
    calls = history()
    made = forecast(calls, HORIZON.start, HORIZON, minutes=30, calendar=Calendar())
    hourly = forecast(calls, HORIZON.start, HORIZON, minutes=60, calendar=Calendar())
    width = [np.log(q[0, :, -1] / q[0, :, 0]).mean() for q in (handle_time_quantiles(calls, f) for f in (made, hourly))]
    assert width[1] / width[0] == pytest.approx(np.sqrt(0.5), abs=0.05)


def test_without_measured_handle_times_they_are_as_assumed() -> None:
    calls = history(measured=False)
    made = forecast(calls, HORIZON.start, HORIZON, minutes=30, calendar=Calendar(), handle_time_s={"q": 300.0})
    quantiles = handle_time_quantiles(calls, made)
    assert np.isfinite(quantiles).all()
    assert quantiles[0, 0, 0] < 300 < quantiles[0, 0, -1]


def test_handle_times_after_the_origin_are_not_looked_at() -> None:
    calls = history()
    made = forecast(calls, HORIZON.start, HORIZON, minutes=30, calendar=Calendar())
    np.testing.assert_array_equal(handle_time_quantiles(calls, made), handle_time_quantiles(calls.before(HORIZON.start), made))
