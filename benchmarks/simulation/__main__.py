"""Run the simulation benchmark: ``python -m benchmarks.simulation --help``."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from time import process_time

import numpy as np

from benchmarks.simulation.days import Day, one_queue, six_queues
from benchmarks.simulation.peers import ciw_network, simpy_dispatcher, simpy_processes, simpy_resource
from benchmarks.simulation.report import Section, best, fill, show, write
from benchmarks.simulation.tally import Tally
from data.model.base import FloatArray
from optimizer.staffing.one_queue import simulate_day
from optimizer.staffing.simulate import Simulation, replay, simulate

REPEATS, REPLICATIONS = 5, 20
"""Best of so many runs; replications that tell the noise."""
SAME = 1e-3
"""Difference of a share that is none: rounded times may change the fate of single calls (house choice)."""
HEADS = ("side", "calls", "CPU s", "calls/s", "times ours", "service level %", "abandoned %")


@dataclass(frozen=True)
class Row:
    """A side on a day.

    Parameters
    ----------
    calls : int
        Calls that were given; redials come on top.
    seconds : float
        CPU time of one process and thread.
    ratio : float
        Seconds a call, over those of our `simulate`.
    """

    day: str
    side: str
    calls: int
    seconds: float
    ratio: float
    service_level: float
    abandon_rate: float


def rates(found: Simulation) -> FloatArray:
    """Service level and abandonment of each replication, shape (replications, 2)."""
    service = found.service
    return np.stack([service.levels("offered", (1, 2)), service.abandon_rates((1, 2))], axis=-1)


def replayed(day: Day, replications: int) -> FloatArray:
    """Rates of our event simulator on the calls of the day."""
    return rates(replay(day.model, day.calls, day.duties, seed=1, replications=replications))


def simulated(day: Day, replications: int) -> FloatArray:
    """Rates of our event simulator on as many calls of its own."""
    return rates(simulate(day.model, day.counts, day.duties, seed=1, replications=replications, counts=True))


def simulated_day(day: Day, replications: int) -> FloatArray:
    """Rates of our engine for one queue on as many calls of its own."""
    queue = day.model.queues[0]
    law = (queue.handle_time_s, queue.handle_time_cv, queue.patience[0][1], day.agents, queue.threshold_s)
    found = simulate_day(day.counts[0], day.model.slot_s, *law, seed=1, replications=replications)
    return np.stack([found.service_levels(1), found.abandoned.sum(axis=1) / found.offered.sum(axis=1)], axis=-1)


def our_sides(day: Day) -> dict[str, Callable[[Day, int], FloatArray]]:
    """Ours, the engine made for the day first."""
    sides = {"Echelon simulate": simulated, "Echelon replay": replayed}
    return ({"Echelon simulate_day": simulated_day} if len(day.model.queues) == 1 else {}) | sides


def peers(day: Day) -> dict[str, Callable[[Day], Tally]]:
    """Peers that can do the day."""
    if len(day.model.queues) == 1:
        single = {"SimPy, Resource": simpy_resource.simulate, "ciw": ciw_network.simulate}
    else:
        single = {"SimPy, dispatcher, a process a call": simpy_processes.simulate}
    return single | {"SimPy, dispatcher, events only": simpy_dispatcher.simulate}


def assert_agree(what: str, seen: FloatArray, ours: FloatArray) -> None:
    """Raise unless the rates of a peer lie within four standard deviations of those of our replications."""
    noise = 4 * ours.std(axis=0, ddof=1) * np.sqrt(1 + 1 / len(ours)) + SAME
    assert (np.abs(seen - ours.mean(axis=0)) <= noise).all(), f"{what}: {seen} against {ours.mean(axis=0)} within {noise}"


def compare(day: Day, part: int) -> Iterator[Row]:
    """All sides on a day; ciw on its first calls only, `part` of them."""
    unit, calls, found = 0.0, len(day.calls.queue), dict[str, FloatArray]()
    for side, work in our_sides(day).items():
        found[side] = work(day, REPLICATIONS)
        seconds = best(lambda work=work: work(day, 1), REPEATS)
        unit = unit or seconds / calls
        yield Row(day.name, side, calls, seconds, seconds / calls / unit, *found[side].mean(axis=0).tolist())
    for side, peer in peers(day).items():
        given = day.first(part) if side == "ciw" else day
        start = process_time()
        tally = peer(given)
        seconds, ran = process_time() - start, len(given.calls.queue)
        seen = np.array([tally.service_level, tally.abandon_rate])
        for ours in found.values() if given is day else [replayed(given, REPLICATIONS)]:
            assert_agree(f"{side}, {day.name}", seen, ours)
        yield Row(day.name, side, ran, seconds, seconds / ran / unit, *seen.tolist())


def sections(rows: Sequence[Row]) -> list[Section]:
    """A table for each day."""
    return [Section(name, HEADS, [line(row) for row in group]) for name, group in groupby(rows, key=lambda row: row.day)]


def line(row: Row) -> list[str]:
    """Cells of a row."""
    shares = (f"{100 * row.service_level:.2f}", f"{100 * row.abandon_rate:.2f}")
    ratio = f"{row.ratio:,.2f}" if row.ratio < 10 else f"{row.ratio:,.0f}"
    return [
        row.side.replace("Echelon", "**Echelon**"),
        f"{row.calls:,}",
        f"{row.seconds:.4f}",
        f"{row.calls / row.seconds:,.0f}",
        ratio,
        *shares,
    ]


def main() -> None:
    """Run, print the tables, keep the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulation", description=__doc__)
    parser.add_argument("--out", type=Path, help="file for the results as JSON")
    parser.add_argument("--page", type=Path, help="page whose simulation tables are written anew")
    parser.add_argument("--slice", type=int, default=20_000, help="first calls of a day that ciw runs")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the calls and agents of every day, to try it out")
    asked = parser.parse_args()
    single = ((10_000, 40, 300.0), (260_000, 920, 300.0), (260_000, 1830, 600.0))
    several = ((10_000, 142), (100_000, 1286))
    sizes = [(round(asked.scale * calls), round(asked.scale * agents), handle) for calls, agents, handle in single]
    cases = [one_queue(*size) for size in sizes]
    cases += [six_queues(round(asked.scale * calls), round(asked.scale * agents)) for calls, agents in several]
    rows = [row for day in cases for row in compare(day, asked.slice)]
    show(sections(rows))
    if asked.out:
        write(asked.out, rows)
    if asked.page:
        fill(asked.page, "simulation", sections(rows))


if __name__ == "__main__":
    main()
