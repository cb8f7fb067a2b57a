"""Points and rights on the command line: earned, claimed, granted after pricing, honoured by the next plan, told to the point."""

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from planner import QUICK, Told, echelon, hashes, swap, text_table

from data.exchange.measures import MEASURES

BOOKED, DECIDED = "2026-07-01T09:00", "2026-07-02T10:00"
CALL_OUT = "echelon,queue,start,end,members\nE1,service,2026-06-09T18:00+08:00,2026-06-09T20:00+08:00,A0001;A0007\n"
DEED = "call_in:A0001:service:2026-06-09T18:00+08:00"
WEEK = ("--first", "2026-07-06", "--last", "2026-07-12")


def well(*words: object) -> Told:
    told = echelon(*words)
    assert told.code == 0, told.err
    return told


def wrong(*words: object) -> str:
    told = echelon(*words)
    assert told.code == 2, told.out
    return told.err


@pytest.fixture(scope="module")
def earned(month: tuple[Path, Told], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A month that is over: call-outs were answered, points are booked, the roster is history; a cheap catalogue."""
    folder = Path(shutil.copytree(month[0], tmp_path_factory.mktemp("earned") / "centre"))
    (folder / "activations.csv").write_text(CALL_OUT, encoding="utf-8")
    well("award", folder, "--month", "2026-06")
    for suffix in (".csv", ".json"):
        shutil.copy(folder / f"roster{suffix}", folder / f"history{suffix}")
    text = MEASURES.read_text(encoding="utf-8").replace("price = 60\nleast_months = 6\nquota = 2", "price = 20\nquota = 1")
    (folder / "measures.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def folder(earned: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(earned, tmp_path / "centre"))


def held(folder: Path, agent: str) -> int:
    rows = pd.read_csv(folder / "ledger.csv")
    return int(rows[rows["account"] == f"agent:{agent}"]["points"].sum())


def shifts(folder: Path, agent: str, first: str, last: str) -> list[str]:
    rows = text_table(folder / "roster.csv")
    return list(rows[(rows["agent"] == agent) & (rows["date"] >= first) & (rows["date"] <= last)]["code"])


def after_roster(folder: Path) -> str:
    """The day after the history."""
    return str((pd.Timestamp(text_table(folder / "history.csv")["date"].max()) + pd.Timedelta(days=1)).date())


def granted(folder: Path) -> str:
    """Two agents of one team claim regular day shifts, where one a team may have them; decided."""
    for agent in ("A0001", "A0003"):
        well("claim", folder, agent, "regular_day_shift", *WEEK, "--at", BOOKED)
    return well("rights", folder, "--first", after_roster(folder), "--days", "21", "--at", DECIDED).out


def test_deeds_are_booked_once_and_each_says_how_it_came_about(folder: Path) -> None:
    rows, ledger = pd.read_csv(folder / "awards.csv"), pd.read_csv(folder / "ledger.csv")
    assert {"call_in", "unpopular"} <= set(rows["reason"])
    assert ledger["points"].sum() == 0
    assert rows["points"].sum() == ledger[ledger["account"].str.startswith("agent:")]["points"].sum() > 0
    product = rows["value"] * rows["weight"] * rows["rate"] * rows["capped"] * rows["scaled"]
    assert (product - rows["exact"]).abs().max() < 1e-3
    assert rows.groupby("agent").apply(lambda mine: int(mine["exact"].sum() + 1e-6) == mine["points"].sum()).all()
    before = hashes(folder)
    assert "无新增事由" in well("award", folder, "--month", "2026-06").out
    assert hashes(folder) == before
    told = well("award", folder, "--month", "2026-06", "--explain", DEED).out
    assert all(word in told for word in ("2026-06-09 18:00", "2026-06-09 19:30", "booked 已记账"))
    value = rows.set_index("deed").loc[DEED, "value"]
    assert f"{value:,.3f}" in told
    assert hashes(folder) == before


def test_the_budget_of_the_month_is_never_exceeded(earned: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(earned, tmp_path / "poor"))
    for name in ("ledger.csv", "awards.csv"):
        (folder / name).unlink()
    swap(folder / "policies.toml", "month_budget = 2000", "month_budget = 50")
    swap(folder / "policies.toml", "agent_month_cap = 100", "agent_month_cap = 5")
    well("award", folder, "--month", "2026-06")
    rows = pd.read_csv(folder / "awards.csv")
    assert 0 < rows["points"].sum() <= 50
    assert rows.groupby("agent")["points"].sum().max() <= 5
    assert (rows["scaled"] < 1).all()


def test_a_right_is_claimed_granted_and_honoured_and_the_second_waits(folder: Path) -> None:
    points = {agent: held(folder, agent) for agent in ("A0001", "A0003")}
    told = granted(folder)
    assert all(word in told for word in ("granted 批准", "waiting 候补 #1", "名额 1 个已用完", "service budget used"))
    rights = text_table(folder / "rights.csv").set_index("agent")
    assert list(rights["state"]) == ["granted", "waiting"]
    assert (rights.loc["A0003", "code"], rights.loc["A0003", "position"]) == ("quota", "1")
    assert (held(folder, "A0001"), held(folder, "A0003")) == (points["A0001"] - 20, points["A0003"])
    plan = well("plan", folder, "--first", after_roster(folder), "--days", "21", *QUICK)
    assert "honoured 已兑现" in plan.out
    assert shifts(folder, "A0001", "2026-07-06", "2026-07-12") == ["D"] * 5 + ["-"] * 2
    well("verify", folder)
    well("certify", folder)
    assert "right.c0001" in (folder / "certificate.md").read_text(encoding="utf-8")
    well("adjust", folder, "--first", "2026-07-06", "--bound-steps", "10", "--sweeps", "2")
    assert set(shifts(folder, "A0001", "2026-07-06", "2026-07-10")) == {"D"}
    well("verify", folder)


def test_without_the_right_the_plan_is_free(folder: Path) -> None:
    """The plan that honours nothing would give that week otherwise: the test above can fail."""
    plan = well("plan", folder, "--first", after_roster(folder), "--days", "21", *QUICK)
    assert "已兑现" not in plan.out
    assert shifts(folder, "A0001", "2026-07-06", "2026-07-12") != ["D"] * 5 + ["-"] * 2


def test_rights_are_settled_before_the_days_are_planned(folder: Path) -> None:
    granted(folder)
    well("plan", folder, "--first", after_roster(folder), "--days", "21", "--propose", *QUICK)
    kept = hashes(folder)
    assert "v002-month (proposal)" in wrong("rights", folder, "--first", after_roster(folder), "--days", "21", "--at", DECIDED)
    assert "v002-month" in wrong("reverse", folder, "right:c0001", "--at", DECIDED, "--reason", "no need")
    assert "v002-month" in wrong("claim", folder, "A0007", "shift_pick", "--first", "2026-07-06", "--shift", "L", "--at", DECIDED)
    assert hashes(folder) == kept
    well("withdraw", folder, "v002-month")
    well("reverse", folder, "right:c0001", "--at", DECIDED, "--reason", "no need")
    assert text_table(folder / "rights.csv").set_index("id").loc["c0001", "state"] == "revoked"
    well("rights", folder, "--first", after_roster(folder), "--days", "21", "--at", DECIDED)
    assert list(text_table(folder / "rights.csv")["state"]) == ["revoked", "granted"]
    well("plan", folder, "--first", after_roster(folder), "--days", "21", *QUICK)
    assert shifts(folder, "A0003", "2026-07-06", "2026-07-12") == ["D"] * 5 + ["-"] * 2
    well("verify", folder)


def test_a_right_that_leaves_no_legal_line_stops_the_plan(folder: Path) -> None:
    granted(folder)
    text = (folder / "rights.csv").read_text(encoding="utf-8").replace("2026-07-06,2026-07-12", "2026-07-06,2026-07-19")
    (folder / "rights.csv").write_text(text, encoding="utf-8", newline="\n")
    (folder / "shifts.csv").write_text((folder / "shifts.csv").read_text(encoding="utf-8").replace(",day,", ",late,"), "utf-8")
    assert "c0001" in wrong("plan", folder, "--first", after_roster(folder), "--days", "21", *QUICK)
    assert len(text_table(folder / "versions.csv")["version"].unique()) == 1


def test_leave_that_is_a_right_stands_in_the_roster_and_is_read_again(folder: Path) -> None:
    swap(folder / "measures.toml", "price = 40", "price = 10")
    well("claim", folder, "A0005", "time_off_in_lieu", "--first", "2026-07-08", "--at", BOOKED)
    well("rights", folder, "--first", after_roster(folder), "--days", "21", "--at", DECIDED)
    well("plan", folder, "--first", after_roster(folder), "--days", "21", *QUICK)
    assert shifts(folder, "A0005", "2026-07-08", "2026-07-08") == ["TO"]
    well("verify", folder)
    assert json.loads((folder / "roster.json").read_text(encoding="utf-8"))["version"] == "v002-month"


def test_whoever_is_not_eligible_is_told_why_and_nothing_is_written(folder: Path) -> None:
    kept = hashes(folder)
    told = wrong("claim", folder, "A0001", "regular_day_shift", "--first", "2026-06-30", "--at", BOOKED)
    assert "a day after 2026-07-01" in told
    assert "v001-month" not in told
    assert "可兑换积分" in wrong("claim", folder, "A0012", "place_of_choice", "--first", "2026-07-06", "--at", BOOKED)
    assert "a shift of the agent's contract" in wrong(
        "claim", folder, "A0001", "shift_pick", "--first", "2026-07-06", "--shift", "P1", "--at", BOOKED
    )
    assert "'nobody'" in wrong("claim", folder, "nobody", "shift_pick", "--first", "2026-07-06", "--shift", "L", "--at", BOOKED)
    assert hashes(folder) == kept
    assert "no file" in wrong("rights", folder, "--first", after_roster(folder), "--days", "21", "--at", DECIDED)


def test_an_entry_is_disputed_settled_and_reversed(folder: Path) -> None:
    before = held(folder, "A0001")
    well("dispute", folder, DEED, "--at", "2026-07-01T10:00", "--reason", "was not there", "--author", "wang")
    told = well("ledger", folder, "--agent", "A0001").out
    assert "yes 是" in told
    assert "wang: was not there" in told
    well("dispute", folder, DEED, "--at", "2026-07-01T11:00", "--reason", "was there", "--settle")
    well("reverse", folder, DEED, "--at", "2026-07-01T12:00", "--reason", "came late")
    gone = pd.read_csv(folder / "awards.csv").set_index("deed").loc[DEED, "points"]
    assert held(folder, "A0001") == before - gone
    assert "which is reversed" in wrong("reverse", folder, DEED, "--at", "2026-07-01T13:00", "--reason", "again")
    assert "no such entry" in wrong("reverse", folder, "nothing", "--at", "2026-07-01T13:00", "--reason", "again")
    assert re.search(r"sum 合计\s+│\s+0 ", well("ledger", folder).out)


def test_points_expire(folder: Path) -> None:
    swap(folder / "policies.toml", "expire_months = 12", "expire_months = 1")
    well("award", folder, "--month", "2026-06", "--at", "2026-08-02T00:00")
    rows = pd.read_csv(folder / "ledger.csv")
    assert rows[rows["account"] == "expired"]["points"].sum() == -rows[rows["account"] == "budget:2026-06"]["points"].sum()


def test_fairness_is_told_and_the_next_plan_begins_with_it(folder: Path) -> None:
    told = well("fairness", folder, "--agent", "A0001").out
    assert all(word in told for word in ("who can earn points", "Gini", "前一成持有", "A0001: 截至", "call-outs"))
    assert not (folder / "fairness.csv").exists()
    well("fairness", folder, "--close")
    balances = pd.read_csv(folder / "balances.csv").set_index("agent")
    assert (balances["points"] - balances["points"].mean()).abs().max() > 0
    first = (folder / "balances.csv").read_bytes(), (folder / "fairness.csv").read_bytes()
    well("fairness", folder, "--close")
    assert ((folder / "balances.csv").read_bytes(), (folder / "fairness.csv").read_bytes()) == first
    called = pd.read_csv(folder / "fairness.csv").set_index("agent")["call_outs"]
    assert list(called[called > 0].index) == ["A0001", "A0007"]
    well("plan", folder, "--first", after_roster(folder), "--days", "21", *QUICK)
    assert (folder / "versions" / "balances" / "v002-month.csv").is_file()
    assert "'nobody'" in wrong("fairness", folder, "--agent", "nobody", "--day", "2026-06-03")
