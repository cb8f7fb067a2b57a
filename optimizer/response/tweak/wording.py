"""The sentences of proposals for the rest of a day, English and Chinese, with their numbers; and why one is refused."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

from data.model.proposal import Kind
from data.model.request import Effect, Reason
from optimizer.response.tweak.signal import Signal
from optimizer.rostering.rules import Tongue

KINDS: dict[Kind, str] = {
    "pause": "pause moved 调整用餐小休",
    "activity": "work taken back 收回离线任务",
    "queue": "queue first 队列优先",
    "overtime": "overtime 加班",
    "early_leave": "early leave 提前下班",
    "call_in": "call-in 梯队召回",
}
"""Kinds of proposals in both languages."""

TONGUES: tuple[Tongue, Tongue] = ("en", "zh")

MOST_NAMED = 4
"""Agents that a sentence names before it only counts them."""


class Refusal(Enum):
    """Why a proposal is not carried out, beside the causes of `optimizer.rostering.requests.causes`."""

    NOT_OPEN = "It is {state} already.", "该建议已为“{state_zh}”。"
    TOO_EARLY = "It was made at {made}, after {at}.", "该建议于 {made} 提出，晚于 {at}。"
    EXPIRED = "It could be carried out until {until}; it is {at}.", "最晚须在 {until} 前执行，现在是 {at}。"
    CHANGED = (
        "{agent} on {day} is no longer what it was when this was proposed.",
        "{agent} 在 {day} 的安排在建议提出后已变更。",
    )
    WORK_THERE = "{agent} does off-phone work {task} at {start} by now.", "{agent} 在 {start} 已安排离线任务 {task}。"
    PIECE_GONE = "The work of {agent} at {start} no longer stands.", "{agent} 在 {start} 的离线任务已不存在。"

    def __init__(self, en: str, zh: str) -> None:
        self.texts = (en, zh)

    def of(self, agent: str, **numbers: object) -> Reason:
        """The refusal with its numbers."""
        en, zh = (text.format(agent=agent, **numbers) for text in self.texts)
        return Reason(cause=self.name.lower(), agent=agent, sentence=en, sentence_zh=zh)


STATES_ZH = {"open": "待定", "accepted": "已接受", "declined": "已拒绝", "expired": "已失效"}


def who(agents: Sequence[str], tongue: Tongue) -> str:
    """Agents by name, or how many there are beside the first."""
    named = ", ".join(agents[:MOST_NAMED]) if tongue == "en" else "、".join(agents[:MOST_NAMED])
    left = len(agents) - MOST_NAMED
    return named if left <= 0 else f"{named} and {left} more" if tongue == "en" else f"{named} 等 {len(agents)} 人"


def clock(instant: datetime) -> str:
    """Time of day."""
    return f"{instant:%H:%M}"


def pauses_text(moved: Sequence[tuple[int, datetime, datetime]], tongue: Tongue) -> str:
    """Pauses moved: the meal is number 0."""
    names = [(("break", "小休")[tongue == "zh"] + f" {k}") if k else ("meal", "用餐")[tongue == "zh"] for k, _, _ in moved]
    joint = ", " if tongue == "en" else "，"
    return joint.join(f"{name} {clock(a)} → {clock(b)}" for name, (_, a, b) in zip(names, moved, strict=True))


def until_text(before: datetime, after: datetime, tongue: Tongue) -> str:
    """Another end of a shift."""
    stays = after > before
    if tongue == "zh":
        return f"{'延后' if stays else '提前'}至 {clock(after)} 下班（原 {clock(before)}）"
    return f"{'stays until' if stays else 'leaves at'} {clock(after)} instead of {clock(before)}"


def call_in_text(echelon: str, code: str, start: datetime, end: datetime, tongue: Tongue) -> str:
    """A duty of an echelon's member."""
    if tongue == "zh":
        return f"由梯队 {echelon} 召回，{clock(start)}–{clock(end)} 到岗（班次 {code}）"
    return f"called in from echelon {echelon}, {clock(start)}–{clock(end)} as shift {code}"


def activity_text(task: str, back: datetime, lost: int, tongue: Tongue) -> str:
    """Work taken back."""
    if tongue == "zh":
        return f"收回任务 {task}，{clock(back)} 回到话务；每人欠 {lost} 分钟"
    return f"back on the phones at {clock(back)} instead of {task}; {lost} minutes each are owed"


def queue_text(first: str, usual: str, agents: tuple[int, int], lent: tuple[str, str] | None, tongue: Tongue) -> str:
    """Another queue first; agents of the group on it by the usual plan, and now."""
    was, now = agents
    if tongue == "zh":
        lending = f"，跨项目支援 {lent[0]} → {lent[1]}" if lent else ""
        return f"优先接听 {first}（平时 {usual}）{lending}；{first} 上由 {was} 人增至约 {now} 人，各项预计已按此计算"
    lending = f", lent from {lent[0]} to {lent[1]}" if lent else ""
    return f"{first} first instead of {usual}{lending}: about {now} of them on {first}, not {was}; all figures count on it already"


def effect_text(effect: Effect | None, tongue: Tongue) -> str:
    """What it does where it is worst."""
    if effect is None:
        return ""
    chance, service = (
        f"{a:.0%} → {b:.0%}"
        for a, b in ((effect.chance_before, effect.chance_after), (effect.service_before, effect.service_after))
    )
    if tongue == "zh":
        return f"最差时段 {effect.queue} {clock(effect.start)}：不达标概率 {chance}，服务水平 {service}"
    return f"worst interval {effect.queue} {clock(effect.start)}: chance to miss the target {chance}, service level {service}"


def signal_text(signal: Signal, tongue: Tongue) -> str:
    """Why acts that cost somebody something are proposed for a queue, or why not."""
    last, n = signal.beside, len(signal.beside)
    if last and all(one > 0 for one in last):
        return f"calls above forecast {n} intervals in a row" if tongue == "en" else f"话务连续 {n} 个时段高于预测"
    if signal.more:
        risk = f"{signal.sustained:.0%}"
        return f"chance to miss {risk} even without the last intervals" if tongue == "en" else f"不计最近时段不达标概率仍达 {risk}"
    if last and all(one < 0 for one in last):
        return f"calls below forecast {n} intervals in a row" if tongue == "en" else f"话务连续 {n} 个时段低于预测"
    if signal.less:
        calm = f"{signal.highest:.0%}"
        return f"calm: no interval above {calm} even without the last ones" if tongue == "en" else f"平稳：不达标概率最高 {calm}"
    if any(last):
        spike = "a spike is not a trend", "单个时段的波动不是趋势"
        return spike[tongue == "zh"]
    return "calls as forecast" if tongue == "en" else "话务符合预测"


def reason_text(agents: Sequence[str], act: str, effect: Effect | None, why: str, tongue: Tongue) -> str:
    """The whole sentence of a proposal."""
    joint, stop = ("; ", ".") if tongue == "en" else ("；", "。")
    told = [f"{who(agents, tongue)}{': ' if tongue == 'en' else '：'}{act}", effect_text(effect, tongue), why]
    return joint.join(part for part in told if part) + stop
