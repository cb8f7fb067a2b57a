"""Files from and for people."""

import gzip
import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from api.http.file_safety import check_bomb, plain, safe, suffix_of, unzip
from api.http.problems import TooLarge, Unsupported
from data.model.errors import InvalidData


def test_cells_that_spreadsheets_would_run_are_text_and_come_back() -> None:
    cells = ["=1+1", "+1", "-", "-5 h", "@x", "\tx", "\rx", "'=x", "''", "'", "plain", "a=b", ""]
    frame = pd.DataFrame({"text": cells, "number": range(len(cells))})
    told = safe(frame)
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in told["text"])
    assert told["number"].tolist() == frame["number"].tolist()
    assert plain(told[["text"]])["text"].tolist() == cells
    assert plain(pd.DataFrame({"text": ["-", "'quoted'"]}))["text"].tolist() == ["-", "'quoted'"]


def test_of_the_name_of_a_file_only_its_suffix_counts() -> None:
    assert suffix_of("../../etc/Staff.CSV.GZ") == ".csv.gz"
    with pytest.raises(Unsupported):
        suffix_of("staff.exe")
    with pytest.raises(Unsupported):
        suffix_of(None)


def test_bombs_are_not_unpacked(tmp_path: Path) -> None:
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(b"a" * 100_000))
    check_bomb(packed, 100_000)
    with pytest.raises(TooLarge):
        check_bomb(packed, 99_999)
    book = tmp_path / "a.xlsx"
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("sheet", b"a" * 100_000)
    with pytest.raises(TooLarge):
        check_bomb(book, 99_999)
    book.write_bytes(b"no zip")
    with pytest.raises(InvalidData):
        check_bomb(book, 1)


def _archive(*names: str) -> io.BytesIO:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as target:
        for name in names:
            target.writestr(name, b"x" * 10)
    held.seek(0)
    return held


def test_an_archive_is_unpacked_into_its_folder_alone(tmp_path: Path) -> None:
    unzip(_archive("centre/staff.csv", "centre/playbooks/a.toml"), tmp_path, 100)
    assert sorted(file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*.*")) == ["playbooks/a.toml", "staff.csv"]
    for name in ("../evil.csv", "/etc/evil.csv", "a/../../evil.csv", ".hidden", "a\\b.csv"):
        with pytest.raises(InvalidData):
            unzip(_archive(name), tmp_path, 100)
    with pytest.raises(TooLarge):
        unzip(_archive("a.csv", "b.csv"), tmp_path, 19)
