"""``echelon drill``: a scenario simulated against the published roster, the echelons called member by member."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from math import isfinite, isnan
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.commands.options import Folder, instant_of
from api.commands.screen import figures_table, wide_console
from api.commands.what_if import Customers, Known, Name, Size, Start, scene_of
from api.drill import Held, held, replayed_on
from api.playbooks import Recorded, Scene
from api.simulation import WORKERS
from api.stress import Drill
from api.workspace import Workspace
from data.exchange.calls import read_calls
from data.exchange.drills import DRILL_FILE, DRILLS_FILE, REPLICATIONS_FILE, add_drill, write_drill
from data.model.drill import DrillRecord, Measure, Paired
from optimizer.response.drill import replications_of

MEASURES: dict[Measure, str] = {
    "service_level": "service level 服务水平",
    "lost_calls": "lost calls 损失来话",
    "wait_s": "wait 等待, s",
    "cost_hours": "cost, hours of normal pay 成本（正常工时）",
}


def drill_of(
    folder: Folder,
    scenario: Name,
    at: Start = "",
    now: Known = "",
    replications: Annotated[int, typer.Option(min=2, max=10000, help="Independent repetitions, each without and with.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same result.")] = 1,
    customers: Customers = None,
    size: Size = 1.0,
    replay: Annotated[Path | None, typer.Option(help="Calls of a past day, as calls.csv, instead of a simulated surge.")] = None,
) -> None:
    """Drill 应急演练: what the echelons bring in service, lost calls and cost, score and lessons (drill.csv, drills.csv)."""
    workspace, console = Workspace.at(folder), wide_console()
    planned, zone = workspace.newest(), workspace.centre.centre.zone
    scene = scene_of(workspace, scenario, at, size, customers)
    scene = scene if replay is None else _recorded(scene, replay, zone)
    known = instant_of("--now", now, zone) if now else scene.start
    asked = Drill(replications, seed, policy=workspace.policies.stress)
    with console.status(f"drill 演练: 2 x {replications}"), ThreadPoolExecutor(WORKERS) as threads:
        found = held(workspace, planned, scene, known, asked, threads)
    write_drill(found.outcome.figures, replications_of(found.drilled), workspace.out)
    add_drill(_record(found, planned.roster.version, asked), workspace.out)
    _say(found, planned.roster.version)


def _recorded(scene: Scene, path: Path, zone: str) -> Recorded:
    history = replayed_on(read_calls(path, zone), scene.start, path.name)
    return Recorded(scene.name, scene.book, scene.centre, scene.start, history)


def _record(found: Held, version: str, asked: Drill) -> DrillRecord:
    score, scene, lessons = found.outcome.score, found.planned.scene, found.outcome.lessons
    return DrillRecord(
        scenario=scene.name,
        at=scene.start,
        held_at=datetime.now(UTC).replace(microsecond=0),
        version=version,
        replications=asked.replications,
        seed=asked.seed,
        score=round(score.points, 1),
        service=score.service,
        strength=score.strength,
        speed=score.speed,
        lessons=" ".join(lesson.text[0] for lesson in lessons),
        lessons_zh="".join(lesson.text[1] for lesson in lessons),
    )


def _say(found: Held, version: str) -> None:
    console, scene = wide_console(), found.planned.scene
    name, name_zh = scene.book.name
    if scene.unplayed:
        told = ", ".join(scene.unplayed)
        console.print(f"Nothing here plays 本中心无对应队列: {told}", style="yellow", markup=False)
    console.print(_figures(found, f"drill 演练 · {name} {name_zh} · {scene.start:%Y-%m-%d %H:%M} · {version}"))
    console.print(_musters(found))
    console.print(_readiness(found))
    console.print(*_score(found), sep="\n", markup=False)
    for lesson in found.outcome.lessons:
        console.print(f"- {lesson.text[0]}\n  {lesson.text[1]}", markup=False)
    console.print(f"Files 文件: {DRILL_FILE}, {REPLICATIONS_FILE}; log 演练台账: {DRILLS_FILE}")


def _figures(found: Held, title: str) -> Table:
    caption = (
        "from its start on, so long as policies.toml says; ± 95 % of the paired difference 自开始起若干小时；± 为配对差的 95 % 区间"
    )
    headings = ("queue 队列", "without 无梯队", "with 有梯队", "difference 差值")
    table = figures_table(title, "measure 指标", *headings, caption=caption)
    for one in found.outcome.figures:
        if not isnan(one.without):
            table.add_row(MEASURES[one.measure], one.queue or "all 合计", *_cells(one))
    return table


def _cells(one: Paired) -> Iterator[str]:
    share = one.measure == "service_level"
    yield from (f"{value:.1%}" if share else f"{value:,.1f}" for value in (one.without, one.with_echelons))
    yield f"{one.difference:+.1%} ± {one.half_width:.1%}" if share else f"{one.difference:+,.1f} ± {one.half_width:,.1f}"


def _musters(found: Held) -> Table:
    headings = (
        "wanted 应到",
        "asked 询问",
        "accepted 应召",
        "came 到岗",
        "in time 按时",
        "80 % after 八成, min",
        "late 迟, min",
    )
    table = figures_table("call-in 召集", "tier 梯队", *headings)
    for one in found.outcome.musters:
        people = (f"{one.wanted:.0f}", *(f"{value:.1f}" for value in (one.asked, one.accepted, one.came)))
        times = (f"{value:.0f}" if isfinite(value) else "never 未达到" for value in (one.minutes_to_80, one.late_minutes))
        table.add_row(one.tier, *people, f"{one.in_time:.0%}", *times)
    return table


def _readiness(found: Held) -> Table:
    """One line for each queue: who of the reserve has the skill, and from which projects they are."""
    caption = (
        "by the project of a member's first skill; free: may lawfully be called, overtime approved "
        "按首要技能所属项目；可召：加班经批准后可合规召集"
    )
    headings = ("skilled 具备技能", "share 占比", "free 可召", "of other projects 跨项目", "by project 按项目")
    table = figures_table("readiness of the reserve 梯队技能就绪度", "queue 队列", *headings, caption=caption)
    centre = found.planned.scene.centre
    for queue in dict.fromkeys(one.queue for one in found.outcome.readiness):
        mine = [one for one in found.outcome.readiness if one.queue == queue]
        members, skilled, free = (sum(getattr(one, name) for one in mine) for name in ("members", "skilled", "free"))
        crossed = sum(one.skilled for one in mine if one.project != centre.queue(queue).project)
        parts = ", ".join(f"{one.project} {one.skilled}/{one.members}" for one in mine if one.skilled)
        table.add_row(queue, f"{skilled}/{members}", f"{skilled / max(members, 1):.0%}", str(free), str(crossed), parts)
    return table


def _score(found: Held) -> Iterator[str]:
    score = found.outcome.score
    service, strength, speed = score.weights
    numbers = f"100 x ({service:g} x {score.service:.3f} + {strength:g} x {score.strength:.3f} + {speed:g} x {score.speed:.3f})"
    yield f"Score {score.points:.0f} = {numbers}: service level over target, came over wanted, in time over wanted."
    yield f"得分 {score.points:.0f} = {numbers}：服务水平/目标、到岗/应到、按时/应到。"
