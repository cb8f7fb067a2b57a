"""A run that is on its way while somebody changes the centre over HTTP: what both changed is never lost, whoever is first."""

import os
import time
from collections.abc import Generator
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx2
import pebble
import pytest
from run_case import ended, submit, working
from service_case import Service

from api.runs import carrier
from api.runs.child import Outcome, Task, guarded

SIGNALS = "/centres/grid/tables/signals"
HEARD = {"source": "weather", "at": "2026-06-02T08:00:00+08:00", "until": "2026-06-02T20:00:00+08:00"}


def held(gate: Path, task: Task, pipe: Connection) -> Outcome:
    """The process of a run that waits at its beginning, its copy of the centre made, until it is let go."""
    (gate / "begun").touch()
    until = time.monotonic() + 120
    while not (gate / "go").exists() and time.monotonic() < until:
        time.sleep(0.05)
    return guarded(task, pipe)


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    folder = tmp_path / "gate"
    folder.mkdir()
    return folder


@pytest.fixture
def service(template: Path, tmp_path: Path, gate: Path) -> Generator[Service]:
    process: Any = pebble.concurrent.process(daemon=True, context=carrier.PROCESSES)(held)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(carrier, "spawn", partial(process, gate))
        with working(tmp_path / "data") as made:
            made.add("grid", template)
            yield made


def overlapped(planner: httpx2.Client, gate: Path, row: dict[str, Any]) -> dict[str, Any]:
    """A run that adds a signal, during which somebody else adds one."""
    run = submit(planner, "grid", "signals-add", **HEARD, text="told by the run")
    until = time.monotonic() + 120
    while not (gate / "begun").exists():
        assert time.monotonic() < until
        time.sleep(0.05)
    added = planner.post(SIGNALS, json=row)
    assert added.status_code == 201, added.text
    os.close(os.open(gate / "go", os.O_CREAT))
    return ended(planner, run)


def texts(planner: httpx2.Client) -> list[str]:
    return sorted(one["row"]["text"] for one in planner.get(SIGNALS).json()["items"])


def test_of_two_who_wrote_the_same_row_the_later_one_keeps_nothing(service: Service, gate: Path) -> None:
    planner = service.client("planner")
    run = overlapped(planner, gate, HEARD | {"id": "s0001", "text": "told over HTTP"})
    assert (run["state"], run["problem"]["type"]) == ("failed", "superseded")
    assert run["revision"] is None
    assert texts(planner) == ["told over HTTP"]


def test_of_two_who_wrote_different_rows_both_keep_theirs(service: Service, gate: Path) -> None:
    planner = service.client("planner")
    run = overlapped(planner, gate, HEARD | {"id": "other", "text": "told over HTTP"})
    assert (run["state"], run["problem"]) == ("succeeded", None)
    assert texts(planner) == ["told by the run", "told over HTTP"]
