"""Regression cases run against a rulebook: what its rules find in tiny lines whose answer is known, at each change of it.

A case is judged by the verifier's own reading of a line (`agent_lines`, `line_breaches`), with nothing of an engine.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from data.model.base import IntArray
from data.model.calendar import WEEKENDS_ONLY, DayType, SpecialDay
from data.model.centre import Centre, OpeningHours, Queue
from data.model.demand import Requirement
from data.model.errors import Finding
from data.model.people import Absence, Agent, Contract
from data.model.roster import OFF, Breach, Roster, ShiftTemplate
from data.model.rulebook import Rulebook, RuleSpec
from data.model.rulebook_case import CaseFile, RegressionCase, Token
from data.model.time import Horizon, TimeGrid
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.ruling import line_breaches
from optimizer.rostering.verify import agent_lines

AGENT = "case"
ZONE = "Asia/Shanghai"
QUEUE = Queue(id=AGENT, name=AGENT, project=AGENT, opening=OpeningHours(hours={}), handle_time_s=1, patience_s=1)
"""Nobody calls in a case."""


@dataclass(frozen=True)
class Outcome:
    """What a case found.

    Parameters
    ----------
    where : str
        File of the case.
    found : tuple of Breach
        Breaches of the rules that were asked.
    """

    where: str
    case: RegressionCase
    found: tuple[Breach, ...]

    @property
    def broken(self) -> tuple[str, ...]:
        """Ids of the rules that were broken, sorted."""
        return tuple(sorted({breach.rule for breach in self.found}))

    @property
    def held(self) -> bool:
        """Whether the case found what it expects."""
        return set(self.broken) == set(self.case.breaches)

    @property
    def finding(self) -> Finding:
        """What is wrong with a case that does not hold."""
        told = "; ".join(breach.message for breach in self.found)
        read = f"{', '.join(self.broken) or 'no rule'} broken by {self.case.line}" + (f" ({told})" if told else "")
        expected = f"{', '.join(self.case.breaches) or 'no rule'} broken ({self.case.source})"
        return Finding(
            self.where, None, self.case.id, read, expected, "correct the rulebook; or the case, if it is the case that is wrong"
        )


@dataclass(frozen=True)
class Checked:
    """Cases that were run, and those of ready rules that the rulebook has changed or left out."""

    outcomes: tuple[Outcome, ...]
    skipped: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Cases that did not find what they expect."""
        return tuple(outcome for outcome in self.outcomes if not outcome.held)


def check_cases(
    book: Rulebook,
    own: Mapping[str, CaseFile],
    shipped: Mapping[str, CaseFile],
    ready: Mapping[str, RuleSpec],
    centre: Centre,
) -> Checked:
    """Run the cases of a centre, and those shipped ones whose rules stand in the rulebook as they were shipped.

    Parameters
    ----------
    own, shipped : mapping
        Files of cases by name.
    ready : mapping
        Rules as shipped, by id: a rule that the centre has changed is judged by the centre's own cases.
    centre : Centre
        Whose contracts and shifts its own cases speak of.
    """
    held = {rule.id: rule for rule in book.rules}
    same = {name for name, rule in held.items() if ready.get(name) == rule}
    outcomes = [outcome for where, file in own.items() for outcome in run_cases(book, file, where, centre)]
    skipped: list[str] = []
    for where, file in shipped.items():
        asked = [case for case in file.cases if set(case.rules) <= same]
        skipped += [case.id for case in file.cases if case not in asked]
        outcomes += run_cases(book, file.model_copy(update={"cases": tuple(asked)}), where)
    return Checked(tuple(outcomes), tuple(skipped))


def run_cases(book: Rulebook, file: CaseFile, where: str, centre: Centre | None = None) -> Iterator[Outcome]:
    """What each case of a file finds under a rulebook.

    Raises
    ------
    ValueError
        A case that `case_findings` has something against.
    """
    shifts, contracts = _terms(file, centre)
    bare = Rulebook(id=book.id, rules=book.rules)
    place = Centre(id=AGENT, name=AGENT, zone=ZONE, queues=(QUEUE,), shifts=shifts, contracts=contracts)
    for case in file.cases:
        problem = _problem(case, place, bare)
        [line] = agent_lines(problem, _roster(case, problem))
        rules = (rule for rule in problem.binding(problem.agents[0]) if not case.rules or rule.id in case.rules)
        yield Outcome(where, case, tuple(line_breaches(rules, line)))


def case_findings(file: CaseFile, where: str, centre: Centre, rules: Iterable[str]) -> Iterator[Finding]:
    """Contracts and rules that cases name and that are not there."""
    _, contracts = _terms(file, centre)
    known = {"contract": {contract.id for contract in contracts}, "rules": set(rules)}
    for case in file.cases:
        for column, names in (("contract", (case.contract,)), ("rules", (*case.rules, *case.breaches))):
            for name in dict.fromkeys(names):
                if name not in known[column]:
                    yield Finding(where, None, f"{case.id}.{column}", repr(name), f"one of {', '.join(sorted(known[column]))}")


def _terms(file: CaseFile, centre: Centre | None) -> tuple[tuple[ShiftTemplate, ...], tuple[Contract, ...]]:
    """Shifts and contracts that the cases of a file speak of."""
    if centre is None or file.shifts:
        return file.shifts, file.contracts
    return centre.shifts, file.contracts or centre.contracts


def _problem(case: RegressionCase, centre: Centre, book: Rulebook) -> RosterProblem:
    """A problem of one agent in which nobody calls."""
    horizon = Horizon(zone=centre.zone, first=case.first, days=len(case.dates))
    grid, zero = TimeGrid(horizon=horizon, minutes=60), np.zeros((1, 24 * horizon.days))
    none = zero.astype(np.int64)
    nothing = Requirement((AGENT,), grid, none, none, zero, zero, none, zero[:, :, None], zero, none)
    balance = case.brought(AGENT)
    special = {day: SpecialDay(type=DayType.HOLIDAY) for day in case.holidays}
    agent = Agent(id=AGENT, contract=case.contract, skills=(AGENT,), team=case.team, site=case.site, protection=case.protection)
    return RosterProblem(
        centre,
        (agent,),
        grid,
        nothing,
        book,
        case.history,
        horizon.days,
        absences=tuple(_leave(case, centre)),
        calendar=WEEKENDS_ONLY.with_days(special),
        balances=() if balance is None else (balance,),
    )


def _leave(case: RegressionCase, centre: Centre) -> Iterator[Absence]:
    """The leave that was granted day by day, and codes of the line that nobody was granted."""
    shifts = {shift.code for shift in centre.shifts}
    for agent, codes in ((AGENT, case.granted(shifts)), ("nobody", tuple(token.code for token in case.tokens))):
        for day, code in zip(case.dates, codes, strict=True):
            if code and code != OFF and code not in shifts:
                yield Absence(agent=agent, first=day, last=day, code=code, paid=code not in case.unpaid)


def _roster(case: RegressionCase, problem: RosterProblem) -> Roster:
    """The line as a roster of one agent; overtime makes a shift longer, meals start as early as they may."""
    codes, shifts = problem.alphabet.codes, {shift.code: shift for shift in problem.centre.shifts}
    rows = [_day(token, shifts.get(token.code)) for token in case.tokens]
    start, minutes, meal, meal_minutes = (np.array([column]) for column in zip(*rows, strict=True))
    symbol: IntArray = np.array([[codes.index(token.code) for token in case.tokens]])
    return Roster((AGENT,), problem.grid.horizon, codes, symbol, start, minutes, meal, meal_minutes)


def _day(token: Token, shift: ShiftTemplate | None) -> tuple[int, int, int, int]:
    """Start, minutes, meal and meal minutes of a day."""
    if shift is None:
        return -1, 0, -1, 0
    meal = shift.meal_earliest if shift.meal_minutes else -1
    return shift.start_minute, shift.minutes + token.overtime_minutes, meal, shift.meal_minutes
