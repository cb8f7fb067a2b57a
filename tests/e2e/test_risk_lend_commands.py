"""A planner judges the risks of the days ahead, keeps the register, and lends agents between two projects."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from planner import Told, busy_calls, echelon, swap

from data.exchange.loans import write_loans
from data.exchange.risk import read_risks
from data.model.loan import Loan, LoanBook, LoanStep
from data.model.risk import RiskPolicy
from data.model.stress import StressBook

AT = ("--at", "2026-06-02T10:00")


@pytest.fixture(scope="module")
def folder(month: tuple[Path, Told], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template planned, with calls until the first days of the plan."""
    copy: Path = tmp_path_factory.mktemp("risk") / "centre"
    shutil.copytree(month[0], copy)
    busy_calls(copy, "2026-06-01", "2026-06-02T10:00", 1.3)
    return copy


def done(*words: object) -> str:
    told = echelon(*words)
    assert told.code == 0, told.err
    return told.out


def test_the_map_holds_every_hour_and_scenario_and_puts_its_risks_into_the_register_once(folder: Path) -> None:
    out = done("risk", "map", folder, *AT, "--days", 1, "--register")
    cells = pd.read_csv(folder / "risk_map.csv")
    policy = RiskPolicy()
    assert (cells["index"] == cells["likelihood"] * cells["severity"]).all()
    assert all(policy.band(row.index_) == row.band for row in cells.rename(columns={"index": "index_"}).itertuples())
    assert len(set(cells.groupby("scenario").size())) == 1
    assert {"as_forecast", "flu", "storm"} <= set(cells["scenario"])
    chance = {name: group.set_index("start")["chance"] for name, group in cells.groupby("scenario")}
    assert (chance["volume"] >= chance["as_forecast"] - 1e-9).all()
    assert (folder / "risk_map.svg").read_text(encoding="utf-8").count("<title>") == len(cells)
    known = read_risks(folder).items
    titles = {"按预测", *(scenario.title_zh for scenario in StressBook().scenarios.values())}
    assert {item.title_zh.partition("（场景：")[2].removesuffix("）") for item in known.values()} <= titles
    assert f"{len(known)} risks" in out
    done("risk", "map", folder, *AT, "--days", 1, "--register")
    assert read_risks(folder).items == known


def test_a_risk_is_treated_by_the_cheapest_that_helps_and_its_effect_is_told(folder: Path) -> None:
    words = ("--title", "system slow at noon", "--cause", "technology", "--owner", "IT", "--source", "outside")
    done("risk", "add", folder, *words, *AT, "--by", "Li")
    name = list(read_risks(folder).items)[-1]
    done("risk", "assess", folder, name, "--likelihood", 4, "--severity", 4, *AT)
    options = ("reduce:40:2:3:second line", "reduce:8:2:4:cache", "accept:0:4:4:wait")
    out = done("risk", "treat", folder, name, *(word for option in options for word in ("--option", option)), *AT)
    assert "-> reduce: cache" in out
    refused = echelon("risk", "respond", folder, name, *AT)
    assert refused.code == 2
    assert "--plan" in refused.err
    assert "OVERDUE" in done("risk", "list", folder, "--at", "2026-06-09T10:00")
    done("risk", "respond", folder, name, "--plan", "plan 3", "--told", "duty manager", *AT)
    out = done("risk", "review", folder, name, "--likelihood", 2, "--severity", 3, "--at", "2026-06-08T10:00")
    assert "index 16 before, 6 after" in out
    assert "echelon rulebook draft" in out
    assert "STALE" in done("risk", "list", folder, "--at", "2027-06-09T10:00")


def test_all_that_is_wrong_with_a_risk_is_told_at_once(folder: Path) -> None:
    told = echelon("risk", "assess", folder, "r0001", "--likelihood", 9, "--severity", 0, *AT)
    assert told.code == 2
    assert "--likelihood" in told.err
    assert "--severity" in told.err
    told = echelon("risk", "treat", folder, "r0001", "--option", "hope:1:2:3:x", "--option", "reduce:1:0:3:x", *AT)
    assert told.code == 2
    assert "hope" in told.err
    assert "reduce:1:0:3:x" in told.err
    assert echelon("risk", "assess", folder, "r0999", "--likelihood", 1, "--severity", 1, *AT).code == 3


def test_a_rating_from_the_history_says_so(folder: Path) -> None:
    done("risk", "assess", folder, "r0001", "--from-history", *AT)
    rating = read_risks(folder).rating("r0001")
    assert rating is not None
    assert rating.basis == "history"


def test_one_project_has_nobody_to_lend_to(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "centre"
    shutil.copytree(folder, copy)
    assert "No order" in done("lend", "propose", copy, *AT)
    assert "No order yet" in done("lend", "list", copy)
    assert echelon("lend", "answer", copy, "l0001", "consented", *AT).code == 3
    assert echelon("lend", "propose", copy, *AT, "--scenario", "flood").code == 2
    assert "projects together" in done("lend", "correlations", copy, *AT)


def test_an_order_is_answered_returned_and_settled(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "centre"
    shutil.copytree(folder, copy)
    swap(copy / "centre.toml", 'partner = ""', 'partner = "grid"\n[[projects]]\nid = "cars"\nname = "Cars"\npartner = "ev"')
    start, end = (datetime(2026, 6, 2, hour, tzinfo=ZoneInfo("Asia/Shanghai")) for hour in (11, 13))
    loan = Loan(
        id="l0001", lender="cars", borrower="service", queue="service", agents=("A01", "A02", "A03"), start=start, end=end,
        efficiency=0.9, consent="asked", reply_by=start, made_at=start - timedelta(hours=1), hour_price=1.2, chance_before=0.9,
        chance_after=0.4, lender_chance=0.2,
    )  # fmt: skip
    write_loans(LoanBook().take(LoanStep(loan="l0001", deed="proposed", by="li", at=loan.made_at, asked=loan)), copy)
    assert "open" in done("lend", "list", copy)
    for deed, at in (("consented", "10:30"), ("started", "11:00"), ("returned", "13:00")):
        done("lend", "answer", copy, "l0001", deed, "--at", f"2026-06-02T{at}")
    assert echelon("lend", "answer", copy, "l0001", "refused", "--at", "2026-06-02T14:00").code == 2
    done("lend", "settle", copy)
    rows = pd.read_csv(copy / "settlement.csv")
    assert rows["hours"].tolist() == [6.0, -6.0]
    assert rows["amount"].tolist() == pytest.approx([7.2, -7.2])
    assert rows["partner"].tolist() == ["ev", "grid"]


def test_lending_terms_that_name_nobody_are_refused(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "centre"
    shutil.copytree(folder, copy)
    swap(copy / "centre.toml", 'partner = ""', 'lending = { to = ["nobody"] }\npartner = ""')
    told = echelon("lend", "list", copy)
    assert told.code == 2
    assert "nobody" in told.err
