"""Saving a version of a roster straight from its arrays, without a file between."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import insert

from data.exchange.rosters import RosterRecord
from data.model.roster import Roster
from data.store.bulk import bulk_insert
from data.store.revisions import Change
from data.store.rosters import ASSIGNMENTS, ROSTERS, drop_roster


def save_roster(change: Change, path: str, roster: Roster, record: RosterRecord) -> int:
    """Append a version with its record; its row id.

    Parameters
    ----------
    path : str
        Its file in the centre's folder.
    """
    drop_roster(change, path)
    told = {"centre": change.centre, "path": path, "zone": roster.horizon.zone, "since": change.number}
    text = record.model_dump_json(indent=2) + "\n"
    made = change.connection.execute(insert(ROSTERS).values(record=text, **told).returning(ROSTERS.c.id)).scalar_one()
    bulk_insert(change.connection, ASSIGNMENTS, _assignments(roster, made))
    return made


def _assignments(roster: Roster, number: int) -> Iterator[dict[str, Any]]:
    """Rows of the arrays; each shape of a day is worked out once, however many agents have it."""
    dates, codes = roster.horizon.dates, roster.codes

    @cache
    def times(day: int, start: int, minutes: int, meal: int, breaks: tuple[int, ...]) -> dict[str, Any]:
        if start < 0:
            return {"start": None, "end": None, "meal_start": None, "break_starts": None}
        begin = roster.instant(day, start)
        pauses = ";".join(_later(begin, pause).isoformat(timespec="minutes") for pause in breaks if pause >= 0)
        eaten = _later(begin, meal) if meal >= 0 else None
        return {"start": begin, "end": _later(begin, minutes), "meal_start": eaten, "break_starts": pauses or None}

    arrays = (roster.symbol, roster.start, roster.minutes, roster.meal, roster.meal_minutes)
    lines = zip(roster.agents, *(array.tolist() for array in arrays), roster.breaks.tolist(), strict=True)
    place = 0
    for agent, *cells in lines:
        for day, (symbol, start, minutes, meal, eaten, breaks) in enumerate(zip(*cells, strict=True)):
            yield {
                "roster": number,
                "place": place,
                "agent": agent,
                "date": dates[day],
                "code": codes[symbol],
                **times(day, start, minutes, meal, tuple(breaks)),
                "meal_minutes": eaten,
                "paid_minutes": minutes - eaten,
            }
            place += 1


def _later(start: datetime, minutes: int) -> datetime:
    """The instant so many elapsed minutes later, in the same zone."""
    return (start.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(start.tzinfo)
