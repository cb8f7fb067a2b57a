"""Prophet tuned by hand: multiplicative, a daily shape for each weekday, month and year, public holidays.

References
----------
Taylor, Letham, "Forecasting at scale", The American Statistician 72 (2018), doi:10.1080/00031305.2017.1380080.
"""

from datetime import timedelta

import pandas as pd
from prophet import Prophet

from benchmarks.forecasting.peers._prophet import SAMPLES, forecast_of
from benchmarks.forecasting.protocol import Context
from forecasting.methods import DayForecast

TITLE, SLOW, DRIVERS = "Prophet, tuned", True, True
MONTH_DAYS = 30.4375


def predict(context: Context) -> DayForecast:
    """Settings chosen for call counts."""
    model = Prophet(
        seasonality_mode="multiplicative",
        yearly_seasonality="auto" if context.daily else False,
        weekly_seasonality=False,
        daily_seasonality=False,
        holidays=_holidays(context),
        uncertainty_samples=SAMPLES,
    )
    if not context.daily:
        for w in context.week:
            model.add_seasonality(f"day{w}", period=1, fourier_order=12, condition_name=f"weekday{w}")
    model.add_seasonality("weekly", period=7, fourier_order=3)
    model.add_seasonality("monthly", period=MONTH_DAYS, fourier_order=3)
    return forecast_of(context, model)


def _holidays(context: Context) -> pd.DataFrame | None:
    """On a daily feed each holiday by name with the days beside it; else the four days after any, when banks are busy."""
    if not context.holidays:
        return None
    if context.daily:
        rows = [{"holiday": name, "ds": day, "lower_window": -1, "upper_window": 1} for day, name in context.holidays.items()]
    else:
        days = [day + timedelta(days=1) for day in context.holidays]
        rows = [{"holiday": "after", "ds": day, "lower_window": 0, "upper_window": 3} for day in days]
    return pd.DataFrame(rows)
