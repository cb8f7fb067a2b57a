"""What is said of decisions, alternatives and stand-ins, in English and Chinese."""

from collections.abc import Mapping, Sequence
from datetime import date

from data.model.request import Outcome, Reason
from data.model.rulebook import Rulebook
from optimizer.rostering.rules import Tongue

WORDS: dict[Tongue, dict[str, str]] = {
    "en": {
        "granted": "{asked}: granted.",
        "to_leader": "{asked}: goes to a leader. {reason}",
        "refused": "{asked}: refused. {reason}",
        "more": " And {count} more.",
        "instead": "{asked} would do; the chance of missing the target changes by {added:+.1%} at most.",
        "stand_in": "{rank}. {agent}{moved}: {total:+.2f}{parts}.",
        "moved": ", off on {instead} instead",
        "parts": " = {parts}",
        "part": "{value:+.2f} {name}",
        "comma": ", ",
        "coverage": "service",
        "fairness": "balance of unpopular duty",
        "wishes": "wishes",
        "preferences": "preferred shifts",
        "pay": "overtime and holiday pay",
        "freshness": "practice on queues",
        "echelon_duty": "emergency duty",
    },
    "zh": {
        "granted": "{asked}：批准。",
        "to_leader": "{asked}：转班长审批。{reason}",
        "refused": "{asked}：不予批准。{reason}",
        "more": "另有 {count} 项。",
        "instead": "{asked}可行；未达标概率至多变化 {added:+.1%}。",
        "stand_in": "{rank}. {agent}{moved}：{total:+.2f}{parts}。",
        "moved": "，{instead} 改为休息",
        "parts": " = {parts}",
        "part": "{name} {value:+.2f}",
        "comma": "，",
        "coverage": "服务",
        "fairness": "不受欢迎班次积分",
        "wishes": "愿望",
        "preferences": "偏好班次",
        "pay": "加班与节假日工资",
        "freshness": "队列熟练度",
        "echelon_duty": "应急值守",
    },
}


def decided(asked: str, outcome: Outcome, reasons: Sequence[Reason], tongue: Tongue) -> str:
    """The outcome and the first reason."""
    words = WORDS[tongue]
    told = [reason.sentence if tongue == "en" else reason.sentence_zh for reason in reasons[:1]]
    more = words["more"].format(count=len(reasons) - 1) if len(reasons) > 1 else ""
    return words[outcome].format(asked=asked, reason="".join(told) + more)


def instead(asked: str, added: float, tongue: Tongue) -> str:
    """What another request would bring."""
    return WORDS[tongue]["instead"].format(asked=asked, added=added)


def ranked(
    rulebook: Rulebook, rank: int, agent: str, costs: Mapping[str, float], tongue: Tongue, instead: date | None = None
) -> str:
    """Why a stand-in has a rank: the day off instead, and what it costs, the dearest first."""
    words = WORDS[tongue]
    order = sorted(costs.items(), key=lambda item: (-abs(item[1]), item[0]))
    told = words["comma"].join(words["part"].format(value=value, name=_named(rulebook, name, tongue)) for name, value in order)
    parts = words["parts"].format(parts=told) if told else ""
    moved = "" if instead is None else words["moved"].format(instead=instead)
    return words["stand_in"].format(rank=rank, agent=agent, moved=moved, total=sum(costs.values()), parts=parts)


def _named(rulebook: Rulebook, name: str, tongue: Tongue) -> str:
    """Title of a rule, or what a goal is called; its id if it has none."""
    titles = {spec.id: spec.title if tongue == "en" else spec.title_zh for spec in rulebook.rules}
    return titles.get(name) or WORDS[tongue].get(name.removeprefix("goal."), name)
