"""Scheduled shifts for any other system: requests of shifts by person and period, posted as JSON, written to a file either way.

A request that brings nothing but differences is an ``UPDATE`` (shifts to create, to update, to delete); where it is not known what
the other system has of a person, it is a ``FULL`` one, which takes the place of all that stands in its period. The number of a
request is made of its content and of the number of the push, so that the same request twice is one.

References
----------
docs.oracle.com, REST API for Oracle Fusion Cloud HCM: scheduleRequests (the model; names of its fields are kept).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from typing import Literal

from data.exchange.hr.wire import Body, Busy, Key, Line, Refused, Told, send_all
from data.model.push import CLEAR, REST, Cell, Connection

FILE = "schedule_requests.json"
ADDRESS = "/hcmRestApi/resources/11.13.18.05/scheduleRequests"
PERSONS = 100
"""People in a request (house choice)."""
WORKS_NOT = (REST, CLEAR)


@dataclass(frozen=True)
class ShiftExport:
    """What a system that takes scheduled shifts asks for: nothing but an address, and that only if it is to be called."""

    needs: frozenset[str] = frozenset()
    shifts_named: bool = False
    groups_named: bool = False
    reads_back: bool = False
    settles_s: float = 0.0
    past_days: int | None = None
    ahead_days: int | None = None

    def open(self, connection: Connection, secret: str, line: Line) -> "ShiftExportSession":
        """Begin to write requests."""
        return ShiftExportSession(connection, secret, line)

    def wrong_shift(self, shift: str) -> str:
        """Shifts are told by their times: any name will do."""
        return "" if shift else "a name"

    def wrong_group(self, group: str) -> str:
        """There are none."""
        return f"no group: {group}"


@dataclass
class ShiftExportSession:
    """Requests that were made, and who takes them."""

    connection: Connection
    secret: str = field(repr=False)
    line: Line
    made: list[Body] = field(default_factory=list)

    @property
    def files(self) -> dict[str, str]:
        """Every request that was made."""
        return {FILE: json.dumps(self.made, ensure_ascii=False, indent=1) + "\n"}

    def send(self, cells: Sequence[Cell]) -> Told:
        """Make the requests, and post them if there is an address."""
        ordered = sorted(cells, key=lambda cell: (cell.agent, cell.day))
        people = [list(days) for _, days in groupby(ordered, lambda cell: cell.agent)]
        most = self.connection.per_call or PERSONS
        parts = ([cell for days in people[k : k + most] for cell in days] for k in range(0, len(people), most))
        return send_all(parts, self._send)

    def _send(self, cells: Sequence[Cell]) -> None:
        request = self.request(cells)
        if self.connection.base:
            self.line.call(lambda client: client.post(self.connection.base + ADDRESS, json=request, headers=self._keys()), _judge)
        self.made.append(request)

    def _keys(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"} if self.secret else {}

    def request(self, cells: Sequence[Cell]) -> Body:
        """A request for the days of some people, in the order of people and days."""
        events = [self._event(days) for days in _stretches(cells)]
        digest = hashlib.sha256(json.dumps(events, sort_keys=True).encode()).hexdigest()
        number = f"{self.line.context.number:06d}-{digest[:32]}"
        told: Body = {"scheduleRequestNumber": number, "requestSource": self.connection.source}
        return told | {"requestTime": self.line.context.at.isoformat(timespec="milliseconds"), "scheduleEvents": events}

    def _event(self, days: list[Cell]) -> Body:
        """A stretch of days of one person: differences if all of them are known, else all of the shifts in it."""
        whole = any(cell.ident not in self.line.context.known and cell.shift != CLEAR for cell in days)
        told = {"personNumber": days[0].user, "startDate": f"{days[0].day}", "endDate": f"{days[-1].day}"}
        shifts = self._whole(days) if whole else [one for cell in days if (one := self._change(cell)) is not None]
        return told | {"importMode": "FULL" if whole else "UPDATE", "scheduleShiftEvents": shifts}

    def _whole(self, days: list[Cell]) -> list[Body]:
        return [shift_event(cell, "CREATE") for cell in days if cell.shift not in WORKS_NOT]

    def _change(self, cell: Cell) -> Body | None:
        known = self.line.context.known.get(cell.ident)
        worked = known is not None and known.shift != REST
        if known is not None and known.shift == cell.shift:
            return None
        if cell.shift in WORKS_NOT:
            return shift_event(cell, "DELETE") if worked else None
        return shift_event(cell, "UPDATE" if worked else "CREATE")

    def read(self, _: Sequence[Cell]) -> dict[Key, tuple[str, str]]:
        """Nothing can be read: what was accepted is there."""
        return {}


def _stretches(cells: Sequence[Cell]) -> list[list[Cell]]:
    """Days of one person that follow one another."""
    found = list[list[Cell]]()
    for cell in cells:
        last = found[-1][-1] if found else None
        if last is not None and last.agent == cell.agent and cell.day - last.day == timedelta(days=1):
            found[-1].append(cell)
        else:
            found.append([cell])
    return found


def shift_event(cell: Cell, action: Literal["CREATE", "UPDATE", "DELETE"]) -> Body:
    """One shift; its number stands for the person's day, so that it can be updated and deleted."""
    told: Body = {"shiftNumber": f"{cell.user}-{cell.day:%Y%m%d}", "referenceDay": f"{cell.day}", "shiftAction": action}
    if cell.start is None or cell.end is None:
        return told
    times = {"startTime": cell.start.isoformat(), "endTime": cell.end.isoformat()}
    return told | {"shiftCode": cell.shift.rsplit("@", 1)[0]} | times


def _judge(status: int, _: Body) -> None:
    if status == 409:
        return  # the request is there already
    if status in (401, 403, 404):
        raise Refused(f"HTTP {status}", whole=True)
    if status == 408:
        raise Busy(f"HTTP {status}")
    if status >= 300:
        raise Refused(f"HTTP {status}")


KIND = ShiftExport()
