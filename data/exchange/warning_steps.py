"""What became of warnings: ``warning_steps.csv``, which is only ever added to."""

from pathlib import Path
from typing import Any

from data.cells import AWARE, TEXT, choice, word_of
from data.columns import Column, Table, optional
from data.exchange.files import write_table
from data.exchange.rows import unknown
from data.exchange.steps import read_steps
from data.model.response import COLOURS
from data.model.warning_book import WarningBook, WarningStep

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
        optional("stands_on", word_of(WarningStep, "stands_on")),
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
        Every cell that does not read, unknown queues, and every step that could not be taken when it says it was.
    """
    return read_steps(
        folder / WarningBook.FILE,
        WARNING_STEPS,
        WarningStep.model_validate,
        WarningBook(),
        lambda step: unknown("queue", [step.queue] if step.queue else [], queues),
    )


def write_warning_book(book: WarningBook, folder: Path) -> None:
    """Write all steps anew, in one go: a write that is cut short leaves the old file."""
    write_table(WARNING_STEPS.frame(map(_row, book.steps)), folder / book.FILE)


def _row(step: WarningStep) -> dict[str, Any]:
    return step.model_dump() | {"level": step.level.colour}
