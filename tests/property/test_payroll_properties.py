"""The payroll against a recount minute by minute, by another road: real instants, one agent and one minute at a time."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from roster_case import requirement_of

from data.model.calendar import Calendar, DayType, SpecialDay
from data.model.centre import Centre, OpeningHours, Queue
from data.model.ledger import Balance
from data.model.people import Absence, Agent, Contract, HoursSystem
from data.model.roster import Roster, ShiftTemplate
from data.model.rulebook import Rulebook
from data.model.time import Horizon, TimeGrid
from optimizer.rostering.payroll import CODES, Payroll, payroll
from optimizer.rostering.problem import RosterProblem

MEAL = {"meal_minutes": 30, "meal_earliest": 60, "meal_latest": 300}
SHIFTS = (
    ShiftTemplate(code="E", start=time(7), minutes=510, **MEAL),
    ShiftTemplate(code="L", start=time(15, 30), minutes=570, **MEAL),
    ShiftTemplate(code="N", start=time(22), minutes=510, **MEAL),
    ShiftTemplate(code="G", start=time(2, 15), minutes=300),
)
SYSTEMS: tuple[HoursSystem, ...] = ("standard", "comprehensive", "flexible", "part_time")
CODE_OF = ("-", "AL", "UL", *(shift.code for shift in SHIFTS))
PLACES = (("Asia/Shanghai", date(2026, 6, 20)), ("Europe/Berlin", date(2026, 3, 21)), ("Europe/Berlin", date(2026, 10, 17)))
QUEUE = Queue(id="q", name="Q", project="p", opening=OpeningHours(hours={}), handle_time_s=300, patience_s=60)


@dataclass(frozen=True)
class Case:
    """A random roster of four agents, one for each hours system."""

    problem: RosterProblem
    roster: Roster
    first: date
    last: date

    @cached_property
    def pay(self) -> Payroll:
        return payroll(self.problem, self.roster, self.first, self.last, settled="quarter")


def random_case(seed: int) -> Case:
    rng = Random(seed)
    zone, first = rng.choice(PLACES)
    horizon = Horizon(zone=zone, first=first, days=rng.randint(8, 20))
    kinds = [DayType.HOLIDAY, DayType.HOLIDAY, DayType.MAKEUP, DayType.REST]
    days = [first + timedelta(days=d) for d in range(horizon.days + 1)]
    calendar = Calendar(table={day: SpecialDay(type=rng.choice(kinds)) for day in rng.sample(days, 5)})
    contracts = tuple(
        Contract(id=s, name=s, hours_system=s, daily_minutes=rng.choice([240, 420, 480, 600]), shifts=CODE_OF[3:]) for s in SYSTEMS
    )
    centre = Centre(id="c", name="C", zone=zone, queues=(QUEUE,), contracts=contracts, shifts=SHIFTS)
    agents = tuple(Agent(id=f"a-{s}", contract=s, skills=("q",)) for s in SYSTEMS)
    grid = TimeGrid(horizon=horizon, minutes=30)
    absences = (
        Absence(agent="none", first=first, last=first, code="AL"),
        Absence(agent="none", first=first, last=first, code="UL", paid=False),
    )
    before = first - timedelta(days=1)
    held = tuple(Balance(agent=a.id, until=before, quarter_minutes=rng.randint(26000, 30000), year_minutes=40000) for a in agents)
    needed = requirement_of(np.zeros((1, grid.size), dtype=np.int64), grid)
    problem = RosterProblem(
        centre, agents, grid, needed, Rulebook(id="b"), 0, horizon.days, absences=absences, calendar=calendar, balances=held
    )
    one, other = sorted(rng.sample(horizon.dates, 2))
    return Case(problem, random_roster(rng, agents, horizon), one, other)


def random_roster(rng: Random, agents: tuple[Agent, ...], horizon: Horizon) -> Roster:
    shape = (len(agents), horizon.days)
    symbol = np.array([rng.choices(range(len(CODE_OF)), k=horizon.days) for _ in agents])
    arrays = {
        "start": np.full(shape, -1),
        "minutes": np.zeros(shape, int),
        "meal": np.full(shape, -1),
        "meal_minutes": np.zeros(shape, int),
    }
    for a, d in np.argwhere(symbol >= 3).tolist():
        shift = SHIFTS[symbol[a, d] - 3]
        arrays["start"][a, d] = shift.start_minute
        arrays["minutes"][a, d] = shift.minutes + rng.choice([0, 0, 0, 45, 120, -60])
        if shift.meal_minutes:
            arrays["meal"][a, d], arrays["meal_minutes"][a, d] = rng.randint(60, 300), shift.meal_minutes
    return Roster(tuple(agent.id for agent in agents), horizon, CODE_OF, symbol, **arrays)


# -- the recount


def worked(roster: Roster, a: int, d: int) -> Iterator[datetime]:
    """Local instant of each minute worked in a shift."""
    span = roster.span(a, d)
    if span is None:
        return
    start, zone = span[0].astimezone(UTC), ZoneInfo(roster.horizon.zone)
    meal, eaten = int(roster.meal[a, d]), int(roster.meal_minutes[a, d])
    for k in range(int(roster.minutes[a, d])):
        if not (meal >= 0 and meal <= k < meal + eaten):
            yield (start + timedelta(minutes=k)).astimezone(zone)


def quarter(day: date) -> tuple[int, int]:
    return day.year, (day.month - 1) // 3


def recount(case: Case, a: int) -> tuple[Counter[tuple[date, int]], Counter[date]]:
    """Minutes of an agent by local day and code, and night minutes by local day, of the shifts of the period."""
    roster, calendar = case.roster, case.problem.calendar
    contract = case.problem.centre.contract(case.problem.agents[a].contract)
    system, balance = contract.hours_system, case.problem.balances[a]
    coded, night = Counter[tuple[date, int]](), Counter[date]()
    running, last_quarter, spare = 0, None, Counter[date]()
    for d, day in enumerate(roster.horizon.dates):
        if day - timedelta(days=day.weekday()) not in spare:
            spare[day - timedelta(days=day.weekday())] = days_off(case, a, day)
        if quarter(day) != last_quarter:
            running = balance.quarter_minutes if quarter(balance.until) == quarter(day) else 0
            last_quarter = quarter(day)
        if roster.codes[roster.symbol[a, d]] == "AL":
            running += contract.daily_minutes
        minutes = list(worked(roster, a, d))
        rest = bool(minutes) and starts_free(calendar, day, minutes)
        if rest and spare[day - timedelta(days=day.weekday())] > 0:
            spare[day - timedelta(days=day.weekday())] -= 1
            rest = False
        for k, moment in enumerate(minutes, 1):
            running += 1
            if not case.first <= day <= case.last:
                continue
            night[moment.date()] += moment.hour >= 22 or moment.hour < 6
            long = k > min(480, contract.daily_minutes) if system == "standard" else system == "comprehensive" and running > 29760
            holiday = calendar.day_type(moment.date()) is DayType.HOLIDAY and system != "flexible"
            code = 300 if holiday else 200 if rest and system == "standard" else 150 if long else 100
            coded[moment.date(), code] += 1
    return coded, night


def days_off(case: Case, a: int, day: date) -> int:
    """Working days off in the week of a day, as far as the roster knows it."""
    roster, types = case.roster, (DayType.WORK, DayType.MAKEUP)
    week = [(d, other) for d, other in enumerate(roster.horizon.dates) if other.isocalendar()[:2] == day.isocalendar()[:2]]
    return sum(roster.codes[roster.symbol[a, d]] == "-" and case.problem.calendar.day_type(other) in types for d, other in week)


def starts_free(calendar: Calendar, day: date, minutes: list[datetime]) -> bool:
    if calendar.day_type(day) is DayType.REST:
        return True
    out = any(moment.date() > day for moment in minutes)
    return calendar.day_type(day) is DayType.HOLIDAY and out and calendar.day_type(day + timedelta(days=1)) is DayType.REST


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_every_minute_is_counted_where_it_was_worked(seed: int) -> None:
    case = random_case(seed)
    for a, agent in enumerate(case.roster.agents):
        coded, night = recount(case, a)
        found = {(part.day, code): 0 for code in CODES for part in case.pay.items(agent, f"minutes_{code}")}
        for code in CODES:
            for part in case.pay.items(agent, f"minutes_{code}"):
                found[part.day, code] += part.minutes
        assert found == {key: n for key, n in coded.items() if n}
        of_day = Counter[date]()
        for part in case.pay.items(agent, "night_minutes"):
            of_day[part.day] += part.minutes
        assert of_day == {day: n for day, n in night.items() if n}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_codes_add_up_to_what_the_roster_pays(seed: int) -> None:
    case = random_case(seed)
    days = case.pay.days
    assert (case.pay.coded >= 0).all()
    assert (case.pay.coded.sum(axis=(0, 1)) == case.roster.paid_minutes).all()
    assert (case.pay.sums["paid_minutes"] == case.roster.paid_minutes[:, days].sum(axis=1)).all()
    assert (case.pay.night <= case.pay.coded.sum(axis=0)).all()
    for row in case.pay.rows():
        assert row.paid_minutes == row.minutes_100 + row.minutes_150 + row.minutes_200 + row.minutes_300
        assert row.difference_minutes == row.paid_minutes + row.leave_minutes - row.standard_minutes


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_two_periods_pay_what_the_whole_pays(seed: int) -> None:
    case = random_case(seed)
    horizon, whole = case.roster.horizon, replace(case, first=case.roster.horizon.first, last=case.roster.horizon.last).pay
    parts = [
        replace(case, first=a, last=b).pay for a, b in ((horizon.first, case.first), (case.first + timedelta(days=1), horizon.last))
    ]
    for name in ("paid_minutes", "minutes_150", "minutes_200", "minutes_300", "night_minutes", "leave_minutes"):
        assert (whole.sums[name] == sum(part.sums[name] for part in parts)).all()
