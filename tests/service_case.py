"""A service for tests: an installation of its own, served on a loopback port, with keys for the roles."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import uvicorn

from api.http.app import create_app
from api.http.permissions import Role
from api.settings import Settings
from data.store.base import metadata
from data.store.folder import paths, take_in
from data.store.keys import add_key
from data.store.revisions import Author, add_centre, changing


@dataclass(frozen=True)
class Service:
    """A running service."""

    settings: Settings
    address: str
    clients: list[httpx2.Client] = field(default_factory=list)

    def client(self, *roles: Role, **scopes: object) -> httpx2.Client:
        """A client with a new key of some roles; administrator if none is named."""
        with self.settings.database.writing() as connection:
            key = add_key(connection, "-".join(roles) or "administrator", list(roles or ("administrator",)), author(), scopes)
        headers = {"Authorization": f"Bearer {key}"}
        self.clients.append(httpx2.Client(base_url=f"{self.address}/api/v1", headers=headers, timeout=60))
        return self.clients[-1]

    def add(self, centre: str, folder: Path) -> None:
        """Add a centre from a folder."""
        with self.settings.database.writing() as connection:
            add_centre(connection, centre, author())
        with changing(self.settings.database, centre, author(), "import") as change:
            take_in(change, folder, paths(folder), self.settings.files)


def author(why: str = "") -> Author:
    """The test as an author."""
    return Author("test", datetime.now(UTC), why)


@contextmanager
def serving(root: Path, **told: object) -> Generator[Service]:
    """Serve a new installation while the block runs."""
    settings = Settings.model_validate({"data": root, "port": 0, **told})
    root.mkdir(parents=True, exist_ok=True)
    app = create_app(settings)  # its routes bring the tables that they need
    metadata.create_all(settings.database.engine)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            thread.join(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        service = Service(settings, f"http://127.0.0.1:{port}")
        yield service
        for client in service.clients:
            client.close()
    finally:
        server.should_exit = True
        thread.join(20)
        settings.database.engine.dispose()
