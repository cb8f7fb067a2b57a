"""Figures of a method on a track, the noise that no method can forecast, and how sure a ratio is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from scipy.stats import poisson

from data.model.base import FloatArray
from data.model.demand import LEVELS
from forecasting.methods import DayForecast
from forecasting.score import INNER, MEDIAN, score

DRAWS, RESAMPLES, BLOCK_DAYS, SEED = 20, 2000, 5, 1
"""Poisson draws of the noise floor; bootstrap resamples and consecutive days of a block; where both begin."""
TAILS = (0.05, 0.95)

Days = Mapping[str, tuple[float, int]]


@dataclass(frozen=True)
class Figures:
    """What a table shows of a method.

    Parameters
    ----------
    wape, bias, coverage80, coverage95 : float
        Fractions; the point forecast is the median for WAPE and MASE, the mean for RMSE and bias.
    mase : float
        Against the mean one-day difference over the days before the block.
    rmse, pinball, width80 : float
        Calls per interval; pinball over 19 levels.
    floor_wape, floor_pinball : float
        Of Poisson counts about the method's own means, had it known them exactly.
    days : mapping of str to (float, int)
        Sum and count of the pinball losses of each day.
    """

    wape: float
    mase: float
    rmse: float
    bias: float
    pinball: float
    coverage80: float
    coverage95: float
    width80: float
    floor_wape: float
    floor_pinball: float
    count: int
    days: Days


@dataclass(frozen=True, eq=False)
class Scored:
    """A forecast and what came; seen intervals are NaN in `calls`."""

    dates: tuple[date, ...]
    calls: FloatArray
    made: DayForecast


def figures(parts: list[Scored], scale: float) -> Figures:
    """Figures pooled over all forecasts of a track.

    Parameters
    ----------
    scale : float
        Mean absolute one-day difference of the counts before the block.
    """
    calls = np.concatenate([part.calls.ravel() for part in parts])
    known = ~np.isnan(calls)
    day = np.concatenate([np.repeat([str(d) for d in part.dates], part.calls.shape[1]) for part in parts])[known]
    calls, mean = calls[known], np.concatenate([part.made.mean.ravel() for part in parts])[known]
    quantiles = np.concatenate([part.made.quantiles.reshape(-1, len(LEVELS)) for part in parts])[known]
    quantiles = np.maximum(np.sort(quantiles, axis=1), 0)
    if not (np.isfinite(mean).all() and np.isfinite(quantiles).all()):
        raise ValueError("the forecast is not finite everywhere")
    found, floor = score(calls, mean, quantiles), noise_floor(mean)
    low, high = LEVELS.index(0.1), LEVELS.index(0.9)
    return Figures(
        wape=found.wape,
        mase=float(np.abs(calls - quantiles[:, MEDIAN]).mean()) / scale,
        rmse=float(np.sqrt(((calls - mean) ** 2).mean())),
        bias=found.bias,
        pinball=found.pinball,
        coverage80=found.coverage80,
        coverage95=found.coverage95,
        width80=float((quantiles[:, high] - quantiles[:, low]).mean()),
        floor_wape=floor[0],
        floor_pinball=floor[1],
        count=found.count,
        days=_by_day(day, _pinball(calls, quantiles)),
    )


def _pinball(calls: FloatArray, quantiles: FloatArray) -> FloatArray:
    """Loss of each count, the mean over the inner levels."""
    levels, error = np.array(LEVELS[INNER]), calls[:, None] - quantiles[:, INNER]
    return np.maximum(levels * error, (levels - 1) * error).mean(axis=1)


def _by_day(day: "np.ndarray[tuple[int], np.dtype[np.str_]]", loss: FloatArray) -> Days:
    names, place = np.unique(day, return_inverse=True)
    total, count = np.bincount(place, loss), np.bincount(place)
    return {str(name): (float(t), int(c)) for name, t, c in zip(names, total, count, strict=True)}


def noise_floor(mean: FloatArray) -> tuple[float, float]:
    """WAPE and pinball of Poisson counts whose means are known exactly."""
    mean = np.maximum(mean, 1e-9)
    quantiles = poisson.ppf(np.array(LEVELS), mean[:, None])
    drawn = np.random.default_rng(SEED).poisson(mean, (DRAWS, len(mean))).astype(np.float64)
    wape = float(np.abs(drawn - quantiles[:, MEDIAN]).sum() / drawn.sum())
    return wape, float(np.mean([_pinball(row, quantiles).mean() for row in drawn]))


def ratio(ours: Days, peer: Days, stride: int = 1) -> tuple[float, float, float]:
    """Pinball of ours over the peer's on the same days, and its 90 % interval by a bootstrap of blocks of five days.

    Parameters
    ----------
    stride : int
        Operating days from one day to the next; blocks of days that lie apart hold fewer.

    References
    ----------
    Politis, Romano, "A circular block-resampling procedure for stationary data" (1992): days near each other are alike, and
    every day is drawn as often as any other.
    """
    days = sorted(set(ours) & set(peer))
    block = max(1, BLOCK_DAYS // stride)
    losses = np.array([[ours[day][0], peer[day][0]] for day in days])
    drawn = np.random.default_rng(SEED).integers(0, len(days), (RESAMPLES, -(-len(days) // block)))
    rows = (drawn[:, :, None] + np.arange(block)).reshape(RESAMPLES, -1) % len(days)
    sums = losses[rows].sum(axis=1)
    low, high = np.quantile(sums[:, 0] / sums[:, 1], TAILS)
    whole = losses.sum(axis=0)
    return float(whole[0] / whole[1]), float(low), float(high)
