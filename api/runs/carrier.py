"""Carrying out one run: a process of its own on a working copy, watched from here until it ends, is cancelled or is given up."""

import multiprocessing
import os
import re
import shutil
import signal
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import pebble
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from api.runs.child import Outcome, Task, guarded, problem_of
from api.runs.landing import land, take_off
from data.model.errors import EchelonError
from data.store.base import Database
from data.store.folder import Files
from data.store.runs import Overtaken, begin_run, run_row, tell_log, tell_progress

PROCESSES: Any = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["api.runs.gently", "api.runs.child"])

ATTEMPTS = 3
"""Processes that a run is given: one that dies (out of memory, say) is no answer."""

MOST_BEGUN = 20
"""Times that a run is begun, by whichever workers: one that takes its workers with it ends as failed."""

TOLD_SECONDS = 0.5
"""Least time between two notes of progress in the store, and between two looks whether the run is to be cancelled."""

MOST_LOG = 200_000
"""Characters of a log that are kept: the last ones."""

spawn: Any = pebble.concurrent.process(daemon=True, context=PROCESSES)(guarded)  # pyright: ignore[reportCallIssue]


class GivenBack(Exception):
    """The worker stops: somebody else carries the run out."""


@dataclass
class Watch:
    """What is known of a process while it runs.

    Parameters
    ----------
    pid : int
        0 = it has not said yet.
    progress : dict
        Last record that it told.
    stop_by : float
        Moment (monotonic) at which it is killed; inf = it was not asked to stop.
    logged : int
        Bytes of its log when it was last kept.
    """

    pid: int = 0
    progress: dict[str, Any] = field(default_factory=dict[str, Any])
    seq: int = 0
    stop_by: float = float("inf")
    logged: int = 0


@dataclass(frozen=True)
class Carrier:
    """Carries out runs in the name of a worker.

    Parameters
    ----------
    grace_seconds : float
        How long a cancelled run may take to end with the best it has.
    giving_back : Event
        Set when the worker stops.
    """

    worker: str
    database: Database
    files: Files
    grace_seconds: float
    giving_back: Event = field(default_factory=Event)

    def carry_out(self, number: str) -> None:
        """Carry a run out from the start to its end; nothing is done if it has ended.

        Raises
        ------
        GivenBack
            The worker stops.
        """
        with self.database.writing() as connection:
            run = begin_run(connection, number, self.worker, datetime.now(UTC))
        if run is None:
            return
        folder = self.files.root / "runs" / number
        try:
            self._end(run, folder / str(run["attempt"]), self._outcome(run, folder))
        except Overtaken:
            return
        shutil.rmtree(folder, ignore_errors=True)

    def _outcome(self, run: dict[str, Any], folder: Path) -> Outcome:
        """What came of the run's process; a process that dies is started anew, on a fresh copy."""
        copy = folder / str(run["attempt"])
        if run["attempt"] > MOST_BEGUN:
            return Outcome(
                "failed", problem={"error": "SolverFailure", "detail": f"it was begun {MOST_BEGUN} times and never ended"}
            )
        tries = Retrying(retry=retry_if_exception_type(pebble.ProcessExpired), stop=stop_after_attempt(ATTEMPTS), reraise=True)
        try:
            return tries(self._try, run, copy)
        except pebble.ProcessExpired:
            detail = f"its process died {ATTEMPTS} times"
            return Outcome("failed", problem={"error": "SolverFailure", "detail": detail})
        except EchelonError as error:
            return Outcome("failed", problem=problem_of(error))

    def _try(self, run: dict[str, Any], copy: Path) -> Outcome:
        shutil.rmtree(copy, ignore_errors=True)
        take_off(self.database, run, copy, self.files)
        task = Task(run["kind"], run["params"], run["by"], str(copy), str(_log_of(copy)))
        reader, writer = PROCESSES.Pipe(duplex=False)
        with reader:
            with writer:
                future = spawn(task, writer)
            return self._watch(run, copy, future, reader)

    def _watch(self, run: dict[str, Any], copy: Path, future: Any, pipe: Connection) -> Outcome:
        watch, told_at, told_seq = Watch(), monotonic(), 0
        while not future.done():
            if self.giving_back.is_set():
                future.cancel()
                raise GivenBack
            _hear(pipe, watch)
            now = monotonic()
            if now - told_at >= TOLD_SECONDS:
                told_at = now
                self._tell(run, watch if watch.seq != told_seq else None)
                told_seq = watch.seq
                self._tell_log(run, watch, copy)
                self._look(run, watch)
            if now >= watch.stop_by:
                future.cancel()
                return Outcome("stopped")
        if watch.seq != told_seq:
            self._tell(run, watch)
        with suppress(CancelledError):
            return future.result()
        return Outcome("stopped")

    def _tell(self, run: dict[str, Any], watch: Watch | None) -> None:
        if watch is not None:
            with self.database.writing() as connection:
                tell_progress(connection, run["id"], run["attempt"], {"seq": watch.seq, **watch.progress})

    def _tell_log(self, run: dict[str, Any], watch: Watch, copy: Path) -> None:
        file = _log_of(copy)
        size = file.stat().st_size if file.is_file() else 0
        if size != watch.logged:
            watch.logged = size
            with self.database.writing() as connection:
                tell_log(connection, run["id"], run["attempt"], _log(run, copy))

    def _look(self, run: dict[str, Any], watch: Watch) -> None:
        """Ask the process to end if the run is to be cancelled; end it if somebody else carries the run out."""
        with self.database.reading() as connection:
            row = run_row(connection, run["id"])
        if row["attempt"] != run["attempt"]:
            watch.stop_by = 0.0
        elif row["cancel"] and watch.pid and watch.stop_by == float("inf"):
            watch.stop_by = monotonic() + self.grace_seconds
            with suppress(ProcessLookupError):
                os.kill(watch.pid, signal.SIGINT)

    def _end(self, run: dict[str, Any], copy: Path, outcome: Outcome) -> None:
        """End the run with what came of it; if it cannot be kept, with why."""
        log = _log(run, copy)
        end = partial(land, self.database, run, copy, self.files, at=datetime.now(UTC), log=log)
        try:
            end(outcome)
        except Overtaken:
            raise
        except EchelonError as error:
            end(Outcome("failed", problem=problem_of(error)))


def _log_of(copy: Path) -> Path:
    return copy.with_name(f"{copy.name}.log")


def _log(run: dict[str, Any], copy: Path) -> str:
    """What a process has said so far; its copy is called by the centre, for where it lies is nobody's business outside."""
    file = _log_of(copy)
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    folded = "\n?".join(map(re.escape, str(copy)))  # lines are folded at a width
    return re.sub(folded, str(run["centre"]), text)[-MOST_LOG:]


def _hear(pipe: Connection, watch: Watch) -> None:
    """Take in what the process tells, for a moment."""
    try:
        while pipe.poll(0.1):
            heard: dict[str, Any] = pipe.recv()
            if "pid" in heard:
                watch.pid = heard["pid"]
            else:
                watch.progress, watch.seq = heard, watch.seq + 1
    except (EOFError, OSError):
        Event().wait(0.05)  # it is done with telling; its answer comes next
