"""Forecasts of arbitrary small histories are well formed."""

from datetime import date, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from data.model.calendar import Calendar
from data.model.demand import CallHistory
from data.model.time import Horizon, TimeGrid
from forecasting import forecast
from forecasting.quantiles import counts


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 75), st.integers(0, 2**32 - 1), st.floats(0, 0.7), st.sampled_from([0.0, 0.3, 8.0, 300.0]), st.integers(0, 23)
)
def test_any_history_gives_a_finite_ordered_forecast(days: int, seed: int, lost: float, mean: float, hour: int) -> None:
    rng = np.random.default_rng(seed)
    grid = TimeGrid(horizon=Horizon(zone="Europe/Berlin", first=date(2026, 3, 2), days=days + 1), minutes=60)
    offered = rng.poisson(mean, (1, grid.size)).astype(float)
    offered[rng.random(offered.shape) < lost] = np.nan
    offered[0, 0] = mean
    origin = grid.index[grid.day_slot[days]] + timedelta(hours=hour)
    made = forecast(
        CallHistory(("q",), grid, offered, np.full_like(offered, np.nan)),
        origin.to_pydatetime(),
        Horizon(zone="Europe/Berlin", first=grid.horizon.last, days=3),
        minutes=60,
        calendar=Calendar(),
    )
    assert np.isfinite(made.mean).all()
    assert np.isfinite(made.quantiles).all()
    assert (made.mean >= 0).all()
    assert (np.diff(made.quantiles, axis=-1) >= 0).all()
    assert (made.mean[~made.open] == 0).all()


@given(st.floats(-2, 60), st.floats(0, 30), st.floats(1e-6, 30))
def test_quantiles_of_any_root_are_ordered(centre: float, of_day: float, noise: float) -> None:
    mean, quantiles = counts(np.array([centre]), np.array([of_day]), np.array([noise]))
    assert mean[0] >= 0
    assert quantiles.min() >= 0
    assert (np.diff(quantiles, axis=-1) >= 0).all()
