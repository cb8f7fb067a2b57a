"""Seats: no more agents of a site on the phones at once than it has seats."""

import numpy as np
from pydantic import Field

from data.model.base import Frozen
from data.model.roster import Roster
from optimizer.rostering.goals import Band, Charge
from optimizer.rostering.headcount import on_phones
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.rules import Tongue


class Params(Frozen):
    """Price of an agent without a seat.

    Parameters
    ----------
    over_cost : float
        For one hour; so high that coverage never pays for it. House choice.
    """

    over_cost: float = Field(default=1000.0, ge=0)


def sentence(params: Params, language: Tongue) -> str:
    if language == "zh":
        return f"同一职场同时在线坐席不超过座席数；每超出一人每小时计 {params.over_cost:g}。"
    return f"An agent on the phones beyond the seats of the site costs {params.over_cost:g} an hour."


def charge(params: Params, problem: RosterProblem) -> Charge:
    sites = np.array([agent.site for agent in problem.agents])
    nobody, price = np.zeros(problem.grid.size, dtype=np.int64), params.over_cost * problem.grid.minutes / 60
    charged = np.arange(problem.grid.size) >= problem.grid.day_slot[problem.first_open]
    limits = {site.id: site.seats for site in problem.centre.sites if site.seats is not None}
    return Charge(
        bands=tuple(Band(sites == site, nobody, np.where(charged, most, len(sites)), over=price) for site, most in limits.items())
    )


def measure(params: Params, problem: RosterProblem, roster: Roster) -> float:
    at_work, total = on_phones(problem, roster), 0
    for site in problem.centre.sites:
        members = [row for row, agent in enumerate(problem.agents) if agent.site == site.id]
        if site.seats is not None:
            heads = at_work[members].sum(axis=0).tolist()
            total += sum(max(0, present - site.seats) for present in heads)
    return params.over_cost * total * problem.grid.minutes / 60
