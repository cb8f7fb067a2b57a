"""The Anonymous Bank, call by call: chances of its half hours in February 1999 against the service they really had.

Everything but the internet queue is one pool, as its agents serve it. Who sat when is read off the calls that agents took
(`optimizer.staffing.fits.adherence`), in February itself, as a roster in force would say; of the seated time the share that goes
on calls while callers wait is on the phones. Handle time, patience and that share come from January, and so does the target: the
service of its median half hour.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.forecasting.datasets.bank1999 import OPENING, OPENS, WEEK
from benchmarks.forecasting.protocol import Feed, history_of
from benchmarks.warnings.looks import Look, look
from benchmarks.warnings.pairs import Pairs, joined, scores
from data.exchange.calendars import calendar_of
from data.exchange.call_records import ANONYMOUS_BANK_HEAD_STARTS, read_anonymous_bank
from data.model.base import FloatArray, IntArray
from data.model.call_record import CallRecords, together
from data.model.centre import Queue, ServiceTarget
from data.model.time import TimeGrid
from optimizer.response.warning.warn import bearable_calls, exceedance, rate_quantiles, rates_at
from optimizer.staffing.calibration import fit
from optimizer.staffing.fits.adherence import seats
from optimizer.staffing.realised import NODES, realised_miss_chance

ZONE, MINUTES = "Asia/Jerusalem", 30
INTERNET = "IN"
FROM, AHEAD = date(1999, 1, 31), 8
LEADS = {"same day": (0, 0), "1 day": (1, 1), "2-7 days": (2, 7)}
HOURS = (7, 10, 14)
KINDS = ("expected", "realised")


def pool(data: Path) -> CallRecords:
    """Calls of January and February, all but those of the internet queue."""
    months = [read_anonymous_bank(data / f"arrivals/calls_1999-{month:02d}.csv.gz") for month in (1, 2)]
    every = together(tuple(months))
    return every.of(*(queue for queue in every.queues if queue != INTERNET))


class Slots:
    """Half hours of the pool: calls, calls answered in time, and seats in use; arrays of shape (days, columns)."""

    def __init__(self, records: CallRecords, threshold_s: float) -> None:
        grid = TimeGrid(horizon=records.horizon, minutes=MINUTES)
        place = (records.arrival_s // (60 * MINUTES)).astype(np.int64)
        in_time = records.answered & (records.wait_s <= threshold_s)
        series = (
            np.bincount(place, minlength=grid.size).astype(np.float64),
            np.bincount(place, in_time, minlength=grid.size),
            seats(records, MINUTES).staffed(),
        )
        rows = [day for day in range(grid.horizon.days) if _served(grid, day, series[0])]
        self.dates = tuple(grid.horizon.dates[day] for day in rows)
        self.calls, self.good, self.seated = (np.array([each[_columns(grid, day)] for day in rows]) for each in series)


def _columns(grid: TimeGrid, day: int) -> IntArray:
    return np.flatnonzero((grid.day_of_slot == day) & (grid.wall_minute >= OPENS))


def _served(grid: TimeGrid, day: int, calls: FloatArray) -> bool:
    return grid.horizon.dates[day].weekday() in WEEK and calls[_columns(grid, day)].sum() > 0


def back_test(data: Path, last: int | None = None, cache: Path | None = None) -> dict[str, Any]:
    """Scores of the chances by lead time."""
    records = pool(data)
    january = records.between(records.horizon.first, FROM - timedelta(days=1))
    fits = fit(january, head_starts=ANONYMOUS_BANK_HEAD_STARTS)
    slots = Slots(records, fits.threshold_s)
    before = np.array([day < FROM for day in slots.dates])
    known = slots.calls[before] > 0
    level = float(np.median(slots.good[before][known] / slots.calls[before][known]))
    queue = Queue(
        id="calls", name="Calls", project="bank", opening=OPENING, target=ServiceTarget(service_level=level),
        handle_time_s=float(np.nanmean(january.handle_s) + fits.availability.pick_up_s),
        patience_s=fits.every.hazard_patience_s,
    )  # fmt: skip
    calendar = calendar_of("IL", slots.dates[0], slots.dates[-1] + timedelta(days=AHEAD))
    history = history_of(ZONE, slots.dates, slots.calls, OPENS, MINUTES)
    source = Feed("bank1999_calls", "Bank 1999", MINUTES, OPENS, slots.dates, slots.calls, history, calendar, OPENING, (), {})
    days = [day for day in slots.dates if day >= FROM][:last]
    looks = [look(source, day, hour, AHEAD if hour == HOURS[0] else 1, cache) for day in days for hour in HOURS]
    on_phones = slots.seated * fits.availability.load_share
    every = [_pairs(each, slots, on_phones, queue) for each in looks]
    chances = {name: {kind: scores(joined(e[name][kind] for e in every if name in e)) for kind in KINDS} for name in LEADS}
    return {
        "looks": len(looks),
        "days": [str(days[0]), str(slots.dates[-1])],
        "target": level,
        "forecast_cpu_s": sum(each.seconds for each in looks),
        "chances": chances,
    }


def _pairs(each: Look, slots: Slots, on_phones: FloatArray, queue: Queue) -> dict[str, dict[str, Pairs]]:
    """Chances of a look, by lead time and kind."""
    at, grid = each.at, each.made.grid
    found = dict[str, dict[str, list[Pairs]]]()
    for row, day in enumerate(slots.dates):
        ahead = (day - at.date()).days
        name = next((name for name, (first, last) in LEADS.items() if first <= ahead <= last), "")
        if not name or grid.horizon.index(day) >= grid.horizon.days:
            continue
        place = _columns(grid, grid.horizon.index(day))
        live = (place >= grid.slot(at)) & (slots.calls[row] > 0) & (slots.seated[row] > 0) & each.made.open[0, place]
        staff, where = on_phones[row, live], place[live]
        rates, handle = rate_quantiles(each.made.quantiles[0, where]), np.full(staff.size, queue.handle_time_s)
        patience = np.full(staff.size, queue.staffing_patience_s)
        nodes = rates_at(rates, NODES) / (60 * MINUTES)
        chances = (
            exceedance(bearable_calls(queue, staff, handle, MINUTES), rates),
            realised_miss_chance(staff, nodes, handle, patience, 60.0 * MINUTES, queue.target),
        )
        missed = slots.good[row, live] < queue.target.service_level * slots.calls[row, live]
        ordinals = [np.full(staff.size, one.toordinal()) for one in (at.date(), day)]
        for kind, chance in zip(KINDS, chances, strict=True):
            found.setdefault(name, {}).setdefault(kind, []).append(Pairs(chance, missed, *ordinals))
    return {name: {kind: joined(parts) for kind, parts in kinds.items()} for name, kinds in found.items()}
