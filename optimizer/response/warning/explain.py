"""Where every number of a warning comes from: formula and inputs, English or Chinese."""

from collections.abc import Iterator, Sequence

import numpy as np

from data.model.base import FloatArray
from data.model.centre import Queue
from data.model.demand import LEVELS, Forecast, Requirement
from data.model.response import CapacityWarning, WarningLadder
from optimizer.response.warning.distribution import rate_quantiles
from optimizer.response.warning.warn import Outlook, bearable_calls, instant, outlook
from optimizer.response.warning.wording import (
    CHANCES,
    causes_text,
    days_text,
    grounds_text,
    level_text,
    remedy_text,
    target_text,
    title,
    when,
)
from optimizer.rostering.rules import Tongue
from optimizer.staffing.realised import FEW, miss_chance, realised_service

LOW, MIDDLE, HIGH = (LEVELS.index(level) for level in (0.1, 0.5, 0.9))

LAWS: dict[Tongue, tuple[str, str]] = {
    "en": ("a Poisson number of calls, beta-binomial", "Beta law"),
    "zh": ("通数服从泊松分布的贝塔-二项分布", "贝塔分布"),
}
"""Law of the realised service of few and of many calls."""

WORDS: dict[Tongue, tuple[str, ...]] = {
    "en": (
        "{name}, {span}; target {target}; handle time and patience as below, handle-time uncertainty left out.",
        "{of_expected}: {chance:.3f} at {slot} = 1 - F({bear:.1f} calls). On the phones {available:.1f} available x "
        "(1 - {shrinkage:.2f}) = {phones:.2f}; they bear {bear:.1f} calls a slot (Erlang inverted; handle time {aht:.0f} s, "
        "patience {patience:.0f} s); F runs through the quantiles of the call rate (10 % {low:.1f}, 50 % {middle:.1f}, "
        "90 % {high:.1f} calls a slot): the forecast of the count (10 % {low_count:.1f}, 90 % {high_count:.1f}) less its Poisson "
        "noise.",
        "{of_interval}: {realised:.3f} at {slot}, averaged over the same F. At its median, {middle:.1f} calls a slot, and {whole} "
        "whole agents on the phones it is {known:.3f} = P(realised < {goal:.2f}): {law} with mean {expected:.3f} and standard "
        "deviation sqrt({path:.4f}² by the state of the queue + {luck:.4f}² by the single calls) = {deviation:.4f}; linear between "
        "whole agents.",
        "Missing heads {missing:.2f} at {slot}: max(0, required {required} - {phones:.2f} on the phones) at {calls:.1f} calls.",
        "Need over capacity {need:.2f} at {slot}: required {required} / {phones:.2f} on the phones.",
        "Lost calls {lost:.1f}: sum over {slots} slots of calls x max(0, {goal:.2f} - service); the most in one slot, "
        "{slot}: {calls:.1f} x max(0, {goal:.2f} - {service:.3f}) = {share:.1f}.",
    ),
    "zh": (
        "{name}，{span}；目标：{target}；处理时长与耐心时长见下，未计处理时长的不确定性。",
        "{of_expected} {chance:.3f}（{slot}）= 1 - F({bear:.1f}通)。"
        "在线坐席 = 可用{available:.1f} × (1 - {shrinkage:.2f}) = {phones:.2f}；"
        "每时段可承受{bear:.1f}通（Erlang 反解；处理时长{aht:.0f}秒，耐心{patience:.0f}秒）；F 由来电率分位数单调插值"
        "（每时段10% {low:.1f}通，50% {middle:.1f}通，90% {high:.1f}通），即来电量预测（10% {low_count:.1f}，90% {high_count:.1f}）"
        "去除泊松波动。",
        "{of_interval} {realised:.3f}（{slot}），按同一 F 加权平均。来电率取中位数（每时段{middle:.1f}通）、在线整数{whole}人时为"
        "{known:.3f} = P(实际 < {goal:.2f})：{law}，均值{expected:.3f}，标准差 sqrt(排队状态{path:.4f}² + 单通来电{luck:.4f}²) = "
        "{deviation:.4f}；整数人之间线性插值。",
        "缺员 {missing:.2f}（{slot}）：max(0, 需求{required} - 在线{phones:.2f})，来电{calls:.1f}通。",
        "需求/产能 {need:.2f}（{slot}）：需求{required} / 在线{phones:.2f}。",
        "损失来电 {lost:.1f}：{slots}个时段 来电 × max(0, {goal:.2f} - 服务水平) 之和；最多的时段 {slot}：{calls:.1f} × "
        "max(0, {goal:.2f} - {service:.3f}) = {share:.1f}。",
    ),
}


HOURS: dict[Tongue, str] = {
    "en": "Missing agent-hours {hours:.1f}: sum over the slots of missing heads x hours of a slot.",
    "zh": "缺员工时 {hours:.1f}：各时段缺员 × 时段小时数之和。",
}

CAUSES_FORMULA: dict[Tongue, str] = {
    "en": " Shapley shares of max(0, required - on the phones) at the slot where most are missing, against requirement and roster "
    "as planned; together they are the missing heads.",
    "zh": "按缺员最多的时段 max(0, 需求 - 在线) 的沙普利值分摊，对照原计划的需求与排班；各项之和等于缺员。",
}
"""How the causes are reckoned."""


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
        Made by `optimizer.response.warning.warn.warnings` from the same inputs.
    forecast, requirement, available, queues, ladder
        As in `optimizer.response.warning.warn.warnings`.
    tongue : str
        ``"en"`` or ``"zh"``.

    Raises
    ------
    InvalidData
        As in `optimizer.response.warning.warn.capacity_chances`.
    """
    view, grid, row = outlook(forecast, requirement, available, queues), forecast.grid, forecast.queues.index(warning.queue)
    span = np.concatenate([np.arange(grid.slot(start), grid.slot(end)) for start, end in warning.spans])
    worst = grid.slot(warning.worst)
    signals = (view.chance_realised, view.missing, view.need, view.lost)
    peaks = [worst, *(int(span[np.argmax(values[row, span])]) for values in signals)]
    head, *lines = WORDS[tongue]
    queue = queues[row]
    stretch = days_text(warning.parts, tongue) if warning.parts else when((warning.start, warning.end))
    texts = [head.format(name=title(queue, tongue), span=stretch, target=target_text(queue, tongue))]
    service = requirement.service(view.on_phones)
    for line, slot in zip(lines, peaks, strict=True):
        cell = _cell(forecast, requirement, view, queue, row, slot) | _realised(forecast, view, queue, row, slot, tongue)
        total = {"lost": warning.lost_calls, "slots": len(span), "service": service[row, slot], "available": available[row, slot]}
        texts.append(line.format(**cell, **total))
    texts += [level_text(warning.level, ladder or WarningLadder(), tongue), *_beside(warning, tongue)]
    return "\n".join(texts)


def _beside(warning: CapacityWarning, tongue: Tongue) -> Iterator[str]:
    """Agent-hours, thresholds, causes and remedies of a warning, with their formulas."""
    yield HOURS[tongue].format(hours=warning.missing_hours)
    yield grounds_text(warning.reasons, warning.stands_on, tongue).strip()
    if warning.causes:
        yield causes_text(warning.causes, tongue) + CAUSES_FORMULA[tongue]
    for remedy in warning.remedies:
        yield remedy_text(remedy, tongue)


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
        "patience": queue.staffing_patience_s,
        **{name: rate_quantiles(forecast.quantiles[at])[k] for name, k in (("low", LOW), ("middle", MIDDLE), ("high", HIGH))},
        **{f"{name}_count": forecast.quantiles[row, slot, k] for name, k in (("low", LOW), ("high", HIGH))},
        "missing": view.missing[at],
        "required": int(requirement.on_phone[at]),
        "need": view.need[at],
        "calls": forecast.mean[at],
        "goal": queue.target.service_level,
        "share": view.lost[at],
    }


def _realised(forecast: Forecast, view: Outlook, queue: Queue, row: int, slot: int, tongue: Tongue) -> dict[str, object]:
    """Everything the line of the realised service may name about one slot, at the median rate and whole agents."""
    at, slot_s, target = (row, slot), 60.0 * forecast.grid.minutes, queue.target
    # 20 agents less 5 % are 19, whatever the rounding
    whole, rate = np.floor(view.on_phones[at] + 1e-9), rate_quantiles(forecast.quantiles[at])[MIDDLE] / slot_s
    service = realised_service(whole, rate, forecast.handle_time_s[at], queue.staffing_patience_s, slot_s, target)
    of_expected, of_interval = CHANCES[tongue]
    return {
        "of_expected": of_expected.capitalize(),
        "of_interval": of_interval.capitalize(),
        "realised": view.chance_realised[at],
        "whole": int(whole),
        "known": miss_chance(service, target.service_level),
        "law": LAWS[tongue][int(service.calls >= FEW)],
        "expected": service.mean,
        "path": np.sqrt(service.path_variance),
        "luck": np.sqrt(service.luck_variance),
        "deviation": service.deviation,
    }
