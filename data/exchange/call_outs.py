"""What was done with call-outs of the echelons: ``call_out_steps.csv``, which is only ever added to."""

from pathlib import Path
from typing import Any

from data.cells import AWARE, TEXT, number, whole_of, word_of
from data.columns import Column, Table, optional
from data.exchange.files import write_table
from data.exchange.steps import read_steps
from data.model.call_out import CallOut, CallOutBook, CallOutStep

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
    return read_steps(folder / CallOutBook.FILE, STEPS, _step, CallOutBook())


def _step(row: dict[str, Any]) -> CallOutStep:
    told = {name: row.pop(name) for name in OF_CALL_OUT if name in row}
    if row["deed"] == "started":
        row["started"] = CallOut.model_validate({"id": row["call_out"], "reason": row.get("reason", "")} | told)
    return CallOutStep.model_validate(row)


def write_call_outs(book: CallOutBook, folder: Path) -> None:
    """Write all steps anew, in one go: a write that is cut short leaves the old file."""
    write_table(STEPS.frame(_row(step) for step in book.steps), folder / book.FILE)


def _row(step: CallOutStep) -> dict[str, Any]:
    told = {} if step.started is None else step.started.model_dump(include=set(OF_CALL_OUT))
    return step.model_dump(exclude={"started"}) | told
