"""The bank of 2003: chances and levels from one hour to 60 days ahead, against the calls that came.

Its staff is not known. Here every day is staffed as the mean forecast of 28 days before asks, a few per cent above or below by
chance, the day as a whole and each slot: a roster that must live with what has been learnt since. Looks from farther ahead
than that take their own forecast, with the same distance.
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
from data.model.base import BoolArray, FloatArray, IntArray
from data.model.centre import OpeningHours, Queue
from data.model.demand import Requirement
from data.model.response import CapacityWarning
from data.model.time import TimeGrid
from forecasting.score import score
from optimizer.response.warning.scoring import LevelScore, level_scores
from optimizer.response.warning.warn import bearable_calls, exceedance, outlook, warnings
from optimizer.staffing.one_queue import simulate_day
from optimizer.staffing.requirement import require

FILE = "arrivals/bank_calls_dev.csv.gz"
ZONE, NATIVE, MINUTES, OPENS = "America/New_York", 5, 30, 7 * 60
OPENING = OpeningHours(hours=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("07:00", "21:00")))
QUEUE = Queue(id="calls", name="Calls", project="bank", opening=OPENING, handle_time_s=240.0, patience_s=180.0)

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


def feed(data: Path) -> Feed:
    """The five-minute counts as half hours, weekdays 07:00 to 21:00."""
    rows = pd.read_csv(data / FILE, parse_dates=["timestamp"])
    at = rows["timestamp"].dt
    table = rows.assign(day=at.date, minute=at.hour * 60 + at.minute).pivot_table(index="day", columns="minute", values="calls")
    native = table.loc[:, table.columns < 21 * 60].dropna()
    dates, counts = tuple(native.index), native.to_numpy(dtype=np.float64)
    history = history_of(ZONE, dates, counts, OPENS, NATIVE)
    calendar = calendar_of("US", dates[0], dates[-1] + timedelta(days=AHEAD))
    calls = summed(counts, MINUTES // NATIVE)
    return Feed("bank_calls", "Bank 2003", MINUTES, OPENS, dates, calls, history, calendar, OPENING, (), {})


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
        asked = need.on_phone[0, slots_of(need.grid, day)]
        offset = DAY_NOISE * rng.standard_normal() + SLOT_NOISE * rng.standard_normal(asked.size)
        return np.maximum(np.round(asked * (1 + offset)), 1).astype(np.int64)

    def missed(self, day: date, staff: IntArray) -> dict[str, BoolArray]:
        """Which half hours of a day missed, for each of `KINDS`."""
        row = self.feed.dates.index(day)
        bears = bearable_calls(QUEUE, staff.astype(np.float64), np.full(staff.shape, QUEUE.handle_time_s), MINUTES)
        service = simulate_day(
            self.native[row], 60.0 * NATIVE, QUEUE.handle_time_s, QUEUE.handle_time_cv, QUEUE.patience_s,
            np.repeat(staff, MINUTES // NATIVE), QUEUE.target.threshold_s, seed=SEED + day.toordinal(),
        )  # fmt: skip
        good, offered = (each[0].reshape(staff.size, -1).sum(axis=1) for each in (service.answered_in_time, service.offered))
        above = self.feed.calls[row] > bears
        return {"expected": above, "count": above, "realised": good < QUEUE.target.service_level * offered}


def bank(data: Path, stride: int, last: int | None = None, cache: Path | None = None) -> Bank:
    """Make every look.

    Parameters
    ----------
    stride : int
        Operating days from one day of looks to the next.
    last : int or None
        No more days of looks than this.
    """
    source = feed(data)
    days = source.dates[FIRST_LOOK::stride][:last]
    plans = [look(source, day, HOURS[0], AHEAD, cache) for day in days]
    later = [look(source, day, hour, 2, cache) for day in days for hour in HOURS[1:]]
    offered = source.history.offered[0]
    native = offered[~np.isnan(offered)].reshape(len(source.dates), -1).astype(np.int64)
    return Bank(source, plans, later, [require(each.made, [QUEUE], points=POINTS) for each in plans], native)


def slots_of(grid: TimeGrid, day: date) -> IntArray:
    """Half hours of a day of a grid in which the queue answers."""
    inside = grid.day_of_slot == grid.horizon.index(day)
    return np.flatnonzero(inside & (grid.wall_minute >= OPENS) & (grid.wall_minute < 21 * 60))


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
        available[0, slots_of(grid, day)] = heads
    # a look knows nothing of days after the last that came: nobody is rostered there, and nothing is scored
    need = require(each.made, [QUEUE], points=POINTS)
    view = outlook(each.made, need, available, [QUEUE])
    bears = bearable_calls(QUEUE, available[0], each.made.handle_time_s[0], MINUTES)
    chance = {
        "expected": view.chance[0],
        "count": np.where(view.live[0], exceedance(bears, each.made.quantiles[0]), 0.0),
        "realised": view.chance_realised[0],
    }
    levels = _levels(warnings(each.made, need, available, [QUEUE], now=each.at), grid)
    starts = grid.index.as_unit("s").asi8 / 60
    found = list[Seen]()
    for day in days:
        part = slots_of(grid, day)
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
    """Pairs of each lead time and kind."""
    return {name: {kind: joined(_pairs(every, name, kind)) for kind in KINDS} for name in LEADS}


def _pairs(every: Sequence[Seen], lead: str, kind: str) -> Iterator[Pairs]:
    first, last = LEADS[lead]
    for one in every:
        wanted = one.wanted(last)
        if first <= (one.day - one.at.date()).days <= last:
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


def back_test(data: Path, stride: int, last: int | None = None, cache: Path | None = None) -> dict[str, Any]:
    """Scores of the chances by lead time, and of the levels."""
    test = bank(data, stride, last, cache)
    every = [one for each in test.looks for one in seen(test, each)]
    made = by_lead(every)
    return {
        "looks": len(test.looks),
        "days": [str(test.days[0]), str(test.days[-1])],
        "forecast_cpu_s": sum(each.seconds for each in test.looks),
        "chances": {lead: {kind: scores(pairs) for kind, pairs in kinds.items()} for lead, kinds in made.items()},
        "forecasts": {lead: forecast_figures(every, lead) for lead in LEADS},
        "levels": {kind: [level_figures(each) for each in scored] for kind, scored in level_score(test, every).items()},
    }
