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
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, timedelta
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
from data.model.calendar import Calendar
from data.model.demand import CallHistory
from data.model.time import Horizon, TimeGrid
from forecasting import DEFAULT, forecast, learn
from forecasting.methods import methods

REPEATS, CORES, BATCH = 5, 2, 25
"""Best of so many; processes; queues whose update is measured."""
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


def many_queues(queues: int) -> Iterator[Row]:
    """Four weeks ahead of all queues with every method, and the rest of today of queues that have learnt at midnight."""
    history = synthetic(queues, 0)
    horizon = Horizon(zone=ZONE, first=FIRST + timedelta(days=DAYS), days=AHEAD)
    calendar = calendar_of(COUNTRY, FIRST, horizon.last)
    case = f"{DAYS} days of {MINUTES} min, {CORES} processes"
    for method in (DEFAULT, *sorted(methods().keys() - {DEFAULT})):
        start = time.perf_counter()
        forecast(history, horizon.start, horizon, minutes=MINUTES, calendar=calendar, method=method, workers=CORES)
        wall = time.perf_counter() - start
        yield Row(f"Echelon, {method}: four weeks ahead", case, 1000 * wall / queues, queues, wall)
    yield rest_of_today(synthetic(min(queues, BATCH), 1), calendar)


def rest_of_today(history: CallHistory, calendar: Calendar) -> Row:
    """The update of queues that have learnt, with the counts of a morning."""
    today = Horizon(zone=ZONE, first=history.grid.horizon.last, days=1)
    learnt = learn(history, today.start, today, minutes=MINUTES, calendar=calendar)
    queues = len(history.queues)
    ms = best(lambda: learnt.forecast(history, today.start + timedelta(minutes=CUT))) / queues
    return Row("Echelon: rest of today, without learning again", f"{DAYS} days of {MINUTES} min, 1 process", ms, queues)


def _all_of_many(queues: int) -> list[Row]:
    return list(many_queues(queues))


def main() -> None:
    """Run, print the table and write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queues", type=int, default=1000)
    parser.add_argument("--out", type=Path, help="file for the results as JSON")
    asked = parser.parse_args()
    os.environ.update(dict.fromkeys(THREADS, "1"))  # the processes that measure inherit it
    # a fresh process inherits it before its maths libraries are loaded
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        rows = [*pool.submit(one_queue).result(), *pool.submit(_all_of_many, asked.queues).result()]
    table = Table("what", "case", "queues", "ms a queue", "wall s")
    for row in rows:
        table.add_row(row.what, row.case, f"{row.queues:,}", f"{row.ms:.2f}", "" if row.wall_s is None else f"{row.wall_s:.1f}")
    Console(width=110).print(table)
    if asked.out:
        asked.out.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
