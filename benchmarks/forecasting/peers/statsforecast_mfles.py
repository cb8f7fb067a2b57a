"""`statsforecast`: MFLES, gradient-boosted Fourier seasons and smoothing; a point forecaster, so intervals are of its residuals."""

import numpy as np
import sklearn  # noqa: F401 - MFLES needs it without declaring it
from statsforecast.models import MFLES

from benchmarks.forecasting.peers._shared import gaussian
from benchmarks.forecasting.protocol import Context
from forecasting.methods import DayForecast

TITLE, SLOW, DRIVERS = "MFLES (statsforecast)", True, False


def predict(context: Context) -> DayForecast:
    """Forecast, with the spread that in-sample residuals have at each time of day."""
    series = context.series
    found = MFLES(season_length=series.periods).forecast(y=series.values, h=series.ahead, fitted=True)
    residual, column = series.values - np.asarray(found["fitted"]), np.arange(len(series.values)) % series.columns
    deviation = np.array([residual[column == c].std() for c in range(series.columns)])
    mean = series.by_day(np.asarray(found["mean"]))
    return gaussian(mean, np.broadcast_to(deviation, mean.shape))
