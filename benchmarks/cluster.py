"""What it costs to work elsewhere: ``python -m benchmarks.cluster [--agents N] [--steps N] [--out FILE]``; extra ``cluster``.

Steps of a bound in miniature on every executor: everyone's cheapest line of a month under prices, summed in the order of the
blocks, and prices that follow. Two workers each, Dask with its scheduler on the loopback. Efficiency is the wall-clock time of
one thread over twice that of the two workers, each the best of some steps; a machine with other work shows less. Overhead is that
of 500 tasks that do nothing, latency that of one alone. Bytes are those of the pipes, and for Dask those of the loopback device,
all hops counted.
"""

import argparse
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np
import psutil
from distributed import LocalCluster
from numba import njit
from rich.console import Console
from rich.table import Table

from data.model.base import FloatArray, IntArray
from optimizer.rostering.executor import Resident, map_problems, open_executor
from optimizer.rostering.executor.processes import Processes

DAYS, SYMBOLS, BLOCKS, WORKERS, TASKS, ALONE = 31, 20, 8, 2, 500, 20
MEBIBYTE = 2**20


@dataclass(frozen=True)
class Row:
    """What one executor takes.

    Parameters
    ----------
    start_s : float
        Until every worker has answered once, the libraries loaded.
    overhead_ms, latency_ms : float
        Of a task among many, of one alone.
    step_ms : float
        Of the best step.
    efficiency : float
        Share of the workers' time that is work, against one thread.
    first_mib, step_mib : float
        Moved by the first step, which brings the blocks, and by each later one; nan = by reference.
    """

    executor: str
    workers: int
    start_s: float
    overhead_ms: float
    latency_ms: float
    step_ms: float
    efficiency: float
    first_mib: float
    step_mib: float
    value: float


class Part(NamedTuple):
    """Own costs of some agents, shape (agents, days, symbols)."""

    cost: FloatArray


@njit(cache=True, nogil=True)
def cheapest(cost: FloatArray, price: FloatArray, present: IntArray) -> float:
    """Sum of the cheapest lines, no shift twice running; who works when is counted in `present`."""
    agents, days, symbols = cost.shape
    value, came = np.empty((days, symbols)), np.empty((days, symbols), dtype=np.int64)
    total = 0.0
    for a in range(agents):
        value[0] = cost[a, 0] + price[0]
        for d in range(1, days):
            for s in range(symbols):
                best = 0 if s > 0 else 1
                for before in range(symbols):
                    if before != s and value[d - 1, before] < value[d - 1, best]:
                        best = before
                came[d, s] = best
                value[d, s] = value[d - 1, best] + cost[a, d, s] + price[d, s]
        s = int(np.argmin(value[days - 1]))
        total += value[days - 1, s]
        for d in range(days - 1, -1, -1):
            present[d, s] += 1
            s = came[d, s]
    return total


def answer(part: Part, price: FloatArray) -> tuple[float, IntArray]:
    """Value and presence of some agents under prices."""
    present = np.zeros(price.shape, dtype=np.int64)
    return cheapest(part.cost, price, present), present


def nothing(number: int) -> int:
    """A task that is all overhead."""
    return number


def climb(resident: Resident[Part], steps: int) -> tuple[list[float], float]:
    """Seconds of each step, and the last value."""
    price, seconds, value = np.zeros((DAYS, SYMBOLS)), list[float](), 0.0
    for _ in range(steps):
        began = perf_counter()
        answers = resident.map(answer, price)
        value = sum(value for value, _ in answers)
        price = price + 1e-4 * np.sum([present for _, present in answers], axis=0)
        seconds.append(perf_counter() - began)
    return seconds, value


@contextmanager
def opened(name: str, workers: int) -> Iterator[Executor]:
    """An executor by name; ``dask`` brings a cluster along."""
    if name != "dask":
        with open_executor(name, workers) as executor:
            yield executor
        return
    loopback = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0", "worker_dashboard_address": "127.0.0.1:0"}
    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, processes=True, **loopback) as cluster,
        open_executor(f"dask:{cluster.scheduler_address}") as executor,
    ):
        yield executor


def moved_by(executor: Executor, name: str) -> Callable[[], float]:
    """Meter of the bytes moved so far, in MiB."""
    if isinstance(executor, Processes):
        return lambda: executor.moved / MEBIBYTE
    if name == "dask":
        return lambda: psutil.net_io_counters(pernic=True)["lo"].bytes_sent / MEBIBYTE
    return lambda: float("nan")


def measured(name: str, workers: int, parts: list[Part], steps: int, one_s: float) -> Row:
    """One executor; `one_s` is a step of one thread, nan = this is it."""
    began = perf_counter()
    with opened(name, workers) as executor:
        Resident(executor, [Part(part.cost[:1]) for part in parts]).map(answer, np.zeros((DAYS, SYMBOLS)))
        start = perf_counter() - began
        overhead = _seconds(lambda: map_problems(executor, nothing, range(TASKS))) / TASKS
        latency = min(_seconds(lambda: executor.submit(nothing, 1).result()) for _ in range(ALONE))
        meter = moved_by(executor, name)
        before, resident = meter(), Resident(executor, parts)
        climb(resident, 1)
        brought = meter()
        seconds, value = climb(resident, steps)
        efficiency = 1.0 if np.isnan(one_s) else one_s / (workers * min(seconds))
        first, later = brought - before, (meter() - brought) / steps
    return Row(name, workers, start, 1e3 * overhead, 1e3 * latency, 1e3 * min(seconds), efficiency, first, later, value)


def _seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def show(rows: list[Row], size: float) -> None:
    """Print the table."""
    title = f"{BLOCKS} blocks, {size:.1f} MiB in all; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    heads = (
        "executor",
        "workers",
        "start s",
        "overhead ms",
        "latency ms",
        "step ms",
        "efficiency",
        "first MiB",
        "step MiB",
        "value",
    )
    table = Table(*heads, title=title, title_justify="left")
    for row in rows:
        name, workers, *figures, value = asdict(row).values()
        table.add_row(name, str(workers), *(f"{figure:.3g}" for figure in figures), repr(value))
    Console(width=150).print(table)


def main() -> None:
    """Run, print the table and write the JSON; executors that differ in the value are an error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=20_000)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--out", type=Path, help="file for the results as JSON")
    options = parser.parse_args()
    rng = np.random.default_rng(1)
    parts = [Part(rng.normal(size=(len(rows), DAYS, SYMBOLS))) for rows in np.array_split(np.arange(options.agents), BLOCKS)]
    rows = [measured("threads", 1, parts, options.steps, float("nan"))]
    for name in ("threads", "processes", "dask"):
        rows.append(measured(name, WORKERS, parts, options.steps, rows[0].step_ms / 1e3))
    show(rows, sum(part.cost.nbytes for part in parts) / MEBIBYTE)
    if len({row.value for row in rows}) > 1:
        raise SystemExit("the executors differ")
    if options.out:
        options.out.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
