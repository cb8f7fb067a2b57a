"""Processes of this machine that outlive each other: one that is killed is replaced, and its task is done again.

The pool of the standard library loses every task with one process and never works again, sends each argument with each call, and
leaves its processes behind if it is killed itself. Here a thread stands before each process: it knows what the process holds.
Processes are spawned, never forked, so that threads and compiled code may run beside them.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from threading import Lock
from typing import Any, ParamSpec, TypeVar
from weakref import WeakValueDictionary

from data.model.errors import SolverFailure
from optimizer.rostering.executor.keeping import Block, KeepingExecutor
from optimizer.rostering.executor.worker import Call, Lost, Worker

P = ParamSpec("P")
R = TypeVar("R")

LOSSES = 3
"""Processes that one task may lose before it is given up (house choice)."""
COPIES = 2
"""Processes that may hold the same block: more would even out the work a little and fill the memory (house choice)."""


@dataclass(eq=False)
class _Task:
    """A call, and where its answer goes."""

    call: Call
    blocks: dict[str, Block]
    future: Future[Any] = field(default_factory=Future[Any])


class Processes(KeepingExecutor):
    """Executor over spawned processes.

    A process is given what it holds already, else what none holds, else a copy of what one other is too busy for: blocks stay
    where they are as long as the work is even. Arguments and answers are pickled; an error is raised here with its trace as a note.

    Parameters
    ----------
    workers : int
        Processes, at least 1; each is started with its first task.
    """

    def __init__(self, workers: int):
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="echelon")
        self._workers = [Worker() for _ in range(workers)]
        self._idle, self._waiting, self._lock = list(self._workers), list[_Task](), Lock()
        self._blocks = WeakValueDictionary[str, Block]()
        self._closing = False

    @property
    def moved(self) -> int:
        """Bytes sent to the processes and received from them so far."""
        return sum(worker.moved for worker in self._workers)

    def keep(self, data: object) -> Block:
        """The block of some data: sent to a process with the first task there that uses it."""
        block = Block.of(data)
        return self._blocks.setdefault(block.key, block)

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Call an importable function in a process; an argument that is a `Block` arrives as its data."""
        blocks = {arg.key: arg for arg in chain(args, kwargs.values()) if isinstance(arg, Block)}
        task = _Task((fn, args, kwargs), blocks)
        with self._lock:
            self._waiting.append(task)
        self._threads.submit(self._step)
        return task.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Close the processes after what they were given; with `cancel_futures` kill those that are busy."""
        if cancel_futures:
            self._cancel()
        self._threads.shutdown(wait)
        for worker in self._workers if wait else ():
            worker.close()

    def _cancel(self) -> None:
        with self._lock:
            self._closing = True
            for task in self._waiting:
                task.future.cancel()
            for worker in self._workers:
                if worker not in self._idle:
                    worker.kill()

    def _step(self) -> None:
        """Do waiting tasks as long as there is one for an idle worker; there are as many threads as workers."""
        while (taken := self._take()) is not None:
            worker, task = taken
            tell = self._outcome(worker, task) if task.future.set_running_or_notify_cancel() else None
            # before it is told: the next task of whoever waits may want the same blocks
            self._idle.append(worker)
            if tell is not None:
                tell()

    def _take(self) -> tuple[Worker, _Task] | None:
        with self._lock:
            if (taken := self._nearest()) is not None:
                self._idle.remove(taken[0])
                self._waiting.remove(taken[1])
        return taken

    def _nearest(self) -> tuple[Worker, _Task] | None:
        """The first waiting task that an idle worker has the blocks of, else that no worker has, else that few have or all idle."""
        all_idle = len(self._idle) == len(self._workers)
        at_home = ((w, task) for task in self._waiting for w in self._idle if task.blocks.keys() <= w.held)
        elsewhere = (
            (self._idle[0], task)
            for copies in range(COPIES)
            for task in self._waiting
            if all_idle or sum(not worker.held.isdisjoint(task.blocks) for worker in self._workers) <= copies
        )
        return next(chain(at_home, elsewhere), None)

    def _outcome(self, worker: Worker, task: _Task) -> Callable[[], None]:
        try:
            return partial(task.future.set_result, self._answer(worker, task))
        except BaseException as error:  # an Executor hands every error to the one who waits
            return partial(task.future.set_exception, error)

    def _answer(self, worker: Worker, task: _Task) -> Any:
        losses: list[int] = []
        while len(losses) < LOSSES and not self._closing:
            try:
                return worker.call(task.call, task.blocks, self._blocks)
            except Lost as loss:
                losses.append(loss.args[0])
        raise SolverFailure(
            f"{task.call[0]}: the worker process was lost {len(losses)} times, with exit codes {losses} "
            "(-9: killed, most often for want of memory; 1: it could not start, see standard error)"
        )
