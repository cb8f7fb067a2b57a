"""What is known of the demand beside the calls: drivers, several countries, outages, exclusions, overrides; versions and checks."""

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from planner import append, echelon, installed, swap, text_table

from data.exchange.calendars import calendar_of
from data.model.calendar import DayType

DAYS = 200
FIRST = date(2014, 1, 1)


@pytest.fixture(scope="module")
def daily(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Daily calls of a travel centre, driven by reservations known ahead; a fifth comes on holidays of Italy or England."""
    folder = tmp_path_factory.mktemp("daily")
    rng = np.random.default_rng(3)
    days = [FIRST + timedelta(days=d) for d in range(DAYS + 50)]
    booked = np.round(1000 + 400 * np.sin(np.arange(len(days)) / 17) + rng.normal(0, 150, len(days)))
    calendar = calendar_of("IT+GB-ENG", days[0], days[-1])
    rest = np.array([calendar.day_type(day) is DayType.HOLIDAY for day in days])
    level = np.array([1.1, 1, 1, 1, 0.9, 0.6, 0.5])[[day.weekday() for day in days]]
    calls = rng.poisson(booked * level * np.where(rest, 0.2, 1))
    pd.DataFrame({"date": days, "calls": calls, "weekday": [d.weekday() for d in days]})[:DAYS].to_csv(
        folder / "calls.csv", index=False
    )
    pd.DataFrame({"date": days, "reservations": booked}).to_csv(folder / "reservations.csv", index=False)
    pd.DataFrame({"date": days, "calls": calls}).to_csv(folder / "came.csv", index=False)
    return folder


def forecast(daily: Path, *options: object, name: str = "f.csv", days: int = 21) -> pd.DataFrame:
    words = ("forecast", daily / "calls.csv", "--queue", "travel", "--zone", "Europe/Rome", "--days", days, "--out", daily / name)
    told = echelon(*words, *options)
    assert told.code == 0, told.err
    return pd.read_csv(daily / name)


def error(made: pd.DataFrame, daily: Path) -> float:
    came = pd.read_csv(daily / "came.csv", index_col="date")["calls"].reindex(made["timestamp"].str[:10]).to_numpy()
    return float(np.abs(made["mean"] - came).sum() / came.sum())


# -- daily files


def test_a_daily_file_is_forecast_by_the_day_and_drivers_help(daily: Path) -> None:
    country = ("--country", "IT+GB-ENG")
    plain, driven = forecast(daily, *country), forecast(daily, *country, "--drivers", daily / "reservations.csv")
    for made in (plain, driven):
        assert len(made) == 21
        assert made["timestamp"].iloc[0] == "2014-07-20T00:00+02:00"
        assert made["queue"].eq("travel").all()
    assert error(driven, daily) < 0.08
    assert error(driven, daily) < 0.5 * error(plain, daily)


def test_holidays_of_both_countries_are_known(daily: Path) -> None:
    italy, britain, both = (
        forecast(daily, "--country", country, name="h.csv", days=42).set_index("timestamp")["mean"]
        for country in ("IT", "GB-ENG", "IT+GB-ENG")
    )
    assumption, bank_holiday = "2014-08-15T00:00+02:00", "2014-08-25T00:00+02:00"
    assert both[assumption] < 0.7 * britain[assumption]
    assert both[bank_holiday] < 0.7 * italy[bank_holiday]
    told = echelon("forecast", daily / "calls.csv", "--queue", "travel", "--country", "IT+XX+DE-QQ")
    assert told.code == 2
    assert "'XX'" in told.err
    assert "'DE-QQ'" in told.err


def test_less_than_a_day_cannot_be_made_of_days(daily: Path) -> None:
    for minutes in (30, 720, 2880):
        told = echelon("forecast", daily / "calls.csv", "--queue", "travel", "--interval", minutes)
        assert told.code == 2
        assert "1440 minutes of the history" in told.err
    told = echelon("forecast", daily / "calls.csv")
    assert "--queue" in told.err
    assert "date, calls, weekday" in told.err


def test_every_finding_of_the_drivers_is_told(daily: Path, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("date,reservations\n2014-01-01,many\n2014-02-30,4\n")
    told = echelon("forecast", daily / "calls.csv", "--queue", "travel", "--drivers", tmp_path / "d.csv")
    assert told.code == 2
    assert "many" in told.err
    assert "2014-02-30" in told.err


def test_exclusions_beside_a_call_file_are_used_and_said(daily: Path, tmp_path: Path) -> None:
    shutil.copy(daily / "calls.csv", tmp_path / "calls.csv")
    (tmp_path / "calls-exclusions.csv").write_text(
        "queue,start,end,reason\ntravel,2014-07-01T00:00+02:00,2014-07-08T00:00+02:00,queue full\n"
    )
    words = ("--queue", "travel", "--zone", "Europe/Rome", "--country", "IT", "--days", "7", "--out", tmp_path / "f.csv")
    told = echelon("forecast", tmp_path / "calls.csv", *words)
    assert told.code == 0, told.err
    assert "calls-exclusions.csv" in told.out
    assert not pd.read_csv(tmp_path / "f.csv")["mean"].equals(forecast(daily, "--country", "IT", days=7)["mean"])


# -- a centre's folder


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "centre"
    shutil.copytree(template, copy)
    return copy


def made(folder: Path, *options: object) -> pd.Series:
    """Calls expected by the hour they begin in."""
    told = echelon("forecast", folder, "--days", "7", *options)
    assert told.code == 0, told.err
    rows = text_table(folder / "forecast.csv")
    return rows.set_index("timestamp")["mean"].astype(float)


def test_an_outage_known_ahead_raises_the_forecast(folder: Path) -> None:
    before = made(folder)
    append(folder / "outages.csv", "service,maintenance,检修,4000,2026-06-02T09:00+08:00,2026-06-02T15:00+08:00,yes,0.5,,")
    after = made(folder)
    extra = after - before
    assert (extra[extra.index < "2026-06-02T09"] == 0).all()
    assert extra[extra.index.str.startswith("2026-06-02")].sum() > 50
    # the same outage, not announced, is not known on 31 May
    swap(folder / "outages.csv", ",yes,0.5,,", ",no,0.5,,")
    pd.testing.assert_series_equal(made(folder), before)


def test_overrides_are_laid_over_and_each_forecast_is_kept(folder: Path) -> None:
    before = made(folder, "--author", "Wang", "--reason", "weekly")
    append(
        folder / "overrides.csv",
        "mailing,percent,20,,,2026-06-02T00:00+08:00,2026-06-03T00:00+08:00,service,0,yes,Li,bills,mailing,2026-05-30T09:00+08:00",
    )
    after = made(folder)
    ratio = (after / before)[before > 0.1]
    on_day = ratio.index.str.startswith("2026-06-02")
    np.testing.assert_allclose(ratio[on_day], 1.2)
    np.testing.assert_allclose(ratio[~on_day], 1)
    assert (folder / "forecasts" / "v001" / "overridden.csv").is_file()
    for version in ("v001", "v002"):
        record = json.loads((folder / "forecasts" / version / "backtest.json").read_text())
        assert len(record["origins"]) == 4
    for words, said in (
        (("list",), ("v001", "v002", "Wang", "weekly", "mailing")),
        (("compare",), ("v001 -> v002", "override mailing")),
    ):
        told = installed("forecasts", words[0], folder)
        assert told.code == 0, told.err
        assert all(word in told.out for word in said), told.out
    assert installed("forecasts", "accuracy", folder).code == 0


def test_drivers_of_a_folder_are_used(folder: Path) -> None:
    before = made(folder)
    calls = text_table(folder / "calls.csv")
    totals = calls["offered"].astype(float).groupby(calls["timestamp"].str[:10]).sum()
    ahead = {f"2026-06-0{d}": (500.0 if d < 4 else 300.0) for d in range(1, 8)}
    known = pd.concat([totals, pd.Series(ahead)])
    known.rename_axis("date").rename("bills").to_csv(folder / "drivers.csv")
    ratio = made(folder) / before
    assert ratio[ratio.index < "2026-06-04"].mean() > 1.05
    assert ratio[ratio.index >= "2026-06-04"].mean() < 0.9
    told = echelon("forecast", folder, "--drivers", folder / "drivers.csv")
    assert told.code == 2
    assert "drivers.csv" in told.err


def test_a_tweak_sees_only_overrides_made_by_then(month: tuple[Path, object], tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("early", "late")]
    for copy, made_at in zip(folders, ("2026-06-01T09:00+08:00", "2026-06-01T11:00+08:00"), strict=True):
        shutil.copytree(month[0], copy)
        row = f"more,percent,50,,,2026-06-01T12:00+08:00,2026-06-02T00:00+08:00,,0,yes,Li,storm,storm,{made_at}"
        append(copy / "overrides.csv", row)
        assert echelon("tweak", copy, "--at", "2026-06-01T10:00").code == 0
    early, late = (text_table(copy / "forecast.csv")["mean"].astype(float).sum() for copy in folders)
    assert early > 1.2 * late


def test_history_and_backtest_look_at_a_folder(folder: Path) -> None:
    lines = (folder / "calls.csv").read_text().splitlines()
    storm = [k for k, line in enumerate(lines) if "2026-05-13T1" in line]
    for k in storm:
        queue, at, count, *rest = lines[k].split(",")
        lines[k] = ",".join([queue, at, str(3 * float(count)), *rest])
    (folder / "calls.csv").write_text("\n".join(lines) + "\n")
    (folder / "exclusions.csv").unlink()
    told = installed("history", folder, "--suggest")
    assert told.code == 0, told.err
    assert "2026-05-13" in told.out
    assert "2026-05-13" in (folder / "exclusions.csv").read_text()
    judged = installed("backtest", folder, "--origins", "3", "--drift-days", "0", "--out", folder / "b.json")
    assert judged.code == 0, judged.err
    assert "noise floor" in judged.out
    scores = json.loads((folder / "b.json").read_text())["scores"]
    assert {"same day", "2-7 days"} < {score["lead"] for score in scores}
