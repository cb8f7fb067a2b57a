"""The back-test of the warnings on files of one's own: what they may hold, and a collapse with what was said before it."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.warnings import bank, daily
from benchmarks.warnings.daily import Said, collapses, staff_of, table_of
from benchmarks.warnings.report import page
from data.model.errors import InvalidData

FIRST = date(2025, 1, 6)
DAYS = [FIRST + timedelta(days=k) for k in range(80)]


def figures(path: Path, **more: object) -> Path:
    """Eighty days with nine agents' service; the staff is cut from day 60 on, and the file knows it."""
    rng, staff = np.random.default_rng(3), np.where(np.arange(80) < 60, 18, 10)
    offered = rng.poisson(1000, 80)
    level = np.where(staff == 18, 0.85, 0.35) + rng.normal(0, 0.02, 80)
    told = {"date": DAYS, "offered": offered, "abandoned": offered // 20, "service_level": level.clip(0, 1), "staff": staff}
    pd.DataFrame(told | more).to_csv(path, index=False)
    return path


def test_names_of_the_public_table_are_read_too_and_what_is_missing_is_told_at_once(tmp_path: Path) -> None:
    ours = table_of(figures(tmp_path / "a.csv"))
    theirs = pd.read_csv(tmp_path / "a.csv").rename(columns={"offered": "incoming", "service_level": "service_level_20s"})
    theirs.to_csv(tmp_path / "b.csv", index=False)
    pd.testing.assert_frame_equal(ours, table_of(tmp_path / "b.csv"), check_like=True)
    theirs.drop(columns=["date", "incoming", "abandoned"]).to_csv(tmp_path / "c.csv", index=False)
    with pytest.raises(InvalidData) as caught:
        table_of(tmp_path / "c.csv")
    assert [finding.column for finding in caught.value.findings] == ["date", "offered", "abandoned"]
    with pytest.raises(InvalidData, match="0 to 1"):
        table_of(figures(tmp_path / "d.csv", service_level=85.0))


def test_a_collapse_of_a_known_staff_is_warned_of_before_it_begins(tmp_path: Path) -> None:
    found = daily.back_test(figures(tmp_path / "own.csv"), target=0.8, stride=4)
    (one,) = found["collapses"]["realised"]
    assert (one["first"], one["last"], one["days"]) == (str(DAYS[60]), str(DAYS[79]), 20)
    assert one["ahead"]["blue"] >= 10
    assert found["levels"]["realised"][0]["foreseen"] == 20
    told = page({"own.csv": found})
    assert "### own.csv" in told
    assert f"| the slot itself | {DAYS[60]} | {DAYS[79]} | 20 | 80 |" in told


def test_days_ahead_count_from_the_first_look_that_warned_of_its_first_days() -> None:
    days = tuple(DAYS[:6])
    rows = pd.DataFrame({"service_level": [0.8, 0.8, 0.3, 0.4, 0.3, 0.8]}, index=pd.Index(days))
    looks = [
        Said(day, tuple(d for d in days if d > day), 0.8, {"expected": np.array([c] * (5 - k))}, np.zeros(5 - k, dtype=np.bool_))
        for k, (day, c) in enumerate(zip(days[:2], (0.7, 0.99), strict=True))
    ]
    (one,) = collapses(looks, rows, "expected")
    assert one["ahead"] == {"blue": 2, "yellow": 1, "orange": 1, "red": 1}
    assert one["worst"] == 0.3


def test_staff_read_off_a_day_gives_its_service_back() -> None:
    rows = pd.DataFrame({"offered": [900.0, 900.0], "handle_s": [240.0, 240.0], "service_level": [0.5, 0.9]})
    few, many = staff_of(rows, 120.0)
    assert 900 * 240 / daily.OPEN_S * 0.8 < few < many < 20


def counts(path: Path, days: int = 60, minutes: int = 15) -> Path:
    """Calls on weekdays from 08:00 to 12:00, by intervals, with a little noise."""
    stamps = pd.date_range("2025-01-06", periods=days * 24 * 60 // minutes, freq=f"{minutes}min")
    inside = stamps[(stamps.hour >= 8) & (stamps.hour < 12) & (stamps.day_of_week < 5)]
    calls = np.random.default_rng(5).poisson(60, len(inside))
    pd.DataFrame({"timestamp": inside, "calls": calls}).to_csv(path, index=False)
    return path


def test_intervals_tell_their_own_opening_and_are_summed_to_half_hours(tmp_path: Path) -> None:
    source = bank.feed(counts(tmp_path / "own_dev.csv"), "UTC", "")
    rows = pd.read_csv(tmp_path / "own_dev.csv")
    assert (source.name, source.opens, source.calls.shape[1]) == ("own", 8 * 60, 8)
    assert source.calls.sum() == rows["calls"].sum()
    assert set(source.opening.hours) == {"mon", "tue", "wed", "thu", "fri"}
    assert set(source.opening.hours.values()) == {("08:00", "12:00")}
    for wrong, column in ((rows.rename(columns={"calls": "n"}), "calls"), (rows.iloc[::3], "timestamp")):
        wrong.to_csv(tmp_path / "wrong.csv", index=False)
        with pytest.raises(InvalidData) as caught:
            bank.feed(tmp_path / "wrong.csv")
        assert [finding.column for finding in caught.value.findings] == [column]


def test_a_file_of_counts_is_judged_as_far_ahead_as_it_reaches(tmp_path: Path) -> None:
    found = bank.back_test(bank.feed(counts(tmp_path / "own.csv", days=63), "UTC", ""), 2, 2, target=0.9)
    assert "1 day" in found["chances"]
    assert "60 days" not in found["chances"]
    assert "### own.csv" in page({"own.csv": found})
