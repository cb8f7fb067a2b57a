"""Rows by page, by key and through time, for readers that want some of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, and_, cast, or_, select

from data.cells import Form
from data.exchange.catalogue import Kept
from data.model.errors import NotFound
from data.store.entries import ENTRIES, Body, Entry, as_json, standing
from data.store.revisions import AUDIT

ENDS = ("last", "end", "restored", "until")
"""Columns that say when something that has a start is over."""


@dataclass(frozen=True)
class Filter:
    """Which rows are wanted.

    Parameters
    ----------
    equal : dict
        Column -> text as it would stand in a cell; of a list, one of its parts.
    first, last : str
        Days in ISO: rows that touch them; empty = open.
    agents : frozenset of str or None
        Whose rows are seen; None = all.
    """

    equal: dict[str, str]
    first: str = ""
    last: str = ""
    agents: frozenset[str] | None = None


def rows_page(
    connection: Connection, centre: str, kept: Kept, wanted: Filter, after: str | None, most: int, revision: int | None = None
) -> list[Entry]:
    """Rows in the order of their keys, one more than `most` if there are more.

    Raises
    ------
    ValueError
        A text that is no cell of its column.
    """
    columns = (ENTRIES.c.key, ENTRIES.c.place, ENTRIES.c.since, ENTRIES.c.body)
    chosen = select(*columns).where(standing(centre, kept.name, revision), *_conditions(kept, wanted))
    chosen = chosen if after is None else chosen.where(ENTRIES.c.key > after)
    return [Entry(*row) for row in connection.execute(chosen.order_by(ENTRIES.c.key).limit(most + 1))]


def _conditions(kept: Kept, wanted: Filter) -> list[ColumnElement[bool]]:
    kinds = {column.name: column.kind for column in kept.table.columns}
    found = [_equal(name, kinds[name].form, as_json(kinds[name].parse(text)), text) for name, text in wanted.equal.items()]
    found += _touching(kept, wanted)
    if wanted.agents is not None and kept.of_agents:
        found.append(ENTRIES.c.agent.in_(sorted(wanted.agents)))
    return found


def _equal(name: str, form: Form, value: Any, text: str) -> ColumnElement[bool]:
    cell = ENTRIES.c.body[name]
    if form == "flag":
        return cell.as_boolean() == value
    if form in ("number", "whole"):
        return cell.as_float() == float(value)
    if form == "list":
        return cell.as_string().contains(json.dumps(text), autoescape=True)
    return cell.as_string() == value


def _touching(kept: Kept, wanted: Filter) -> list[ColumnElement[bool]]:
    """Days compare as text, and instants by the day that they are written with."""
    times = [column.name for column in kept.table.columns if column.kind.form in ("day", "instant")]
    if not times or not (wanted.first or wanted.last):
        return []
    starts = ENTRIES.c.body[times[0]].as_string()
    ends = next((ENTRIES.c.body[name].as_string() for name in times[1:] if name in ENDS), starts)
    found = [ends >= wanted.first] if wanted.first else []
    return found + ([starts < f"{wanted.last}~"] if wanted.last else [])


def one_row(connection: Connection, centre: str, kept: Kept, key: str, revision: int | None = None) -> Entry:
    """A row by its key.

    Raises
    ------
    NotFound
        None stands under it.
    """
    columns = (ENTRIES.c.key, ENTRIES.c.place, ENTRIES.c.since, ENTRIES.c.body)
    row = connection.execute(select(*columns).where(standing(centre, kept.name, revision), ENTRIES.c.key == key)).first()
    if row is None:
        raise NotFound(f"no row {key!r} of {kept.name}")
    return Entry(*row)


def rows_by_key(connection: Connection, centre: str, kept: Kept, keys: Sequence[str]) -> dict[str, Entry]:
    """Rows that stand under some keys."""
    columns = (ENTRIES.c.key, ENTRIES.c.place, ENTRIES.c.since, ENTRIES.c.body)
    found = dict[str, Entry]()
    for k in range(0, len(keys), 500):
        chosen = select(*columns).where(standing(centre, kept.name, None), ENTRIES.c.key.in_(keys[k : k + 500]))
        found |= {row[0]: Entry(*row) for row in connection.execute(chosen)}
    return found


def last_place(connection: Connection, centre: str, kept: Kept) -> int:
    """Place of the last row that stands; 0 = there is none."""
    last = select(ENTRIES.c.place).where(standing(centre, kept.name, None)).order_by(ENTRIES.c.place.desc()).limit(1)
    return connection.scalar(last) or 0


def row_texts(connection: Connection, centre: str, resource: str) -> list[tuple[str, int, str]]:
    """Key, place and body as JSON text of each row that stands, in the order of the file."""
    columns = (ENTRIES.c.key, ENTRIES.c.place, cast(ENTRIES.c.body, Text))
    rows = connection.execute(select(*columns).where(standing(centre, resource, None)).order_by(ENTRIES.c.place, ENTRIES.c.id))
    return [(key, place, text) for key, place, text in rows]


@dataclass(frozen=True)
class Written:
    """A version of a row: what stood from a revision on, and whose hand it is in.

    Parameters
    ----------
    body : dict or None
        None = the row was taken away.
    """

    version: int
    at: datetime
    who: str
    why: str
    action: str
    body: Body | None


def row_history(connection: Connection, centre: str, kept: Kept, key: str) -> list[Written]:
    """Every version of a row, oldest first.

    Raises
    ------
    NotFound
        There never was such a row.
    """
    of = and_(ENTRIES.c.centre == centre, ENTRIES.c.resource == kept.name, ENTRIES.c.key == key)
    rows = connection.execute(select(ENTRIES.c.since, ENTRIES.c.until, ENTRIES.c.body).where(of).order_by(ENTRIES.c.id)).all()
    if not rows:
        raise NotFound(f"no row {key!r} of {kept.name}")
    told: dict[int, Body | None] = {until: None for _, until, _ in rows if until is not None}
    told |= {since: body for since, _, body in rows}
    hands = _hands(connection, centre, sorted(told))
    return [Written(number, *hands[number], told[number]) for number in sorted(told) if number in hands]


def _hands(connection: Connection, centre: str, numbers: list[int]) -> dict[int, tuple[datetime, str, str, str]]:
    columns = (AUDIT.c.revision, AUDIT.c.at, AUDIT.c.who, AUDIT.c.why, AUDIT.c.action)
    rows = connection.execute(select(*columns).where(AUDIT.c.centre == centre, AUDIT.c.revision.in_(numbers)).order_by(AUDIT.c.id))
    found: dict[int, tuple[datetime, str, str, str]] = {}
    for number, at, who, why, action in rows:
        found.setdefault(number, (at, who, why, action))
    return found


@dataclass(frozen=True)
class Revision:
    """A revision of a centre, as its audit trail begins it."""

    number: int
    at: datetime
    who: str
    action: str
    target: str
    why: str


def revisions(connection: Connection, centre: str, before: int | None, most: int) -> list[Revision]:
    """Revisions of a centre, newest first, one more than `most` if there are more."""
    columns = (AUDIT.c.revision, AUDIT.c.at, AUDIT.c.who, AUDIT.c.action, AUDIT.c.target, AUDIT.c.why)
    of = select(*columns).where(AUDIT.c.centre == centre, AUDIT.c.revision.is_not(None))
    of = of if before is None else of.where(AUDIT.c.revision < before)
    found: dict[int, Revision] = {}
    for row in connection.execute(of.order_by(AUDIT.c.revision.desc(), AUDIT.c.id).limit(4 * most + 4)):
        found.setdefault(row[0], Revision(*row))
    return list(found.values())[: most + 1]


@dataclass(frozen=True)
class Difference:
    """What a revision did to a row: before and after; None = it was not there."""

    resource: str
    key: str
    before: Body | None
    after: Body | None


def differences(connection: Connection, centre: str, number: int, most: int) -> list[Difference]:
    """Rows that a revision changed, at most so many."""
    touched = and_(ENTRIES.c.centre == centre, or_(ENTRIES.c.since == number, ENTRIES.c.until == number))
    columns = (ENTRIES.c.resource, ENTRIES.c.key, ENTRIES.c.since, ENTRIES.c.body)
    found: dict[tuple[str, str], list[Body | None]] = {}
    order = (ENTRIES.c.resource, ENTRIES.c.key)
    for resource, key, since, body in connection.execute(select(*columns).where(touched).order_by(*order).limit(2 * most)):
        found.setdefault((resource, key), [None, None])[since == number] = body
    return [Difference(*name, *told) for name, told in list(found.items())[:most]]
