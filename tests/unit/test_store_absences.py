"""Absences in the store: whatever is written, no agent is away twice on a day, and no day of another absence is lost."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.store import events
from data.store.base import Database, metadata
from data.store.entries import entries
from data.store.hr import write_absence
from data.store.revisions import Author, add_centre, changing

FIRST = date(2026, 6, 1)
assert events.EVENTS.metadata is metadata


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory):
    made = Database(f"sqlite:///{tmp_path_factory.mktemp('absences') / 'a.sqlite3'}")
    metadata.create_all(made.engine)
    yield made
    made.engine.dispose()


spans = st.tuples(st.integers(0, 20), st.integers(0, 8), st.sampled_from(["AL", "SL", "TR"]))


@settings(max_examples=40, deadline=None)
@given(st.lists(spans, min_size=1, max_size=6))
def test_the_last_one_told_holds_its_days(database: Database, told: list[tuple[int, int, str]]) -> None:
    author = Author("test", datetime.now(UTC))
    with database.writing() as connection:
        number = len(list(connection.exec_driver_sql("SELECT id FROM centre")))
        add_centre(connection, f"c{number}", author)
    wanted = dict[date, str]()
    for k, (first, more, code) in enumerate(told):
        days = [FIRST + timedelta(days=first + d) for d in range(more + 1)]
        wanted |= dict.fromkeys(days, code)
        with changing(database, f"c{number}", author, "test") as change:
            body = {"agent": "A", "first": days[0].isoformat(), "last": days[-1].isoformat(), "code": code, "paid": True}
            write_absence(change, f"k{k}", body)
    with database.reading() as connection:
        rows = [row.body for row in entries(connection, f"c{number}", "leave")]
    held = [
        (date.fromisoformat(row["first"]) + timedelta(days=d), row["code"])
        for row in rows
        for d in range((date.fromisoformat(row["last"]) - date.fromisoformat(row["first"])).days + 1)
    ]
    assert len(held) == len(dict(held))
    assert dict(held) == wanted
