"""Echelon duty: of each tier of reserve enough members are on duty, and not so many that none is left to be called.

The least holds while any queue needs an agent, the most always; a member at a meal is not on duty. A tier smaller than the
least has all its members on duty.
"""

from math import floor

import numpy as np
from pydantic import Field

from data.model.base import Frozen
from data.model.roster import Roster
from optimizer.rostering.goals import Band, Charge
from optimizer.rostering.headcount import on_phones
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.rules import Tongue


class Params(Frozen):
    """How many members of a tier are on the phones at once, and what one missing or too many costs. Numbers: house choice.

    Parameters
    ----------
    min_members : int
        Least members of each tier.
    max_share : float
        Most members, as a share of the tier, rounded down; in (0, 1].
    under_cost, over_cost : float
        Of one member missing, or too many, for one hour.
    """

    min_members: int = Field(default=1, ge=0)
    max_share: float = Field(default=0.5, gt=0, le=1)
    under_cost: float = Field(default=5.0, ge=0)
    over_cost: float = Field(default=5.0, ge=0)


def sentence(params: Params, language: Tongue) -> str:
    p = params
    if language == "zh":
        return (
            f"每个应急梯队同时在岗不少于 {p.min_members:g} 人、不超过梯队人数的 {p.max_share:g}；"
            f"每缺一人每小时计 {p.under_cost:g}，每多一人每小时计 {p.over_cost:g}。"
        )
    return (
        f"Of each echelon at least {p.min_members:g} and at most a share of {p.max_share:g} are on duty at once; "
        f"a member missing costs {p.under_cost:g} an hour, one too many {p.over_cost:g}."
    )


def charge(params: Params, problem: RosterProblem) -> Charge:
    hours = problem.grid.minutes / 60
    tiers = np.array([agent.echelon for agent in problem.agents])
    charged = np.arange(problem.grid.size) >= problem.grid.day_slot[problem.first_open]
    needed = charged & problem.requirement.heads.any(axis=0)
    bands: list[Band] = []
    for tier in problem.centre.echelons:
        members = tiers == tier.id
        least = min(params.min_members, int(members.sum()))
        most = max(floor(params.max_share * int(members.sum())), least)
        low, high = np.where(needed, least, 0), np.where(charged, most, len(tiers))
        bands.append(Band(members, low, high, params.under_cost * hours, params.over_cost * hours))
    return Charge(bands=tuple(bands))


def measure(params: Params, problem: RosterProblem, roster: Roster) -> float:
    at_work, total = on_phones(problem, roster), 0.0
    needed = (problem.requirement.heads.sum(axis=0) > 0)[-at_work.shape[1] :].tolist()
    for tier in problem.centre.echelons:
        members = [row for row, agent in enumerate(problem.agents) if agent.echelon == tier.id]
        least = min(params.min_members, len(members))
        most = max(least, floor(params.max_share * len(members)))
        heads = at_work[members].sum(axis=0).tolist()
        missing = sum(max(0, least - present) for present, need in zip(heads, needed, strict=True) if need)
        spare = sum(max(0, present - most) for present in heads)
        total += params.under_cost * missing + params.over_cost * spare
    return total * problem.grid.minutes / 60
