"""Repeat calls: how many calls come again within a window, after what, and the work that they make."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from data.model.base import BoolArray, FloatArray
from data.model.call_record import CallRecords
from data.model.centre import Queue, Redials
from optimizer.response.control.served import Served
from optimizer.staffing.queueing import least_agents

NORMAL = 1.959963984540054
"""Standard normal quantile of a two-sided interval of 95 %."""


@dataclass(frozen=True)
class RepeatLoad:
    """The repeats of a queue.

    Parameters
    ----------
    calls : int
        Calls whose caller is known.
    after_lost, after_answered : int
        Repeats by what became of the call before: abandoned, or answered but not solved.
    share, low, high : float
        Share of the calls that are repeats, with its 95 % interval.
    hours : float
        Agent-hours of these repeats a day: calls of a day x share x handle time.
    busy_hour : int
        Hour of the day with most calls.
    heads : int
        Agents on the phones fewer in it, were there no repeats.
    """

    queue: str
    calls: int
    after_lost: int
    after_answered: int
    share: float
    low: float
    high: float
    hours: float
    busy_hour: int
    heads: int


def repeated(records: CallRecords, window_s: float) -> tuple[BoolArray, BoolArray]:
    """Whether each call is a repeat: one of the same caller to the same queue so soon after another; and whether that was lost.

    Returns
    -------
    repeat, after_lost : array of bool, shape (calls,)
    """
    order = np.lexsort((records.arrival_s, records.caller, records.queue))
    queue, caller, at = records.queue[order], records.caller[order], records.arrival_s[order]
    again = (caller[1:] > 0) & (caller[1:] == caller[:-1]) & (queue[1:] == queue[:-1]) & (at[1:] - at[:-1] <= window_s)
    repeat, lost = np.zeros((2, records.size), dtype=np.bool_)
    repeat[order[1:]] = again
    lost[order[1:]] = again & ~records.answered[order][:-1]
    return repeat, lost


def repeat_load(records: CallRecords, queue: Queue, window_s: float) -> RepeatLoad:
    """The repeats of a queue and the load that could be avoided.

    References
    ----------
    Interval of the share: Wilson, Probable inference (1927), doi:10.1080/01621459.1927.10502953.
    """
    own = records.of(queue.id) if queue.id in records.queues else records.take(np.zeros(records.size, dtype=np.bool_))
    repeat, lost = repeated(own, window_s)
    known, count = int((own.caller > 0).sum()), int(repeat.sum())
    share, low, high = wilson(count, known)
    hourly = np.bincount(own.hour, minlength=24) / own.horizon.days
    handle = float(np.nanmean(own.handle_s)) if np.isfinite(own.handle_s).any() else queue.handle_time_s
    busy = int(hourly.argmax())
    return RepeatLoad(
        queue.id,
        known,
        int(lost.sum()),
        count - int(lost.sum()),
        share,
        low,
        high,
        float(hourly.sum()) * share * handle / 3600,
        busy,
        heads_saved(queue, float(hourly[busy]), share, handle),
    )


def redial_load(served: Served, redials: Redials) -> tuple[RepeatLoad, ...]:
    """What a centre's own figure of redials says of each queue where callers are not known: abandoned calls that come again.

    Calls that were answered but not solved are not among them, and the share has no interval.
    """
    hour, days = served.grid.wall_minute // 60, served.grid.horizon.days
    found = list[RepeatLoad]()
    for q, queue in enumerate(served.queues):
        hourly = np.bincount(hour, served.counted[q], 24) / days
        again = redials.probability * float(np.nan_to_num(served.abandoned[q])[served.known[q]].sum())
        calls, busy = float(served.counted[q].sum()), int(hourly.argmax())
        share = min(again / calls, 1.0) if calls else 0.0
        handle = float(np.average(served.handle_time_s[q], weights=served.counted[q])) if calls else queue.handle_time_s
        heads = heads_saved(queue, float(hourly[busy]), share, handle)
        unknown = float("nan")
        hours = again / days * handle / 3600
        found.append(RepeatLoad(queue.id, round(calls), round(again), 0, share, unknown, unknown, hours, busy, heads))
    return tuple(found)


def heads_saved(queue: Queue, calls_an_hour: float, share: float, handle_time_s: float) -> int:
    """Agents on the phones fewer in an hour without its repeats."""
    rate: FloatArray = np.array([1.0, 1.0 - share]) * calls_an_hour / 3600
    need, _ = least_agents(rate, handle_time_s, queue.staffing_patience_s, queue.target)
    return int(need[0] - need[1])


def wilson(good: int, of: int) -> tuple[float, float, float]:
    """A share and its 95 % interval; nothing is known without any."""
    if not of:
        return 0.0, 0.0, 1.0
    share, z = good / of, NORMAL**2 / of
    half = NORMAL * sqrt(share * (1 - share) / of + z / of / 4)
    return share, max(0.0, (share + z / 2 - half) / (1 + z)), min(1.0, (share + z / 2 + half) / (1 + z))
