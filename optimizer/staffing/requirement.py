"""From a forecast to a requirement: agents per queue and slot, and the staffing curve.

Per queue and slot: arrival rate -> load in Erlang -> least agents that meet every target -> not below the least staff while
open -> ``heads = ceil(on_phone / (1 - shrinkage))``, shrinkage once and last. A slot in which a queue is open for a part
only is staffed as if it were open in full. Deferred work has no arrival rate to stand up to: it is levelled over the open
hours in which it is in time, on top of the other queues. `optimizer.staffing.explain.requirement` says how a number came about.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.centre import Queue, ShrinkageCause
from data.model.demand import LEVELS, Forecast, Requirement
from data.model.errors import Finding, InvalidData
from optimizer.staffing.curves import staffing_curves, work_curve
from optimizer.staffing.expected import WEIGHTS, rate_nodes
from optimizer.staffing.levelling import Levelled, level
from optimizer.staffing.pool import TARGETS, Model, Pool, patience_of
from optimizer.staffing.shrinkage import shrinkage
from optimizer.staffing.transient import forward_search

Load = Literal["mean", "expected"] | float
LoadModel = Literal["stationary", "offered_load", "carried"]


@dataclass(frozen=True, eq=False)
class Need:
    """Agents that one queue needs.

    Parameters
    ----------
    on_phone, binding : array of int, shape (slots,)
        As in `Requirement`.
    moved : array of int, shape (slots,)
        Agents more than in the stationary model, because of what earlier slots leave over.
    """

    on_phone: IntArray
    binding: IntArray
    moved: IntArray


def require(
    forecast: Forecast,
    queues: Sequence[Queue],
    *,
    model: Model = "erlang_a",
    load: Load = "mean",
    load_model: LoadModel = "stationary",
    points: int = 256,
    causes: Sequence[ShrinkageCause] = (),
) -> Requirement:
    """Agents needed for a forecast, and the service that other numbers of agents reach.

    Parameters
    ----------
    forecast : Forecast
    queues : sequence of Queue
        At least the queues of the forecast.
    model : str
        ``erlang_a``: callers hang up with the patience of their queue; ``erlang_c``: never.
    load : "mean", "expected" or float in [0.025, 0.975]
        Calls planned for: the expected ones, or a quantile of the forecast. ``expected``: the targets hold in expectation over
        the rates that the forecast holds possible (`optimizer.staffing.expected`), and so does the staffing curve; deferred
        work is planned at its mean.
    load_model : str
        ``stationary`` (default): each slot as if its rate had always held. ``offered_load``: the load carried over from slot
        to slot (see `offered_load`). On simulated two-hump days (80/20, slots of 15 and 30 minutes) the default left 0 to 7 %
        of the slots short at 50 Erlang, the offered load 0 to 11 %; at 300 Erlang 0 to 21 % and 9 to 32 %, at the same hours:
        the average hides the end of a slot in which the load climbs, and agents who finish their last call already help
        where it falls. ``carried``: exact, the line that a slot leaves and the agents who finish their call go on into the next
        (`optimizer.staffing.transient.forward_search`). Its curve is the stationary one, moved by the agents that it asks
        for more; what ``expected`` asks for above the mean is added as in the stationary model.
    points : int
        Most points of the staffing curve, at least 2; fewer where fewer run from hopeless to nearly perfect.
    causes : sequence of ShrinkageCause
        Of every queue; known or not at the origin of the forecast.

    Raises
    ------
    InvalidData
        With every queue of the forecast that is not described and every option out of its range; with every queue of which
        shrinkage leaves nothing.
    """
    _check(forecast, queues, load, load_model, points)
    described = {queue.id: queue for queue in queues}
    ordered = [described[name] for name in forecast.queues]
    lost = shrinkage(ordered, causes, forecast.grid, forecast.origin)
    pools, planned = _pools(forecast, ordered, model, load, load_model)
    slot_s = forecast.grid.minutes * 60.0
    needs = [_need(pool, forecast.open[q], slot_s, load_model) for q, pool in enumerate(pools)]
    levelled = _levelled(forecast, ordered, planned * forecast.handle_time_s / slot_s, needs)
    for q, work in levelled.items():
        needs[q] = _work_need(ordered[q], forecast.open[q], work)
    on_phone = np.stack([need.on_phone for need in needs])
    first, curve = staffing_curves(pools, on_phone, np.stack([need.moved for need in needs]), points)
    for q in levelled:
        first[q], curve[q] = work_curve(on_phone[q], curve.shape[-1])
    return Requirement(
        queues=forecast.queues,
        grid=forecast.grid,
        on_phone=on_phone,
        heads=heads_of(on_phone, lost),
        calls=planned,
        handle_time_s=forecast.handle_time_s,
        curve_first=first,
        curve=curve,
        shrinkage=lost,
        binding=np.stack([need.binding for need in needs]),
        method=f"{model}, {load_model} load, {_LOADS.get(load, f'calls at quantile {load}')}",
        origin=_how(forecast, model, load, load_model) | _late(ordered, levelled, slot_s),
    )


_LOADS: dict[Load, str] = {"mean": "calls at mean", "expected": "expected service"}


def _how(forecast: Forecast, model: Model, load: Load, load_model: LoadModel) -> dict[str, str]:
    """What an explanation needs to know of the making."""
    known_at = forecast.origin.isoformat()
    return {"model": model, "load": str(load), "load_model": load_model, "forecast": forecast.method, "known_at": known_at}


def _pools(
    forecast: Forecast, queues: Sequence[Queue], model: Model, load: Load, load_model: LoadModel
) -> tuple[list[Pool], FloatArray]:
    """The queues with the rates they are planned for, none where nobody has to answer at once, and their expected calls."""
    calls, weights = possible_calls(forecast, load)
    # nobody answers a closed queue, but deferred work waits for its hours
    waits = np.array([[queue.channel == "deferred"] for queue in queues])
    calls = np.where((forecast.open | waits)[..., None], calls, 0.0)
    rates = call_rates(calls, forecast.handle_time_s, forecast.grid.minutes * 60.0, load_model)
    rates = np.where(waits[..., None], 0.0, rates)
    handle = forecast.handle_time_s
    return [Pool(queue, model, rates[q], handle[q], weights) for q, queue in enumerate(queues)], calls @ weights


def possible_calls(forecast: Forecast, load: Load) -> tuple[FloatArray, FloatArray]:
    """Calls to plan for and their chances, shapes (queues, slots, nodes) and (nodes,)."""
    if load == "expected":
        return rate_nodes(forecast), WEIGHTS
    return (forecast.mean if load == "mean" else _quantile(forecast, load))[..., None], np.ones(1)


def _quantile(forecast: Forecast, share: float) -> FloatArray:
    """Quantile of the forecast, linear between its levels."""
    high = max(int(np.searchsorted(LEVELS, share)), 1)
    part = (share - LEVELS[high - 1]) / (LEVELS[high] - LEVELS[high - 1])
    return (1 - part) * forecast.quantiles[:, :, high - 1] + part * forecast.quantiles[:, :, high]


def call_rates(calls: FloatArray, handle_time_s: FloatArray, slot_s: float, load_model: str) -> FloatArray:
    """Calls per second that the queueing model is asked for, shape (queues, slots, nodes); none where no calls come."""
    if load_model != "offered_load":
        return calls / slot_s
    loads = [offered_load(calls[..., k], handle_time_s, slot_s) for k in range(calls.shape[-1])]
    return np.where(calls > 0, np.stack(loads, axis=-1) / handle_time_s[..., None], 0.0)


def offered_load(calls: FloatArray, handle_time_s: FloatArray, slot_s: float) -> FloatArray:
    """Agents that would be busy on average in each slot if nobody ever waited, in Erlang.

    Callers who come late in a slot are still being served in the next: the load follows ``m' = rate - m / handle time``,
    solved in closed form slot by slot and averaged over the slot. Before the first slot its rate is taken to have held.

    Parameters
    ----------
    calls : array of float, shape (queues, slots)
        Calls per slot.
    handle_time_s : array of float, shape (queues, slots)
    slot_s : float

    References
    ----------
    Jennings, Mandelbaum, Massey, Whitt, Server staffing to meet time-varying demand (1996), doi:10.1287/mnsc.42.10.1383.
    """
    settled = calls * handle_time_s / slot_s
    turns = slot_s / handle_time_s
    mean_left, left = -np.expm1(-turns) / turns, np.exp(-turns)
    load, now = np.empty_like(settled), settled[:, 0]
    for slot in range(settled.shape[1]):
        gap = now - settled[:, slot]
        load[:, slot] = settled[:, slot] + gap * mean_left[:, slot]
        now = settled[:, slot] + gap * left[:, slot]
    return load


def _need(pool: Pool, is_open: BoolArray, slot_s: float, load_model: str) -> Need:
    found, binding = pool.least()
    moved = np.zeros_like(found)
    least = np.where(is_open, pool.queue.min_staff, 0)
    if load_model == "carried":
        moved, bound = _carried(pool, least, slot_s)
        binding = np.where((moved != 0) & (bound > 0), bound, binding)
        binding = np.where((bound == 0) & (least > 0) & (found + moved <= least), TARGETS.index("min_staff"), binding)
    found = found + moved
    return _at_least(Need(found, binding, moved), least)


def _carried(pool: Pool, least: IntArray, slot_s: float) -> tuple[IntArray, IntArray]:
    """Agents more than in the stationary model when lines and calls run on, both at the mean rate; and what binds."""
    queue, steady = pool.queue, pool.sure().least()[0]
    places = queue.concurrency
    asked, service = forward_search(
        pool.mean_rate,
        pool.handle_time_s,
        patience_of(queue, pool.model),
        slot_s,
        queue.target,
        min_agents=least * places,
        room=queue.room,
    )
    more = -(-asked // places) - steady
    # where the least staff is enough, how many fewer would do is not known
    return np.where(service.binding == 0, np.minimum(more, 0), more), service.binding


def _at_least(need: Need, least: IntArray) -> Need:
    short = need.on_phone < least
    on_phone = np.where(short, least, need.on_phone)
    return Need(on_phone, np.where(short, TARGETS.index("min_staff"), need.binding), need.moved)


def due_slots(queue: Queue, minutes: int) -> int:
    """Slots in which deferred work is to be done, counted with the one in which it comes, as if it came as that starts."""
    return max(int((queue.due_minutes or 0.0) // minutes), 1)


def _levelled(forecast: Forecast, queues: Sequence[Queue], work: FloatArray, needs: list[Need]) -> dict[int, Levelled]:
    """Deferred work of every queue that has it, the most urgent placed first, each over what stands already."""
    deferred = [q for q, queue in enumerate(queues) if queue.channel == "deferred"]
    base = np.zeros(forecast.grid.size) + sum(need.on_phone for q, need in enumerate(needs) if q not in deferred)
    found: dict[int, Levelled] = {}
    for q in sorted(deferred, key=lambda q: queues[q].due_minutes or 0.0):
        load = work[q] / (queues[q].target.max_occupancy or 1.0)
        found[q] = level(load, due_slots(queues[q], forecast.grid.minutes), forecast.open[q], base)
        base = base + found[q].agents
    return found


def _work_need(queue: Queue, is_open: BoolArray, found: Levelled) -> Need:
    binding = np.where(found.agents > 0, TARGETS.index("due"), 0)
    return _at_least(Need(found.agents, binding, np.zeros_like(binding)), np.where(is_open, queue.min_staff, 0))


def _late(queues: Sequence[Queue], found: dict[int, Levelled], slot_s: float) -> dict[str, str]:
    """Agent-hours of deferred work that no open hour takes in time, by queue; nothing if there are none."""
    late = {queues[q].id: float(one.late.sum()) * slot_s / 3600 for q, one in found.items()}
    told = "; ".join(f"{name} {hours:.1f}" for name, hours in late.items() if hours > 0)
    return {"late_hours": told} if told else {}


def heads_of(on_phone: IntArray, lost: FloatArray) -> IntArray:
    """Agents to roster so that as many are on the phones, rounded up."""
    # 14 / (1 - 0.3) is 20 and must not become 21 by a rounding error
    return np.ceil(on_phone / (1 - lost) - 1e-9).astype(np.int64)


def _check(forecast: Forecast, queues: Sequence[Queue], load: Load, load_model: str, points: int) -> None:
    known = {queue.id for queue in queues}
    findings = [
        Finding("forecast", None, "queues", repr(name), "a queue of the centre", "describe it, or leave it out of the forecast")
        for name in forecast.queues
        if name not in known
    ]
    if not (load in ("mean", "expected") or (isinstance(load, float) and LEVELS[0] <= load <= LEVELS[-1])):
        expected = f"mean, expected, or a level in [{LEVELS[0]}, {LEVELS[-1]}]"
        findings.append(Finding("require", None, "load", repr(load), expected))
    if load_model not in get_args(LoadModel):
        findings.append(Finding("require", None, "load_model", repr(load_model), "one of " + ", ".join(get_args(LoadModel))))
    if points < 2:
        findings.append(Finding("require", None, "points", repr(points), "at least 2"))
    if findings:
        raise InvalidData(findings)
