"""Reading the audit trail, and keeping it as it is: triggers refuse to change or delete its lines."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, event, select

from data.store.entries import ENTRIES
from data.store.revisions import AUDIT

SQLITE = """CREATE TRIGGER IF NOT EXISTS audit_no_{verb} BEFORE {verb} ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is only ever added to'); END"""

POSTGRES_FUNCTION = """CREATE OR REPLACE FUNCTION audit_stands() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit trail is only ever added to'; END $$"""

POSTGRES = """CREATE OR REPLACE TRIGGER audit_no_{verb} BEFORE {verb} ON audit
FOR EACH STATEMENT EXECUTE FUNCTION audit_stands()"""

VERBS = {"sqlite": ("UPDATE", "DELETE"), "postgresql": ("UPDATE", "DELETE", "TRUNCATE")}

STANDING = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass('audit') AND tgenabled <> 'D'",
}

LOCK = 0x41554454
"""Number of the lock under which PostgreSQL is given the triggers: processes that start together do not both do it."""


@dataclass(frozen=True)
class AuditFilter:
    """Which lines are asked for; None = all.

    Parameters
    ----------
    action : str or None
        An action, or with ``*`` at its end all that begin so.
    since, until : datetime or None
        At or after; before.
    """

    who: str | None = None
    action: str | None = None
    centre: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    centres: frozenset[str] = frozenset()


def audit_lines(connection: Connection, wanted: AuditFilter, before: int | None, limit: int) -> list[dict[str, Any]]:
    """Lines of the trail, newest first.

    Parameters
    ----------
    before : int or None
        Id of the last line of the page before.
    """
    query = select(AUDIT).order_by(AUDIT.c.id.desc()).limit(limit)
    for name in ("who", "centre", "target"):
        if (value := getattr(wanted, name)) is not None:
            query = query.where(AUDIT.c[name] == value)
    if wanted.action is not None:
        begins = wanted.action.endswith("*")
        of = AUDIT.c.action.startswith(wanted.action[:-1], autoescape=True) if begins else AUDIT.c.action == wanted.action
        query = query.where(of)
    query = query if wanted.since is None else query.where(AUDIT.c.at >= wanted.since)
    query = query if wanted.until is None else query.where(AUDIT.c.at < wanted.until)
    query = query if before is None else query.where(AUDIT.c.id < before)
    query = query.where(AUDIT.c.centre.in_(wanted.centres)) if wanted.centres else query
    return [dict(row) for row in connection.execute(query).mappings()]


@dataclass(frozen=True)
class RowChange:
    """What a revision did to a row; None = it did not stand before, or stands no longer."""

    resource: str
    key: str
    agent: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def row_changes(connection: Connection, centre: str, revision: int) -> list[RowChange]:
    """Rows that a revision added, changed or removed, by resource and key."""
    of = (ENTRIES.c.centre == centre, (ENTRIES.c.since == revision) | (ENTRIES.c.until == revision))
    columns = (ENTRIES.c.resource, ENTRIES.c.key, ENTRIES.c.agent, ENTRIES.c.since, ENTRIES.c.body)
    held: dict[tuple[str, str], dict[str, Any]] = {}
    for resource, key, agent, since, body in connection.execute(select(*columns).where(*of)):
        told = held.setdefault((resource, key), {"agent": agent, "before": None, "after": None})
        told["after" if since == revision else "before"] = body
    return [RowChange(*names, **told) for names, told in sorted(held.items())]


def guard_audit(connection: Connection) -> None:
    """Let the database itself refuse to change the trail; may be called again, and by processes that start together."""
    kind = connection.dialect.name
    if _is_guarded(connection):
        return  # no lock is asked for: somebody may be in the middle of a long change
    if kind == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        connection.exec_driver_sql(POSTGRES_FUNCTION)
    for verb in VERBS[kind]:
        connection.exec_driver_sql((POSTGRES if kind == "postgresql" else SQLITE).format(verb=verb))


def _is_guarded(connection: Connection) -> bool:
    kind = connection.dialect.name
    standing = {str(name).lower() for (name,) in connection.exec_driver_sql(STANDING[kind])}
    return standing >= {f"audit_no_{verb}".lower() for verb in VERBS[kind]}


@contextmanager
def unguarded(connection: Connection) -> Generator[None]:
    """Open the trail within a transaction: to erase a person's data, and lines that are older than they may be kept."""
    on = " ON audit" if connection.dialect.name == "postgresql" else ""
    for verb in VERBS[connection.dialect.name]:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS audit_no_{verb}{on}")
    yield
    guard_audit(connection)  # after an error the transaction is rolled back, and the triggers stand as they did


def _guard(_: Table, connection: Connection, **__: Any) -> None:
    guard_audit(connection)


event.listen(AUDIT, "after_create", _guard)
