"""What solutions cost and which hard constraints they break, as the validator of the competition reports it.

Plain counting over the files' own terms: it shares nothing with the engine, nor with the mapping of instances to problems.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass

from data.exchange.inrc2 import WEEKDAYS, Assignment, Border, Cover, Scenario, Terms, Week

OPTIMAL, WORK, SHIFT, OFF, REQUEST, WHOLE, TOTAL, WEEKENDS = 30, 30, 15, 30, 10, 30, 20, 30
"""Cost of one unit of each soft constraint, by the rules of the competition."""
DAYS, SATURDAY = len(WEEKDAYS), 5

Line = Sequence[str | None]
"""Shift of each day of all weeks; None = free."""


@dataclass(frozen=True)
class Hard:
    """Violations of each hard constraint: nurses missing, skills not held, pairs of days, assignments beyond one a day."""

    minimum_cover: int = 0
    skills: int = 0
    succession: int = 0
    single_assignment: int = 0


@dataclass(frozen=True)
class Soft:
    """Cost of each soft constraint; those of assignments and of weekends count once the last week is planned."""

    assignments: int = 0
    consecutive: int = 0
    days_off: int = 0
    preferences: int = 0
    weekends: int = 0
    whole_weekends: int = 0
    optimal_cover: int = 0


@dataclass(frozen=True)
class Report:
    """Hard violations and soft costs."""

    hard: Hard
    soft: Soft

    @property
    def violations(self) -> int:
        """Hard violations in all; 0 = feasible."""
        return sum(astuple(self.hard))

    @property
    def cost(self) -> int:
        """Soft costs in all."""
        return sum(astuple(self.soft))


def evaluate(
    scenario: Scenario, history: Mapping[str, Border], weeks: Sequence[Week], solutions: Sequence[Sequence[Assignment]]
) -> Report:
    """Judge the solutions of some weeks from the first on; those of the last weeks of the scenario may be missing."""
    lines = lines_of(scenario, solutions)
    complete = len(solutions) == scenario.weeks
    cover = list(_cover(weeks, solutions))
    hard = Hard(
        sum(max(0, one.minimum - heads) for one, heads in cover),
        sum(one.skill not in scenario.nurses[one.nurse].skills for week in solutions for one in week),
        sum(_barred(scenario, history[nurse], line) for nurse, line in lines.items()),
        sum(len(week) - len({(one.nurse, one.day) for one in week}) for week in solutions),
    )
    terms = {nurse: scenario.contracts[scenario.nurses[nurse].contract] for nurse in lines}
    soft = Soft(
        TOTAL * complete * sum(_total(terms[nurse], history[nurse], line) for nurse, line in lines.items()),
        sum(_consecutive(scenario, terms[nurse], history[nurse], line) for nurse, line in lines.items()),
        OFF * sum(_days_off(terms[nurse], history[nurse], line) for nurse, line in lines.items()),
        REQUEST * sum(_refused(week, solution) for week, solution in zip(weeks, solutions, strict=True)),
        WEEKENDS * complete * sum(_weekends(terms[nurse], history[nurse], line) for nurse, line in lines.items()),
        WHOLE * sum(_broken(line) for nurse, line in lines.items() if terms[nurse].whole_weekends),
        OPTIMAL * sum(max(0, one.optimum - heads) for one, heads in cover),
    )
    return Report(hard, soft)


def lines_of(scenario: Scenario, solutions: Sequence[Sequence[Assignment]]) -> dict[str, list[str | None]]:
    """Shifts of each nurse, day by day; of several on a day the last."""
    lines: dict[str, list[str | None]] = {nurse: list[str | None]([None]) * DAYS * len(solutions) for nurse in scenario.nurses}
    for number, week in enumerate(solutions):
        for one in week:
            lines[one.nurse][DAYS * number + one.day] = one.shift
    return lines


def _cover(weeks: Sequence[Week], solutions: Sequence[Sequence[Assignment]]) -> Iterator[tuple[Cover, int]]:
    """Cover that is asked for, and nurses who are there."""
    for week, solution in zip(weeks, solutions, strict=True):
        there = Counter((one.shift, one.skill, one.day) for one in solution)
        yield from ((one, there[one.shift, one.skill, one.day]) for one in week.cover)


def _barred(scenario: Scenario, border: Border, line: Line) -> int:
    """Days whose shift may not follow that of the day before."""
    pairs = zip((border.shift, *line), line, strict=False)
    return sum(before is not None and after in scenario.shifts[before].barred for before, after in pairs)


def outside(days: Sequence[bool], before: int, low: int, high: int) -> int:
    """Days beyond `high` in runs of true days, and days that runs lack of `low`; one that the last day cuts may be short.

    Parameters
    ----------
    before : int
        True days in a row just before the first; those beyond `high` among them are not counted again.
    """
    total, run = 0, before
    for day in days:
        total += day and run >= high
        total += 0 if day or not run else max(0, low - run)
        run = run + 1 if day else 0
    return total


def _consecutive(scenario: Scenario, terms: Terms, border: Border, line: Line) -> int:
    cost = WORK * outside([shift is not None for shift in line], border.work, terms.min_work, terms.max_work)
    for name, kind in scenario.shifts.items():
        before = border.same if name == border.shift else 0
        cost += SHIFT * outside([shift == name for shift in line], before, kind.min_run, kind.max_run)
    return cost


def _days_off(terms: Terms, border: Border, line: Line) -> int:
    return outside([shift is None for shift in line], border.off, terms.min_off, terms.max_off)


def _total(terms: Terms, border: Border, line: Line) -> int:
    total = border.assignments + sum(shift is not None for shift in line)
    return max(0, terms.min_total - total) + max(0, total - terms.max_total)


def _weekends(terms: Terms, border: Border, line: Line) -> int:
    return max(0, border.weekends + sum(any(pair) for pair in _pairs(line)) - terms.max_weekends)


def _broken(line: Line) -> int:
    """Weekends with a shift on one day alone."""
    return sum((saturday is None) != (sunday is None) for saturday, sunday in _pairs(line))


def _pairs(line: Line) -> Iterator[tuple[str | None, str | None]]:
    """Saturdays and Sundays."""
    return ((line[day], line[day + 1]) for day in range(SATURDAY, len(line), DAYS))


def _refused(week: Week, solution: Sequence[Assignment]) -> int:
    """Assignments that a nurse asked to be spared."""
    asked = {(request.nurse, request.day, request.shift) for request in week.requests}
    return sum(bool({(one.nurse, one.day, one.shift), (one.nurse, one.day, None)} & asked) for one in solution)
