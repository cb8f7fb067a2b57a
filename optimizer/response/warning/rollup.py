"""Warnings of a day together: each project's, and each region's by its share of the calls."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from data.model.base import BoolArray, FloatArray
from data.model.centre import Centre
from data.model.demand import Forecast, Requirement
from data.model.response import CapacityWarning, WarningLevel
from optimizer.response.warning.warn import lost_calls, missing_heads

Scope = Literal["project", "region"]


@dataclass(frozen=True, slots=True)
class _Part:
    """A project or a region, and the share of each queue's calls that is its own."""

    scope: Scope
    id: str
    shares: dict[str, float]


@dataclass(frozen=True, slots=True)
class WarnedDay:
    """What the warnings of a day say of a project or a region.

    Parameters
    ----------
    level : WarningLevel
        The highest.
    missing_hours : float
        Agent-hours missing on the phones in the stretches warned of; of a region its share of the calls of each queue.
    lost_calls : float
        Likewise.
    warnings : int
        How many touch the day.
    """

    scope: Scope
    id: str
    day: date
    level: WarningLevel
    missing_hours: float
    lost_calls: float
    warnings: int


def warned_days(
    warnings: Sequence[CapacityWarning], forecast: Forecast, requirement: Requirement, available: FloatArray, centre: Centre
) -> tuple[WarnedDay, ...]:
    """Days with warnings of each project and each region, by day.

    Parameters
    ----------
    forecast, requirement, available
        Those that the warnings were made from.
    """
    queues = [centre.queue(name) for name in forecast.queues]
    phones = available * (1.0 - requirement.shrinkage)
    figures = missing_heads(requirement, phones), lost_calls(forecast, requirement, phones, queues)
    projects = dict.fromkeys(queue.project for queue in queues)
    parts = [_Part("project", name, {queue.id: 1.0 for queue in queues if queue.project == name}) for name in projects]
    parts += [_Part("region", region.id, region.shares) for region in centre.regions]
    found = [row for part in parts for row in _days(part, warnings, forecast, figures)]
    return tuple(sorted(found, key=lambda row: (row.day, row.scope)))


def _days(
    part: _Part, warnings: Sequence[CapacityWarning], forecast: Forecast, figures: tuple[FloatArray, FloatArray]
) -> Iterator[WarnedDay]:
    grid = forecast.grid
    own = [(one, _slots(one, forecast)) for one in warnings if one.queue in part.shares]
    share = np.array([[part.shares.get(queue, 0.0)] for queue in forecast.queues])
    for d, day in enumerate(grid.horizon.dates):
        touching = [(one, slots & (grid.day_of_slot == d)) for one, slots in own if slots[grid.day_of_slot == d].any()]
        if touching:
            marked = np.zeros((len(forecast.queues), grid.size), dtype=np.bool_)
            for one, slots in touching:
                marked[forecast.queues.index(one.queue)] |= slots
            missing, lost = (float((values * marked * share).sum()) for values in figures)
            level = max(one.level for one, _ in touching)
            yield WarnedDay(part.scope, part.id, day, level, missing * grid.minutes / 60, lost, len(touching))


def _slots(warning: CapacityWarning, forecast: Forecast) -> BoolArray:
    """Slots of a warning; shape (slots,)."""
    slots, grid = np.zeros(forecast.grid.size, dtype=np.bool_), forecast.grid
    for start, end in warning.spans:
        slots[grid.slot(start) : grid.slot(end)] = True
    return slots
