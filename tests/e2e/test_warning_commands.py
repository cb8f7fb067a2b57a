"""A duty manager is warned, acknowledges, passes on, closes and reviews."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from planner import Told, append, echelon, hashes, text_table

AT = "2026-06-10T10:00"


@pytest.fixture
def folder(month: tuple[Path, Told], tmp_path: Path) -> Path:
    copy = tmp_path / "centre"
    shutil.copytree(month[0], copy)
    append(copy / "leave.csv", *(f"A{k:04d},2026-06-11,2026-06-11,{'SL' if k % 2 else 'AL'},yes" for k in range(1, 13) if k != 3))
    return copy


def done(*words: object) -> str:
    told = echelon(*words)
    assert told.code == 0, told.err
    return told.out


def test_a_warning_lives_from_its_look_to_its_review(folder: Path) -> None:
    said = done("warn", folder, "--at", AT)
    rows = pd.read_csv(folder / "warnings.csv")
    worst = rows[rows["level"].isin(["orange", "red"]) & rows["start"].str.startswith("2026-06-11")].iloc[0]
    (row,) = (line for line in said.splitlines() if f"{worst['id']} {worst['level']}" in line)
    assert f"{worst['missing_heads']:.0f}" in row
    assert f"{worst['lost_calls']:,.0f}" in row
    causes = [name for name in rows.columns if name.startswith("missing_by_")]
    assert worst[causes].sum() == pytest.approx(worst["missing_heads"], abs=0.01)
    assert worst["missing_by_absence"] > 0.5
    assert worst["missing_by_leave"] > 0.5
    assert "overtime=" in worst["remedies"]
    assert "missing heads by cause 缺员构成" in said
    assert "what still helps, until when 措施与最迟时刻" in said
    assert max(map(len, said.splitlines())) < 400
    assert len(said.splitlines()) < 120
    assert "warned days 预警日历" in said
    name = worst["id"]
    assert "lead 主责" in done("warnings", "list", folder, "--at", AT)
    assert "support 配合" in done("warn", folder, "--at", "2026-06-10T12:00", "--by", "floor") + done("warnings", "list", folder)
    done("warnings", "acknowledge", folder, name, "--at", "2026-06-10T12:05", "--role", "owner", "--by", "Zhao")
    done("warnings", "close", folder, name, "--at", "2026-06-10T13:00", "--by", "Zhao", "--reason", "echelon E1 called")
    review = ("warnings", "review", folder, name, "--at", "2026-06-12T09:00", "--cause", "system", "--done", "E1 called")
    done(*review, "--lesson", "ask for overtime the day before")
    steps = text_table(folder / "warning_steps.csv")
    assert steps.loc[steps["warning"] == name, "deed"].tolist() == ["raised", "escalated", "acknowledged", "closed", "reviewed"]
    assert name not in done("warnings", "list", folder)
    assert "reviewed 已复盘" in done("warnings", "list", folder, "--all")
    named = echelon(*review, "--lesson", "A0001 came late")
    assert named.code == 2
    assert "no agent's id or name" in " ".join(named.err.split())


def test_who_was_called_in_is_there_for_the_next_look(folder: Path) -> None:
    def missing() -> float:
        done("warn", folder, "--at", AT, "--days", 2)
        rows = pd.read_csv(folder / "warnings.csv")
        return float(rows.loc[rows["start"].str.startswith("2026-06-11"), "missing_heads"].max())

    before = missing()
    heads = "echelon,queue,start,end,members"
    append(folder / "activations.csv", heads, "E1,service,2026-06-11T08:00+08:00,2026-06-11T20:00+08:00,A0003;A0007")
    # two members at the efficiency of their tier, less the shrinkage of the queue
    assert before - missing() == pytest.approx(2 * 0.95 * 0.9, abs=0.01)


def test_signals_and_the_switch_raise_warnings_and_looks_back_change_nothing(folder: Path) -> None:
    append(
        folder / "signals.csv",
        "id,source,at,until,heard_at,level",
        "typhoon,weather,2026-06-10T14:00+08:00,2026-06-10T18:00+08:00,2026-06-10T08:00+08:00,red",
    )
    rows = (f"service,2026-06-10T09:{5 * k:02d}+08:00,40,30" for k in range(12))
    append(folder / "live.csv", "queue,timestamp,offered,answered", *rows)
    done("warn", folder, "--at", AT, "--days", 1)
    found = pd.read_csv(folder / "warnings.csv")
    assert (pd.to_datetime(found["start"]) <= pd.Timestamp("2026-06-11T10:00+08:00")).all()
    told = " ".join(found.loc[found["level"] == "red", "reasons"])
    assert "answer_rate_bad=0.75 (0.8)" in told
    assert "typhoon=1" in told
    before = hashes(folder)["warning_steps.csv"]
    assert "A look back" in done("warn", folder, "--at", "2026-06-09T10:00")
    assert hashes(folder)["warning_steps.csv"] == before


def test_sixty_days_ahead_stand_on_an_outline_where_there_is_no_roster(folder: Path) -> None:
    told = "[warnings]\nchance = [0.05, 0.8, 0.9, 0.97]\nfar_intervals = 1\nmin_intervals = 1\n"
    (folder / "policies.toml").write_text(told, encoding="utf-8")
    before = text_table(folder / "forecast.csv")["timestamp"].max()
    done("warn", folder, "--at", AT)
    found = pd.read_csv(folder / "warnings.csv")
    beyond = found["start"] > "2026-06-28T23"
    assert beyond.any()
    assert (found.loc[beyond, "stands_on"] == "outline").all()
    assert (found.loc[~beyond & (found["end"] < "2026-06-28"), "stands_on"] == "roster").all()
    assert found["start"].max() <= "2026-08-10"
    assert text_table(folder / "forecast.csv")["timestamp"].max() == before


def test_what_cannot_be_done_is_said(folder: Path) -> None:
    assert "No warning yet" in done("warnings", "list", folder)
    for words, said in (
        (("acknowledge", folder, "w0001", "--at", AT), "no warning 'w0001'"),
        (("acknowledge", folder, "w0001", "--at", AT, "--role", "boss"), "lead, support, owner"),
        (("review", folder, "w0001", "--at", AT, "--cause", "Li", "--done", "x", "--lesson", "y"), "system or person"),
    ):
        told = echelon("warnings", *words)
        assert told.code in (2, 3), told
        assert said in " ".join(told.err.split())
