"""What was done with proposals of the day: ``proposals.csv``, which is only ever added to."""

from pathlib import Path
from typing import Any

from data.cells import AWARE, FLAG, IDS, TEXT, number, whole, word_of
from data.columns import Column, Table, optional
from data.exchange.documents import read_json
from data.exchange.files import write_table
from data.exchange.steps import read_steps
from data.model.proposal import Proposal, ProposalBook, ProposalStep

PROPOSALS = Table(
    "proposals",
    (
        Column("proposal", TEXT),
        Column("deed", word_of(ProposalStep, "deed")),
        Column("by", TEXT),
        Column("at", AWARE),
        *(optional(name, TEXT) for name in ("reason", "version")),
        optional("consented", FLAG),
        optional("kind", word_of(Proposal, "kind")),
        optional("agents", IDS),
        optional("queue", TEXT),
        *(optional(name, AWARE) for name in ("start", "end", "expires_at")),
        optional("needs_consent", FLAG),
        optional("paid_minutes", whole(), "min"),
        optional("interval", AWARE),
        *(optional(f"{name}_{when}", number(0)) for name in ("chance", "service", "agents") for when in ("before", "after")),
        *(optional(name, TEXT) for name in ("reason_en", "reason_zh", "asked")),
    ),
)
"""``asked`` is the proposal as it was made, in JSON, from which it is read back; the columns before it say it for people."""


def read_book(folder: Path) -> ProposalBook:
    """The proposals of a folder, taken step by step anew; empty if there are none yet.

    Raises
    ------
    InvalidData
        Every cell that does not read, and every step that could not be taken when it says it was.
    """
    return read_steps(folder / ProposalBook.FILE, PROPOSALS, _step, ProposalBook())


def _step(row: dict[str, Any]) -> ProposalStep:
    asked = read_json(row["asked"], Proposal, "asked") if "asked" in row else None
    told = {name: cell for name, cell in row.items() if name in ProposalStep.model_fields}
    return ProposalStep.model_validate(told | {"asked": asked})


def write_book(book: ProposalBook, folder: Path) -> None:
    """Write all steps anew, in one go: a write that is cut short leaves the old file."""
    write_table(PROPOSALS.frame(_row(step) for step in book.steps), folder / book.FILE)


def _row(step: ProposalStep) -> dict[str, Any]:
    row, one = step.model_dump(exclude={"asked"}), step.asked
    if one is None:
        return row
    told = one.model_dump(include={"kind", "agents", "queue", "start", "end", "expires_at", "paid_minutes", "reason_zh"})
    hurt = {} if one.effect is None else one.effect.model_dump(exclude={"queue", "start"}) | {"interval": one.effect.start}
    return row | hurt | told | {"needs_consent": one.needs_consent, "reason_en": one.reason, "asked": one.model_dump_json()}
