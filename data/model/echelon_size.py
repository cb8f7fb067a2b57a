"""How large each echelon must be in a season: what it is weighed by, and the sizes that were found."""

from dataclasses import dataclass

from pydantic import Field

from data.model.base import Frozen
from data.model.time import Horizon


class SizingPolicy(Frozen):
    """What sizes are weighed by (house choice; editable); what an hour costs is said in `PricePolicy`.

    Parameters
    ----------
    customers : float
        Customers of the area whose outages bring calls; 0 = outages are left out.
    outage_queue : str
        Whose calls they bring; empty = the busiest queue's.
    standby_hours : float
        Hours a day that a member is on standby.
    tolerated_share : float
        Share of the heads needed that may be missing at no cost: what the tweaks of the day make good.
    deep_share, deep_factor : float
        Heads missing beyond this share of those needed cost so many times more: callers then give up by the dozen.
    tail : float
        Share of the days that count as the worst ones.
    """

    customers: float = Field(default=2_000_000, ge=0)
    outage_queue: str = ""
    standby_hours: float = Field(default=4.0, ge=0, le=24)
    tolerated_share: float = Field(default=0.05, ge=0, lt=1)
    deep_share: float = Field(default=0.25, gt=0, le=1)
    deep_factor: float = Field(default=2.0, ge=1)
    tail: float = Field(default=0.05, gt=0, lt=1)


@dataclass(frozen=True, slots=True)
class SizePoint:
    """Sizes that cost least with the worst days bounded; costs are a day, in the unit of `Queue.under_cost`.

    Parameters
    ----------
    bound : float
        Most agent-hours missing on a mean day of the worst ones; inf = not bounded.
    sizes : tuple of int
        Members of each tier.
    standby, called, missing : float
        Expected cost of standby, of call-outs and of what is missing nevertheless.
    hours, tail_hours : float
        Agent-hours missing on a mean day, and on a mean day of the worst ones.
    least : float
        No sizes cost less: what fractions of members would cost.
    fresh, fresh_half : float
        Cost of the sizes on scenarios that they were not made for, and the half width of its 95 % interval.
    fresh_tail_hours : float
        On those the agent-hours missing on a mean day of the worst ones.
    """

    bound: float
    sizes: tuple[int, ...]
    standby: float
    called: float
    missing: float
    hours: float
    tail_hours: float
    least: float
    fresh: float
    fresh_half: float
    fresh_tail_hours: float

    @property
    def cost(self) -> float:
        """Expected cost of a day."""
        return self.standby + self.called + self.missing


@dataclass(frozen=True)
class EchelonSizes:
    """The curve of cost against risk of a season, the cheapest first, then the safer ones.

    Parameters
    ----------
    scenarios : int
        Seasons that were drawn, and as many fresh ones.
    outages : float
        Outages in a mean season.
    without : SizePoint
        Nobody on standby.
    """

    horizon: Horizon
    tiers: tuple[str, ...]
    scenarios: int
    outages: float
    without: SizePoint
    points: tuple[SizePoint, ...]
