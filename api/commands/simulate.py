"""``echelon simulate``: what callers meet under a roster, replication by replication."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from api.commands.screen import figures_table, wide_console
from api.planned import Planned
from api.simulation import CallsOf, queue_rows, simulated, slot_frame
from api.workspace import Workspace
from data.exchange.files import write_table
from data.model.errors import Finding, InvalidData
from data.model.time import Horizon

SOURCES: dict[str, str] = {
    "paths": "sample paths of the forecast 预测样本路径",
    "mean": "the mean forecast 预测均值",
    "came": "the calls that came 实际来话",
}
COLUMNS = ("queue 队列", "calls 来话", "service level 服务水平", "target 目标", "abandoned 放弃率", "answer rate 接通率", "ASA, s")


def simulate_folder(
    folder: Annotated[Path, typer.Argument(help="The centre's folder, with a roster.")],
    first: Annotated[str, typer.Option(help="First day; the first of the forecast if left out.")] = "",
    days: Annotated[int, typer.Option(min=1, max=62, help="Number of days.")] = 7,
    replications: Annotated[int, typer.Option(min=1, max=10000, help="Independent repetitions.")] = 50,
    calls: Annotated[str, typer.Option(help=f"Which calls come: {', '.join(SOURCES)}.")] = "paths",
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same result.")] = 1,
) -> None:
    """Simulate the newest roster 仿真, call by call: service by queue and slot, in simulation.csv."""
    console = wide_console()
    workspace = Workspace.at(folder)
    planned = workspace.newest()
    horizon = days_asked(planned, first, days)
    chosen = _source(calls)
    with console.status(f"{replications} x {horizon.days} days 仿真"):
        trial = simulated(workspace.centre, planned, horizon, calls=chosen, replications=replications, seed=seed)
    write_table(slot_frame(trial), workspace.out / "simulation.csv")
    console.print(_table(queue_rows(trial), f"{planned.roster.version}: {horizon.first} - {horizon.last}, {SOURCES[chosen]}"))
    over = trial.ran.overrun_s.sum() / replications / 3600
    console.print(f"Agents worked {over:.1f} h beyond their shifts to finish calls. 坐席为结束通话超时工作 {over:.1f} 小时。")
    console.print("Every queue and slot 各队列各时段: simulation.csv")


def _source(calls: str) -> CallsOf:
    for known in ("paths", "mean", "came"):
        if calls == known:
            return known
    raise InvalidData([Finding("command line", None, "--calls", repr(calls), f"one of {', '.join(SOURCES)}")])


def days_asked(planned: Planned, first: str, days: int) -> Horizon:
    """The days asked for, as far as roster and forecast go."""
    made, plan = planned.forecast.grid.horizon, planned.problem.grid.horizon
    start, last = max(made.first, plan.first), min(made.last, plan.last)
    if first:
        try:
            start = date.fromisoformat(first)
        except ValueError as error:
            raise InvalidData([Finding("command line", None, "--first", repr(first), "a day such as 2026-10-01")]) from error
    if not max(made.first, plan.first) <= start <= last:
        expected = f"a day that forecast.csv and the roster have, {max(made.first, plan.first)} to {last}"
        raise InvalidData(
            [Finding("command line", None, "--first", str(start), expected, "run `echelon forecast` or choose another day")]
        )
    return Horizon(zone=plan.zone, first=start, days=min(days, (last - start).days + 1))


def _table(rows: Sequence[dict[str, float | str]], title: str) -> Table:
    table = figures_table(title, *COLUMNS)
    for row in rows:
        numbers = {name: value for name, value in row.items() if isinstance(value, float)}
        met = numbers["service_level"] >= numbers["target"]
        half = "" if np.isnan(numbers["half_width"]) else f" ± {numbers['half_width']:.1%}"
        table.add_row(
            str(row["queue"]),
            f"{numbers['offered']:,.0f}",
            f"{numbers['service_level']:.1%}{half}",
            f"{numbers['target']:.0%}",
            f"{numbers['abandon_rate']:.1%}",
            f"{numbers['answer_rate']:.1%}",
            f"{numbers['asa_s']:.1f}",
            style="" if met else "yellow",
        )
    return table
