"""Who else hears how far a search is: nobody on a terminal, the worker when the command is a run of the service."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar

from optimizer.rostering.solution import Progress

Watcher = Callable[[Progress], None]
_WATCHER: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


@contextmanager
def watched_by(watcher: Watcher) -> Generator[None]:
    """Tell somebody of each record of the searches that run in the block."""
    token = _WATCHER.set(watcher)
    try:
        yield
    finally:
        _WATCHER.reset(token)


def watcher() -> Watcher | None:
    """Who is told; None = nobody."""
    return _WATCHER.get()
