"""Calendar feeds (RFC 5545): one event for each shift; one that is taken away stays as a cancelled event.

A feed has no way to say that an event is gone, so a calendar that reads it would keep the old shift.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event, vDuration

PRODUCT = "-//Echelon//Roster//EN"
REFRESH = timedelta(hours=1)
"""How often a calendar is asked to look again (house choice)."""


@dataclass(frozen=True)
class ShiftEvent:
    """A shift in a calendar.

    Parameters
    ----------
    key : tuple of str
        Tells it apart for good: the centre, the agent and the day.
    start, end : datetime
        In the zone of the centre.
    pauses : sequence of (str, datetime, int)
        Meal or break, its start, and its minutes (0 = not told).
    sequence : int
        Raised with every change, a cancellation too.
    at : datetime
        When it was published.
    """

    key: tuple[str, ...]
    code: str
    name: str
    name_zh: str
    start: datetime
    end: datetime
    location: str
    pauses: Sequence[tuple[str, datetime, int]]
    sequence: int
    at: datetime
    cancelled: bool


WORDS: Mapping[str, str] = {"meal": "Meal 用餐", "break": "Break 休息"}


def uid_of(key: Iterable[str]) -> str:
    """Id of an event: the same for good, and it tells nobody who it is about."""
    return hashlib.sha256("\n".join(key).encode()).hexdigest()[:32] + "@echelon"


def calendar_of(events: Iterable[ShiftEvent], zone: str) -> bytes:
    """A feed.

    Parameters
    ----------
    zone : str
        IANA name of the centre's zone; the feed defines it.
    """
    made = Calendar()
    told = {"prodid": PRODUCT, "version": "2.0", "calscale": "GREGORIAN", "method": "PUBLISH"}
    for name, value in {**told, "x-wr-calname": "Shifts 班次", "x-wr-timezone": zone}.items():
        made.add(name, value)
    made.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", vDuration(REFRESH))
    for event in events:
        made.add_component(_event(event))
    made.add_missing_timezones()
    return made.to_ical()


def _event(one: ShiftEvent) -> Event:
    event = Event()
    name = " ".join(dict.fromkeys(word for word in (one.name or one.code, one.name_zh) if word))
    told = {
        "uid": uid_of(one.key),
        "dtstamp": one.at.astimezone(UTC),
        "last-modified": one.at.astimezone(UTC),
        "sequence": one.sequence,
        "status": "CANCELLED" if one.cancelled else "CONFIRMED",
        "summary": f"Cancelled 已取消: {name}" if one.cancelled else name,
        "dtstart": one.start,
        "dtend": one.end,
        "transp": "TRANSPARENT" if one.cancelled else "OPAQUE",
        "location": one.location,
        "description": "" if one.cancelled else _description(one),
    }
    for key, value in told.items():
        if value != "":
            event.add(key, value)
    return event


def _description(one: ShiftEvent) -> str:
    lines = [f"{WORDS[kind]}: {start:%H:%M}" + (f" ({minutes} min)" if minutes else "") for kind, start, minutes in one.pauses]
    return "\n".join([f"Shift 班次: {one.code}", *lines])
