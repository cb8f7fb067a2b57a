"""Pay: what work on holidays, on rest days and beyond the normal hours costs on top of the base pay, which is fixed.

The day on which a shift starts says how it is paid. Overtime is what rises above the normal week under standard hours, and
above the working days of the plan under comprehensive hours; what history and leave have used up is not charged again. Of
part-time contracts only holidays cost more, of flexible hours nothing. A finished shift is paid as its template: `change`
prices what a tweak makes longer. A rest day that lies above the normal week too is charged for both; where the centre gives
the weekly rest on other days, set `rest_day_rate` to 0.

References
----------
Labour Law art. 44; Wage Payment Provisional Rules (1994) art. 13; Holiday Measures (2024) art. 2; State Council rule on
working time (1995) art. 7. The day that counts, and both charges at once: house choice.
"""

from datetime import date
from functools import partial

import numpy as np
from pydantic import Field, NonNegativeFloat

from data.model.base import BoolArray, FloatArray, Frozen, IntArray
from data.model.calendar import Calendar, DayType
from data.model.people import Contract, HoursSystem
from data.model.prices import PricePolicy
from data.model.roster import Roster
from optimizer.rostering.goals import Charge
from optimizer.rostering.language import Language, counter
from optimizer.rostering.problem import LineContext, PeriodName, RosterProblem
from optimizer.rostering.rules import Tongue

NORMAL_WEEK_DAYS = 5
"""Normal days in a week of standard hours: 40 hours of eight (State Council rule on working time, 1995, art. 3)."""

OVERTIME_PERIOD: dict[HoursSystem, PeriodName] = {"standard": "week", "comprehensive": "plan"}
"""Over which period overtime is judged."""

HOLIDAY_PAID: tuple[HoursSystem, ...] = ("standard", "comprehensive", "part_time")
"""Whose work on holidays costs more; the wage rules leave flexible hours out (art. 13). Part time: house choice."""


class Params(Frozen):
    """Wages, in the unit of the other goals an hour, and surcharges as a multiple of the wage.

    Parameters
    ----------
    hourly_wage : float
        Of everyone; that of the house is what an hour of pay is worth elsewhere too (`PricePolicy`).
    contracts : dict
        Hourly wage of the contracts whose wage is another, by their ids.
    holiday_rate, rest_day_rate, overtime_rate : float
        What is paid beside the base pay: 2 makes 300 % in all.
    """

    hourly_wage: float = Field(default=PricePolicy().pay_hour, ge=0)
    contracts: dict[str, NonNegativeFloat] = {}
    holiday_rate: float = Field(default=2.0, ge=0)
    rest_day_rate: float = Field(default=1.0, ge=0)
    overtime_rate: float = Field(default=0.5, ge=0)

    def wage(self, contract: Contract) -> float:
        """Hourly wage under a contract."""
        return self.contracts.get(contract.id, self.hourly_wage)


def sentence(params: Params, language: Tongue) -> str:
    p = params
    own = "".join(f", {name} {wage:g}" for name, wage in p.contracts.items())
    if language == "zh":
        return (
            f"加班与节假日附加工资：时薪 {p.hourly_wage:g}{own.replace(', ', '，')}；法定节假日另计 {p.holiday_rate:g} 倍，"
            f"休息日 {p.rest_day_rate:g} 倍，超出正常工时 {p.overtime_rate:g} 倍。"
        )
    return (
        f"At {p.hourly_wage:g} an hour{own}, work on a public holiday costs {p.holiday_rate:g} times the wage beside the base pay, "
        f"on a rest day {p.rest_day_rate:g} times, beyond the normal hours {p.overtime_rate:g} times."
    )


def charge(params: Params, problem: RosterProblem) -> Charge:
    hours = problem.alphabet.paid_minutes / 60
    rate = {contract.id: _rates(params, problem, contract) for contract in problem.centre.contracts}
    paid = np.stack([rate[agent.contract][:, None] * hours for agent in problem.agents])
    return Charge(prices=paid, language=partial(_language, params))


def _rates(params: Params, problem: RosterProblem, contract: Contract) -> FloatArray:
    """Surcharge of an hour on each day; shape (days,)."""
    types = np.array([problem.calendar.day_type(day) for day in problem.grid.horizon.dates])
    holiday = (types == DayType.HOLIDAY) & (contract.hours_system in HOLIDAY_PAID)
    rest = (types == DayType.REST) & (contract.hours_system == "standard")
    charged = np.arange(len(types)) >= problem.first_open
    return params.wage(contract) * charged * (params.holiday_rate * holiday + params.rest_day_rate * rest)


def _language(params: Params, context: LineContext) -> Language:
    """One counter of credited minutes, over the weeks or the plan: the same that `rules.hours` counts, so that both are one."""
    price = params.wage(context.contract) * params.overtime_rate / 60
    period = OVERTIME_PERIOD.get(context.contract.hours_system)
    if period is None or price == 0:
        return Language()
    weight = context.alphabet.credit_minutes(context.contract)
    spans = [span[:2] for span in context.periods(period)]
    high = [_normal(context, weight, *span) for span in spans]
    every_day = np.tile(weight, (context.days, 1))
    return Language(counters=(counter("pay", every_day, spans, [0] * len(spans), high, price),))


def _normal(context: LineContext, weight: IntArray, first: int, end: int) -> int:
    """Credited minutes of a period that cost nothing."""
    contract, opened = context.contract, max(first, context.first_open)
    worked = [context.calendar.day_type(day) in (DayType.WORK, DayType.MAKEUP) for day in context.dates[first:end]]
    days = NORMAL_WEEK_DAYS if contract.hours_system == "standard" else sum(worked)
    leave = int((context.leave[opened:end] >= 0).sum()) * contract.daily_minutes
    return max(days * contract.daily_minutes, int(weight[context.history(first)].sum()) + leave)


def measure(params: Params, problem: RosterProblem, roster: Roster) -> float:
    by_contract: dict[str, list[int]] = {}
    for row, agent in enumerate(problem.agents):
        by_contract.setdefault(agent.contract, []).append(row)
    return sum(_of_contract(params, problem, roster, problem.centre.contract(name), rows) for name, rows in by_contract.items())


def _of_contract(params: Params, problem: RosterProblem, roster: Roster, contract: Contract, rows: list[int]) -> float:
    """Surcharge of all agents under one contract."""
    worked = _minutes(problem, roster, dict.fromkeys(roster.codes, 0))[rows]
    total, system = 0.0, contract.hours_system
    for d in range(problem.first_open, roster.horizon.days):
        kind = problem.calendar.day_type(roster.horizon.dates[d])
        if kind == DayType.HOLIDAY and system != "flexible":
            total += params.holiday_rate * int(worked[:, d].sum())
        elif kind == DayType.REST and system == "standard":
            total += params.rest_day_rate * int(worked[:, d].sum())
    leave = dict(zip(problem.alphabet.codes, problem.alphabet.paid_leave * contract.daily_minutes, strict=True))
    excess = _excess(problem, _minutes(problem, roster, leave)[rows], contract, rows)
    return params.wage(contract) / 60 * (total + params.overtime_rate * excess)


def _minutes(problem: RosterProblem, roster: Roster, other: dict[str, int]) -> IntArray:
    """Paid minutes of the template of each day's shift, and of the codes that are no shift; shape (agents, days)."""
    of_code = other | {shift.code: shift.minutes - shift.meal_minutes for shift in problem.centre.shifts}
    return np.array([of_code[code] for code in roster.codes], dtype=np.int64)[roster.symbol]


def _excess(problem: RosterProblem, credit: IntArray, contract: Contract, rows: list[int]) -> int:
    """Credited minutes of agents above the normal hours of their weeks, or of the plan."""
    first, dates = problem.first_open, problem.grid.horizon.dates
    away = problem.leave[rows] >= 0
    if contract.hours_system == "comprehensive":
        normal = contract.daily_minutes * sum(_is_working_day(problem.calendar, day) for day in dates[first:])
        return int(_beyond(credit[:, first:], 0, away[:, first:], normal, contract).sum())
    if contract.hours_system != "standard":
        return 0
    week_of, total = [day.isocalendar()[:2] for day in dates], 0
    for week in dict.fromkeys(week_of[first:]):
        days = [d for d, of in enumerate(week_of) if of == week]
        past = sum(d < first for d in days) if problem.base is not None else 0
        away_then = away[:, days] & (np.array(days) >= first)
        total += int(_beyond(credit[:, days], past, away_then, NORMAL_WEEK_DAYS * contract.daily_minutes, contract).sum())
    return total


def _is_working_day(calendar: Calendar, day: date) -> bool:
    return calendar.day_type(day) in {DayType.WORK, DayType.MAKEUP}


def _beyond(credit: IntArray, past: int, away: BoolArray, normal: int, contract: Contract) -> IntArray:
    """Minutes beyond the normal ones, or beyond what the first `past` days and leave take; shape (agents,)."""
    taken = credit[:, :past].sum(axis=1) + away.sum(axis=1) * contract.daily_minutes
    return np.maximum(credit.sum(axis=1) - np.maximum(normal, taken), 0)
