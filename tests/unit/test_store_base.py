from datetime import UTC, date, datetime, timedelta, timezone
from threading import Thread

import pytest
from sqlalchemy import insert, inspect, select
from sqlalchemy.exc import IntegrityError
from store_case import author

from data.model.errors import InvalidData, NotFound
from data.store.base import Database, insert_new
from data.store.bulk import bulk_insert
from data.store.revisions import AUDIT, CENTRES, add_centre, centres, changing, revision_of
from data.store.rosters import ASSIGNMENTS, ROSTERS


def test_a_failed_change_leaves_nothing(database: Database) -> None:
    def change_and_fail() -> None:
        with changing(database, "grid", author(), "try") as change:
            assert change.number == 1
            add_centre(change.connection, "other", author())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_and_fail()
    with database.reading() as connection:
        assert centres(connection) == ["grid"]
        assert revision_of(connection, "grid") == 0
        assert connection.scalars(select(AUDIT.c.action)).all() == ["centre.added"]


def test_a_change_is_audited_with_its_revision_and_author(database: Database) -> None:
    with changing(database, "grid", author("because"), "staff.changed", "a7"):
        pass
    with database.reading() as connection:
        last = connection.execute(select(AUDIT).order_by(AUDIT.c.id.desc())).mappings().first()
    assert last is not None
    told = {"who": "test", "why": "because", "action": "staff.changed", "target": "a7", "centre": "grid", "revision": 1}
    assert {name: last[name] for name in told} == told
    assert last["at"] == author().at


def test_instants_come_back_as_utc(database: Database) -> None:
    at = datetime(2026, 6, 1, 8, 0, 0, 250, tzinfo=timezone(timedelta(hours=8)))
    with database.writing() as connection:
        connection.execute(insert(CENTRES).values(id="east", revision=0, created_at=at))
    with database.reading() as connection:
        (found,) = connection.scalars(select(CENTRES.c.created_at).where(CENTRES.c.id == "east"))
    assert (found, found.tzinfo) == (at, UTC)


def test_a_centre_is_added_once_and_an_unknown_one_is_told(database: Database) -> None:
    with pytest.raises(InvalidData), database.writing() as connection:
        add_centre(connection, "grid", author())
    with pytest.raises(NotFound, match="there are grid"), changing(database, "nowhere", author(), "try"):
        pass


def test_changes_of_a_centre_queue_and_none_is_lost(database: Database) -> None:
    def change() -> None:
        for _ in range(5):
            with changing(database, "grid", author(), "count"):
                pass

    threads = [Thread(target=change) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with database.reading() as connection:
        numbers = connection.scalars(select(AUDIT.c.revision).where(AUDIT.c.action == "count").order_by(AUDIT.c.id)).all()
        assert revision_of(connection, "grid") == 20
    assert numbers == list(range(1, 21))


def test_a_reader_sees_one_state_while_others_write(database: Database) -> None:
    with database.reading() as connection:
        assert revision_of(connection, "grid") == 0
        with changing(database, "grid", author(), "aside"):
            pass
        assert revision_of(connection, "grid") == 0


@pytest.mark.parametrize("rows", [0, 3, 250])
def test_many_rows_come_back_as_they_went_in(database: Database, rows: int) -> None:
    with changing(database, "grid", author(), "roster") as change:
        roster = {"centre": "grid", "path": "versions/v001-month.csv", "zone": "UTC", "record": "", "since": 1}
        made = change.connection.execute(insert(ROSTERS).values(**roster).returning(ROSTERS.c.id)).scalar_one()
        start = datetime(2026, 6, 1, 8, tzinfo=UTC)
        told = [
            {
                "roster": made,
                "place": k,
                "agent": f"a\t{k}\\N",
                "date": date(2026, 6, 1),
                "code": "早",
                "start": start if k % 2 else None,
                "end": None,
                "meal_start": None,
                "meal_minutes": k,
                "break_starts": None,
                "paid_minutes": None,
            }
            for k in range(rows)
        ]
        assert bulk_insert(change.connection, ASSIGNMENTS, told) == rows
    with database.reading() as connection:
        found = connection.execute(select(ASSIGNMENTS).order_by(ASSIGNMENTS.c.place)).mappings().all()
    assert [dict(row) for row in found] == told


def test_a_row_is_new_once(database: Database) -> None:
    row = {"id": "south", "revision": 0, "created_at": datetime(2026, 6, 1, tzinfo=UTC)}
    with database.writing() as connection:
        assert insert_new(connection, CENTRES, row)
        assert not insert_new(connection, CENTRES, row | {"revision": 7})
        assert connection.scalar(select(CENTRES.c.revision).where(CENTRES.c.id == "south")) == 0


def test_foreign_keys_hold(database: Database) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), database.writing() as connection:
        connection.execute(insert(ROSTERS).values(centre="nowhere", path="x", zone="UTC", record="", since=1))


def test_every_table_has_names_for_its_constraints(database: Database) -> None:
    looked = inspect(database.engine)
    assert {"entry", "roster", "assignment", "audit", "centre"} <= set(looked.get_table_names())
