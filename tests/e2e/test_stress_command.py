"""A planner puts a roster to the test before it is published."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from planner import Told, echelon, hashes

SCENARIOS = """
[scenarios.nothing]
shocks = [{kind = "volume", more = 0.0}]

[scenarios.rush]
title = "twice the calls in the morning"
title_zh = "上午来话翻倍"
shocks = [{kind = "volume", more = 1.0, start = "09:00", end = "12:00"}, {kind = "absence", share = 0.1}]
"""
FIGURES = ["chance", "service_level", "missing", "lost_calls", "worst_replication", "worst_service_level"]


@pytest.fixture(scope="module")
def folder(team12: tuple[Path, Told], tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy: Path = tmp_path_factory.mktemp("stress") / "centre"
    shutil.copytree(team12[0], copy)
    (copy / "stress.toml").write_text(SCENARIOS, encoding="utf-8")
    return copy


def asked(folder: Path, *words: object) -> tuple[str, pd.DataFrame]:
    told = echelon("stress", folder, "--replications", 10, *words)
    assert told.code == 0, told.err
    return told.out, pd.read_csv(folder / "stress.csv")


def stressed(folder: Path, *words: object) -> pd.DataFrame:
    return asked(folder, *words)[1]


def test_scenarios_stand_side_by_side_and_nothing_but_the_list_is_written(folder: Path) -> None:
    before = hashes(folder)
    said, rows = asked(folder, "--days", 3)
    for words in ("as_forecast", "nothing", "twice the calls in the morning", "上午来话翻倍", "stress.csv"):
        assert words in said
    assert {name: text for name, text in hashes(folder).items() if name != "stress.csv"} == before
    rush = rows[rows["scenario"] == "rush"]
    assert len(rush)
    assert rush["chance"].between(0.65, 1, inclusive="right").all()
    assert (rush["missing"] >= 1).all()
    hours = pd.to_datetime(rush["start"]).dt.hour
    assert hours.between(9, 12).any()
    looked = rush[rush["cured"].notna()]
    assert len(looked)
    assert (looked.loc[looked["cured"] == "yes", "chance_after"] <= 0.65).all()
    assert looked["text"].str.len().gt(10).all()
    assert looked["text_zh"].str.len().gt(5).all()


def test_nothing_more_breaks_what_breaks_as_forecast_and_the_same_seed_says_the_same(folder: Path) -> None:
    rows = stressed(folder, "--days", 3, "--fixes", 0)
    usual, nothing = (rows[rows["scenario"] == name].reset_index(drop=True) for name in ("as_forecast", "nothing"))
    pd.testing.assert_frame_equal(usual[FIGURES], nothing[FIGURES])
    pd.testing.assert_frame_equal(rows, stressed(folder, "--days", 3, "--fixes", 0))


def test_a_version_and_days_may_be_named(folder: Path) -> None:
    first = "2026-06-03"
    version = min((folder / "versions").glob("v*.csv")).stem
    said, _ = asked(folder, "--version", version, "--days", f"{first}..2026-06-04", "--scenario", "rush", "--fixes", 0)
    assert f"{version}: {first} - 2026-06-04" in said
    assert "twice the calls" in said


def test_work_off_the_phones_and_policies_are_read(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "centre"
    shutil.copytree(folder, copy)
    (copy / "policies.toml").write_text("[stress]\nchance = 0.0\n", encoding="utf-8")
    strict = stressed(copy, "--days", 1, "--scenario", "nothing", "--fixes", 0)
    assert (strict["chance"] > 0).all()
    assert len(strict) >= len(stressed(folder, "--days", 1, "--scenario", "nothing", "--fixes", 0))


def test_what_cannot_be_tested_is_said(folder: Path, tmp_path: Path) -> None:
    for words, said in (
        (("--scenario", "flood"), "one of as_forecast, nothing, rush"),
        (("--days", "x"), "a number of days"),
        (("--days", "2026-06-07..2026-06-01"), "a number of days"),
        (("--first", "2031-01-01"), "a day that forecast.csv and the roster have"),
    ):
        told = echelon("stress", folder, *words)
        assert told.code == 2, told
        assert said in " ".join(told.err.split())
    assert "no version" in echelon("stress", folder, "--version", "v9").err
    copy = tmp_path / "centre"
    shutil.copytree(folder, copy)
    (copy / "stress.toml").write_text('[scenarios.a]\nshocks = [{kind = "absence", share = 2}]\n', encoding="utf-8")
    assert "less than or equal to 1" in " ".join(echelon("stress", copy).err.split())
