"""The sentences of a decision on an echelon, English and Chinese: call how many, or wait for what, and why if not at all."""

from collections.abc import Mapping
from math import isinf

from data.model.call_decision import CallDecision, Threshold, TierDecision
from data.model.centre import EchelonTier, Queue
from optimizer.response.warning.wording import refusal_text, title, when
from optimizer.rostering.rules import Tongue


def tier_reason(
    queue: Queue,
    tier: EchelonTier,
    decision: CallDecision,
    one: TierDecision,
    refusals: Mapping[str, int],
    pay_hour: float,
    tongue: Tongue,
) -> str:
    """What is decided of a tier, in one or two sentences that a duty manager can watch."""
    name, span = title(queue, tongue), when((decision.start, decision.end))
    head = f"{name} {span}：" if tongue == "zh" else f"{name}, {span}: "
    if not one.able:
        return head + _nobody(title(tier, tongue), refusals, tongue)
    if one.asked:
        return head + _call(tier, one, tongue)
    watch = _watch(title(tier, tongue), one, tongue) if one.thresholds else _price(queue, tier, one, pay_hour, tongue)
    return head + (f"暂不召集{title(tier, tongue)}。" if tongue == "zh" else f"do not call {title(tier, tongue)} yet. ") + watch


def _nobody(name: str, refusals: Mapping[str, int], tongue: Tongue) -> str:
    out = refusal_text(refusals, tongue)
    return f"{name}无可合规召集人员{out}。" if tongue == "zh" else f"nobody of {name} may be called{out}."


def _call(tier: EchelonTier, one: TierDecision, tongue: Tongue) -> str:
    come, at, name = one.asked * tier.answer_share, f"{one.arrival:%H:%M}", title(tier, tongue)
    if tongue == "zh":
        return f"现在召集{name}{one.asked}人（共{one.able}人可召，预计到岗{come:.1f}人），{at}上线。"
    return f"call {one.asked} of {name} now ({one.able} may be called, {come:.1f} expected to come), on the phones from {at}."


def _watch(name: str, one: TierDecision, tongue: Tongue) -> str:
    """From how many calls on the tier is called, at the next moment and at the last."""
    shown = dict.fromkeys((one.thresholds[0], one.thresholds[-1]))
    parts, by = [threshold_text(threshold, tongue) for threshold in shown], f"{one.thresholds[-1].at:%H:%M}"
    if tongue == "zh":
        return f"{'；或'.join(parts)}，则召集{name}；最迟{by}决定。"
    return f"Call {name} {', or '.join(parts)}; decide by {by}."


def _price(queue: Queue, tier: EchelonTier, one: TierDecision, pay_hour: float, tongue: Tongue) -> str:
    """Why a tier is called at no moment: it comes too late, or an hour of its duty costs more than it is likely to mend."""
    if isinf(one.cost_now):
        return "已来不及到岗。" if tongue == "zh" else "It would come too late."
    cost = f"{tier.hour_cost:g} x {pay_hour:g} = {tier.hour_cost * pay_hour:g}"
    worth = f"{queue.under_cost:g} x {tier.efficiency:g} = {queue.under_cost * tier.efficiency:g}"
    if tongue == "zh":
        return f"不划算：执勤一小时代价{cost}，至多补上缺员一小时{worth}，且未必全程缺员。"
    return f"It does not pay: an hour of its duty costs {cost} and mends {worth} at most, where agents are missing all the time."


def threshold_text(threshold: Threshold, tongue: Tongue) -> str:
    """A threshold in words."""
    since, at, calls = f"{threshold.since:%H:%M}", f"{threshold.at:%H:%M}", f"{threshold.calls:,.0f}"
    if tongue == "zh":
        return f"若{since}至{at}来电多于{calls}通" if threshold.calls else f"到{at}无论来电多少"
    return f"if more than {calls} calls come between {since} and {at}" if threshold.calls else f"at {at} whatever comes"
