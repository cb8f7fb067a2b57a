"""Leave on the command line: quotas shown, wishes decided together, granted leave planned, refused wishes tried again."""

from pathlib import Path

import pytest
from planner import QUICK, append, echelon, swap, text_table

from data.centres.samples import write_sample

DAYS = ("--first", "2026-06-01", "--days", "28")
HEAD = "id,agent,first,last,code,rank,flexible_days,split,bid"
WISHES = (
    HEAD,
    "w1,A0001,2026-06-02,2026-06-04,AL,1,,,",
    "w2,A0002,2026-06-02,2026-06-04,AL,2,,,",
    "w3,A0004,2026-06-03,2026-06-04,AL,3,3,,",
    "w4,A0005,2026-06-22,2026-07-10,ML,5,,,",
    "w5,A0003,2026-06-10,2026-06-10,AL,1,,,",
    "w6,A0007,2026-07-15,2026-07-15,AL,1,,,",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_sample("team12", tmp_path)
    append(tmp_path / "leave_wishes.csv", *WISHES)
    return tmp_path


def well(*words: object) -> str:
    told = echelon(*words)
    assert told.code == 0, told.err
    return told.out


def outcomes(folder: Path) -> dict[str, str]:
    return dict(text_table(folder / "leave_decisions.csv")[["wish", "outcome"]].itertuples(index=False, name=None))


def test_without_grant_nothing_is_written(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    told = well("leave", folder, *DAYS)
    assert "6 wishes" not in told
    assert "5 wishes" in told
    assert "leave quota 休假额度" in told
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_quotas_are_explained(folder: Path) -> None:
    (folder / "leave_wishes.csv").unlink()
    assert "plannable" in well("leave", folder, *DAYS, "--quota-only")
    told = well("leave", folder, *DAYS, "--quota-only", "--explain", "2026-06-09")
    assert "Plannable: the shifts of 12 agents" in told
    assert "技能组比例" in told


def test_what_is_granted_is_planned_and_what_is_refused_waits(folder: Path) -> None:
    well("leave", folder, *DAYS, "--grant")
    found = outcomes(folder)
    assert found["w1"] == found["w4"] == "granted"
    assert found["w5"] == "refused"
    assert "refused" in (found["w2"], found["w3"])
    leave = text_table(folder / "leave.csv")
    assert ("A0001", "2026-06-02", "2026-06-04") in set(leave[["agent", "first", "last"]].itertuples(index=False, name=None))
    waiting = text_table(folder / "leave_waiting.csv").set_index("id")
    assert set(waiting.index) == {wish for wish in ("w2", "w3") if found[wish] == "refused"} | {"w6"}
    assert not waiting["why"].str.contains("A0001").any()
    # tried again where more risk is borne, from the waiting list alone
    (folder / "leave_wishes.csv").unlink()
    well("leave", folder, *DAYS, "--grant", "--most-chance", "0.9")
    again = text_table(folder / "leave_decisions.csv")
    assert len(again) > len(found)
    assert not again[again["outcome"] == "granted"]["wish"].duplicated().any()
    assert echelon("plan", folder, *DAYS, *QUICK).code == 0
    roster = text_table(folder / "roster.csv").set_index(["agent", "date"])["code"]
    assert set(roster["A0001"]["2026-06-02":"2026-06-04"]) == {"AL"}
    assert echelon("verify", folder).code == 0
    late = echelon("leave", folder, *DAYS, "--grant")
    assert (late.code, "in force" in late.err) == (2, True)


def test_bids_need_points(folder: Path) -> None:
    swap(folder / "leave_wishes.csv", "w3,A0004,2026-06-03,2026-06-04,AL,3,3,,", "w3,A0004,2026-06-03,2026-06-04,AL,3,3,,20")
    told = echelon("leave", folder, *DAYS)
    assert told.code == 2
    assert "at most 0 points" in told.err


def test_all_that_is_wrong_is_told_at_once(folder: Path) -> None:
    append(folder / "leave_wishes.csv", "w7,nobody,2026-06-02,2026-06-03,AL,1,,,", "w8,A0001,2026-06-09,2026-06-08,E,9,,,")
    told = echelon("leave", folder, *DAYS)
    assert told.code == 2
    assert "9" in told.err
    (folder / "leave_wishes.csv").write_text(f"{HEAD}\nw7,nobody,2026-06-02,2026-06-03,E,1,,,\n", encoding="utf-8")
    told = echelon("leave", folder, *DAYS)
    assert all(word in told.err for word in ("nobody", "'E'"))


def test_winners_pay_the_best_bid_that_was_refused(folder: Path) -> None:
    agents = ["A0001", "A0002", "A0004", "A0005"]
    rows = [f"e{k},2026-05-20T10:00+08:00,call_in,{account},{points}" for k, agent in enumerate(agents)
            for account, points in ((f"agent:{agent}", 60), ("budget:2026-05", -60))]  # fmt: skip
    append(folder / "ledger.csv", "entry,at,reason,account,points", *rows)
    (folder / "leave_wishes.csv").unlink()
    bids = [f"w{k},{agent},2026-06-02,2026-06-02,AL,1,,,{10 * k + 10}" for k, agent in enumerate(agents)]
    append(folder / "leave_wishes.csv", HEAD, *bids)
    well("leave", folder, *DAYS, "--grant")
    assert outcomes(folder) == {"w0": "refused", "w1": "granted", "w2": "granted", "w3": "granted"}
    ledger = text_table(folder / "ledger.csv")
    paid = ledger[ledger["entry"].str.startswith("leave:") & ledger["account"].str.startswith("agent:")]
    assert dict(paid[["account", "points"]].itertuples(index=False, name=None)) == {f"agent:{one}": "-10" for one in agents[1:]}
    assert echelon("ledger", folder).code == 0
