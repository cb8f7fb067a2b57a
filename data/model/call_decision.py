"""Call now or wait: what is decided of each echelon for a threatened stretch, and what it is decided by."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import Field

from data.model.base import Frozen


class DecisionPolicy(Frozen):
    """How finely calling is weighed (house choice; editable); what an hour costs is said in `PricePolicy`.

    Parameters
    ----------
    common_share : float
        Share of the variance of the log of the calls of an interval that is the same for the hours looked at, in [0, 1]; the
        rest is of the interval alone. The share is that of sample paths (`forecasting.paths`), what comes and goes within
        hours being held to be of the interval.
    batches : int
        Members of a tier are called in so many equal batches at most; with fewer members one by one.
    ahead_hours : int
        Stretches that begin later than this are left to a later look.
    """

    common_share: float = Field(default=0.75, ge=0, le=1)
    batches: int = Field(default=4, ge=1, le=8)
    ahead_hours: int = Field(default=16, ge=1, le=48)


@dataclass(frozen=True, slots=True)
class Threshold:
    """From how many calls on a tier is called, at one moment to come.

    Parameters
    ----------
    at : datetime
        Moment of the decision.
    since : datetime
        Start of the stretch in which the calls are counted; it ends at `at`.
    calls : float
        More calls than these: call; 0 = call whatever comes.
    """

    at: datetime
    since: datetime
    calls: float


@dataclass(frozen=True, slots=True)
class TierDecision:
    """What is decided of one tier.

    Parameters
    ----------
    asked : int
        Members to call now; 0 = wait.
    able : int
        Members who may lawfully be called for the stretch.
    members : tuple of str
        Those to call now, in their order.
    arrival : datetime
        When members called now are on the phones.
    decide_by : datetime or None
        Last moment at which calling may still pay (whatever comes but for one path in twenty); None = it pays no more.
    thresholds : tuple of Threshold
        For each moment to come at which calling may pay, up to `decide_by`.
    cost_now, cost_wait : float
        Least expected cost if some of the tier are called now, and if none are, all else decided best; inf = cannot.
    """

    echelon: str
    asked: int
    able: int
    members: tuple[str, ...]
    arrival: datetime
    decide_by: datetime | None
    thresholds: tuple[Threshold, ...]
    cost_now: float
    cost_wait: float
    reason: str = ""
    reason_zh: str = ""


@dataclass(frozen=True, slots=True)
class CallDecision:
    """What is decided for one threatened stretch of a queue; costs are expected and in the unit of `Queue.under_cost`.

    Parameters
    ----------
    start, end : datetime
        Stretch, half-open, no longer than the shortest longest duty of the tiers.
    missing_hours : float
        Agent-hours expected to be missing if nobody is called.
    cost_never : float
        If nobody is ever called.
    cost_now : float
        If somebody is called now, whoever is best, and all later decisions are made best; inf = nobody can be.
    cost_wait : float
        If nobody is called now, and all later decisions are made best.
    """

    queue: str
    at: datetime
    start: datetime
    end: datetime
    missing_hours: float
    cost_never: float
    cost_now: float
    cost_wait: float
    tiers: tuple[TierDecision, ...]

    @property
    def value_of_waiting(self) -> float:
        """What is saved by not calling now, negative if calling is better; inf if nobody can be called."""
        return self.cost_now - self.cost_wait
