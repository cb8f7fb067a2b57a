"""Progress of a search on a terminal: one bar, fed by the search's own records."""

from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from optimizer.rostering.solution import OnProgress
from optimizer.rostering.solution import Progress as Record


@contextmanager
def progress_bar(console: Console, title: str) -> Generator[OnProgress]:
    """Show a bar while the block runs; gives the listener for the search."""
    columns = (TextColumn("{task.description:<22}"), BarColumn(), TextColumn("{task.fields[said]}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        task = bars.add_task(title, total=1.0, said="")

        def listen(record: Record) -> bool:
            said = f"{record.phase} cost {record.cost:,.0f}" + (f" bound {record.bound:,.0f}" if record.bound > 0 else "")
            bars.update(task, completed=record.done, said=said)
            return True

        yield listen
        bars.update(task, completed=1.0)
