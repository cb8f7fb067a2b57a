"""Drift alarm: whether forecasts have lately erred to one side, told by a two-sided cumulative sum of daily errors."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from data.model.base import FloatArray, Frozen
from data.model.demand import CallHistory, Forecast
from forecasting.calibration import normal_scores
from forecasting.score import calls_that_came

ALLOWANCE = 0.5
"""Standard deviations a day that are let pass: drifts of one standard deviation are found fastest (Page 1954; usual choice)."""
FALSE_ALARM_DAYS = 365.0
"""Mean days between false alarms (house choice: one a year)."""
CUT = 3.0
"""Errors are cut there, so that one storm is no drift (house choice)."""

LEAST_DAYS = 20
"""Days of errors from which their spread is learnt (house choice)."""
MOST_SERIAL = 0.5
"""Most correlation of one day with the next that is allowed for (house choice)."""


@dataclass(frozen=True, eq=False)
class DayErrors:
    """Errors of the forecasts of consecutive operating days of one queue.

    Parameters
    ----------
    dates : tuple of date
    error : array of float, shape (days,)
        Standardised: mean 0 and standard deviation 1 while the forecasts are true; positive = more calls came.
    calls, mean : array of float, shape (days,)
        Calls that came and calls that were forecast.
    """

    dates: tuple[date, ...]
    error: FloatArray
    calls: FloatArray
    mean: FloatArray


class Drift(Frozen):
    """An alarm.

    Parameters
    ----------
    direction : str
        ``up`` = more calls come than are forecast.
    since : date
        First day of the run that led to it.
    alarm : date
        Day on which the sum passed the threshold.
    size : float
        Calls that came over calls forecast since then, less 1.
    """

    queue: str
    direction: Literal["up", "down"]
    since: date
    alarm: date
    size: float
    message: str
    message_zh: str


def run_length(threshold: float, allowance: float = ALLOWANCE) -> float:
    """Mean days between false alarms of the two-sided sum on independent standard normal errors.

    References
    ----------
    Siegmund, Sequential Analysis (1985), corrected by 1.166; within 4 % for thresholds from 3 to 6, see the test.
    """
    height = threshold + 1.166
    return float((np.exp(2 * allowance * height) - 2 * allowance * height - 1) / (4 * allowance**2))


def threshold_for(false_alarm_days: float = FALSE_ALARM_DAYS, allowance: float = ALLOWANCE) -> float:
    """Threshold, standard deviations, that gives false alarms so many days apart on average.

    Parameters
    ----------
    false_alarm_days : float
        From 10 to 100,000.
    """
    low, high = 0.0, 40.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if run_length(middle, allowance) < false_alarm_days else (low, middle)
    return high


def day_errors(forecasts: Iterable[Forecast], history: CallHistory, queue: str) -> DayErrors:
    """Error of each day that forecasts made before it: the first operating day that each one looks ahead to.

    One-day-ahead errors follow one another nearly independently, as the alarm supposes. The error of a day is the mean normal
    score of its slots over the spread that such means have had; a spread of 1 with fewer than 20 days.

    Parameters
    ----------
    forecasts : iterable of Forecast
        In the order of their origins, of one queue among others.
    """
    days: dict[date, tuple[float, float, float]] = {}
    for made in forecasts:
        found = _first_day(made, history, queue)
        if found is not None:
            days[found[0]] = found[1]
    dates = tuple(sorted(days))
    score, calls, mean = np.array([days[day] for day in dates]).reshape(-1, 3).T
    return DayErrors(dates, score / _spread(score), calls, mean)


def _first_day(made: Forecast, history: CallHistory, queue: str) -> tuple[date, tuple[float, float, float]] | None:
    q, grid = made.queues.index(queue), made.grid
    calls = calls_that_came(made, history)[q]
    ahead = made.open[q] & ~np.isnan(calls) & (np.arange(grid.size) >= grid.slot(made.origin))
    opens = grid.slot(made.origin)
    whole = [d for d in np.unique(grid.day_of_slot[ahead]).tolist() if grid.day_slot[d] >= opens]
    if not whole:
        return None
    slots = np.flatnonzero(ahead & (grid.day_of_slot == whole[0]))
    scores = normal_scores(calls[slots], made.quantiles[q, slots])
    return grid.horizon.dates[whole[0]], (float(scores.mean()), float(calls[slots].sum()), float(made.mean[q, slots].sum()))


def _spread(score: FloatArray) -> float:
    """Standard deviation that sums of days suppose, serial correlation counted; a lasting drift does not widen it.

    Differences of one and of two days have variances 2 v (1 - r) and 2 v (1 - r^2); r = correlation of one day with the next.
    """
    if len(score) < LEAST_DAYS:
        return 1.0
    one, two = (_mean_square(score[lag:] - score[:-lag]) for lag in (1, 2))
    serial = float(np.clip(two / max(one, 1e-12) - 1, 0.0, MOST_SERIAL))
    return float(np.sqrt(one / 2 * (1 + serial))) / (1 - serial) + 1e-6


def _mean_square(values: FloatArray) -> float:
    limit = CUT * 1.4826 * float(np.median(np.abs(values)))
    return float((np.minimum(np.abs(values), limit) ** 2).mean())


def drift(
    queue: str, errors: DayErrors, *, false_alarm_days: float = FALSE_ALARM_DAYS, allowance: float = ALLOWANCE
) -> Drift | None:
    """The alarm that stands at the last day, None if there is none.

    After an alarm the sum goes on: it stands until the errors have brought it back under the threshold.

    References
    ----------
    Page, Biometrika 41 (1954), doi:10.1093/biomet/41.1-2.100.
    """
    threshold = threshold_for(false_alarm_days, allowance)
    cut = np.clip(errors.error, -CUT, CUT)
    for direction, signed in (("up", cut), ("down", -cut)):
        path = cumulative(signed, allowance)
        if len(path) and path[-1] > threshold:
            start = int(np.flatnonzero(np.concatenate([[0.0], path[:-1]]) <= 0)[-1])
            alarm = start + int(np.argmax(path[start:] > threshold))
            size = float(errors.calls[start:].sum() / max(errors.mean[start:].sum(), 1e-9)) - 1
            return _told(queue, "up" if direction == "up" else "down", errors.dates, start, alarm, size)
    return None


def cumulative(errors: Sequence[float] | FloatArray, allowance: float = ALLOWANCE) -> FloatArray:
    """One-sided cumulative sum of errors above the allowance, never under 0; shape (days,)."""
    total = np.cumsum(np.asarray(errors, dtype=np.float64) - allowance)
    return total - np.minimum(np.minimum.accumulate(total), 0.0)


def _told(queue: str, direction: Literal["up", "down"], dates: tuple[date, ...], start: int, alarm: int, size: float) -> Drift:
    more, more_zh = ("more", "高于") if direction == "up" else ("fewer", "低于")
    days = len(dates) - start
    advice, advice_zh = "forecast anew, and look for a shift of level or an event", "请重新预测，并检查是否有水平变化或事件"
    return Drift(
        queue=queue,
        direction=direction,
        since=dates[start],
        alarm=dates[alarm],
        size=size,
        message=f"{queue}: since {dates[start]} ({days} days) {abs(size):.1%} {more} calls come than are forecast; {advice}.",
        message_zh=f"{queue}：自 {dates[start]} 起{days}天，来电较预测{more_zh}{abs(size):.1%}；{advice_zh}。",
    )
