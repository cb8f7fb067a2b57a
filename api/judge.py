"""Whether a centre in the store is one that can be read: what stands after a change, judged before the change is kept.

The files of a centre are judged by what also reads them from a folder; what was read once is known again by its content, so that a
change of one row of thousands costs the reading of one row. A change is refused for what it makes worse; what was wrong before,
as with a centre that is being built up, is not held against it.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from pydantic import ValidationError

from api.judge_files import DOCUMENTS, TABLES, Context, Memory, Read, attempt, reader_of
from data.exchange.catalogue import BY_FILE, BY_NAME, Kept
from data.exchange.checks import Sheets, cross_findings, derogation_findings, scope_findings, twice_told
from data.exchange.documents import findings_of, load_toml
from data.exchange.files import stop, write_table
from data.exchange.people import agent_of
from data.model.centre import Centre
from data.model.demand import Event
from data.model.errors import Finding, InvalidData
from data.model.ledger import Balance
from data.model.people import Absence, Wish
from data.model.roster import ShiftTemplate
from data.model.shift_demand import ShiftDemand
from data.store.base import Database
from data.store.contents import Contents, contents
from data.store.entries import Body
from data.store.revisions import Change

MADE: dict[str, Callable[[dict[str, Any]], Any]] = {
    "shifts": ShiftTemplate.model_validate,
    "staff": agent_of,
    "leave": Absence.model_validate,
    "wishes": Wish.model_validate,
    "events": Event.model_validate,
    "balances": Balance.model_validate,
    "shift-demand": lambda record: ShiftDemand(day=record.pop("date"), **record),
}
"""Entities of the tables that `read_folder` holds against one another."""

ANY_SHIFT = ShiftTemplate.model_validate({"code": "x", "start": "00:00", "minutes": 60})
MEMORY = Memory(2000)
LONGEST_NAME = 90
"""Characters of a cell that is part of a row's key, or names an agent (house choice)."""


def texts(body: Body) -> dict[str, str]:
    """Cells of a row as text, as they would stand in a file; empty ones are left out."""
    return {name: told for name, value in body.items() if (told := _text(value))}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ";".join(map(str, cast(list[Any], value))) if isinstance(value, list) else str(value).strip()


def cell_findings(kept: Kept, cells: dict[str, str], where: str, row: int | None = None) -> Iterator[Finding]:
    """What the columns of a table say against the cells of one row."""
    for name in sorted(cells.keys() - set(kept.table.names)):
        yield Finding(where, row, name, "an unknown column", f"the columns {', '.join(kept.table.names)}")
    for column in kept.table.columns:
        text = cells.get(column.name, "")
        if not text and column.required and column.filled:
            yield Finding(where, row, column.name, "nothing", column.expected)
        elif text and not (_plain(text) and column.kind.fits(text)):
            yield Finding(where, row, column.name, repr(text), column.expected)
    yield from length_findings(kept, cells, where, row)


def length_findings(kept: Kept, cells: dict[str, str], where: str, row: int | None = None) -> Iterator[Finding]:
    """Names that are too long to tell a row by."""
    for name in dict.fromkeys((*kept.table.keys, "agent")):
        if len(cells.get(name, "")) > LONGEST_NAME:
            yield Finding(where, row, name, f"{len(cells[name])} characters", f"at most {LONGEST_NAME} characters")


def _plain(text: str) -> bool:
    """Whether a text can be kept: PostgreSQL has no NUL, and half a character is none."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


@lru_cache(1 << 18)
def _entity(resource: str, text: str) -> tuple[Any, tuple[Finding, ...]]:
    """Entity of a row by its content, or what its model says against it."""
    kinds = {column.name: column.kind for column in BY_NAME[resource].table.columns}
    record = {name: kinds[name].parse(cell) for name, cell in texts(json.loads(text)).items()}
    try:
        return MADE[resource](record), ()
    except ValidationError as error:
        return None, tuple(findings_of(error, BY_NAME[resource].file))


@dataclass(frozen=True)
class Judgement:
    """What speaks against a centre as it stands.

    Parameters
    ----------
    keys : dict
        Key of the row of a file's line, told for those findings that are about a row.
    """

    findings: tuple[Finding, ...]
    keys: dict[tuple[str, int], str]

    def named(self, found: Finding) -> Finding:
        """A finding about a row, told by the key of the row instead of a line."""
        key = self.keys.get((found.where, found.row)) if found.row is not None else None
        return found if key is None else replace(found, where=f"{BY_FILE[found.where].name}/{key}", row=None)


def check_change(database: Database, change: Change, *, by_line: bool = False) -> None:
    """Refuse a change that makes a centre unreadable, or more so than it was.

    Parameters
    ----------
    by_line : bool
        Whether findings tell the line of a row, as the change came from a file, instead of its key.

    Raises
    ------
    InvalidData
        With everything that was not wrong before.
    """
    try:
        after = judged(contents(change.connection, change.centre))
    except OverflowError as error:
        finding = Finding(change.centre, None, None, "a time or number beyond all bounds", "years from 1900 to 2200")
        raise InvalidData([finding]) from error
    if not after.findings:
        return
    with database.reading() as connection:
        before = Counter(_same(found) for found in judged(contents(connection, change.centre)).findings)
    new = list[Finding]()
    for found in after.findings:
        before[_same(found)] -= 1
        if before[_same(found)] < 0:
            new.append(found if by_line else after.named(found))
    stop(new)


def _same(found: Finding) -> Finding:
    return replace(found, row=None)


def judged(held: Contents) -> Judgement:
    """Everything that speaks against what stands of a centre."""
    findings, keys = list[Finding](), dict[tuple[str, int], str]()
    rows: dict[str, list[tuple[int, Any]]] = {name: [] for name in MADE}
    for resource in MADE:
        file = BY_NAME[resource].file
        for key, place, text in held.rows.get(resource, ()):
            entity, wrong = _entity(resource, text)
            keys[file, place + 1] = key
            findings += [replace(found, row=place + 1) for found in wrong]
            rows[resource] += [] if entity is None else [(place + 1, entity)]
    sheets = Sheets(**{name.replace("-", "_"): told for name, told in rows.items()})
    centre = _centre(held, sheets, findings)
    if centre is not None:
        findings += _around(held, sheets, centre)
    return Judgement(tuple(findings), keys)


def _centre(held: Contents, sheets: Sheets, findings: list[Finding]) -> Centre | None:
    """The centre; nothing is said while it has no file yet."""
    if "centre.toml" not in held.documents:
        return None
    raw = _document(held, "centre.toml", _toml, None)
    findings += raw.findings
    shifts = tuple(shift for _, shift in sheets.shifts) or (ANY_SHIFT,)
    if raw.findings:
        return None
    try:
        return Centre.model_validate(raw.value | {"shifts": shifts})
    except ValidationError as error:
        findings += findings_of(error, "centre.toml")
        return None


def _toml(path: Path, _: Any) -> dict[str, Any]:
    return load_toml(path)


def _around(held: Contents, sheets: Sheets, centre: Centre) -> Iterator[Finding]:
    """What the tables and documents say against one another."""
    yield from cross_findings(centre, sheets)
    context = Context.of(centre, sheets, held)
    rulebook, told = None, dict[str, Read]()
    for path in held.documents:
        reader = reader_of(path)
        if reader is not None and path != "centre.toml":
            told[path] = _document(held, path, reader, context)
            yield from told[path].findings
    rulebook = told["rulebook.toml"].value if "rulebook.toml" in told else None
    if rulebook is not None and sheets.staff:
        yield from scope_findings(rulebook, centre, sheets.entities("staff"))
        yield from derogation_findings(rulebook, sheets.entities("staff"))
    for resource in TABLES.keys() & held.rows.keys():
        found = _table(held, resource, context)
        yield from found.findings
        yield from twice_told(found.value or (), sheets) if resource == "outages" else ()


def _document(held: Contents, path: str, reader: Any, context: Context | None) -> Read:
    """A document as its reader reads it; known again by its content and what it was held against."""
    sha = held.documents[path]
    against = None if context is None or path in DOCUMENTS.alone else context.key

    def read() -> Read:
        with TemporaryDirectory() as folder:
            file = Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(held.bytes_of(sha))
            return attempt(lambda: reader(file, context))

    return MEMORY.get((path, sha, against), read)


def _table(held: Contents, resource: str, context: Context) -> Read:
    rows, kept = held.rows[resource], BY_NAME[resource]

    def read() -> Read:
        with TemporaryDirectory() as folder:
            file = Path(folder) / kept.file
            write_table(kept.table.frame(texts(json.loads(text)) for _, _, text in rows), file)
            return attempt(lambda: TABLES[resource](file, context))

    return MEMORY.get((resource, hash(tuple(text for _, _, text in rows)), context.key), read)
