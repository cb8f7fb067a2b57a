"""``echelon simulate``: what callers meet under a roster, replication by replication."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pandas as pd
import typer
from rich.table import Table

from api import planning
from api.planned import Planned
from api.sources import wide_console
from api.workspace import Workspace
from data.exchange.files import write_table
from data.exchange.folder import CentreFolder
from data.model.base import FloatArray
from data.model.demand import Forecast
from data.model.errors import Finding, InvalidData
from data.model.time import Horizon, TimeGrid
from forecasting.paths import dependence, sample_paths
from forecasting.score import calls_that_came
from optimizer.staffing.centre_model import with_absence, with_pauses
from optimizer.staffing.rostered import duties_of, model_of, shrinkage_of
from optimizer.staffing.service import ratio
from optimizer.staffing.simulate import Simulation, simulate

CallsOf = Literal["paths", "mean", "came"]
SOURCES: dict[str, str] = {
    "paths": "sample paths of the forecast 预测样本路径",
    "mean": "the mean forecast 预测均值",
    "came": "the calls that came 实际来话",
}
COLUMNS = ("queue 队列", "calls 来话", "service level 服务水平", "target 目标", "abandoned 放弃率", "answer rate 接通率", "ASA, s")
WORKERS = 2


@dataclass(frozen=True, eq=False)
class Trial:
    """A simulated roster and what it is judged by.

    Parameters
    ----------
    grid : TimeGrid
        Slots simulated.
    """

    planned: Planned
    grid: TimeGrid
    ran: Simulation

    def targets(self) -> FloatArray:
        """Service level asked of each queue."""
        centre = self.planned.problem.centre
        return np.array([centre.queue(queue).target.service_level for queue in self.ran.queues])


def simulated(centre: CentreFolder, planned: Planned, days: Horizon, *, calls: CallsOf, replications: int, seed: int) -> Trial:
    """Simulate the newest roster of a centre over some of its days.

    Every replication draws its own calls, handle times and patiences, who pauses (the queues' own shrinkage) and who is absent
    (what the shrinkage causes add at the lead time of the requirement).

    Parameters
    ----------
    calls : str
        paths: sample paths of the forecast, which hold its uncertainty; mean: Poisson around the mean; came: the history's.
    """
    problem = planned.problem
    grid = TimeGrid(horizon=days, minutes=problem.grid.minutes)
    made = planned.forecast.on(grid)
    drawn = calls_drawn(centre, made, calls, replications, seed)
    model = model_of(problem.centre, problem.agents, made.queues, grid, made.handle_time_s)
    duties = duties_of(problem.agents, planned.roster, grid, problem.centre.shifts)
    pausing, absent = shrinkage_of(problem.centre, problem.requirement.on(grid), made.mean)
    each = [with_pauses(with_absence(duties, absent, seed + k), pausing, seed + k) for k in range(replications)]
    with ThreadPoolExecutor(WORKERS) as threads:
        ran = simulate(model, drawn, each, seed=seed, replications=replications, counts=calls != "mean", executor=threads)
    return Trial(planned, grid, ran)


def calls_drawn(centre: CentreFolder, made: Forecast, source: CallsOf, replications: int, seed: int) -> FloatArray:
    """Calls of each replication, or expected calls for ``mean``; shape (..., queues, slots)."""
    if source == "mean":
        return made.mean
    history = planning.learn(centre)
    if source == "paths":
        days = planning.calendar(centre, history, made.grid.horizon.last)
        between = dependence(history.before(made.origin), days, made.grid.minutes)
        return np.where(made.open, sample_paths(made, between, count=replications, seed=seed).round(), 0.0)
    return _came(made, calls_that_came(made, history))


def _came(made: Forecast, came: FloatArray) -> FloatArray:
    seen = np.where(made.open, came, 0.0)
    unknown = np.flatnonzero(np.isnan(seen).any(axis=0))
    if unknown.size:
        read = f"no calls from {made.grid.index[unknown[0]]:%Y-%m-%d %H:%M}"
        fix = "simulate days that are over, or take --calls paths"
        raise InvalidData([Finding("calls.csv", None, "offered", read, "calls of every open slot of the days", fix)])
    return seen.round()


def slot_frame(trial: Trial) -> pd.DataFrame:
    """One row for each queue and slot: mean calls, service level, chance to miss the target, abandonment, answer rate, ASA."""
    ran, grid = trial.ran, trial.grid
    frame = ran.to_frame()
    frame.insert(1, "timestamp", grid.index[frame.pop("slot").to_numpy()])
    each = ran.service_levels(axis=())
    missed = ratio((each < trial.targets()).sum(axis=0), (~np.isnan(each)).sum(axis=0))
    frame.insert(4, "chance_missed", missed.T.ravel())
    return frame[frame["offered"] > 0].reset_index(drop=True)


def queue_rows(trial: Trial) -> list[dict[str, float | str]]:
    """For each queue: calls a replication, service level with its 95 % half width, target, abandonment, answer rate, ASA."""
    service, runs = trial.ran.service, trial.ran.service.offered.shape[0]
    each = trial.ran.service_levels(axis=(2,))
    half = 1.96 * each.std(axis=0, ddof=1) / np.sqrt(runs) if runs > 1 else np.full(each.shape[1], np.nan)
    columns = {
        "offered": service.offered.sum(axis=(0, 2)) / runs,
        "service_level": trial.ran.service_levels(),
        "half_width": half,
        "target": trial.targets(),
        "abandon_rate": service.abandon_rates((0, 2)),
        "answer_rate": service.answer_rates((0, 2)),
        "asa_s": service.mean_waits_s((0, 2)),
    }
    return [
        {"queue": queue, **{name: float(values[q]) for name, values in columns.items()}} for q, queue in enumerate(trial.ran.queues)
    ]


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
    table = Table(title=title)
    for name in COLUMNS:
        table.add_column(name, justify="left" if name.startswith("queue") else "right")
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
