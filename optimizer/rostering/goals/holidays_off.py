"""Holidays off: a right to a stretch of days off, won by contribution; each shift inside it costs more than any wish.

It says nothing that wishes of rank 1 on each of the days would not say, but at a price of its own.
"""

from datetime import date
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from data.model.base import Frozen
from data.model.roster import Roster
from optimizer.rostering.goals import Charge
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.rules import Tongue


class Params(Frozen):
    """Who has the right, and what a shift inside it costs.

    Parameters
    ----------
    cost : float
        Of each shift. House choice.
    agents : dict
        Agent -> first and last day off, both included.
    """

    cost: float = Field(default=100.0, ge=0)
    agents: dict[str, tuple[date, date]] = {}

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        wrong = [name for name, (first, last) in self.agents.items() if last < first]
        if wrong:
            raise ValueError(f"the days off of {', '.join(wrong)} end before they begin")
        return self


def sentence(params: Params, language: Tongue) -> str:
    if language == "zh":
        return f"{len(params.agents)} 名坐席享有连休权益；其间每个班次计 {params.cost:g}。"
    return f"{len(params.agents)} agents have a right to days off in a row; each shift inside them costs {params.cost:g}."


def charge(params: Params, problem: RosterProblem) -> Charge:
    alphabet, horizon = problem.alphabet, problem.grid.horizon
    paid = np.zeros((len(problem.agents), horizon.days, len(alphabet.codes)))
    for name, (first, last) in params.agents.items():
        if name in problem.index:
            days = slice(max(horizon.index(first), problem.first_open), max(horizon.index(last) + 1, 0))
            paid[problem.index[name], days] = params.cost * alphabet.is_shift
    return Charge(prices=paid)


def measure(params: Params, problem: RosterProblem, roster: Roster) -> float:
    shifts = 0
    for agent, starts in zip(roster.agents, roster.start.tolist(), strict=True):
        if agent in params.agents:
            first, last = params.agents[agent]
            for d, day in enumerate(roster.horizon.dates):
                shifts += d >= problem.first_open and first <= day <= last and starts[d] >= 0
    return params.cost * shifts
