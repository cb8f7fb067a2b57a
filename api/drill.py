"""A drill put together: a scenario's calls, the call-outs that would be planned, and the roster that meets them."""

from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from api.echelons import Watch
from api.planned import Planned
from api.playbooks import Scene
from api.simulation import calls_drawn
from api.stress import Drill, trial_of
from api.what_if import WhatIf, what_if
from api.workspace import Workspace
from data.model.demand import CallHistory
from data.model.drill import DrillOutcome
from data.model.errors import Finding, InvalidData
from data.model.time import Horizon, TimeGrid, epoch_minutes
from optimizer.response.drill import Drilled, drilled, orders_of, outcome_of
from optimizer.response.stress import baseline


@dataclass(frozen=True, eq=False)
class Held:
    """A drill that was held.

    Parameters
    ----------
    planned : WhatIf
        The scenario as planners see it when it begins, with the call-outs that they would make.
    """

    planned: WhatIf
    drilled: Drilled
    outcome: DrillOutcome


def held(workspace: Workspace, planned: Planned, scene: Scene, now: datetime, asked: Drill, executor: Executor | None) -> Held:
    """Simulate the hours from the start of a scenario on, without the echelons and with those that would be called.

    Parameters
    ----------
    now : datetime
        When it becomes known; nobody is called before.
    """
    seen = what_if(workspace.centre, planned, scene, now, workspace.policies)
    problem, zone = planned.problem, workspace.centre.centre.zone
    until = min(scene.start + timedelta(hours=workspace.policies.drills.hours), problem.grid.horizon.end)
    first, last = scene.start.date(), (until - timedelta(seconds=1)).date()
    days = Horizon(zone=zone, first=first, days=(last - first).days + 1)
    trial = trial_of(workspace, planned, days, asked, executor)
    usual = calls_drawn(workspace.centre, trial.forecast, "paths", asked.replications, asked.seed)
    load = baseline(trial, scene.name, scene.calls(trial.forecast, usual, asked.seed))
    slower = scene.over(trial.forecast).handle_time_s
    load = replace(load, handle_time_s=slower, absent=np.minimum(load.absent + scene.book.absent, 1.0))
    watch = Watch.of(workspace, planned, now)
    members, limits = watch.reserve(days.last), watch.limits
    tiers = {tier.id: tier for tier in problem.centre.echelons}
    orders = orders_of(seen.response.call_outs, tiers, members, limits, epoch_minutes(now), zone)
    timely = tuple(order for order in orders if order.span.start < epoch_minutes(until))
    window = slice(trial.forecast.grid.slot(scene.start), trial.forecast.grid.slot(until))
    found = drilled(trial, load, timely, members, window, scene.queues, limits)
    unmet = sorted(seen.response.call_outs.unmet, key=lambda one: one.missing_heads)
    missing = {one.queue: one.missing_heads for one in unmet if one.start < until and one.missing_heads >= 1}
    return Held(seen, found, outcome_of(found, workspace.policies.drills, missing))


def replayed_on(history: CallHistory, day: datetime, name: str) -> CallHistory:
    """A recording of one day on another day.

    Raises
    ------
    InvalidData
        If it holds more than one day, or one of another length.
    """
    known = np.flatnonzero(~np.isnan(history.offered).all(axis=0))
    days = sorted({history.grid.horizon.dates[d] for d in history.grid.day_of_slot[known].tolist()})
    if len(days) != 1:
        read, fix = f"{len(days)} days", "keep the rows of the day that is to be replayed"
        raise InvalidData([Finding(name, None, "timestamp", read, "calls of one day", fix)])
    zone, minutes = history.grid.horizon.zone, history.grid.minutes
    first = history.grid.horizon.index(days[0])
    slots = slice(*history.grid.day_slot[first : first + 2].tolist())
    grid = TimeGrid(horizon=Horizon(zone=zone, first=day.date(), days=1), minutes=minutes)
    if grid.size != slots.stop - slots.start:
        raise InvalidData([Finding(name, None, "timestamp", f"{days[0]}", f"a day as long as {day.date()}")])
    return CallHistory(history.queues, grid, history.offered[:, slots], history.handle_time_s[:, slots])
