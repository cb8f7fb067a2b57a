"""``echelon warn`` and ``echelon warnings``: a look ahead 产能预警, and the life of each warning until its review."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from math import isnan
from typing import Annotated, Literal

import pandas as pd
import typer
from rich.markup import escape
from rich.table import Table

from api import planning
from api.ahead import look_ahead
from api.commands.foreseen import SHOWN_ROWS, calls_table, causes_table, coloured, days_table, remedies_table, warnings_table
from api.commands.options import At, AtOrLast, Author, Folder, Moment, Reason, at_or_last, hand_of, instant_of
from api.commands.screen import LEVEL_STYLES, colour_of, texts_table, wide_console
from api.commands.sources import origin_of
from api.policies import Policies
from api.warning_scores import keep_chances
from api.warnings import Looked, explained, look
from api.workspace import Workspace
from data.exchange.files import stop
from data.exchange.forecasts import write_forecast
from data.exchange.warning_scores import SCORES_FILE, read_scores
from data.exchange.warning_steps import read_warning_book, write_warning_book
from data.model.errors import Finding, InvalidData
from data.model.people import person_finder
from data.model.response import CapacityWarning, WarningLevel
from data.model.time import as_local
from data.model.warning_book import OpenWarning, WarningBook, WarningState, WarningStep
from data.model.warning_policy import ROLES, Role, WarningPolicy
from optimizer.response.warning.wording import COLOURS

app = typer.Typer(no_args_is_help=True, help="Life of the warnings 预警台账: list, acknowledge, close, review.")

Ids = Annotated[list[str], typer.Argument(help="Ids of warnings, e.g. w0001 w0002.")]
LookAhead = Annotated[float, typer.Option(min=1 / 24, max=60, help="How many days ahead; 0.05 is a little more than an hour.")]

ROLES_ZH: dict[Role, str] = {"lead": "主责", "support": "配合", "owner": "负责人"}

STATES_ZH: dict[WarningState, str] = {
    "raised": "待确认",
    "acknowledged": "已确认",
    "calm": "已解除",
    "expired": "已过期",
    "closed": "已关闭",
}


def warn(
    folder: Folder,
    at: Moment,
    days: LookAhead = 60,
    explain: Annotated[bool, typer.Option("--explain", help="Formula and inputs of every number.")] = False,
    by: Author = "",
) -> None:
    """Capacity warnings 产能预警 from a moment on, up to 60 days ahead, and the echelons to call by when."""
    console, workspace = wide_console(), Workspace.at(folder)
    history = planning.learn(workspace.centre)
    now = origin_of(at, history)
    ahead = look_ahead(workspace, history, now, days)
    found = look(ahead, history, now, days, hand_of(by, "").name)
    write_forecast(ahead.of_the_roster, folder / "forecast.csv")
    workspace.add_response(found.response)
    keep_chances(workspace.out, ahead, found.response.warnings, now)
    if found.kept:
        write_warning_book(found.book, folder)
    for warning in found.response.warnings if explain else ():
        texts = [f"{warning.id} {explained(warning, ahead, tongue)}" for tongue in ("en", "zh")]
        console.print(escape("\n".join(texts)), style=LEVEL_STYLES.get(warning.level.name, ""), soft_wrap=True)
    _say_found(found, now, workspace.policies)
    console.print(_how_true(read_scores(workspace.out / SCORES_FILE)), markup=False)
    _say_life(found, now)


def _say_found(found: Looked, now: datetime, policies: Policies) -> None:
    """Warnings worst first, from notice on with causes and remedies; whom to call; the days warned of."""
    console, every, calls = wide_console(), found.response.warnings, found.response.call_outs
    shown = [one for one in every if _near(one, now, policies.warnings)][:SHOWN_ROWS]
    pressing = [one for one in shown if one.level >= policies.call_outs.notice_level]
    more = len(every) - len(shown)
    caption = f"{more} more in warnings.csv, each with its sentence 另有{more}条，全文见 warnings.csv" if more else None
    for table in (
        warnings_table(shown, caption),
        causes_table(pressing),
        remedies_table(pressing, now),
        calls_table(calls.activations, calls.standbys),
        days_table(found.days),
    ):
        if table.row_count:
            console.print(table)
    if every:
        told = "Next 下一步: `echelon warnings acknowledge` 确认"
        told += ", `echelon call-out start --planned NO` 按序号启动召集" if calls.activations else ""
        console.print(f"{told}; formulas 计算过程: --explain", markup=False)


def _near(warning: CapacityWarning, now: datetime, policy: WarningPolicy) -> bool:
    """Whether a warning is shown at once: it is no blue one of a single far day."""
    return (
        warning.level > WarningLevel.BLUE or bool(warning.parts) or (warning.start - now).total_seconds() <= 3600 * policy.far_hours
    )


def _how_true(scores: pd.DataFrame) -> str:
    """How true the warnings have been so far, as they were last scored."""
    rows = scores[scores["kind"] == "chance"]
    if not len(rows):
        return "How true warnings are 预警是否准确: run `echelon score-warnings` once the calls have come 来话到齐后运行。"
    whole, levels = rows[rows["level"].isna()].iloc[0], rows[rows["level"].notna() & (rows["count"] > 0)]
    told = f"So far 迄今: stated 所述 {whole['stated']:.0%}, missed 未达标 {whole['missed']:.0%}, Brier {whole['brier']:.3f}"
    each = (
        f"{colour_of(WarningLevel[str(row.level).upper()])} {row.false_alarm_rate:.0%} false 误报"
        + ("" if isnan(float(str(row.lead_hours))) else f", {row.lead_hours:.1f} h ahead 提前小时")
        for row in levels.itertuples()
    )
    return "; ".join((told, *each)) + " (warning_scores.csv)"


def _say_life(found: Looked, now: datetime) -> None:
    """What became of the warnings that were open."""
    console = wide_console()
    if not found.response.warnings:
        console.print("No warning. 无预警。")
    if not found.kept:
        last = max(step.at for step in found.book.steps)
        told = f"A look back: steps are kept until {last:%Y-%m-%d %H:%M}, and nothing is added."
        console.print(f"{told} 回看历史，不记入台账。")
    for step in found.book.steps if found.kept else ():
        if step.at == now and step.deed in ("changed", "escalated", "expired"):
            console.print(_became(step), markup=False)


def _became(step: WarningStep) -> str:
    """What a look did to a warning that was open."""
    if step.deed == "escalated":
        return f"{step.warning} not acknowledged in time: escalated to {step.role} 逾期未确认，升级至{ROLES_ZH[step.role]}"
    if step.deed == "expired":
        return f"{step.warning} is over 时段已过"
    return f"{step.warning} is {COLOURS['en'][step.level]} now 调整为{COLOURS['zh'][step.level]}"


@app.command("list")
def list_warnings(
    folder: Folder,
    at: AtOrLast = "",
    everything: Annotated[bool, typer.Option("--all", help="Those that are over, closed and reviewed too.")] = False,
) -> None:
    """List warnings 预警清单: level, state, with whom, until when to acknowledge."""
    workspace, book = _read(folder)
    if not book.steps:
        wide_console().print("No warning yet: run `echelon warn`. 暂无预警。", markup=False)
        return
    zone = workspace.centre.centre.zone
    now = at_or_last(at, book, zone)
    shown = [one for one in book.warnings.values() if everything or one.stands]
    wide_console().print(_list_table(shown, workspace, now))


def _list_table(shown: Iterable[OpenWarning], workspace: Workspace, now: datetime) -> Table:
    headings = "id", "level 等级", "state 状态", "queue 队列", "when 时段", "with 责任", "acknowledge by 确认截止"
    table = texts_table(f"warnings 预警 · {now:%Y-%m-%d %H:%M}", *headings, lines=False)
    for one in shown:
        due, state = one.due(workspace.policies.warnings), f"{one.state} {STATES_ZH[one.state]}"
        if one.state == "raised" and one.end <= now:
            state = f"over 时段已过: {state}"
        start, end, until = (as_local(moment, f"{now.tzinfo}") for moment in (one.start, one.end, due or one.since))
        late = " late 逾期" if due is not None and due < now else ""
        reviewed = " · reviewed 已复盘" if one.reviewed else ""
        table.add_row(
            one.id,
            coloured(one.level),
            state + reviewed,
            escape(one.queue),
            f"{start:%m-%d %H:%M} - {end:%m-%d %H:%M}",
            f"{one.role} {ROLES_ZH[one.role]}",
            f"{until:%m-%d %H:%M}{late}" if due is not None else "–",
        )
    return table


@app.command()
def acknowledge(
    folder: Folder,
    ids: Ids,
    at: At,
    role: Annotated[str, typer.Option(help=f"In which role: {', '.join(ROLES)}.")] = "lead",
    by: Author = "",
    reason: Reason = "",
) -> None:
    """Acknowledge warnings 确认预警: somebody has taken them on, and nobody else is told."""
    if role not in ROLES:
        raise InvalidData([Finding("command line", None, "--role", repr(role), f"one of {', '.join(ROLES)}")])
    _take(folder, ids, {"deed": "acknowledged", "role": role, "reason": reason}, at, by)


@app.command()
def close(folder: Folder, ids: Ids, at: At, by: Author = "", reason: Reason = "") -> None:
    """Close warnings 关闭预警: what they warn of is met."""
    _take(folder, ids, {"deed": "closed", "reason": reason}, at, by)


@app.command()
def review(
    folder: Folder,
    ids: Ids,
    at: At,
    cause: Annotated[str, typer.Option(help="system (forecast, roster, equipment, event) or person; never who.")],
    done: Annotated[str, typer.Option(help="What was done.")],
    lesson: Annotated[str, typer.Option(help="What is learnt.")],
    by: Author = "",
) -> None:
    """Write the after-action review 复盘 of warnings that are over: the cause found, what was done, the lesson."""
    if cause not in ("system", "person"):
        raise InvalidData([Finding("command line", None, "--cause", repr(cause), "system or person")])
    _no_names(folder, {"--done": done, "--lesson": lesson})
    _take(folder, ids, {"deed": "reviewed", "cause": cause, "done": done, "lesson": lesson}, at, by)


def _no_names(folder: Folder, texts: dict[str, str]) -> None:
    """Raise `InvalidData` if a text names an agent."""
    named = person_finder(Workspace.at(folder).centre.agents)
    expected = "no agent's id or name: a review asks what, not who"
    stop([Finding("command line", None, option, repr(word), expected) for option, text in texts.items() for word in named(text)])


Told = dict[str, str | Literal["acknowledged", "closed", "reviewed"]]


def _take(folder: Folder, ids: Sequence[str], told: Told, at: str, by: str) -> None:
    """Take a step with some warnings, all or none."""
    workspace, book = _read(folder)
    now, name = instant_of("--at", at, workspace.centre.centre.zone), hand_of(by, "").name
    steps = [WarningStep.model_validate({"warning": book.known(one).id, "by": name, "at": now, **told}) for one in ids]
    longer = book.take(*steps)
    write_warning_book(longer, folder)
    wide_console().print(_list_table([longer.warnings[one] for one in ids], workspace, now))


def _read(folder: Folder) -> tuple[Workspace, WarningBook]:
    workspace = Workspace.at(folder)
    return workspace, read_warning_book(workspace.out, tuple(queue.id for queue in workspace.centre.centre.queues))
