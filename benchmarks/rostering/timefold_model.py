"""The month as Timefold Solver sees it: planning entities, facts and constraint streams.

A week of an agent chooses its days of work among the patterns that meet its hours, a day chooses its shift, its meal and one queue.
Constraints are incremental: streams that are grouped and joined by key.
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
class Need:
    """Agents required on a queue in a half-hour, and the prices of one missing and one too many."""

    heads: int
    under: int
    over: int

    def saved(self, agents: int) -> int:
        """What a number of agents saves against nobody."""
        if agents <= self.heads:
            return self.under * agents
        return self.under * self.heads - self.over * (agents - self.heads)


@dataclass(eq=False)
class Queue:
    """A queue; `posts` are the half-hours that it is served in by each choice of each day, ``day * choices + choice``."""

    name: int
    posts: list


@dataclass(eq=False)
class Choice:
    """A shift with its meal; `end` + rest is the first minute of the next day at which a shift may start."""

    index: int
    symbol: int
    meal: int
    start: int
    rested: int
    night: int


@dataclass(eq=False)
class Pattern:
    """Which days of a week are worked."""

    works: list
    days: int


@planning_entity
@dataclass(eq=False)
class AgentWeek:
    """A week of an agent."""

    id: Annotated[str, PlanningId]
    agent: int
    key: int
    part: bool
    leave: int
    pinned: Annotated[bool, PlanningPin]
    patterns: Annotated[list[Pattern], ValueRangeProvider(id="patterns")]
    pattern: Annotated[Pattern | None, PlanningVariable(value_range_provider_refs=["patterns"])]


@planning_entity
@dataclass(eq=False)
class AgentDay:
    """A day of an agent: what is worked if the week says so."""

    id: Annotated[str, PlanningId]
    agent: int
    week: int
    weekday: int
    day: int
    key: int
    following: int
    after: int
    weekend: int
    place: int
    max_minutes: int
    wish: int
    pinned: Annotated[bool, PlanningPin]
    minutes: list
    likes: list
    choices: Annotated[list[Choice], ValueRangeProvider(id="choices")]
    queues: Annotated[list[Queue], ValueRangeProvider(id="queues")]
    choice: Annotated[Choice | None, PlanningVariable(value_range_provider_refs=["choices"])]
    queue: Annotated[Queue | None, PlanningVariable(value_range_provider_refs=["queues"])]


@planning_solution
@dataclass
class Plan:
    """The month."""

    needs: Annotated[list[Need], ProblemFactCollectionProperty]
    weeks: Annotated[list[AgentWeek], PlanningEntityCollectionProperty]
    days: Annotated[list[AgentDay], PlanningEntityCollectionProperty]
    score: Annotated[HardSoftScore | None, PlanningScore] = None


RUN, NIGHTS, PART_DAYS = 6, 6, 23
"""Numbers of the rules run, nights and part_month: a lambda that Timefold compiles reads constants alone."""


@constraint_provider
def constraints(factory: ConstraintFactory) -> list[Constraint]:
    """All rules and goals of the month."""
    work = (
        factory.for_each(AgentDay)
        .join(AgentWeek, Joiners.equal(lambda day: day.week, lambda week: week.key))
        .filter(lambda day, week: week.pattern.works[day.weekday])
        .map(lambda day, _: day)
    )
    nights = work.filter(lambda day: day.choice.night == 1).group_by(lambda day: day.agent, ConstraintCollectors.count())
    weekends = work.filter(lambda day: day.weekend >= 0).group_by(
        lambda day: day.agent, ConstraintCollectors.count_distinct(lambda day: day.weekend)
    )
    return [
        work.join(work, Joiners.equal(lambda day: day.following, lambda day: day.key))
        .filter(lambda day, following: day.choice.rested > following.choice.start)
        .penalize(HardSoftScore.ONE_HARD)
        .as_constraint("rest"),
        work.filter(lambda day: day.choice.night == 1)
        .join(work, Joiners.equal(lambda day: day.after, lambda day: day.key))
        .filter(lambda _, after: after.choice.night == 0)
        .penalize(HardSoftScore.ONE_HARD)
        .as_constraint("after_nights"),
        work.group_by(lambda day: day.agent, ConstraintCollectors.to_consecutive_sequences(lambda day: day.day))
        .flatten_last(lambda runs: runs.getConsecutiveSequences())
        .filter(lambda _, run: run.getCount() > RUN)
        .penalize(HardSoftScore.ONE_HARD, lambda _, run: run.getCount() - RUN)
        .as_constraint("run"),
        work.group_by(
            lambda day: day.week, lambda day: day.max_minutes, ConstraintCollectors.sum(lambda day: day.minutes[day.choice.index])
        )
        .filter(lambda _, most, minutes: minutes > most)
        .penalize(HardSoftScore.ONE_HARD)
        .as_constraint("full_week"),
        factory.for_each(AgentWeek)
        .filter(lambda week: week.part)
        .group_by(lambda week: week.agent, ConstraintCollectors.sum(lambda week: week.pattern.days + week.leave))
        .filter(lambda _, days: days > PART_DAYS)
        .penalize(HardSoftScore.ONE_HARD, lambda _, days: days - PART_DAYS)
        .as_constraint("part_month"),
        nights.filter(lambda _, count: count > NIGHTS)
        .penalize(HardSoftScore.ONE_HARD, lambda _, count: count - NIGHTS)
        .as_constraint("nights"),
        nights.filter(lambda _, count: count > 3)
        .penalize(HardSoftScore.ONE_SOFT, lambda _, count: 4 * (count - 3) + 2 * max(0, count - 4) + 4 * max(0, count - 5))
        .as_constraint("nights_3, nights_4, nights_5"),
        weekends.filter(lambda _, count: count > 2)
        .penalize(HardSoftScore.ONE_SOFT, lambda _, count: 10 * (count - 2) + 10 * max(0, count - 3))
        .as_constraint("weekends_2, weekends_3"),
        work.penalize(HardSoftScore.ONE_SOFT, lambda day: day.wish + day.likes[day.choice.index]).as_constraint(
            "wishes, preferences, long_shifts"
        ),
        work.flatten_last(lambda day: day.queue.posts[day.place + day.choice.index])
        .group_by(lambda need: need, ConstraintCollectors.count())
        .impact(HardSoftScore.ONE_SOFT, lambda need, count: need.saved(count))
        .as_constraint("coverage"),
    ]
