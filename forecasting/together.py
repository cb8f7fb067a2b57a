"""Whether projects stray from the usual on the same days: correlations of what a history holds beyond its normal."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import ndtri

from data.model.base import FloatArray
from data.model.demand import CallHistory

LEAST_DAYS = 15
"""Days that both must be known, for a correlation to be told (house choice)."""


@dataclass(frozen=True, slots=True)
class Together:
    """How two projects stray from the usual together.

    Parameters
    ----------
    correlation, low, high : float
        Of the daily calls beyond the usual ones on the root scale, with its 95 % interval.
    days : int
        Days on which both are known.
    """

    first: str
    second: str
    correlation: float
    low: float
    high: float
    days: int


def strays(history: CallHistory, usual: FloatArray, projects: Mapping[str, str]) -> dict[str, FloatArray]:
    """Root of the calls of each project and day less the root of the usual ones; NaN where a day is not known.

    Parameters
    ----------
    usual : array of float, shape (queues, slots)
        `forecasting.normal.usual_calls`.
    projects : mapping
        Project of each queue.
    """
    grid = history.grid
    known = np.isfinite(history.offered) & np.isfinite(usual)
    found: dict[str, FloatArray] = {}
    for name in dict.fromkeys(projects.values()):
        rows = [row for row, queue in enumerate(history.queues) if projects.get(queue) == name]
        seen = known[rows]
        came, due = (
            np.bincount(grid.day_of_slot, np.where(seen, part[rows], 0.0).sum(axis=0), grid.horizon.days)
            for part in (history.offered, usual)
        )
        told = np.bincount(grid.day_of_slot, seen.any(axis=0), grid.horizon.days) > 0
        found[name] = np.where(told, np.sqrt(came) - np.sqrt(due), np.nan)
    return found


def correlations(found: Mapping[str, FloatArray]) -> tuple[Together, ...]:
    """Correlation of every two projects with enough days in common.

    References
    ----------
    Fisher's z; days that hang together count for less: Bartlett (1935), Some aspects of the time-correlation problem, by the
    correlations of each with the day before.
    """
    pairs = ((a, b, np.isfinite(found[a]) & np.isfinite(found[b])) for a, b in combinations(found, 2))
    return tuple(_together(a, b, found[a][both], found[b][both]) for a, b, both in pairs if both.sum() >= LEAST_DAYS)


def _together(first: str, second: str, x: FloatArray, y: FloatArray) -> Together:
    r = _correlation(x, y)
    echo = max(_correlation(x[1:], x[:-1]) * _correlation(y[1:], y[:-1]), 0.0)
    days = max(len(x) * (1 - echo) / (1 + echo), 4.0)
    z, width = np.arctanh(np.clip(r, -1 + 1e-9, 1 - 1e-9)), float(ndtri(0.975)) / np.sqrt(days - 3)
    low, high = (float(np.tanh(edge)) for edge in (z - width, z + width))
    return Together(first, second, r, low, high, len(x))


def _correlation(x: FloatArray, y: FloatArray) -> float:
    spread = float(np.std(x) * np.std(y))
    return float(np.mean((x - x.mean()) * (y - y.mean())) / spread) if spread > 0 else 0.0
