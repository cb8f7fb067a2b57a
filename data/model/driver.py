"""Drivers of demand: named columns of what is known outside the call history, such as weather, reservations, billing days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from data.model.base import FloatArray, sealed

COMFORT_C = (18.0, 26.0)
"""Degrees Celsius below which people heat and above which they cool (house choice)."""

HOURS = 24
TEMPERATURE = "_c"
"""Columns whose name ends so are degrees Celsius and act below and above the comfort band, not in proportion."""


@dataclass(frozen=True, eq=False)
class Drivers:
    """Values of named drivers, of the past and, as far as they are known, of the days to come.

    Parameters
    ----------
    names : tuple of str
    first : date
        Local day of row 0.
    daily : array of float, shape (days, names)
        Mean of each day; NaN = not known.
    hourly : array of float, shape (days, 24, names), or None
        Means of the hours of the wall clock, of drivers that change within a day, such as rain; None = daily values only.
    """

    names: tuple[str, ...]
    first: date
    daily: FloatArray
    hourly: FloatArray | None = None

    def __post_init__(self) -> None:
        shape = (len(self.daily), len(self.names))
        object.__setattr__(self, "daily", sealed(self.daily, np.float64, shape, "daily"))
        if self.hourly is not None:
            object.__setattr__(self, "hourly", sealed(self.hourly, np.float64, (shape[0], HOURS, shape[1]), "hourly"))

    def within_day(self, dates: Sequence[date], cells: int) -> FloatArray:
        """How far each driver is from the mean of its day; shape (dates, cells, names), 0 where that is not known.

        Parameters
        ----------
        cells : int
            Cells of a day.
        """
        found = np.zeros((len(dates), cells, len(self.names)))
        rows = np.array([(day - self.first).days for day in dates], dtype=np.int64)
        inside = (rows >= 0) & (rows < len(self.daily))
        if self.hourly is not None:
            apart = np.nan_to_num(self.hourly - self.daily[:, None])
            found[inside] = apart[rows[inside]][:, np.arange(cells) * HOURS // cells]
        return found

    def by_day(self, first: date, days: int) -> FloatArray:
        """Standardised regressors of consecutive days; shape (days, regressors).

        A temperature gives two: degrees below and above the comfort band. A value that is not known counts as the mean, and
        once more as not known: the days on which a driver was not yet recorded need not be like the mean.
        """
        laid = np.full((days, len(self.names)), np.nan)
        here, there = max(0, (self.first - first).days), max(0, (first - self.first).days)
        count = max(0, min(days - here, len(self.daily) - there))
        laid[here : here + count] = self.daily[there : there + count]
        columns = [_standard(part) for name, column in zip(self.names, laid.T, strict=True) for part in _regressors(name, column)]
        unknown = np.unique(np.isnan(laid), axis=1).astype(np.float64)
        return np.column_stack([*columns, unknown[:, unknown.any(axis=0)]]) if columns else np.zeros((days, 0))


def _regressors(name: str, values: FloatArray) -> list[FloatArray]:
    if not name.endswith(TEMPERATURE):
        return [values]
    return [np.maximum(COMFORT_C[0] - values, 0), np.maximum(values - COMFORT_C[1], 0)]


def _standard(values: FloatArray) -> FloatArray:
    known = ~np.isnan(values)
    if not known.any():
        return np.zeros(len(values))
    spread = float(values[known].std()) or 1.0
    return np.where(known, (values - values[known].mean()) / spread, 0.0)
