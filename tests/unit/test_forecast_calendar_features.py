"""What the calendar says of a day, and what a forecast makes of it: festivals of the moon, long closures, make-up days."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import numpy as np
import pytest
from forecast_case import FIRST, WEEKENDS, ahead, at, calls_of, days_from, level_of, off, poisson

from data.exchange.calendars import calendar_of
from data.model.base import FloatArray
from data.model.calendar import Calendar, DayType, SpecialDay
from data.model.demand import CallHistory, Forecast
from forecasting.features import FIRST_BACK, MAKEUP, OFF, OWN, DayFeatures, day_features

EVERY = np.ones(7, dtype=bool)
CELLS = 24


def closed(*days: date, name: str = "") -> dict[date, SpecialDay]:
    return {day: SpecialDay(type=DayType.HOLIDAY, name=name) for day in days}


def calendar(table: Mapping[date, SpecialDay], weekend: tuple[int, ...] = (5, 6)) -> Calendar:
    return Calendar(country="X", table=dict(table), weekend=weekend)


def featured(made: Calendar, days: int = 100, asked: int | None = None) -> DayFeatures:
    return day_features(
        made, FIRST, FIRST + timedelta(days=days - 1), asked=None if asked is None else FIRST + timedelta(days=asked)
    )


def day(k: int) -> date:
    return FIRST + timedelta(days=k)


def run(first: int, length: int) -> list[date]:
    return [day(k) for k in range(first, first + length)]


# ---- roles and what a day resembles

MONDAY_OFF = calendar(closed(day(14)) | {day(12): SpecialDay(type=DayType.MAKEUP)})


def test_roles_of_the_days_about_a_monday_holiday() -> None:
    role = featured(MONDAY_OFF, 21).role
    assert (role[14], role[15], role[12]) == (OFF, FIRST_BACK, MAKEUP)
    assert (np.delete(role, [12, 14, 15]) == OWN).all()


def test_flags_are_those_of_the_days_beside_a_closure() -> None:
    table = closed(day(16)) | {day(17): SpecialDay(type=DayType.REST), day(19): SpecialDay(type=DayType.MAKEUP)}
    after, before, second, holiday, swapped, makeup = featured(calendar(table), 28).flags.T
    places = [np.flatnonzero(flag).tolist() for flag in (after, before, second, holiday, swapped, makeup)]
    assert places == [[18], [15], [19], [16], [17], [19]]


def test_an_ordinary_weekend_is_no_closure() -> None:
    assert not featured(WEEKENDS).flags.any()
    assert (featured(WEEKENDS).role == OWN).all()


def test_a_tuesday_after_a_monday_holiday_resembles_a_monday_and_a_make_up_day_a_mean_working_day() -> None:
    profile = featured(MONDAY_OFF, 21).profile(np.arange(21), EVERY)
    np.testing.assert_array_equal(profile[15], np.eye(7)[0])
    np.testing.assert_array_equal(profile[14], np.eye(7)[6])
    np.testing.assert_allclose(profile[12], np.array([1, 1, 1, 1, 1, 0, 0]) / 5)
    np.testing.assert_array_equal(profile[:7], np.eye(7))
    np.testing.assert_allclose(profile.sum(axis=1), 1)


def test_a_queue_resembles_only_weekdays_it_has_worked() -> None:
    features = featured(MONDAY_OFF, 21)
    profile = features.profile(np.arange(21), np.array([0, 1, 1, 1, 0, 0, 0], dtype=bool))
    np.testing.assert_array_equal(profile[15], np.eye(7)[1])
    np.testing.assert_array_equal(profile[14], np.eye(7)[0])
    np.testing.assert_allclose(profile[12], np.array([0, 1, 1, 1, 0, 0, 0]) / 3)


def test_where_the_week_begins_on_sunday_a_monday_after_a_sunday_holiday_resembles_a_sunday() -> None:
    features = featured(calendar(closed(day(13)), weekend=(4, 5)), 21)
    assert features.role[14] == FIRST_BACK
    np.testing.assert_array_equal(features.profile(np.arange(21), EVERY)[14], np.eye(7)[6])


# ---- place in the month


def test_the_month_begins_on_its_first_working_day() -> None:
    # 1 to 3 February 2025: Saturday, Sunday and a Monday that is a holiday
    shut = date(2025, 2, 3)
    features = featured(calendar(closed(shut)), 60)
    rows = features.rows([date(2025, 2, 4), date(2025, 2, 5), date(2025, 2, 28), date(2025, 2, 27)])
    assert features.month[rows[0], 0] == 1
    assert features.month[rows[1], 1] == 1
    # three columns after the first four are counted from the end
    assert features.month[rows[2], 4] == 1
    assert features.month[rows[3], 5] == 1
    np.testing.assert_array_equal(featured(WEEKENDS, 60).month[rows[0], 1], 1)


def test_the_month_does_not_hang_on_where_the_features_begin() -> None:
    wide, narrow = featured(WEEKENDS, 90), day_features(WEEKENDS, day(40), day(60))
    for name in ("month", "month_waves", "year_waves", "flags", "role"):
        np.testing.assert_array_equal(getattr(wide, name)[40:61], getattr(narrow, name))


def test_waves_come_round() -> None:
    features = featured(WEEKENDS, 1462)
    np.testing.assert_allclose(features.year_waves[0], features.year_waves[1461], atol=1e-9)
    assert np.abs(features.year_waves[0] - features.year_waves[180]).max() > 0.5


# ---- named holidays


@pytest.mark.parametrize(("length", "columns"), [(1, 1 + 2 * 2), (3, 3 + 2 * 2), (4, 4 + 2 * 2), (5, 5 + 2 * 7), (7, 7 + 2 * 7)])
def test_every_place_in_and_around_a_holiday_has_a_column(length: int, columns: int) -> None:
    """Two of a name at different dates and weekdays; a long one is felt a week around it."""
    week = ()  # without a weekend a closure is as long as it says
    table = closed(*run(20, length), name="moon") | closed(*run(65, length), name="moon")
    features = featured(calendar(table, week), asked=50)
    named = np.hstack([features.named, features.festivals])
    around = (columns - length) // 2
    assert named.shape == (100, columns)
    np.testing.assert_array_equal(named[20 - around : 20 + length + around], named[65 - around : 65 + length + around])
    assert (named[20 - around : 20 + length + around].sum(axis=1) == 1).all()
    assert (named.sum(axis=0) == 2).all()


@pytest.mark.parametrize("asked", [None, 10, 90])
def test_a_holiday_that_is_not_met_on_both_sides_is_no_column(asked: int | None) -> None:
    table = closed(*run(20, 3), name="moon") | closed(*run(65, 3), name="moon")
    assert featured(calendar(table), asked=asked).named.shape == (100, 0)


def test_holidays_of_other_names_are_not_learnt_from() -> None:
    table = closed(*run(20, 3), name="moon") | closed(*run(65, 3), name="sun")
    assert featured(calendar(table), asked=50).named.shape == (100, 0)


def test_only_the_places_that_both_have_are_columns() -> None:
    table = closed(*run(20, 1), name="moon") | closed(*run(65, 3), name="moon")
    # both eves, the first day, both days after
    named = featured(calendar(table, ()), asked=50).named
    assert named.shape == (100, 5)
    np.testing.assert_array_equal(named[[18, 19, 20, 21, 22]], named[[63, 64, 65, 68, 69]])
    assert not named[[66, 67]].any()


# ---- forecasts of a queue that never closes

MOON = calendar_of("CN", date(2025, 1, 1), date(2026, 3, 20))
SPRING = {date(2025, 1, 28): date(2026, 2, 15)}
"""First day of the closure for Spring Festival, in the year learnt from and in the year to forecast."""


def closure(first: date) -> list[date]:
    """Days from the first to the last on which nobody works."""
    days = days_from(first, 12)
    return list(days[: next(k for k, day in enumerate(days) if MOON.day_type(day) in (DayType.WORK, DayType.MAKEUP))])


BEFORE, COMING = (closure(first) for pair in SPRING.items() for first in pair)
NAMELESS = MOON.model_copy(update={"table": {day: SpecialDay(type=one.type) for day, one in MOON.table.items()}})
MONDAY, SUNDAY = level_of(days_from(FIRST, 7))[[0, 6]]
MEAN_DAY = float(level_of(days_from(FIRST, 5)).mean())
AFTER = days_from(date(2025, 3, 1), 300)
"""Most of a year without a Spring Festival."""


def year_of_calls(effect: Callable[[date], float], until: date, seed: int = 1) -> CallHistory:
    """Counts from 2025 on of a weekday level times an effect."""
    days = days_from(date(2025, 1, 1), (until - date(2025, 1, 1)).days)
    return calls_of([poisson(level_of(days) * [effect(day) for day in days], 60, CELLS, seed)], first=date(2025, 1, 1))


def by_day(made: Forecast) -> FloatArray:
    """Calls of each day relative to a level of 1."""
    return made.mean[0].reshape(-1, CELLS).sum(axis=1) / (60 * CELLS)


def usual(day: date) -> float:
    """Level of a day of which only the type counts, relative to its weekday's."""
    kind, eve = (MOON.day_type(one) in (DayType.WORK, DayType.MAKEUP) for one in (day, day - timedelta(days=1)))
    own = float(level_of([day])[0])
    if MOON.day_type(day) is DayType.MAKEUP:
        return MEAN_DAY / own
    if day.weekday() < 5 and not kind:
        return SUNDAY / own
    return MONDAY / own if kind and not eve else 1.0


def test_the_two_festivals_are_at_other_dates_and_of_other_lengths() -> None:
    assert (len(BEFORE), len(COMING)) == (8, 9)
    assert (BEFORE[0].month, COMING[0].month) == (1, 2)


@pytest.mark.parametrize("method", ["combined", "principal", "structural"])
def test_a_second_spring_festival_is_forecast_from_the_first(method: str) -> None:
    """Of all holidays it alone is felt."""

    def effect(day: date) -> float:
        return 0.4 if day in BEFORE or day in COMING else 1.0

    history = year_of_calls(effect, COMING[0])
    truth = 0.4 * level_of(COMING)
    errors = [off(truth, by_day(ahead(history, 9, method=method, calendar=known))) for known in (MOON, NAMELESS, WEEKENDS)]
    assert errors[0] < 0.55
    assert errors[0] < 0.5 * min(errors[1:])


@pytest.mark.parametrize("method", ["combined", "principal", "structural"])
def test_a_festival_quieter_than_other_holidays_is_forecast_quieter(method: str) -> None:
    history = year_of_calls(lambda day: usual(day) * (0.4 if day in BEFORE else 1.0), COMING[0])
    known, nameless, plain = (by_day(ahead(history, 9, method=method, calendar=c)).sum() for c in (MOON, NAMELESS, WEEKENDS))
    assert 0.4 * 9 * SUNDAY < known < 0.97 * nameless
    assert nameless < 0.65 * plain


def test_a_festival_without_a_past_one_is_like_other_holidays() -> None:
    """Its name says nothing yet; what all holidays share is what is known of it."""
    history = calls_of([poisson(level_of(AFTER) * [usual(day) for day in AFTER], 60, CELLS, 1)], first=AFTER[0])
    known, plain = (by_day(ahead(history, 60, calendar=c)) for c in (MOON, WEEKENDS))
    festival = [(day - AFTER[-1]).days - 1 for day in COMING]
    np.testing.assert_allclose(known[festival].sum(), SUNDAY * 7 + 0.6 + 0.5, rtol=0.1)
    assert plain[festival].sum() > 1.5 * known[festival].sum()


def test_places_before_and_after_a_long_closure_are_met_again() -> None:
    """Calls fall for three days before the festival and rise for three after; no other holiday has such days."""
    places = {part[0] - timedelta(days=k): 0.7 for part in (BEFORE, COMING) for k in (1, 2, 3)}
    places |= {part[-1] + timedelta(days=k): 1.5 for part in (BEFORE, COMING) for k in (1, 2, 3)}
    places |= {day: 0.4 for part in (BEFORE, COMING) for day in part}
    origin = COMING[0] - timedelta(days=5)
    history, days = year_of_calls(lambda day: places.get(day, 1.0), origin), days_from(origin, 18)
    known, nameless, plain = (by_day(ahead(history, 18, calendar=c)) / level_of(days) for c in (MOON, NAMELESS, WEEKENDS))
    eves, returns = ([k for k, one in enumerate(days) if places.get(one) == factor] for factor in (0.7, 1.5))
    assert len(eves) == len(returns) == 3
    assert known[eves].mean() < 0.9 < 0.95 < plain[eves].mean()
    assert known[returns].mean() > 1.1 > 1.05 > plain[returns].mean()
    truth = np.array([places.get(one, 1.0) for one in days])
    assert off(truth, known) < 0.85 * off(truth, nameless) < off(truth, plain)


@pytest.mark.parametrize("method", ["combined", "principal", "structural"])
def test_a_make_up_saturday_is_a_working_day(method: str) -> None:
    """That of National Day, after one in spring and two at the beginning of the year."""
    saturday = date(2025, 10, 11)
    assert MOON.day_type(saturday) is DayType.MAKEUP
    history = year_of_calls(usual, saturday)
    known, plain = (by_day(ahead(history, 1, calendar=c, method=method))[0] for c in (MOON, WEEKENDS))
    assert known == pytest.approx(MEAN_DAY, rel=0.05)
    assert plain < 0.65 * known


@pytest.mark.parametrize("method", ["combined", "structural"])
def test_a_queue_that_never_closes_has_its_monday_on_a_tuesday(method: str) -> None:
    """A Monday holiday every third week with a Sunday's calls, and a Monday's on the Tuesday after it."""
    dates = days_from(FIRST, 200)
    shut = set(dates[14::21])
    made = calendar(closed(*shut, name="bank holiday"))
    monday, tuesday, sunday = level_of(dates[:7])[[0, 1, 6]]
    change = dict.fromkeys(shut, sunday / monday) | {day + timedelta(days=1): monday / tuesday for day in shut}
    calls = poisson(level_of(dates) * [change.get(day, 1.0) for day in dates], 60, CELLS, 3)
    first = 14 + 21 * 8
    known, plain = (by_day(ahead(calls_of([calls[:first]]), 2, calendar=c, method=method)) for c in (made, WEEKENDS))
    np.testing.assert_allclose(known, [sunday, monday], rtol=0.07)
    assert plain[0] > 1.5 * known[0]
    assert plain[1] < 0.93 * known[1]


def test_a_holiday_that_comes_after_the_horizon_changes_nothing() -> None:
    calls = calls_of([poisson(level_of(days_from(FIRST, 120)), 60, CELLS, 4)])
    before, after = (
        ahead(calls, 3, calendar=calendar(closed(*run(40, 3), *run(later, 3), name="moon")), origin=at(day(120))).mean
        for later in (150, 160)
    )
    np.testing.assert_array_equal(before, after)
