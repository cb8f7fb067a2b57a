"""Time of forecasts: one queue against the quick peers, a thousand queues, and the rest of today.

``python -m benchmarks.forecast_speed [--queues N] [--out FILE]``. One queue: the bank's counts of 2003 at 5 and 30 minutes, one
origin, fit and forecast, best of five. Many queues: two years of synthetic half hours each, four weeks ahead, spread over two
processes. Every maths library is held to one thread.
"""

import argparse
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import partial
from multiprocessing.pool import Pool
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.forecasting import peers
from benchmarks.forecasting.datasets import bank_calls
from benchmarks.forecasting.ours import ours
from benchmarks.forecasting.protocol import Method, jobs
from benchmarks.forecasting.runner import THREADS
from data.exchange.calendars import calendar_of
from data.model.demand import CallHistory
from data.model.time import Horizon, TimeGrid
from forecasting import forecast

REPEATS, CORES, BATCH = 5, 2, 25
"""Best of so many; processes; queues that are forecast in one call."""
FIRST, DAYS, AHEAD, MINUTES = date(2024, 1, 1), 2 * 365, 28, 30
ZONE, COUNTRY, OPENS, CLOSES = "Asia/Shanghai", "CN", 8 * 60, 22 * 60
CUT = 10 * 60
"""Minute of the day until which today is seen."""


@dataclass(frozen=True)
class Row:
    """One line: what, on what, milliseconds of one queue, and seconds of all of them where there are many."""

    what: str
    case: str
    ms: float
    queues: int = 1
    wall_s: float | None = None


def best(work: Callable[[], object], times: int = REPEATS) -> float:
    """Least milliseconds of some runs."""
    spent: list[float] = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        spent.append(1000 * (time.perf_counter() - start))
    return min(spent)


def quick_methods() -> Iterator[Method]:
    """Ours, and the installed peers that are not slow."""
    yield from ours().values()
    for name in peers.names():
        with suppress(ModuleNotFoundError):
            method = peers.peer(name)
            if not method.slow:
                yield method


def one_queue() -> list[Row]:
    """Fit and forecast at one origin, the last of the dev block."""
    methods, rows = list(quick_methods()), list[Row]()
    for feed in bank_calls.feeds(Path(), (5, 30)):
        for track in ("weekly", "intraday"):
            job = jobs(feed, track, feed.blocks["dev"])[-1]
            for method in methods:
                work = method.prepare(feed, job)
                work()
                rows.append(Row(method.title.replace("*", ""), f"{feed.minutes} min, {track}", best(work)))
    return rows


def synthetic(queues: int, seed: int) -> CallHistory:
    """Half hours of two years: a hump over the day, week and year, days that differ, Poisson noise; 1 to 300 calls."""
    rng = np.random.default_rng(seed)
    grid = TimeGrid(horizon=Horizon(zone=ZONE, first=FIRST, days=DAYS), minutes=MINUTES)
    volume = np.exp(rng.uniform(0, np.log(300), (queues, 1)))
    day, wall = grid.day_of_slot, grid.wall_minute
    hump = np.exp(-0.5 * ((wall - 10 * 60) / 100) ** 2) + 0.7 * np.exp(-0.5 * ((wall - 15 * 60) / 120) ** 2)
    week = rng.uniform(0.5, 1.2, (queues, 7))[:, day % 7]
    year = 1 + 0.2 * np.sin(2 * np.pi * day / 365)
    effect = rng.gamma(100, 0.01, (queues, DAYS))[:, day]
    calls = rng.poisson(volume * hump * week * year * effect).astype(np.float64)
    calls[:, (wall < OPENS) | (wall >= CLOSES)] = np.nan
    return CallHistory(tuple(f"queue{q}" for q in range(queues)), grid, calls, np.full(calls.shape, np.nan))


def month_ahead(history: CallHistory) -> object:
    """Four weeks from the end of the history."""
    horizon = Horizon(zone=ZONE, first=FIRST + timedelta(days=DAYS), days=AHEAD)
    calendar = calendar_of(COUNTRY, FIRST, horizon.last)
    return forecast(history, horizon.start, horizon, minutes=MINUTES, calendar=calendar)


def rest_of_today(history: CallHistory) -> object:
    """The rest of the last day, its morning seen.

    This is a full refit. The place for the update of a fitted model in process, once the package has one: fit outside the clock,
    update here.
    """
    horizon = Horizon(zone=ZONE, first=history.grid.horizon.last, days=1)
    calendar = calendar_of(COUNTRY, FIRST, horizon.last)
    return forecast(history, horizon.start + timedelta(minutes=CUT), horizon, minutes=MINUTES, calendar=calendar)


def _seconds(work: Callable[[CallHistory], object], seeds: range) -> float:
    """Seconds of one process over its batches; making the history is not counted."""
    spent = 0.0
    for seed in seeds:
        history = synthetic(BATCH, seed)
        start = time.perf_counter()
        work(history)
        spent += time.perf_counter() - start
    return spent


def many_queues(queues: int, pool: Pool) -> Iterator[Row]:
    """Both jobs over all queues, the slower of the processes."""
    batches = -(-queues // BATCH)
    parts = [range(core, batches, CORES) for core in range(CORES)]
    pool.map(partial(_seconds, month_ahead), [range(1)] * CORES)  # nothing is compiled under the clock
    for what, work in (("four weeks ahead", month_ahead), ("rest of today, by refit", rest_of_today)):
        wall = max(pool.map(partial(_seconds, work), parts, chunksize=1))
        case, count = f"{DAYS} days of {MINUTES} min, {CORES} processes", batches * BATCH
        yield Row(what, case, 1000 * wall / count, count, wall)


def main() -> None:
    """Run, print the table and write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queues", type=int, default=1000)
    parser.add_argument("--out", type=Path, help="file for the results as JSON")
    asked = parser.parse_args()
    os.environ.update(dict.fromkeys(THREADS, "1"))  # the processes that measure inherit it
    with multiprocessing.get_context("spawn").Pool(CORES) as pool:
        rows = [*pool.apply(one_queue), *many_queues(asked.queues, pool)]
    table = Table("what", "case", "queues", "ms a queue", "wall s")
    for row in rows:
        table.add_row(row.what, row.case, f"{row.queues:,}", f"{row.ms:.1f}", "" if row.wall_s is None else f"{row.wall_s:.1f}")
    Console(width=110).print(table)
    if asked.out:
        asked.out.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
