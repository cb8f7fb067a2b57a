"""Progress of a search on a terminal: one bar, fed by the search's own records; Ctrl-C ends the search with the best it has."""

import signal
from collections.abc import Generator
from contextlib import contextmanager
from threading import Event, current_thread, main_thread

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from api.watching import watcher
from optimizer.rostering.solution import OnProgress
from optimizer.rostering.solution import Progress as Record


@contextmanager
def progress_bar(console: Console, title: str) -> Generator[OnProgress]:
    """Show a bar while the block runs; gives the listener for the search."""
    columns = (TextColumn("{task.description:<22}"), BarColumn(), TextColumn("{task.fields[said]}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars, _interrupt() as stop:
        task, told = bars.add_task(title, total=1.0, said=""), watcher()

        def listen(record: Record) -> bool:
            bars.update(task, completed=record.done, said=_said(record))
            if told is not None:
                told(record)
            return not stop.is_set()

        yield listen
        bars.update(task, completed=1.0)


def _said(record: Record) -> str:
    """What a record says: phase, cost, and how far it can be from the best."""
    cost = f" cost {record.cost:,.0f}" if record.cost == record.cost else ""
    bound = f" bound {record.bound:,.0f} gap {record.gap:.1%}" if record.bound > 0 else ""
    service = f" service {record.service:.1%}" if record.service == record.service else ""
    return f"{record.phase}{cost}{bound}{service}"


@contextmanager
def _interrupt() -> Generator[Event]:
    """An event that the first Ctrl-C sets; the second one interrupts as usual."""
    stop = Event()
    if current_thread() is not main_thread():
        yield stop
        return
    before = signal.getsignal(signal.SIGINT)

    def ask(*_: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
