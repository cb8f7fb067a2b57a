"""What a roster is paid for: each agent's minutes by pay code, night minutes, hours totals and paid leave, each number expandable.

Every paid minute has one pay code, the highest that holds:

- 300 on a statutory holiday: its own 24 hours by the local clock, whenever the shift started. Not under flexible hours.
- 200, standard hours: a shift that starts on a rest day, if the agent has no working day off in the same week (Monday to
  Sunday, as far as the roster knows it) in its place; days off replace the earliest rest days worked.
- 150, standard hours: beyond the normal day, the last minutes of a shift. Comprehensive hours: the minutes after the total of
  the settled period was reached; paid leave counts in the total, but is no overtime itself.
- 100: all else, so all minutes of part-time and flexible contracts on other days.

The meal is unpaid and taken out where it lies. Shifts belong to the day and the period in which they start, their minutes to the
local day on which they fall: the calendar must know the day after the roster too.

References
----------
Labour Law arts. 36, 38, 44; Wage Payment Provisional Rules (1994) art. 13; 劳部发〔1994〕503号 art. 5; Holiday Measures (2024)
art. 2; State Council rule on working time (1995) art. 7; 人社部发〔2025〕2号. The week of time off in lieu, its order,
the day that a shift belongs to, the last minutes as overtime, and part-time holidays: house choice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from data.exchange.payroll import PayItem, PayrollRow, pay_item
from data.model.base import BoolArray, IntArray
from data.model.calendar import DayType
from data.model.errors import Finding, InvalidData
from data.model.ledger import Balance
from data.model.people import Contract
from data.model.roster import NIGHT_FIRST_MINUTE, NIGHT_LAST_MINUTE, OFF, Roster
from data.model.time import DAY_MINUTES, epoch_minutes, local
from optimizer.rostering.goals.pay import HOLIDAY_PAID
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.tally import LongName, whole_period

SettledName = Literal["month"] | LongName
"""Over which calendar period comprehensive hours are settled."""

PERIODS: tuple[SettledName, ...] = ("month", "quarter", "year")

CODES = (100, 150, 200, 300)
"""Pay codes, percent of the wage."""

NORMAL_DAY_MINUTES = 480
"""Longest normal day (Labour Law art. 36)."""

NEW_YEAR_DAYS, OLD_YEAR_DAYS, NEW_SINCE = 248, 250, date(2025, 1, 1)
"""Statutory working days of a year: 248 (62 a quarter, 20.67 a month) by 人社部发〔2025〕2号, before it 250 (62.5, 20.83) by
劳社部发〔2008〕3号."""


@dataclass(frozen=True, eq=False)
class Total:
    """Hours of agents since the first day of a calendar period, and what the law grants the whole of it.

    Parameters
    ----------
    first : date
        First day of the period.
    limit : int
        Statutory minutes of the whole period.
    brought : array of int, shape (agents,)
        Minutes before the days of the roster, as balances know them.
    minutes : array of int, shape (agents,)
        Minutes up to the last day paid, `brought` among them.
    unknown_days : array of int, shape (agents,)
        Days before it that neither roster nor balance knows.
    """

    name: SettledName
    first: date
    limit: int
    brought: IntArray
    minutes: IntArray
    unknown_days: IntArray


@dataclass(frozen=True, eq=False)
class Payroll:
    """What agents are paid for on the days ``first <= day <= last``.

    Parameters
    ----------
    coded : array of int, shape (codes, 2, agents, days of the roster)
        Minutes of the shift of a day by pay code: those that fall on the day, and those after its midnight.
    night : array of int, shape (2, agents, days of the roster)
        Night minutes, parted alike.
    leave : array of int, shape (agents, days of the roster)
        Minutes of paid leave.
    totals : tuple of Total
        Of the month, the quarter and the year in which `last` lies.
    settled : str
        Period of comprehensive hours.
    """

    roster: Roster
    contracts: tuple[Contract, ...]
    first: date
    last: date
    coded: IntArray
    night: IntArray
    leave: IntArray
    totals: tuple[Total, ...]
    settled: SettledName

    @property
    def days(self) -> slice:
        """Days of the roster that are paid."""
        return slice(self.roster.horizon.index(self.first), self.roster.horizon.index(self.last) + 1)

    @cached_property
    def sums(self) -> dict[str, IntArray]:
        """Minutes of each number of a row that stands for everyone; shape (agents,)."""
        coded = self.coded[..., self.days].sum(axis=(1, 3))
        sums = {"paid_minutes": coded.sum(axis=0)} | {f"minutes_{code}": row for code, row in zip(CODES, coded, strict=True)}
        sums["night_minutes"] = self.night[..., self.days].sum(axis=(0, 2))
        sums["leave_minutes"] = self.leave[:, self.days].sum(axis=1)
        sums["standard_minutes"] = np.array([sum(minutes for _, minutes in self._standard(c)) for c in self.contracts])
        return sums | {"difference_minutes": sums["paid_minutes"] + sums["leave_minutes"] - sums["standard_minutes"]}

    def rows(self) -> tuple[PayrollRow, ...]:
        """One row for each agent."""
        columns = {name: values.tolist() for name, values in self.sums.items()}
        return tuple(
            PayrollRow(
                agent=agent,
                contract=contract.id,
                hours_system=contract.hours_system,
                first=self.first,
                last=self.last,
                **{name: values[a] for name, values in columns.items()},
                **(self._totals_of(a) if contract.hours_system == "comprehensive" else {}),
            )
            for a, (agent, contract) in enumerate(zip(self.roster.agents, self.contracts, strict=True))
        )

    def _totals_of(self, a: int) -> dict[str, Any]:
        unknown = {total.name: int(total.unknown_days[a]) for total in self.totals}
        found = {f"{total.name}_minutes": None if unknown[total.name] else int(total.minutes[a]) for total in self.totals}
        return found | {"unknown_days": unknown[self.settled]}

    def items(self, agent: str, number: str) -> tuple[PayItem, ...]:
        """What a number of an agent's row came from, in the order of the days; the parts add up to it.

        Parameters
        ----------
        number : str
            A field of `PayrollRow` that holds minutes.
        """
        a, codes = self.roster.agents.index(agent), {f"minutes_{code}": k for k, code in enumerate(CODES)}
        minutes = {name: self.coded[k, :, a] for name, k in codes.items()}
        minutes |= {"night_minutes": self.night[:, a], "leave_minutes": self.leave[None, a]}
        if number in minutes:
            parts = self._parts(number, minutes[number], self.days)
        elif number == "paid_minutes":
            parts = (part for name in codes for part in self.items(agent, name))
        elif number == "difference_minutes":
            more = (part for name in ("paid_minutes", "leave_minutes") for part in self.items(agent, name))
            less = (part.model_copy(update={"minutes": -part.minutes}) for part in self.items(agent, "standard_minutes"))
            parts = (*more, *less)
        elif number == "standard_minutes":
            parts = (pay_item(number, day, share) for day, share in self._standard(self.contracts[a]))
        else:
            parts = self._total_parts(a, next(total for total in self.totals if f"{total.name}_minutes" == number))
        named = [part.model_copy(update={"agent": agent, "number": number}) for part in parts]
        return tuple(sorted(named, key=lambda part: part.day))

    def _parts(self, why: str, minutes: IntArray, days: slice) -> Iterator[PayItem]:
        """Parts of some minutes of shape (1 or 2, days of the roster), on the day or on the day after it."""
        for d, after in np.argwhere(minutes[:, days].T > 0).tolist():
            day = d + (days.start or 0)
            yield pay_item(why, self.roster.horizon.dates[day] + timedelta(days=after), int(minutes[after, day]))

    def _total_parts(self, a: int, total: Total) -> Iterator[PayItem]:
        horizon = self.roster.horizon
        if total.brought[a]:
            yield pay_item("brought", max(total.first, horizon.first) - timedelta(days=1), int(total.brought[a]))
        days = slice(max(0, horizon.index(total.first)), self.days.stop)
        yield from self._parts("worked", self.coded[:, :, a].sum(axis=(0, 1))[None] + self.leave[None, a], days)

    def _standard(self, contract: Contract) -> Iterator[tuple[date, int]]:
        """First paid day of each month, and its statutory minutes: those of the month in proportion to the days paid."""
        day = self.first
        while day <= self.last:
            start, end = whole_period(day, "month")
            share = ((min(end, self.last) - day).days + 1) / ((end - start).days + 1)
            normal = contract.daily_minutes if contract.hours_system == "part_time" else NORMAL_DAY_MINUTES
            yield day, round(share * statutory_minutes(start, "month", normal))
            day = end + timedelta(days=1)


def statutory_minutes(day: date, name: SettledName, normal: int = NORMAL_DAY_MINUTES) -> int:
    """Minutes that the law grants the calendar period in which a day lies, in normal days of so many minutes."""
    year_days = NEW_YEAR_DAYS if day >= NEW_SINCE else OLD_YEAR_DAYS
    return year_days * normal // {"month": 12, "quarter": 4, "year": 1}[name]


def settled_period(problem: RosterProblem) -> SettledName:
    """Period of the approval: the shortest one over which a rule for comprehensive hours bounds them; else the month."""
    rules = (rule for rule in problem.rulebook.rules if rule.kind == "hours" and "comprehensive" in rule.scope.hours_systems)
    bounded = {rule.numbers.get("period") for rule in rules if rule.numbers.get("max_minutes") is not None}
    found: list[SettledName] = [name for name in PERIODS if name in bounded]
    return found[0] if found else "month"


def payroll(problem: RosterProblem, roster: Roster, first: date, last: date, *, settled: SettledName | None = None) -> Payroll:
    """What each agent of a roster is paid for on the days ``first <= day <= last``.

    All days of the roster are read: those before `first` count in weeks and period totals, and so do balances.

    Parameters
    ----------
    problem : RosterProblem
        Its calendar must know the day after the last one of the roster.
    settled : str or None
        Period of comprehensive hours; None = as the rulebook says (`settled_period`).

    Raises
    ------
    InvalidData
        Days that the roster does not hold, or agents that the problem does not know.
    """
    _check(problem, roster, first, last)
    contract_of = {agent.id: problem.centre.contract(agent.contract) for agent in problem.agents}
    contracts = tuple(contract_of[agent] for agent in roster.agents)
    shifts, (credit, leave) = _Shifts.of(roster), _credit(problem, roster, contracts)
    books = _Books(problem, roster, shifts.split.sum(axis=0) + leave, credit)
    settled = settled or settled_period(problem)
    coded, totals = _coded(books, contracts, shifts.split, settled), tuple(books.total(name, last) for name in PERIODS)
    return Payroll(roster, contracts, first, last, coded, shifts.night, leave, totals, settled)


def _check(problem: RosterProblem, roster: Roster, first: date, last: date) -> None:
    horizon, unknown = roster.horizon, sorted(set(roster.agents) - set(problem.index))
    found = [Finding("payroll", None, "agent", name, "an agent of the problem", "pay with its staff") for name in unknown]
    if not horizon.first <= first <= last <= horizon.last:
        expected = f"days from {horizon.first} to {horizon.last}, in order"
        found.append(Finding("payroll", None, "first, last", f"{first} to {last}", expected, "bring a roster of all days"))
    if found:
        raise InvalidData(found)


@dataclass(frozen=True, eq=False)
class _Shifts:
    """Shifts on the axis of elapsed time, in epoch minutes.

    Parameters
    ----------
    begin, end, meal, meal_end : array of int, shape (agents, days)
        All four are equal where there is no shift.
    midnight, six, ten : array of int, shape (days + 2,)
        00:00, 06:00 and 22:00 of each day of the roster and of two more.
    """

    begin: IntArray
    end: IntArray
    meal: IntArray
    meal_end: IntArray
    midnight: IntArray
    six: IntArray
    ten: IntArray

    @classmethod
    def of(cls, roster: Roster) -> "_Shifts":
        begin, present = roster.begin_minutes, roster.start >= 0
        end = begin + np.where(present, roster.minutes, 0)
        eaten = np.where(present, roster.meal_minutes, 0)
        meal = np.where((roster.meal >= 0) & present, begin + roster.meal, end - eaten)
        clocks = (0, NIGHT_LAST_MINUTE - DAY_MINUTES, NIGHT_FIRST_MINUTE)
        return cls(begin, end, meal, meal + eaten, *(_clock(roster, minute) for minute in clocks))

    def within(self, low: IntArray, high: IntArray) -> IntArray:
        """Minutes worked from `low` to `high` of each day; shape (agents, days)."""
        here = np.maximum(np.minimum(self.end, high) - np.maximum(self.begin, low), 0)
        return here - np.maximum(np.minimum(self.meal_end, high) - np.maximum(self.meal, low), 0)

    @cached_property
    def split(self) -> IntArray:
        """Minutes worked on the day of the shift, and on the day after it; shape (2, agents, days)."""
        return np.stack([self.within(*self._day(self.midnight, self.midnight[1:], k)) for k in (0, 1)])

    @cached_property
    def night(self) -> IntArray:
        """Night minutes worked, parted alike; shape (2, agents, days)."""
        spans = ((self.midnight, self.six), (self.ten, self.midnight[1:]))
        return np.stack([sum(self.within(*self._day(low, high, k)) for low, high in spans) for k in (0, 1)])

    def _day(self, low: IntArray, high: IntArray, k: int) -> tuple[IntArray, IntArray]:
        """Two clocks on the k-th day of each shift; shape (days,) each."""
        days = self.begin.shape[1]
        return low[k : k + days], high[k : k + days]


def _clock(roster: Roster, minute: int) -> IntArray:
    """Epoch minutes of a wall-clock time on each day of the roster and two more; shape (days + 2,)."""
    first, at = roster.horizon.first, time(minute // 60)
    days = (first + timedelta(days=d) for d in range(roster.horizon.days + 2))
    return np.array([epoch_minutes(local(day, at, roster.horizon.zone)) for day in days])


@dataclass(frozen=True, eq=False)
class _Books:
    """What the totals of a roster are made of.

    Parameters
    ----------
    hours : array of int, shape (agents, days)
        Minutes worked, and of paid leave.
    credit : array of int, shape (agents, days)
        The same as the hours rules and the balances count them: shifts as their templates.
    """

    problem: RosterProblem
    roster: Roster
    hours: IntArray
    credit: IntArray

    def held(self, name: SettledName, start: date) -> list[Balance | None]:
        """The balance of each agent, if it knows the period that starts then; none knows a month."""
        held = (self.problem.balance_of.get(agent) for agent in self.roster.agents)
        return [b if b is not None and name != "month" and whole_period(b.until, name)[0] == start else None for b in held]

    def brought(self, name: SettledName, start: date) -> IntArray:
        """Minutes of a period before the roster, as balances say less what its days in them credit; shape (agents,)."""
        held, days, index = self.held(name, start), np.arange(self.roster.horizon.days), self.roster.horizon.index
        until = np.array([-1 if balance is None else index(balance.until) for balance in held])
        known = np.array([0 if balance is None else getattr(balance, f"{name}_minutes") for balance in held], dtype=np.int64)
        inside = (days >= index(start)) & (days <= until[:, None])
        return np.maximum(known - np.where(inside, self.credit, 0).sum(axis=1), 0)

    def beyond(self, name: SettledName, paid: IntArray) -> IntArray:
        """Minutes of each day that were worked after the total of its period was reached; shape (agents, days)."""
        over, starts = np.zeros_like(paid), [whole_period(day, name)[0] for day in self.roster.horizon.dates]
        for start in dict.fromkeys(starts):
            days = np.array([other == start for other in starts])
            running = self.brought(name, start)[:, None] + self.hours[:, days].cumsum(axis=1)
            over[:, days] = np.clip(running - statutory_minutes(start, name), 0, paid[:, days])
        return over

    def total(self, name: SettledName, last: date) -> Total:
        """Hours of the period in which a day lies, up to that day."""
        horizon, start = self.roster.horizon, whole_period(last, name)[0]
        days, brought = slice(max(0, horizon.index(start)), horizon.index(last) + 1), self.brought(name, start)
        known_until = [start - timedelta(days=1) if balance is None else balance.until for balance in self.held(name, start)]
        unknown = np.array([max(0, (horizon.first - until).days - 1) for until in known_until])
        return Total(name, start, statutory_minutes(start, name), brought, brought + self.hours[:, days].sum(axis=1), unknown)


def _credit(problem: RosterProblem, roster: Roster, contracts: tuple[Contract, ...]) -> tuple[IntArray, IntArray]:
    """What each day credits: by shift template or paid leave, and of that paid leave alone; shape (agents, days) each."""
    alphabet, place = problem.alphabet, {code: k for k, code in enumerate(problem.alphabet.codes)}
    symbol = np.array([place.get(code, 0) for code in roster.codes])[roster.symbol]
    of_contract = {contract.id: alphabet.credit_minutes(contract) for contract in problem.centre.contracts}
    credit = np.stack([of_contract[contract.id] for contract in contracts])[np.arange(len(contracts))[:, None], symbol]
    return credit, np.where(alphabet.leave[symbol], credit, 0)


def _coded(books: _Books, contracts: tuple[Contract, ...], split: IntArray, settled: SettledName) -> IntArray:
    """Minutes of each shift by pay code; shape (codes, 2, agents, days)."""
    roster, paid = books.roster, split.sum(axis=0)
    days = [roster.horizon.first + timedelta(days=d) for d in range(roster.horizon.days + 1)]
    types = np.array([books.problem.calendar.day_type(day) for day in days])
    systems = np.array([contract.hours_system for contract in contracts])
    holiday = np.stack([types[:-1], types[1:]])[:, None] == DayType.HOLIDAY
    holiday = holiday & np.isin(systems, HOLIDAY_PAID)[:, None]
    standard, comprehensive = (systems[:, None] == name for name in ("standard", "comprehensive"))
    free = standard & _unreplaced(roster, types, split)
    normal = np.array([min(contract.daily_minutes, NORMAL_DAY_MINUTES) for contract in contracts])[:, None]
    over = np.where(standard, np.maximum(paid - normal, 0), np.where(comprehensive, books.beyond(settled, paid), 0))
    late = np.minimum(over, split[1])
    at_300, at_200 = np.where(holiday, split, 0), np.where(free & ~holiday, split, 0)
    at_150 = np.where(free | holiday, 0, np.stack([over - late, late]))
    return np.stack([split - at_150 - at_200 - at_300, at_150, at_200, at_300])


def _unreplaced(roster: Roster, types: NDArray[np.str_], split: IntArray) -> BoolArray:
    """Shifts on rest days, or from a holiday into one, without a working day off in the week for them; shape (agents, days)."""
    rest, working = types == DayType.REST, np.isin(types, [DayType.WORK, DayType.MAKEUP])
    free = (rest[:-1] & (split.sum(axis=0) > 0)) | ((types[:-1] == DayType.HOLIDAY) & rest[1:] & (split[1] > 0))
    given = (roster.symbol == roster.codes.index(OFF)) & working[:-1]
    week = np.array([(day.toordinal() - 1) // 7 for day in roster.horizon.dates])
    for one in np.unique(week):
        days = week == one
        free[:, days] &= free[:, days].cumsum(axis=1) > given[:, days].sum(axis=1)[:, None]
    return free
