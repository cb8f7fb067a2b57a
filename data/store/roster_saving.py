"""Saving a version of a roster straight from its arrays, without a file between."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection, insert

from data.exchange.rosters import RosterRecord
from data.model.base import IntArray
from data.model.roster import Roster
from data.store.bulk import bound, insert_bound
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
    _insert(change.connection, roster, made)
    return made


SHAPE = ("date", "code", "start", "end", "meal_start", "meal_minutes", "break_starts", "paid_minutes")


def _insert(connection: Connection, roster: Roster, number: int) -> None:
    """Write the rows of the arrays: a shape of a day is worked out and told to the driver once, however many agents have it."""
    agents, days = roster.symbol.shape
    told = np.broadcast_to(np.arange(days), (agents, days))
    arrays = (told, roster.symbol, roster.start, roster.minutes, roster.meal, roster.meal_minutes)
    cells = np.concatenate([np.stack(arrays, axis=2), roster.breaks], axis=2).reshape(agents * days, -1)
    found, place = _distinct(cells)
    worked = [_shape(roster, *cell) for cell in found.tolist()]
    columns = (bound(connection, ASSIGNMENTS.c[name], [one[name] for one in worked]) for name in SHAPE)
    shapes = list(zip(*columns, strict=True))
    names = (name for name in roster.agents for _ in range(days))
    rows = ((number, k, name, *shapes[at]) for k, (name, at) in enumerate(zip(names, place.tolist(), strict=True)))
    insert_bound(connection, ASSIGNMENTS, ("roster", "place", "agent", *SHAPE), rows)


def _distinct(cells: IntArray) -> tuple[IntArray, IntArray]:
    """Rows that are there, and which of them stands where: each is one number of mixed base while it is compared."""
    number = np.zeros(len(cells), dtype=np.int64)
    for column in cells.T:
        _, code = np.unique(column, return_inverse=True)
        _, number = np.unique(number * (1 + code.max(initial=0)) + code, return_inverse=True)
    _, first, place = np.unique(number, return_index=True, return_inverse=True)
    return cells[first], place


def _shape(roster: Roster, day: int, symbol: int, start: int, minutes: int, meal: int, eaten: int, *breaks: int) -> dict[str, Any]:
    """Cells of an agent's day, but for whose it is."""
    told = {"date": roster.horizon.dates[day], "code": roster.codes[symbol], "meal_minutes": eaten, "paid_minutes": minutes - eaten}
    if start < 0:
        times = dict.fromkeys(("start", "end", "meal_start", "break_starts"))
    else:
        begin = roster.instant(day, start)
        pauses = ";".join(_later(begin, pause).isoformat(timespec="minutes") for pause in breaks if pause >= 0)
        eaten_at = _later(begin, meal) if meal >= 0 else None
        times = {"start": begin, "end": _later(begin, minutes), "meal_start": eaten_at, "break_starts": pauses or None}
    whole = told | times
    return {name: whole[name] for name in SHAPE}


def _later(start: datetime, minutes: int) -> datetime:
    """The instant so many elapsed minutes later, in the same zone."""
    return (start.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(start.tzinfo)
