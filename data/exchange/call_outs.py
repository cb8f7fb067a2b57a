"""What was done with call-outs of the echelons: ``call_out_steps.csv``, which is only ever added to."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from data.cells import AWARE, TEXT, number, whole_of, word_of
from data.columns import Column, Table, optional
from data.exchange.documents import findings_of
from data.exchange.files import read_table, records, stop, write_table
from data.model.call_out import CallOut, CallOutBook, CallOutStep
from data.model.errors import Finding, InvalidData

CALL_OUT_STEPS_FILE = "call_out_steps.csv"
UNDO = "put the file back as Echelon wrote it: it is only ever added to"

OF_CALL_OUT = tuple(name for name in CallOut.model_fields if name not in ("id", "reason"))
"""Columns that a start fills alone."""

STEPS = Table(
    "call_out_steps",
    (
        Column("call_out", TEXT),
        Column("deed", word_of(CallOutStep, "deed")),
        Column("by", TEXT),
        Column("at", AWARE),
        optional("agent", TEXT),
        optional("until", AWARE),
        optional("reason", TEXT),
        *(optional(name, TEXT) for name in ("echelon", "queue")),
        *(optional(name, AWARE) for name in ("start", "end")),
        optional("heads", whole_of(CallOut, "heads"), "agents"),
        optional("response_minutes", whole_of(CallOut, "response_minutes"), "min"),
        optional("answer_share", number(0, 1)),
        optional("approver", TEXT),
    ),
)


def read_call_outs(folder: Path) -> CallOutBook:
    """The call-outs of a folder, taken step by step anew; empty if there are none yet.

    Raises
    ------
    InvalidData
        Every cell that does not read, and every step that could not be taken when it says it was.
    """
    path, book, findings = folder / CALL_OUT_STEPS_FILE, CallOutBook(), list[Finding]()
    for line, step in _steps(path, findings) if path.is_file() else ():
        try:
            book = book.take(step)
        except InvalidData as error:
            findings += [Finding(path.name, line, "deed", one.read, one.expected, UNDO) for one in error.findings]
    stop(sorted(findings, key=lambda finding: finding.row or 0))
    return book


def _steps(path: Path, findings: list[Finding]) -> Iterator[tuple[int, CallOutStep]]:
    """Steps with their lines; what does not read is added to `findings`."""
    for line, row in records(read_table(path, STEPS)):
        told = {name: row.pop(name) for name in OF_CALL_OUT if name in row}
        try:
            if row["deed"] == "started":
                row["started"] = CallOut.model_validate({"id": row["call_out"], "reason": row.get("reason", "")} | told)
            yield line, CallOutStep.model_validate(row)
        except ValidationError as error:
            findings += findings_of(error, path.name, line)


def write_call_outs(book: CallOutBook, folder: Path) -> None:
    """Write all steps anew, in one go: a write that is cut short leaves the old file."""
    write_table(STEPS.frame(_row(step) for step in book.steps), folder / CALL_OUT_STEPS_FILE)


def _row(step: CallOutStep) -> dict[str, Any]:
    told = {} if step.started is None else step.started.model_dump(include=set(OF_CALL_OUT))
    # a column that holds whole numbers and nothing would be written as 120.0
    whole = {name: str(cell) for name, cell in told.items() if isinstance(cell, int)}
    return step.model_dump(exclude={"started"}) | told | whole
