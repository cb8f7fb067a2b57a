"""LightGBM on lags and weekday only."""

from benchmarks.forecasting.peers import _lightgbm
from benchmarks.forecasting.protocol import Context
from forecasting.methods import DayForecast

TITLE, SLOW, DRIVERS = "LightGBM, lags only", True, False


def predict(context: Context) -> DayForecast:
    """Trees without calendar."""
    return _lightgbm.predict(context, calendar=False)
