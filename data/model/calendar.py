"""The working calendar: which days are worked, rest days, public holidays or make-up working days."""

from datetime import date
from enum import StrEnum
from typing import Literal

from data.model.base import Frozen


class DayType(StrEnum):
    """What a calendar day is: a working day, a rest day, a public holiday, or a weekend day worked instead (调休)."""

    WORK = "work"
    REST = "rest"
    HOLIDAY = "holiday"
    MAKEUP = "makeup"


class SpecialDay(Frozen):
    """A day that is not what its weekday says."""

    type: DayType
    name: str = ""


class Calendar(Frozen):
    """The days of a country, as a table of those that differ from their weekday.

    Parameters
    ----------
    country : str
        ISO code; empty = weekends only.
    weekend : tuple of int
        Weekdays of rest, Monday = 0.
    table : dict
        Date -> type and name.
    status : str
        ``provisional`` while the notice of some year is not out, so that swaps of rest days are not known.
    """

    country: str = ""
    weekend: tuple[int, ...] = (5, 6)
    table: dict[date, SpecialDay] = {}
    status: Literal["announced", "provisional"] = "announced"

    def day_type(self, day: date) -> DayType:
        """Type of a day; one that the table does not name is what its weekday says."""
        special = self.table.get(day)
        if special is not None:
            return special.type
        return DayType.REST if day.weekday() in self.weekend else DayType.WORK

    def name(self, day: date) -> str:
        """Name of a special day; empty for others."""
        special = self.table.get(day)
        return "" if special is None else special.name

    def with_days(self, days: dict[date, SpecialDay]) -> "Calendar":
        """The calendar with a centre's own days put over it."""
        return self.model_copy(update={"table": self.table | days})


WEEKENDS_ONLY = Calendar()
"""A calendar that knows no country."""
