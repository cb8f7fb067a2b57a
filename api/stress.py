"""A stress test put together: the loads that scenarios bring, and the roster that meets them."""

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import time

import numpy as np

from api.off_phone import OffPhone
from api.planned import Planned, plan_start
from api.simulation import calls_drawn
from api.workspace import Workspace
from data.model.base import BoolArray, FloatArray
from data.model.demand import Forecast
from data.model.stress import AS_FORECAST, LongerCalls, MoreAbsence, MoreCalls, Outcome, Scenario, SlowSystem, Storm, StressPolicy
from data.model.time import DAY_MINUTES, Horizon, TimeGrid, local
from forecasting.events import front_and_decay, minutes_since
from optimizer.response.stress import Bench, Load, Trial, baseline, replays, stressed
from optimizer.rostering.requests import chance_at_the_mean, desk_of
from optimizer.staffing.rostered import shrinkage_of

ROUNDING = 13
"""Stream of random numbers by which calls of a scenario are rounded, so that small queues grow too."""


@dataclass(frozen=True)
class Drill:
    """What is asked of a stress test.

    Parameters
    ----------
    fixes : int
        Broken runs of each scenario for which a fix is looked for.
    """

    replications: int = 20
    seed: int = 1
    fixes: int = 5
    policy: StressPolicy = field(default_factory=StressPolicy)


def stress_tested(
    workspace: Workspace, planned: Planned, days: Horizon, scenarios: dict[str, Scenario], drill: Drill, executor: Executor | None
) -> Iterator[Outcome]:
    """How a roster fares on some days as forecast, and in each scenario; all meet the same callers and the same luck of agents."""
    bench = _bench(workspace, planned, days, drill, executor)
    made = bench.trial.forecast
    calls = calls_drawn(workspace.centre, made, "paths", drill.replications, drill.seed)
    usual = baseline(bench.trial, AS_FORECAST, calls)
    as_usual = replays(bench.trial, usual)
    loads = [usual, *(load_of(name, scenario, usual, made, drill.seed) for name, scenario in scenarios.items())]
    return (stressed(bench, load, as_usual)[0] for load in loads)


def trial_of(workspace: Workspace, planned: Planned, days: Horizon, drill: Drill, executor: Executor | None) -> Trial:
    """The roster on some days as it is tested."""
    problem = planned.problem
    grid = TimeGrid(horizon=days, minutes=problem.grid.minutes)
    made = planned.forecast.on(grid)
    pausing, absent = shrinkage_of(problem.centre, problem.requirement.on(grid), made.mean)
    return Trial(
        problem.centre,
        problem.agents,
        planned.roster,
        made,
        OffPhone.of(workspace).placements,
        absent,
        pausing,
        drill.policy,
        drill.seed,
        drill.replications,
        executor,
    )


def _bench(workspace: Workspace, planned: Planned, days: Horizon, drill: Drill, executor: Executor | None) -> Bench:
    problem, trial = planned.problem, trial_of(workspace, planned, days, drill, executor)
    first = max(plan_start(problem), problem.grid.horizon.index(days.first))
    open_problem = replace(problem, first_open=first, locked=planned.locked)
    desk = desk_of(open_problem, planned.roster, days.start, chance_at_the_mean(open_problem))
    return Bench(trial, desk, {task.id: task.may_be_taken_back for task in OffPhone.of(workspace).tasks}, drill.fixes)


def load_of(name: str, scenario: Scenario, usual: Load, made: Forecast, seed: int) -> Load:
    """The load that a scenario makes of the usual one.

    Calls are multiplied and rounded by chance, with the same chance whatever the factor: a factor of one changes nothing.
    """
    times, seconds, absent = pressure(scenario, made, usual.handle_time_s, usual.absent)
    luck = np.random.default_rng((seed, ROUNDING)).random(usual.calls.shape)
    calls = np.where(times == 1.0, usual.calls, np.floor(usual.calls * times + luck))
    return Load(name, calls, seconds, absent, scenario.notice_minutes)


def pressure(
    scenario: Scenario, made: Forecast, handle_time_s: FloatArray, absent: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """What a scenario makes of a forecast.

    Parameters
    ----------
    handle_time_s : array of float, shape (queues, slots)
    absent : array of float, shape (days,)
        Share of the agents who do not come.

    Returns
    -------
    tuple of arrays
        Factor on the calls, shape (queues, slots); handle times and absent, as they are then.
    """
    times, seconds, absent = np.ones(made.mean.shape), handle_time_s.copy(), absent.copy()
    for shock in scenario.shocks:
        held = np.array([shock.holds(day) for day in made.grid.horizon.dates])
        if isinstance(shock, MoreAbsence):
            absent += shock.share * held
        elif isinstance(shock, Storm):
            times *= _storm(shock, made, held)
        else:
            on = _meets(shock, made, held)
            times[on] *= 1 + (shock.more if isinstance(shock, MoreCalls) else 0.0)
            seconds[on] *= 1 + (shock.more if isinstance(shock, LongerCalls) else 0.0)
            seconds[on] += shock.seconds if isinstance(shock, SlowSystem) else 0.0
    return times, seconds, np.minimum(absent, 1.0)


def _meets(shock: LongerCalls | MoreCalls | SlowSystem, made: Forecast, held: BoolArray) -> BoolArray:
    """Queues and slots that a shock meets; shape (queues, slots)."""
    grid = made.grid
    start, end = (0 if shock.start is None else _minute(shock.start)), (DAY_MINUTES if shock.end is None else _minute(shock.end))
    inside = held[grid.day_of_slot] & (start <= grid.wall_minute) & (grid.wall_minute < end)
    return _named(shock.queues or made.queues, made)[:, None] & inside


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _named(queues: tuple[str, ...], made: Forecast) -> BoolArray:
    return np.array([queue in queues for queue in made.queues])


def _storm(shock: Storm, made: Forecast, held: BoolArray) -> FloatArray:
    """Factor on the calls of each queue and slot: up to `times` in the worst slot, each day's storm by itself."""
    grid, height = made.grid, np.zeros(made.grid.size)
    for day in np.array(grid.horizon.dates)[held]:
        edges = minutes_since(grid, local(day, shock.at, grid.horizon.zone))
        share = np.diff(front_and_decay(edges, DAY_MINUTES, shock.front_minutes, shock.decay_minutes))
        height = np.maximum(height, share / max(float(share.max()), 1e-12))
    busiest = (made.queues[int(np.argmax(made.mean.sum(axis=1)))],)
    return 1 + (shock.times - 1) * np.where(_named(shock.queues or busiest, made)[:, None], height, 0.0)
