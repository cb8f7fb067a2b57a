"""The sample centre with a month in force, and the same in memory so many times over."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np

from api import planning, versions
from api.planned import Planned
from api.workspace import Workspace
from data.centres.samples import read_demo, write_sample
from data.exchange.forecasts import write_forecast
from data.model.base import IntArray
from data.model.demand import Forecast
from data.model.roster import Roster
from data.model.time import Horizon
from data.model.version import Hand
from optimizer.rostering.solution import Budget

SAMPLE = "grid95598"
BUDGET = Budget(sweeps=6, bound_steps=60)
"""The month need not be the best one to be measured on."""


def write_planned(folder: Path) -> None:
    """Write the sample with the month of its demonstration in force."""
    write_sample(SAMPLE, folder)
    workspace, demo = Workspace.at(folder), read_demo(folder)
    horizon = Horizon(zone=workspace.centre.centre.zone, first=demo.first, days=demo.days)
    made = planning.forecast(workspace.centre, planning.learn(workspace.centre), demo.origin, horizon)
    month = planning.plan_month(workspace.centre, made, planning.require(workspace.centre, made), budget=BUDGET)
    write_forecast(made, folder / "forecast.csv")
    hand = Hand("benchmark", demo.origin - timedelta(hours=1))
    versions.settle(workspace, workspace.propose(month, hand), hand)


def enlarged(workspace: Workspace, planned: Planned, times: int) -> tuple[Workspace, Planned]:
    """The centre with so many copies of everyone, and so many times the calls."""
    problem = planned.problem
    staff = tuple(one.model_copy(update={"id": f"{one.id}-{k}"}) for k in range(times) for one in problem.agents)
    absences = tuple(one.model_copy(update={"agent": f"{one.agent}-{k}"}) for k in range(times) for one in problem.absences)
    larger = replace(
        problem,
        agents=staff,
        base=None if problem.base is None else _copies(problem.base, times),
        absences=absences,
        wishes=(),
        balances=(),
        max_line_minutes=None,
        min_line_minutes=None,
        locked=None,
    )
    centre = replace(workspace.centre, agents=staff, absences=absences, wishes=(), balances=())
    solution = replace(planned.solution, roster=_copies(planned.roster, times))
    return replace(workspace, centre=centre), Planned(larger, solution, _busier(planned.forecast, times))


def _copies(roster: Roster, times: int) -> Roster:
    def rows(values: IntArray) -> IntArray:
        return np.tile(values, (times, *([1] * (values.ndim - 1))))

    names = tuple(f"{agent}-{k}" for k in range(times) for agent in roster.agents)
    parts = ("symbol", "start", "minutes", "meal", "meal_minutes", "breaks")
    return replace(roster, agents=names, **{part: rows(getattr(roster, part)) for part in parts})


def _busier(made: Forecast, times: int) -> Forecast:
    return replace(made, mean=times * made.mean, quantiles=times * made.quantiles)


def everyone_in_reserve(planned: Planned) -> Planned:
    """Whoever is in no echelon put into one by turns: the largest register that there can be."""
    tiers = [tier.id for tier in planned.problem.centre.echelons]
    staff = tuple(
        agent if agent.echelon else agent.model_copy(update={"echelon": tiers[k % len(tiers)]})
        for k, agent in enumerate(planned.problem.agents)
    )
    return replace(planned, problem=replace(planned.problem, agents=staff))
