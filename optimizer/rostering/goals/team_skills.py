"""Skills in the team: while a queue needs agents, each team that has the skill keeps some who answer it on the phones."""

import numpy as np
from pydantic import Field

from data.model.base import Frozen
from data.model.roster import Roster
from optimizer.rostering.goals import Band, Charge
from optimizer.rostering.headcount import on_phones
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.rules import Tongue


class Params(Frozen):
    """How many skilled agents each team keeps on the phones, and what one missing costs. Numbers: house choice.

    Parameters
    ----------
    min_agents : int
        Least agents of a team who answer the queue; a team that has fewer keeps all.
    under_cost : float
        Of one agent missing for one hour.
    queues, teams : tuple of str
        Which ones; empty = all.
    """

    min_agents: int = Field(default=1, ge=0)
    under_cost: float = Field(default=5.0, ge=0)
    queues: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


def sentence(params: Params, language: Tongue) -> str:
    p = params
    queues, teams = ("、".join(p.queues) or "全部队列", "、".join(p.teams) or "每个班组")
    if language == "zh":
        return f"{queues}需要坐席时，{teams}在岗的对应技能坐席不少于 {p.min_agents:g} 人；每缺一人每小时计 {p.under_cost:g}。"
    queues, teams = (", ".join(p.queues) or "a queue", ", ".join(p.teams) or "each team")
    return (
        f"While {queues} needs agents, {teams} keeps at least {p.min_agents:g} skilled for it on the phones; "
        f"one missing costs {p.under_cost:g} an hour."
    )


def charge(params: Params, problem: RosterProblem) -> Charge:
    charged = np.arange(problem.grid.size) >= problem.grid.day_slot[problem.first_open]
    everyone = np.full(problem.grid.size, len(problem.agents), dtype=np.int64)
    price = params.under_cost * problem.grid.minutes / 60
    teams, skilled = np.array([agent.team for agent in problem.agents]), problem.group_mask[problem.group_of]
    bands: list[Band] = []
    for q, queue in enumerate(problem.requirement.queues):
        needed = charged & (problem.requirement.heads[q] > 0)
        for team in np.unique(teams):
            members = (teams == team) & skilled[:, q]
            wanted = team != "" and team in (params.teams or teams) and queue in (params.queues or problem.requirement.queues)
            if wanted and members.any():
                least = min(params.min_agents, int(members.sum()))
                bands.append(Band(members, np.where(needed, least, 0), everyone, under=price))
    return Charge(bands=tuple(bands))


def measure(params: Params, problem: RosterProblem, roster: Roster) -> float:
    at_work, total = on_phones(problem, roster), 0
    held: dict[tuple[str, str], list[int]] = {}
    for row, agent in enumerate(problem.agents):
        for queue in agent.skills:
            if agent.team and (not params.teams or agent.team in params.teams) and (not params.queues or queue in params.queues):
                held.setdefault((agent.team, queue), []).append(row)
    for (_, queue), members in held.items():
        needed = problem.requirement.heads[problem.requirement.queues.index(queue)].tolist()[-at_work.shape[1] :]
        heads, least = at_work[members].sum(axis=0).tolist(), min(params.min_agents, len(members))
        total += sum(max(0, least - present) for present, need in zip(heads, needed, strict=True) if need)
    return params.under_cost * total * problem.grid.minutes / 60
