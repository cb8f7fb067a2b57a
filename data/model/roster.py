"""Shift templates, duties and rosters; breaches and changes."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from math import prod
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from data.model.base import BoolArray, Frozen, IntArray, sealed
from data.model.calendar import WEEKENDS_ONLY, Calendar
from data.model.ledger import Balance
from data.model.pauses import MOST_CHOICES, Break, pause_plans, thinned
from data.model.people import Agent, Contract, ShiftKind
from data.model.rulebook import Rhythm
from data.model.time import DAY_MINUTES, Horizon, epoch_minutes, local

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
    breaks : tuple of Break
        Paid rest breaks, in the order in which they are taken.
    max_phone_minutes : int or None
        Longest stretch on the phones without a meal or a break; None = no limit.
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
    breaks: tuple[Break, ...] = ()
    max_phone_minutes: int | None = Field(default=None, gt=0)
    colour: str = Field(default="#9ecae1", pattern=r"^#[0-9a-fA-F]{6}$")

    @model_validator(mode="after")
    def _meal_inside(self) -> "ShiftTemplate":
        if self.meal_minutes and not self.meal_earliest <= self.meal_latest <= self.minutes - self.meal_minutes:
            raise ValueError(f"shift {self.code!r}: the meal must start between meal_earliest and meal_latest and end in the shift")
        return self

    @model_validator(mode="after")
    def _pauses_fit(self) -> "ShiftTemplate":
        size = prod((len(self.meal_starts) or 1, *(len(pause.starts) for pause in self.breaks)))
        if size > MOST_CHOICES:
            raise ValueError(
                f"shift {self.code!r}: {size} ways to place its pauses are too many, at most {MOST_CHOICES}: lengthen steps"
            )
        if not self.plans:
            limit = f", with at most {self.max_phone_minutes} minutes on the phones in one go" if self.max_phone_minutes else ""
            raise ValueError(f"shift {self.code!r}: its meal and breaks do not fit into {self.minutes} minutes{limit}")
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

    @property
    def plans(self) -> tuple[tuple[int, ...], ...]:
        """Ways to place the pauses: the start of the meal (-1 = none) and of each break, minutes after the start of the shift."""
        meal = (self.meal_starts,) if self.meal_minutes else ()
        lengths = [*(self.meal_minutes for _ in meal), *(pause.minutes for pause in self.breaks)]
        starts = [*meal, *(pause.starts for pause in self.breaks)]
        plans = thinned(pause_plans(self.minutes, starts, lengths, self.max_phone_minutes, len(meal)))
        return tuple((*(() if meal else (-1,)), *plan) for plan in plans.tolist())


@dataclass(frozen=True)
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
    shift_kind : str or None
        Kind of the shift template; None without a shift.
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
    shift_kind: ShiftKind | None = None

    @cached_property
    def minute_span(self) -> tuple[int, int] | None:
        """Epoch minutes of the start and the end of a shift; None on a day without one."""
        return None if self.start is None or self.end is None else (epoch_minutes(self.start), epoch_minutes(self.end))


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
    breaks : array of int, shape (agents, days, most breaks)
        Start of each break, minutes after the start of the shift; -1 = none. How long they last, the shift template says.
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
    rhythm: Rhythm = "month"
    origin: dict[str, str] = field(default_factory=dict)
    breaks: IntArray = field(default_factory=lambda: np.zeros((0, 0, 0), dtype=np.int64))

    def __post_init__(self) -> None:
        shape = (len(self.agents), self.horizon.days)
        breaks = self.breaks if self.breaks.shape[-1] else np.zeros((*shape, 0), dtype=np.int64)
        object.__setattr__(self, "breaks", sealed(breaks, np.int64, (*shape, breaks.shape[-1]), "breaks"))
        for name in ("symbol", "start", "minutes", "meal", "meal_minutes"):
            object.__setattr__(self, name, sealed(getattr(self, name), np.int64, shape, name))

    @property
    def paid_minutes(self) -> IntArray:
        """Paid minutes, shape (agents, days)."""
        return self.minutes - self.meal_minutes

    def instant(self, day: int, minute: int) -> datetime:
        """Instant of a wall-clock minute of a day of the horizon, or of a later day if it is 1440 or more."""
        past, minute = divmod(minute, DAY_MINUTES)
        return local(self.horizon.dates[day] + timedelta(days=past), time(minute // 60, minute % 60), self.horizon.zone)

    @cached_property
    def begin_minutes(self) -> IntArray:
        """Epoch minute at which each shift starts, 0 without one; the clock is asked once for each day and start."""
        day = np.arange(self.horizon.days) * DAY_MINUTES
        keys, where = np.unique(np.where(self.start >= 0, day + self.start, -1), return_inverse=True)
        instants = [0 if key < 0 else epoch_minutes(self.instant(*divmod(key, DAY_MINUTES))) for key in keys.tolist()]
        return np.array(instants, dtype=np.int64)[where].reshape(self.start.shape)

    def span(self, agent: int, day: int) -> tuple[datetime, datetime] | None:
        """Start and end of a shift; None on a day without one."""
        if self.start[agent, day] < 0:
            return None
        start = self.instant(day, int(self.start[agent, day]))
        end = (start.astimezone(UTC) + timedelta(minutes=int(self.minutes[agent, day]))).astimezone(start.tzinfo)
        return start, end

    def break_minutes(self, shifts: Iterable[ShiftTemplate]) -> IntArray:
        """How long each break lasts, as the templates say; shape of `breaks`."""
        lengths, table = (
            {shift.code: shift.breaks for shift in shifts},
            np.zeros((len(self.codes), self.breaks.shape[2]), dtype=np.int64),
        )
        for row, code in zip(table, self.codes, strict=True):
            held = [pause.minutes for pause in lengths.get(code, ())][: len(row)]
            row[: len(held)] = held
        return table[self.symbol]

    def break_starts(self, most: int) -> IntArray:
        """Starts of at least so many breaks, -1 beyond those that the roster has; shape (agents, days, breaks)."""
        extra = ((0, 0), (0, 0), (0, max(0, most - self.breaks.shape[2])))
        return np.pad(self.breaks, extra, constant_values=-1)

    def breaks_differ(self, other: "Roster") -> BoolArray:
        """Whose breaks start at other times than in another roster of the same agents and days; shape (agents, days)."""
        most = max(self.breaks.shape[2], other.breaks.shape[2])
        return (self.break_starts(most) != other.break_starts(most)).any(axis=2)

    def continued(self, agents: tuple[str, ...], horizon: Horizon) -> "Roster":
        """The rows of some agents, with days off after the last day until the end of `horizon`, which begins as this one does."""
        order = [self.agents.index(agent) for agent in agents]
        extra = ((0, 0), (0, horizon.days - self.horizon.days))
        empty = {"symbol": self.codes.index(OFF), "start": -1, "minutes": 0, "meal": -1, "meal_minutes": 0}
        arrays = {name: np.pad(getattr(self, name)[order], extra, constant_values=value) for name, value in empty.items()}
        breaks = np.pad(self.breaks[order], (*extra, (0, 0)), constant_values=-1)
        return replace(self, agents=agents, horizon=horizon, **arrays, breaks=breaks)


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


@dataclass(frozen=True)
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

    @cached_property
    def worked(self) -> tuple[bool, ...]:
        """Whether each day has a shift."""
        return tuple(duty.kind == "shift" for duty in self.duties)

    @cached_property
    def credit_minutes(self) -> tuple[int, ...]:
        """`Duty.credit_minutes` of each day."""
        return tuple(duty.credit_minutes for duty in self.duties)

    @cached_property
    def night_minutes(self) -> tuple[int, ...]:
        """`Duty.night_minutes` of each day."""
        return tuple(duty.night_minutes for duty in self.duties)

    @cached_property
    def overtime_minutes(self) -> tuple[int, ...]:
        """`Duty.overtime_minutes` of each day."""
        return tuple(duty.overtime_minutes for duty in self.duties)


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
