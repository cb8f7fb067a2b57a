"""Capacity warnings: where and how surely the agents available will not do, days ahead.

Two chances, never mixed. That the *expected* service of a slot falls below its target is forecast risk only, and what the
levels stand on. That the slot *itself* realises less adds the luck of the queue (`optimizer.staffing.realised`): a slot
planned at exactly 80 % misses it two times in five. The uncertainty of the handle time is in neither.

The quantiles of the forecast are those of a count. Both chances need the call rate behind it, so the Poisson noise is taken
out first (`rate_quantiles`); with it the chance of a small queue would lean towards one half.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from scipy.special import ndtr, ndtri

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.centre import Queue
from data.model.demand import LEVELS, Forecast, Requirement
from data.model.errors import Finding, InvalidData
from data.model.response import CapacityWarning, WarningLadder, WarningLevel
from data.model.time import TimeGrid
from optimizer.response.wording import warning_message
from optimizer.staffing.queueing import largest_rate
from optimizer.staffing.realised import NODES, realised_miss_chance

PROBITS = ndtri(np.array(LEVELS))
MEDIAN = LEVELS.index(0.5)

SHARES = np.diff(np.concatenate([[0.0], 0.5 * (np.array(LEVELS)[1:] + np.array(LEVELS)[:-1]), [1.0]]))
"""Probability that each quantile stands for, in moments."""

NORMAL_VARIANCE = float(np.sum(SHARES * PROBITS**2))
"""Variance that `SHARES` give a standard normal, whose tails they cut."""


@dataclass(frozen=True, eq=False)
class Outlook:
    """How each queue and slot stands; every array has shape (queues, slots) and is 0 where `live` is False.

    Parameters
    ----------
    live : array of bool
        Open, and not before the origin of the forecast.
    on_phones : array of float
        Agents on the phones: available x (1 - shrinkage).
    chance : array of float
        Chance that expected service misses its target.
    chance_realised : array of float
        Chance that the slot itself misses its target.
    missing : array of float
        Agents on the phones missing at the mean forecast.
    need : array of float
        Required over available agents on the phones; inf where nobody is available.
    lost : array of float
        Mean calls x what expected service lacks to the target.
    """

    live: BoolArray
    on_phones: FloatArray
    chance: FloatArray
    chance_realised: FloatArray
    missing: FloatArray
    need: FloatArray
    lost: FloatArray


def rate_quantiles(quantiles: FloatArray) -> FloatArray:
    """Quantiles of the call rate, in calls per slot, behind the quantiles of a count.

    A count varies by its mean even at a known rate. The quantiles draw near their mean by the ratio of the standard
    deviations without and with that noise; where a count varies less than a Poisson count they fall together. Mean and shape
    are kept: the median of a small count, a whole number, lies up to a fifth beside its mean.

    Parameters
    ----------
    quantiles : array of float, shape (..., len(LEVELS))

    References
    ----------
    House choice; Var N = E[rate] + Var[rate] of a mixed Poisson count.
    """
    mean = np.sum(SHARES * quantiles, axis=-1)
    variance = np.sum(SHARES * (quantiles - mean[..., None]) ** 2, axis=-1) / NORMAL_VARIANCE
    left = np.maximum(variance - mean, 0.0)
    ratio = np.sqrt(np.divide(left, variance, out=np.zeros_like(mean), where=left > 0))
    return mean[..., None] + ratio[..., None] * (quantiles - mean[..., None])


def rates_at(quantiles: FloatArray, probits: FloatArray) -> FloatArray:
    """Inverse of `exceedance`: values of the distribution at standard normal quantiles.

    Parameters
    ----------
    quantiles : array of float, shape (..., len(LEVELS))
    probits : array of float, shape (n,)

    Returns
    -------
    array of float, shape (..., n)
        Not negative.
    """
    upper = np.searchsorted(PROBITS, probits, side="right")
    low, high = _around(upper)
    share = (probits - PROBITS[low]) / (PROBITS[high] - PROBITS[low])
    knots = np.log1p(quantiles)
    return np.maximum(np.expm1(knots[..., low] + share * (knots[..., high] - knots[..., low])), 0.0)


def _around(upper: IntArray) -> tuple[IntArray, IntArray]:
    """The two levels that the distribution runs straight between, by the number of levels below a point."""
    last = len(LEVELS) - 1
    return np.where(upper == 0, 0, np.where(upper > last, MEDIAN, upper - 1)), np.where(upper == 0, MEDIAN, np.minimum(upper, last))


def exceedance(calls: FloatArray, quantiles: FloatArray) -> FloatArray:
    """Chance that the forecast exceeds a number of calls.

    The distribution runs monotonically through the quantiles, straight in probit against log(1 + calls); beyond the outer
    levels it goes on as the lognormal through the median and the outer quantile.

    Parameters
    ----------
    calls : array of float, shape (...)
        Calls per slot, not negative.
    quantiles : array of float, shape (..., len(LEVELS))

    References
    ----------
    House choice; within .019 of brute force with a lognormal rate over 100 cells.
    """
    knots, x = np.log1p(quantiles), np.log1p(calls)
    upper = np.sum(quantiles <= calls[..., None], axis=-1)
    low, high = _around(upper)
    left, right = _at(knots, low), _at(knots, high)
    width = np.where(right > left, right - left, 1.0)
    # a tail without width is a step: all or nothing lies beyond it
    step = np.where(upper == 0, -np.inf, np.inf)
    probit = np.where(right > left, PROBITS[low] + (x - left) / width * (PROBITS[high] - PROBITS[low]), step)
    return np.where((upper == 0) & (calls <= 0), 1.0, ndtr(-probit))


def _at(knots: FloatArray, index: IntArray) -> FloatArray:
    return np.take_along_axis(knots, index[..., None], axis=-1)[..., 0]


def bearable_calls(queue: Queue, on_phones: FloatArray, handle_time_s: FloatArray, minutes: int) -> FloatArray:
    """Most calls in a slot of so many minutes that agents on the phones answer within the target of the queue."""
    return largest_rate(on_phones, handle_time_s, queue.staffing_patience_s, queue.target) * (60 * minutes)


def live_slots(forecast: Forecast) -> BoolArray:
    """Slots that are open and not before the origin of the forecast; shape (queues, slots)."""
    return forecast.open & (np.arange(forecast.grid.size) >= forecast.grid.slot(forecast.origin))


def capacity_chances(forecast: Forecast, requirement: Requirement, available: FloatArray, queues: Sequence[Queue]) -> FloatArray:
    """Chance per queue and slot that expected service falls below its target.

    Expected service falls when calls rise, so the largest call rate that the agents bear is found once and the chance is
    one minus the forecast's distribution there. Handle time stands at its forecast; its uncertainty is left out.

    Parameters
    ----------
    forecast : Forecast
    requirement : Requirement
        On the grid of the forecast; its shrinkage is used.
    available : array of float, shape (queues, slots)
        Agents rostered to each queue, before shrinkage.
    queues : sequence of Queue
        In the order of the forecast.

    Returns
    -------
    array of float, shape (queues, slots)
        In [0, 1]; 0 while closed and before the origin of the forecast.

    Raises
    ------
    InvalidData
        If queues, grids or shapes do not fit together, or `available` holds a negative or unknown number.
    """
    return _everywhere(chances_at, forecast, requirement, available, queues)


def realised_chances(forecast: Forecast, requirement: Requirement, available: FloatArray, queues: Sequence[Queue]) -> FloatArray:
    """Chance per queue and slot that the slot itself falls below its target; all as in `capacity_chances`."""
    return _everywhere(realised_chances_at, forecast, requirement, available, queues)


def _everywhere(
    chances_of: Callable[[Forecast, Requirement, Queue, IntArray, FloatArray], FloatArray],
    forecast: Forecast,
    requirement: Requirement,
    available: FloatArray,
    queues: Sequence[Queue],
) -> FloatArray:
    """One kind of chance at every live slot of every queue."""
    check_fit(forecast, requirement, available, queues)
    chances, live = np.zeros(available.shape), live_slots(forecast)
    for row, queue in enumerate(queues):
        slots = np.flatnonzero(live[row])
        chances[row, slots] = chances_of(forecast, requirement, queue, slots, available[row, slots])
    return chances


def chances_at(forecast: Forecast, requirement: Requirement, queue: Queue, slots: IntArray, available: FloatArray) -> FloatArray:
    """Chance of one queue at open slots (repeats allowed) with so many agents available; shape as `slots`."""
    row = forecast.queues.index(queue.id)
    on_phones = available * (1.0 - requirement.shrinkage[row, slots])
    calls = bearable_calls(queue, on_phones, forecast.handle_time_s[row, slots], forecast.grid.minutes)
    return exceedance(calls, rate_quantiles(forecast.quantiles[row, slots]))


def realised_chances_at(
    forecast: Forecast, requirement: Requirement, queue: Queue, slots: IntArray, available: FloatArray
) -> FloatArray:
    """Chance of one queue that open slots themselves miss the target; parameters as in `chances_at`."""
    row, slot_s = forecast.queues.index(queue.id), 60.0 * forecast.grid.minutes
    on_phones = available * (1.0 - requirement.shrinkage[row, slots])
    rates = rates_at(rate_quantiles(forecast.quantiles[row, slots]), NODES) / slot_s
    patience = np.full(slots.size, queue.staffing_patience_s)
    return realised_miss_chance(on_phones, rates, forecast.handle_time_s[row, slots], patience, slot_s, queue.target)


def outlook(forecast: Forecast, requirement: Requirement, available: FloatArray, queues: Sequence[Queue]) -> Outlook:
    """All signals of all queues and slots; parameters as in `capacity_chances`."""
    chance = capacity_chances(forecast, requirement, available, queues)
    realised = realised_chances(forecast, requirement, available, queues)
    live, on_phones = live_slots(forecast), available * (1.0 - requirement.shrinkage)
    required = np.where(live, requirement.on_phone, 0)
    need = np.divide(required, on_phones, out=np.where(required > 0, np.inf, 0.0), where=on_phones > 0)
    target = np.array([[queue.target.service_level] for queue in queues])
    lost = np.where(live, forecast.mean * np.maximum(0.0, target - requirement.service(on_phones)), 0.0)
    return Outlook(live, on_phones * live, chance, realised, np.maximum(0.0, required - on_phones), need, lost)


def slot_levels(view: Outlook, grid: TimeGrid, now: datetime, ladder: WarningLadder) -> IntArray:
    """Level of every slot: the higher of what chance and need say, lowered to what may be raised so far ahead.

    Slots that ended by `now` have no level; the running one has.
    """
    by_chance = np.searchsorted(ladder.chance, view.chance, side="right")
    by_need = np.searchsorted(ladder.need, view.need, side="left")
    hours = (grid.horizon.start.timestamp() - now.timestamp()) / 3600 + np.arange(grid.size) * (grid.minutes / 60)
    allowed = np.sum(hours[:, None] <= np.array(ladder.look_ahead_hours), axis=1)
    levels = np.minimum(np.maximum(by_chance, by_need), allowed)
    return np.where(view.live & (np.arange(grid.size) >= grid.slot(now)), levels, 0)


def stretches(levels: IntArray, live: BoolArray, min_intervals: int) -> Iterator[tuple[int, int, WarningLevel]]:
    """Stretches ``[first, end)`` of one queue with a level, and the highest level that stands `min_intervals` in a row.

    A single calm slot between two with a level does not end a stretch; a closed one does.
    """
    warned = levels > 0
    dip = np.zeros_like(warned)
    dip[1:-1] = live[1:-1] & ~warned[1:-1] & warned[:-2] & warned[2:]
    for first, end in runs(warned | dip):
        stands = [level for level in WarningLevel if level and _longest(levels[first:end] >= level) >= min_intervals]
        if stands:
            yield first, end, max(stands)


def runs(flags: BoolArray) -> list[tuple[int, int]]:
    """Half-open runs of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int64), [0]])))
    return [(int(first), int(end)) for first, end in zip(edges[::2], edges[1::2], strict=True)]


def _longest(flags: BoolArray) -> int:
    return max((end - first for first, end in runs(flags)), default=0)


def worst_slot(chance: FloatArray, missing: FloatArray, slots: IntArray) -> int:
    """The one of the slots of a queue with the highest chance, then the most missing agents, then the earliest."""
    return int(slots[np.lexsort((slots, -missing[slots], -chance[slots]))[0]])


def warnings(
    forecast: Forecast,
    requirement: Requirement,
    available: FloatArray,
    queues: Sequence[Queue],
    *,
    now: datetime,
    ladder: WarningLadder | None = None,
) -> tuple[CapacityWarning, ...]:
    """Foreseen gaps, the highest level first, then by time, then in the order of the queues.

    Parameters
    ----------
    forecast, requirement, available, queues
        As in `capacity_chances`.
    now : datetime
        Slots that ended by then raise nothing; look-ahead counts from it.
    ladder : WarningLadder or None
        None = the house ladder.

    Raises
    ------
    InvalidData
        As in `capacity_chances`.

    References
    ----------
    House choice: levels of the Emergency Response Law (2024) art. 63 on the ladder of `WarningLadder`.
    """
    rungs = ladder or WarningLadder()
    view = outlook(forecast, requirement, available, queues)
    levels = slot_levels(view, forecast.grid, now, rungs)
    found = [
        _warning(view, forecast.grid, queue, row, stretch)
        for row, queue in enumerate(queues)
        for stretch in stretches(levels[row], view.live[row], rungs.min_intervals)
    ]
    return tuple(sorted(found, key=lambda warning: (-warning.level, warning.start)))


def _warning(view: Outlook, grid: TimeGrid, queue: Queue, row: int, stretch: tuple[int, int, WarningLevel]) -> CapacityWarning:
    first, end, level = stretch
    at = (row, slice(first, end))
    numbers = {
        "chance": float(view.chance[at].max()),
        "chance_realised": float(view.chance_realised[at].max()),
        "missing_heads": float(view.missing[at].max()),
        "need_over_capacity": float(view.need[at].max()),
        "lost_calls": float(view.lost[at].sum()),
    }
    span = (instant(grid, first), instant(grid, end))
    worst = instant(grid, worst_slot(view.chance[row], view.missing[row], np.arange(first, end)))
    en, zh = (warning_message(queue, level, span, tongue, **numbers) for tongue in ("en", "zh"))
    return CapacityWarning(queue.id, level, *span, worst, **numbers, message=en, message_zh=zh)


def instant(grid: TimeGrid, slot: int) -> datetime:
    """Start of a slot, in the zone of the grid; the end of the grid for ``slot == size``."""
    return grid.index[slot].to_pydatetime() if slot < grid.size else grid.horizon.end


def check_fit(forecast: Forecast, requirement: Requirement, available: FloatArray, queues: Sequence[Queue]) -> None:
    """Raise `InvalidData` with everything that does not fit together."""
    names, shape = tuple(queue.id for queue in queues), (len(forecast.queues), forecast.grid.size)
    pairs = [
        ("queues", names, forecast.queues),
        ("requirement.queues", requirement.queues, forecast.queues),
        ("requirement.grid", requirement.grid, forecast.grid),
        ("available (shape)", np.shape(available), shape),
    ]
    findings = [Finding(where, None, None, str(read), str(wanted)) for where, read, wanted in pairs if read != wanted]
    wrong = ~(np.asarray(available) >= 0) | ~np.isfinite(available)
    for row in np.flatnonzero(wrong.any(axis=-1)):
        slot = int(np.argmax(wrong[row]))
        read = f"{available[row, slot]} and {wrong[row].sum() - 1} more"
        findings.append(Finding("available", int(row), f"slot {slot}", read, "a number of agents, not negative"))
    if findings:
        raise InvalidData(findings)
