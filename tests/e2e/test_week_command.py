"""The week adjustment at a price: the list of what changes buy, the knee, a number of them, and the budget of the policies."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from planner import Told, busy_calls, echelon

WEEK = ("--first", "2026-06-08", "--bound-steps", "20")


@pytest.fixture
def folder(month: tuple[Path, Told], tmp_path: Path) -> Path:
    copy = tmp_path / "centre"
    shutil.copytree(month[0], copy)
    busy_calls(copy, "2026-06-01", "2026-06-08", 1.35)
    return copy


def well(told: Told) -> Told:
    assert told.code == 0, told.err + told.out
    return told


def changed(folder: Path, version: str) -> int:
    """Agents' days that differ from the month plan."""
    one, other = (
        pd.read_csv(folder / "versions" / f"{name}.csv", dtype=str).set_index(["agent", "date"]) for name in ("v001-month", version)
    )
    return int((one[["code", "start", "end"]].fillna("") != other[["code", "start", "end"]].fillna("")).any(axis=1).sum())


def cost_of(folder: Path, version: str) -> float:
    """What a version is recorded to cost."""
    record = json.loads((folder / "versions" / f"{version}.json").read_text(encoding="utf-8"))
    return float(sum(record["costs"].values()))


def test_the_price_list_alone_makes_no_roster(folder: Path) -> None:
    told = well(echelon("adjust", folder, *WEEK, "--price-list")).out
    assert "price list of changes 变动价目" in told
    prices = pd.read_csv(folder / "price_list.csv")
    assert prices["most"].iloc[0] == 0
    assert prices["cost"].is_monotonic_decreasing
    assert (prices["bound"] <= prices["cost"] + 1e-6).all()
    assert list(prices["knee"]).count("yes") == 1
    assert [path.name for path in (folder / "versions").glob("*.csv")] == ["v001-month.csv"]


def test_no_more_changes_are_taken_than_are_wanted(folder: Path) -> None:
    told = well(echelon("adjust", folder, *WEEK, "--changes", "3")).out
    assert "changes taken 采用变动" in told
    assert 0 < changed(folder, "v002-week") <= 3
    prices = pd.read_csv(folder / "price_list.csv").set_index("most")
    assert cost_of(folder, "v002-week") == pytest.approx(prices["cost"][3])
    assert prices["cost"][3] < prices["cost"][2]
    assert "3 of 3 rosters are legal" in well(echelon("verify", folder)).out


def test_the_budget_of_the_policies_binds(folder: Path) -> None:
    (folder / "policies.toml").write_text("[changes]\nmax_people = 2\n", encoding="utf-8")
    told = well(echelon("adjust", folder, *WEEK, "--changes", "budget")).out
    assert "people: 2 of 2" in told
    assert "beyond the budget 超出预算" in told
    assert len(pd.read_csv(folder / "changes.csv")["agent"].unique()) == 2


def test_what_is_no_number_of_changes_is_refused(folder: Path) -> None:
    told = echelon("adjust", folder, *WEEK, "--changes", "few")
    assert (told.code, "all, knee, budget or a number" in told.err) == (2, True)


def test_the_knee_is_an_entry_of_the_list(folder: Path) -> None:
    well(echelon("adjust", folder, *WEEK, "--changes", "knee"))
    prices = pd.read_csv(folder / "price_list.csv")
    [knee] = prices[prices["knee"] == "yes"].to_dict("records")
    assert changed(folder, "v002-week") <= knee["most"]
    assert cost_of(folder, "v002-week") == pytest.approx(knee["cost"])
    assert prices["cost"].iloc[-1] < knee["cost"] < prices["cost"].iloc[0]
