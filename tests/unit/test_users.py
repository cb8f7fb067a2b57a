"""Accounts: waits that grow, sessions that end, keys that are noted once a minute; on a clock of our own."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from data.model.errors import InvalidData
from data.store.base import Database
from data.store.keys import add_key, is_noted, key_row, note_use
from data.store.revisions import Author
from data.store.sessions import Limits, add_session, session_row
from data.store.sessions import note_use as note_session
from data.store.users import (
    FIRST_WAIT,
    LONGEST_WAIT,
    add_user,
    attempt,
    change_user,
    first_administrator,
    forgive,
    is_password,
    remove_user,
)

NOW = datetime(2026, 6, 1, tzinfo=UTC)
AUTHOR = Author("test", NOW)


def test_waits_grow_to_a_longest_one_and_a_login_forgives(database: Database) -> None:
    now, waits = NOW, list[timedelta]()
    for _ in range(16):
        until = attempt(database, "X", "10.0.0.1", now)
        if until is not None:
            waits.append(until - now)
            now = until
    assert waits[:4] == [FIRST_WAIT * 2**k for k in range(4)]
    for _ in range(20):
        now = attempt(database, "x", "10.0.0.2", now) or now
    assert max(waits) <= LONGEST_WAIT
    until = attempt(database, "x", "10.0.0.3", now)
    assert until is None or until - now <= LONGEST_WAIT
    with database.writing() as connection:
        forgive(connection, "x", "10.0.0.3", now)
    assert attempt(database, "x", "10.0.0.3", now) is None


def test_guesses_at_once_are_counted_one_by_one(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: attempt(database, "x", "10.0.0.1", NOW), range(20)))
    assert sum(one is None for one in told) == 5


def test_many_accounts_from_one_address_wait_too(database: Database) -> None:
    told = [attempt(database, f"x{k}", "10.0.0.1", NOW) for k in range(51)]
    assert [k for k, one in enumerate(told) if one is not None] == [50]


def test_an_account_without_a_password_lets_nobody_in(database: Database) -> None:
    assert not is_password(database, "nobody", "")
    password = first_administrator(database, NOW)
    assert password is not None
    assert is_password(database, "Administrator", password)
    assert not is_password(database, "administrator", password + "x")


def test_somebody_stays_who_administers_all_centres(database: Database) -> None:
    first_administrator(database, NOW)
    with database.writing() as connection:
        add_user(connection, "b", ["administrator"], AUTHOR, {"centres": ["grid"]})
    with pytest.raises(InvalidData, match="no administrator"), database.writing() as connection:
        remove_user(connection, "administrator", AUTHOR)
    with database.writing() as connection:
        change_user(connection, "b", AUTHOR, scopes={})
        remove_user(connection, "administrator", AUTHOR)


def test_sessions_end_when_idle_and_after_their_whole_time(database: Database) -> None:
    limits = Limits(timedelta(hours=1), timedelta(hours=3))
    with database.writing() as connection:
        add_user(connection, "b", ["planner"], AUTHOR)
        token = add_session(connection, "B", NOW, "10.0.0.1", "test", limits)
        assert session_row(connection, token, NOW + timedelta(minutes=59), limits) is not None
        assert session_row(connection, token, NOW + timedelta(minutes=60), limits) is None
        for minutes in (50, 100, 150):
            row = session_row(connection, token, NOW + timedelta(minutes=minutes), limits)
            assert row is not None
            note_session(connection, row["id"], NOW + timedelta(minutes=minutes))
        assert session_row(connection, token, NOW + timedelta(minutes=180), limits) is None
        assert session_row(connection, token + "x", NOW, limits) is None


def test_the_use_of_a_key_is_noted_once_a_minute(database: Database) -> None:
    with database.writing() as connection:
        key = add_key(connection, "k", ["planner"], AUTHOR, expires_at=NOW + timedelta(hours=1))
        row = key_row(connection, key, NOW)
        assert row is not None
        assert not is_noted(row, NOW)
        note_use(connection, row["id"], NOW)
        note_use(connection, row["id"], NOW + timedelta(seconds=30))
        row = key_row(connection, key, NOW)
        assert row is not None
        assert row["used_at"] == NOW
        assert key_row(connection, key, NOW + timedelta(hours=1)) is None
        assert key_row(connection, key[:-1], NOW) is None
