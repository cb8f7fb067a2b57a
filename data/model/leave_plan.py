"""Leave before a month is planned: what agents wish, how many may be away, and what was decided."""

from datetime import date, timedelta
from typing import Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt

from data.model.base import Frozen
from data.model.people import Absence

Span = tuple[date, date]
"""First and last day, both in it."""
QuotaKind = Literal["day", "week", "share"]
LeaveOutcome = Literal["granted", "part", "refused"]
LeaveCause = Literal["", "full", "on_leave", "own_wish"]


class LeaveWish(Absence):
    """Leave that an agent would like to have: an absence that nobody has granted yet.

    Parameters
    ----------
    rank : int
        1 = most wanted, to 5.
    bid : int
        Contribution points offered for these days.
    flexible_days : int
        How far the leave may move, days; 0 = anywhere in the days decided on.
    split : bool
        Whether some of the days alone would do.
    """

    id: str = Field(min_length=1)
    rank: int = Field(default=3, ge=1, le=5)
    bid: NonNegativeInt = 0
    flexible_days: int = Field(default=0, ge=0, le=31)
    split: bool = False

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.last - self.first).days + 1

    def absence(self, span: Span) -> Absence:
        """The leave on some of its days, once it is granted."""
        return Absence(agent=self.agent, first=span[0], last=span[1], code=self.code, paid=self.paid)

    def at(self, first: date) -> Span:
        """The same number of days from another one on."""
        return first, first + timedelta(days=self.days - 1)


class LeavePolicy(Frozen):
    """How much leave a month bears, and what decides between wishes.

    Parameters
    ----------
    most_chance : float
        Leave is granted while the chance that a day cannot be staffed to its target stays at or under this.
    most_short : float
        Share of the agent-hours that a day needs that may be missing before its target counts as missed: intervals with agents
        to spare make up for others.
    most_share : float
        Most of the agents of a skill group who may be away on a day; one at least.
    statutory : tuple of str
        Codes of leave that the law gives as of right: granted first, outside of the quota, and free of points.
    rank_weights : tuple of float
        Worth of a day of leave of rank 1 to 5.
    refused_share : float
        By how much more a day is worth for each wish refused before.
    most_refused : int
        Refused wishes that count.
    bid_share : float
        By how much more a day is worth at a bid of `most_bid`; smaller bids in proportion.
    most_bid : int
        Points; bids beyond count as this.

    References
    ----------
    Statutory leave: Labour Law (2018) art. 51 (marriage and bereavement) and art. 62, Special Rules for Female Employees (2012)
    art. 7 (maternity); illness is nobody's choice. All numbers: house choice. A bid cannot outweigh a rank: it adds less than
    the least step between two of them.
    """

    most_chance: float = Field(default=0.2, gt=0, lt=1)
    most_short: float = Field(default=0.02, ge=0, lt=1)
    most_share: float = Field(default=0.25, gt=0, le=1)
    statutory: tuple[str, ...] = ("ML", "PL", "WL", "BL", "SL")
    rank_weights: tuple[PositiveInt, PositiveInt, PositiveInt, PositiveInt, PositiveInt] = (16, 8, 4, 2, 1)
    refused_share: NonNegativeFloat = 0.1
    most_refused: NonNegativeInt = 5
    bid_share: NonNegativeFloat = 0.25
    most_bid: PositiveInt = 100

    def day_value(self, wish: LeaveWish, refused: float) -> float:
        """What a day of a wish is worth.

        Parameters
        ----------
        refused : float
            Wishes of the agent that were refused before.
        """
        more = self.refused_share * min(refused, self.most_refused) + self.bid_share * min(wish.bid, self.most_bid) / self.most_bid
        return self.rank_weights[wish.rank - 1] * (1.0 + more)


class LeaveQuota(Frozen):
    """How many of some agents may be away, and what that number rests on.

    Parameters
    ----------
    kind : str
        day: of those who answer some queues, on a day; week: days of leave of the same agents in a week; share: of one skill
        group on a day.
    queues : tuple of str
        The queues that are answered, or those of the skill group.
    agents : int
        Agents counted.
    away : int
        Agents, or days in a week, already on leave, statutory leave included.
    need, plannable : float
        Shifts needed at the chance that is borne, and those that can be planned without those away; of a share: agents.
    shift_hours : float
        Paid hours of a shift, as all numbers of shifts are counted.
    quota : int
        Agents, or days of leave in a week, who may be away beside these.
    """

    kind: QuotaKind
    queues: tuple[str, ...]
    first: date
    last: date
    agents: int
    away: NonNegativeInt
    need: NonNegativeFloat
    plannable: float
    shift_hours: NonNegativeFloat = 0.0
    quota: NonNegativeInt

    @property
    def name(self) -> str:
        """Whom it counts."""
        return "+".join(self.queues)


class LeaveDecision(Frozen):
    """What became of a wish.

    Parameters
    ----------
    wish, agent : str
    cause : str
        full: the quota of some days is used up; on_leave: the agent is on leave there already; own_wish: another wish of the
        agent holds these days; empty if all was granted.
    granted : tuple of (date, date)
        Days of leave, both ends in it.
    value : float
        What all its days are worth.
    points : int
        Contribution points to be paid.
    offer : (date, date) or None
        The nearest days that would have been granted.
    sentence, sentence_zh : str
        The outcome and why, for the agent: no other agent is named.
    """

    wish: str
    agent: str
    outcome: LeaveOutcome
    cause: LeaveCause = ""
    granted: tuple[Span, ...] = ()
    value: NonNegativeFloat = 0.0
    points: NonNegativeInt = 0
    offer: Span | None = None
    sentence: str
    sentence_zh: str


class DayOfLeave(Frozen):
    """How a day stands, for a table.

    Parameters
    ----------
    queues : tuple of str
        Those whose agents have the least room for their number; all but the chances is theirs.
    needed, plannable : float
        Shifts.
    quota, granted : int
        Agents who may be away beside those already, and who were granted it.
    week_quota, week_granted : int
        The same of days of leave in the week.
    chance_before, chance : float
        Chance that the day cannot be staffed to its target, before and after what was granted.
    """

    day: date
    queues: tuple[str, ...]
    needed: float
    plannable: float
    quota: int
    granted: int
    week_quota: int
    week_granted: int
    chance_before: float
    chance: float


class LeavePlan(Frozen):
    """All that was decided on the leave of some days.

    Parameters
    ----------
    value, bound : float
        Worth of all that was granted by auction, and what no choice could exceed.
    """

    days: tuple[DayOfLeave, ...]
    quotas: tuple[LeaveQuota, ...]
    decisions: tuple[LeaveDecision, ...]
    value: float
    bound: float
