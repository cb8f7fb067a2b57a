from datetime import date, timedelta

import pytest

from data.exchange.calendars import calendar_of
from data.model.calendar import Calendar, DayType
from data.model.errors import InvalidData

YEAR_2026 = calendar_of("CN", date(2026, 1, 1), date(2026, 12, 31))


def days_of(calendar: Calendar, kind: DayType, year: int) -> set[date]:
    every = (date(year, 1, 1) + timedelta(days=d) for d in range(366))
    return {day for day in every if day.year == year and calendar.day_type(day) is kind}


def test_china_2026_has_thirteen_statutory_holidays() -> None:
    # Holiday Measures (rev. 10 Nov 2024) art. 2
    holidays = days_of(YEAR_2026, DayType.HOLIDAY, 2026)
    assert len(holidays) == 13
    assert {date(2026, 1, 1), date(2026, 2, 16), date(2026, 4, 5), date(2026, 10, 3)} <= holidays


def test_china_2026_make_up_days_are_those_of_the_notice() -> None:
    # State Council Office notice of 4 Nov 2025
    days = ((1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10))
    assert days_of(YEAR_2026, DayType.MAKEUP, 2026) == {date(2026, month, day) for month, day in days}


@pytest.mark.parametrize(
    ("first", "last"), [((1, 1), (1, 3)), ((2, 15), (2, 23)), ((4, 4), (4, 6)), ((5, 1), (5, 5)), ((10, 1), (10, 7))]
)
def test_china_2026_nobody_works_through_a_long_holiday(first: tuple[int, int], last: tuple[int, int]) -> None:
    span = (date(2026, *last) - date(2026, *first)).days + 1
    kinds = {YEAR_2026.day_type(date(2026, *first) + timedelta(days=d)) for d in range(span)}
    assert kinds <= {DayType.HOLIDAY, DayType.REST}


def test_china_2026_works_248_days() -> None:
    work = days_of(YEAR_2026, DayType.WORK, 2026) | days_of(YEAR_2026, DayType.MAKEUP, 2026)
    assert len(work) == 248


def test_a_swapped_friday_is_a_named_rest_day() -> None:
    assert YEAR_2026.day_type(date(2026, 1, 2)) is DayType.REST
    assert YEAR_2026.name(date(2026, 1, 2))
    assert YEAR_2026.name(date(2026, 1, 6)) == ""


def test_a_year_without_notice_is_provisional() -> None:
    assert YEAR_2026.status == "announced"
    assert calendar_of("CN", date(2026, 12, 1), date(2099, 1, 5)).status == "provisional"


def test_other_countries_have_public_holidays_and_their_own_weekend() -> None:
    america = calendar_of("US", date(2003, 3, 3), date(2003, 10, 24))
    assert america.day_type(date(2003, 7, 4)) is DayType.HOLIDAY
    assert america.day_type(date(2003, 7, 5)) is DayType.REST
    assert america.status == "announced"
    israel = calendar_of("IL", date(1999, 1, 1), date(1999, 2, 1))
    assert israel.day_type(date(1999, 1, 3)) is DayType.WORK
    assert israel.day_type(date(1999, 1, 8)) is DayType.REST


def test_no_country_knows_weekends_only() -> None:
    calendar = calendar_of("", date(2026, 1, 1), date(2026, 12, 31))
    assert calendar.table == {}
    assert calendar.day_type(date(2026, 1, 1)) is DayType.WORK
    assert calendar.day_type(date(2026, 1, 3)) is DayType.REST


def test_an_unknown_country_is_said() -> None:
    with pytest.raises(InvalidData, match=r"'XX'.*ISO 3166"):
        calendar_of("XX", date(2026, 1, 1), date(2026, 1, 2))


@pytest.mark.parametrize("country", ["China", "CHN", "cn"])
def test_a_country_goes_by_its_code_alone(country: str) -> None:
    with pytest.raises(InvalidData):
        calendar_of(country, date(2026, 1, 1), date(2026, 1, 31))


def test_holidays_of_several_nations_count_together() -> None:
    italy, britain, both = (calendar_of(country, date(2026, 1, 1), date(2026, 12, 31)) for country in ("IT", "GB", "IT + GB"))
    republic, boxing = date(2026, 6, 2), date(2026, 12, 28)
    assert both.day_type(republic) is both.day_type(boxing) is DayType.HOLIDAY
    assert italy.day_type(boxing) is britain.day_type(republic) is DayType.WORK
    names = {one.table[date(2026, 12, 26)].name for one in (italy, britain)}
    assert len(names) == 2
    assert set(both.table[date(2026, 12, 26)].name.split("; ")) == names
    twice = calendar_of("IT+GB+GB-SCT+IT", date(2026, 1, 1), date(2026, 12, 31)).table
    assert [twice[day].name for day in (date(2026, 12, 25), date(2026, 12, 26))] == [
        both.table[day].name for day in (date(2026, 12, 25), date(2026, 12, 26))
    ]
    assert calendar_of("IT+IT", date(2026, 1, 1), date(2026, 12, 31)).table == italy.table


def test_the_weekend_is_that_of_the_first_nation() -> None:
    friday, sunday = date(2026, 8, 7), date(2026, 8, 9)
    for country, rest, work in (("IL+GB", friday, sunday), ("GB+IL", sunday, friday)):
        calendar = calendar_of(country, date(2026, 8, 1), date(2026, 8, 31))
        assert calendar.day_type(rest) is DayType.REST
        assert calendar.day_type(work) is DayType.WORK


def test_a_province_has_its_own_holidays() -> None:
    epiphany = date(2026, 1, 6)
    types = [calendar_of(c, date(2026, 1, 1), date(2026, 1, 31)).day_type(epiphany) for c in ("DE", "DE-BY", "DE+DE-BY")]
    assert types == [DayType.WORK, DayType.HOLIDAY, DayType.HOLIDAY]


def test_a_make_up_day_of_china_is_no_working_day_elsewhere_first() -> None:
    saturday = date(2026, 2, 28)
    assert calendar_of("CN+GB", date(2026, 1, 1), date(2026, 12, 31)).day_type(saturday) is DayType.MAKEUP
    assert calendar_of("GB+CN", date(2026, 1, 1), date(2026, 12, 31)).day_type(saturday) is DayType.REST


def test_every_unknown_nation_and_province_is_said() -> None:
    with pytest.raises(InvalidData) as caught:
        calendar_of("DE-XX+IT+QQ+", date(2026, 1, 1), date(2026, 1, 2))
    assert [finding.read for finding in caught.value.findings] == ["'DE-XX'", "'QQ'", "''"]
    assert "BY" in caught.value.findings[0].fix
