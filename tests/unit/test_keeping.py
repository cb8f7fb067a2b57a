import os
import shutil
import zipfile
from collections.abc import Generator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select
from store_case import AT, Server, author

from api.keeping import back_up, export_folder, import_folder, prune, restore_backup, verify_backup
from api.settings import Settings
from data.exchange.folder import write_template
from data.model.errors import InvalidData, NotFound, VerificationFailed
from data.store.answers import keep_answer
from data.store.base import metadata
from data.store.documents import BLOBS, documents, put_document
from data.store.history import parts
from data.store.revisions import changing, revision_of
from data.store.runs import Asked, add_run, run_row, set_run, unfinished
from data.store.schema import upgrade


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("template") / "centre"
    write_template(made)
    return made


@pytest.fixture
def installed(database_url: str, tmp_path: Path) -> Generator[Settings]:
    settings = Settings(data=tmp_path / "data", database_url=database_url)
    settings.data.mkdir()
    upgrade(settings.database)
    yield settings
    settings.database.engine.dispose()


def rows(settings: Settings) -> dict[str, int]:
    with settings.database.reading() as connection:
        return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in metadata.sorted_tables}


def texts(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.suffix == ".toml"}


def test_a_folder_is_kept_and_written_again(installed: Settings, folder: Path, tmp_path: Path) -> None:
    assert import_folder(installed, "grid", folder, author()) == 1
    assert export_folder(installed, "grid", tmp_path / "out") == 1
    assert texts(tmp_path / "out") == texts(folder)
    with pytest.raises(InvalidData, match="empty or new folder"):
        export_folder(installed, "grid", tmp_path / "out")
    with pytest.raises(NotFound):
        export_folder(installed, "nowhere", tmp_path / "more")


def test_a_centre_is_replaced_only_if_that_is_said_and_its_past_stays(installed: Settings, folder: Path, tmp_path: Path) -> None:
    import_folder(installed, "grid", folder, author())
    with pytest.raises(InvalidData, match="to be replaced"):
        import_folder(installed, "grid", folder, author())
    smaller = tmp_path / "smaller"
    shutil.copytree(folder, smaller)
    gone = {"calls.csv", *(name for name in ("wishes.csv", "events.csv") if (smaller / name).is_file())}
    for name in gone:
        (smaller / name).unlink()
    assert import_folder(installed, "grid", smaller, author(), replace=True) == 2
    export_folder(installed, "grid", tmp_path / "now")
    export_folder(installed, "grid", tmp_path / "then", 1)
    assert gone.isdisjoint(file.name for file in (tmp_path / "now").iterdir())
    assert gone - {"calls.csv"} | {"calls.parquet"} <= {file.name for file in (tmp_path / "then").iterdir()}
    with pytest.raises(InvalidData, match="from 1 to 2"):
        export_folder(installed, "grid", tmp_path / "later", 3)


def test_a_folder_that_does_not_read_leaves_nothing(installed: Settings, folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    (broken / "calls.csv").write_text("queue,timestamp,offered\nq,soon,1\n")
    before = rows(installed)
    with pytest.raises(InvalidData, match="soon"):
        import_folder(installed, "grid", broken, author())
    assert rows(installed) == before


def test_a_backup_is_restored_whole(installed: Settings, folder: Path, tmp_path: Path, database_url: str) -> None:
    import_folder(installed, "grid", folder, author())
    made = back_up(installed, tmp_path / "backup.zip", AT)
    assert (tmp_path / "backup.zip").stat().st_mode & 0o077 == 0
    # a backup of either database is restored into the embedded one
    other = Settings(data=tmp_path / "other")
    assert restore_backup(other, tmp_path / "backup.zip") == made == verify_backup(tmp_path / "backup.zip")
    assert rows(other) == rows(installed)
    for number, settings in enumerate((installed, other)):
        export_folder(settings, "grid", tmp_path / f"out{number}")
    first, again = ({f.name: f.read_bytes() for f in (tmp_path / f"out{k}").iterdir()} for k in (0, 1))
    assert first == again
    with changing(other.database, "grid", author(), "after") as change:
        assert change.number == 2
    with pytest.raises(InvalidData, match="an installation that holds"):
        restore_backup(other, tmp_path / "backup.zip")
    other.database.engine.dispose()


def test_runs_that_had_not_ended_have_failed_after_restoring(installed: Settings, folder: Path, tmp_path: Path) -> None:
    import_folder(installed, "grid", folder, author())
    states = {"waits": "queued", "works": "running", "done": "succeeded"}
    with installed.database.writing() as connection:
        for number, state in states.items():
            add_run(connection, Asked(number, "grid", "plan", {}, "ann", AT))
            set_run(connection, number, state=state)
    back_up(installed, tmp_path / "backup.zip", AT)
    other = Settings(data=tmp_path / "other")
    restore_backup(other, tmp_path / "backup.zip")
    for settings, expected in ((installed, states), (other, {"waits": "failed", "works": "failed", "done": "succeeded"})):
        with settings.database.reading() as connection:
            assert {number: run_row(connection, number)["state"] for number in states} == expected
    with other.database.reading() as connection:
        assert unfinished(connection) == []
        told = run_row(connection, "works")
    assert (told["problem"]["error"], told["ended_at"]) == ("Restored", AT)
    other.database.engine.dispose()


def test_the_embedded_database_moves_to_postgresql(folder: Path, tmp_path: Path, postgresql: Server) -> None:
    small = Settings(data=tmp_path / "small")
    small.data.mkdir()
    upgrade(small.database)
    import_folder(small, "grid", folder, author())
    back_up(small, tmp_path / "backup.zip", AT)
    with postgresql.database() as url:
        big = Settings(data=tmp_path / "big", database_url=url)
        restore_backup(big, tmp_path / "backup.zip")
        assert rows(big) == rows(small)
        assert import_folder(big, "more", folder, author()) == 1  # rows number themselves on
        big.database.engine.dispose()
    small.database.engine.dispose()


@pytest.mark.parametrize("harm", ["lacks", "differs", "cut", "no backup"])
def test_a_damaged_backup_is_refused_and_leaves_nothing(folder: Path, tmp_path: Path, harm: str) -> None:
    settings = Settings(data=tmp_path / "data")
    settings.data.mkdir()
    upgrade(settings.database)
    import_folder(settings, "grid", folder, author())
    backup, harmed = tmp_path / "backup.zip", tmp_path / "harmed.zip"
    back_up(settings, backup, AT)
    settings.database.engine.dispose()
    with zipfile.ZipFile(backup) as good, zipfile.ZipFile(harmed, "w") as bad:
        for name in good.namelist():
            if not (harm == "lacks" and name == "tables/entry.jsonl"):
                bad.writestr(name, good.read(name) + (b" \n" if harm == "differs" and name.endswith("blob.jsonl") else b""))
    if harm in ("cut", "no backup"):
        harmed.write_bytes(backup.read_bytes()[:-2000] if harm == "cut" else b"something else")
    with pytest.raises((VerificationFailed, InvalidData)):
        verify_backup(harmed)
    other = Settings(data=tmp_path / "other")
    with pytest.raises((VerificationFailed, InvalidData)):
        restore_backup(other, harmed)
    assert list(other.data.iterdir()) == []


def test_a_lost_part_is_told_after_restoring(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, other = (Settings(data=tmp_path / name) for name in ("data", "other"))
    settings.data.mkdir()
    upgrade(settings.database)
    import_folder(settings, "grid", folder, author())
    back_up(settings, tmp_path / "backup.zip", AT)
    monkeypatch.setattr("data.store.backup._take_part", lambda *_: None)
    with pytest.raises(VerificationFailed, match="a part of the calls of grid is not there"):
        restore_backup(other, tmp_path / "backup.zip")
    for one in (settings, other):
        one.database.engine.dispose()


def test_what_is_old_is_forgotten_and_the_rest_stays(installed: Settings, folder: Path, tmp_path: Path) -> None:
    import_folder(installed, "grid", folder, author())
    with installed.database.writing() as connection:
        keep_answer(connection, "erp", "1", "x", {}, AT)
        keep_answer(connection, "erp", "2", "x", {}, AT + timedelta(days=6))
        for number, days in (("old", 0), ("new", 60)):
            add_run(connection, Asked(number, "grid", "plan", {}, "ann", AT))
            set_run(connection, number, log="told", ended_at=AT + timedelta(days=days))
        connection.execute(insert(BLOBS).values(sha="f" * 64, size=1, content=b"x"))
    root = installed.files.history("grid")
    for name, age in (("old", 2 * 86400), ("new", 0)):
        (root / f"{name}.parquet").write_bytes(b"")
        os.utime(root / f"{name}.parquet", times=((AT + timedelta(days=100)).timestamp() - age,) * 2)
    done = prune(installed, AT + timedelta(days=12))
    assert (done.answers, done.run_logs, done.contents) == (1, 0, 1)
    done = prune(installed, AT + timedelta(days=100))
    told = {"answers": 1, "events": 0, "run_logs": 1, "superseded": 0, "contents": 0, "parts": 1}
    assert asdict(done) == told
    with installed.database.reading() as connection:
        assert [run_row(connection, number, log=True)["log"] for number in ("old", "new")] == [None, "told"]
        assert revision_of(connection, "grid") == 1
        assert len(parts(connection, "grid")) == 1
    assert prune(installed, AT + timedelta(days=100)).parts == 0
    export_folder(installed, "grid", tmp_path / "out")


def test_superseded_versions_are_forgotten_only_if_that_is_said(database_url: str, folder: Path, tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {"data": tmp_path / "data", "database_url": database_url, "retention": {"superseded_days": 30}}
    )
    settings.data.mkdir()
    upgrade(settings.database)
    import_folder(settings, "grid", folder, author())
    with changing(settings.database, "grid", author(), "change") as change:
        put_document(change, "notes.toml", b"one")
    with changing(settings.database, "grid", author(), "change") as change:
        put_document(change, "notes.toml", b"two")
    assert prune(settings, AT + timedelta(days=29)).superseded == 0
    done = prune(settings, AT + timedelta(days=31))
    assert (done.superseded, done.contents) == (1, 1)
    with settings.database.reading() as connection:
        assert "notes.toml" in documents(connection, "grid")
        assert "notes.toml" not in documents(connection, "grid", 2)
    settings.database.engine.dispose()
