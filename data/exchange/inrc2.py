"""Instances of the Second International Nurse Rostering Competition in their text format; solutions of them, in and out.

A folder holds one scenario ``Sc-ID.txt``, histories ``H0-ID-K.txt`` and weeks ``WD-ID-K.txt``; each is read by itself, so that
whoever plans a week can leave those to come unread.

References
----------
Ceschia, Dang, De Causmaecker, Haspeslagh, Schaerf (2019), The Second International Nurse Rostering Competition,
doi:10.1007/s10479-018-2816-0.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from data.exchange.atomic import write_text
from data.exchange.files import stop
from data.model.errors import Finding

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
"""Days of a week, as the files name them."""
NONE, ANY = "None", "Any"
"""How the files say no shift, and any shift."""

HEADINGS = {
    "scenario": (
        "SCENARIO", "WEEKS", "SKILLS", "SHIFT_TYPES", "FORBIDDEN_SHIFT_TYPES_SUCCESSIONS", "CONTRACTS", "NURSES",
    ),
    "history": ("HISTORY", "NURSE_HISTORY"),
    "week": ("WEEK_DATA", "REQUIREMENTS", "SHIFT_OFF_REQUESTS"),
    "solution": ("SOLUTION", "ASSIGNMENTS"),
}  # fmt: skip
"""Sections of each sort of file; all must be there."""


@dataclass(frozen=True)
class ShiftType:
    """A shift: its least and most days in a row, and the shifts that may not follow it on the next day."""

    name: str
    min_run: int
    max_run: int
    barred: tuple[str, ...]


@dataclass(frozen=True)
class Terms:
    """What a contract asks for: assignments and weekends of the whole horizon, days of work and days off in a row."""

    min_total: int
    max_total: int
    min_work: int
    max_work: int
    min_off: int
    max_off: int
    max_weekends: int
    whole_weekends: bool


@dataclass(frozen=True)
class Nurse:
    """A nurse: the contract, and the skills."""

    contract: str
    skills: tuple[str, ...]


@dataclass(frozen=True)
class Scenario:
    """What all weeks share; shifts, contracts and nurses by name, in the order of the file."""

    name: str
    weeks: int
    skills: tuple[str, ...]
    shifts: dict[str, ShiftType]
    contracts: dict[str, Terms]
    nurses: dict[str, Nurse]


@dataclass(frozen=True)
class Border:
    """What a nurse brings from the weeks before.

    Parameters
    ----------
    assignments, weekends : int
        Shifts, and weekends with one, of the horizon so far.
    shift : str or None
        Shift of the last day; None = it was free.
    same, work, off : int
        Last days in a row with that shift, with any, and free; 0 = the last day is none of them.
    """

    assignments: int
    weekends: int
    shift: str | None
    same: int
    work: int
    off: int


@dataclass(frozen=True)
class Cover:
    """Nurses that a shift needs at least, and had best have, on a day of the week and with a skill."""

    shift: str
    skill: str
    day: int
    minimum: int
    optimum: int


@dataclass(frozen=True)
class Request:
    """A shift (None = any) that a nurse asks to be spared on a day of the week."""

    nurse: str
    shift: str | None
    day: int


@dataclass(frozen=True)
class Week:
    """Cover and requests of one week."""

    cover: tuple[Cover, ...]
    requests: tuple[Request, ...]


@dataclass(frozen=True)
class Assignment:
    """A shift that a nurse works with a skill on a day of the week."""

    nurse: str
    day: int
    shift: str
    skill: str


@dataclass(frozen=True)
class _Section:
    """Rows of a section with their lines, and what its heading says."""

    line: int
    value: str
    rows: list[tuple[int, list[str]]] = field(default_factory=list[tuple[int, list[str]]])


@dataclass
class _Reader:
    """Cells of a file, and what is wrong with them."""

    where: str
    findings: list[Finding] = field(default_factory=list[Finding])

    def wrong(self, line: int | None, column: str | None, read: str, expected: str) -> None:
        """One more finding."""
        self.findings.append(Finding(self.where, line, column, repr(read), expected))

    def number(self, line: int, column: str, text: str) -> int:
        """A whole number, at least 0."""
        if re.fullmatch(r"\d+", text) is None:
            self.wrong(line, column, text, "a whole number, at least 0")
            return 0
        return int(text)

    def bounds(self, line: int, column: str, text: str) -> tuple[int, int]:
        """Two numbers in brackets, in order."""
        found = re.fullmatch(r"\((\d+),(\d+)\)", text)
        if found is None or int(found[1]) > int(found[2]):
            self.wrong(line, column, text, "(low,high), two whole numbers in order")
            return 0, 0
        return int(found[1]), int(found[2])

    def known(self, line: int, column: str, text: str, names: Collection[str]) -> str:
        """A name that is one of those declared."""
        if text not in names:
            self.wrong(line, column, text, f"one of {', '.join(names)}")
        return text

    def named(self, section: _Section, column: str) -> Iterator[tuple[int, list[str]]]:
        """Rows of a section whose first cells all differ."""
        found = set[str]()
        for line, cells in section.rows:
            if cells[0] in found:
                self.wrong(line, column, cells[0], "each name once")
            found.add(cells[0])
            yield line, cells


def _sections(path: Path, sort: str, reader: _Reader, least: dict[str, int]) -> dict[str, _Section]:
    """Sections of a file; rows that have fewer cells than the least of their section are findings and left out.

    Rows like ``Cost: 575``, which solvers append to their solutions, are remarks.
    """
    sections: dict[str, _Section] = {}
    current = _Section(0, "")
    for line, text in enumerate(_text(path, reader).splitlines(), start=1):
        bare, cells = text.strip(), re.sub(r"\s*,\s*", ",", text).split()
        heading, _, value = (part.strip() for part in bare.partition("="))
        if heading in HEADINGS[sort]:
            current = sections.setdefault(heading, _Section(line, value))
        elif not cells or cells[0].endswith(":"):
            continue
        elif len(cells) < (fewest := least.get(next(reversed(sections), ""), 1)):
            reader.wrong(line, None, bare, f"at least {fewest} cells")
        else:
            current.rows.append((line, cells))
    missing = [heading for heading in HEADINGS[sort] if heading not in sections]
    for heading in missing:
        reader.wrong(None, None, f"no {heading}", f"a section {heading}")
    if missing:
        stop(reader.findings)
    for heading, section in sections.items() if not reader.findings else ():
        _count(heading, section, reader)
    return sections


def _text(path: Path, reader: _Reader) -> str:
    """Text of a file."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reader.wrong(None, None, type(error).__name__, "a UTF-8 text file")
        stop(reader.findings)
        raise


def _count(heading: str, section: _Section, reader: _Reader) -> None:
    """A heading that says how many rows follow must be right."""
    if section.rows and section.value and reader.number(section.line, heading, section.value) != len(section.rows):
        reader.wrong(section.line, heading, section.value, f"{len(section.rows)}, as many as rows follow")


def read_scenario(path: Path) -> Scenario:
    """What all weeks of an instance share.

    Raises
    ------
    InvalidData
        With every finding: sections that are missing, cells that are no number, unknown names, names told twice.
    """
    reader = _Reader(path.name)
    least = {"SHIFT_TYPES": 2, "FORBIDDEN_SHIFT_TYPES_SUCCESSIONS": 2, "CONTRACTS": 6, "NURSES": 4}
    told = _sections(path, "scenario", reader, least)
    skills = tuple(cells[0] for _, cells in reader.named(told["SKILLS"], "skill"))
    shifts = {shift.name: shift for shift in _shifts(told, reader)}
    contracts = {cells[0]: _terms(line, cells, reader) for line, cells in reader.named(told["CONTRACTS"], "contract")}
    nurses = {cells[0]: _nurse(line, cells, contracts, skills, reader) for line, cells in reader.named(told["NURSES"], "nurse")}
    weeks = reader.number(told["WEEKS"].line, "WEEKS", told["WEEKS"].value)
    stop(reader.findings)
    return Scenario(told["SCENARIO"].value, weeks, skills, shifts, contracts, nurses)


def _shifts(told: dict[str, _Section], reader: _Reader) -> Iterator[ShiftType]:
    names = [cells[0] for _, cells in told["SHIFT_TYPES"].rows]
    barred: dict[str, tuple[str, ...]] = {}
    for line, (name, many, *after) in reader.named(told["FORBIDDEN_SHIFT_TYPES_SUCCESSIONS"], "shift"):
        if reader.number(line, "successions", many) != len(after):
            reader.wrong(line, "successions", many, f"{len(after)}, as many as shifts follow")
        barred[reader.known(line, "shift", name, names)] = tuple(reader.known(line, "successor", one, names) for one in after)
    for line, (name, run, *_) in reader.named(told["SHIFT_TYPES"], "shift"):
        yield ShiftType(name, *reader.bounds(line, "days in a row", run), barred.get(name, ()))


def _terms(line: int, cells: list[str], reader: _Reader) -> Terms:
    total, work, off = (
        reader.bounds(line, name, text) for name, text in zip(("assignments", "days of work", "days off"), cells[1:4], strict=True)
    )
    weekends = reader.number(line, "weekends", cells[4])
    return Terms(*total, *work, *off, weekends, reader.known(line, "whole weekends", cells[5], "01") == "1")


def _nurse(line: int, cells: list[str], contracts: Collection[str], skills: Sequence[str], reader: _Reader) -> Nurse:
    held = tuple(reader.known(line, "skill", skill, skills) for skill in cells[3:])
    if reader.number(line, "skills", cells[2]) != len(held):
        reader.wrong(line, "skills", cells[2], f"{len(held)}, as many as skills follow")
    return Nurse(reader.known(line, "contract", cells[1], contracts), held)


def read_history(path: Path, scenario: Scenario) -> dict[str, Border]:
    """What each nurse brings, in the order of the scenario.

    Raises
    ------
    InvalidData
        With every finding: nurses missing, unknown or told twice, numbers that contradict each other.
    """
    reader = _Reader(path.name)
    told = _sections(path, "history", reader, {"NURSE_HISTORY": 7})["NURSE_HISTORY"]
    borders = {
        reader.known(line, "nurse", cells[0], scenario.nurses): _border(line, cells, scenario, reader)
        for line, cells in reader.named(told, "nurse")
    }
    for nurse in scenario.nurses:
        if nurse not in borders:
            reader.wrong(None, "nurse", "nothing", f"a row for {nurse}")
    stop(reader.findings)
    return {nurse: borders[nurse] for nurse in scenario.nurses}


def _border(line: int, cells: list[str], scenario: Scenario, reader: _Reader) -> Border:
    """What one nurse brings: a run of work with a shift, or one of days off."""
    shift = reader.known(line, "last shift", cells[3], (*scenario.shifts, NONE))
    columns = ("assignments", "weekends", "same shift", "days of work", "days off")
    total, weekends, same, work, off = map(reader.number, [line] * 5, columns, (*cells[1:3], *cells[4:7]))
    if (shift == NONE) != (off > 0) or (work > 0) == (off > 0) or (same > 0) != (work > 0) or same > work:
        expected = "a last shift with days of work, no fewer than of the same shift, or None with days off"
        reader.wrong(line, None, " ".join(cells[3:7]), expected)
    return Border(total, weekends, None if shift == NONE else shift, same, work, off)


def read_week(path: Path, scenario: Scenario) -> Week:
    """Cover and requests of one week.

    Raises
    ------
    InvalidData
        With every finding: cells that are no number, unknown names.
    """
    reader = _Reader(path.name)
    told = _sections(path, "week", reader, {"REQUIREMENTS": 2 + len(WEEKDAYS), "SHIFT_OFF_REQUESTS": 3})
    cover = tuple(_cover(told["REQUIREMENTS"].rows, scenario, reader))
    requests = tuple(
        Request(
            reader.known(line, "nurse", nurse, scenario.nurses),
            None if reader.known(line, "shift", shift, (*scenario.shifts, ANY)) == ANY else shift,
            _day(line, day, reader),
        )
        for line, (nurse, shift, day, *_) in told["SHIFT_OFF_REQUESTS"].rows
    )
    stop(reader.findings)
    return Week(cover, requests)


def _cover(rows: Iterable[tuple[int, list[str]]], scenario: Scenario, reader: _Reader) -> Iterator[Cover]:
    for line, (shift, skill, *days) in rows:
        reader.known(line, "shift", shift, scenario.shifts)
        reader.known(line, "skill", skill, scenario.skills)
        for day, (name, text) in enumerate(zip(WEEKDAYS, days, strict=False)):
            yield Cover(shift, skill, day, *reader.bounds(line, name, text))


def _day(line: int, text: str, reader: _Reader) -> int:
    """Number of a day of the week, Monday = 0."""
    return WEEKDAYS.index(text) if reader.known(line, "day", text, WEEKDAYS) in WEEKDAYS else 0


def read_solution(path: Path, scenario: Scenario) -> tuple[Assignment, ...]:
    """Assignments of one week, as they stand: two on one day, or skills that a nurse does not have, are for the evaluator.

    Raises
    ------
    InvalidData
        With every finding: unknown names.
    """
    reader = _Reader(path.name)
    told = _sections(path, "solution", reader, {"ASSIGNMENTS": 4})
    found = tuple(
        Assignment(
            reader.known(line, "nurse", nurse, scenario.nurses),
            _day(line, day, reader),
            reader.known(line, "shift", shift, scenario.shifts),
            reader.known(line, "skill", skill, scenario.skills),
        )
        for line, (nurse, day, shift, skill, *_) in told["ASSIGNMENTS"].rows
    )
    stop(reader.findings)
    return found


def write_solution(path: Path, scenario: Scenario, stage: int, assignments: Collection[Assignment]) -> None:
    """Assignments of the week planned at a stage, from 0 on."""
    rows = (f"{one.nurse} {WEEKDAYS[one.day]} {one.shift} {one.skill}" for one in assignments)
    write_text(path, "\n".join(["SOLUTION", f"{stage} {scenario.name}", "", f"ASSIGNMENTS = {len(assignments)}", *rows, ""]))


def scenario_path(folder: Path) -> Path:
    """The scenario of a folder.

    Raises
    ------
    InvalidData
        There is none, or there are several.
    """
    found = sorted(folder.glob("Sc-*.txt"))
    if len(found) != 1:
        fix = "name the folder of one instance"
        stop([Finding(folder.name, None, None, f"{len(found)} scenarios", "one file Sc-*.txt", fix)])
    return found[0]


def file_of(scenario: Path, sort: str, number: str) -> Path:
    """The history (sort ``H0``), week (``WD``) or solution (``Sol``) of a number beside a scenario."""
    return scenario.with_name(f"{sort}-{scenario.stem.removeprefix('Sc-')}-{number}.txt")
