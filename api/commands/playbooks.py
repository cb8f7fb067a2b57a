"""``echelon playbooks``, ``activate`` and ``done``: what is ready for which scenario, and what has been done of it by when."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.commands.options import At, AtOrNow, Author, Folder, Reason, hand_of, instant_of
from api.commands.screen import LEVEL_STYLES, colour_of, texts_table, wide_console
from api.playbooks import Scene
from api.workspace import Workspace
from data.exchange.drills import read_drills
from data.exchange.playbooks import read_log, read_playbooks, write_log
from data.exchange.signals import SIGNALS_FILE, read_signals
from data.model.drill import DrillPolicy, DrillRecord, due
from data.model.errors import Finding, InvalidData, NotFound
from data.model.playbook import FactorCurve, OutageCurve, Playbook, Trigger, Words
from data.model.playbook_log import PlaybookStep, Run, clocks
from data.model.response import COLOURS, WarningLevel

app = typer.Typer(no_args_is_help=True, help="Playbooks 场景化应急手册: one scenario, one template.")

Name = Annotated[str, typer.Argument(help="Playbook by name.")]


def book_named(folder: Path, name: str) -> Playbook:
    """A playbook by name.

    Raises
    ------
    NotFound
        There is none of that name.
    """
    books = read_playbooks(folder)
    if name not in books:
        raise NotFound(f"no playbook {name!r}; there are {', '.join(books)}")
    return books[name]


@app.command("list")
def list_of(folder: Folder, at: AtOrNow = "") -> None:
    """Playbooks by name 预案清单, the queues that they move, their review, and the drill that was last held."""
    workspace = Workspace.at(folder)
    centre, drills = workspace.centre.centre, read_drills(workspace.out)
    now = _moment(at, centre.zone)
    headings = ("name 名称", "scenario 场景", "queues 队列", "version 版本", "review by 复核", "drill 演练")
    table = texts_table("playbooks 应急手册", *headings, lines=False)
    for name, book in read_playbooks(folder).items():
        queues = Scene(name, book, centre, now).queues
        drilled = _drilled(drills, name, now, workspace.policies.drills)
        row = (_both(book.name), ", ".join(queues) or "none 无", book.version, _review(book, now.date()), drilled)
        table.add_row(name, *row, style="" if queues else "dim")
    wide_console().print(table)


def _drilled(drills: Sequence[DrillRecord], name: str, now: datetime, policy: DrillPolicy) -> str:
    """When a scenario was last drilled, its score, and whether it is due again."""
    last = max((one for one in drills if one.scenario == name), key=lambda one: one.held_at, default=None)
    told = "never 未演练" if last is None else f"{last.held_at:%Y-%m-%d} · {last.score:.0f}"
    return f"{told} · due 应演练" if due(drills, name, now, policy) else told


def _moment(text: str, zone: str) -> datetime:
    return instant_of("--at", text, zone) if text else datetime.now(UTC)


def _review(book: Playbook, today: date) -> str:
    return f"{book.review_by}" if today <= book.review_by else f"{book.review_by} overdue 已过期"


@app.command()
def show(folder: Folder, name: Name) -> None:
    """One playbook 预案详情: calls it brings, triggers, actions with their owners and deadlines, checklist, sources."""
    workspace, book = Workspace.at(folder), book_named(folder, name)
    console, scene = wide_console(), Scene(name, book, workspace.centre.centre, datetime.now(UTC))
    console.print(f"{name} · {' '.join(book.name)} · version {book.version} · review by 复核 {book.review_by}", style="bold")
    console.print(_curves(scene))
    console.print(_triggers(book.triggers))
    console.print(_actions(book))
    for heading, lines in (
        ("Checklist 检查表", [f"[ ] {_both(one)}" for one in book.checklist]),
        ("Sources 来源", book.sources),
    ):
        console.print(heading, *(f"  {line}" for line in lines), sep="\n", markup=False)


def _both(words: Words) -> str:
    return f"{words[0]} {words[1]}"


def _curves(scene: Scene) -> Table:
    table = texts_table("calls 来话", "part 角色", "queues 队列", "what it brings 影响", "source 来源", lines=False)
    for curve in scene.book.curves:
        queues = ", ".join(scene.cast[curve.plays]) or "nothing here 无"
        table.add_row(curve.plays, queues, _brings(curve, scene.book), curve.source)
    return table


def _brings(curve: OutageCurve | FactorCurve, book: Playbook) -> str:
    told = f"; told 告知 {curve.notice_coverage:.0%}" * bool(curve.notice_coverage)
    told += f"; voice bot 分流 {curve.deflection:.0%}" * bool(curve.deflection)
    if isinstance(curve, OutageCurve):
        coefficient = "" if curve.coefficient is None else f" x {curve.coefficient:g}"
        return f"{book.customers:,.0f} customers 户{coefficient}, {book.outage_hours:g} h{told}"
    longer = f"; handle time 时长 x {curve.handle_time:g}" * (curve.handle_time != 1)
    return f"x {curve.factor:g} ± {curve.spread:.0%}, {curve.from_hours:+g} h … {curve.from_hours + curve.hours:+g} h{longer}{told}"


def _triggers(triggers: Iterable[Trigger]) -> Table:
    table = texts_table("triggers 触发条件", "level 等级", "source 来源", "if 条件", lines=False)
    for one in sorted(triggers, key=lambda trigger: trigger.raises):
        text = _both(one.text) if one.text else colour_of(one.level)
        table.add_row(colour_of(one.raises), one.source, text, style=LEVEL_STYLES[one.raises.name])
    return table


def _actions(book: Playbook) -> Table:
    headings = ("from 自", "within 时限", "track 工作线", "action 动作", "lead 牵头", "support 配合", "owner 责任")
    table = texts_table("actions 动作", *headings, lines=False)
    for one in sorted(book.actions, key=lambda action: (action.level, action.minutes)):
        people = [_both(book.people[who]) for who in (one.lead, one.support, one.owner)]
        scripts = f" ({', '.join(one.scripts)})" if one.scripts else ""
        text = f"{one.id}: {_both(one.text)}{scripts}"
        table.add_row(colour_of(one.level), f"{one.minutes} min", _both(book.tracks[one.track]), text, *people)
    return table


@app.command()
def check(folder: Folder, at: AtOrNow = "") -> None:
    """Read every playbook 预案检查: what is wrong, what nothing here plays, reviews that are overdue, what signals.csv raises."""
    workspace, console = Workspace.at(folder), wide_console()
    centre = workspace.centre.centre
    books, now = read_playbooks(folder), _moment(at, centre.zone)
    signals = read_signals(folder / SIGNALS_FILE, centre)
    for name, book in books.items():
        own = [signal for signal in signals if signal.speaks_of(name)]
        unplayed, level = Scene(name, book, centre, now).unplayed, book.raised(own, now)
        if unplayed:
            told = ", ".join(unplayed)
            console.print(f"{name}: no queue or project for {told} 无对应队列或项目: {told}", style="yellow", markup=False)
        if now.date() > book.review_by:
            console.print(f"{name}: review was due {book.review_by} 应于该日前复核", style="yellow", markup=False)
        if level:
            style = LEVEL_STYLES[level.name]
            console.print(f"{name}: signals raise it to 信号触发 {colour_of(level)}", style=style, markup=False)
    for signal in signals:
        if not any(signal.speaks_of(name) for name in books):
            told = f"signal {signal.id}: no playbook {signal.scenario!r} 无此预案"
            console.print(told, style="yellow", markup=False)
    console.print(f"{len(books)} playbooks read 已读取 {len(books)} 份预案")


@app.command()
def running(folder: Folder, at: AtOrNow = "") -> None:
    """Playbooks in force 启动中的预案: the actions of each track on the clock."""
    workspace, books = Workspace.at(folder), read_playbooks(folder)
    log, now = read_log(workspace.out), _moment(at, workspace.centre.centre.zone)
    for run in log.running.values():
        if run.playbook in books:
            wide_console().print(_clock(run, books[run.playbook], now.astimezone(run.started.tzinfo)))
    if not log.running:
        wide_console().print("No playbook is in force. 无生效预案。")


def _clock(run: Run, book: Playbook, now: datetime) -> Table:
    title = f"{' '.join(book.name)} · {colour_of(run.level)} · since 自 {run.started:%m-%d %H:%M} · now 现在 {now:%m-%d %H:%M}"
    table = texts_table(title, "track 工作线", "action 动作", "due 时限", "state 状态", "lead 牵头", "owner 责任", lines=False)
    for one in sorted(clocks(run, book, now), key=lambda clock: (list(book.tracks).index(clock.action.track), clock.due)):
        if one.done is not None:
            state, style = f"done 已完成 {one.done.at.astimezone(now.tzinfo):%H:%M} {one.done.by}", "dim"
        else:
            state = f"overdue 超时 {length_text(one.late)}" if one.overdue else f"left 剩余 {length_text(-one.late)}"
            style = "bold red" if one.overdue else ""
        people = (_both(book.people[who]) for who in (one.action.lead, one.action.owner))
        due = f"{one.due.astimezone(now.tzinfo):%m-%d %H:%M}"
        table.add_row(
            _both(book.tracks[one.action.track]), f"{one.action.id}: {_both(one.action.text)}", due, state, *people, style=style
        )
    return table


def length_text(length: timedelta) -> str:
    """A length of time in minutes, from two hours on in hours."""
    minutes = int(length.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.0f} h"


def activate(
    folder: Folder,
    playbook: Name,
    at: At,
    level: Annotated[str, typer.Option(help="blue, yellow, orange or red; none ends it.")],
    by: Author = "",
    reason: Reason = "",
) -> None:
    """Activate a playbook 启动预案, raise or lower its level, or end it; its actions stand on the clock from then on."""
    workspace, book = Workspace.at(folder), book_named(folder, playbook)
    if level not in COLOURS:
        raise InvalidData([Finding("command line", None, "--level", repr(level), f"one of {', '.join(COLOURS)}")])
    now = instant_of("--at", at, workspace.centre.centre.zone)
    set_to = WarningLevel(COLOURS.index(level))
    step = PlaybookStep(
        playbook=playbook, version=book.version, deed="level", level=set_to, at=now, by=hand_of(by, "").name, note=reason
    )
    log = read_log(workspace.out).take(step)
    write_log(log, workspace.out)
    run = log.running.get(playbook)
    told = f"ended 结束: {playbook}" if run is None else _clock(run, book, now)
    wide_console().print(told)


def done(
    folder: Folder,
    playbook: Name,
    actions: Annotated[list[str], typer.Argument(help="Ids of actions that are done.")],
    at: At,
    by: Author = "",
    reason: Reason = "",
) -> None:
    """Tick off actions 动作完成 of a playbook that is in force; what is overdue is said."""
    workspace, book = Workspace.at(folder), book_named(folder, playbook)
    log, now = read_log(workspace.out), instant_of("--at", at, workspace.centre.centre.zone)
    known = [one.id for one in book.actions]
    wrong = [name for name in actions if name not in known]
    if wrong:
        expected = f"one of {', '.join(known)}"
        raise InvalidData([Finding("command line", None, "actions", repr(name), expected) for name in wrong])
    level = log.running[playbook].level if playbook in log.running else WarningLevel.NONE
    who = hand_of(by, "").name
    for name in actions:
        log = log.take(
            PlaybookStep(
                playbook=playbook, version=book.version, deed="done", level=level, action=name, at=now, by=who, note=reason
            )
        )
    write_log(log, workspace.out)
    wide_console().print(_clock(log.running[playbook], book, now))
