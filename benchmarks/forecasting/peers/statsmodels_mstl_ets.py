"""`statsmodels`: day and week taken out by MSTL, the rest by exponential smoothing.

References
----------
Bandara, Hyndman, Bergmeir, "MSTL: a seasonal-trend decomposition algorithm for time series with multiple seasonal patterns",
International Journal of Operational Research 52 (2025); arXiv:2107.13462.
"""

import numpy as np
from statsmodels.tsa.seasonal import MSTL

from benchmarks.forecasting.peers._statsmodels import smoothed
from benchmarks.forecasting.protocol import Context
from forecasting.methods import DayForecast

TITLE, SLOW, DRIVERS = "MSTL + ETS (statsmodels)", True, False


def predict(context: Context) -> DayForecast:
    """Decompose and forecast."""
    periods = context.series.periods
    parts = np.asarray(MSTL(context.series.values, periods=periods).fit().seasonal).reshape(len(context.series.values), -1)
    return smoothed(context, list(zip(periods, parts.T, strict=True)))
