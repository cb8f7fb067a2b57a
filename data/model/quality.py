"""Quality as callers see it: orders of repeat calls with a promised time, and SERVQUAL scores by dimension."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, Field, model_validator

from data.model.base import Frozen

Dimension = Literal["tangibles", "reliability", "responsiveness", "assurance", "empathy"]
"""The five dimensions of SERVQUAL (Parasuraman, Zeithaml, Berry 1988)."""

OrderState = Literal["open", "late", "answered", "answered_late", "final"]

LOWEST, HIGHEST = 1.0, 7.0
"""Scale of the 22 items of SERVQUAL."""


class RepeatOrder(Frozen):
    """A demand for which somebody calls again and again.

    Parameters
    ----------
    promised : datetime
        When an answer was promised.
    answered : datetime or None
        When it was given; None = not yet.
    final : bool
        Whether the answer is the last one: it is filed, and no further one is owed.
    cause : str
        Why the call was repeated, in the centre's own words.
    """

    id: str = Field(min_length=1)
    queue: str
    opened: AwareDatetime
    promised: AwareDatetime
    answered: AwareDatetime | None = None
    final: bool = False
    cause: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> "RepeatOrder":
        if self.promised < self.opened or (self.answered is not None and self.answered < self.opened):
            raise ValueError("promised and answered must not lie before opened")
        if self.final and self.answered is None:
            raise ValueError("a final answer needs the time at which it was given")
        return self

    def state(self, now: datetime) -> OrderState:
        """How it stands at an instant."""
        if self.answered is None or self.answered > now:
            return "late" if now > self.promised else "open"
        return "final" if self.final else "answered_late" if self.answered > self.promised else "answered"


class ServqualScore(Frozen):
    """What a survey found in one dimension.

    Parameters
    ----------
    perception, expectation : float
        Mean scores, 1 to 7.
    n : int
        Answers.
    gap_sd : float or None
        Standard deviation of perception - expectation over the answers; None = not told.
    """

    period: str = Field(min_length=1)
    project: str
    dimension: Dimension
    perception: float = Field(ge=LOWEST, le=HIGHEST)
    expectation: float = Field(ge=LOWEST, le=HIGHEST)
    n: int = Field(ge=2)
    gap_sd: float | None = Field(default=None, ge=0)
