"""CallHistory -> Forecast: calls per queue and interval with quantiles, and handle time."""

from forecasting.bare import forecast_bare
from forecasting.opening import closed_days, service_horizon
from forecasting.pipeline import DEFAULT, Known, forecast, learn

__all__ = ["DEFAULT", "Known", "closed_days", "forecast", "forecast_bare", "learn", "service_horizon"]
