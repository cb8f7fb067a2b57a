"""Keeping the service up: the schema, the first administrator, what runs beside the API, and how it all ends."""

import signal
import socket
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from api import logs
from api.http.app import create_app
from api.parent import end_with_parent
from api.runs.desk import prepare as prepare_jobs
from api.runs.worker import Worker
from api.settings import Settings
from api.webhooks import Sender
from data.model.errors import EchelonError
from data.store.audit import guard_audit
from data.store.operation import Away
from data.store.runs import live_workers
from data.store.schema import check_schema, upgrade

GRACE_S = 20
"""Seconds that requests and streams may still take after the service was asked to stop."""


SILENT_S = 60
"""Seconds after which one of several processes that says nothing is replaced; a busy one may be slow to answer."""


class Part(Protocol):
    """Something that runs beside the API."""

    def start(self) -> None:
        """Begin."""
        ...

    def stop(self) -> None:
        """End; what is in hand is finished or handed back."""
        ...


def prepare(settings: Settings) -> None:
    """Make the data folder and bring the schema up to date, that of the jobs too."""
    settings.data.mkdir(parents=True, exist_ok=True)
    upgrade(settings.database)
    with settings.database.writing() as connection:
        guard_audit(connection)
    prepare_jobs(settings.database)


def is_ready(settings: Settings, now: datetime) -> bool:
    """Whether the database is reached, its schema is the one of this version, and some worker is alive."""
    try:
        check_schema(settings.database)
        with settings.database.reading() as connection:
            return bool(live_workers(connection, now))
    except (Away, EchelonError):
        return False


@contextmanager
def running(parts: Sequence[Part]) -> Generator[None]:
    """Parts run while the block does; they end in the other order."""
    with ExitStack() as stack:
        for part in parts:
            part.start()
            stack.callback(part.stop)
        yield


def parts_of(settings: Settings) -> list[Part]:
    """What a worker process runs: the runs of the queue, and the webhooks."""
    return [Worker(settings), Sender(settings)]


@contextmanager
def signals_to(stop: Callable[[], object]) -> Generator[None]:
    """SIGTERM and SIGINT ask to stop, and do not kill."""

    def asked(*_: object) -> None:
        stop()

    old = {one: signal.signal(one, asked) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for one, handler in old.items():
            signal.signal(one, handler)


def serve(settings: Settings, parts: Sequence[Part], listening: Callable[[str], None]) -> None:
    """Serve the API until the process is asked to stop: then no request is taken any more, those in hand end, and so do the parts.

    Parameters
    ----------
    listening : callable
        Is told the address as soon as requests are taken.
    """
    config = uvicorn.Config(
        create_app(settings) if settings.processes == 1 else partial(_app, settings.model_dump(mode="json")),
        factory=settings.processes > 1,
        workers=settings.processes,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        timeout_worker_healthcheck=SILENT_S,
    )
    with closing(config.bind_socket()) as listener:
        run, stop = _server(config, listener)
        # a single server has its own handlers while it serves, and sends the signal on to these when it is done
        with signals_to(stop), running(parts):
            listener.listen(config.backlog)  # who asks before the server is up waits, and is not turned away
            listening(_address(settings.host, listener))
            run()
    settings.database.engine.dispose()


def _server(config: uvicorn.Config, listener: socket.socket) -> tuple[Callable[[], object], Callable[[], object]]:
    """How to serve, here or in several processes, and how to ask for the end of it."""
    if config.workers > 1:
        several = Multiprocess(config, [listener])
        return several.run, several.should_exit.set
    one = uvicorn.Server(config)
    return lambda: one.run(sockets=[listener]), lambda: setattr(one, "should_exit", True)


def _app(told: dict[str, Any]) -> FastAPI:
    """The application in one of several processes, which end with the first."""
    end_with_parent()
    settings = Settings.model_validate(told)
    logs.set_up(settings)
    return create_app(settings)


def _address(host: str, listener: socket.socket) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{listener.getsockname()[1]}"
