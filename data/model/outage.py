"""A failure or planned interruption of supply that makes customers call."""

from datetime import datetime

from pydantic import AwareDatetime, Field, ValidationInfo, field_validator

from data.model.base import Frozen


class Outage(Frozen):
    """Customers of a queue who are without supply for a stretch of time.

    Parameters
    ----------
    customers : float
        Customers affected.
    start, restored : datetime
        When supply fails and when all have it again: actual, or expected as long as it is not over.
    planned : bool
        Whether it was announced beforehand.
    notice_coverage : float
        Share of the customers told by SMS, app or IVR, in [0, 1]; they do not call.
    coefficient : float or None
        Calls per affected customer on the first day, in place of the model's.
    known_from : datetime or None
        Since when it is known. None = always if planned, otherwise from its start.
    """

    queue: str
    name: str
    name_zh: str = ""
    customers: float = Field(ge=0, allow_inf_nan=False)
    start: AwareDatetime
    restored: AwareDatetime
    planned: bool = False
    notice_coverage: float = Field(default=0.0, ge=0, le=1)
    coefficient: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    known_from: AwareDatetime | None = None

    @field_validator("restored")
    @classmethod
    def _after_its_start(cls, restored: AwareDatetime, info: ValidationInfo) -> AwareDatetime:
        if "start" in info.data and restored <= info.data["start"]:
            raise ValueError(f"a time after the start, {info.data['start'].isoformat(timespec='minutes')}")
        return restored

    def known(self, origin: datetime) -> bool:
        """Whether it is known at an instant."""
        since = self.known_from or (None if self.planned else self.start)
        return since is None or since <= origin

    @property
    def hours(self) -> float:
        """Hours until all have supply again."""
        return (self.restored - self.start).total_seconds() / 3600
