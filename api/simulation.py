"""The newest roster of a centre simulated call by call, replication by replication."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from api import planning
from api.planned import Planned
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
