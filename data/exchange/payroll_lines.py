"""The payroll of a period for a payroll system: one row for each person, day and pay code (``payroll_lines.csv``).

A row belongs to the shift that starts on its day. Its `minutes` add up by pay code to what ``payroll.csv`` says; `planned_minutes`
and `night_minutes` describe the shift and stand in each of its rows. Emergency duties name their echelon and stand beside.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from data.cells import AWARE, DAY, TEXT, choice, number, whole, word_of
from data.columns import Column, Table
from data.exchange.payroll import write_safely
from data.model.people import Contract

LINES_FILE = "payroll_lines.csv"

DayKind = ("work", "rest", "holiday", "makeup")

PAY_CODES = {100: "REG", 150: "OT150", 200: "OT200", 300: "HOL300"}
"""Pay code of each per cent of the wage."""

NIGHT, LEAVE, INCENTIVE = "NIGHT", "LEAVE_", "INCENTIVE"
"""Night minutes (an allowance beside the wage), days of paid leave with their code, contribution points that were earned."""

LINES = Table(
    "payroll_lines",
    (
        *(Column(name, TEXT) for name in ("employee_no", "period")),
        Column("work_date", DAY),
        Column("day_type", choice(*DayKind)),
        Column("hours_system", word_of(Contract, "hours_system")),
        Column("shift_code", TEXT, filled=False),
        *(Column(name, AWARE, filled=False) for name in ("planned_start", "planned_end")),
        Column("planned_minutes", whole(0), "min", filled=False),
        Column("actual_minutes", whole(0), "min", filled=False),
        Column("night_minutes", whole(0), "min", filled=False),
        Column("pay_code", TEXT),
        Column("pay_factor", number(0), filled=False),
        Column("minutes", whole(0), "min"),
        *(Column(name, TEXT, filled=False) for name in ("project", "echelon_level")),
        Column("incentive_points", whole(), "points", filled=False),
        *(Column(name, TEXT, filled=False) for name in ("legal_ref", "roster_version", "approved_by")),
    ),
)

Line = dict[str, Any]


def write_lines(lines: Iterable[Line], path: Path) -> None:
    """Write lines for a spreadsheet: no text becomes a formula, and every column always stands there."""
    write_safely(lines, LINES, path)


def lines_of(data: bytes) -> list[Line]:
    """Lines of a file of lines as JSON: ISO dates, numbers, null for empty cells."""
    kinds = {column.name: column.kind for column in LINES.columns}
    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    return [{name: _json(kinds[name].parse(text)) if text else None for name, text in row.items()} for row in rows]


def _json(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else value.isoformat()


def totals_of(lines: Iterable[Line]) -> dict[tuple[str, str], tuple[int, int]]:
    """Minutes and points of each person and pay code, in the order of the lines."""
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for line in lines:
        held = sums[line["employee_no"], line["pay_code"]]
        held[0] += int(line.get("minutes") or 0)
        held[1] += int(line.get("incentive_points") or 0)
    return {key: (minutes, points) for key, (minutes, points) in sums.items()}


def period_days(period: str) -> tuple[date, date]:
    """First and last day of a period, ``2026-06`` or ``2026-06-01_2026-06-14``.

    Raises
    ------
    ValueError
        It is neither.
    """
    first, _, last = period.partition("_")
    if last:
        days = date.fromisoformat(first), date.fromisoformat(last)
        if days[1] < days[0]:
            raise ValueError(period)
        return days
    start = date.fromisoformat(f"{first}-01")
    following = date(start.year + start.month // 12, start.month % 12 + 1, 1)
    return start, date.fromordinal(following.toordinal() - 1)
