"""``echelon leave``: how much leave a month bears 休假额度, and all wishes for it decided together 休假竞价, before it is planned.

``leave_wishes.csv`` holds what agents wish. With ``--grant`` what is granted comes into ``leave.csv``, every decision into
``leave_decisions.csv``, wishes without room into ``leave_waiting.csv``, from which the next run takes them up again, and what
winners pay into ``ledger.csv``.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from api import forecasting, planning
from api.commands.options import Days, First, day_of
from api.commands.screen import texts_table, wide_console
from api.commands.sources import Origin, origin_of
from api.planned import chance_of
from api.points import ledger_of
from api.problems import problem_of
from api.rights import honouring
from api.workspace import Workspace
from data.exchange.fairness import FAIRNESS_FILE, read_fairness
from data.exchange.files import stop
from data.exchange.leave_plan import (
    DECISIONS_FILE,
    WAITING_FILE,
    WISHES_FILE,
    add_leave_decisions,
    read_leave_wishes,
    write_waiting,
)
from data.exchange.people import LEAVE_FILE, write_leave
from data.exchange.points import LEDGER_FILE, write_ledger
from data.model.demand import Forecast, Requirement
from data.model.errors import Finding, InvalidData
from data.model.leave_plan import DayOfLeave, LeaveDecision, LeavePlan, LeaveWish
from data.model.people import Absence
from data.model.points import REDEEMED, Entry, Reason
from data.model.points_ledger import Ledger
from data.model.roster import OFF
from data.model.time import Horizon
from optimizer.rostering.leave import LeaveRoom, leave_room, plan_leave, quota_words
from optimizer.rostering.problem import RosterProblem

MOST_SHOWN = 60
"""Decisions that are printed."""
OUTCOMES = {"granted": "granted 批准", "part": "in part 部分批准", "refused": "refused 不予批准"}

Folder = Annotated[Path, typer.Argument(help="The centre's folder, with leave_wishes.csv.")]
MostChance = Annotated[
    float | None,
    typer.Option(min=0.01, max=0.99, help="Chance of missing a day's target that leave may lead to; else policies.toml."),
]
QuotaOnly = Annotated[bool, typer.Option("--quota-only", help="Only how many may be away on each day.")]
Grant = Annotated[bool, typer.Option("--grant", help="Write what is granted into leave.csv, and all decisions.")]
Explain = Annotated[str, typer.Option(help="A day: every quota of it with its formula.")]


def leave(
    folder: Folder,
    first: First,
    days: Days = 31,
    origin: Origin = "",
    most_chance: MostChance = None,
    quota_only: QuotaOnly = False,
    grant: Grant = False,
    explain: Explain = "",
) -> None:
    """Leave quota by service risk 休假额度, and all wishes for leave decided together 休假竞价, before the month is planned."""
    workspace = Workspace.at(folder)
    horizon = Horizon(zone=workspace.centre.centre.zone, first=day_of("--first", first), days=days)
    asked = _explained(explain, horizon)
    stop(_planned_already(workspace, horizon) if grant else [])
    history = planning.learn(workspace.centre)
    at = origin_of(origin, history)
    wishes = () if quota_only else _wishes(workspace, at)
    made = forecasting.make_version(workspace.centre, history, at, horizon, reason="leave").forecast
    room = _room(workspace, made, most_chance)
    plan = plan_leave(room, wishes, _refused(folder))
    console = wide_console()
    _say_quotas(console, plan, room) if asked is None else _say_day(console, plan, room, asked)
    if not quota_only:
        decided = _Decided(workspace, room, wishes, plan, at)
        decided.say(console)
        decided.keep(console) if grant else None


def _explained(text: str, horizon: Horizon) -> date | None:
    """The day to explain; None if none is asked for."""
    if not text:
        return None
    day = day_of("--explain", text)
    if not horizon.first <= day <= horizon.last:
        raise InvalidData([Finding("command line", None, "--explain", text, f"a day from {horizon.first} to {horizon.last}")])
    return day


def _planned_already(workspace: Workspace, horizon: Horizon) -> list[Finding]:
    """Versions in force for some of the days: leave there is a request against them."""
    chain = workspace.chain
    steps = [(name, chain.proposed[name]) for name in chain.heads]
    fix = "ask for it with `echelon request`, or choose days that are not planned yet"
    return [
        Finding("versions.csv", None, name, f"in force from {step.first} to {step.last}", "days without a roster in force", fix)
        for name, step in steps
        if step.meets(horizon.first, horizon.last)
    ]


def _wishes(workspace: Workspace, at: datetime) -> tuple[LeaveWish, ...]:
    """Wishes that wait for a decision; nobody bids more points than can be paid."""
    centre = workspace.centre
    taken = [OFF, *(shift.code for shift in centre.centre.shifts)]
    wishes = read_leave_wishes(workspace.out, workspace.agents, taken, {one.code: one.paid for one in centre.absences})
    ledger, bids = ledger_of(workspace), Counter[str]()
    for one in wishes:
        bids[one.agent] += one.bid
    stop(
        [
            Finding(WISHES_FILE, None, "bid", f"{agent}: {bid}", f"at most {held} points, those of {agent} in {LEDGER_FILE}")
            for agent, bid in bids.items()
            if bid > (held := max(0, ledger.available(agent, at)))
        ]
    )
    return wishes


def _problem(workspace: Workspace, requirement: Requirement) -> RosterProblem:
    """The days without history; leave and rights that were granted stand in it."""
    return honouring(workspace)(problem_of(workspace.centre, requirement, 0, requirement.grid.horizon.days))


def _room(workspace: Workspace, made: Forecast, most_chance: float | None) -> LeaveRoom:
    problem = _problem(workspace, planning.require(workspace.centre, made))
    policy = workspace.policies.leave
    policy = policy if most_chance is None else policy.model_copy(update={"most_chance": most_chance})
    return leave_room(problem, chance_of(problem, made), policy)


def _refused(folder: Path) -> dict[str, float]:
    """Wishes that each agent was refused before, by the balances of fairness."""
    findings = list[Finding]()
    rows = read_fairness(folder / FAIRNESS_FILE, findings)
    stop(findings)
    return {balance.agent: balance.refused_wishes for _, balance in rows}


@dataclass(frozen=True, eq=False)
class _Decided:
    """What was decided on the wishes of a folder."""

    workspace: Workspace
    room: LeaveRoom
    wishes: tuple[LeaveWish, ...]
    plan: LeavePlan
    at: datetime

    def pairs(self) -> Iterator[tuple[LeaveWish, LeaveDecision]]:
        """Wishes with what became of them."""
        of = {wish.id: wish for wish in self.wishes}
        yield from ((of[one.wish], one) for one in self.plan.decisions)

    def say(self, console: Console) -> None:
        """Decisions, and their sum."""
        table = texts_table("decisions 决定", "wish 愿望", "outcome 结果", "why 说明")
        for wish, one in list(self.pairs())[:MOST_SHOWN]:
            who = f"{wish.id}\n{wish.agent} {wish.code} {wish.rank}\n{wish.first} – {wish.last}"
            table.add_row(*map(escape, (who, OUTCOMES[one.outcome], f"{one.sentence}\n{one.sentence_zh}")))
        console.print(table)
        counts = Counter(one.outcome for one in self.plan.decisions)
        told = ", ".join(f"{OUTCOMES[outcome]} {counts[outcome]}" for outcome in OUTCOMES)
        worth = f"worth 总值 {self.plan.value:,.1f}, at most 上界 {self.plan.bound:,.1f}"
        later = len(self.wishes) - len(self.plan.decisions)
        other = f"; not for these days 不在本期 {later}" if later else ""
        console.print(f"{len(self.plan.decisions)} wishes 愿望: {told}; {worth}{other}", markup=False)

    def keep(self, console: Console) -> None:
        """Write leave, decisions, waiting list and points, once all of it is known to be right."""
        folder, pairs = self.workspace.out, list(self.pairs())
        ledger, granted = self._paid(pairs), [wish.absence(span) for wish, one in pairs for span in one.granted]
        write_leave((*self.workspace.centre.absences, *granted), folder / LEAVE_FILE)
        add_leave_decisions(pairs, folder / DECISIONS_FILE)
        write_waiting(self._waiting(pairs), folder / WAITING_FILE)
        if ledger is not None:
            write_ledger(ledger, folder / LEDGER_FILE)
        _say_kept(console, granted)

    def _waiting(self, pairs: Sequence[tuple[LeaveWish, LeaveDecision]]) -> Iterator[tuple[LeaveWish, LeaveDecision | None]]:
        """Wishes that are tried again: those without room, and those for later days."""
        yield from ((wish, one) for wish, one in pairs if one.outcome == "refused" and one.cause != "on_leave")
        decided, last = {wish.id for wish, _ in pairs}, self.room.problem.grid.horizon.last
        yield from ((wish, None) for wish in self.wishes if wish.id not in decided and wish.last > last)

    def _paid(self, pairs: Sequence[tuple[LeaveWish, LeaveDecision]]) -> Ledger | None:
        """The ledger with what winners pay; None if nobody pays."""
        due = [_payment(wish, one, self.at) for wish, one in pairs if one.points]
        return ledger_of(self.workspace).posted(due) if due else None


def _payment(wish: LeaveWish, one: LeaveDecision, at: datetime) -> Entry:
    text, zh = f"leave {wish.id}, {wish.first} to {wish.last}", f"休假竞价 {wish.id}，{wish.first} 至 {wish.last}"
    source = f"leave:{wish.id}"
    return Entry.moved(source, at, Reason.REDEMPTION, wish.agent, -one.points, REDEEMED, source=source, text=text, text_zh=zh)


def _say_kept(console: Console, granted: Sequence[Absence]) -> None:
    en = f"{len(granted)} rows of leave added to leave.csv; decisions in {DECISIONS_FILE}, waiting list in {WAITING_FILE}."
    zh = f"已向 leave.csv 写入 {len(granted)} 行休假；决定见 {DECISIONS_FILE}，候补名单见 {WAITING_FILE}。"
    console.print(f"{en} The next `echelon plan` keeps them.\n{zh}下次 `echelon plan` 将落实。", markup=False)


def _say_quotas(console: Console, plan: LeavePlan, room: LeaveRoom) -> None:
    """A row for each day."""
    most = f"{room.policy.most_chance:.0%}"
    table = Table(title=f"leave quota 休假额度 · chance of missing the target at most 不达标概率上限 {most}")
    table.add_column("day 日期")
    table.add_column("tightest for 最紧队列", overflow="fold")
    for heading in ("needed 需班次", "plannable 可排班次", "quota 额度", "granted 已批", "week 本周", "chance 不达标概率"):
        table.add_column(heading, justify="right")
    for one in plan.days:
        table.add_row(*map(escape, _day_row(one)))
    console.print(table)
    en = "Quota: agents who may be away beside those who are; week: days of leave granted, of those that the week bears in all."
    zh = "额度：除已休外当日还可休假人数；本周：已批休假日数/全周可批日数。"
    told = f"`--explain {plan.days[0].day}` shows how the quotas of a day come about 可查看当日额度算式"
    console.print(f"{en}\n{zh}\n{told}", markup=False)


def _day_row(one: DayOfLeave) -> tuple[str, ...]:
    before, after = _chance(one.chance_before), _chance(one.chance)
    numbers = (
        f"{one.needed:,.1f}",
        f"{one.plannable:,.1f}",
        str(one.quota),
        str(one.granted),
        f"{one.week_granted}/{one.week_quota}",
    )
    return f"{one.day:%Y-%m-%d %a}", "+".join(one.queues), *numbers, after if before == after else f"{before} → {after}"


def _chance(chance: float) -> str:
    return "< 2%" if chance < 0.015 else f"{chance:.0%}"


def _say_day(console: Console, plan: LeavePlan, room: LeaveRoom, day: date) -> None:
    """Every quota that counts a day, with its formula."""
    console.print(f"quotas of {day} 当日额度", style="bold", markup=False)
    for quota in plan.quotas:
        if quota.first <= day <= quota.last:
            console.print("\n".join(quota_words(quota, room.policy, tongue) for tongue in ("en", "zh")), markup=False)
