"""Versions on the command line: a run proposes, people approve and publish, edits by hand stay, nothing is overwritten."""

from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import cast

import pandas as pd
import pytest
from planner import Told, echelon

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


def test_an_earlier_version_comes_back_as_a_new_one(folder: Path) -> None:
    before = roster(folder)
    agent, day, code = movable(folder)
    well(echelon("edit", folder, f"{agent}@{day}={code}"))
    assert roster(folder)[agent, day] != before[agent, day]
    well(echelon("restore", folder, "v001-month", "--first", "2026-06-08", "--author", "li"))
    pd.testing.assert_series_equal(roster(folder), before)
    assert "as in v001-month" in well(echelon("versions", folder)).out


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
