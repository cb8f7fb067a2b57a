"""Peers on the same instances, each in a process of its own: Java starts once in a process.

A peer is ``solve(instance, seed, seconds) -> Answer`` in the module ``NAME_peer`` of this package; what it returns is judged by
`benchmarks.nrp.checker`.
"""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from math import nan
from multiprocessing import get_context
from time import perf_counter, process_time

from data.exchange.nrp import Instance

PEERS = {"cpsat": "CP-SAT", "timefold": "Timefold"}
"""What ``--peers`` takes, and how the table says it."""


@dataclass(frozen=True)
class Answer:
    """What a peer returns; NaN is what it does not tell.

    Parameters
    ----------
    schedule : dict or None
        Shift of each employee and day, empty on a day off; None if none was found.
    bound : float
        No schedule costs less.
    first_s : float
        Until the first legal schedule.
    """

    schedule: dict[str, list[str]] | None
    bound: float = nan
    first_s: float = nan


@dataclass(frozen=True)
class Run:
    """An answer and the time that it took, seconds: of the wall, and of the processor, all threads."""

    answer: Answer
    seconds: float
    cpu_s: float


def search(name: str, instance: Instance, seed: int, seconds: float) -> Run:
    """A peer in this process.

    Raises
    ------
    ImportError
        When the peer, or what it runs on, is not installed.
    """
    solve = import_module(f"benchmarks.nrp.{name}_peer").solve
    began, busy = perf_counter(), process_time()
    answer = solve(instance, seed, seconds)
    return Run(answer, perf_counter() - began, process_time() - busy)


def apart(name: str, instance: Instance, seed: int, seconds: float) -> Run | None:
    """A peer in a process of its own; None, and a message, when it is not installed."""
    try:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            return process.submit(search, name, instance, seed, seconds).result()
    except ImportError as missing:
        needs = "the extra bench, and Timefold a JDK of 17 or later"
        print(f"{PEERS[name]} is skipped; peers need {needs}: {missing}", flush=True)
        return None
