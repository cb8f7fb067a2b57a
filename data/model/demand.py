"""Demand: call history, forecast and requirement, as arrays on named axes (queue x slot of a `TimeGrid`)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from pydantic import AwareDatetime, Field, model_validator

from data.model.base import BoolArray, FloatArray, Frozen, IntArray, sealed
from data.model.time import TimeGrid

LEVELS: tuple[float, ...] = (0.025, *(round(0.05 * k, 2) for k in range(1, 20)), 0.975)
"""Quantile levels of every forecast."""


def level_name(level: float) -> str:
    """Column name of a quantile level: 0.025 -> ``q025``, 0.1 -> ``q10``."""
    return "q" + f"{level:.3f}"[2:].removesuffix("0")


class Event(Frozen):
    """Something known beforehand that changes the calls of a queue: a campaign, a holiday effect, an outage.

    Parameters
    ----------
    start, end : datetime
        Stretch in which it acts, half-open.
    factor : float
        Calls are multiplied by it.
    fade_hours : float or None
        Time constant with which the factor fades from the start on, as of a mailing; None = it lasts.
    extra_calls : float
        Calls added over the whole stretch, fast at first and then decaying.
    spread : float
        Coefficient of variation of the effect: how unsure the planner is of it.
    known_from : datetime or None
        Since when it is known; forecasts from before do not see it. None = always.
    """

    queue: str
    name: str
    name_zh: str = ""
    start: AwareDatetime
    end: AwareDatetime
    factor: float = Field(default=1.0, ge=0)
    fade_hours: float | None = Field(default=None, gt=0)
    extra_calls: float = Field(default=0.0, ge=0)
    spread: float = Field(default=0.0, ge=0, le=2)
    known_from: AwareDatetime | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "Event":
        if self.end <= self.start:
            raise ValueError(f"event {self.name!r} ends before it starts")
        return self


def long_frame(grid: TimeGrid, queues: tuple[str, ...], columns: Mapping[str, FloatArray | IntArray]) -> pd.DataFrame:
    """Long table ``queue, timestamp, <columns>``; rows queue by queue in time order."""
    keys = {
        "queue": np.repeat(np.array(queues, dtype=object), grid.size),
        "timestamp": grid.index.append([grid.index] * (len(queues) - 1)),
    }
    return pd.DataFrame(keys | {name: np.asarray(values).ravel() for name, values in columns.items()})


COUNTS = ("offered", "handle_time_s", "answered", "abandoned")
"""What a history knows of a queue and slot."""


@dataclass(frozen=True, eq=False)
class CallHistory:
    """Calls per queue and slot.

    Parameters
    ----------
    queues : tuple of str
    grid : TimeGrid
    offered : array of float, shape (queues, slots)
        Calls offered; NaN = not known (a gap is never zero) or the queue was closed.
    handle_time_s : array of float, shape (queues, slots)
        Mean handle time of the answered, seconds; NaN = not known.
    answered, abandoned : array of float or None
    """

    queues: tuple[str, ...]
    grid: TimeGrid
    offered: FloatArray
    handle_time_s: FloatArray
    answered: FloatArray | None = None
    abandoned: FloatArray | None = None

    def __post_init__(self) -> None:
        shape = (len(self.queues), self.grid.size)
        for name in COUNTS:
            values = getattr(self, name)
            if values is not None:
                object.__setattr__(self, name, sealed(values, np.float64, shape, name))

    def before(self, origin: datetime) -> "CallHistory":
        """The same history with every slot that is not complete at `origin` made unknown (no look into the future)."""
        seen = np.arange(self.grid.size) < self.grid.slot(origin)
        return self._with(lambda values: np.where(seen, values, np.nan))

    def in_order(self, queues: Sequence[str]) -> "CallHistory":
        """The same history with its queues in another order; all of them."""
        rows = [self.queues.index(queue) for queue in queues]
        return self._with(lambda values: values[rows], queues=tuple(queues))

    def _with(self, change: Callable[[FloatArray], FloatArray], **told: Any) -> "CallHistory":
        counts = {name: getattr(self, name) for name in COUNTS}
        return replace(self, **told, **{name: change(values) for name, values in counts.items() if values is not None})

    def to_frame(self) -> pd.DataFrame:
        """Long table of the known slots: ``queue, timestamp, offered[, answered, abandoned], handle_time_s``."""
        columns = {
            "offered": self.offered,
            "answered": self.answered,
            "abandoned": self.abandoned,
            "handle_time_s": self.handle_time_s,
        }
        frame = long_frame(self.grid, self.queues, {k: v for k, v in columns.items() if v is not None})
        return frame[frame["offered"].notna()].reset_index(drop=True)


@dataclass(frozen=True, eq=False)
class Forecast:
    """Calls and handle time expected per queue and slot, with quantiles.

    Parameters
    ----------
    origin : datetime
        What was known: slots that end at or before this instant.
    mean : array of float, shape (queues, slots)
        Expected calls; 0 while closed, the seen count in slots before `origin`.
    quantiles : array of float, shape (queues, slots, len(LEVELS))
        Non-decreasing along the last axis, never negative.
    handle_time_s : array of float, shape (queues, slots)
        Expected handle time, seconds, positive everywhere.
    open : array of bool, shape (queues, slots)
        Whether the queue is open.
    method : str
        What made it, for people.
    """

    queues: tuple[str, ...]
    grid: TimeGrid
    origin: datetime
    mean: FloatArray
    quantiles: FloatArray
    handle_time_s: FloatArray
    open: BoolArray
    method: str = ""

    def __post_init__(self) -> None:
        shape = (len(self.queues), self.grid.size)
        for name, dtype in (("mean", np.float64), ("handle_time_s", np.float64), ("open", np.bool_)):
            object.__setattr__(self, name, sealed(getattr(self, name), dtype, shape, name))
        object.__setattr__(self, "quantiles", sealed(self.quantiles, np.float64, (*shape, len(LEVELS)), "quantiles"))

    def to_frame(self) -> pd.DataFrame:
        """Long table of the open slots: ``queue, timestamp, mean, handle_time_s, q025, q05, q10 ... q95, q975``."""
        columns: dict[str, FloatArray | IntArray] = {"mean": self.mean, "handle_time_s": self.handle_time_s}
        columns |= {level_name(level): self.quantiles[:, :, k] for k, level in enumerate(LEVELS)}
        frame = long_frame(self.grid, self.queues, columns)
        return frame[self.open.ravel()].reset_index(drop=True)

    def on(self, grid: TimeGrid) -> "Forecast":
        """The forecast on another grid of its interval; slots that it does not speak of are closed."""
        here, there = grid.overlap(self.grid)
        shape = (len(self.queues), grid.size)
        arrays = {
            "mean": np.zeros(shape),
            "quantiles": np.zeros((*shape, self.quantiles.shape[-1])),
            "handle_time_s": np.ones(shape),
            "open": np.zeros(shape, dtype=np.bool_),
        }
        for name, values in arrays.items():
            values[:, here] = getattr(self, name)[:, there]
        return replace(self, grid=grid, **arrays)


@dataclass(frozen=True, eq=False)
class Requirement:
    """Agents needed per queue and slot, and the staffing curve: the service that n agents reach.

    The optimiser and the warnings look up the curve and never compute Erlang again.

    Parameters
    ----------
    on_phone : array of int, shape (queues, slots)
        Least agents on the phones that meet every target of the queue; 0 while closed.
    heads : array of int, shape (queues, slots)
        Agents to roster: ``ceil(on_phone / (1 - shrinkage))``, shrinkage counted once.
    calls, handle_time_s : array of float, shape (queues, slots)
        The demand it was computed from: calls per slot, seconds.
    curve_first : array of int, shape (queues, slots)
        Agents on the phones at the first point of the curve.
    curve : array of float, shape (queues, slots, points)
        Service level at ``curve_first + k`` agents on the phones, in [0, 1], non-decreasing.
    shrinkage : array of float, shape (queues, slots)
        Share of the rostered agents that is not on the phones, in [0, 1).
    binding : array of int, shape (queues, slots)
        Which target binds; index into `optimizer.staffing.pool.TARGETS`.
    method : str
    """

    queues: tuple[str, ...]
    grid: TimeGrid
    on_phone: IntArray
    heads: IntArray
    calls: FloatArray
    handle_time_s: FloatArray
    curve_first: IntArray
    curve: FloatArray
    shrinkage: FloatArray
    binding: IntArray
    method: str = ""
    origin: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape = (len(self.queues), self.grid.size)
        for name in ("on_phone", "heads", "curve_first", "binding"):
            object.__setattr__(self, name, sealed(getattr(self, name), np.int64, shape, name))
        for name in ("calls", "handle_time_s", "shrinkage"):
            object.__setattr__(self, name, sealed(getattr(self, name), np.float64, shape, name))
        points = np.shape(self.curve)[-1]
        object.__setattr__(self, "curve", sealed(self.curve, np.float64, (*shape, points), "curve"))

    def service(self, on_phone: FloatArray) -> FloatArray:
        """Service level reached by a head count on the phones, linear between whole heads; shape (queues, slots)."""
        points = self.curve.shape[-1]
        place = np.clip(np.asarray(on_phone, dtype=np.float64) - self.curve_first, 0, points - 1)
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, points - 1)
        pick = np.take_along_axis
        at_low = pick(self.curve, low[..., None], -1)[..., 0]
        at_high = pick(self.curve, high[..., None], -1)[..., 0]
        return at_low + (place - low) * (at_high - at_low)

    def to_frame(self) -> pd.DataFrame:
        """Long table ``queue, timestamp, calls, handle_time_s, on_phone, heads`` of the slots with calls or heads."""
        columns = {"calls": self.calls, "handle_time_s": self.handle_time_s, "on_phone": self.on_phone, "heads": self.heads}
        frame = long_frame(self.grid, self.queues, columns)
        return frame[(frame["calls"] > 0) | (frame["heads"] > 0)].reset_index(drop=True)

    def on(self, grid: TimeGrid) -> "Requirement":
        """The requirement on another grid of its interval; slots that it does not speak of need nobody."""
        shape = (len(self.queues), grid.size)
        none, zero = np.zeros(shape, dtype=np.int64), np.zeros(shape)
        fields = dict.fromkeys(("on_phone", "heads", "curve_first", "binding"), none) | dict.fromkeys(
            ("calls", "handle_time_s", "shrinkage"), zero
        )
        blank = replace(self, grid=grid, curve=np.ones((*shape, self.curve.shape[-1])), **fields)
        return blank.overlaid(self)

    def overlaid(self, newer: "Requirement") -> "Requirement":
        """The requirement with the slots of a newer one put over it."""
        here, there = self.grid.overlap(newer.grid)
        points = max(self.curve.shape[-1], newer.curve.shape[-1])
        fields: dict[str, FloatArray | IntArray] = {"curve": _with_points(self.curve, points)}
        fields["curve"][:, here] = _with_points(newer.curve, points)[:, there]
        for name in ("on_phone", "heads", "calls", "handle_time_s", "shrinkage", "curve_first", "binding"):
            fields[name] = getattr(self, name).copy()
            fields[name][:, here] = getattr(newer, name)[:, there]
        return replace(self, **fields)


def _with_points(curve: FloatArray, points: int) -> FloatArray:
    """A copy of a curve with more points: beyond its end the service stays what it is there."""
    return np.pad(curve, ((0, 0), (0, 0), (0, points - curve.shape[-1])), mode="edge")
