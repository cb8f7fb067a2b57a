"""`statsforecast`: day and week taken out by MSTL, the rest by AutoETS without trend.

References
----------
Bandara, Hyndman, Bergmeir, "MSTL: a seasonal-trend decomposition algorithm for time series with multiple seasonal patterns",
International Journal of Operational Research 52 (2025); arXiv:2107.13462.
"""

from statsforecast.models import MSTL, AutoETS

from benchmarks.forecasting.peers._statsforecast import forecast_of
from benchmarks.forecasting.protocol import Context
from forecasting.methods import DayForecast

TITLE, SLOW, DRIVERS = "MSTL + AutoETS (statsforecast)", True, False


def predict(context: Context) -> DayForecast:
    """Decompose and forecast."""
    return forecast_of(context, MSTL(context.series.periods, trend_forecaster=AutoETS(model="ZNN")))
