"""Changes of rows: what is sent is judged cell by cell, then with all that stands of the centre, and kept or refused as a whole."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from api.http.access import hand
from api.http.etags import must_match
from api.http.idempotency import once
from api.http.permissions import Caller
from api.http.problems import Conflict, Forbidden
from api.http.scopes import visible_agents, within
from api.judge import cell_findings, check_change, texts
from data.exchange.catalogue import Kept
from data.exchange.files import stop
from data.model.errors import Finding
from data.store.base import Database
from data.store.entries import Body, Entry, Row, close, parsed, put
from data.store.events import emit
from data.store.revisions import Change, begin
from data.store.row_pages import last_place, one_row, rows_by_key

MOST_CHANGES = 10_000


@dataclass(frozen=True)
class Asked:
    """Who asks for a change of which table."""

    request: Request
    database: Database
    centre: str
    kept: Kept
    caller: Caller


class ChangeOfRow(BaseModel):
    """One change of many."""

    model_config = ConfigDict(extra="forbid")

    do: Literal["add", "put", "patch", "remove"] = Field(description="put writes a row anew, patch some of its cells.")
    key: str | None = Field(None, description="Key of the row; of a new one it follows from the row.", max_length=300)
    if_match: str | None = Field(None, description="ETag of the version that is changed; null = whichever stands.")
    row: dict[str, Any] | None = Field(None, description="Cells by column, as of a single row.")


class Batch(BaseModel):
    """Changes that are kept together, or not at all."""

    model_config = ConfigDict(extra="forbid")

    changes: list[ChangeOfRow] = Field(min_length=1, max_length=MOST_CHANGES)


class BatchOut(BaseModel):
    """What became of many changes."""

    revision: int = Field(description="Revision of the centre that they made; the version of each row written.")
    added: list[str] = Field(description="Keys of the new rows, in their order.")
    changed: int
    removed: int


def shown(entry: Entry) -> dict[str, Any]:
    """A row as it is answered with."""
    return {"key": entry.key, "version": entry.version, "row": entry.body}


def add(asked: Asked, row: Body, key: str | None) -> dict[str, Any]:
    """Add a row; the entry."""
    body = _sound(asked.kept, row, asked.kept.name)

    def made(connection: Any) -> dict[str, Any]:
        change = _begin(asked, connection, "rows.added")
        check_open(asked, connection, [body])
        entry = _new(change, asked.kept, [body])[0]
        _settle(asked, change, [entry[0]], "added")
        return {"key": entry[0], "version": change.number, "row": body}

    author = hand(asked.request, asked.caller)
    told = [asked.request.url.path, row]
    with asked.database.writing() as connection:
        return once(connection, key, asked.caller.name, told, author.at, lambda: made(connection))


def change_one(asked: Asked, key: str, if_match: str | None, made: Callable[[Body], Body]) -> dict[str, Any]:
    """Write a row anew; the entry."""
    with asked.database.writing() as connection:
        change = _begin(asked, connection, "rows.changed", key)
        old = one_row(connection, asked.centre, asked.kept, key)
        check_open(asked, connection, [old.body])
        must_match(if_match, old.version)
        body = _sound(asked.kept, made(old.body), f"{asked.kept.name}/{key}")
        check_open(asked, connection, [body])
        _check_key(asked.kept, old, body)
        put(change, asked.kept, [(key, old.place, body)])
        _settle(asked, change, [key], "changed")
    return {"key": key, "version": change.number, "row": body}


def remove(asked: Asked, key: str, if_match: str | None) -> None:
    """Take a row away."""
    with asked.database.writing() as connection:
        change = _begin(asked, connection, "rows.removed", key)
        old = one_row(connection, asked.centre, asked.kept, key)
        check_open(asked, connection, [old.body])
        must_match(if_match, old.version)
        close(change, asked.kept, [key])
        _settle(asked, change, [key], "removed")


def change_many(asked: Asked, batch: Batch, key: str | None) -> BatchOut:
    """Make many changes, all or none."""

    def made(connection: Any) -> dict[str, Any]:
        change = _begin(asked, connection, "rows.changed", f"{len(batch.changes)} rows")
        return _make(asked, change, batch.changes).model_dump()

    told = [asked.request.url.path, batch.model_dump()]
    author = hand(asked.request, asked.caller)
    with asked.database.writing() as connection:
        return BatchOut.model_validate(once(connection, key, asked.caller.name, told, author.at, lambda: made(connection)))


def _begin(asked: Asked, connection: Any, action: str, key: str = "") -> Change:
    target = f"{asked.kept.name}/{key}" if key else asked.kept.name
    return begin(connection, asked.centre, hand(asked.request, asked.caller), action, target[:200])


def _sound(kept: Kept, row: Body, where: str) -> Body:
    """Cells of a row as they are kept."""
    cells = texts(row)
    stop(list(cell_findings(kept, cells, where)))
    return parsed(kept, cells)


def _new(change: Change, kept: Kept, bodies: list[Body]) -> list[Row]:
    """Append rows after those that stand."""
    last = last_place(change.connection, change.centre, kept)
    rows = [(_key(kept, body, f"{change.number}-{k}"), last + k, body) for k, body in enumerate(bodies, 1)]
    names = [key for key, _, _ in rows]
    twice = sorted({*rows_by_key(change.connection, change.centre, kept, names), *(one for one in names if names.count(one) > 1)})
    if twice:
        raise Conflict(f"{kept.name} holds {', '.join(map(repr, twice[:5]))} already; change the row instead")
    put(change, kept, rows)
    return rows


def _key(kept: Kept, body: Body, free: str) -> str:
    return "|".join(str(body.get(name, "")) for name in kept.table.keys) if kept.table.keys else free


def _check_key(kept: Kept, old: Entry, body: Body) -> None:
    if kept.table.keys and _key(kept, body, "") != old.key:
        where, expected = f"{kept.name}/{old.key}", "the same key: add another row and take this one away"
        stop([Finding(where, None, kept.table.keys[0], repr(_key(kept, body, "")), expected)])


def check_open(asked: Asked, connection: Any, bodies: list[Body]) -> None:
    """Raise `Forbidden` if rows are beyond the scope of a caller: of other agents, or of the centre as a whole."""
    agents = visible_agents(connection, asked.centre, asked.caller)
    if agents is None:
        return
    if not asked.kept.of_agents:
        raise Forbidden(f"{asked.kept.name} is of the whole centre, and {asked.caller.name} is confined to a part of it")
    for body in bodies:
        new = asked.kept.name == "staff" and within(connection, asked.centre, asked.caller, body)
        if not new and (asked.kept.name == "staff" or body.get("agent") not in agents):
            raise Forbidden(f"the agent {body.get('agent')} is not open to {asked.caller.name}")


def _settle(asked: Asked, change: Change, keys: list[str], what: str) -> None:
    """Judge what stands now, and tell of it."""
    check_change(asked.database, change)
    emit(change, f"rows.{what}", {"table": asked.kept.name, "keys": keys[:1000], "count": len(keys)})


def _make(asked: Asked, change: Change, changes: list[ChangeOfRow]) -> BatchOut:
    kept, connection = asked.kept, change.connection
    named = [one.key for one in changes if one.key is not None and one.do != "add"]
    had = rows_by_key(connection, asked.centre, kept, named)
    bodies = _bodies(kept, changes, had)
    check_open(asked, connection, [*(entry.body for entry in had.values()), *(body for _, body in bodies if body is not None)])
    for one in changes:
        if one.if_match is not None and one.key in had:
            must_match(one.if_match, had[one.key].version)
    written = [(one, body) for one, body in bodies if body is not None]
    gone = [one.key for one in changes if one.do == "remove" and one.key is not None]
    close(change, kept, gone)
    old = [(one.key, had[one.key].place, body) for one, body in written if one.do != "add" and one.key is not None]
    put(change, kept, old)
    new = _new(change, kept, [body for one, body in written if one.do == "add"])
    added = [key for key, _, _ in new]
    _settle(asked, change, [*added, *named], "changed")
    return BatchOut(revision=change.number, added=added, changed=len(old), removed=len(gone))


def _bodies(kept: Kept, changes: list[ChangeOfRow], had: dict[str, Entry]) -> list[tuple[ChangeOfRow, Body | None]]:
    """Each change with the cells that it leaves, None where the row goes; everything wrong with them at once."""
    findings, made, seen = list[Finding](), list[tuple[ChangeOfRow, Body | None]](), set[str]()
    for k, one in enumerate(changes):
        where = f"changes.{k}"
        if one.do != "add" and (one.key not in had or one.key in seen):
            expected = "a change of each row once" if one.key in seen else f"the key of a row of {kept.name}"
            findings.append(Finding(where, None, "key", repr(one.key), expected))
            continue
        seen |= set() if one.key is None or one.do == "add" else {one.key}
        row = {**(had[one.key].body if one.do == "patch" and one.key else {}), **(one.row or {})}
        cells = texts(row)
        wrong = [] if one.do == "remove" else list(cell_findings(kept, cells, where))
        findings += wrong
        body = None if one.do == "remove" or wrong else parsed(kept, cells)
        if body is not None and one.do != "add" and kept.table.keys and _key(kept, body, "") != one.key:
            findings.append(Finding(where, None, kept.table.keys[0], repr(_key(kept, body, "")), f"the same key {one.key!r}"))
        made.append((one, body))
    stop(findings)
    return made
