"""``echelon push`` and ``echelon push-check``: the rosters in force sent to DingTalk, WeCom, Feishu or another system 排班推送."""

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import Author, Folder, Reason, day_of, hand_of
from api.commands.screen import figures_table, texts_table, wide_console
from api.push import Asked, Plan, Result, plan_push, run_push
from api.workspace import Workspace
from data.exchange.hr.connections import secret_of
from data.exchange.hr.wire import Clock
from data.exchange.pushes import PUSHES_FILE, REPORT_FILE, STATE_FILE
from data.model.push import Mode, Status

To = Annotated[str, typer.Option("--to", help="Name of the connection in connections.toml.")]
First = Annotated[str, typer.Option(help="First day, e.g. 2026-07-01; that of the published rosters if left out.")]
Last = Annotated[str, typer.Option(help="Last day; that of the published rosters if left out.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent; nothing is called or written.")]
Full = Annotated[bool, typer.Option("--full", help="Send every day, not only what differs from what was confirmed last.")]

SECRETS = "/run/secrets"
"""Folder of files with secrets unless $ECHELON_SECRETS names another one."""
SHOWN = 20
"""So many days are shown; the report file has all."""
STATUSES: dict[Status, str] = {
    "confirmed": "confirmed 已核对",
    "mismatched": "mismatched 不一致",
    "refused": "refused 被拒绝",
    "unsent": "not sent 未发送",
}


def push(
    folder: Folder,
    to: To,
    first: First = "",
    last: Last = "",
    dry_run: DryRun = False,
    full: Full = False,
    author: Author = "",
    reason: Reason = "",
) -> None:
    """Push 排班推送: send what differs to another system, read it back and reconcile (push_report.csv, push_state.csv)."""
    workspace = Workspace.at(folder)
    plan = plan_push(workspace, _asked(to, first, last, Mode.FULL if full else Mode.DIFFERENCES))
    if dry_run:
        _say_planned(plan)
        return
    result = run_push(plan, _secret(plan), hand_of(author, reason), Clock(time.time))
    _say(plan, result)


def push_check(folder: Folder, to: To, first: First = "", last: Last = "", author: Author = "", reason: Reason = "") -> None:
    """Compare 推送核对: read what the other system has and note it, so that the next push makes it good; nothing is sent."""
    workspace = Workspace.at(folder)
    plan = plan_push(workspace, _asked(to, first, last, Mode.COMPARE))
    _say(plan, run_push(plan, _secret(plan), hand_of(author, reason), Clock(time.time)))


def _asked(to: str, first: str, last: str, mode: Mode) -> Asked:
    days = [day_of(option, text) if text else None for option, text in (("--first", first), ("--last", last))]
    return Asked(to, *days, mode=mode)


def _secret(plan: Plan) -> str:
    where = Path(os.environ.get("ECHELON_SECRETS", SECRETS))
    return secret_of(plan.connection, plan.asked.name, os.environ.get, where)


def _say_planned(plan: Plan) -> None:
    console = wide_console()
    console.print(
        f"{plan.asked.name}: {len(plan.pending)} of {len(plan.wanted)} days would be sent 将发送 {len(plan.pending)} 条",
        markup=False,
    )
    table = texts_table("differences 差异", "agent 人员", "date 日期", "shift 班次", "now there 对方现有", lines=False)
    for cell in plan.pending[:SHOWN]:
        known = plan.known.get(cell.ident)
        table.add_row(cell.agent, str(cell.day), cell.shift, known.shift if known else "unknown 未知")
    if plan.pending:
        console.print(table)


def _say(plan: Plan, result: Result) -> None:
    console, sent = wide_console(), plan.asked.mode is not Mode.COMPARE
    title = f"{'push 排班推送' if sent else 'comparison 推送核对'} · {plan.asked.name} · {', '.join(plan.versions)}"
    table = figures_table(title, "days 人天", *(("sent 已发送",) if sent else ()), *STATUSES.values())
    counts = [str(result.count(status)) for status in STATUSES]
    table.add_row(str(len(plan.wanted)), *((str(len(result.sent)),) if sent else ()), *counts)
    console.print(table)
    if not result.outcomes:
        console.print("Nothing differs: nothing was sent. 无差异，未发送。")
    wrong = [one for one in result.outcomes.values() if one.status != "confirmed"]
    if wrong:
        rows = texts_table(
            "to be looked at 需处理", "agent 人员", "date 日期", "wanted 应为", "found 实为", "状态", "reason 原因", lines=False
        )
        for one in wrong[:SHOWN]:
            why = one.reason if one.reason == one.reason_zh else f"{one.reason} {one.reason_zh}"
            rows.add_row(one.agent, str(one.date), one.wanted, one.found or "-", STATUSES[one.status], why)
        console.print(rows)
    console.print(f"Files 文件: {', '.join((REPORT_FILE, STATE_FILE, PUSHES_FILE, *result.files))}", markup=False)
