"""Where work runs: threads, processes of this machine, or a cluster, behind the one seam of `concurrent.futures.Executor`.

Answers come in the order of what was asked, so that whoever sums them in that order gets the same number everywhere. A worker
that is killed costs time, not the result.
"""

import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from math import nan
from time import perf_counter
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from data.model.errors import Finding, InvalidData, SolverFailure
from optimizer.rostering.executor.cluster import Cluster
from optimizer.rostering.executor.keeping import KeepingExecutor
from optimizer.rostering.executor.processes import Processes
from optimizer.rostering.solution import OnProgress, Progress, keep_going

__all__ = ["Resident", "map_problems", "open_executor", "usable_cores"]

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")
Q = TypeVar("Q")
S = TypeVar("S")


def usable_cores() -> int:
    """Cores that this process may run on, at least 1."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def open_executor(name: str = "threads", workers: int | None = None) -> Generator[Executor]:
    """An executor by name, closed at the end; what has not begun then is given up.

    Parameters
    ----------
    name : str
        ``threads``, ``processes``, or ``dask:ADDRESS`` of a scheduler (extra ``cluster``).
    workers : int or None
        Threads or processes, at least 1; None = `usable_cores`. A cluster has as many as it has.

    Raises
    ------
    InvalidData
        If there is no such executor, or its extra is not installed.
    SolverFailure
        If the cluster cannot be reached.
    """
    executor = _opened(name, usable_cores() if workers is None else workers)
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


def _opened(name: str, workers: int) -> Executor:
    kind, _, address = name.partition(":")
    findings: list[Finding] = []
    if workers < 1:
        findings.append(Finding("executor", None, "workers", str(workers), "at least 1"))
    if kind not in ("threads", "processes", "dask") or (kind == "dask") != bool(address):
        findings.append(Finding("executor", None, None, name, "threads, processes or dask:ADDRESS"))
    if findings:
        raise InvalidData(findings)
    if kind == "dask":
        return Cluster(address)
    return Processes(workers) if kind == "processes" else ThreadPoolExecutor(workers)


class Resident(Generic[T]):
    """Blocks of data that stay with the workers of an executor for as long as this object lives.

    Threads share them; to a process or a machine each travels once, not with each call. More blocks than workers even out the work.

    Parameters
    ----------
    executor : Executor
    blocks : sequence
        Each is pickled whole, if it has to travel.
    """

    def __init__(self, executor: Executor, blocks: Sequence[T]):
        self._executor = executor
        self._blocks: list[Any] = [executor.keep(b) for b in blocks] if isinstance(executor, KeepingExecutor) else list(blocks)

    def map(self, function: Callable[Concatenate[T, P], R], *args: P.args, **kwargs: P.kwargs) -> list[R]:
        """Answers of ``function(block, *args)`` in the order of the blocks.

        Parameters
        ----------
        function : callable
            Importable, and pure: it may be called again for a block whose worker was lost, and changes no block.

        Raises
        ------
        SolverFailure
            If workers are lost again and again.
        """
        return self._all([self._executor.submit(function, block, *args, **kwargs) for block in self._blocks])

    def submit(self, function: Callable[Concatenate[T, P], R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Answer of ``function(block, *args)`` for the first block, to be awaited."""
        return self._executor.submit(function, self._blocks[0], *args, **kwargs)

    def map_each(self, function: Callable[[T, Q, S], R], own: Sequence[Q], shared: S) -> list[R]:
        """`map` with one more argument for each block: answers of ``function(block, own, shared)``."""
        pairs = zip(self._blocks, own, strict=True)
        return self._all([self._executor.submit(function, block, mine, shared) for block, mine in pairs])

    def _all(self, futures: Sequence[Future[R]]) -> list[R]:
        with _awaited(self._executor, futures):
            return [future.result() for future in futures]


def map_problems(
    executor: Executor, function: Callable[[T], R], items: Sequence[T], on_progress: OnProgress = keep_going
) -> dict[int, R]:
    """Answers of ``function(item)`` for work that is independent: sites, seeds, scenarios.

    Parameters
    ----------
    function : callable
        Importable and pure.
    on_progress : OnProgress
        Told after each item; False cancels the items that have not begun.

    Returns
    -------
    dict of int to answer
        By the number of the item, ascending; without the items cancelled.

    Raises
    ------
    SolverFailure
        If workers are lost again and again.
    """
    began = perf_counter()
    futures = [executor.submit(function, item) for item in items]
    with _awaited(executor, futures):
        for number, future in enumerate(as_completed(futures), 1):
            future.result()
            if not on_progress(Progress("problems", number / len(futures), nan, nan, perf_counter() - began)):
                break
        begun = {number: future for number, future in enumerate(futures) if future.done() or not future.cancel()}
        return {number: future.result() for number, future in begun.items()}


@contextmanager
def _awaited(executor: Executor, futures: Sequence[Future[Any]]) -> Generator[None]:
    """Give up the other tasks when one fails; say so if it was the workers that failed."""
    lost = (BrokenExecutor, CancelledError, *(executor.lost if isinstance(executor, KeepingExecutor) else ()))
    try:
        yield
    except lost as error:
        raise SolverFailure(f"the workers were lost: {error or type(error).__name__}") from error
    finally:
        for future in futures:
            future.cancel()
