"""The sentences of service risks, English and Chinese, with their numbers."""

from data.model.centre import Project
from data.model.risk import BandTerms, RiskCell, RiskPolicy
from data.model.risk_register import Treatment
from optimizer.response.warning.wording import title
from optimizer.rostering.rules import Tongue

BANDS_ZH = {"low": "低", "middle": "中", "high": "高", "crisis": "危机"}
STATES_ZH = {"identified": "已识别", "assessed": "已评估", "controlled": "已控制", "responded": "已应对"}
CAUSES_ZH = {"people": "人员", "process": "流程", "environment": "环境", "technology": "技术"}
SOURCES_ZH = {"inside": "内部", "outside": "外部"}
TREATMENTS_ZH = {"avoid": "规避", "transfer": "转移", "reduce": "降低", "accept": "接受"}


def formula(cell: RiskCell, policy: RiskPolicy, tongue: Tongue) -> str:
    """How the index of a cell comes about, each class with the thresholds it stands on."""
    chance = cell.chance * cell.scenario_chance
    if tongue == "zh":
        return (
            f"指数{cell.index}（{BANDS_ZH[cell.band]}）= 可能性{cell.likelihood} × 严重性{cell.severity}。"
            f"可能性：未达标概率{cell.chance:.1%} × 场景概率{cell.scenario_chance:g} = {chance:.1%}，分级{_steps(policy.chances)}；"
            f"严重性取三项中位：每小时加权损失来电{cell.weighted_calls:.1f}通（未加权{cell.lost_calls:.1f}），"
            f"分级{_steps(policy.lost_calls)}；缺员比例{cell.missing_share:.1%}，分级{_steps(policy.missing_shares)}；"
            f"持续{cell.hours:g}小时，分级{_steps(policy.hours)}。"
        )
    return (
        f"index {cell.index} ({cell.band}) = likelihood {cell.likelihood} x severity {cell.severity}. Likelihood: chance to miss "
        f"the target {cell.chance:.1%} x chance of the scenario {cell.scenario_chance:g} = {chance:.1%}, classes from "
        f"{_steps(policy.chances)}; severity is the middle one of {cell.weighted_calls:.1f} weighted lost calls an hour "
        f"({cell.lost_calls:.1f} unweighted), classes from {_steps(policy.lost_calls)}; {cell.missing_share:.1%} of the agents "
        f"missing, classes from {_steps(policy.missing_shares)}; {cell.hours:g} hours in a row, classes from "
        f"{_steps(policy.hours)}."
    )


def _steps(steps: tuple[float, ...]) -> str:
    return ", ".join(f"{step:g}" for step in steps)


def risk_title(project: Project, scenario: str, tongue: Tongue) -> str:
    """Title of a risk that the map shows, with the title of its scenario."""
    if tongue == "zh":
        return f"{title(project, tongue)}服务未达标（场景：{scenario}）"
    return f"{title(project, tongue)}: service below its target ({scenario})"


def terms_text(terms: BandTerms, tongue: Tongue) -> str:
    """What a band asks for."""
    if tongue == "zh":
        plan = "，附应对方案" if terms.plan else ""
        return f"{terms.within_hours:g}小时内告知{terms.tell_zh or terms.tell}{plan}，{terms.review_days}天内复核"
    plan = ", with a plan" if terms.plan else ""
    return f"tell the {terms.tell} within {terms.within_hours:g} h{plan}; review within {terms.review_days} days"


def treatment_text(one: Treatment, tongue: Tongue) -> str:
    """A way to treat a risk, with its cost and what is left."""
    if tongue == "zh":
        left = f"预计指数{one.likelihood} × {one.severity} = {one.index}"
        return f"{TREATMENTS_ZH[one.kind]}：{one.text or '-'}，成本{one.cost_hours:g}工时，{left}"
    left = f"expected index {one.likelihood} x {one.severity} = {one.index}"
    return f"{one.kind}: {one.text or '-'}, costs {one.cost_hours:g} hours of pay, {left}"


def effect_text(before: int, after: int, tongue: Tongue) -> str:
    """What a treatment brought."""
    if tongue == "zh":
        works = "有效，可转入细则：echelon rulebook draft"
        return f"指数由{before}变为{after}：{works if after < before else '未见效，请另选措施：echelon risk treat'}"
    works = "it works: promote it to the rulebook with `echelon rulebook draft`"
    return f"index {before} before, {after} after: {works if after < before else 'no effect, treat it otherwise'}"
