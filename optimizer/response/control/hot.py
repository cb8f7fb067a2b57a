"""Hot intervals and scenes: where targets are missed again and again, beyond what chance alone would bring.

An interval of the week (queue, weekday, time of day) is held against the share of all intervals of its queue that missed: its
base rate. A scene (an event or outage by name) is held against the days of its queue without it: a day is bad if it missed a
larger share of its intervals than the median day, and the days of the scene are counted, not their intervals, as these miss
together. Among those told, the expected share of false ones is controlled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from scipy.stats import binom, false_discovery_control

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.time import DAY_MINUTES, TimeGrid
from optimizer.response.control.served import Served


@dataclass(frozen=True)
class Scene:
    """A stretch of a queue with a name: an event or an outage."""

    name: str
    name_zh: str
    queue: str
    start: datetime
    end: datetime

    def slots(self, grid: TimeGrid) -> BoolArray:
        """Slots that it touches; shape (slots,)."""
        first, last = grid.slot(self.start), grid.slot(self.end - timedelta(minutes=1))
        return (np.arange(grid.size) >= first) & (np.arange(grid.size) <= last)


@dataclass(frozen=True)
class Hot:
    """An interval of the week, or a scene, that misses beyond chance.

    Parameters
    ----------
    where, where_zh : str
        Empty of an interval; name of a scene.
    weekday, minute : int
        0 = Monday, and wall-clock minute of the start; -1 of a scene.
    missed, times : int
        How often it missed, of how often it was seen; of a scene bad days of days.
    base : float
        Share that misses otherwise: what chance alone would bring.
    lost : float
        Calls not served as the target asks, in all.
    false_share : float
        Least expected share of false ones at which it is told (adjusted p-value).
    """

    queue: str
    where: str
    where_zh: str
    weekday: int
    minute: int
    missed: int
    times: int
    base: float
    lost: float
    false_share: float


def beyond_chance(missed: IntArray, times: IntArray, base: FloatArray) -> FloatArray:
    """Expected share of false ones if each of many counts is told that is at least as sure as it; shape as given.

    References
    ----------
    Benjamini, Hochberg, Controlling the false discovery rate (1995), doi:10.1111/j.2517-6161.1995.tb02031.x; binomial tails.
    """
    if not missed.size:
        return np.zeros(0)
    return np.asarray(false_discovery_control(np.clip(binom.sf(missed - 1, times, base), 0.0, 1.0)), dtype=np.float64)


def hot_intervals(served: Served, false_share: float) -> tuple[Hot, ...]:
    """Intervals of the week that miss again and again, most lost calls first."""
    grid = served.grid
    weekday = np.array([day.weekday() for day in grid.horizon.dates])[grid.day_of_slot]
    cell, cells = (weekday * DAY_MINUTES + grid.wall_minute) // grid.minutes, 7 * DAY_MINUTES // grid.minutes
    counts = np.array([[np.bincount(cell, row, cells) for row in values] for values in (served.known, served.missed, served.lost)])
    times, missed, lost = counts
    base = np.repeat(missed.sum(axis=1, keepdims=True) / np.maximum(times.sum(axis=1, keepdims=True), 1), cells, axis=1)
    q, c = np.nonzero(times > 0)
    sure = beyond_chance(missed[q, c].astype(np.int64), times[q, c].astype(np.int64), base[q, c])
    found = [
        Hot(
            served.queues[q[k]].id,
            "",
            "",
            *divmod(int(c[k]) * grid.minutes, DAY_MINUTES),
            int(missed[q[k], c[k]]),
            int(times[q[k], c[k]]),
            float(base[q[k], c[k]]),
            float(lost[q[k], c[k]]),
            float(sure[k]),
        )
        for k in np.flatnonzero(sure <= false_share)
    ]
    return tuple(sorted(found, key=lambda one: -one.lost))


def hot_scenes(served: Served, scenes: Sequence[Scene], false_share: float) -> tuple[Hot, ...]:
    """Events and outages, by name, on whose days a queue misses more than otherwise; most lost calls first."""
    names = {(one.name, one.queue): one.name_zh for one in scenes}
    made = [
        _scene(served, [one for one in scenes if (one.name, one.queue) == key], name_zh)
        for key, name_zh in names.items()
        if key[1] in [queue.id for queue in served.queues]
    ]
    seen = [one for one in made if one is not None]
    counts = ([one.missed for one in seen], [one.times for one in seen], [one.base for one in seen])
    sure = beyond_chance(*(np.array(values) for values in counts))
    told = [Hot(**(vars(one) | {"false_share": float(p)})) for one, p in zip(seen, sure, strict=True) if p <= false_share]
    return tuple(sorted(told, key=lambda one: -one.lost))


def _scene(served: Served, scenes: Sequence[Scene], name_zh: str) -> Hot | None:
    """Days of a scene against the days without it; None if either are not there."""
    q = [queue.id for queue in served.queues].index(scenes[0].queue)
    on = np.any([scene.slots(served.grid) for scene in scenes], axis=0)
    known, missed = served.by_day(served.known[q].astype(np.float64)), served.by_day(served.missed[q].astype(np.float64))
    with_it, open_days = served.by_day((on & served.known[q]).astype(np.float64)) > 0, known > 0
    share = missed / np.maximum(known, 1)
    if not (with_it & open_days).any() or not (~with_it & open_days).any():
        return None
    bad = share > np.median(share[~with_it & open_days])
    # one more day each way keeps the base away from 0 and 1
    base = (bad[~with_it & open_days].sum() + 1) / ((~with_it & open_days).sum() + 2)
    counts = int(bad[with_it].sum()), int(with_it.sum()), float(base), float(served.lost[q, on].sum())
    return Hot(scenes[0].queue, scenes[0].name, name_zh, -1, -1, *counts, 1.0)
