from collections.abc import Generator
from pathlib import Path
from threading import Thread

import pytest
from released import RELEASED, load
from sqlalchemy import func, select, text
from store_case import new_database

from data.store.base import Database, metadata
from data.store.folder import Files, write_out
from data.store.revisions import AUDIT, centres
from data.store.schema import SchemaMismatch, check_schema, differences, newest, schema_version, upgrade

RELEASES = sorted(path.stem for path in RELEASED.glob("*.sql"))


@pytest.fixture
def empty(database_url: str) -> Generator[Database]:
    database = Database(database_url)
    yield database
    database.engine.dispose()


def test_the_migrated_schema_is_that_of_the_tables(empty: Database) -> None:
    assert upgrade(empty) == newest() != ""
    assert differences(empty) == []
    check_schema(empty)


def test_a_difference_is_found(empty: Database) -> None:
    upgrade(empty)
    with empty.writing() as connection:
        connection.execute(text("ALTER TABLE audit ADD COLUMN extra INTEGER"))
    assert [found[0] for found in differences(empty)] == ["remove_column"]


def test_tables_of_others_are_left_alone(empty: Database) -> None:
    with empty.writing() as connection:
        connection.execute(text("CREATE TABLE dbos_migrations (version INTEGER)"))
    upgrade(empty)
    assert differences(empty) == []


def test_two_that_start_together_upgrade_once(empty: Database) -> None:
    found = list[str]()
    threads = [Thread(target=lambda: found.append(upgrade(empty))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [newest()] * 3


def test_an_older_and_an_unknown_schema_are_told(empty: Database) -> None:
    with pytest.raises(SchemaMismatch, match="of an empty one"):
        check_schema(empty)
    upgrade(empty)
    with empty.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaMismatch, match="9999"):
        upgrade(empty)


@pytest.mark.parametrize("release", RELEASES)
def test_a_released_schema_is_brought_to_the_newest_with_all_it_holds(empty: Database, tmp_path: Path, release: str) -> None:
    load(release, empty)
    with empty.reading() as connection:
        lines = connection.scalar(select(func.count()).select_from(AUDIT))
    assert upgrade(empty) == schema_version(empty) == newest()
    assert differences(empty) == []
    with empty.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(AUDIT)) == lines
        assert centres(connection) == ["grid"]
        write_out(connection, "grid", tmp_path / "out", Files(tmp_path))
    assert (tmp_path / "out" / "staff.csv").read_text(encoding="utf-8").count("\n") > 3


def test_there_is_a_dump_of_each_release() -> None:
    assert RELEASES


def test_tables_made_at_once_are_those_of_the_steps(database_url: str) -> None:
    database = new_database(database_url)
    assert set(metadata.tables) >= {"entry", "roster"}
    assert differences(database) == []
    database.engine.dispose()
