"""Coverage: as few agents missing, and as few too many, as can be, each agent put to the best use of the skills.

An agent on shift and not at a meal or a break serves one of the agent's queues in each slot; an idle agent has to stand
somewhere. A shift and a meal that are no whole number of slots are rounded: starts and lengths each to the nearest slot, halves
up. A break takes its whole slots: one shorter than a slot is not seen, and belongs in the shrinkage.

What agents missing cost is counted in one of three ways. By **heads** each costs the same. By **service** each costs so much
too, and where the service falls below its target the calls that are then lost cost more: as much a call as one agent missing
at the target would lose. By **calls** a call that is not served in target costs the same in every queue and slot, so that the
share of calls served in target is maximised, above the requirement too. In every way an agent below the least staff costs
more, and one too many costs the same.

Service is read off the staffing curve, shrinkage taken off the heads, at whole numbers of heads spread evenly over what the
curve knows, and made convex: the largest convex cost nowhere above these points. For fewer heads than the curve knows the
steepest price goes on. In a month of the sample centre, with four bends, the cost by service lies at most 18 % below that of
the curve itself (many missing, where the curve bends the other way) and 18 % above it (between two points), the cost by calls
12 % and 9 % of all calls of the slot.
"""

from itertools import combinations
from typing import Any, Literal

import numpy as np
from pydantic import Field
from scipy.optimize import linprog
from scipy.sparse import coo_array

from data.model.base import BoolArray, FloatArray, Frozen, IntArray
from data.model.demand import Requirement
from data.model.roster import Roster
from optimizer.rostering.curves import Curves, envelope, straight
from optimizer.rostering.goals import Charge
from optimizer.rostering.headcount import moves
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.rules import Tongue

GREEDY_QUEUES = 10
"""Up to so many queues every set of them is looked at; beyond, a linear programme is solved (house choice)."""
BENDS = 4
"""Bends of what service costs, where none are told (house choice)."""
CALL_COST = 2.0
"""Cost of a call not served in target, where none is told: about ``under_cost`` over the calls that one agent missing at the
target loses, in the median slot of the sample centre grid95598 1.5 to 2.2 (house choice)."""
SATURATED = 0.995
"""Share of the most service a curve reaches, from which on more agents are held to serve no more calls in target (house choice)."""


class Params(Frozen):
    """How agents missing are counted; the prices of an agent stand at the queues (``under_cost``, ``over_cost``).

    Parameters
    ----------
    by : str
        heads, service or calls.
    min_heads_cost : float
        An agent below the least staff of an open queue costs so many times ``under_cost``. House choice.
    bends : int or None
        Most bends of what service costs, beside those at the least staff and at the heads required; None = `BENDS`.
    call_cost : float or None
        By calls: cost of a call not served in target; None = `CALL_COST`.
    """

    by: Literal["heads", "service", "calls"] = "heads"
    min_heads_cost: float = Field(default=3.0, ge=1)
    bends: int | None = Field(default=None, ge=1, le=16)
    call_cost: float | None = Field(default=None, gt=0)


def sentence(params: Params, language: Tongue) -> str:
    bends, call_cost = _numbers(params)
    if language == "zh":
        short = {
            "heads": "各队列各时段缺员按队列单价计费",
            "service": f"各队列各时段缺员按队列单价计费，服务水平低于目标后按损失的服务加价（曲线至多 {bends} 个折点）",
            "calls": f"未在目标时限内接听的来电每通计 {call_cost:g}，各队列相同（曲线至多 {bends} 个折点）",
        }[params.by]
        return f"{short}；低于最低在岗人数的缺员按单价的 {params.min_heads_cost:g} 倍计；冗员按队列单价计费；坐席按技能最优分配。"
    short = {
        "heads": "Agents missing cost what each queue says",
        "service": f"Agents missing cost what each queue says, below the target by the service lost (in at most {bends} bends)",
        "calls": f"A call not served in target costs {call_cost:g} in every queue (in at most {bends} bends)",
    }[params.by]
    return (
        f"{short}; an agent below the least staff {params.min_heads_cost:g} times what the queue says; "
        "agents too many cost what each queue says, agents being put to the best use of their skills."
    )


def _numbers(params: Params) -> tuple[int, float]:
    """Bends of service, and the cost of a call."""
    return params.bends or BENDS, params.call_cost or CALL_COST


def charge(params: Params, problem: RosterProblem) -> Charge:
    need, (under, over) = problem.requirement, problem.prices
    free, least = np.zeros_like(over), least_heads(problem).T
    calls = (_counted(problem) & (params.by == "calls")).T
    curves = straight(need.heads.T.astype(np.float64), np.where(calls, 0.0, under), over)
    curves = curves.plus(straight(least, np.where(least > 0, (params.min_heads_cost - 1) * under, 0.0), free))
    if params.by == "service":
        curves = curves.plus(_below_target(params, problem))
    if params.by == "calls":
        curves = curves.plus(_calls_lost(params, problem))
    return Charge(curves=curves)


def least_heads(problem: RosterProblem) -> FloatArray:
    """Heads that put the least staff on the phones, no more than are required; shape (queues, slots)."""
    need = problem.requirement
    staff = np.array([[problem.centre.queue(queue).min_staff] for queue in need.queues])
    return np.minimum(_rostered(need, staff), need.heads).astype(np.float64)


def _rostered(need: Requirement, on_phone: IntArray) -> IntArray:
    """Heads that put so many on the phones, as the requirement counts them."""
    return np.ceil(on_phone / (1 - need.shrinkage) - 1e-9).astype(np.int64)


def _counted(problem: RosterProblem) -> BoolArray:
    """Where calls are counted: not of deferred work, whose calls and work fall into different slots; shape (queues, slots)."""
    need = problem.requirement
    deferred = [problem.centre.queue(queue).channel == "deferred" for queue in need.queues]
    return (need.calls > 0) & ~np.array(deferred)[:, None]


def _below_target(params: Params, problem: RosterProblem) -> Curves:
    """What the service lost below the target costs more than the heads that are missing to it."""
    need, under = problem.requirement, problem.prices[0]
    target = _heads_to_target(problem)
    agents = _spread(_rostered(need, need.curve_first), target - 1, _numbers(params)[0])
    most, last = (_service(need, heads[:, :, None]) for heads in (target, target - 1))
    lost = np.maximum(most - _service(need, agents), 0.0)
    by_one = np.divide(lost, most - last, out=np.zeros_like(lost), where=most > last)
    extra = np.maximum(by_one - np.maximum(target[:, :, None] - agents, 0), 0.0)
    return _curves(agents, extra * under[:, None, None])


def _heads_to_target(problem: RosterProblem) -> IntArray:
    """Least heads whose service is the queue's target, no more than are required; shape (queues, slots)."""
    need = problem.requirement
    target = np.array([problem.centre.queue(queue).target.service_level for queue in need.queues])
    reached = need.curve >= target[:, None, None]
    heads = _rostered(need, need.curve_first + reached.argmax(axis=2))
    return np.where(reached.any(axis=2), np.minimum(heads, need.heads), need.heads)


def _calls_lost(params: Params, problem: RosterProblem) -> Curves:
    """What the calls not served in target cost."""
    need, (bends, call_cost) = problem.requirement, _numbers(params)
    saturated = (need.curve >= SATURATED * need.curve[:, :, -1:]).argmax(axis=2)
    agents = _spread(_rostered(need, need.curve_first), _rostered(need, need.curve_first + saturated), bends)
    price = np.where(_counted(problem), call_cost * need.calls, 0.0)
    return _curves(agents, price[:, :, None] * (1 - _service(need, agents)))


def _spread(first: IntArray, last: IntArray, bends: int) -> IntArray:
    """Whole numbers from `first` to `last`, as evenly as can be, each above the one before; shape (queues, slots, bends + 1)."""
    step = np.arange(bends + 1)
    even = first[:, :, None] + (last - first)[:, :, None] * step // bends
    return np.maximum.accumulate(even - step, axis=2) + step


def _service(need: Requirement, heads: IntArray) -> FloatArray:
    """Service that heads reach; shape of `heads`: (queues, slots, points)."""
    shown = 1 - need.shrinkage
    return np.stack([need.service(heads[:, :, k] * shown) for k in range(heads.shape[2])], axis=2)


def _curves(agents: IntArray, cost: FloatArray) -> Curves:
    return envelope(agents.swapaxes(0, 1).astype(np.float64), cost.swapaxes(0, 1))


def measure(params: Params, problem: RosterProblem, roster: Roster) -> float:
    first = int(problem.grid.day_slot[problem.first_open])
    agents = present(problem, roster)[:, first:]
    queues = range(len(problem.requirement.queues))
    told = [_segments(params, problem, q, float(agents.sum(axis=0).max(initial=0))) for q in queues]
    length, price = (np.stack([one[part][first:] for one in told]) for part in (0, 1))
    solve = _greedy if len(length) <= GREEDY_QUEUES else _programme
    unserved = np.maximum(-price, 0.0) * length
    return float(unserved.sum()) + solve(agents, length, price, problem.group_mask)


def _segments(params: Params, problem: RosterProblem, q: int, everyone: float) -> tuple[FloatArray, FloatArray]:
    """How many agents each have the same price on a queue, and the price; shape (slots, segments), the first to come first."""
    need, queue = problem.requirement, problem.centre.queue(problem.requirement.queues[q])
    under, over = problem.prices[:, q]
    heads, shown = need.heads[q], 1 - need.shrinkage[q]
    least = np.minimum(np.ceil(queue.min_staff / shown - 1e-9), heads)
    points, slopes = _service_prices(params, problem, q)
    edges = np.sort([0 * heads, least, heads, *points], axis=0).T.astype(np.float64)
    middle = np.concatenate([(edges[:, 1:] + edges[:, :-1]) / 2, edges[:, -1:] + 0.5], axis=1).T
    by_calls = (params.by == "calls") & (need.calls[q] > 0) & (queue.channel != "deferred")
    price = np.where(middle < heads, -under * ~by_calls, over) - np.where(middle < least, (params.min_heads_cost - 1) * under, 0)
    for k, slope in enumerate(slopes):
        price += np.where((middle < points[k + 1]) & ((middle > points[k]) | (k == 0)), slope, 0.0)
    return np.append(np.diff(edges, axis=1), np.full((len(heads), 1), everyone), axis=1), price.T


def _service_prices(params: Params, problem: RosterProblem, q: int) -> tuple[list[IntArray], list[FloatArray]]:
    """Numbers of heads at which the service of a queue is looked up, and the price of an agent between two of them."""
    if params.by == "heads":
        return [], []
    points, cost = (_short_costs if params.by == "service" else _call_costs)(params, problem, q)
    return points, _convex(points, cost)


def _short_costs(params: Params, problem: RosterProblem, q: int) -> tuple[list[IntArray], list[FloatArray]]:
    """What the service lost below the target costs beyond the heads."""
    need, level = problem.requirement, problem.centre.queue(problem.requirement.queues[q]).target.service_level
    goal = [int((row >= level).argmax()) if row[-1] >= level else -1 for row in need.curve[q]]
    known = _heads_at(need, q, np.array(goal))
    target = np.where(np.array(goal) < 0, need.heads[q], np.minimum(known, need.heads[q]))
    points = _points(_heads_at(need, q, 0), target - 1, params)
    served = _reached(need, q, target)
    one = served - _reached(need, q, target - 1)
    worth = np.where(one > 0, problem.prices[0, q] / np.where(one > 0, one, 1.0), 0.0)
    lost = [np.maximum(served - _reached(need, q, heads), 0.0) for heads in points]
    heads_cost = [problem.prices[0, q] * np.maximum(target - heads, 0) for heads in points]
    return points, [np.maximum(worth * calls - paid, 0.0) for calls, paid in zip(lost, heads_cost, strict=True)]


def _call_costs(params: Params, problem: RosterProblem, q: int) -> tuple[list[IntArray], list[FloatArray]]:
    """What the calls cost that are not served in target."""
    need, deferred = problem.requirement, problem.centre.queue(problem.requirement.queues[q]).channel == "deferred"
    most = np.array([int((row >= SATURATED * row[-1]).argmax()) for row in need.curve[q]])
    points = _points(_heads_at(need, q, 0), _heads_at(need, q, most), params)
    calls = need.calls[q] * (0.0 if deferred else _numbers(params)[1])
    return points, [calls * (1 - _reached(need, q, heads)) for heads in points]


def _heads_at(need: Requirement, q: int, place: IntArray | int) -> IntArray:
    """Heads at a place of the staffing curve of a queue; shape (slots,)."""
    return np.ceil((need.curve_first[q] + place) / (1 - need.shrinkage[q]) - 1e-9).astype(np.int64)


def _reached(need: Requirement, q: int, heads: IntArray) -> FloatArray:
    """Service of a queue with so many heads; shape (slots,)."""
    return need.service(heads * (1 - need.shrinkage[q]))[q]


def _points(first: IntArray, last: IntArray, params: Params) -> list[IntArray]:
    """Where the service is looked up: from one number of heads to another in steps as even as whole numbers are."""
    bends, points = _numbers(params)[0], [first]
    for k in range(1, bends + 1):
        points.append(np.maximum(first + (last - first) * k // bends, points[-1] + 1))
    return points


def _convex(points: list[IntArray], cost: list[FloatArray]) -> list[FloatArray]:
    """Slopes of the largest convex cost below some points: at each point the lowest chord of two others."""
    least = list(cost)
    for a, b in combinations(range(len(points)), 2):
        slope = (cost[b] - cost[a]) / (points[b] - points[a])
        for k in range(a + 1, b):
            least[k] = np.minimum(least[k], cost[a] + slope * (points[k] - points[a]))
    return [(least[k + 1] - least[k]) / (points[k + 1] - points[k]) for k in range(len(points) - 1)]


def present(problem: RosterProblem, roster: Roster) -> IntArray:
    """Agents of each skill group on shift and not at a pause; shape (groups, slots)."""
    group = problem.group_of[[problem.index[agent] for agent in roster.agents]]
    change = np.zeros((len(problem.groups), problem.grid.size + 1), dtype=np.int64)
    for agents, slots, sign in moves(problem, roster):
        np.add.at(change, (group[agents], slots), sign)
    return change.cumsum(axis=1)[:, :-1]


def _greedy(agents: IntArray, length: FloatArray, price: FloatArray, mask: BoolArray) -> float:
    """Least cost when service is a polymatroid: in each slot the best price first, as far as every set of queues allows.

    Parameters
    ----------
    agents : array of int, shape (groups, slots)
    length, price : array of float, shape (queues, slots, segments)
        Prices of a queue rise from segment to segment; the last one takes everybody.
    mask : array of bool, shape (groups, queues)

    References
    ----------
    Edmonds (1970), Submodular functions, matroids, and certain polyhedra; Federgruen, Groenevelt (1986), The greedy
    procedure for resource allocation problems, doi:10.1287/opre.34.6.909.
    """
    queues, slots, segments = length.shape
    member = (np.arange(1 << queues)[:, None] >> np.arange(queues)) & 1 == 1
    room = (((mask.astype(np.int64) @ member.T) > 0).T.astype(np.int64) @ agents).astype(np.float64)
    length, price = (part.swapaxes(0, 1).reshape(slots, -1) for part in (length, price))
    cost, slot = 0.0, np.arange(slots)
    for place in np.argsort(price, axis=1, kind="stable").T:
        sets = member[:, place // segments]
        more = np.minimum(length[slot, place], np.where(sets, room, np.inf).min(axis=0))
        room -= sets * more
        cost += float(price[slot, place] @ more)
    return cost


def _programme(agents: IntArray, length: FloatArray, price: FloatArray, mask: BoolArray) -> float:
    """Least cost by one linear programme over all slots, a block for each; parameters as in `_greedy`."""
    (groups, slots), (queues, _, segments) = agents.shape, length.shape
    g, q = np.nonzero(mask)
    t, pairs = np.arange(slots), len(g) * slots
    balance = groups * slots + np.arange(queues * slots)
    queue_rows = (groups * slots + q[:, None] * slots + t).ravel()
    rows = np.concatenate([(g[:, None] * slots + t).ravel(), queue_rows, np.repeat(balance, segments)])
    columns = np.concatenate([np.arange(pairs), np.arange(pairs), pairs + np.arange(length.size)])
    values = np.concatenate([np.ones(2 * pairs), -np.ones(length.size)])
    matrix = coo_array((values, (rows, columns)), shape=(groups * slots + queues * slots, pairs + length.size))
    most = np.concatenate([np.full(pairs, np.inf), length.ravel()])
    present_or_nobody = np.concatenate([agents.ravel(), np.zeros(queues * slots)])
    limits = np.stack([np.zeros_like(most), most], axis=1)
    cost = np.concatenate([np.zeros(pairs), price.ravel()])
    answer: Any = linprog(cost, A_eq=matrix.tocsr(), b_eq=present_or_nobody, bounds=limits, method="highs-ds")
    return float(answer.fun)
