"""LightGBM on lags, calendar and drivers.

References
----------
Ke et al., "LightGBM: a highly efficient gradient boosting decision tree", NeurIPS 30 (2017).
"""

from benchmarks.forecasting.peers import _lightgbm
from benchmarks.forecasting.protocol import Context
from forecasting.methods import DayForecast

TITLE, SLOW, DRIVERS = "LightGBM + calendar", True, True


def predict(context: Context) -> DayForecast:
    """Trees with calendar."""
    return _lightgbm.predict(context, calendar=True)
