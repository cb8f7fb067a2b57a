"""A planner asks how good last week's warnings were."""

import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from planner import Told, busy_calls, echelon, hashes

from api import planning
from api.workspace import Workspace
from data.exchange.warning_chances import read_looks
from optimizer.response.warning.wording import CHANCES
from optimizer.staffing.queueing import evaluate


@pytest.fixture(scope="module")
def folder(chain: list[tuple[Path, Told, dict[str, str]]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A week in which the warnings were looked at twice, before its calls came."""
    copy: Path = tmp_path_factory.mktemp("scored") / "centre"
    shutil.copytree(chain[0][0], copy)
    assert echelon("warn", copy, "--at", "2026-06-17T09:00").code == 0
    return copy


@pytest.fixture(scope="module")
def scored(folder: Path) -> tuple[Path, Told]:
    busy_calls(folder, "2026-06-17T09:00", "2026-06-20", 1.1)
    before = hashes(folder)
    told = echelon("score-warnings", folder)
    after = hashes(folder)
    assert {name for name in after if after[name] != before.get(name)} == {"warning_scores.csv", "warning_scores.svg"}
    return folder, told


def test_a_look_keeps_the_open_slots_of_seven_days(folder: Path) -> None:
    said = read_looks(folder / "warning_chances")
    assert sorted(said["looked_at"].dt.strftime("%dT%H:%M").unique()) == ["16T01:30", "17T01:00"]
    ahead = (said["slot"] - said["looked_at"]).dt.total_seconds() / 3600
    assert ahead.between(0, 168, inclusive="left").all()
    assert not said.duplicated(["looked_at", "queue", "slot"]).any()
    assert said["chance_realised"].between(0, 1).all()
    warned = pd.read_csv(folder / "warnings.csv", parse_dates=["start", "end"])
    last = said[said["looked_at"] == said["looked_at"].max()]
    for row in warned.itertuples():
        inside = last[(last["queue"] == row.queue) & (last["slot"] >= row.start) & (last["slot"] < row.end)]
        assert set(inside["level"]) <= {row.level}


def test_both_chances_and_every_level_are_told_in_both_languages(scored: tuple[Path, Told]) -> None:
    folder, told = scored
    assert told.code == 0, told.err
    for words in (CHANCES["en"][0], CHANCES["zh"][1], "red 红色", "误报", "落空", "Brier"):
        assert words in told.out
    root = ElementTree.fromstring((folder / "warning_scores.svg").read_text(encoding="utf-8"))
    assert len([each for each in root.iter() if each.tag.endswith("circle")]) >= 2


def test_the_brier_score_is_that_of_the_calls_that_came_under_the_roster_in_force(scored: tuple[Path, Told]) -> None:
    folder, told = scored
    workspace = Workspace.at(folder)
    coverage = pd.read_csv(folder / "coverage.csv", parse_dates=["timestamp"]).set_index(["queue", "timestamp"])
    calls = planning.learn(workspace.centre).to_frame().set_index(["queue", "timestamp"])["offered"]
    minutes = workspace.centre.centre.interval_minutes
    squares = list[float]()
    for row in read_looks(folder / "warning_chances").itertuples():
        at = (row.queue, row.slot)
        if at not in calls.index or at not in coverage.index:
            continue
        queue = workspace.centre.centre.queue(row.queue)
        heads, rate = coverage.loc[at, "rostered"] * (1 - queue.shrinkage), calls[at] / (60 * minutes)
        levels = [
            float(evaluate(n, rate, queue.handle_time_s, queue.staffing_patience_s, queue.target.threshold_s).service_level)
            for n in (np.floor(heads), np.ceil(heads))
        ]
        if levels[0] < queue.target.service_level <= levels[1]:
            squares.append(np.nan)  # between two whole agents
            continue
        squares.append((row.chance - (levels[1] < queue.target.service_level)) ** 2)
    found = re.search(r"all +│ +([\d,]+) +│[^│]+│[^│]+│ +([\d.]+)", told.out)
    assert found
    assert int(found[1].replace(",", "")) == len(squares)
    unsure = np.isnan(squares).mean()
    assert abs(float(found[2]) - np.nansum(squares) / len(squares)) <= unsure + 1e-3


def test_without_a_look_or_without_calls_it_says_what_to_do(month: tuple[Path, Told], folder: Path, tmp_path: Path) -> None:
    told = echelon("score-warnings", month[0])
    assert told.code == 2
    assert "no look was kept" in told.err
    broken = tmp_path / "centre"
    shutil.copytree(folder, broken)
    (broken / "warning_chances" / "20260616T0000Z.parquet").write_bytes(b"no table")
    assert "20260616T0000Z.parquet" in echelon("score-warnings", broken).err


def test_the_next_look_tells_how_true_the_warnings_were(scored: tuple[Path, Told]) -> None:
    folder, _ = scored
    rows = pd.read_csv(folder / "warning_scores.csv")
    (whole,) = (row for row in rows.itertuples() if row.kind == "chance" and not isinstance(row.level, str))
    told = echelon("warn", folder, "--at", "2026-06-20T09:00", "--days", 1)
    assert told.code == 0, told.err
    assert f"stated 所述 {whole.stated:.0%}, missed 未达标 {whole.missed:.0%}, Brier {whole.brier:.3f}" in told.out
    raised = rows[(rows["kind"] == "chance") & rows["level"].notna() & (rows["count"] > 0)]
    assert len(raised)
    assert all(f"{row.level} " in told.out and f"{row.false_alarm_rate:.0%} false 误报" in told.out for row in raised.itertuples())
