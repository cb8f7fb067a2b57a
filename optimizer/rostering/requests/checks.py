"""What a draft may not do: break a contract, a protection or a rule that was kept before, or put an agent in two places at once.

Rules are judged by the independent verifier on the agents who change alone. A breach that stood before is nobody's fault now.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from data.model.errors import VerificationFailed
from data.model.people import Absence
from data.model.request import Reason
from data.model.roster import Breach, Roster, Verdict, night_minutes
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.requests.causes import Cause, broken
from optimizer.rostering.requests.desk import Desk
from optimizer.rostering.requests.drafts import Cell, Draft, Place, cell_of, rows_of
from optimizer.rostering.verify import verify

PROTECTION = "protection"
"""Kind of the rules whose breach is the cause ``protected``, whatever the rulebook says."""

SMALL = 1e-9
"""Differences of amounts below this are rounding."""


def against(desk: Desk, draft: Draft, after: Roster) -> Iterator[Reason]:
    """All that forbids a draft, whatever the terms are."""
    for place, cell in draft.cells.items():
        before = cell_of(desk.roster, place)
        if desk.locked is not None and desk.locked[place]:
            yield Cause.LOCKED.of(desk.agent(place[0]).id, day=desk.day(place[1]))
        yield from _outside_contract(desk, place, before, cell)
        yield from _protected(desk, place, before, cell)
        yield from _overlaps(desk, place, after)
    yield from _rules_broken(desk, draft, after)


def _outside_contract(desk: Desk, place: Place, before: Cell, cell: Cell) -> Iterator[Reason]:
    """A shift that the contract does not have, and that the agent did not have either."""
    agent = desk.agent(place[0])
    if cell.worked and cell.code != before.code and cell.code not in desk.problem.centre.contract(agent.contract).shifts:
        yield Cause.OUTSIDE_CONTRACT.of(agent.id, code=cell.code, contract=agent.contract)


def _protected(desk: Desk, place: Place, before: Cell, cell: Cell) -> Iterator[Reason]:
    """Night work or overtime on a day that had none."""
    agent, day = desk.agent(place[0]), desk.day(place[1])
    guard = agent.protection
    if guard is None or not guard.holds(day):
        return
    if guard.no_night and _night(cell) and not _night(before):
        yield Cause.PROTECTED.of(agent.id, day=day, what="no night work", what_zh="不得安排夜班")
    if guard.no_overtime and _overtime(desk, cell) and not _overtime(desk, before):
        yield Cause.PROTECTED.of(agent.id, day=day, what="no overtime", what_zh="不得安排加班")


def _night(cell: Cell) -> int:
    """Minutes of night work."""
    return night_minutes(cell.start, cell.minutes) if cell.worked else 0


def _overtime(desk: Desk, cell: Cell) -> int:
    """Paid minutes beyond the template."""
    return max(0, cell.minutes - cell.meal_minutes - desk.templates[cell.code].paid_minutes) if cell.worked else 0


def _overlaps(desk: Desk, place: Place, after: Roster) -> Iterator[Reason]:
    """Shifts of neighbouring days that run into each other and did not before."""
    row, day = place
    for d in (day, day + 1):
        start = _overlap(after, row, d)
        if start is not None and _overlap(desk.roster, row, d) is None:
            yield Cause.OVERLAP.of(desk.agent(row).id, start=desk.clock(start))


def _overlap(roster: Roster, row: int, d: int) -> datetime | None:
    """Start of the shift of a day that begins before the one of the day before has ended."""
    if not 0 < d < roster.horizon.days:
        return None
    first, second = roster.span(row, d - 1), roster.span(row, d)
    return second[0] if first is not None and second is not None and second[0] < first[1] else None


def _rules_broken(desk: Desk, draft: Draft, after: Roster) -> Iterator[Reason]:
    """Every hard rule that the draft breaks, each once for each agent, by its first breach."""
    specs = {spec.id: spec for spec in desk.problem.rulebook.rules}
    seen = set[tuple[str, str]]()
    for breach in breaches_made(desk, draft, after):
        if specs[breach.rule].kind != PROTECTION and (breach.agent, breach.rule) not in seen:
            seen.add((breach.agent, breach.rule))
            yield broken(specs[breach.rule], breach)


def breaches_made(desk: Desk, draft: Draft, after: Roster) -> list[Breach]:
    """Breaches of hard rules that the draft makes; those that stood before, or stand for less now, are left out.

    Raises
    ------
    VerificationFailed
        If the changed days are no roster: a kind of request made nonsense of them.
    """
    was, now = _verdict(desk, draft, desk.roster, ()), _verdict(desk, draft, after, draft.absences)
    news = sorted(set(now.faults) - set(was.faults))
    if news:
        raise VerificationFailed("\n".join(news))
    fresh = [breach for breach in now.breaches if not any(_stood(old, breach) for old in was.breaches)]
    grown = {key for key, amount in _amounts(now).items() if amount > _amounts(was).get(key, 0.0) + SMALL}
    told = {(breach.agent, breach.rule) for breach in fresh}
    known = set(was.breaches)
    return fresh + [b for b in now.breaches if (b.agent, b.rule) in grown - told and b not in known]


def _stood(old: Breach, new: Breach) -> bool:
    """Whether a breach is what is left of one that stood before."""
    same = (old.rule, old.agent) == (new.rule, new.agent) and old.first <= new.last and new.first <= old.last
    return same and new.amount <= old.amount + SMALL


def _amounts(verdict: Verdict) -> dict[tuple[str, str], float]:
    """Amount of breach by agent and rule."""
    amounts: dict[tuple[str, str], float] = {}
    for breach in verdict.breaches:
        amounts[breach.agent, breach.rule] = amounts.get((breach.agent, breach.rule), 0.0) + breach.amount
    return amounts


def _verdict(desk: Desk, draft: Draft, roster: Roster, granted: tuple[Absence, ...]) -> Verdict:
    """The verdict on the agents who change."""
    return verify(_alone(desk.problem, draft.rows, desk.roster, granted), rows_of(roster, draft.rows))


def _alone(problem: RosterProblem, rows: tuple[int, ...], base: Roster, granted: tuple[Absence, ...]) -> RosterProblem:
    """The problem of some agents under the rules alone, with leave granted beside."""
    agents = tuple(problem.agents[row] for row in rows)
    rulebook = problem.rulebook.model_copy(update={"goals": ()})
    absences = (*problem.absences, *granted)
    return replace(
        problem, agents=agents, base=rows_of(base, rows), rulebook=rulebook, absences=absences, wishes=(), shift_demand=()
    )
