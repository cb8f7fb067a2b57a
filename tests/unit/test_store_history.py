import itertools
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.exchange.calls import read_calls
from data.exchange.files import read_text, write_table
from data.model.errors import InvalidData
from data.store import call_parts
from data.store.call_parts import write_calls_part
from data.store.history import series

SHANGHAI, NEW_YORK = "Asia/Shanghai", "America/New_York"


def kept(tmp_path: Path, text: str, zone: str = SHANGHAI) -> Path:
    file = tmp_path / "calls.csv"
    file.write_text(text, encoding="utf-8")
    write_calls_part(file, zone, tmp_path / "part.parquet")
    return tmp_path / "part.parquet"


def same(file: Path, part: Path, zone: str) -> None:
    """What the command line reads from the part is what it reads from the file."""
    theirs, ours = read_calls(file, zone), read_calls(part, zone)
    assert ours.grid == theirs.grid
    assert set(ours.queues) == set(theirs.queues)
    order = [ours.queues.index(queue) for queue in theirs.queues]
    for name in ("offered", "answered", "abandoned", "handle_time_s"):
        expected, read = getattr(theirs, name), getattr(ours, name)
        assert (expected is None) == (read is None)
        if expected is not None:
            np.testing.assert_array_equal(read[order], expected)


FILES = {
    "plain": (SHANGHAI, "queue,timestamp,offered,answered,handle_time_s\nb,2026-06-01T00:30,5,4,200.5\na,2026-06-01T00:00,,,\n"),
    "with offsets": (
        SHANGHAI,
        "queue,timestamp,offered\nq,2026-06-01T00:00Z,1\nq,2026-06-01 08:30,2\nq,2026-06-01T03:00+02:00,3\n",
    ),
    "named otherwise": (SHANGHAI, "queue,date,calls\nq,2026-06-01,7\nq,2026-06-02,8\n"),
    "as a spreadsheet saves it": (SHANGHAI, "queue,timestamp,offered\nq,2026/6/1 8:00,7\nq,2026/6/1 8:30,8\n"),
    "blanks and more columns": (
        SHANGHAI,
        'queue , timestamp,offered,acd\n"q ",2026-06-01T00:00, 5 ,x\n,,,\nq,2026-06-01T00:30,6,\n',
    ),
    "the hour that comes twice": (
        NEW_YORK,
        "queue,timestamp,offered\nq,2026-11-01T00:30,1\nq,2026-11-01T01:00,2\nq,2026-11-01T01:00,3\nq,2026-11-01T01:30,4\n",
    ),
    "days where midnight is skipped": (
        "America/Santiago",
        "queue,timestamp,offered\nq,2026-09-05,1\nq,2026-09-06,2\nq,2026-09-07,3\n",
    ),
    "daily, in a zone with summer time": (NEW_YORK, "queue,timestamp,offered\nq,2026-10-31,1\nq,2026-11-01,2\nq,2026-11-02,3\n"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_part_reads_as_the_file_it_was_made_of(tmp_path: Path, name: str) -> None:
    zone, text = FILES[name]
    same(tmp_path / "calls.csv", kept(tmp_path, text, zone), zone)


@pytest.mark.parametrize("suffix", [".csv.gz", ".xlsx", ".parquet"])
def test_every_kind_of_file_is_taken(tmp_path: Path, suffix: str) -> None:
    part = kept(tmp_path, "queue,timestamp,offered,acd\nq,2026-06-01T00:00,5,x\nq,2026-06-01T00:30,6,\n")
    other = tmp_path / f"other{suffix}"
    write_table(read_text(tmp_path / "calls.csv"), other)
    write_calls_part(other, SHANGHAI, tmp_path / "again.parquet")
    pd.testing.assert_frame_equal(rows(part), rows(tmp_path / "again.parquet"))
    assert rows(part)["acd"].tolist() == ["x", None]


def rows(part: Path) -> pd.DataFrame:
    with duckdb.connect() as connection:
        return connection.execute("SELECT * FROM read_parquet(?)", [str(part)]).df().astype({"acd": object}).replace({np.nan: None})


@pytest.mark.parametrize(
    "text",
    [
        "queue,timestamp,offered\nq,yesterday,5\nq,2026-06-01T00:00,-1\n",
        "queue,timestamp,offered\nq,2026-03-08T02:30,5\nq,2026-03-08T03:30,5\n",
        "queue,timestamp,offered\nq,2026-06-01T00:00,5\nq,2026-06-01T00:00,6\n",
        "queue,timestamp,offered\nq,2026-06-01T00:00,5,7\n",
        "queue,timestamp,offered\n"
        + "".join(f"q,2026-06-{d:02d}T{h:02d}:00,1\n" for d in (1, 2) for h in range(24))
        + "q,2026-06-03T10:07,1\n",
        "queue,timestamp,offered\n",
        "queue,offered\nq,3\n",
        "queue,queue,timestamp,offered\nq,q,2026-06-01,3\n",
        "",
    ],
)
def test_what_does_not_read_is_told_as_the_command_line_tells_it(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidData) as caught:
        kept(tmp_path, text, NEW_YORK)
    with pytest.raises(InvalidData) as told:
        read_calls(tmp_path / "calls.csv", NEW_YORK)
    assert caught.value.findings == told.value.findings
    assert not (tmp_path / "part.parquet").exists()


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
def test_queues_that_there_are_not_are_told_where_each_stands_first(tmp_path: Path, suffix: str) -> None:
    rows = [("a", "2026-06-01T08:00", "1"), ("x", "2026-06-01T08:00", "2"), ("x", "2026-06-01T08:30", "2")]
    file = tmp_path / f"calls{suffix}"
    write_table(pd.DataFrame(rows, columns=["queue", "timestamp", "offered"], dtype=object), file)
    write_calls_part(file, "UTC", tmp_path / "part", ["a", "x"])
    with pytest.raises(InvalidData) as error:
        write_calls_part(file, "UTC", tmp_path / "part", ["a", "b"])
    assert [(one.row, one.column, one.read, one.expected) for one in error.value.findings] == [(3, "queue", "'x'", "one of a, b")]


def test_an_unknown_zone_is_a_finding(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="IANA"):
        kept(tmp_path, FILES["plain"][1], "Mars/Olympus'; --")


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 95), st.floats(0, 1e6) | st.none()),
        min_size=1,
        unique_by=lambda row: row[:2],
    ),
    st.sampled_from([SHANGHAI, NEW_YORK, "UTC"]),
)
def test_any_counts_come_back(tmp_path_factory: pytest.TempPathFactory, counts: list, zone: str) -> None:
    tmp_path = tmp_path_factory.mktemp("counts")
    lines = [f"{q},2026-06-0{1 + k // 48}T{k % 48 // 2:02d}:{30 * (k % 2):02d},{'' if n is None else n}" for q, k, n in counts]
    part = kept(tmp_path, "queue,timestamp,offered\n" + "\n".join(lines) + "\n", zone)
    same(tmp_path / "calls.csv", part, zone)


def test_the_plain_way_is_taken_for_plain_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_parts, "read_calls", None)
    kept(tmp_path, FILES["with offsets"][1])


def stretch(tmp_path: Path, name: str, lines: list[str]) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    return kept(folder, "queue,timestamp,offered,answered,handle_time_s\n" + "\n".join(lines) + "\n", NEW_YORK)


def test_series_take_the_last_word_and_sum_by_hour_and_by_local_day(tmp_path: Path) -> None:
    halves = [f"q,2026-11-01T{h:02d}:{m:02d}-0{4 if h < 1 else 5}:00,2,1,100" for h, m in itertools.product(range(24), (0, 30))]
    first = stretch(tmp_path, "first", [*halves, "r,2026-11-01T05:00,9,,"])
    second = stretch(tmp_path, "second", ["q,2026-11-01T12:00,10,3,300", "q,2026-11-02T00:00,4,,50"])
    every = series([first, second], ["q"], None, None, "interval", NEW_YORK)
    assert len(every) == 49
    noon = datetime(2026, 11, 1, 17, tzinfo=UTC)
    hour = series([first, second], ["q"], noon, datetime(2026, 11, 1, 18, tzinfo=UTC), "hour", NEW_YORK)
    assert hour[["offered", "answered"]].to_numpy().tolist() == [[12, 4]]
    assert hour["handle_time_s"].tolist() == [(100 + 3 * 300) / 4]
    days = series([first, second], None, None, None, "day", NEW_YORK)
    assert [(row.queue, row.timestamp.isoformat(), row.offered) for row in days.itertuples()] == [
        ("q", "2026-11-01T00:00:00-04:00", 2 * 48 + 8),
        ("q", "2026-11-02T00:00:00-05:00", 4),
        ("r", "2026-11-01T00:00:00-04:00", 9),
    ]
    assert days["handle_time_s"].tolist()[1] == 50


def test_series_of_nothing_are_empty() -> None:
    assert list(series([], None, None, None, "day", SHANGHAI).columns)[:3] == ["queue", "timestamp", "offered"]
