"""Lending in and out: ``loan_steps.csv``, which is only ever added to, and ``settlement.csv``."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from data.cells import AWARE, IDS, TEXT, number, whole, word_of
from data.columns import Column, Table, alike, optional
from data.exchange.files import write_table
from data.exchange.steps import read_steps, told_in_json
from data.model.loan import Loan, LoanBook, LoanStep, Settled

SETTLEMENT_FILE = "settlement.csv"

LOAN_STEPS = Table(
    "loan_steps",
    (
        Column("loan", TEXT),
        Column("deed", word_of(LoanStep, "deed")),
        Column("by", TEXT),
        Column("at", AWARE),
        optional("reason", TEXT),
        *(optional(name, TEXT) for name in ("lender", "borrower", "queue")),
        optional("agents", IDS),
        *(optional(name, AWARE) for name in ("start", "end")),
        optional("minutes", whole(0), "min of all agents"),
        optional("efficiency", number(0, 1)),
        optional("consent", word_of(Loan, "consent")),
        optional("reply_by", AWARE),
        *(optional(name, TEXT) for name in ("reason_en", "reason_zh")),
        Column("step", TEXT),
    ),
)
"""``step`` is the step in JSON, from which it is read back; the columns before it say it for people."""

SETTLEMENT = Table(
    "settlement",
    (
        *alike("month project counterpart", TEXT),
        *(optional(name, TEXT) for name in ("partner", "counterpart_partner")),
        Column("hours", number(), "agent-hours lent; below 0 = borrowed"),
        Column("amount", number(), "hours of normal pay due; below 0 = owed"),
    ),
    keys=("month", "project", "counterpart"),
)


def read_loans(folder: Path) -> LoanBook:
    """The orders of a folder; empty if there are none yet.

    Raises
    ------
    InvalidData
        Every cell that does not read, and every step that could not be taken when it says it was.
    """
    return read_steps(folder / LoanBook.FILE, LOAN_STEPS, told_in_json(LoanStep), LoanBook())


def write_loans(book: LoanBook, folder: Path) -> None:
    """Write all steps anew, in one go."""
    write_table(LOAN_STEPS.frame(_row(step) for step in book.steps), folder / book.FILE)


def _row(step: LoanStep) -> dict[str, Any]:
    row, loan = step.model_dump(include={"loan", "deed", "by", "at", "reason"}), step.asked
    minutes = step.minutes if loan is None else loan.minutes
    row |= {"minutes": minutes, "step": step.model_dump_json(exclude_defaults=True)}
    if loan is None:
        return row
    told = {"lender", "borrower", "queue", "agents", "start", "end", "efficiency", "consent", "reply_by", "reason_zh"}
    return row | loan.model_dump(include=told) | {"reason_en": loan.reason}


def write_settlement(rows: Iterable[Settled], partners: Mapping[str, str], path: Path) -> None:
    """Write the accounts; `partners` says for whom each project is run."""
    told = (asdict(row) | {"partner": partners[row.project], "counterpart_partner": partners[row.counterpart]} for row in rows)
    write_table(SETTLEMENT.frame(told), path)
