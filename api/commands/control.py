"""``echelon control ...``: three-level control 三级管控 of teams and projects, never of a person."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from api.commands.control_quality import effect_of, repeats, servqual
from api.commands.control_steps import STEPS, cases, notice, step_command
from api.commands.options import Folder, day_of
from api.commands.screen import figures_table, texts_table, wide_console
from api.control import control_book, days_of, judged, proposed_steps, scenes_of, served_on, stretch
from api.report.board import board_of, write_board
from api.workspace import Workspace
from data.model.centre import WEEKDAYS
from data.model.errors import Finding, InvalidData
from optimizer.response.control import Hot, Row, Served, hot_intervals, hot_scenes
from optimizer.response.control.wording import DEEDS, fair_statement, formula_text

app = typer.Typer(no_args_is_help=True, help="Three-level control 三级管控: league, warnings, interviews, meetings, board.")
app.command()(notice)
for name, deed in STEPS.items():
    app.command(name)(step_command(deed))
app.command()(cases)
app.command()(repeats)
app.command()(servqual)
app.command("effect")(effect_of)

Month = Annotated[str, typer.Option(help="Month to judge, e.g. 2026-10.")]
Unit = Annotated[str, typer.Option(help="One unit alone, e.g. team:T01 or project:power; all if left out.")]
Day = Annotated[str, typer.Option(help="Day as of which cases are judged, e.g. 2026-10-31; the last of the month if left out.")]

MOST_SHOWN = 30
"""Hot intervals that the screen shows; the summary counts all."""


@app.command("league")
def league_of(folder: Folder, month: Month, unit: Unit = "", day: Day = "") -> None:
    """Monthly league 月度比对 of projects and teams by risk index; what it asks for. UNIT shows the formula with its inputs."""
    workspace, console = Workspace.at(folder), wide_console()
    days = days_of(month, workspace)
    policy, today = workspace.policies.control, day_of("--day", day) if day else days.last
    rows, _ = judged(workspace, month)
    console.print(_league_table(rows, f"league 月度比对 · {month}"))
    for row in _asked(rows, unit) if unit else ():
        console.print(f"{formula_text(row, policy, 'en')}\n{formula_text(row, policy, 'zh')}", markup=False)
    found = proposed_steps(control_book(workspace), rows, days, today, policy)
    for deed, what in found:
        english, chinese = DEEDS[deed]
        console.print(f"Proposed 建议: {english} {chinese} · {what}", markup=False)
    if not found:
        console.print("Nothing is proposed. 无需点名或升级。")


def _league_table(rows: tuple[Row, ...], title: str) -> Table:
    headings = "who 对象", "place 名次", "index 指数", "credible 收缩后", "answers for 应负责", "missed 时段"
    caption = "credible: drawn towards the mean of its kind, as few calls say little 收缩后：按可信度向同类均值收缩"
    table = figures_table(title, *headings, "lost 欠服务", "abandoned 放弃", "missing h 缺人时", "calls 话务", caption=caption)
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    for row in rows:
        place = f"{row.place} ({row.first}-{row.last})" if row.place else "few calls 样本少"
        figures = (row.index, row.credible, row.answers)
        counts = (row.missed, row.lost, row.abandoned, row.missing_hours, row.calls)
        style = "yellow" if row.named else ""
        table.add_row(escape(row.unit), place, *(f"{x:.2f}" for x in figures), *(f"{x:,.0f}" for x in counts), style=style)
    return table


def _asked(rows: tuple[Row, ...], unit: str) -> list[Row]:
    found = [row for row in rows if row.unit == unit]
    if not found:
        expected = f"one of {', '.join(row.unit for row in rows)}"
        raise InvalidData([Finding("command line", None, "--unit", repr(unit), expected)])
    return found


@app.command()
def causes(folder: Folder, month: Month, unit: Unit = "") -> None:
    """Fair-cause statement 归因说明: the system's causes first, with numbers; only what they leave may be called practice."""
    rows, measured = judged(Workspace.at(folder), month)
    for row in _asked(rows, unit) if unit else rows:
        told = (fair_statement(row, "en", measured=measured), fair_statement(row, "zh", measured=measured))
        wide_console().print("\n".join(told), markup=False)


@app.command()
def hot(
    folder: Folder,
    first: Annotated[str, typer.Option(help="First day, e.g. 2026-07-01.")],
    last: Annotated[str, typer.Option(help="Last day.")],
) -> None:
    """Hot intervals and scenes 高发时段与场景: where targets are missed again and again, beyond chance."""
    workspace = Workspace.at(folder)
    share = workspace.policies.control.false_share
    served = served_on(workspace, stretch(workspace, first, last))
    found, scenes = hot_intervals(served, share), hot_scenes(served, scenes_of(workspace), share)
    caption = (
        f"{len(found)} intervals, {len(scenes)} scenes; base rate: misses of the queue otherwise; at most {share:.0%} of them are "
        f"expected to be false (Benjamini-Hochberg) 误报比例期望不超过{share:.0%}"
    )
    headings = "queue 队列", "where 时段或场景", "missed 未达标", "base 基准率"
    table = texts_table(f"hot 高发 · {first} - {last}", *headings, caption=caption, lines=False)
    for heading in ("false ones 误报", "lost 欠服务"):
        table.add_column(heading, justify="right")
    for one in (*scenes, *found[:MOST_SHOWN]):
        counts = f"{one.missed}/{one.times}", f"{one.base:.0%}", f"{one.false_share:.1%}", f"{one.lost:,.0f}"
        table.add_row(escape(one.queue), escape(_where(one, served)), *counts)
    wide_console().print(table)


def _where(one: Hot, served: Served) -> str:
    if one.minute < 0:
        return f"{one.where} {one.where_zh}".strip()
    end, days = one.minute + served.grid.minutes, (*WEEKDAYS, "daily 每天")
    return f"{days[one.weekday]} {one.minute // 60:02d}:{one.minute % 60:02d}-{end // 60:02d}:{end % 60:02d}"


@app.command()
def board(
    folder: Folder,
    month: Month,
    day: Day = "",
    out: Annotated[Path | None, typer.Option(help="Where the files are written; the folder if left out.")] = None,
) -> None:
    """Exposure board 曝光台 of a month: exposure_board.csv and exposure_board.html; teams and projects, no person."""
    workspace = Workspace.at(folder)
    today = day_of("--day", day) if day else days_of(month, workspace).last
    shown = board_of(control_book(workspace), month, today)
    files = write_board(shown, workspace.centre.centre, out or folder)
    table = texts_table(
        f"exposure board 曝光台 · {month}", "case 编号", "who 对象", "problem 问题", "cause 原因", "level 层级", "status 状态"
    )
    for row in shown.rows:
        cells = (
            row.case,
            f"{row.unit}\n{row.unit_zh}",
            row.problem,
            f"{row.cause}\n{row.cause_zh}",
            f"{row.level}\n{row.level_zh}",
        )
        table.add_row(*map(escape, cells), f"{row.standing} {row.standing_zh}\n{row.due}")
    wide_console().print(table)
    rate = f"{shown.closure_rate:.0%}" if shown.rows else "–"
    wide_console().print(f"Closure rate 销号率 {rate}. Written 已写出: {', '.join(path.name for path in files)}", markup=False)
