"""From a forecast to a requirement: agents per queue and slot, the staffing curve, and how a number came about.

Per queue and slot: arrival rate -> load in Erlang -> least agents that meet every target -> not below the least staff while
open -> ``heads = ceil(on_phone / (1 - shrinkage))``, shrinkage once and last. A slot in which a queue is open for a part
only is staffed as if it were open in full.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np

from data.model.base import FloatArray, IntArray
from data.model.centre import Queue, ServiceTarget
from data.model.demand import LEVELS, Forecast, Requirement
from data.model.errors import Finding, InvalidData, NotFound
from optimizer.staffing.queueing import evaluate, least_agents

TARGETS = ("none", "service_level", "abandonment", "asa", "occupancy", "min_staff")
"""What may ask for the most agents; ``Requirement.binding`` is an index into it."""

Model = Literal["erlang_a", "erlang_c"]
LoadModel = Literal["stationary", "offered_load"]

CURVE_SPAN = (0.05, 0.995)
"""The staffing curve runs from below the first service level to at least the second (house choice)."""

TARGETS_ZH = ("无", "服务水平", "放弃率", "平均应答时间", "占用率上限", "最低在岗人数")


@dataclass(frozen=True, eq=False)
class Explanation:
    """How the requirement of one queue in one slot came about, for a planner to check by hand.

    Parameters
    ----------
    queue : str
    start : datetime
    inputs : dict
        What it was computed from: calls, slot length, handle time, patience, targets, least staff, shrinkage.
    results : dict
        Arrival rate, load in Erlang, agents, heads, and the metrics at the agents and (``_one_less``) at one less.
    binding : str
        One of `TARGETS`.
    lines, lines_zh : tuple of str
        The steps in words, with the numbers.
    """

    queue: str
    start: datetime
    inputs: dict[str, float | str]
    results: dict[str, float]
    binding: str
    lines: tuple[str, ...]
    lines_zh: tuple[str, ...]


def require(
    forecast: Forecast,
    queues: Sequence[Queue],
    *,
    model: Model = "erlang_a",
    load: Literal["mean"] | float = "mean",
    load_model: LoadModel = "stationary",
    points: int = 256,
) -> Requirement:
    """Agents needed for a forecast, and the service that other numbers of agents reach.

    Parameters
    ----------
    forecast : Forecast
    queues : sequence of Queue
        At least the queues of the forecast.
    model : str
        ``erlang_a``: callers hang up with the patience of their queue; ``erlang_c``: never.
    load : "mean" or float in [0.025, 0.975]
        Calls planned for: the expected ones, or a quantile of the forecast.
    load_model : str
        ``stationary`` (default): each slot as if its rate had always held. ``offered_load``: the load carried over from slot
        to slot (see `offered_load`). On simulated two-hump days (80/20, slots of 15 and 30 minutes) the default left 0 to 7 %
        of the slots short at 50 Erlang, the offered load 0 to 11 %; at 300 Erlang 0 to 21 % and 9 to 32 %, at the same hours:
        the average hides the end of a slot in which the load climbs, and agents who finish their last call already help
        where it falls.
    points : int
        Most points of the staffing curve, at least 2; fewer where fewer run from hopeless to nearly perfect.

    Raises
    ------
    InvalidData
        With every queue of the forecast that is not described and every option out of its range.
    """
    _check(forecast, queues, load, points)
    described = {queue.id: queue for queue in queues}
    ordered = [described[name] for name in forecast.queues]
    calls = np.where(forecast.open, _planned(forecast, load), 0.0)
    handle, slot_s = forecast.handle_time_s, forecast.grid.minutes * 60.0
    rate = _rate(calls, handle, slot_s, load_model)
    on_phone, binding = np.zeros(calls.shape, np.int64), np.zeros(calls.shape, np.int64)
    for q, queue in enumerate(ordered):
        found = least_agents(rate[q], handle[q], _patience(queue, model), queue.target)
        short = forecast.open[q] & (found[0] < queue.min_staff)
        on_phone[q] = np.where(short, queue.min_staff, found[0])
        binding[q] = np.where(short, TARGETS.index("min_staff"), found[1])
    first, curve = _curves(rate, handle, on_phone, ordered, model, points)
    shrinkage = np.repeat([[queue.shrinkage] for queue in ordered], calls.shape[1], axis=1)
    return Requirement(
        queues=forecast.queues,
        grid=forecast.grid,
        on_phone=on_phone,
        heads=_heads(on_phone, shrinkage),
        calls=calls,
        handle_time_s=handle,
        curve_first=first,
        curve=curve,
        shrinkage=shrinkage,
        binding=binding,
        method=f"{model}, {load_model} load, calls at {load if load == 'mean' else f'quantile {load:g}'}",
        origin={"model": model, "load": str(load), "load_model": load_model, "forecast": forecast.method},
    )


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


def explain(requirement: Requirement, queue: Queue, slot: int) -> Explanation:
    """How the requirement of one queue in one slot came about.

    Parameters
    ----------
    requirement : Requirement
        As made by `require`.
    queue : Queue
        The queue as it was described to `require`.
    slot : int
        Slot of the grid.

    Raises
    ------
    NotFound
        When the requirement does not hold the queue or the slot.
    """
    if queue.id not in requirement.queues or not 0 <= slot < requirement.grid.size:
        raise NotFound(f"no requirement of queue {queue.id!r} in slot {slot}")
    q = requirement.queues.index(queue.id)
    inputs, results = _inputs(requirement, queue, q, slot), _results(requirement, queue, q, slot)
    binding = int(requirement.binding[q, slot])
    return Explanation(
        queue=queue.id,
        start=requirement.grid.index[slot].to_pydatetime(),
        inputs=inputs,
        results=results,
        binding=TARGETS[binding],
        lines=_told(_LINES, _WORDS, inputs | results, TARGETS[binding].replace("_", " ")),
        lines_zh=_told(_LINES_ZH, _WORDS_ZH, inputs | results, TARGETS_ZH[binding]),
    )


_LINES = (
    "Arrival rate = {calls:.2f} calls / {slot_minutes:g} min = {calls_per_hour:.2f} calls an hour.",
    "Load = calls x handle time / slot = {calls:.2f} x {handle_time_s:.1f} s / {slot_s:g} s = {load_erlang:.3f} Erlang"
    "{load_model_words}; planned for: {planned_load_erlang:.3f} Erlang.",
    "{model_words}: {on_phone:.0f} agents answer {service_level:.1%} within {threshold_s:g} s"
    " (target {target_service_level:.0%}, {definition}); one less {service_level_one_less:.1%}.",
    "They lose {abandon_rate:.1%} of the calls, answer after {asa_s:.1f} s on average and are busy {occupancy:.1%} of the time.",
    "Binding: {binding} (least staff {min_staff:g}).",
    "Heads = {on_phone:.0f} / (1 - shrinkage {shrinkage:.1%}), rounded up = {heads:.0f}.",
)

_WORDS = {
    "erlang_a": "Erlang A (callers wait {patience_s:g} s on average before they hang up)",
    "erlang_c": "Erlang C (nobody hangs up)",
    "stationary": "",
    "offered_load": " if the rate held for ever; calls run on from slot to slot",
}

_WORDS_ZH = {
    "erlang_a": "按 Erlang A 模型（来电者平均等待 {patience_s:g} 秒后放弃）",
    "erlang_c": "按 Erlang C 模型（无人放弃）",
    "stationary": "",
    "offered_load": "（假设到达率恒定）；通话会延续到下一时段",
}

_LINES_ZH = (
    "到达率 = {calls:.2f} 通 / {slot_minutes:g} 分钟 = 每小时 {calls_per_hour:.2f} 通。",
    "话务量 = 来话量 × 平均处理时长 / 时段长度 = {calls:.2f} × {handle_time_s:.1f} 秒 / {slot_s:g} 秒 = {load_erlang:.3f} 爱尔兰"
    "{load_model_words}；计划话务量 {planned_load_erlang:.3f} 爱尔兰。",
    "{model_words}：{on_phone:.0f} 名在线坐席在 {threshold_s:g} 秒内接起 {service_level:.1%}"
    "（目标 {target_service_level:.0%}，口径 {definition}）；少一人则为 {service_level_one_less:.1%}。",
    "放弃率 {abandon_rate:.1%}，平均应答时间 {asa_s:.1f} 秒，占用率 {occupancy:.1%}。",
    "起决定作用的是：{binding}（最低在岗 {min_staff:g} 人）。",
    "排班人数 = {on_phone:.0f} / (1 − 损耗率 {shrinkage:.1%})，向上取整 = {heads:.0f}。",
)


def _told(lines: tuple[str, ...], words: dict[str, str], numbers: dict[str, float | str], binding: str) -> tuple[str, ...]:
    """The lines with the numbers, and the words for the models, filled in."""
    filled = {f"{key}_words": words[str(numbers[key])].format(**numbers) for key in ("model", "load_model")}
    return tuple(line.format(**numbers, **filled, binding=binding) for line in lines)


def _inputs(requirement: Requirement, queue: Queue, q: int, slot: int) -> dict[str, float | str]:
    target = queue.target
    further = {"max_abandon_rate": target.max_abandon_rate, "max_asa_s": target.max_asa_s, "max_occupancy": target.max_occupancy}
    return {
        "calls": float(requirement.calls[q, slot]),
        "slot_minutes": float(requirement.grid.minutes),
        "slot_s": requirement.grid.minutes * 60.0,
        "handle_time_s": float(requirement.handle_time_s[q, slot]),
        "patience_s": _patience(queue, requirement.origin["model"]),
        "model": requirement.origin["model"],
        "load_model": requirement.origin["load_model"],
        "target_service_level": target.service_level,
        "threshold_s": target.threshold_s,
        "definition": target.definition,
        "min_staff": float(queue.min_staff),
        "shrinkage": float(requirement.shrinkage[q, slot]),
        **{name: value for name, value in further.items() if value is not None},
    }


def _results(requirement: Requirement, queue: Queue, q: int, slot: int) -> dict[str, float]:
    row = slice(q, q + 1)
    calls, handle, slot_s = requirement.calls[row], requirement.handle_time_s[row], requirement.grid.minutes * 60.0
    rate = float(_rate(calls, handle, slot_s, requirement.origin["load_model"])[0, slot])
    n, time_s = int(requirement.on_phone[q, slot]), float(handle[0, slot])
    patience, target = _patience(queue, requirement.origin["model"]), queue.target
    at = evaluate([n, max(n - 1, 0)], rate, time_s, patience, target.threshold_s, target.definition)
    metrics = {name: values for name, values in vars(at).items() if name != "wait_probability"}
    return {
        "calls_per_hour": float(calls[0, slot]) * 3600 / slot_s,
        "load_erlang": float(calls[0, slot]) * time_s / slot_s,
        "planned_load_erlang": rate * time_s,
        "on_phone": float(n),
        "heads": float(requirement.heads[q, slot]),
        **{name: float(values[0]) for name, values in metrics.items()},
        **{f"{name}_one_less": float(values[1]) for name, values in metrics.items()},
    }


def _check(forecast: Forecast, queues: Sequence[Queue], load: Literal["mean"] | float, points: int) -> None:
    known = {queue.id for queue in queues}
    findings = [
        Finding("forecast", None, "queues", repr(name), "a queue of the centre", "describe it, or leave it out of the forecast")
        for name in forecast.queues
        if name not in known
    ]
    if load != "mean" and not LEVELS[0] <= load <= LEVELS[-1]:
        findings.append(Finding("require", None, "load", repr(load), f"mean, or a level in [{LEVELS[0]}, {LEVELS[-1]}]"))
    if points < 2:
        findings.append(Finding("require", None, "points", repr(points), "at least 2"))
    if findings:
        raise InvalidData(findings)


def _planned(forecast: Forecast, load: Literal["mean"] | float) -> FloatArray:
    """Calls to plan for: the mean, or a quantile, linear between the levels of the forecast."""
    if load == "mean":
        return forecast.mean
    high = max(int(np.searchsorted(LEVELS, load)), 1)
    share = (load - LEVELS[high - 1]) / (LEVELS[high] - LEVELS[high - 1])
    return (1 - share) * forecast.quantiles[:, :, high - 1] + share * forecast.quantiles[:, :, high]


def _rate(calls: FloatArray, handle_time_s: FloatArray, slot_s: float, load_model: str) -> FloatArray:
    """Calls per second that the queueing model is asked for; none where no calls come."""
    if load_model == "stationary":
        return calls / slot_s
    return np.where(calls > 0, offered_load(calls, handle_time_s, slot_s) / handle_time_s, 0.0)


def _patience(queue: Queue, model: str) -> float:
    return np.inf if model == "erlang_c" else queue.patience_s


def _heads(on_phone: IntArray, shrinkage: FloatArray) -> IntArray:
    # 14 / (1 - 0.3) is 20 and must not become 21 by a rounding error
    return np.ceil(on_phone / (1 - shrinkage) - 1e-9).astype(np.int64)


def _curves(
    rate: FloatArray, handle: FloatArray, on_phone: IntArray, queues: Sequence[Queue], model: Model, points: int
) -> tuple[IntArray, FloatArray]:
    """First point and service level of every staffing curve; all ones where no calls come."""
    first, width = np.zeros(on_phone.shape, np.int64), np.full(on_phone.shape, 2)
    for q, queue in enumerate(queues):
        low, high = (_at_level(level, rate[q], handle[q], queue, model) for level in CURVE_SPAN)
        low = np.maximum(low - 1, 0)
        first[q], width[q] = low, np.maximum(high, on_phone[q] + 1) - low + 1
    size = min(points, int(width.max()))
    # where the window is too narrow, the agents needed stay inside it, with a quarter of it above them
    first = np.where(width > size, np.maximum(first, on_phone - size + 1 + size // 4), first)
    curve = np.empty((*on_phone.shape, size))
    for q, queue in enumerate(queues):
        n = first[q][:, None] + np.arange(size)
        limit, definition = queue.target.threshold_s, queue.target.definition
        curve[q] = evaluate(n, rate[q][:, None], handle[q][:, None], _patience(queue, model), limit, definition).service_level
    return first, np.maximum.accumulate(np.clip(curve, 0.0, 1.0), axis=-1)


def _at_level(level: float, rate: FloatArray, handle: FloatArray, queue: Queue, model: Model) -> IntArray:
    target = ServiceTarget(service_level=level, threshold_s=queue.target.threshold_s, definition=queue.target.definition)
    return least_agents(rate, handle, _patience(queue, model), target)[0]
