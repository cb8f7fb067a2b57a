"""Heads demanded on a shift and day, whatever the queues need."""

from datetime import date

from pydantic import Field

from data.model.base import Frozen


class ShiftDemand(Frozen):
    """So many agents on a shift on a day; several of one day and shift add up, as a minimum and an optimum do.

    Parameters
    ----------
    shift : str
        Code of the shift.
    heads : int
        Agents demanded.
    under, over : float
        Cost of each head missing, and of each beyond.
    """

    day: date
    shift: str
    heads: int = Field(ge=0)
    under: float = Field(ge=0)
    over: float = Field(ge=0)
