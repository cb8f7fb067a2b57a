"""Rows of the tables of the catalogue, each version of each row kept; who holds which number of a row, an ETag tells."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    and_,
    func,
    or_,
    select,
    update,
)

from data.exchange.catalogue import Kept
from data.model.errors import Superseded
from data.store.base import Id, metadata
from data.store.bulk import bulk_insert
from data.store.events import tell
from data.store.revisions import Change

ENTRIES = Table(
    "entry",
    metadata,
    Column("id", Id, primary_key=True),
    Column("centre", String(64), ForeignKey("centre.id"), nullable=False),
    Column("resource", String(64), nullable=False),
    Column("key", String(300), nullable=False),
    Column("place", Integer, nullable=False),
    Column("agent", String(100)),
    Column("body", JSON, nullable=False),
    Column("since", Integer, nullable=False),
    Column("until", Integer),
    Index("ix_entry_current", "centre", "resource", "until", "key"),
    Index("ix_entry_since", "centre", "since"),
)
"""A row stands from the revision `since` until before `until`; `place` orders the rows of a file."""

Body = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """A row as it stands.

    Parameters
    ----------
    key : str
        Tells it apart within its resource.
    version : int
        Revision of the centre that wrote it.
    body : dict
        Column -> value as JSON; empty cells are left out.
    """

    key: str
    place: int
    version: int
    body: Body


def as_json(value: Any) -> Any:
    """A cell as JSON: ISO text for times, lists for ids."""
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [as_json(part) for part in value]  # pyright: ignore[reportUnknownArgumentType]
    return value if isinstance(value, str | int | float | bool) else str(value)


def parsed(kept: Kept, cells: dict[str, str]) -> Body:
    """Body of the text cells of a row that the table has found sound."""
    kinds = {column.name: column.kind for column in kept.table.columns}
    return {name: as_json(kinds[name].parse(text)) for name, text in cells.items() if text and name in kinds}


Row = tuple[str, int, Body]
"""Key, place and body."""


def keyed(kept: Kept, bodies: Iterable[Body], before: Iterable[Entry], number: int) -> list[Row]:
    """Rows with what tells each apart: its key columns, its place in a log or output, or else the key that equal content has had.

    Parameters
    ----------
    before : iterable of Entry
        Rows that stood.
    number : int
        Revision that new keys are made of.
    """
    if kept.mode != "record":
        return [(f"{place:08d}", place, body) for place, body in enumerate(bodies, 1)]
    if kept.table.keys:
        return [(_told(kept.table.keys, body), place, body) for place, body in enumerate(bodies, 1)]
    had = defaultdict[str, list[str]](list)
    for entry in before:
        had[json.dumps(entry.body, sort_keys=True)].append(entry.key)
    rows = list[Row]()
    for place, body in enumerate(bodies, 1):
        known = had[json.dumps(body, sort_keys=True)]
        rows.append((known.pop(0) if known else f"{number}-{place}", place, body))
    return rows


def _told(keys: Sequence[str], body: Body) -> str:
    return "|".join(str(body.get(name, "")) for name in keys)


def standing(centre: str, resource: str, revision: int | None) -> ColumnElement[bool]:
    """Rows that stand at a revision; None = now."""
    return and_(_at(centre, revision), ENTRIES.c.resource == resource)


def _at(centre: str, revision: int | None) -> ColumnElement[bool]:
    if revision is None:
        return and_(ENTRIES.c.centre == centre, ENTRIES.c.until.is_(None))
    ended = or_(ENTRIES.c.until.is_(None), ENTRIES.c.until > revision)
    return and_(ENTRIES.c.centre == centre, ENTRIES.c.since <= revision, ended)


def entries(connection: Connection, centre: str, resource: str, revision: int | None = None) -> list[Entry]:
    """Rows of a resource in the order of its file."""
    columns = (ENTRIES.c.key, ENTRIES.c.place, ENTRIES.c.since, ENTRIES.c.body)
    rows = connection.execute(select(*columns).where(standing(centre, resource, revision)).order_by(ENTRIES.c.place, ENTRIES.c.id))
    return [Entry(*row) for row in rows]


def filled(connection: Connection, centre: str, revision: int | None = None) -> set[str]:
    """Resources that have rows at a revision; None = now."""
    rows = connection.scalars(select(ENTRIES.c.resource).where(_at(centre, revision)).distinct())
    return set(rows)


def last_change(connection: Connection, centre: str, resource: str) -> int:
    """Revision that changed a resource last; 0 = it never had a row."""
    of = (ENTRIES.c.centre == centre, ENTRIES.c.resource == resource)
    found = connection.execute(select(func.max(ENTRIES.c.since), func.max(ENTRIES.c.until)).where(*of)).one()
    return max(found[0] or 0, found[1] or 0)


def put(change: Change, kept: Kept, rows: Sequence[tuple[str, int, Body]]) -> None:
    """Append versions of rows (key, place, body); those that stood under the keys are closed."""
    close(change, kept, [key for key, _, _ in rows])
    append(change, kept, rows)


def append(change: Change, kept: Kept, rows: Sequence[tuple[str, int, Body]]) -> None:
    """Add rows (key, place, body) under keys that no row stands under."""
    bulk_insert(change.connection, ENTRIES, (_row(change, kept, *row) for row in rows))
    if kept.mode == "log":
        tell(change, kept.name, [body for _, _, body in rows])


def _row(change: Change, kept: Kept, key: str, place: int, body: Body) -> dict[str, Any]:
    told = {"centre": change.centre, "resource": kept.name, "since": change.number, "until": None}
    return {**told, "key": key, "place": place, "agent": body.get("agent") if kept.of_agents else None, "body": body}


CHUNK = 500
"""Keys of one statement."""


def close(change: Change, kept: Kept, keys: Iterable[str]) -> None:
    """Rows of these keys stand no longer."""
    held = list(keys)
    for k in range(0, len(held), CHUNK):
        closed = update(ENTRIES).where(standing(change.centre, kept.name, None), ENTRIES.c.key.in_(held[k : k + CHUNK]))
        change.connection.execute(closed.values(until=change.number))


def replace_all(change: Change, kept: Kept, bodies: Sequence[Body]) -> None:
    """Make the rows of a resource those: what is equal stays as it is, the rest is closed and appended."""
    before = entries(change.connection, change.centre, kept.name)
    wanted = keyed(kept, bodies, before, change.number)
    had = {entry.key: (entry.place, entry.body) for entry in before}
    new = {key for key, _, _ in wanted}
    close(change, kept, [key for key in had if key not in new])
    put(change, kept, [row for row in wanted if had.get(row[0]) != row[1:]])


def merge(change: Change, kept: Kept, bodies: Sequence[Body], base: int) -> None:
    """Bring in rows that were changed since a revision; what others have changed since then stays.

    Parameters
    ----------
    bodies : sequence of dict
        Rows as they are to be, made from those of the revision `base`.

    Raises
    ------
    Superseded
        Both have changed the same row.
    """
    was = entries(change.connection, change.centre, kept.name, base)
    now = entries(change.connection, change.centre, kept.name)
    if kept.mode == "log":
        _append(change, kept, bodies, was, now)
    elif kept.mode == "output" or was == now:
        replace_all(change, kept, bodies)
    else:
        _merge_rows(change, kept, keyed(kept, bodies, was, change.number), was, now, base)


def _append(change: Change, kept: Kept, bodies: Sequence[Body], was: list[Entry], now: list[Entry]) -> None:
    if list(bodies[: len(was)]) != [entry.body for entry in was]:
        raise Superseded(f"{kept.file} is only ever added to, and what stood there has changed")
    last = max((entry.place for entry in now), default=0)
    put(change, kept, [(f"{last + k:08d}", last + k, body) for k, body in enumerate(bodies[len(was) :], 1)])


def _merge_rows(change: Change, kept: Kept, mine: Sequence[Row], was: list[Entry], now: list[Entry], base: int) -> None:
    theirs, before = ({entry.key: entry.body for entry in rows} for rows in (now, was))
    wanted = {key: body for key, _, body in mine}
    touched = [key for key in {**before, **wanted} if wanted.get(key) != before.get(key)]
    # what both have made the same is no clash, and stands already
    touched = [key for key in touched if wanted.get(key) != theirs.get(key)]
    clashing = [key for key in touched if theirs.get(key) != before.get(key)]
    if clashing:
        raise Superseded(f"{kept.file}: {', '.join(clashing[:5])} was changed by somebody else since revision {base}")
    last, changed = max((entry.place for entry in now), default=0), set(touched)
    close(change, kept, [key for key in touched if key not in wanted])
    put(change, kept, [(key, place if key in theirs else last + place, body) for key, place, body in mine if key in changed])
