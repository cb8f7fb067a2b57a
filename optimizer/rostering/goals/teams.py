"""Teams: the members of a team work the same shifts, so that they meet their team leader and one another."""

import numpy as np
from pydantic import Field

from data.model.base import Frozen
from data.model.roster import Roster
from optimizer.rostering.goals import Charge, Gathering
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.rules import Tongue


class Params(Frozen):
    """Price of a team that is spread.

    Parameters
    ----------
    cost : float
        Of each shift code that a team works on a day. House choice.
    """

    cost: float = Field(default=1.0, ge=0)


def sentence(params: Params, language: Tongue) -> str:
    if language == "zh":
        return f"同一班组尽量同班：班组每天使用的每种班次计 {params.cost:g}。"
    return f"Each shift that a team works on a day costs {params.cost:g}, so that a team is kept together."


def charge(params: Params, problem: RosterProblem) -> Charge:
    names = sorted({agent.team for agent in problem.agents} - {""})
    number = {name: k for k, name in enumerate(names)}
    team = np.array([number.get(agent.team, -1) for agent in problem.agents], dtype=np.int64)
    shape = problem.grid.horizon.days, len(problem.alphabet.codes)
    step = np.broadcast_to([params.cost, 0.0], (*shape, 2))
    return Charge(gathering=Gathering(team, step, np.zeros(shape)))


def measure(params: Params, problem: RosterProblem, roster: Roster) -> float:
    used: set[tuple[str, int, int]] = set()
    for row, day in np.argwhere(roster.start >= 0).tolist():
        if day >= problem.first_open and problem.agents[row].team:
            used.add((problem.agents[row].team, day, int(roster.symbol[row, day])))
    return params.cost * len(used)
