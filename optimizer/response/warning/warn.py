"""Capacity warnings: where and how surely the agents available will not do, days ahead.

Two chances, never mixed. That the *expected* service of a slot falls below its target is forecast risk only, and what the
levels stand on. That the slot *itself* realises less adds the luck of the queue (`optimizer.staffing.realised`): a slot
planned at exactly 80 % misses it two times in five. The uncertainty of the handle time is in neither.

Beside chance and need the last intervals and signals heard raise levels (`optimizer.response.warning.live`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.centre import Queue
from data.model.demand import Forecast, Requirement
from data.model.errors import Finding, InvalidData
from data.model.response import CapacityWarning, Ladder, Reason, StandsOn, WarningLadder, WarningLevel
from data.model.time import TimeGrid
from optimizer.response.warning.distribution import exceedance, rate_quantiles, rates_at
from optimizer.response.warning.wording import grounds_text, warning_message, when
from optimizer.staffing.queueing import largest_rate
from optimizer.staffing.realised import NODES, realised_miss_chance


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


def realised_chances(
    forecast: Forecast, requirement: Requirement, available: FloatArray, queues: Sequence[Queue], *, at: BoolArray | None = None
) -> FloatArray:
    """Chance per queue and slot that the slot itself falls below its target; all as in `capacity_chances`.

    Parameters
    ----------
    at : array of bool, shape (queues, slots), or None
        Where it is computed, 0 elsewhere; None = everywhere.
    """
    return _everywhere(realised_chances_at, forecast, requirement, available, queues, at)


def _everywhere(
    chances_of: Callable[[Forecast, Requirement, Queue, IntArray, FloatArray], FloatArray],
    forecast: Forecast,
    requirement: Requirement,
    available: FloatArray,
    queues: Sequence[Queue],
    at: BoolArray | None = None,
) -> FloatArray:
    """One kind of chance at every live slot of every queue, or at some of them."""
    check_fit(forecast, requirement, available, queues)
    chances, live = np.zeros(available.shape), live_slots(forecast) & (True if at is None else at)
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


def outlook(
    forecast: Forecast,
    requirement: Requirement,
    available: FloatArray,
    queues: Sequence[Queue],
    *,
    realised_at: BoolArray | None = None,
) -> Outlook:
    """All signals of all queues and slots; parameters as in `capacity_chances`.

    Parameters
    ----------
    realised_at : array of bool, shape (queues, slots), or None
        Where the chance of the slot itself, which costs most, is computed; None = everywhere.
    """
    chance = capacity_chances(forecast, requirement, available, queues)
    realised = realised_chances(forecast, requirement, available, queues, at=realised_at)
    live, on_phones = live_slots(forecast), available * (1.0 - requirement.shrinkage)
    required = np.where(live, requirement.on_phone, 0)
    need = np.divide(required, on_phones, out=np.where(required > 0, np.inf, 0.0), where=on_phones > 0)
    missing, lost = missing_heads(requirement, on_phones), lost_calls(forecast, requirement, on_phones, queues)
    return Outlook(live, on_phones * live, chance, realised, missing * live, need, lost * live)


def missing_heads(requirement: Requirement, on_phones: FloatArray) -> FloatArray:
    """Agents on the phones missing at the mean forecast; shape (queues, slots)."""
    return np.maximum(0.0, requirement.on_phone - on_phones)


def lost_calls(forecast: Forecast, requirement: Requirement, on_phones: FloatArray, queues: Sequence[Queue]) -> FloatArray:
    """Mean calls x what expected service lacks to the target; shape (queues, slots)."""
    target = np.array([[queue.target.service_level] for queue in queues])
    return forecast.mean * np.maximum(0.0, target - requirement.service(on_phones))


def slot_levels(view: Outlook, grid: TimeGrid, now: datetime, ladder: WarningLadder, *, held: IntArray | None = None) -> IntArray:
    """Level of every slot: the higher of what chance and need say, lowered to what may be raised so far ahead.

    Slots that ended by `now` have no level; the running one has. Far ahead only levels that last have one.

    Parameters
    ----------
    held : array of int, shape (queues, slots), or None
        Levels that stand since earlier looks: they stay while chance or need are not below their rung by its margin.
    """
    levels = _rungs(view, ladder.chance, ladder.need, ladder.least_missing)
    if held is not None:
        levels = np.maximum(levels, np.minimum(_rungs(view, *ladder.staying, ladder.least_missing - 1), held))
    hours = (grid.horizon.start.timestamp() - now.timestamp()) / 3600 + np.arange(grid.size) * (grid.minutes / 60)
    allowed = np.sum(hours[:, None] <= np.array(ladder.look_ahead_hours), axis=1)
    live = view.live & (np.arange(grid.size) >= grid.slot(now))
    return _lasting(np.where(live, np.minimum(levels, allowed), 0), hours > ladder.far_hours, ladder.far_intervals)


def _rungs(view: Outlook, chance: Ladder, need: Ladder, least_missing: float) -> IntArray:
    """Level that chance and need reach on rungs."""
    by_chance = np.searchsorted(chance, view.chance, side="right")
    return np.maximum(by_chance, np.searchsorted(need, _counted(view, least_missing), side="left"))


def _counted(view: Outlook, least_missing: float) -> FloatArray:
    """Need over capacity where so many heads are missing that it counts, else 0: in a small slot one head is a large ratio."""
    return np.where(view.missing >= least_missing, view.need, 0.0)


def _lasting(levels: IntArray, far: BoolArray, least: int) -> IntArray:
    """Levels without the runs that begin far ahead and are shorter than so many slots."""
    for row in levels:
        for first, end in runs(row > 0):
            if far[first] and end - first < least:
                row[first:end] = 0
    return levels


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
    held: IntArray | None = None,
    reasons: Sequence[Reason] = (),
    outlined: BoolArray | None = None,
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
    held : array of int, shape (queues, slots), or None
        As in `slot_levels`.
    reasons : sequence of Reason
        What the last intervals and the signals heard raise beside chance and need; a level stands in the stretch of its reason.
    outlined : array of bool, shape (slots,), or None
        Slots in which `available` is no roster's; None = none.

    Raises
    ------
    InvalidData
        As in `capacity_chances`.

    References
    ----------
    House choice: levels of the Emergency Response Law (2024) art. 63 on the ladder of `WarningLadder`.
    """
    rungs, nothing = ladder or WarningLadder(), np.zeros(np.shape(available), dtype=np.bool_)
    view = outlook(forecast, requirement, available, queues, realised_at=nothing)
    levels = slot_levels(view, forecast.grid, now, rungs, held=held)
    levels = np.maximum(levels, _told(reasons, forecast, view.live, now, rungs.min_intervals))
    spans = [
        (row, stretch) for row in range(len(queues)) for stretch in stretches(levels[row], view.live[row], rungs.min_intervals)
    ]
    for row, (first, end, _) in spans:
        nothing[row, first:end] = True
    view = replace(view, chance_realised=realised_chances(forecast, requirement, available, queues, at=nothing))
    plain = np.zeros(forecast.grid.size, dtype=np.bool_) if outlined is None else outlined
    grounds: list[StandsOn] = ["outline" if plain[stretch[0] : stretch[1]].any() else "roster" for _, stretch in spans]
    found = [
        _warning(view, forecast.grid, queues[row], row, stretch, rungs, reasons, ground)
        for (row, stretch), ground in zip(spans, grounds, strict=True)
    ]
    return tuple(sorted(found, key=lambda warning: (-warning.level, warning.start)))


def _told(reasons: Sequence[Reason], forecast: Forecast, live: BoolArray, now: datetime, least: int) -> IntArray:
    """Levels that reasons beside chance and need give to slots from now on, each for `least` slots at least."""
    levels, grid = np.zeros(live.shape, dtype=np.int64), forecast.grid
    for reason in reasons:
        first, end = max(grid.slot(reason.start), grid.slot(now), 0), grid.slot(reason.end - timedelta(minutes=1)) + 1
        if end > first:
            part = levels[forecast.queues.index(reason.queue), first : max(end, first + least)]
            np.maximum(part, reason.level, out=part)
    return np.where(live, levels, 0)


def _warning(
    view: Outlook,
    grid: TimeGrid,
    queue: Queue,
    row: int,
    stretch: tuple[int, int, WarningLevel],
    ladder: WarningLadder,
    reasons: Sequence[Reason],
    stands_on: StandsOn,
) -> CapacityWarning:
    first, end, level = stretch
    at = (row, slice(first, end))
    chance, realised, missing, need = (
        float(values[at].max()) for values in (view.chance, view.chance_realised, view.missing, view.need)
    )
    lost, hours = float(view.lost[at].sum()), float(view.missing[at].sum()) * grid.minutes / 60
    span = (instant(grid, first), instant(grid, end))
    worst = instant(grid, worst_slot(view.chance[row], view.missing[row], np.arange(first, end)))
    counted = float(_counted(view, ladder.least_missing)[at].max())
    raised = (*_foreseen(queue, level, span, ladder, chance, counted), *_heard(queue, span, reasons))
    known = tuple(sorted(raised, key=lambda one: -one.level)) or (_still(queue, level, span, ladder, chance),)
    numbers = {"chance": chance, "chance_realised": realised, "missing_heads": missing, "need_over_capacity": need}
    en, zh = (
        warning_message(queue, level, when(span), tongue, **numbers, lost_calls=lost) + grounds_text(known, stands_on, tongue)
        for tongue in ("en", "zh")
    )
    figures = (chance, realised, missing, need, lost)
    return CapacityWarning(queue.id, level, *span, worst, *figures, en, zh, queue.project, hours, stands_on, known)


def _foreseen(
    queue: Queue, level: WarningLevel, span: tuple[datetime, datetime], ladder: WarningLadder, chance: float, need: float
) -> Iterator[Reason]:
    """Which rungs of the look ahead a warning stands on, none of them above its level."""
    by_chance = min(int(np.searchsorted(ladder.chance, chance, side="right")), level)
    by_need = min(int(np.searchsorted(ladder.need, need, side="left")), level)
    if by_chance:
        yield Reason("chance", "chance", queue.id, WarningLevel(by_chance), chance, ladder.chance[by_chance - 1], *span)
    if by_need:
        yield Reason("need", "need", queue.id, WarningLevel(by_need), need, ladder.need[by_need - 1], *span)


def _heard(queue: Queue, span: tuple[datetime, datetime], reasons: Sequence[Reason]) -> Iterator[Reason]:
    """What was measured or heard that touches a warning."""
    return (one for one in reasons if one.queue == queue.id and one.start < span[1] and span[0] < one.end)


def _still(queue: Queue, level: WarningLevel, span: tuple[datetime, datetime], ladder: WarningLadder, chance: float) -> Reason:
    """That a level stands only because it is not below its rung by the margin."""
    return Reason("chance_margin", "held", queue.id, level, chance, ladder.staying[0][level - 1], *span)


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
