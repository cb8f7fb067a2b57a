"""Commands on versions (``versions``, ``approve``, ``publish``, ``restore``, ``compare`` ...): a run proposes, people decide."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from api import versions as steps
from api.commands.options import Author, Folder, Propose, Reason, day_of, hand_of
from api.commands.screen import figures_table, texts_table, wide_console
from api.planned import Planned, paid_time_gap
from api.watching import watcher
from api.workspace import Workspace
from data.exchange.files import write_table
from data.exchange.forecasts import write_forecast
from data.model.errors import Finding, InvalidData
from data.model.version import Hand
from data.tables import CHANGES
from optimizer.rostering.compare import Comparison, Measure
from optimizer.rostering.solution import Status

Version = Annotated[str, typer.Argument(help="Name of a version, e.g. v003-week.")]


def propose_version(console: Console, workspace: Workspace, planned: Planned, hand: Hand, *, propose: bool) -> None:
    """Keep a version as a proposal, say how good it is, and publish it unless it shall or must wait for somebody.

    What a run of the service was stopped at is nobody's choice yet: it stays a proposal.
    """
    named = workspace.propose(planned, hand)
    propose = propose or (watcher() is not None and planned.solution.status is Status.CANCELLED)
    write_forecast(named.forecast, workspace.out / "forecast.csv")
    changes = None if propose else steps.settle(workspace, named, hand)
    _say(console, named, changes)
    if changes is None:
        version, folder = named.roster.version, workspace.out
        second = named.problem.rhythm in workspace.chain.second_person
        asked = "another person must approve it 须他人审批" if second else "it is not in force 未生效"
        console.print(
            f"{version} is a proposal 方案: {asked}. Run echelon approve {folder} {version}, then echelon publish", markup=False
        )


def _say(console: Console, named: Planned, changes: tuple[object, ...] | None) -> None:
    solution = named.solution
    table = Table(title=f"{named.roster.version} · {solution.status.value}", caption=f"forecast: {named.forecast.method}")
    for heading in ("cost", "bound", "gap of penalty", "gap in paid time", "changes", "without a legal line", "seconds"):
        table.add_column(heading, justify="right")
    gaps = f"{solution.gap:.1%}", f"{paid_time_gap(named):.2%}"
    counts = "–" if changes is None else str(len(changes)), str(len(solution.unplaced)), f"{solution.seconds:.1f}"
    table.add_row(f"{solution.cost:,.0f}", f"{solution.bound:,.0f}", *gaps, *counts)
    console.print(table)
    for unplaced in solution.unplaced:
        console.print(f"{unplaced.agent}: {unplaced.reason}", style="yellow", markup=False)


def versions(folder: Folder) -> None:
    """List the versions of the rosters 版本清单: what each changes, who made it, why, and where it stands."""
    chain = Workspace.at(folder).chain
    headings = "version 版本", "parent 基于", "state 状态", "days 日期", "author 编制", "made at 时间", "reason 理由"
    table = texts_table("versions 版本", *headings, lines=False)
    for name, step in chain.proposed.items():
        made = f"{step.at:%Y-%m-%d %H:%M}"
        table.add_row(name, step.parent or "–", chain.states[name], f"{step.first} – {step.last}", step.by, made, step.reason)
    wide_console().print(table)


def approve_version(folder: Folder, version: Version, author: Author = "", reason: Reason = "") -> None:
    """Approve a proposal 审批; by another person than its author where the rulebook asks for one."""
    steps.approve(Workspace.at(folder), version, hand_of(author, reason))
    wide_console().print(f"{version} is approved 已审批", markup=False)


def publish_version(folder: Folder, version: Version, author: Author = "", reason: Reason = "") -> None:
    """Put an approved version in force 发布."""
    workspace = Workspace.at(folder)
    changes = workspace.publish(workspace.named(version), hand_of(author, reason))
    wide_console().print(f"{version} is in force 已发布; changes 变更: {len(changes)}", markup=False)


def withdraw_version(folder: Folder, version: Version, author: Author = "", reason: Reason = "") -> None:
    """Take back a version that is not published 撤回."""
    steps.withdraw(Workspace.at(folder), version, hand_of(author, reason))
    wide_console().print(f"{version} is withdrawn 已撤回", markup=False)


def restore(
    folder: Folder,
    version: Version,
    first: Annotated[str, typer.Option(help="First day to be as it was; the days before it stay.")],
    author: Author = "",
    reason: Reason = "",
    propose: Propose = False,
) -> None:
    """Bring back an earlier version of the plan in force, as a new version 恢复."""
    workspace = Workspace.at(folder)
    planned = steps.restored(workspace, version, day_of("--first", first))
    propose_version(wide_console(), workspace, planned, hand_of(author, reason or f"as in {version}"), propose=propose)


def rebase(folder: Folder, version: Version, author: Author = "", reason: Reason = "", propose: Propose = False) -> None:
    """Put what a proposal changes onto the version in force by now 变基; the old proposal is withdrawn."""
    workspace = Workspace.at(folder)
    planned, hand = steps.rebased(workspace, version), hand_of(author, reason or f"rebased from {version}")
    steps.withdraw(workspace, version, hand)
    propose_version(wide_console(), workspace, planned, hand, propose=propose)


def edit(
    folder: Folder,
    days: Annotated[list[str], typer.Argument(help="Days to set, AGENT@DAY=CODE, e.g. A0001@2026-06-09=L; OFF = a day off.")],
    author: Author = "",
    reason: Reason = "",
    propose: Propose = False,
) -> None:
    """Set days of agents by hand, all at once; later runs keep them 手工调整并锁定."""
    workspace, wanted = Workspace.at(folder), _wanted(days)
    planned = steps.edited(workspace.newest(min(day for _, day in wanted)), wanted)
    propose_version(wide_console(), workspace, planned, hand_of(author, reason), propose=propose)


def _wanted(days: list[str]) -> dict[tuple[str, date], str]:
    """Days to set by agent and day; every one that does not read is found."""
    wanted, findings = dict[tuple[str, date], str](), list[Finding]()
    for text in days:
        place, _, code = text.rpartition("=")
        agent, _, day = place.rpartition("@")
        try:
            wanted[agent, date.fromisoformat(day)] = code
        except ValueError:
            findings.append(Finding("command line", None, "days", repr(text), "AGENT@DAY=CODE, e.g. A0001@2026-06-09=L"))
    if findings:
        raise InvalidData(findings)
    return wanted


def compare_versions(
    folder: Folder,
    before: Version,
    after: Version,
    out: Annotated[Path | None, typer.Option(help="Folder for compared_changes.csv and compared_intervals.csv.")] = None,
) -> None:
    """Two versions side by side 版本对比: who, when and why, and what it does to service, cost and wishes."""
    found = steps.compared(Workspace.at(folder), before, after)
    for title, measures in (("measures 指标", found.measures), ("costs 成本", found.costs)):
        wide_console().print(_table(found, title, measures))
    if out is not None:
        write_table(CHANGES.frame(asdict(change) for change in found.changes), out / "compared_changes.csv")
        write_table(found.intervals, out / "compared_intervals.csv")


def _table(found: Comparison, title: str, measures: tuple[Measure, ...]) -> Table:
    table = figures_table(title, "", found.before, found.after, "difference 差异")
    for one in measures:
        name = one.name if one.name_zh == one.name else f"{one.name} {one.name_zh}"
        table.add_row(name, *(f"{value:,.3f}".rstrip("0").rstrip(".") for value in (one.before, one.after, one.difference)))
    return table
