"""What agents read about their wishes for leave, in both languages; no other agent is ever named."""

from collections.abc import Sequence
from dataclasses import dataclass

from data.model.base import IntArray
from data.model.leave_plan import LeaveCause, LeaveDecision, LeaveOutcome, LeavePolicy, LeaveQuota, LeaveWish, Span
from optimizer.rostering.rules import Tongue

SHOWN = 4
"""Full days that a sentence names."""


@dataclass(frozen=True, eq=False)
class Refusal:
    """What stood in the way of a wish.

    Parameters
    ----------
    full : tuple of LeaveQuota
        Quotas without room, in the order of the days for each kind.
    tightest : LeaveQuota
        The smallest of them.
    ahead : array of int, shape (5,)
        Wishes granted in it, by rank.
    """

    full: tuple[LeaveQuota, ...]
    tightest: LeaveQuota
    ahead: IntArray


@dataclass(frozen=True, eq=False)
class Verdict:
    """What became of a wish, before it is put into words; fields as in `LeaveDecision`."""

    wish: LeaveWish
    granted: tuple[Span, ...] = ()
    value: float = 0.0
    points: int = 0
    offer: Span | None = None

    def told(self, outcome: LeaveOutcome, cause: LeaveCause, en: str, zh: str) -> LeaveDecision:
        """The decision."""
        return LeaveDecision(
            wish=self.wish.id,
            agent=self.wish.agent,
            outcome=outcome,
            cause=cause,
            granted=self.granted,
            value=self.value,
            points=self.points,
            offer=self.offer,
            sentence=en,
            sentence_zh=zh,
        )


def span_words(spans: Sequence[Span], tongue: Tongue) -> str:
    """Days of leave."""
    to, parting = (" to ", ", ") if tongue == "en" else (" 至 ", "、")
    return parting.join(str(first) if first == last else f"{first}{to}{last}" for first, last in spans)


def as_of_right(wish: LeaveWish, spans: tuple[Span, ...]) -> LeaveDecision:
    """Leave that the law gives."""
    en = f"Granted as of right, outside of the quota and free of points: {wish.code}, {span_words(spans, 'en')}."
    zh = f"批准：{wish.code} 依法享有，{span_words(spans, 'zh')}，不占配额、不扣积分。"
    return Verdict(wish, spans).told("granted", "", en, zh)


def on_leave(wish: LeaveWish) -> LeaveDecision:
    """Leave on days that the agent has off already."""
    span = [(wish.first, wish.last)]
    en = f"Refused: you are on leave already on some of the days {span_words(span, 'en')}."
    zh = f"不予批准：{span_words(span, 'zh')} 中部分日期您已在休假。"
    return Verdict(wish).told("refused", "on_leave", en, zh)


def all_granted(verdict: Verdict) -> LeaveDecision:
    """All of a wish is granted."""
    code, spans, points = verdict.wish.code, verdict.granted, verdict.points
    pays = f" It costs {points} contribution points: the highest bid of the same rank that was refused there." if points else ""
    pays_zh = f"扣应急积分 {points}：为同级未批愿望中的最高出价。" if points else ""
    en = f"Granted: {code}, {span_words(spans, 'en')}.{pays}"
    return verdict.told("granted", "", en, f"批准：{code}，{span_words(spans, 'zh')}。{pays_zh}")


def not_all_granted(verdict: Verdict, refusal: Refusal | None, policy: LeavePolicy) -> LeaveDecision:
    """Some or all days of a wish are refused; without a refusal another wish of the agent holds them."""
    cause: LeaveCause = "full" if refusal else "own_wish"
    en, zh = (f"{_head(verdict, tongue)}{_why(verdict, refusal, policy, tongue)}" for tongue in ("en", "zh"))
    if verdict.granted:
        return verdict.told("part", cause, en, zh)
    return verdict.told("refused", cause, f"{en} {_offered(verdict, 'en')}", zh + _offered(verdict, "zh"))


def _head(verdict: Verdict, tongue: Tongue) -> str:
    spans = span_words(verdict.granted, tongue)
    if tongue == "en":
        return f"Granted in part, {spans}; the rest is refused: " if spans else "Refused: "
    return f"部分批准 {spans}；其余不予批准：" if spans else "不予批准："


def _why(verdict: Verdict, refusal: Refusal | None, policy: LeavePolicy, tongue: Tongue) -> str:
    if refusal is None:
        own = "another wish of yours is granted on these days."
        return own if tongue == "en" else "您另一项休假愿望已获批，占用这些日期。"
    parts = _full(refusal, tongue), _bound(refusal.tightest, policy, tongue), _ahead(verdict, refusal, policy, tongue)
    return (" " if tongue == "en" else "").join(part for part in parts if part)


def _full(refusal: Refusal, tongue: Tongue) -> str:
    """Which days have no room, weeks where only they are full; nothing if the one that binds is all."""
    told = [one for one in refusal.full if one.kind != "week"]
    spans = list(dict.fromkeys((one.first, one.last) for one in told or refusal.full))
    if spans == [(refusal.tightest.first, refusal.tightest.last)]:
        return ""
    named, more = span_words(spans[:SHOWN], tongue), len(spans) - SHOWN
    if tongue == "en":
        verb = "is" if len(spans) == 1 else "are"
        return f"{'' if told else 'the weeks '}{named}{f' and {more} more' if more > 0 else ''} {verb} full;"
    return f"{'' if told else '周 '}{named} {f'等 {len(spans)} 处' if more > 0 else ''}已满。"


def _bound(quota: LeaveQuota, policy: LeavePolicy, tongue: Tongue) -> str:
    """The quota that binds most, and why it is no larger."""
    span, share, week = span_words([(quota.first, quota.last)], tongue), quota.kind == "share", quota.kind == "week"
    if tongue == "en":
        who = f"the {quota.agents} agents {'of skill group' if share else 'who answer'} {quota.name}"
        many = str(quota.quota) if quota.quota else "none"
        what = f"{many} of {who} may be away beside leave given earlier"
        if week:
            what = f"{many if quota.quota else 'no'} days of leave can be given to {who} beside those given earlier"
        risk = f"with more the chance of missing the target would pass {policy.most_chance:.0%}"
        reason = f"no more than {policy.most_share:.0%} of a skill group at once" if share else risk
        return f"{'in the week' if week else 'on'} {span} {what}: {reason}."
    who = f"{quota.name} {'技能组' if share else ''}共 {quota.agents} 人"
    what = f"可再批 {quota.quota} 个休假日" if week else f"可再休 {quota.quota} 人"
    reason = f"同一技能组同时休假不超过 {policy.most_share:.0%}" if share else f"再多则不达标概率超过 {policy.most_chance:.0%}"
    return f"{who}，{span} {what}：{reason}。"


def _ahead(verdict: Verdict, refusal: Refusal, policy: LeavePolicy, tongue: Tongue) -> str:
    """Who was ahead, as counts and ranks, and by which rule; nothing where nobody was."""
    by_rank, wish = {rank: int(count) for rank, count in enumerate(refusal.ahead, start=1) if count}, verdict.wish
    each, weights = verdict.value / wish.days, policy.rank_weights
    if not by_rank:
        return ""
    if tongue == "en":
        told = ", ".join(f"{count} of rank {rank}" for rank, count in by_rank.items())
        mine = f"wishes granted there: {told}; yours is of rank {wish.rank}, worth {each:g} a day."
        rule = f"a day is worth {', '.join(map(str, weights))} by rank 1 to 5, more after earlier refusals and for points bid"
        return f"{mine.capitalize()} What is granted is worth most in sum: {rule}."
    told = "、".join(f"第 {rank} 级 {count} 项" for rank, count in by_rank.items())
    rule = f"每天按第 1 至 5 级计 {'、'.join(map(str, weights))}，曾被拒或出价者加值"
    return f"该处已批：{told}；您的愿望为第 {wish.rank} 级，每天计 {each:g}。批准方案总值最大：{rule}。"


def _offered(verdict: Verdict, tongue: Tongue) -> str:
    """The nearest days that have room, and how far they lie from those of the wish."""
    wish, offer = verdict.wish, verdict.offer
    if offer is None:
        none = "No other days here have room for it; it stays on the waiting list."
        return none if tongue == "en" else "无其他可用日期，已列入候补。"
    moved = abs((offer[0] - wish.first).days)
    within = moved <= wish.flexible_days
    if tongue == "en":
        far = "as far as you said it may move" if within else "farther than you said it may move" if wish.flexible_days else ""
        nearest = f"The nearest days with room: {span_words([offer], 'en')}, {moved} days away{f', {far}' if far else ''}"
        return f"{nearest}. Ask for them, or stay on the waiting list."
    far = "，在您的可调范围内" if within else "，超出您的可调范围" if wish.flexible_days else ""
    return f"最近可用日期：{span_words([offer], 'zh')}，相差 {moved} 天{far}。可改期申请，或留在候补名单。"
