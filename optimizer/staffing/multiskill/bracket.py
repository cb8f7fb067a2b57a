"""Bounds on the heads that a steady interval of a centre with skill groups needs, from Erlang alone.

Lower: whoever answers some queue of a set must be at least as many as one pool needs for all calls of the set, for every set of
queues. Upper: each queue has agents of its own, and each agent serves one queue. The truth lies between: each agent counts
once, and the pooling that flexible agents bring is neither nothing nor perfect. Erlang knows exponential handle times only; with
others the truth may lie an agent or two outside.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.optimize import milp

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.centre import ServiceTarget
from optimizer.staffing.multiskill.steady import SteadyInterval
from optimizer.staffing.queueing import least_agents

POOL_DOUBT = 0.03
"""Share of a pool's agents that other handle times than exponential may save: only when the heads that may be had are fewer still
is a target called out of reach without a simulation (house choice)."""

ALL_SETS = 10
"""Up to so many queues every set of them bounds the heads; beyond, single queues, pairs and all of them (house choice)."""


@dataclass(frozen=True, eq=False)
class Bracket:
    """Cheapest heads by both bounds, or why there are none.

    Parameters
    ----------
    lower, upper : array of int, shape (groups,)
        Least heads by the pooled sets, and heads with which every queue has agents of its own. `upper` is empty where the groups
        may not have so many.
    lower_cost, upper_cost : float
        Cost of both; `upper_cost` is inf where `upper` is empty.
    reason, reason_zh : str
        Why no staffing can do; empty when one may.
    """

    lower: IntArray
    upper: IntArray
    lower_cost: float
    upper_cost: float
    reason: str = ""
    reason_zh: str = ""


def bracket(interval: SteadyInterval, targets: Sequence[ServiceTarget], cost: FloatArray, most: FloatArray) -> Bracket:
    """Both bounds of an interval.

    Parameters
    ----------
    targets : sequence of ServiceTarget
        One for each queue of the model. A set is asked for the mean service level and threshold of its calls; the further
        targets count for single queues only.
    cost : array of float, shape (groups,)
        Cost of an agent.
    most : array of float, shape (groups,)
        Most heads; inf = no limit.

    References
    ----------
    House choice. The sets are those of the polymatroid of Federgruen, Groenevelt, Characterization and optimization of achievable
    performance in general queueing systems (1988), doi:10.1287/opre.36.5.733.
    """
    sets = _sets(interval.busy.tolist())
    touching = np.array([interval.answers[list(members)].any(axis=0) for members in sets]).reshape(-1, cost.size)
    needed = np.array([_pool(interval, targets, members) for members in sets], np.float64)
    reach = touching * interval.capacity
    there = np.where(touching, most * interval.capacity, 0.0).sum(axis=1)
    short = (1 - POOL_DOUBT) * needed > there
    if short.any():
        none, first = np.zeros(0, np.int64), int(np.argmax(short))
        return Bracket(none, none, np.inf, np.inf, *_why(interval, sets[first], needed[first], most))
    lower = _cheapest(cost, most, reach, np.minimum(needed, there))
    upper = _own_agents(interval, cost, most, needed[: interval.busy.size])
    return Bracket(lower, upper, float(cost @ lower), float(cost @ upper) if upper.size else np.inf)


def _sets(queues: list[int]) -> list[tuple[int, ...]]:
    """Sets of queues that bound the heads, single ones first."""
    sizes = range(1, len(queues) + 1) if len(queues) <= ALL_SETS else (1, 2, len(queues))
    return [members for size in sizes for members in combinations(queues, size)]


def _pool(interval: SteadyInterval, targets: Sequence[ServiceTarget], members: tuple[int, ...]) -> int:
    """Least agents of a pool of queues."""
    rate, handle, patience = interval.pooled(sum(1 << q for q in members))
    return int(least_agents(rate, handle, patience, _common(interval, targets, members))[0])


def _common(interval: SteadyInterval, targets: Sequence[ServiceTarget], members: tuple[int, ...]) -> ServiceTarget:
    """Target of a pool: that of its queue, or the means over its calls."""
    if len(members) == 1:
        return targets[members[0]]
    share = interval.rates[list(members)] / interval.rates[list(members)].sum()
    level, limit = ([getattr(targets[q], name) for q in members] for name in ("service_level", "threshold_s"))
    definition = targets[members[0]].definition
    return ServiceTarget(service_level=float(share @ level), threshold_s=float(share @ limit), definition=definition)


def _cheapest(cost: FloatArray, most: FloatArray, reach: FloatArray, needed: FloatArray) -> IntArray:
    """Cheapest whole heads x <= most with ``reach @ x >= needed``; empty when there are none."""
    if not len(needed):
        return np.zeros(cost.size, np.int64)
    rows, low = np.vstack([reach, np.eye(cost.size)]), np.r_[needed - 1e-9, np.zeros(cost.size)]
    high = np.r_[np.full(needed.size, np.inf), most]
    found = milp(cost, integrality=np.ones(cost.size), constraints=[(rows, low, high)])
    return np.round(found.x).astype(np.int64) if found.x is not None else np.zeros(0, np.int64)


def _own_agents(interval: SteadyInterval, cost: FloatArray, most: FloatArray, needed: FloatArray) -> IntArray:
    """Cheapest heads with which each agent serves one queue only; empty when the groups may not have so many."""
    queue, group = np.nonzero(interval.answers[interval.busy])
    serves = (queue == np.arange(needed.size)[:, None]) * interval.capacity[group]
    held: BoolArray = group == np.arange(cost.size)[:, None]
    limited = np.isfinite(most)
    rows, low = np.vstack([serves, held[limited]]), np.r_[needed - 1e-9, np.zeros(limited.sum())]
    high = np.r_[np.full(needed.size, np.inf), most[limited]]
    found = milp(cost[group], integrality=np.ones(group.size), constraints=[(rows, low, high)])
    return np.round(held @ found.x).astype(np.int64) if found.x is not None else np.zeros(0, np.int64)


def _why(interval: SteadyInterval, members: tuple[int, ...], needed: float, most: FloatArray) -> tuple[str, str]:
    """Why a set of queues cannot be served, in English and Chinese."""
    names = ", ".join(interval.model.queues[q].id for q in members)
    groups = interval.answers[list(members)].any(axis=0)
    if not groups.any():
        return f"no group answers {names}", f"没有技能组能够应答 {names}"
    heads = f"{most[groups].sum():g}"
    return (
        f"{names}: one pool would need {needed:.0f} agents, the groups that answer may have {heads} heads",
        f"{names}：即使合并成一个池也需要 {needed:.0f} 名坐席，能够应答的技能组最多只有 {heads} 人",
    )
