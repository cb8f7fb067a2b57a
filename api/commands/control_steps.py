"""The steps of three-level control: warning, interview, meeting, order, countersign, reply, sign-off, closure."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Annotated

import typer
from rich.markup import escape

from api.commands.options import At, Author, Folder, day_of, hand_of, instant_of
from api.commands.screen import texts_table, wide_console
from api.control import control_book, judged, take
from api.workspace import Workspace
from data.model.control import DEADLINED, RUNGS, ControlBook, ControlDeed, ControlStep
from data.model.errors import Finding, InvalidData
from optimizer.response.control.wording import DEEDS, STANDINGS, fair_statement, main_cause

STEPS: dict[str, ControlDeed] = {
    "interview": "interviewed",
    "meeting": "met",
    "rectify": "ordered",
    "countersign": "countersigned",
    "reply": "replied",
    "sign-off": "signed_off",
    "close": "closed",
    "reopen": "reopened",
}
"""Commands that take one step in a case, and the step."""

Case = Annotated[str, typer.Argument(help="Id of a case, e.g. c0001.")]
Text = Annotated[str, typer.Option(help="Notice, record, minutes, order or reply; it names no agent.")]
Proof = Annotated[str, typer.Option(help="Where the proof lies; a reply and a closure need one.")]
Due = Annotated[str, typer.Option(help="Last day of the deadline, e.g. 2026-11-10; as the policy says if left out.")]


def notice(
    folder: Folder,
    unit: Annotated[str, typer.Argument(help="team:ID or project:ID.")],
    month: Annotated[str, typer.Option(help="Month whose league says so, e.g. 2026-10.")],
    at: At,
    text: Text,
    by: Author = "",
    queue: Annotated[str, typer.Option(help="Queue in which the problem lies; all if left out.")] = "",
    due: Due = "",
) -> None:
    """Named warning 点名预警 of a team or project, with the main cause and the index of the month."""
    workspace = Workspace.at(folder)
    now, book = instant_of("--at", at, workspace.centre.centre.zone), control_book(workspace)
    rows, measured = judged(workspace, month)
    found = next((row for row in rows if row.unit == unit), None)
    if found is None:
        expected = f"one of {', '.join(row.unit for row in rows)}"
        raise InvalidData(
            [Finding("command line", None, "unit", repr(unit), expected, "control concerns teams and projects alone")]
        )
    step = ControlStep(
        case=book.next_id(),
        deed="named",
        by=hand_of(by, "").name,
        at=now,
        text=text,
        due=_deadline(workspace, "named", now, due),
        unit=unit,
        queue=queue,
        month=month,
        cause=main_cause(found.causes) if found.missed else "",
        index=round(found.index, 4),
    )
    _say(take(workspace, book, step), step)
    for tongue in ("en", "zh"):
        wide_console().print(fair_statement(found, tongue, measured=measured), markup=False)


def step_command(deed: ControlDeed) -> Callable[..., None]:
    """The command that takes one step in a case."""

    def command(folder: Folder, case: Case, at: At, text: Text, by: Author = "", proof: Proof = "", due: Due = "") -> None:
        workspace = Workspace.at(folder)
        now, book = instant_of("--at", at, workspace.centre.centre.zone), control_book(workspace)
        last = _deadline(workspace, deed, now, due)
        step = ControlStep(case=case, deed=deed, by=hand_of(by, "").name, at=now, text=text, proof=proof, due=last)
        _say(take(workspace, book, step), step)

    english, chinese = DEEDS[deed]
    command.__doc__ = f"{english[0].upper()}{english[1:]} {chinese}: one step in a case."
    return command


def _deadline(workspace: Workspace, deed: ControlDeed, now: datetime, due: str) -> date | None:
    """The deadline that a step sets: as asked for, or as the policy says."""
    if deed not in DEADLINED:
        return None
    return day_of("--due", due) if due else now.date() + timedelta(days=workspace.policies.control.days(deed))


def _say(book: ControlBook, step: ControlStep) -> None:
    english, chinese = DEEDS[step.deed]
    lacking = None if step.deed == "closed" else book.lacking(step.case)
    told = f"{step.case}: {english} {chinese}" + (f", due 期限 {step.due}" if step.due else "")
    if lacking is not None:
        told += f". Next 下一步: {' '.join(DEEDS[lacking])}"
    wide_console().print(told, markup=False)


def cases(
    folder: Folder,
    day: Annotated[str, typer.Option(help="Day as of which they stand; that of the last step if left out.")] = "",
) -> None:
    """List the cases 案件清单: level, status, deadline, what is next."""
    book = control_book(Workspace.at(folder))
    if not book.steps:
        wide_console().print("No case yet: see `echelon control league`. 暂无案件。", markup=False)
        return
    today = day_of("--day", day) if day else max(step.at for step in book.steps).date()
    headings = "case 编号", "who 对象", "problem 问题", "level 层级", "status 状态", "due 期限", "next 下一步"
    table, seen = texts_table(f"cases 案件 · {today}", *headings), book.until(today)
    for case, first in seen.cases.items():
        standing, coming = seen.standing(case, today), seen.next_rung(case, today) or seen.lacking(case) or "closed"
        level, status = " ".join(DEEDS[RUNGS[seen.level(case) - 1]]), " ".join(STANDINGS[standing])
        told = "" if standing == "closed" else " ".join(DEEDS[coming])
        table.add_row(*map(escape, (case, first.unit, first.text, level, status, str(seen.due(case)), told)))
    wide_console().print(table)
