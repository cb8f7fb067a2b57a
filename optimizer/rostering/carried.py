"""What agents take out of a roster into the days after it: their balances, brought forward."""

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.ledger import Balance
from data.model.roster import Roster
from optimizer.rostering.goals import fairness, wishes
from optimizer.rostering.problem import RosterProblem

MEMORY_DAYS = 365
"""A rolling year: points fade in proportion to the days since, to nothing after so many (house choice)."""

Held = Sequence[Balance | None]
"""Balance of each agent before the roster."""


def carried(problem: RosterProblem, roster: Roster) -> tuple[Balance, ...]:
    """Balance of each agent at the end of a roster.

    Every day of the roster since the balance before counts, also frozen ones. An agent without a balance has nothing before
    the first day of the roster. Points fade over a year and are told as what lies above the mean of all agents; wishes refused
    fade alike.
    """
    horizon = roster.horizon
    held = [problem.balance_of.get(agent) for agent in roster.agents]
    since = np.array([0 if balance is None else horizon.index(balance.until) + 1 for balance in held], dtype=np.int64)
    counts, fade = np.arange(horizon.days) >= since[:, None], np.clip(1 - (horizon.days - since) / MEMORY_DAYS, 0, 1)
    columns: dict[str, IntArray | FloatArray] = dict(_minutes(problem, roster, held, counts))
    columns |= _points(problem, roster, held, fade)
    refused = np.array([0.0 if balance is None else balance.refused_wishes for balance in held])
    columns["refused_wishes"] = (refused * fade + wishes.refusals(problem, roster, counts)).round(3)
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    return tuple(
        Balance(agent=agent, until=horizon.last, **dict(zip(columns, row, strict=True)))
        for agent, row in zip(roster.agents, rows, strict=True)
    )


def _points(problem: RosterProblem, roster: Roster, held: Held, fade: FloatArray) -> dict[str, FloatArray]:
    numbers = next((goal.numbers for goal in problem.rulebook.goals if goal.kind == "fairness"), {})
    brought = np.array([0.0 if balance is None else balance.points for balance in held])
    params = fairness.Params.model_validate(numbers)
    earned = np.array(fairness.held_points(params, problem, roster, roster.horizon.days)) - brought
    points = brought * fade + earned
    return {"points": (points - points.mean()).round(3), "points_brought": brought, "points_earned": earned}


def _minutes(problem: RosterProblem, roster: Roster, held: Held, counts: BoolArray) -> Iterator[tuple[str, IntArray]]:
    """Totals of the calendar quarter, year and month in which the roster ends."""
    template, leave = _template_minutes(problem, roster), _leave_minutes(problem, roster)
    overtime = np.where(template > 0, np.maximum(roster.paid_minutes - template, 0), 0)
    end, credit, days = roster.horizon.last, template + leave, np.arange(roster.horizon.days)
    quarter = date(end.year, end.month - (end.month - 1) % 3, 1)
    for name, first, minutes in (
        ("quarter_minutes", quarter, credit),
        ("year_minutes", date(end.year, 1, 1), credit),
        ("overtime_minutes", end.replace(day=1), overtime),
    ):
        before = [getattr(balance, name) if balance is not None and balance.until >= first else 0 for balance in held]
        inside = counts & (days >= roster.horizon.index(first))
        yield name, np.array(before, dtype=np.int64) + np.where(inside, minutes, 0).sum(axis=1)


def _template_minutes(problem: RosterProblem, roster: Roster) -> IntArray:
    """Paid minutes of the template of each shift; shape (agents, days)."""
    paid = {shift.code: shift.paid_minutes for shift in problem.centre.shifts}
    return np.array([paid.get(code, 0) for code in roster.codes], dtype=np.int64)[roster.symbol]


def _leave_minutes(problem: RosterProblem, roster: Roster) -> IntArray:
    """Normal day of the contract on each day of paid leave; shape (agents, days)."""
    alphabet = problem.alphabet
    paid = dict(zip(alphabet.codes, alphabet.paid_leave.tolist(), strict=True))
    normal = np.array([problem.centre.contract(agent.contract).daily_minutes for agent in problem.agents], dtype=np.int64)
    return np.where(np.array([paid[code] for code in roster.codes])[roster.symbol], normal[:, None], 0)
