"""``echelon decide`` and ``echelon size-echelons`` on the template's centre: what they print and write."""

import shutil
from pathlib import Path

import pytest
from planner import Told, busy_calls, echelon, swap, text_table


@pytest.fixture(scope="module")
def busy(month: tuple[Path, Told], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template's month, far more calls than forecast until ten in the morning of 9 June."""
    folder: Path = tmp_path_factory.mktemp("echelons") / "centre"
    shutil.copytree(month[0], folder)
    busy_calls(folder, "2026-06-01", "2026-06-09T10:00", 1.8)
    return folder


def test_decide_tells_each_tier_to_call_or_to_wait(busy: Path) -> None:
    told = echelon("decide", busy, "--at", "2026-06-09T10:00")
    assert told.code == 0, told.err
    rows = text_table(busy / "call_decisions.csv")
    assert len(rows)
    assert (rows["start"].str[:10] == "2026-06-09").all()
    for row in rows.to_dict("records"):
        costs = {name: float(row[name]) for name in ("cost_never", "cost_wait")}
        # whoever waits may still never call
        assert costs["cost_wait"] <= costs["cost_never"] * 1.005 + 0.5
        assert row["reason"] in " ".join(told.out.split()) or row["reason"] in told.out
        assert row["reason_zh"] in told.out
        assert int(row["asked"]) == len([name for name in row["members"].split(";") if name])


def test_decide_knows_one_queue_and_no_other(busy: Path) -> None:
    told = echelon("decide", busy, "--at", "2026-06-09T10:00", "--queue", "nowhere")
    assert told.code == 2
    assert "nowhere" in told.err
    quiet = echelon("decide", busy, "--at", "2026-06-01T00:00")
    assert quiet.code == 0, quiet.err


def test_sizes_are_written_with_their_curve_and_picture(busy: Path) -> None:
    words = ("--first", "2026-06-15", "--days", "7", "--scenarios", "6", "--origin", "2026-06-09")
    told = echelon("size-echelons", busy, *words)
    assert told.code == 0, told.err
    rows = text_table(busy / "echelon_sizes.csv")
    sizes = [column for column in rows.columns if column.startswith("size_")]
    assert (rows.loc[0, sizes] == "0").all()
    assert rows["cheapest"].tolist().count("yes") == 1
    cost = rows["cost"].astype(float)
    parts = rows[["standby", "called", "missing"]].astype(float).sum(axis=1)
    assert (cost - parts).abs().max() < 0.02
    assert cost[1] <= cost[0] + 0.01
    assert "代价最低" in told.out
    assert "Plotly" in (busy / "echelon_sizes.html").read_text(encoding="utf-8")
    again = text_table(busy / "echelon_sizes.csv")
    assert echelon("size-echelons", busy, *words).code == 0
    assert text_table(busy / "echelon_sizes.csv").equals(again)


def test_what_cannot_be_sized_is_told_and_nothing_written(month: tuple[Path, Told], tmp_path: Path) -> None:
    folder, words = tmp_path / "centre", ("--first", "2026-06-15", "--days", "2", "--scenarios", "2")
    shutil.copytree(month[0], folder)
    swap(folder / "policies.toml", 'outage_queue = ""', 'outage_queue = "nowhere"')
    told = echelon("size-echelons", folder, *words)
    assert told.code == 2
    assert "nowhere" in told.err
    for name, old in (("centre.toml", "[[echelons]]"), ("staff.csv", ",E1,")):
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text[: text.index(old)] if name == "centre.toml" else text.replace(old, ",,"), encoding="utf-8")
    told = echelon("size-echelons", folder, *words)
    assert told.code == 2
    assert "echelon" in told.err
    assert not (folder / "echelon_sizes.csv").exists()
