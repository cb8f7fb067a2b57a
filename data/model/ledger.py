"""What agents bring with them from before the days a roster knows: hours so far, points of unpopular duty, wishes refused."""

from datetime import date

from pydantic import Field

from data.model.base import Frozen


class Balance(Frozen):
    """An agent's running totals at the end of a day; what a roster holds after that day counts on top.

    Parameters
    ----------
    until : date
        Last day that is in the totals.
    quarter_minutes, year_minutes : int
        Credited minutes since the first day of the calendar quarter, and of the calendar year, of `until`.
    overtime_minutes : int
        Overtime since the first day of the calendar month of `until`.
    points : float
        Points of unpopular duty (nights, weekends, holidays) above an equal share, over a rolling year; below it negative.
    points_brought, points_earned : float
        How `points` came about: those of the balance before, and those of the days since. Nothing is computed from them.
    refused_wishes : float
        Wishes that were not granted, over a rolling year, older ones counting less.
    """

    agent: str
    until: date
    quarter_minutes: int = Field(default=0, ge=0)
    year_minutes: int = Field(default=0, ge=0)
    overtime_minutes: int = Field(default=0, ge=0)
    points: float = 0.0
    points_brought: float = 0.0
    points_earned: float = 0.0
    refused_wishes: float = Field(default=0.0, ge=0)
