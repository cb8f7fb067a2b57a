"""Instances of the shift scheduling benchmark of Curtois and Qu, in their text format; schedules of them, in and out.

References
----------
Curtois, Qu (2014), Computational results on new staff scheduling benchmark instances, technical report, University of Nottingham.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from data.exchange.atomic import replacing
from data.exchange.files import stop
from data.model.errors import Finding, InvalidData

SECTIONS = {
    "SECTION_HORIZON": 1,
    "SECTION_SHIFTS": 2,
    "SECTION_STAFF": 8,
    "SECTION_DAYS_OFF": 1,
    "SECTION_SHIFT_ON_REQUESTS": 4,
    "SECTION_SHIFT_OFF_REQUESTS": 4,
    "SECTION_COVER": 5,
}
"""Sections of a file, and the fewest cells of a row."""


@dataclass(frozen=True)
class ShiftType:
    """A shift: its length in minutes, and the shifts that may not follow it on the next day."""

    code: str
    minutes: int
    barred: tuple[str, ...]


@dataclass(frozen=True)
class Terms:
    """What binds an employee: shifts of each type, minutes, days in a row, and weekends, over the whole horizon."""

    max_shifts: tuple[tuple[str, int], ...]
    max_minutes: int
    min_minutes: int
    max_run: int
    min_run: int
    min_days_off: int
    max_weekends: int


@dataclass(frozen=True)
class Request:
    """A shift that an employee asks for, or asks to be spared, and what it costs to refuse."""

    employee: str
    day: int
    shift: str
    weight: int
    wanted: bool


@dataclass(frozen=True)
class Cover:
    """How many are to work a shift on a day, and what each missing and each beyond costs."""

    day: int
    shift: str
    heads: int
    under: int
    over: int


@dataclass(frozen=True)
class Instance:
    """One instance; days count from 0, which is a Monday.

    Parameters
    ----------
    staff : dict
        Terms by employee, in the order of the file.
    days_off : dict
        Days on which an employee may not work.
    """

    name: str
    days: int
    shifts: tuple[ShiftType, ...]
    staff: dict[str, Terms]
    days_off: dict[str, tuple[int, ...]]
    requests: tuple[Request, ...]
    cover: tuple[Cover, ...]


@dataclass
class _Reader:
    """Cells of a file, and what is wrong with them."""

    where: str
    findings: list[Finding] = field(default_factory=list[Finding])

    def number(self, line: int, column: str, text: str, least: int = 0) -> int:
        """A whole number of a cell."""
        try:
            value = int(text)
        except ValueError:
            value = -1 if least <= 0 else least - 1
        if value < least:
            self.wrong(line, column, text, f"a whole number, at least {least}")
            return least
        return value

    def known(self, line: int, column: str, text: str, names: Iterable[str]) -> str:
        """A name that is one of those declared before."""
        if text not in names:
            self.wrong(line, column, text, f"one of {', '.join(names)}")
        return text

    def day(self, line: int, text: str, days: int) -> int:
        """A day inside the horizon."""
        day = self.number(line, "day", text)
        if day >= days:
            self.wrong(line, "day", text, f"a day from 0 to {days - 1}")
        return min(day, max(days - 1, 0))

    def wrong(self, line: int | None, column: str | None, read: str, expected: str) -> None:
        """One more finding."""
        self.findings.append(Finding(self.where, line, column, repr(read), expected))


Rows = dict[str, list[tuple[int, list[str]]]]


def read_instance(path: Path) -> Instance:
    """An instance of the benchmark.

    Raises
    ------
    InvalidData
        With every finding: sections that are missing, cells that are no number, unknown shifts and employees, days outside.
    """
    reader = _Reader(path.name)
    rows = _sections(path, reader)
    stop(reader.findings)
    days = reader.number(*_horizon(rows), least=1)
    shifts = tuple(_shifts(rows["SECTION_SHIFTS"], reader))
    codes = [shift.code for shift in shifts]
    staff = {cells[0]: _terms(line, cells, codes, reader) for line, cells in rows["SECTION_STAFF"]}
    off: dict[str, tuple[int, ...]] = {}
    for line, cells in rows["SECTION_DAYS_OFF"]:
        employee = reader.known(line, "employee", cells[0], staff)
        off[employee] = (*off.get(employee, ()), *(reader.day(line, day, days) for day in cells[1:] if day))
    requests = tuple(_requests(rows, days, staff, codes, reader))
    cover = tuple(
        Cover(
            reader.day(line, cells[0], days),
            reader.known(line, "shift", cells[1], codes),
            *(reader.number(line, name, text) for name, text in zip(("requirement", "under", "over"), cells[2:], strict=False)),
        )
        for line, cells in rows["SECTION_COVER"]
    )
    stop(reader.findings)
    return Instance(path.stem, days, shifts, staff, off, requests, cover)


def _sections(path: Path, reader: _Reader) -> Rows:
    """Rows of each section with their lines, comments left out."""
    rows: Rows = {name: [] for name in SECTIONS}
    found, section = set[str](), ""
    for line, text in enumerate(_text(path).splitlines(), start=1):
        bare = text.split("#", 1)[0].strip()
        if bare.startswith("SECTION_"):
            section = reader.known(line, "section", bare, SECTIONS)
            found.add(section)
        elif bare and section in SECTIONS:
            cells = [cell.strip() for cell in bare.split(",")]
            if len(cells) < SECTIONS[section]:
                reader.wrong(line, None, bare, f"at least {SECTIONS[section]} cells in {section}")
            else:
                rows[section].append((line, cells))
    for name in ("SECTION_HORIZON", "SECTION_SHIFTS", "SECTION_STAFF"):
        if not reader.findings and not rows[name]:
            reader.wrong(None, name, "nothing", "a section with at least one row")
    return rows


def _text(path: Path) -> str:
    """A file's text; one that is not there or is no text is a finding."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        what = "no such file" if isinstance(error, FileNotFoundError) else type(error).__name__
        raise InvalidData([Finding(path.name, None, None, what, "a text file in UTF-8")]) from error


def _horizon(rows: Rows) -> tuple[int, str, str]:
    line, cells = rows["SECTION_HORIZON"][0]
    return line, "horizon", cells[0]


def _shifts(rows: list[tuple[int, list[str]]], reader: _Reader) -> Iterator[ShiftType]:
    codes = [cells[0] for _, cells in rows]
    for line, cells in rows:
        barred = tuple(code for code in (cells[2] if len(cells) > 2 else "").split("|") if code)
        barred = tuple(reader.known(line, "may not follow", code, codes) for code in barred)
        yield ShiftType(cells[0], reader.number(line, "minutes", cells[1], 1), barred)


def _terms(line: int, cells: list[str], codes: Sequence[str], reader: _Reader) -> Terms:
    most: list[tuple[str, int]] = []
    for pair in filter(None, cells[1].split("|")):
        code, _, number = pair.partition("=")
        most.append((reader.known(line, "MaxShifts", code, codes), reader.number(line, "MaxShifts", number)))
    names = ("MaxTotalMinutes", "MinTotalMinutes", "MaxConsecutiveShifts", "MinConsecutiveShifts")
    names += ("MinConsecutiveDaysOff", "MaxWeekends")
    least = (0, 0, 1, 1, 1, 0)
    numbers = [reader.number(line, name, text, low) for name, text, low in zip(names, cells[2:8], least, strict=True)]
    if numbers[1] > numbers[0] or numbers[3] > numbers[2]:
        reader.wrong(line, "minutes or runs", ",".join(cells[2:6]), "no minimum above its maximum")
    return Terms(tuple(most), *numbers)


def _requests(rows: Rows, days: int, staff: Iterable[str], codes: Sequence[str], reader: _Reader) -> Iterator[Request]:
    for section, wanted in (("SECTION_SHIFT_ON_REQUESTS", True), ("SECTION_SHIFT_OFF_REQUESTS", False)):
        for line, cells in rows[section]:
            employee = reader.known(line, "employee", cells[0], staff)
            shift = reader.known(line, "shift", cells[2], codes)
            yield Request(employee, reader.day(line, cells[1], days), shift, reader.number(line, "weight", cells[3]), wanted)


def write_schedule(path: Path, instance: Instance, schedule: Mapping[str, Sequence[str]]) -> None:
    """One row for each employee: the shift of each day, empty on a day off."""
    with replacing(path) as fresh, fresh.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["employee", *range(instance.days)])
        writer.writerows([employee, *schedule[employee]] for employee in instance.staff)


def read_schedule(path: Path, instance: Instance) -> dict[str, list[str]]:
    """Shifts by employee and day, empty on a day off; ``OFF`` is understood too.

    Raises
    ------
    InvalidData
        With every finding: employees that are missing or unknown, rows of another length, unknown shifts.
    """
    reader, codes = _Reader(path.name), ["", *(shift.code for shift in instance.shifts)]
    schedule: dict[str, list[str]] = {}
    for line, row in enumerate(csv.reader(_text(path).splitlines()), start=1):
        if row and line > 1:
            employee, read = reader.known(line, "employee", row[0], instance.staff), [_shift(cell, codes) for cell in row[1:]]
            schedule[employee] = [reader.known(line, str(day), cell, codes) for day, cell in enumerate(read)]
            if len(read) != instance.days:
                reader.wrong(line, None, f"{len(read)} days", f"{instance.days} days")
    for employee in instance.staff:
        if employee not in schedule:
            reader.wrong(None, "employee", "nothing", f"a row for {employee}")
    stop(reader.findings)
    return schedule


def _shift(cell: str, codes: Iterable[str]) -> str:
    """The shift of a cell; ``OFF`` and ``-`` are days off unless a shift is called so."""
    bare = cell.strip()
    return "" if bare in ("OFF", "-") and bare not in codes else bare
