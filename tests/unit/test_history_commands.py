"""``echelon history`` and ``echelon backtest`` on a bare call file and on a centre's folder."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from api.commands import history as history_commands
from data.exchange.calls import write_calls
from data.exchange.documents import load_json
from data.exchange.exclusions import read_exclusions
from data.exchange.folder import write_template
from data.model.demand import CallHistory
from data.model.errors import InvalidData
from data.model.time import Horizon, TimeGrid
from forecasting.backtest import BackTest

app = typer.Typer()
app.command()(history_commands.history)
app.command()(history_commands.backtest)


def told(*words: object) -> str:
    answer = CliRunner().invoke(app, [*map(str, words)], env={"COLUMNS": "400"})
    if answer.exception is not None:
        raise answer.exception
    return answer.output


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """Ten weeks of hourly counts with a storm of seven hours."""
    grid = TimeGrid(horizon=Horizon(zone="UTC", first=date(2026, 3, 2), days=70), minutes=60)
    mean = 80 * (1.2 + np.sin(grid.wall_minute / 1440 * 2 * np.pi))
    mean[50 * 24 + 9 : 50 * 24 + 16] *= 2.2
    offered = np.random.default_rng(1).poisson(mean).astype(float)[None]
    path = tmp_path / "calls.csv"
    write_calls(CallHistory(("q",), grid, offered, np.full_like(offered, np.nan)), path)
    return path


def test_history_says_what_is_lacking_and_what_is_odd(calls: Path) -> None:
    text = told("history", calls, "--interval", 60, "--country", "none")
    assert "under thirteen months" in text
    assert "2026-04-21 09:00–16:00" in text
    assert "平常" in text
    assert list(calls.parent.iterdir()) == [calls]


def test_suggestions_are_written_once_and_the_backtest_leaves_them_out(calls: Path) -> None:
    text = told("history", calls, "--interval", 60, "--country", "none", "--suggest")
    assert "1 suggested" in text
    path = calls.with_name("calls-exclusions.csv")
    (kept,) = read_exclusions(path, ["q"])
    assert kept.start.hour == 9
    with pytest.raises(InvalidData, match="a file of yours"):
        told("history", calls, "--interval", 60, "--suggest")
    record = calls.with_name("backtest.json")
    counts: list[int] = []
    for _ in range(2):
        options = ("--interval", 60, "--country", "none", "--days", 7, "--drift-days", 0, "--out", record)
        assert "noise floor" in told("backtest", calls, *options)
        counts.append(sum(score.count for score in load_json(record, BackTest).scores))
        path.unlink(missing_ok=True)
    assert counts[0] < counts[1]


def test_too_little_is_told(calls: Path) -> None:
    assert "19 days of calls are needed" in told("backtest", calls, "--interval", 60, "--origin", "2026-03-10")


def test_a_folder_is_taken_as_it_is_configured(tmp_path: Path) -> None:
    write_template(tmp_path / "centre")
    assert "service: 8.0 weeks" in told("history", tmp_path / "centre")
    assert "service" in told("backtest", tmp_path / "centre", "--origins", 2, "--drift-days", 0)


def test_what_does_not_fit_is_a_finding(calls: Path) -> None:
    for options, match in ((("--interval", 45), "60 minutes"), (("--column", "x"), "name=column"), (("--origin", "soon"), "ISO")):
        with pytest.raises(InvalidData, match=match):
            told("history", calls, *options)
    with pytest.raises(InvalidData, match="IANA"):
        told("history", calls, "--zone", "Mars")
