"""Agents without a legal line: the smallest set of rules in conflict, and the cheapest repairs with their prices."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from data.model.base import FloatArray, IntArray
from data.model.roster import Breach, Roster
from optimizer.rostering.explain.law import LEAVE, LINE_MINUTES, Law
from optimizer.rostering.explain.stage import line_of, with_line
from optimizer.rostering.frame import Crew, Frame
from optimizer.rostering.pricing import price_line
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.product import TableStore
from optimizer.rostering.ruling import line_breaches


@dataclass(frozen=True)
class Repair:
    """Rules relaxed for one agent, and the best line then.

    Parameters
    ----------
    rules : tuple of str
    breaches : tuple of Breach
        How far the line breaks them: as little as can be.
    coverage : float
        What the line adds to the cost of coverage at the shadow prices, over the line the agent has else; below 0 = it serves.
    paid_minutes : int
        Paid minutes of its open days.
    moves : tuple of (date, date)
        Days of leave and the days to which each alone could move instead, with no rule relaxed; nearest first.
    line : tuple of str
        Codes of all days.
    """

    rules: tuple[str, ...]
    breaches: tuple[Breach, ...]
    coverage: float
    paid_minutes: int
    line: tuple[str, ...]
    moves: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True)
class AgentConflict:
    """Why an agent has no legal line.

    Parameters
    ----------
    rules : tuple of str
        The smallest set of hard rules that cannot be kept together; empty = contract and frozen days alone leave no line.
    repairs : tuple of Repair
        Fewest breaches first, then cheapest.
    """

    agent: str
    rules: tuple[str, ...]
    repairs: tuple[Repair, ...]


def conflicts(frame: Frame, prices: FloatArray) -> tuple[AgentConflict, ...]:
    """Every agent without a legal line, with the rules in conflict and the repairs.

    Parameters
    ----------
    prices : array of float, shape (slots, queues)
        What one agent more is worth in each priced slot.
    """
    store, index = TableStore(), frame.problem.index
    laws = (Law(frame.problem, index[lost.agent], store) for lost in frame.unplaced)
    return tuple(_conflict(frame, law, prices) for law in laws)


def _conflict(frame: Frame, law: Law, prices: FloatArray) -> AgentConflict:
    rules, corrections = law.conflict()
    everything = frozenset(law.hard)
    single = [frozenset({name}) for name in law.hard if name in rules and law.obeyed(everything - {name})]
    found = [made for relaxed in single or corrections if (made := _repair(frame, law, relaxed, prices)) is not None]
    repairs = sorted(found, key=lambda made: (len(made.breaches), made.coverage))
    return AgentConflict(frame.problem.agents[law.a].id, _in_order(law, rules), tuple(repairs))


def _in_order(law: Law, names: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name in law.hard if name in names)


def _repair(frame: Frame, law: Law, relaxed: frozenset[str], prices: FloatArray) -> Repair | None:
    """The line that breaks some rules least and, among those, serves best."""
    presence, meal = presence_prices(frame, law.a, prices)
    weight = 1.0 + 2.0 * float(np.abs(prices).max(axis=1, initial=0.0).sum())
    line = law.relaxed_line(relaxed, weight, presence)
    if line is None:
        return None
    problem, days = frame.problem, np.arange(len(line))
    roster = with_line(frame, frame.roster(frame.kept, {}), law.a, line, meal[days, line])
    open_days = slice(frame.shape.open_first, frame.shape.open_end)
    gained = presence[days, line] - presence[days, frame.kept.symbol[law.a]]
    breaches = _breaches(problem, law, roster, relaxed)
    return Repair(
        _in_order(law, relaxed),
        breaches,
        float(gained[open_days].sum()),
        int(roster.paid_minutes[law.a, open_days].sum()),
        tuple(problem.alphabet.codes[s] for s in line),
        tuple(_moves(law, breaches)) if _is_leave(law, relaxed) else (),
    )


def _is_leave(law: Law, relaxed: frozenset[str]) -> bool:
    return any(spec.kind == LEAVE for name in relaxed for spec in law.hard[name])


def presence_prices(frame: Frame, a: int, prices: FloatArray) -> tuple[FloatArray, IntArray]:
    """Price of each symbol on each day by the slots alone, and the number of its best meal; shape (days, symbols)."""
    size = frame.crew.cost.shape[1:]
    nothing = np.full((1, size[0]), -1, dtype=np.int64)
    alone = Crew(np.zeros(1, dtype=np.int64), np.zeros((1, *size)), nothing, nothing, 0.0)
    gain = prices[:, frame.problem.group_mask[frame.problem.group_of[a]]].max(axis=1, initial=-np.inf)
    total = np.concatenate([[0.0], np.cumsum(-np.where(np.isfinite(gain), gain, 0.0))])
    price, meal = np.zeros(size), np.full(size, -1, dtype=np.int64)
    price_line(frame.shape, alone, 0, total, price, meal)
    return price, meal


def _breaches(problem: RosterProblem, law: Law, roster: Roster, relaxed: frozenset[str]) -> tuple[Breach, ...]:
    """How far a line breaks the relaxed rules, by the verifier's own reading of them."""
    specs = [spec for name in _in_order(law, relaxed) for spec in law.hard[name]]
    found = line_breaches(specs, line_of(problem, roster, law.a))
    return (*found, *(_minutes_breach(problem, law.a, roster) if LINE_MINUTES in relaxed else ()))


def _minutes_breach(problem: RosterProblem, a: int, roster: Roster) -> Iterator[Breach]:
    """Paid minutes of the open days outside their bounds."""
    first, last = problem.grid.horizon.dates[problem.first_open], problem.grid.horizon.dates[problem.end_open - 1]
    paid = int(roster.paid_minutes[a, problem.first_open : problem.end_open].sum())
    most = paid if problem.max_line_minutes is None else int(problem.max_line_minutes[a])
    least = 0 if problem.min_line_minutes is None else int(problem.min_line_minutes[a])
    if not least <= paid <= most:
        limit = most if paid > most else least
        message = f"{paid} paid minutes from {first} to {last}, {'at most' if paid > most else 'at least'} {limit}"
        yield Breach(LINE_MINUTES, problem.agents[a].id, first, last, paid, limit, abs(paid - limit), message)


def _moves(law: Law, breaches: tuple[Breach, ...]) -> Iterator[tuple[date, date]]:
    """Open days to which each day of leave given up could move instead so that all rules hold."""
    for lost in dict.fromkeys(breach.first for breach in breaches):
        d = law.context.dates.index(lost)
        free = np.flatnonzero((law.context.leave < 0) & (law.problem.fixed[law.a] < 0) & law.context.charged)
        for e in sorted(free.tolist(), key=lambda e: abs(e - d)):
            moved = law.context.leave.copy()
            moved[[d, e]] = -1, moved[d]
            again = replace(law, leave=moved)
            if again.obeyed(again.hard):
                yield lost, law.context.dates[e]
                break
