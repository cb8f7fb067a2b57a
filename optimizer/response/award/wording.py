"""The sentences of points and rights, English and Chinese, with their numbers."""

from collections.abc import Mapping

from data.model.measure import Claim, Measure
from data.model.points import Reason
from optimizer.response.award.deeds import Deed
from optimizer.rostering.rules import Tongue

DEEDS: dict[Tongue, dict[Reason, str]] = {
    "en": {
        Reason.CALL_IN: "Emergency call-in",
        Reason.OVERTIME: "Overtime in short intervals",
        Reason.UNPOPULAR: "Unpopular shift",
    },
    "zh": {Reason.CALL_IN: "应急出勤", Reason.OVERTIME: "紧缺时段加班", Reason.UNPOPULAR: "不受欢迎班次"},
}
"""Names of what earns points."""

REFUSALS: dict[Tongue, dict[str, str]] = {
    "en": {
        "service": "{months} months of service, {least_months} are needed",
        "points": "{points} points may be redeemed, {needed} are needed",
        "outside": "the days are not all among the open days of this plan, {first_open} to {last_open}",
        "festival": "none of the days is a public holiday",
        "away": "leave stands on some of the days",
        "quota": "the quota of {quota} a month and team is used up",
        "line": "no legal line is left: {cause}",
        "budget": "it costs {cost:.1f} in service, {left:.1f} of the month's {budget:.1f} are left",
    },
    "zh": {
        "service": "工龄 {months} 个月，需满 {least_months} 个月",
        "points": "可兑换积分 {points}，需 {needed}",
        "outside": "所申请日期不全在本期可排日期内（{first_open} 至 {last_open}）",
        "festival": "所申请日期内没有法定节假日",
        "away": "其中部分日期已有休假",
        "quota": "本班组本月名额 {quota} 个已用完",
        "line": "没有合规的排班：{cause}",
        "budget": "服务代价 {cost:.1f}，本月额度 {budget:.1f} 仅余 {left:.1f}",
    },
}
"""Why a claim waits, by code."""


def earned_text(deed: Deed, inputs: Mapping[str, float], points: int, tongue: Tongue) -> str:
    """How the points of a deed come about."""
    name, minutes = DEEDS[tongue][deed.reason], round(deed.minutes)
    formula = (
        f"{inputs['value']:.2f} × {inputs['weight']:g} × {inputs['rate']:g} × {inputs['capped']:.4f} × {inputs['scaled']:.4f}"
        f" = {inputs['exact']:.2f}"
    )
    if tongue == "zh":
        return (
            f"{name}（{deed.day}，{minutes} 分钟）：时段价格之和 × 权重 × 每单位积分 × 个人上限系数 × 月度预算系数 = {formula}；"
            f"与本月此前 {inputs['before']:.2f} 分累计后取整，计 {points} 分。"
        )
    return (
        f"{name} ({deed.day}, {minutes} minutes): sum of interval prices × weight × points per unit × share left by the "
        f"agent's cap × share left by the month's budget = {formula}; running total from {inputs['before']:.2f} rounded down: "
        f"{points} points."
    )


def granted_text(claim: Claim, measure: Measure, cost: float, budget: float, tongue: Tongue) -> str:
    """What a right takes in points and in service."""
    days = str(claim.first) if claim.first == claim.last else f"{claim.first} – {claim.last}"
    share = f"{cost / budget:.1%}" if budget > 0 else "–"
    if tongue == "zh":
        service = f"，服务代价 {cost:.1f}，占本月额度 {share}" if measure.of_roster else ""
        return f"批准{measure.name_zh}（{days}）：{measure.price} 分{service}。"
    service = f"; it costs {cost:.1f} in service, {share} of the month's budget" if measure.of_roster else ""
    return f"{measure.name} ({days}) granted for {measure.price} points{service}."


def refusal_text(measure: Measure, code: str, numbers: Mapping[str, object], tongue: Tongue) -> str:
    """Why a claim waits."""
    cause = REFUSALS[tongue][code].format_map(dict(numbers))
    return f"{measure.name_zh}：{cause}。" if tongue == "zh" else f"{measure.name}: {cause}."
