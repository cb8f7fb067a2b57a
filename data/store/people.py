"""A person in the store: all that is held of them, and putting a pseudonym in its place, in what stands and what stood."""

import secrets
import shutil
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from filelock import FileLock
from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    LargeBinary,
    String,
    Table,
    delete,
    insert,
    select,
    tuple_,
    update,
)

from data.model.errors import NotFound
from data.store.answers import ANSWERS
from data.store.audit import unguarded
from data.store.base import Database, Instant, metadata
from data.store.documents import BLOBS, DOCUMENTS, keep_blob
from data.store.entries import ENTRIES
from data.store.folder import Files
from data.store.keys import KEYS
from data.store.members import forget
from data.store.person_pay import pay_held, veil_pay
from data.store.retention import forget_contents
from data.store.revisions import AUDIT, Author, Change, begin, record
from data.store.rosters import ASSIGNMENTS, ROSTERS
from data.store.sessions import SESSIONS
from data.store.users import FAILURES, TOLD, USERS, account_key
from data.store.veil import Veil, is_distinct

PACKED = (".xlsx", ".parquet", ".gz", ".zip")
"""Documents whose text cannot be looked through."""

ID_COLUMNS = ("user_name", "external_id", "employee_number")
"""Other ids of a person, as the HR system has them."""

IDENTITY = frozenset({*ID_COLUMNS, "name", "given_name", "family_name", "department", "cost_center", "manager"})
"""What the HR system said of who a person is."""

HOLDS = Table(
    "legal_hold",
    metadata,
    Column("centre", String(64), ForeignKey("centre.id"), primary_key=True),
    Column("agent", String(100), primary_key=True),
    Column("why", String(2000), nullable=False),
    Column("by", String(200), nullable=False),
    Column("at", Instant, nullable=False),
)
"""Whose data must not be erased for now."""


@dataclass(frozen=True)
class Erased:
    """What an erasure did.

    Parameters
    ----------
    rows : dict
        Rows that were changed, by table.
    unread : tuple of str
        Documents that could not be looked through.
    kept : tuple of str
        Drawings of the payroll that keep the id: they are submitted or approved, and the law has them kept as they are.
    """

    pseudonym: str
    revision: int
    rows: dict[str, int] = field(default_factory=dict[str, int])
    unread: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def hold_of(connection: Connection, centre: str, agent: str) -> str | None:
    """Why the data of a person must not be erased for now; None = nothing speaks against it."""
    return connection.scalar(select(HOLDS.c.why).where(HOLDS.c.centre == centre, HOLDS.c.agent == agent))


def put_hold(connection: Connection, centre: str, agent: str, author: Author) -> None:
    """The data of a person must not be erased for now; the author says why."""
    connection.execute(delete(HOLDS).where(HOLDS.c.centre == centre, HOLDS.c.agent == agent))
    connection.execute(insert(HOLDS).values(centre=centre, agent=agent, why=author.why, by=author.who, at=author.at))
    record(connection, author, "person.held", agent, centre=centre)


def drop_hold(connection: Connection, centre: str, agent: str, author: Author) -> None:
    """Nothing speaks against erasing the data of a person any longer."""
    if connection.execute(delete(HOLDS).where(HOLDS.c.centre == centre, HOLDS.c.agent == agent)).rowcount:
        record(connection, author, "person.released", agent, centre=centre)


def veil_of(connection: Connection, centre: str, agent: str, pseudonym: str = "") -> Veil:
    """How a person is named in a centre.

    Raises
    ------
    NotFound
        Nothing is held of such a person.
    """
    bodies = list(connection.scalars(select(ENTRIES.c.body).where(*_told_of(centre, agent, "staff", "people"))))
    accounts = [row["name"] for row in _accounts(connection, centre, agent)]
    if not bodies and not accounts and not _is_rostered(connection, centre, agent):
        raise NotFound(f"nothing is held of an agent {agent!r}")
    names = {str(body["name"]) for body in bodies if body.get("name")}
    ids = {str(body[column]) for body in bodies for column in ID_COLUMNS if body.get(column)} - {agent, *accounts}
    return Veil((agent, *accounts, *sorted(filter(is_distinct, ids))), tuple(sorted(names)), pseudonym or "\0")


def _told_of(centre: str, agent: str, *resources: str) -> tuple[ColumnElement[bool], ...]:
    return (ENTRIES.c.centre == centre, ENTRIES.c.resource.in_(resources), ENTRIES.c.agent == agent)


def _accounts(connection: Connection, centre: str, agent: str) -> list[dict[str, Any]]:
    rows = connection.execute(select(*TOLD).where(USERS.c.agent == agent)).mappings()
    return [dict(row) for row in rows if centre in (row["scopes"].get("centres") or [centre])]


def _is_rostered(connection: Connection, centre: str, agent: str) -> bool:
    of = (ASSIGNMENTS.c.agent == agent, ROSTERS.c.centre == centre)
    found = select(ASSIGNMENTS.c.place).join(ROSTERS, ASSIGNMENTS.c.roster == ROSTERS.c.id).where(*of).limit(1)
    return connection.scalar(found) is not None


def in_centre(table: Table, centre: str) -> ColumnElement[bool] | None:
    """Condition of the rows of a table that belong to a centre, by its own column or by that of a table it refers to."""
    if "centre" in table.c:
        return table.c.centre == centre
    for key in table.foreign_keys:
        parent = key.column.table
        if "centre" in parent.c:
            return key.parent.in_(select(key.column).where(parent.c.centre == centre))
    return None


def all_held(connection: Connection, centre: str, agent: str) -> dict[str, list[dict[str, Any]]]:
    """All that is held of a person, by table; of what names others too only where it stands.

    Raises
    ------
    NotFound
        Nothing is.
    """
    veil = veil_of(connection, centre, agent)
    held = {"account": _accounts(connection, centre, agent), "audit": list(_lines(connection, centre, veil))}
    for table in metadata.sorted_tables:
        of = in_centre(table, centre)
        if of is not None and "agent" in table.c and table.name not in ("audit",):
            shown = [column for column in table.c if not isinstance(column.type, LargeBinary) and "hash" not in column.name]
            rows = connection.execute(select(*shown).where(of, table.c.agent == agent)).mappings()
            held[table.name] = [dict(row) for row in rows]
    held["payroll"] = pay_held(connection, centre, agent)
    held["documents"] = [{"path": path} for path, _, text in _texts(connection, centre) if text and veil.names_in(text)]
    return {name: rows for name, rows in held.items() if rows}


def _lines(connection: Connection, centre: str, veil: Veil) -> Iterator[dict[str, Any]]:
    told = (AUDIT.c.who, AUDIT.c.target, AUDIT.c.why, AUDIT.c.before, AUDIT.c.after)
    accounts = AUDIT.c.who.in_(veil.ids[1:]) | AUDIT.c.target.in_(veil.ids[1:])
    of = (AUDIT.c.centre == centre) | (AUDIT.c.centre.is_(None) & accounts)
    for row in connection.execute(select(AUDIT).where(of, veil.may_be_in(*told))).mappings():
        if any(veil.names_in(row[column.name]) for column in told):
            yield dict(row)


def _texts(connection: Connection, centre: str) -> Iterator[tuple[str, str, str | None]]:
    """Path, hash and text of each document that stands or stood; None = it is no text."""
    of = select(DOCUMENTS.c.path, DOCUMENTS.c.sha, BLOBS.c.content).join(BLOBS, DOCUMENTS.c.sha == BLOBS.c.sha)
    for path, sha, packed in connection.execute(of.where(DOCUMENTS.c.centre == centre).order_by(DOCUMENTS.c.id)).all():
        try:
            yield path, sha, zlib.decompress(packed).decode("utf-8")
        except UnicodeDecodeError:
            yield path, sha, None


def erase(connection: Connection, centre: str, agent: str, author: Author) -> Erased:
    """Put a pseudonym in the place of a person in every table, document and roster of a centre, also in what stood.

    What they worked and were paid stays under the pseudonym, as the law on payroll wants; who they were does not.
    Nothing may be left of the old pages of the file: call `scrub` after the transaction, and `drop_copies`.

    Raises
    ------
    NotFound
        Nothing is held of such a person.
    """
    veil = veil_of(connection, centre, agent, f"erased-{secrets.token_hex(4)}")
    why = replace(author, why=veil.text(author.why))
    change = begin(connection, centre, why, "person.erased", veil.pseudonym)
    targets = [*veil.ids[1:], *(row["name"] for row in _keys(connection, centre, agent))]
    rows = _close_accounts(connection, centre, agent, veil)
    _forget_identity(connection, centre, agent, veil)
    with unguarded(connection):
        for table in metadata.sorted_tables:
            of = in_centre(table, centre)
            if of is not None and table.name != BLOBS.name:
                rows[table.name] = _veil_rows(connection, table, of, veil)
        rows[AUDIT.name] += _veil_lines(connection, veil, targets)
    unread, kept = _veil_documents(change, veil, rows), veil_pay(connection, centre, veil)
    forget_contents(connection)
    rows[ANSWERS.name] = connection.execute(delete(ANSWERS).where(veil.may_be_in(ANSWERS.c.body))).rowcount
    forget(connection)
    return Erased(veil.pseudonym, change.number, {name: many for name, many in rows.items() if many}, unread, kept)


def _forget_identity(connection: Connection, centre: str, agent: str, veil: Veil) -> None:
    """Given and family names are too common to be looked for in texts: they are taken out of where they stand."""
    own = _told_of(centre, agent, "people")
    for number, body in connection.execute(select(ENTRIES.c.id, ENTRIES.c.body).where(*own)).all():
        left = {name: value for name, value in body.items() if name not in IDENTITY} | {"user_name": veil.pseudonym}
        connection.execute(update(ENTRIES).where(ENTRIES.c.id == number).values(body=left))


def _close_accounts(connection: Connection, centre: str, agent: str, veil: Veil) -> dict[str, int]:
    """Accounts and keys of the person let nobody in any longer."""
    names = [row["name"] for row in _accounts(connection, centre, agent)]
    connection.execute(delete(SESSIONS).where(SESSIONS.c.user.in_(names)))
    connection.execute(delete(FAILURES).where(FAILURES.c.key.in_([account_key(name) for name in names])))
    for k, name in enumerate(names):
        told = {"name": veil.pseudonym + (f"-{k}" if k else ""), "hash": None, "disabled": True, "agent": veil.pseudonym}
        connection.execute(update(USERS).where(USERS.c.name == name).values(**told))
    keys = _keys(connection, centre, agent)
    for row in keys:
        told = {"name": veil.text(row["name"]), "scopes": veil.value(row["scopes"]), "hash": f"revoked-{row['id']}"}
        connection.execute(update(KEYS).where(KEYS.c.id == row["id"]).values(**told))
    return {USERS.name: len(names), KEYS.name: len(keys)}


def _keys(connection: Connection, centre: str, agent: str) -> list[dict[str, Any]]:
    rows = [dict(row) for row in connection.execute(select(KEYS.c.id, KEYS.c.name, KEYS.c.scopes)).mappings()]
    own = [row for row in rows if row["scopes"].get("agent") == agent]
    return [row for row in own if centre in (row["scopes"].get("centres") or [centre])]


def _veil_rows(connection: Connection, table: Table, of: ColumnElement[bool], veil: Veil) -> int:
    if table.name == ASSIGNMENTS.name:  # many rows, and one column that names
        named = update(table).where(of, table.c.agent == veil.ids[0]).values(agent=veil.pseudonym)
        return connection.execute(named).rowcount
    fixed = {column.name for column in table.c if column.foreign_keys}
    columns = [one for one in table.c if isinstance(one.type, String | JSON) and one.name not in fixed]
    if not columns:
        return 0
    keys = list(table.primary_key.columns)
    found = connection.execute(select(*keys, *(one for one in columns if one not in keys)).where(of, veil.may_be_in(*columns)))
    return sum(_veil_row(connection, table, dict(row), veil) for row in found.mappings().all())


def _veil_row(connection: Connection, table: Table, row: dict[str, Any], veil: Veil) -> int:
    own = _own(table, row, veil)
    changed = {name: now for name, value in row.items() if (now := own.value(value)) != value}
    if not changed:
        return 0
    keys = list(table.primary_key.columns)
    at = tuple_(*keys) == tuple_(*(row[key.name] for key in keys)) if len(keys) > 1 else keys[0] == row[keys[0].name]
    connection.execute(update(table).where(at).values(**changed))
    return 1


def _own(table: Table, row: dict[str, Any], veil: Veil) -> Veil:
    """In the rows of other agents only the ids are veiled: somebody else may have the same name."""
    theirs = table.name == ENTRIES.name and row.get("agent") not in (None, veil.ids[0])
    return replace(veil, names=()) if theirs else veil


def _veil_lines(connection: Connection, veil: Veil, targets: list[str]) -> int:
    """Lines of no centre: those of the person's accounts and keys, and others that name the accounts."""
    of_none, accounts = AUDIT.c.centre.is_(None), replace(veil, ids=veil.ids[1:], names=())
    own = _veil_rows(connection, AUDIT, of_none & (AUDIT.c.who.in_(targets) | AUDIT.c.target.in_(targets)), veil)
    return own + (_veil_rows(connection, AUDIT, of_none, accounts) if accounts.cells else 0)


def _veil_documents(change: Change, veil: Veil, rows: dict[str, int]) -> tuple[str, ...]:
    connection, unread, gone = change.connection, set[str](), set[str]()
    for path, sha, text in list(_texts(connection, change.centre)):
        if text is None or path.endswith(PACKED):
            unread.add(path)
        elif sha not in gone and (now := veil.text(text)) != text:
            new = keep_blob(connection, now.encode())
            of = (DOCUMENTS.c.centre == change.centre, DOCUMENTS.c.sha == sha)
            rows[BLOBS.name] = rows.get(BLOBS.name, 0) + connection.execute(update(DOCUMENTS).where(*of).values(sha=new)).rowcount
            gone.add(sha)
    return tuple(sorted(unread))


def drop_copies(centre: str, files: Files) -> None:
    """Remove the folder that runs are given: it is written anew when it is needed."""
    folder = files.mirror(centre)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        shutil.rmtree(folder, ignore_errors=True)


def scrub(database: Database) -> None:
    """Leave nothing of what was changed in the free pages and the log of the embedded database; PostgreSQL sees to it itself."""
    if not database.is_sqlite:
        return
    with closing(database.engine.raw_connection()) as pooled, closing(pooled.cursor()) as cursor:
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.fetchall()
