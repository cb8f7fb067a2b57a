"""A planner's month through the command: template, plan, week, day, warnings."""

import json
import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from planner import QUICK, Told, echelon, hashes, installed, text_table
from python_calamine import CalamineWorkbook

from data.exchange.folder import read_folder

INPUTS = {
    "README.md",
    "calls.csv",
    "centre.toml",
    "events.csv",
    "exclusions.csv",
    "leave.csv",
    "outages.csv",
    "overrides.csv",
    "policies.toml",
    "rulebook.toml",
    "shifts.csv",
    "staff.csv",
    "wishes.csv",
}
RESULTS = {"forecast.csv", "requirement.csv", "roster.csv", "roster.json", "roster.xlsx", "coverage.csv", "changes.csv"}
Chain = list[tuple[Path, Told, dict[str, str]]]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# -- init


def test_the_template_is_complete_and_commented(template: Path) -> None:
    assert names(template) == INPUTS
    for name in ("centre.toml", "rulebook.toml"):
        text = (template / name).read_text(encoding="utf-8")
        comments = [line for line in text.splitlines() if "#" in line]
        assert len(comments) >= 15
        assert re.search("[\u4e00-\u9fff]", text)
    readme = (template / "README.md").read_text(encoding="utf-8")
    for name in INPUTS - {"README.md"}:
        assert name in readme
    assert len(read_folder(template).agents) == len(text_table(template / "staff.csv"))


def test_init_refuses_a_folder_that_holds_files(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    told = installed("init", tmp_path)
    assert told.code == 2
    assert "a folder that holds files" in " ".join(told.err.split())
    assert "Traceback" not in told.err
    assert hashes(tmp_path).keys() == {"mine.txt"}
    assert (tmp_path / "mine.txt").read_text() == "mine"


# -- plan


def test_plan_writes_what_a_planner_needs(month: tuple[Path, Told]) -> None:
    folder, told = month
    assert told.code == 0, told.err
    assert names(folder) >= INPUTS | RESULTS
    kept = {path.name for path in (folder / "versions").iterdir()}
    assert kept == {"v001-month.csv", "v001-month.json", "leave", "requirements"}
    roster = text_table(folder / "roster.csv")
    assert len(roster) == len(text_table(folder / "staff.csv")) * 28
    assert roster["date"].min() == "2026-06-01"
    assert len(text_table(folder / "changes.csv")) == 0
    assert "v001-month" in told.out


def test_inputs_are_never_touched(template: Path, chain: Chain) -> None:
    before, after = hashes(template), chain[-1][2]
    assert {name: after[name] for name in INPUTS - {"calls.csv"}} == {name: before[name] for name in INPUTS - {"calls.csv"}}


def test_coverage_says_what_the_roster_says(month: tuple[Path, Told]) -> None:
    folder, _ = month
    coverage, roster = text_table(folder / "coverage.csv"), text_table(folder / "roster.csv")
    paid = roster["paid_minutes"].astype(int).sum()
    assert coverage["rostered"].astype(float).sum() * 30 == paid
    required = text_table(folder / "requirement.csv")
    assert coverage["required"].astype(int).sum() == required["heads"].astype(int).sum()
    assert coverage["service_level"].astype(float).between(0, 1).all()


def test_verify_confirms_the_plan(month: tuple[Path, Told]) -> None:
    told = installed("verify", month[0])
    assert told.code == 0, told
    assert "2 of 2 rosters are legal" in told.out


def test_same_steps_same_roster(template: Path, month: tuple[Path, Told], tmp_path: Path) -> None:
    again = tmp_path / "again"
    shutil.copytree(template, again)
    assert echelon("plan", again, *QUICK).code == 0
    first, second = hashes(month[0]), hashes(again)
    same = {name for name in first if name.startswith("versions/") or name in RESULTS}
    assert len(same) >= 10
    assert {name: second[name] for name in same} == {name: first[name] for name in same}


def test_other_steps_another_roster(template: Path, month: tuple[Path, Told], tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(template, other)
    assert echelon("plan", other, "--sweeps", "1", "--bound-steps", "0").code == 0
    assert (other / "roster.csv").read_bytes() != (month[0] / "roster.csv").read_bytes()


def test_a_second_plan_is_a_second_version(month: tuple[Path, Told], tmp_path: Path) -> None:
    folder = tmp_path / "second"
    shutil.copytree(month[0], folder)
    assert echelon("plan", folder, "--first", "2026-06-15", "--days", "14", "--sweeps", "1", "--bound-steps", "0").code == 0
    before, after = hashes(month[0]), hashes(folder)
    assert after["versions/v001-month.csv"] == before["versions/v001-month.csv"]
    assert json.loads((folder / "versions/v002-month.json").read_text(encoding="utf-8"))["first_open"] == "2026-06-15"
    assert "3 of 3" in echelon("verify", folder).out


# -- week, day, warnings


@pytest.mark.parametrize(("step", "version"), [(1, "v002-week"), (2, "v003-day"), (3, None)])
def test_a_step_adds_and_never_edits(chain: Chain, step: int, version: str | None) -> None:
    _, told, after = chain[step]
    before = chain[step - 1][2]
    assert told.code == 0, told.err
    kept = {name: digest for name, digest in before.items() if name.startswith("versions/")}
    assert {name: after[name] for name in kept} == kept
    new = {name for name in after if name.startswith("versions/")} - kept.keys()
    assert {Path(name).stem for name in new} == ({version} if version else set())
    assert after["forecast.csv"] != before["forecast.csv"]
    assert "forecast.json" in after
    assert not [name for name in after if Path(name).name.startswith(".")]


def test_changes_are_appended_with_reasons(chain: Chain) -> None:
    folder = chain[0][0]
    changes = text_table(folder / "changes.csv")
    rhythms = changes["rhythm"].drop_duplicates().tolist()
    assert rhythms == ["week", "day"]
    told = r"(now|no longer) \d\d:\d\d-\d\d:\d\d \((short by \d+\.\d|over by \d+\.\d|balanced)\)"
    assert changes["reason"].str.fullmatch(f"{told}(; {told})?|same hours").all()
    assert changes.loc[changes["rhythm"] == "week", "day"].between("2026-06-08", "2026-06-14").all()
    assert set(changes.loc[changes["rhythm"] == "day", "day"]) == {"2026-06-16"}
    assert (changes["before"] != changes["after"]).all()
    assert changes["agent"].isin(text_table(folder / "staff.csv")["agent"]).all()


@pytest.mark.parametrize(("old", "new"), [("v001-month", "v002-week"), ("v002-week", "v003-day")])
def test_changes_are_the_difference_of_two_versions(chain: Chain, old: str, new: str) -> None:
    folder = chain[0][0]
    keys = ["agent", "date"]
    before, after = (text_table(folder / f"versions/{name}.csv").set_index(keys) for name in (old, new))
    differs = (before != after).any(axis=1)
    changes = text_table(folder / "changes.csv")
    changes = changes[changes["rhythm"] == new.split("-")[1]].set_index(["agent", "day"])
    assert set(changes.index) == set(before.index[differs])
    minutes = after["paid_minutes"].astype(int) - before["paid_minutes"].astype(int)
    assert changes["minutes"].astype(int).to_dict() == minutes[differs].to_dict()


def test_a_week_keeps_everyones_hours_and_a_day_leaves_the_past(chain: Chain) -> None:
    folder = chain[0][0]
    month, week, day = (text_table(folder / f"versions/{name}.csv") for name in ("v001-month", "v002-week", "v003-day"))
    paid = [version.groupby("agent")["paid_minutes"].apply(lambda cells: cells.astype(int).sum()) for version in (month, week)]
    assert paid[1].tolist() == paid[0].tolist()
    assert day["paid_minutes"].astype(int).sum() <= week["paid_minutes"].astype(int).sum()
    begun = (week["start"] != "") & (week["start"] < "2026-06-16T09:30") & (week["date"] <= "2026-06-16")
    assert begun.any()
    assert (day.loc[begun, "start"] == week.loc[begun, "start"]).all()


def test_versions_name_their_parents(chain: Chain) -> None:
    folder = chain[0][0]
    parents = {path.stem: json.loads(path.read_text())["parent"] for path in (folder / "versions").glob("*.json")}
    assert parents == {"v001-month": "", "v002-week": "v001-month", "v003-day": "v002-week"}
    assert (folder / "roster.csv").read_bytes() == (folder / "versions/v003-day.csv").read_bytes()


def test_warnings_say_when_and_how_sure(chain: Chain) -> None:
    folder, told, _ = chain[3]
    warnings = text_table(folder / "warnings.csv")
    assert len(warnings)
    assert set(warnings["level"]) <= {"blue", "yellow", "orange", "red"}
    assert (warnings["start"] >= "2026-06-16T09:30").all()
    assert (warnings["end"] > warnings["start"]).all()
    assert warnings[["chance", "chance_realised"]].astype(float).apply(lambda chance: chance.between(0, 1)).all(axis=None)
    shown = warnings[(warnings["level"] != "blue") | (warnings["start"] <= "2026-06-23T09:30")].head(20)
    assert len(shown)
    for row in shown.itertuples():
        (said,) = (line for line in told.out.splitlines() if f"{row.id} {row.level}" in line)
        assert f"{float(row.chance):.0%}" in said
        assert f"{float(row.missing_heads):.0f}" in said


def test_every_version_of_the_chain_is_legal(chain: Chain) -> None:
    told = echelon("verify", chain[0][0])
    assert told.code == 0, told.out
    assert "4 of 4 rosters are legal" in told.out


def test_without_a_plan_there_is_nothing_to_adjust_or_verify(template: Path, tmp_path: Path) -> None:
    folder = tmp_path / "fresh"
    shutil.copytree(template, folder)
    commands = (
        ("verify",),
        ("adjust", "--first", "2026-06-08"),
        ("tweak", "--at", "2026-06-08T10:00"),
        ("warn", "--at", "2026-06-08"),
    )
    for name, *options in commands:
        told = echelon(name, folder, *options)
        assert told.code == 2
        assert "echelon plan" in told.err
    assert hashes(folder) == hashes(template)


# -- the workbook


def test_the_workbook_holds_agents_by_days_and_coverage(month: tuple[Path, Told]) -> None:
    folder, _ = month
    rows = CalamineWorkbook.from_path(folder / "roster.xlsx").get_sheet_by_index(0).to_python(skip_empty_area=False)
    roster = text_table(folder / "roster.csv").pivot_table(index="agent", columns="date", values="code", aggfunc="first")
    assert rows[1][4 : 4 + 28] == [f"{date.fromisoformat(day):%m-%d}" for day in roster.columns]
    grid = {row[0]: ["-" if cell == "" else cell for cell in row[4 : 4 + 28]] for row in rows[3 : 3 + len(roster)]}
    assert grid == {agent: line.tolist() for agent, line in roster.iterrows()}
    below = rows[3 + len(roster) :]
    assert len(below) >= 2
    assert all(isinstance(cell, float) for row in below[:2] for cell in row[4 : 4 + 28])
    sheet = CalamineWorkbook.from_path(folder / "roster.xlsx").get_sheet_by_index(1).to_python(skip_empty_area=False)
    assert len(sheet) > 24


# -- a centre with history


def test_a_plan_begins_the_day_after_the_history(team12: tuple[Path, Told]) -> None:
    folder, told = team12
    assert told.code == 0, told.err
    history, roster = text_table(folder / "history.csv"), text_table(folder / "roster.csv")
    record = json.loads((folder / "roster.json").read_text())
    assert date.fromisoformat(record["first_open"]) == date.fromisoformat(history["date"].max()) + timedelta(days=1)
    past = roster[roster["date"] <= history["date"].max()].reset_index(drop=True)
    pd.testing.assert_frame_equal(past, history[past.columns])
    assert len(text_table(folder / "changes.csv")) == 0
    assert echelon("verify", folder).code == 0
