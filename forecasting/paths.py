"""Sample paths of a forecast: calls of whole horizons that hang together over the day, from day to day and across queues.

Quantiles of single intervals cannot be added up. A path can: its sums over hours, days or queues are samples of those sums.
"""

from dataclasses import dataclass

import numpy as np

from data.model.base import FloatArray
from data.model.calendar import Calendar
from data.model.demand import LEVELS, CallHistory, Forecast
from forecasting.days import Training, day_table
from forecasting.features import day_features
from forecasting.quantiles import MEDIAN, NORMAL, root
from forecasting.robust import ridge, scale

LOW, HIGH = LEVELS.index(0.1), LEVELS.index(0.9)
WHOLE_DAY = 0.75
"""Share of a day's error that is the same all day long; the rest comes and goes within it (house choice, from day totals of the
dev block of fpp3 ``bank_calls``)."""
HOURS = 3.0
"""Time constant of what comes and goes within a day (house choice)."""
SHRINK = 0.3
"""Share by which correlations between queues are drawn to none."""
MOST_PERSISTENT = 0.95
WINSOR = 3.5


@dataclass(frozen=True, eq=False)
class Dependence:
    """How the errors of days hang together.

    Parameters
    ----------
    persistence : array of float, shape (queues,)
        Correlation of the errors of a queue on consecutive days, in [0, 0.95].
    between : array of float, shape (queues, queues)
        Correlation of the errors of queues on one day; positive definite.
    """

    persistence: FloatArray
    between: FloatArray


def dependence(history: CallHistory, calendar: Calendar, minutes: int) -> Dependence:
    """Correlations of what the calendar leaves of the daily levels, from day to day and between queues.

    Queues with under three weeks of history, or no common days, are taken as independent.
    """
    levels = np.array([_daily_residual(history, q, calendar, minutes) for q in range(len(history.queues))])
    known = ~np.isnan(levels)
    filled = np.where(known, levels, 0.0)
    square = np.maximum((filled**2).sum(axis=1), 1e-12)
    persistence = np.clip((filled[:, 1:] * filled[:, :-1]).sum(axis=1) / square, 0.0, MOST_PERSISTENT)
    common = np.sqrt((filled**2) @ known.T.astype(float)) * np.sqrt((filled**2) @ known.T.astype(float)).T
    between = (1 - SHRINK) * (filled @ filled.T) / np.maximum(common, 1e-12)
    np.fill_diagonal(between, 1.0)
    return Dependence(persistence, between)


def _daily_residual(history: CallHistory, queue: int, calendar: Calendar, minutes: int) -> FloatArray:
    """Standardised residual of the root-scale mean of each local day; NaN = not known; shape (days,)."""
    table = day_table(history, queue, minutes)
    found = np.full(len(table.dates), np.nan)
    rows = np.flatnonzero((~np.isnan(table.calls)).any(axis=1))
    if not len(rows):
        return found
    columns = (~np.isnan(table.calls)).any(axis=0)
    features = day_features(calendar, table.dates[0], table.dates[-1])
    training = Training(tuple(table.dates[r] for r in rows), table.calls[np.ix_(rows, columns)], features)
    if training.short:
        return found
    design, level = training.regressors("place", None), training.roots.mean(axis=1, keepdims=True)
    _, residual = ridge(level - level.mean(), design.design(training.dates), design.penalty, np.ones(len(rows)))
    spread = scale(residual)
    found[rows] = np.clip(residual / spread, -WINSOR, WINSOR)[:, 0]
    return found


def sample_paths(forecast: Forecast, between: Dependence, *, count: int = 200, seed: int = 0) -> FloatArray:
    """Paths of calls; each slot's values follow the forecast's quantiles of that slot.

    Parameters
    ----------
    between : Dependence
        Of the forecast's queues, in their order.
    count : int
        Paths, at least 1.

    Returns
    -------
    array of float, shape (count, queues, slots)
        Whole calls; 0 while closed, the seen count in slots before the origin.

    References
    ----------
    Gaussian copula. House choice of its correlations, see the constants of this module.
    """
    random = np.random.default_rng(seed)
    whole, passing = _factors(forecast, between, count, random)
    share = _day_share(forecast.quantiles)
    noise = random.standard_normal(whole.shape)
    latent = np.sqrt(share) * (np.sqrt(WHOLE_DAY) * whole + np.sqrt(1 - WHOLE_DAY) * passing) + np.sqrt(1 - share) * noise
    ahead = forecast.open & (np.arange(forecast.grid.size) >= forecast.grid.slot(forecast.origin))
    drawn = np.rint(_at(forecast.quantiles, latent))
    return np.where(ahead, drawn, np.where(forecast.open, forecast.mean, 0.0))


def _factors(forecast: Forecast, between: Dependence, count: int, random: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """What is the same all day, and what comes and goes within it; both (count, queues, slots), standard normal."""
    grid, queues = forecast.grid, len(forecast.queues)
    mix = np.linalg.cholesky(_positive(between.between))
    fresh = np.einsum("qk,ckd->cqd", mix, random.standard_normal((count, queues, grid.horizon.days)))
    days = _carried(fresh, between.persistence[:, None])
    keep = float(np.exp(-grid.minutes / 60 / HOURS))
    passing = _carried(np.einsum("qk,cks->cqs", mix, random.standard_normal((count, queues, grid.size))), np.array([[keep]]))
    return days[:, :, grid.day_of_slot], passing


def _positive(matrix: FloatArray) -> FloatArray:
    """The nearest of the matrices on the way to the identity that is positive definite."""
    lowest = float(np.linalg.eigvalsh(matrix)[0])
    share = max(0.0, (1e-6 - lowest) / (1 - lowest)) if lowest < 1e-6 else 0.0
    return (1 - share) * matrix + share * np.eye(len(matrix))


def _carried(fresh: FloatArray, keep: FloatArray) -> FloatArray:
    """First-order autoregression of unit variance along the last axis."""
    out = fresh.copy()
    for k in range(1, fresh.shape[-1]):
        out[..., k] = keep[..., 0] * out[..., k - 1] + np.sqrt(1 - keep[..., 0] ** 2) * fresh[..., k]
    return out


def _day_share(quantiles: FloatArray) -> FloatArray:
    """Share of the root-scale variance of each slot that is not Poisson noise; shape (queues, slots)."""
    roots = root(quantiles)
    width = (roots[..., HIGH] - roots[..., LOW]) / (NORMAL[HIGH] - NORMAL[LOW])
    return np.clip(1 - 0.25 / np.maximum(width**2, 0.25), 0.0, 1.0)


def _at(quantiles: FloatArray, latent: FloatArray) -> FloatArray:
    """Values at standard normal scores: linear between the levels on the root scale, beyond them as the outer ones go on."""
    roots = root(quantiles)
    place = np.clip(np.searchsorted(NORMAL, latent) - 1, 0, len(LEVELS) - 2)
    rows = np.indices(latent.shape[1:])
    low, high = (roots[rows[0], rows[1], place + k] for k in (0, 1))
    # beyond the outer levels a normal tail through the median and the outer level
    slope = (high - low) / (NORMAL[place + 1] - NORMAL[place])
    middle = roots[..., MEDIAN]
    upper = middle + (roots[..., -1] - middle) * latent / NORMAL[-1]
    lower = middle + (middle - roots[..., 0]) * latent / NORMAL[-1]
    value = np.where(latent > NORMAL[-1], upper, np.where(latent < NORMAL[0], lower, low + slope * (latent - NORMAL[place])))
    return np.maximum(np.maximum(value, 0) ** 2 - 0.25, 0)
