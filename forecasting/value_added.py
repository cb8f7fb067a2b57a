"""Whether the planner's overrides helped: the errors that each took away, or brought, once the calls have come.

Value added is error before less error after, so positive is good. The error is that of the mean, the figure that the planner
moved; beside it stands the pinball loss of the quantiles. Both are in calls, summed over slots.

References
----------
Fildes, Goodwin, Lawrence, Nikolopoulos (2009), Effective forecasting and judgmental adjustments, International Journal of
Forecasting 25, doi:10.1016/j.ijforecast.2008.11.010; Gilliland (2010), The Business Forecasting Deal (forecast value added).
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.demand import CallHistory, Forecast
from data.model.time import TimeGrid
from forecasting.overrides import Layer, Overridden, apply_overrides
from forecasting.score import LEADS, calls_that_came, score

MEASURES = ["slots", "calls", "error_below", "error_above", "value_added", "pinball_added", "against_machine", "pinball_against"]
"""Columns of a value added table that may be summed; all but ``slots`` in calls."""

KEYS = ["override", "author", "cause", "lead"]


def lead_of_slot(grid: TimeGrid, made_at: datetime) -> IntArray:
    """Bucket of `LEADS` of each slot of a grid for a figure made at an instant; shape (slots,)."""
    made_on: date = made_at.astimezone(ZoneInfo(grid.horizon.zone)).date()
    days = grid.day_of_slot - grid.horizon.index(made_on)
    return np.searchsorted([last for _, last in LEADS.values()], days)


def value_added(made: Overridden, history: CallHistory, counted: BoolArray | None = None) -> pd.DataFrame:
    """Value added of each override by lead time.

    Only slots whose calls are known and that had not begun when the override was entered are counted: hindsight earns nothing.

    Parameters
    ----------
    history : CallHistory
        A later one, which holds what came.
    counted : array of bool or None, shape (queues, slots)
        Slots to count; None = all.

    Returns
    -------
    Table ``override, author, cause, lead, slots, calls, error_below, error_above, value_added, pinball_added, against_machine,
    pinball_against``. ``error_below`` is the absolute error with the layers below the override, ``error_above`` with it too, and
    value_added the difference, so that the layers of a stack add up to the whole. ``against_machine`` is what it would have
    added as the only layer on the machine's forecast.
    """
    came = calls_that_came(made.machine, history)
    scored = ~np.isnan(came) if counted is None else counted & ~np.isnan(came)
    rows = [row for layer in made.layers for row in _rows(layer, made.machine, history, came, scored)]
    return pd.DataFrame(rows, columns=[*KEYS, *MEASURES]).astype(dict.fromkeys(MEASURES, float))


def _rows(
    layer: Layer, machine: Forecast, history: CallHistory, came: FloatArray, scored: BoolArray
) -> Iterable[dict[str, str | float]]:
    override = layer.override
    alone = apply_overrides(machine, [override], history).forecast
    lead = lead_of_slot(machine.grid, override.made_at)
    ahead = layer.touched & scored & (machine.grid.index >= pd.Timestamp(override.made_at))
    for k, name in enumerate(LEADS):
        slots = ahead & (lead == k)
        if slots.any():
            keys = {"override": override.id, "author": override.author, "cause": override.cause, "lead": name}
            yield keys | _measured(layer, machine, alone, came, slots)


def _measured(layer: Layer, machine: Forecast, alone: Forecast, came: FloatArray, slots: BoolArray) -> dict[str, float]:
    losses = {
        name: _losses(made, came, slots)
        for name, made in {"below": layer.below, "above": layer.above, "machine": machine, "alone": alone}.items()
    }
    added, against = losses["below"] - losses["above"], losses["machine"] - losses["alone"]
    values = (slots.sum(), came[slots].sum(), losses["below"][0], losses["above"][0], *added, *against)
    return dict(zip(MEASURES, map(float, values), strict=True))


def _losses(made: Forecast, came: FloatArray, slots: BoolArray) -> FloatArray:
    """Absolute error of the mean and pinball loss of a forecast, calls summed over slots; shape (2,)."""
    calls = came[slots]
    found = score(calls, made.mean[slots], made.quantiles[slots])
    return np.array([np.abs(calls - made.mean[slots]).sum(), found.pinball * found.count])


def summed(table: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """A value added table summed by some of its keys, e.g. ``author``; in the order of first appearance.

    ``share`` is the value added over the error that was there, at most 1.
    """
    total = table.groupby(list(keys), sort=False, as_index=False)[MEASURES].sum()
    return total.assign(share=total["value_added"] / total["error_below"].where(total["error_below"] > 0))
