"""What was done with proposals of the day: ``proposals.csv``, which is only ever added to."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from data.cells import AWARE, FLAG, IDS, TEXT, number, whole, word_of
from data.columns import Column, Table, optional
from data.exchange.documents import findings_of
from data.exchange.files import read_table, stop, write_table
from data.model.errors import Finding, InvalidData
from data.model.proposal import Proposal, ProposalBook, ProposalStep

PROPOSALS_FILE = "proposals.csv"
UNDO = "put the file back as Echelon wrote it: it is only ever added to"

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
    path, book, findings = folder / PROPOSALS_FILE, ProposalBook(), list[Finding]()
    for line, step in _steps(path, findings) if path.is_file() else ():
        try:
            book = book.take(step)
        except InvalidData as error:
            findings += [Finding(path.name, line, "deed", one.read, one.expected, UNDO) for one in error.findings]
    stop(sorted(findings, key=lambda finding: finding.row or 0))
    return book


def _steps(path: Path, findings: list[Finding]) -> Iterator[tuple[int, ProposalStep]]:
    """Steps with their lines; what does not read is added to `findings`."""
    frame = read_table(path, PROPOSALS)
    for line, row in zip(frame.index, frame.to_dict("records"), strict=True):
        told = {
            name: row[name] for name in ("proposal", "deed", "by", "at", "reason", "version", "consented") if _filled(row.get(name))
        }
        try:
            asked = Proposal.model_validate_json(row["asked"]) if _filled(row.get("asked")) else None
            yield int(line), ProposalStep.model_validate(told | {"asked": asked})
        except ValidationError as error:
            findings += findings_of(error, path.name, int(line))


def _filled(cell: Any) -> bool:
    return cell is not None and cell == cell


def write_book(book: ProposalBook, folder: Path) -> None:
    """Write all steps anew, in one go: a write that is cut short leaves the old file."""
    write_table(PROPOSALS.frame(_row(step) for step in book.steps), folder / PROPOSALS_FILE)


def _row(step: ProposalStep) -> dict[str, Any]:
    row, one = step.model_dump(exclude={"asked"}), step.asked
    if one is None:
        return row
    told = one.model_dump(include={"kind", "agents", "queue", "start", "end", "expires_at", "paid_minutes", "reason_zh"})
    hurt = {} if one.effect is None else one.effect.model_dump(exclude={"queue", "start"}) | {"interval": one.effect.start}
    # a column that holds whole numbers and nothing would be written as 120.0
    told["paid_minutes"] = str(one.paid_minutes)
    return row | hurt | told | {"needs_consent": one.needs_consent, "reason_en": one.reason, "asked": one.model_dump_json()}
