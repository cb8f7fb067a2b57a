"""Contribution points in and out: ``ledger.csv``, one row for each posting and never fewer than before, and what stands about it.

``claims.csv`` says what is claimed and ``rights.csv`` what became of it; ``activations.csv`` holds the call-outs that earn points,
``awards.csv`` every deed that was reckoned.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from math import nan
from pathlib import Path
from typing import Any, TypeVar, cast

import pandas as pd
from pydantic import ValidationError

from data.cells import AWARE, DAY, IDS, TEXT, choice, number, whole, whole_of, word_of
from data.columns import Column, Table, alike, optional
from data.exchange.documents import findings_of
from data.exchange.files import read_table, records, stop, write_table
from data.exchange.people import Rows, read_entities, write_entities
from data.model.errors import Finding
from data.model.measure import Catalogue, Claim, Right, claim_findings
from data.model.points import EARNED, Entry, PointsPolicy, Reason
from data.model.points_ledger import Ledger
from data.model.response import Activation

LEDGER_FILE, CLAIMS_FILE, RIGHTS_FILE = "ledger.csv", "claims.csv", "rights.csv"
ACTIVATIONS_FILE, AWARDS_FILE = "activations.csv", "awards.csv"

OneClaim = TypeVar("OneClaim", bound=Claim)

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

RIGHTS = Table(
    "rights",
    (
        *CLAIMS.columns,
        Column("state", word_of(Right, "state")),
        Column("decided_at", AWARE),
        optional("position", whole_of(Right, "position")),
        optional("code", TEXT),
        optional("points", whole_of(Right, "points"), "points"),
        optional("cost", number()),
        optional("kept_until", DAY),
        *(optional(name, whole_of(Right, name)) for name in ("from_version", "until_version")),
        *(optional(name, TEXT) for name in ("reason", "reason_zh")),
    ),
    keys=("id",),
)

ACTIVATIONS = Table(
    "activations",
    (
        *alike("echelon queue", TEXT),
        *alike("start end", AWARE),
        Column("members", IDS),
    ),
    keys=("echelon", "queue", "start", "end"),
    extra=True,
)
"""Rows of ``call_outs.csv`` may be copied as they stand; their other columns are not read."""

AWARDS = Table(
    "awards",
    (
        *alike("deed agent", TEXT),
        Column("reason", choice(*EARNED)),
        Column("day", DAY),
        Column("source", TEXT),
        Column("minutes", number(0), "min"),
        *alike("value weight rate capped scaled exact before", number(0)),
        Column("points", whole(0), "points"),
        Column("at", AWARE),
        *alike("text text_zh", TEXT),
    ),
    keys=("deed",),
)
"""Every deed that was reckoned, also those whose points are rounded to none: no deed is reckoned twice."""

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
    for line, record in records(frame):
        of_entry[record["entry"]].append((line, record))
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
    return _claims(path, CLAIMS, Claim, catalogue, agents)


def read_rights(path: Path, catalogue: Catalogue, agents: Collection[str]) -> tuple[Right, ...]:
    """Rights of ``rights.csv``, one row for each claim that was decided; findings as of `read_claims`."""
    return _claims(path, RIGHTS, Right, catalogue, agents)


def _claims(path: Path, table: Table, kind: type[OneClaim], catalogue: Catalogue, agents: Collection[str]) -> tuple[OneClaim, ...]:
    """Claims of a file, with what became of them if it says so; none if there is no file."""
    if not path.is_file():
        return ()
    findings: list[Finding] = []
    rows = read_entities(path, table, lambda record: kind(**record), findings)
    findings += claim_findings(rows, catalogue, agents, path.name)
    stop(sorted(findings, key=lambda finding: finding.row or 0))
    return tuple(claim for _, claim in rows)


def write_claims(claims: Iterable[Claim], path: Path) -> None:
    """Write ``claims.csv``."""
    write_entities(claims, CLAIMS, path)


def write_rights(rights: Iterable[Right], path: Path) -> None:
    """Write ``rights.csv``."""
    write_entities(rights, RIGHTS, path)


def read_activations(path: Path, agents: Collection[str], queues: Collection[str]) -> tuple[Activation, ...]:
    """Call-outs of ``activations.csv`` that were answered by all their members; none if there is no file.

    Raises
    ------
    InvalidData
        With every finding: cells that do not read, unknown agents and queues, an end that is not after the start.
    """
    if not path.is_file():
        return ()
    frame = read_table(path, ACTIVATIONS)
    rows = [
        (int(line), {str(key): cell for key, cell in row.items()})
        for line, row in zip(frame.index, frame.to_dict("records"), strict=True)
    ]
    stop([finding for line, row in rows for finding in _misread(path.name, line, row, agents, queues)])
    unknown = partial(Activation, chance_before=nan, chance_after=nan)
    return tuple(unknown(call_by=row["start"], worst=row["start"], **row) for _, row in rows)


def add_activations(called: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Add call-outs that were answered to ``activations.csv``: members of one echelon, queue, start and end share a row.

    Parameters
    ----------
    called : iterable of mapping
        With the columns of the file.
    """
    rows = cast(list[dict[str, Any]], read_table(path, ACTIVATIONS).to_dict("records")) if path.is_file() else []
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in (*rows, *called):
        held = found.setdefault(tuple(row[key] for key in ACTIVATIONS.keys), {**row})
        held["members"] = tuple(dict.fromkeys((*held["members"], *row["members"])))
    write_table(ACTIVATIONS.frame(row | {"members": ";".join(row["members"])} for row in found.values()), path)


def _misread(where: str, line: int, row: dict[str, Any], agents: Collection[str], queues: Collection[str]) -> Iterator[Finding]:
    """What does not fit in a call-out."""
    for member in row["members"]:
        if member not in agents:
            yield Finding(where, line, "members", repr(member), "agents of staff.csv", "name those who came")
    if row["queue"] not in queues:
        yield Finding(where, line, "queue", repr(row["queue"]), f"one of {', '.join(queues)}")
    if row["end"] <= row["start"]:
        yield Finding(where, line, "end", str(row["end"]), f"a time after {row['start']}, the start")


def read_reckoned(path: Path) -> pd.DataFrame:
    """Deeds of ``awards.csv``; none if there is no file."""
    return read_table(path, AWARDS) if path.is_file() else AWARDS.frame([])


def add_reckoned(rows: Iterable[dict[str, Any]], path: Path) -> None:
    """Add deeds to ``awards.csv``."""
    write_table(pd.concat([read_reckoned(path), AWARDS.frame(rows)]).astype({"points": int}), path)
