"""A roster version with the problem it answers, and the ways to look at it."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import product

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.demand import Forecast, Requirement
from data.model.errors import Finding, InvalidData
from data.model.roster import Roster
from data.model.splice import differing, locked_days, with_days
from data.model.time import Horizon
from optimizer.response.warning.warn import chances_at
from optimizer.rostering.explain import allotted
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.requests import Chance, chance_at_the_mean
from optimizer.rostering.solution import Solution

PAST = "past"
"""Key of the origin of a roster whose days before its plan are those of another version: its name."""


@dataclass(frozen=True, eq=False)
class Planned:
    """One roster version with the problem it answers.

    Parameters
    ----------
    forecast : Forecast
        The newest forecast that it was made with.
    edited : tuple of (str, date)
        Agents and days that were set by hand in this version; later ones keep them.
    """

    problem: RosterProblem
    solution: Solution
    forecast: Forecast
    edited: tuple[tuple[str, date], ...] = ()

    @property
    def locked(self) -> BoolArray | None:
        """Days that versions which change this one keep: those set by hand in it or before; shape (agents, days)."""
        own, before = locked_days(self.edited, self.roster), self.problem.locked
        return before if own is None else own if before is None else own | before

    @property
    def roster(self) -> Roster:
        """The roster; every step that makes a `Planned` has one."""
        if self.solution.roster is None:
            raise InvalidData([Finding("rulebook.toml", None, None, "no legal roster", "rules that leave every agent a line")])
        return self.solution.roster


def available_agents(planned: Planned) -> FloatArray:
    """Rostered agents allotted to each queue in the best way; shape (queues, slots)."""
    return allotted(planned.problem, planned.roster)


def rest_of(planned: Planned, at: datetime) -> Horizon:
    """The days of a plan from the day of an instant on; those before the plan are history, and nobody is required there."""
    horizon = planned.problem.grid.horizon
    first = max(at.astimezone(horizon.start.tzinfo).date(), horizon.dates[plan_start(planned.problem)])
    if first > horizon.last:
        expected = f"a time until the end of the roster, {horizon.last}"
        raise InvalidData([Finding("command line", None, "time", f"{at:%Y-%m-%d %H:%M}", expected)])
    return Horizon(zone=horizon.zone, first=first, days=(horizon.last - first).days + 1)


def foreseen(planned: Planned, made: Forecast, requirement: Requirement) -> Planned:
    """The same roster against a newer forecast, looked at from its first day on."""
    old = planned.problem
    first = old.grid.horizon.index(made.grid.horizon.first)
    problem = replace(
        old, requirement=old.requirement.overlaid(requirement), first_open=max(first, 0), end_open=old.grid.horizon.days
    )
    return replace(planned, problem=problem, forecast=made)


def plan_start(problem: RosterProblem) -> int:
    """First day on which anyone is required: the days before it are history."""
    return int(problem.grid.day_of_slot[np.argmax(problem.requirement.heads.any(axis=0))])


def whole_plan(planned: Planned) -> Planned:
    """The same roster, looked at from the first day of the plan to its last."""
    problem = planned.problem
    return replace(planned, problem=replace(problem, first_open=plan_start(problem), end_open=problem.grid.horizon.days))


def as_worked(planned: Planned, before: Roster) -> Planned:
    """The version with the days before its plan as another roster has them, if they differ; its origin says whose they are then."""
    roster, past = planned.roster, planned.roster.horizon.dates[: plan_start(planned.problem)]
    days = list(product(before.agents, past))
    fresh, _ = with_days(roster, before, days)
    if not differing(roster, fresh).any():
        return planned
    base = None if planned.problem.base is None else with_days(planned.problem.base, before, days)[0]
    fresh = replace(fresh, origin=roster.origin | {PAST: before.version})
    solution = replace(planned.solution, roster=fresh)
    return replace(planned, problem=replace(planned.problem, base=base), solution=solution)


def judged_whole(problem: RosterProblem) -> RosterProblem:
    """The problem by which a roster is judged from the first day of its plan to the last.

    Days that a tweak has moved may lie beside their templates, and the hours of a week that was adjusted bind no more.
    """
    whole = replace(problem, first_open=plan_start(problem), end_open=problem.grid.horizon.days)
    return whole if problem.rhythm == "month" else replace(whole, rhythm="day", max_line_minutes=None, min_line_minutes=None)


def paid_time_gap(planned: Planned) -> float:
    """Gap between cost and bound as a share of paid time: at the mean price of a missing agent-hour, per paid hour."""
    problem, solution = planned.problem, planned.solution
    paid_hours = planned.roster.paid_minutes[:, problem.first_open :].sum() / 60
    price = problem.prices[0].mean() * 60 / problem.grid.minutes
    return max(0.0, solution.cost - solution.bound) / price / max(float(paid_hours), 1.0)


def chance_of(problem: RosterProblem, forecast: Forecast) -> Chance:
    """Chance of missing the target by a forecast, for calls where it speaks; elsewhere that at the mean demand."""
    made = forecast.on(problem.grid)
    queues = [problem.centre.queue(name) for name in problem.requirement.queues]
    at_the_mean = chance_at_the_mean(problem)

    def chance(row: int, slots: IntArray, available: FloatArray) -> FloatArray:
        queue, found = queues[row], np.zeros(len(slots))
        spoken = made.open[made.queues.index(queue.id), slots] & (queue.channel == "call")
        found[spoken] = chances_at(made, problem.requirement, queue, slots[spoken], available[spoken])
        found[~spoken] = at_the_mean(row, slots[~spoken], available[~spoken])
        return found

    return chance
