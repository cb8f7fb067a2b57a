"""The sentences of a decision on an echelon, English and Chinese: call how many, or wait for what."""

from data.model.call_decision import CallDecision, Threshold, TierDecision
from data.model.centre import EchelonTier, Queue
from optimizer.response.warning.wording import title, when
from optimizer.rostering.rules import Tongue


def tier_reason(queue: Queue, tier: EchelonTier, decision: CallDecision, one: TierDecision, tongue: Tongue) -> str:
    """What is decided of a tier, in one or two sentences that a duty manager can watch."""
    name, tier_name, span = title(queue, tongue), title(tier, tongue), when((decision.start, decision.end))
    head = f"{name} {span}：" if tongue == "zh" else f"{name}, {span}: "
    return head + _deed(tier, tier_name, one, tongue) + _watch(tier_name, one, tongue)


def _deed(tier: EchelonTier, name: str, one: TierDecision, tongue: Tongue) -> str:
    if not one.able:
        return f"{name}无可合规召集人员。" if tongue == "zh" else f"nobody of {name} may be called."
    if not one.asked:
        return f"暂不召集{name}。" if tongue == "zh" else f"do not call {name} yet."
    come, at = one.asked * tier.answer_share, f"{one.arrival:%H:%M}"
    if tongue == "zh":
        return f"现在召集{name}{one.asked}人（共{one.able}人可召，预计到岗{come:.1f}人），{at}上线。"
    return f"call {one.asked} of {name} now ({one.able} may be called, {come:.1f} expected to come), on the phones from {at}."


def _watch(name: str, one: TierDecision, tongue: Tongue) -> str:
    """From how many calls on the tier is called, at the next moment and at the last."""
    if one.asked or not one.able:
        return ""
    if one.decide_by is None:
        return "不划算。" if tongue == "zh" else " It does not pay."
    shown = dict.fromkeys((one.thresholds[0], one.thresholds[-1]))
    parts = [threshold_text(threshold, tongue) for threshold in shown]
    by = f"{one.decide_by:%H:%M}"
    if tongue == "zh":
        return f"{'；或'.join(parts)}，则召集{name}；最迟{by}决定。"
    return f" Call {name} {', or '.join(parts)}; decide by {by}."


def threshold_text(threshold: Threshold, tongue: Tongue) -> str:
    """A threshold in words."""
    since, at, calls = f"{threshold.since:%H:%M}", f"{threshold.at:%H:%M}", f"{threshold.calls:,.0f}"
    if tongue == "zh":
        return f"若{since}至{at}来电多于{calls}通" if threshold.calls else f"到{at}无论来电多少"
    return f"if more than {calls} calls come between {since} and {at}" if threshold.calls else f"at {at} whatever comes"
