"""``echelon rulebook ...``: the life of the rulebook 排班细则, from a draft over consultation and announcement into force."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from api.commands.options import AtOrNow, Author, Folder, Reason, day_of, hand_of
from api.commands.screen import texts_table, wide_console
from api.rulebooks import Desk, Judged
from api.workspace import Workspace
from data.exchange.rulebook_life import CURRENT, read_named, rulebook_at
from data.exchange.rulebooks import ready_strategies
from data.model.errors import Finding, InvalidData
from data.model.rulebook import GoalSpec, Note, Rulebook, RuleSpec, Strategy
from data.model.rulebook_diff import Difference, differences
from data.model.rulebook_life import LifeState, RulebookLife
from data.model.time import as_local
from optimizer.rostering.rules import kinds, params_of

app = typer.Typer(
    no_args_is_help=True,
    help="Life of the rulebook 排班细则: draft, consult, comment, answer, announce, enforce; show, status, diff, check.",
)

Name = Annotated[str, typer.Argument(help="Name of a draft; its file is rulebooks/NAME.toml.")]
Either = Annotated[str, typer.Argument(help=f"Name of a rulebook in rulebooks/, or {CURRENT}: the one in force.")]

STATES: dict[LifeState, str] = {
    "draft": "draft 草案",
    "consulted": "before the staff 征求意见",
    "announced": "announced 已公示",
    "in_force": "in force 施行中",
    "superseded": "superseded 已替代",
    "withdrawn": "withdrawn 已撤回",
}
"""States in both languages."""

HOWS = {"came": "came 新增", "went": "went 删除", "changed": "changed 修改"}
"""How entries differ, in both languages."""

NOTHING = ("–", "nothing of this rulebook 本细则暂无条目", "", "")
"""Row of a strategy that holds nothing."""

NO_STRATEGY = Strategy(id="", order=99, name="No strategy", name_zh="未归入策略")


@app.command()
def show(
    folder: Folder,
    on: Annotated[str, typer.Option(help="Day on which it is looked at, e.g. 2026-07-01; today if left out.")] = "",
) -> None:
    """The rulebook in force on a day: strategies 策略 with owners, rules with their numbers, goals and notes."""
    desk = _desk(folder, "", "")
    day = day_of("--on", on) if on else desk.at.date()
    book = rulebook_at(folder, day)
    wide_console().print(_identity(book, day), markup=False, highlight=False)
    wide_console().print(_book_table(book, day))
    for told in _out_of_life(desk):
        wide_console().print(told, style="yellow", markup=False)


@app.command()
def status(folder: Folder) -> None:
    """Where each rulebook stands 细则进度, the comments on it and their answers."""
    desk = _desk(folder, "", "")
    wide_console().print(_identity(desk.in_force, desk.at.date()), markup=False, highlight=False)
    wide_console().print(_states_table(desk.life))
    if any(step.deed == "commented" for step in desk.life.steps):
        wide_console().print(_comments_table(desk.life))
    for told in (*_out_of_life(desk), *_due(desk)):
        wide_console().print(told, style="yellow", markup=False)


@app.command()
def draft(
    folder: Folder,
    name: Name,
    source: Annotated[str, typer.Option("--from", help=f"Rulebook to begin with; {CURRENT} = the one in force.")] = CURRENT,
    author: Author = "",
    reason: Reason = "",
    at: AtOrNow = "",
) -> None:
    """Begin a draft 起草: a copy of a rulebook to edit."""
    path = _desk(folder, author, at).draft(name, source, reason)
    told = f"{name}: edit {path}, raise its version, then: echelon rulebook check {folder} {name}"
    wide_console().print(f"{told}\n{name}：请编辑该文件并更新版本号，再运行 check", markup=False, highlight=False)


@app.command()
def diff(folder: Folder, before: Either, after: Either) -> None:
    """What differs between two rulebooks 对比: rules that came, went and changed, numbers old -> new."""
    Workspace.at(folder)
    _say_differences(read_named(folder, before), read_named(folder, after), f"{before} → {after}")


@app.command()
def check(folder: Folder, name: Either = CURRENT) -> None:
    """Run the regression cases 回归用例, and look for rules of law that were loosened; exit code 1 if any speaks against it."""
    judged = _desk(folder, "", "").judged(name)
    _say_judged(name, judged)
    if judged.all_findings:
        raise typer.Exit(1)


@app.command()
def consult(
    folder: Folder,
    name: Name,
    until: Annotated[str, typer.Option(help="Last day of the consultation, e.g. 2026-06-14.")],
    author: Author = "",
    at: AtOrNow = "",
) -> None:
    """Put a draft before the staff 征求意见, from today until a day (Labour Contract Law art. 4)."""
    desk, last = _desk(folder, author, at), day_of("--until", until)
    first = desk.at.date()
    desk.keep(desk.step(name, "consulted", first=first, last=last))
    wide_console().print(f"{name} is before the staff from {first} to {last} 征求意见 {first} 至 {last}", markup=False)
    _say_differences(desk.in_force, read_named(folder, name), f"what would change 拟修改内容 · {CURRENT} → {name}")


@app.command()
def comment(
    folder: Folder,
    name: Name,
    by: Annotated[str, typer.Option(help="Role or team that says it, not a person's name.")],
    text: Annotated[str, typer.Option(help="What is said.")],
    rule: Annotated[str, typer.Option(help="Id of the rule that it is about; the whole if left out.")] = "",
    at: AtOrNow = "",
) -> None:
    """Write down what the staff says of a draft 记录意见."""
    number = _desk(folder, "", at).comment(name, by, text, rule)
    wide_console().print(f"{name}: comment {number} of {by} is kept 意见 {number} 已记录", markup=False)


@app.command()
def answer(
    folder: Folder,
    name: Name,
    number: Annotated[int, typer.Argument(min=1, help="Number of the comment.")],
    text: Annotated[str, typer.Option(help="The answer: what was changed, or why not.")],
    author: Author = "",
    at: AtOrNow = "",
) -> None:
    """Answer a comment 答复意见; a draft with comments unanswered is not announced."""
    desk = _desk(folder, author, at)
    life = desk.keep(desk.step(name, "answered", comment=number, text=text))
    waiting = sum(one.answer is None for one in life.comments(name))
    wide_console().print(f"{name}: comment {number} is answered 已答复; waiting 待答复: {waiting}", markup=False)


@app.command()
def announce(
    folder: Folder,
    name: Name,
    first: Annotated[str, typer.Option("--from", help="Day from which it is in force, after today, e.g. 2026-07-01.")],
    author: Author = "",
    at: AtOrNow = "",
) -> None:
    """Announce a draft 公示: consultation held, comments answered, regression cases kept, no rule of law loosened."""
    desk, day = _desk(folder, author, at), day_of("--from", first)
    judged = desk.announce(name, day)
    told = f"{name} ({judged.book.version}) is announced: in force from {day} 已公示，{day} 起施行"
    wide_console().print(f"{told}\nOn that day 届时运行: echelon rulebook enforce {folder}", markup=False, highlight=False)
    _say_differences(desk.in_force, judged.book, f"what changes 修改内容 · {CURRENT} → {name}")


@app.command()
def enforce(
    folder: Folder,
    name: Annotated[str, typer.Argument(help="Name of an announced rulebook; the one whose day has come if left out.")] = "",
    author: Author = "",
    at: AtOrNow = "",
) -> None:
    """Put an announced rulebook in force 施行 when its day has come; the one of before is kept for the rosters of its time."""
    chosen, kept = _desk(folder, author, at).enforce(name)
    told = f"{chosen} is in force: rulebook.toml. The one of before is kept 原细则留存: {kept}"
    wide_console().print(f"{told}\n{chosen} 已施行，此后的排班按新细则", markup=False, highlight=False)


@app.command()
def withdraw(folder: Folder, name: Name, author: Author = "", reason: Reason = "", at: AtOrNow = "") -> None:
    """Take back a rulebook that is not in force 撤回."""
    desk = _desk(folder, author, at)
    desk.keep(desk.step(name, "withdrawn", text=reason))
    wide_console().print(f"{name} is withdrawn 已撤回", markup=False)


def _desk(folder: Folder, author: str, at: str) -> Desk:
    """The centre, who works on its rulebook, and the local time."""
    workspace, hand = Workspace.at(folder), hand_of(author, "")
    zone = workspace.centre.centre.zone
    try:
        moment = as_local(datetime.fromisoformat(at) if at else datetime.now(UTC).replace(microsecond=0), zone)
    except ValueError as error:
        expected = "an ISO date and time such as 2026-06-05T10:00"
        raise InvalidData([Finding("command line", None, "--at", repr(at), expected)]) from error
    return Desk(workspace, hand.name, moment)


def _identity(book: Rulebook, day: date) -> str:
    return f"rulebook 排班细则 {book.id}, version 版本 {book.version}, sha256 {book.sha256[:12]}, on {day}"


def _out_of_life(desk: Desk) -> Iterator[str]:
    """That the rulebook in force is not the text that was put in force by the steps, if it is not."""
    enforced = [step for step in desk.life.steps if step.deed == "enforced"]
    if enforced and enforced[-1].sha256 != desk.in_force.text_sha256:
        told = f"rulebook.toml is not the text of {enforced[-1].rulebook} that came into force on {enforced[-1].at.date()}"
        yield f"{told}: what was changed by hand was never put before the staff 现行细则被直接修改，未经征求意见与公示"


def _due(desk: Desk) -> Iterator[str]:
    name = desk.life.due(desk.at.date())
    if name:
        yield f"the day of {name} has come 施行日已到: echelon rulebook enforce {desk.folder}"


def _book_table(book: Rulebook, day: date) -> Table:
    """What stands under each strategy, in the order of the strategies."""
    headings = "strategy 策略", "rule, goal or note 规则、目标、说明", "says 内容", "weight 权重", "source 依据"
    table = texts_table("", *headings)
    headed = book.strategies or ready_strategies()
    known, entries = {strategy.id for strategy in headed}, (*book.rules, *book.goals, *book.notes)
    for strategy in sorted((*headed, NO_STRATEGY), key=lambda one: one.order):
        own = [_row(entry, day) for entry in entries if (entry.strategy if entry.strategy in known else "") == strategy.id]
        for k, row in enumerate(own or [NOTHING] * bool(strategy.id)):
            table.add_row(*map(escape, ("" if k else _named(strategy), *row)))
    return table


def _named(strategy: Strategy) -> str:
    owner = f"\nowner 责任岗位: {strategy.owner} {strategy.owner_zh}" if strategy.owner else ""
    return f"{strategy.order} {strategy.name}\n{strategy.name_zh}{owner}" if strategy.id else f"{strategy.name}\n{strategy.name_zh}"


def _row(entry: RuleSpec | GoalSpec | Note, day: date) -> tuple[str, str, str, str]:
    """Name, what it says, weight and source of an entry."""
    if isinstance(entry, GoalSpec):
        return f"goals.{entry.kind}", ", ".join(f"{name} {value}" for name, value in entry.numbers.items()), "goal 目标", ""
    name = _lines(entry.id, entry.title, entry.title_zh)
    if isinstance(entry, Note):
        return name, _lines(entry.kept_by, entry.kept_by_zh), "note 说明", entry.source
    sleeping = "" if entry.in_force(day, day) else f"not in force on {day} 当日未生效"
    return name, _lines(*_says(entry), sleeping), f"{entry.weight:g}" if entry.weight else "hard 硬性", entry.source


def _says(rule: RuleSpec) -> tuple[str, str]:
    """A rule with its numbers, in both languages."""
    kind, params = kinds()[rule.kind], params_of(rule)
    return kind.sentence(params, "en"), kind.sentence(params, "zh")


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _states_table(life: RulebookLife) -> Table:
    table = texts_table(
        "rulebooks 排班细则",
        "name 名称",
        "state 状态",
        "consultation 征求意见",
        "in force from 施行日",
        "comments 意见",
        "last step 最近一步",
    )
    for name, state in life.states.items():
        consulted, announced, said = life.last(name, "consulted"), life.last(name, "announced"), life.comments(name)
        last = [step for step in life.steps if step.rulebook == name][-1]
        waiting = sum(one.answer is None for one in said)
        span = f"{consulted.first} – {consulted.last}" if consulted else "–"
        counts = f"{len(said)}" + (f" (unanswered 待答复 {waiting})" if waiting else "")
        since = str(announced.first) if announced else "–"
        table.add_row(name, STATES[state], span, since, counts, f"{last.deed} {last.at:%Y-%m-%d %H:%M} {escape(last.by)}")
    return table


def _comments_table(life: RulebookLife) -> Table:
    table = texts_table("comments 意见", "rulebook 细则", "no. 编号", "by 提出", "rule 规则", "comment 意见", "answer 答复")
    for name in life.states:
        for one in life.comments(name):
            replied = one.answer.text if one.answer else "–"
            cells = name, str(one.number), one.said.by, one.said.rule or "–", one.said.text, replied
            table.add_row(*map(escape, cells))
    return table


def _say_differences(before: Rulebook, after: Rulebook, title: str) -> None:
    found, rules = list(differences(before, after)), {rule.id: rule for rule in after.rules}
    if not found:
        wide_console().print(f"{title}: nothing differs 无差异", markup=False)
        return
    table = texts_table(title, "entry 条目", "how 变化", "before → after 原 → 新", "says now 新内容")
    for (sort, name), group in groupby(found, key=lambda one: (one.sort, one.id)):
        own = tuple(group)
        now = _lines(*_says(rules[name])) if sort == "rules" and name in rules else ""
        entry = _lines(f"goals.{name}" if sort == "goals" else name, own[0].title, own[0].title_zh)
        table.add_row(*map(escape, (entry, HOWS[own[0].how], _lines(*map(_changed, own)), now)))
    wide_console().print(table)


def _changed(one: Difference) -> str:
    return f"{one.field}: {one.before or '–'} → {one.after or '–'}" if one.field else ""


def _say_judged(name: str, judged: Judged) -> None:
    console, checked = wide_console(), judged.checked
    if judged.all_findings:
        table = texts_table(f"against {name} 不符", "where 位置", "what 条目", "read 现为", "expected 应为", "how to fix it 处理")
        for one in judged.all_findings:
            table.add_row(*map(escape, (one.where, one.column or "", one.read, one.expected, one.fix)))
        console.print(table)
    held = len(checked.outcomes) - len(checked.failed)
    told = f"{name}: {held} of {len(checked.outcomes)} regression cases hold 回归用例通过 {held}/{len(checked.outcomes)}"
    skipped = f"\n{len(checked.skipped)} shipped cases not asked: their rules are changed or left out 规则已改或未采用，未适用"
    console.print(told + (skipped if checked.skipped else ""), markup=False, highlight=False)
    console.print("not to be announced 不得公示" if judged.all_findings else "nothing speaks against it 未发现不符", markup=False)
