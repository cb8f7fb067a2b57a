"""``echelon certify`` and ``echelon payroll``: what others need from a version: proof that it is legal, and what it is paid for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, get_args

import numpy as np
import typer
from rich.console import Console
from rich.markdown import Markdown

from api.commands.options import Folder
from api.commands.screen import figures_table, wide_console
from api.paid import Asked, asked_of, finding, in_force
from api.payroll_lines import lines_between
from api.planned import Planned, judged_whole
from api.provenance import changed_since, code_version, of_its_time
from api.workspace import VERSIONS, Workspace
from data.exchange.atomic import write_text
from data.exchange.fairness import CARRIED_FILE, write_fairness
from data.exchange.files import stop
from data.exchange.payroll import (
    CALL_OUT_PAY_FILE,
    ITEMS_FILE,
    PAYROLL_FILE,
    WHY,
    CallOutPay,
    PayItem,
    PayrollRow,
    write_call_out_pay,
    write_pay_items,
    write_payroll,
)
from data.exchange.payroll_lines import LINES_FILE, write_lines
from data.model.errors import Finding
from data.model.fairness import FairnessBalance
from optimizer.response.echelon import call_out_pay
from optimizer.rostering.certificate import SHOWN, Certificate, page
from optimizer.rostering.certificate import certify as certificate_of
from optimizer.rostering.fairness_balances import explained, running, standings
from optimizer.rostering.payroll import Payroll, payroll
from optimizer.rostering.rules import Tongue

TONGUES: tuple[Tongue, ...] = get_args(Tongue)

CERTIFICATE_FILES: dict[Tongue, str] = {"en": "certificate.md", "zh": "certificate_zh.md"}

SUMS = {
    "paid_minutes": ("all paid minutes", "计薪工时合计"),
    "difference_minutes": ("paid and leave, less the statutory hours", "计薪与带薪休假减法定工时"),
}
"""What the numbers of a payroll row are that no single article explains (`WHY` names the others)."""

Out = Annotated[Path | None, typer.Option(help="Folder of the results; the centre's folder if left out.")]


def certify(
    folder: Folder,
    version: Annotated[str, typer.Option(help="Name of a version, e.g. v003-week; the one in force if left out.")] = "",
    lang: Annotated[str, typer.Option(help="Language of the certificate: en or zh.")] = "en",
    out: Out = None,
) -> None:
    """Legality certificate 合规证书 of a version on its whole plan; exit code 1 if it is not legal."""
    workspace = Workspace.at(folder)
    found = _version(workspace, version, lang)
    planned = replace(found, problem=of_its_time(found.problem, found.roster, workspace.out))
    tongue: Tongue = "zh" if lang == "zh" else "en"
    requirement = workspace.out / VERSIONS / "requirements" / f"{planned.roster.version}.csv"
    changed = tuple(changed_since(planned, requirement, workspace.out))
    made = certificate_of(judged_whole(planned.problem), planned.roster, code_version(), changed=changed)
    path, text = (out or folder) / CERTIFICATE_FILES[tongue], page(made, tongue)
    write_text(path, text)
    _say_certificate(wide_console(), made, text, path)
    if not made.legal:
        raise typer.Exit(1)


def _version(workspace: Workspace, version: str, lang: str) -> Planned:
    """The version asked for; `InvalidData` with all that is wrong with the question."""
    findings, known = list[Finding](), [path.stem for path in workspace.versions]
    if lang not in TONGUES:
        findings.append(finding("--lang", repr(lang), " or ".join(TONGUES)))
    if version and version not in known:
        findings.append(finding("--version", repr(version), f"one of {', '.join(known)}" if known else "nothing: there is none"))
    newest = None if version else in_force(workspace, None, findings)
    stop(findings)
    return newest or workspace.named(version)


def _say_certificate(console: Console, made: Certificate, text: str, path: Path) -> None:
    """What stands before the first section of the page, and which hard rules are broken."""
    console.print(Markdown(text.partition("\n## ")[0]))
    for fault in made.faults[:SHOWN]:
        console.print(fault, style="red", markup=False)
    for rule in made.rules:
        if rule.hard and rule.breaches:
            console.print(f"{rule.id}: {rule.breaches}", style="red", markup=False, highlight=False)
    console.print(f"{made.roster_version}: {path}", markup=False, highlight=False)


def payroll_of(
    folder: Folder,
    first: Annotated[str, typer.Option(help="First day that is paid, e.g. 2026-06-01.")],
    last: Annotated[str, typer.Option(help="Last day that is paid.")],
    agent: Annotated[list[str] | None, typer.Option(help="Agent to be told how they stand in fairness; may be repeated.")] = None,
    out: Out = None,
) -> None:
    """Payroll minutes 计薪工时 of the version in force and what they came from; with ``fairness.csv``, also fairness 公平余额."""
    workspace = Workspace.at(folder)
    asked = asked_of(workspace, {"--first": first, "--last": last}, agent or ())
    console, results = wide_console(), out or folder
    paid = payroll(asked.problem, asked.roster, asked.first, asked.last)
    rows = paid.rows()
    write_payroll(rows, results / PAYROLL_FILE)
    write_pay_items(_items(paid, rows), results / ITEMS_FILE)
    called = tuple(call_out_pay(asked.problem, asked.roster, asked.called, asked.first, asked.last))
    write_call_out_pay(called, results / CALL_OUT_PAY_FILE)
    write_lines(lines_between(workspace, asked.paid_period(paid, called)), results / LINES_FILE)
    _say_payroll(console, paid, rows)
    _say_called(console, called)
    if asked.held is not None:
        balances = running(asked.planned.problem, asked.planned.roster, asked.held)
        write_fairness(balances, results / CARRIED_FILE)
        _say_standings(console, asked, balances)


def _items(paid: Payroll, rows: Iterable[PayrollRow]) -> Iterator[PayItem]:
    """What every number of minutes that is known came from."""
    names = [name for name in PayrollRow.model_fields if "minutes" in name]
    for row in rows:
        for name in names:
            if getattr(row, name) is not None:
                yield from paid.items(row.agent, name)


def _say_payroll(console: Console, paid: Payroll, rows: Iterable[PayrollRow]) -> None:
    table = figures_table(
        f"{paid.roster.version} · payroll 计薪 · {paid.first} – {paid.last}", "number 项目", "hours 小时", "agents 人数"
    )
    table.add_column("what 说明", overflow="fold")
    for name, minutes in paid.sums.items():
        english, chinese, *_ = WHY.get(name) or SUMS[name]
        table.add_row(name, f"{minutes.sum() / 60:,.1f}", str(np.count_nonzero(minutes)), f"{english} {chinese}")
    console.print(table)
    unknown = sum(row.unknown_days > 0 for row in rows)
    if unknown:
        told = "agents with unknown days before the roster: overtime may be missing 名坐席期初工时未知，加班可能不全"
        console.print(f"{unknown} {told}", style="yellow", markup=False)


def _say_called(console: Console, called: Sequence[CallOutPay]) -> None:
    """Emergency duties that are paid beside the roster."""
    if called:
        hours = sum(one.paid_minutes for one in called) / 60
        told = f"{len(called)} emergency duties 应急任务, {hours:,.1f} h paid beside the roster 另计薪, by code 代码"
        codes = ", ".join(sorted({one.pay_code for one in called}))
        console.print(f"{told} {codes}: {CALL_OUT_PAY_FILE}", markup=False)


def _say_standings(console: Console, asked: Asked, balances: tuple[FairnessBalance, ...]) -> None:
    """One sentence in each language to each agent who is to be told."""
    if asked.agents:
        held = {standing.agent: standing for standing in standings(asked.problem, balances)}
        for name in asked.agents:
            for tongue in TONGUES:
                console.print(f"{name}: {explained(held[name], tongue)}", markup=False, highlight=False)
