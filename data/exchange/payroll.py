"""The payroll out: ``payroll.csv``, a row for each agent, ``payroll_days.csv``, what it came from, and emergency duties."""

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pydantic import Field

from data.cells import AWARE, DAY, TEXT, whole, word_of
from data.columns import Column, Table, alike, optional
from data.exchange.atomic import replacing
from data.exchange.files import write_table
from data.model.base import Frozen
from data.model.people import Contract, HoursSystem

PAYROLL_FILE = "payroll.csv"
ITEMS_FILE = "payroll_days.csv"
CALL_OUT_PAY_FILE = "payroll_call_outs.csv"


class PayrollRow(Frozen):
    """What one agent is paid for, in whole minutes.

    Parameters
    ----------
    first, last : date
        The period: shifts that start on its days.
    paid_minutes : int
        The sum of the four pay codes.
    minutes_100, minutes_150, minutes_200, minutes_300 : int
        Normal; overtime; rest days without time off in lieu; statutory holidays.
    night_minutes : int
        Of the paid minutes, those between 22:00 and 06:00.
    leave_minutes : int
        Normal days of paid leave.
    standard_minutes : int
        Statutory hours of the period.
    difference_minutes : int
        Paid and leave minutes less the standard.
    month_minutes, quarter_minutes, year_minutes : int or None
        Comprehensive hours: the total since the first day of the calendar period in which `last` lies; None for others, and
        where days before the roster are not known.
    unknown_days : int
        Such days of the period over which the hours are settled: overtime may be missing.
    """

    agent: str
    contract: str
    hours_system: HoursSystem
    first: date
    last: date
    paid_minutes: int
    minutes_100: int
    minutes_150: int
    minutes_200: int
    minutes_300: int
    night_minutes: int
    leave_minutes: int
    standard_minutes: int
    difference_minutes: int
    month_minutes: int | None = None
    quarter_minutes: int | None = None
    year_minutes: int | None = None
    unknown_days: int = Field(default=0, ge=0)


class PayItem(Frozen):
    """One part of a number of a `PayrollRow`; the parts of a number add up to it.

    Parameters
    ----------
    number : str
        Name of the field.
    day : date
        Local day on which the minutes fall; of what a balance brings, its last day; of standard hours, the first of the month.
    reason, reason_zh, source : str
        Why they count so, and the article that says it.
    """

    agent: str
    number: str
    day: date
    minutes: int
    reason: str
    reason_zh: str
    source: str


class CallOutPay(Frozen):
    """An emergency duty to be paid beside the roster.

    Parameters
    ----------
    day : date
        On which it begins.
    minutes : int
        Worked outside the shifts of the roster.
    paid_minutes : int
        Those, or the least that the echelon is paid for.
    pay_code : str
        Code of the echelon; else per cent of the wage, as overtime of the day.
    """

    agent: str
    echelon: str
    queue: str
    day: date
    start: datetime
    end: datetime
    minutes: int = Field(gt=0)
    paid_minutes: int = Field(gt=0)
    pay_code: str


HOURS_SOURCE = "人社部发〔2025〕2号; 劳部发〔1994〕503号 art. 5"

WHY: dict[str, tuple[str, str, str]] = {
    "minutes_100": ("normal hours", "正常工时", "Labour Law art. 36"),
    "minutes_150": (
        "overtime: beyond the normal hours",
        "延长工作时间",
        "Labour Law art. 44(1); Wage Payment Provisional Rules art. 13",
    ),
    "minutes_200": ("rest day without time off in lieu", "休息日工作且未补休", "Labour Law art. 44(2)"),
    "minutes_300": ("statutory holiday", "法定节假日", "Labour Law art. 44(3); Holiday Measures art. 2"),
    "night_minutes": ("worked between 22:00 and 06:00", "22:00 至 06:00 之间工作", "house choice (domain.md, cn.night.window)"),
    "leave_minutes": ("normal day of paid leave", "带薪休假的正常工作日", "Labour Law art. 45; Annual Leave Regulation art. 2"),
    "standard_minutes": ("statutory hours of the month", "当月法定工时", "人社部发〔2025〕2号"),
    "brought": ("brought by the balance", "期初余额带入", HOURS_SOURCE),
    "worked": ("worked, or paid leave", "工作或带薪休假", HOURS_SOURCE),
}
"""Why a minute counts in a number, in English and Chinese, and by which article."""


def pay_item(why: str, day: date, minutes: int) -> PayItem:
    """A part of a number, its agent still to be named; `why` is a key of `WHY`."""
    reason, reason_zh, source = WHY[why]
    return PayItem(agent="", number=why, day=day, minutes=minutes, reason=reason, reason_zh=reason_zh, source=source)


PAYROLL = Table(
    "payroll",
    (
        *alike("agent contract", TEXT),
        Column("hours_system", word_of(Contract, "hours_system")),
        *alike("first last", DAY),
        *alike("paid_minutes minutes_100 minutes_150 minutes_200 minutes_300 night_minutes leave_minutes", whole(0), "min"),
        Column("standard_minutes", whole(0), "min"),
        Column("difference_minutes", whole(), "min"),
        *(optional(name, whole(0), "min") for name in ("month_minutes", "quarter_minutes", "year_minutes")),
        optional("unknown_days", whole(0), "days"),
    ),
    keys=("agent", "first", "last"),
)

ITEMS = Table(
    "payroll_days",
    (*alike("agent number", TEXT), Column("day", DAY), Column("minutes", whole(), "min"), *alike("reason reason_zh source", TEXT)),
)

CALL_OUT_PAY = Table(
    "payroll_call_outs",
    (
        *alike("agent echelon queue", TEXT),
        Column("day", DAY),
        *alike("start end", AWARE),
        *alike("minutes paid_minutes", whole(1), "min"),
        Column("pay_code", TEXT),
    ),
)

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet would take for a formula (OWASP, CSV injection)."""

BOM = b"\xef\xbb\xbf"
"""By it a spreadsheet knows that a CSV is UTF-8, and shows Chinese names as they are."""


def write_payroll(rows: Iterable[PayrollRow], path: Path) -> None:
    """Write payroll rows, one for each agent, as CSV, XLSX or Parquet by the suffix."""
    _write(rows, PAYROLL, path)


def write_pay_items(items: Iterable[PayItem], path: Path) -> None:
    """Write what payroll numbers came from, one row for each part."""
    _write(items, ITEMS, path)


def write_call_out_pay(rows: Iterable[CallOutPay], path: Path) -> None:
    """Write what emergency duties are paid for, one row for each member and duty."""
    _write(rows, CALL_OUT_PAY, path)


def _write(entities: Iterable[Frozen], table: Table, path: Path) -> None:
    write_safely((entity.model_dump() for entity in entities), table, path)


def write_safely(rows: Iterable[dict[str, Any]], table: Table, path: Path) -> None:
    """Write a table for a spreadsheet: no text of it becomes a formula, and a CSV begins with a byte-order mark."""
    with replacing(path) as temporary:
        write_table(table.frame(_safe(row) for row in rows), temporary)
        if temporary.suffix == ".csv":
            temporary.write_bytes(BOM + temporary.read_bytes())


def _safe(fields: dict[str, Any]) -> dict[str, object]:
    """Cells of a row, with an apostrophe before a text that a spreadsheet would calculate."""
    return {k: f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value for k, value in fields.items()}
