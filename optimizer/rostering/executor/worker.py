"""One spawned process: the side that asks it, and the side that answers."""

import io
import multiprocessing
import os
import pickle
import signal
from collections.abc import Callable, Container, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from threading import Thread
from traceback import format_exc
from typing import Any

from data.model.errors import SolverFailure
from optimizer.rostering.executor.keeping import Block

STOP_S = 5.0
"""Seconds that an idle process has to leave by itself (house choice)."""

Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]
"""An importable function, its arguments, those by name."""


class Lost(Exception):
    """The process is gone; carries its exit code."""


class Worker:
    """One process at a time, started when there is something to do and again after it was lost.

    Attributes
    ----------
    held : frozenset of str
        Keys of the blocks that the process holds.
    moved : int
        Bytes sent and received so far.
    """

    def __init__(self):
        self.held, self.moved = frozenset[str](), 0
        self._running: tuple[SpawnProcess, Connection] | None = None
        self._ended = False

    def call(self, call: Call, blocks: Mapping[str, Block], alive: Container[str]) -> Any:
        """Answer of the process; blocks that it lacks go with the call, those that are no longer `alive` are forgotten.

        Raises
        ------
        Lost
        """
        running = self._running or self._start()
        if self._ended:
            self.kill()
        lacking = {key: block.payload for key, block in blocks.items() if key not in self.held}
        dropped = [key for key in self.held if key not in alive]
        answer = self._ask(*running, pickle.dumps((dropped, lacking, _written(call)), pickle.HIGHEST_PROTOCOL))
        self.held = self.held.difference(dropped).union(lacking)
        succeeded, value = pickle.loads(answer)
        if not succeeded:
            raise value
        return value

    def kill(self) -> None:
        """End the process at once, whatever it does, and every later one."""
        self._ended = True
        if self._running is not None:
            self._running[0].kill()

    def close(self) -> None:
        """Let an idle process leave, and make sure of it."""
        if self._running is None:
            return
        process, connection = self._running
        self._running, self.held = None, frozenset()
        connection.close()
        process.join(STOP_S)
        process.kill()
        process.join()

    def _start(self) -> tuple[SpawnProcess, Connection]:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs,))
        process.start()
        theirs.close()
        self._running = process, ours
        return self._running

    def _ask(self, process: SpawnProcess, connection: Connection, message: bytes) -> bytes:
        try:
            connection.send_bytes(message)
            # another process forked meanwhile may hold the pipe open, so that only the sentinel tells
            if connection not in wait([connection, process.sentinel]):
                raise EOFError
            answer = connection.recv_bytes()
        except (EOFError, OSError) as error:
            process.join(STOP_S)
            code = process.exitcode
            self.close()
            raise Lost(code) from error
        self.moved += len(message) + len(answer)
        return answer


class _Writer(pickle.Pickler):
    """Writes a block as its key."""

    def persistent_id(self, obj: Any) -> str | None:
        return obj.key if isinstance(obj, Block) else None


class _Reader(pickle.Unpickler):
    """Reads a key as the data held under it."""

    def __init__(self, file: io.BytesIO, held: dict[str, Any]):
        super().__init__(file)
        self.held = held

    def persistent_load(self, pid: str) -> Any:
        return self.held[pid]


def _written(call: Call) -> bytes:
    file = io.BytesIO()
    _Writer(file, pickle.HIGHEST_PROTOCOL).dump(call)
    return file.getvalue()


def serve(connection: Connection) -> None:
    """Answer calls until the other side closes; never outlives it, and leaves an interrupt from the keyboard to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_leave_with_parent, daemon=True).start()
    held: dict[str, Any] = {}
    with suppress(EOFError, ConnectionError):
        while True:
            connection.send_bytes(_answered(held, connection.recv_bytes()))


def _leave_with_parent() -> None:
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)


def _answered(held: dict[str, Any], message: bytes) -> bytes:
    try:
        dropped, sent, call = pickle.loads(message)
        for key in dropped:
            del held[key]
        held.update({key: pickle.loads(payload) for key, payload in sent.items()})
        function, args, kwargs = _Reader(io.BytesIO(call), held).load()
        return pickle.dumps((True, function(*args, **kwargs)), pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # whatever it is, it belongs to the one who asked
        return pickle.dumps((False, _portable(error)))


def _portable(error: Exception) -> Exception:
    """The error with its trace as a note, or its text alone if it does not survive the journey."""
    trace = format_exc()
    error.add_note(f"in a worker process:\n{trace}")
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # pickle calls what the class defines, which may raise anything
        return SolverFailure(trace)
    return error
