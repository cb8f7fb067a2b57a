"""Requests of agents on the command line (``request``, ``stand-ins``): decided against the version in force, with reasons.

What is granted becomes one new version of the roster, leave also rows of ``leave.csv``; ``decisions.csv`` says what became of
every request.
"""

import shlex
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from api.commands.options import At, Author, Folder, Propose, Reason, day_of, hand_of, instant_of
from api.commands.screen import texts_table, wide_console
from api.commands.versions import propose_version
from api.decided import next_version
from api.planned import Planned, chance_of, plan_start, rest_of
from api.policies import POLICIES_FILE
from api.workspace import Workspace
from data.exchange.files import stop
from data.exchange.people import LEAVE_FILE, write_leave
from data.exchange.requests import DECISIONS_FILE, add_decisions, read_granted, read_requests
from data.model.errors import Finding, InvalidData
from data.model.people import Absence
from data.model.request import Decision, Effect, Request
from data.model.roster import Roster
from data.model.rulebook import Rulebook
from optimizer.rostering.requests import (
    Desk,
    Refused,
    StandIn,
    StandIns,
    desk_of,
    judge_all,
    stand_ins_at,
)
from optimizer.rostering.requests.causes import Cause
from optimizer.rostering.requests.stand_ins import MOST_SHOWN
from optimizer.rostering.rules import Tongue

VERDICTS = {"granted": "granted 批准", "to_leader": "to a leader 转班长", "refused": "refused 不予批准"}
"""Outcomes in both languages."""


def request(
    folder: Folder,
    file: Annotated[Path, typer.Argument(help="Requests, one JSON document on a line, e.g. requests.jsonl.")],
    at: At,
    author: Author = "",
    reason: Reason = "",
    propose: Propose = False,
) -> None:
    """Decide requests of agents 审批申请: swaps, covers, overtime, early leave and leave, in the order in which they were made."""
    workspace = Workspace.at(folder)
    now = instant_of("--at", at, workspace.centre.centre.zone)
    requests, earlier = read_requests(file), read_granted(folder / DECISIONS_FILE)
    stop(_granted_before(requests, earlier, file.name))
    head = workspace.newest(now.date())
    desk = _desk(workspace, head, now, requests)
    judged, after = judge_all(desk, requests, workspace.policies.requests, granted=earlier)
    of = {one.id: one for one in requests}
    decided = [(of[one.decision.request], one.decision) for one in judged]
    wide_console().print(_decisions_table(decided, after))
    granted = [one.decision.request for one in judged if one.roster is not None]
    if granted:
        hand = hand_of(author, reason or f"requests {', '.join(granted)}")
        propose_version(wide_console(), workspace, next_version(head, desk, after, "requests granted"), hand, propose=propose)
    add_decisions(decided, folder / DECISIONS_FILE)
    _keep_leave(workspace, [absence for one in judged for absence in one.absences])


def stand_ins_for(
    folder: Folder,
    agent: Annotated[str, typer.Argument(help="Id of the agent whose shift is to be taken over.")],
    day: Annotated[str, typer.Argument(help="Day, e.g. 2026-06-08.")],
    at: At,
    most: Annotated[int, typer.Option(min=1, help="Stand-ins shown.")] = MOST_SHOWN,
) -> None:
    """Who could take over a shift 顶班人选: the cheapest first, with reasons, and how many cannot and why."""
    workspace = Workspace.at(folder)
    on, now = day_of("day", day), instant_of("--at", at, workspace.centre.centre.zone)
    terms = workspace.policies.requests.cover
    found = stand_ins_at(_desk(workspace, workspace.newest(on), now), agent, on, most=most, terms=terms)
    console = wide_console()
    console.print(_best_table(found, folder))
    for line in _notes(found, folder):
        console.print(line, markup=False)
    console.print(_refused_table(found, workspace.centre.rulebook))


def _granted_before(requests: Sequence[Request], earlier: Sequence[Request], where: str) -> list[Finding]:
    """Requests that would be granted twice: a swap would be swapped back."""
    known, fix = {one.id for one in earlier}, "take it out, or give a new request a new id"
    expected = f"a request that {DECISIONS_FILE} has not granted yet"
    return [Finding(where, None, "id", one.id, expected, fix) for one in requests if one.id in known]


def _desk(workspace: Workspace, head: Planned, now: datetime, requests: Sequence[Request] = ()) -> Desk:
    """The version in force at a moment: its days from that of the moment on may change, but for those set by hand."""
    horizon = head.problem.grid.horizon
    first = max(plan_start(head.problem), horizon.index(rest_of(head, now).first))
    problem = replace(head.problem, first_open=first, locked=head.locked)
    return desk_of(problem, head.roster, now, chance_of(head.problem, head.forecast), _seen(workspace, requests))


def _seen(workspace: Workspace, requests: Sequence[Request]) -> dict[str, Roster]:
    """The versions that requests saw; one that no longer fits the centre is as unknown as one that never was."""
    found = dict[str, Roster]()
    for name in sorted({one.version for one in requests} & {path.stem for path in workspace.versions}):
        with suppress(InvalidData):
            found[name] = workspace.named(name).roster
    return found


def _keep_leave(workspace: Workspace, granted: Sequence[Absence]) -> None:
    """Add leave that was granted to ``leave.csv``."""
    if not granted:
        return
    write_leave((*workspace.centre.absences, *granted), workspace.out / LEAVE_FILE)
    rows = "; ".join(f"{one.agent} {one.first} – {one.last} {one.code}" for one in granted)
    wide_console().print(f"added to {LEAVE_FILE} 已写入: {rows}", markup=False)


def _decisions_table(decided: Sequence[tuple[Request, Decision]], desk: Desk) -> Table:
    headings = "request 申请", "why 说明", "worst interval 最差时段", "alternatives 替代方案"
    table = texts_table("decisions 审批结果", *headings)
    for asked, one in decided:
        why = _both(one.sentence, one.sentence_zh)
        instead = "\n".join(_both(other.sentence, other.sentence_zh) for other in one.alternatives)
        cells = f"{one.request}\n{asked.kind} {asked.agent}\n{VERDICTS[one.outcome]}", why, _hurt(one.effect, desk), instead
        table.add_row(*map(escape, cells))
    return table


def _hurt(effect: Effect | None, desk: Desk) -> str:
    """The interval that is hurt most, before and after."""
    if effect is None:
        return "–"
    risk = f"P(miss 未达标) {effect.chance_before:.1%} → {effect.chance_after:.1%}"
    level = f"SL 服务水平 {effect.service_before:.1%} → {effect.service_after:.1%}"
    return f"{effect.queue} {desk.clock(effect.start)}\n{risk}\n{level}"


def _best_table(found: StandIns, folder: Path) -> Table:
    title = escape(f"stand-ins for {found.agent} 顶班人选 · {found.day} · {found.code}")
    table = texts_table(title, "agent 坐席", "rank, cost and why 名次、成本与原因", "to do it 执行命令")
    for one in found.best:
        table.add_row(*map(escape, (one.agent, _both(one.sentence, one.sentence_zh), _edit(found, one, folder))))
    return table


def _edit(found: StandIns, one: StandIn, folder: Path) -> str:
    """The command that puts a stand-in into the roster."""
    moved = [] if one.instead is None else [f"{one.agent}@{one.instead}=OFF"]
    given = f"{found.agent}@{found.day}=OFF"
    return shlex.join(["echelon", "edit", str(folder), f"{one.agent}@{found.day}={found.code}", *moved, given])


def _notes(found: StandIns, folder: Path) -> Iterator[str]:
    """How many may take the shift, why none of those who could move a day is shown, and what the giver's own line needs."""
    yield f"{found.able} may take it 可顶班: {found.able}"
    if found.moving:
        en = f"{found.moving} more may if they are off on another day of the week instead"
        yield f"{en} 另有 {found.moving} 人同周另择一日休息后可顶班"
    if found.beyond:
        one, reason = found.beyond.stand_in, found.beyond.reason
        yield f"None of them keeps to [requests.cover] of {POLICIES_FILE}; the cheapest is {one.sentence} {reason.sentence}"
        yield f"均超出 {POLICIES_FILE} 中 [requests.cover] 的限值；成本最低者为 {one.sentence_zh}{reason.sentence_zh}"
        yield f"A leader may still decide so 班长仍可决定: {_edit(found, one, folder)}"
    shown = found.best or found.beyond
    if shown and found.leave:
        yield f"{found.agent} is on leave ({found.leave}) on {found.day}: OFF puts it into the roster"
        yield f"{found.agent} 在 {found.day} 休假（{found.leave}）：OFF 即写入该假别"
    if shown and found.bound:
        yield f"As it stands the edit is refused: {found.bound.sentence} Put the leave into leave.csv first, then ask again."
        yield f"目前该调整不可行：{found.bound.sentence_zh}请先将休假写入 leave.csv，再查询一次。"


def _refused_table(found: StandIns, rulebook: Rulebook) -> Table:
    table = texts_table("who cannot 不能顶班", "agents 人数", "cause 原因", "")
    for one in found.refused:
        why = _both(*(_cause(one, found.day, rulebook, tongue) for tongue in ("en", "zh")))
        table.add_row(str(one.count), one.cause, escape(why))
    return table


def _cause(refused: Refused, day: date, rulebook: Rulebook, tongue: Tongue) -> str:
    """What keeps several agents away: the rule by its title, or the cause with what they do not have in common left open."""
    for spec in rulebook.rules:
        if spec.id == refused.rule:
            return spec.named if tongue == "en" else f"{spec.id} {spec.title_zh}".strip()
    return Cause[refused.cause.upper()].texts[tongue].format_map(_Open(day=day))


class _Open(dict[str, object]):
    """What a sentence says of one agent, left open."""

    def __missing__(self, key: str) -> str:
        return "…"


def _both(en: str, zh: str) -> str:
    return f"{en}\n{zh}"
