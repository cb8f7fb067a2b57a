"""`statsmodels`: the week taken out by STL, the rest by exponential smoothing.

References
----------
Cleveland, Cleveland, McRae, Terpenning, "STL: a seasonal-trend decomposition procedure based on loess", Journal of Official
Statistics 6 (1990).
"""

import numpy as np
from statsmodels.tsa.seasonal import STL

from benchmarks.forecasting.peers._statsmodels import smoothed
from benchmarks.forecasting.protocol import Context
from forecasting.methods import DayForecast

TITLE, SLOW, DRIVERS = "STL + ETS (statsmodels)", True, False
SEASONAL = 11


def predict(context: Context) -> DayForecast:
    """Decompose and forecast."""
    period = context.series.periods[-1]
    season = np.asarray(STL(context.series.values, period=period, seasonal=SEASONAL).fit().seasonal)
    return smoothed(context, [(period, season)])
