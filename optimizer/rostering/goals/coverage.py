"""Coverage: as few agents missing, and as few too many, as can be, each agent put to the best use of the skills.

An agent on shift and not at a meal serves one of the agent's queues in each slot; an idle agent has to stand somewhere.
A shift and a meal that are no whole number of slots are rounded: starts and lengths each to the nearest slot, halves up.
"""

from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from data.model.base import BoolArray, FloatArray, Frozen, IntArray
from data.model.roster import Roster
from data.model.time import epoch_minutes
from optimizer.rostering.goals import Charge
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.rules import Tongue

GREEDY_QUEUES = 10
"""Up to so many queues every set of them is looked at; beyond, a linear programme is solved (house choice)."""


class Params(Frozen):
    """No numbers: the prices stand at the queues (``under_cost``, ``over_cost``)."""


def sentence(params: Params, language: Tongue) -> str:
    if language == "zh":
        return "各队列各时段缺员与冗员按队列单价计费，坐席按技能最优分配。"
    return "Agents missing and agents too many cost what each queue says, agents being put to the best use of their skills."


def charge(params: Params, problem: RosterProblem) -> Charge:
    return Charge()


def measure(params: Params, problem: RosterProblem, roster: Roster) -> float:
    priced = slice(int(problem.grid.day_slot[problem.first_open]), None)
    agents = present(problem, roster)[:, priced]
    heads = problem.requirement.heads[:, priced].astype(np.float64)
    under, over = problem.prices
    if len(heads) == 1:
        missing = heads[0] - agents.sum(axis=0)
        return float((np.maximum(missing, 0) * under[0] + np.maximum(-missing, 0) * over[0]).sum())
    solve = _greedy if len(heads) <= GREEDY_QUEUES else _programme
    return solve(agents, heads, problem.group_mask, problem.prices)


def present(problem: RosterProblem, roster: Roster) -> IntArray:
    """Agents of each skill group on shift and not at a meal; shape (groups, slots)."""
    grid, change = problem.grid, np.zeros((len(problem.groups), problem.grid.size + 1), dtype=np.int64)
    group = problem.group_of[[problem.index[agent] for agent in roster.agents]]
    for day, start in sorted({(int(d), int(roster.start[a, d])) for a, d in np.argwhere(roster.start >= 0)}):
        rows = roster.start[:, day] == start
        begin = _nearest(epoch_minutes(roster.instant(day, start)) - int(grid.day_start_minutes[0]), grid.minutes)
        for length, meal, pause in sorted(set(zip(*(x[rows, day].tolist() for x in _shape(roster)), strict=True))):
            alike = zip(_shape(roster), (length, meal, pause), strict=True)
            these = np.logical_and.reduce([rows, *(part[:, day] == value for part, value in alike)])
            heads = np.bincount(group[these], minlength=len(change))
            end = begin + _nearest(length, grid.minutes)
            away = min(begin + _nearest(meal, grid.minutes), end)
            back = min(away + _nearest(pause, grid.minutes), end)
            for at, sign in ((begin, 1), (end, -1), *(((away, -1), (back, 1)) if meal >= 0 else ())):
                change[:, min(max(at, 0), grid.size)] += sign * heads
    return change.cumsum(axis=1)[:, :-1]


def _shape(roster: Roster) -> tuple[IntArray, IntArray, IntArray]:
    return roster.minutes, roster.meal, roster.meal_minutes


def _nearest(minutes: int, slot: int) -> int:
    return (2 * minutes + slot) // (2 * slot)


def _greedy(agents: IntArray, heads: FloatArray, mask: BoolArray, prices: FloatArray) -> float:
    """Least cost when service is a polymatroid: take the best price first, as far as every set of queues allows.

    References
    ----------
    Edmonds (1970), Submodular functions, matroids, and certain polyhedra; Federgruen, Groenevelt (1986), The greedy
    procedure for resource allocation problems, doi:10.1287/opre.34.6.909.
    """
    queues, slots = heads.shape
    member = (np.arange(1 << queues)[:, None] >> np.arange(queues)) & 1 == 1
    room = ((mask.astype(np.int64) @ member.T.astype(np.int64)) > 0).T.astype(np.int64) @ agents
    room = room.astype(np.float64)
    under, over = prices
    steps = sorted([*((-under[q], q) for q in range(queues)), *((over[q], q) for q in range(queues))])
    cost, served = float((under @ heads).sum()), np.zeros((queues, slots))
    for price, q in steps:
        sets = member[:, q]
        more = room[sets].min(axis=0)
        if price < 0:
            more = np.minimum(more, heads[q] - served[q])
        served[q] += more
        room[sets] -= more
        cost += float(price * more.sum())
    return cost


def _programme(agents: IntArray, heads: FloatArray, mask: BoolArray, prices: FloatArray) -> float:
    """Least cost by one linear programme over all slots, a block for each."""
    (groups, slots), queues = agents.shape, len(heads)
    g, q = np.nonzero(mask)
    t, pairs, balances = np.arange(slots), len(g) * slots, queues * slots
    serve = np.arange(pairs)
    slack = pairs + np.arange(2 * balances)
    balance = groups * slots + np.arange(balances)
    rows = np.concatenate([(g[:, None] * slots + t).ravel(), (groups * slots + q[:, None] * slots + t).ravel(), balance, balance])
    values = np.concatenate([np.ones(2 * pairs + balances), -np.ones(balances)])
    columns, shape = np.concatenate([serve, serve, slack]), (groups * slots + balances, pairs + 2 * balances)
    matrix = coo_array((values, (rows, columns)), shape=shape)
    cost = np.concatenate([np.zeros(pairs), np.repeat(prices, slots, axis=1).ravel()])
    answer: Any = linprog(cost, A_eq=matrix.tocsr(), b_eq=np.concatenate([agents.ravel(), heads.ravel()]), method="highs-ds")
    return float(answer.fun)
