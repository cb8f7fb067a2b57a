"""The bank of 2003: chances and levels from one hour to 60 days ahead, against the calls that came.

Any other file of counts by interval (``timestamp, calls``; half an hour at most) is judged alike. The staff is not known: every
day is staffed as the mean forecast of 28 days before asks, a few per cent above or below by chance, the day as a whole and each
slot: a roster that must live with what has been learnt since. Looks from farther ahead than that take their own forecast, with the
same distance.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.forecasting.protocol import Feed, history_of, summed
from benchmarks.warnings.looks import Look, look
from benchmarks.warnings.pairs import Pairs, joined, level_figures, scores
from data.exchange.calendars import calendar_of
from data.exchange.files import stop
from data.model.base import BoolArray, FloatArray, IntArray
from data.model.centre import OpeningHours, Queue, ServiceTarget
from data.model.demand import Requirement
from data.model.errors import Finding, InvalidData
from data.model.response import CapacityWarning
from data.model.time import DAY_MINUTES, TimeGrid
from forecasting.score import score
from optimizer.response.warning.scoring import LevelScore, level_scores
from optimizer.response.warning.warn import bearable_calls, exceedance, outlook, warnings
from optimizer.staffing.one_queue import simulate_day
from optimizer.staffing.requirement import require

FILE = "arrivals/bank_calls_dev.csv.gz"
ZONE, COUNTRY, CLOSES, MINUTES = "America/New_York", "US", 21 * 60, 30
HANDLE_S, PATIENCE_S = 240.0, 180.0
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WHOLE = 0.9
"""Share of the days on which an interval must be counted for the queue to count as open then."""

FIRST_LOOK, PLANNED, AHEAD = 40, 28, 62
"""Days learnt from before the first look; days ahead at which a day is staffed; days that a look at the start of a day covers."""
HOURS = (7, 10, 14, 18)
"""Full hours of the looks; the first of them sees the weeks ahead, the others this day and the next."""
DAY_NOISE, SLOT_NOISE, SEED = 0.05, 0.03, 23
"""Standard deviations of the staff about the plan, relative."""

POINTS = 2
"""Of the staffing curve: only lost calls are read off it, which nothing here scores."""

LEADS = {
    "1 h": (0, 0),
    "1 day": (1, 1),
    "3 days": (2, 4),
    "7 days": (5, 9),
    "14 days": (12, 16),
    "28 days": (26, 30),
    "60 days": (57, 61),
}
"""Days ahead, first and last, of each lead time; one hour ahead are the slots that begin 60 to 119 minutes after a look."""

KINDS = ("expected", "count", "realised")
"""What is scored: the chance that expected service misses, against the calls that came at their Poisson rate; the same with the
Poisson noise of the count left in, which is like with like; the chance that the slot misses, against a simulation of it."""


def feed(path: Path, zone: str = ZONE, country: str = COUNTRY, closes: int = DAY_MINUTES) -> Feed:
    """Counts by interval as half hours, on the weekdays and in the hours in which they are counted.

    Parameters
    ----------
    zone, country : str
        Of the wall clock of the timestamps; whose holidays hold, empty = none.
    closes : int
        Minute of the day after which nothing counts.

    Raises
    ------
    InvalidData
        Every column that is missing, and intervals that do not make up half hours.
    """
    rows = pd.read_csv(path)
    stop([Finding(path.name, 1, name, "no such column", "a column") for name in ("timestamp", "calls") if name not in rows])
    rows["timestamp"] = pd.to_datetime(rows["timestamp"])
    at = rows["timestamp"].dt
    native = int(rows["timestamp"].sort_values().diff().min() / pd.Timedelta(minutes=1))
    if not 0 < native <= MINUTES or MINUTES % native:
        raise InvalidData([Finding(path.name, None, "timestamp", f"{native} minutes apart", f"a part of {MINUTES} minutes")])
    table = rows.assign(day=at.date, minute=at.hour * 60 + at.minute).pivot_table(index="day", columns="minute", values="calls")
    counted = table.loc[:, (table.columns < closes) & (table.notna().mean() >= WHOLE)].dropna()
    dates, counts, opens = tuple(counted.index), counted.to_numpy(dtype=np.float64), int(counted.columns[0])
    calls = summed(counts, MINUTES // native)
    end = opens + calls.shape[1] * MINUTES
    opening = OpeningHours(
        hours=dict.fromkeys((WEEKDAYS[k] for k in sorted({day.weekday() for day in dates})), (_clock(opens), _clock(end)))
    )
    history = history_of(zone, dates, counts[:, : calls.shape[1] * (MINUTES // native)], opens, native)
    calendar = calendar_of(country, dates[0], dates[-1] + timedelta(days=AHEAD))
    name = path.name.split(".")[0].removesuffix("_dev")
    return Feed(name, name, MINUTES, opens, dates, calls, history, calendar, opening, (), {})


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


@dataclass(frozen=True, eq=False)
class Bank:
    """The looks, and the days that they speak of.

    Parameters
    ----------
    plans : sequence of Look
        Those at the start of a day, in order.
    later : sequence of Look
        Those in the course of a day.
    needs : sequence of Requirement
        Of the plans.
    native : array of int, shape (days of the feed, columns)
        Calls by five minutes.
    """

    feed: Feed
    queue: Queue
    plans: Sequence[Look]
    later: Sequence[Look]
    needs: Sequence[Requirement]
    native: IntArray

    @property
    def looks(self) -> list[Look]:
        """All looks in order."""
        return sorted((*self.plans, *self.later), key=lambda each: each.at)

    @property
    def days(self) -> tuple[date, ...]:
        """Days that are scored."""
        return self.feed.dates[FIRST_LOOK:]

    def plan(self, day: date, at: date) -> int:
        """The plan by which a day is staffed, as a look of some day knows it."""
        known = min(day - timedelta(days=PLANNED), at)
        return max((k for k, each in enumerate(self.plans) if each.at.date() <= known), default=0)

    def staff(self, day: date, plan: int) -> IntArray:
        """Agents on the phones in each half hour of a day; the distance from the plan is the day's own, whatever the plan."""
        rng = np.random.default_rng((SEED, day.toordinal()))
        need = self.needs[plan]
        asked = need.on_phone[0, slots_of(self.feed, need.grid, day)]
        offset = DAY_NOISE * rng.standard_normal() + SLOT_NOISE * rng.standard_normal(asked.size)
        return np.maximum(np.round(asked * (1 + offset)), 1).astype(np.int64)

    def missed(self, day: date, staff: IntArray) -> dict[str, BoolArray]:
        """Which half hours of a day missed, for each of `KINDS`."""
        row, queue, native = self.feed.dates.index(day), self.queue, self.feed.history.grid.minutes
        bears = bearable_calls(queue, staff.astype(np.float64), np.full(staff.shape, queue.handle_time_s), MINUTES)
        service = simulate_day(
            self.native[row], 60.0 * native, queue.handle_time_s, queue.handle_time_cv, queue.patience_s,
            np.repeat(staff, MINUTES // native), queue.target.threshold_s, seed=SEED + day.toordinal(),
        )  # fmt: skip
        good, offered = (each[0].reshape(staff.size, -1).sum(axis=1) for each in (service.answered_in_time, service.offered))
        above = self.feed.calls[row] > bears
        return {"expected": above, "count": above, "realised": good < queue.target.service_level * offered}


def bank(source: Feed, target: float, stride: int, last: int | None = None, cache: Path | None = None) -> Bank:
    """Make every look.

    Parameters
    ----------
    target : float
        Service level within 20 seconds.
    stride : int
        Operating days from one day of looks to the next.
    last : int or None
        No more days of looks than this.
    """
    queue = Queue(
        id="calls", name="Calls", project="bank", opening=source.opening, handle_time_s=HANDLE_S, patience_s=PATIENCE_S,
        target=ServiceTarget(service_level=target),
    )  # fmt: skip
    days = source.dates[FIRST_LOOK::stride][:last]
    plans = [look(source, day, HOURS[0], AHEAD, cache) for day in days]
    later = [look(source, day, hour, 2, cache) for day in days for hour in HOURS[1:]]
    offered = source.history.offered[0]
    native = offered[~np.isnan(offered)].reshape(len(source.dates), -1).astype(np.int64)
    return Bank(source, queue, plans, later, [require(each.made, [queue], points=POINTS) for each in plans], native)


def slots_of(source: Feed, grid: TimeGrid, day: date) -> IntArray:
    """Half hours of a day of a grid in which the queue answers."""
    inside, closes = grid.day_of_slot == grid.horizon.index(day), source.opens + source.calls.shape[1] * MINUTES
    return np.flatnonzero(inside & (grid.wall_minute >= source.opens) & (grid.wall_minute < closes))


@dataclass(frozen=True, eq=False)
class Seen:
    """What a look says of a day, and what came; arrays of shape (slots,)."""

    day: date
    at: datetime
    starts: FloatArray
    chance: dict[str, FloatArray]
    missed: dict[str, BoolArray]
    level: IntArray
    calls: FloatArray
    mean: FloatArray
    quantiles: FloatArray

    def wanted(self, last: int) -> BoolArray:
        """Slots of a lead time whose last day ahead this is: on the day itself, those that begin in the second hour from now."""
        ahead = self.starts - self.at.timestamp() / 60
        return (ahead >= 60) & (ahead < 120) if last == 0 else np.ones(ahead.shape, dtype=np.bool_)


def seen(test: Bank, each: Look) -> list[Seen]:
    """What a look says of every day that it covers and that came."""
    grid, days = each.made.grid, [day for day in test.days if 0 <= each.made.grid.horizon.index(day) < each.made.grid.horizon.days]
    staff = {day: test.staff(day, test.plan(day, each.at.date())) for day in days}
    available = np.zeros((1, grid.size))
    for day, heads in staff.items():
        available[0, slots_of(test.feed, grid, day)] = heads
    # a look knows nothing of days after the last that came: nobody is rostered there, and nothing is scored
    need = require(each.made, [test.queue], points=POINTS)
    view = outlook(each.made, need, available, [test.queue])
    bears = bearable_calls(test.queue, available[0], each.made.handle_time_s[0], MINUTES)
    chance = {
        "expected": view.chance[0],
        "count": np.where(view.live[0], exceedance(bears, each.made.quantiles[0]), 0.0),
        "realised": view.chance_realised[0],
    }
    levels = _levels(warnings(each.made, need, available, [test.queue], now=each.at), grid)
    starts = grid.index.as_unit("s").asi8 / 60
    found = list[Seen]()
    for day in days:
        part = slots_of(test.feed, grid, day)
        said = {kind: values[part] for kind, values in chance.items()}
        calls = test.feed.calls[test.feed.dates.index(day)]
        forecasts = (each.made.mean[0, part], each.made.quantiles[0, part])
        found.append(Seen(day, each.at, starts[part], said, test.missed(day, staff[day]), levels[part], calls, *forecasts))
    return found


def _levels(found: Sequence[CapacityWarning], grid: TimeGrid) -> IntArray:
    """Level of the warning that covers each slot; 0 where none does."""
    levels = np.zeros(grid.size, dtype=np.int64)
    for each in found:
        span = slice(grid.slot(each.start), grid.slot(each.end))
        levels[span] = np.maximum(levels[span], int(each.level))
    return levels


def by_lead(every: Sequence[Seen]) -> dict[str, dict[str, Pairs]]:
    """Pairs of each lead time and kind; lead times that no look reached are left out."""
    found = {name: {kind: list(_pairs(every, name, kind)) for kind in KINDS} for name in LEADS}
    return {name: {kind: joined(parts) for kind, parts in kinds.items()} for name, kinds in found.items() if kinds[KINDS[0]]}


def _pairs(every: Sequence[Seen], lead: str, kind: str) -> Iterator[Pairs]:
    first, last = LEADS[lead]
    for one in every:
        wanted = one.wanted(last)
        if first <= (one.day - one.at.date()).days <= last and wanted.any():
            days = (np.full(int(wanted.sum()), day.toordinal()) for day in (one.at.date(), one.day))
            yield Pairs(one.chance[kind][wanted], one.missed[kind][wanted], *days)


def level_score(test: Bank, every: Sequence[Seen]) -> dict[str, list[LevelScore]]:
    """Levels of all looks against what came, each day by its last plan."""
    looks = sorted({one.at for one in every})
    starts = {one.day: one.starts for one in every}
    came = [test.missed(day, test.staff(day, test.plan(day, day))) for day in starts]
    order = np.argsort(np.concatenate(list(starts.values())))
    axis = np.concatenate(list(starts.values()))[order]
    levels = np.zeros((len(looks), axis.size), dtype=np.int64)
    for one in every:
        levels[looks.index(one.at), np.searchsorted(axis, one.starts)] = one.level
    moments = np.array([at.timestamp() / 60 for at in looks])
    missed = {kind: np.concatenate([each[kind] for each in came])[order] for kind in ("expected", "realised")}
    return {kind: level_scores(levels, moments, axis, each.astype(np.float64), MINUTES) for kind, each in missed.items()}


def forecast_figures(every: Sequence[Seen], lead: str) -> dict[str, float]:
    """How good the forecasts of the calls were."""
    first, last = LEADS[lead]
    parts = [(one, one.wanted(last)) for one in every if first <= (one.day - one.at.date()).days <= last]
    found = score(*(np.concatenate([getattr(one, name)[w] for one, w in parts]) for name in ("calls", "mean", "quantiles")))
    return {name: getattr(found, name) for name in ("wape", "bias", "coverage80", "coverage95")}


def back_test(
    source: Feed, stride: int, last: int | None = None, cache: Path | None = None, *, target: float = 0.8
) -> dict[str, Any]:
    """Scores of the chances by lead time, and of the levels; parameters as in `bank`."""
    test = bank(source, target, stride, last, cache)
    every = [one for each in test.looks for one in seen(test, each)]
    made = by_lead(every)
    return {
        "looks": len(test.looks),
        "days": [str(test.days[0]), str(test.days[-1])],
        "forecast_cpu_s": sum(each.seconds for each in test.looks),
        "chances": {lead: {kind: scores(pairs) for kind, pairs in kinds.items()} for lead, kinds in made.items()},
        "forecasts": {lead: forecast_figures(every, lead) for lead in made},
        "levels": {kind: [level_figures(each) for each in scored] for kind, scored in level_score(test, every).items()},
    }
