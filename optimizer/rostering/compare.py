"""Two rosters side by side: who works otherwise on which day and why, and what it does to service, cost, wishes and fairness."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from data.model.base import FloatArray
from data.model.demand import long_frame
from data.model.errors import Finding, InvalidData
from data.model.people import Wish
from data.model.roster import Change, Roster
from optimizer.rostering.explain.changes import allotted, changes_of
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.verify import verify


@dataclass(frozen=True)
class Measure:
    """One figure of both rosters.

    Parameters
    ----------
    name, name_zh, unit : str
    before, after : float
    more_is_better : bool or None
        None = neither.
    """

    name: str
    name_zh: str
    unit: str
    before: float
    after: float
    more_is_better: bool | None = None

    @property
    def difference(self) -> float:
        """After less before."""
        return self.after - self.before


@dataclass(frozen=True, eq=False)
class Comparison:
    """What sets a roster apart from another, both looked at with the requirement of the later one.

    Parameters
    ----------
    before, after : str
        Names of the versions.
    changes : tuple of Change
        Every day of an agent that differs, and why.
    measures : tuple of Measure
    costs : tuple of Measure
        Cost of each goal and each weighted rule.
    intervals : DataFrame
        ``queue, timestamp, before, after, service_before, service_after`` of the slots in which the agents on a queue differ.
    """

    before: str
    after: str
    changes: tuple[Change, ...]
    measures: tuple[Measure, ...]
    costs: tuple[Measure, ...]
    intervals: pd.DataFrame


def compare(problem: RosterProblem, before: Roster, after: Roster) -> Comparison:
    """Compare two rosters of the same agents and days on the open days of a problem.

    Raises
    ------
    InvalidData
        If they are not of the same agents or days.
    """
    _same_axes(before, after)
    changes = changes_of(replace(problem, base=before, rhythm="week"), after)
    served = allotted(problem, before), allotted(problem, after)
    costs = verify(problem, before).costs, verify(problem, after).costs
    named = tuple(Measure(name, name, "cost", costs[0][name], costs[1][name], False) for name in sorted(costs[0]))
    return Comparison(
        before.version,
        after.version,
        changes,
        (*_measures(problem, (before, after), served, changes), _total(*costs)),
        named,
        _intervals(problem, *served),
    )


def _total(before: dict[str, float], after: dict[str, float]) -> Measure:
    return Measure("total cost", "总成本", "cost", float(sum(before.values())), float(sum(after.values())), False)


def _same_axes(before: Roster, after: Roster) -> None:
    pairs = {"agents": (before.agents, after.agents), "days": (before.horizon, after.horizon)}
    findings = [
        Finding(after.version, None, axis, f"other {axis} than {before.version}", f"the {axis} of {before.version}")
        for axis, (one, other) in pairs.items()
        if one != other
    ]
    if findings:
        raise InvalidData(findings)


def _measures(
    problem: RosterProblem, rosters: tuple[Roster, Roster], served: tuple[FloatArray, FloatArray], changes: tuple[Change, ...]
) -> Iterator[Measure]:
    """Figures that people ask for first."""
    days = slice(problem.first_open, problem.end_open)
    service = [service_of(problem, one) for one in served]
    reached, missed = ([told(problem, one) for one in service] for told in (_by_calls, _missed))
    paid = [float(one.paid_minutes[:, days].sum() / 60) for one in rosters]
    pleased = [float(granted(problem, one)) for one in rosters]
    yield Measure("service level, by calls", "服务水平（按话量）", "share", reached[0], reached[1], True)
    yield Measure("intervals below target", "未达标时段", "slots", missed[0], missed[1], False)
    yield Measure("paid hours", "计薪工时", "h", paid[0], paid[1])
    yield Measure("wishes granted", "满足的愿望", "wishes", pleased[0], pleased[1], True)
    yield Measure("people whose days change", "受影响人数", "people", 0.0, float(len({change.agent for change in changes})))
    yield Measure("days that change", "变更天次", "days", 0.0, float(len(changes)))
    moved = sum(abs(change.minutes) for change in changes) / 60
    yield Measure("paid hours added or given back", "增减工时", "h", 0.0, moved)


def service_of(problem: RosterProblem, served: FloatArray) -> FloatArray:
    """Service level of each queue and slot with so many rostered agents; shape (queues, slots)."""
    return problem.requirement.service(served * (1 - problem.requirement.shrinkage))


def _charged(problem: RosterProblem) -> slice:
    day_slot = problem.grid.day_slot
    return slice(int(day_slot[problem.first_open]), int(day_slot[problem.end_open]))


def _by_calls(problem: RosterProblem, service: FloatArray) -> float:
    calls, some = problem.requirement.calls, _charged(problem)
    return float((service * calls)[:, some].sum() / max(calls[:, some].sum(), 1e-9))


def _missed(problem: RosterProblem, service: FloatArray) -> float:
    """Slots with calls whose service level is below the target of the queue."""
    some = _charged(problem)
    targets = np.array([problem.centre.queue(queue).target.service_level for queue in problem.requirement.queues])
    return float(((service < targets[:, None] - 1e-9) & (problem.requirement.calls > 0))[:, some].sum())


def granted(problem: RosterProblem, roster: Roster) -> int:
    """Wishes for open days that a roster grants."""
    return sum(_granted(wish, problem, roster) for wish in problem.wishes)


def _granted(wish: Wish, problem: RosterProblem, roster: Roster) -> bool:
    row, day = problem.index.get(wish.agent), problem.grid.horizon.index(wish.day)
    if row is None or not problem.first_open <= day < problem.end_open:
        return False
    code, at_work = roster.codes[roster.symbol[row, day]], bool(roster.start[row, day] >= 0)
    return {"off": not at_work, "avoid": code != wish.shift, "on": code == wish.shift}[wish.kind]


def _intervals(problem: RosterProblem, before: FloatArray, after: FloatArray) -> pd.DataFrame:
    requirement = problem.requirement
    columns = {
        "before": before,
        "after": after,
        "service_before": service_of(problem, before),
        "service_after": service_of(problem, after),
    }
    frame = long_frame(requirement.grid, requirement.queues, columns)
    return frame[frame["before"] != frame["after"]].reset_index(drop=True)
