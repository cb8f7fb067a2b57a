"""Working calendars from the `holidays` package."""

from datetime import date, timedelta

import holidays

from data.model.calendar import Calendar, DayType, SpecialDay
from data.model.centre import Centre
from data.model.errors import Finding, InvalidData

MARGIN = timedelta(days=60)
"""Days known on either side of what is asked for, so that months can be counted whole."""

SWAPPED = "Day off"
"""How `holidays` names, in English, a working day that became a rest day."""


def calendar_of(country: str, first: date, last: date) -> Calendar:
    """Calendar of a country from `first` to `last`.

    China: statutory holidays, rest days moved or swapped for them, make-up working days. Other countries: public holidays,
    and make-up days where they have them.

    Parameters
    ----------
    country : str
        ISO 3166 code; empty = weekends only (Saturday and Sunday).

    Raises
    ------
    InvalidData
        If the country is not known.
    """
    if not country:
        return Calendar()
    years = range((first - MARGIN).year, (last + MARGIN).year + 1)
    days = _days(country, years, observed=True)
    statutory = _days(country, years, observed=country != "CN")
    makeup = {day for day in days.weekend_workdays if day.year in years}
    table = {day: _special(name, day in statutory) for day, name in days.items()}
    table |= {day: SpecialDay(type=DayType.MAKEUP, name="make-up working day") for day in makeup}
    announced = country != "CN" or set(range(first.year, last.year + 1)) <= {day.year for day in makeup}
    weekend = tuple(sorted(days.weekend))
    return Calendar(country=country, weekend=weekend, table=table, status="announced" if announced else "provisional")


def calendar_for(centre: Centre, first: date, last: date) -> Calendar:
    """Calendar of a centre: its country's, with its own special days put over it."""
    return calendar_of(centre.country, first, last).with_days(centre.special_days)


def _days(country: str, years: range, *, observed: bool) -> holidays.HolidayBase:
    if len(country) != 2 or not country.isupper():  # the package knows some countries by other names too, which we do not
        raise _unknown(country)
    try:
        return holidays.country_holidays(country, years=years, observed=observed, language="en_US" if country == "CN" else None)
    except NotImplementedError as error:
        raise _unknown(country) from error


def _unknown(country: str) -> InvalidData:
    finding = Finding("centre.toml", None, "country", repr(country), "an ISO 3166 code such as CN or US, or nothing")
    return InvalidData([finding])


def _special(name: str, statutory: bool) -> SpecialDay:
    """A holiday, or a rest day that another day is worked for or that stands in for a holiday on a weekend."""
    rest = name.startswith(SWAPPED) or not statutory
    return SpecialDay(type=DayType.REST if rest else DayType.HOLIDAY, name=name)


def likely_country(closed: frozenset[date], first: date, last: date) -> str:
    """Country whose public holidays explain the closed days; empty if none does.

    At least two of its holidays on weekdays were closed, and more than were not (house choice). Of several countries, the one
    with the most closed holidays less open ones; then the one with the most regions, as territories share a country's days.
    """
    found: list[tuple[int, int, str]] = []
    for country in holidays.list_supported_countries(include_aliases=False):
        days = _days(country, range(first.year, last.year + 1), observed=True)
        weekdays = {day for day in days if first <= day <= last and day.weekday() not in days.weekend}
        hits = len(weekdays & closed)
        if hits >= 2 and 2 * hits > len(weekdays):
            found.append((2 * hits - len(weekdays), len(days.subdivisions), country))
    return max(found, default=(0, 0, ""))[2]
