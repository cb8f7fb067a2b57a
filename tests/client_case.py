"""The generated client in tests: made once for all, and its operations called by their names."""

import importlib
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from filelock import FileLock
from run_case import ENDED
from service_case import Service

from api.client import PACKAGE, generate
from api.http.permissions import Role


def generated(root: Path) -> Path:
    """Folder of the client; whoever comes first generates it, test workers beside them wait."""
    target = root / "client"
    with FileLock(root / "client.lock"):
        if not (root / "client.made").exists():
            generate(target)
            (root / "client.made").touch()
    return target


@contextmanager
def importable(target: Path) -> Generator[str]:
    """The package can be imported while the block runs."""
    sys.path.insert(0, str(target))
    try:
        yield PACKAGE
    finally:
        sys.path.remove(str(target))


def model(name: str) -> Any:
    """A model of the client."""
    return getattr(importlib.import_module(f"{PACKAGE}.models"), name)


def upload(name: str, data: bytes) -> Any:
    """A file for the client to send."""
    return importlib.import_module(f"{PACKAGE}.types").File(payload=data, file_name=name, mime_type="application/octet-stream")


@dataclass(frozen=True)
class Person:
    """Somebody who works on a centre by the generated client."""

    client: Any
    centre: str

    def ask(self, place: str, *path: str, **told: Any) -> Any:
        """What an operation answers in detail: status, headers and what was parsed; `place` = tag.operation."""
        return importlib.import_module(f"{PACKAGE}.api.{place}").sync_detailed(*path, client=self.client, **told)

    def get(self, place: str, *path: str, **told: Any) -> Any:
        """What an operation answers, which must succeed."""
        answer = self.ask(place, self.centre, *path, **told)
        assert answer.status_code < 300, (place, answer.status_code, answer.content[:2000])
        return answer.parsed

    def run(self, kind: str, seconds: float = 300, **params: Any) -> Any:
        """A run when it has succeeded."""
        body = model(f"{''.join(part.title() for part in kind.split('_'))}Run")(**params)
        run, until = self.get(f"runs.run_{kind}", body=body), monotonic() + seconds
        while run.state not in ENDED:
            assert monotonic() < until, f"{kind} has not ended: {run}"
            sleep(0.1)
            run = self.get("runs.get_run", run.id)
        assert run.state == "succeeded", (kind, run.problem)
        return run


@contextmanager
def person(service: Service, centre: str, role: Role, **scopes: object) -> Generator[Person]:
    """Somebody with a key of a role."""
    token = service.client(role, **scopes).headers["Authorization"].removeprefix("Bearer ")
    kind = importlib.import_module(PACKAGE).AuthenticatedClient
    with kind(base_url=service.address, token=token, timeout=60) as client:
        yield Person(client, centre)
