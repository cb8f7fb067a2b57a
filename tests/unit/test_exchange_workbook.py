import zipfile
from datetime import date, time
from pathlib import Path

import numpy as np
import pytest
from python_calamine import CalamineWorkbook

from data.exchange.workbook import write_workbook
from data.model.centre import Centre
from data.model.demand import Requirement
from data.model.people import Agent
from data.model.roster import Roster
from data.model.time import Horizon, TimeGrid

HORIZON = Horizon(zone="Europe/Berlin", first=date(2026, 3, 27), days=4)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shifts = (
        {"code": "E", "name": "+1", "start": time(8), "minutes": 240, "colour": "#112233"},
        {"code": "N", "start": time(22), "minutes": 480},
    )
    queue = {
        "id": "q",
        "name": "Q",
        "project": "p",
        "opening": {"hours": {"mon": ("00:00", "24:00")}},
        "handle_time_s": 200,
        "patience_s": 100,
    }
    contract = {"id": "FT", "name": "FT", "shifts": ("E", "N")}
    centre = Centre.model_validate(
        {"id": "c", "name": "C", "zone": HORIZON.zone, "queues": (queue,), "contracts": (contract,), "shifts": shifts}
    )
    agents = [
        Agent(id="A1", name="=HYPERLINK(1)", team="@T", contract="FT", skills=("q",)),
        Agent(id="-A2", contract="FT", skills=("q",)),
    ]
    symbol = np.array([[2, 3, 0, 1], [0, 2, 2, 0]])
    start = np.array([[480, 1320, -1, -1], [-1, 480, 480, -1]])
    minutes = np.array([[240, 480, 0, 0], [0, 240, 240, 0]])
    roster = Roster(("A1", "-A2"), HORIZON, ("-", "AL", "E", "N"), symbol, start, minutes, np.full((2, 4), -1), np.zeros((2, 4)))
    grid = TimeGrid(horizon=Horizon(zone=HORIZON.zone, first=date(2026, 3, 26), days=6), minutes=60)
    rostered = np.zeros((1, grid.size), dtype=int)
    heads = np.zeros_like(rostered)
    for day, slot in enumerate(grid.day_slot[:-1]):
        heads[0, slot + 8 : slot + 12] = day
        rostered[0, slot + 8 : slot + 10] = 2
    flat = np.zeros((1, grid.size))
    requirement = Requirement(
        ("q",), grid, heads, heads, flat, flat, heads, np.zeros((1, grid.size, 1)), np.zeros((1, grid.size)), heads
    )
    path = tmp_path_factory.mktemp("book") / "roster.xlsx"
    write_workbook(path, centre, agents, roster, requirement, rostered)
    return path


def rows(book: Path, sheet: int) -> list[list]:
    return CalamineWorkbook.from_path(book).get_sheet_by_index(sheet).to_python(skip_empty_area=False)


def test_the_roster_sheet(book: Path) -> None:
    sheet = rows(book, 0)
    assert sheet[1][4:8] == ["03-27", "03-28", "03-29", "03-30"]
    assert sheet[2][4:8] == ["Fri 五", "Sat 六", "Sun 日", "Mon 一"]
    assert sheet[3] == ["A1", "=HYPERLINK(1)", "@T", "FT", "E", "N", "", "AL", 2, 12, 1, 1]
    assert sheet[4] == ["-A2", "", "", "FT", "", "E", "E", "", 2, 8, 0, 1]


def test_coverage_stands_under_the_dates(book: Path) -> None:
    required, rostered, worst = rows(book, 0)[5:8]
    assert required[4:8] == [4, 8, 12, 16]
    assert rostered[4:8] == [4, 4, 4, 4]
    # on the day of the clock change the slots 8 to 11 are nine to twelve o'clock; the gap is the same
    assert worst[4:8] == [1, 2, 3, 4]


def test_the_coverage_sheet_is_wall_clock_by_day(book: Path) -> None:
    sheet = rows(book, 1)
    assert sheet[3 + 8][:5] == ["08:00", 1, 0, "", -2]
    assert sheet[3 + 9][:5] == ["09:00", 1, 0, -1, -2]
    assert sheet[3 + 12][:5] == ["12:00", "", "", -3, ""]


def test_the_legend(book: Path) -> None:
    assert [row[:6] for row in rows(book, 2)[1:]] == [
        ["E", "+1", "", "day", "08:00", "12:00"],
        ["N", "", "", "day", "22:00", "06:00"],
    ]


def test_no_text_of_a_user_became_a_formula_and_the_page_is_set_up(book: Path) -> None:
    with zipfile.ZipFile(book) as parts:
        sheets = [parts.read(f"xl/worksheets/sheet{k}.xml").decode() for k in (1, 2, 3)]
        styles = parts.read("xl/styles.xml").decode()
        names = parts.read("xl/workbook.xml").decode()
    assert not any("<f>" in sheet or "hyperlink" in sheet for sheet in sheets)
    for wanted in ('orientation="landscape"', 'fitToHeight="0"', 'topLeftCell="E4"', 'state="frozen"'):
        assert wanted in sheets[0], wanted
    assert "colorScale" in sheets[1]
    assert "112233" in styles
    assert "Print_Titles" in names
