"""The sentences about how far a history carries, English and Chinese, with their numbers."""

from dataclasses import dataclass

STEPS = {
    "none": ("there is nothing to forecast from", "无法预测"),
    "same_weekday": ("the forecast will be the mean of the same weekdays", "将采用同星期均值预测"),
    "small": ("the forecast will be a small model without month effects", "将采用不含月内效应的小模型"),
    "full": ("the forecast will be the full model without an annual season", "将采用完整模型（不含年度季节）"),
    "yearly": ("the forecast will be the full model with an annual season", "将采用含年度季节的完整模型"),
}
LACKS = {
    "level": (
        "no count is known before the origin: bring calls, or start from a like queue",
        "起点之前没有话务数据：请导入，或参照相似队列",
    ),
    "curve": (
        "under three weeks, the shape of the day is hardly known: three weeks would help",
        "不足3周，日内曲线难以判断：补足3周为宜",
    ),
    "month": ("under eight weeks, month ends cannot be judged: eight weeks would help", "不足8周，无法判断月末效应：补足8周为宜"),
    "year": (
        "under thirteen months, no annual season: add the same months of last year",
        "不足13个月，无法判断年度季节：请补充去年同期数据",
    ),
    "holiday": (
        "met fewer than four times: {holidays}; enter an event or an override",
        "历史中不足4次的节假日：{holidays}；请录入事件或人工修正",
    ),
    "quantiles": ("the quantiles are assumed, not learnt: a few more weeks would help", "分位数为假定值而非学得：再积累数周为宜"),
    "small": (
        "too few calls for single intervals (noise alone is {floor:.0%}): use longer intervals or pool queues",
        "单时段话务过小（仅噪声误差即{floor:.0%}）：请加长时段或合并队列",
    ),
    "sparse": ("only {share:.0%} of the usual intervals are known: fill the gaps", "常规时段仅{share:.0%}有数据：请补全缺失"),
    "far": ("the days asked for are more than the days known", "预测天数多于已知天数"),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the sentences are made of; see `forecasting.sufficiency.Sufficiency`."""

    queue: str
    weeks: float
    share: float
    calls: float
    floor: float
    step: str
    lacks: tuple[str, ...]
    holidays: tuple[str, ...]


def sentences(facts: Facts) -> tuple[str, str]:
    """English and Chinese."""
    numbers = {"floor": facts.floor, "share": facts.share}
    english = [LACKS[lack][0].format(**numbers, holidays=", ".join(facts.holidays)) for lack in facts.lacks]
    chinese = [LACKS[lack][1].format(**numbers, holidays="、".join(facts.holidays)) for lack in facts.lacks]
    step = STEPS[facts.step]
    head = f"{facts.queue}: {facts.weeks:.1f} weeks, {facts.share:.0%} known, {facts.calls:.1f} calls per interval; {step[0]}"
    opening = f"{facts.queue}：{facts.weeks:.1f}周数据，完整率{facts.share:.0%}，每时段{facts.calls:.1f}个来电；{step[1]}"
    return "; ".join([head, *english]) + ".", "。".join([opening, *chinese]) + "。"
