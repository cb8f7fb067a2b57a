"""Peers on the same centres, each in a process of its own: memory is counted from nothing, and Java starts once in a process.

A peer is ``solve(problem, seed, seconds) -> Answer`` in a module of this package; what it returns is judged by our verifier.
"""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from time import perf_counter, process_time

from benchmarks.rostering.centre import month_centre
from benchmarks.rostering.result import Answer, Row, judged

LEAST_S, TIMES_OURS = 60.0, 3.0
"""A peer may search as long as this, and this many times as long as we took, whichever is longer."""

Peer = Callable[[int, int, float], Row]
"""Agents, seed and our seconds to the row of the peer."""


def _run(module: str, agents: int, seed: int, seconds: float, **options: bool) -> Row:
    """One peer in this process."""
    try:
        solve = import_module(f"benchmarks.rostering.{module}").solve
    except ModuleNotFoundError as missing:
        return judged(month_centre(agents, seed), Answer(module, None, note=f"{missing.name} is not installed"), seed, 0.0, 0.0)
    problem, began, busy = month_centre(agents, seed), perf_counter(), process_time()
    answer = solve(problem, seed, seconds, **options)
    return judged(problem, answer, seed, perf_counter() - began, process_time() - busy)


def _apart(module: str, agents: int, seed: int, ours_s: float, **options: bool) -> Row:
    """The peer in a process of its own."""
    seconds = max(LEAST_S, TIMES_OURS * ours_s)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(partial(_run, module, agents, seed, seconds, **options)).result()


PEERS: dict[str, Peer] = {
    "cpsat": partial(_apart, "cpsat_peer"),
    "cpsat_started": partial(_apart, "cpsat_peer", started=True),
    "timefold": partial(_apart, "timefold_peer"),
    "counts": partial(_apart, "counts_peer"),
}
"""By the name that ``--peers`` takes."""
