"""Contribution points on the command line (``award``, ``ledger``, ``dispute``, ``reverse``): earned, booked, told and put right.

``ledger.csv`` holds the entries, ``awards.csv`` every deed that was reckoned with all numbers of its formula, and
``activations.csv`` the call-outs that were really answered: rows of ``call_outs.csv`` may be copied into it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.commands.options import At, Author, Folder, hand_of, instant_of
from api.commands.screen import figures_table, wide_console
from api.planned import Planned
from api.points import called_out, ledger_of, priced
from api.rights import planned_already
from api.workspace import Workspace
from data.exchange.files import stop
from data.exchange.points import (
    AWARDS_FILE,
    LEDGER_FILE,
    RIGHTS_FILE,
    add_reckoned,
    read_reckoned,
    write_ledger,
    write_rights,
)
from data.model.base import FloatArray
from data.model.errors import Finding, InvalidData
from data.model.measure import Right
from data.model.points import BUDGET, EARNED, EXPIRED, REDEEMED, REVERSIBLE, UNPOSTED, Entry, Reason
from data.model.points_ledger import Ledger
from data.model.response import Activation
from data.model.time import as_local, local
from optimizer.response.award import DEEDS, Award, Tariff, points_earned
from optimizer.rostering.problem import RosterProblem

Why = Annotated[str, typer.Option(help="Why; it stands in the ledger.")]
EntryId = Annotated[str, typer.Argument(help="Id of an entry, as `echelon ledger FOLDER --agent A` shows it.")]

SHOWN = 12
"""Lines of a long table that are shown; the file holds all."""

NAMES = {reason: f"{DEEDS['en'][reason]} {DEEDS['zh'][reason]}" for reason in EARNED} | {
    Reason.REDEMPTION: "Redemption 兑换",
    Reason.EXPIRY: "Expiry 到期",
    Reason.REVERSAL: "Reversal 冲正",
    Reason.CORRECTION: "Correction 更正",
    Reason.DISPUTE: "Dispute 异议",
    Reason.UPHELD: "Dispute settled: it stands 异议结束，维持原记录",
}
"""Reasons in both languages."""


def award(
    folder: Folder,
    month: Annotated[str, typer.Option(help="Month whose deeds are rewarded, e.g. 2026-06.")],
    at: Annotated[
        str, typer.Option(help="Local time at which it is booked; deeds of earlier days. The month's end if left out.")
    ] = "",
    explain: Annotated[str, typer.Option(help="Id of a deed in awards.csv: show what it was worth, interval by interval.")] = "",
) -> None:
    """Reward call-ins, overtime in short intervals and unpopular shifts with contribution points 贡献积分; never twice."""
    workspace = Workspace.at(folder)
    asked = _Asked.of(workspace, month, at)
    if explain:
        _say_parts(wide_console(), asked, explain)
        return
    before, ledger, found = asked.ledger, asked.ledger, list[Award]()
    for planned in asked.heads:
        earned = asked.earned(planned, ledger)
        ledger = ledger.posted(one.entry(asked.at) for one in earned if one.points)
        found += earned
    expiries = ledger.due_expiries(asked.at)
    ledger = ledger.posted(expiries)
    write_ledger(ledger, folder / LEDGER_FILE)
    add_reckoned((one.row(asked.at) for one in found), folder / AWARDS_FILE)
    _say_awards(wide_console(), asked, found, before, ledger, expiries)


@dataclass(frozen=True, eq=False)
class _Asked:
    """The deeds of a month and the books that they go into.

    Parameters
    ----------
    first, end : date
        Days ``first <= day < end`` are looked at.
    heads : tuple of Planned
        Versions in force that plan any of them.
    known : frozenset of str
        Deeds that were reckoned before.
    """

    workspace: Workspace
    month: str
    first: date
    end: date
    at: datetime
    heads: tuple[Planned, ...]
    ledger: Ledger
    activations: tuple[Activation, ...]
    known: frozenset[str]

    @classmethod
    def of(cls, workspace: Workspace, month: str, at: str) -> "_Asked":
        first, zone, ledger = _month(month), workspace.centre.centre.zone, ledger_of(workspace)
        end = (first + timedelta(days=31)).replace(day=1)
        close = local(end, time(0), zone)
        told = instant_of("--at", at, zone) if at else max([close, *(entry.at for entry in ledger.entries)])
        last = min(end, as_local(told, zone).date())
        heads = tuple(_heads(workspace, first, last))
        if not heads:
            expected = f"a roster in force for days of {month} before {told:%Y-%m-%d %H:%M}"
            raise InvalidData(
                [Finding("versions.csv", None, None, "none", expected, "plan and publish the month, or name a later --at")]
            )
        known = frozenset(read_reckoned(workspace.out / AWARDS_FILE)["deed"])
        return cls(workspace, month, first, last, told, heads, ledger, called_out(workspace), known)

    def earned(self, planned: Planned, ledger: Ledger) -> tuple[Award, ...]:
        """Awards of the deeds in a version that were not reckoned before."""
        problem, prices = priced(planned)
        return self._reckoned(problem, prices, planned, ledger, self.known)

    def _reckoned(
        self, problem: RosterProblem, prices: FloatArray, planned: Planned, ledger: Ledger, known: frozenset[str]
    ) -> tuple[Award, ...]:
        days = problem.grid.horizon
        first, end = max(problem.first_open, days.index(self.first)), min(problem.end_open, days.index(self.end))
        open_days = set(days.dates[first:end])
        called = [call for call in self.activations if call.start.astimezone(days.start.tzinfo).date() in open_days]
        part = replace(problem, first_open=first, end_open=end)
        return points_earned(part, planned.roster, prices, ledger, called, self.workspace.policies.awards, known)

    def parts(self, deed: str) -> Iterator[tuple[Award, list[tuple[datetime, float, float]]]]:
        """The award of a deed as it would be reckoned today on its own, and its worth interval by interval."""
        for planned in self.heads:
            problem, prices = priced(planned)
            tariff = Tariff(problem, prices, self.workspace.policies.awards)
            for one in self._reckoned(problem, prices, planned, Ledger(self.ledger.policy), frozenset()):
                if one.deed.id == deed:
                    yield one, tariff.parts(one.deed)


def _month(text: str) -> date:
    """First day of a month of the command line."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise InvalidData([Finding("command line", None, "--month", repr(text), "a month such as 2026-06")]) from error


def _heads(workspace: Workspace, first: date, end: date) -> Iterator[Planned]:
    """Versions in force that plan any day ``first <= day < end``."""
    chain = workspace.chain
    for name in chain.heads:
        if chain.proposed[name].meets(first, end - timedelta(days=1)):
            yield workspace.named(name)


def _say_awards(
    console: Console, asked: _Asked, found: Sequence[Award], before: Ledger, after: Ledger, expiries: Sequence[Entry]
) -> None:
    table = figures_table(
        f"contribution points 贡献积分 · {asked.month} · {', '.join(one.roster.version for one in asked.heads)}",
        "deed 事由",
        "deeds 件数",
        "agents 人数",
        "hours 小时",
        "worth 价值",
        "weight 权重",
        "points 积分",
    )
    for reason in EARNED:
        mine = [one for one in found if one.deed.reason is reason]
        agents, hours = {one.deed.agent for one in mine}, sum(one.deed.minutes for one in mine) / 60
        weight, points = asked.workspace.policies.awards.weight(reason), sum(one.points for one in mine)
        row = len(mine), len(agents), f"{hours:,.1f}", f"{sum(one.value for one in mine):,.1f}", f"{weight:g}", points
        table.add_row(NAMES[reason], *map(str, row))
    console.print(table)
    _say_budget(console, asked, found, before, after)
    if expiries:
        console.print(f"expired 到期: {-sum(entry.points for entry in expiries)}", markup=False)
    _say_largest(console, found)


def _say_budget(console: Console, asked: _Asked, found: Sequence[Award], before: Ledger, after: Ledger) -> None:
    """What the month's budget is used for, and which deeds it and the caps of agents cut."""
    paid, budget = after.paid_in(asked.month), after.policy.budget(asked.month)
    spent = f"{before.paid_in(asked.month)} → {paid} of {budget}"
    console.print(f"month's budget spent 本月预算已用: {spent}; booked 记账时间 {asked.at:%Y-%m-%d %H:%M}", markup=False)
    for told, share in (("by agents' caps 受个人上限", "capped"), ("by the month's budget 受月度预算", "scaled")):
        cut = [one for one in found if getattr(one, share) < 1]
        if cut:
            console.print(
                f"{len(cut)} deeds cut {told}; least share 最低系数 {min(getattr(one, share) for one in cut):.2f}", markup=False
            )


def _say_largest(console: Console, found: Sequence[Award]) -> None:
    """The deeds with most points, with all numbers of their formula, and where the others are."""
    if not found:
        console.print("No deed that was not reckoned before. 无新增事由。", markup=False)
        return
    headings = ("worth 价值", "weight 权重", "per unit 每单位", "cap 上限系数", "budget 预算系数", "exact 精确", "points 积分")
    table = figures_table(
        "most points 积分最多: worth × weight × per unit × cap × budget = exact", "deed 事由", "hours 小时", *headings
    )
    for one in sorted(found, key=lambda one: (-one.points, one.deed.id))[:SHOWN]:
        numbers = one.value, one.weight, one.rate, one.capped, one.scaled, one.exact
        table.add_row(one.deed.id, f"{one.deed.minutes / 60:.1f}", *(f"{number:.2f}" for number in numbers), str(one.points))
    console.print(table)
    told = f"awards.csv holds all {len(found)} deeds and how each came about; --explain DEED shows its intervals"
    console.print(f"{told} awards.csv 列出全部事由及计算过程", markup=False)


def _say_parts(console: Console, asked: _Asked, deed: str) -> None:
    """The intervals of a deed, and the formula as it was booked."""
    told = next(asked.parts(deed), None)
    if told is None:
        expected = f"a deed of {asked.month}, of the column deed of {AWARDS_FILE}"
        raise InvalidData([Finding("command line", None, "--explain", deed, expected)])
    one, parts = told
    table = figures_table(deed, "interval 时段", "share 比例", "price 时段价格", "worth 价值")
    for start, share, price in parts:
        table.add_row(f"{start:%Y-%m-%d %H:%M}", f"{share:.2f}", f"{price:,.3f}", f"{share * price:,.3f}")
    table.add_row("sum 合计", "", "", f"{one.value:,.3f}")
    console.print(table)
    booked = read_reckoned(asked.workspace.out / AWARDS_FILE)
    for row in booked[booked["deed"] == deed].to_dict("records"):
        console.print(f"booked 已记账: {row['text']}\n{row['text_zh']}", markup=False)


def ledger_of_folder(
    folder: Folder,
    agent: Annotated[str, typer.Option(help="Agent whose statement is shown.")] = "",
    at: Annotated[str, typer.Option(help="Local time of the balances; that of the last entry if left out.")] = "",
) -> None:
    """The ledger of contribution points 积分台账: balances, lots with expiry, an agent's statement, trial balance."""
    workspace = Workspace.at(folder)
    ledger, zone = ledger_of(workspace), workspace.centre.centre.zone
    if agent and agent not in workspace.agents:
        raise InvalidData(
            [Finding("command line", None, "--agent", repr(agent), f"an agent of staff.csv, such as {workspace.agents[0]}")]
        )
    if not ledger.entries:
        wide_console().print("The ledger has no entry yet: see `echelon award`. 台账暂无记录。", markup=False)
        return
    when = instant_of("--at", at, zone) if at else as_local(ledger.entries[-1].at, zone)
    if agent:
        _say_statement(wide_console(), ledger, agent, when, zone)
    else:
        _say_balances(wide_console(), ledger, when)
    _say_trial(wide_console(), ledger, when)


def _say_balances(console: Console, ledger: Ledger, at: datetime) -> None:
    table = figures_table(
        f"balances 积分余额 · {at:%Y-%m-%d %H:%M}",
        "agent 坐席",
        "held 持有",
        "may be spent 可用",
        "lots 批次",
        "next to expire 最近到期",
    )
    for name in sorted(ledger.by_agent):
        held = ledger.holding(name, at)
        lot = min(held.lots, key=lambda lot: lot.due, default=None)
        due = "–" if lot is None else f"{lot.points} · {lot.due.astimezone(at.tzinfo):%Y-%m-%d}"
        table.add_row(name, str(held.points), str(held.available), str(len(held.lots)), due)
    console.print(table)


def _why(entry: Entry) -> str:
    """What an entry is for, in both languages; of one about another also which, and by whom."""
    if not entry.of:
        return "\n".join(filter(None, (entry.text, entry.text_zh))) or NAMES[entry.reason]
    return f"{NAMES[entry.reason]} · {entry.of}\n{entry.source}: {entry.text}"


def _say_statement(console: Console, ledger: Ledger, agent: str, at: datetime, zone: str) -> None:
    """Entries of an agent with the running sum, and the lots that are left."""
    entries = [entry for entry in ledger.by_agent.get(agent, []) if entry.at <= at]
    table = Table(title=f"{agent} · statement 明细", show_lines=True)
    for heading in ("at 时间", "entry 记录", "points 积分", "sum 累计", "why 说明"):
        table.add_column(heading, overflow="fold", justify="right" if heading.startswith(("points", "sum")) else "left")
    for entry, total in zip(entries, accumulate(entry.points for entry in entries), strict=True):
        moved = "–" if entry.reason in UNPOSTED else f"{entry.points:+d}"
        table.add_row(f"{as_local(entry.at, zone):%Y-%m-%d %H:%M}", entry.id, moved, str(total), _why(entry))
    console.print(table)
    held = ledger.holding(agent, at)
    lots = Table(title=f"{agent} · lots 批次: {held.points} held 持有, {held.available} may be spent 可用")
    for heading in ("earned by 来源", "points left 剩余", "expires 到期", "in dispute 异议中"):
        lots.add_column(heading)
    for lot in held.lots:
        due = "–" if lot.frozen else f"{lot.due.astimezone(at.tzinfo):%Y-%m-%d}"
        lots.add_row(lot.entry, str(lot.points), due, "yes 是" if lot.frozen else "no 否")
    console.print(lots)


def _say_trial(console: Console, ledger: Ledger, at: datetime) -> None:
    """Sums of all accounts, which add up to zero."""
    months = sorted({entry.against for entry in ledger.entries if entry.against.startswith(BUDGET)})
    sums = {name: ledger.account(name, at) for name in (*months, REDEEMED, EXPIRED)}
    agents = sum(entry.points for entry in ledger.entries if entry.at <= at)
    table = Table(title="trial balance 试算平衡")
    table.add_column("account 账户")
    table.add_column("points 积分", justify="right")
    for name, points in {"agents 坐席合计": agents, **sums, "sum 合计": agents + sum(sums.values())}.items():
        table.add_row(name, str(points))
    console.print(table)


def dispute(
    folder: Folder,
    entry: EntryId,
    at: At,
    reason: Why,
    author: Author = "",
    settle: Annotated[bool, typer.Option("--settle", help="The dispute is over and the entry stands.")] = False,
) -> None:
    """Put an entry of the ledger in dispute 提出异议: its points cannot be spent until it is settled or reversed."""
    workspace, kind = Workspace.at(folder), Reason.UPHELD if settle else Reason.DISPUTE
    when, name = instant_of("--at", at, workspace.centre.centre.zone), hand_of(author, reason).name
    made = Entry(id=f"{kind}:{entry}:{when.isoformat()}", at=when, reason=kind, of=entry, source=name, text=reason, text_zh=reason)
    write_ledger(ledger_of(workspace).posted([made]), folder / LEDGER_FILE)
    wide_console().print(f"{entry}: {NAMES[kind]}, {name}: {reason}", markup=False)


def reverse(folder: Folder, entry: EntryId, at: At, reason: Why, author: Author = "") -> None:
    """Take back an entry by a counter-entry 冲正; the right that a redemption paid for is revoked."""
    workspace, name = Workspace.at(folder), hand_of(author, reason).name
    ledger, when = ledger_of(workspace), instant_of("--at", at, workspace.centre.centre.zone)
    wrong = ledger.by_id.get(entry)
    if wrong is None or wrong.reason not in REVERSIBLE:
        read, expected = (
            f"{entry}: {NAMES[wrong.reason] if wrong else 'no such entry'}",
            "an entry that earned, spent or corrected points",
        )
        raise InvalidData([Finding(LEDGER_FILE, None, "entry", read, expected, "see `echelon ledger FOLDER --agent A`")])
    rights = _revoked(workspace, wrong)
    posted = ledger.posted([wrong.reversed(f"reversal:{entry}", when, source=name, text=reason, text_zh=reason)])
    write_ledger(posted, folder / LEDGER_FILE)
    if rights != workspace.rights:
        write_rights(rights, folder / RIGHTS_FILE)
    points = f"{wrong.agent}: {-wrong.points:+d} → {posted.held(wrong.agent, when)}"
    console = wide_console()
    console.print(f"{entry} is reversed 已冲正; points 积分 {points}; {name}: {reason}", markup=False)
    if rights != workspace.rights:
        console.print(f"right {wrong.source} is revoked 权益已撤销", markup=False)


def _revoked(workspace: Workspace, wrong: Entry) -> tuple[Right, ...]:
    """The rights after an entry was reversed; `InvalidData` if a plan rests on the one that it paid for."""
    mine = [right for right in workspace.rights if wrong.reason is Reason.REDEMPTION and right.id == wrong.source]
    stop([finding for right in mine for finding in planned_already(workspace, right.first, right.last)])
    number = len(workspace.versions) + 1
    changed = {right.id: right.model_copy(update={"state": "revoked", "until_version": number}) for right in mine}
    return tuple(changed.get(right.id, right) for right in workspace.rights)
