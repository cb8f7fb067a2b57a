"""An instance as Timefold Solver sees it: planning entities, facts and constraint streams.

A day of an employee chooses its shift, or the day off, among those that are allowed. Constraints are incremental: streams that are
grouped and joined by key.
Runs are sums over windows of days: ``to_consecutive_sequences`` made half as many moves in a second.
"""

from dataclasses import dataclass
from typing import Annotated

from timefold.solver.domain import (
    PlanningEntityCollectionProperty,
    PlanningId,
    PlanningPin,
    PlanningScore,
    PlanningVariable,
    ProblemFactCollectionProperty,
    ValueRangeProvider,
    planning_entity,
    planning_solution,
)
from timefold.solver.score import (
    Constraint,
    ConstraintCollectors,
    ConstraintFactory,
    HardSoftScore,
    Joiners,
    constraint_provider,
)


@dataclass(eq=False)
class Shift:
    """A shift, or the day off; `barred` says by index which shifts may not follow, the flags whether it bars or is barred."""

    index: int
    minutes: int
    work: bool
    bars: bool
    is_barred: bool
    barred: list


@dataclass(eq=False)
class Cover:
    """How many are to work a shift on a day, and what each missing and each beyond costs."""

    heads: int
    under: int
    over: int

    def saved(self, employees: int) -> int:
        """What a number of employees saves against nobody."""
        if employees <= self.heads:
            return self.under * employees
        return self.under * self.heads - self.over * (employees - self.heads)


@dataclass(eq=False)
class Employee:
    """What binds an employee: most of each shift by index, minutes, weekends; `unit` minutes count as one shift."""

    most: list
    max_minutes: int
    min_minutes: int
    max_weekends: int
    unit: int

    def wrong_minutes(self, minutes: int) -> int:
        """Shifts too many or too few, part of a shift counted as one."""
        return (max(0, minutes - self.max_minutes, self.min_minutes - minutes) + self.unit - 1) // self.unit


@dataclass(eq=False)
class Window:
    """Some days in a row of an employee; `amounts` are days too many or too few, by the days worked as bits, where any are."""

    amounts: dict


@dataclass(eq=False)
class Place:
    """A day in a window."""

    window: Window
    bit: int


@planning_entity
@dataclass(eq=False)
class EmployeeDay:
    """A day of an employee; `charges` and `covers`, requests refused and cover served, are by index of the shift."""

    id: Annotated[str, PlanningId]
    employee: Employee
    key: int
    following: int
    weekend: int
    pinned: Annotated[bool, PlanningPin]
    charges: list
    covers: list
    places: list
    shifts: Annotated[list[Shift], ValueRangeProvider(id="shifts")]
    shift: Annotated[Shift | None, PlanningVariable(value_range_provider_refs=["shifts"])]


@planning_solution
@dataclass
class Plan:
    """The whole horizon."""

    covers: Annotated[list[Cover], ProblemFactCollectionProperty]
    days: Annotated[list[EmployeeDay], PlanningEntityCollectionProperty]
    score: Annotated[HardSoftScore | None, PlanningScore] = None


@constraint_provider
def constraints(factory: ConstraintFactory) -> list[Constraint]:
    """All rules and costs; what is broken is charged in days or shifts."""
    days = factory.for_each(EmployeeDay)
    work = days.filter(lambda day: day.shift.work)
    return [
        work.filter(lambda day: day.shift.bars)
        .join(work.filter(lambda day: day.shift.is_barred), Joiners.equal(lambda day: day.following, lambda day: day.key))
        .filter(lambda day, following: day.shift.barred[following.shift.index])
        .penalize(HardSoftScore.ONE_HARD)
        .as_constraint("succession"),
        work.flatten_last(lambda day: day.places)
        .group_by(lambda place: place.window, ConstraintCollectors.sum(lambda place: place.bit))
        .filter(lambda window, bits: bits in window.amounts)
        .penalize(HardSoftScore.ONE_HARD, lambda window, bits: window.amounts[bits])
        .as_constraint("days in a row"),
        days.group_by(lambda day: day.employee, ConstraintCollectors.sum(lambda day: day.shift.minutes))
        .penalize(HardSoftScore.ONE_HARD, lambda employee, minutes: employee.wrong_minutes(minutes))
        .as_constraint("minutes"),
        work.group_by(lambda day: day.employee, lambda day: day.shift, ConstraintCollectors.count())
        .filter(lambda employee, shift, count: count > employee.most[shift.index])
        .penalize(HardSoftScore.ONE_HARD, lambda employee, shift, count: count - employee.most[shift.index])
        .as_constraint("shifts of a type"),
        work.filter(lambda day: day.weekend >= 0)
        .group_by(lambda day: day.employee, ConstraintCollectors.count_distinct(lambda day: day.weekend))
        .filter(lambda employee, weekends: weekends > employee.max_weekends)
        .penalize(HardSoftScore.ONE_HARD, lambda employee, weekends: weekends - employee.max_weekends)
        .as_constraint("weekends"),
        days.penalize(HardSoftScore.ONE_SOFT, lambda day: day.charges[day.shift.index]).as_constraint("requests"),
        work.flatten_last(lambda day: day.covers[day.shift.index])
        .group_by(lambda cover: cover, ConstraintCollectors.count())
        .impact(HardSoftScore.ONE_SOFT, lambda cover, count: cover.saved(count))
        .as_constraint("cover"),
    ]
