"""The reserve: members of the echelons, what they already do, and who of them may lawfully be called when.

Each member is a row of some arrays, so that a whole staff is judged for a duty in one go.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from data.model.base import BoolArray, IntArray
from data.model.centre import EchelonTier
from data.model.ledger import Balance
from data.model.people import Absence, Agent
from data.model.response import Activation
from data.model.roster import OFF, Roster, ShiftTemplate
from data.model.time import epoch_minutes
from optimizer.response.echelon.limits import Limits, Span

REST_CAP_MINUTES = 48 * 60
"""More rest than this counts no further when members are ranked (house choice)."""

LEGAL = ("skill", "protection", "leave", "duty", "rest", "weekly_rest", "run", "overtime", "month_cap")
CAUSES = (*LEGAL, "unreachable", "declined")
"""Why a member may not be called, in the order in which it is looked for; in arrays its place, counted from 1, and 0 = may be."""

BESIDE_DAYS = 7
"""Days known beside the roster, all free: the weeks at its edges are whole."""

NEVER = -(10**9)
"""Epoch minute of a duty that is none."""


Keeps = Callable[[str, datetime, datetime], bool]
"""Whether an agent's line with an emergency duty in it, from its start to its end, breaks no rule."""


@dataclass(eq=False)
class Reserve:
    """Members of the echelons while call-outs are planned.

    Parameters
    ----------
    agents : tuple of Agent
    first : date
        First day of the axis of days: the first of a month, so that months are whole.
    begin, end, rest : array of int, shape (members, duties)
        Shifts and emergency duties in epoch minutes, and the least rest after each.
    minutes : array of int, shape (members,)
        Paid minutes, emergency duties included.
    leave, worked : array of bool, shape (members, days)
        Days of leave, and days on which a shift or a duty begins.
    overtime, called : array of int, shape (members, days)
        Minutes beyond the roster, and emergency duties, of each day.
    """

    agents: tuple[Agent, ...]
    first: date
    begin: IntArray
    end: IntArray
    rest: IntArray
    minutes: IntArray
    leave: BoolArray
    worked: BoolArray
    overtime: IntArray
    called: IntArray
    _skilled: dict[str, BoolArray] = field(default_factory=dict[str, BoolArray])

    @cached_property
    def row(self) -> dict[str, int]:
        """Row of each member."""
        return {agent.id: row for row, agent in enumerate(self.agents)}

    @cached_property
    def _tiers(self) -> Any:
        return np.array([agent.echelon for agent in self.agents])

    @cached_property
    def _ids(self) -> Any:
        return np.array([agent.id for agent in self.agents])

    @cached_property
    def _guards(self) -> tuple[BoolArray, BoolArray, IntArray]:
        """Whether overtime and nights are barred, and until which day (its ordinal)."""
        held = [agent.protection for agent in self.agents]
        overtime, night = (
            np.array([bool(p and getattr(p, name)) for p in held], dtype=np.bool_) for name in ("no_overtime", "no_night")
        )
        until = [date.max if p is None or p.until is None else p.until for p in held]
        return overtime, night, np.array([day.toordinal() for day in until], dtype=np.int64)

    def members(self, tier: EchelonTier) -> IntArray:
        """Rows of the members of a tier."""
        return np.flatnonzero(self._tiers == tier.id)

    def skilled(self, queue: str) -> BoolArray:
        """Who answers a queue; empty = everyone; shape (members,)."""
        if queue not in self._skilled:
            told = [not queue or queue in agent.skills for agent in self.agents]
            self._skilled[queue] = np.array(told, dtype=np.bool_)
        return self._skilled[queue]

    def book(self, rows: IntArray, span: Span, rest_minutes: int = 0) -> None:
        """Give members an emergency duty; what of it they are at work for already is not counted again."""
        held = np.minimum(self.end[rows], span.end) - np.maximum(self.begin[rows], span.start)
        more = span.minutes - np.maximum(held, 0).sum(axis=1)
        column = np.full((3, len(self.agents), 1), NEVER)
        column[:, rows, 0] = np.array([[span.start], [span.end], [rest_minutes]])
        self.begin, self.end, self.rest = (
            np.hstack([old, new]) for old, new in zip((self.begin, self.end, self.rest), column, strict=True)
        )
        day = self._day(span)
        self.minutes[rows] += more
        self.overtime[rows, day] += more
        self.called[rows, day] += 1
        self.worked[rows, day] = True

    def _day(self, span: Span) -> int:
        return (span.local_start.date() - self.first).days

    def _month(self, span: Span) -> slice:
        """Days of the calendar month in which a duty begins."""
        day = span.local_start.date()
        following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
        return slice((day.replace(day=1) - self.first).days, (following - self.first).days)

    def rests(self, rows: IntArray, span: Span) -> IntArray:
        """Shortest rest between a duty and what stands beside it, minutes; negative when it overlaps; shape of `rows`."""
        return self._gaps(rows, span).min(axis=1, initial=-NEVER)

    def _gaps(self, rows: IntArray, span: Span) -> IntArray:
        return np.maximum(self.begin[rows] - span.end, span.start - self.end[rows])

    def causes(self, rows: IntArray, tier: EchelonTier, queue: str, span: Span, limits: Limits) -> IntArray:
        """Why members of a tier may not be called for a duty, as `CAUSES` count; shape of `rows`.

        Whatever the emergency, a protection holds: work beyond the roster is overtime, and work from 22:00 to 06:00 is night
        work. A duty belongs to the day on which it begins. What the numbers of single rules say beside is asked of the verifier
        about those who are chosen (`optimizer.response.echelon.lawful`).

        Parameters
        ----------
        tier : EchelonTier
            Its `queues` bound where its members may be lent to.
        queue : str
            Empty = whichever it will be.

        References
        ----------
        Special Rules for Female Employees (2012) arts. 6, 9; Labour Law arts. 38, 41, 61, 63.
        """
        gaps = self._gaps(rows, span)
        later = self.begin[rows] >= span.end
        least = np.maximum(np.where(later, tier.rest_minutes, self.rest[rows]), limits.rest_minutes)
        found = [
            ~self.skilled(queue)[rows] | bool(queue and tier.queues and queue not in tier.queues),
            self._protected(rows, span),
            self.leave[rows][:, [(day - self.first).days for day in span.days]].any(axis=1),
            (gaps < 0).any(axis=1),
            (gaps < least).any(axis=1),
            self._week_full(rows, span, limits),
            self._run_full(rows, span, limits),
            self._overtime_full(rows, span, limits),
            self._cap_full(rows, span, tier),
        ]
        return np.where(np.any(found, axis=0), np.argmax(found, axis=0) + 1, 0)

    def _protected(self, rows: IntArray, span: Span) -> BoolArray:
        no_overtime, no_night, until = self._guards
        return (until[rows] >= span.days[0].toordinal()) & (no_overtime | (no_night & span.night))[rows]

    def _week_full(self, rows: IntArray, span: Span, limits: Limits) -> BoolArray:
        """Whether the duty takes a day that its week needs free."""
        day = self._day(span)
        monday = day - span.local_start.weekday()
        free = BESIDE_DAYS - self.worked[rows, monday : monday + BESIDE_DAYS].sum(axis=1)
        return ~self.worked[rows, day] & (free - 1 < limits.free_days)

    def _run_full(self, rows: IntArray, span: Span, limits: Limits) -> BoolArray:
        """Whether the duty makes a run of work too long."""
        if limits.run_days is None:
            return np.zeros(len(rows), dtype=np.bool_)
        day = self._day(span)
        before = self.worked[rows, max(0, day - limits.run_days) : day][:, ::-1]
        after = self.worked[rows, day + 1 : day + 1 + limits.run_days]
        run = 1 + sum(np.cumprod(side, axis=1).sum(axis=1) for side in (before, after))
        return ~self.worked[rows, day] & (run > limits.run_days)

    def _overtime_full(self, rows: IntArray, span: Span, limits: Limits) -> BoolArray:
        day = self._day(span)
        spans = ((limits.day_minutes, slice(day, day + 1)), (limits.month_minutes, self._month(span)))
        over = np.zeros(len(rows), dtype=np.bool_)
        for most, days in spans:
            if most is not None:
                over |= self.overtime[rows, days].sum(axis=1) + span.minutes > most
        return over

    def _cap_full(self, rows: IntArray, span: Span, tier: EchelonTier) -> BoolArray:
        if tier.month_cap is None:
            return np.zeros(len(rows), dtype=np.bool_)
        return self.called[rows, self._month(span)].sum(axis=1) >= tier.month_cap

    def ranked(self, rows: IntArray, span: Span, first: BoolArray | None = None) -> IntArray:
        """Rows in the order of calling: those of `first`, then most rest, then fewest minutes, then by id."""
        rest = -np.minimum(self.rests(rows, span), REST_CAP_MINUTES)
        ahead = np.zeros(len(rows), dtype=np.bool_) if first is None else first[rows]
        return rows[np.lexsort((self._ids[rows], self.minutes[rows], rest, ~ahead))]

    def able(self, tier: EchelonTier, queue: str, span: Span, limits: Limits) -> IntArray:
        """Rows of the members of a tier who may be called for a duty, in the order of calling."""
        return self.judged(tier, queue, span, limits)[0]

    def judged(self, tier: EchelonTier, queue: str, span: Span, limits: Limits) -> tuple[IntArray, Counter[str]]:
        """Those who may be called, in the order of calling, and how many may not, by cause."""
        rows = self.members(tier)
        causes = self.causes(rows, tier, queue, span, limits)
        return self.ranked(rows[causes == 0], span), Counter(cause_names(causes))

    def kept(self, rows: IntArray, most: int, keeps: Keeps, start: datetime, end: datetime) -> tuple[IntArray, int]:
        """The first of some rows, so many at most, whose lines keep every rule; and how many before them a rule holds back.

        Parameters
        ----------
        start, end : datetime
            Of the duty.
        """
        team = list[int]()
        for tried, row in enumerate(rows.tolist()):
            if len(team) == most:
                return np.array(team, dtype=np.int64), tried - most
            team += [row] if keeps(self.agents[row].id, start, end) else []
        return np.array(team, dtype=np.int64), len(rows) - len(team)

    def ids(self, rows: IntArray) -> tuple[str, ...]:
        """Ids of some rows."""
        return tuple(self.agents[row].id for row in rows.tolist())


def with_rest(served: Iterable[Activation], tiers: Iterable[EchelonTier]) -> list[tuple[Activation, int]]:
    """Emergency duties with the least rest that their tier asks after them, as `reserve` takes them."""
    rest = {tier.id: tier.rest_minutes for tier in tiers}
    return [(one, rest.get(one.echelon, 0)) for one in served]


def cause_names(causes: IntArray) -> list[str]:
    """Names of the causes that hold."""
    return [CAUSES[cause - 1] for cause in causes[causes > 0].tolist()]


def reserve(
    agents: Sequence[Agent],
    roster: Roster,
    absences: Sequence[Absence] = (),
    *,
    shifts: Sequence[ShiftTemplate] = (),
    balances: Sequence[Balance] = (),
    served: Iterable[tuple[Activation, int]] = (),
    until: date | None = None,
) -> Reserve:
    """Members of any echelon with their shifts, leave and emergency duties; days outside the roster count as free.

    Parameters
    ----------
    shifts : sequence of ShiftTemplate
        Beyond whose minutes the roster holds overtime.
    balances : sequence of Balance
        What they know of the overtime of their month.
    served : iterable of (Activation, int)
        Emergency duties done or agreed to, and the least rest after each, minutes.
    until : date or None
        Last day that is asked about; None = that of the roster.
    """
    members, horizon = tuple(agent for agent in agents if agent.echelon), roster.horizon
    first = (horizon.first - timedelta(days=BESIDE_DAYS)).replace(day=1)
    last = max(horizon.last, until or horizon.last) + timedelta(days=BESIDE_DAYS)
    days, lead = (last - first).days + 1, (horizon.first - first).days
    place = {agent: row for row, agent in enumerate(roster.agents)}
    held = np.array([place.get(agent.id, -1) for agent in members], dtype=np.int64)
    there, own = held[:, None] >= 0, _Days.of(roster, shifts)
    begin = np.where(there & (own.begin[held] > 0), own.begin[held], NEVER)
    lasting = np.where(begin > 0, roster.minutes[held], 0)
    wide = {name: np.zeros((len(members), days), dtype=np.int64) for name in ("leave", "worked", "overtime", "called")}
    for name in ("leave", "worked", "overtime"):
        wide[name][:, lead : lead + horizon.days] = np.where(there, getattr(own, name)[held], 0)
    made = Reserve(
        members,
        first,
        begin,
        begin + lasting,
        np.zeros_like(begin),
        np.where(there, roster.paid_minutes[held], 0).sum(axis=1),
        wide["leave"].astype(np.bool_),
        wide["worked"].astype(np.bool_),
        wide["overtime"],
        wide["called"],
    )
    _know(made, absences, balances)
    for one, rest_minutes in served:
        rows = np.array([made.row[agent] for agent in one.members if agent in made.row], dtype=np.int64)
        if first <= one.start.date() <= last:
            made.book(rows, Span(epoch_minutes(one.start), epoch_minutes(one.end), horizon.zone), rest_minutes)
    return made


@dataclass(frozen=True, eq=False)
class _Days:
    """A roster day by day; shape (agents, days) each."""

    begin: IntArray
    leave: BoolArray
    worked: BoolArray
    overtime: IntArray

    @classmethod
    def of(cls, roster: Roster, shifts: Sequence[ShiftTemplate]) -> "_Days":
        paid, worked = {shift.code: shift.paid_minutes for shift in shifts}, roster.start >= 0
        normal = np.array([paid.get(code, 0) for code in roster.codes], dtype=np.int64)[roster.symbol]
        overtime = np.where(worked & (normal > 0), np.maximum(roster.paid_minutes - normal, 0), 0)
        leave = ~worked & np.array([code != OFF for code in roster.codes])[roster.symbol]
        return cls(roster.begin_minutes, leave, worked, overtime)


def _know(made: Reserve, absences: Sequence[Absence], balances: Sequence[Balance]) -> None:
    """Add leave that the roster does not show, and overtime of the month that a balance knows."""
    days = made.leave.shape[1]
    for absence in absences:
        first, last = ((day - made.first).days for day in (absence.first, absence.last))
        if absence.agent in made.row and last >= 0:
            made.leave[made.row[absence.agent], max(first, 0) : last + 1] = True
    for balance in balances:
        day = (balance.until - made.first).days
        if balance.agent in made.row and 0 <= day < days:
            row = made.row[balance.agent]
            made.overtime[row, day - balance.until.day + 1 : day + 1] = 0
            made.overtime[row, day] = balance.overtime_minutes
