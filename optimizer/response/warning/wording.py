"""The sentences of warnings and call-outs, English and Chinese, with their numbers."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import isinf

from data.model.centre import EchelonTier, Project, Queue
from data.model.response import Cause, Reason, Remedy, RemedyKind, StandsOn, WarningLadder, WarningLevel
from optimizer.rostering.rules import Tongue

COLOURS: dict[Tongue, tuple[str, ...]] = {
    "en": ("none", "blue", "yellow", "orange", "red"),
    "zh": ("无", "蓝色", "黄色", "橙色", "红色"),
}

CHANCES: dict[Tongue, tuple[str, str]] = {
    "en": ("chance that expected service misses the target", "chance that the interval itself misses the target"),
    "zh": ("期望服务水平低于目标的概率", "该时段实际服务水平低于目标的概率"),
}
"""Names of the two chances: forecast risk only, and with the luck of the queue. They are never mixed."""

Span = tuple[datetime, datetime]


def title(entry: Queue | EchelonTier | Project, tongue: Tongue) -> str:
    """Name in a language, or the best there is."""
    return (entry.name_zh if tongue == "zh" else "") or entry.name or entry.id


def when(span: Span) -> str:
    """A stretch of time, the date once where it is the same."""
    start, end = span
    closing = f"{end:%H:%M}" if (end - timedelta(minutes=1)).date() == start.date() else f"{end:%Y-%m-%d %H:%M}"
    return f"{start:%Y-%m-%d %H:%M}–{'24:00' if closing == '00:00' else closing}"


WEEKDAYS: dict[Tongue, tuple[str, ...]] = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
}


def days_text(spans: Sequence[Span], tongue: Tongue) -> str:
    """Days of several stretches: every day from the first to the last, or how many and which weekdays."""
    days = sorted({start.date() for start, _ in spans})
    first, last, names = days[0], days[-1], WEEKDAYS[tongue]
    if len(days) == (last - first).days + 1:
        return f"every day from {first} to {last}" if tongue == "en" else f"{first}至{last}每天"
    weekdays = ("、" if tongue == "zh" else ", ").join(names[k] for k in sorted({day.weekday() for day in days}))
    return (
        f"{len(days)} days from {first} to {last} ({weekdays})"
        if tongue == "en"
        else f"{first}至{last}共{len(days)}天（{weekdays}）"
    )


def target_text(queue: Queue, tongue: Tongue) -> str:
    """The service target in words."""
    level, seconds = f"{queue.target.service_level:.0%}", f"{queue.target.threshold_s:g}"
    return f"{level} within {seconds} s" if tongue == "en" else f"{seconds}秒内接听{level}"


def ratio_text(need_over_capacity: float, tongue: Tongue) -> str:
    """Need over capacity in words."""
    if isinf(need_over_capacity):
        return "nobody is on the phones" if tongue == "en" else "无人在线"
    return f"need {need_over_capacity:.2f} times capacity" if tongue == "en" else f"需求为产能的{need_over_capacity:.2f}倍"


def warning_message(
    queue: Queue,
    level: WarningLevel,
    stretch: str,
    tongue: Tongue,
    *,
    chance: float,
    chance_realised: float,
    missing_heads: float,
    need_over_capacity: float,
    lost_calls: float,
) -> str:
    """One sentence that says what is foreseen."""
    colour, name, target = COLOURS[tongue][level], title(queue, tongue), target_text(queue, tongue)
    ratio, (of_expected, of_interval) = ratio_text(need_over_capacity, tongue), CHANCES[tongue]
    if tongue == "zh":
        return (
            f"{colour}预警：{name} {stretch}，目标“{target}”，{of_expected}最高{chance:.0%}，"
            f"{of_interval}最高{chance_realised:.0%}；在线坐席最多缺{missing_heads:.1f}人，{ratio}，预计{lost_calls:.0f}通来电得不到目标内的服务。"
        )
    return (
        f"{colour.capitalize()} warning: {name}, {stretch}, target {target}: {of_expected} up to {chance:.0%}, "
        f"{of_interval} up to {chance_realised:.0%}; up to {missing_heads:.1f} agents missing on the phones, {ratio}, about "
        f"{lost_calls:.0f} calls not served as the target asks."
    )


MEASURES: dict[str, tuple[str, str]] = {
    "chance": ("chance {measured:.0%} >= {limit:.0%}", "概率{measured:.0%}≥{limit:.0%}"),
    "need": ("need over capacity {measured:.2f} > {limit:.2f}", "需求/产能{measured:.2f}>{limit:.2f}"),
    "service": ("service level over target {measured:.0%} < {limit:.0%}", "服务水平/目标{measured:.0%}<{limit:.0%}"),
    "answer_rate": ("answer rate {measured:.0%} < {limit:.0%}", "接通率{measured:.0%}<{limit:.0%}"),
    "queue": ("calls waiting {measured:.1f} > {limit:.1f} times the norm", "排队量为常态的{measured:.1f}倍>{limit:.1f}倍"),
    "wait_s": ("longest wait {measured:.0f} s > {limit:.0f} s", "最长等待{measured:.0f}秒>{limit:.0f}秒"),
    "weather": ("weather signal, region with {measured:.0%} of the calls", "气象预警，影响区域占来电{measured:.0%}"),
    "outage": ("outage signal, region with {measured:.0%} of the calls", "停电信号，影响区域占来电{measured:.0%}"),
    "signal": ("signal heard, region with {measured:.0%} of the calls", "预警信号，影响区域占来电{measured:.0%}"),
    "held": ("not below its rung by the margin, chance {measured:.0%}", "未降至解除界限以下，概率{measured:.0%}"),
}
"""What a threshold of each measure found, with the limit; English and Chinese."""

GROUNDS: dict[StandsOn, tuple[str, str]] = {
    "roster": ("", ""),
    "outline": (
        " No roster yet: capacity is that of a mean week of the plan less the leave that is known.",
        "尚无排班：产能按现有计划的周平均扣除已知休假估算。",
    ),
}


def reason_text(reason: Reason, tongue: Tongue) -> str:
    """A named threshold with what was measured and its limit."""
    found = MEASURES[reason.measure][tongue == "zh"].format(measured=reason.measured, limit=reason.limit)
    return f"{reason.threshold} ({found})" if tongue == "en" else f"{reason.threshold}（{found}）"


def grounds_text(reasons: Sequence[Reason], stands_on: StandsOn, tongue: Tongue) -> str:
    """Which thresholds raised a warning, and what its capacity stands on."""
    told, ground = [reason_text(one, tongue) for one in reasons], GROUNDS[stands_on][tongue == "zh"]
    return f" Raised by: {'; '.join(told)}.{ground}" if tongue == "en" else f"触发：{'；'.join(told)}。{ground}"


CAUSES: dict[Cause, tuple[str, str]] = {
    "planned": ("missing in the plan already", "原计划已缺"),
    "volume": ("volume", "话务量"),
    "handle_time": ("handle time", "处理时长"),
    "absence": ("absence", "缺勤"),
    "leave": ("leave granted since the plan", "计划后批准的休假"),
    "skill_mix": ("skill mix: heads on other queues, and later changes", "技能结构（在岗但接听其他队列）及后续调整"),
}
"""Names of the causes, in the order in which they are told."""

REMEDIES: dict[RemedyKind, tuple[str, str]] = {
    "breaks": ("move breaks", "调整小休用餐"),
    "off_phone": ("take back off-phone work", "召回知质培人员"),
    "overtime": ("offer overtime", "征询加班"),
    "lending": ("lend between projects", "跨项目支援"),
    "echelon": ("call echelon", "启动梯队"),
    "week_adjustment": ("adjust the week", "周调整"),
    "ivr_notice": ("publish an IVR notice", "发布语音公告"),
}


def causes_text(causes: Mapping[Cause, float], tongue: Tongue) -> str:
    """Missing heads by cause, those that bring or take nothing left out; empty without causes."""
    told = [(names[tongue == "zh"], causes[cause]) for cause, names in CAUSES.items() if abs(causes.get(cause, 0.0)) >= 0.05]
    joined = ("，" if tongue == "zh" else ", ").join(f"{name} {heads:+.1f}" for name, heads in told)
    return joined and (f"缺员构成：{joined}。" if tongue == "zh" else f"Missing heads by cause: {joined}.")


def remedy_text(remedy: Remedy, tongue: Tongue) -> str:
    """A remedy, until when it helps the whole stretch and some of it, and whom it may bring."""
    name = REMEDIES[remedy.kind][tongue == "zh"] + (f" {remedy.name}" if remedy.kind == "echelon" else "")
    whole, until = (f"{moment:%m-%d %H:%M}" for moment in (remedy.whole_by, remedy.until))
    if tongue == "zh":
        heads = "" if remedy.heads is None else f"，依法可召{remedy.heads}人"
        return f"{name}：已来不及" if remedy.late else f"{name}：{whole}前覆盖全程，最迟{until}{heads}"
    heads = "" if remedy.heads is None else f", {remedy.heads} may lawfully come"
    return f"{name}: too late" if remedy.late else f"{name}: by {whole} for all of it, {until} at the latest{heads}"


def activation_reason(
    queue: Queue, tier: EchelonTier, called: int, refusals: Mapping[str, int], chances: tuple[float, float], tongue: Tongue
) -> str:
    """Why so many members of a tier are called, and what it brings."""
    before, after = chances
    name, tier_name, out = title(queue, tongue), title(tier, tongue), refusal_text(refusals, tongue)
    chance = CHANCES[tongue][0]
    if tongue == "zh":
        effect = f"最差时段{chance}由{before:.0%}降至{after:.0%}"
        return f"召集{tier_name}{called}人支援{name}（每人按{tier.efficiency:g}个坐席计）：{effect}{out}。"
    return (
        f"{called} of {tier_name} called for {name} (each counted as {tier.efficiency:g} agents): in the worst slot the {chance} "
        f"falls from {before:.0%} to {after:.0%}{out}."
    )


REFUSALS: dict[str, tuple[str, str]] = {
    "skill": ("not skilled for the queue", "不具备该队列技能"),
    "protection": ("protected", "受保护"),
    "leave": ("on leave", "休假"),
    "duty": ("on duty", "当班"),
    "rest": ("without the rest between duties", "班次间休息不足"),
    "weekly_rest": ("needing the rest day of the week", "须保留每周休息日"),
    "run": ("at the end of a run of work", "连续工作已满"),
    "overtime": ("at the limit of overtime", "加班已达上限"),
    "month_cap": ("called often enough this month", "本月召集次数已满"),
    "unreachable": ("out of reach", "联系不上"),
    "declined": ("having declined today", "当日已拒绝"),
    "rule": ("held back by a rule of the rulebook", "受排班细则限制"),
}
"""Why a member cannot be called, in the order in which the causes are looked for."""


def refusal_text(refusals: Mapping[str, int], tongue: Tongue) -> str:
    """How many members cannot be called, and why; empty if none."""
    known = [(cause, count) for cause, count in sorted(refusals.items()) if count]
    if tongue == "zh":
        return f"；不能召集：{'、'.join(f'{REFUSALS[cause][1]}{count}人' for cause, count in known)}" if known else ""
    return f"; cannot be called: {', '.join(f'{count} {REFUSALS[cause][0]}' for cause, count in known)}" if known else ""


def approval_text(minutes: int, limit: int, tongue: Tongue) -> str:
    """Why a named person must approve an emergency duty first."""
    if tongue == "zh":
        return (
            f"应急值守{minutes / 60:g}小时，超过每日加班{limit / 60:g}小时上限（cn.ot.day_max，劳动法第四十一条）；"
            "是否适用第四十二条须由批准人判断并记录理由。"
        )
    return (
        f"An emergency duty of {minutes / 60:g} h exceeds {limit / 60:g} h of overtime a day (cn.ot.day_max, Labour Law art. 41); "
        "whether art. 42 applies is for the approver to judge and to record."
    )


def standby_reason(queue: Queue, tier: EchelonTier, members: int, level: WarningLevel, call_by: datetime, tongue: Tongue) -> str:
    """Why a tier is put on notice."""
    name, tier_name, colour = title(queue, tongue), title(tier, tongue), COLOURS[tongue][level]
    if tongue == "zh":
        return f"{name}{colour}预警：{tier_name}{members}人待命，最迟{call_by:%Y-%m-%d %H:%M}决定是否召集。"
    return f"{colour.capitalize()} warning for {name}: {members} of {tier_name} on notice, decide by {call_by:%Y-%m-%d %H:%M}."


def unmet_reason(queue: Queue, slots: int, chance: float, missing: float, tongue: Tongue) -> str:
    """What no echelon covers."""
    name, of_expected = title(queue, tongue), CHANCES[tongue][0]
    if tongue == "zh":
        return f"{name}仍有{slots}个时段未覆盖：{of_expected}最高{chance:.0%}，在线坐席缺{missing:.1f}人，已无人可及时召集。"
    return (
        f"{name}: {slots} slots stay uncovered, {of_expected} up to {chance:.0%}, {missing:.1f} agents missing on the phones; "
        "nobody else may be called in time."
    )


def level_text(level: WarningLevel, ladder: WarningLadder, tongue: Tongue) -> str:
    """The rung of the ladder that a level stands on."""
    rung = level - 1
    chance, need, hours = ladder.chance[rung], ladder.need[rung], ladder.look_ahead_hours[rung]
    of_expected = CHANCES[tongue][0]
    if tongue == "zh":
        return (
            f"{COLOURS[tongue][level]}：{of_expected}≥{chance:g}或需求/产能>{need:g}（至少缺{ladder.least_missing:g}人），连续{ladder.min_intervals}个时段，最多提前{hours:g}小时发布；"
            f"更早时降到允许的最高等级，超过{ladder.far_hours:g}小时须连续{ladder.far_intervals}个时段；概率低{ladder.chance_margin:g}且比值低"
            f"{ladder.need_margin:g}、连续{ladder.calm_looks}次巡检才降级"
        )
    return (
        f"{COLOURS[tongue][level]}: {of_expected} >= {chance:g} or need over capacity > {need:g} with {ladder.least_missing:g} "
        f"heads missing, {ladder.min_intervals} slots in a row, at most {hours:g} h ahead; farther ahead lowered to the highest "
        f"level allowed, beyond {ladder.far_hours:g} h {ladder.far_intervals} in a row; it falls when the chance is "
        f"{ladder.chance_margin:g} and the ratio {ladder.need_margin:g} below, in {ladder.calm_looks} looks in a row"
    )
