"""``echelon call-out``: start a call-out of an echelon 召集, ask its members in turn, take their answers, stand them down."""

from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from api.commands.options import At, Author, Folder, Reason, hand_of, instant_of, instants_of
from api.commands.screen import texts_table, wide_console
from api.echelons import Watch, new_call_out
from api.workspace import CALL_OUTS_FILE, Workspace
from data.exchange.files import read_table, stop
from data.model.call_out import CallOut, CallOutBook, CallOutDeed, CallOutStep
from data.model.errors import Finding
from data.model.time import as_local
from data.tables import CALL_OUTS
from optimizer.response.echelon import Broken

app = typer.Typer(no_args_is_help=True, help="Call-outs 召集: start, ask, answer, arrive, stand-down, show.")

Id = Annotated[str, typer.Argument(help="Id of a call-out, e.g. c0001.")]
Member = Annotated[str, typer.Argument(help="Member of the echelon.")]

STATES_ZH = {
    "asked": "已询问",
    "no_answer": "未应答",
    "accepted": "已接受",
    "declined": "已拒绝",
    "arrived": "已到岗",
    "stood_down": "已解除",
}


@app.command()
def start(
    folder: Folder,
    at: At,
    planned: Annotated[int, typer.Option(min=0, help="Row of call_outs.csv, 1 = the first: it says what is left out here.")] = 0,
    echelon: Annotated[str, typer.Option(help="Echelon, e.g. E1.")] = "",
    queue: Annotated[str, typer.Option(help="Queue that it answers.")] = "",
    begin: Annotated[str, typer.Option("--from", help="Local time from which they are on the phones.")] = "",
    end: Annotated[str, typer.Option("--to", help="Local time until which.")] = "",
    heads: Annotated[int, typer.Option(min=0, help="Members who are to come.")] = 0,
    approver: Annotated[str, typer.Option(help="Who approved overtime beyond the limits (Labour Law art. 42).")] = "",
    by: Author = "",
    reason: Reason = "",
) -> None:
    """Start a call-out 启动召集, as `echelon warn` planned it or by hand; nobody is asked yet."""
    watch = _watch(folder, at)
    told = {"echelon": echelon, "queue": queue, "start": begin, "end": end, "heads": heads, "reason": reason}
    call = new_call_out(watch, _asked_for(watch, told, planned, approver))
    step = CallOutStep(call_out=call.id, deed="started", by=hand_of(by, "").name, at=watch.now, reason=call.reason, started=call)
    book, console = watch.keep([step]), wide_console()
    _say(console, book, call, watch.now)
    able = len(watch.able(call)) - len(watch.held_back(call))
    console.print(f"{able} members may be called now 人可召集: echelon call-out ask {folder} {call.id}", markup=False)


OPTIONS = {"echelon": "--echelon", "queue": "--queue", "start": "--from", "end": "--to", "heads": "--heads"}


def _asked_for(watch: Watch, told: dict[str, Any], row: int, approver: str) -> CallOut:
    """The call-out of the command line, with what it leaves out as a row of ``call_outs.csv`` says."""
    zone, path = watch.planned.roster.horizon.zone, watch.workspace.out / CALL_OUTS_FILE
    known = read_table(path, CALL_OUTS).to_dict("records") if row and path.is_file() else []
    if row > len(known):
        stop([Finding("command line", None, "--planned", str(row), f"a row of {CALL_OUTS_FILE}, which has {len(known)}")])
    held: dict[str, Any] = {str(key): cell for key, cell in known[row - 1].items()} if row else {}
    if held:
        held["heads"] = len(held["members"])
    whole: dict[str, Any] = {name: value or held.get(name) for name, value in told.items()}
    stop(
        [
            Finding("command line", None, option, "nothing", "a value, or --planned")
            for name, option in OPTIONS.items()
            if not whole[name]
        ]
    )
    read = instants_of({OPTIONS[name]: told[name] for name in ("start", "end") if told[name]}, zone)
    for name in ("start", "end"):
        whole[name] = read[OPTIONS[name]] if told[name] else as_local(held[name], zone)
    if whole["end"] <= whole["start"]:
        ends, starts = (f"{whole[name]:%Y-%m-%d %H:%M}" for name in ("end", "start"))
        stop([Finding("command line", None, "--to", ends, f"a time after {starts}, the start")])
    return CallOut.model_validate(
        {**whole, "reason": whole["reason"] or "", "id": "new", "response_minutes": 1, "approver": approver}
    )


@app.command()
def ask(folder: Folder, call_out: Id, at: At, by: Author = "") -> None:
    """Ask the next in line 依次询问: whose time to answer is over is passed by, and no more are asked than are needed."""
    watch = _watch(folder, at)
    call = watch.book.known(call_out)
    steps = watch.ask(call, hand_of(by, "").name)
    book, console = watch.keep(steps), wide_console()
    _say(console, book, call, watch.now)
    if steps:
        until = as_local(steps[0].until or watch.now, str(watch.now.tzinfo))
        console.print(f"asked 已询问: {', '.join(s.agent for s in steps)}; answer by 应答截止 {until:%H:%M}", markup=False)
    if not book.room(call_out, watch.now):
        console.print("Nobody more is needed now. 暂无需再询问。", markup=False)
        return
    console.print("Nobody else may be called: see `echelon echelons register` 已无人可召集", style="yellow", markup=False)
    for agent, rule in watch.held_back(call).items():
        console.print(f"{agent} {rule}", style="yellow", markup=False)


@app.command()
def answer(
    folder: Folder,
    call_out: Id,
    member: Member,
    at: At,
    accepts: Annotated[bool, typer.Option("--yes/--no", help="Whether the member comes.")],
    by: Author = "",
    reason: Reason = "",
) -> None:
    """Take an answer 登记应答; who declines is not asked again that day."""
    _do(folder, call_out, member, at, "accepted" if accepts else "declined", by, reason)


@app.command()
def arrive(folder: Folder, call_out: Id, member: Member, at: At, by: Author = "") -> None:
    """A member is there 登记到岗."""
    _do(folder, call_out, member, at, "arrived", by, "")


def _do(folder: Folder, name: str, member: str, at: str, deed: CallOutDeed, by: str, reason: str) -> None:
    """One deed of one member."""
    watch = _watch(folder, at)
    call = watch.book.known(name)
    step = CallOutStep(call_out=name, deed=deed, by=hand_of(by, "").name, at=watch.now, agent=member, reason=reason)
    _say(wide_console(), watch.keep([step]), call, watch.now)


@app.command("stand-down")
def stand_down(
    folder: Folder,
    call_out: Id,
    at: At,
    members: Annotated[list[str] | None, typer.Argument(help="Members; all, and the call-out ends, if left out.")] = None,
    by: Author = "",
    reason: Reason = "",
) -> None:
    """Stand members down 解除: duties that are over go to ``activations.csv``, where points and payroll find them."""
    watch = _watch(folder, at)
    call = watch.book.known(call_out)
    book = watch.keep(watch.stand_down(call_out, members or (), hand_of(by, "").name, reason))
    console = wide_console()
    _say(console, book, call, watch.now)
    say_without_rest(console, _watch(folder, at).without_rest())


@app.command()
def show(folder: Folder, at: At, call_out: Annotated[str, typer.Argument(help="Id; all that run if left out.")] = "") -> None:
    """How call-outs stand 召集进展, and which shifts of the roster come too soon after a duty."""
    watch, console = _watch(folder, at), wide_console()
    calls = [watch.book.known(call_out)] if call_out else watch.book.running()
    for call in calls:
        _say(console, watch.book, call, watch.now)
    if not calls:
        console.print("No call-out runs. 当前无召集。")
    say_without_rest(console, watch.without_rest())


def _watch(folder: Folder, at: str) -> Watch:
    workspace = Workspace.at(folder)
    return Watch.at(workspace, instant_of("--at", at, workspace.centre.centre.zone))


def _say(console: Console, book: CallOutBook, call: CallOut, now: datetime) -> None:
    """A call-out and everyone who was asked."""
    zone = str(now.tzinfo)
    states, coming = book.states(call.id, now), len(book.coming(call.id, now))
    span = f"{as_local(call.start, zone):%Y-%m-%d %H:%M}–{as_local(call.end, zone):%H:%M}"
    over = (
        f"ended 已结束 {as_local(book.ended[call.id], zone):%H:%M}"
        if call.id in book.ended
        else f"{coming} of {call.heads} coming 到岗或将到"
    )
    console.print(f"{call.id} · {call.echelon} → {call.queue} · {span} · {over}", markup=False)
    if call.approver:
        console.print(f"overtime approved by 加班批准人 {call.approver} (Labour Law arts. 41, 42)", markup=False)
    table = texts_table("", "member 成员", "state 状态", "since 时间", lines=False)
    for agent, state in states.items():
        step = book.last[call.id][agent]
        until = f", until 截止 {as_local(step.until, zone):%H:%M}" if state == "asked" and step.until else ""
        table.add_row(agent, f"{state.replace('_', ' ')} {STATES_ZH[state]}", f"{as_local(step.at, zone):%H:%M}{until}")
    if states:
        console.print(table)


def say_without_rest(console: Console, found: tuple[Broken, ...]) -> None:
    """Shifts that are to be moved after emergency duties."""
    for one in found:
        rest = (
            f"{one.rest_minutes} of {one.least_minutes} min of rest after the emergency duty that ends {one.duty_end:%m-%d %H:%M}"
        )
        rest_zh = f"应急任务后休息 {one.rest_minutes} 分钟，不足 {one.least_minutes} 分钟，请调整该班次"
        console.print(f"{one.agent} {one.day} {one.shift} {one.start:%H:%M}: {rest} {rest_zh}", style="yellow", markup=False)
