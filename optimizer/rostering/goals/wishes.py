"""Wishes: a wish that is not granted costs more the higher it ranks, and the more of the agent's wishes were refused before."""

from collections.abc import Iterator

import numpy as np
from pydantic import Field

from data.model.base import BoolArray, FloatArray, Frozen, IntArray
from data.model.people import Wish
from data.model.roster import OFF, Roster
from optimizer.rostering.goals import Charge
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.rules import Tongue

LOWEST_RANK = 5
LEAST, MOST = 0.5, 2.0
"""Bounds of the weight that memory gives an agent (house choice)."""


class Params(Frozen):
    """Price of a wish of the lowest rank that is not granted; rank 1 costs five times as much.

    Parameters
    ----------
    off_cost : float
        A wish for a day off.
    shift_cost : float
        A wish for or against a shift.
    memory : float
        Share by which every wish refused before, beyond the mean of all agents, makes an agent's wishes dearer, from half to
        double the price; 0 = none. Numbers: house choice.
    """

    off_cost: float = Field(default=4.0, ge=0)
    shift_cost: float = Field(default=2.0, ge=0)
    memory: float = Field(default=0.25, ge=0)


def sentence(params: Params, language: Tongue) -> str:
    high = params.off_cost * LOWEST_RANK, params.shift_cost * LOWEST_RANK
    if language == "zh":
        return (
            f"未满足的休息愿望按等级计 {params.off_cost:g} 至 {high[0]:g}，班次愿望计 {params.shift_cost:g} 至 {high[1]:g}；"
            f"此前未满足的愿望每比均值多一次，再加其 {params.memory:g} 倍。"
        )
    return (
        f"A wish not granted costs {params.off_cost:g} to {high[0]:g} by rank for a day off, "
        f"{params.shift_cost:g} to {high[1]:g} for or against a shift; "
        f"each wish refused before, beyond the mean of all, adds {params.memory:g} of it."
    )


def charge(params: Params, problem: RosterProblem) -> Charge:
    alphabet, days = problem.alphabet, problem.grid.horizon.days
    paid, weight = np.zeros((len(problem.agents), days, len(alphabet.codes))), weights(params, problem)
    for wish in problem.wishes:
        row, day = problem.index.get(wish.agent), problem.grid.horizon.index(wish.day)
        if row is None or not problem.first_open <= day < days:
            continue
        named = np.array(alphabet.codes) == wish.shift
        broken = {"off": alphabet.is_shift, "avoid": named, "on": ~named & ~alphabet.leave}[wish.kind]
        paid[row, day] += np.where(broken, weight[row] * _price(params, wish), 0.0)
    return Charge(prices=paid)


def measure(params: Params, problem: RosterProblem, roster: Roster) -> float:
    weight = dict(zip((agent.id for agent in problem.agents), weights(params, problem).tolist(), strict=True))
    refused = _refused_on(problem, roster)
    return sum(weight[wish.agent] * _price(params, wish) for wish, _, day in refused if day >= problem.first_open)


def weights(params: Params, problem: RosterProblem) -> FloatArray:
    """What a wish of each agent weighs after those that were refused before; shape (agents,)."""
    held = [problem.balance_of.get(agent.id) for agent in problem.agents]
    refused = np.array([np.nan if balance is None else balance.refused_wishes for balance in held])
    if np.isnan(refused).all():
        return np.ones(len(refused))
    # who has no balance is an average agent
    beyond = np.nan_to_num(refused - float(np.nanmean(refused)))
    return np.asarray(np.clip(1 + params.memory * beyond, LEAST, MOST))


def refusals(problem: RosterProblem, roster: Roster, counts: BoolArray) -> IntArray:
    """Wishes of each agent that a roster does not grant on the days that count, shape (agents, days); shape (agents,)."""
    total = np.zeros(len(roster.agents), dtype=np.int64)
    for _, row, day in _refused_on(problem, roster):
        total[row] += counts[row, day]
    return total


def _refused_on(problem: RosterProblem, roster: Roster) -> Iterator[tuple[Wish, int, int]]:
    """Wishes that a roster does not grant, each with its row and day."""
    rows = {agent: row for row, agent in enumerate(roster.agents)}
    for wish in problem.wishes:
        row, day = rows.get(wish.agent), roster.horizon.index(wish.day)
        if row is None or not 0 <= day < roster.horizon.days:
            continue
        if _refused(wish, roster.codes[roster.symbol[row, day]], bool(roster.start[row, day] >= 0)):
            yield wish, row, day


def _refused(wish: Wish, code: str, at_work: bool) -> bool:
    if wish.kind == "off":
        return at_work
    return code == wish.shift if wish.kind == "avoid" else code != wish.shift and (at_work or code == OFF)


def _price(params: Params, wish: Wish) -> float:
    cost = params.off_cost if wish.kind == "off" else params.shift_cost
    return cost * (LOWEST_RANK + 1 - wish.rank)
