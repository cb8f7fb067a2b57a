"""Calendar feeds."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import icalendar

from data.exchange.icalendar import ShiftEvent, calendar_of, uid_of
from data.store.calendars import Published, ShiftDay, _take  # pyright: ignore[reportPrivateUsage]

ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 5, 20, 8, tzinfo=UTC)


def shift(hour: int) -> ShiftDay:
    begin = datetime(2026, 6, 1, hour, tzinfo=ZONE)
    return ShiftDay("E", begin, begin.replace(hour=hour + 8), begin.replace(hour=hour + 4), 30, ())


def event(**told: object) -> ShiftEvent:
    one = shift(8)
    plain = {"name": "Early", "name_zh": "早班", "location": "North", "sequence": 0, "at": AT, "cancelled": False}
    pauses = [("meal", one.meal_start, 30)]
    return ShiftEvent(("c", "a1", "2026-06-01"), one.code, start=one.start, end=one.end, pauses=pauses, **{**plain, **told})  # type: ignore[arg-type]


def read(feed: bytes) -> tuple[icalendar.Calendar, icalendar.Event]:
    calendar = icalendar.Calendar.from_ical(feed)
    (one,) = calendar.walk("VEVENT")
    return calendar, one  # type: ignore[return-value]


def test_a_shift_is_an_event_in_the_zone_of_the_centre() -> None:
    calendar, one = read(calendar_of([event()], "Asia/Shanghai"))
    assert (calendar["METHOD"], calendar["VERSION"]) == ("PUBLISH", "2.0")
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Asia/Shanghai"]
    assert one["DTSTART"].params["TZID"] == "Asia/Shanghai"
    assert one.decoded("DTSTART") == shift(8).start
    assert (one["SUMMARY"], one["LOCATION"], one["STATUS"], one["SEQUENCE"]) == ("Early 早班", "North", "CONFIRMED", 0)
    assert one["DESCRIPTION"] == "Shift 班次: E\nMeal 用餐: 12:00 (30 min)"
    assert one.decoded("DTSTAMP") == AT
    assert "ATTENDEE" not in one


def test_an_id_is_stable_and_names_nobody() -> None:
    assert read(calendar_of([event()], "Asia/Shanghai"))[1]["UID"] == read(calendar_of([event(sequence=4)], "UTC"))[1]["UID"]
    assert uid_of(("c", "a1", "2026-06-01")) != uid_of(("c", "a1", "2026-06-02"))
    assert "a1" not in uid_of(("c", "a1", "2026-06-01"))


def test_a_shift_that_is_taken_away_stays_as_cancelled() -> None:
    _, one = read(calendar_of([event(cancelled=True, sequence=2)], "Asia/Shanghai"))
    assert (one["STATUS"], one["SEQUENCE"], one["TRANSP"]) == ("CANCELLED", 2, "TRANSPARENT")
    assert "DESCRIPTION" not in one


def test_the_sequence_counts_what_changed_and_nothing_else() -> None:
    known: dict[date, Published] = {}
    day, told = date(2026, 6, 1), list[tuple[int, bool]]()
    for taken in (None, shift(8), shift(8), shift(9), None, None, shift(9)):
        _take(known, day, taken, AT)
        told += [(known[day].sequence, known[day].cancelled)] if known else []
    assert told == [(0, False), (0, False), (1, False), (2, True), (2, True), (3, False)]
    assert known[day].shift == shift(9)


def test_an_empty_feed_is_a_calendar() -> None:
    assert icalendar.Calendar.from_ical(calendar_of([], "Asia/Shanghai")).walk("VEVENT") == []
