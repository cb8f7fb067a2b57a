from datetime import date, time
from pathlib import Path

import numpy as np
import pytest

from data.exchange.rosters import RosterRecord, read_roster, read_roster_record, record_of, write_roster, write_roster_record
from data.model.centre import Centre
from data.model.errors import InvalidData
from data.model.roster import Roster
from data.model.time import Horizon

ZONE = "America/New_York"


def centre() -> Centre:
    shifts = (
        {"code": "E", "start": time(7), "minutes": 540, "meal_minutes": 60, "meal_earliest": 180, "meal_latest": 300},
        {"code": "N", "start": time(22), "minutes": 480},
        {"code": "S", "start": time(2, 30), "minutes": 240},
    )
    queue = {
        "id": "q",
        "name": "Q",
        "project": "p",
        "opening": {"hours": {"mon": ("00:00", "24:00")}},
        "handle_time_s": 200,
        "patience_s": 100,
    }
    contract = {"id": "FT", "name": "FT", "shifts": ("E", "N", "S")}
    return Centre.model_validate(
        {"id": "c", "name": "C", "zone": ZONE, "queues": (queue,), "contracts": (contract,), "shifts": shifts}
    )


def roster(first: date = date(2026, 3, 7)) -> Roster:
    codes = ("-", "AL", "E", "N", "S")
    symbol = np.array([[2, 4, 3], [0, 1, 2]])
    start = np.array([[420, 150, 1320], [-1, -1, 420]])
    minutes = np.array([[540, 240, 480], [0, 0, 570]])
    meal = np.array([[240, -1, -1], [-1, -1, 300]])
    eaten = np.array([[60, 0, 0], [0, 0, 60]])
    return Roster(("A2", "A1"), Horizon(zone=ZONE, first=first, days=3), codes, symbol, start, minutes, meal, eaten)


def same(one: Roster, other: Roster) -> None:
    for name in ("agents", "horizon", "codes", "version", "parent", "rhythm", "origin"):
        assert getattr(one, name) == getattr(other, name), name
    for name in ("symbol", "start", "minutes", "meal", "meal_minutes"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)


@pytest.mark.parametrize("first", [date(2026, 3, 7), date(2026, 10, 30), date(2026, 6, 1)])
@pytest.mark.parametrize("name", ["roster.csv", "roster.csv.gz", "roster.xlsx", "roster.parquet"])
def test_a_roster_comes_back_over_nights_and_clock_changes(tmp_path: Path, first: date, name: str) -> None:
    made = roster(first)
    write_roster(made, tmp_path / name)
    same(read_roster(tmp_path / name, centre(), ["AL"]), made)


def test_the_rows_say_when_and_how_long(tmp_path: Path) -> None:
    write_roster(roster(), tmp_path / "roster.csv")
    rows = (tmp_path / "roster.csv").read_text().splitlines()
    assert rows[0] == "agent,date,code,start,end,meal_start,meal_minutes,paid_minutes"
    assert rows[1] == "A2,2026-03-07,E,2026-03-07T07:00-05:00,2026-03-07T16:00-05:00,2026-03-07T11:00-05:00,60,480"
    assert rows[2] == "A2,2026-03-08,S,2026-03-08T03:30-04:00,2026-03-08T07:30-04:00,,0,240"
    assert rows[3] == "A2,2026-03-09,N,2026-03-09T22:00-04:00,2026-03-10T06:00-04:00,,0,480"
    assert rows[4] == "A1,2026-03-07,-,,,,0,0"
    assert len(rows) == 7


def test_the_record_comes_back_and_names_the_version(tmp_path: Path) -> None:
    made = Roster(**{**vars(roster()), "version": "v2", "parent": "v1", "rhythm": "week", "origin": {"seed": "7"}})
    record = record_of(made).model_copy(
        update={"requirement": "requirement.csv", "costs": {"coverage": 0.1}, "bound": 1e-3, "status": "feasible"}
    )
    path = tmp_path / "roster_v2.csv"
    write_roster(made, path)
    write_roster_record(record, path)
    assert (tmp_path / "roster_v2.json").is_file()
    assert read_roster_record(path) == record
    same(read_roster(path, centre()), made)
    with pytest.raises(InvalidData):
        read_roster_record(tmp_path / "other.csv")
    (tmp_path / "roster_v2.json").write_text('{"version": 3}')
    with pytest.raises(InvalidData) as caught:
        read_roster_record(path)
    assert {f.column for f in caught.value.findings} >= {"version", "horizon"}


def edited(tmp_path: Path, old: str, new: str) -> Path:
    path = tmp_path / "roster.csv"
    write_roster(roster(date(2026, 6, 1)), path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return path


def test_what_a_hand_wrote_stands_right_or_wrong(tmp_path: Path) -> None:
    path = edited(
        tmp_path,
        "E,2026-06-01T07:00-04:00,2026-06-01T16:00-04:00,2026-06-01T11:00-04:00,60",
        "E,2026-06-01 09:10,2026-06-01T08:00-04:00,2026-06-01T09:20,90",
    )
    read = read_roster(path, centre(), ["AL"])
    assert (read.start[0, 0], read.minutes[0, 0], read.meal[0, 0], read.meal_minutes[0, 0]) == (550, -70, 10, 90)
    path = edited(tmp_path, "A1,2026-06-01,-,,", "A1,2026-06-01,-,2026-06-01T07:00-04:00,2026-06-01T08:00-04:00")
    read = read_roster(path, centre(), ["AL"])
    assert (read.symbol[1, 0], read.start[1, 0], read.minutes[1, 0]) == (0, 420, 60)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("A1,2026-06-01,-", "A9,2026-06-01,-", (5, "agent")),
        ("A1,2026-06-01,-", "A1,2026-06-01,Q", (5, "code")),
        ("A1,2026-06-01,-", "A1,2026-06-02,-", (6, "date")),
        ("A1,2026-06-01,-,,,,0,0\n", "", (None, "date")),
        ("A1,2026-06-01,-", "A1,June,-", (5, "date")),
        ("T07:00-04:00", "T7", (2, "start")),
        ("2026-06-01T07:00-04:00", "2026-06-02T07:00-04:00", (2, "start")),
        ("2026-06-01T16:00-04:00", "", (2, "end")),
        ("2026-06-01T11:00-04:00", "2026-06-01T06:00-04:00", (2, "meal_start")),
    ],
)
def test_what_cannot_be_a_roster_is_a_finding(tmp_path: Path, old: str, new: str, place: tuple[int | None, str]) -> None:
    with pytest.raises(InvalidData) as caught:
        read_roster(edited(tmp_path, old, new), centre(), ["AL"], ["A2", "A1"])
    assert place in [(f.row, f.column) for f in caught.value.findings]


def test_every_agent_asked_for_must_be_there_in_that_order(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    write_roster(roster(), path)
    assert read_roster(path, centre(), ["AL"], ["A1", "A2"]).agents == ("A1", "A2")
    with pytest.raises(InvalidData) as caught:
        read_roster(path, centre(), ["AL"], ["A1", "A2", "A3"])
    assert len(caught.value.findings) == 3
    path.write_text("agent,date,code,start,end\n")
    with pytest.raises(InvalidData):
        read_roster(path, centre())


def test_a_record_needs_its_dates() -> None:
    assert RosterRecord.model_fields["first_open"].is_required()
    assert record_of(roster()).end_open == date(2026, 3, 10)
