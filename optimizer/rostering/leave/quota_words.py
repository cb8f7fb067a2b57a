"""How a quota comes about, with its numbers, in both languages."""

from data.model.leave_plan import LeavePolicy, LeaveQuota
from optimizer.rostering.leave.wording import span_words
from optimizer.rostering.rules import Tongue


def quota_words(quota: LeaveQuota, policy: LeavePolicy, tongue: Tongue) -> str:
    """The formula of a quota with its inputs."""
    head = f"{quota.name}, {span_words([(quota.first, quota.last)], tongue)}"
    if quota.kind == "share":
        return _share(quota, policy, head, tongue)
    left = f"{quota.plannable:.1f} - {quota.need:.1f} = {quota.plannable - quota.need:.1f}"
    have, need = _plannable(quota, tongue), _needed(quota, policy, tongue)
    if tongue == "en":
        return f"{head}: {left} shifts, so {quota.quota}. {have} {need}"
    return f"{head}：{left} 班，取 {quota.quota}。{have}{need}"


def _share(quota: LeaveQuota, policy: LeavePolicy, head: str, tongue: Tongue) -> str:
    most = int(quota.agents - quota.need)
    left = f"{most} - {quota.away} = {most - quota.away}"
    if tongue == "en":
        return (
            f"{head}, share of a skill group: {left}, so {quota.quota}. {policy.most_share:.0%} of {quota.agents} agents, one at \
least, less those away already."
        )
    return f"{head} 技能组比例：{left}，取 {quota.quota}。{quota.agents} 人的 {policy.most_share:.0%}（至少 1 人），减已休人数。"


def _plannable(quota: LeaveQuota, tongue: Tongue) -> str:
    """What can be planned."""
    week = quota.kind == "week"
    if tongue == "en":
        which = "that the rules let them work in these days" if week else "that they could work on the day"
        away = f"less {quota.away} {'days of leave' if week else 'on leave'}"
        return f"Plannable: the shifts of {quota.agents} agents {which}, {away}."
    which = "按规则在这些天可上的班" if week else "当天可上的班"
    return f"可排：{quota.agents} 人{which}，减已休 {quota.away}。"


def _needed(quota: LeaveQuota, policy: LeavePolicy, tongue: Tongue) -> str:
    """What is needed."""
    if tongue == "en":
        risk = f"so many calls that more come with a chance of {policy.most_chance:.0%}"
        return (
            f"Needed: shifts of {quota.shift_hours:g} h that cover {risk}, {policy.most_short:.0%} of the agent-hours left short."
        )
    risk = f"话务超出预测的概率为 {policy.most_chance:.0%} 时的需求"
    return f"需要：每班 {quota.shift_hours:g} 小时，覆盖{risk}，容许缺 {policy.most_short:.0%} 工时。"
