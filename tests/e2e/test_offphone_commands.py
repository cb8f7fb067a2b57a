"""Off-phone work on the command line: placed into the roster in force, taken back when calls come, owed until it is done."""

from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from planner import echelon

HEAD = "id,kind,agents,each,minutes,earliest,deadline,priority,least_piece_minutes\n"
TRAIN = "train,training,,true,60,2026-06-01T08:00+08:00,2026-06-12T20:00+08:00,2,30\n"
CHECK = "qa,quality,A0001;A0002,true,120,2026-06-01T08:00+08:00,2026-06-03T20:00+08:00,1,30\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("offphone") / "centre"
    echelon("init", path)
    told = echelon("plan", path, "--days", "14", "--sweeps", "4", "--bound-steps", "0", "--effort", "0")
    assert told.code == 0, told.err
    (path / "tasks.csv").write_text(HEAD + TRAIN + CHECK, encoding="utf-8")
    return path


def inside_a_shift(roster: pd.DataFrame, agent: str, start: datetime, end: datetime) -> bool:
    """Whether an agent is on shift and not at the meal from `start` to `end`."""
    for row in roster[(roster["agent"] == agent) & roster["start"].notna()].to_dict("records"):
        if datetime.fromisoformat(row["start"]) <= start and end <= datetime.fromisoformat(row["end"]):
            if not isinstance(row["meal_start"], str):
                return True
            meal = datetime.fromisoformat(row["meal_start"])
            return end <= meal or start >= meal + timedelta(minutes=int(row["meal_minutes"]))
    return False


def test_work_is_placed_in_shifts_and_what_is_not_done_is_owed(folder: Path) -> None:
    told = echelon("off-phone", folder, "--at", "2026-06-01T00:00")
    assert told.code == 0, told.err
    assert "service level" in told.out
    placements, roster = pd.read_csv(folder / "placements.csv"), pd.read_csv(folder / "roster.csv", dtype=str)
    for row in placements.to_dict("records"):
        start = datetime.fromisoformat(row["start"])
        assert inside_a_shift(roster, row["agents"], start, start + timedelta(minutes=row["minutes"])), row
    debts = pd.read_csv(folder / "debts.csv")
    owed = debts["owed_minutes"].sum() if len(debts) else 0
    asked = 60 * roster["agent"].nunique() + 2 * 120
    assert placements["minutes"].sum() + owed == asked


def test_placed_again_nothing_is_placed_twice_and_what_is_done_is_counted_once(folder: Path) -> None:
    before = pd.read_csv(folder / "placements.csv")
    for at in ("2026-06-03T00:00", "2026-06-03T12:00", "2026-06-03T12:00"):
        assert echelon("off-phone", folder, "--at", at).code == 0
    after, debts = pd.read_csv(folder / "placements.csv"), pd.read_csv(folder / "debts.csv")
    assert len(after) >= len(before)
    ends = pd.to_datetime(after["start"]) + pd.to_timedelta(after["minutes"], unit="min")
    done = after[ends <= pd.Timestamp("2026-06-03T12:00+08:00")]
    assert debts["done_minutes"].sum() == done["minutes"].sum()


def test_work_is_taken_back_where_calls_are_at_risk(folder: Path) -> None:
    before = pd.read_csv(folder / "placements.csv")
    told = echelon("take-back", folder, "--at", "2026-06-02T10:00")
    assert told.code == 0, told.err
    assert "chance to miss the target" in told.out
    after, debts = pd.read_csv(folder / "placements.csv"), pd.read_csv(folder / "debts.csv")
    lost = before["minutes"].sum() - after["minutes"].sum()
    taken = debts["taken_back_minutes"].sum() if len(debts) else 0
    assert lost == taken


def test_what_is_wrong_with_the_tasks_is_told_at_once(folder: Path, tmp_path: Path) -> None:
    held = (folder / "tasks.csv").read_text(encoding="utf-8")
    (folder / "tasks.csv").write_text(HEAD + TRAIN.replace("training", "dancing") + CHECK.replace("A0002", "B9"), encoding="utf-8")
    told = echelon("off-phone", folder, "--at", "2026-06-01T00:00")
    (folder / "tasks.csv").unlink()
    lacking = echelon("off-phone", folder, "--at", "2026-06-01T00:00")
    (folder / "tasks.csv").write_text(held, encoding="utf-8")
    assert (told.code, lacking.code) == (2, 2)
    assert "dancing" in told.err
    assert "no file" in lacking.err
