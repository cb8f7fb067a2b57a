import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from data.model.base import FloatArray
from data.model.errors import Finding, InvalidData, SolverFailure
from optimizer.rostering import executor as seam
from optimizer.rostering.executor import Resident, cluster, map_problems, open_executor, usable_cores
from optimizer.rostering.executor.processes import LOSSES, Processes
from optimizer.rostering.solution import Progress

WAIT_S = 60.0
PRICES = np.random.default_rng(1).normal(size=400)


class Part(NamedTuple):
    """A block: rows of numbers, and who answers first."""

    rows: FloatArray
    number: int


def parts_of(seed: int, number: int = 5) -> list[Part]:
    """Parts that no process holds yet."""
    return [Part(np.random.default_rng((seed, k)).normal(size=(300, 400)), k) for k in range(number)]


PARTS = parts_of(0)


def answer(part: Part, prices: FloatArray) -> tuple[float, FloatArray]:
    return float((part.rows @ prices).min()), part.rows.sum(axis=0)


def flags(part: Part) -> tuple[bool, bool, bool]:
    return part.rows.flags.writeable, part.rows.flags.c_contiguous, part.rows.flags.aligned


def identity(part: Part) -> tuple[int, int]:
    return os.getpid(), id(part)


def numbers(one: Part, other: Part) -> tuple[int, int]:
    return one.number, other.number


def slow_square(number: int) -> int:
    time.sleep(0.05)
    return number * number


def refuse(number: int) -> int:
    raise ZeroDivisionError(f"not {number}")


class Awkward(Exception):
    """An error that cannot be unpickled."""

    def __init__(self, first: int, second: int):
        super().__init__("awkward")


def refuse_awkwardly(number: int) -> int:
    raise Awkward(number, number)


def die(_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(part: Part, folder: Path) -> int:
    """Kill the process of the first to come here."""
    try:
        (folder / "died").touch(exist_ok=False)
    except FileExistsError:
        return part.number
    os.kill(os.getpid(), signal.SIGKILL)
    return -1


def same(one: list[tuple[float, FloatArray]], other: list[tuple[float, FloatArray]]) -> bool:
    return all(a == b and (x == y).all() for (a, x), (b, y) in zip(one, other, strict=True))


def total(executor: Executor, parts: list[Part]) -> float:
    return sum(value for value, _ in Resident(executor, parts).map(answer, PRICES))


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    with open_executor("processes", 2) as executor:
        assert isinstance(executor, Processes)
        yield executor


def pids(executor: Processes) -> list[int]:
    return [w._running[0].pid for w in executor._workers if w._running is not None]


def test_executors_answer_the_same(processes: Processes) -> None:
    expected = [answer(part, PRICES) for part in PARTS]
    with open_executor("threads", 1) as one, open_executor("threads", 3) as many:
        for executor in (one, many, processes):
            assert same(Resident(executor, PARTS).map(answer, PRICES), expected)
        assert total(one, PARTS) == total(many, PARTS) == total(processes, PARTS)


def test_threads_share_the_blocks() -> None:
    with open_executor() as executor:
        assert Resident(executor, PARTS).map(identity) == [(os.getpid(), id(part)) for part in PARTS]


def test_blocks_travel_once(processes: Processes) -> None:
    parts, before = parts_of(1), processes.moved
    resident, size = Resident(processes, parts), sum(part.rows.nbytes for part in parts)
    calls = [resident.map(identity) for _ in range(30)]
    again = Resident(processes, [Part(part.rows.copy(), part.number) for part in parts])
    again.map(identity)
    assert size < processes.moved - before < 2.2 * size
    assert os.getpid() not in {pid for call in calls for pid, _ in call}


def test_blocks_stay_where_they_are_if_the_work_waits_for_them(processes: Processes) -> None:
    parts = parts_of(2)
    homes = [Resident(processes, [part]) for part in parts]
    first = [home.map(identity) for home in homes]
    for _ in range(20):
        assert [home.map(identity) for home in homes] == first


def test_blocks_nobody_wants_are_forgotten(processes: Processes) -> None:
    resident = Resident(processes, PARTS)
    resident.map(identity)
    assert any(worker.held for worker in processes._workers)
    del resident
    map_problems(processes, slow_square, range(8))
    assert not any(worker.held for worker in processes._workers)


@pytest.mark.parametrize("frozen", [True, False])
def test_compiled_kernels_meet_the_arrays_they_know(frozen: bool, processes: Processes) -> None:
    part = parts_of(3, 1)[0]
    part.rows.flags.writeable = not frozen
    assert Resident(processes, [part]).map(flags) == [flags(part)]


def test_tasks_may_want_several_blocks(processes: Processes) -> None:
    one, other = (processes.keep(part) for part in parts_of(4, 2))
    for block in (one, other):
        processes.submit(identity, block).result(WAIT_S)
    both = [processes.submit(numbers, one, other=other) for _ in range(6)]
    assert [future.result(WAIT_S) for future in both] == [(0, 1)] * 6


def test_a_killed_idle_process_is_replaced(processes: Processes) -> None:
    resident = Resident(processes, PARTS)
    expected, before = resident.map(answer, PRICES), pids(processes)
    os.kill(before[0], signal.SIGKILL)
    for _ in range(3):
        assert same(resident.map(answer, PRICES), expected)
    assert before[0] not in pids(processes)


def test_a_process_killed_at_work_costs_no_result(processes: Processes, tmp_path: Path) -> None:
    resident = Resident(processes, PARTS)
    assert resident.map(die_once, tmp_path) == list(range(len(PARTS)))
    assert (tmp_path / "died").exists()


def test_a_process_killed_from_outside_costs_no_result(processes: Processes) -> None:
    processes.submit(slow_square, 1).result(WAIT_S)
    killer = threading.Timer(0.12, lambda: os.kill(pids(processes)[0], signal.SIGKILL))
    killer.start()
    assert map_problems(processes, slow_square, range(12)) == {k: k * k for k in range(12)}
    killer.join()


def test_a_task_that_always_kills_its_process_is_given_up(processes: Processes) -> None:
    with pytest.raises(SolverFailure, match=rf"lost {LOSSES} times.*-9"):
        processes.submit(die, 0).result(WAIT_S)
    assert processes.submit(slow_square, 3).result(WAIT_S) == 9


def test_a_broken_pool_of_the_standard_library_is_a_failure() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool, pytest.raises(SolverFailure, match="lost"):
        map_problems(pool, die, [1])


def test_errors_come_home_with_their_trace(processes: Processes) -> None:
    with pytest.raises(ZeroDivisionError, match="not 4") as caught:
        map_problems(processes, refuse, [4])
    assert "in refuse" in caught.value.__notes__[0]
    with pytest.raises(SolverFailure, match="awkward"):
        map_problems(processes, refuse_awkwardly, [4])
    with pytest.raises(AttributeError):
        processes.submit(lambda: 1).result(WAIT_S)


@pytest.mark.parametrize("name", ["threads", "processes"])
def test_problems_are_told_and_cancelled(name: str, processes: Processes) -> None:
    told: list[Progress] = []

    def listen(progress: Progress) -> bool:
        told.append(progress)
        return len(told) < 3

    with open_executor("threads", 2) as threads:
        answers = map_problems(threads if name == "threads" else processes, slow_square, range(30), listen)
    assert [progress.done for progress in told] == [number / 30 for number in range(1, 4)]
    assert 3 <= len(answers) <= 6
    assert list(answers) == sorted(answers)
    assert all(value == number * number for number, value in answers.items())
    assert map_problems(processes, slow_square, []) == {}


def leave_early(busy: list[Future[None]]) -> None:
    with open_executor("processes", 1) as executor:
        busy += [executor.submit(time.sleep, WAIT_S) for _ in range(2)]
        while not busy[0].running():
            time.sleep(0.01)
        time.sleep(0.1)
        raise KeyboardInterrupt


def test_leaving_early_kills_what_is_busy() -> None:
    busy: list[Future[None]] = []
    began = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        leave_early(busy)
    assert time.perf_counter() - began < WAIT_S / 2
    assert isinstance(busy[0].exception(), SolverFailure)
    assert busy[1].cancelled()


ORPHANS = """
import os, signal, time
from optimizer.rostering.executor import open_executor
if __name__ == "__main__":
    with open_executor("processes", 2) as executor:
        children = {executor.submit(os.getpid).result() for _ in range(2)}
        sleeping = [executor.submit(time.sleep, 600) for _ in range(2)]
        time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_no_process_outlives_its_parent(tmp_path: Path) -> None:
    """An orphan would hold the output open, and the call would run into its time limit."""
    script, root = tmp_path / "parent.py", Path(seam.__file__).parents[3]
    script.write_text(ORPHANS, encoding="utf-8")
    told = subprocess.run(
        [sys.executable, script], stdout=subprocess.PIPE, timeout=WAIT_S, check=False, env=os.environ | {"PYTHONPATH": str(root)}
    )
    assert told.returncode == -signal.SIGKILL


def test_names_that_are_none_are_refused_together() -> None:
    with pytest.raises(InvalidData) as caught, open_executor("thread", 0):
        pass
    assert [finding.read for finding in caught.value.findings] == ["0", "thread"]
    for name in ("dask", "dask:", "processes:4", ""):
        with pytest.raises(InvalidData), open_executor(name):
            pass


def test_without_the_extra_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    with pytest.raises(InvalidData, match=r"pip install \"echelon\[cluster\]\""), open_executor("dask:tcp://127.0.0.1:1"):
        pass


def test_usable_cores_bound_the_threads() -> None:
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)


def test_findings_travel_between_processes() -> None:
    error = InvalidData([Finding("staff.csv", 3, "agent", "x", "y")])
    assert pickle.loads(pickle.dumps(error)).findings == error.findings
