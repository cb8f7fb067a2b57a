"""Lines of a payroll: what each person is paid for, day by day and code by code, checked against the totals before it leaves."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from api.workspace import Workspace
from data.exchange.files import read_table, records
from data.exchange.payroll import WHY, CallOutPay, PayrollRow
from data.exchange.payroll_lines import INCENTIVE, LEAVE, NIGHT, PAY_CODES, Line, period_days, totals_of
from data.exchange.points import LEDGER
from data.exchange.scim_people import PEOPLE
from data.model.errors import VerificationFailed
from data.model.points import AGENT, BUDGET
from data.model.time import as_local
from optimizer.rostering.payroll import CODES, Payroll
from optimizer.rostering.problem import RosterProblem

CALLED_OUT = {str(percent): code for percent, code in PAY_CODES.items()}
"""Pay code of an emergency duty that is paid in per cent of the wage."""


@dataclass(frozen=True, eq=False)
class PaidPeriod:
    """What is paid for some days.

    Parameters
    ----------
    called : tuple of CallOutPay
        Emergency duties beside the roster.
    """

    problem: RosterProblem
    paid: Payroll
    called: tuple[CallOutPay, ...]

    @property
    def period(self) -> str:
        """Name of the period: its month if it is a whole one, else its days."""
        first, last = self.paid.first, self.paid.last
        month = f"{first:%Y-%m}"
        return month if period_days(month) == (first, last) else f"{first}_{last}"


@dataclass(frozen=True, eq=False)
class _Told:
    """What the lines say beside minutes.

    Parameters
    ----------
    numbers : dict
        Number of an agent in the payroll system, if it is not their id.
    versions : dict
        Version of the roster and who approved it, by day.
    """

    period: PaidPeriod
    numbers: dict[str, str]
    versions: dict[date, tuple[str, str]]
    points: dict[tuple[str, date], int]

    def line(self, agent: str, day: date, code: str, minutes: int, **more: Any) -> Line:
        """A line with what all lines of a person and a day share."""
        problem = self.period.problem
        person = problem.agents[problem.index[agent]]
        version, by = self.versions.get(day, ("", ""))
        projects = {queue.project for queue in problem.centre.queues if queue.id in person.skills}
        shared = {
            "employee_no": self.numbers.get(agent, agent),
            "period": self.period.period,
            "work_date": day,
            "day_type": str(problem.calendar.day_type(day)),
            "hours_system": problem.centre.contract(person.contract).hours_system,
            "project": next(iter(projects)) if len(projects) == 1 else "",
            "roster_version": version,
            "approved_by": by,
        }
        return {**shared, "pay_code": code, "minutes": minutes, **more}


def lines_between(workspace: Workspace, period: PaidPeriod) -> list[Line]:
    """Lines of a period, person by person and day by day.

    Raises
    ------
    VerificationFailed
        They do not add up to the payroll, or the points not to the ledger.
    """
    points = _points(workspace, period)
    told = _Told(period, _numbers(workspace), _versions(workspace, period.paid), points)
    lines = sorted(_lines(told), key=lambda line: (line["employee_no"], line["work_date"]))
    _verify(lines, period, told, sum(points.values()))
    return lines


def _lines(told: _Told) -> Iterator[Line]:
    paid = told.period.paid
    dates, days = paid.roster.horizon.dates, range(paid.days.start, paid.days.stop)
    for a, agent in enumerate(paid.roster.agents):
        for d in days:
            yield from _shift_lines(told, agent, a, d, dates[d])
            if (agent, dates[d]) in told.points:
                yield told.line(agent, dates[d], INCENTIVE, 0, incentive_points=told.points[agent, dates[d]])
    for one in told.period.called:
        yield _called_line(told, one)


def _shift_lines(told: _Told, agent: str, a: int, d: int, day: date) -> Iterator[Line]:
    paid = told.period.paid
    minutes, night, leave = paid.coded[:, :, a, d].sum(axis=1), int(paid.night[:, a, d].sum()), int(paid.leave[a, d])
    symbol, span = paid.roster.codes[paid.roster.symbol[a, d]], paid.roster.span(a, d)
    shift = {"shift_code": symbol, "planned_minutes": int(minutes.sum()), "night_minutes": night}
    if span is not None:
        shift |= {"planned_start": span[0], "planned_end": span[1]}
    for k in np.flatnonzero(minutes).tolist():
        why = WHY[f"minutes_{CODES[k]}"][2]
        yield told.line(agent, day, PAY_CODES[CODES[k]], int(minutes[k]), pay_factor=CODES[k] / 100, legal_ref=why, **shift)
    if night:
        yield told.line(agent, day, NIGHT, night, pay_factor=0.0, legal_ref=WHY["night_minutes"][2], **shift)
    if leave:
        why = WHY["leave_minutes"][2]
        yield told.line(agent, day, LEAVE + symbol, leave, pay_factor=1.0, legal_ref=why, shift_code=symbol, planned_minutes=leave)


def _called_line(told: _Told, one: CallOutPay) -> Line:
    zone, known = told.period.paid.roster.horizon.zone, one.pay_code in CALLED_OUT
    return told.line(
        one.agent,
        one.day,
        CALLED_OUT.get(one.pay_code, one.pay_code),
        one.paid_minutes,
        pay_factor=int(one.pay_code) / 100 if known else None,
        planned_start=as_local(one.start, zone),
        planned_end=as_local(one.end, zone),
        actual_minutes=one.minutes,
        echelon_level=one.echelon,
        legal_ref="Labour Law art. 44",
    )


def _numbers(workspace: Workspace) -> dict[str, str]:
    path = workspace.out / "people.csv"
    rows = records(read_table(path, PEOPLE)) if path.is_file() else ()
    return {row["agent"]: row["employee_number"] for _, row in rows if row.get("employee_number")}


def _versions(workspace: Workspace, paid: Payroll) -> dict[date, tuple[str, str]]:
    """The version in force on each day, and who approved it, or published it where nobody had to approve."""
    chain, found = workspace.chain, dict[date, tuple[str, str]]()
    by = {step.version: step.by for deed in ("published", "approved") for step in chain.steps if step.deed == deed}
    for day in paid.roster.horizon.dates:
        for name in chain.heads:
            if chain.covers(name, day):
                found[day] = (name, by.get(name, ""))
    return found


def _points(workspace: Workspace, period: PaidPeriod) -> dict[tuple[str, date], int]:
    """Points that each agent was given on a day out of a budget: what was earned, less what was reversed."""
    path, paid, sums = workspace.out / "ledger.csv", period.paid, defaultdict[tuple[str, date], int](int)
    entries = defaultdict[str, list[dict[str, Any]]](list)
    for _, row in records(read_table(path, LEDGER)) if path.is_file() else ():
        entries[row["entry"]].append(row)
    for rows in entries.values():
        accounts = {row.get("account", ""): int(row.get("points", 0)) for row in rows}
        day = as_local(rows[0]["at"], paid.roster.horizon.zone).date()
        if paid.first <= day <= paid.last and any(name.startswith(BUDGET) for name in accounts):
            for name, points in accounts.items():
                if name.startswith(AGENT):
                    sums[name.removeprefix(AGENT), day] += points
    known = set(paid.roster.agents)
    return {key: points for key, points in sums.items() if points and key[0] in known}


def _verify(lines: list[Line], period: PaidPeriod, told: _Told, points: int) -> None:
    """Recompute the totals of the payroll from the lines."""
    minutes, found = defaultdict[tuple[str, str], int](int), 0
    for (number, code), (held, given) in totals_of(line for line in lines if not line.get("echelon_level")).items():
        minutes[number, LEAVE if code.startswith(LEAVE) else code] += held
        found += given
    if found != points:
        raise VerificationFailed(f"{period.period}: the lines hold {found} points, the ledger {points}")
    for row in period.paid.rows():
        number = told.numbers.get(row.agent, row.agent)
        for name, claimed in _claimed(row).items():
            if minutes[number, name] != claimed:
                read = f"{minutes[number, name]} min of {name} in the lines, {claimed} in the payroll"
                raise VerificationFailed(f"{period.period}: {number} has {read}")


def _claimed(row: PayrollRow) -> dict[str, int]:
    """Minutes of a payroll row by pay code."""
    paid: dict[str, int] = {code: getattr(row, f"minutes_{percent}") for percent, code in PAY_CODES.items()}
    return paid | {NIGHT: row.night_minutes, LEAVE: row.leave_minutes}
