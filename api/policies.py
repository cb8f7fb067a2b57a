"""What the planners of a centre have settled: ``policies.toml``, all of it optional; what is not said is a house choice."""

from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from data.exchange.documents import findings_of, load_toml
from data.model.base import Frozen
from data.model.call_decision import DecisionPolicy
from data.model.change_budget import ChangeBudget
from data.model.control import ControlPolicy
from data.model.drill import DrillPolicy
from data.model.duty import DutyPolicy
from data.model.echelon_size import SizingPolicy
from data.model.errors import InvalidData
from data.model.leave_plan import LeavePolicy
from data.model.loan import LendPolicy
from data.model.points import PointsPolicy
from data.model.prices import PricePolicy
from data.model.proposal import ProposalPolicy
from data.model.request import RequestPolicy
from data.model.response import CallOutPolicy
from data.model.risk import RiskPolicy
from data.model.rulebook_life import RulebookTerms
from data.model.stress import StressPolicy
from data.model.warning_policy import WarningPolicy
from optimizer.response.award import AwardTerms, RightsTerms
from optimizer.response.trough import RecallParams, TroughParams

POLICIES_FILE = "policies.toml"
MONTH_POINTS = 2000
"""Points that all agents together may earn in a month (house choice, for some 500 agents)."""


class Policies(Frozen):
    """Terms and numbers of a centre, one table of the file each.

    Parameters
    ----------
    prices : PricePolicy
        What an hour of pay is worth beside a missing agent.
    requests : RequestPolicy
        When swaps, covers, overtime, early leave and leave are granted.
    changes : ChangeBudget
        What a week adjustment may change.
    warnings : WarningPolicy
        From which risk, or by which signal, each level of a capacity warning holds, and who must answer in which time.
    call_outs : CallOutPolicy
        From which level on echelons are called.
    points, awards : PointsPolicy, AwardTerms
        How many contribution points there are, and what earns them.
    rights : RightsTerms
        What rights may cost in service.
    off_phone, take_back : TroughParams, RecallParams
        How work off the phones is placed, and when it is taken back.
    rulebook : RulebookTerms
        How long a draft of the rulebook is before the staff.
    proposals : ProposalPolicy
        What is proposed for the rest of a day, and for how long.
    leave : LeavePolicy
        How many may be on leave, and what decides between wishes.
    stress : StressPolicy
        What breaks in a stress test, and what help costs.
    duty : DutyPolicy
        In which shifts echelons stand by, and how that is shared out.
    risk : RiskPolicy
        Scale and bands of the service-risk index.
    lending : LendPolicy
        When agents answer for another project.
    drills : DrillPolicy
        How often a scenario is drilled, and what its score is made of.
    decisions : DecisionPolicy
        How finely calling an echelon now is weighed.
    sizing : SizingPolicy
        What the sizes of the echelons are weighed by.
    control : ControlPolicy
        When teams and projects are named, and how long they have.
    """

    prices: PricePolicy = PricePolicy()
    requests: RequestPolicy = RequestPolicy()
    changes: ChangeBudget = ChangeBudget()
    warnings: WarningPolicy = WarningPolicy()
    call_outs: CallOutPolicy = CallOutPolicy()
    points: PointsPolicy = PointsPolicy(month_budget=MONTH_POINTS)
    awards: AwardTerms = AwardTerms()
    rights: RightsTerms = RightsTerms()
    off_phone: TroughParams = TroughParams()
    take_back: RecallParams = RecallParams()
    rulebook: RulebookTerms = RulebookTerms()
    proposals: ProposalPolicy = ProposalPolicy()
    leave: LeavePolicy = LeavePolicy()
    stress: StressPolicy = StressPolicy()
    duty: DutyPolicy = DutyPolicy()
    risk: RiskPolicy = RiskPolicy()
    lending: LendPolicy = LendPolicy()
    drills: DrillPolicy = DrillPolicy()
    decisions: DecisionPolicy = DecisionPolicy()
    sizing: SizingPolicy = SizingPolicy()
    control: ControlPolicy = ControlPolicy()


def read_policies(folder: Path) -> Policies:
    """Policies of a centre's folder; without a file those of the house.

    Raises
    ------
    InvalidData
        Once, with every finding.
    """
    path = folder / POLICIES_FILE
    if not path.is_file():
        return Policies()
    try:
        return Policies.model_validate(_over(Policies().model_dump(), load_toml(path)))
    except ValidationError as error:
        raise InvalidData(findings_of(error, path.name)) from error


def _over(house: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """What is told, and for the rest, table by table, what the house says."""
    tables = {
        key: _over(cast(dict[str, Any], house[key]), value)
        for key, value in told.items()
        if _table(value) and _table(house.get(key))
    }
    return house | told | tables


def _table(value: object) -> bool:
    return isinstance(value, dict)
