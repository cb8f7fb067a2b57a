"""The day as it runs: what the switch says of each queue, interval by interval."""

from pydantic import AwareDatetime, Field

from data.model.base import Frozen


class LiveInterval(Frozen):
    """One interval of a queue.

    Parameters
    ----------
    timestamp : datetime
        Its start; all intervals of a queue are equally long.
    in_target : float or None
        Answered within the threshold of the target; like the others None = not told.
    waiting : float or None
        Calls in the queue at its end.
    longest_wait_s : float or None
        Of the calls that wait at its end, or were answered in it.
    """

    queue: str
    timestamp: AwareDatetime
    offered: float = Field(ge=0)
    answered: float | None = Field(default=None, ge=0)
    in_target: float | None = Field(default=None, ge=0)
    waiting: float | None = Field(default=None, ge=0)
    longest_wait_s: float | None = Field(default=None, ge=0)
