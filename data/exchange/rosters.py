"""Rosters in and out: one row per agent and day, and a JSON record of how the roster was made."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import model_validator

from data.exchange.documents import dump_json, load_json, sidecar
from data.exchange.files import read_table, stop, write_table
from data.model.base import Frozen, IntArray
from data.model.centre import Centre
from data.model.errors import Finding
from data.model.roster import OFF, Roster, ShiftTemplate
from data.model.rulebook import Rhythm
from data.model.time import Horizon, as_local, epoch_minutes, local
from data.tables import ROSTER


class RosterRecord(Frozen):
    """How a roster was made: what its rows do not say.

    Parameters
    ----------
    agents : tuple of str
        Ids in the order of the rows.
    codes : tuple of str
        Day symbols; the first is the day off.
    first_open, end_open : date
        Days ``first_open <= day < end_open`` were open when it was made.
    requirement, base : str
        File names of the requirement and of the base roster it was made with; empty = none.
    costs : dict
        Cost that the solver claims, per goal and per weighted rule.
    bound : float
        No roster can cost less.
    status : str
        How the search ended.
    locked, edited : tuple of (str, date)
        Agents and days set by hand before this version, which it keeps, and in it.
    """

    version: str
    parent: str = ""
    rhythm: Rhythm = "month"
    horizon: Horizon
    agents: tuple[str, ...] = ()
    codes: tuple[str, ...]
    origin: dict[str, str] = {}
    first_open: date
    end_open: date
    requirement: str = ""
    base: str = ""
    costs: dict[str, float] = {}
    bound: float = 0.0
    status: str = ""
    locked: tuple[tuple[str, date], ...] = ()
    edited: tuple[tuple[str, date], ...] = ()

    @model_validator(mode="after")
    def _ordered(self) -> "RosterRecord":
        if not self.horizon.first <= self.first_open <= self.end_open <= self.horizon.last + timedelta(days=1):
            raise ValueError(f"first_open and end_open must lie in {self.horizon.first} to {self.horizon.last}, in this order")
        return self


def record_of(roster: Roster) -> RosterRecord:
    """Record of a roster as far as it says itself: every day open, nothing claimed."""
    return RosterRecord(
        version=roster.version,
        parent=roster.parent,
        rhythm=roster.rhythm,
        horizon=roster.horizon,
        agents=roster.agents,
        codes=roster.codes,
        origin=roster.origin,
        first_open=roster.horizon.first,
        end_open=roster.horizon.last + timedelta(days=1),
    )


def write_roster_record(record: RosterRecord, path: Path) -> None:
    """Write the record beside the roster file `path` (same stem, ``.json``)."""
    dump_json(record, sidecar(path, ".json"))


def read_roster_record(path: Path) -> RosterRecord:
    """Read the record beside the roster file `path`.

    Raises
    ------
    InvalidData
        No record, or one that does not read.
    """
    return load_json(sidecar(path, ".json"), RosterRecord)


def write_roster(roster: Roster, path: Path) -> None:
    """Write a roster: one row per agent and day; start, end and pauses are empty on days without a shift."""
    days = range(roster.horizon.days)
    write_table(ROSTER.frame(_row(roster, a, d) for a in range(len(roster.agents)) for d in days), path)


def _row(roster: Roster, a: int, d: int) -> dict[str, Any]:
    span = roster.span(a, d)
    row = {"agent": roster.agents[a], "date": roster.horizon.dates[d], "code": roster.codes[roster.symbol[a, d]]}
    row |= {"meal_minutes": int(roster.meal_minutes[a, d]), "paid_minutes": int(roster.minutes[a, d] - roster.meal_minutes[a, d])}
    if span is None:
        return row
    row |= {"start": span[0], "end": span[1]}
    if roster.meal[a, d] >= 0:
        row["meal_start"] = _after(span[0], int(roster.meal[a, d]))
    pauses = [_after(span[0], minutes) for minutes in roster.breaks[a, d].tolist() if minutes >= 0]
    return row | {"break_starts": ";".join(pause.isoformat(timespec="minutes") for pause in pauses)}


def _after(start: datetime, minutes: int) -> datetime:
    """The instant so many elapsed minutes later, in the same zone."""
    return (start.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(start.tzinfo)


@dataclass(frozen=True)
class _Frame:
    """The axes that the rows of a roster are put on."""

    agents: tuple[str, ...]
    horizon: Horizon
    codes: tuple[str, ...]
    shifts: dict[str, ShiftTemplate]

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.agents), self.horizon.days

    @property
    def most_breaks(self) -> int:
        return max((len(shift.breaks) for shift in self.shifts.values()), default=0)


def read_roster(path: Path, centre: Centre, leave_codes: Sequence[str] = (), agents: Sequence[str] = ()) -> Roster:
    """Read a roster, keeping what stands there, right or wrong, for the verifier to judge.

    Paid minutes are not read: they follow from the times. A start without offset is wall time of the centre.

    Parameters
    ----------
    leave_codes : sequence of str
        Codes that are leave, beside those that the record knows.
    agents : sequence of str
        Ids that the roster must hold, and their order; empty = as in the file.

    Raises
    ------
    InvalidData
        Cells that do not read, unknown agents or codes, agent-days that stand twice or not at all, starts on another day.
    """
    rows = read_table(path, ROSTER)
    record = read_roster_record(path) if sidecar(path, ".json").is_file() else None
    stop([Finding(path.name, None, None, "no row", "one row per agent and day")] if not len(rows) else [])
    frame = _axes(rows, record, centre, leave_codes, agents)
    findings = [*_strangers(rows, frame, path.name), *_absent(rows, frame, path.name)]
    stop(findings)
    arrays, findings = _arrays(rows, frame, path.name)
    stop(findings)
    known = {} if record is None else record.model_dump(include={"version", "parent", "rhythm", "origin"})
    return Roster(frame.agents, frame.horizon, frame.codes, **arrays, **known)


def _axes(rows: pd.DataFrame, record: RosterRecord | None, centre: Centre, leave: Sequence[str], agents: Sequence[str]) -> _Frame:
    first, last = min(rows["date"]), max(rows["date"])
    horizon = record.horizon if record else Horizon(zone=centre.zone, first=first, days=(last - first).days + 1)
    shifts = {shift.code: shift for shift in centre.shifts}
    codes = record.codes if record else (OFF, *sorted(set(leave)), *shifts)
    return _Frame(tuple(agents) or tuple(rows["agent"].unique()), horizon, codes, shifts)


def _strangers(rows: pd.DataFrame, frame: _Frame, where: str) -> list[Finding]:
    """Rows whose agent, code or day is not known."""
    known = {
        "agent": (set(frame.agents), "an agent of staff.csv", "add the agent or take out the row"),
        "code": (
            set(frame.codes),
            f"one of {' '.join(frame.codes)}",
            f"write {OFF} for a day off, or a code of leave.csv or shifts.csv",
        ),
        "date": (set(frame.horizon.dates), f"a day from {frame.horizon.first} to {frame.horizon.last}", "take out the row"),
    }
    return [
        Finding(where, int(line), column, str(value), expected, fix)
        for column, (values, expected, fix) in known.items()
        for line, value in zip(rows.index, rows[column], strict=True)
        if value not in values
    ]


def _absent(rows: pd.DataFrame, frame: _Frame, where: str) -> list[Finding]:
    """Agent-days without a row."""
    held: dict[str, set[date]] = defaultdict(set)
    for agent, day in zip(rows["agent"], rows["date"], strict=True):
        held[agent].add(day)
    fix = f"add the row, with the code {OFF} for a day off"
    return [
        Finding(where, None, "date", f"no row of {agent} on {day}", "one row per agent and day", fix)
        for agent in frame.agents
        for day in frame.horizon.dates
        if day not in held[agent]
    ]


def _arrays(rows: pd.DataFrame, frame: _Frame, where: str) -> tuple[dict[str, IntArray], list[Finding]]:
    arrays: dict[str, IntArray] = {name: np.zeros(frame.shape, dtype=np.int64) for name in ("symbol", "minutes", "meal_minutes")}
    arrays |= {name: np.full(frame.shape, -1, dtype=np.int64) for name in ("start", "meal")}
    arrays["breaks"] = np.full((*frame.shape, frame.most_breaks), -1, dtype=np.int64)
    row_of, findings = {agent: a for a, agent in enumerate(frame.agents)}, list[Finding]()
    for line, row in zip(rows.index, rows.to_dict("records"), strict=True):
        place = row_of[row["agent"]], frame.horizon.index(row["date"])
        arrays["symbol"][place] = frame.codes.index(row["code"])
        times, pauses = _times(row, frame), _pauses(row, frame)
        findings += [Finding(where, int(line), *finding) for finding in _misfits(row, times, pauses, frame.most_breaks)]
        for name, value in _minutes(row, times, frame).items():
            arrays[name][place] = value
        arrays["breaks"][place] = _breaks(times["start"], pauses, frame.most_breaks)
    return arrays, findings


_Times = dict[str, datetime | None]


def _times(row: dict[Any, Any], frame: _Frame) -> _Times:
    return {
        name: as_local(row[name], frame.horizon.zone) if isinstance(row.get(name), datetime) else None
        for name in ("start", "end", "meal_start")
    }


def _pauses(row: dict[Any, Any], frame: _Frame) -> list[datetime]:
    """Instants at which breaks start."""
    held = row.get("break_starts")
    return [as_local(instant, frame.horizon.zone) for instant in held] if isinstance(held, tuple) else []


def _misfits(row: dict[Any, Any], times: _Times, pauses: list[datetime], most: int) -> list[tuple[str, str, str]]:
    """What the arrays of a roster cannot hold: column, read, expected."""
    start, end, meal = times["start"], times["end"], times["meal_start"]
    found: list[tuple[str, str, str]] = []
    if start is not None and start.date() != row["date"]:
        found.append(("start", start.isoformat(), f"a time on {row['date']}"))
    if (start is None) != (end is None):
        found.append(("end" if end is None else "start", "nothing", "both start and end, or neither"))
    if meal is not None and (start is None or meal < start):
        found.append(("meal_start", meal.isoformat(), "a time after the start of the shift"))
    if pauses and (start is None or min(pauses) < start):
        found.append(("break_starts", min(pauses).isoformat(), "times after the start of the shift"))
    if len(pauses) > most:
        found.append(("break_starts", f"{len(pauses)} breaks", f"at most {most}, as many as a shift of shifts.csv has"))
    return found


def _minutes(row: dict[Any, Any], times: _Times, frame: _Frame) -> dict[str, int]:
    start, end, meal = times["start"], times["end"], times["meal_start"]
    eaten = row.get("meal_minutes")
    values = {"meal_minutes": 0 if eaten is None or eaten != eaten else int(eaten)}
    if start is not None and end is not None:
        values |= {"start": _wall_minute(start, row, frame), "minutes": epoch_minutes(end) - epoch_minutes(start)}
        values |= {"meal": epoch_minutes(meal) - epoch_minutes(start)} if meal is not None else {}
    return values


def _breaks(start: datetime | None, pauses: list[datetime], most: int) -> list[int]:
    """Minutes after the start of the shift at which each of so many breaks starts; -1 = none."""
    minutes = [] if start is None else [epoch_minutes(pause) - epoch_minutes(start) for pause in pauses[:most]]
    return minutes + [-1] * (most - len(minutes))


def _wall_minute(start: datetime, row: dict[Any, Any], frame: _Frame) -> int:
    """Wall-clock minute of a start; where a clock change moved the start of the shift, that of its template."""
    shift = frame.shifts.get(row["code"])
    if shift is not None and local(row["date"], shift.start, frame.horizon.zone) == start:
        return shift.start_minute
    return start.hour * 60 + start.minute
