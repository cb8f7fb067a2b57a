"""The roster problem: complete, frozen, checked; and what one agent's line looks like to a rule.

Days are the whole local days of `grid.horizon`: first the frozen ones (history before the plan, or the part of the
month that is past), then the open ones, then days that are again frozen (when only a week is adjusted).
"""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.calendar import WEEKENDS_ONLY, Calendar
from data.model.centre import Centre
from data.model.demand import Requirement
from data.model.ledger import Balance
from data.model.people import Absence, Agent, Contract, Wish
from data.model.roster import OFF, Roster, ShiftTemplate
from data.model.rulebook import Rhythm, Rulebook, RuleSpec
from data.model.shift_demand import ShiftDemand
from data.model.time import TimeGrid, epoch_minutes, local

PeriodName = Literal["week", "month", "plan"]


@dataclass(frozen=True, eq=False)
class Alphabet:
    """The day symbols of a centre: ``-`` (off) first, then leave codes, then shift codes.

    Parameters
    ----------
    codes : tuple of str
    leave : array of bool, shape (symbols,)
        Leave codes.
    paid_leave : array of bool, shape (symbols,)
        Leave that credits the normal day.
    shifts : tuple of ShiftTemplate
        Templates of the last ``len(shifts)`` symbols.
    """

    codes: tuple[str, ...]
    leave: BoolArray
    paid_leave: BoolArray
    shifts: tuple[ShiftTemplate, ...]

    @classmethod
    def of(cls, centre: Centre, absences: tuple[Absence, ...], held: tuple[str, ...] = ()) -> "Alphabet":
        """Alphabet of a centre and the leave codes in use; other codes that a roster holds are leave since taken back, unpaid."""
        paid = dict.fromkeys({*held} - {OFF, *(shift.code for shift in centre.shifts)}, False)
        for absence in absences:
            paid[absence.code] = absence.paid
        leave_codes = sorted(paid)
        codes = (OFF, *leave_codes, *(shift.code for shift in centre.shifts))
        shape = np.arange(len(codes))
        leave = (shape >= 1) & (shape <= len(leave_codes))
        paid_leave = leave & np.array([paid.get(code, False) for code in codes])
        return cls(codes, leave, paid_leave, centre.shifts)

    @property
    def first_shift(self) -> int:
        """Index of the first shift symbol."""
        return len(self.codes) - len(self.shifts)

    @cached_property
    def is_shift(self) -> BoolArray:
        """Which symbols are shifts; shape (symbols,)."""
        return np.arange(len(self.codes)) >= self.first_shift

    def of_shifts(self, values: list[int]) -> IntArray:
        """Per-symbol array from one value per shift template; 0 for off and leave."""
        return np.array([0] * self.first_shift + values, dtype=np.int64)

    @cached_property
    def start(self) -> IntArray:
        """Wall-clock start minute; 0 for off and leave."""
        return self.of_shifts([shift.start_minute for shift in self.shifts])

    @cached_property
    def minutes(self) -> IntArray:
        """Elapsed minutes, meal included."""
        return self.of_shifts([shift.minutes for shift in self.shifts])

    @cached_property
    def paid_minutes(self) -> IntArray:
        """Paid minutes."""
        return self.of_shifts([shift.paid_minutes for shift in self.shifts])

    @cached_property
    def night_minutes(self) -> IntArray:
        """Minutes of night work."""
        return self.of_shifts([shift.night_minutes for shift in self.shifts])

    def credit_minutes(self, contract: Contract) -> IntArray:
        """Minutes that count for the hours rules: paid minutes, or the contract's normal day on paid leave."""
        return np.where(self.paid_leave, contract.daily_minutes, self.paid_minutes)


@dataclass(frozen=True, eq=False)
class LineContext:
    """What a rule knows about the line it judges.

    Parameters
    ----------
    agent, contract
    alphabet : Alphabet
    grid : TimeGrid
        Days of the line are ``grid.horizon.dates``.
    first_open : int
        First day that is charged: a breach that is complete before it is nobody's fault any more.
    leave : array of int, shape (days,)
        Symbol of the leave that holds on the day; -1 = none.
    fixed : array of int, shape (days,), or None
        Symbol that stands on each frozen day, -1 = open; None = nothing is known of the days before `first_open`.
    calendar : Calendar
    balance : Balance or None
        What the agent brings from before the days of the line.
    """

    agent: Agent
    contract: Contract
    alphabet: Alphabet
    grid: TimeGrid
    first_open: int
    leave: IntArray
    fixed: IntArray | None = None
    calendar: Calendar = WEEKENDS_ONLY
    balance: Balance | None = None

    @property
    def days(self) -> int:
        """Number of days."""
        return self.grid.horizon.days

    @cached_property
    def dates(self) -> tuple[date, ...]:
        """The days."""
        return self.grid.horizon.dates

    @cached_property
    def charged(self) -> BoolArray:
        """Days on which a rule may forbid or price; shape (days,)."""
        return np.arange(self.days) >= self.first_open

    @cached_property
    def shift_start(self) -> IntArray:
        """Epoch minute at which each symbol's shift would start; shape (days, symbols); 0 where no shift.

        A wall-clock start that a clock change skips moves forward with the clock (see `data.model.time.local`).
        """
        return shift_starts(self.grid, self.alphabet)

    def history(self, first: int) -> IntArray:
        """Symbols that are known to stand on the days from `first` up to `first_open`."""
        known = np.zeros(0, dtype=np.int64) if self.fixed is None else self.fixed[first : self.first_open]
        return known[known >= 0]

    def periods(self, name: PeriodName) -> list[tuple[int, int, int]]:
        """Periods that end at or after `first_open`, as (first, end, full): day range and the days of a whole period.

        A period cut by the edge of the known days keeps the days that are known; ``full`` says how long it really is, so
        that a minimum can be cut in proportion. ``plan`` is one period over all charged days.
        """
        if name == "plan":
            return [(self.first_open, self.days, self.days - self.first_open)]
        key = [(d.isocalendar()[:2] if name == "week" else (d.year, d.month)) for d in self.dates]
        edges = [0, *(d for d in range(1, self.days) if key[d] != key[d - 1]), self.days]
        spans = [(a, b) for a, b in zip(edges, edges[1:], strict=False) if b > self.first_open]
        return [(a, b, 7 if name == "week" else _month_days(self.dates[a])) for a, b in spans]


def _month_days(day: date) -> int:
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return (following - day.replace(day=1)).days


@lru_cache(maxsize=8)
def shift_starts(grid: TimeGrid, alphabet: Alphabet) -> IntArray:
    """Epoch minute at which each symbol's shift would start on each day; shape (days, symbols); 0 where no shift."""
    zone, first = grid.horizon.zone, alphabet.first_shift
    starts = np.zeros((grid.horizon.days, len(alphabet.codes)), dtype=np.int64)
    for d, day in enumerate(grid.horizon.dates):
        starts[d, first:] = [epoch_minutes(local(day, shift.start, zone)) for shift in alphabet.shifts]
    starts.setflags(write=False)
    return starts


@dataclass(frozen=True, eq=False)
class RosterProblem:
    """Everything a driver needs; nothing later reads a file or the clock.

    Parameters
    ----------
    centre : Centre
    agents : tuple of Agent
    grid : TimeGrid
        All days of the problem at the planning interval.
    requirement : Requirement
        On `grid` (same slots); queues in the order of ``centre.queues``.
    rulebook : Rulebook
    first_open, end_open : int
        Days ``first_open <= d < end_open`` may change; the others are frozen as in `base`.
    base : Roster or None
        Roster on the same days: the frozen days, and the version changes are counted against. None: the plan starts
        without history and every day is open.
    absences, wishes : tuple
    max_line_minutes, min_line_minutes : array of int, shape (agents,), or None
        Bounds of the paid minutes of an agent's open days (a week adjustment that moves hours but buys none); None = no bound.
        A minimum stands beside a maximum only.
    calendar : Calendar
        Which days are holidays and rest days.
    balances : tuple of Balance
        At most one for each agent.
    shift_demand : tuple of ShiftDemand
        Heads by shift; days outside of the problem are ignored.
    rhythm : str
        month, week or day: changes against `base` count only in a week or a day.
    locked : array of bool, shape (agents, days), or None
        Days set by hand, whose symbol stays that of `base` where they are open; None = none.
    """

    centre: Centre
    agents: tuple[Agent, ...]
    grid: TimeGrid
    requirement: Requirement
    rulebook: Rulebook
    first_open: int
    end_open: int
    base: Roster | None = None
    absences: tuple[Absence, ...] = ()
    wishes: tuple[Wish, ...] = ()
    max_line_minutes: IntArray | None = None
    min_line_minutes: IntArray | None = None
    rhythm: Rhythm = "month"
    calendar: Calendar = WEEKENDS_ONLY
    balances: tuple[Balance, ...] = ()
    shift_demand: tuple[ShiftDemand, ...] = ()
    locked: BoolArray | None = None
    origin: dict[str, str] = field(default_factory=dict)

    @cached_property
    def alphabet(self) -> Alphabet:
        """Day symbols."""
        return Alphabet.of(self.centre, self.absences, () if self.base is None else self.base.codes)

    @cached_property
    def index(self) -> dict[str, int]:
        """Row of each agent id."""
        return {agent.id: a for a, agent in enumerate(self.agents)}

    @cached_property
    def balance_of(self) -> dict[str, Balance]:
        """Balance by agent id."""
        return {balance.agent: balance for balance in self.balances}

    @cached_property
    def leave(self) -> IntArray:
        """Leave symbol per agent and day; -1 = none; shape (agents, days)."""
        leave = np.full((len(self.agents), self.grid.horizon.days), -1, dtype=np.int64)
        for absence in self.absences:
            row = self.index.get(absence.agent)
            first, last = (self.grid.horizon.index(d) for d in (absence.first, absence.last))
            if row is not None and last >= 0:
                leave[row, max(first, 0) : last + 1] = self.alphabet.codes.index(absence.code)
        return leave

    @cached_property
    def fixed(self) -> IntArray:
        """Symbol of each frozen day, -1 = open; shape (agents, days)."""
        days = np.arange(self.grid.horizon.days)
        return self._standing(np.broadcast_to((days < self.first_open) | (days >= self.end_open), (len(self.agents), len(days))))

    @cached_property
    def held(self) -> IntArray:
        """Symbol of each day that is locked, -1 = none; shape (agents, days). Leave comes before it."""
        return self._standing(np.zeros(self.leave.shape, dtype=np.bool_) if self.locked is None else self.locked)

    def _standing(self, which: BoolArray) -> IntArray:
        """Symbol in the base of some days, -1 on the others."""
        if self.base is None:
            return np.full(which.shape, -1, dtype=np.int64)
        translate = np.array([self.alphabet.codes.index(code) for code in self.base.codes])
        return np.where(which, translate[self.base.symbol], -1)

    @cached_property
    def contexts(self) -> tuple[LineContext, ...]:
        """What the rules know about each agent's line."""
        return tuple(
            LineContext(
                agent,
                self.centre.contract(agent.contract),
                self.alphabet,
                self.grid,
                self.first_open,
                self.leave[a],
                self.fixed[a],
                self.calendar,
                self.balance_of.get(agent.id),
            )
            for a, agent in enumerate(self.agents)
        )

    def binding(self, agent: Agent) -> tuple[RuleSpec, ...]:
        """Rules that bind an agent in the open days; asked once for all whom the scopes do not tell apart."""
        key = agent.contract, agent.team, agent.site, agent.id if self._names_agents else ""
        if key not in self._binding:
            dates = self.grid.horizon.dates
            contract = self.centre.contract(agent.contract)
            self._binding[key] = self.rulebook.binding(agent, contract, dates[self.first_open], dates[-1])
        return self._binding[key]

    @cached_property
    def _binding(self) -> dict[tuple[str, str, str, str], tuple[RuleSpec, ...]]:
        return {}

    @cached_property
    def _names_agents(self) -> bool:
        """Whether a rule or a derogation speaks of single agents."""
        return bool(self.rulebook.derogations) or any(rule.scope.agents for rule in self.rulebook.rules)

    @cached_property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Skill groups: distinct sets of queues that agents hold, sorted."""
        return tuple(sorted({tuple(sorted(agent.skills)) for agent in self.agents}))

    @cached_property
    def group_of(self) -> IntArray:
        """Skill group of each agent; shape (agents,)."""
        return np.array([self.groups.index(tuple(sorted(agent.skills))) for agent in self.agents], dtype=np.int64)

    @cached_property
    def group_mask(self) -> BoolArray:
        """Which queues each group answers; shape (groups, queues)."""
        queues = self.requirement.queues
        return np.array([[queue in group for queue in queues] for group in self.groups])

    @cached_property
    def prices(self) -> FloatArray:
        """Cost of one agent missing, and one too many, for one slot; shape (2, queues)."""
        hours = self.grid.minutes / 60
        queues = [self.centre.queue(queue) for queue in self.requirement.queues]
        return np.array([[q.under_cost * hours for q in queues], [q.over_cost * hours for q in queues]])
