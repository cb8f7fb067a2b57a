"""``echelon stress``: a roster replayed under scenarios before it is published; the intervals that break and the cheapest fix."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from api.commands.screen import texts_table, wide_console
from api.commands.simulate import days_asked
from api.simulation import WORKERS
from api.stress import Drill, stress_tested
from api.workspace import Workspace
from data.exchange.stress import SCENARIOS_FILE, STRESS_FILE, read_scenarios, write_stress
from data.model.errors import Finding, InvalidData
from data.model.stress import AS_FORECAST, Broken, Outcome, Scenario
from optimizer.response.stress import fix_text


def stress(
    folder: Annotated[Path, typer.Argument(help="The centre's folder, with a roster; stress.toml holds its scenarios.")],
    version: Annotated[str, typer.Option(help="Version to test, be it a proposal; the roster in force if left out.")] = "",
    first: Annotated[str, typer.Option(help="First day; the first of the forecast if left out.")] = "",
    days: Annotated[str, typer.Option(help="Number of days, or days such as 2026-06-01..2026-06-07.")] = "7",
    replications: Annotated[int, typer.Option(min=1, max=10000, help="Independent repetitions.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same result.")] = 1,
    scenario: Annotated[list[str] | None, typer.Option(help="Scenario by name; may be repeated; all if left out.")] = None,
    fixes: Annotated[int, typer.Option(min=0, help="Worst runs of each scenario for which a fix is looked for.")] = 5,
) -> None:
    """Stress test 压力测试 of a roster before it is published: which intervals break, and what mends them (stress.csv)."""
    console, workspace = wide_console(), Workspace.at(folder)
    book = read_scenarios(folder / SCENARIOS_FILE, [queue.id for queue in workspace.centre.centre.queues]).scenarios
    chosen, (start, count) = _chosen(book, scenario), _span(first, days)
    planned = workspace.named(version) if version else workspace.newest()
    horizon = days_asked(planned, start, count)
    drill = Drill(replications, seed, fixes, workspace.policies.stress)
    outcomes = list[Outcome]()
    with console.status("stress test 压力测试") as status, ThreadPoolExecutor(WORKERS) as threads:
        for outcome in stress_tested(workspace, planned, horizon, chosen, drill, threads):
            outcomes.append(outcome)
            status.update(f"stress test 压力测试: {outcome.scenario} {len(outcomes)}/{len(chosen) + 1}")
    broken = [one for outcome in outcomes for one in outcome.broken]
    write_stress(((one, fix_text(one, "en"), fix_text(one, "zh")) for one in broken), workspace.out / STRESS_FILE)
    title = f"stress test 压力测试 · {planned.roster.version}: {horizon.first} - {horizon.last}, {replications} replications 次"
    console.print(_compared(outcomes, chosen, title))
    for outcome in outcomes:
        if any(one.fix for one in outcome.broken):
            console.print(_runs(outcome))
    console.print(_summary(broken, drill), markup=False)


def _chosen(book: dict[str, Scenario], names: Sequence[str] | None) -> dict[str, Scenario]:
    """The scenarios asked for; as forecast is always among those tested."""
    wrong = [name for name in names or () if name not in book and name != AS_FORECAST]
    if wrong:
        expected = f"one of {', '.join((AS_FORECAST, *book))}"
        raise InvalidData([Finding("command line", None, "--scenario", repr(name), expected) for name in wrong])
    return {name: book[name] for name in (book if names is None else names) if name != AS_FORECAST}


def _span(first: str, days: str) -> tuple[str, int]:
    """First day (empty = the first of the forecast) and number of days."""
    start, dots, last = days.partition("..")
    try:
        if not dots:
            return first, _positive(int(days))
        return start, _positive((date.fromisoformat(last) - date.fromisoformat(start)).days + 1)
    except ValueError as error:
        expected = "a number of days, at least 1, or days such as 2026-06-01..2026-06-07"
        raise InvalidData([Finding("command line", None, "--days", repr(days), expected)]) from error


def _positive(count: int) -> int:
    if count < 1:
        raise ValueError(count)
    return count


def _compared(outcomes: Sequence[Outcome], scenarios: dict[str, Scenario], title: str) -> Table:
    """Scenarios side by side."""
    caption = "service level and abandoned of each queue 各队列服务水平与放弃率；yellow: target missed 黄色：未达标"
    table = Table(title=title, caption=caption, show_lines=True)
    table.add_column("scenario 场景", min_width=22, overflow="fold")
    for name in (*outcomes[0].targets, "lost a\nday\n日损失", "busy\n占用率", "days\nbroken\n不达标"):
        table.add_column(escape(name), justify="right", overflow="fold")
    for one in outcomes:
        told = scenarios.get(one.scenario, Scenario(title="nothing otherwise", title_zh="按预测"))
        name = "\n".join(line for line in (one.scenario, told.title, told.title_zh) if line)
        figures = (f"{one.lost_calls:,.0f}", f"{one.occupancy:.0%}", f"{one.days_broken}/{one.days}")
        table.add_row(escape(name), *(_level(one, queue) for queue in one.targets), *figures)
    return table


def _level(one: Outcome, queue: str) -> str:
    text = f"{one.service_levels[queue]:.1%}\n{one.abandon_rates[queue]:.1%}"
    return text if one.service_levels[queue] >= one.targets[queue] else f"[yellow]{text}[/yellow]"


def _runs(outcome: Outcome) -> Table:
    """Broken runs of a scenario for which a fix was looked for."""
    shown = [one for one in outcome.broken if one.fix is not None]
    caption = f"the worst {len(shown)} of {len(outcome.broken)} runs 最严重的时段"
    title = escape(f"{outcome.scenario}: what breaks, and what mends it 不达标时段与措施")
    table = texts_table(title, "run 时段", "fix 措施", caption=caption)
    for one in shown:
        told = escape(f"{fix_text(one, 'en')}\n{fix_text(one, 'zh')}")
        table.add_row(escape(_told(one)), told, style="" if one.fix is not None and one.fix.cured else "yellow")
    return table


def _told(one: Broken) -> str:
    """A run with its figures."""
    return (
        f"{one.queue} {one.start:%m-%d %H:%M}-{one.end:%H:%M}\n"
        f"chance to miss 不达标概率 {one.chance:.0%}\n"
        f"as forecast 按预测 {one.usual_chance:.0%}\n"
        f"service 服务水平 {one.service_level:.1%} (target 目标 {one.target:.0%})\n"
        f"worst 最差 {one.worst_level:.1%} (no. {one.worst})\n"
        f"agents missing 缺人 {one.missing}"
    )


def _summary(broken: Sequence[Broken], drill: Drill) -> str:
    looked = [one.fix for one in broken if one.fix is not None]
    cured, share = sum(fix.cured for fix in looked), f"{drill.policy.chance:.0%}"
    return (
        f"{len(broken)} runs break (missed in more than {share} of the replications); {len(looked)} looked at, {cured} cured. "
        f"Missing agents: all runs of a day mended together.\n"
        f"{len(broken)} 个时段不达标（超过 {share} 的仿真未达标），为其中 {len(looked)} 个寻找措施，{cured} 个可解决。"
        f"缺人数按当日各时段同时补足计算。\nEvery run 全部时段: {STRESS_FILE}"
    )
