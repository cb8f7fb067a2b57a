"""The design matrix of a day: what of its features a method regresses on, and how dear each is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Literal

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from forecasting.features import DayFeatures

FREE, SHIFT, FESTIVAL, PLAIN, DEAR, NAMED, BEND = 1e-3, 0.05, 0.2, 1.0, 2.0, 4.0, 10.0
"""Relative ridge penalties: weekdays are free, shifts of level nearly, single holidays are drawn to what all holidays share,
festivals of a week much less, a trend bends with reluctance (house choice)."""

YEAR_NEEDED = 400
"""Calendar days of history from which an annual season is learnt (house choice: a year and a month)."""


BENT_SHARE, MOST_BENDS = 0.8, 15
"""The trend may bend evenly over the first four fifths of the history, and at most so often (house choice)."""
DAMPING_DAYS = 120.0
"""Time constant with which the trend fades beyond the last day (house choice)."""


@dataclass(frozen=True)
class Trend:
    """A piecewise linear trend that fades beyond the last day learnt from.

    Parameters
    ----------
    first, last : date
        First and last day learnt from.
    every : int
        It may bend once in so many days.

    References
    ----------
    Damped trend: Gardner, McKenzie (1985), doi:10.1287/mnsc.31.10.1237.
    """

    first: date
    last: date
    every: int

    def columns(self, days: IntArray) -> FloatArray:
        """Time as a share of the history, and time since each bend, of days given as ordinals; shape (days, 1 + bends)."""
        span = max((self.last - self.first).days, 1)
        since = days - float(self.last.toordinal())
        ahead = DAMPING_DAYS * -np.expm1(-np.maximum(since, 0) / DAMPING_DAYS)
        time = (1 + (np.minimum(since, 0) + ahead) / span)[:, None]
        return np.hstack([time - 0.5, np.maximum(time - np.linspace(0, BENT_SHARE, self.bends + 1)[1:], 0)])

    @property
    def bends(self) -> int:
        """How often it may bend."""
        return int(np.clip((self.last - self.first).days // self.every, 1, MOST_BENDS))


@dataclass(frozen=True, eq=False)
class Regressors:
    """Regressors of a day.

    Parameters
    ----------
    worked : array of bool, shape (7,)
        Weekdays with history.
    shifts : tuple of date
        First days of a new level.
    month : {"place", "wave", ""}
        How the month counts: by working days from its ends, as a wave, or not.
    yearly : bool
        Whether there is an annual season.
    trend : Trend or None
    """

    features: DayFeatures
    worked: BoolArray
    shifts: tuple[date, ...]
    month: Literal["place", "wave", ""]
    yearly: bool
    trend: Trend | None

    def seen_from(self, last: date) -> "Regressors":
        """The same with a trend that fades from an earlier last day on."""
        return self if self.trend is None else replace(self, trend=replace(self.trend, last=last))

    def design(self, dates: Sequence[date]) -> FloatArray:
        """Regressors of each day; shape (dates, regressors)."""
        rows = self.features.rows(dates)
        known = self._known[rows]
        return known if self.trend is None else np.hstack([self.trend.columns(rows + self.features.first.toordinal()), known])

    def foretold(self, dates: Sequence[date]) -> BoolArray:
        """Days with an effect of their own, which are no outliers however far off they were; shape (dates,)."""
        rows = self.features.rows(dates)
        return np.any(np.hstack([self.features.named[rows], self.features.festivals[rows]]), axis=1)

    @cached_property
    def penalty(self) -> FloatArray:
        """Relative ridge penalty of each regressor."""
        trend = [] if self.trend is None else [PLAIN] + [BEND] * self.trend.bends
        return np.concatenate([trend, *(np.full(values.shape[1], price) for values, price in self._blocks)])

    @cached_property
    def _known(self) -> FloatArray:
        """All but the trend, for every day that has features."""
        return np.hstack([values for values, _ in self._blocks])

    @cached_property
    def _blocks(self) -> list[tuple[FloatArray, float]]:
        features = self.features
        days = np.arange(len(features.weekday))
        blocks = [(features.profile(days, self.worked), FREE), (features.flags, DEAR), (features.named, NAMED)]
        blocks += [(features.festivals, FESTIVAL)]
        blocks += [(features.drivers, PLAIN)]
        blocks += [((days >= (shift - features.first).days)[:, None].astype(float), SHIFT) for shift in self.shifts]
        if self.month:
            blocks.append((features.month_waves if self.month == "wave" else features.month, PLAIN))
        return [*blocks, (features.year_waves, PLAIN)] if self.yearly else blocks
