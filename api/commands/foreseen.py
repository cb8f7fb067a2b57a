"""What is foreseen, as tables: warnings, what lacks and what still helps, the echelons to call, the days warned of."""

from collections.abc import Sequence
from datetime import datetime
from math import isinf

from rich.markup import escape
from rich.table import Table

from api.commands.screen import LEVEL_STYLES, colour_of, figures_table
from data.model.response import Activation, CapacityWarning, Cause, Remedy, Standby, WarningLevel
from optimizer.response.warning.rollup import WarnedDay
from optimizer.response.warning.wording import CAUSES, REMEDIES, when

SHOWN_ROWS = 20
"""Rows that the screen shows; the rest stand in the files."""


def warnings_table(warnings: Sequence[CapacityWarning], caption: str | None = None) -> Table:
    """One line for each warning."""
    headings = ("queue 队列", "from – to 时段", "P(miss) 不达标概率", "missing 缺", "need/capacity 需求/产能", "lost 损失")
    table = figures_table("warnings 预警", "level 等级", *headings, caption=caption)
    for one in warnings:
        need = "nobody 无人" if isinf(one.need_over_capacity) else f"{one.need_over_capacity:.2f}"
        figures = (f"{one.chance:.0%}", f"{one.missing_heads:.0f}", need, f"{one.lost_calls:,.0f}")
        style, name = LEVEL_STYLES[one.level.name], f"{one.id} {colour_of(one.level)}".strip()
        table.add_row(name, escape(one.queue), when((one.start, one.end)), *figures, style=style)
    return table


def causes_table(warnings: Sequence[CapacityWarning]) -> Table:
    """Missing heads of each warning by cause, those that bring or take nothing left out."""
    told = [one for one in warnings if one.causes]
    causes: list[Cause] = [cause for cause in CAUSES if any(abs(one.causes.get(cause, 0.0)) >= 0.05 for one in told)]
    caption = "agents missing when most are missing 缺员最多时段"
    headings = ("queue 队列", *(" ".join(CAUSES[cause]) for cause in causes), "together 合计")
    table = figures_table("missing heads by cause 缺员构成", "warning 预警", *headings, caption=caption)
    for one in told:
        table.add_row(
            one.id, escape(one.queue), *(f"{one.causes.get(cause, 0.0):+.1f}" for cause in causes), f"{one.missing_heads:.1f}"
        )
    return table


def remedies_table(warnings: Sequence[CapacityWarning], now: datetime) -> Table:
    """Last moment of each remedy that still helps some of a warning, and how many may lawfully come."""
    helping = {one.id: {_remedy_name(remedy): remedy for remedy in one.remedies if _helps(remedy)} for one in warnings}
    names = list(dict.fromkeys(name for found in helping.values() for name in found))
    caption = "last moment, who may lawfully come; * = for all of the stretch 最迟时刻及依法可召人数；* 为可覆盖全程的最迟时刻"
    table = figures_table("what still helps, until when 措施与最迟时刻", "warning 预警", *names, caption=caption)
    for one in warnings:
        cells = (helping[one.id].get(name) for name in names)
        table.add_row(one.id, *("–" if remedy is None else _last_moment(remedy, now) for remedy in cells))
    return table


def _helps(remedy: Remedy) -> bool:
    return not remedy.late and remedy.heads != 0


def _remedy_name(remedy: Remedy) -> str:
    return escape(" ".join(REMEDIES[remedy.kind]) + (f" {remedy.name}" if remedy.kind == "echelon" else ""))


def _last_moment(remedy: Remedy, now: datetime) -> str:
    whole = f"{remedy.whole_by:%m-%d %H:%M}*\n" if remedy.whole_by >= now else ""
    heads = "" if remedy.heads is None else f"\n{remedy.heads} 人"
    return f"{whole}{remedy.until:%m-%d %H:%M}{heads}"


def calls_table(activations: Sequence[Activation], standbys: Sequence[Standby]) -> Table:
    """One line for each call-out, in the order of ``call_outs.csv``, and for each tier put on notice."""
    headings = ("tier 梯队", "queue 队列", "from – to 时段", "call by 最迟召集", "members 人数", "P(miss) 不达标概率")
    table = figures_table("echelons to call, and on notice 召集与待命", "no. 序号", *headings)
    for row, one in enumerate(activations, 1):
        table.add_row(str(row), *_duty(one), f"{one.chance_before:.1%} → {one.chance_after:.1%}")
    for one in standbys:
        table.add_row("–", *_duty(one), "on notice 待命", style="dim")
    return table


def _duty(one: Activation | Standby) -> tuple[str, ...]:
    return one.echelon, escape(one.queue), when((one.start, one.end)), f"{one.call_by:%m-%d %H:%M}", str(len(one.members))


def days_table(days: Sequence[WarnedDay]) -> Table:
    """One line for each day of a project or region."""
    shown = days[:SHOWN_ROWS]
    caption = "a region has its share of the calls of each queue 区域按来电占比分摊"
    if len(days) > len(shown):
        caption += f"; {len(days) - len(shown)} more rows 另有 {len(days) - len(shown)} 行"
    headings = ("project or region 项目/区域", "level 等级", "warnings 预警", "agent-hours 缺员工时", "lost calls 损失来电")
    table = figures_table("warned days 预警日历", "day 日期", *headings, caption=caption)
    for one in shown:
        name = f"{one.id}" if one.scope == "project" else f"{one.id} (region 区域)"
        figures = f"{one.warnings}", f"{one.missing_hours:.1f}", f"{one.lost_calls:.0f}"
        table.add_row(f"{one.day}", escape(name), coloured(one.level), *figures)
    return table


def coloured(level: WarningLevel) -> str:
    """Name of a level in its colour, as markup."""
    style, text = LEVEL_STYLES.get(level.name, ""), colour_of(level)
    return f"[{style}]{text}[/{style}]" if style else text
