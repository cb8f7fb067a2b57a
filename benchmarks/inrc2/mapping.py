"""Weeks of an instance as a roster problem: its constraints are rule kinds, its cover is the goal of heads by shift.

A shift worked with a skill is a shift code of its own, and a nurse's contract lists the codes of the nurse's skills. What the
weeks before left behind stands on frozen days before the first open one, which is a Monday. A nurse missing from the minimum
cover, which is hard, costs `MISSING`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cached_property
from itertools import product

import numpy as np

from benchmarks.by_shift import EVERYONE, QUEUE, nobody, rule
from data.exchange.inrc2 import WEEKDAYS, Assignment, Border, Cover, Scenario, ShiftType, Terms, Week
from data.model.base import IntArray
from data.model.centre import Centre
from data.model.errors import Finding, InvalidData
from data.model.people import Agent, Contract, ShiftKind
from data.model.roster import OFF, Roster, ShiftTemplate
from data.model.rulebook import GoalSpec, Rulebook, RuleSpec, Scope
from data.model.shift_demand import ShiftDemand
from data.model.time import DAY_MINUTES, Horizon, TimeGrid
from optimizer.rostering.problem import RosterProblem

MONDAY = date(2026, 6, 1)
"""First open day of every problem; only that it is a Monday matters."""
MISSING = 1000.0
"""Cost of a nurse missing from the minimum cover: more than a day of work can cost anyone (house choice)."""
OPTIMAL, WORK, SHIFT, FREE, REQUEST, WHOLE, TOTAL, WEEKENDS = 30.0, 30.0, 15.0, 30.0, 10.0, 30.0, 20.0, 30.0
"""Weights of the soft constraints, by the rules of the competition."""
GRAIN = 5.0
"""Every weight of the competition is a multiple of it: a bound may be rounded up."""
LONGEST = 31
"""Longest limit of a run that the rule knows, days; no run of work comes near it."""
MINUTES = 480
"""Length of every shift; the competition has none."""
CLOCK: dict[str, tuple[ShiftKind, time]] = {
    "Early": ("early", time(6)),
    "Day": ("day", time(9)),
    "Late": ("late", time(14)),
    "Night": ("night", time(22)),
}
"""Shifts of the competition: their kind, and a start that goes with it."""

DAYS = len(WEEKDAYS)


@dataclass(frozen=True)
class Demand:
    """Nurses asked for on a shift and with a skill on a day, from the first open one on, and what each missing costs."""

    shift: str
    skill: str
    day: int
    heads: int
    under: float


@dataclass(frozen=True)
class Bounds:
    """Shifts at least and at most, and weekends at most, of a nurse's open days."""

    low: int
    high: int
    weekends: int


@dataclass(frozen=True, eq=False)
class Task:
    """Some weeks to plan.

    Parameters
    ----------
    scenario : Scenario
    borders : mapping
        What each nurse brings.
    weeks : int
        Weeks to plan.
    demands : tuple of Demand
    requests : tuple
        Nurse, shift (None = any) and day, from the first open one on.
    bounds : mapping
        Of each nurse.
    """

    scenario: Scenario
    borders: Mapping[str, Border]
    weeks: int
    demands: tuple[Demand, ...]
    requests: tuple[tuple[str, str | None, int], ...]
    bounds: Mapping[str, Bounds]

    @cached_property
    def past(self) -> int:
        """Frozen days: the longest run that is brought and the day before it, unless a limit is shorter; whole weeks."""
        scenario = self.scenario
        limits = [most for shift in scenario.shifts.values() for most in (shift.min_run, min(shift.max_run, LONGEST))]
        limits += [most for terms in scenario.contracts.values() for most in (terms.max_work, terms.max_off)]
        longest = max(max(border.work, border.off) for border in self.borders.values())
        return DAYS * (min(longest, max(limits)) // DAYS + 1)

    @cached_property
    def code_of(self) -> dict[tuple[str, str], str]:
        """Code of each shift and skill."""
        skills = self.scenario.skills
        return {(shift, skill): f"{shift[0]}{number}" for shift in self.scenario.shifts for number, skill in enumerate(skills)}

    @cached_property
    def problem(self) -> RosterProblem:
        """The roster problem; its cost is that of the competition, plus `MISSING` for each nurse missing."""
        days = self.past + DAYS * self.weeks
        horizon = Horizon(zone="UTC", first=MONDAY - timedelta(days=self.past), days=days)
        grid = TimeGrid(horizon=horizon, minutes=DAY_MINUTES)
        centre, agents = _centre(self), tuple(_agents(self.scenario))
        rulebook = Rulebook(id="inrc2", rules=tuple(_rules(self)), goals=(GoalSpec(kind="shift_cover"),))
        codes, symbol = (OFF, *(shift.code for shift in centre.shifts)), _history(self)
        base = _roster(centre, tuple(agent.id for agent in agents), horizon, codes, symbol)
        demand = tuple(_demand(self))
        return RosterProblem(centre, agents, grid, nobody(grid), rulebook, self.past, days, base, shift_demand=demand)

    def roster(self, assignments: Sequence[Sequence[Assignment]]) -> Roster:
        """The roster of a solution of each week; the frozen days are those of the problem."""
        base = self.problem.base
        assert base is not None
        symbol, row = base.symbol.copy(), {nurse: a for a, nurse in enumerate(base.agents)}
        for number, week in enumerate(assignments):
            for one in week:
                day = self.past + DAYS * number + one.day
                symbol[row[one.nurse], day] = base.codes.index(self.code_of[one.shift, one.skill])
        return _roster(self.problem.centre, base.agents, base.horizon, base.codes, symbol)

    def assignments(self, roster: Roster, week: int) -> tuple[Assignment, ...]:
        """What a roster says of one of the weeks."""
        told = {code: pair for pair, code in self.code_of.items()}
        first = self.past + DAYS * week
        return tuple(
            Assignment(nurse, day, *told[roster.codes[symbol]])
            for nurse, line in zip(roster.agents, roster.symbol[:, first : first + DAYS].tolist(), strict=True)
            for day, symbol in enumerate(line) if roster.codes[symbol] != OFF
        )  # fmt: skip


def demands_of(cover: Iterable[Cover], number: int = 0, share: float = 1.0) -> Iterator[Demand]:
    """Minimum and optimal cover of a week, the number-th of those planned; each costs a share of its price, in whole `GRAIN`."""
    for one in cover:
        day = DAYS * number + one.day
        yield from (
            Demand(one.shift, one.skill, day, heads, GRAIN * round(share * price / GRAIN))
            for heads, price in ((one.minimum, MISSING), (one.optimum, OPTIMAL)) if heads
        )  # fmt: skip


def requests_of(week: Week, number: int = 0) -> Iterator[tuple[str, str | None, int]]:
    """Requests of a week, the number-th of those planned."""
    return ((request.nurse, request.shift, DAYS * number + request.day) for request in week.requests)


def bounds_left(scenario: Scenario, borders: Mapping[str, Border]) -> dict[str, Bounds]:
    """What the horizon leaves to each nurse; none of it is below zero."""
    return {nurse: _left(scenario.contracts[scenario.nurses[nurse].contract], border) for nurse, border in borders.items()}


def _left(terms: Terms, border: Border) -> Bounds:
    left = terms.min_total - border.assignments, terms.max_total - border.assignments, terms.max_weekends - border.weekends
    return Bounds(*(max(0, number) for number in left))


def cost_brought(scenario: Scenario, borders: Mapping[str, Border]) -> float:
    """What assignments and weekends before the open days cost, whatever follows."""
    cost = 0.0
    for nurse, border in borders.items():
        terms = scenario.contracts[scenario.nurses[nurse].contract]
        cost += TOTAL * max(0, border.assignments - terms.max_total) + WEEKENDS * max(0, border.weekends - terms.max_weekends)
    return cost


def static_task(scenario: Scenario, borders: Mapping[str, Border], weeks: Sequence[Week]) -> Task:
    """All weeks left, known."""
    demands = tuple(demand for number, week in enumerate(weeks) for demand in demands_of(week.cover, number))
    requests = tuple(request for number, week in enumerate(weeks) for request in requests_of(week, number))
    return Task(scenario, borders, len(weeks), demands, requests, bounds_left(scenario, borders))


def _centre(task: Task) -> Centre:
    """Templates of all codes, and a contract for each set of terms and skills.

    Raises
    ------
    InvalidData
        A shift is none of the competition's.
    """
    scenario = task.scenario
    strange = [name for name in scenario.shifts if name not in CLOCK]
    if strange:
        raise InvalidData(Finding(scenario.name, None, "SHIFT_TYPES", name, f"one of {', '.join(CLOCK)}") for name in strange)
    shifts = tuple(
        ShiftTemplate(code=code, name=f"{shift} {skill}", kind=CLOCK[shift][0], start=CLOCK[shift][1], minutes=MINUTES)
        for (shift, skill), code in task.code_of.items()
    )
    kinds = dict.fromkeys((nurse.contract, nurse.skills) for nurse in scenario.nurses.values())
    contracts = tuple(
        Contract(
            id=_terms(terms, skills), name=terms, shifts=tuple(task.code_of[pair] for pair in product(scenario.shifts, skills))
        )
        for terms, skills in kinds
    )
    return Centre(id="inrc2", name=scenario.name, zone="UTC", queues=(QUEUE,), contracts=contracts, shifts=shifts)


def _terms(contract: str, skills: tuple[str, ...]) -> str:
    """Id of the contract of those who work under some terms with some skills."""
    return "/".join((contract, *skills))


def _agents(scenario: Scenario) -> Iterator[Agent]:
    for name, nurse in scenario.nurses.items():
        yield Agent(id=name, contract=_terms(nurse.contract, nurse.skills), skills=(QUEUE.id,))


def _history(task: Task) -> IntArray:
    """Symbols of all days, the open ones free; shape (nurses, days). With which skill a nurse worked is all the same."""
    codes = [OFF, *task.code_of.values()]
    symbol = np.zeros((len(task.borders), task.past + DAYS * task.weeks), dtype=np.int64)
    for row, (name, nurse) in zip(symbol, task.scenario.nurses.items(), strict=True):
        days = _brought(task.borders[name], list(task.scenario.shifts))[-task.past :]
        told = [OFF if shift is None else task.code_of[shift, nurse.skills[0]] for shift in days]
        row[task.past - len(days) : task.past] = [codes.index(code) for code in told]
    return symbol


def _brought(border: Border, shifts: Sequence[str]) -> list[str | None]:
    """Last days before the open ones: the runs that reach them, and the day before."""
    other = next((shift for shift in shifts if shift != border.shift), border.shift)
    if border.shift is None:
        return [other, *[None] * border.off]
    return [None, *[other] * (border.work - border.same), *[border.shift] * border.same]


def _roster(centre: Centre, agents: tuple[str, ...], horizon: Horizon, codes: tuple[str, ...], symbol: IntArray) -> Roster:
    start = np.array([-1, *(shift.start_minute for shift in centre.shifts)])[symbol]
    minutes = np.array([0, *(shift.minutes for shift in centre.shifts)])[symbol]
    return Roster(agents, horizon, codes, symbol, start, minutes, np.full(symbol.shape, -1), np.zeros(symbol.shape, dtype=np.int64))


def _demand(task: Task) -> Iterator[ShiftDemand]:
    for one in task.demands:
        day, code = MONDAY + timedelta(days=one.day), task.code_of[one.shift, one.skill]
        yield ShiftDemand(day=day, shift=code, heads=one.heads, under=one.under, over=0)


def _rules(task: Task) -> Iterator[RuleSpec]:
    scenario = task.scenario
    pairs = [f"{_kind(shift.name)}>{_kind(barred)}" for shift in scenario.shifts.values() for barred in shift.barred]
    if pairs:
        yield rule("succession", "succession", {"pairs": pairs})
    for shift in scenario.shifts.values():
        yield from _shift_run(shift)
    for name, terms in scenario.contracts.items():
        ids = tuple(dict.fromkeys(_terms(name, nurse.skills) for nurse in scenario.nurses.values() if nurse.contract == name))
        yield from _of_contract(name, terms, ids) if ids else ()
    yield from _of_horizon(task)
    yield from _requests(task)


def _kind(shift: str) -> str:
    """What the rules call a shift of the competition."""
    return CLOCK[shift][0]


def _shift_run(shift: ShiftType) -> Iterator[RuleSpec]:
    return _run(f"run.{shift.name}", _kind(shift.name), (shift.min_run, shift.max_run), SHIFT)


def _of_contract(name: str, terms: Terms, ids: tuple[str, ...]) -> Iterator[RuleSpec]:
    scope = Scope(contracts=ids)
    yield from _run(f"{name}.work", "work", (terms.min_work, terms.max_work), WORK, scope)
    yield from _run(f"{name}.off", "off", (terms.min_off, terms.max_off), FREE, scope)
    if terms.whole_weekends:
        yield rule(f"{name}.whole", "weekends", {"whole": True}, WHOLE, scope)


def _run(name: str, of: str, days: tuple[int, int], weight: float, scope: Scope = EVERYONE) -> Iterator[RuleSpec]:
    """Limits of a run, unless they say nothing."""
    low, high = max(days[0], 1), days[1] if days[1] <= LONGEST else None
    if low > 1 or high is not None:
        yield rule(name, "run_length", {"of": of, "min_days": low, "max_days": high}, weight, scope)


def _of_horizon(task: Task) -> Iterator[RuleSpec]:
    """Shifts and weekends: nurses who may do as many share a rule."""
    days = DAYS * task.weeks
    totals: dict[tuple[int, int], list[str]] = {}
    weekends: dict[int, list[str]] = {}
    for nurse, bounds in task.bounds.items():
        totals.setdefault((bounds.low, bounds.high), []).append(nurse)
        weekends.setdefault(bounds.weekends, []).append(nurse)
    for (low, high), nurses in totals.items():
        if low or high < days:
            numbers = {"period": "plan", "min_shifts": low, "max_shifts": high}
            yield rule(f"total.{low}.{high}", "shifts", numbers, TOTAL, Scope(agents=tuple(nurses)))
    for most, nurses in weekends.items():
        if most < task.weeks:
            yield rule(
                f"weekends.{most}", "weekends", {"period": "plan", "max_weekends": most}, WEEKENDS, Scope(agents=tuple(nurses))
            )


def _requests(task: Task) -> Iterator[RuleSpec]:
    """Requests of a nurse for one shift are one rule; one for any shift holds those for single ones."""
    asked: dict[tuple[str, str | None], list[int]] = {}
    for nurse, shift, day in sorted(set(task.requests), key=str):
        if shift is None or (nurse, None, day) not in task.requests:
            asked.setdefault((nurse, shift), []).append(day)
    for (nurse, shift), days in asked.items():
        name = "work" if shift is None else _kind(shift)
        numbers = {"names": [name], "dates": [MONDAY + timedelta(days=day) for day in days], "forbidden": True}
        yield rule(f"{nurse}.spares.{name}", "fixed_days", numbers, REQUEST, Scope(agents=(nurse,)))
