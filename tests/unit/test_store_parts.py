from pathlib import Path

import pytest
from store_case import author

from data.exchange.calls import read_calls
from data.model.errors import InvalidData
from data.store import history
from data.store.base import Database
from data.store.revisions import changing

ZONE = "Asia/Shanghai"


def add(database: Database, tmp_path: Path, lines: list[str], *, whole: bool = False) -> None:
    file = tmp_path / "calls.csv"
    file.write_text("queue,timestamp,offered\n" + "\n".join(lines) + "\n")
    with changing(database, "grid", author(), "calls") as change:
        history.put_history(change, file, ZONE, tmp_path / "history", whole=whole)


def offered(database: Database, tmp_path: Path, revision: int | None = None) -> list[float]:
    file = tmp_path / "out.parquet"
    with database.reading() as connection:
        assert history.write_history(connection, "grid", file, tmp_path / "history", revision)
    return read_calls(file, ZONE).offered[0, :6].tolist()


def test_many_parts_become_one_and_every_revision_still_reads(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MANY", 3)
    for k in range(6):
        add(database, tmp_path, [f"q,2026-06-01T0{k}:00,{k}", "q,2026-06-01T00:00,9"] if k else ["q,2026-06-01T00:00,1"])
    with database.reading() as connection:
        assert len(history.parts(connection, "grid")) == 2
        assert [len(history.parts(connection, "grid", number)) for number in (1, 2, 3, 4)] == [1, 2, 3, 2]
    assert offered(database, tmp_path) == [9, 1, 2, 3, 4, 5]
    assert offered(database, tmp_path, 1)[0] == 1
    assert offered(database, tmp_path, 3)[:3] == [9, 1, 2]


def test_a_whole_history_takes_the_place_of_what_stood(database: Database, tmp_path: Path) -> None:
    add(database, tmp_path, ["q,2026-06-01T00:00,1", "q,2026-06-01T01:00,2"])
    add(database, tmp_path, ["q,2026-06-01T00:00,7"], whole=True)
    with database.reading() as connection:
        (part,) = history.parts(connection, "grid")
    assert (part.rows, part.since, part.first.isoformat()) == (1, 2, "2026-05-31T16:00:00+00:00")


def test_what_does_not_read_adds_no_part(database: Database, tmp_path: Path) -> None:
    with pytest.raises(InvalidData):
        add(database, tmp_path, ["q,2026-06-01T00:00,many"])
    with database.reading() as connection:
        assert history.parts(connection, "grid") == []
    assert list((tmp_path / "history").iterdir()) == []


def test_only_a_reader_is_given_a_link(database: Database, tmp_path: Path) -> None:
    add(database, tmp_path, ["q,2026-06-01T00:00,1"])
    for linked, links in ((False, 1), (True, 2)):
        with database.reading() as connection:
            history.write_history(connection, "grid", tmp_path / "calls.parquet", tmp_path / "history", linked=linked)
        assert (tmp_path / "calls.parquet").stat().st_nlink == links
