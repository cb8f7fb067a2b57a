"""Shift design: a demand curve over a cyclic week, and the windows in which shifts may start and how long they may last."""

from typing import NamedTuple

import numpy as np
from pydantic import Field, model_validator

from data.model.base import Frozen, IntArray
from data.model.time import DAY_MINUTES


class Shape(NamedTuple):
    """A start and a length, in intervals; the start counts from midnight."""

    start: int
    length: int


class ShiftWindow(Frozen):
    """A shift type: every start and length that shifts of it may have, in intervals.

    Parameters
    ----------
    first_start, last_start : int
        Intervals after midnight; one beyond the day is that of the next day.
    least_length, most_length : int
        Intervals.
    start_step, length_step : int
        Intervals between starts, and between lengths.
    """

    kind: str
    first_start: int = Field(ge=0)
    last_start: int = Field(ge=0)
    least_length: int = Field(ge=1)
    most_length: int = Field(ge=1)
    start_step: int = Field(default=1, ge=1)
    length_step: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _ordered(self) -> "ShiftWindow":
        if self.last_start < self.first_start or self.most_length < self.least_length:
            raise ValueError(f"the window {self.kind!r} ends before it begins")
        return self


class ShiftDesign(Frozen):
    """A demand and the shifts that may cover it; the days are a cycle, so a shift that ends after the last goes on in the first.

    Parameters
    ----------
    minutes : int
        Length of an interval; divides a day.
    days : int
    demand : tuple of int, length days x intervals a day
        Agents needed in each interval.
    over_cost, under_cost : float
        Cost of an agent too many, or missing, for one minute.
    shift_cost : float
        Cost of each distinct shift.
    most_shifts : int or None
        Most distinct shifts; None = any number.
    full_cover : bool
        Whether no agent may be missing at all.

    References
    ----------
    Musliu, Schaerf, Slany, Local search for shift design (2004), doi:10.1016/S0377-2217(03)00098-5.
    """

    minutes: int = Field(ge=1, le=DAY_MINUTES)
    days: int = Field(ge=1)
    demand: tuple[int, ...]
    windows: tuple[ShiftWindow, ...] = Field(min_length=1)
    over_cost: float = Field(default=1.0, ge=0, allow_inf_nan=False)
    under_cost: float = Field(default=1.0, ge=0, allow_inf_nan=False)
    shift_cost: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    most_shifts: int | None = Field(default=None, ge=1)
    full_cover: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> "ShiftDesign":
        if DAY_MINUTES % self.minutes:
            raise ValueError(f"intervals of {self.minutes} minutes do not divide a day")
        if len(self.demand) != self.days * self.a_day:
            raise ValueError(f"{len(self.demand)} intervals of demand; {self.days} days have {self.days * self.a_day}")
        if min(self.demand) < 0:
            raise ValueError("a demand below 0")
        if max(window.most_length for window in self.windows) > self.a_day:
            raise ValueError(f"a shift longer than a day of {self.a_day} intervals")
        return self

    @property
    def a_day(self) -> int:
        """Intervals of a day."""
        return DAY_MINUTES // self.minutes

    @property
    def shapes(self) -> dict[Shape, str]:
        """Every shift that some window allows, in order, with the kind of the first window that does."""
        found: dict[Shape, str] = {}
        for window in self.windows:
            for start in range(window.first_start, window.last_start + 1, window.start_step):
                for length in range(window.least_length, window.most_length + 1, window.length_step):
                    found.setdefault(Shape(start % self.a_day, length), window.kind)
        return dict(sorted(found.items()))

    def worked(self, shape: Shape, day: int) -> IntArray:
        """Intervals of the cycle that a shift of a day covers, in order; shape (length,)."""
        return (day * self.a_day + shape.start + np.arange(shape.length)) % len(self.demand)
