"""`statsforecast`: day and week taken out by MSTL, the rest by AutoARIMA.

References
----------
Bandara, Hyndman, Bergmeir, "MSTL: a seasonal-trend decomposition algorithm for time series with multiple seasonal patterns",
International Journal of Operational Research 52 (2025); arXiv:2107.13462.
"""

from statsforecast.models import MSTL, AutoARIMA

from benchmarks.forecasting.peers._statsforecast import forecast_of
from benchmarks.forecasting.protocol import Context
from forecasting.methods import DayForecast

TITLE, SLOW, DRIVERS = "MSTL + AutoARIMA (statsforecast)", True, False


def predict(context: Context) -> DayForecast:
    """Decompose and forecast."""
    return forecast_of(context, MSTL(context.series.periods, trend_forecaster=AutoARIMA()))
