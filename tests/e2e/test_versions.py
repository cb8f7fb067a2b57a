"""Versions on the command line: a run proposes, people approve and publish, edits by hand stay, nothing is overwritten."""

import json
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import cast

import pandas as pd
import pytest
from planner import Told, echelon

from api.versions import compared
from api.workspace import Workspace
from data.model.splice import days_of

QUICK = ("--sweeps", "2", "--bound-steps", "0")
FIRST = date(2026, 6, 1)


def well(told: Told) -> Told:
    assert told.code == 0, told.err + told.out
    return told


def week(folder: Path, *words: str) -> Told:
    return well(echelon("adjust", folder, "--first", str(FIRST + timedelta(days=7)), *QUICK, *words))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    echelon("init", tmp_path / "centre")
    well(echelon("plan", tmp_path / "centre", "--days", "14", *QUICK, "--effort", "0", "--author", "wang"))
    return tmp_path / "centre"


def states(folder: Path) -> dict[str, str]:
    steps = pd.read_csv(folder / "versions.csv")
    return dict(steps.groupby("version")["deed"].last())


def roster(folder: Path, name: str = "roster.csv") -> "pd.Series[str]":
    table = pd.read_csv(folder / name, dtype=str)
    return table.set_index(["agent", "date"])["code"]


def test_a_proposal_is_not_in_force_until_it_is_published(folder: Path) -> None:
    before = (folder / "roster.csv").read_bytes()
    assert "not in force" in week(folder, "--propose", "--author", "wang", "--reason", "new forecast").out
    assert ((folder / "roster.csv").read_bytes(), states(folder)["v002-week"]) == (before, "proposed")
    assert "the state approved" in echelon("publish", folder, "v002-week", "--author", "li").err
    well(echelon("approve", folder, "v002-week", "--author", "li"))
    well(echelon("publish", folder, "v002-week", "--author", "li"))
    assert states(folder) == {"v001-month": "published", "v002-week": "published"}
    told = well(echelon("verify", folder)).out
    assert "3 of 3 rosters are legal" in told


def test_a_second_person_approves_where_the_rulebook_asks(folder: Path) -> None:
    rulebook = folder / "rulebook.toml"
    rulebook.write_text('second_person = ["week"]\n' + rulebook.read_text(encoding="utf-8"), encoding="utf-8")
    assert "another person must approve it" in week(folder, "--author", "wang").out
    refused = echelon("approve", folder, "v002-week", "--author", "wang")
    assert refused.code == 2
    assert "another person than wang" in refused.err
    well(echelon("approve", folder, "v002-week", "--author", "li"))
    well(echelon("publish", folder, "v002-week", "--author", "wang"))


def movable(folder: Path) -> tuple[str, str, str]:
    """An agent, a day of the second week with a shift, and another shift that no rule forbids there."""
    codes = roster(folder)
    days = codes[codes.isin(["E", "L"]) & (codes.index.get_level_values(1) >= "2026-06-09")]
    for place, code in days.items():
        agent, day = cast(tuple[str, str], place)
        other = "L" if code == "E" else "E"
        if echelon("edit", folder, f"{agent}@{day}={other}", "--propose", "--author", "try").code == 0:
            return agent, day, other
    raise AssertionError("no day can be edited")


def test_an_edit_by_hand_stays_in_the_week_and_in_the_month(folder: Path) -> None:
    agent, day, code = movable(folder)
    well(echelon("edit", folder, f"{agent}@{day}={code}", "--author", "li", "--reason", "asked for it"))
    week(folder)
    assert roster(folder)[agent, day] == code
    well(echelon("plan", folder, "--days", "14", *QUICK, "--effort", "0", "--seed", "3"))
    assert roster(folder)[agent, day] == code
    assert well(echelon("verify", folder)).out.count("legal") == 1


def test_a_day_set_off_is_leave_where_leave_is_due(folder: Path) -> None:
    codes = roster(folder)
    agent, day = next(place for place, code in codes.items() if code == "E" and cast(tuple[str, str], place)[1] >= "2026-06-09")
    with (folder / "leave.csv").open("a", encoding="utf-8") as file:
        file.write(f"{agent},{day},{day},AL,yes\n")
    edit(folder, agent, day, "OFF")
    changed = roster(folder)
    assert changed[agent, day] == "AL"
    pd.testing.assert_series_equal(changed.drop((agent, day)), codes.drop((agent, day)))


def test_what_a_rule_forbids_is_not_edited(folder: Path) -> None:
    told = echelon("edit", folder, "A0001@2026-06-09=X", "A0001@2026-09-01=E", "A9@2026-06-09=E")
    assert told.code == 2
    assert all(word in told.err for word in ("3 finding(s)", "OFF or one of", "2026-09-01", "A9"))
    told = echelon("edit", folder, "A0001/June", "A0001@June=E")
    assert told.code == 2
    assert "2 finding(s)" in told.err
    every = [echelon("edit", folder, f"A0001@{FIRST + timedelta(days=d)}=OFF").code for d in range(7)]
    assert 2 in every
    assert "edited" not in (folder / "versions.csv").read_text(encoding="utf-8")


def test_a_day_off_is_moved_by_setting_two_days_at_once(folder: Path) -> None:
    codes = roster(folder)
    week = codes[(codes.index.get_level_values(1) >= "2026-06-08") & codes.isin(["E", "-"])]
    for agent, own in week.groupby(level=0):
        days = {code: [day for _, day in own[own == code].index] for code in ("E", "-")}
        for work, rest in product(days["E"], days["-"]):
            alone = echelon("edit", folder, f"{agent}@{work}=OFF", "--propose").code
            if alone == 2 and echelon("edit", folder, f"{agent}@{work}=OFF", f"{agent}@{rest}=E").code == 0:
                now = roster(folder)
                assert (now[str(agent), work], now[str(agent), rest]) == ("-", "E")
                return
    pytest.fail("no day off can be moved")


def test_a_stale_proposal_is_rebased_or_refused(folder: Path) -> None:
    agent, day, code = movable(folder)
    well(echelon("edit", folder, f"{agent}@{day}={code}", "--propose", "--author", "wang"))
    mine = sorted(states(folder))[-1]
    week(folder, "--author", "li")
    well(echelon("approve", folder, mine, "--author", "li"))
    refused = echelon("publish", folder, mine, "--author", "li")
    assert refused.code == 3
    assert "rebase" in refused.err
    told = echelon("rebase", folder, mine, "--author", "wang")
    if told.code == 0:
        assert roster(folder)[agent, day] == code
        assert states(folder)[mine] == "withdrawn"
    else:
        assert f"{agent} on {day}" in told.err
        assert states(folder)[mine] == "approved"


def test_a_proposal_of_a_plan_that_is_gone_is_not_rebased(folder: Path) -> None:
    agent, day, code = movable(folder)
    well(echelon("edit", folder, f"{agent}@{day}={code}", "--propose"))
    mine = sorted(states(folder))[-1]
    well(echelon("plan", folder, "--days", "14", *QUICK, "--effort", "0"))
    told = echelon("rebase", folder, mine)
    assert told.code == 3
    assert "whose plan is no longer in force" in told.err
    well(echelon("plan", folder, "--days", "14", *QUICK, "--effort", "0", "--propose"))
    told = echelon("rebase", folder, sorted(states(folder))[-1])
    assert (told.code, "a month plan has no parent" in told.err) == (2, True)


def edit(folder: Path, agent: str, day: str, code: str, *words: str) -> str:
    """Set a day by hand; the name of the version."""
    well(echelon("edit", folder, f"{agent}@{day}={code}", *words))
    return sorted(states(folder))[-1]


def locked(folder: Path) -> set[tuple[str, str]]:
    """Days set by hand in the version in force or before it."""
    newest = Workspace.at(folder).newest()
    assert newest.locked is not None
    return {(agent, str(day)) for agent, day in days_of(newest.roster, newest.locked)}


def test_days_set_by_hand_stay_so_when_they_are_rebased(folder: Path) -> None:
    agent, day, code = movable(folder)
    codes = roster(folder)
    other = next(name for name, on in codes.index if name != agent and on == day)
    mine, same = (edit(folder, agent, day, code, "--propose") for _ in range(2))
    edit(folder, other, day, codes[other, day])
    well(echelon("rebase", folder, mine))
    assert locked(folder) == {(agent, day), (other, day)}
    assert roster(folder)[agent, day] == code
    # what both change alike is no conflict, and who sets a day by hand may do so again
    well(echelon("rebase", folder, same))
    back = edit(folder, agent, day, codes[agent, day], "--propose")
    edit(folder, other, day, codes[other, day])
    well(echelon("rebase", folder, back))
    assert roster(folder)[agent, day] == codes[agent, day]


def test_a_rebased_week_keeps_its_days_and_its_requirement(folder: Path) -> None:
    week(folder, "--propose")
    agent, day = next(place for place in roster(folder).index if place[1] == "2026-06-02")
    edit(folder, agent, day, roster(folder)[agent, day])
    well(echelon("rebase", folder, "v002-week"))
    record, own = (json.loads((folder / "versions" / f"{name}.json").read_text()) for name in ("v004-week", "v002-week"))
    assert (record["first_open"], record["end_open"]) == (own["first_open"], own["end_open"])
    files = [(folder / "versions" / one["requirement"]).read_bytes() for one in (record, own)]
    assert files[0] == files[1]


def test_a_day_that_was_locked_or_changed_since_is_not_changed_by_a_rebase(folder: Path) -> None:
    agent, day, code = movable(folder)
    old = roster(folder)[agent, day]
    mine = edit(folder, agent, day, code, "--propose")
    edit(folder, agent, day, old)
    told = echelon("rebase", folder, mine)
    assert (told.code, f"{agent} on {day}" in told.err) == (3, True)
    assert states(folder)[mine] == "proposed"
    edit(folder, agent, day, code)
    kept = edit(folder, agent, day, code, "--propose")
    well(echelon("restore", folder, "v001-month", "--first", day))
    told = echelon("rebase", folder, kept)
    assert (told.code, f"{agent} on {day}" in told.err) == (3, True)


def test_an_earlier_version_comes_back_as_a_new_one(folder: Path) -> None:
    before = roster(folder)
    agent, day, code = movable(folder)
    well(echelon("edit", folder, f"{agent}@{day}={code}"))
    assert roster(folder)[agent, day] != before[agent, day]
    after = date.fromisoformat(day) + timedelta(days=1)
    well(echelon("restore", folder, "v001-month", "--first", after, "--author", "li"))
    assert roster(folder)[agent, day] == code
    well(echelon("restore", folder, "v001-month", "--first", day, "--author", "li"))
    pd.testing.assert_series_equal(roster(folder), before)
    assert "as in v001-month" in well(echelon("versions", folder)).out


def test_what_is_not_of_the_plan_in_force_is_not_restored(folder: Path) -> None:
    for day in ("2026-05-31", "2026-06-15"):
        told = echelon("restore", folder, "v001-month", "--first", day)
        assert (told.code, "from 2026-06-01 to 2026-06-14" in told.err) == (2, True)
    well(echelon("plan", folder, "--days", "14", *QUICK, "--effort", "0"))
    told = echelon("restore", folder, "v001-month", "--first", "2026-06-08")
    assert (told.code, "a version of the plan of v002-month" in told.err) == (2, True)


def test_two_versions_are_compared(folder: Path) -> None:
    agent, day, code = movable(folder)
    well(echelon("edit", folder, f"{agent}@{day}={code}"))
    newest = sorted(states(folder))[-1]
    assert "service level" in well(echelon("compare", folder, "v001-month", newest, "--out", folder / "diff")).out
    changes = pd.read_csv(folder / "diff" / "compared_changes.csv")
    assert list(changes["agent"]) == [agent]
    assert list(changes["day"]) == [day]
    intervals = pd.read_csv(folder / "diff" / "compared_intervals.csv")
    assert (intervals["before"] != intervals["after"]).all()


def test_an_adjusted_week_is_compared_on_the_whole_plan(folder: Path) -> None:
    week(folder)
    workspace = Workspace.at(folder)
    [paid] = [one for one in compared(workspace, "v001-month", "v002-week").measures if one.name == "paid hours"]
    hours = [workspace.roster(name).paid_minutes.sum() / 60 for name in ("v001-month", "v002-week")]
    assert [paid.before, paid.after] == hours


def test_after_a_tweak_days_are_still_set_by_hand(folder: Path) -> None:
    before = pd.read_csv(folder / "roster.csv", dtype=str)
    for day in range(1, 13):
        well(echelon("tweak", folder, "--at", f"{FIRST + timedelta(days=day)}T06:00"))
        if not pd.read_csv(folder / "roster.csv", dtype=str)[["agent", "date", "start", "end"]].equals(
            before[["agent", "date", "start", "end"]]
        ):
            break
    else:
        pytest.fail("no tweak moves a shift")
    agent, on, code = movable(folder)
    well(echelon("edit", folder, f"{agent}@{on}={code}", "--author", "li"))
    assert roster(folder)[agent, on] == code
    assert "illegal" not in well(echelon("verify", folder)).out
