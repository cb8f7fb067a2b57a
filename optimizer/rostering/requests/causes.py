"""The catalogue of what may speak against a request, in the order in which it is looked at.

Nothing else says why a request is not granted. The first cause found, in the order of `Cause`, is the cause of a decision.
"""

from collections.abc import Iterable
from enum import Enum

from data.model.request import Reason
from data.model.roster import Breach
from data.model.rulebook import RuleSpec
from optimizer.rostering import rules
from optimizer.rostering.rules import Tongue


class Cause(Enum):
    """A cause: its code is its name in lower case; then what is said in English and in Chinese.

    Parameters
    ----------
    en, zh : str
        One sentence, numbers filled in by name.
    open : bool
        Whether it is a matter of the terms, which a leader may overrule; rules, form and other agents bind leaders too.
    """

    KIND_REFUSED = "The centre grants no request of this kind.", "本中心不受理此类申请。"
    UNKNOWN_AGENT = "There is no agent {agent} in this roster.", "班表中没有坐席 {agent}。"
    OUTSIDE_ROSTER = (
        "{day} is not among the days that may change, {first} to {last}.",
        "{day} 不在可调整的日期 {first} 至 {last} 内。",
    )
    FROM_THE_FUTURE = "The request is dated {made}, after now, {now}.", "申请时间 {made} 晚于当前时间 {now}。"
    NEWER_VERSION = (
        "The request saw version {seen}; {agent} on {day} was changed since then, {version} stands.",
        "申请依据版本 {seen}，此后 {agent} 在 {day} 的安排已变更，现行版本为 {version}。",
    )
    LOCKED = "{agent} on {day} was set by hand and is locked.", "{agent} 在 {day} 的安排为手工设定并已锁定。"
    SAME_AGENT = "{agent} cannot be both sides of a request.", "{agent} 不能同时为申请双方。"
    NO_SHIFT = "{agent} has no shift on {day}.", "{agent} 在 {day} 没有班次。"
    ON_LEAVE = "{agent} is on leave ({code}) on {day}.", "{agent} 在 {day} 休假（{code}）。"
    AT_WORK = "{agent} already has shift {code} on {day}.", "{agent} 在 {day} 已有班次 {code}。"
    NOTHING_CHANGES = "Both agents have the same on these days: nothing would change.", "双方在这些日期的安排相同，无需调整。"
    NO_LEAVE_CODE = "{code} is the code of a shift or a day off, not of leave.", "{code} 是班次或休息的代码，不是休假代码。"
    PAY_OF_LEAVE = (
        "Leave {code} is {known} in this roster; it cannot also be {asked}.",
        "本班表中休假 {code} 为{known_zh}，不能同时为{asked_zh}。",
    )
    NO_TAKER = "Nobody has asked for the shift of {agent} on {day}.", "{agent} 在 {day} 的班次暂无人申领。"
    DAY_BEFORE = (
        "The shift would begin at {start} and {minutes} minutes earlier lie on the day before.",
        "班次 {start} 开始，提前 {minutes} 分钟将落在前一天。",
    )
    TOO_FAR = (
        "Shift {code} would start or end {minutes} minutes from its template, at most {limit} are possible.",
        "班次 {code} 的起止时间将偏离模板 {minutes} 分钟，最多 {limit} 分钟。",
    )
    NO_SHIFT_LEFT = (
        "Leaving {minutes} minutes early leaves nothing of a shift of {length} minutes: ask for leave or a cover.",
        "提前 {minutes} 分钟离开，{length} 分钟的班次将不剩时间：请改为请假或顶班。",
    )
    MEAL_UNPLACED = (
        "Meal and breaks of shift {code} do not fit into {minutes} minutes.",
        "班次 {code} 的用餐和小休无法安排在 {minutes} 分钟内。",
    )
    PAST = "It would change {agent} from {start} on, which is past at {now}.", "需自 {start} 起变更 {agent}，当前 {now} 已过。"
    CONSENT_MISSING = "{agent} has not agreed.", "{agent} 尚未同意。"
    OUTSIDE_CONTRACT = (
        "Shift {code} is not among those of contract {contract} of {agent}.",
        "班次 {code} 不在 {agent} 的合同 {contract} 所列班次内。",
    )
    SKILL_MISSING = (
        "{agent} answers none of the queues that the shift is there for ({queues}).",
        "{agent} 不具备该班次所服务队列（{queues}）的任何技能。",
    )
    PROTECTED = "{agent} is protected on {day}: {what}.", "{agent} 在 {day} 受保护：{what_zh}。"
    OVERLAP = "{agent} would have to be at work twice at {start}.", "{agent} 在 {start} 将同时有两个班次。"
    REST_TOO_SHORT = "{agent} would lack rest ({rule}): {message}.", "{agent} 休息不足（{rule_zh}）：{message_zh}。"
    HOURS_BOUND = (
        "{agent} would break a bound of hours ({rule}): {message}.",
        "{agent} 将突破工时限制（{rule_zh}）：{message_zh}。",
    )
    RULE_BROKEN = "{agent} would break a rule ({rule}): {message}.", "{agent} 将违反规则（{rule_zh}）：{message_zh}。"
    TOO_LATE = (
        "It would change something in {hours:.1f} hours, at {start}; the notice is {limit:g} hours.",
        "距变更时间 {start} 仅 {hours:.1f} 小时，须提前 {limit:g} 小时申请。",
        True,
    )
    QUOTA_USED_UP = (
        "{agent} has been granted {count} such requests in {month}, at most {limit} are.",
        "{agent} 在 {month} 已获批 {count} 次此类申请，上限为 {limit} 次。",
        True,
    )
    NOT_NEEDED = (
        "Nobody is missing on the queues of {agent} from {start} to {end}.",
        "{start} 至 {end} {agent} 所服务的队列不缺人。",
        True,
    )
    SERVICE_AT_RISK = (
        "In {queue} at {start} the chance of missing the target would grow from {before:.1%} to {after:.1%}, "
        "by more than {limit:.1%}.",
        "{queue} 在 {start} 未达标的概率将由 {before:.1%} 升至 {after:.1%}，升幅超过 {limit:.1%}。",
        True,
    )
    SERVICE_LOST = (
        "Below the target, {lost:.1%} of service level would be lost in an interval, more than {limit:.1%} (worst: {queue} at "
        "{start}, service level {service_before:.1%} before and {service_after:.1%} after).",
        "在目标以下，某时段服务水平将再降 {lost:.1%}，超过 {limit:.1%}（最差：{queue}，{start}，"
        "服务水平由 {service_before:.1%} 变为 {service_after:.1%}）。",
        True,
    )
    LEADER_DECIDES = (
        "Nothing speaks against it; a leader decides on requests of this kind.",
        "未发现障碍；此类申请由班长审批。",
        True,
    )

    def __init__(self, en: str, zh: str, leader: bool = False) -> None:
        self.texts: dict[Tongue, str] = {"en": en, "zh": zh}
        self.open = leader

    @property
    def code(self) -> str:
        """Name in decisions and files."""
        return self.name.lower()

    def of(self, agent: str, **numbers: object) -> Reason:
        """The cause with its numbers."""
        rule = numbers.get("rule_id", "")
        en, zh = (self.texts[tongue].format(agent=agent, **numbers) for tongue in ("en", "zh"))
        return Reason(cause=self.code, agent=agent, rule=str(rule), sentence=en, sentence_zh=zh)


ORDER = {cause.code: place for place, cause in enumerate(Cause)}
"""Place of each cause in the catalogue."""

OPEN = frozenset(cause.code for cause in Cause if cause.open)
"""Causes that a leader may overrule."""


def in_order(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Reasons in the order of the catalogue, each once; those of one cause as they were found."""
    return tuple(sorted(dict.fromkeys(reasons), key=lambda reason: ORDER[reason.cause]))


def broken(spec: RuleSpec, breach: Breach) -> Reason:
    """The reason that a rule would be broken."""
    numbers = {"rule_id": spec.id, "rule": spec.named, "rule_zh": f"{spec.id} {spec.title_zh}".strip()}
    rule_zh = rules.kinds()[spec.kind].sentence(rules.params_of(spec), "zh")
    told = f"{breach.first} 至 {breach.last} 实际 {breach.measured:g}，限值 {breach.limit:g}，超出 {breach.amount:g}；{rule_zh}"
    return cause_of(spec.kind).of(breach.agent, **numbers, message=breach.message, message_zh=told.rstrip("。"))


def cause_of(kind: str) -> Cause:
    """The cause that a breach of a kind of rule is."""
    if kind in ("hours", "overtime"):
        return Cause.HOURS_BOUND
    return Cause.REST_TOO_SHORT if "rest" in kind.split("_") else Cause.RULE_BROKEN
