"""What became of warnings: ``warning_steps.csv``, which is only ever added to."""

from pathlib import Path
from typing import Any

from data.cells import AWARE, TEXT, choice, word_of
from data.columns import Column, Table, optional
from data.exchange.files import stop, write_table
from data.exchange.rows import read_rows
from data.exchange.signals import COLOURS
from data.model.errors import Finding
from data.model.warning_book import WARNING_STEPS_FILE, WarningBook, WarningStep

UNDO = "put the file back as Echelon wrote it: it is only ever added to"

WARNING_STEPS = Table(
    "warning_steps",
    (
        Column("warning", TEXT),
        Column("deed", word_of(WarningStep, "deed")),
        Column("by", TEXT),
        Column("at", AWARE),
        Column("level", choice(*COLOURS)),
        Column("role", word_of(WarningStep, "role")),
        optional("queue", TEXT),
        *(optional(name, AWARE) for name in ("start", "end")),
        optional("reason", TEXT),
        optional("cause", choice("system", "person")),
        *(optional(name, TEXT) for name in ("done", "lesson")),
    ),
)


def read_warning_book(folder: Path, queues: tuple[str, ...]) -> WarningBook:
    """The warnings of a folder, taken step by step anew; empty if there are none yet.

    Raises
    ------
    InvalidData
        Every cell that does not read, and every step that could not be taken when it says it was.
    """
    path = folder / WARNING_STEPS_FILE
    if not path.is_file():
        return WarningBook()
    steps = read_rows(path, WARNING_STEPS, WarningStep, "queue", lambda step: (step.queue,) if step.queue else (), queues)
    book, wrong = WarningBook().judged(steps)
    stop([Finding(path.name, 2 + k, "deed", one.read, one.expected, UNDO) for k, one in wrong])
    return book


def write_warning_book(book: WarningBook, folder: Path) -> None:
    """Write all steps anew, in one go: a write that is cut short leaves the old file."""
    write_table(WARNING_STEPS.frame(map(_row, book.steps)), folder / WARNING_STEPS_FILE)


def _row(step: WarningStep) -> dict[str, Any]:
    return step.model_dump() | {"level": step.level.name.lower()}
