"""A stretch of days as it was served: calls that came, agents who were there, and which teams these were."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from data.model.base import BoolArray, FloatArray
from data.model.centre import Queue
from data.model.roster import Roster
from data.model.time import TimeGrid
from optimizer.rostering.explain.changes import flow_of
from optimizer.rostering.frame import presence
from optimizer.rostering.headcount import on_phones
from optimizer.rostering.problem import RosterProblem


@dataclass(frozen=True, eq=False)
class Served:
    """What was served, interval by interval; every array has shape (queues, slots) unless said otherwise.

    Parameters
    ----------
    calls : array of float
        Calls that came; NaN = not known, closed, or no roster was in force.
    level : array of float
        Service level in [0, 1]: measured, or what calls and roster imply; NaN without calls.
    measured : array of bool
        Whether `level` was measured.
    abandoned : array of float
        Calls lost: measured, or what calls and roster imply.
    handle_time_s : array of float
        Of the calls that came.
    foreseen, foreseen_s : array of float
        Calls and handle time that the roster was planned for.
    rostered, present : array of float
        Agents on the phones by the roster, after shrinkage: as it stands, and without those who were absent.
    disturbed : array of bool
        Whether an event or outage was on.
    teams : tuple of str
    exposure : array of float, shape (teams, queues, slots)
        Share of the agents present who were of each team; they sum to 1 where somebody was.
    """

    queues: tuple[Queue, ...]
    grid: TimeGrid
    calls: FloatArray
    level: FloatArray
    measured: BoolArray
    abandoned: FloatArray
    handle_time_s: FloatArray
    foreseen: FloatArray
    foreseen_s: FloatArray
    rostered: FloatArray
    present: FloatArray
    disturbed: BoolArray
    teams: tuple[str, ...]
    exposure: FloatArray

    @cached_property
    def target(self) -> FloatArray:
        """Service level asked for; shape (queues, 1)."""
        return np.array([[queue.target.service_level] for queue in self.queues])

    @cached_property
    def known(self) -> BoolArray:
        """Intervals with calls whose service is known."""
        return (np.nan_to_num(self.calls) > 0) & ~np.isnan(self.level)

    @cached_property
    def missed(self) -> BoolArray:
        """Intervals that missed their target."""
        return self.known & (self.level < self.target)

    @cached_property
    def counted(self) -> FloatArray:
        """Calls of the intervals whose service is known; 0 elsewhere."""
        return np.where(self.known, self.calls, 0.0)

    @cached_property
    def lost(self) -> FloatArray:
        """Calls not served as the target asks: those that came times what the service level lacks to it."""
        return np.where(self.missed, self.calls * (self.target - np.nan_to_num(self.level)), 0.0)

    def by_day(self, values: FloatArray) -> FloatArray:
        """Sums of each day; shape (..., days)."""
        return np.add.reduceat(values, self.grid.day_slot[:-1], axis=-1)

    @property
    def units(self) -> tuple[str, ...]:
        """Whom control may concern: projects, then teams."""
        return (*(f"project:{name}" for name in self.projects), *(f"team:{name}" for name in self.teams))

    @cached_property
    def projects(self) -> tuple[str, ...]:
        """Projects of the queues, in their order."""
        return tuple(sorted({queue.project for queue in self.queues}))

    @cached_property
    def part(self) -> FloatArray:
        """Share of each queue and slot that is a unit's; shape (units, queues, slots)."""
        owns = np.array([[queue.project == name for queue in self.queues] for name in self.projects])
        whole = np.broadcast_to(owns[..., None], (*owns.shape, self.grid.size)).astype(np.float64)
        return np.concatenate([whole, self.exposure])


class Hands(NamedTuple):
    """Agents on each queue, put to the best use; before shrinkage, 0 before the first open day.

    Parameters
    ----------
    rostered, present : array of float, shape (queues, slots)
        By the roster as it stands, and without those on leave.
    teams : array of float, shape (teams, queues, slots)
        Those present by team: of a skill group as many of a team serve a queue as is their share of the group.
    """

    rostered: FloatArray
    present: FloatArray
    teams: FloatArray


def hands_of(problem: RosterProblem, roster: Roster, teams: Sequence[str]) -> Hands:
    """Who served what under a roster."""
    first, there = int(problem.grid.day_slot[problem.first_open]), problem.leave < 0
    stood = flow_of(problem, presence(problem, roster, np.ones_like(there))).served.T
    came = presence(problem, roster, there)
    flow = flow_of(problem, came)
    held = flow.placed / np.maximum(came.T, 1)[..., None]
    by_team = np.einsum("ugt,tgq->uqt", _grouped(problem, roster, there, teams), held)
    before = ((0, 0), (first, 0))
    return Hands(
        np.pad(stood.astype(np.float64), before),
        np.pad(flow.served.T.astype(np.float64), before),
        np.pad(by_team, ((0, 0), *before)),
    )


def _grouped(problem: RosterProblem, roster: Roster, there: BoolArray, teams: Sequence[str]) -> FloatArray:
    """Agents of each team and skill group on the phones; shape (teams, groups, slots) from the first open day on."""
    here = on_phones(problem, replace(roster, start=np.where(there, roster.start, -1)))
    rows = [row for row, agent in enumerate(problem.agents) if agent.team in teams]
    places = np.array([teams.index(problem.agents[row].team) for row in rows], dtype=np.int64)
    counts = np.zeros((len(teams), len(problem.groups), here.shape[1]))
    np.add.at(counts, (places, problem.group_of[rows]), here[rows].astype(np.float64))
    return counts
