"""What a driver that changes within the day, such as rain by the hour, does to the calls of the hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from data.model.base import FloatArray, IntArray
from data.model.driver import Drivers
from forecasting.days import DayTable
from forecasting.quantiles import root

PRIOR = 0.5
"""Log-effect of one standard deviation of a driver that is thought as likely as not beforehand (house choice)."""
MOST = 1.0
"""Largest log-effect that is applied to a cell."""
WINSOR, ROUNDS = 3.0, 4


@dataclass(frozen=True, eq=False)
class WithinDay:
    """Log-effects of the drivers' distance from their daily mean.

    Parameters
    ----------
    effects : array of float, shape (drivers,)
        Log of calls per unit of the driver.
    """

    drivers: Drivers
    effects: FloatArray

    def factors(self, dates: Sequence[date], cells: int) -> FloatArray:
        """Factor of the calls of each cell; shape (dates, cells)."""
        return np.exp(np.clip(self.drivers.within_day(dates, cells) @ self.effects, -MOST, MOST))


def within_day(table: DayTable, drivers: Drivers | None) -> WithinDay | None:
    """Learn the effects from the cells of a queue; None without drivers by the hour or with nothing to learn from.

    The calls of a cell are compared with the shape of its weekday at the level of its own day, so that what acts on the whole
    day does not count here.

    References
    ----------
    Weighted ridge regression on the root scale, where half a log-effect is a relative one. House choice.
    """
    if drivers is None or drivers.hourly is None:
        return None
    apart = drivers.within_day(table.dates, table.calls.shape[1])
    scale = apart.std(axis=(0, 1))
    if not scale.any():
        return None
    design, effects = apart / np.where(scale > 0, scale, 1.0), np.zeros(len(scale))
    for _ in range(ROUNDS):
        effects = _stepped(table, design, effects)
    return WithinDay(drivers, effects / np.where(scale > 0, scale, 1.0))


def _stepped(table: DayTable, design: FloatArray, effects: FloatArray) -> FloatArray:
    """Effects again, with shapes and levels of days as they are without what is held so far."""
    roots = root(table.calls)
    plain = roots * np.exp(-design @ effects / 2)
    expected = _expected(plain, np.array([day.weekday() for day in table.dates], dtype=np.int64))
    known = ~np.isnan(roots) & (expected > 1)
    if not known.any():
        return effects
    rest, weight = 2 * np.log(plain[known] / expected[known]), expected[known] ** 2
    spread = 1.4826 * float(np.median(np.abs(rest))) + 1e-9
    target = np.clip(rest, -WINSOR * spread, WINSOR * spread) + design[known] @ effects
    weighted = design[known] * weight[:, None] / float((weight * np.minimum(rest**2, (WINSOR * spread) ** 2)).mean())
    gram = weighted.T @ design[known] + np.eye(len(effects)) / PRIOR**2
    return np.asarray(np.linalg.solve(gram, weighted.T @ target), dtype=np.float64)


def _expected(roots: FloatArray, weekday: IntArray) -> FloatArray:
    """Root of the calls of each cell by the mean shape of its weekday at the level of its day; 0 where that is not known."""
    known = ~np.isnan(roots)
    expected = np.zeros(roots.shape)
    for w in np.unique(weekday):
        rows = weekday == w
        count = known[rows].sum(axis=0)
        shape = np.where(count > 0, np.nansum(roots[rows], axis=0) / np.maximum(count, 1), 0.0)
        level = np.nansum(roots[rows], axis=1) / np.maximum((known[rows] * shape).sum(axis=1), 1e-9)
        expected[rows] = level[:, None] * shape
    return expected
