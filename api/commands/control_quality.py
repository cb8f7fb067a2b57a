"""``echelon control repeats | servqual | effect``: what callers meet, and whether a measure helped."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import isnan
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.markup import escape

from api.commands.options import Folder, day_of, instant_of
from api.commands.screen import figures_table, texts_table, wide_console
from api.control import days_of, served_on, stretch
from api.workspace import Workspace
from data.exchange.call_records import read_call_records
from data.exchange.quality import read_orders, read_servqual
from data.model.errors import Finding, InvalidData
from data.model.quality import OrderState, RepeatOrder
from optimizer.response.control import Effect, RepeatLoad, daily_index, delivered, effect, gap_of, redial_load, repeat_load, split

STATES: dict[OrderState, str] = {
    "open": "open 办理中",
    "late": "late 超期",
    "answered": "answered 已答复",
    "answered_late": "answered late 超期答复",
    "final": "final answer 最终答复",
}


def repeats(
    folder: Folder,
    records: Annotated[Path | None, typer.Option(help="Call records with a column caller.")] = None,
    month: Annotated[str, typer.Option(help="Without records: month of the history, e.g. 2026-10, judged by redials.")] = "",
    at: Annotated[str, typer.Option(help="Local time as of which the week's orders of repeat_orders.csv are listed.")] = "",
) -> None:
    """Repeat calls 重复来电: share and avoidable load of each queue, and the week's orders with the time promised."""
    workspace = Workspace.at(folder)
    centre, hours = workspace.centre.centre, workspace.policies.control.repeat_hours
    if not (records or month or at):
        raise InvalidData([Finding("command line", None, None, "nothing", "--records, --month or --at")])
    if records is not None:
        told = read_call_records(records, centre.zone)
        _show_loads([repeat_load(told, queue, 3600 * hours) for queue in centre.queues], f"within {hours:g} h 小时内")
    elif month and centre.redials is None:
        fix = "name the call records with --records, or state [redials]"
        raise InvalidData([Finding("centre.toml", None, "redials", "nothing", "how often callers who gave up call again", fix)])
    elif month and centre.redials is not None:
        _show_loads(redial_load(served_on(workspace, days_of(month, workspace)), centre.redials), "by redials 按重拨模型")
    if at:
        now = instant_of("--at", at, centre.zone)
        _show_orders(read_orders(folder, [queue.id for queue in centre.queues]), now)


def _show_loads(loads: Sequence[RepeatLoad], title: str) -> None:
    caption = "avoidable: agent-hours a day, agents in the busiest hour 可避免：每日人时、最忙小时人数"
    headings = "queue 队列", "calls 来电", "after lost 放弃后", "after answered 答复后", "share 占比"
    table = figures_table(
        f"repeats 重复来电 · {title}", *headings, "hours a day 人时", "busy hour 最忙", "agents 人数", caption=caption
    )
    for one in loads:
        spread = "" if isnan(one.low) else f" ({one.low:.1%}-{one.high:.1%})"
        cells = f"{one.calls:,}", f"{one.after_lost:,}", f"{one.after_answered:,}", f"{one.share:.1%}{spread}"
        table.add_row(escape(one.queue), *cells, f"{one.hours:.1f}", f"{one.busy_hour}:00", str(one.heads))
    wide_console().print(table)


def _show_orders(orders: Sequence[RepeatOrder], now: datetime) -> None:
    """Orders that are open, and those answered in the last week."""
    shown = [one for one in orders if one.opened <= now and (one.answered is None or one.answered > now - timedelta(days=7))]
    table = texts_table(f"orders 重复诉求 · {now:%Y-%m-%d}", "id", "queue 队列", "promised 承诺", "status 状态", "cause 原因")
    for one in sorted(shown, key=lambda one: (one.state(now) != "late", one.promised)):
        style = "yellow" if one.state(now) == "late" else ""
        cells = one.id, one.queue, f"{one.promised.astimezone(now.tzinfo):%Y-%m-%d %H:%M}", STATES[one.state(now)], one.cause
        table.add_row(*map(escape, cells), style=style)
    wide_console().print(table)


def servqual(
    folder: Folder,
    month: Annotated[str, typer.Option(help="Month whose service stands beside the survey, e.g. 2026-10.")] = "",
) -> None:
    """SERVQUAL 服务质量差距 of servqual.csv by dimension, beside what the service itself says of two of them."""
    workspace = Workspace.at(folder)
    projects = sorted({queue.project for queue in workspace.centre.centre.queues})
    caption = "gap = perception - expectation with its 95 % interval; * the widest possible 差距＝感知－期望；* 为最宽区间"
    headings = "project 项目", "dimension 维度", "gap 差距", "interval 区间", "ratio 感知/期望", "n"
    table = figures_table("SERVQUAL", *headings, caption=caption)
    for score in read_servqual(folder, projects):
        gap = gap_of(score)
        span = f"{gap.low:+.2f} to {gap.high:+.2f}{'' if gap.told else '*'}"
        ratio = f"{score.perception / score.expectation:.2f}"
        table.add_row(escape(score.project), f"{score.dimension} {score.period}", f"{gap.gap:+.2f}", span, ratio, str(score.n))
    wide_console().print(table)
    if month:
        _show_delivered(workspace, month, projects)


def _show_delivered(workspace: Workspace, month: str, projects: Sequence[str]) -> None:
    caption = (
        "responsiveness = service level / target; reliability = 1 - deviation between intervals / mean; weighted by calls\n"
        "响应性＝服务水平÷目标；可靠性＝1－时段间标准差÷均值；按话务加权"
    )
    served = served_on(workspace, days_of(month, workspace))
    headings = "project 项目", "responsiveness 响应性", "reliability 可靠性", "calls 话务"
    table = figures_table(f"by the service itself 由服务计算 · {month}", *headings, caption=caption)
    for project in projects:
        one = delivered(served, project)
        if one.calls:
            table.add_row(escape(project), f"{one.responsiveness:.2f}", f"{one.reliability:.2f}", f"{one.calls:,.0f}")
    wide_console().print(table)


def effect_of(
    folder: Folder,
    unit: Annotated[str, typer.Argument(help="team:ID or project:ID.")],
    since: Annotated[str, typer.Option(help="First day of the measure, e.g. 2026-10-12.")],
    first: Annotated[str, typer.Option(help="First day before it that counts.")],
    last: Annotated[str, typer.Option(help="Last day after it that counts.")],
) -> None:
    """Effect 整改成效 of a measure: risk index before and after, alone and beside the others of its kind."""
    workspace = Workspace.at(folder)
    served, start = served_on(workspace, stretch(workspace, first, last)), day_of("--since", since)
    if unit not in served.units:
        raise InvalidData([Finding("command line", None, "unit", repr(unit), f"one of {', '.join(served.units)}")])
    policy = workspace.policies.control
    own, others = daily_index(served, split(served, policy), policy, unit)
    after = np.array([day >= start for day in served.grid.horizon.dates])
    headings = "what 对象", "before 之前", "after 之后", "difference 差", "95 % interval 区间"
    table = figures_table(f"risk index 风险指数 · {unit}", *headings)
    beside = {} if np.isnan(others).all() else {"beside the others 相对其他": own - others}
    for name, values in ({"alone 本身": own} | beside).items():
        known = ~np.isnan(values)
        parts = values[known & ~after], values[known & after]
        if min(map(len, parts)) < 2:
            read, expected = f"{len(parts[0])} days before, {len(parts[1])} after", "at least two days each"
            raise InvalidData([Finding("command line", None, "--since", read, expected)])
        table.add_row(name, *_figures(effect(*parts)))
    wide_console().print(table)


def _figures(one: Effect) -> tuple[str, str, str, str]:
    return f"{one.before:.2f}", f"{one.after:.2f}", f"{one.difference:+.2f}", f"{one.low:+.2f} to {one.high:+.2f}"
