"""``drivers.csv``: what reads, what comes back, and every finding at once."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from data.exchange.drivers import read_drivers, write_drivers
from data.model.driver import Drivers
from data.model.errors import Finding, InvalidData


def read(tmp_path: Path, text: str, zone: str = "") -> Drivers:
    (tmp_path / "drivers.csv").write_text(text, encoding="utf-8")
    return read_drivers(tmp_path / "drivers.csv", zone)


def findings(tmp_path: Path, text: str) -> list[Finding]:
    with pytest.raises(InvalidData) as caught:
        read(tmp_path, text)
    return list(caught.value.findings)


def test_drivers_come_back(tmp_path: Path) -> None:
    written = Drivers(("bills", "outside_c"), date(2026, 12, 30), np.array([[1e6, -3.5], [np.nan, np.nan], [0, np.nan]]))
    write_drivers(written, tmp_path / "drivers.csv")
    found = read_drivers(tmp_path / "drivers.csv")
    assert (found.names, found.first) == (written.names, written.first)
    np.testing.assert_array_equal(found.daily, written.daily)


def test_days_left_out_and_empty_cells_are_not_known(tmp_path: Path) -> None:
    found = read(tmp_path, "date,a,b\n2026-03-04,4,\n2026-03-01,1,7\n")
    assert found.first == date(2026, 3, 1)
    np.testing.assert_array_equal(found.daily, [[1, 7], [np.nan, np.nan], [np.nan, np.nan], [4, np.nan]])


def test_several_rows_of_a_day_are_averaged(tmp_path: Path) -> None:
    text = "timestamp,outside_c\n2026-03-29T00:00,2\n2026-03-29T12:00,6\n2026-03-29T18:00,\n2026-03-30T23:30+02:00,9\n"
    found = read(tmp_path, text)
    assert (found.names, found.first) == (("outside_c",), date(2026, 3, 29))
    np.testing.assert_array_equal(found.daily, [[4], [9]])


def test_an_offset_is_read_at_the_wall_clock_of_the_zone(tmp_path: Path) -> None:
    text = "timestamp,rain\n2026-03-01T20:00Z,3\n2026-03-02T21:00,5\n"
    found = read(tmp_path, text, "Asia/Shanghai")
    assert (found.first, found.daily.tolist()) == (date(2026, 3, 2), [[4]])
    assert found.hourly is not None
    assert (found.hourly[0, 4, 0], found.hourly[0, 21, 0]) == (3, 5)
    assert read(tmp_path, text).first == date(2026, 3, 1)
    assert read(tmp_path, "date,a\n2026-03-01T20:00Z,3\n", "Asia/Shanghai").first == date(2026, 3, 1)


def test_all_bad_cells_at_once(tmp_path: Path) -> None:
    text = "date,a,b\n2026-03-01,many,1\n,2,3\n2026-13-01,2,x\n"
    assert [(f.row, f.column) for f in findings(tmp_path, text)] == [(2, "a"), (3, "date"), (4, "b"), (4, "date")]


def test_a_day_stands_once(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, "date,a\n2026-03-01,1\n2026-03-02,1\n2026-03-01,2\n")
    assert "rows 2 and 4" in str(found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("date\n2026-03-01\n", "a column for each driver"),
        ("date,a\n", "at least one day"),
        ("day,a\n2026-03-01,1\n", "a column date"),
        ("date,a\n2026-03-01,1\n2206-03-01,1\n", "at most"),
        (",date,a\n0,2026-03-01,1\n", "a name for each driver"),
    ],
)
def test_what_is_no_table_of_drivers_is_said(tmp_path: Path, text: str, said: str) -> None:
    assert any(said in finding.expected for finding in findings(tmp_path, text))
