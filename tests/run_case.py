"""Runs in tests: a service with a worker beside it, and waiting for a run to end."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx2
from service_case import Service, serving

from api.runs.worker import Worker

TINY = {"sweeps": 2, "bound_steps": 5, "effort": 0}
ENDED = ("succeeded", "failed", "cancelled")


@contextmanager
def working(root: Path, **told: object) -> Generator[Service]:
    """Serve a new installation with a worker while the block runs."""
    with serving(root, **told) as service:
        worker = Worker(service.settings)
        worker.start()
        try:
            yield service
        finally:
            worker.stop()


def ended(client: httpx2.Client, path: str, seconds: float = 300) -> dict[str, Any]:
    """A run when it has ended."""
    until = monotonic() + seconds
    while (run := client.get(path).raise_for_status().json())["state"] not in ENDED:
        assert monotonic() < until, f"{path} has not ended: {run}"
        sleep(0.1)
    return run


def submit(client: httpx2.Client, centre: str, kind: str, **params: object) -> str:
    """Ask for a run; its path."""
    answer = client.post(f"/centres/{centre}/runs/{kind}", json=params)
    assert answer.status_code == 202, answer.text
    return f"/centres/{centre}/runs/{answer.json()['id']}"
