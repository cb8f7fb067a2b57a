"""A centre's folder in and out of the store: what commands wrote comes out as it went in."""

import json
import shutil
from collections.abc import Collection
from pathlib import Path

import pandas as pd
import pytest
from planner import Told, echelon
from store_case import add_folder, author

from data.centres.samples import NAMES, write_sample
from data.exchange.calls import read_calls
from data.exchange.catalogue import BY_FILE
from data.exchange.files import read_table
from data.exchange.folder import CALL_FILES, read_folder
from data.model.errors import InvalidData
from data.store.base import Database
from data.store.documents import documents
from data.store.folder import Files, paths, write_out, zone_of
from data.store.revisions import changing, revision_of
from data.store.rosters import is_roster
from data.store.working_copy import check_in, check_out
from data.tables import ROSTER


def kept_and_written(database: Database, folder: Path, root: Path) -> Path:
    """The folder as it comes out of the store."""
    add_folder(database, "grid", folder, Files(root))
    with database.reading() as connection:
        write_out(connection, "grid", root / "out", Files(root))
    return root / "out"


def assert_equal(came: Path, went: Path, besides: Collection[str] = CALL_FILES) -> None:
    """Every file of a folder is there and reads to equal values, but for some."""
    names = {path for path in paths(came) if path not in besides}
    assert {path for path in paths(went) if path not in besides} == names
    for path in sorted(names):
        if path in BY_FILE or is_roster(path):
            table = ROSTER if is_roster(path) else BY_FILE[path].table
            assert_same_rows(read_table(came / path, table), read_table(went / path, table), zone_of(came), path)
        else:
            assert (came / path).read_bytes() == (went / path).read_bytes(), path
        beside = (came / path).with_suffix(".json")
        if is_roster(path) and beside.is_file():
            assert json.loads(beside.read_text()) == json.loads((went / path).with_suffix(".json").read_text()), path


def assert_same_rows(came: pd.DataFrame, went: pd.DataFrame, zone: str, where: str) -> None:
    filled = [name for name in came.columns if came[name].notna().any() or name in went.columns]
    assert set(went.columns) == set(filled), where
    for name in filled:
        ours, theirs = ([None if cell != cell else cell for cell in frame[name]] for frame in (went, came))
        assert ours == theirs, f"{where}, {name}"


def assert_same_calls(came: Path, went: Path) -> None:
    (before,) = (came / name for name in CALL_FILES if (came / name).is_file())
    ours, theirs = (read_calls(file, zone_of(came)).to_frame() for file in (went / "calls.parquet", before))
    order = ["queue", "timestamp"]
    pd.testing.assert_frame_equal(
        ours.sort_values(order, ignore_index=True).dropna(axis=1, how="all"),
        theirs.sort_values(order, ignore_index=True).dropna(axis=1, how="all"),
        check_like=True,
    )


@pytest.mark.parametrize("sample", [name for name in NAMES if name != "bank2003"])
def test_a_sample_centre_comes_out_as_it_went_in(database: Database, tmp_path: Path, sample: str) -> None:
    write_sample(sample, tmp_path / "in")
    went = kept_and_written(database, tmp_path / "in", tmp_path)
    assert_equal(tmp_path / "in", went)
    came, now = (read_folder(folder) for folder in (tmp_path / "in", went))
    assert (now.centre, now.agents, now.rulebook, now.absences, now.wishes) == (
        came.centre,
        came.agents,
        came.rulebook,
        came.absences,
        came.wishes,
    )
    if came.calls is not None:
        assert_same_calls(tmp_path / "in", went)


def test_what_a_chain_of_commands_wrote_comes_out_as_it_went_in(
    database: Database, tmp_path: Path, chain: list[tuple[Path, Told, dict[str, str]]]
) -> None:
    came = chain[-1][0]
    went = kept_and_written(database, came, tmp_path)
    assert_equal(came, went)
    assert_same_calls(came, went)
    told = echelon("verify", went)
    assert told.code == 0, told


def test_a_folder_taken_in_again_changes_nothing(database: Database, tmp_path: Path, month: tuple[Path, Told]) -> None:
    files = Files(tmp_path)
    add_folder(database, "grid", month[0], files)
    base = check_out(database, "grid", tmp_path / "copy", files)
    with changing(database, "grid", author(), "run") as change:
        assert check_in(change, tmp_path / "copy", files) == []
    assert base.revision == 1


def test_a_command_on_a_working_copy_is_brought_back_beside_what_others_did(
    database: Database, tmp_path: Path, month: tuple[Path, Told]
) -> None:
    files = Files(tmp_path)
    add_folder(database, "grid", month[0], files)
    copy, other = tmp_path / "copy", tmp_path / "other"
    check_out(database, "grid", copy, files)
    told = echelon("rulebook", "draft", copy, "v2", "--by", "ann", "--at", "2026-06-01T10:00")
    assert told.code == 0, told
    check_out(database, "grid", other, files)
    (other / "wishes.csv").unlink()  # a link to what others read
    (other / "wishes.csv").write_text("agent,day,kind\na001,2026-06-03,off\n")
    for one in (other, copy):
        with changing(database, "grid", author(), "run") as change:
            changed = check_in(change, one, files)
            assert changed == (["wishes.csv"] if one == other else ["rulebooks.csv", "rulebooks/v2.toml"])
    with database.reading() as connection:
        write_out(connection, "grid", tmp_path / "out", files)
    assert "a001,2026-06-03,off" in (tmp_path / "out" / "wishes.csv").read_text()
    assert_equal(copy, tmp_path / "out", {*CALL_FILES, "wishes.csv"})


def test_the_mirror_follows_what_goes_and_comes(database: Database, tmp_path: Path, month: tuple[Path, Told]) -> None:
    files = Files(tmp_path)
    add_folder(database, "grid", month[0], files)
    check_out(database, "grid", tmp_path / "copy", files)
    version = tmp_path / "copy" / "versions" / "v001-month.csv"
    version.unlink()
    version.with_suffix(".json").unlink()
    (tmp_path / "copy" / "rulebook.toml").unlink()
    (tmp_path / "copy" / "staff.csv").unlink()
    with changing(database, "grid", author(), "run") as change:
        check_in(change, tmp_path / "copy", files)
    check_out(database, "grid", tmp_path / "again", files)
    gone = {"versions/v001-month.csv", "versions/v001-month.json", "rulebook.toml"}
    assert gone.isdisjoint(path.relative_to(tmp_path / "again").as_posix() for path in (tmp_path / "again").rglob("*"))
    with database.reading() as connection:
        write_out(connection, "grid", tmp_path / "first", files, revision=1)
    assert_equal(month[0], tmp_path / "first")


def test_a_run_left_alone_with_a_file_that_does_not_read_changes_nothing(
    database: Database, tmp_path: Path, month: tuple[Path, Told]
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "centre.toml").write_text((month[0] / "centre.toml").read_text())
    (folder / "staff.csv").write_text("agent,contract\na1,\n")
    with pytest.raises(InvalidData, match=r"staff\.csv"):
        add_folder(database, "grid", folder, Files(tmp_path))
    with database.reading() as connection:
        assert revision_of(connection, "grid") == 0
        assert documents(connection, "grid") == {}


def test_a_version_whose_record_names_others_is_refused_and_changes_nothing(
    database: Database, tmp_path: Path, month: tuple[Path, Told]
) -> None:
    folder = tmp_path / "in"
    shutil.copytree(month[0], folder)
    (file,) = (folder / "versions").glob("*.csv")
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    last = lines[-1].split(",")[0]
    kept = [line for line in lines if not line.startswith(f"{last},")]
    file.write_text("".join(kept[:-1]) + kept[-1].replace(kept[-1].split(",")[0], "Z9999", 1), encoding="utf-8")
    with pytest.raises(InvalidData) as caught:
        add_folder(database, "grid", folder, Files(tmp_path))
    assert {one.read for one in caught.value.findings if one.column == "agent"} == {last, "Z9999"}
    with database.reading() as connection:
        assert revision_of(connection, "grid") == 0


def test_a_file_without_rows_is_there_all_the_same_until_it_goes(
    database: Database, tmp_path: Path, month: tuple[Path, Told]
) -> None:
    files = Files(tmp_path)
    shutil.copytree(month[0], tmp_path / "in")
    (tmp_path / "in" / "wishes.csv").write_text("agent,day,kind\n")
    add_folder(database, "grid", tmp_path / "in", files)
    check_out(database, "grid", tmp_path / "copy", files)
    assert (tmp_path / "copy" / "wishes.csv").read_text() == "agent,day,kind\n"
    (tmp_path / "copy" / "wishes.csv").unlink()
    with changing(database, "grid", author(), "run") as change:
        check_in(change, tmp_path / "copy", files)
    check_out(database, "grid", tmp_path / "again", files)
    assert not (tmp_path / "again" / "wishes.csv").exists()
