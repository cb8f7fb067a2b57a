"""What mends a broken run, in words."""

from datetime import datetime

from data.model.stress import Broken, Fix, MeasureKind, Step
from optimizer.rostering.rules import Tongue

DONE: dict[MeasureKind, tuple[str, str]] = {
    "off_phone": ("move off-phone work of {n} ({who})", "移出 {n} 项离线任务（{who}）"),
    "pauses": ("move pauses of {n} ({who})", "移动 {n} 人的用餐或小休（{who}）"),
    "overtime": ("overtime of {n}, {hours:.1f} h ({who})", "安排 {n} 人加班，共 {hours:.1f} 小时（{who}）"),
    "call_out": ("call out {n} of the echelons, {hours:.1f} h ({who})", "召集梯队 {n} 人，共 {hours:.1f} 小时（{who}）"),
    "shift": ("one more shift for {n}, {hours:.1f} h ({who})", "加排 {n} 个班次，共 {hours:.1f} 小时（{who}）"),
}
"""What a step does."""

NAMES: dict[MeasureKind, tuple[str, str]] = {
    "off_phone": ("off-phone work", "离线任务"),
    "pauses": ("pauses", "用餐与小休"),
    "overtime": ("overtime", "加班"),
    "call_out": ("echelons", "应急梯队"),
    "shift": ("one more shift", "加班次"),
}
"""Measures by name."""

CAUSES = {
    "nobody": ("none possible lawfully and in time", "无合规且来得及的办法"),
    "no_gain": ("no help, or it breaks other intervals", "无改善，或使其他时段不达标"),
    "not_enough": ("not enough", "不足"),
}
"""Why a measure does not cure a run."""

MOST_NAMED = 4
"""Agents that a sentence names before it only counts them."""


def fix_text(broken: Broken, tongue: Tongue) -> str:
    """The fix of a run in one sentence; empty if none was looked for."""
    fix, k = broken.fix, int(tongue == "zh")
    if fix is None:
        return ""
    if fix.cured and not fix.steps:
        return _end(("mended by the fix of another run of the day", "已随当日另一时段的措施达标")[k], fix, k)
    steps = ("; then ", "；然后")[k].join(_step(step, k) for step in fix.steps)
    if fix.cured:
        return _end(steps, fix, k)
    best = (f"best found: {steps}", f"最接近的措施：{steps}")[k] if steps else ("nothing helps", "没有有效措施")[k]
    return _end((f"NOT CURED ({_failed(fix, k)}). {best}", f"未能解决（{_failed(fix, k)}）。{best}")[k], fix, k)


def _failed(fix: Fix, k: int) -> str:
    """Measures that do not cure, by cause."""
    by_cause = {cause: [NAMES[kind][k] for kind, of in fix.failed.items() if of == cause] for cause in CAUSES}
    told = [(", ", "、")[k].join(names) + (": ", "：")[k] + CAUSES[cause][k] for cause, names in by_cause.items() if names]
    return ("; ", "；")[k].join(told)


def _step(step: Step, k: int) -> str:
    who = [f"{agent} {_clock(*span)}" for agent, span in zip(step.agents[:MOST_NAMED], step.spans, strict=False)]
    more = len(step.agents) - MOST_NAMED
    told = ", ".join(who) + ((f" and {more} more", f" 等，另有 {more} 人")[k] if more > 0 else "")
    return DONE[step.kind][k].format(n=len(step.agents), hours=step.minutes / 60, who=told)


def _clock(start: datetime, end: datetime) -> str:
    return f"{start:%H:%M}-{end:%H:%M}"


def _end(text: str, fix: Fix, k: int) -> str:
    figures = (
        f"costs {fix.cost_hours:.1f} h of normal pay; chance to miss {fix.chance:.0%}, service level {fix.service_level:.1%} then",
        f"成本折合 {fix.cost_hours:.1f} 正常工时；之后不达标概率 {fix.chance:.0%}，服务水平 {fix.service_level:.1%}",
    )[k]
    lent = (
        f"{fix.sharing} agents of other queues answer it already",
        f"已有 {fix.sharing} 名其他队列坐席共同接听",
    )[k]
    shared = (f". Lending: {lent}", f"。支援：{lent}")[k] if fix.sharing else ""
    return f"{text}{(' — ', '——')[k]}{figures}{shared}"
