"""Who has borne how much of what nobody likes: running balances, and how agents stand among those with whom they compare."""

from datetime import date
from typing import Literal, get_args

from pydantic import Field, NonNegativeFloat

from data.model.base import Frozen

Burden = Literal["nights", "weekends", "festivals", "standby", "call_outs", "refused_wishes", "points"]
"""What is counted; points are those of unpopular duty (`data.model.ledger.Balance.points`)."""

BURDENS: tuple[Burden, ...] = get_args(Burden)


class FairnessBalance(Frozen):
    """What an agent has borne up to the end of a day; older burdens count less, over a rolling year.

    Parameters
    ----------
    until : date
        Last day that is in the counts.
    nights : float
        Shifts with at least three hours of night work.
    weekends, festivals : float
        Weekends, and statutory holidays on days in a row, with a shift.
    standby, call_outs : float
        Days on notice with an echelon, and days on which it was called.
    refused_wishes : float
    points : float
        `data.model.ledger.Balance.points` on the same day: above an equal share, below it negative.
    """

    agent: str
    until: date
    nights: NonNegativeFloat = 0.0
    weekends: NonNegativeFloat = 0.0
    festivals: NonNegativeFloat = 0.0
    standby: NonNegativeFloat = 0.0
    call_outs: NonNegativeFloat = 0.0
    refused_wishes: NonNegativeFloat = 0.0
    points: float = 0.0


class Spread(Frozen):
    """How a burden is spread over comparable agents: the same contract, all with a ban on night work or all without.

    Parameters
    ----------
    agents : int
    mean, deviation : float
        The deviation is that of all of them, not of a sample.
    quantiles : tuple of float
        Least, 10 %, 25 %, 50 %, 75 %, 90 %, most.
    """

    burden: Burden
    contract: str
    no_night: bool
    agents: int = Field(ge=1)
    mean: float
    deviation: float = Field(ge=0)
    quantiles: tuple[float, float, float, float, float, float, float]


class Place(Frozen):
    """An agent's burden among comparable agents; place 1 bears the most, equals share a place."""

    value: float
    place: int = Field(ge=1)
    spread: Spread


class Standing(Frozen):
    """How an agent stands, and what unpopular duty of the next month should weigh for them.

    Parameters
    ----------
    places : tuple of Place
        In the order of `BURDENS`.
    weight : float
        Above 1 = to be spared, below 1 = next in turn.
    """

    agent: str
    until: date
    places: tuple[Place, ...]
    weight: float = Field(gt=0)
