import gzip
from datetime import date, datetime, time
from pathlib import Path

import pandas as pd
import pytest

from data.exchange.atomic import replacing
from data.exchange.files import read_table, read_text, write_table
from data.model.demand import Event
from data.model.errors import InvalidData
from data.model.roster import ShiftTemplate
from data.tables import EVENTS, LEAVE, SHIFTS, STAFF

LEAVE_ROWS = [{"agent": "A1", "first": date(2026, 6, 1), "last": date(2026, 6, 2), "code": "AL", "paid": True}]


def findings(path: Path, table=LEAVE) -> list:
    with pytest.raises(InvalidData) as caught:
        read_table(path, table)
    return list(caught.value.findings)


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("name", ["leave.csv", "leave.csv.gz", "leave.xlsx", "leave.parquet"])
def test_a_table_comes_back_from_every_format(tmp_path: Path, name: str) -> None:
    write_table(LEAVE.frame(LEAVE_ROWS), tmp_path / name)
    assert read_table(tmp_path / name, LEAVE).to_dict("records") == LEAVE_ROWS
    assert list(tmp_path.iterdir()) == [tmp_path / name]


def test_a_byte_order_mark_blank_lines_and_blanks_do_not_matter(tmp_path: Path) -> None:
    path = write(tmp_path / "leave.csv", "agent,first,last,code\r\n\r\n A1 ,2026-06-01,2026-06-02,AL\r\n", "utf-8-sig")
    frame = read_table(path, LEAVE)
    assert frame.to_dict("records") == [{"agent": "A1", "first": date(2026, 6, 1), "last": date(2026, 6, 2), "code": "AL"}]
    assert list(frame.index) == [3]


def test_every_bad_cell_is_listed_with_its_line_and_what_was_read(tmp_path: Path) -> None:
    path = write(
        tmp_path / "leave.csv",
        'agent,first,last,code,paid\nA1,2026-13-01,soon,AL,maybe\n"A\n2",2026-06-01,2026-06-01,AL,yes\n,1,2026-06-01,,no\n',
    )
    found = [(f.where, f.row, f.column, f.read) for f in findings(path)]
    assert found == [
        ("leave.csv", 2, "first", "'2026-13-01'"),
        ("leave.csv", 2, "last", "'soon'"),
        ("leave.csv", 2, "paid", "'maybe'"),
        ("leave.csv", 5, "agent", "nothing"),
        ("leave.csv", 5, "code", "nothing"),
        ("leave.csv", 5, "first", "'1'"),
    ]


def test_missing_and_unknown_columns_name_what_was_read(tmp_path: Path) -> None:
    path = write(tmp_path / "leave.csv", "agent,first,lst,code\nA1,2026-06-01,2026-06-01,AL\n")
    found = findings(path)
    assert {(f.row, f.column) for f in found} == {(1, "last"), (1, "lst")}
    assert any("agent, first, lst, code" in f.read for f in found)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", "an empty file"),
        ("\n\n", "an empty file"),
        ("agent,agent\n1,2\n", "the column twice"),
        ("agent,first\n1,2,3\n", "3 cells"),
    ],
)
def test_files_that_are_no_table(tmp_path: Path, text: str, read: str) -> None:
    assert [f.read for f in findings(write(tmp_path / "leave.csv", text))] == [read]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    assert findings(tmp_path / "absent.csv")[0].read == "no file"
    assert "UTF-8" in findings(write(tmp_path / "gbk.csv", "agent\n张三\n", "gbk"))[0].fix
    assert "suffix" in findings(write(tmp_path / "leave.ods", "x"))[0].read
    for name in ("leave.csv.gz", "leave.xlsx", "leave.parquet"):
        assert "unreadable" in findings(write(tmp_path / name, "not that at all"))[0].read
    with pytest.raises(InvalidData):
        write_table(LEAVE.frame(LEAVE_ROWS), tmp_path / "leave.ods")


def test_a_row_that_stands_twice_names_both_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "staff.csv", "agent,name,site,team,contract,skills\nA1,,,,FT,q\nA2,,,,FT,q\nA1,,,,PT,q\n")
    (finding,) = findings(path, STAFF)
    assert finding.row == 4
    assert "rows 2 and 4" in finding.fix


def test_skills_are_parted_in_order_and_none_stands_twice(tmp_path: Path) -> None:
    path = write(tmp_path / "staff.csv", "agent,name,site,team,contract,skills\nA1,,,,FT,b; a\n")
    assert read_table(path, STAFF)["skills"].tolist() == [("b", "a")]
    path = write(tmp_path / "staff.csv", "agent,name,site,team,contract,skills\nA1,,,,FT,a;a\n")
    assert [f.column for f in findings(path, STAFF)] == ["skills"]


@pytest.mark.parametrize("cell", ["nan", "inf", "1_0", "4.5", "0", "961"])
def test_numbers_are_finite_whole_and_within_the_bounds_of_the_model(tmp_path: Path, cell: str) -> None:
    path = write(tmp_path / "shifts.csv", f"code,start,minutes\nE,07:00,{cell}\n")
    (finding,) = findings(path, SHIFTS)
    assert (finding.column, finding.read) == ("minutes", repr(cell))
    assert "1 to 960" in finding.expected


def test_tables_have_the_fields_of_their_entities() -> None:
    assert set(EVENTS.names) == set(Event.model_fields)
    assert set(SHIFTS.names) == set(ShiftTemplate.model_fields)


def test_spreadsheet_cells_read_as_csv_would(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"a": [1.0, 1.5], "b": ["=1+1", "x"], "c": [time(7, 30), None], "d": [datetime(2026, 6, 1, 7), date(2026, 6, 1)]},
        dtype=object,
    )
    write_table(frame, tmp_path / "t.xlsx")
    assert read_text(tmp_path / "t.xlsx").to_numpy().tolist() == [
        ["1", "=1+1", "07:30", "2026-06-01T07:00"],
        ["1.5", "x", "", "2026-06-01"],
    ]


def test_a_writer_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "old")

    def fail() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_compressed_file_is_the_same_at_any_time(tmp_path: Path) -> None:
    write_table(LEAVE.frame(LEAVE_ROWS), tmp_path / "a.csv.gz")
    raw = (tmp_path / "a.csv.gz").read_bytes()
    assert raw[4:8] == b"\0\0\0\0"
    assert gzip.decompress(raw).decode().splitlines()[1] == "A1,2026-06-01,2026-06-02,AL,yes"


def test_days_as_spreadsheets_save_them(tmp_path: Path) -> None:
    rows = "agent,first,last,code\na,2026/6/8,2026/06/12,AL\nb,2026/12/1 0:00,2026-12-02,AL\n"
    frame = read_table(write(tmp_path / "leave.csv", rows), LEAVE)
    assert frame["first"].tolist() == [date(2026, 6, 8), date(2026, 12, 1)]
    assert frame["last"].tolist() == [date(2026, 6, 12), date(2026, 12, 2)]


@pytest.mark.parametrize("cell", ["8/6/2026", "2026/13/1", "2026/6/8 25:00", "2026/6"])
def test_days_that_could_mean_another_are_findings(tmp_path: Path, cell: str) -> None:
    (finding,) = findings(write(tmp_path / "leave.csv", f"agent,first,last,code\na,{cell},2026-06-12,AL\n"))
    assert finding.read == repr(cell)


@pytest.mark.parametrize("mark", [";", "\t"])
def test_other_separators_are_told_once(tmp_path: Path, mark: str) -> None:
    rows = "agent,first,last,code\na,2026-06-08,2026-06-12,AL\n".replace(",", mark)
    (finding,) = findings(write(tmp_path / "leave.csv", rows))
    assert finding.expected == "columns parted by commas"
