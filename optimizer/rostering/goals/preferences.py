"""Preferences: a shift of another kind than an agent likes best costs more the further down the agent's list it stands."""

import numpy as np
from pydantic import Field

from data.model.base import Frozen
from data.model.people import Agent, ShiftKind
from data.model.roster import Roster, ShiftTemplate
from optimizer.rostering.goals import Charge
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.rules import Tongue

UNNAMED = 3
"""Places below the first of a kind that an agent does not name; kinds further down the list stand there too (house choice)."""


class Params(Frozen):
    """Price of a preference that is not met.

    Parameters
    ----------
    cost : float
        A shift of the second kind on the list; of the third twice, of any other three times as much. House choice.
    """

    cost: float = Field(default=1.0, ge=0)


def sentence(params: Params, language: Tongue) -> str:
    most = params.cost * UNNAMED
    if language == "zh":
        return f"班次类型不是坐席首选时，第二选择计 {params.cost:g}，逐级递增，未列出的类型计 {most:g}。"
    return f"A shift of the kind that an agent likes second costs {params.cost:g}, and so on to {most:g} for a kind not named."


def charge(params: Params, problem: RosterProblem) -> Charge:
    alphabet, days = problem.alphabet, problem.grid.horizon.days
    steps = {prefers: _steps(prefers, alphabet.shifts) for prefers in {agent.prefers for agent in problem.agents}}
    of_agent = np.array([alphabet.of_shifts(steps[agent.prefers]) for agent in problem.agents]) * params.cost
    charged = np.arange(days) >= problem.first_open
    return Charge(prices=np.where(charged[:, None], of_agent[:, None, :], 0.0))


def _steps(prefers: tuple[ShiftKind, ...], shifts: tuple[ShiftTemplate, ...]) -> list[int]:
    """How far down the list each shift stands; 0 for all without a list."""
    place = {kind: min(k, UNNAMED) for k, kind in enumerate(prefers)}
    return [place.get(shift.kind, UNNAMED if prefers else 0) for shift in shifts]


def measure(params: Params, problem: RosterProblem, roster: Roster) -> float:
    kind_of: dict[str, ShiftKind] = {shift.code: shift.kind for shift in problem.centre.shifts}
    total = 0
    for agent, row in zip(problem.agents, roster.symbol[:, problem.first_open :], strict=True):
        if agent.prefers:
            total += sum(_place(agent, kind_of[roster.codes[s]]) for s in row if roster.codes[s] in kind_of)
    return params.cost * total


def _place(agent: Agent, kind: ShiftKind) -> int:
    """Places that a kind of shift stands below the one the agent likes best."""
    return min(agent.prefers.index(kind), UNNAMED) if kind in agent.prefers else UNNAMED
