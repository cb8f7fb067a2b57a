"""The planner's overrides laid over a forecast, one layer at a time; the machine's forecast stays visible under them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.demand import CallHistory, Forecast, long_frame
from data.model.errors import Finding, InvalidData
from data.model.override import Override, in_order
from data.model.time import DAY_MINUTES
from forecasting.days import day_table
from forecasting.quantiles import recentred


@dataclass(frozen=True, eq=False)
class Layer:
    """One override as it was applied.

    Parameters
    ----------
    touched : array of bool, shape (queues, slots)
        Slots that it speaks of: of its queues, in its range, open, not before the origin.
    below, above : Forecast
        The forecast under it and with it.
    """

    override: Override
    touched: BoolArray
    below: Forecast
    above: Forecast

    @property
    def effect(self) -> FloatArray:
        """Calls that it adds to the mean; shape (queues, slots)."""
        return self.above.mean - self.below.mean


@dataclass(frozen=True, eq=False)
class Overridden:
    """A forecast with the planner's layers over it.

    Parameters
    ----------
    machine : Forecast
        What the machine said, known events included.
    layers : tuple of Layer
        From the lowest to the highest; those switched off, and those whose slots are all past or closed, are left out.
    """

    machine: Forecast
    layers: tuple[Layer, ...] = ()

    @property
    def forecast(self) -> Forecast:
        """The forecast with every layer."""
        return self.layers[-1].above if self.layers else self.machine

    @property
    def overrides(self) -> tuple[Override, ...]:
        """The overrides that were applied, in order."""
        return tuple(layer.override for layer in self.layers)

    def to_frame(self) -> pd.DataFrame:
        """Long table of the open slots: ``queue, timestamp, machine, effect_<id of each override>, mean``; calls."""
        columns: dict[str, FloatArray | IntArray] = {"machine": self.machine.mean}
        columns |= {f"effect_{layer.override.id}": layer.effect for layer in self.layers}
        columns["mean"] = self.forecast.mean
        frame = long_frame(self.machine.grid, self.machine.queues, columns)
        return frame[self.machine.open.ravel()].reset_index(drop=True)


def apply_overrides(machine: Forecast, overrides: Sequence[Override], history: CallHistory | None = None) -> Overridden:
    """The forecast with each active override laid over it in order.

    Only open slots that begin in the range of an override, and not before the one that holds the origin, change. When the mean
    moves, the quantiles move with it as they do for an event: Poisson noise of the new mean, the rest in proportion. So ``set``
    keeps the uncertainty of the machine: that a planner names a figure does not make the day surer (house choice). ``min`` and
    ``max`` clip the mean and the quantiles.

    Parameters
    ----------
    history : CallHistory or None
        Where days to copy are looked up; what was not complete at the origin is not seen.

    Raises
    ------
    InvalidData
        With every override of an unknown queue, and every day to copy of which nothing is known.
    """
    active = [override for override in in_order(tuple(overrides)) if override.active]
    _check_queues(machine, active)
    spoken = [(override, touched) for override in active if (touched := _touched(machine, override)).any()]
    copies = [_copied(override, machine, history) if override.kind == "copied_day" else None for override, _ in spoken]
    _check_copies(machine, [(o, copied) for (o, _), copied in zip(spoken, copies, strict=True) if copied is not None])
    below, layers = machine, list[Layer]()
    for (override, touched), copied in zip(spoken, copies, strict=True):
        layers.append(Layer(override, touched, below, _laid(below, override, touched, copied)))
        below = layers[-1].above
    return Overridden(machine, tuple(layers))


def _check_queues(machine: Forecast, overrides: Sequence[Override]) -> None:
    expected = f"one of {', '.join(machine.queues)}, or nothing for all"
    findings = [
        Finding("overrides.csv", None, "queues", repr(queue), expected, f"correct override {override.id!r}")
        for override in overrides
        for queue in override.queues
        if queue not in machine.queues
    ]
    if findings:
        raise InvalidData(findings)


def _check_copies(machine: Forecast, copies: Sequence[tuple[Override, FloatArray]]) -> None:
    expected = {"history": "a day with known calls before the origin", "forecast": "an open day of the forecast"}
    findings = [
        Finding("overrides.csv", None, "copy_day", str(o.copy_day), expected[o.copy_from], f"correct override {o.id!r}")
        for o, copied in copies
        if np.isnan(copied[_chosen(machine, o)[:, 0]]).all()
    ]
    if findings:
        raise InvalidData(findings)


def _touched(machine: Forecast, override: Override) -> BoolArray:
    """Slots that an override speaks of; shape (queues, slots)."""
    begin = machine.grid.index
    inside = (begin >= pd.Timestamp(override.start)) & (begin < pd.Timestamp(override.end))
    ahead = np.arange(machine.grid.size) >= machine.grid.slot(machine.origin)
    return machine.open & _chosen(machine, override) & inside & ahead


def _chosen(machine: Forecast, override: Override) -> BoolArray:
    """Queues that an override speaks of; shape (queues, 1)."""
    return np.array([[not override.queues or queue in override.queues] for queue in machine.queues])


def _laid(below: Forecast, override: Override, touched: BoolArray, copied: FloatArray | None) -> Forecast:
    """The forecast with one layer more."""
    wanted = copied if copied is not None else _wanted(override, below, touched)
    mean = np.where(touched & ~np.isnan(wanted), np.maximum(wanted, 0), below.mean)
    quantiles = below.quantiles.copy()
    if override.kind in ("min", "max"):
        quantiles[touched] = _clipped(override, quantiles[touched])
    else:
        moved = mean != below.mean
        quantiles[moved] = recentred(quantiles[moved], below.mean[moved], mean[moved])
    return replace(below, mean=mean, quantiles=quantiles)


def _wanted(override: Override, below: Forecast, touched: BoolArray) -> FloatArray:
    """Mean that an override asks for; only that of the touched slots is meant."""
    value, mean = override.value or 0.0, below.mean
    match override.kind:
        case "percent":
            return mean * (1 + value / 100)
        case "absolute":
            return mean + value
        case "set":
            return np.full_like(mean, value)
        case "daily_total":
            return _spread(override, below, touched)
        case _:
            return _clipped(override, mean)


def _clipped(override: Override, calls: FloatArray) -> FloatArray:
    value = override.value or 0.0
    return np.maximum(calls, value) if override.kind == "min" else np.minimum(calls, value)


def _spread(override: Override, below: Forecast, touched: BoolArray) -> FloatArray:
    """Mean with each day's total as asked for, spread by the shape under it; evenly where no call is expected.

    What the other slots of its queues bring that day, those already past above all, counts towards the total.
    """
    wanted = below.mean.copy()
    chosen = _chosen(below, override)
    for day in np.unique(below.grid.day_of_slot[touched.any(axis=0)]):
        same_day: BoolArray = below.grid.day_of_slot == day
        own = touched & same_day
        rest = max((override.value or 0.0) - float(below.mean[chosen & same_day & ~touched].sum()), 0.0)
        shape = below.mean[own]
        wanted[own] = rest * (shape / shape.sum() if shape.sum() > 0 else 1 / len(shape))
    return wanted


def _copied(override: Override, machine: Forecast, history: CallHistory | None) -> FloatArray:
    """Calls of the day to copy at the same time of day; NaN where it says nothing; shape (queues, slots)."""
    cell = machine.grid.wall_minute // machine.grid.minutes
    by_cell = _expected(override, machine, cell) if override.copy_from == "forecast" else _came(override, machine, history)
    return by_cell[:, cell]


def _blank(machine: Forecast) -> FloatArray:
    return np.full((len(machine.queues), DAY_MINUTES // machine.grid.minutes), np.nan)


def _expected(override: Override, machine: Forecast, cell: IntArray) -> FloatArray:
    """What the machine expects of the day; shape (queues, cells)."""
    by_cell = _blank(machine)
    there = np.array([day == override.copy_day for day in machine.grid.horizon.dates])[machine.grid.day_of_slot]
    by_cell[:, cell[there]] = np.where(machine.open, machine.mean, np.nan)[:, there]
    return by_cell


def _came(override: Override, machine: Forecast, history: CallHistory | None) -> FloatArray:
    """What came on the day, as far as it was known at the origin; shape (queues, cells)."""
    by_cell = _blank(machine)
    if history is None or override.copy_day is None:
        return by_cell
    known = history.before(machine.origin)
    for q, queue in enumerate(machine.queues):
        if queue in history.queues:
            by_cell[q] = day_table(known, history.queues.index(queue), machine.grid.minutes).row(override.copy_day)
    return by_cell
