"""Prophet as it comes: additive, weekly and daily seasonality, yearly where there are two years.

References
----------
Taylor, Letham, "Forecasting at scale", The American Statistician 72 (2018), doi:10.1080/00031305.2017.1380080.
"""

from prophet import Prophet

from benchmarks.forecasting.peers._prophet import SAMPLES, forecast_of
from benchmarks.forecasting.protocol import Context
from forecasting.methods import DayForecast

TITLE, SLOW, DRIVERS = "Prophet, default", True, True


def predict(context: Context) -> DayForecast:
    """Default settings."""
    return forecast_of(context, Prophet(uncertainty_samples=SAMPLES))
