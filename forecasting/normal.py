"""What is normal for a queue: the calls to expect in each cell of each day of its history, and how far they usually stray."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.calendar import Calendar, DayType
from data.model.demand import CallHistory
from forecasting.days import FULL_WEEKS, DayTable, day_table
from forecasting.features import FAR, LONG_CLOSURE, NEAR, DayFeatures, day_features
from forecasting.quantiles import poisson_root_variance, root
from forecasting.regressors import YEAR_NEEDED, Regressors
from forecasting.robust import ridge
from forecasting.shifts import WINDOW, level_shifts

LEAST_DAYS = 15
"""Days with counts under which nothing is called normal (house choice: three working weeks)."""
OWN_SHAPE = 3
"""Days of a weekday from which it has a shape of its own (house choice)."""
FEW_ROOT = 2.0
"""Root of about four calls."""
EARLIER = 2
"""Days that a change of level may have begun before the day that stands out most."""
HALF_WINDOW = 5
"""Days on either side from which the level of a day is read."""
CUT = 4.0
"""Deviations at which a day is cut where the calendar's effects are learnt."""
NEAR_TOLERANCE = 2.0
"""How much farther days near a holiday may stray."""


@dataclass(frozen=True, eq=False)
class Normal:
    """Expected and observed roots of one queue, days by cells.

    Parameters
    ----------
    roots, expected : array of float, shape (days, cells)
        Root scale; `roots` NaN = not known, `expected` 0 where calls are never known.
    mean : array of float, shape (days, cells)
        Expected calls; 0 where there never are any.
    noise : array of float, shape (cells,)
        Standard deviation of one cell about the curve of its day.
    day_spread : float
        Standard deviation of the level of a day, about 1.
    tolerance : array of float, shape (days,)
        1 on plain days, more near holidays, infinite on days off.
    level : array of float, shape (days,)
        Expected root level of a day over the typical one.
    steps : tuple of (row, size)
        Lasting changes of that level, size on the root scale.
    """

    roots: FloatArray
    expected: FloatArray
    mean: FloatArray
    noise: FloatArray
    day_spread: float
    tolerance: FloatArray
    level: FloatArray
    steps: tuple[tuple[int, float], ...]

    @property
    def relative_day_spread(self) -> float:
        """Spread of the level of a day over its expected root."""
        return self.day_spread / float(np.median(self.level))


def normal(table: DayTable, features: DayFeatures, tolerance: FloatArray) -> Normal | None:
    """Learn what is normal from the whole history; None with fewer than 15 days of counts.

    Parameters
    ----------
    features : DayFeatures
        Of the days of the table.
    tolerance : array of float, shape (days,)
        See `tolerances`.
    """
    roots = np.where(np.isnan(table.calls), np.nan, root(np.nan_to_num(table.calls)))
    seen = np.flatnonzero(~np.isnan(roots).all(axis=1))
    if len(seen) < LEAST_DAYS:
        return None
    worked, kind = _worked(table, features), resembled(table, features)
    shape = _shapes(roots, kind)
    curves = shape[kind]
    own = _own_level(roots, curves)
    plain = seen[tolerance[seen] == 1]
    plain = plain if len(plain) >= LEAST_DAYS else seen
    weeks = len(seen) / worked.sum()
    yearly = (table.dates[seen[-1]] - table.dates[seen[0]]).days >= YEAR_NEEDED
    month = "place" if weeks >= FULL_WEEKS else ""
    regressors = Regressors(features=features, worked=worked, shifts=(), month=month, yearly=yearly, trend=None)
    level, steps = _levels(table.dates, own, seen, plain, regressors)
    expected = level[:, None] * curves
    day_spread = _spread((own - level)[plain])
    return Normal(
        roots,
        expected,
        _calls(expected) * _has_calls(table.calls, kind)[kind],
        _noise(roots - own[:, None] * curves, expected),
        day_spread,
        tolerance,
        level,
        steps,
    )


def resembled(table: DayTable, features: DayFeatures) -> IntArray:
    """Weekday that each day of a table resembles, Monday = 0; shape (days,)."""
    return features.profile(np.arange(len(table.dates)), _worked(table, features)).argmax(axis=1)


def _worked(table: DayTable, features: DayFeatures) -> BoolArray:
    return np.isin(np.arange(7), features.weekday[~np.isnan(table.calls).all(axis=1)])


def _shapes(roots: FloatArray, kind: IntArray) -> FloatArray:
    """Curve of each weekday on the root scale, the level of each day taken out; shape (7, cells)."""
    relative = roots / _own_level(roots, np.broadcast_to(np.nan_to_num(_middle(roots)), roots.shape))[:, None]
    pooled = _middle(relative)
    known = ~np.isnan(roots).all(axis=1)
    of_kind = [relative[known & (kind == k)] for k in range(7)]
    return np.nan_to_num([_middle(rows) if len(rows) >= OWN_SHAPE else pooled for rows in of_kind])


def _middle(rows: FloatArray) -> FloatArray:
    """Median of each cell; the mean where calls are so few that the median is one of two or three values."""
    middle, known = median(rows), ~np.isnan(rows)
    mean = np.where(known, rows, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.where(middle < FEW_ROOT, mean, middle)


def _own_level(roots: FloatArray, curves: FloatArray) -> FloatArray:
    """Level of each day that fits its curve best; NaN on days without counts; shape (days,)."""
    known = ~np.isnan(roots)
    fit, size = (np.where(known, roots, 0.0) * curves).sum(axis=1), (known * curves**2).sum(axis=1)
    return np.where(size > 0, np.maximum(fit, 1e-6) / np.maximum(size, 1e-12), np.nan)


def _levels(
    dates: tuple[date, ...], own: FloatArray, seen: IntArray, plain: IntArray, regressors: Regressors
) -> tuple[FloatArray, tuple[tuple[int, float], ...]]:
    """Expected level of each day: what the calendar says, the lasting steps and the running median of the rest."""
    design, penalty = regressors.design(dates), regressors.penalty
    rest = _residual(own, seen, design, penalty)
    steps = _steps(dates, rest, plain)
    if steps:
        columns = np.column_stack([np.arange(len(dates)) >= row for row, _ in steps]).astype(np.float64)
        rest = _residual(own, seen, np.hstack([design, columns]), np.append(penalty, np.full(len(steps), 1e-2)))
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(rest[plain], HALF_WINDOW, constant_values=np.nan), 2 * HALF_WINDOW + 1
    )
    wander = np.interp(np.arange(len(dates)), plain, median(windows.T))
    said = own - rest
    level = np.interp(np.arange(len(dates)), seen, said[seen]) + wander
    return np.maximum(level, 0.05), steps


def _steps(dates: tuple[date, ...], rest: FloatArray, plain: IntArray) -> tuple[tuple[int, float], ...]:
    """Days and sizes of lasting changes of level: the medians of the days before and after, up to the next change."""
    shifts = level_shifts([dates[d] for d in plain], np.ones(len(plain)), rest[plain])
    rows = np.searchsorted(plain, [(shift - dates[0]).days for shift in shifts])
    edges = [0, *rows.tolist(), len(plain)]
    found: list[tuple[int, float]] = []
    for before, row, after in zip(edges, edges[1:], edges[2:], strict=False):
        old = float(np.median(rest[plain[max(before, row - WINDOW) : row]]))
        new = float(np.median(rest[plain[row : min(after, row + WINDOW)]]))
        first = row
        while first > max(before, row - EARLIER) and abs(rest[plain[first - 1]] - new) < abs(rest[plain[first - 1]] - old):
            first -= 1
        found.append((int(plain[first]), new - old))
    return tuple(found)


def _residual(own: FloatArray, seen: IntArray, design: FloatArray, penalty: FloatArray) -> FloatArray:
    """Level of each day less what the regression on all other days says; days far off hardly count; NaN where not seen."""
    target, weight = (own[seen] - np.median(own[seen]))[:, None], np.ones(len(seen))
    left = np.zeros(len(seen))
    for _ in range(3):
        _, residual = ridge(target, design[seen], penalty, weight)
        left = residual[:, 0]
        weight = np.maximum(1 - (left / (CUT * _spread(left))) ** 2, 1e-2)
    rest = np.full(len(own), np.nan)
    rest[seen] = left
    return rest


def _spread(values: FloatArray) -> float:
    return float(1.4826 * np.nanmedian(np.abs(values))) + 1e-6


def _calls(expected: FloatArray) -> FloatArray:
    mean = np.maximum(expected**2 - 0.25, 0.0)
    return mean + poisson_root_variance(mean)


def _has_calls(calls: FloatArray, kind: IntArray) -> BoolArray:
    """Cells in which a weekday ever has a call; shape (7, cells)."""
    return np.array([(calls[kind == k] > 0).any(axis=0) for k in range(7)])


def _noise(within: FloatArray, expected: FloatArray) -> FloatArray:
    """Spread of a cell about the curve of its own day, at least the Poisson's."""
    least = np.sqrt(poisson_root_variance(np.maximum(np.median(expected, axis=0) ** 2 - 0.25, 0.0)))
    return np.maximum(np.nan_to_num(1.4826 * median(np.abs(within))), np.maximum(least, 0.2))


def tolerances(dates: tuple[date, ...], calendar: Calendar) -> FloatArray:
    """How far each day may stray: days off are not judged, days near a holiday less strictly."""
    kinds = [calendar.day_type(day) for day in dates]
    swapped = [kind is DayType.REST and day in calendar.table for day, kind in zip(dates, kinds, strict=True)]
    off = np.array([kind is DayType.HOLIDAY for kind in kinds]) | np.array(swapped)
    work = np.array([kind in (DayType.WORK, DayType.MAKEUP) for kind in kinds])
    edges = np.flatnonzero(np.diff(np.concatenate([[True], work, [True]]).astype(int)))
    tolerance = np.where(np.array([kind is DayType.MAKEUP for kind in kinds]), NEAR_TOLERANCE, 1.0)
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if off[start:end].any():
            around = FAR if end - start >= LONG_CLOSURE else NEAR
            tolerance[max(0, start - around) : end + around] = NEAR_TOLERANCE
    return np.where(off, np.inf, tolerance)


def median(values: FloatArray) -> FloatArray:
    """Median of the known values along axis 0, NaN where none is; several times as fast as NumPy's."""
    ordered = np.sort(values, axis=0)
    count = (~np.isnan(values)).sum(axis=0)
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, len(values) - 1)
    pick = np.take_along_axis
    return (pick(ordered, low[None], 0)[0] + pick(ordered, high[None], 0)[0]) / 2


def usual_calls(history: CallHistory, calendar: Calendar) -> FloatArray:
    """Calls that are usual in each slot of a history; shape (queues, slots), NaN for queues with fewer than 15 days of counts."""
    grid = history.grid
    features = day_features(calendar, grid.horizon.first, grid.horizon.last)
    tolerance = tolerances(grid.horizon.dates, calendar)
    laid = np.full((len(history.queues), grid.size), np.nan)
    for q in range(len(history.queues)):
        usual = normal(day_table(history, q, grid.minutes), features, tolerance)
        if usual is not None:
            laid[q] = usual.mean[grid.day_of_slot, grid.wall_minute // grid.minutes]
    return laid
