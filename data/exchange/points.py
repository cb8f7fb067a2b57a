"""Contribution points in and out: ``ledger.csv``, one row for each posting and never fewer than before, and ``claims.csv``."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from data.cells import AWARE, DAY, TEXT, choice, whole
from data.columns import Column, Table, alike, optional
from data.exchange.documents import findings_of
from data.exchange.files import read_table, stop, write_table
from data.exchange.people import Rows, read_entities
from data.model.errors import Finding
from data.model.measure import Catalogue, Claim, claim_findings
from data.model.points import Entry, PointsPolicy, Reason
from data.model.points_ledger import Ledger

LEDGER_FILE, CLAIMS_FILE = "ledger.csv", "claims.csv"

LEDGER = Table(
    "ledger",
    (
        Column("entry", TEXT),
        Column("at", AWARE),
        Column("reason", choice(*Reason)),
        optional("account", TEXT),
        optional("points", whole(), "points"),
        *(optional(name, TEXT) for name in ("of", "source", "text", "text_zh")),
    ),
    keys=("entry", "account"),
)
"""A dispute, and its end, has one row without account and points."""

CLAIMS = Table(
    "claims",
    (*alike("id agent measure", TEXT), Column("made_at", AWARE), *alike("first last", DAY), optional("shift", TEXT)),
    keys=("id",),
)

SHARED = ("at", "reason", "of", "source", "text", "text_zh")
"""What all rows of an entry say alike."""


def read_ledger(path: Path, policy: PointsPolicy) -> Ledger:
    """The ledger of a file; the order of its rows does not matter.

    Raises
    ------
    InvalidData
        With every finding: of the cells, else of the entries, else of the ledger as a whole.
    """
    frame = read_table(path, LEDGER)
    findings: list[Finding] = []
    entries = list(_entries(frame, path.name, findings))
    stop(findings)
    return Ledger.of(policy, (entry for _, entry in entries), path.name, {entry.id: line for line, entry in entries})


def _entries(frame: pd.DataFrame, where: str, findings: list[Finding]) -> Iterator[tuple[int, Entry]]:
    """Entries with the lines of their first rows; what does not fit is added to `findings`."""
    of_entry: dict[str, Rows[dict[str, Any]]] = defaultdict(list)
    for line, row in zip(frame.index, frame.to_dict("records"), strict=True):
        record = {str(key): value for key, value in row.items() if value is not None and value == value}
        of_entry[record["entry"]].append((int(line), record))
    for name, rows in of_entry.items():
        findings += _unlike(name, rows, where)
        try:
            yield rows[0][0], _entry(name, [record for _, record in rows])
        except ValidationError as error:
            findings += findings_of(error, where, rows[0][0])


def _unlike(name: str, rows: Rows[dict[str, Any]], where: str) -> Iterator[Finding]:
    """Cells in which a row of an entry differs from its first row."""
    top, first = rows[0]
    for line, record in rows[1:]:
        for column in SHARED:
            if record.get(column) != first.get(column):
                read, expected = str(record.get(column, "nothing")), f"as in row {top}: {first.get(column, 'nothing')}"
                yield Finding(where, line, column, read, expected, f"the rows of entry {name} say the same")


def _entry(name: str, records: list[dict[str, Any]]) -> Entry:
    shared = {column: records[0][column] for column in SHARED if column in records[0]}
    moving = [record for record in records if "account" in record or "points" in record]
    postings = [{key: record[key] for key in ("account", "points") if key in record} for record in moving]
    return Entry.model_validate({"id": name, "postings": postings, **shared})


def write_ledger(ledger: Ledger, path: Path) -> None:
    """Write a ledger over the file that it was read from.

    Raises
    ------
    InvalidData
        If an entry of the file is not in the ledger, or is another one there: entries are added, never edited.
    """
    if path.is_file():
        stop(list(_lost(read_ledger(path, ledger.policy), ledger, path.name)))
    write_table(LEDGER.frame(row for entry in ledger.entries for row in _rows(entry)), path)


def _lost(old: Ledger, new: Ledger, where: str) -> Iterator[Finding]:
    for entry in old.entries:
        if new.by_id.get(entry.id) != entry:
            read = "an entry that the new ledger lacks or tells otherwise"
            yield Finding(where, None, entry.id, read, "every entry of the file as it stands", "reverse it by another entry")


def _rows(entry: Entry) -> Iterator[dict[str, Any]]:
    shared = {"entry": entry.id} | entry.model_dump(include=set(SHARED))
    yield from (shared | posting.model_dump() for posting in entry.postings)
    yield from () if entry.postings else (shared,)


def read_claims(path: Path, catalogue: Catalogue, agents: Collection[str]) -> tuple[Claim, ...]:
    """Claims of ``claims.csv``, in the order of the rows.

    Raises
    ------
    InvalidData
        With every finding: cells that do not read, days out of order, unknown measures and agents, more days than a measure has,
        a shift that is missing or that no measure asks for.
    """
    findings: list[Finding] = []
    rows = read_entities(path, CLAIMS, lambda record: Claim(**record), findings)
    findings += claim_findings(rows, catalogue, agents, path.name)
    stop(sorted(findings, key=lambda finding: finding.row or 0))
    return tuple(claim for _, claim in rows)
