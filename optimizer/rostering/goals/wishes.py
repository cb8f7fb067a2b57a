"""Wishes: a wish that is not granted costs more the higher it ranks."""

import numpy as np
from pydantic import Field

from data.model.base import Frozen
from data.model.people import Wish
from data.model.roster import OFF, Roster
from optimizer.rostering.goals import Charge
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.rules import Tongue

LOWEST_RANK = 5


class Params(Frozen):
    """Price of a wish of the lowest rank that is not granted; rank 1 costs five times as much.

    Parameters
    ----------
    off_cost : float
        A wish for a day off.
    shift_cost : float
        A wish for or against a shift.
    """

    off_cost: float = Field(default=4.0, ge=0)
    shift_cost: float = Field(default=2.0, ge=0)


def sentence(params: Params, language: Tongue) -> str:
    high = params.off_cost * LOWEST_RANK, params.shift_cost * LOWEST_RANK
    if language == "zh":
        return f"未满足的休息愿望按等级计 {params.off_cost:g} 至 {high[0]:g}，班次愿望计 {params.shift_cost:g} 至 {high[1]:g}。"
    return (
        f"A wish not granted costs {params.off_cost:g} to {high[0]:g} by rank for a day off, "
        f"{params.shift_cost:g} to {high[1]:g} for or against a shift."
    )


def charge(params: Params, problem: RosterProblem) -> Charge:
    alphabet, days = problem.alphabet, problem.grid.horizon.days
    paid = np.zeros((len(problem.agents), days, len(alphabet.codes)))
    for wish in problem.wishes:
        row, day = problem.index.get(wish.agent), problem.grid.horizon.index(wish.day)
        if row is None or not problem.first_open <= day < days:
            continue
        named = np.array(alphabet.codes) == wish.shift
        broken = {"off": alphabet.is_shift, "avoid": named, "on": ~named & ~alphabet.leave}[wish.kind]
        paid[row, day] += np.where(broken, _price(params, wish), 0.0)
    return Charge(prices=paid)


def measure(params: Params, problem: RosterProblem, roster: Roster) -> float:
    rows = {agent: row for row, agent in enumerate(roster.agents)}
    total = 0.0
    for wish in problem.wishes:
        day = roster.horizon.index(wish.day)
        if wish.agent in rows and problem.first_open <= day < roster.horizon.days:
            row = rows[wish.agent]
            at_work = bool(roster.start[row, day] >= 0)
            if _refused(wish, roster.codes[roster.symbol[row, day]], at_work):
                total += _price(params, wish)
    return total


def _refused(wish: Wish, code: str, at_work: bool) -> bool:
    if wish.kind == "off":
        return at_work
    return code == wish.shift if wish.kind == "avoid" else code != wish.shift and (at_work or code == OFF)


def _price(params: Params, wish: Wish) -> float:
    cost = params.off_cost if wish.kind == "off" else params.shift_cost
    return cost * (LOWEST_RANK + 1 - wish.rank)
