"""Working calendars from the `holidays` package."""

from datetime import date, timedelta

import holidays

from data.model.calendar import Calendar, DayType, SpecialDay
from data.model.centre import Centre
from data.model.errors import Finding, InvalidData

MARGIN = timedelta(days=60)
"""Days known on either side of what is asked for, so that months can be counted whole."""

AND = "; "
"""Between the names of holidays of one day."""

SWAPPED = "Day off"
"""How `holidays` names, in English, a working day that became a rest day."""


def calendar_of(country: str, first: date, last: date) -> Calendar:
    """Calendar of a country from `first` to `last`.

    China: statutory holidays, rest days moved or swapped for them, make-up working days. Other countries: public holidays,
    and make-up days where they have them.

    Parameters
    ----------
    country : str
        ISO 3166 code, with a province as in ``DE-BY`` if need be; empty = weekends only (Saturday and Sunday). Several joined by
        ``+`` (``IT+GB``): rest days and make-up days are the first one's, a public holiday of any of them counts.

    Raises
    ------
    InvalidData
        If a country or province is not known; with all of them.
    """
    if not country:
        return Calendar()
    if findings := country_findings(country):
        raise InvalidData(findings)
    return _joined(country, [_calendar_of_one(part, first, last) for part in _parts(country)])


def country_findings(country: str) -> list[Finding]:
    """A finding for each nation or province that is not known."""
    return [_unknown(part) for part in _parts(country) if not _known(part)]


def _parts(country: str) -> list[str]:
    return [part.strip() for part in country.split("+")] if country else []


def _known(country: str) -> bool:
    nation = country.partition("-")[0]
    if len(nation) != 2 or not nation.isupper():  # the package knows some countries by other names too, which we do not
        return False
    try:
        _days(country, range(0), observed=True)
    except NotImplementedError:
        return False
    return True


def _joined(country: str, calendars: list[Calendar]) -> Calendar:
    """The first calendar with the public holidays of the others; where several have one, their names."""
    table = dict(calendars[0].table)
    for other in calendars[1:]:
        for day, special in other.table.items():
            if special.type is DayType.HOLIDAY:
                held = table.get(day)
                names = held.name.split(AND) if held and held.type is DayType.HOLIDAY else []
                table[day] = SpecialDay(type=DayType.HOLIDAY, name=AND.join(dict.fromkeys([*names, *special.name.split(AND)])))
    announced = all(calendar.status == "announced" for calendar in calendars)
    return Calendar(country=country, weekend=calendars[0].weekend, table=table, status="announced" if announced else "provisional")


def _calendar_of_one(country: str, first: date, last: date) -> Calendar:
    """Calendar of one country or province."""
    years = range((first - MARGIN).year, (last + MARGIN).year + 1)
    days = _days(country, years, observed=True)
    statutory = _days(country, years, observed=not _chinese(country))
    makeup = {day for day in days.weekend_workdays if day.year in years}
    table = {day: _special(name, day in statutory) for day, name in days.items()}
    table |= {day: SpecialDay(type=DayType.MAKEUP, name="make-up working day") for day in makeup}
    announced = not _chinese(country) or set(range(first.year, last.year + 1)) <= {day.year for day in makeup}
    weekend = tuple(sorted(days.weekend))
    return Calendar(country=country, weekend=weekend, table=table, status="announced" if announced else "provisional")


def calendar_for(centre: Centre, first: date, last: date) -> Calendar:
    """Calendar of a centre: its country's, with its own special days put over it."""
    return calendar_of(centre.country, first, last).with_days(centre.special_days)


def _days(country: str, years: range, *, observed: bool) -> holidays.HolidayBase:
    nation, _, province = country.partition("-")
    return holidays.country_holidays(
        nation, subdiv=province or None, years=years, observed=observed, language="en_US" if nation == "CN" else None
    )


def _chinese(country: str) -> bool:
    return country.partition("-")[0] == "CN"


def _unknown(country: str) -> Finding:
    expected = "ISO 3166 codes such as CN, US-CA or IT+GB, or nothing"
    provinces = holidays.list_supported_countries(include_aliases=False).get(country.partition("-")[0])
    fix = f"provinces known: {', '.join(provinces)}" if provinces else ""
    return Finding("centre.toml", None, "country", repr(country), expected, fix)


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
