"""CallHistory -> Forecast: calls per queue and interval with quantiles, and handle time."""

from forecasting.opening import service_horizon
from forecasting.pipeline import forecast

__all__ = ["forecast", "service_horizon"]
