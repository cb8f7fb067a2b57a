"""A duty manager prepares for a scenario: reads its playbook, tries it on the roster, drills it, and works through its actions."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from planner import Told, echelon, hashes

from data.exchange.playbooks import PLAYBOOKS

AT = "2026-06-10T10:00"


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """No text of a table is folded."""
    monkeypatch.setenv("COLUMNS", "400")


@pytest.fixture(scope="module")
def folder(month: tuple[Path, Told], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(month[0], tmp_path_factory.mktemp("playbooks") / "centre"))


def said(*words: object) -> str:
    told = echelon(*words)
    assert told.code == 0, told.err
    return told.out


def refused(*words: object) -> str:
    told = echelon(*words)
    assert told.code in (2, 3), told
    return " ".join(told.err.split())


def test_playbooks_are_listed_shown_and_checked(folder: Path) -> None:
    listed = said("playbooks", "list", folder, "--at", AT)
    assert all(path.stem in listed for path in PLAYBOOKS.glob("*.toml"))
    assert "迎峰度夏" in listed
    assert "due 应演练" in listed
    shown = said("playbooks", "show", folder, "typhoon")
    texts = (
        "4.8 calls per 100",
        "值班长",
        "call_first",
        "Care of the staff",
        "服务区域内发生大面积停电",
        "IVR announcement recorded",
    )
    for words in texts:
        assert words in shown
    checked = said("playbooks", "check", folder, "--at", AT)
    assert "typhoon: no queue or project for insurance, ev" in checked
    assert "review was due" not in checked
    assert "typhoon: review was due 2027-05-31" in said("playbooks", "check", folder, "--at", "2027-06-01T00:00")
    assert "no playbook 'flood'" in refused("playbooks", "show", folder, "flood")


def test_a_signal_of_a_scenario_raises_its_own_playbook_alone(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "centre"))
    span = ("--at", "2026-06-10T08:00", "--until", "2026-06-10T20:00", "--level", "orange")
    assert "'flood'" in refused("signals", "add", copy, "weather", *span, "--scenario", "flood")

    def raised() -> set[str]:
        checked = said("playbooks", "check", copy, "--at", "2026-06-10T09:00")
        return {line.split(":")[0] for line in checked.splitlines() if "signals raise it" in line}

    said("signals", "add", copy, "weather", *span, "--scenario", "typhoon")
    assert raised() == {"typhoon"}
    said("signals", "add", copy, "weather", *span)
    assert raised() > {"typhoon", "ice"}
    path = copy / "signals.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("typhoon", "flood"), encoding="utf-8")
    assert "signal s0001: no playbook 'flood'" in said("playbooks", "check", copy, "--at", AT)


def test_actions_stand_on_the_clock_until_they_are_done(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "centre"))
    assert "No playbook is in force" in said("playbooks", "running", copy, "--at", AT)
    begun = said("activate", copy, "typhoon", "--level", "orange", "--at", "2026-06-10T08:00", "--by", "Li")
    assert "left 剩余 10 min" in begun
    assert "command:" not in begun
    ticked = said("done", copy, "typhoon", "broadcast", "--at", "2026-06-10T08:20", "--by", "Wang")
    assert "done 已完成 08:20 Wang" in ticked
    assert "overdue 超时 5 min" in ticked
    assert "overdue 超时 105 min" in said("playbooks", "running", copy, "--at", AT)
    assert "command:" in said("activate", copy, "typhoon", "--level", "red", "--at", AT, "--by", "Li")
    assert "an action that is not done yet" in refused("done", copy, "typhoon", "broadcast", "--at", AT)
    assert "one of brief_shift" in refused("done", copy, "typhoon", "dance", "--at", AT)
    assert "another level" in refused("activate", copy, "typhoon", "--level", "red", "--at", AT)
    assert "one of none, blue" in refused("activate", copy, "typhoon", "--level", "pink", "--at", AT)
    assert "one that is running" in refused("done", copy, "ice", "lend", "--at", AT)
    assert "ended 结束" in said("activate", copy, "typhoon", "--level", "none", "--at", "2026-06-10T12:00", "--by", "Li")
    log = pd.read_csv(copy / "playbook_steps.csv")
    assert log["deed"].tolist() == ["level", "done", "level", "level"]
    assert log["by"].tolist() == ["Li", "Wang", "Li", "Li"]


def test_nothing_more_is_what_stands_and_more_customers_break_more(folder: Path) -> None:
    before = hashes(folder)
    tables = dict[str, pd.DataFrame]()
    for name, words in (("none", ("--size", 0)), ("some", ("--customers", 2000)), ("many", ("--customers", 20000))):
        said("what-if", folder, "typhoon", "--at", AT, *words)
        tables[name] = pd.read_csv(folder / "what_if.csv")
    none, some, many = tables["none"], tables["some"], tables["many"]
    assert (none["calls"] == none["calls_usual"]).all()
    assert (none["chance"] == none["chance_usual"]).all()
    assert (none["required"] == none["required_usual"]).all()
    for low, high in ((none, some), (some, many)):
        for column in ("calls", "q90", "required", "chance"):
            assert (high[column] >= low[column] - 1e-9).all(), column
    assert many["calls"].sum() > some["calls"].sum() > none["calls"].sum()
    assert (many["chance_with_echelons"] <= many["chance"] + 1e-9).all()
    assert {name: text for name, text in hashes(folder).items() if name != "what_if.csv"} == before


def test_what_a_scenario_breaks_is_told_in_both_languages(folder: Path) -> None:
    told = said("what-if", folder, "typhoon", "--at", AT, "--customers", 8000)
    for words in ("Typhoon 台风", "insurance, ev", "red 红色", "echelons to call", "Telling 50% of the customers", "告知50%客户"):
        assert words in told
    assert "no playbook 'flood'" in refused("what-if", folder, "flood")
    assert "a time until the end of the roster" in refused("what-if", folder, "typhoon", "--at", "2031-01-01T08:00")
    assert "the days of roster and forecast.csv" in refused("what-if", folder, "typhoon", "--at", "2026-05-01T08:00")
    assert "billing_day is no outage" in refused("what-if", folder, "billing_day", "--customers", 5, "--at", AT)


def test_a_drill_says_what_the_echelons_bring_and_is_kept_in_the_log(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "centre"))
    words = ("drill", copy, "typhoon", "--at", AT, "--now", "2026-06-10T08:00", "--customers", 4000, "--replications", 6)
    told = said(*words)
    for text in ("service level 服务水平", "call-in 召集", "readiness", "Score", "得分", "drills.csv"):
        assert text in told
    figures = (copy / "drill.csv").read_bytes()
    rows = pd.read_csv(copy / "drill_replications.csv")
    assert len(rows) == 6
    assert (rows["came"] <= rows["asked"]).all()
    assert rows["came"].sum() > 0
    drill = pd.read_csv(copy / "drill.csv", keep_default_na=False).set_index(["measure", "queue"])
    level = float(drill.loc[("service_level", "service"), "with_echelons"])
    assert level == pytest.approx(rows["service_level_with"].mean())
    assert float(drill.loc[("lost_calls", ""), "difference"]) < 0
    said(*words)
    assert (copy / "drill.csv").read_bytes() == figures
    log = pd.read_csv(copy / "drills.csv")
    assert log["scenario"].tolist() == ["typhoon", "typhoon"]
    assert log["score"].iloc[0] == log["score"].iloc[1]
    assert log["score"].between(0, 100).all()


def test_a_past_day_is_replayed(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "centre"))
    stamps = pd.date_range("2026-01-07T08:00", periods=24, freq="30min").strftime("%Y-%m-%dT%H:%M")
    day = tmp_path / "day.csv"
    day.write_text("queue,timestamp,offered\n" + "".join(f"service,{stamp},77\n" for stamp in stamps), encoding="utf-8")
    words = ("drill", copy, "typhoon", "--at", AT, "--replications", 3)
    said(*words, "--replay", day)
    rows = pd.read_csv(copy / "drill_replications.csv")
    # every replication meets the same calls: from ten to twenty o'clock
    counts = pd.read_csv(copy / "drill.csv", keep_default_na=False)
    assert len(rows) == 3
    assert (counts["measure"] == "cost_hours").any()
    assert rows["lost_calls_without"].max() <= 20 * 77
    day.write_text("queue,timestamp,offered\nservice,2026-01-07T08:00,7\nservice,2026-01-08T08:00,7\n", encoding="utf-8")
    assert "calls of one day" in refused(*words, "--replay", day)


def test_a_playbook_that_nothing_here_plays_is_refused_with_the_fix(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "centre"))
    text = (PLAYBOOKS / "billing_day.toml").read_text(encoding="utf-8")
    (copy / "playbooks").mkdir()
    (copy / "playbooks" / "ours.toml").write_text(text.replace('"power", "service"', '"power"'), encoding="utf-8")
    told = refused("what-if", copy, "ours", "--at", AT)
    assert "queues or projects of the centre: service" in told
    assert "playbooks/" in told
