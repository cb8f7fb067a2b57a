"""From call history to forecast: each queue in local days by wall-clock cells, by itself or with its group."""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from multiprocessing import get_context
from typing import TypedDict, Unpack
from zoneinfo import ZoneInfo

import numpy as np

from data.model.calendar import Calendar
from data.model.centre import OpeningHours
from data.model.demand import CallHistory, Forecast
from data.model.driver import Drivers
from data.model.time import Horizon
from forecasting.days import check, day_table
from forecasting.features import day_features
from forecasting.groups import GROUP_LARGER, TINY_CALLS, group_table, shared
from forecasting.handle_time import handle_time_profile
from forecasting.learn import Asked, Learnt, LearntQueue, Readied, ready, steps_ahead
from forecasting.methods import Fitted, method_of

DEFAULT = "combined"
"""The method used where none is named."""


class Known(TypedDict, total=False):
    """What may be known beside the calls.

    Parameters
    ----------
    opening : mapping
        Opening hours of queues; for others, the cells usually seen in the history are open.
    closes_on_holidays : collection of str
        Queues that close on public holidays.
    handle_time_s : mapping
        Seconds assumed for queues whose handle time was not measured.
    drivers : Drivers or None
        Values of what moves the calls, by day or by hour.
    groups : mapping
        Group of a queue: with its members it is forecast while it is too young or too small to be forecast alone.
    """

    opening: Mapping[str, OpeningHours] | None
    closes_on_holidays: Collection[str]
    handle_time_s: Mapping[str, float] | None
    drivers: Drivers | None
    groups: Mapping[str, str] | None


def forecast(
    history: CallHistory,
    origin: datetime,
    horizon: Horizon,
    *,
    minutes: int,
    calendar: Calendar,
    method: str = DEFAULT,
    workers: int = 1,
    **known: Unpack[Known],
) -> Forecast:
    """Calls and handle time expected in every queue and slot of a horizon.

    Parameters
    ----------
    history : CallHistory
        Native intervals; they are summed to `minutes`, never split.
    origin : datetime
        Aware; only slots complete by then are used. Inside the horizon, the rest of that day is conditioned on what was seen.
    minutes : int
        Length of a slot of the forecast; a multiple of the history's that divides a day.
    calendar : Calendar
        From the first day of the history to the last of the horizon.
    method : str
        A file of `forecasting.methods`.
    workers : int
        Processes among which the queues are divided; the result is the same for any number.
    **known
        See `Known`.

    Raises
    ------
    InvalidData
        With every queue that has no count before the origin, an interval that cannot be made, an unknown method.
    """
    check(history.before(origin), horizon.zone, minutes)
    make = partial(_forecast, origin=origin, horizon=horizon, minutes=minutes, calendar=calendar, method=method, known=known)
    parts = _parts(history.queues, known.get("groups") or {}, workers)
    if len(parts) == 1:
        return make(history)
    # forked workers inherit what is loaded, so that the first queue is as fast as the last
    with ProcessPoolExecutor(len(parts), mp_context=get_context("fork")) as pool:
        made = list(pool.map(make, [_of_queues(history, part) for part in parts]))
    return _joined(made, history.queues)


def learn(
    history: CallHistory,
    origin: datetime,
    horizon: Horizon,
    *,
    minutes: int,
    calendar: Calendar,
    method: str = DEFAULT,
    **known: Unpack[Known],
) -> Learnt:
    """Learn from what is complete at an origin; `Learnt.forecast` then follows the day as it is seen, without learning again.

    The parameters are those of `forecast`.
    """
    seen = history.before(origin)
    check(seen, horizon.zone, minutes)
    today = origin.astimezone(ZoneInfo(horizon.zone)).date()
    first, last = min(history.grid.horizon.first, horizon.first), max(horizon.last, today)
    features = day_features(calendar, first, last, asked=horizon.first, drivers=known.get("drivers"))
    closes = frozenset(known.get("closes_on_holidays") or ())
    asked = Asked(
        calendar, features, known.get("drivers"), horizon, minutes, today, known.get("opening") or {}, closes, method_of(method)
    )
    note = f", {calendar.country} calendar provisional" if calendar.status == "provisional" else ""
    learner = _Learner(seen, asked, known.get("groups") or {}, known.get("handle_time_s") or {})
    return Learnt(history.queues, tuple(learner.queue(q) for q in range(len(history.queues))), asked, method + note)


def _forecast(
    history: CallHistory, *, origin: datetime, horizon: Horizon, minutes: int, calendar: Calendar, method: str, known: Known
) -> Forecast:
    return learn(history, origin, horizon, minutes=minutes, calendar=calendar, method=method, **known).forecast(history, origin)


@dataclass(eq=False)
class _Learner:
    """Learns queue by queue; a group is learnt once, when the first queue needs it."""

    history: CallHistory
    asked: Asked
    groups: Mapping[str, str]
    handle_time_s: Mapping[str, float]

    def __post_init__(self) -> None:
        self._of_group: dict[str, tuple[Readied, Fitted] | None] = {}

    def queue(self, q: int) -> LearntQueue:
        """One queue, alone or with its group."""
        name = self.history.queues[q]
        readied = self._readied(q)
        fitted = self._with_group(name, readied) or self._alone(readied)
        profile = handle_time_profile(self.history, q, self.asked.minutes, self.handle_time_s.get(name))
        return LearntQueue(readied, fitted, profile, self.asked)

    def _alone(self, readied: Readied) -> Fitted:
        return self.asked.forecaster.fit(readied.training, steps_ahead(readied, self.asked))

    def _with_group(self, name: str, readied: Readied) -> Fitted | None:
        """The queue's share of its group, if it is too young or too small and the group helps."""
        if name not in self.groups or not (readied.training.short or np.nanmean(readied.training.calls) < TINY_CALLS):
            return None
        group = self._group(self.groups[name])
        if group is None or np.nansum(group[0].training.calls) < GROUP_LARGER * np.nansum(readied.training.calls):
            return None
        whole, fitted = group
        known = np.isin(readied.columns, whole.columns).all()
        return shared(fitted, whole.table, whole.columns, readied.table, readied.columns) if known else None

    def _group(self, group: str) -> tuple[Readied, Fitted] | None:
        """The group as one queue, without its young members; None if it is too young itself."""
        if group not in self._of_group:
            members = [q for q, queue in enumerate(self.history.queues) if self.groups.get(queue) == group]
            # a young queue is a share of the others: among them it would be a change of level
            grown = [one.table for one in map(self._readied, members) if not one.training.short]
            readied = ready(group_table(grown), group, self.asked) if grown and len(members) > 1 else None
            self._of_group[group] = None if readied is None or readied.training.short else (readied, self._alone(readied))
        return self._of_group[group]

    def _readied(self, q: int) -> Readied:
        return ready(day_table(self.history, q, self.asked.minutes), self.history.queues[q], self.asked)


def _parts(queues: Sequence[str], groups: Mapping[str, str], workers: int) -> list[list[int]]:
    """Queues divided among workers, the members of a group together; parts that hold none are left out."""
    together: dict[str, list[int]] = {}
    for q, queue in enumerate(queues):
        together.setdefault(groups.get(queue, f"queue {queue}"), []).append(q)
    parts: list[list[int]] = [[] for _ in range(max(1, min(workers, len(together))))]
    for members in sorted(together.values(), key=len, reverse=True):
        min(parts, key=len).extend(members)
    return parts


def _of_queues(history: CallHistory, rows: list[int]) -> CallHistory:
    arrays = {name: getattr(history, name) for name in ("offered", "handle_time_s", "answered", "abandoned")}
    kept = {name: values[rows] for name, values in arrays.items() if values is not None}
    return replace(history, queues=tuple(history.queues[q] for q in rows), **kept)


def _joined(made: Sequence[Forecast], queues: tuple[str, ...]) -> Forecast:
    """Forecasts of different queues as one, in the order asked for."""
    held = [queue for one in made for queue in one.queues]
    order = [held.index(queue) for queue in queues]
    names = ("mean", "quantiles", "handle_time_s", "open")
    arrays = {name: np.concatenate([getattr(one, name) for one in made])[order] for name in names}
    return replace(made[0], queues=queues, **arrays)
