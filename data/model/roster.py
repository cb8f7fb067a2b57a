"""Shift templates, duties and rosters; breaches and changes."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from data.model.base import Frozen, IntArray, sealed
from data.model.calendar import WEEKENDS_ONLY, Calendar
from data.model.ledger import Balance
from data.model.people import Agent, Contract, ShiftKind
from data.model.time import DAY_MINUTES, Horizon, local

OFF = "-"
"""Day symbol of a day off."""

NIGHT_FIRST_MINUTE, NIGHT_LAST_MINUTE = 22 * 60, 30 * 60
"""Night work is 22:00 to 06:00 (domain.md, cn.night.window), in minutes after the midnight before 22:00."""

NIGHT_SHIFT_MINUTES = 180
"""Minutes of night work that make a shift a night (Directive 2003/88/EC art. 2(4): three hours; a late shift that ends at
midnight is none)."""


def night_minutes(start: int, minutes: int) -> int:
    """Minutes between 22:00 and 06:00 of a stretch that begins `start` minutes after midnight (wall clock)."""
    windows = ((NIGHT_FIRST_MINUTE + k * DAY_MINUTES, NIGHT_LAST_MINUTE + k * DAY_MINUTES) for k in (-1, 0, 1))
    return sum(max(0, min(start + minutes, last) - max(start, first)) for first, last in windows)


class ShiftTemplate(Frozen):
    """The shape of a shift.

    Parameters
    ----------
    code : str
        Day symbol, unique in the centre.
    kind : str
        early, day, late, night or split: a name for people; rules look at times.
    start : time
        Wall-clock start.
    minutes : int
        Elapsed length, meal included.
    meal_minutes : int
        Unpaid meal, or the pause between the halves of a split shift; 0 = none.
    meal_earliest, meal_latest : int
        First and last start of the meal, minutes after the start of the shift.
    meal_step : int
        Step between possible meal starts, minutes.
    """

    code: str = Field(min_length=1, max_length=8, pattern=r"^[^\s,;=+@-][^\s,;]*$")
    name: str = ""
    name_zh: str = ""
    kind: ShiftKind = "day"
    start: time
    minutes: int = Field(gt=0, le=960)
    meal_minutes: int = Field(default=0, ge=0, le=480)
    meal_earliest: int = Field(default=0, ge=0)
    meal_latest: int = Field(default=0, ge=0)
    meal_step: int = Field(default=30, gt=0)
    colour: str = Field(default="#9ecae1", pattern=r"^#[0-9a-fA-F]{6}$")

    @model_validator(mode="after")
    def _meal_inside(self) -> "ShiftTemplate":
        if self.meal_minutes and not self.meal_earliest <= self.meal_latest <= self.minutes - self.meal_minutes:
            raise ValueError(f"shift {self.code!r}: the meal must start between meal_earliest and meal_latest and end in the shift")
        return self

    @property
    def start_minute(self) -> int:
        """Wall-clock minute of the day at which it starts."""
        return self.start.hour * 60 + self.start.minute

    @property
    def paid_minutes(self) -> int:
        """Length without the meal."""
        return self.minutes - self.meal_minutes

    @property
    def night_minutes(self) -> int:
        """Minutes of night work."""
        return night_minutes(self.start_minute, self.minutes)

    @property
    def meal_starts(self) -> tuple[int, ...]:
        """Possible meal starts, minutes after the start of the shift; empty without a meal."""
        return tuple(range(self.meal_earliest, self.meal_latest + 1, self.meal_step)) if self.meal_minutes else ()


@dataclass(frozen=True, slots=True)
class Duty:
    """What one agent does on one local day.

    Parameters
    ----------
    kind : str
        off, leave or shift.
    code : str
        Day symbol.
    start, end : datetime or None
        Aware instants of a shift.
    meal_start : datetime or None
    meal_minutes : int
    paid_minutes : int
        Minutes worked and paid (without the meal); 0 on days off and leave.
    credit_minutes : int
        What the day adds to the hours rules: paid minutes of the shift template (an early leave takes nothing away, overtime
        is counted by itself), or the normal day of paid leave.
    night_minutes : int
        Minutes worked between 22:00 and 06:00.
    overtime_minutes : int
        Paid minutes beyond the shift template.
    """

    day: date
    kind: Literal["off", "leave", "shift"]
    code: str
    start: datetime | None = None
    end: datetime | None = None
    meal_start: datetime | None = None
    meal_minutes: int = 0
    paid_minutes: int = 0
    credit_minutes: int = 0
    night_minutes: int = 0
    overtime_minutes: int = 0


@dataclass(frozen=True, eq=False)
class Roster:
    """One immutable version of who works when.

    Parameters
    ----------
    agents : tuple of str
        Agent ids, in row order.
    horizon : Horizon
        Days, in column order.
    codes : tuple of str
        Day symbols; ``codes[0]`` is the day off.
    symbol : array of int, shape (agents, days)
        Index into `codes`.
    start : array of int, shape (agents, days)
        Wall-clock minute of the day at which the shift starts; -1 = no shift.
    minutes : array of int, shape (agents, days)
        Elapsed minutes of the shift, meal included; 0 = no shift.
    meal : array of int, shape (agents, days)
        Start of the meal, minutes after the start of the shift; -1 = none.
    meal_minutes : array of int, shape (agents, days)
    version, parent : str
        Name of this version and of the one it came from (empty = none).
    rhythm : str
        month, week or day: which of the three rhythms made it.
    origin : dict
        Inputs, parameters, code version and seed it was made from.
    """

    agents: tuple[str, ...]
    horizon: Horizon
    codes: tuple[str, ...]
    symbol: IntArray
    start: IntArray
    minutes: IntArray
    meal: IntArray
    meal_minutes: IntArray
    version: str = "v1"
    parent: str = ""
    rhythm: Literal["month", "week", "day"] = "month"
    origin: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape = (len(self.agents), self.horizon.days)
        for name in ("symbol", "start", "minutes", "meal", "meal_minutes"):
            object.__setattr__(self, name, sealed(getattr(self, name), np.int64, shape, name))

    @property
    def paid_minutes(self) -> IntArray:
        """Paid minutes, shape (agents, days)."""
        return self.minutes - self.meal_minutes

    def instant(self, day: int, minute: int) -> datetime:
        """Instant of a wall-clock minute of a day of the horizon."""
        return local(self.horizon.dates[day], time(minute // 60, minute % 60), self.horizon.zone)

    def span(self, agent: int, day: int) -> tuple[datetime, datetime] | None:
        """Start and end of a shift; None on a day without one."""
        if self.start[agent, day] < 0:
            return None
        start = self.instant(day, int(self.start[agent, day]))
        end = (start.astimezone(UTC) + timedelta(minutes=int(self.minutes[agent, day]))).astimezone(start.tzinfo)
        return start, end

    def continued(self, agents: tuple[str, ...], horizon: Horizon) -> "Roster":
        """The rows of some agents, with days off after the last day until the end of `horizon`, which begins as this one does."""
        order = [self.agents.index(agent) for agent in agents]
        extra = ((0, 0), (0, horizon.days - self.horizon.days))
        empty = {"symbol": self.codes.index(OFF), "start": -1, "minutes": 0, "meal": -1, "meal_minutes": 0}
        arrays = {name: np.pad(getattr(self, name)[order], extra, constant_values=value) for name, value in empty.items()}
        return replace(self, agents=agents, horizon=horizon, **arrays)


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule broken.

    Parameters
    ----------
    rule, agent : str
    first, last : date
        Days that break it.
    measured, limit : float
        In the unit of the rule.
    amount : float
        How far beyond the limit; a weighted rule costs weight x amount.
    message : str
        One sentence with the numbers.
    """

    rule: str
    agent: str
    first: date
    last: date
    measured: float
    limit: float
    amount: float
    message: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One agent's day that differs from the parent version, and why."""

    agent: str
    day: date
    before: str
    after: str
    rhythm: str
    reason: str
    minutes: int = 0
    """Paid minutes gained (+) or given back (-)."""


@dataclass(frozen=True, slots=True)
class AgentLine:
    """One agent's days as they stand in a roster: what a rule's `breaches` reads.

    Parameters
    ----------
    agent, contract
    duties : tuple of Duty
        One for each local day, without gaps; days before `first_open` are history.
    first_open : int
        Breaches that are complete before this day are not reported.
    leave : tuple of str
        Leave code that holds on each day; empty string = none.
    calendar : Calendar
    balance : Balance or None
        What the agent brings from before the days of the line.
    """

    agent: Agent
    contract: Contract
    duties: tuple[Duty, ...]
    first_open: int
    leave: tuple[str, ...]
    calendar: Calendar = WEEKENDS_ONLY
    balance: Balance | None = None


@dataclass(frozen=True)
class Verdict:
    """What the independent verifier finds in a roster.

    Parameters
    ----------
    breaches : tuple of Breach
        Hard rules broken; a legal roster has none.
    priced : tuple of Breach
        Weighted rules broken.
    faults : tuple of str
        Rows that are no roster at all: unknown agent or code, a meal outside its shift, a shift unlike its template, and
        costs that differ from the claimed ones.
    costs : dict
        Cost recomputed, per goal and per weighted rule.
    """

    breaches: tuple[Breach, ...]
    priced: tuple[Breach, ...]
    faults: tuple[str, ...]
    costs: dict[str, float]

    @property
    def legal(self) -> bool:
        """Whether nothing is wrong."""
        return not self.breaches and not self.faults
