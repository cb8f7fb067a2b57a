"""Handle time by time of day: a profile drawn towards the mean by its count of calls, times a slow level; and its quantiles."""

import numpy as np
from scipy.optimize import nnls

from data.model.base import FloatArray
from data.model.demand import LEVELS, CallHistory, Forecast
from data.model.time import DAY_MINUTES
from forecasting.days import by_day
from forecasting.quantiles import NORMAL

DEFAULT_S = 240.0
"""Handle time, seconds, of a queue whose handle time is neither measured nor assumed (house choice)."""
PRIOR_CALLS = 50.0
"""Calls by which a cell is drawn towards the mean (house choice)."""
HALF_LIFE_DAYS = 28.0
CALL_VARIATION, LEVEL_VARIATION = 0.95, 0.05
"""Coefficients of variation of one call and of the mean of very many, where the history does not measure them (house choice)."""
LEAST_INTERVALS = 100
"""Measured intervals from which the two are estimated."""
MOST_SQUARE = 4.0
"""Squared relative error at which an interval is cut."""


def handle_time_profile(history: CallHistory, queue: int, minutes: int, assumed: float | None) -> FloatArray:
    """Handle time expected in each cell of a day, seconds; shape (cells,).

    Parameters
    ----------
    assumed : float or None
        Seconds; used where the history measures none.
    """
    cells = DAY_MINUTES // minutes
    if np.isnan(history.handle_time_s[queue]).all():
        return np.full(cells, DEFAULT_S if assumed is None else assumed)
    answered = history.offered if history.answered is None else history.answered
    measured = by_day(history.grid, history.handle_time_s[queue])
    calls = np.nan_to_num(by_day(history.grid, answered[queue]))
    calls = np.where(measured > 0, calls, 0.0)
    if not calls.any():
        return np.full(cells, DEFAULT_S if assumed is None else assumed)
    seconds = np.where(calls > 0, calls * np.nan_to_num(measured), 0.0)
    mean = seconds.sum() / calls.sum()
    of_cell, work = (x.sum(axis=0).reshape(cells, -1).sum(axis=1) for x in (calls, seconds))
    profile = (work + PRIOR_CALLS * mean) / (of_cell + PRIOR_CALLS)
    expected = (calls.reshape(len(calls), cells, -1).sum(axis=2) @ profile).ravel()
    days = np.arange(len(calls))
    age = 0.5 ** ((days[calls.any(axis=1)][-1] - days) / HALF_LIFE_DAYS)
    return profile * float(age @ seconds.sum(axis=1)) / float(age @ expected)


def handle_time_quantiles(history: CallHistory, made: Forecast) -> FloatArray:
    """Quantiles of the mean handle time of each slot of a forecast, seconds; shape (queues, slots, len(LEVELS)).

    The mean of n calls strays from the profile by what single calls stray, over n, and by what whole hours and days stray.
    Both are read off the past intervals; n is the mean of the calls forecast.

    References
    ----------
    Lognormal handle times: Brown et al. (JASA 2005), doi:10.1198/016214504000001808.
    """
    known = history.before(made.origin)
    found = np.zeros((*made.mean.shape, len(LEVELS)))
    for q, queue in enumerate(made.queues):
        of_calls, of_level = _variances(known, known.queues.index(queue))
        variance = of_level + of_calls / np.maximum(made.mean[q], 1.0)
        sigma = np.sqrt(np.log1p(variance))[:, None]
        found[q] = made.handle_time_s[q][:, None] * np.exp(NORMAL * sigma - sigma**2 / 2)
    return found


def _variances(history: CallHistory, queue: int) -> tuple[float, float]:
    """Squared coefficients of variation of one call, and of the mean of very many in an interval."""
    answered = history.offered if history.answered is None else history.answered
    measured, calls = history.handle_time_s[queue], answered[queue]
    usable = (measured > 0) & (calls > 0)
    if usable.sum() < LEAST_INTERVALS:
        return CALL_VARIATION**2, LEVEL_VARIATION**2
    profile = handle_time_profile(history, queue, history.grid.minutes, None)
    expected = profile[history.grid.wall_minute[usable] // history.grid.minutes]
    square = np.minimum((measured[usable] / expected - 1) ** 2, MOST_SQUARE)
    count = calls[usable]
    # a mean of n calls has a variance near 1 / n, and its square a standard deviation in proportion
    found, _ = nnls(np.column_stack([1 / count, np.ones(len(count))]) * count[:, None], square * count)
    return float(found[0]), float(found[1])
