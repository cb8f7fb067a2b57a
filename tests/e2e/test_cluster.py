"""A scheduler and two workers on this machine: the same answers as one thread, whoever is killed."""

import logging
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from typing import Any, NamedTuple

import numpy as np
import pytest
from numba import njit

from data.model.base import FloatArray, IntArray
from data.model.errors import InvalidData, SolverFailure
from optimizer.rostering.executor import Resident, cluster, map_problems, open_executor

distributed = pytest.importorskip("distributed", reason="the extra cluster is not installed")
dask_config = pytest.importorskip("dask.config")

START_S, STEPS = 120.0, 6
DAYS, SYMBOLS = 28, 9
LOOPBACK: dict[str, Any] = {
    "host": "127.0.0.1",
    "dashboard_address": "127.0.0.1:0",
    "worker_dashboard_address": "127.0.0.1:0",
    "silence_logs": logging.CRITICAL,
}
FEW_LOSSES = {"distributed.scheduler.allowed-failures": 1}


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


def answer(part: Part, price: FloatArray, seconds: float = 0.0) -> tuple[float, IntArray]:
    time.sleep(seconds)
    present = np.zeros(price.shape, dtype=np.int64)
    return cheapest(part.cost, price, present), present


def flags(part: Part, price: FloatArray) -> tuple[bool, ...]:
    return tuple(getattr(array.flags, flag) for array in (part.cost, price) for flag in ("writeable", "c_contiguous"))


def climb(executor: Executor, parts: list[Part], seconds: float = 0.0) -> tuple[list[float], FloatArray]:
    """A few steps of prices that depend on every answer before."""
    resident, price, values = Resident(executor, parts), np.zeros((DAYS, SYMBOLS)), list[float]()
    for _ in range(STEPS):
        answers = resident.map(answer, price, seconds)
        values.append(sum(value for value, _ in answers))
        price = price + 0.01 * np.sum([present for _, present in answers], axis=0)
    return values, price


def parts_of(seed: int, agents: int = 30) -> list[Part]:
    return [Part(np.random.default_rng((seed, k)).normal(size=(agents, DAYS, SYMBOLS))) for k in range(5)]


def same(one: tuple[list[float], FloatArray], other: tuple[list[float], FloatArray]) -> bool:
    return one[0] == other[0] and bool((one[1] == other[1]).all())


def on_one_thread(parts: list[Part]) -> tuple[list[float], FloatArray]:
    with open_executor("threads", 1) as one:
        return climb(one, parts)


def pid_of(_: int) -> int:
    time.sleep(0.05)
    return os.getpid()


def die(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(number: int) -> int:
    raise ZeroDivisionError(f"not {number}")


@pytest.fixture(scope="module")
def local() -> Iterator[Any]:
    """Two worker processes of one thread each, on the loopback only."""
    with (
        dask_config.set(FEW_LOSSES),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, **LOOPBACK) as started,
    ):
        yield started


@pytest.fixture(scope="module")
def dask(local: Any) -> Iterator[Executor]:
    with open_executor(f"dask:{local.scheduler_address}") as executor:
        yield executor


def pids(local: Any) -> list[int]:
    return [nanny.pid for nanny in local.workers.values()]


def test_a_cluster_answers_as_one_thread_and_as_processes(dask: Executor) -> None:
    parts = parts_of(0)
    expected = on_one_thread(parts)
    assert same(climb(dask, parts), expected)
    with open_executor("processes", 2) as processes:
        assert same(climb(processes, parts), expected)


@pytest.mark.parametrize("frozen", [True, False])
def test_compiled_kernels_meet_the_arrays_they_know(frozen: bool, dask: Executor) -> None:
    part, price = parts_of(1)[0], np.zeros(3)
    part.cost.flags.writeable = price.flags.writeable = not frozen
    assert Resident(dask, [part]).map(flags, price) == [flags(part, price)]


def test_blocks_stay_with_the_workers_and_are_forgotten(local: Any, dask: Executor) -> None:
    resident = Resident(dask, parts_of(2))
    for _ in range(3):
        resident.map(answer, np.zeros((DAYS, SYMBOLS)))
    state = local.scheduler.tasks
    blocks = [key for key in state if str(key).startswith("block-")]
    assert len(blocks) == 5
    assert all(state[key].who_has for key in blocks)
    del resident
    until = time.monotonic() + 10
    while any(key in state for key in blocks) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(key in state for key in blocks)


def test_a_worker_killed_midway_costs_no_result(local: Any, dask: Executor) -> None:
    parts = parts_of(3)
    resident, expected = Resident(dask, parts), on_one_thread(parts)
    resident.map(answer, np.zeros((DAYS, SYMBOLS)))
    victim, began = pids(local)[0], time.monotonic()
    futures = [dask.submit(pid_of, k) for k in range(40)]
    os.kill(victim, signal.SIGKILL)
    assert same(climb(dask, parts, 0.05), expected)
    assert len([future.result(START_S) for future in futures]) == 40
    assert victim not in pids(local)
    assert time.monotonic() - began < START_S


def test_problems_are_told_and_cancelled(dask: Executor) -> None:
    assert list(map_problems(dask, pid_of, range(4))) == [0, 1, 2, 3]
    assert 2 <= len(map_problems(dask, pid_of, range(40), lambda progress: progress.done < 0.05)) < 40
    with pytest.raises(ZeroDivisionError, match="not 3"):
        map_problems(dask, refuse, [3])


def test_a_task_that_always_kills_its_worker_is_given_up(dask: Executor) -> None:
    with pytest.raises(SolverFailure, match="workers were lost"):
        map_problems(dask, die, [1])


def test_large_blocks_are_no_warning(dask: Executor) -> None:
    assert Resident(dask, [np.ones(2_000_000)]).map(np.sum) == [2_000_000]


def test_a_scheduler_that_is_not_there_is_said_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_S", 1.0)
    began = time.monotonic()
    with pytest.raises(SolverFailure, match=r"no Dask scheduler at tcp://127\.0\.0\.1:9"), open_executor("dask:tcp://127.0.0.1:9"):
        pass
    for address in ("nowhere://x:1", "not an address"):
        with pytest.raises(InvalidData, match="an address like"), open_executor(f"dask:{address}"):
            pass
    assert time.monotonic() - began < 20


def test_a_scheduler_without_workers_is_said_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_S", 1.0)
    alone = distributed.LocalCluster(n_workers=0, **LOOPBACK)
    with alone, pytest.raises(SolverFailure, match="has no worker"), open_executor(f"dask:{alone.scheduler_address}"):
        pass
