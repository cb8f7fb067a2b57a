"""Hot intervals and scenes: where targets are missed again and again, beyond what chance alone would bring.

An interval (queue and time of day, of one weekday or of every day) is held against the share of all intervals of its queue that
missed: its base rate. A scene (an event or outage by name) is held against the days of its queue without it: a day is bad if it
missed a larger share of its intervals than the median day, and the days of the scene are counted, not their intervals, as these
miss together. Among those told, the expected share of false ones is controlled.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    weekday : int
        0 = Monday; 7 = every day, and of a scene.
    minute : int
        Wall-clock minute of the start; -1 of a scene.
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
    """Intervals of a weekday, or of every day, that miss again and again; most lost calls first."""
    grid = served.grid
    weekday = np.array([day.weekday() for day in grid.horizon.dates])[grid.day_of_slot]
    of_day = DAY_MINUTES // grid.minutes
    cell = weekday * of_day + grid.wall_minute // grid.minutes
    each = np.array([[np.bincount(cell, row, 7 * of_day) for row in told] for told in (served.known, served.missed, served.lost)])
    every_day = each.reshape(3, -1, 7, of_day).sum(axis=2)
    times, missed, lost = np.concatenate([each, every_day], axis=2)
    base = np.broadcast_to(every_day[1].sum(axis=1) / np.maximum(every_day[0].sum(axis=1), 1), (8 * of_day, len(times))).T
    q, c = np.nonzero(times > 0)
    sure = beyond_chance(missed[q, c].astype(np.int64), times[q, c].astype(np.int64), base[q, c])
    found = [_interval(served, int(q[k]), int(c[k]), (missed, times, base, lost), float(sure[k])) for k in range(len(q))]
    return tuple(sorted((one for one in found if one.false_share <= false_share), key=lambda one: -one.lost))


def _interval(served: Served, q: int, cell: int, counts: tuple[FloatArray, ...], sure: float) -> Hot:
    weekday, place = divmod(cell, DAY_MINUTES // served.grid.minutes)
    missed, times, base, lost = (float(values[q, cell]) for values in counts)
    minute = place * served.grid.minutes
    return Hot(served.queues[q].id, "", "", weekday, minute, int(missed), int(times), base, lost, sure)


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
    told = [replace(one, false_share=float(p)) for one, p in zip(seen, sure, strict=True) if p <= false_share]
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
    return Hot(scenes[0].queue, scenes[0].name, name_zh, 7, -1, *counts, 1.0)
