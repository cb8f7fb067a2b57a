"""Minutes by pay code, night minutes and totals, each against hours counted by hand. 2026-06-01 is a Monday."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from roster_case import requirement_of

from data.exchange.payroll import PayItem, write_pay_items, write_payroll
from data.model.calendar import Calendar, DayType, SpecialDay
from data.model.centre import Centre, OpeningHours, Queue
from data.model.errors import InvalidData
from data.model.ledger import Balance
from data.model.people import Absence, Agent, Contract, HoursSystem
from data.model.roster import Roster, ShiftTemplate
from data.model.rulebook import Rulebook, RuleSpec, Scope
from data.model.time import Horizon, TimeGrid
from optimizer.rostering.payroll import Payroll, payroll, settled_period, statutory_minutes
from optimizer.rostering.problem import RosterProblem

MONDAY = date(2026, 6, 1)
SHIFTS = (
    ShiftTemplate(code="E", start=time(8), minutes=540, meal_minutes=60, meal_earliest=180, meal_latest=300),
    ShiftTemplate(code="N", start=time(22), minutes=510, meal_minutes=30, meal_earliest=180, meal_latest=300),
    ShiftTemplate(code="S", start=time(10), minutes=240),
)
SYSTEMS: tuple[HoursSystem, ...] = ("standard", "comprehensive", "flexible", "part_time")
QUEUE = Queue(id="q", name="Q", project="p", opening=OpeningHours(hours={}), handle_time_s=300, patience_s=60)
ABSENCES = (
    Absence(agent="nobody", first=MONDAY, last=MONDAY, code="AL"),
    Absence(agent="nobody", first=MONDAY, last=MONDAY, code="UL", paid=False),
)
COMPREHENSIVE = Scope(hours_systems=("comprehensive",))


def contract_of(system: HoursSystem) -> Contract:
    return Contract(
        id=system, name=system, hours_system=system, daily_minutes=240 if system == "part_time" else 480, shifts=("E", "N", "S")
    )


def paid(
    line: str,
    system: HoursSystem = "standard",
    *,
    first: date = MONDAY,
    zone: str = "Asia/Shanghai",
    special: dict[date, DayType] | None = None,
    longer: dict[int, int] | None = None,
    balance: Balance | None = None,
    days: tuple[date, date] | None = None,
    **more: Any,
) -> Payroll:
    """Payroll of one agent's line; `longer` adds minutes to the shift of a day."""
    symbols, codes = line.split(), ("-", "AL", "UL", "E", "N", "S")
    horizon = Horizon(zone=zone, first=first, days=len(symbols))
    grid = TimeGrid(horizon=horizon, minutes=30)
    centre = Centre(id="c", name="C", zone=zone, queues=(QUEUE,), contracts=tuple(map(contract_of, SYSTEMS)), shifts=SHIFTS)
    table = {day: SpecialDay(type=kind) for day, kind in (special or {}).items()}
    problem = RosterProblem(
        centre,
        (Agent(id="a", contract=system, skills=("q",)),),
        grid,
        requirement_of(np.zeros((1, grid.size), dtype=np.int64), grid),
        Rulebook(id="b"),
        0,
        horizon.days,
        absences=ABSENCES,
        calendar=Calendar(table=table),
        balances=() if balance is None else (balance,),
    )
    return payroll(problem, roster_of(symbols, codes, horizon, longer or {}), *(days or (first, horizon.last)), **more)


def roster_of(symbols: Sequence[str], codes: tuple[str, ...], horizon: Horizon, longer: dict[int, int]) -> Roster:
    shifts = [next((s for s in SHIFTS if s.code == code), None) for code in symbols]
    start = np.array([[-1 if s is None else s.start_minute for s in shifts]])
    minutes = np.array([[0 if s is None else s.minutes + longer.get(d, 0) for d, s in enumerate(shifts)]])
    pause = np.array([[0 if s is None else s.meal_minutes for s in shifts]])
    meal = np.where(pause > 0, 240, -1)
    return Roster(("a",), horizon, codes, np.array([[codes.index(code) for code in symbols]]), start, minutes, meal, pause)


def codes_of(pay: Payroll) -> tuple[int, int, int, int]:
    (row,) = pay.rows()
    assert row.paid_minutes == row.minutes_100 + row.minutes_150 + row.minutes_200 + row.minutes_300
    return row.minutes_100, row.minutes_150, row.minutes_200, row.minutes_300


# -- standard hours


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("E E E E E - -", (2400, 0, 0, 0)),
        ("E E E E E E -", (2400, 0, 480, 0)),
        ("E E - E E E -", (2400, 0, 0, 0)),  # the Wednesday off stands for the Saturday
        ("E E - E E E E", (2400, 0, 480, 0)),  # and not for the Sunday too
        ("E E AL E E E -", (1920, 0, 480, 0)),  # leave gives nothing back
        ("E E E E E - S", (2400, 0, 240, 0)),
        ("E E E E E E E - - E E E - -", (2400 + 1440, 0, 960, 0)),  # days off of the week after come too late
        ("E E E E N - -", (2400, 0, 0, 0)),  # a Friday's night is the Friday's shift
    ],
)
def test_rest_days_count_unless_a_working_day_off_stands_in_their_week(line: str, expected: tuple[int, ...]) -> None:
    assert codes_of(paid(line)) == expected


def test_days_off_replace_the_earliest_rest_day_worked() -> None:
    parts = paid("E E - E E E E").items("a", "minutes_200")
    assert [(part.day, part.minutes) for part in parts] == [(date(2026, 6, 7), 480)]


def test_a_makeup_day_is_a_working_day() -> None:
    saturday = {date(2026, 6, 6): DayType.MAKEUP}
    assert codes_of(paid("E E E E E E -", special=saturday)) == (2880, 0, 0, 0)


def test_overtime_is_what_lies_beyond_the_normal_day() -> None:
    assert codes_of(paid("E E E E E - -", longer={0: 90, 3: 30})) == (2400, 120, 0, 0)
    assert codes_of(paid("- - - - - S -", longer={5: 60})) == (300, 0, 0, 0)  # beyond its template, not beyond the normal day
    assert codes_of(paid("E E E E E E -", longer={5: 60})) == (2400, 0, 540, 0)  # a rest day has its own rate


def test_overtime_is_the_last_part_of_the_shift() -> None:
    parts = paid("N - - - - - -", longer={0: 60}).items("a", "minutes_150")
    assert [(part.day, part.minutes) for part in parts] == [(date(2026, 6, 2), 60)]
    tuesday = {date(2026, 6, 2): DayType.HOLIDAY}
    assert codes_of(paid("N - - - - - -", special=tuesday, longer={0: 60})) == (120, 0, 0, 420)


# -- holidays


@pytest.mark.parametrize(
    ("holiday", "expected"),
    [
        (date(2026, 6, 3), (120, 0, 0, 360)),  # a night into the holiday: 22:00-24:00, then 00:00-06:30 less the meal at 02:00
        (date(2026, 6, 2), (360, 0, 0, 120)),  # a night out of it
        (date(2026, 6, 1), (480, 0, 0, 0)),
        (date(2026, 6, 4), (480, 0, 0, 0)),
    ],
)
def test_a_holiday_is_its_own_24_hours(holiday: date, expected: tuple[int, ...]) -> None:
    assert codes_of(paid("- N - - - - -", special={holiday: DayType.HOLIDAY})) == expected


def test_the_day_after_the_roster_is_asked_for() -> None:
    assert codes_of(paid("- N", special={date(2026, 6, 3): DayType.HOLIDAY})) == (120, 0, 0, 360)


def test_out_of_a_holiday_into_a_rest_day() -> None:
    special = {date(2026, 6, 2): DayType.HOLIDAY, date(2026, 6, 3): DayType.REST}
    assert codes_of(paid("E N - E E E -", special=special)) == (480 * 3, 0, 360 + 480, 120)
    assert codes_of(paid("- N - E E E -", special=special)) == (360 + 960, 0, 480, 120)  # the Monday off stands for the first


def test_no_day_off_replaces_a_holiday_and_a_holiday_off_replaces_nothing() -> None:
    friday = {date(2026, 6, 5): DayType.HOLIDAY}
    assert codes_of(paid("- E E E E - -", special=friday)) == (1440, 0, 0, 480)
    assert codes_of(paid("E E E E - E -", special=friday)) == (1920, 0, 480, 0)


# -- the other systems


def test_part_time_has_holidays_alone_and_flexible_hours_nothing() -> None:
    line, friday = "E E E E E E E", {date(2026, 6, 5): DayType.HOLIDAY}
    assert codes_of(paid(line, "part_time", special=friday, longer={0: 120})) == (6 * 480 + 120, 0, 0, 480)
    assert codes_of(paid(line, "flexible", special=friday, longer={0: 120})) == (7 * 480 + 120, 0, 0, 0)


def test_comprehensive_hours_pay_what_lies_beyond_the_month() -> None:
    pay = paid(" ".join("E" * 30), "comprehensive")
    assert codes_of(pay) == (9920, 30 * 480 - 9920, 0, 0)
    first = pay.items("a", "minutes_150")[0]
    assert (first.day, first.minutes) == (date(2026, 6, 21), 160)  # 20 days are 9600, 320 minutes more are normal
    assert codes_of(paid(" ".join("E" * 20), "comprehensive", longer={0: 120})) == (9720, 0, 0, 0)


def test_a_holiday_beyond_the_month_is_paid_once() -> None:
    holidays = {date(2026, 6, 1): DayType.HOLIDAY, date(2026, 6, 30): DayType.HOLIDAY}
    assert codes_of(paid(" ".join("E" * 30), "comprehensive", special=holidays)) == (9440, 30 * 480 - 9920 - 480, 0, 960)


def test_leave_fills_the_month_and_is_no_overtime() -> None:
    pay = paid(" ".join(["AL"] * 20 + ["E"] * 2 + ["AL"] * 2 + ["UL"] * 6), "comprehensive")
    assert codes_of(pay) == (320, 640, 0, 0)
    assert pay.rows()[0].leave_minutes == 22 * 480


def test_each_month_is_settled_by_itself() -> None:
    pay = paid(" ".join("E" * 40), "comprehensive", first=date(2026, 6, 20))
    assert codes_of(pay) == (11 * 480 + 9920, 29 * 480 - 9920, 0, 0)
    july = paid(" ".join("E" * 40), "comprehensive", first=date(2026, 6, 20), days=(date(2026, 7, 1), date(2026, 7, 29)))
    assert codes_of(july) == (9920, 29 * 480 - 9920, 0, 0)


def test_a_quarter_begins_with_what_the_balance_brings() -> None:
    held = Balance(agent="a", until=date(2026, 5, 31), quarter_minutes=29760 - 700, year_minutes=60000)
    pay = paid("E E E", "comprehensive", balance=held, settled="quarter")
    assert codes_of(pay) == (700, 740, 0, 0)
    assert [(p.day, p.minutes) for p in pay.items("a", "minutes_150")] == [(date(2026, 6, 2), 260), (date(2026, 6, 3), 480)]
    (row,) = pay.rows()
    assert (row.month_minutes, row.quarter_minutes, row.year_minutes, row.unknown_days) == (1440, 30500, 61440, 0)
    assert codes_of(paid("E E E", "comprehensive", balance=held, settled="year")) == (1440, 0, 0, 0)


def test_a_balance_that_ends_in_the_roster_holds_some_of_its_days() -> None:
    held = Balance(agent="a", until=date(2026, 6, 2), quarter_minutes=29760 - 700 + 960, year_minutes=60960)
    pay = paid("E E E", "comprehensive", balance=held, settled="quarter", longer={0: 60})
    assert codes_of(pay) == (700, 800, 0, 0)
    assert pay.rows()[0].year_minutes == 60000 + 1500


def test_totals_with_days_that_nobody_knows_are_missing() -> None:
    (row,) = paid("E E E", "comprehensive", first=date(2026, 6, 3)).rows()
    assert (row.month_minutes, row.quarter_minutes, row.year_minutes, row.unknown_days) == (None, None, None, 2)
    (row,) = paid("E E E", "comprehensive", first=date(2026, 7, 1)).rows()
    assert (row.month_minutes, row.quarter_minutes, row.year_minutes, row.unknown_days) == (1440, 1440, None, 0)
    old = Balance(agent="a", until=date(2026, 3, 31), quarter_minutes=9, year_minutes=9000)
    (row,) = paid("E E E", "comprehensive", balance=old, settled="quarter").rows()
    assert (row.quarter_minutes, row.year_minutes, row.unknown_days) == (None, None, 61)
    assert paid("E E E").rows()[0].month_minutes is None  # standard hours have no such total


def test_the_rulebook_says_what_is_settled() -> None:
    def held(*periods: str) -> RosterProblem:
        rules = tuple(
            RuleSpec(id=p, kind="hours", numbers={"period": p, "max_minutes": 99999}, scope=COMPREHENSIVE) for p in periods
        )
        return replace(PROBLEM, rulebook=Rulebook(id="b", rules=rules))

    assert [settled_period(held(*p)) for p in ((), ("month", "quarter"), ("year", "quarter"), ("year",), ("week",))] == [
        "month",
        "month",
        "quarter",
        "year",
        "month",
    ]


# -- nights and clocks


def test_nights_are_the_minutes_worked_between_ten_and_six() -> None:
    parts = paid("N - E -").items("a", "night_minutes")
    assert [(p.day, p.minutes) for p in parts] == [(date(2026, 6, 1), 120), (date(2026, 6, 2), 330)]


@pytest.mark.parametrize(
    ("first", "night"),
    [
        (date(2026, 3, 28), (120, 270)),  # 02:00 is 03:00: 00:00-06:00 lasts five hours, less the meal at 03:00
        (date(2026, 10, 24), (120, 360)),  # 02:00 comes twice: the shift ends at 05:30, all of it night work
        (date(2026, 6, 1), (120, 330)),
    ],
)
def test_a_clock_change_in_a_night(first: date, night: tuple[int, int]) -> None:
    pay = paid("N -", first=first, zone="Europe/Berlin")
    assert tuple(p.minutes for p in pay.items("a", "night_minutes")) == night
    assert [(p.day, p.minutes) for p in pay.items("a", "paid_minutes")] == [(first, 120), (first + timedelta(days=1), 360)]


# -- the period


def test_shifts_are_paid_where_they_start() -> None:
    line, sunday = "N N N", (date(2026, 6, 2), date(2026, 6, 2))
    (row,) = paid(line, days=sunday).rows()
    assert (row.first, row.last, row.paid_minutes, row.night_minutes) == (*sunday, 480, 450)


def test_standard_hours_and_what_is_missing_of_them() -> None:
    june = paid(" ".join(["E"] * 19 + ["AL"] + ["-"] * 10)).rows()[0]
    assert (june.standard_minutes, june.leave_minutes, june.difference_minutes) == (9920, 480, 9600 - 9920)
    assert paid(" ".join("S" * 30), "part_time").rows()[0].standard_minutes == 4960
    assert paid("E E E").rows()[0].standard_minutes == 992
    across = paid(" ".join("E" * 20), first=date(2026, 6, 21)).items("a", "standard_minutes")
    assert [(p.day, p.minutes) for p in across] == [(date(2026, 6, 21), 3307), (date(2026, 7, 1), 3200)]


def test_the_statutory_year_became_shorter_in_2025() -> None:
    assert [statutory_minutes(date(2025, 1, 1), name) for name in ("month", "quarter", "year")] == [9920, 29760, 119040]
    assert [statutory_minutes(date(2024, 12, 31), name) for name in ("month", "quarter", "year")] == [10000, 30000, 120000]


def test_every_number_expands_to_its_parts() -> None:
    held = Balance(agent="a", until=date(2026, 5, 31), quarter_minutes=20000, year_minutes=60000)
    line = " ".join(["E", "N", "-", "AL", "S"] * 6)
    for system in SYSTEMS:
        pay = paid(line, system, special={date(2026, 6, 19): DayType.HOLIDAY}, longer={0: 60}, balance=held)
        (row,) = pay.rows()
        numbers = {k: v for k, v in row.model_dump().items() if "minutes" in k and v is not None}
        assert len(numbers) == (12 if system == "comprehensive" else 9)
        for name, value in numbers.items():
            parts = pay.items("a", name)
            assert sum(part.minutes for part in parts) == value, name
            assert all(part.agent == "a" and part.number == name and part.source and part.reason_zh for part in parts)
            assert [part.day for part in parts] == sorted(part.day for part in parts)


def test_what_cannot_be_paid_is_said_at_once() -> None:
    with pytest.raises(InvalidData) as caught:
        paid("E E", days=(date(2026, 5, 31), date(2026, 6, 2)))
    assert [(f.where, f.column, f.read) for f in caught.value.findings] == [("payroll", "first, last", "2026-05-31 to 2026-06-02")]
    lonely = replace(PROBLEM, agents=())
    with pytest.raises(InvalidData, match="read a; expected an agent of the problem"):
        payroll(lonely, paid("E E").roster, MONDAY, MONDAY)


# -- the file


def test_the_file_opens_in_a_spreadsheet(tmp_path: Path) -> None:
    (row,) = paid("E E - AL").rows()
    write_payroll([row.model_copy(update={"agent": "张三"}), row.model_copy(update={"agent": "=1+1"})], tmp_path / "payroll.csv")
    raw = (tmp_path / "payroll.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\xef\xbb\xbf") == 1
    head, first, second = raw.decode("utf-8-sig").splitlines()
    assert head.startswith("agent,contract,hours_system,first,last,paid_minutes,minutes_100")
    assert first == "张三,standard,standard,2026-06-01,2026-06-04,960,960,0,0,0,0,480,1323,117,0"
    assert second.startswith("'=1+1,")


@pytest.mark.parametrize("name", ["payroll_days.csv", "payroll_days.xlsx", "payroll_days.csv.gz", "payroll_days.parquet"])
def test_items_go_into_every_kind_of_file(tmp_path: Path, name: str) -> None:
    items = paid("E N - AL").items("a", "difference_minutes")
    assert any(item.minutes < 0 for item in items)
    write_pay_items(items, tmp_path / name)
    assert (tmp_path / name).stat().st_size > 0
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("text", ["=A1", "+1", "-1", "@x", "\t=A1", "\r=A1"])
def test_no_text_becomes_a_formula(tmp_path: Path, text: str) -> None:
    item = PayItem(agent=text, number="paid_minutes", day=MONDAY, minutes=-5, reason="r", reason_zh="r", source="s")
    write_pay_items([item], tmp_path / "items.csv")
    cell = (tmp_path / "items.csv").read_bytes().decode("utf-8-sig").partition("\n")[2]
    assert cell.lstrip('"').startswith("'" + text)
    assert ",-5," in cell  # numbers stay numbers


PROBLEM = RosterProblem(
    Centre(id="c", name="C", zone="Asia/Shanghai", queues=(QUEUE,), contracts=(contract_of("standard"),), shifts=SHIFTS),
    (Agent(id="b", contract="standard", skills=("q",)),),
    TimeGrid(horizon=Horizon(zone="Asia/Shanghai", first=MONDAY, days=1), minutes=30),
    requirement_of(
        np.zeros((1, 48), dtype=np.int64), TimeGrid(horizon=Horizon(zone="Asia/Shanghai", first=MONDAY, days=1), minutes=30)
    ),
    Rulebook(id="b"),
    0,
    1,
)
