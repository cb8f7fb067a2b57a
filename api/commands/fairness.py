"""``echelon fairness``: who has borne how much, who can earn points, who holds them, and what the next plan makes of it.

``fairness_carried.csv`` holds the balances at the end of the version in force. ``--close`` lets the next plan begin with them: as
``fairness.csv``, and as ``balances.csv``, by whose points and refused wishes the goals fairness and wishes weigh its duty.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated

import typer
from rich.console import Console

from api.commands.options import Folder, day_of
from api.commands.screen import figures_table, wide_console
from api.echelons import standbys
from api.fairness import out_of_time, strangers
from api.planned import Planned, plan_start
from api.points import called_out, ledger_of, priced
from api.workspace import Workspace
from data.exchange.balances import BALANCES_FILE, write_balances
from data.exchange.fairness import CARRIED_FILE, FAIRNESS_FILE, read_fairness, write_fairness
from data.exchange.files import stop
from data.model.errors import Finding
from data.model.fairness import BURDENS, FairnessBalance, Standing
from data.model.points import EARNED
from data.model.response import Activation, Standby
from data.model.time import local
from optimizer.response.award import DEEDS, PointsReport, points_report
from optimizer.rostering.fairness_balances import NAMES, closing, explained, running, standings
from optimizer.rostering.goals.wishes import LEAST, MOST

GROUPS = {"contract": "contract 合同", "team": "team 班组", "night_ban": "night ban 夜班保护"}
"""Kinds of groups in both languages."""


def fairness_of(
    folder: Folder,
    agent: Annotated[list[str] | None, typer.Option(help="Agent to be told how they stand; may be repeated.")] = None,
    day: Annotated[str, typer.Option(help="A day of the plan, e.g. 2026-06-01; the latest plan in force if left out.")] = "",
    close: Annotated[bool, typer.Option("--close", help="The plan is over: the next one begins with these balances.")] = False,
) -> None:
    """Fairness with memory 公平余额: burdens of every agent with their spread, who can earn points, who holds them."""
    asked = _Asked.of(Workspace.at(folder), tuple(agent or ()), day_of("--day", day) if day else None)
    console, problem, roster = wide_console(), asked.planned.problem, asked.planned.roster
    balances = running(problem, roster, asked.held, called=asked.called, noticed=asked.noticed)
    held = standings(problem, balances)
    report = asked.points()
    write_fairness(balances, folder / CARRIED_FILE)
    if close:
        write_balances(closing(problem, roster, asked.called, asked.noticed), folder / BALANCES_FILE)
        write_fairness(balances, folder / FAIRNESS_FILE)
    _say_spreads(console, asked, held)
    _say_chances(console, report)
    _say_holdings(console, report)
    _say_agents(console, held, asked.agents)
    _say_files(console, close, {goal.kind for goal in problem.rulebook.goals})


@dataclass(frozen=True, eq=False)
class _Asked:
    """A version in force and what is known of its agents.

    Parameters
    ----------
    held : tuple of FairnessBalance
        Of the time before; none without ``fairness.csv``.
    called, noticed
        Emergency duties done, and the duty list.
    """

    workspace: Workspace
    planned: Planned
    agents: tuple[str, ...]
    held: tuple[FairnessBalance, ...]
    called: tuple[Activation, ...]
    noticed: tuple[Standby, ...]

    @classmethod
    def of(cls, workspace: Workspace, agents: tuple[str, ...], day: date | None) -> "_Asked":
        planned, findings = workspace.newest(day), list[Finding]()
        expected = f"an agent of staff.csv, such as {workspace.agents[0]}"
        findings += [Finding("command line", None, "--agent", repr(a), expected) for a in agents if a not in workspace.agents]
        rows = read_fairness(workspace.out / FAIRNESS_FILE, findings)
        stop([*findings, *strangers(workspace, rows), *out_of_time(planned, rows)])
        return cls(workspace, planned, agents, tuple(balance for _, balance in rows), called_out(workspace), standbys(workspace))

    @property
    def at(self) -> datetime:
        """When points are counted: the end of the plan, or the last entry of the ledger."""
        horizon, entries = self.planned.roster.horizon, ledger_of(self.workspace).entries
        return max([local(horizon.last + timedelta(days=1), time(0), horizon.zone), *(entry.at for entry in entries)])

    def points(self) -> PointsReport:
        """Who can earn points in the plan, and who holds how many after it."""
        problem, prices = priced(self.planned)
        return points_report(problem, prices, ledger_of(self.workspace), self.at, self.workspace.policies.awards)


def _say_spreads(console: Console, asked: _Asked, held: Sequence[Standing]) -> None:
    """How each burden is spread among agents who are compared."""
    roster = asked.planned.roster
    first = roster.horizon.dates[plan_start(asked.planned.problem)]
    headings = (
        "burden 负担",
        "among 可比范围",
        "agents 人数",
        "mean 均值",
        "deviation 标准差",
        "least 最少",
        "10 %",
        "median 中位",
        "90 %",
        "most 最多",
    )
    table = figures_table(f"fairness 公平余额 · {roster.version} · {first} – {roster.horizon.last}", *headings)
    groups = dict.fromkeys(place.spread for standing in held for place in standing.places if any(place.spread.quantiles))
    for spread in sorted(groups, key=lambda one: (BURDENS.index(one.burden), one.contract, one.no_night)):
        among = f"{spread.contract}{', no nights 不排夜班' if spread.no_night else ''}"
        least, tenth, _, median, _, ninetieth, most = spread.quantiles
        numbers = (f"{value:.1f}" for value in (spread.mean, spread.deviation, least, tenth, median, ninetieth, most))
        table.add_row(f"{NAMES['en'][spread.burden]} {NAMES['zh'][spread.burden]}", among, str(spread.agents), *numbers)
    console.print(table)
    absent = [NAMES["en"][burden] for burden in BURDENS if burden not in {spread.burden for spread in groups}]
    if absent:
        console.print(f"nobody bore 无人承担: {', '.join(absent)}", markup=False)


def _say_chances(console: Console, report: PointsReport) -> None:
    """Share of the agents who can earn by each deed."""
    names = (f"{DEEDS['en'][reason]} {DEEDS['zh'][reason]}" for reason in EARNED)
    table = figures_table("who can earn points 可获积分的坐席比例", "group 群体", "agents 人数", *names, "any way 任一方式")
    for one in report.chances:
        name = f"{GROUPS[one.kind]}: {one.name or '–'}"
        table.add_row(name, str(one.agents), *(f"{one.shares[reason]:.0%}" for reason in EARNED), f"{one.any_share:.0%}")
    console.print(table)
    if report.protected:
        told = f"{report.protected_earning} of {report.protected} agents with a protection can earn"
        console.print(f"{told} 受保护坐席中可获积分者", markup=False)


def _say_holdings(console: Console, report: PointsReport) -> None:
    spread = ", ".join(f"{share:.0%} {points:g}" for share, points in report.quantiles.items())
    held = f"points held 积分合计 {report.total} at {report.at:%Y-%m-%d}"
    console.print(f"{held}: Gini {report.gini:.2f}; the top tenth holds 前一成持有 {report.top_share:.0%}", markup=False)
    console.print(f"held by quantile of agents 按坐席分位: {spread}", markup=False)


def _say_agents(console: Console, held: Sequence[Standing], agents: Sequence[str]) -> None:
    """One sentence in each language to each agent who is to be told."""
    of = {standing.agent: standing for standing in held}
    for name in agents:
        console.print(f"{name}: {explained(of[name], 'en')}\n{name}: {explained(of[name], 'zh')}", markup=False, highlight=False)


def _say_files(console: Console, close: bool, goals: Collection[str]) -> None:
    """What was written, and what of it the goals of the rulebook weigh."""
    if not close:
        console.print(
            f"{CARRIED_FILE} written 已写出; --close lets the next plan begin with it 加 --close 作为下一期起点", markup=False
        )
        return
    told = f"{FAIRNESS_FILE} and {BALANCES_FILE}: the next plan weighs unpopular duty by points, and wishes by those refused before"
    console.print(f"{told} ({LEAST:g} – {MOST:g} ×) 下一期按积分与未满足愿望加权", markup=False)
    for kind in ("fairness", "wishes"):
        if kind not in goals:
            console.print(
                f"rulebook.toml names no goal {kind}: they weigh nothing there 规则集未启用目标 {kind}",
                style="yellow",
                markup=False,
            )
