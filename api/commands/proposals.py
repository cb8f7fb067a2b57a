"""``echelon propose``, ``proposals``, ``accept`` and ``decline``: the rest of a day 日微调 as proposals that people decide on."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from math import isnan
from typing import Annotated

import typer
from rich.table import Table

from api import planning
from api.commands.options import At, AtOrLast, Author, Folder, Propose, Reason, at_or_last, hand_of, instant_of
from api.commands.screen import texts_table, wide_console
from api.commands.sources import origin_of
from api.commands.versions import propose_version
from api.proposals import Board, Proposed, accepted, propose_rest
from api.workspace import Workspace
from data.exchange.proposals import read_book, write_book
from data.model.errors import Finding, InvalidData
from data.model.proposal import Deed, Proposal, ProposalBook, ProposalStep, State
from data.model.request import Effect
from data.model.request import Reason as Told
from optimizer.response.tweak import KINDS, STATES_ZH, Applied, Refusal, Rest, Signal, signal_text, who

Ids = Annotated[list[str] | None, typer.Argument(help="Ids of proposals, e.g. p0001 p0002.")]

HEADINGS = (
    "id",
    "state 状态",
    "kind 类别",
    "who 人员",
    "when 时间",
    "queue 队列",
    "P(miss 未达标)",
    "service 服务",
    "min 分钟",
    "until 有效至",
)
"""Columns of the list of proposals."""

MARKS = {1: "↑", 0: "=", -1: "↓"}
"""Calls of an interval above, within or below what was expected."""


def propose(folder: Folder, at: At, by: Author = "") -> None:
    """Propose what could still be done today 日微调建议: pauses, off-phone work, queues, overtime, early leave, call-ins."""
    workspace = Workspace.at(folder)
    history = planning.learn(workspace.centre)
    board = Board.at(workspace, origin_of(at, history))
    found = propose_rest(board, history, hand_of(by, "").name)
    write_book(found.book, folder)
    console = wide_console()
    console.print(_signals(found.signals))
    _say_open(found.book, board.now, f"{board.planned.roster.version}")
    for text in (*_whole(found.rest), *_none_to_ask(found, board.now)):
        console.print(text, markup=False)
    if found.unfit:
        told = f"{found.unfit} members of called echelons cannot come by the rules, or are at work: see `echelon warn`"
        told_zh = f"{found.unfit} 名梯队成员因规则或在岗无法召回：见 `echelon warn`"
        console.print(f"{told}\n{told_zh}", style="yellow", markup=False)


def proposals(
    folder: Folder,
    at: AtOrLast = "",
    everything: Annotated[bool, typer.Option("--all", help="Those accepted, declined and expired too.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="The sentence of each, with its numbers.")] = False,
) -> None:
    """List proposals 建议清单: what is open, for how long, what each does and costs."""
    book = read_book(folder)
    if not book.steps:
        wide_console().print("No proposal yet: run `echelon propose`. 暂无建议。", markup=False)
        return
    zone = Workspace.at(folder).centre.centre.zone
    now = at_or_last(at, book, zone)
    shown = [one for one in book.proposals.values() if everything or book.state(one.id, now) == "open"]
    wide_console().print(_table(book, shown, now, f"proposals 建议 · {now:%Y-%m-%d %H:%M}"))
    _sentences(shown if explain else ())


def accept(
    folder: Folder,
    at: At,
    ids: Ids = None,
    everything: Annotated[bool, typer.Option("--all", help="All that are open.")] = False,
    consent: Annotated[
        bool, typer.Option("--consent", help="The agents have agreed: for overtime, early leave, call-ins.")
    ] = False,
    by: Author = "",
    reason: Reason = "",
    propose: Propose = False,
) -> None:
    """Accept proposals 接受建议: those that still fit become one version of the day, the others are refused with the reason."""
    workspace = Workspace.at(folder)
    board = Board.at(workspace, instant_of("--at", at, workspace.centre.centre.zone))
    wanted = _wanted(board.book, ids, board.now, everything=everything)
    open_ones = [one for one in wanted if board.book.state(one.id, board.now) == "open"]
    made = board.foreseen(planning.learn(workspace.centre), board.now)
    applied, planned = accepted(board, open_ones, planning.require(workspace.centre, made), consented=consent)
    hand = hand_of(by, reason or f"proposals {', '.join(one.id for one in applied.done)}")
    version = ""
    if planned is not None:
        propose_version(wide_console(), workspace, planned, hand, propose=propose)
        version = next(reversed(workspace.chain.proposed))
    write_book(board.book.take(*_accepting(board, applied, hand.name, reason, version)), folder)
    board.keep(applied)
    _say_accepted(board, wanted, applied)


def _accepting(board: Board, applied: Applied, by: str, reason: str, version: str) -> list[ProposalStep]:
    steps = [_step(one, "accepted", board.now, by, reason) for one in applied.done]
    told = [{"version": version if one.changes else "", "consented": one.needs_consent} for one in applied.done]
    return [step.model_copy(update=more) for step, more in zip(steps, told, strict=True)]


def decline(folder: Folder, at: At, ids: Ids = None, by: Author = "", reason: Reason = "") -> None:
    """Decline proposals 拒绝建议: the roster stays as it is, and whoever declined is not asked again that day."""
    workspace, book = Workspace.at(folder), read_book(folder)
    now, name = instant_of("--at", at, workspace.centre.centre.zone), hand_of(by, "").name
    wanted = _wanted(book, ids, now, everything=False)
    write_book(book.take(*(_step(one, "declined", now, name, reason) for one in wanted)), folder)
    wide_console().print(f"declined 已拒绝: {', '.join(one.id for one in wanted)}", markup=False)


def _step(one: Proposal, deed: Deed, at: datetime, by: str, reason: str) -> ProposalStep:
    return ProposalStep(proposal=one.id, deed=deed, by=by, at=at, reason=reason)


def _wanted(book: ProposalBook, ids: Sequence[str] | None, now: datetime, *, everything: bool) -> list[Proposal]:
    """Proposals by id, each once, or all that are open."""
    if everything:
        return list(book.open(now))
    findings = [
        Finding("command line", None, "ids", name, "an id of `echelon proposals`")
        for name in ids or ()
        if name not in book.proposals
    ]
    findings += [] if ids else [Finding("command line", None, "ids", "nothing", "ids of proposals, or --all to accept all")]
    if findings:
        raise InvalidData(findings)
    return [book.proposals[name] for name in dict.fromkeys(ids or ())]


def _signals(signals: Sequence[Signal]) -> Table:
    """Why acts that cost somebody something are proposed, or not."""
    headings = "queue 队列", "last intervals 最近时段", "chance without them 不计其概率", "may be asked 可征询", "why 原因"
    table = texts_table("two-interval rule 两时段规则", *headings, lines=False)
    for one in signals:
        asked = "more 加班、召回" if one.more else "less 提前下班" if one.less else "nobody 不征询"
        why = f"{signal_text(one, 'en')}\n{signal_text(one, 'zh')}"
        table.add_row(one.queue, " ".join(MARKS[k] for k in one.beside) or "–", f"{one.sustained:.0%}", asked, why)
    return table


def _say_open(book: ProposalBook, now: datetime, version: str) -> None:
    shown = book.open(now)
    if not shown:
        wide_console().print("Nothing is proposed: the rest of the day stands as it is. 暂无建议，按现行安排执行。")
        return
    wide_console().print(_table(book, shown, now, f"proposals 建议 · {version} · {now:%Y-%m-%d %H:%M}"))
    _sentences(shown)


def _table(book: ProposalBook, shown: Sequence[Proposal], now: datetime, title: str) -> Table:
    """One line for each proposal."""
    table = texts_table(title, *HEADINGS, lines=False)
    zone = now.tzinfo
    for one in shown:
        state, effect = book.state(one.id, now), one.effect
        name = f"{state} {STATES_ZH[state]}" + (" · consent 须同意" if one.needs_consent and state == "open" else "")
        span = f"{_local(one.start, zone)}–{_local(one.end, zone)}"
        table.add_row(
            one.id,
            name,
            KINDS[one.kind],
            who(one.agents, "en"),
            span,
            one.queue,
            *_levels(effect),
            f"{one.paid_minutes:+d}",
            _local(one.expires_at, zone),
        )
    return table


def _levels(effect: Effect | None) -> tuple[str, str]:
    if effect is None:
        return "–", "–"
    pairs = (effect.chance_before, effect.chance_after), (effect.service_before, effect.service_after)
    chance, service = (f"{a:.0%} → {b:.0%}" for a, b in pairs)
    return chance, service


def _local(instant: datetime, zone: tzinfo | None) -> str:
    return f"{instant.astimezone(zone):%H:%M}"


def _sentences(shown: Sequence[Proposal]) -> None:
    for one in shown:
        kept = f" {one.rules} hard rules kept; {one.rules} 条硬规则均满足。" if one.rules else ""
        wide_console().print(f"{one.id}: {one.reason}\n      {one.reason_zh}{kept}", markup=False)


def _whole(rest: Rest) -> tuple[str, ...]:
    """What accepting everything does to the rest of the day."""
    if isnan(rest.service_before):
        return ("No calls are expected in the rest of the day. 当日剩余时段预计无来话。",)
    service, risky = f"{rest.service_before:.1%} → {rest.service_after:.1%}", f"{rest.risky_before} → {rest.risky_after}"
    return (
        f"All accepted, for the rest of the day: calls answered in target {service}; intervals of all queues at risk {risky}",
        f"全部接受后当日剩余时段：目标内接听 {service}；各队列有风险时段数 {risky}",
    )


def _none_to_ask(found: Proposed, now: datetime) -> tuple[str, ...]:
    """That more could be asked of agents, and nothing is: rules or prices speak against it."""
    asked = {one.kind for one in found.book.open(now)} & {"overtime", "call_in"}
    short = [one.queue for one in found.signals if one.more]
    if asked or not short:
        return ()
    return (
        f"No overtime and no call-in for {', '.join(short)}: none keeps every rule, or none is worth its price in the rulebook.",
        f"{'、'.join(short)} 无加班或召回建议：均不满足规则，或代价高于收益。",
    )


def _say_accepted(board: Board, wanted: Sequence[Proposal], applied: Applied) -> None:
    console = wide_console()
    states: dict[str, State] = {one.id: board.book.state(one.id, board.now) for one in wanted}
    console.print(f"accepted 已接受: {', '.join(one.id for one in applied.done) or '–'}", markup=False)
    asked = [one.id for one in applied.done if one.needs_consent]
    if asked:
        console.print(f"with the consent of the agents 已征得本人同意: {', '.join(asked)}", markup=False)
    closed = [(one, (_not_open(one, states[one.id]),)) for one in wanted if states[one.id] != "open"]
    for one, reasons in (*closed, *applied.refused):
        for reason in reasons:
            told = f"{one.id} refused 未执行 ({reason.cause}): {reason.sentence}\n      {reason.sentence_zh}"
            console.print(told, style="yellow", markup=False)
    if any(reason.cause == "consent_missing" for _, reasons in applied.refused for reason in reasons):
        console.print("Ask the agents, then accept with --consent. 请征询本人意见后加 --consent 再接受。", markup=False)
    if not wanted:
        console.print("Nothing is open. 无待定建议。")


def _not_open(one: Proposal, state: State) -> Told:
    return Refusal.NOT_OPEN.of(one.agents[0], state=state, state_zh=STATES_ZH[state])
