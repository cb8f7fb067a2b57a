"""A configured centre and its roster as they are simulated."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from data.model.base import FloatArray
from data.model.centre import Centre, Queue
from data.model.demand import Requirement
from data.model.people import Agent
from data.model.roster import Roster, ShiftTemplate
from data.model.time import TimeGrid
from optimizer.staffing.centre_model import CentreModel, Duties, SimulatedQueue, SkillGroup

AFTER_CALLS = 1000
"""Priority rank added to deferred work: agents take it when no call or chat waits."""

IDLE_RESERVE = 1
"""Idle agents that deferred work leaves for the calls to come (house choice)."""


def model_of(
    centre: Centre, agents: Sequence[Agent], queues: Sequence[str], grid: TimeGrid, handle_time_s: FloatArray
) -> CentreModel:
    """The centre over the slots of a grid; agents with the same skills in the same order are a skill group.

    Redials are left out: the calls of a forecast, and those that came, hold them already.

    Parameters
    ----------
    queues : sequence of str
        Queues that have calls, in the order of the results.
    handle_time_s : array of float, shape (queues, slots)
    """
    described = [centre.queue(queue) for queue in queues]
    simulated = tuple(_queue(queue, handle) for queue, handle in zip(described, handle_time_s, strict=True))
    groups = tuple(_group(centre, skills, queues) for skills in skill_sets(agents))
    levels = max((level for group in groups for level in group.levels), default=0)
    overflow = (0.0, *(centre.routing.overflow_s for _ in range(levels))) if centre.routing.overflow_s else ()
    return CentreModel(simulated, groups, grid.minutes * 60.0, grid.size, overflow)


def skill_sets(agents: Sequence[Agent]) -> list[tuple[str, ...]]:
    """The distinct skills of the agents, each in its order, sorted."""
    return sorted({agent.skills for agent in agents})


def duties_of(agents: Sequence[Agent], roster: Roster, grid: TimeGrid, shifts: Sequence[ShiftTemplate]) -> Duties:
    """Who is on the phones in the slots of a grid: the shifts of the roster without their meals and breaks.

    Each shift is an agent of its own: who is absent or pauses on one day is drawn apart from the other days. An efficiency of 0.6
    makes a handle time 1 / 0.6 as long.

    Parameters
    ----------
    shifts : sequence of ShiftTemplate
        They say how long breaks last.
    """
    minutes = np.dstack([roster.meal_minutes, roster.break_minutes(shifts)])
    groups = {skills: k for k, skills in enumerate(skill_sets(agents))}
    origin, rows, shifts = grid.horizon.start, [], []
    for a, agent in enumerate(agents):
        for day in np.flatnonzero(roster.start[a] >= 0).tolist():
            pieces = [_inside(piece, origin, grid) for piece in _on_phone(roster, a, day, minutes[a, day].tolist())]
            held = [piece for piece in pieces if piece[1] > piece[0]]
            rows += [(len(shifts), *piece) for piece in held]
            shifts += [(groups[agent.skills], 1 / agent.efficiency)] if held else []
    agent_of, start, end = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    group, pace = np.array(shifts, dtype=np.float64).reshape(-1, 2).T
    return Duties(group.astype(np.int64), pace, agent_of.astype(np.int64), start, end)


def shrinkage_of(centre: Centre, requirement: Requirement, calls: FloatArray) -> tuple[float, float]:
    """Shares of the rostered time off the phones, weighed by load: of agents who are present, and of those who do not come.

    The first is the queues' own shrinkage; the second what the shrinkage causes add to it in the requirement.

    Parameters
    ----------
    calls : array of float, shape (queues, slots)
    """
    load = calls * requirement.handle_time_s
    own = np.array([[centre.queue(queue).shrinkage] for queue in requirement.queues])
    if load.sum() <= 0:
        return 0.0, 0.0
    present = float((load * own).sum() / load.sum())
    whole = float((load * requirement.shrinkage).sum() / load.sum())
    return present / (1 - max(whole - present, 0.0)), max(whole - present, 0.0)


def _queue(queue: Queue, handle_time_s: FloatArray) -> SimulatedQueue:
    deferred = queue.channel == "deferred"
    return SimulatedQueue(
        queue.id,
        handle_time_s,
        queue.handle_time_cv,
        patience=() if deferred else queue.patience_mix or ((1.0, queue.patience_s),),
        threshold_s=60.0 * queue.due_minutes if queue.due_minutes else queue.target.threshold_s,
        definition=queue.target.definition,
        room=queue.room,
        concurrency=queue.concurrency,
        reserve=IDLE_RESERVE if deferred else 0,
    )


def _group(centre: Centre, skills: tuple[str, ...], queues: Sequence[str]) -> SkillGroup:
    served = tuple(skill for skill in skills if skill in queues)
    places = tuple(skills.index(skill) for skill in served)
    level = {"fewest_skills": (len(skills) - 1,) * len(served), "best_skill": places, "longest_idle": (0,) * len(served)}
    projects = {project.id: project.priority for project in centre.projects}
    rank = {
        "longest_wait": (0,) * len(served),
        "best_skill": places,
        "project_priority": tuple(projects.get(centre.queue(skill).project, 0) for skill in served),
    }
    later = (AFTER_CALLS if centre.queue(skill).channel == "deferred" else 0 for skill in served)
    priorities = tuple(own + more for own, more in zip(rank[centre.routing.calls], later, strict=True))
    return SkillGroup("+".join(skills), served, levels=level[centre.routing.agents], priorities=priorities)


def _on_phone(roster: Roster, agent: int, day: int, minutes: list[int]) -> list[tuple[datetime, datetime]]:
    """The shift without its meal and its breaks, which last so many minutes."""
    span = roster.span(agent, day)
    assert span is not None
    start, end = (edge.astimezone(UTC) for edge in span)
    starts = [int(roster.meal[agent, day]), *roster.breaks[agent, day].tolist()]
    pauses = sorted((away, away + length) for away, length in zip(starts, minutes, strict=True) if away >= 0)
    edges = [start, *(start + timedelta(minutes=edge) for pause in pauses for edge in pause), end]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _inside(piece: tuple[datetime, datetime], origin: datetime, grid: TimeGrid) -> tuple[float, float]:
    """A stretch in seconds from the start of the grid, cut at its ends."""
    last = grid.size * grid.minutes * 60.0
    first, end = (min(max((edge - origin).total_seconds(), 0.0), last) for edge in piece)
    return first, end
