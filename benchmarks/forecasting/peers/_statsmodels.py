"""Decompositions of `statsmodels`: a seasonal part that repeats, and simple exponential smoothing of the rest."""

import warnings

import numpy as np
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from benchmarks.forecasting.peers._shared import gaussian
from benchmarks.forecasting.protocol import Context
from data.model.base import FloatArray
from forecasting.methods import DayForecast


def smoothed(context: Context, seasons: list[tuple[int, FloatArray]]) -> DayForecast:
    """ETS(A,N,N) of the seasonally adjusted series with its own variance; each season goes on as its last period was.

    Parameters
    ----------
    seasons : list of (int, array)
        Steps of the period, and the seasonal part of the series.
    """
    series = context.series
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about starting values and convergence
        model = ETSModel(series.values - sum(part for _, part in seasons), error="add").fit(disp=False)
    steps = np.arange(series.ahead)
    going_on = sum(part[-period:][steps % period] for period, part in seasons)
    deviation = np.sqrt(model.mse * (1 + steps * float(model.smoothing_level) ** 2))
    mean = np.asarray(model.forecast(series.ahead)) + going_on
    return gaussian(series.by_day(mean), series.by_day(deviation))
