"""``echelon echelons``: the live register of who can be called 可应急资源, and the duty list 值守表."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from api.commands.options import At, Days, First, Folder, check_queue, day_of, instant_of
from api.commands.screen import figures_table, texts_table, wide_console
from api.echelons import Watch
from api.workspace import Workspace
from data.exchange.duty import DUTY_FILE
from data.exchange.files import write_table
from data.model.centre import EchelonTier
from data.model.time import Horizon, local
from data.tables import REGISTER
from optimizer.response.echelon import DutyList, Ready
from optimizer.response.echelon.reserve import CAUSES
from optimizer.response.warning.wording import REFUSALS, title

REGISTER_FILE = "register.csv"

app = typer.Typer(no_args_is_help=True, help="Echelons 应急梯队: who can be called now, and who stands by.")


@app.command("register")
def register_of(
    folder: Folder,
    at: At,
    hours: Annotated[int, typer.Option(min=1, max=168, help="Hours that are looked at.")] = 24,
    queue: Annotated[str, typer.Option(help="One queue; all if left out.")] = "",
) -> None:
    """Live register 可应急资源: hour by hour who may be called and can be reached, and why the others may not."""
    workspace = Workspace.at(folder)
    centre = workspace.centre.centre
    check_queue(queue, centre)
    watch = Watch.at(workspace, instant_of("--at", at, centre.zone))
    found = watch.register(hours, [queue] if queue else [one.id for one in centre.queues])
    rows = (asdict(one) | {"causes": None} | dict.fromkeys(CAUSES, 0) | dict(one.causes) for one in found)
    write_table(REGISTER.frame(rows), workspace.out / REGISTER_FILE)
    _say_hours(wide_console(), watch, found)
    _say_causes(wide_console(), watch, found)


def _say_hours(console: Console, watch: Watch, found: Sequence[Ready]) -> None:
    """A table for each echelon, one column for each queue: who is able, and how many of them stand by; hours alike are one line."""
    head = f"register 可应急资源 · {watch.planned.roster.version} · {watch.now:%Y-%m-%d %H:%M}"
    caption = "able to come if called then, until the next line; in brackets: on standby 届时召集可到岗人数；括号内为值守"
    queues = list(dict.fromkeys(one.queue for one in found))
    for tier in watch.tiers:
        named = f"{head} · {tier.id} {title(tier, 'zh')}"
        table = figures_table(named, "called from 召集时刻", *map(escape, queues), caption=caption)
        hours = _hours([one for one in found if one.echelon == tier.id], queues)
        for hour, cells in changes(hours):
            table.add_row(f"{hour:%m-%d %H:%M}", *cells)
        console.print(table)


def _hours(found: Sequence[Ready], queues: Sequence[str]) -> dict[datetime, list[str]]:
    """Who is able and stands by, queue by queue, all sites together."""
    able, standby = Counter[tuple[datetime, str]](), Counter[tuple[datetime, str]]()
    for one in found:
        able[one.at, one.queue] += one.able
        standby[one.at, one.queue] += one.standby
    hours = dict.fromkeys(one.at for one in found)
    return {at: [f"{able[at, queue]}" + (f" ({n})" if (n := standby[at, queue]) else "") for queue in queues] for at in hours}


def changes(hours: Mapping[datetime, list[str]]) -> Iterator[tuple[datetime, list[str]]]:
    """Hours that differ from the one before."""
    before = list[str]()
    for hour, cells in hours.items():
        if cells != before:
            yield hour, cells
        before = cells


def _say_causes(console: Console, watch: Watch, found: Sequence[Ready]) -> None:
    """Why the others may not be called, in the first hour."""
    counts = defaultdict[tuple[str, str], Counter[str]](Counter)
    for one in (one for one in found if one.at == found[0].at):
        counts[one.echelon, one.queue] += Counter(one.causes)
    held = [cause for cause in CAUSES if any(row[cause] for row in counts.values())]
    headings = ("\n".join(REFUSALS[cause]) for cause in held)
    table = figures_table(f"not to be called at {found[0].at:%H:%M} 不可召集原因", "echelon 梯队", "queue 队列", *headings)
    for (echelon, queue), row in counts.items():
        table.add_row(echelon, queue, *(str(row[cause]) for cause in held))
    console.print(table)
    long = [one.id for one in watch.tiers if one.max_minutes > watch.workspace.policies.call_outs.overtime_day_minutes]
    if long:
        console.print(
            f"Their longest duty needs a named approver 最长值守须具名审批 (Labour Law arts. 41, 42): {', '.join(long)}",
            markup=False,
        )
    console.print(f"By site and cause 按职场与原因: {REGISTER_FILE}", markup=False)


def causes_text(causes: Mapping[str, int]) -> str:
    """How many members may not be called, by cause, in both languages."""
    return "; ".join(f"{count} {REFUSALS[cause][0]} {REFUSALS[cause][1]}" for cause, count in causes.items() if count)


@app.command("duty")
def duty(folder: Folder, first: First, days: Days = 14) -> None:
    """Duty list 值守表: who of each echelon stands by when, shared out fairly and kept off what the roster asks of them."""
    workspace = Workspace.at(folder)
    zone, start = workspace.centre.centre.zone, day_of("--first", first)
    horizon = Horizon(zone=zone, first=start, days=days)
    watch = Watch.at(workspace, local(start, workspace.policies.duty.shifts[0].start, zone))
    lists = watch.plan_duty(horizon)
    watch.keep_duty(lists.values(), horizon.dates)
    console = wide_console()
    for tier, made in lists.items():
        _say_list(console, tier, made)
    console.print(f"{DUTY_FILE}: {sum(len(one.slots) for one in lists.values())} standby shifts 值守班次", markup=False)
    if horizon.last > watch.planned.roster.horizon.last:
        after = watch.planned.roster.horizon.last + timedelta(days=1)
        told = f"from {after} on no roster is in force: plan these days again when there is one"
        console.print(f"{told} {after} 起尚无生效班表，发布后请重排值守", style="yellow", markup=False)


def _say_list(console: Console, tier: EchelonTier, made: DutyList) -> None:
    """The list of one echelon, how it is shared, and what stays open."""
    table = texts_table(
        f"{tier.id} {title(tier, 'en')} {title(tier, 'zh')} · duty list 值守表", "day 日期", *_codes(made), lines=False
    )
    for day in dict.fromkeys(slot.day for slot in made.slots):
        table.add_row(f"{day:%m-%d %a}", *(_who(slot.agents, slot.missing) for slot in made.slots if slot.day == day))
    console.print(table)
    solution, shares = made.solution, Counter(agent for slot in made.slots for agent in slot.agents)
    few, many = min(shares.values(), default=0), max(shares.values(), default=0)
    spread = f"{len(shares)} members 人, {few} to {many} duties each 每人 {few}–{many} 次" if shares else "nobody 无人"
    bound = f"cost 代价 {solution.cost:,.1f}, no list costs less than 下界 {solution.bound:,.1f}, verified 已核验"
    console.print(f"{spread}; {bound}", markup=False)
    for (day, shift), causes in made.why.items():
        missing = next(slot.missing for slot in made.slots if (slot.day, slot.shift) == (day, shift))
        why = causes_text(causes) or "all others stand by that day or have their share 其余已值守或达上限"
        console.print(f"{day} {shift}: {missing} missing 缺: {why}", style="yellow", markup=False)


def _codes(made: DutyList) -> Iterable[str]:
    spans = {slot.shift: f"{slot.shift} {slot.start:%H:%M}–{slot.end:%H:%M}" for slot in made.slots}
    return spans.values()


def _who(agents: Sequence[str], missing: int) -> str:
    return " ".join((*agents, *("–" for _ in range(missing))))
