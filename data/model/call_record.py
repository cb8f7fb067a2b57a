"""Call records: what happened to each call, as arrays over the calls in order of arrival."""

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from data.model.base import BoolArray, FloatArray, IntArray, sealed
from data.model.time import Horizon, TimeGrid

DTYPES = {
    "queue": np.int64,
    "arrival_s": np.float64,
    "wait_s": np.float64,
    "answered": np.bool_,
    "handle_s": np.float64,
    "agent": np.int64,
    "caller": np.int64,
    "priority": np.int64,
}
"""The arrays of `CallRecords` and their types."""


@dataclass(frozen=True)
class LeftOut:
    """Rows of a file that are no call records, and why."""

    reason: str
    reason_zh: str
    rows: int


@dataclass(frozen=True, eq=False)
class CallRecords:
    """Calls one by one, in order of arrival; every array has shape (calls,).

    Parameters
    ----------
    queues, agents : tuple of str
        Names that `queue` and `agent` index.
    horizon : Horizon
        Local days that hold every arrival.
    queue : array of int
    arrival_s : array of float
        When the caller entered the queue, seconds since the start of the horizon.
    wait_s : array of float
        Seconds until the answer, or until the caller hung up.
    answered : array of bool
        False = abandoned.
    handle_s : array of float
        Handle time of the call, seconds; NaN = not known, or abandoned.
    agent : array of int
        -1 = not known, or abandoned.
    caller : array of int
        Number of the caller in order of first appearance; 0 = not known.
    priority : array of int
        As the telephone system states it; 0 = none.
    left_out : tuple of LeftOut
        Rows of the file that are not among the calls.
    """

    queues: tuple[str, ...]
    agents: tuple[str, ...]
    horizon: Horizon
    queue: IntArray
    arrival_s: FloatArray
    wait_s: FloatArray
    answered: BoolArray
    handle_s: FloatArray
    agent: IntArray
    caller: IntArray
    priority: IntArray
    left_out: tuple[LeftOut, ...] = ()

    def __post_init__(self) -> None:
        order = np.argsort(self.arrival_s, kind="stable")
        for name, dtype in DTYPES.items():
            object.__setattr__(self, name, sealed(np.asarray(getattr(self, name))[order], dtype, order.shape, name))

    @property
    def size(self) -> int:
        """Number of calls."""
        return int(self.arrival_s.size)

    @property
    def served_from_s(self) -> FloatArray:
        """Moment of the answer, or of hanging up; seconds since the start of the horizon."""
        return self.arrival_s + self.wait_s

    @cached_property
    def day(self) -> IntArray:
        """Day of the horizon on which each call came."""
        midnights = TimeGrid(horizon=self.horizon, minutes=1440).day_start_minutes
        return np.searchsorted(60 * (midnights - midnights[0]), self.arrival_s, "right") - 1

    @cached_property
    def hour(self) -> IntArray:
        """Hour of the local day at which each call came, 0 to 23."""
        instants = pd.to_datetime(self.horizon.start.timestamp() + self.arrival_s, unit="s", utc=True)
        return np.asarray(pd.DatetimeIndex(instants).tz_convert(self.horizon.zone).hour, dtype=np.int64)

    def take(self, calls: BoolArray) -> "CallRecords":
        """The chosen calls, on the same horizon and under the same names."""
        return replace(self, **{name: getattr(self, name)[calls] for name in DTYPES})

    def of(self, *queues: str) -> "CallRecords":
        """Calls of some queues."""
        return self.take(np.isin(self.queue, [self.queues.index(queue) for queue in queues]))

    def between(self, first: date, last: date) -> "CallRecords":
        """Calls that came from one local day to another, both included, on the horizon of these days."""
        horizon = Horizon(zone=self.horizon.zone, first=first, days=(last - first).days + 1)
        here, there = self.horizon.index(first), self.horizon.index(last)
        part = self.take((self.day >= here) & (self.day <= there))
        later = (horizon.start - self.horizon.start).total_seconds()
        return replace(part, horizon=horizon, arrival_s=part.arrival_s - later)


def together(parts: tuple[CallRecords, ...]) -> CallRecords:
    """Records of several files as one: names in order of first appearance, days from the first to the last.

    Callers are not matched between files.
    """
    queues = tuple(dict.fromkeys(name for part in parts for name in part.queues))
    agents = tuple(dict.fromkeys(name for part in parts for name in part.agents))
    first, last = min(part.horizon.first for part in parts), max(part.horizon.last for part in parts)
    horizon = Horizon(zone=parts[0].horizon.zone, first=first, days=(last - first).days + 1)
    before = np.cumsum([0, *(part.caller.max(initial=0) for part in parts)])
    moved = [_renamed(part, queues, agents, horizon, int(past)) for part, past in zip(parts, before, strict=False)]
    arrays = {name: np.concatenate([getattr(part, name) for part in moved]) for name in DTYPES}
    left_out = _summed(tuple(entry for part in parts for entry in part.left_out))
    return CallRecords(queues, agents, horizon, **arrays, left_out=left_out)


def _renamed(part: CallRecords, queues: tuple[str, ...], agents: tuple[str, ...], horizon: Horizon, past: int) -> CallRecords:
    """The same calls under other names, on a longer horizon, callers counted from `past` on."""
    queue = np.array([queues.index(name) for name in part.queues], dtype=np.int64)
    # the last place serves -1, nobody
    agent = np.array([*(agents.index(name) for name in part.agents), -1], dtype=np.int64)
    return replace(
        part,
        queues=queues,
        agents=agents,
        horizon=horizon,
        queue=queue[part.queue],
        agent=agent[part.agent],
        caller=np.where(part.caller > 0, part.caller + past, 0),
        arrival_s=part.arrival_s + (part.horizon.start - horizon.start).total_seconds(),
    )


def _summed(entries: tuple[LeftOut, ...]) -> tuple[LeftOut, ...]:
    """One entry for each reason."""
    reasons = dict.fromkeys((entry.reason, entry.reason_zh) for entry in entries)
    return tuple(LeftOut(en, zh, sum(e.rows for e in entries if e.reason == en)) for en, zh in reasons)
