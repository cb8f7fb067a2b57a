"""Same-weekday mean, 8 weeks; intraday times the ratio so far."""

from benchmarks.forecasting.peers._shared import same_weekday
from benchmarks.forecasting.protocol import Context
from forecasting.methods import DayForecast

TITLE, SLOW, DRIVERS = "Same-weekday mean, 8 weeks", False, False
WEEKS = 8


def predict(context: Context) -> DayForecast:
    """Mean of the same weekdays of the last weeks."""
    return same_weekday(context, WEEKS)
