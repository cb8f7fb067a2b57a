"""Rights as constraints of the month problem, and what each costs in service before it is granted.

Under the interval prices of the plan every agent's cheapest line is exact, whatever the others do. What a right costs is the value
of the agent's cheapest line with its constraints, less that without: by so much it raises the bound on the cost of every roster
at these prices, and rights of several agents add up.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from data.model.base import FloatArray, IntArray
from data.model.calendar import Calendar, DayType
from data.model.measure import AWAY_EFFECTS, Catalogue, Claim, Measure
from data.model.people import Absence
from data.model.roster import OFF
from data.model.rulebook import RuleSpec, Scope
from optimizer.rostering.bound import answer_lines
from optimizer.rostering.frame import Frame, frame_of
from optimizer.rostering.line import new_scratch
from optimizer.rostering.problem import RosterProblem

STRATEGY = "incentives"
"""Strategy of the rulebook under which rights stand."""
FREE_DAYS = (DayType.REST, DayType.HOLIDAY)
"""Days that a regular-day-shift period leaves free."""

ROUNDING = 1e-6
"""Units of cost below which a right costs nothing (house choice)."""


@dataclass(frozen=True)
class Constraints:
    """What a right adds to a problem: rules of the agent alone, leave."""

    rules: tuple[RuleSpec, ...] = ()
    absences: tuple[Absence, ...] = ()


def constraints_of(claim: Claim, measure: Measure, calendar: Calendar) -> Constraints:
    """The constraints of a roster right; none of the other measures.

    Leave is paid leave of the measure's code; the other rights are hard rules that stand while the period lasts.
    """
    if measure.effect in AWAY_EFFECTS:
        return Constraints(absences=(Absence(agent=claim.agent, first=claim.first, last=claim.last, code=measure.code),))
    free = [day for day in claim.days if calendar.day_type(day) in FREE_DAYS]
    period = {"from_date": claim.first, "until_date": claim.last}
    told: dict[str, list[tuple[str, dict[str, object]]]] = {
        "day_shifts": [("allowed_shifts", {"only": ("day",), **period}), ("fixed_days", {"names": (OFF,), "dates": tuple(free)})],
        "first_pick": [("fixed_days", {"names": (claim.shift,), "dates": claim.days})],
        "festival_off": [("fixed_days", {"names": (OFF,), "dates": claim.days})],
        "no_night": [("allowed_shifts", {"never": ("night",), **period})],
    }
    rules = [rule for rule in told.get(measure.effect, []) if rule[1].get("dates") != ()]
    return Constraints(tuple(_rule(claim, measure, number, *rule) for number, rule in enumerate(rules)))


def _rule(claim: Claim, measure: Measure, number: int, kind: str, numbers: dict[str, object]) -> RuleSpec:
    return RuleSpec(
        id=f"right.{claim.id}" + (f".{number + 1}" if number else ""),
        kind=kind,
        numbers=numbers,
        scope=Scope(agents=(claim.agent,)),
        valid_from=claim.first,
        valid_until=claim.last,
        source=measure.source,
        title=measure.name,
        title_zh=measure.name_zh,
        strategy=STRATEGY,
    )


def with_constraints(problem: RosterProblem, constraints: Iterable[Constraints]) -> RosterProblem:
    """The problem with rights in force."""
    told = list(constraints)
    rules = tuple(rule for one in told for rule in one.rules)
    absences = tuple(absence for one in told for absence in one.absences)
    rulebook = problem.rulebook.model_copy(update={"rules": (*problem.rulebook.rules, *rules)})
    return replace(problem, rulebook=rulebook, absences=(*problem.absences, *absences))


def with_rights(problem: RosterProblem, rights: Iterable[Claim], catalogue: Catalogue) -> RosterProblem:
    """The problem with the granted rights that are for any of its days."""
    days = problem.grid.horizon
    told = [
        constraints_of(right, catalogue.measure(right.measure), problem.calendar)
        for right in rights
        if right.agent in problem.index and right.first <= days.last and days.first <= right.last
    ]
    told = [one for one in told if one.rules or one.absences]
    return with_constraints(problem, told) if told else problem


def dishonoured(problem: RosterProblem, rights: Iterable[Claim]) -> Iterator[tuple[Claim, str]]:
    """Rights in force that leave their agents no legal line, each with the cause."""
    causes = {agent.agent: agent.reason for agent in frame_of(problem).unplaced}
    for right in rights:
        if right.agent in causes:
            yield right, causes[right.agent]


@dataclass(frozen=True, slots=True)
class Price:
    """What a right costs in service, in units of cost; inf, and why, when it leaves no legal line."""

    cost: float
    cause: str = ""


def priced(problem: RosterProblem, prices: FloatArray, wanted: Mapping[str, Constraints]) -> dict[str, Price]:
    """What each agent's right costs alone, by agent; one right for each.

    Parameters
    ----------
    prices : array of float, shape (queues, slots)
        `Solution.prices` of the problem, or of it without rights that were granted since.
    wanted : mapping
        Agent to the constraints of the right.
    """
    if not wanted:
        return {}
    rows = np.array([problem.index[agent] for agent in wanted], dtype=np.int64)
    bound = frame_of(with_constraints(problem, wanted.values()))
    before, after = cheapest_lines(frame_of(problem), prices, rows), cheapest_lines(bound, prices, rows)
    causes = {agent.agent: agent.reason for agent in bound.unplaced}
    return {agent: _price(before[k], after[k], causes.get(agent, "")) for k, agent in enumerate(wanted)}


def _price(before: float, after: float, cause: str) -> Price:
    if not np.isfinite([before, after]).all():
        return Price(np.inf, cause or "there is none without the right")
    return Price(0.0 if abs(after - before) < ROUNDING else after - before)


def cheapest_lines(frame: Frame, prices: FloatArray, rows: IntArray) -> FloatArray:
    """Value of the cheapest legal line of some agents when presence is paid at the interval prices; inf = none; shape (rows,).

    Parameters
    ----------
    prices : array of float, shape (queues, slots)
        Of the whole grid.
    """
    gain = np.stack([prices[queues].max(axis=0) for queues in frame.problem.group_mask])
    total = np.zeros((len(gain), frame.shape.slots + 1))
    np.cumsum(-gain[:, gain.shape[1] - frame.shape.slots :], axis=1, out=total[:, 1:])
    return np.array([_cheapest(frame, total, int(a)) for a in rows])


def _cheapest(frame: Frame, total: FloatArray, a: int) -> float:
    if frame.table_of[a] < 0:
        return np.inf
    tables, steps = frame.tables[frame.table_of[a]], np.zeros(total.shape, dtype=np.int64)
    return float(answer_lines(tables, frame.shape, frame.crew, total, np.array([a]), new_scratch(tables), steps))
