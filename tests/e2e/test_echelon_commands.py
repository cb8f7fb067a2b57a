"""Echelons on the command line: the register, the duty list, a call-out from its start to the pay, and what stops one."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from planner import Told, append, echelon, hashes, text_table

from optimizer.response.echelon.reserve import CAUSES

AT = "2026-06-05T10:00"
MEMBERS = 3
"""Members of the echelon in the template."""


@pytest.fixture
def folder(month: tuple[Path, Told], tmp_path: Path) -> Path:
    return Path(shutil.copytree(month[0], tmp_path / "centre"))


def well(*words: object) -> str:
    told = echelon(*words)
    assert told.code == 0, told
    return told.out


def register(folder: Path, *more: object) -> pd.DataFrame:
    well("echelons", "register", folder, "--at", AT, *more)
    table = text_table(folder / "register.csv")
    counts = ["members", "able", "standby", *CAUSES]
    return table.assign(**{name: table[name].astype(int) for name in counts})


def first_free(folder: Path) -> datetime:
    """A call after which somebody could come for three hours."""
    table = register(folder, "--hours", 72)
    return datetime.fromisoformat(table[table["able"] > 0]["at"].iloc[0])


def call(folder: Path, at: datetime, *more: object, hours: float = 3, heads: int = 1) -> Told:
    begin = at + timedelta(hours=1)
    span = ("--from", wall(begin), "--to", wall(begin + timedelta(hours=hours)))
    return echelon(
        "call-out", "start", folder, "--at", wall(at), "--echelon", "E1", "--queue", "service", *span, "--heads", heads, *more
    )


def wall(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M}"


def test_the_register_counts_every_member_once_in_every_hour(folder: Path) -> None:
    table = register(folder, "--hours", 48)
    assert len(table) == 48
    assert (table["members"] == MEMBERS).all()
    assert (table["able"] + table[list(CAUSES)].sum(axis=1) == MEMBERS).all()
    assert 0 < table["able"].sum() < 48 * MEMBERS
    append(
        folder / "reach.csv",
        "agent,at,until,reachable,channel",
        *(f"{a},{AT}+08:00,2026-06-08T10:00+08:00,no," for a in members(folder)),
    )
    out_of_reach = register(folder, "--hours", 48)
    assert (out_of_reach["unreachable"] == table["able"]).all()
    assert (out_of_reach["able"] == 0).all()


def members(folder: Path) -> list[str]:
    staff = text_table(folder / "staff.csv")
    return staff[staff["echelon"] == "E1"]["agent"].tolist()


def test_the_duty_list_keeps_days_that_are_not_planned_again(folder: Path) -> None:
    out = well("echelons", "duty", folder, "--first", "2026-06-06", "--days", 9)
    assert "verified 已核验" in out
    whole = text_table(folder / "duty.csv")
    assert len(whole) == 18
    well("echelons", "duty", folder, "--first", "2026-06-13", "--days", 2)
    again = text_table(folder / "duty.csv")
    early = whole["day"] < "2026-06-13"
    pd.testing.assert_frame_equal(again[again["day"] < "2026-06-13"], whole[early])
    stands = whole[whole["agents"] != ""].iloc[0]
    table = register(folder, "--hours", 96)
    assert table["standby"].sum() > 0, stands
    well("fairness", folder)
    carried = text_table(folder / "fairness_carried.csv").set_index("agent")
    assert float(carried.loc[stands["agents"].split(";")[0], "standby"]) > 0


def test_a_call_out_from_the_start_to_the_pay(folder: Path) -> None:
    at = first_free(folder)
    assert call(folder, at, "--by", "li", "--reason", "storm").code == 0
    well("call-out", "ask", folder, "c0001", "--at", wall(at))
    asked = text_table(folder / "call_out_steps.csv").query("deed == 'asked'")["agent"].tolist()
    assert len(asked) >= 1
    late = at + timedelta(minutes=20)
    assert "no answer 未应答" in well("call-out", "show", folder, "--at", wall(late))
    well("call-out", "ask", folder, "c0001", "--at", wall(late))
    steps = text_table(folder / "call_out_steps.csv")
    again = steps[steps["at"].str.startswith(wall(late))]["agent"].tolist()
    assert not set(again) & set(asked), "who did not answer is passed by"


def asked(folder: Path, name: str) -> list[str]:
    steps = text_table(folder / "call_out_steps.csv")
    return steps[(steps["call_out"] == name) & (steps["deed"] == "asked")].get("agent", pd.Series(dtype=str)).tolist()


def test_who_cannot_be_reached_or_declined_is_not_asked(folder: Path) -> None:
    at = first_free(folder)
    back = at + timedelta(minutes=5)
    away = (f"{a},{wall(at)}+08:00,{wall(back)}+08:00,no," for a in members(folder))
    append(folder / "reach.csv", "agent,at,until,reachable,channel", *away)
    assert call(folder, at).code == 0
    well("call-out", "ask", folder, "c0001", "--at", wall(at))
    assert asked(folder, "c0001") == []
    well("call-out", "ask", folder, "c0001", "--at", wall(back))
    first = asked(folder, "c0001")[0]
    well("call-out", "answer", folder, "c0001", first, "--no", "--at", wall(back))
    well("call-out", "stand-down", folder, "c0001", "--at", wall(back))
    assert call(folder, back).code == 0
    well("call-out", "ask", folder, "c0002", "--at", wall(back))
    assert first not in asked(folder, "c0002")


def test_a_duty_done_is_paid_counts_and_is_rested_after(folder: Path) -> None:
    at = first_free(folder)
    assert call(folder, at).code == 0
    well("call-out", "ask", folder, "c0001", "--at", wall(at))
    member = text_table(folder / "call_out_steps.csv").query("deed == 'asked'")["agent"].iloc[0]
    soon, end = at + timedelta(minutes=5), at + timedelta(hours=4)
    well("call-out", "answer", folder, "c0001", member, "--yes", "--at", wall(soon))
    before = echelon("call-out", "answer", folder, "c0001", member, "--yes", "--at", wall(soon))
    assert (before.code, "accepted" in before.err) == (2, True), "nobody says yes twice"
    well("call-out", "arrive", folder, "c0001", member, "--at", wall(at + timedelta(minutes=50)))
    late = at + timedelta(hours=40)
    out = well("call-out", "stand-down", folder, "c0001", "--at", wall(late))
    assert "ended 已结束" in out
    (row,) = text_table(folder / "activations.csv").to_dict("records")
    assert (row["echelon"], row["queue"], row["members"]) == ("E1", "service", member)
    assert row["start"] == (at + timedelta(hours=1)).isoformat(timespec="minutes")
    assert row["end"] == late.isoformat(timespec="minutes")
    assert end < late
    assert member in out.partition("ended")[2], "so late that shifts after it are to be moved"
    well("payroll", folder, "--first", "2026-06-01", "--last", "2026-06-14")
    (paid,) = text_table(folder / "payroll_call_outs.csv").rename(columns=lambda name: name.lstrip("\ufeff")).to_dict("records")
    assert (paid["agent"], paid["pay_code"] in ("150", "200", "300")) == (member, True)
    assert 0 < int(paid["minutes"]) <= 39 * 60
    well("fairness", folder)
    carried = text_table(folder / "fairness_carried.csv").set_index("agent")
    assert float(carried.loc[member, "call_outs"]) == 1


def test_all_that_is_wrong_with_a_start_is_told_and_nothing_is_written(folder: Path) -> None:
    at, before = datetime.fromisoformat(AT), hashes(folder)
    told = call(folder, at, hours=4.5, heads=2)
    assert told.code == 2
    assert all(word in told.err for word in ("--approver", "--to", "240 min"))
    wrong = echelon(
        "call-out",
        "start",
        folder,
        "--at",
        AT,
        "--echelon",
        "E9",
        "--queue",
        "x",
        "--from",
        AT,
        "--to",
        "2026-06-05T11:00",
        "--heads",
        1,
    )
    assert wrong.code == 2
    assert all(word in wrong.err for word in ("E9", "'x'"))
    soon = ("--echelon", "E1", "--queue", "service", "--from", AT, "--to", "2026-06-05T11:00", "--heads", 1)
    within = echelon("call-out", "start", folder, "--at", AT, *soon)
    assert (within.code, "--from" in within.err, "the notice of E1" in within.err) == (2, True, True)
    assert echelon("call-out", "ask", folder, "c0009", "--at", AT).code == 3
    assert hashes(folder) == before
    assert call(folder, at, "--approver", "wang", hours=4).code == 0


def test_a_call_out_as_it_was_planned(folder: Path) -> None:
    span = "2026-06-05T20:30+08:00,2026-06-05T21:00+08:00,2026-06-05T23:00+08:00"
    append(
        folder / "call_outs.csv",
        "echelon,queue,call_by,start,end,members,worst,chance_before,chance_after,reason",
        f"E1,service,{span},A0001;A0007,2026-06-05T21:30+08:00,0.9,0.5,storm",
    )
    told = echelon("call-out", "start", folder, "--planned", 2, "--at", AT)
    assert (told.code, "which has 1" in told.err) == (2, True)
    well("call-out", "start", folder, "--planned", 1, "--to", "2026-06-05T22:30", "--at", AT)
    (step,) = text_table(folder / "call_out_steps.csv").to_dict("records")
    assert (step["echelon"], step["queue"], step["heads"], step["reason"]) == ("E1", "service", "2", "storm")
    assert (step["start"], step["end"]) == ("2026-06-05T21:00+08:00", "2026-06-05T22:30+08:00")
    told = echelon("call-out", "start", folder, "--at", AT)
    assert told.code == 2
    assert all(option in told.err for option in ("--echelon", "--queue", "--from", "--to", "--heads"))
