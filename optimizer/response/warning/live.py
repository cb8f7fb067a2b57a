"""What the last intervals and the signals heard raise: named thresholds with their two-interval rule and hysteresis."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil

import numpy as np

from data.model.base import FloatArray
from data.model.centre import Queue, Region
from data.model.demand import CallHistory
from data.model.live import LiveInterval
from data.model.response import Measure, Reason, WarningLevel
from data.model.signal import Signal
from data.model.time import DAY_MINUTES
from data.model.warning_policy import LiveMeasure, LiveThreshold, WarningPolicy
from optimizer.response.warning.hysteresis import stands


@dataclass(frozen=True, eq=False)
class LastIntervals:
    """What was measured of a queue in the last intervals, oldest first; NaN = not known.

    Parameters
    ----------
    minutes : int
        Length of an interval.
    ends_at : datetime
        End of the last one.
    offered : array of float, shape (intervals,)
    values : dict
        Each measure, shape (intervals,).
    """

    queue: str
    minutes: int
    ends_at: datetime
    offered: FloatArray
    values: dict[LiveMeasure, FloatArray]


def last_intervals(
    live: Sequence[LiveInterval], history: CallHistory, queues: Sequence[Queue], now: datetime
) -> tuple[LastIntervals, ...]:
    """What is known of each queue until now: of the switch if it speaks of the queue, else of the call history, of which a day.

    Parameters
    ----------
    live : sequence of LiveInterval
    history : CallHistory
        Holds every queue.
    """
    told = {queue.id: _of_switch([row for row in live if row.queue == queue.id], queue, now) for queue in queues}
    return tuple(told[queue.id] or _of_history(history, queue, now) for queue in queues)


def _of_switch(rows: Sequence[LiveInterval], queue: Queue, now: datetime) -> LastIntervals | None:
    """Intervals of a queue that ended by now; None if fewer than two rows tell how long they are."""
    ordered = sorted(rows, key=lambda row: row.timestamp)
    steps = [after.timestamp - before.timestamp for before, after in pairwise(ordered)]
    seen = [row for row in ordered if steps and row.timestamp + min(steps) <= now]
    if not seen:
        return None
    offered, answered, in_target, waiting, wait = (
        np.array([getattr(row, name) for row in seen], dtype=np.float64)
        for name in ("offered", "answered", "in_target", "waiting", "longest_wait_s")
    )
    week = np.array([now - row.timestamp <= timedelta(days=7) for row in seen])
    norm = np.nanmedian(waiting[week]) if week.any() and not np.isnan(waiting[week]).all() else 1.0
    values: dict[LiveMeasure, FloatArray] = {
        "service": _over(in_target, offered) / queue.target.service_level,
        "answer_rate": _over(answered, offered),
        "queue": waiting / max(float(norm), 1.0),
        "wait_s": wait,
    }
    minutes = int(min(steps).total_seconds() // 60)
    return LastIntervals(queue.id, minutes, seen[-1].timestamp + min(steps), offered, values)


def _of_history(history: CallHistory, queue: Queue, now: datetime) -> LastIntervals:
    """Answer rate of the last day of a history."""
    row, grid = history.queues.index(queue.id), history.grid
    known = np.flatnonzero(~np.isnan(history.offered[row, : max(grid.slot(now), 0)]))
    end = int(known[-1]) + 1 if known.size else 0
    part = slice(max(end - DAY_MINUTES // grid.minutes, 0), end)
    offered = history.offered[row, part]
    answered = None if history.answered is None else history.answered[row, part]
    if answered is None and history.abandoned is not None:
        answered = offered - history.abandoned[row, part]
    rate = np.full(offered.shape, np.nan) if answered is None else _over(answered, offered)
    ends_at = grid.index[end - 1].to_pydatetime() + timedelta(minutes=grid.minutes) if end else grid.horizon.start
    return LastIntervals(queue.id, grid.minutes, ends_at, offered, {"answer_rate": rate})


def _over(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Share of a whole; NaN where the whole is nothing or not known."""
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)


def live_reasons(seen: Sequence[LastIntervals], now: datetime, policy: WarningPolicy) -> Iterator[Reason]:
    """Thresholds that stand by the last intervals, each from now on for `policy.live_minutes`.

    Intervals that ended longer ago than one of them lasts say nothing of now.
    """
    until = now + timedelta(minutes=policy.live_minutes)
    for one in seen:
        if now - one.ends_at < timedelta(minutes=one.minutes):
            for name, limit in policy.live.items():
                value = _measured(one, limit, policy)
                if value is not None:
                    yield Reason(name, limit.measure, one.queue, limit.level, value, limit.limit, now, until)


def _measured(one: LastIntervals, limit: LiveThreshold, policy: WarningPolicy) -> float | None:
    """Mean of a measure over the intervals for which its threshold has stood; None = it does not stand."""
    values = one.values.get(limit.measure, np.full(one.offered.shape, np.nan))
    known = ~np.isnan(values) & ((one.offered >= policy.least_calls) | (limit.measure in ("queue", "wait_s")))
    bad, calm = (
        [bool(judged(value)) if k else None for value, k in zip(values.tolist(), known.tolist(), strict=True)]
        for judged in (limit.bad, limit.calm)
    )
    rises = max(ceil(limit.minutes / one.minutes), policy.min_intervals)
    stood = stands(bad, calm, rises, policy.calm_intervals)
    return float(np.nanmean(values[-stood:])) if stood and known[-stood:].any() else None


def signal_reasons(
    signals: Sequence[Signal], queues: Sequence[Queue], regions: Sequence[Region], now: datetime, policy: WarningPolicy
) -> Iterator[Reason]:
    """What was heard by now and is not over, for each queue that it touches.

    A signal of a region touches the queues of which enough calls come from there; one of no region touches all of each.
    """
    shares = {region.id: region.shares for region in regions}
    for signal in signals:
        level = signal_level(signal, policy)
        if level and signal.known(now) and signal.until > now:
            for queue in queues:
                share = shares[signal.region].get(queue.id, 0.0) if signal.region else 1.0
                if share >= policy.least_share and (not signal.queues or queue.id in signal.queues):
                    span = max(signal.at, now), signal.until
                    yield Reason(signal.id, _kind(signal), queue.id, level, share, policy.least_share, *span)


def signal_level(signal: Signal, policy: WarningPolicy) -> WarningLevel:
    """Level that a signal raises by the mapping of the policy."""
    ladder = policy.signals.get(signal.source)
    heard = ladder is not None and signal.level and signal.weight >= policy.least_weight
    return ladder[signal.level - 1] if ladder is not None and heard else WarningLevel.NONE


def _kind(signal: Signal) -> Measure:
    return signal.source if signal.source in ("weather", "outage") else "signal"
