"""Requirement of a centre with skill groups: heads of each group and slot with which every queue meets its targets.

Slot by slot the cheapest heads of a steady interval are searched for (`multiskill_search`), at the load that runs on from slot to
slot. Then whole days are simulated with them, backlog and all, and repaired (`multiskill_day`). In every simulation an agent
serves one contact at a time: nobody counts in full for two skills.
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from data.model.base import FloatArray, IntArray
from data.model.centre import ServiceTarget
from data.model.errors import Finding, InvalidData
from optimizer.staffing.centre_model import CentreModel
from optimizer.staffing.multiskill.bracket import Bracket, bracket
from optimizer.staffing.multiskill.day import DayRepair, short
from optimizer.staffing.multiskill.margins import Margins
from optimizer.staffing.multiskill.search import Effort, SteadySearch
from optimizer.staffing.multiskill.steady import SteadyInterval, steady_interval
from optimizer.staffing.multiskill.surrogate import Surrogate, train
from optimizer.staffing.requirement import offered_load

DAY_EFFORT = Effort(trial_calls=60_000, settled_calls=300_000, patience=1)
"""For a model of several slots, whose days are repaired anyway (house choice)."""


@dataclass(frozen=True, eq=False)
class MultiSkillRequirement:
    """Heads on the phones and what they reach.

    Parameters
    ----------
    queues, groups : tuple of str
    heads : array of int, shape (groups, slots)
        Agents on the phones, before shrinkage; none in a slot for which no staffing can do.
    steady_heads : array of int, shape (groups, slots)
        What each slot would need if the load that runs through it held for ever.
    margins : Margins
        Simulated service level, its standard error and the distance to the targets, shape (queues, slots): of whole days, or of
        the steady interval when the model has one slot; all NaN when a slot has no staffing.
    lower_cost, upper_cost : array of float, shape (slots,)
        Bounds of Erlang on the cost of each slot: pooled, and each queue with agents of its own; inf = no such staffing.
    surrogate : Surrogate or None
        With its held-out error and the hash of the routing; None when there was nothing to search for.
    reasons, reasons_zh : tuple of str
        Why targets cannot be met; empty when they are.
    """

    queues: tuple[str, ...]
    groups: tuple[str, ...]
    heads: IntArray
    steady_heads: IntArray
    margins: Margins
    lower_cost: FloatArray
    upper_cost: FloatArray
    surrogate: Surrogate | None
    reasons: tuple[str, ...] = ()
    reasons_zh: tuple[str, ...] = ()

    @property
    def status(self) -> Literal["feasible", "infeasible"]:
        """Whether every queue meets its targets in the simulation."""
        return "infeasible" if self.reasons else "feasible"


def multi_skill_requirement(
    model: CentreModel,
    calls: ArrayLike,
    targets: Sequence[ServiceTarget],
    *,
    seed: int,
    cost: ArrayLike | None = None,
    most: ArrayLike | None = None,
    effort: Effort | None = None,
    surrogate: Surrogate | None = None,
    executor: Executor | None = None,
) -> MultiSkillRequirement:
    """Cheapest heads found with which every queue meets its targets in every slot.

    Parameters
    ----------
    model : CentreModel
        Its groups are the candidates. With one slot the requirement is that of a steady interval; with more, of whole days that
        start empty.
    calls : array of float, shape (queues, slots)
        Expected calls.
    targets : sequence of ServiceTarget
        One for each queue; threshold and definition must be those of the model, which counts by them. An occupancy cap is held
        by all agents who answer the queue together.
    cost : array of float, shape (groups,), or None
        Cost of an agent for a slot, above 0; None = all alike.
    most : array of float, shape (groups,) or (groups, slots), or None
        Most heads, such as the flexible agents there are; inf or None = no limit.
    effort : Effort or None
        How much is simulated; None = the default, or `DAY_EFFORT` for several slots.
    surrogate : Surrogate or None
        Trained before for this routing; None = train one.
    executor : Executor or None
        Runs simulations side by side: threads will do. The result is the same.

    Raises
    ------
    InvalidData
        With everything that is out of its range or does not fit together.

    References
    ----------
    Cezik, L'Ecuyer, Staffing multiskill call centers via linear programming and simulation (2008), doi:10.1287/mnsc.1070.0824, for
    simulation that corrects a fast model. Jennings et al. (1996), doi:10.1287/mnsc.42.10.1383, for the load of a slot.
    """
    groups, several = len(model.groups), model.slots > 1
    given = np.asarray(calls, np.float64)
    price = np.ones(groups) if cost is None else np.asarray(cost, np.float64)
    limit = np.asarray(np.inf if most is None else most, np.float64)
    _check(model, given, targets, price, limit)
    limit = np.floor(np.broadcast_to(limit[:, None] if limit.ndim == 1 else limit, (groups, model.slots)))
    effort = effort or (DAY_EFFORT if several else Effort())
    intervals = _intervals(model, given)
    bounds = {slot: bracket(each, targets, price, limit[:, slot]) for slot, each in intervals.items()}
    nothing = _nothing(model, bounds)
    if not intervals or nothing.reasons:
        return nothing
    if surrogate is None:
        plans = _plans(intervals, bounds, seed)
        surrogate = train(plans, seed=seed, simulations=effort.training, calls=effort.training_calls, executor=executor)
    inner, outer = (None, executor) if several else (executor, None)
    searches = [
        SteadySearch(interval, targets, price, limit[:, slot], surrogate, effort, seed, inner)
        for slot, interval in intervals.items()
    ]
    found = list((map if outer is None else outer.map)(SteadySearch.solve, searches, bounds.values()))
    steady_heads = nothing.heads.copy()
    steady_heads[:, list(intervals)] = np.stack([staffing.heads for staffing in found], axis=1)
    heads, margins = steady_heads, found[0].margins
    if several:
        repair = DayRepair(model, given, targets, price, limit, effort.days, effort.day_rounds, seed, executor)
        heads, margins = repair.solve(steady_heads)
    told = dict(zip(("reasons", "reasons_zh"), _missed(model, margins, several=several), strict=True))
    return replace(nothing, heads=heads, steady_heads=steady_heads, margins=margins, surrogate=surrogate, **told)


def _intervals(model: CentreModel, calls: FloatArray) -> dict[int, SteadyInterval]:
    """The slots that have calls, as steady intervals at the load that runs on from slot to slot."""
    handle = model.handle_time_s()
    through = np.where(calls > 0, offered_load(calls, handle, model.slot_s) / handle * model.slot_s, 0.0)
    return {slot: steady_interval(model, through, slot) for slot in np.flatnonzero(calls.sum(axis=0) > 0).tolist()}


def _plans(intervals: dict[int, SteadyInterval], bounds: dict[int, Bracket], seed: int) -> list[tuple[SteadyInterval, IntArray]]:
    """Heads between the bounds of each slot, in a random order of the slots, at least 20."""
    rng = np.random.default_rng((seed, 20))
    order = rng.permutation(np.resize(list(intervals), max(20, len(intervals)))).tolist()
    return [(intervals[slot], _between(bounds[slot], rng.random())) for slot in order]


def _between(bounds: Bracket, share: float) -> IntArray:
    """Heads on the way from the lower to the upper bound; from the lower one alone, up to a tenth more."""
    upper = bounds.upper if bounds.upper.size else 1.1 * bounds.lower
    return np.round(bounds.lower + share * (upper - bounds.lower)).astype(np.int64)


def _nothing(model: CentreModel, bounds: dict[int, Bracket]) -> MultiSkillRequirement:
    """The bounds alone, with no heads, and why there can be none."""
    shape = (len(model.queues), model.slots)
    unknown = Margins(*(np.full(shape, np.nan) for _ in range(3)))
    lower, upper = np.zeros(model.slots), np.zeros(model.slots)
    for slot, each in bounds.items():
        lower[slot], upper[slot] = each.lower_cost, each.upper_cost
    heads = np.zeros((len(model.groups), model.slots), np.int64)
    groups = tuple(group.id for group in model.groups)
    reasons = tuple(dict.fromkeys(each.reason for each in bounds.values() if each.reason))
    reasons_zh = tuple(dict.fromkeys(each.reason_zh for each in bounds.values() if each.reason))
    queues = tuple(queue.id for queue in model.queues)
    return MultiSkillRequirement(queues, groups, heads, heads, unknown, lower, upper, None, reasons, reasons_zh)


def _missed(model: CentreModel, margins: Margins, *, several: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which queue misses a target in which slot, in English and Chinese."""
    cells = np.argwhere(short(margins) if several else np.nan_to_num(margins.margin) < 0).tolist()
    told = [(model.queues[q].id, slot, margins.level[q, slot], -margins.margin[q, slot]) for q, slot in cells]
    return (
        tuple(f"{queue}, slot {slot}: service level {level:.1%}, {by:.1%} short of a target" for queue, slot, level, by in told),
        tuple(f"{queue}，第 {slot} 时段：服务水平 {level:.1%}，距目标还差 {by:.1%}" for queue, slot, level, by in told),
    )


def _check(model: CentreModel, calls: FloatArray, targets: Sequence[ServiceTarget], cost: FloatArray, most: FloatArray) -> None:
    groups, shape = len(model.groups), (len(model.queues), model.slots)
    claims: list[tuple[str, object, bool, str]] = [
        ("calls", calls.shape, calls.shape == shape, f"the shape {shape}"),
        ("calls", "negative or not finite", bool((np.isfinite(calls) & (calls >= 0)).all()), "at least 0 and finite"),
        ("targets", len(targets), len(targets) == shape[0], f"{shape[0]}, one for each queue"),
        ("cost", cost.shape, cost.shape == (groups,), f"the shape {(groups,)}"),
        ("cost", "0, negative or not finite", bool((np.isfinite(cost) & (cost > 0)).all()), "above 0 and finite"),
        ("most", most.shape, most.shape in ((), (groups,), (groups, model.slots)), f"the shape {(groups,)} or with slots"),
        ("most", "negative or no number", bool((most >= 0).all()), "at least 0"),
    ]
    for queue, target in zip(model.queues, targets, strict=False):
        same = (queue.threshold_s, queue.definition) == (target.threshold_s, target.definition)
        claims.append((queue.id, (target.threshold_s, target.definition), same, f"{queue.threshold_s:g} s, {queue.definition}"))
    findings = [Finding("multiskill", None, name, str(read), expected) for name, read, holds, expected in claims if not holds]
    if findings:
        raise InvalidData(findings)
