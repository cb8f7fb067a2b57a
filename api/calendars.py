"""The calendar feed of an agent: shifts that were published, as events."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from data.exchange.icalendar import ShiftEvent, calendar_of
from data.store.base import Connection
from data.store.calendars import Feed, Published, published_days
from data.store.entries import entries
from data.store.roster_reading import versions_held

DAYS_BACK = 31
"""Days before today that stay in a feed, cancelled shifts too (house choice)."""


def feed_text(connection: Connection, feed: Feed, now: datetime) -> bytes:
    """A feed as it stands; protections, leave and their reasons are never in it."""
    held = list(versions_held(connection, feed.centre).values())
    days = published_days(connection, feed.centre, feed.agent, now.date() - timedelta(days=DAYS_BACK))
    names = {str(one.body["code"]): one.body for one in entries(connection, feed.centre, "shifts")}
    own = (one.body for one in entries(connection, feed.centre, "staff") if one.body["agent"] == feed.agent)
    site = str(next(own, {}).get("site", ""))
    events = (_event(feed, one, names.get(one.shift.code, {}), site) for one in days)
    return calendar_of(events, held[-1].zone if held else "UTC")


def _event(feed: Feed, one: Published, told: dict[str, object], site: str) -> ShiftEvent:
    return ShiftEvent(
        key=(feed.centre, feed.agent, one.day.isoformat()),
        code=one.shift.code,
        name=str(told.get("name", "")),
        name_zh=str(told.get("name_zh", "")),
        start=one.shift.start,
        end=one.shift.end,
        location=site,
        pauses=list(_pauses(one)),
        sequence=one.sequence,
        at=one.at,
        cancelled=one.cancelled,
    )


def _pauses(one: Published) -> Iterator[tuple[str, datetime, int]]:
    shift = one.shift
    meals = [("meal", shift.meal_start, shift.meal_minutes)] if shift.meal_start is not None else []
    yield from sorted([*meals, *(("break", start, 0) for start in shift.breaks)], key=lambda pause: pause[1])
