"""The forecast of a bare call history: no opening hours and no configuration, only counts and perhaps a calendar."""

from dataclasses import replace
from datetime import datetime
from functools import partial

import numpy as np

from data.model.calendar import Calendar, DayType, SpecialDay
from data.model.demand import CallHistory, Forecast
from data.model.driver import Drivers
from forecasting.opening import service_horizon
from forecasting.pipeline import DEFAULT, forecast


def forecast_bare(
    history: CallHistory,
    origin: datetime,
    days: int,
    *,
    minutes: int,
    calendar: Calendar,
    method: str = DEFAULT,
    drivers: Drivers | None = None,
    workers: int = 1,
) -> Forecast:
    """Forecast the next service days of a call history.

    A public holiday is no service day if the queue never answered on one before. Its slots are forecast as of a plain day all
    the same: whoever opens then finds the calls to expect, who does not leaves them out.

    Parameters
    ----------
    days : int
        Days on which any queue is open, the origin's own day included if something is still open.
    minutes : int
        Interval of the forecast; a multiple of the history's own.
    drivers : Drivers or None
        Daily values of what moves the calls.

    Notes
    -----
    The queues of the file are one group: one that is too young or too small to be forecast alone is forecast with the others.
    """
    horizon = service_horizon(history, origin, days, calendar)
    groups = dict.fromkeys(history.queues, "all")
    make = partial(
        forecast, history, origin, horizon, minutes=minutes, method=method, drivers=drivers, groups=groups, workers=workers
    )
    made = make(calendar=calendar)
    holidays = [day for day in horizon.dates if calendar.day_type(day) is DayType.HOLIDAY]
    if not holidays:
        return made
    plain = calendar.with_days({day: SpecialDay(type=DayType.WORK, name="as a plain day") for day in holidays})
    return _filled(made, make(calendar=plain))


def _filled(made: Forecast, plain: Forecast) -> Forecast:
    """The forecast, with the other's where only that one is open."""
    only = plain.open & ~made.open
    return replace(
        made,
        open=made.open | plain.open,
        mean=np.where(only, plain.mean, made.mean),
        quantiles=np.where(only[..., None], plain.quantiles, made.quantiles),
        handle_time_s=np.where(only, plain.handle_time_s, made.handle_time_s),
    )
