"""When an agent can be reached, and how: what stands there holds, else an agent can be reached at any time."""

from typing import Self

from pydantic import AwareDatetime, Field, model_validator

from data.model.base import Frozen


class Reach(Frozen):
    """A stretch in which an agent can be reached, or cannot.

    Parameters
    ----------
    at, until : datetime
        Half-open.
    channel : str
        How, such as a telephone; a word for those who call, not a number.
    """

    agent: str = Field(min_length=1)
    at: AwareDatetime
    until: AwareDatetime
    reachable: bool
    channel: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.until <= self.at:
            raise ValueError(f"{self.agent}: until {self.until.isoformat()} is not after {self.at.isoformat()}")
        return self


def unreachable(told: tuple[Reach, ...], at: AwareDatetime) -> frozenset[str]:
    """Agents who cannot be reached at an instant: the last row that holds then counts."""
    held = {one.agent: one.reachable for one in told if one.at <= at < one.until}
    return frozenset(agent for agent, reachable in held.items() if not reachable)
