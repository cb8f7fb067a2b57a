"""Where every number of a warning comes from: formula and inputs, English or Chinese."""

from collections.abc import Sequence

import numpy as np

from data.model.base import FloatArray
from data.model.centre import Queue
from data.model.demand import LEVELS, Forecast, Requirement
from data.model.response import CapacityWarning, WarningLadder
from optimizer.response.warn import Outlook, bearable_calls, instant, outlook
from optimizer.response.wording import level_text, target_text, title, when
from optimizer.rostering.rules import Tongue

LOW, MIDDLE, HIGH = (LEVELS.index(level) for level in (0.1, 0.5, 0.9))

WORDS: dict[Tongue, tuple[str, ...]] = {
    "en": (
        "{name}, {span}; target {target}; handle time and patience as below, handle-time uncertainty left out.",
        "Chance {chance:.3f} at {slot}: 1 - F({bear:.1f} calls). On the phones {available:.1f} available x (1 - {shrinkage:.2f}) = "
        "{phones:.2f}; they bear {bear:.1f} calls a slot (Erlang inverted; handle time {aht:.0f} s, patience {patience:.0f} s); "
        "F runs through the forecast quantiles (10 % {low:.1f}, 50 % {middle:.1f}, 90 % {high:.1f}).",
        "Missing heads {missing:.2f} at {slot}: max(0, required {required} - {phones:.2f} on the phones) at {calls:.1f} calls.",
        "Need over capacity {need:.2f} at {slot}: required {required} / {phones:.2f} on the phones.",
        "Lost calls {lost:.1f}: sum over {slots} slots of calls x max(0, {goal:.2f} - service); the most in one slot, "
        "{slot}: {calls:.1f} x max(0, {goal:.2f} - {service:.3f}) = {share:.1f}.",
    ),
    "zh": (
        "{name}，{span}；目标：{target}；处理时长与耐心时长见下，未计处理时长的不确定性。",
        "可能性 {chance:.3f}（{slot}）：1 - F({bear:.1f}通)。"
        "在线坐席 = 可用{available:.1f} × (1 - {shrinkage:.2f}) = {phones:.2f}；"
        "每时段可承受{bear:.1f}通（Erlang 反解；处理时长{aht:.0f}秒，耐心{patience:.0f}秒）；F 由预测分位数单调插值"
        "（10% {low:.1f}，50% {middle:.1f}，90% {high:.1f}）。",
        "缺员 {missing:.2f}（{slot}）：max(0, 需求{required} - 在线{phones:.2f})，来电{calls:.1f}通。",
        "需求/产能 {need:.2f}（{slot}）：需求{required} / 在线{phones:.2f}。",
        "损失来电 {lost:.1f}：{slots}个时段 来电 × max(0, {goal:.2f} - 服务水平) 之和；最多的时段 {slot}：{calls:.1f} × "
        "max(0, {goal:.2f} - {service:.3f}) = {share:.1f}。",
    ),
}


def explain(
    warning: CapacityWarning,
    forecast: Forecast,
    requirement: Requirement,
    available: FloatArray,
    queues: Sequence[Queue],
    *,
    ladder: WarningLadder | None = None,
    tongue: Tongue = "en",
) -> str:
    """Formula and inputs of every number of a warning, one line each, each at the slot where it is highest.

    Parameters
    ----------
    warning : CapacityWarning
        Made by `optimizer.response.warn.warnings` from the same inputs.
    forecast, requirement, available, queues, ladder
        As in `optimizer.response.warn.warnings`.
    tongue : str
        ``"en"`` or ``"zh"``.

    Raises
    ------
    InvalidData
        As in `optimizer.response.warn.capacity_chances`.
    """
    view, grid, row = outlook(forecast, requirement, available, queues), forecast.grid, forecast.queues.index(warning.queue)
    span, worst = np.arange(grid.slot(warning.start), grid.slot(warning.end)), grid.slot(warning.worst)
    peaks = [worst, *(int(span[np.argmax(values[row, span])]) for values in (view.missing, view.need, view.lost))]
    head, *lines = WORDS[tongue]
    queue = queues[row]
    texts = [head.format(name=title(queue, tongue), span=when((warning.start, warning.end)), target=target_text(queue, tongue))]
    service = requirement.service(view.on_phones)
    for line, slot in zip(lines, peaks, strict=True):
        cell = _cell(forecast, requirement, view, queue, row, slot)
        total = {"lost": warning.lost_calls, "slots": len(span), "service": service[row, slot], "available": available[row, slot]}
        texts.append(line.format(**cell, **total))
    return "\n".join((*texts, level_text(warning.level, ladder or WarningLadder(), tongue)))


def _cell(forecast: Forecast, requirement: Requirement, view: Outlook, queue: Queue, row: int, slot: int) -> dict[str, object]:
    """Everything a line may name about one slot."""
    at = (row, slot)
    phones, aht = view.on_phones[at], forecast.handle_time_s[at]
    return {
        "slot": f"{instant(forecast.grid, slot):%Y-%m-%d %H:%M}",
        "chance": view.chance[at],
        "bear": bearable_calls(queue, np.array([phones]), np.array([aht]), forecast.grid.minutes)[0],
        "shrinkage": requirement.shrinkage[at],
        "phones": phones,
        "aht": aht,
        "patience": queue.patience_s,
        **{name: forecast.quantiles[row, slot, k] for name, k in (("low", LOW), ("middle", MIDDLE), ("high", HIGH))},
        "missing": view.missing[at],
        "required": int(requirement.on_phone[at]),
        "need": view.need[at],
        "calls": forecast.mean[at],
        "goal": queue.target.service_level,
        "share": view.lost[at],
    }
