"""A planner lets the calls come again under the roster."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from planner import Told, installed


@pytest.fixture(scope="module")
def folder(month: tuple[Path, Told], tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy: Path = tmp_path_factory.mktemp("simulated") / "centre"
    shutil.copytree(month[0], copy)
    return copy


def simulated(folder: Path, *words: object) -> tuple[Told, pd.DataFrame]:
    told = installed("simulate", folder, "--days", 3, "--replications", 20, *words)
    assert told.code == 0, told
    return told, pd.read_csv(folder / "simulation.csv")


def test_a_roster_is_simulated_under_the_forecast_and_its_mean(folder: Path) -> None:
    told, frame = simulated(folder)
    again = simulated(folder)[1]
    pd.testing.assert_frame_equal(frame, again)
    assert "service level 服务水平" in told.out
    assert frame["service_level"].between(0, 1).all()
    assert frame["chance_missed"].between(0, 1).all()
    assert (frame["answer_rate"] + frame["abandon_rate"]).round(9).eq(1).all()
    assert pd.to_datetime(frame["timestamp"], utc=True).dt.tz_convert("Asia/Shanghai").dt.date.nunique() == 3
    mean = simulated(folder, "--calls", "mean")[1]
    calls, forecast = mean["offered"].sum(), pd.read_csv(folder / "forecast.csv")
    days = forecast[forecast["timestamp"].isin(mean["timestamp"])]
    assert calls == pytest.approx(days["mean"].sum(), rel=0.03)


def test_what_cannot_be_simulated_is_said(folder: Path, template: Path) -> None:
    for words, said in (
        (("--calls", "guess"), "one of paths, mean, came"),
        (("--calls", "came"), "calls of every open slot"),
        (("--first", "2031-01-01"), "a day that forecast.csv and the roster have"),
        (("--first", "soon"), "a day such as"),
    ):
        told = installed("simulate", folder, *words)
        assert told.code == 2
        assert said in " ".join(told.err.split())
    told = installed("simulate", template)
    assert "run `echelon plan` first" in " ".join(told.err.split())
