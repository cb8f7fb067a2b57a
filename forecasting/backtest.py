"""Back-test: forecasts that would have been made in the past, scored by how far ahead they looked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Unpack
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from pydantic import AwareDatetime

from data.model.base import FloatArray, Frozen, IntArray
from data.model.calendar import Calendar
from data.model.demand import LEVELS, CallHistory, Forecast
from data.model.time import Horizon, local
from forecasting.calibration import central_coverage, pit, pit_histogram
from forecasting.pipeline import DEFAULT, Known, forecast
from forecasting.score import LEADS, calls_that_came, score

ORIGINS, EVERY_DAYS, AHEAD_DAYS = 8, 5, 28
"""Origins, days between them and days ahead (house choice): five is prime to seven, so that origins fall on every weekday; eight
forecasts cost about 0.2 s a queue."""
AT = time(12)
"""Time of day of the origins, so that the rest of a day is scored too (house choice)."""
LEAST_DAYS = 14
"""Days of history before an origin without which it is left out (house choice)."""


class LeadScore(Frozen):
    """How good forecasts of one queue were at one lead time; accuracy beside the least error that noise allows.

    Parameters
    ----------
    queue : str
        ``*`` = all queues together.
    lead : str
        A key of `LEADS`.
    count : int
        Intervals scored.
    calls : float
        Calls that came in them.
    wape, bias, pinball : float
        See `forecasting.score.Score`.
    wape_floor, pinball_floor : float
        What Poisson noise about the forecast's means leaves of the two.
    coverage50, coverage80, coverage95 : float
        Share of the counts in the central intervals, in [0, 1], by the randomised PIT.
    pit : tuple of float
        Histogram of the PIT: 20 shares, 0.05 each if calibrated.
    """

    queue: str
    lead: str
    count: int
    calls: float
    wape: float
    wape_floor: float
    bias: float
    pinball: float
    pinball_floor: float
    coverage50: float
    coverage80: float
    coverage95: float
    pit: tuple[float, ...]


class BackTest(Frozen):
    """A back-test, as it is stored beside a forecast version.

    Parameters
    ----------
    origin : datetime
        Nothing after it was looked at.
    origins : tuple of datetime
        Past origins, in order; empty if there is too little history, and `reason` says so.
    """

    method: str
    minutes: int
    origin: AwareDatetime
    origins: tuple[AwareDatetime, ...] = ()
    scores: tuple[LeadScore, ...] = ()
    reason: str = ""
    reason_zh: str = ""

    def to_frame(self) -> pd.DataFrame:
        """A row for each queue and lead time; the histogram is left out."""
        names = [name for name in LeadScore.model_fields if name != "pit"]
        return pd.DataFrame([score.model_dump(exclude={"pit"}) for score in self.scores], columns=names)


@dataclass(frozen=True, eq=False)
class Sample:
    """Intervals of one queue that were forecast and then known."""

    lead: IntArray
    calls: FloatArray
    mean: FloatArray
    quantiles: FloatArray


def backtest(
    history: CallHistory,
    origin: datetime,
    *,
    minutes: int,
    calendar: Calendar,
    method: str = DEFAULT,
    ahead_days: int = AHEAD_DAYS,
    every_days: int = EVERY_DAYS,
    origins: int = ORIGINS,
    seed: int = 0,
    **beside: Unpack[Known],
) -> BackTest:
    """Forecast again from past noons, each with only what was known then, and score what came until `origin`.

    It costs `origins` forecasts. With too little history it is empty and says why; it never fails for want of data.

    Parameters
    ----------
    history, origin, minutes, calendar, method, **beside
        As in `forecasting.forecast`; no calls from `origin` on are looked at. Drivers count as they were recorded: what was
        foretold of them at a past origin is not kept.
    ahead_days : int
        Calendar days that each forecast looks ahead, at least 1.
    every_days, origins : int
        Days between past origins, and how many; the last lies `every_days` before `origin`.
    seed : int
        Of the randomised PIT.
    """
    known = history.before(origin)
    made = tuple(
        past_forecasts(
            known,
            past_origins(known, origin, every_days, origins),
            minutes=minutes,
            calendar=calendar,
            method=method,
            ahead_days=ahead_days,
            **beside,
        )
    )
    found = BackTest(method=method, minutes=minutes, origin=origin, origins=tuple(one.origin for one in made))
    samples = {queue: sample for queue in history.queues if (sample := _sample(made, known, queue))}
    scores = [score for queue, sample in samples.items() for score in _by_lead(queue, sample, seed)]
    if len(samples) > 1:
        scores += _by_lead("*", _pooled(samples.values()), seed)
    return found.model_copy(update={"scores": tuple(scores)} | ({} if scores else _reason(every_days, bool(made))))


def past_origins(history: CallHistory, origin: datetime, every_days: int = EVERY_DAYS, origins: int = ORIGINS) -> list[datetime]:
    """Noons before an origin, in order, that have two weeks of history before them."""
    zone = history.grid.horizon.zone
    seen = np.flatnonzero((~np.isnan(history.offered)).any(axis=0))
    if not len(seen):
        return []
    first = history.grid.horizon.dates[int(history.grid.day_of_slot[seen[0]])] + timedelta(days=LEAST_DAYS)
    today = origin.astimezone(ZoneInfo(zone)).date()
    days = [today - timedelta(days=every_days * k) for k in range(origins, 0, -1)]
    return [local(day, AT, zone) for day in days if day >= first]


def past_forecasts(
    history: CallHistory,
    origins: Iterable[datetime],
    *,
    minutes: int,
    calendar: Calendar,
    method: str = DEFAULT,
    ahead_days: int = AHEAD_DAYS,
    **beside: Unpack[Known],
) -> Iterator[Forecast]:
    """Forecasts from past origins, of the queues that had two weeks of history then; parameters as in `backtest`."""
    for at in origins:
        then = _long_enough(history.before(at), at)
        if then is not None:
            horizon = Horizon(zone=history.grid.horizon.zone, first=at.date(), days=ahead_days + 1)
            yield forecast(then, at, horizon, minutes=minutes, calendar=calendar, method=method, **beside)


def _long_enough(history: CallHistory, at: datetime) -> CallHistory | None:
    """The queues whose first count lies two weeks back; None if there is none."""
    known = ~np.isnan(history.offered)
    last = history.grid.slot(at - timedelta(days=LEAST_DAYS) + timedelta(hours=at.hour))
    rows = np.flatnonzero(known[:, : max(last, 0)].any(axis=1))
    if not len(rows):
        return None
    names = ("offered", "handle_time_s", "answered", "abandoned")
    arrays = {name: getattr(history, name)[rows] for name in names if getattr(history, name) is not None}
    return replace(history, queues=tuple(history.queues[q] for q in rows), **arrays)


def _sample(made: Iterable[Forecast], known: CallHistory, queue: str) -> Sample | None:
    """Open intervals of one queue after the origins of the forecasts whose calls are known; None without any."""
    parts: list[Sample] = []
    for one in made:
        if queue in one.queues:
            q, grid = one.queues.index(queue), one.grid
            calls = calls_that_came(one, known)[q]
            slots = np.flatnonzero(one.open[q] & ~np.isnan(calls) & (np.arange(grid.size) >= grid.slot(one.origin)))
            parts.append(Sample(grid.day_of_slot[slots], calls[slots], one.mean[q, slots], one.quantiles[q, slots]))
    pooled = _pooled(parts)
    return pooled if len(pooled.calls) else None


def _pooled(parts: Iterable[Sample]) -> Sample:
    held = [*parts, Sample(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0), np.zeros((0, len(LEVELS))))]
    return Sample(*(np.concatenate([getattr(part, name) for part in held]) for name in ("lead", "calls", "mean", "quantiles")))


def _by_lead(queue: str, sample: Sample, seed: int) -> Iterator[LeadScore]:
    """Score of each lead time at which calls came."""
    values = pit(sample.calls, sample.quantiles, seed)
    for lead, (first, last) in LEADS.items():
        at = (sample.lead >= first) & (sample.lead <= last)
        calls = float(sample.calls[at].sum())
        if calls:
            found = score(sample.calls[at], sample.mean[at], sample.quantiles[at])
            yield LeadScore(
                queue=queue,
                lead=lead,
                count=found.count,
                calls=calls,
                wape=found.wape,
                # where no call is forecast there is no noise
                wape_floor=found.wape_floor if sample.mean[at].any() else 0.0,
                bias=found.bias,
                pinball=found.pinball,
                pinball_floor=found.pinball_floor,
                coverage50=central_coverage(values[at], 0.5),
                coverage80=central_coverage(values[at], 0.8),
                coverage95=central_coverage(values[at], 0.95),
                pit=tuple(pit_histogram(values[at]).tolist()),
            )


def _reason(every_days: int, forecast_made: bool) -> dict[str, str]:
    """Why there is nothing to score."""
    if forecast_made:
        return {"reason": "no call came on the days that were forecast", "reason_zh": "被预测的日子没有来电"}
    days = LEAST_DAYS + every_days
    return {
        "reason": f"no past day has {LEAST_DAYS} days of calls before it and calls after it: {days} days of calls are needed",
        "reason_zh": f"没有任何一天在其之前有{LEAST_DAYS}天话务且其后有话务：至少需要{days}天数据",
    }
