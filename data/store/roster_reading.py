"""Reading versions of rosters: what was done with them, one version, its rows, its matrix, and what sets two apart."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select, type_coerce
from sqlalchemy.types import NullType

from data.exchange.rosters import RosterRecord
from data.model.errors import NotFound, there_are
from data.model.roster import Roster, ShiftTemplate
from data.model.time import as_local, epoch_minutes, local
from data.model.version import Chain, Step
from data.store.entries import entries
from data.store.rosters import ASSIGNMENTS, ROSTERS, is_roster

A = ASSIGNMENTS.c
SHAPE = ("code", "start", "end", "meal_start", "meal_minutes", "break_starts")
"""What two versions may have unlike on a day."""


@dataclass(frozen=True)
class Held:
    """A version as it is kept.

    Parameters
    ----------
    id : int
        Of its row: a version is never edited, so this tells its content for good.
    since : int
        Revision of the centre that brought it.
    """

    id: int
    path: str
    zone: str
    record: str
    since: int

    @property
    def name(self) -> str:
        """Name of the version."""
        return self.path.removeprefix("versions/").removesuffix(".csv")

    @property
    def told(self) -> RosterRecord | None:
        """How it was made; None if no record came with it."""
        return RosterRecord.model_validate_json(self.record) if self.record else None


def steps_of(connection: Connection, centre: str) -> tuple[Step, ...]:
    """What was done with the versions of a centre, oldest first."""
    return tuple(Step.model_validate(entry.body) for entry in entries(connection, centre, "versions"))


def chain_of(connection: Connection, centre: str) -> Chain:
    """The versions of a centre and their states."""
    return Chain(steps_of(connection, centre))


def versions_held(connection: Connection, centre: str) -> dict[str, Held]:
    """Versions that are kept, by name; those that stand aside (`versions/before`) are left out."""
    columns = (ROSTERS.c.id, ROSTERS.c.path, ROSTERS.c.zone, ROSTERS.c.record, ROSTERS.c.since)
    rows = connection.execute(select(*columns).where(ROSTERS.c.centre == centre, ROSTERS.c.until.is_(None)))
    held = (Held(*row) for row in rows if is_roster(row[1]) and row[1].count("/") == 1)
    return {one.name: one for one in sorted(held, key=lambda one: one.path)}


def version_held(connection: Connection, centre: str, name: str) -> Held:
    """A version by its name.

    Raises
    ------
    NotFound
        There is none.
    """
    columns = (ROSTERS.c.id, ROSTERS.c.path, ROSTERS.c.zone, ROSTERS.c.record, ROSTERS.c.since)
    of = (ROSTERS.c.centre == centre, ROSTERS.c.path == f"versions/{name}.csv", ROSTERS.c.until.is_(None))
    row = connection.execute(select(*columns).where(*of)).first()
    if row is None:
        raise NotFound(f"no version {name!r}; {there_are(versions_held(connection, centre))}")
    return Held(*row)


@dataclass(frozen=True)
class Wanted:
    """Which rows of a version are asked for.

    Parameters
    ----------
    agents : collection of str or None
        Whose rows; None = everybody's.
    first, last : date or None
        Days, both ends included.
    codes : sequence of str
        Day symbols; empty = all.
    """

    agents: Collection[str] | None = None
    first: date | None = None
    last: date | None = None
    codes: Sequence[str] = ()

    def clause(self, roster: int) -> ColumnElement[bool]:
        """As a condition on the rows of a version."""
        told = [A.roster == roster]
        told += [A.agent.in_(sorted(self.agents))] if self.agents is not None else []
        told += [A.date >= self.first] if self.first is not None else []
        told += [A.date <= self.last] if self.last is not None else []
        return and_(*told, *([A.code.in_(self.codes)] if self.codes else []))


def rows(
    connection: Connection, held: Held, wanted: Wanted, after: int | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """Rows of a version in the order of its file, with their place; instants in the zone of the centre.

    Parameters
    ----------
    after : int or None
        Place after which they begin.
    limit : int or None
        Most rows; None = all.
    """
    chosen = select(ASSIGNMENTS).where(wanted.clause(held.id)).order_by(A.place).limit(limit)
    chosen = chosen if after is None else chosen.where(A.place > after)
    return [_told(dict(row), held.zone) for row in connection.execute(chosen).mappings()]


def _told(row: dict[str, Any], zone: str) -> dict[str, Any]:
    told = {name: as_local(cell, zone) if isinstance(cell, datetime) else cell for name, cell in row.items()}
    pauses = [as_local(datetime.fromisoformat(one), zone) for one in (row["break_starts"] or "").split(";") if one]
    return {**told, "break_starts": pauses}


@dataclass(frozen=True)
class Span:
    """When a shift usually begins and how long it lasts."""

    start: time
    minutes: int


@dataclass(frozen=True)
class Matrix:
    """A version as agents by days.

    Parameters
    ----------
    codes : list of str
        Day symbols.
    cells : list of list of int
        Index into `codes` by agent and day; -1 = the version says nothing of that day.
    spans : dict
        Usual start and length of each code that is a shift.
    moved : list of tuple
        Agent, date, start and end of the shifts that begin or end at another time than their code usually does.
    """

    agents: list[str]
    days: list[date]
    codes: list[str]
    cells: list[list[int]]
    spans: dict[str, Span]
    moved: list[tuple[str, date, datetime, datetime]]


_Row = tuple[Any, ...]
"""Cells as the driver gives them: of many equal ones each is read once."""

AT_ONCE = 500


def matrix(connection: Connection, held: Held, wanted: Wanted) -> Matrix:
    """Rows of a version as a matrix."""
    of = wanted.clause(held.id)
    agents = list(connection.scalars(select(A.agent).where(of).group_by(A.agent).order_by(func.min(A.place))))
    days = list(connection.scalars(select(A.date).where(of).distinct().order_by(A.date)))
    found, line = _distinct(connection, of, A.code, A.start, A.end)
    spans, odd = _spans(found, Counter(line), held.zone)
    codes = sorted({row[0] for row in found})
    index = {code: k for k, code in enumerate(codes)}
    symbols = [index[row[0]] for row in found]
    if len(line) == len(agents) * len(days):
        cells = [[symbols[k] for k in line[a : a + len(days)]] for a in range(0, len(line), max(len(days), 1))]
        places = product(range(len(agents)), range(len(days)))
    else:
        places = _places(connection, of, agents, days)
        cells = _scattered(places, [symbols[k] for k in line], len(agents), len(days))
    moved = [(agents[a], days[d], *odd[row]) for (a, d), row in zip(places, line, strict=True) if row in odd] if odd else []
    return Matrix(agents, days, codes, cells, spans, moved)


def _distinct(connection: Connection, of: ColumnElement[bool], *columns: ColumnElement[Any]) -> tuple[list[_Row], list[int]]:
    """The different rows that there are, and which of them stands where, in the order of the file.

    They are taken in small parts: a hundred thousand rows held at once cost more in the collection of garbage than in reading.
    """
    chosen = select(*_raw(*columns)).where(of).order_by(A.place).execution_options(yield_per=AT_ONCE)
    known = dict[_Row, int]()
    line = [known.setdefault(tuple(row), len(known)) for part in connection.execute(chosen).partitions() for row in part]
    return list(known), line


def _scattered(places: list[tuple[int, int]], line: list[int], agents: int, days: int) -> list[list[int]]:
    cells = [[-1] * days for _ in range(agents)]
    for (a, d), symbol in zip(places, line, strict=True):
        cells[a][d] = symbol
    return cells


def _places(connection: Connection, of: ColumnElement[bool], agents: list[str], days: list[date]) -> list[tuple[int, int]]:
    """Where the rows stand in the matrix if some agent-days have none."""
    row, column = {agent: k for k, agent in enumerate(agents)}, {day: k for k, day in enumerate(days)}
    return [(row[agent], column[day]) for agent, day in connection.execute(select(A.agent, A.date).where(of).order_by(A.place))]


def _raw(*columns: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """Columns as the driver gives them: days and instants would be made anew for every row."""
    return [type_coerce(column, NullType()) for column in columns]


def _day(told: date | str) -> date:
    return told if isinstance(told, date) else date.fromisoformat(told)


def _instant(told: datetime | str) -> datetime:
    """An instant, UTC."""
    return (told if isinstance(told, datetime) else datetime.fromisoformat(told)).replace(tzinfo=UTC)


def _spans(found: list[_Row], counted: Counter[int], zone: str) -> tuple[dict[str, Span], dict[int, tuple[datetime, datetime]]]:
    """The usual span of each code, and the start and end of those rows (code, start, end) that have another one."""
    many, told = defaultdict[str, Counter[Span]](Counter), list[tuple[int, Span, tuple[datetime, datetime]]]()
    for k, (code, start, end) in enumerate(found):
        if start is not None and end is not None:
            span_at = as_local(_instant(start), zone), as_local(_instant(end), zone)
            span = Span(span_at[0].time(), _minutes(_instant(start), _instant(end)))
            many[code][span] += counted[k]
            told.append((k, span, span_at))
    usual = {code: counter.most_common(1)[0][0] for code, counter in sorted(many.items())}
    return usual, {k: span_at for k, span, span_at in told if span != usual[found[k][0]]}


def differences(
    connection: Connection, before: Held, after: Held, wanted: Wanted, place: int | None = None, limit: int | None = None
) -> list[tuple[int, dict[str, Any], dict[str, Any]]]:
    """Days on which two versions differ, in the order of the later one: its place, the row before and the row after.

    Days that only one of them plans are none.
    """
    other, names = ASSIGNMENTS.alias("before"), ("agent", "date", *SHAPE)
    unlike = or_(*(A[name].is_distinct_from(other.c[name]) for name in SHAPE))
    both = and_(other.c.roster == before.id, other.c.agent == A.agent, other.c.date == A.date)
    columns = [A.place, *(other.c[name] for name in names), *(A[name] for name in names)]
    chosen = select(*columns).join_from(ASSIGNMENTS, other, both).where(wanted.clause(after.id), unlike)
    chosen = chosen.where(A.place > place) if place is not None else chosen
    found, split = connection.execute(chosen.order_by(A.place).limit(limit)), len(names) + 1
    lines = [(row[0], dict(zip(names, row[1:split], strict=True)), dict(zip(names, row[split:], strict=True))) for row in found]
    return [(k, _told(was, before.zone), _told(now, after.zone)) for k, was, now in lines]


def holds_agent(connection: Connection, held: Held, agent: str) -> bool:
    """Whether an agent is in a version."""
    return bool(connection.scalar(select(exists().where(A.roster == held.id, A.agent == agent))))


def team_agents(connection: Connection, centre: str, teams: Collection[str]) -> frozenset[str]:
    """Agents of some teams."""
    staff = (entry.body for entry in entries(connection, centre, "staff"))
    return frozenset(str(one["agent"]) for one in staff if one.get("team") in teams)


def skilled_agents(connection: Connection, centre: str, skills: Collection[str]) -> frozenset[str]:
    """Agents who hold all of some skills."""
    staff = (entry.body for entry in entries(connection, centre, "staff"))
    return frozenset(str(one["agent"]) for one in staff if set(skills) <= set(one.get("skills", ())))


def roster_of(connection: Connection, held: Held, shifts: Sequence[ShiftTemplate]) -> Roster:
    """A version as arrays, as its file would read; every agent-day of a version has a row.

    Parameters
    ----------
    shifts : sequence of ShiftTemplate
        Where a clock change moved a start, that of its template holds.
    """
    record, starts = held.told, {shift.code: shift.start for shift in shifts}
    assert record is not None
    agents, days = record.agents, record.horizon.days
    columns = (A.date, A.code, A.start, A.end, A.meal_start, A.meal_minutes, A.break_starts)
    found, line = _distinct(connection, A.roster == held.id, *columns)
    shapes = [_shape(row, record.codes, starts, held.zone) for row in found]
    most = max((len(shape[5]) for shape in shapes), default=0)
    cells = np.array([(*shape[:5], *shape[5], *[-1] * (most - len(shape[5]))) for shape in shapes], dtype=np.int64)
    table = cells[line].reshape(len(agents), days, 5 + most)
    names = ("symbol", "start", "minutes", "meal", "meal_minutes")
    arrays = {name: table[:, :, k].copy() for k, name in enumerate(names)}
    told = record.model_dump(include={"version", "parent", "rhythm", "origin"})
    return Roster(agents, record.horizon, record.codes, **arrays, breaks=table[:, :, 5:].copy(), **told)


def _shape(row: _Row, codes: Sequence[str], starts: Mapping[str, time], zone: str) -> tuple[int, int, int, int, int, list[int]]:
    """Symbol, start, minutes, meal, meal minutes and breaks of a day."""
    day, code, start, end, meal, eaten, breaks = row
    symbol = codes.index(code)
    if start is None or end is None:
        return symbol, -1, 0, -1, eaten or 0, []
    begun = _instant(start).astimezone(ZoneInfo(zone))
    usual = code in starts and local(_day(day), starts[code], zone) == begun
    at = starts[code] if usual else begun.time()
    pauses = [as_local(datetime.fromisoformat(one), zone) for one in (breaks or "").split(";") if one]
    after = [epoch_minutes(pause) - epoch_minutes(begun) for pause in pauses]
    taken = -1 if meal is None else _minutes(begun, _instant(meal))
    return symbol, at.hour * 60 + at.minute, _minutes(begun, _instant(end)), taken, eaten or 0, after


def _minutes(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds() // 60)
