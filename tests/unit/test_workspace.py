"""What a version says when the centre has moved on since it was made."""

from pathlib import Path

import pytest
from planner import echelon

from api.workspace import Workspace
from data.model.errors import InvalidData

DAYS = tuple(f"2026-05-{day}" for day in range(25, 32))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def planned(folder: Path, *words: str) -> None:
    told = echelon("plan", folder, "--sweeps", "1", "--bound-steps", "0", *words)
    assert told.code == 0, told.err


def centre_with_history(folder: Path) -> None:
    echelon("init", folder)
    agents = [line.split(",")[0] for line in (folder / "staff.csv").read_text(encoding="utf-8").splitlines()[1:]]
    rows = [f"{agent},{day},-,," for agent in agents for day in DAYS]
    (folder / "history.csv").write_text("\n".join(["agent,date,code,start,end", *rows]) + "\n", encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    centre_with_history(tmp_path / "centre")
    planned(tmp_path / "centre", "--days", "14")
    return tmp_path / "centre"


@pytest.mark.parametrize(
    ("name", "old", "new", "place"),
    [
        ("staff.csv", "A0012", "A0099", ("staff.csv", "agent")),
        ("centre.toml", "interval_minutes = 30", "interval_minutes = 10", ("centre.toml", "interval_minutes")),
        ("centre.toml", "Asia/Shanghai", "Asia/Tokyo", ("centre.toml", "zone")),
    ],
)
def test_a_centre_that_changed_needs_a_new_plan(folder: Path, name: str, old: str, new: str, place: tuple[str, str]) -> None:
    for table in ("history.csv", "wishes.csv", "leave.csv") if name == "staff.csv" else ():
        (folder / table).unlink()
    edit(folder / name, old, new)
    with pytest.raises(InvalidData, match="echelon plan") as caught:
        Workspace.at(folder).newest()
    assert {(finding.where, finding.column) for finding in caught.value.findings} == {place}


def test_a_renamed_shift_needs_a_new_plan(folder: Path) -> None:
    edit(folder / "shifts.csv", "\nE,", "\nEE,")
    edit(folder / "centre.toml", '"E"', '"EE"')
    with pytest.raises(InvalidData, match="no shift E"):
        Workspace.at(folder).newest()


def test_a_renamed_queue_is_found_in_the_forecast(folder: Path) -> None:
    for name in ("centre.toml", "staff.csv", "events.csv"):
        old, new = ('id = "service"                   # as', 'id = "help"  # as') if name == "centre.toml" else ("service", "help")
        edit(folder / name, old, new)
    told = echelon("require", folder)
    assert (told.code, "echelon forecast" in told.err) == (2, True)


def test_leave_taken_back_does_not_stop_an_adjustment(folder: Path) -> None:
    (folder / "leave.csv").unlink()
    assert echelon("adjust", folder, "--first", "2026-06-08", "--sweeps", "1", "--bound-steps", "0").code == 0


def test_a_plan_keeps_the_history_that_it_was_made_with(folder: Path) -> None:
    edit(folder / "history.csv", f"A0001,{DAYS[0]},-,,", f"A0001,{DAYS[0]},E,{DAYS[0]}T08:00,{DAYS[0]}T17:00")
    assert "2 of 2" in echelon("verify", folder).out


def test_a_plan_that_no_longer_fits_does_not_hide_the_newest(folder: Path) -> None:
    for name in ("history.csv", "wishes.csv", "leave.csv"):
        (folder / name).unlink()
    edit(folder / "staff.csv", "A0012", "A0099")
    planned(folder, "--first", "2026-06-15", "--days", "7")
    assert "2 of 2" in echelon("verify", folder).out
