"""Runs of methods on tracks: each in a process of its own, stopped at a limit."""

import multiprocessing
import os
import signal
import time
import traceback
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

import numpy as np

from benchmarks.forecasting.ours import ours
from benchmarks.forecasting.peers import peer
from benchmarks.forecasting.protocol import Feed, Job, Method, jobs
from benchmarks.forecasting.scoring import Scored, figures

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""Held to one, so that CPU time is that of one core and methods do not differ by how many they take."""


@dataclass(frozen=True)
class Run:
    """One line of a table to be: a method on a track of a feed."""

    data: str
    title: str
    minutes: int
    track: str
    stride: int
    block: str
    method: str


@dataclass(frozen=True)
class Row:
    """What came of a run.

    Parameters
    ----------
    status : str
        ``finished``, ``not finished`` within `seconds`, or ``failed``.
    figures : dict
        Of `scoring.Figures`; empty unless finished.
    cpu_ms : float
        Mean of fit and forecast over the forecasts of the track, processes that a method starts included.
    wall_ms : float
        Best of fit and forecast.
    """

    run: Run
    name: str
    status: str
    seconds: float
    note: str = ""
    fits: int = 0
    cpu_ms: float = float("nan")
    wall_ms: float = float("nan")
    figures: dict[str, Any] = field(default_factory=dict)

    def settled(self, seconds: float) -> bool:
        """Whether the run need not be made again: it finished, or had at least this long."""
        return self.status == "finished" or (self.status == "not finished" and self.seconds >= seconds)


def method_named(name: str) -> Method:
    """A method of ours or a peer.

    Raises
    ------
    ImportError
        If a peer needs a package that is absent.
    """
    return ours().get(name) or peer(name)


def measure(run: Run, feed: Feed, method: Method) -> Row:
    """Forecast every job of the track; the first is made once more beforehand, so that nothing is compiled under the clock."""
    block = feed.blocks[run.block]
    todo = jobs(feed, run.track, block, run.stride)
    method.prepare(feed, todo[0])()
    found = [_forecast(feed, job, method) for job in todo]
    scale = float(np.abs(np.diff(feed.calls[: block.start], axis=0)).mean())
    result = figures([scored for scored, _, _ in found], scale)
    cpu, wall = np.array([spent for _, *spent in found]).T * 1000
    return Row(run, method.title, "finished", 0.0, "", len(todo), float(cpu.mean()), float(wall.min()), asdict(result))


def _forecast(feed: Feed, job: Job, method: Method) -> tuple[Scored, float, float]:
    """The forecast of a job, with CPU and wall seconds."""
    work = method.prepare(feed, job)
    cpu, wall = _cpu_seconds(), time.perf_counter()
    made = work()
    spent = _cpu_seconds() - cpu, time.perf_counter() - wall
    rows = slice(job.row, job.row + job.days)
    calls = feed.calls[rows].copy()
    calls[0, : job.seen] = np.nan
    return Scored(feed.dates[rows], calls, made), *spent


def _cpu_seconds() -> float:
    """Of this process and of those it started that have ended."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def run_within(run: Run, feed: Feed, seconds: float) -> Row:
    """Measure in a process of its own; one that takes longer is stopped with all that it started."""
    spawned = multiprocessing.get_context("spawn")
    here, there = spawned.Pipe(duplex=False)
    process = spawned.Process(target=_work, args=(there, run, feed))
    process.start()
    there.close()
    name = method_named(run.method).title
    try:
        return here.recv() if here.poll(seconds) else Row(run, name, "not finished", seconds)
    except EOFError:
        return Row(run, name, "failed", seconds, "the process died")
    finally:
        _end(process)


def _end(process: SpawnProcess) -> None:
    """Stop a process and what it started, if they still run."""
    assert process.pid
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()


def _work(out: Connection, run: Run, feed: Feed) -> None:
    os.setsid()  # a group of its own, so that a method's child processes end with it
    method = method_named(run.method)
    try:
        out.send(measure(run, feed, method))
    except Exception as error:
        out.send(Row(run, method.title, "failed", 0.0, f"{type(error).__name__}: {error}\n{traceback.format_exc()}"))
