"""The audit trail stands by itself, on both databases, however many processes start at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import delete, exc, func, select, text, update

from data.store.audit import guard_audit, unguarded
from data.store.base import Database
from data.store.revisions import AUDIT

MANY = 6


def lines(database: Database) -> int:
    with database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(AUDIT)) or 0


def test_no_line_is_changed_or_removed(database: Database) -> None:
    statements = [update(AUDIT).values(who="x"), delete(AUDIT)]
    for statement in [*statements, *([] if database.is_sqlite else [text("TRUNCATE audit")])]:
        with pytest.raises(exc.DBAPIError, match="only ever added to"), database.writing() as connection:
            connection.execute(statement)
    assert lines(database) == 1
    with pytest.raises(ValueError, match="midway"), database.writing() as connection, unguarded(connection):
        raise ValueError("midway")
    with pytest.raises(exc.DBAPIError, match="only ever added to"), database.writing() as connection:
        connection.execute(delete(AUDIT))


def test_processes_that_start_together_all_find_it_guarded(database: Database) -> None:
    with database.writing() as connection, pytest.MonkeyPatch.context() as patch:
        patch.setattr("data.store.audit.guard_audit", lambda _: None)
        with unguarded(connection):
            connection.execute(update(AUDIT).values(who="x"))
    barrier = Barrier(MANY)

    def start(_: int) -> None:
        barrier.wait(30)
        with database.writing() as connection:
            guard_audit(connection)

    with ThreadPoolExecutor(MANY) as pool:
        list(pool.map(start, range(MANY)))
    with pytest.raises(exc.DBAPIError, match="only ever added to"), database.writing() as connection:
        connection.execute(update(AUDIT).values(who="y"))


def test_a_guarded_trail_is_guarded_again_without_waiting_for_writers(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("its writers queue from their start anyway")
    with database.writing() as writer:
        at = writer.scalar(select(AUDIT.c.at))
        writer.execute(AUDIT.insert().values(at=at, who="w", action="a", target="", why="", origin={}))
        with database.writing() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '1s'"))
            guard_audit(connection)
