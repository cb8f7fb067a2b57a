"""``echelon decide``: call each echelon now, or wait for what."""

from collections.abc import Iterable
from math import isfinite
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from api import planning
from api.call_decisions import decisions_at
from api.commands.options import Folder, Moment, check_queue
from api.commands.screen import figures_table, wide_console
from api.commands.sources import origin_of
from api.workspace import Workspace
from data.exchange.call_decisions import DECISIONS_FILE, write_call_decisions
from data.model.call_decision import CallDecision, Threshold, TierDecision
from optimizer.response.warning.wording import when

NOBODY = "No stretch of the next hours is threatened: nobody is to be called. 未来数小时无受威胁时段，无需召集。"
WEIGHED = (
    "Weighed by cost: a call must mend more than it costs; `echelon warn` calls whoever lowers the chance of a missed target. "
    "本表按代价权衡；echelon warn 按达标概率召集，不计代价。"
)


def decide(
    folder: Folder,
    at: Moment,
    queue: Annotated[str, typer.Option(help="Id of a queue; all if left out.")] = "",
) -> None:
    """Call an echelon now or wait 立即召集或等待: order, last moment and what to watch for each tier (call_decisions.csv)."""
    workspace = Workspace.at(folder)
    check_queue(queue, workspace.centre.centre)
    decisions = decisions_at(workspace, origin_of(at, planning.learn(workspace.centre)), queue)
    write_call_decisions(decisions, workspace.out / DECISIONS_FILE)
    console = wide_console()
    for decision in decisions:
        if any(tier.asked or tier.thresholds for tier in decision.tiers):
            console.print(_table(decision))
        for tier in decision.tiers:
            console.print(f"{tier.reason}\n{tier.reason_zh}", style="bold" if tier.asked else "", markup=False)
    console.print(WEIGHED if decisions else NOBODY, markup=False)


def _table(decision: CallDecision) -> Table:
    """One stretch, a row for each tier; costs in the unit of ``under_cost``."""
    title = f"{decision.queue} · {when((decision.start, decision.end))}"
    caption = (
        f"if nobody is called 不召集: {decision.missing_hours:.1f} agent-hours missing 缺员人时 x under_cost "
        f"= {decision.cost_never:,.0f}; "
        f"call now 立即召集 {_cost(decision.cost_now)}, wait 等待 {_cost(decision.cost_wait)}, "
        f"worth of waiting 等待的价值 {_cost(decision.value_of_waiting)}"
    )
    table = figures_table(
        escape(title),
        "echelon 梯队",
        "call now\n立即召集",
        "may be called\n可召集",
        "decide by\n最迟决定",
        "call if more than\n来电多于则召集",
        "cost: now\n召集代价",
        "wait\n等待代价",
        caption=escape(caption),
    )
    for one in decision.tiers:
        by = "now 现在" if one.asked else "-" if one.decide_by is None else f"{one.decide_by:%H:%M}"
        figures = (str(one.asked), str(one.able), by, _watched(one), _cost(one.cost_now), _cost(one.cost_wait))
        table.add_row(escape(one.echelon), *figures, style="bold" if one.asked else "")
    return table


def _watched(one: TierDecision) -> str:
    """Thresholds of the next moment and of the last."""
    ends = dict.fromkeys((*one.thresholds[:1], *one.thresholds[-1:]))
    return "\n".join(_told(ends)) if ends and not one.asked else "-"


def _told(thresholds: Iterable[Threshold]) -> list[str]:
    return [f"{one.calls:,.0f} 至 {one.at:%H:%M}" if one.calls else f"any 必召 {one.at:%H:%M}" for one in thresholds]


def _cost(cost: float) -> str:
    return f"{cost:,.0f}" if isfinite(cost) else "-"
