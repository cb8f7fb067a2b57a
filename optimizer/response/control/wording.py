"""The sentences of three-level control, English and Chinese, with their numbers; a person is never in them."""

from collections.abc import Mapping

from data.model.control import Cause, ControlDeed, ControlPolicy, Standing
from optimizer.response.control.league import Row
from optimizer.rostering.rules import Tongue

CAUSE_NAMES: dict[Cause, tuple[str, str]] = {
    "event": ("calls of an event or outage beyond forecast", "事件或停电带来的超预测话务"),
    "forecast": ("calls beyond forecast", "话务超出预测"),
    "slow": ("longer handle times than planned", "处理时长超出计划"),
    "understaffed": ("fewer rostered than required", "排班人数低于需求"),
    "absence": ("absence", "缺勤"),
    "luck": ("luck of the queue and callers carried over", "排队随机波动与积压"),
    "practice": ("practice: what the system does not explain", "执行层面：系统原因之外的部分"),
}

ADVICE: dict[Cause, tuple[str, str]] = {
    "event": (
        "Enter outages and events as soon as they are known, and check what their like brought.",
        "停电与事件一经获知即录入，并核对同类事件的实际影响。",
    ),
    "forecast": (
        "Look at the accuracy by lead time and at the overrides; adjust the week to the newest forecast.",
        "检查各提前期准确率与人工调整，并按最新预测做周调整。",
    ),
    "slow": (
        "Check systems and new kinds of calls with the project; plan with the handle time measured.",
        "与项目方核查系统与新增业务类型，按实测处理时长排班。",
    ),
    "understaffed": (
        "Move shifts to these intervals (echelon adjust, design-shifts), or agree on heads or on the target.",
        "将班次移至这些时段（周调整、班次设计），或商定增员或调整目标。",
    ),
    "absence": (
        "Name stand-ins early and keep the reserve of the echelons for these days.",
        "尽早安排替班，并为这些日期预留应急梯队。",
    ),
    "luck": (
        "Nothing to mend in single intervals; a reserve for the worst ones helps.",
        "单个时段无需整改；可为最差时段预留余量。",
    ),
    "practice": (
        "Talk with the team about what stands in the way of the work, and agree on measures with a date.",
        "与班组沟通工作中的障碍，商定措施与期限。",
    ),
}
"""What helps against each cause."""

DEEDS: dict[ControlDeed, tuple[str, str]] = {
    "named": ("named warning", "点名预警"),
    "interviewed": ("interview and rectification", "约谈整改"),
    "met": ("on-site meeting", "现场办公会"),
    "ordered": ("rectification order", "整改通知单"),
    "countersigned": ("countersigned", "会签"),
    "replied": ("reply", "整改回复"),
    "signed_off": ("signed off by the expert", "专业审核"),
    "closed": ("closed", "销号"),
    "reopened": ("reopened", "重新立项"),
}

STANDINGS: dict[Standing, tuple[str, str]] = {
    "open": ("open", "整改中"),
    "overdue": ("overdue", "逾期"),
    "closed": ("closed", "已销号"),
}

KINDS = {"team": ("team", "班组"), "project": ("project", "项目")}


def unit_text(unit: str, tongue: Tongue) -> str:
    """A unit by its kind and id."""
    kind, _, name = unit.partition(":")
    return f"{KINDS[kind][0]} {name}" if tongue == "en" else f"{KINDS[kind][1]}{name}"


def main_cause(causes: Mapping[Cause, float]) -> Cause:
    """The cause with the largest share, the system's before practice where they are even."""
    return max(causes, key=lambda cause: causes[cause])


def causes_text(causes: Mapping[Cause, float], tongue: Tongue) -> str:
    """The shares of the causes, the largest first, practice last: those of at least one per cent."""
    told = sorted(causes, key=lambda cause: (cause == "practice", -causes[cause]))
    parts = [f"{CAUSE_NAMES[cause][tongue == 'zh']} {causes[cause]:.0%}" for cause in told if causes[cause] >= 0.005]
    return ("; " if tongue == "en" else "；").join(parts)


def fair_statement(row: Row, tongue: Tongue, *, measured: bool) -> str:
    """Why a unit's targets were missed, the system first.

    Parameters
    ----------
    measured : bool
        Whether any service was measured; what is computed from calls and roster alone says nothing of practice.
    """
    if not row.missed:
        return f"{unit_text(row.unit, tongue)}: " + ("no target was missed." if tongue == "en" else "无未达标时段。")
    told, practice = causes_text(row.causes, tongue), row.causes["practice"]
    if tongue == "zh":
        end = f"系统原因之外为{practice:.0%}" if measured else "服务由话务与班表推算，不能据此评价执行层面"
        return (
            f"{unit_text(row.unit, tongue)}：折合{row.missed:.0f}个时段未达标，缺{row.missing_hours:.1f}人时。原因：{told}。{end}。"
        )
    unknown = "service follows from calls and roster: practice cannot be judged"
    end = f"{practice:.0%} may be called practice" if measured else unknown
    return (
        f"{unit_text(row.unit, tongue)}: {row.missed:.0f} intervals missed, {row.missing_hours:.1f} agent-hours missing. "
        f"Causes: {told}. {end[0].upper()}{end[1:]}."
    )


def formula_text(row: Row, policy: ControlPolicy, tongue: Tongue) -> str:
    """The risk index of a unit with its inputs."""
    name, whole = unit_text(row.unit, tongue), row.likelihood * row.calls
    lost, missing, gone = policy.lost_weight, policy.missing_weight, policy.abandoned_weight
    if tongue == "zh":
        return (
            f"{name}：风险指数{row.index:.2f} = 100 × 可能性{row.likelihood:.4f}"
            f"（未达标时段话务{whole:,.0f} ÷ 话务{row.calls:,.0f}）× 严重度{row.severity:.4f}"
            f"（{lost:g}×欠服务占比 + {missing:g}×缺人占需求 + {gone:g}×放弃占比，按话务平均）。"
            f"可信度{row.credibility:.2f}，向同类均值收缩后{row.credible:.2f}；应负责部分{row.answers:.2f}，"
            f"不低于{policy.named_index:g}的概率{row.chance:.0%}（达{policy.sure:.0%}时建议点名）。"
        )
    return (
        f"{name}: risk index {row.index:.2f} = 100 x likelihood {row.likelihood:.4f} (calls in missed intervals {whole:,.0f} / "
        f"calls {row.calls:,.0f}) x severity {row.severity:.4f} ({lost:g} x share not served as asked + {missing:g} x share of "
        f"needed agents missing + {gone:g} x share abandoned, mean over these calls). Credibility {row.credibility:.2f}: "
        f"{row.credible:.2f} when drawn towards the mean of its kind. Of it the unit answers for {row.answers:.2f}; chance that "
        f"this is at least {policy.named_index:g}: {row.chance:.0%} (from {policy.sure:.0%} on a named warning is proposed)."
    )
