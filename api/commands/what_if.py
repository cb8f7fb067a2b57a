"""``echelon what-if``: a scenario against the published roster, before it comes."""

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import typer
from rich.table import Table

from api.commands.foreseen import calls_table, warnings_table
from api.commands.options import Folder, instant_of
from api.commands.playbooks import book_named
from api.commands.screen import figures_table, wide_console
from api.playbooks import Scene
from api.what_if import WhatIf, what_if
from api.workspace import Workspace
from data.exchange.what_if import WHAT_IF_FILE, write_what_if
from data.model.demand import LEVELS
from data.model.errors import Finding, InvalidData
from data.model.response import Unmet
from data.model.time import local
from optimizer.response.warning.wording import when

LOW, HIGH = LEVELS.index(0.1), LEVELS.index(0.9)

Name = Annotated[str, typer.Argument(help="Scenario: a playbook by name (`echelon playbooks list FOLDER`).")]
Customers = Annotated[float | None, typer.Option(min=0, help="Customers without supply; the playbook's if left out.")]
Size = Annotated[float, typer.Option(min=0, max=100, help="How large it is over the playbook's: 2 = twice; 0 = nothing changes.")]
Start = Annotated[str, typer.Option(help="Local time at which it begins; the first day of the forecast at the playbook's hour.")]
Known = Annotated[str, typer.Option("--now", help="Local time at which it becomes known; its start if left out.")]


def what_if_of(
    folder: Folder, scenario: Name, customers: Customers = None, at: Start = "", size: Size = 1.0, now: Known = ""
) -> None:
    """What if 情景推演: a scenario over the forecast, what breaks, whom to call, what remains (what_if.csv)."""
    workspace = Workspace.at(folder)
    planned, zone = workspace.newest(), workspace.centre.centre.zone
    scene = scene_of(workspace, scenario, at, size, customers)
    found = what_if(workspace.centre, planned, scene, instant_of("--now", now, zone) if now else scene.start, workspace.policies)
    write_what_if(rows(found), workspace.out / WHAT_IF_FILE)
    _say(found, planned.roster.version)


def scene_of(workspace: Workspace, scenario: str, at: str, size: float, customers: float | None) -> Scene:
    """The scenario of the command line in a centre; by default on the first day of the forecast, at the playbook's hour."""
    book, centre = book_named(workspace.centre.path, scenario).sized(size, customers), workspace.centre.centre
    first = workspace.newest().forecast.grid.horizon.first
    start = instant_of("--at", at, centre.zone) if at else local(first, book.starts, centre.zone)
    scene = Scene(scenario, book, centre, start)
    if customers is not None and not any(curve.kind == "outage" for curve in book.curves):
        raise InvalidData([Finding("command line", None, "--customers", f"{customers:g}", f"nothing: {scenario} is no outage")])
    if not scene.queues:
        expected = f"queues or projects of the centre: {', '.join(queue.id for queue in centre.queues)}"
        fix = f"put a {scenario}.toml of your own into playbooks/ whose plays name them"
        raise InvalidData([Finding(f"{scenario}.toml", None, "plays", ", ".join(scene.unplayed), expected, fix)])
    return scene


def rows(found: WhatIf) -> list[dict[str, Any]]:
    """One row for each queue and open interval of the days looked at."""
    usual, made, before, after = found.usual.planned.forecast, found.struck.planned.forecast, found.usual, found.struck
    here, _ = after.planned.problem.grid.overlap(made.grid)
    service = after.requirement.service(after.view.on_phones)
    columns = {
        "calls_usual": usual.mean,
        "calls": made.mean,
        "q10": made.quantiles[..., LOW],
        "q90": made.quantiles[..., HIGH],
        "required_usual": before.requirement.on_phone[:, here],
        "required": after.requirement.on_phone[:, here],
        "on_phones": after.view.on_phones[:, here],
        "chance_usual": before.view.chance[:, here],
        "chance": after.view.chance[:, here],
        "chance_with_echelons": found.response.call_outs.chances[:, here],
        "service_level": service[:, here],
        "lost_calls": after.view.lost[:, here],
    }
    live, stamps = after.view.live[:, here], made.grid.index
    return [
        {"queue": queue, "timestamp": stamps[slot].to_pydatetime()}
        | {name: float(cells[row, slot]) for name, cells in columns.items()}
        for row, queue in enumerate(made.queues)
        for slot in np.flatnonzero(live[row]).tolist()
    ]


def _say(found: WhatIf, version: str) -> None:
    console, scene = wide_console(), found.scene
    name, name_zh = scene.book.name
    console.print(
        f"{name} {name_zh} · {scene.start:%Y-%m-%d %H:%M} · known 获知 {found.now:%Y-%m-%d %H:%M} · {version}", markup=False
    )
    if scene.unplayed:
        told = ", ".join(scene.unplayed)
        console.print(f"Nothing here plays 本中心无对应队列: {told}", style="yellow", markup=False)
    console.print(_queues(found))
    calls = found.response.call_outs
    for table in (warnings_table(found.response.warnings), calls_table(calls.activations, calls.standbys), _left(calls.unmet)):
        if table.row_count:
            console.print(table)
    if not found.response.warnings:
        console.print("No warning: the roster bears it. 无预警：现有排班可承受。")
    for text in (*_savings(found), *_rooms(found)):
        console.print(text, markup=False)
    console.print(f"Every queue and interval 各队列各时段: {WHAT_IF_FILE}")


def _queues(found: WhatIf) -> Table:
    """One line for each queue: calls, agents missing, intervals broken without the scenario, with it, and with the echelons."""
    headings = (
        "calls 来话",
        "at the height 峰值",
        "10-90 %",
        "missing 最多缺",
        "lost 损失",
        "broken: usual 平日",
        "scenario 情景",
        "echelons 梯队",
    )
    caption = "at the height: calls of the fullest interval from the start on, over the usual 峰值：开始后最高时段来话与平日之比"
    table = figures_table("what if 情景推演", "queue 队列", *headings, caption=caption)
    usual, made, view = found.usual.planned.forecast, found.struck.planned.forecast, found.struck.view
    broken = [part.sum(axis=1) for part in (found.usual.broken, found.struck.broken, found.left)]
    begin = max(made.grid.slot(found.scene.start), 0)
    for row, queue in enumerate(made.queues):
        slot = begin + int(np.argmax(made.mean[row, begin:]))
        times = made.mean[row, slot] / max(usual.mean[row, slot], 1e-9)
        low, high = made.quantiles[row, slot, [LOW, HIGH]]
        calls = f"{usual.mean[row].sum():,.0f} → {made.mean[row].sum():,.0f}"
        figures = (calls, f"{made.mean[row, slot]:,.0f} (x{times:.1f})", f"{low:,.0f}-{high:,.0f}")
        lacking = f"{view.missing[row].max():.0f}", f"{view.lost[row].sum():,.0f}"
        style = "yellow" if broken[2][row] else ""
        table.add_row(queue, *figures, *lacking, *(str(int(part[row])) for part in broken), style=style)
    return table


def _left(unmet: Sequence[Unmet]) -> Table:
    """One line for each stretch that no echelon covers."""
    headings = ("from – to 时段", "intervals 时段数", "P(miss) 不达标概率", "missing 缺")
    table = figures_table("what remains: nobody else may be called in time 仍未覆盖：已无人可及时召集", "queue 队列", *headings)
    for one in unmet:
        table.add_row(one.queue, when((one.start, one.end)), str(one.slots), f"{one.chance:.0%}", f"{one.missing_heads:.0f}")
    return table


WAYS = {
    "notice": ("telling {share:.0%} of the customers", "告知{share:.0%}客户"),
    "deflection": ("a voice bot that ends {share:.0%} of the additional calls", "智能语音分流{share:.0%}新增来话"),
}


def _savings(found: WhatIf) -> list[str]:
    """What telling customers, and the voice bot, save."""
    texts = list[str]()
    for one in found.savings:
        en, zh = (way.format(share=one.share) for way in WAYS[one.by])
        texts.append(
            f"{en.capitalize()} saves up to {one.agents} agents on the phones, {one.hours:,.0f} agent-hours, "
            f"{one.calls:,.0f} calls.\n"
            f"{zh}，最多节省在线坐席{one.agents}人、{one.hours:,.0f}人时、来话{one.calls:,.0f}通。"
        )
    return texts


def _rooms(found: WhatIf) -> list[str]:
    """What queues that hold could lend."""
    texts = [
        f"{one.queue} holds and could lend {one.least:.0f} agents in every interval that breaks elsewhere, "
        f"{one.mean:.0f} on average.\n"
        f"{one.queue} 可承受：其他队列不达标时段最少可支援{one.least:.0f}人，平均{one.mean:.0f}人。"
        for one in found.rooms
        if one.mean >= 1
    ]
    none = "No queue has room to lend: those that hold need all they have. 无可支援余量。"
    return texts or ([none] if found.struck.broken.any() else [])
