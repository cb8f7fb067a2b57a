"""The project's own methods, through the same function that its users call."""

from datetime import date

import numpy as np

from benchmarks.forecasting.protocol import Feed, Job, Method, Prepared
from data.model.base import IntArray
from data.model.demand import Forecast
from data.model.time import Horizon
from forecasting import DEFAULT, forecast
from forecasting.methods import DayForecast, methods

PREFIX = "echelon_"


def ours() -> dict[str, Method]:
    """Every method of the project, the default first."""
    names = sorted(methods(), key=lambda name: (name != DEFAULT, name))
    return {PREFIX + name: _method(name) for name in names}


def _method(name: str) -> Method:
    def prepare(feed: Feed, job: Job) -> Prepared:
        return lambda: predict(feed, job, name)

    return Method(PREFIX + name, f"**Echelon**, {name}", True, False, True, prepare)


def predict(feed: Feed, job: Job, method: str) -> DayForecast:
    """Forecast of a job: the whole history goes in, and the product itself hides what comes after the origin."""
    days = feed.dates[job.row : job.row + job.days]
    horizon = Horizon(zone=feed.zone, first=days[0], days=(days[-1] - days[0]).days + 1)
    made = forecast(
        feed.history,
        feed.origin(job),
        horizon,
        minutes=feed.minutes,
        calendar=feed.calendar,
        opening={"calls": feed.opening},
        method=method,
        drivers=feed.drivers,
    )
    place = [_slots(made, feed, day) for day in days]
    return DayForecast(made.mean[0][place], made.quantiles[0][place])


def _slots(made: Forecast, feed: Feed, day: date) -> IntArray:
    """Slots of the columns of a day."""
    grid, column = made.grid, (made.grid.wall_minute - feed.opens) // feed.minutes
    return np.flatnonzero((grid.day_of_slot == grid.horizon.index(day)) & (column >= 0) & (column < feed.calls.shape[1]))
