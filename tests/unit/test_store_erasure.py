"""A person erased on both databases: no table says any longer who they were, and no table is forgotten."""

import zlib

import pytest
from sqlalchemy import Connection, insert, select
from store_case import AT, author

from data.exchange.catalogue import BY_NAME
from data.store.base import Database
from data.store.calendars import add_feed
from data.store.documents import BLOBS, keep_blob, put_document
from data.store.entries import put
from data.store.events import emit
from data.store.keys import add_key
from data.store.payroll import add_period, set_period
from data.store.people import all_held, erase, in_centre, put_hold
from data.store.revisions import changing
from data.store.runs import Asked, add_run, set_run
from data.store.schedules import add_schedule
from data.store.schema import every_table
from data.store.users import add_user
from data.store.webhooks import DELIVERIES, add_webhook

AGENT, NAME, LOGIN, FAMILY, NUMBER = "E0042", "王小明", "wang.xiaoming", "Wangovich", "HR-7781"
OTHER = "E0043"
WORDS = (AGENT, NAME, LOGIN, FAMILY, NUMBER)

OF_NO_CENTRE = {"answer", "api_key", "blob", "centre", "login_failure", "session", "user_account", "worker"}
"""Tables that an erasure goes through one by one, or that name no agents."""

PERSON = {
    "agent": AGENT,
    "user_name": LOGIN,
    "given_name": "Li",
    "family_name": FAMILY,
    "employee_number": NUMBER,
    "manager": "E0001",
    "left": "2026-05-01",
}


def pay(period: str) -> bytes:
    return f"employee_no,period,minutes\n{AGENT},{period},480\n{OTHER},{period},450\n".encode()


@pytest.fixture
def told(database: Database) -> Database:
    """An installation that names a person wherever it may."""
    with changing(database, "grid", author(f"{NAME} asked"), "test", AGENT) as change:
        put(change, BY_NAME["people"], [(AGENT, 1, PERSON), (OTHER, 2, {"agent": OTHER, "user_name": "b", "manager": AGENT})])
        put(change, BY_NAME["staff"], [(AGENT, 1, {"agent": AGENT, "name": NAME}), (OTHER, 2, {"agent": OTHER, "name": "李小红"})])
        put(
            change,
            BY_NAME["leave"],
            [(f"hr|{NUMBER}", 1, {"agent": AGENT, "first": "2026-07-01", "last": "2026-07-02", "code": "AL"})],
        )
        put_document(change, "requests/r1.jsonl", f'{{"agent": "{AGENT}", "said": "{NAME}"}}'.encode())
        emit(change, "person.left", {"agent": AGENT, "from": "2026-05-01"})
        drawn = add_period(change, "2026-05", keep_blob(change.connection, pay("2026-05")), 2, 1, {})
        set_period(change, set_period(change, drawn, "submitted", ""), "approved", f"for {AGENT}")
        add_period(change, "2026-06", keep_blob(change.connection, pay("2026-06")), 2, 1, {})
        connection = change.connection
        add_feed(connection, "grid", AGENT, NAME, author())
        hook = add_webhook(connection, "grid", f"https://127.0.0.1/{AGENT}", ["person.*"], author())
        row = {"webhook": hook["id"], "event": 1, "type": "person.left", "state": "dead", "attempts": 9, "made_at": AT}
        connection.execute(insert(DELIVERIES).values(**row, error=f"{AGENT} is unknown"))
        add_run(connection, Asked("r1", "grid", "tweak", {"agent": AGENT}, LOGIN, AT, f"for {NAME}"))
        set_run(connection, "r1", log=f"{AGENT} 替 {OTHER}", result={"text": AGENT}, problem={"detail": NAME})
        plan = {
            "name": f"of {AGENT}",
            "kind": "tweak",
            "params": {"agent": AGENT},
            "cron": "0 5 * * *",
            "enabled": False,
            "why": NAME,
        }
        add_schedule(connection, "s1", "grid", plan, author())
        add_user(connection, LOGIN, ["agent"], author(), agent=AGENT)
        add_key(connection, f"phone of {AGENT}", ["agent"], author(), {"agent": AGENT, "centres": ["grid"]})
        put_hold(connection, "grid", OTHER, author(f"a dispute with {NAME}"))
    return database


def texts(connection: Connection) -> dict[str, str]:
    """All that a table holds, as text."""
    held = {table.name: str(connection.execute(select(table)).all()) for table in every_table().sorted_tables}
    held["blob"] = "".join(zlib.decompress(data).decode() for data in connection.scalars(select(BLOBS.c.content)))
    return held


def test_no_table_is_forgotten() -> None:
    assert {one.name for one in every_table().sorted_tables if in_centre(one, "grid") is None} == OF_NO_CENTRE


def test_all_that_is_held_of_a_person_is_told(told: Database) -> None:
    with told.reading() as connection:
        held = all_held(connection, "grid", AGENT)
    assert {"account", "audit", "entry", "calendar_feed", "documents", "payroll"} <= set(held)
    assert [(one["period"], one["state"], one["minutes"]) for one in held["payroll"]] == [
        ("2026-05", "approved", "480"),
        ("2026-06", "open", "480"),
    ]
    assert OTHER not in str(held["payroll"])


def test_whoever_is_erased_is_named_nowhere_but_in_a_payroll_that_was_approved(told: Database) -> None:
    with told.reading() as connection:
        named = {name for name, text in texts(connection).items() if any(word in text for word in WORDS)}
    assert {"run", "schedule", "webhook", "delivery", "event", "payroll_period", "calendar_feed", "legal_hold", "blob"} <= named
    with told.writing() as connection:
        done = erase(connection, "grid", AGENT, author())
    assert done.kept == ("2026-05 (1)",)
    with told.reading() as connection:
        held = texts(connection)
        assert OTHER in held["entry"]
        assert "李小红" in held["entry"]
        assert held["blob"].count(AGENT) == 1
        held["blob"] = held["blob"].replace(pay("2026-05").decode(), "")
        assert f"{done.pseudonym},2026-06,480\n{OTHER}" in held["blob"]
    assert {name: [word for word in WORDS if word in text] for name, text in held.items() if any(w in text for w in WORDS)} == {}


def test_somebody_who_waits_to_be_rostered_is_erased_too(database: Database) -> None:
    with changing(database, "grid", author(), "test") as change:
        put(change, BY_NAME["people"], [(AGENT, 1, PERSON)])
    with database.writing() as connection:
        erase(connection, "grid", AGENT, author())
    with database.reading() as connection:
        assert not any(word in text for text in texts(connection).values() for word in WORDS)
