"""Handle time by time of day: a profile drawn towards the mean by its count of calls, times a slow level."""

import numpy as np

from data.model.base import FloatArray
from data.model.demand import CallHistory
from data.model.time import DAY_MINUTES
from forecasting.days import by_day

DEFAULT_S = 240.0
"""Handle time, seconds, of a queue whose handle time is neither measured nor assumed (house choice)."""
PRIOR_CALLS = 50.0
"""Calls by which a cell is drawn towards the mean (house choice)."""
HALF_LIFE_DAYS = 28.0


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
