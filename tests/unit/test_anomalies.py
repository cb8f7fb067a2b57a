"""What is not normal in a history is found, and what is normal is left alone."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from data.exchange.calendars import calendar_of
from data.exchange.calls import read_calls
from data.exchange.exclusions import read_exclusions, write_exclusions
from data.model.base import FloatArray
from data.model.calendar import Calendar, DayType
from data.model.demand import CallHistory
from data.model.errors import InvalidData
from data.model.exclusion import Exclusion
from data.model.time import Horizon, TimeGrid
from forecasting.anomalies import Anomaly, Kind, Suggestion, anomalies, suggested, without

ARRIVALS = Path(os.environ.get("ECHELON_BENCH_DATA", Path(__file__).parents[3] / "shared" / "data")) / "arrivals"
MONDAY = date(2024, 1, 1)
ZONE = "Asia/Shanghai"
LEVEL = np.array([1.4, 1.0, 0.95, 0.9, 1.05, 0.5, 0.4])
CN = calendar_of("CN", MONDAY, MONDAY + timedelta(days=760))


def history(
    days: int = 120,
    *,
    peak: float = 100.0,
    minutes: int = 30,
    seed: int = 1,
    hours: tuple[int, int] = (0, 24),
    factor: Callable[[date], float] = lambda _: 1.0,
    day_spread: float = 0.04,
) -> CallHistory:
    """Poisson counts about a weekday level, a daily wave, a factor of the date and a random level of the day."""
    grid = TimeGrid(horizon=Horizon(zone=ZONE, first=MONDAY, days=days), minutes=minutes)
    rng = np.random.default_rng(seed)
    of_day = [LEVEL[day.weekday()] * factor(day) for day in grid.horizon.dates] * np.exp(day_spread * rng.standard_normal(days))
    mean = peak * of_day[grid.day_of_slot] * (1.2 + np.sin(grid.wall_minute / 1440 * 2 * np.pi))
    inside = (grid.wall_minute >= hours[0] * 60) & (grid.wall_minute < hours[1] * 60)
    offered = np.where(inside, rng.poisson(mean).astype(float), np.nan)[None]
    return CallHistory(("q",), grid, offered, np.full_like(offered, 200.0))


def at(day: int, hour: int = 0, zone: str = ZONE) -> datetime:
    moment = MONDAY + timedelta(days=day)
    return datetime(moment.year, moment.month, moment.day, hour, tzinfo=ZoneInfo(zone))


def changed(made: CallHistory, start: datetime, hours: float, change: Callable[[FloatArray], FloatArray]) -> CallHistory:
    offered = made.offered.copy()
    slots = slice(made.grid.slot(start), made.grid.slot(start + timedelta(hours=hours)))
    offered[:, slots] = change(offered[:, slots])
    return replace(made, offered=offered)


def times(factor: float) -> Callable[[FloatArray], FloatArray]:
    return lambda calls: np.round(calls * factor)


def found(made: CallHistory, calendar: Calendar | None = None) -> list[Anomaly]:
    return list(anomalies(made, calendar or Calendar()))


def kinds(made: CallHistory, calendar: Calendar | None = None) -> list[Kind]:
    return [anomaly.kind for anomaly in found(made, calendar)]


@pytest.mark.parametrize("peak", [20.0, 50.0, 300.0])
def test_storm_days_are_found_with_their_hours(peak: float) -> None:
    made = history(peak=peak)
    for day in (80, 81, 101):
        made = changed(made, at(day, 9), 7, times(2.2))
    storms = found(made)
    assert [anomaly.kind for anomaly in storms] == [Kind.SURGE] * 3
    for anomaly, day in zip(storms, (80, 81, 101), strict=True):
        assert abs(anomaly.start - at(day, 9)) <= timedelta(hours=1)
        assert abs(anomaly.end - at(day, 16)) <= timedelta(hours=1)
        assert 1.6 < anomaly.observed / anomaly.expected < 2.7
        assert anomaly.score > 6
        assert anomaly.suggestion is Suggestion.EXCLUDE


def test_a_storm_past_midnight_and_a_low_of_days_are_one_stretch_each() -> None:
    night = changed(history(), at(80, 20), 9, times(2.5))
    (storm,) = found(night)
    assert abs(storm.start - at(80, 20)) <= timedelta(hours=1)
    assert abs(storm.end - at(81, 5)) <= timedelta(hours=1)
    (low,) = found(changed(history(), at(80), 48, times(0.3)))
    assert (low.kind, low.start, low.end) == (Kind.LOW, at(80), at(82))
    assert low.score < -6


@pytest.mark.parametrize("minutes", [5, 30])
def test_a_dead_feed_read_as_zeros_is_found_at_the_step_of_the_feed(minutes: int) -> None:
    made = changed(history(minutes=minutes, peak=5.0 * minutes), at(90, 10), 1.5, times(0))
    (dead,) = found(made)
    assert (dead.kind, dead.start, dead.end) == (Kind.ZEROS, at(90, 10), at(90, 11) + timedelta(minutes=30))
    assert dead.suggestion is Suggestion.UNKNOWN
    assert dead.expected == pytest.approx(25 * 60 * 1.5 * 1.2, rel=1.0)


def test_a_week_of_zeros_is_one_stretch_and_spoils_nothing_else() -> None:
    (dead,) = found(changed(history(hours=(8, 20)), at(70), 7 * 24, times(0)))
    assert (dead.kind, dead.start, dead.end) == (Kind.ZEROS, at(70, 8), at(76, 20))


def test_zeros_at_night_and_on_days_off_are_normal() -> None:
    made = history(730, factor=lambda day: 0.0 if CN.day_type(day) is DayType.HOLIDAY else 1.0)
    night = made.grid.wall_minute < 6 * 60
    assert kinds(replace(made, offered=np.where(night, 0.0, made.offered)), CN) == []


@pytest.mark.parametrize(("share", "peak"), [(1.2, 100.0), (0.8, 100.0), (1.5, 3.0)])
def test_a_shift_of_level_is_found_with_its_day_and_size(share: float, peak: float) -> None:
    (shift,) = found(changed(history(peak=peak), at(84), 24 * 400, times(share)))
    assert shift.kind is Kind.SHIFT
    assert abs(shift.start - at(84)) <= timedelta(days=2)
    assert shift.observed / shift.expected == pytest.approx(share, abs=0.06)
    assert (shift.score > 0) == (share > 1)
    assert shift.suggestion is Suggestion.RESET
    assert shift.exclusion is None


def test_a_return_to_the_old_level_is_told_as_one() -> None:
    shift, back = found(changed(history(150), at(70), 24 * 30, times(1.3)))
    assert (shift.kind, back.kind) == (Kind.SHIFT, Kind.RETURN)
    assert shift.end == back.start
    assert back.observed / back.expected == pytest.approx(1 / 1.3, abs=0.06)


def test_a_copied_day_is_found_with_its_source() -> None:
    made = history()
    offered = made.offered.copy()
    offered[:, 90 * 48 : 91 * 48] = offered[:, 83 * 48 : 84 * 48]
    (copy,) = found(replace(made, offered=offered))
    assert (copy.kind, copy.start, copy.end) == (Kind.COPY, at(90), at(91))
    assert "2024-03-24" in copy.message
    assert "2024-03-24" in copy.message_zh


def test_days_alike_by_chance_are_no_copies() -> None:
    assert kinds(history(400, peak=0.002, day_spread=0)) == []


def test_a_gap_is_told_and_kept() -> None:
    made = changed(history(hours=(8, 20)), at(80, 10), 30, lambda calls: calls * np.nan)
    (gap,) = found(made)
    assert (gap.kind, gap.start, gap.end) == (Kind.MISSING, at(80, 10), at(81, 16))
    assert gap.suggestion is Suggestion.KEEP
    assert gap.expected > 1000


def test_mondays_month_ends_seasons_and_holidays_are_normal() -> None:
    def factor(day: date) -> float:
        month_end = 1.2 if (day + timedelta(days=2)).month != day.month else 1.0
        holiday = 0.4 if CN.day_type(day) is DayType.HOLIDAY else 1.0
        back = 1.25 if CN.day_type(day - timedelta(days=1)) is DayType.HOLIDAY else 1.0
        return month_end * holiday * back * (1 + 0.2 * np.sin(2 * np.pi * day.toordinal() / 365.25))

    assert kinds(history(730, factor=factor), CN) == []


def test_poisson_noise_rings_once_in_thirty_queue_years_at_most() -> None:
    """Measured over 100 queue-years at 1 to 1000 calls a cell: see the bound."""
    runs = [history(365, peak=peak, seed=seed, day_spread=0.05) for peak in (1, 5, 30, 100, 1000) for seed in range(6)]
    assert sum(len(found(run)) for run in runs) <= 1


@pytest.mark.parametrize("days", [1, 5, 14, 20])
def test_short_histories_go_through(days: int) -> None:
    assert kinds(history(days)) == []
    assert kinds(replace(history(days), offered=np.full((1, days * 48), np.nan))) == []
    assert kinds(replace(history(days), offered=np.zeros((1, days * 48)))) == []


def test_accepted_stretches_become_unknown_and_nothing_else() -> None:
    made = changed(changed(history(), at(80, 9), 7, times(2.5)), at(100), 24 * 400, times(1.3))
    both = found(made)
    assert [anomaly.kind for anomaly in both] == [Kind.SURGE, Kind.SHIFT]
    clean = without(made, both)
    hidden = np.isnan(clean.offered[0])
    start, end = made.grid.slot(both[0].start), made.grid.slot(both[0].end)
    np.testing.assert_array_equal(np.flatnonzero(hidden), np.arange(start, end))
    np.testing.assert_array_equal(np.isnan(clean.handle_time_s[0]), hidden)
    np.testing.assert_array_equal(clean.offered[0, ~hidden], made.offered[0, ~hidden])
    np.testing.assert_array_equal(without(made, suggested(both)).offered, clean.offered)
    part = Exclusion(queue="q", start=at(3, 10) + timedelta(minutes=10), end=at(3, 11) + timedelta(minutes=10), reason="x")
    assert np.isnan(without(made, [part]).offered).sum() == 3
    elsewhere = part.model_copy(update={"queue": "r"})
    before = Exclusion(queue="q", start=at(-9), end=at(-8), reason="before the history")
    np.testing.assert_array_equal(without(made, [elsewhere, before]).offered, made.offered)


def test_exclusions_go_through_a_file(tmp_path: Path) -> None:
    path = tmp_path / "exclusions.csv"
    kept = suggested(found(changed(history(), at(80, 9), 7, times(2.5))))
    write_exclusions(kept, path)
    assert read_exclusions(path, ["q"]) == kept
    write_exclusions([], path)
    assert read_exclusions(path, ["q"]) == ()


def test_everything_wrong_with_exclusions_is_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "exclusions.csv"
    path.write_text(
        "queue,start,end,reason\nq,2024-03-02T10:00+08:00,2024-03-02T09:00+08:00,x\nr,2024-03-02T10:00+08:00,2024-03-02T11:00+08:00,x\n"
    )
    with pytest.raises(InvalidData) as caught:
        read_exclusions(path, ["q"])
    assert [(finding.row, finding.column) for finding in caught.value.findings] == [(2, None), (3, "queue")]


def test_queues_are_judged_each_by_itself() -> None:
    calm, storm = history(), changed(history(seed=2), at(80, 9), 7, times(2.5))
    both = CallHistory(("a", "b"), calm.grid, np.vstack([calm.offered, storm.offered]), np.full((2, calm.grid.size), np.nan))
    assert [(anomaly.queue, anomaly.kind) for anomaly in found(both)] == [("b", Kind.SURGE)]


def bank() -> CallHistory:
    path = ARRIVALS / "bank_calls_dev.csv.gz"
    if not path.is_file():
        pytest.skip(f"no {path.name}: set ECHELON_BENCH_DATA to the folder of public data")
    return read_calls(path, "America/New_York", queue="bank", columns={"offered": "calls"})


def test_the_bank_has_few_odd_hours_and_its_damages_are_found() -> None:
    made = bank()
    calendar = calendar_of("US", made.grid.horizon.first, made.grid.horizon.last)
    plain = found(made, calendar)
    # 4 and 7 April are absent; on 14 August the lights went out; 6 and 9 June, 28 and 31 July hold odd hours, of 1,764
    assert [anomaly.kind for anomaly in plain].count(Kind.MISSING) == 1
    assert len(plain) <= 7
    assert sum((anomaly.end - anomaly.start for anomaly in plain[1:]), timedelta()) <= timedelta(hours=9)
    zone = ZoneInfo("America/New_York")
    storms = [datetime(2003, 7, 15, 10, tzinfo=zone), datetime(2003, 7, 22, 10, tzinfo=zone), datetime(2003, 8, 5, 10, tzinfo=zone)]
    stormy = made
    for start in storms:
        stormy = changed(stormy, start, 7, times(2.2))
    assert {(a.start, a.end) for a in found(stormy, calendar)} >= {(start, start + timedelta(hours=7)) for start in storms}
    dead = changed(made, storms[0], 3, times(0))
    assert [a.start for a in found(dead, calendar) if a.kind is Kind.ZEROS] == [storms[0]]
    shifted = changed(made, datetime(2003, 7, 21, tzinfo=zone), 24 * 400, times(1.2))
    (shift,) = (a for a in found(shifted, calendar) if a.kind is Kind.SHIFT)
    assert abs((shift.start.date() - date(2003, 7, 21)).days) <= 2


@pytest.mark.parametrize("minutes", [12, 20, 60])
def test_an_hour_that_the_clock_skips_lacks_nothing(minutes: int) -> None:
    first = date(2026, 1, 12)
    grid = TimeGrid(horizon=Horizon(zone="Europe/Berlin", first=first, days=77), minutes=minutes)
    offered = np.random.default_rng(0).poisson(5.0, (1, grid.size)).astype(float)
    made = CallHistory(("a",), grid, offered, np.full_like(offered, np.nan))
    assert [one for one in anomalies(made, calendar_of("DE", first, date(2027, 1, 1))) if one.kind is Kind.MISSING] == []
