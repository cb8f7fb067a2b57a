"""Staffing against its peers: least agents, a month with carried backlog, and warnings.

``python -m benchmarks.staffing [--out FILE] [--page FILE] [--searches N]``. Needs the peers (extra ``bench``).

Least agents: loads of 1 to 2,000 Erlang (log-uniform), handle times of 120 to 600 s, 70 to 95 % in 10 to 60 s, one call for all
of ours. `pyworkforce` is the package; `recursive` carries Erlang B along (the best plain loop) and `waiting_room` is Erlang A
with every series written out for every candidate, both written here. A peer runs on the first of the inputs; the ratio is per
search, and the answers are compared. CPU time of one thread, ours the best of three.
"""

import argparse
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

import numpy as np
from pyworkforce.queuing import ErlangC
from scipy.special import ndtri

from benchmarks.simulation.report import Section, best, fill, show, write
from data.model.base import FloatArray, IntArray
from data.model.centre import WEEKDAYS, OpeningHours, Queue, ServiceTarget
from data.model.demand import LEVELS, Forecast
from data.model.time import Horizon, TimeGrid
from optimizer.response.warning.warn import outlook
from optimizer.staffing.one_queue import HandleTimeLaw, simulate_day
from optimizer.staffing.queueing import largest_rate, least_agents_many
from optimizer.staffing.requirement import require
from optimizer.staffing.transient import forward_search

PATIENCE_S, SLOT_S = 150.0, 1800.0
TARGET = ServiceTarget(service_level=0.8, threshold_s=20.0)
SPREAD = 0.15
"""Standard deviation of the logarithm of the rate that a forecast leaves open (house choice)."""
REPEATS, REPLICATIONS, DAYS = 3, 10, 30
SEARCH_HEADS = ("what", "searches", "ours, us", "a second", "peer, us", "ratio", "answers that differ")
MONTH_HEADS = ("what", "cells", "CPU s", "us a cell")
BIAS_HEADS = ("handle time", "load, Erlang", "solver %", "simulated %", "bias, points")

Peer = Callable[[float, float, float, float], int]
"""Load, handle time, threshold, service level -> agents."""


@dataclass(frozen=True)
class Searches:
    """Seconds of one search, ours and the peer's, and on how many of the peer's they differ."""

    what: str
    searches: int
    ours_s: float
    peer_s: float | None = None
    asked: int | None = None
    differ: int | None = None


@dataclass(frozen=True)
class Work:
    """Seconds of all cells together."""

    what: str
    cells: int
    seconds: float


@dataclass(frozen=True)
class Bias:
    """Service level of a month as the solver and as the simulation see it; `load` is that of the busiest slot, Erlang."""

    law: str
    load: float
    calls: float
    solver: float
    simulated: float


def pyworkforce(load: float, handle: float, threshold: float, level: float) -> int:
    """Least agents of Erlang C as the package finds them."""
    queue = ErlangC(transactions=load / handle * SLOT_S, aht=handle, asa=threshold, interval=SLOT_S)
    return queue.required_positions(service_level=level)["raw_positions"]


def blocked(n: int, load: float) -> float:
    """Erlang B by the usual recursion."""
    value = 1.0
    for k in range(1, n + 1):
        value = load * value / (k + load * value)
    return value


def level_c(n: int, load: float, handle: float, threshold: float, block: float) -> float:
    """Service level of Erlang C out of Erlang B."""
    waits = block / (1 - load / n * (1 - block))
    return 1 - waits * math.exp(-(n - load) * threshold / handle)


def recursive(load: float, handle: float, threshold: float, level: float) -> int:
    """Least agents of Erlang C by one recursion."""
    n, block = math.floor(load) + 1, blocked(math.floor(load) + 1, load)
    while level_c(n, load, handle, threshold, block) < level:
        n += 1
        block = load * block / (n + load * block)
    return n


def series(x: float, y: float) -> tuple[float, float]:
    """Sums over the waiting positions: of the weights, and of the positions times the weights."""
    term = total = 1.0
    queue = j = 0.0
    while j * term > 1e-15 * queue or y + j <= x or j == 0:
        j += 1
        term *= x / (y + j)
        total += term
        queue += j * term
    return total, queue


def level_a(n: int, load: float, handle: float, threshold: float) -> float:
    """Service level of Erlang A."""
    lam, theta = load / handle, 1 / PATIENCE_S
    y, kept = n / handle / theta, math.exp(-theta * threshold)
    room, queue = series(lam / theta, y)
    den = 1 / blocked(n, load) + room - 1
    shift = math.exp(lam * (1 - kept) / theta - n / handle * threshold)
    late = n / load / den * shift * (series(lam / theta * kept, y)[0] - 1)
    return 1 - theta * queue / den / lam - late


def waiting_room(load: float, handle: float, threshold: float, level: float) -> int:
    """Least agents of Erlang A from the load down or up, one by one."""
    n = max(1, math.ceil(load))
    while level_a(n, load, handle, threshold) < level:
        n += 1
    while n > 1 and level_a(n - 1, load, handle, threshold) >= level:
        n -= 1
    return n


def triples(count: int) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Loads, handle times, thresholds and service levels."""
    rng = np.random.default_rng(1)
    load, handle = np.exp(rng.uniform(0, math.log(2000), count)), rng.uniform(120, 600, count)
    return load, handle, rng.choice([10.0, 20.0, 30.0, 60.0], count), rng.choice([0.7, 0.8, 0.9, 0.95], count)


def searches(count: int) -> Iterator[Searches]:
    """Rows of the search comparison."""
    given = triples(count)
    for name, patience, peers in (
        ("Erlang C", np.inf, ((pyworkforce, 1000), (recursive, 2000))),
        ("Erlang A", PATIENCE_S, ((waiting_room, 200),)),
    ):
        for peer, asked in peers:
            yield against(f"least agents, {name}, against {peer.__name__}", peer, patience, given, asked)
    yield rates()


def against(what: str, peer: Peer, patience: float, given: tuple[FloatArray, ...], asked: int) -> Searches:
    """Ours on all inputs, the peer on the first of them."""
    load, handle, threshold, level = given

    def ours() -> IntArray:
        return least_agents_many(load / handle, handle, patience, level, threshold)

    answers: list[int] = []
    first = list(zip(*(values[:asked].tolist() for values in given), strict=True))
    spent = best(lambda: answers.extend(peer(*one) for one in first), 1)
    differ = int(np.sum(ours()[: len(first)] != answers))
    return Searches(what, load.size, best(ours, REPEATS) / load.size, spent / len(first), len(first), differ)


def rates() -> Searches:
    """Row of the inverse search: the largest rate that a staff can take."""
    rng = np.random.default_rng(2)
    n, handle = rng.integers(1, 2000, 20_000), rng.uniform(120, 600, 20_000)
    largest_rate(n[:1], handle[:1], PATIENCE_S, TARGET)
    seconds = best(lambda: largest_rate(n, handle, PATIENCE_S, TARGET), REPEATS)
    return Searches("largest rate, Erlang A", n.size, seconds / n.size)


def queues() -> tuple[Queue, ...]:
    """Six queues that are open round the clock."""
    opening = OpeningHours(hours=dict.fromkeys(WEEKDAYS, ("00:00", "24:00")))
    times = zip(np.linspace(180, 600, 6).tolist(), np.linspace(300, 90, 6).tolist(), strict=True)
    return tuple(
        Queue(id=f"q{k}", name=f"q{k}", project="p", opening=opening, target=TARGET, handle_time_s=handle, patience_s=patience)
        for k, (handle, patience) in enumerate(times)
    )


def month() -> Forecast:
    """Half hours of a month: days of two humps that differ, busiest slots of about 3 to 400 Erlang.

    The quantiles hold the luck of the count too.
    """
    grid = TimeGrid(horizon=Horizon(zone="UTC", first=date(2026, 6, 1), days=DAYS), minutes=int(SLOT_S // 60))
    hour = (np.arange(48) + 0.5) / 2
    hump = np.exp(-(((hour - 10.5) / 2.5) ** 2)) + 0.9 * np.exp(-(((hour - 16) / 3) ** 2)) + 0.03
    handle = np.array([[queue.handle_time_s] for queue in queues()]) * np.ones(grid.size)
    day = np.repeat(np.random.default_rng(5).gamma(100, 0.01, (6, DAYS)), hump.size, axis=1)
    calls = np.geomspace(3, 400, 6)[:, None] * np.tile(hump / hump.max(), DAYS) * day / handle * SLOT_S
    spread = np.sqrt(SPREAD**2 + 1 / np.maximum(calls, 1))[..., None]
    quantiles = calls[..., None] * np.exp(spread * ndtri(np.array(LEVELS)))
    names = tuple(queue.id for queue in queues())
    return Forecast(names, grid, grid.horizon.start, calls, quantiles, handle, np.ones(calls.shape, bool))


def months() -> tuple[list[Work], list[Bias]]:
    """The month staffed slot by slot, its bias against simulation, and its warnings."""
    forecast, described = month(), queues()
    rate, patience = forecast.mean / SLOT_S, np.array([[queue.patience_s] for queue in described])

    def search() -> object:
        return forward_search(rate, forecast.handle_time_s, patience, SLOT_S, TARGET, start="empty")

    agents, service = forward_search(rate, forecast.handle_time_s, patience, SLOT_S, TARGET, start="empty")
    requirement, available = require(forecast, described), agents.astype(np.float64)
    outlook(forecast, requirement, available, described)
    work = [
        Work("forward search, backlog carried, agents who leave finish their call", rate.size, best(search, REPEATS)),
        Work("warnings, both chances", rate.size, best(lambda: outlook(forecast, requirement, available, described), REPEATS)),
    ]
    seen = service.service_levels(axis=1).tolist()
    laws: tuple[HandleTimeLaw, ...] = ("exponential", "lognormal")
    return work, [bias(law, queue, rate[k], agents[k], seen[k]) for law in laws for k, queue in enumerate(described)]


def bias(law: HandleTimeLaw, queue: Queue, rate: FloatArray, agents: IntArray, solver: float) -> Bias:
    """Simulated months with the agents that the search found."""
    counts = np.random.default_rng(3).poisson(rate * SLOT_S, (REPLICATIONS, rate.size))
    pace = (queue.handle_time_s, 0.95, queue.patience_s)
    seen = simulate_day(counts, SLOT_S, *pace, agents, TARGET.threshold_s, seed=4, replications=REPLICATIONS, law=law)
    return Bias(law, float(rate.max() * queue.handle_time_s), float(rate.sum() * SLOT_S), solver, seen.service_level)


def sections(found: list[Searches], work: list[Work], biases: list[Bias]) -> list[Section]:
    """The tables."""
    return [
        Section("Searches", SEARCH_HEADS, [search_line(row) for row in found]),
        Section(
            f"A month of six queues, half hours, {TARGET.service_level:.0%} in {TARGET.threshold_s:.0f} s",
            MONTH_HEADS,
            [[row.what, f"{row.cells:,}", f"{row.seconds:.3f}", f"{row.seconds / row.cells * 1e6:.1f}"] for row in work],
        ),
        Section("Service of that month, of the solver and simulated", BIAS_HEADS, list(bias_lines(biases))),
    ]


def search_line(row: Searches) -> list[str]:
    """Cells of a row."""
    ours = [row.what, f"{row.searches:,}", f"{row.ours_s * 1e6:.2f}", f"{1 / row.ours_s:,.0f}"]
    if row.peer_s is None:
        return [*ours, "", "", ""]
    return [*ours, f"{row.peer_s * 1e6:,.1f}", f"{row.peer_s / row.ours_s:,.0f}", f"{row.differ} of {row.asked:,}"]


def bias_lines(biases: list[Bias]) -> Iterator[list[str]]:
    """Cells of each queue, and of all calls of a law together."""
    for law, group in groupby(biases, key=lambda row: row.law):
        rows = list(group)
        calls = sum(row.calls for row in rows)
        solver, simulated = (sum(row.calls * getattr(row, side) for row in rows) / calls for side in ("solver", "simulated"))
        for row in (*rows, Bias(law, math.nan, calls, solver, simulated)):
            levels = (row.solver, row.simulated, row.simulated - row.solver)
            name = "all calls" if math.isnan(row.load) else f"{row.load:.0f}"
            yield [law, name, *(f"{100 * level:{form}}" for level, form in zip(levels, (".2f", ".2f", "+.2f"), strict=True))]


def main() -> None:
    """Run, print the tables, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="file for the results as JSON")
    parser.add_argument("--page", type=Path, help="page whose staffing tables are written anew")
    parser.add_argument("--searches", type=int, default=1_000_000)
    asked = parser.parse_args()
    found = list(searches(asked.searches))
    work, biases = months()
    show(sections(found, work, biases))
    if asked.out:
        write(asked.out, [*found, *work, *biases])
    if asked.page:
        fill(asked.page, "staffing", sections(found, work, biases))


if __name__ == "__main__":
    main()
