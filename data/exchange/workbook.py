"""The roster as a workbook to read and print: roster, coverage and shifts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter

from data.exchange.atomic import replacing
from data.model.base import FloatArray, IntArray
from data.model.centre import Centre
from data.model.demand import Requirement
from data.model.people import Agent
from data.model.roster import NIGHT_SHIFT_MINUTES, OFF, Roster, night_minutes
from data.model.time import DAY_MINUTES

WEEKDAY_NAMES = ("Mon 一", "Tue 二", "Wed 三", "Thu 四", "Fri 五", "Sat 六", "Sun 日")
PEOPLE = ("Agent / 工号", "Name / 姓名", "Team / 班组", "Contract / 合同")
TOTALS = ("Days / 班数", "Hours / 工时", "Nights / 夜班", "Weekends / 周末")
LEGEND_TEXTS = ("Code / 代码", "Name / 名称", "中文", "Kind / 类型", "Start / 开始", "End / 结束")
LEGEND = (*LEGEND_TEXTS, "Minutes / 分钟", "Meal / 用餐", "Paid / 计薪")
HEADER_ROWS = 3

A3 = 8
PLAIN = {"font_name": "Calibri", "font_size": 9, "align": "center", "valign": "vcenter", "border": 1, "border_color": "#d9d9d9"}
HEAD = PLAIN | {"bold": True, "bg_color": "#f2f2f2", "text_wrap": True}
WEEKEND = HEAD | {"bg_color": "#d9d9d9"}
LEAVE = PLAIN | {"bg_color": "#e0e0e0", "italic": True}
LEFT = PLAIN | {"align": "left"}
TITLE = {"font_name": "Calibri", "font_size": 14, "bold": True}


@dataclass
class _Book:
    """An open workbook that makes each format once."""

    book: Any
    formats: dict[tuple[Any, ...], Any]

    def style(self, look: dict[str, Any]) -> Any:
        key = tuple(sorted(look.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format(look)
        return self.formats[key]


def write_workbook(
    path: Path, centre: Centre, agents: Sequence[Agent], roster: Roster, requirement: Requirement, rostered: IntArray
) -> None:
    """Write the roster as XLSX: the sheets roster, coverage and shifts; no text becomes a formula.

    Parameters
    ----------
    agents : sequence of Agent
        In the order of the rows of `roster`.
    requirement : Requirement
        Its grid holds the days of the roster; more days are left out.
    rostered : array of int, shape (queues, slots)
        Rostered agents on the grid of the requirement.
    """
    # a fixed date, so that the same roster gives the same bytes
    with replacing(path) as temporary, xlsxwriter.Workbook(str(temporary)) as book:
        book.set_properties({"title": centre.name, "created": roster.horizon.start.replace(tzinfo=None)})
        held = _Book(book, {})
        _roster_sheet(held, centre, agents, roster, requirement, rostered)
        _coverage_sheet(held, roster, requirement, rostered)
        _shift_sheet(held, centre)


def _roster_sheet(
    book: _Book, centre: Centre, agents: Sequence[Agent], roster: Roster, requirement: Requirement, rostered: IntArray
) -> None:
    sheet = book.book.add_worksheet("Roster 排班表")
    title = f"{centre.name} {centre.name_zh}  {roster.horizon.first} - {roster.horizon.last}  {roster.version}"
    sheet.write_string(0, 0, title, book.style(TITLE))
    _dates(book, sheet, 1, len(PEOPLE), roster.horizon.dates)
    for k, name in [*enumerate(PEOPLE), *enumerate(TOTALS, len(PEOPLE) + roster.horizon.days)]:
        sheet.merge_range(1, k, 2, k, name, book.style(HEAD))
    for a, agent in enumerate(agents):
        _agent_row(book, sheet, HEADER_ROWS + a, agent, roster, a, centre)
    _daily_coverage(book, sheet, HEADER_ROWS + len(agents), roster, requirement, rostered)
    _page(sheet, HEADER_ROWS, len(PEOPLE), roster.horizon.days)


def _page(sheet: Any, rows: int, columns: int, days: int) -> None:
    """Frozen panes, widths and print set-up."""
    sheet.freeze_panes(rows, columns)
    sheet.set_column(0, columns - 1, 11)
    sheet.set_column(columns, columns + days - 1, 6)
    sheet.set_column(columns + days, columns + days + len(TOTALS) - 1, 10)
    sheet.set_landscape()
    sheet.set_paper(A3)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, rows - 1)
    sheet.repeat_columns(0, columns - 1)
    sheet.set_footer("&L&F&R&P / &N")


def _dates(book: _Book, sheet: Any, row: int, column: int, dates: Sequence[date]) -> None:
    for d, day in enumerate(dates, column):
        look = book.style(WEEKEND if day.weekday() >= 5 else HEAD)
        sheet.write_string(row, d, f"{day:%m-%d}", look)
        sheet.write_string(row + 1, d, WEEKDAY_NAMES[day.weekday()], look)


def _agent_row(book: _Book, sheet: Any, row: int, agent: Agent, roster: Roster, a: int, centre: Centre) -> None:
    colours = {shift.code: shift.colour for shift in centre.shifts}
    for k, text in enumerate((agent.id, agent.name, agent.team, agent.contract)):
        sheet.write_string(row, k, text, book.style(LEFT))
    for d in range(roster.horizon.days):
        code = roster.codes[roster.symbol[a, d]]
        sheet.write_string(row, len(PEOPLE) + d, "" if code == OFF else code, book.style(_look(code, colours)))
    for k, total in enumerate(_totals(roster, a), len(PEOPLE) + roster.horizon.days):
        sheet.write_number(row, k, total, book.style(PLAIN))


def _look(code: str, colours: dict[str, str]) -> dict[str, Any]:
    if code in colours:
        return PLAIN | {"bg_color": colours[code]}
    return PLAIN if code == OFF else LEAVE


def _totals(roster: Roster, a: int) -> tuple[int, float, int, int]:
    """Worked days, paid hours, nights and weekends with work of an agent."""
    worked = [d for d in range(roster.horizon.days) if roster.start[a, d] >= 0]
    nights = [night_minutes(int(roster.start[a, d]), int(roster.minutes[a, d])) >= NIGHT_SHIFT_MINUTES for d in worked]
    dates = [roster.horizon.dates[d] for d in worked]
    weekends = {day.isocalendar()[:2] for day in dates if day.weekday() >= 5}
    return len(worked), float(roster.paid_minutes[a].sum()) / 60, sum(nights), len(weekends)


def _slots_of_day(requirement: Requirement, day: date) -> slice:
    d = requirement.grid.horizon.index(day)
    first, end = requirement.grid.day_slot[d : d + 2]
    return slice(int(first), int(end))


def _daily_coverage(book: _Book, sheet: Any, row: int, roster: Roster, requirement: Requirement, rostered: IntArray) -> None:
    """Three rows per queue under the dates: required and rostered agent-hours, and the worst interval."""
    hours = requirement.grid.minutes / 60
    for queue, need, have in zip(requirement.queues, requirement.heads, rostered, strict=True):
        lines = ("required h / 需求工时", "rostered h / 排班工时", "worst missing / 最大缺员")
        for k, line in enumerate(lines):
            sheet.merge_range(row + k, 0, row + k, len(PEOPLE) - 1, "", book.style(LEFT))
            sheet.write_string(row + k, 0, f"{queue}: {line}", book.style(LEFT))
        for d, day in enumerate(roster.horizon.dates, len(PEOPLE)):
            slots = _slots_of_day(requirement, day)
            missing = max(0, int((need[slots] - have[slots]).max()))
            for k, value in enumerate((need[slots].sum() * hours, have[slots].sum() * hours, missing)):
                sheet.write_number(row + k, d, float(value), book.style(PLAIN | {"num_format": "0"}))
        row += len(lines)


def _coverage_sheet(book: _Book, roster: Roster, requirement: Requirement, rostered: IntArray) -> None:
    """Per queue a table of wall-clock interval x day: rostered minus required, with a colour scale."""
    sheet = book.book.add_worksheet("Coverage 覆盖")
    dates, row = roster.horizon.dates, 0
    for q, queue in enumerate(requirement.queues):
        sheet.write_string(row, 0, f"{queue}: rostered - required / 排班减需求", book.style(TITLE))
        _dates(book, sheet, row + 1, 1, dates)
        table = _differences(requirement, q, rostered, dates)
        for k, line in enumerate(table, row + 3):
            minute = (k - row - 3) * requirement.grid.minutes
            sheet.write_string(k, 0, f"{minute // 60:02d}:{minute % 60:02d}", book.style(HEAD))
            for d in np.flatnonzero(~np.isnan(line)):
                sheet.write_number(k, 1 + int(d), line[d], book.style(PLAIN))
        sheet.conditional_format(row + 3, 1, row + 2 + len(table), len(dates), _scale())
        row += len(table) + 4
    sheet.freeze_panes(0, 1)
    sheet.set_column(1, len(dates), 6)
    sheet.set_landscape()
    sheet.set_paper(A3)
    sheet.fit_to_pages(1, 0)


def _scale() -> dict[str, Any]:
    middle = {"mid_type": "num", "mid_value": 0, "min_color": "#d7301f", "mid_color": "#ffffff", "max_color": "#74a9cf"}
    return {"type": "3_color_scale", **middle}


def _differences(requirement: Requirement, q: int, rostered: IntArray, dates: Sequence[date]) -> FloatArray:
    """Rostered minus required by wall-clock interval and day; NaN while closed; of an hour that occurs twice the worse."""
    grid, need = requirement.grid, requirement.heads[q]
    table = np.full((DAY_MINUTES // grid.minutes, len(dates)), np.nan)
    for d, day in enumerate(dates):
        slots = _slots_of_day(requirement, day)
        shown = np.where((need[slots] > 0) | (rostered[q, slots] > 0), rostered[q, slots] - need[slots], np.nan)
        np.fmin.at(table[:, d], grid.wall_minute[slots] // grid.minutes, shown)
    return table


def _shift_sheet(book: _Book, centre: Centre) -> None:
    sheet = book.book.add_worksheet("Shifts 班次")
    for k, name in enumerate(LEGEND):
        sheet.write_string(0, k, name, book.style(HEAD))
    for row, shift in enumerate(centre.shifts, 1):
        end = (shift.start_minute + shift.minutes) % DAY_MINUTES
        texts = (shift.code, shift.name, shift.name_zh, shift.kind, f"{shift.start:%H:%M}", f"{end // 60:02d}:{end % 60:02d}")
        for k, text in enumerate(texts):
            sheet.write_string(row, k, text, book.style(PLAIN | {"bg_color": shift.colour} if k == 0 else PLAIN))
        for k, minutes in enumerate((shift.minutes, shift.meal_minutes, shift.paid_minutes), len(texts)):
            sheet.write_number(row, k, minutes, book.style(PLAIN))
    sheet.set_column(0, len(LEGEND) - 1, 14)
    sheet.freeze_panes(1, 1)
