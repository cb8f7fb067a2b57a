"""The entry: opening, clock changes, what is seen of today, unusable input."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from data.exchange.calendars import calendar_of
from data.model.base import FloatArray
from data.model.calendar import Calendar, DayType, SpecialDay
from data.model.centre import OpeningHours
from data.model.demand import CallHistory, Forecast
from data.model.errors import InvalidData
from data.model.time import Horizon, TimeGrid
from forecasting import forecast, service_horizon

MONDAY = date(2026, 3, 2)
ZONE = "Asia/Shanghai"
WEEKENDS = Calendar()
LEVEL = np.array([1.2, 1.0, 0.95, 0.9, 1.05, 0.5, 0.4])


def history(
    days: int,
    *,
    minutes: int = 30,
    zone: str = ZONE,
    first: date = MONDAY,
    hours: tuple[int, int] = (0, 24),
    peak: float = 100.0,
    seed: int = 1,
) -> CallHistory:
    """Poisson counts with a weekday level and a daily wave; NaN outside `hours`."""
    grid = TimeGrid(horizon=Horizon(zone=zone, first=first, days=days), minutes=minutes)
    weekday = np.array([day.weekday() for day in grid.horizon.dates])[grid.day_of_slot]
    mean = peak * LEVEL[weekday] * (1.2 + np.sin(grid.wall_minute / 1440 * 2 * np.pi))
    calls = np.random.default_rng(seed).poisson(mean).astype(float)
    inside = (grid.wall_minute >= hours[0] * 60) & (grid.wall_minute < hours[1] * 60)
    offered = np.where(inside, calls, np.nan)[None]
    return CallHistory(("q",), grid, offered, np.full_like(offered, np.nan))


def at(day: date, hour: int = 0, minute: int = 0, zone: str = ZONE) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone))


def ahead(
    made: CallHistory,
    days: int,
    *,
    origin: datetime | None = None,
    minutes: int = 30,
    calendar: Calendar = WEEKENDS,
    **rest: object,
) -> Forecast:
    """Forecast of the `days` after the end of the history, or from the origin's day."""
    zone = made.grid.horizon.zone
    origin = origin or at(made.grid.horizon.last + timedelta(days=1), zone=zone)
    horizon = Horizon(zone=zone, first=origin.date(), days=days)
    return forecast(made, origin, horizon, minutes=minutes, calendar=calendar, **rest)  # type: ignore[arg-type]


def slots(made: Forecast, day: date) -> slice:
    d = made.grid.horizon.index(day)
    return slice(int(made.grid.day_slot[d]), int(made.grid.day_slot[d + 1]))


def with_offered(made: CallHistory, change: FloatArray) -> CallHistory:
    return replace(made, offered=change)


def test_altering_what_comes_after_the_origin_changes_nothing() -> None:
    made = history(70)
    origin = at(MONDAY + timedelta(days=63), 11, 10)
    before = ahead(made, 7, origin=origin)
    later = made.offered.copy()
    later[:, made.grid.slot(origin) :] = 9999
    after = ahead(with_offered(made, later), 7, origin=origin)
    np.testing.assert_array_equal(before.mean, after.mean)
    np.testing.assert_array_equal(before.quantiles, after.quantiles)
    sooner = made.offered.copy()
    sooner[:, made.grid.slot(origin) - 1] *= 3
    assert not np.array_equal(before.mean, ahead(with_offered(made, sooner), 7, origin=origin).mean)


def test_same_input_same_result() -> None:
    np.testing.assert_array_equal(ahead(history(60), 5).quantiles, ahead(history(60), 5).quantiles)


def test_a_last_single_interval_of_the_day_counts_as_it_is() -> None:
    made = history(70, minutes=5, hours=(7, 21), peak=20)
    offered = made.offered.copy()
    single = made.grid.wall_minute == 21 * 60
    offered[:, single] = 4
    found = ahead(with_offered(made, offered), 7)
    late = found.grid.wall_minute == 21 * 60
    assert found.open[0, late].all()
    np.testing.assert_allclose(found.mean[0, late], 4, atol=0.5)
    assert not found.open[0, found.grid.wall_minute == 21 * 60 + 30].any()
    assert found.mean[0, found.grid.wall_minute == 12 * 60].min() > 20


def test_an_aggregated_cell_with_a_missing_part_is_not_known() -> None:
    made = history(70, minutes=5, hours=(7, 21), peak=20)
    origin = at(MONDAY + timedelta(days=64), 12)
    offered = made.offered.copy()
    offered[:, made.grid.slot(at(origin.date(), 9, 10))] = np.nan
    found = ahead(with_offered(made, offered), 1, origin=origin)
    seen = found.quantiles[0, :, 0] == found.quantiles[0, :, -1]
    minute = found.grid.wall_minute
    assert not seen[minute == 9 * 60].any()
    assert seen[(minute >= 7 * 60) & (minute < 12 * 60) & (minute != 9 * 60)].all()


def test_weekends_never_seen_are_closed() -> None:
    made = history(70)
    weekday = np.array([day.weekday() for day in made.grid.horizon.dates])[made.grid.day_of_slot]
    found = ahead(with_offered(made, np.where(weekday < 5, made.offered, np.nan)), 7)
    closed = ~found.open[0]
    assert closed.sum() == 2 * 48
    assert (found.mean[0, closed] == 0).all()
    assert (found.quantiles[0, closed] == 0).all()
    assert (found.handle_time_s > 0).all()


def test_opening_hours_rule_over_what_was_seen_and_run_past_midnight() -> None:
    hours = OpeningHours(hours={"fri": ("22:00", "02:00"), "mon": ("08:00", "12:00")})
    found = ahead(history(70), 7, opening={"q": hours})
    friday = found.grid.horizon.first + timedelta(days=4)
    minute = found.grid.wall_minute
    assert found.open[0, slots(found, friday)].sum() == 4
    saturday = slots(found, friday + timedelta(days=1))
    np.testing.assert_array_equal(found.open[0, saturday], minute[saturday] < 120)
    assert found.open.sum() == 4 + 4 + 8


def test_hours_never_seen_fade_and_stay_finite() -> None:
    made = history(70, hours=(8, 20))
    every = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ("00:00", "24:00"))
    found = ahead(made, 2, opening={"q": OpeningHours(hours=every)})
    assert found.open.all()
    assert np.isfinite(found.mean).all()
    first = slots(found, found.grid.horizon.first)
    assert (np.diff(found.mean[0, first][:16]) > 0).all()
    assert (np.diff(found.quantiles[0], axis=1) >= 0).all()


MONDAYS_OFF = Calendar(country="X", table={MONDAY + timedelta(days=7 * k): SpecialDay(type=DayType.HOLIDAY) for k in (3, 6, 10)})


def test_holidays_that_never_had_calls_are_closed() -> None:
    made = history(70)
    offered = made.offered.copy()
    for day in MONDAYS_OFF.table:
        offered[:, made.grid.slot(at(day)) : made.grid.slot(at(day + timedelta(days=1)))] = np.nan
    shut = with_offered(made, offered)
    assert not ahead(shut, 1, calendar=MONDAYS_OFF).open.any()
    assert ahead(shut, 1).open.all()
    assert ahead(made, 1, calendar=MONDAYS_OFF).open.all()
    assert not ahead(made, 1, calendar=MONDAYS_OFF, closes_on_holidays=["q"]).open.any()


def test_a_make_up_saturday_is_open_where_holidays_are_closed() -> None:
    saturday = MONDAY + timedelta(days=75)
    calendar = Calendar(country="X", table={saturday: SpecialDay(type=DayType.MAKEUP)})
    hours = {"q": OpeningHours(hours=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("09:00", "17:00")))}
    with_make_up = ahead(history(70), 7, calendar=calendar, opening=hours, closes_on_holidays=["q"])
    assert with_make_up.open[0, slots(with_make_up, saturday)].sum() == 16
    assert not ahead(history(70), 7, opening=hours, closes_on_holidays=["q"]).open[0, slots(with_make_up, saturday)].any()


@pytest.mark.parametrize(("change", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_days_of_23_and_25_hours_go_through(change: date, hours: int) -> None:
    zone = "Europe/Berlin"
    made = history(70, zone=zone, first=change - timedelta(days=63))
    across = ahead(made, 7, origin=at(change - timedelta(days=1), zone=zone))
    day = slots(across, change)
    assert day.stop - day.start == 2 * hours
    assert np.isfinite(across.mean).all()
    assert across.open.all()
    if hours == 25:
        minute = across.grid.wall_minute[day]
        twice = across.mean[0, day][minute == 150]
        assert len(twice) == 2
        assert twice[0] == twice[1]
    # and with the change inside the history
    found = ahead(made, 7)
    assert (found.mean > 0).all()


def test_a_repeated_hour_is_averaged_not_added() -> None:
    zone, change = "Europe/Berlin", date(2026, 10, 25)
    made = history(7, zone=zone, first=change - timedelta(days=6))
    flat = with_offered(made, np.full_like(made.offered, 40.0))
    found = ahead(flat, 1, origin=at(change, 12, zone=zone))
    repeated = (found.grid.wall_minute >= 120) & (found.grid.wall_minute < 180)
    assert repeated.sum() == 4
    np.testing.assert_array_equal(found.mean[0, repeated], 40)


def test_nothing_seen_of_today_changes_nothing() -> None:
    made = history(71)
    today = MONDAY + timedelta(days=70)
    gone = made.offered.copy()
    gone[:, made.grid.slot(at(today)) :] = np.nan
    midnight = ahead(with_offered(made, gone), 3, origin=at(today))
    outage = ahead(with_offered(made, gone), 3, origin=at(today, 12))
    np.testing.assert_array_equal(midnight.mean, outage.mean)


def test_a_busy_morning_raises_the_rest_of_the_day_and_less_the_next() -> None:
    made = history(78)
    today = MONDAY + timedelta(days=77)
    plain = ahead(made, 2, origin=at(today))
    for cells in (1, 24):
        origin = at(today, 0, 30) if cells == 1 else at(today, 12)
        busy = made.offered.copy()
        start = made.grid.slot(at(today))
        busy[:, start : start + cells] = np.round(1.3 * plain.mean[:, :cells])
        found = ahead(with_offered(made, busy), 2, origin=origin)
        rest = found.mean[0, cells:48].sum() / plain.mean[0, cells:48].sum()
        next_day = found.mean[0, 48:].sum() / plain.mean[0, 48:].sum()
        assert 1.0 < next_day < rest < 1.35
        np.testing.assert_array_equal(found.mean[0, :cells], busy[0, start : start + cells])
        width = found.quantiles[0, cells:48, -1] - found.quantiles[0, cells:48, 0]
        before = plain.quantiles[0, cells:48, -1] - plain.quantiles[0, cells:48, 0]
        assert width.mean() < 1.02 * rest * before.mean()


def test_a_day_wholly_seen_is_what_was_seen() -> None:
    made = history(71, hours=(8, 20))
    today = MONDAY + timedelta(days=70)
    found = ahead(made, 1, origin=at(today, 21))
    np.testing.assert_array_equal(
        found.mean[found.open], made.offered[0, slots(found, today).start + made.grid.slot(at(today)) :][found.open[0]]
    )
    assert (found.quantiles[..., 0] == found.quantiles[..., -1]).all()


def test_a_closed_evening_knows_as_much_as_the_next_midnight() -> None:
    made = history(71, hours=(8, 20))
    tonight = MONDAY + timedelta(days=70)
    horizon = Horizon(zone=ZONE, first=tonight + timedelta(days=1), days=5)
    evening, midnight = (
        forecast(made, origin, horizon, minutes=30, calendar=WEEKENDS) for origin in (at(tonight, 21), at(horizon.first))
    )
    np.testing.assert_array_equal(evening.mean, midnight.mean)


def test_days_of_the_horizon_before_the_origin_hold_what_was_seen_and_add_nothing() -> None:
    made = history(74)
    origin = at(MONDAY + timedelta(days=72), 10)
    whole = forecast(made, origin, Horizon(zone=ZONE, first=MONDAY + timedelta(days=70), days=7), minutes=30, calendar=WEEKENDS)
    rest = forecast(made, origin, Horizon(zone=ZONE, first=origin.date(), days=5), minutes=30, calendar=WEEKENDS)
    np.testing.assert_array_equal(whole.mean[:, 96:], rest.mean)
    np.testing.assert_array_equal(whole.mean[0, :96], made.offered[0, 70 * 48 : 72 * 48])


def test_queues_are_independent() -> None:
    one, other = history(60), history(60, peak=5, seed=2)
    both = CallHistory(("q", "r"), one.grid, np.vstack([one.offered, other.offered]), np.full((2, one.grid.size), np.nan))
    found = ahead(both, 5)
    np.testing.assert_array_equal(found.mean[0], ahead(one, 5).mean[0])
    np.testing.assert_array_equal(found.mean[1], ahead(other, 5).mean[0])


def test_handle_time_follows_the_time_of_day_or_the_assumption() -> None:
    made = history(60)
    evening = made.grid.wall_minute >= 18 * 60
    measured = replace(made, handle_time_s=np.where(evening, 300.0, 200.0)[None])
    found = ahead(measured, 1)
    late = found.grid.wall_minute >= 18 * 60
    np.testing.assert_allclose(found.handle_time_s[0, late], 300, rtol=0.02)
    np.testing.assert_allclose(found.handle_time_s[0, ~late], 200, rtol=0.02)
    assert (ahead(made, 1, handle_time_s={"q": 180}).handle_time_s == 180).all()


def test_handle_time_level_follows_recent_weeks() -> None:
    made = history(120)
    slower = np.where(made.grid.day_of_slot < 60, 200.0, 240.0)[None]
    assert 225 < ahead(replace(made, handle_time_s=slower), 1).handle_time_s.mean() < 240


def test_everything_unusable_is_said_at_once() -> None:
    made = history(60)
    both = CallHistory(
        ("q", "empty"),
        made.grid,
        np.vstack([made.offered, np.full_like(made.offered, np.nan)]),
        np.full((2, made.grid.size), np.nan),
    )
    with pytest.raises(InvalidData) as caught:
        ahead(both, 1, minutes=15)
    assert len(caught.value.findings) == 2
    assert "'empty'" in str(caught.value)
    assert "15 minutes" in str(caught.value)
    with pytest.raises(InvalidData, match="same_weekday"):
        ahead(made, 1, method="oracle")


def test_a_provisional_calendar_is_said() -> None:
    calendar = calendar_of("CN", MONDAY, date(2099, 1, 1))
    assert ahead(history(60), 1, calendar=calendar).method == "combined, CN calendar provisional"


@pytest.mark.parametrize(("hour", "first"), [(0, 0), (19, 0), (20, 3)])
def test_service_horizon_holds_the_next_service_days(hour: int, first: int) -> None:
    made = history(68, hours=(8, 20))
    weekday = np.array([day.weekday() for day in made.grid.horizon.dates])[made.grid.day_of_slot]
    offered = np.where(weekday < 5, made.offered, np.nan)
    friday = MONDAY + timedelta(days=67)
    found = service_horizon(with_offered(made, offered), at(friday, hour), 3, WEEKENDS)
    assert found.first == friday + timedelta(days=first)
    assert found.days == (5 if first == 0 else 3)


def test_service_horizon_skips_holidays_and_refuses_none() -> None:
    hours = {"q": OpeningHours(hours={"mon": ("09:00", "17:00"), "tue": ("09:00", "17:00")})}
    monday = MONDAY + timedelta(days=70)
    found = service_horizon(history(70), at(monday), 2, MONDAYS_OFF, opening=hours, closes_on_holidays=["q"])
    assert (found.first, found.days) == (monday + timedelta(days=1), 7)
    with pytest.raises(InvalidData, match="service days"):
        service_horizon(history(70), at(monday), 0, WEEKENDS)


@pytest.mark.parametrize("minutes", [0, -30, 7, 45])
def test_an_interval_that_cannot_be_made_is_a_finding(minutes: int) -> None:
    with pytest.raises(InvalidData, match="interval"):
        ahead(history(60), 1, minutes=minutes)
