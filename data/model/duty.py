"""The duty list 值守表: who of an echelon is on standby in which shift of which day, and on what terms it is made."""

from datetime import date, time

from pydantic import AwareDatetime, Field, model_validator

from data.model.base import Frozen
from data.model.roster import ShiftTemplate


class StandbyShift(Frozen):
    """A stretch of the day in which members stand by.

    Parameters
    ----------
    minutes : int
        Elapsed length.
    heads : int
        Members of each echelon who stand by.
    echelons : tuple of str
        Ids of the echelons that it is for; empty = all.
    """

    code: str = Field(min_length=1, max_length=8)
    name: str = ""
    name_zh: str = ""
    start: time
    minutes: int = Field(gt=0, le=960)
    heads: int = Field(ge=0)
    echelons: tuple[str, ...] = ()

    @property
    def template(self) -> ShiftTemplate:
        """The same as the shift of a roster."""
        return ShiftTemplate(code=self.code, name=self.name, name_zh=self.name_zh, start=self.start, minutes=self.minutes)


class DutyPolicy(Frozen):
    """How standby is shared out (house choice; editable).

    Parameters
    ----------
    shifts : tuple of StandbyShift
    gap_days : int
        Least days free of standby between two standbys of a member, 0 to 2.
    month_cap : int
        Most standbys of a member in a calendar month.
    under_cost : float
        Cost of each head missing.
    fair_cost : float
        Cost of the first standby of a member who brings an equal share; the second costs three times as much.
    """

    shifts: tuple[StandbyShift, ...] = (
        StandbyShift(code="SD", name="Day standby", name_zh="白天值守", start=time(8), minutes=720, heads=2),
        StandbyShift(code="SN", name="Night standby", name_zh="夜间值守", start=time(20), minutes=720, heads=1),
    )
    gap_days: int = Field(default=1, ge=0, le=2)
    month_cap: int = Field(default=6, ge=1, le=31)
    under_cost: float = Field(default=100.0, gt=0)
    fair_cost: float = Field(default=1.0, ge=0)

    @model_validator(mode="after")
    def _codes_differ(self) -> "DutyPolicy":
        codes = [shift.code for shift in self.shifts]
        if len(codes) != len(set(codes)):
            raise ValueError(f"shifts hold the same code twice: {', '.join(codes)}")
        return self

    def of(self, echelon: str) -> tuple[StandbyShift, ...]:
        """Shifts of an echelon."""
        return tuple(shift for shift in self.shifts if not shift.echelons or echelon in shift.echelons)


class DutySlot(Frozen):
    """One standby shift of one day.

    Parameters
    ----------
    day : date
        On which it begins.
    agents : tuple of str
        Who stands by; fewer than `heads` if nobody else may.
    """

    echelon: str
    day: date
    shift: str
    start: AwareDatetime
    end: AwareDatetime
    heads: int = Field(ge=0)
    agents: tuple[str, ...] = ()

    @property
    def missing(self) -> int:
        """Heads that nobody fills."""
        return max(0, self.heads - len(self.agents))

    def holds(self, at: AwareDatetime) -> bool:
        """Whether it runs at an instant."""
        return self.start <= at < self.end


def on_standby(slots: tuple[DutySlot, ...], at: AwareDatetime) -> frozenset[str]:
    """Who stands by at an instant."""
    return frozenset(agent for slot in slots if slot.holds(at) for agent in slot.agents)
