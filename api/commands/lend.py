"""``echelon lend ...``: agents who answer for another project 跨项目支援, from the order to the settlement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import typer
from rich.markup import escape
from rich.table import Table

from api import planning
from api.commands.options import AtOrLast, Author, Days, Folder, Moment, Reason, at_or_last, hand_of, instant_of
from api.commands.screen import figures_table, texts_table, wide_console
from api.commands.sources import origin_of
from api.lending import Lending, moved_alike, moved_by_events, past_correlations
from api.workspace import Workspace
from data.exchange.loans import SETTLEMENT_FILE, read_loans, write_loans, write_settlement
from data.model.loan import Loan, LoanBook, LoanStep, settlement
from data.model.stress import AS_FORECAST
from data.model.time import as_local
from optimizer.response.lending.orders import Gap, LendCase
from optimizer.response.lending.wording import STATES_ZH, room_text
from optimizer.response.warning.warn import instant
from optimizer.response.warning.wording import when

app = typer.Typer(
    no_args_is_help=True,
    help="Lending between projects 跨项目支援: propose, answer and list orders; correlations; settle hours.",
)


@app.command()
def propose(
    folder: Folder,
    at: Moment,
    days: Days = 1,
    scenario: Annotated[str, typer.Option(help="Scenario whose gaps are filled.")] = AS_FORECAST,
    explain: Annotated[bool, typer.Option("--explain", help="The sentence of each order, with its numbers.")] = False,
    author: Author = "",
) -> None:
    """Lending orders 支援建议: gaps of a project filled by agents of others with the skill, no lender at risk."""
    console, workspace = wide_console(), Workspace.at(folder)
    history = planning.learn(workspace.centre)
    now = origin_of(at, history)
    with console.status("lending 跨项目支援"):
        lending = Lending.at(workspace, history, now, days)
        case = lending.case(scenario)
        found = lending.gaps(case)
        book = lending.proposed(case, hand_of(author, "").name)
    write_loans(book, workspace.out)
    made = [loan for name, loan in book.loans.items() if name not in lending.book.loans]
    console.print(_gap_table(lending, case, found, made))
    for loan in made if explain else ():
        console.print(f"{loan.id}: {loan.reason}\n{loan.reason_zh}", markup=False)
    for (home, other), hours in lending.lent_already().items():
        told = f"Best use of all skills: {home} answers {hours:,.0f} h for {other} until the end of the roster without an order."
        console.print(f"{told}\n技能最优分配：{home}在排班期内为{other}隐含支援{hours:,.0f}小时（无支援单）。", markup=False)
    if not made:
        console.print("No order: nothing to fill, or nobody can be spared. 无可行的支援单。", markup=False)


def _gap_table(lending: Lending, case: LendCase, found: Sequence[Gap], made: Sequence[Loan]) -> Table:
    """The gaps, who could help in each scenario, and what is ordered."""
    headings = ("queue 队列", "from, to 起止", "P(miss 未达标)", "room 可出借", "off phones 离线", "ordered 支援")
    caption = "room in the worst interval before any order (left in a scenario) 下单前可出借人数（各场景下剩余）"
    table, grid = texts_table(f"gaps 缺口 · {lending.now:%Y-%m-%d %H:%M}", *headings, caption=caption), case.problem.grid
    for gap in sorted(found, key=lambda gap: (gap.row, gap.first)):
        queue, first, end = case.queues[gap.row].id, instant(grid, gap.first), instant(grid, gap.end)
        rooms = lending.rooms(gap)
        mine = [loan for loan in made if loan.queue == queue and first <= loan.start < end]
        left = {lender: {name: room.get(lender, 0) for name, room in rooms.items()} for lender in rooms[AS_FORECAST]}
        room = "\n".join(room_text(lender, counts[AS_FORECAST], counts) for lender, counts in left.items()) or "nobody 无"
        ordered = "\n".join(f"{loan.id} {loan.lender} {len(loan.agents)} x {_hours(loan):g} h" for loan in mine) or "-"
        off = str(lending.off_the_phones(case, gap))
        table.add_row(*map(escape, (queue, when((first, end)), f"{gap.chance:.0%}", room, off, ordered)))
    return table


def _hours(loan: Loan) -> float:
    return loan.minutes / 60 / len(loan.agents)


@app.command()
def answer(
    folder: Folder,
    loan: Annotated[str, typer.Argument(help="Id of an order, e.g. l0001.")],
    deed: Annotated[
        Literal["consented", "refused", "started", "returned"],
        typer.Argument(help="consented 同意, refused 拒绝, started 开始 or returned 归还."),
    ],
    at: Moment,
    minutes: Annotated[int | None, typer.Option(min=0, help="Returned: minutes that all agents together worked.")] = None,
    author: Author = "",
    reason: Reason = "",
) -> None:
    """Answer an order 答复支援单, or say that it has started or is over; the steps are only ever added to."""
    workspace = Workspace.at(folder)
    now = instant_of("--at", at, workspace.centre.centre.zone)
    step = LoanStep(loan=loan, deed=deed, by=hand_of(author, "").name, at=now, reason=reason, minutes=minutes)
    known = read_loans(workspace.out)
    order, book = known.known(loan), known.take(step)
    write_loans(book, workspace.out)
    state = book.state(loan, now)
    told = f"{loan} {order.lender} -> {order.queue}: {state} {STATES_ZH[state]}"
    wide_console().print(told, markup=False)


@app.command("list")
def show_list(folder: Folder, at: AtOrLast = "") -> None:
    """Orders 支援单 and how they stand."""
    workspace, console = Workspace.at(folder), wide_console()
    book, zone = read_loans(workspace.out), workspace.centre.centre.zone
    if not book.steps:
        console.print("No order yet: run `echelon lend propose`. 暂无支援单。", markup=False)
        return
    now = at_or_last(at, book, zone)
    console.print(_list_table(book, now, zone))


def _list_table(book: LoanBook, now: datetime, zone: str) -> Table:
    headings = ("id", "state 状态", "from, to 出借、借入", "when 时间", "agents 人员", "efficiency 效率", "reply by 答复期限")
    table = texts_table(f"lending orders 支援单 · {now:%Y-%m-%d %H:%M}", *headings, lines=False)
    for name, loan in book.loans.items():
        state, reply = book.state(name, now), as_local(loan.reply_by, zone)
        span = when((as_local(loan.start, zone), as_local(loan.end, zone)))
        reply_by, told = "-" if loan.consent == "standing" else f"{reply:%m-%d %H:%M}", f"{state} {STATES_ZH[state]}"
        agents, efficiency = " ".join(loan.agents), f"{loan.efficiency:.0%}"
        row = (name, told, f"{loan.lender} -> {loan.queue}", span, agents, efficiency, reply_by)
        table.add_row(*map(escape, row))
    return table


@app.command()
def settle(folder: Folder) -> None:
    """Settle the hours lent 支援结算, per partner and month, in double entry (settlement.csv)."""
    workspace, console = Workspace.at(folder), wide_console()
    rows = settlement(read_loans(workspace.out), workspace.centre.centre.zone)
    partners = {project.id: project.partner for project in workspace.centre.centre.projects}
    write_settlement(rows, partners, workspace.out / SETTLEMENT_FILE)
    table = figures_table("settlement 支援结算", "month 月份", "project 项目", "with 对方", "hours 小时", "due 应收（工时）")
    for row in rows:
        table.add_row(row.month, escape(row.project), escape(row.counterpart), f"{row.hours:+,.1f}", f"{row.amount:+,.1f}")
    console.print(table)
    total = sum(row.amount for row in rows)
    console.print(f"The accounts sum to {total:.1f}. 各账户合计 {total:.1f}。 {SETTLEMENT_FILE}", markup=False)


@app.command("correlations")
def show_correlations(folder: Folder, at: Moment) -> None:
    """What moves projects together or apart 项目相关性: past days beyond the usual, scenarios, and the centre's events."""
    console, workspace = wide_console(), Workspace.at(folder)
    history = planning.learn(workspace.centre)
    now = origin_of(at, history)
    pairs = past_correlations(workspace, history, now)
    moves = Lending.at(workspace, history, now, 1).moves() | moved_by_events(workspace)
    caption = "past: daily calls beyond the usual, 95 % interval; scenarios and events by the work they bring 历史为日话务偏离"
    headings = ("projects 项目", "past 历史", "days 天", "together 同向", "apart 反向")
    table = texts_table("projects together 项目相关性", *headings, caption=caption, lines=False)
    for pair in pairs:
        alike, apart = moved_alike(moves, pair.first, pair.second)
        past = f"{pair.correlation:+.2f} [{pair.low:+.2f}, {pair.high:+.2f}]"
        row = (f"{pair.first} · {pair.second}", past, str(pair.days), ", ".join(alike), ", ".join(apart))
        table.add_row(*map(escape, row))
    console.print(table)
