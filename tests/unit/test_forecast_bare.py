from datetime import UTC, date, datetime, timedelta

import numpy as np

from data.exchange.calendars import calendar_of, likely_country
from data.model.demand import CallHistory
from data.model.time import Horizon, TimeGrid
from forecasting import closed_days, forecast_bare

FIRST, HOLIDAYS = date(2025, 4, 7), {date(2025, 5, 1), date(2025, 5, 29), date(2025, 6, 9)}
"""Labour Day, Ascension and Whit Monday: all public holidays of Germany on weekdays between the first day and mid June."""
GERMAN = {date(2025, 4, 18), date(2025, 4, 21)} | HOLIDAYS


def history(closed: set[date], days: int = 70) -> CallHistory:
    grid = TimeGrid(horizon=Horizon(zone="UTC", first=FIRST, days=days), minutes=60)
    dates = np.array(grid.horizon.dates)[grid.day_of_slot]
    works = (
        np.array([day.weekday() < 5 and day not in closed for day in dates]) & (grid.wall_minute >= 480) & (grid.wall_minute < 1080)
    )
    calls = np.random.default_rng(1).poisson(40.0, grid.size).astype(float)
    offered = np.where(works, calls, np.nan)[None]
    return CallHistory(("q",), grid, offered, np.full_like(offered, np.nan))


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def test_closed_days_are_usual_weekdays_without_a_count() -> None:
    gap = date(2025, 5, 14)
    assert closed_days(history(GERMAN | {gap}), at(date(2025, 6, 16))) == GERMAN | {gap}
    assert closed_days(history(GERMAN), at(date(2025, 5, 20))) == {day for day in GERMAN if day < date(2025, 5, 20)}


def test_the_country_whose_holidays_were_closed_is_found() -> None:
    assert likely_country(frozenset(GERMAN), FIRST, date(2025, 6, 15)) == "DE"


def test_closed_days_that_are_nobodys_holidays_tell_no_country() -> None:
    assert likely_country(frozenset({date(2025, 5, 14), date(2025, 6, 3)}), FIRST, date(2025, 6, 15)) == ""
    assert likely_country(frozenset(), FIRST, date(2025, 6, 15)) == ""


def test_a_holiday_is_no_service_day_but_has_the_calls_of_a_plain_one() -> None:
    known = history(GERMAN - {date(2025, 6, 9)}, days=60)
    made = forecast_bare(known, at(date(2025, 6, 6)), 3, minutes=60, calendar=calendar_of("DE", FIRST, date(2025, 12, 31)))
    days = [day for day in made.grid.horizon.dates if made.open[0][made.grid.day_of_slot == made.grid.horizon.index(day)].any()]
    assert days == [date(2025, 6, 6), date(2025, 6, 9), date(2025, 6, 10), date(2025, 6, 11)]
    totals = [made.mean[0][made.grid.day_of_slot == made.grid.horizon.index(day)].sum() for day in days]
    assert np.allclose(totals, 400, rtol=0.1)
    assert (np.diff(made.quantiles, axis=-1) >= 0).all()


def test_without_a_calendar_every_weekday_is_a_service_day() -> None:
    made = forecast_bare(history(set()), at(FIRST + timedelta(days=70)), 5, minutes=60, calendar=calendar_of("", FIRST, FIRST))
    assert made.grid.horizon.days == 5
    assert made.open.sum() == 50
