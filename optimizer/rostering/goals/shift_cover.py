"""Cover by shift: so many agents on a shift on a day as the planner demands, however many the queues need."""

from collections.abc import Iterator

import numpy as np
from pydantic import Field

from data.model.base import Frozen
from data.model.roster import Roster
from data.model.shift_demand import ShiftDemand
from optimizer.rostering.goals import Charge, Gathering
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.rules import Tongue


class Params(Frozen):
    """Weight of the demand by shift beside the other goals.

    Parameters
    ----------
    scale : float
        Factor of the costs that each demand states. House choice.
    """

    scale: float = Field(default=1.0, ge=0)


def sentence(params: Params, language: Tongue) -> str:
    if language == "zh":
        return f"各班次每天人数满足班次需求；每缺一人、每多一人按该需求的单价乘以 {params.scale:g} 计。"
    return f"Each head missing or beyond on a shift of a day costs what its demand states, times {params.scale:g}."


def charge(params: Params, problem: RosterProblem) -> Charge:
    """Everyone is one team, whose next head on a shift saves or costs what the demands of the day say together."""
    told, codes, agents = tuple(_charged(problem)), problem.alphabet.codes, len(problem.agents)
    if not told:
        return Charge()
    shape = problem.grid.horizon.days, len(codes)
    there = np.arange(min(agents, max(demand.heads for _, demand in told)) + 1)
    idle, step = np.zeros(shape), np.zeros((*shape, len(there)))
    for d, demand in told:
        place = d, codes.index(demand.shift)
        idle[place] += params.scale * demand.under * demand.heads
        step[place] += params.scale * np.where(there < demand.heads, -demand.under, demand.over)
    return Charge(gathering=Gathering(np.zeros(agents, dtype=np.int64), step, idle))


def measure(params: Params, problem: RosterProblem, roster: Roster) -> float:
    charged = {day: d for d, day in enumerate(roster.horizon.dates) if d >= problem.first_open}
    total, symbol = 0.0, {code: s for s, code in enumerate(roster.codes)}
    for demand in problem.shift_demand:
        if demand.day in charged:
            here = roster.symbol[:, charged[demand.day]] == symbol.get(demand.shift, -1)
            missing = demand.heads - int(here.sum())
            total += demand.under * max(0, missing) + demand.over * max(0, -missing)
    return params.scale * total


def _charged(problem: RosterProblem) -> Iterator[tuple[int, ShiftDemand]]:
    """Demands of the days that are charged, and which day each is of."""
    horizon = problem.grid.horizon
    for demand in problem.shift_demand:
        day = horizon.index(demand.day)
        if problem.first_open <= day < horizon.days:
            yield day, demand
