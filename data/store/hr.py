"""What HR systems ask of the store: one row by its key or by what stands in it, and absences that give way to one another."""

import zlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, String, bindparam, func, select

from data.exchange.catalogue import BY_NAME, Kept
from data.store.documents import BLOBS, DOCUMENTS, standing_documents
from data.store.entries import CHUNK, ENTRIES, Body, Entry, append, close, put, standing
from data.store.revisions import AUDIT, Change

COLUMNS = (ENTRIES.c.key, ENTRIES.c.place, ENTRIES.c.since, ENTRIES.c.body)
NOW = (ENTRIES.c.centre == bindparam("centre"), ENTRIES.c.resource == bindparam("resource"), ENTRIES.c.until.is_(None))
"""Rows of a resource that stand now. Statements are made once where a system brings thousands of persons one by one."""
BY_KEY = select(*COLUMNS).where(*NOW, ENTRIES.c.key.in_(bindparam("keys", expanding=True)))
LAST_PLACE = select(func.max(ENTRIES.c.place)).where(*NOW)
LEAVE = BY_NAME["leave"]


def rows_by_key(connection: Connection, centre: str, resource: str, keys: Iterable[str]) -> dict[str, Entry]:
    """Rows that stand under some keys."""
    held, found, of = list(keys), dict[str, Entry](), {"centre": centre, "resource": resource}
    for k in range(0, len(held), CHUNK):
        rows = connection.execute(BY_KEY, {**of, "keys": held[k : k + CHUNK]})
        found |= {row.key: Entry(*row) for row in rows}
    return found


def rows_with(connection: Connection, centre: str, resource: str, column: str, value: str, *, folded: bool = False) -> list[Entry]:
    """Rows whose column holds a text, in the order of the file.

    Parameters
    ----------
    folded : bool
        Whether capitals and small letters are the same.
    """
    told = {"centre": centre, "resource": resource, "value": value.lower() if folded else value}
    return [Entry(*row) for row in connection.execute(_with(column, folded), told)]


@cache
def _with(column: str, folded: bool) -> Select[Any, Any, Any, Any]:
    cell = ENTRIES.c.body[column].as_string()
    equal = (func.lower(cell) if folded else cell) == bindparam("value", type_=String)
    return select(*COLUMNS).where(*NOW, equal).order_by(ENTRIES.c.place, ENTRIES.c.id)


def rows_of_agent(connection: Connection, centre: str, resource: str, agent: str) -> list[Entry]:
    """Rows of one agent, in the order of the file."""
    query = select(*COLUMNS).where(standing(centre, resource, None), ENTRIES.c.agent == agent)
    return [Entry(*row) for row in connection.execute(query.order_by(ENTRIES.c.place, ENTRIES.c.id))]


def write_row(change: Change, kept: Kept, key: str, body: Body, before: Entry | None) -> Entry:
    """Write a row under its key: where it stood, or after the last one; an equal row is left as it is. The row as it stands."""
    if before is not None and before.body == body:
        return before
    place = before.place if before else last_place(change, kept) + 1
    (put if before else append)(change, kept, [(key, place, body)])
    return Entry(key, place, change.number, body)


def last_place(change: Change, kept: Kept) -> int:
    """Place of the last row; 0 = there is none."""
    return change.connection.scalar(LAST_PLACE, {"centre": change.centre, "resource": kept.name}) or 0


def document_sha(connection: Connection, centre: str, path: str) -> str | None:
    """Hash of a document that stands; None = there is none."""
    return connection.scalar(select(DOCUMENTS.c.sha).where(standing_documents(centre, None), DOCUMENTS.c.path == path))


def document_text(connection: Connection, centre: str, path: str) -> str:
    """Text of a document that stands; empty if there is none."""
    of = select(BLOBS.c.content).join(DOCUMENTS, DOCUMENTS.c.sha == BLOBS.c.sha)
    found = connection.scalar(of.where(standing_documents(centre, None), DOCUMENTS.c.path == path))
    return "" if found is None else zlib.decompress(found).decode("utf-8")


def instants_of(connection: Connection, centre: str, revisions: Iterable[int]) -> dict[int, datetime]:
    """When some revisions were made."""
    held, found = sorted(set(revisions)), dict[int, datetime]()
    for k in range(0, len(held), CHUNK):
        of = (AUDIT.c.centre == centre, AUDIT.c.revision.in_(held[k : k + CHUNK]))
        found |= {row.revision: row.at for row in connection.execute(select(AUDIT.c.revision, AUDIT.c.at).where(*of))}
    return found


def take_days(change: Change, agent: str, first: date, last: date, *, but: Sequence[str] = ()) -> list[Body]:
    """Free some days of an agent from other absences: rows are shortened, parted or closed; what they said before.

    Parameters
    ----------
    but : sequence of str
        Keys of rows that stay.
    """
    met = [one for one in rows_of_agent(change.connection, change.centre, LEAVE.name, agent) if one.key not in but]
    met = [one for one in met if _day(one, "first") <= last and first <= _day(one, "last")]
    close(change, LEAVE, [one.key for one in met])
    place = last_place(change, LEAVE)
    for one in met:
        for k, (low, high) in enumerate(_rest(_day(one, "first"), _day(one, "last"), first, last)):
            body = one.body | {"first": low.isoformat(), "last": high.isoformat()}
            place += 1
            put(change, LEAVE, [(one.key if k == 0 else f"{change.number}-{place}", one.place if k == 0 else place, body)])
    return [one.body for one in met]


def _day(entry: Entry, name: str) -> date:
    return date.fromisoformat(entry.body[name])


def _rest(low: date, high: date, first: date, last: date) -> list[tuple[date, date]]:
    """What is left of some days without others."""
    parts = ((low, min(high, first - timedelta(days=1))), (max(low, last + timedelta(days=1)), high))
    return [(start, end) for start, end in parts if start <= end]


def write_absence(change: Change, key: str, body: Body) -> list[Body]:
    """Write an absence under a key; other absences of the agent give way, and are told as they were."""
    before = rows_by_key(change.connection, change.centre, LEAVE.name, [key]).get(key)
    first, last = date.fromisoformat(body["first"]), date.fromisoformat(body["last"])
    given = take_days(change, body["agent"], first, last, but=[key])
    write_row(change, LEAVE, key, body, before)
    return given


def drop_row(change: Change, kept: Kept, key: str) -> None:
    """A row stands no longer."""
    close(change, kept, [key])


def decision_of(connection: Connection, centre: str, request: str) -> dict[str, Any] | None:
    """The last decision on a request; None = it waits."""
    found = rows_with(connection, centre, "decisions", "request", request)
    return found[-1].body if found else None
