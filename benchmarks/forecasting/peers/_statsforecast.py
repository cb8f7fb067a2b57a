"""Models of `statsforecast` on the gap-free series of a feed."""

from typing import Any

import numpy as np

from benchmarks.forecasting.protocol import Context
from data.model.base import FloatArray
from data.model.demand import LEVELS
from forecasting.methods import DayForecast

CENTRAL = [*range(10, 100, 10), 95]
"""Central intervals, percent, whose edges are the quantile levels."""


def forecast_of(context: Context, model: Any) -> DayForecast:
    """Fit and forecast with the model's own intervals."""
    series = context.series
    found = model.forecast(y=series.values, h=series.ahead, level=CENTRAL)
    quantiles = np.column_stack([_quantile(found, level) for level in LEVELS])
    return DayForecast(series.by_day(np.asarray(found["mean"])), series.by_day(quantiles))


def _quantile(found: dict[str, FloatArray], level: float) -> FloatArray:
    central = round(abs(1 - 2 * level) * 100)
    return np.asarray(found[f"{'lo' if level < 0.5 else 'hi'}-{central}"] if central else found["mean"])
