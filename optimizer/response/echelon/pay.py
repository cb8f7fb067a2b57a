"""What payroll is told of emergency duties: minutes that the roster does not hold, at least as many as the tier pays."""

from collections.abc import Iterable, Iterator
from datetime import date

import numpy as np

from data.exchange.payroll import CallOutPay
from data.model.calendar import DayType
from data.model.people import Contract
from data.model.response import Activation
from data.model.roster import Roster
from data.model.time import as_local, epoch_minutes
from optimizer.rostering.goals.pay import HOLIDAY_PAID
from optimizer.rostering.problem import RosterProblem


def call_out_pay(
    problem: RosterProblem, roster: Roster, served: Iterable[Activation], first: date, last: date
) -> Iterator[CallOutPay]:
    """One row for each member and emergency duty that begins on the days ``first <= day <= last``.

    Minutes that lie in a shift of the roster are paid with it. A duty belongs to the day on which it begins.

    References
    ----------
    Labour Law art. 44; least paid minutes and the day: house choice.
    """
    tiers, agents = {tier.id: tier for tier in problem.centre.echelons}, {agent.id: agent for agent in problem.agents}
    for one in served:
        day = as_local(one.start, roster.horizon.zone).date()
        for name in (name for name in one.members if name in agents and first <= day <= last):
            held = _held(roster, name, one)
            worked, tier = epoch_minutes(one.end) - epoch_minutes(one.start) - held, tiers.get(one.echelon)
            if worked:
                least = 0 if tier is None or held else tier.least_paid_minutes
                contract = problem.centre.contract(agents[name].contract)
                code = (tier.pay_code if tier else "") or _code(contract, problem.calendar.day_type(day))
                yield CallOutPay(
                    agent=name,
                    echelon=one.echelon,
                    queue=one.queue,
                    day=day,
                    start=one.start,
                    end=one.end,
                    minutes=worked,
                    paid_minutes=max(worked, least),
                    pay_code=code,
                )


def _held(roster: Roster, agent: str, served: Activation) -> int:
    """Minutes of a duty that lie in shifts of the roster."""
    if agent not in roster.agents:
        return 0
    row, start, end = roster.agents.index(agent), epoch_minutes(served.start), epoch_minutes(served.end)
    begin = roster.begin_minutes[row]
    return int(np.maximum(np.minimum(begin + roster.minutes[row], end) - np.maximum(begin, start), 0).sum())


def _code(contract: Contract, kind: DayType) -> str:
    """Per cent of the wage for work beyond the roster."""
    if kind is DayType.HOLIDAY and contract.hours_system in HOLIDAY_PAID:
        return "300"
    if contract.hours_system == "standard" and kind is DayType.REST:
        return "200"
    return "150" if contract.hours_system in ("standard", "comprehensive") else "100"
