"""Stretches of a call history that nothing is learnt from."""

from pydantic import AwareDatetime, model_validator

from data.model.base import Frozen


class Exclusion(Frozen):
    """A stretch of a queue's history that counts as not known.

    Parameters
    ----------
    start, end : datetime
        Half-open.
    reason : str
        Why, for people.
    """

    queue: str
    start: AwareDatetime
    end: AwareDatetime
    reason: str

    @model_validator(mode="after")
    def _ordered(self) -> "Exclusion":
        if self.end <= self.start:
            raise ValueError(f"the exclusion of {self.queue!r} ends before it starts")
        return self
