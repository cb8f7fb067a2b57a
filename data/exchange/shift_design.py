"""Shift design in: the published instances (MiniZinc data, ``.dzn``), and the windows of a centre (``shift_windows.csv``)."""

import re
from collections.abc import Mapping
from math import isfinite
from pathlib import Path

from pydantic import ValidationError

from data.cells import CLOCK, whole, whole_of, word_of
from data.columns import Column, Table
from data.exchange.documents import findings_of
from data.exchange.files import read_table, stop
from data.model.errors import Finding, InvalidData
from data.model.roster import ShiftTemplate
from data.model.shift_design import ShiftDesign, ShiftWindow
from data.model.time import DAY_MINUTES

WINDOWS_FILE = "shift_windows.csv"

SHIFT_WINDOWS = Table(
    "shift_windows",
    (
        Column("kind", word_of(ShiftTemplate, "kind")),
        Column("first_start", CLOCK),
        Column("last_start", CLOCK),
        Column("least_minutes", whole_of(ShiftTemplate, "minutes"), "min"),
        Column("most_minutes", whole_of(ShiftTemplate, "minutes"), "min"),
        Column("step_minutes", whole(1, DAY_MINUTES), "min", required=False, filled=False),
    ),
)
"""Where shifts may start and how long they may last; a window that ends before it begins runs over midnight."""

ARRAYS = ("demand", "minStart", "maxStart", "minLength", "maxLength")
WEIGHTS = ("weightOverCover", "weightUnderCover", "weightShiftInstances")
COUNTS = ("interval", "days", "shiftTypes")
DUTIES = ("minDuties", "maxDuties", "avgMinutes", "weightDutiesPerWeek")
"""Read and left out: the term of duties a week is not part of the cost (house choice)."""

ASSIGNMENT = re.compile(r"([A-Za-z]\w*)\s*=\s*([^;]*)", re.DOTALL)
Numbers = tuple[float, ...]


def read_shift_design(path: Path) -> ShiftDesign:
    """Read an instance: comments after ``%``, arrays over several lines, numbers whole or with a fraction.

    Raises
    ------
    InvalidData
        With every finding.
    """
    findings: list[Finding] = []
    values = _values(path, findings)
    for name in (*COUNTS, *ARRAYS, *WEIGHTS):
        if name not in values and not any(finding.column == name for finding in findings):
            findings.append(Finding(path.name, None, name, "nothing", "a number" if name not in ARRAYS else "an array"))
    findings += [finding for name, (line, numbers) in values.items() for finding in _unfit(path.name, name, line, numbers)]
    types = values.get("shiftTypes", (None, ()))[1]
    findings += [
        Finding(path.name, values[name][0], name, f"{len(values[name][1])} numbers", f"{types[0]:g}, one for each type")
        for name in ARRAYS[1:]
        if name in values and types and len(values[name][1]) != types[0]
    ]
    stop(sorted(findings, key=lambda finding: finding.row or 0))
    return _design(path.name, {name: numbers for name, (_, numbers) in values.items()})


def _values(path: Path, findings: list[Finding]) -> dict[str, tuple[int, Numbers]]:
    """Line and numbers of each name."""
    values: dict[str, tuple[int, Numbers]] = {}
    line = 1
    for statement in _text(path).split(";"):
        at = line + statement[: len(statement) - len(statement.lstrip())].count("\n")
        line += statement.count("\n")
        if not statement.strip():
            continue
        found = ASSIGNMENT.fullmatch(statement.strip())
        if found is None:
            findings.append(Finding(path.name, at, None, _short(statement), "name = value;", "end every assignment with ;"))
        elif found[1] in values:
            findings.append(Finding(path.name, at, found[1], "the name twice", "each name once"))
        elif (numbers := _numbers(found[2], found[1] in ARRAYS)) is None:
            expected = "numbers in brackets, parted by commas" if found[1] in ARRAYS else "a number"
            findings.append(Finding(path.name, at, found[1], _short(found[2]), expected))
        else:
            values[found[1]] = at, numbers
    return values


def _text(path: Path) -> str:
    """The file without its comments."""
    if not path.is_file():
        raise InvalidData([Finding(path.name, None, None, "no file", "an instance (.dzn)")])
    try:
        return re.sub(r"%[^\n]*", "", path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InvalidData([Finding(path.name, None, None, f"no UTF-8 at byte {error.start}", "UTF-8 text")]) from error


def _numbers(text: str, array: bool) -> Numbers | None:
    """Numbers of a value; None if it does not read."""
    inner = text.strip()
    if array != (inner.startswith("[") and inner.endswith("]")):
        return None
    parts = inner[1:-1].strip().removesuffix(",").split(",") if array else [inner]
    try:
        numbers = tuple(float(part) for part in parts)
    except ValueError:
        return None
    return numbers if all(map(isfinite, numbers)) else None


def _unfit(where: str, name: str, line: int, numbers: Numbers) -> list[Finding]:
    """Numbers that are negative, or not whole where they must be."""
    if name in DUTIES or name not in (*COUNTS, *ARRAYS, *WEIGHTS):
        return []
    whole, least = name not in WEIGHTS, 1 if name in (*COUNTS, "minLength", "maxLength") else 0
    expected = f"a {'whole ' if whole else ''}number of at least {least}"
    wrong = [number for number in numbers if number < least or (whole and not number.is_integer())]
    return [Finding(where, line, name, f"{number:g}", expected) for number in wrong]


def _design(where: str, values: Mapping[str, Numbers]) -> ShiftDesign:
    """The design, or what the numbers together are wrong in."""
    findings: list[Finding] = []
    windows: list[ShiftWindow] = []
    for k, (first, last, least, most) in enumerate(zip(*(map(int, values[name]) for name in ARRAYS[1:]), strict=True), 1):
        try:
            window = ShiftWindow(kind=str(k), first_start=first, last_start=last, least_length=least, most_length=most)
            windows.append(window)
        except ValidationError as error:
            findings += findings_of(error, where)
    over, under, shift = (values[name][0] for name in WEIGHTS)
    interval, days = (int(values[name][0]) for name in COUNTS[:2])
    try:
        made = ShiftDesign(
            minutes=interval,
            days=days,
            demand=tuple(map(int, values["demand"])),
            # a stand-in where no window reads, so that the rest is judged all the same
            windows=tuple(windows) or (ShiftWindow(kind="", first_start=0, last_start=0, least_length=1, most_length=1),),
            over_cost=over,
            under_cost=under,
            shift_cost=shift,
        )
    except ValidationError as error:
        raise InvalidData([*findings, *findings_of(error, where)]) from error
    stop(findings)
    return made


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return repr(plain if len(plain) <= 40 else f"{plain[:37]}...")


def read_shift_windows(path: Path, minutes: int) -> tuple[ShiftWindow, ...]:
    """Windows of ``shift_windows.csv``, in intervals of `minutes`; steps of one interval where none is told.

    Raises
    ------
    InvalidData
        With every finding: cells, times off the interval, a length that ends before it begins.
    """
    frame, findings, windows = read_table(path, SHIFT_WINDOWS), list[Finding](), list[ShiftWindow]()
    if frame.empty:
        findings.append(Finding(path.name, None, None, "no row", "at least one window", "add a row, or take the file away"))
    for line, record in zip(frame.index, frame.to_dict("records"), strict=True):
        step = record.get("step_minutes")
        first, last = (60 * record[name].hour + record[name].minute for name in ("first_start", "last_start"))
        cells = {
            "first_start": first,
            "last_start": last + (DAY_MINUTES if last < first else 0),
            "least_minutes": int(record["least_minutes"]),
            "most_minutes": int(record["most_minutes"]),
            "step_minutes": int(step) if step is not None and step == step else minutes,
        }
        expected = f"a multiple of the interval of {minutes} minutes"
        off = [name for name, value in cells.items() if value % minutes]
        findings += [Finding(path.name, int(line), name, str(cells[name]), expected) for name in off]
        a, b, least, most, every = (value // minutes for value in cells.values())
        steps = {"start_step": every, "length_step": every}
        try:
            windows.append(
                ShiftWindow(kind=str(record["kind"]), first_start=a, last_start=b, least_length=least, most_length=most, **steps)
            )
        except ValidationError as error:
            findings += findings_of(error, path.name, int(line))
    stop(findings)
    return tuple(windows)
