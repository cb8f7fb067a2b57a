"""How good a forecast was: sums over sums, pooled over whatever is given."""

from dataclasses import dataclass

import numpy as np

from data.model.base import FloatArray
from data.model.demand import LEVELS, CallHistory, Forecast
from forecasting.calibration import INNER, MEDIAN, noise_floor
from forecasting.days import day_table

LEADS: dict[str, tuple[int, int]] = {
    "same day": (0, 0),
    "1 day": (1, 1),
    "2-7 days": (2, 7),
    "8-28 days": (8, 28),
    "29-91 days": (29, 91),
    "92+ days": (92, 100_000),
}
"""Lead times: first and last calendar day ahead of the day on which a figure was made (house choice: rest of the day, next day,
week, month, quarter)."""


@dataclass(frozen=True, slots=True)
class Score:
    """Accuracy and calibration.

    Parameters
    ----------
    wape : float
        Sum of absolute errors of the median over the sum of calls.
    bias : float
        Sum of (mean - calls) over the sum of calls.
    pinball : float
        Mean pinball loss over 19 levels, calls.
    coverage80, coverage95 : float
        Share of counts inside the central intervals, in [0, 1].
    count : int
        Counts that were known and scored.
    wape_floor, pinball_floor : float
        What Poisson noise about the means leaves of the two: no forecast can be expected to do better.
    """

    wape: float
    bias: float
    pinball: float
    coverage80: float
    coverage95: float
    count: int
    wape_floor: float = np.nan
    pinball_floor: float = np.nan


def score(calls: FloatArray, mean: FloatArray, quantiles: FloatArray) -> Score:
    """Score of forecasts against counts; unknown counts are left out.

    Parameters
    ----------
    calls, mean : array of float, any one shape
        NaN in `calls` = not known.
    quantiles : array of float, that shape and ``len(LEVELS)``
    """
    known = ~np.isnan(calls)
    actual, expected, spread = calls[known], mean[known], quantiles[known]
    if not len(actual):
        return Score(np.nan, np.nan, np.nan, np.nan, np.nan, 0)
    total = float(actual.sum()) or np.nan
    floor = noise_floor(expected)
    return Score(
        wape=float(np.abs(actual - spread[:, MEDIAN]).sum()) / total,
        bias=float((expected - actual).sum()) / total,
        pinball=pinball(actual, spread),
        coverage80=_coverage(actual, spread, 0.1),
        coverage95=_coverage(actual, spread, 0.025),
        count=len(actual),
        wape_floor=floor.wape,
        pinball_floor=floor.pinball,
    )


def pinball(calls: FloatArray, quantiles: FloatArray) -> float:
    """Mean pinball loss over 19 levels, calls; unknown counts are left out.

    Parameters
    ----------
    calls : array of float, any shape
        NaN = not known.
    quantiles : array of float, that shape and ``len(LEVELS)``
    """
    error, levels = calls[..., None] - quantiles[..., INNER], np.array(LEVELS[INNER])
    return float(np.nanmean(np.maximum(levels * error, (levels - 1) * error)))


def _coverage(actual: FloatArray, spread: FloatArray, tail: float) -> float:
    low, high = LEVELS.index(tail), LEVELS.index(1 - tail)
    return float(((actual >= spread[:, low]) & (actual <= spread[:, high])).mean())


def calls_that_came(made: Forecast, history: CallHistory) -> FloatArray:
    """Known calls of a later history on the slots of a forecast; NaN = not known; shape (queues, slots)."""
    known = np.full(made.mean.shape, np.nan)
    cell = made.grid.wall_minute // made.grid.minutes
    for q, queue in enumerate(made.queues):
        if queue in history.queues:
            table = day_table(history, history.queues.index(queue), made.grid.minutes)
            known[q] = np.array([table.row(day) for day in made.grid.horizon.dates])[made.grid.day_of_slot, cell]
    return known


def score_forecast(made: Forecast, history: CallHistory) -> Score:
    """Score of a forecast on the open slots that lie after its origin and are known in a later history."""
    ahead = made.open & (np.arange(made.grid.size) >= made.grid.slot(made.origin))
    return score(np.where(ahead, calls_that_came(made, history), np.nan), made.mean, made.quantiles)
