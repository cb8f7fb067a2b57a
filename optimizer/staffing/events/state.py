"""A model of a centre laid out as the flat state in which a replication begins."""

from typing import Any, NamedTuple

import numpy as np

from data.model.base import BoolArray, FloatArray
from optimizer.staffing.centre_model import CentreModel, Duties
from optimizer.staffing.events import world as records
from optimizer.staffing.events.heap import NUMBERS, new_heap
from optimizer.staffing.events.world import FULL, Changes, World
from optimizer.staffing.service import COUNTS, WAITS


class Staff(NamedTuple):
    """Agents before the first slot, and the changes of duty to come."""

    agents: records.Records
    changes: Changes


def staff_of(model: CentreModel, duties: Duties) -> Staff:
    """Agents and changes of duty of a replication."""
    agents = np.zeros(duties.group.size, records.AGENT)
    agents["group"], agents["pace"] = duties.group, duties.pace
    return Staff(agents, _changes(model, duties))


def constants_of(model: CentreModel) -> dict[str, Any]:
    """What no replication changes: laws and routing."""
    overflow = _overflow(model, model.levels)
    steps = np.unique(overflow[overflow > 0])
    return {"handle": model.handle_time_s(), "overflow": overflow, "steps": steps, **_patience(model), **_routes(model)}


def world_of(model: CentreModel, constants: dict[str, Any], staff: Staff, calls: int) -> World:
    """State at the start of the first slot: nobody on duty, nobody waiting."""
    queues, groups, agents = len(model.queues), len(model.groups), staff.agents.size
    seats, words = max(queue.concurrency for queue in model.queues), constants["level_mask"].shape[-1]
    again = any(queue.redial_probability > 0 for queue in model.queues)
    # most who may wait at once: every call, and as many redials as the pool of numbers holds
    room = calls + (min(NUMBERS, 2 * calls + 1000) if again else 0) + 1
    counters = np.zeros(10, np.int64)
    counters[[records.FREE_CALLER, records.FREE_REDIAL]] = -1
    return World(
        **constants,
        queues=_queue_records(model),
        groups=np.full(groups, -1, records.GROUP),
        agents=staff.agents.copy(),
        callers=np.empty(room, records.CALLER),
        redials=np.empty(room if again else 1, records.REDIAL),
        contacts=new_heap(agents * seats),
        contact_queue=np.full((agents, seats), -1, np.int64),
        redial_heap=new_heap(room if again else 0),
        waiting_mask=np.zeros(constants["skill_mask"].shape[-1], np.uint64),
        idle_mask=np.zeros(words, np.uint64),
        partly_mask=np.zeros(words, np.uint64),
        at_step=np.full((queues, constants["steps"].size), -1, np.int64),
        step_at=np.full((queues, constants["steps"].size), np.inf),
        next_step=np.array([np.inf]),
        counters=counters,
        out=np.zeros((queues, model.slots, len(COUNTS) + len(WAITS))),
        busy=np.zeros((groups, model.slots)),
        overrun=np.zeros(groups),
    )


def _queue_records(model: CentreModel) -> records.Records:
    out = np.zeros(len(model.queues), records.QUEUE)
    for k, q in enumerate(model.queues):
        sigma = -1.0 if q.law == "exponential" else float(np.sqrt(np.log1p(q.handle_time_cv**2)))
        room = -1 if q.room is None else q.room
        head = (sigma, q.threshold_s, q.head_start_s, q.redial_probability, q.redial_persistence, q.redial_delay_s)
        out[k] = (*head, q.attempts, room, FULL // q.concurrency, q.reserve, -1, -1, 0)
    return out


def _patience(model: CentreModel) -> dict[str, FloatArray]:
    """Cumulative shares and means of the patience of each queue; no column when nobody ever hangs up."""
    parts = max(len(queue.patience) for queue in model.queues)
    share, mean = np.ones((len(model.queues), parts)), np.full((len(model.queues), parts), np.inf)
    for q, queue in enumerate(model.queues):
        if queue.patience:
            share[q, : len(queue.patience)] = np.cumsum([part for part, _ in queue.patience])
            share[q, len(queue.patience) - 1 :] = 1.0
            mean[q, : len(queue.patience)] = [seconds for _, seconds in queue.patience]
    return {"patience_share": share, "patience_mean": mean}


def _routes(model: CentreModel) -> dict[str, Any]:
    """Routing tables: masks of groups by queue and level, and of queues by group."""
    queues, groups, levels = len(model.queues), len(model.groups), model.levels
    mask = np.zeros((queues, levels, max(-(-groups // 64), 1)), np.uint64)
    skills = np.zeros((groups, -(-queues // 64)), np.uint64)
    level, priority = np.zeros((queues, groups), np.int64), np.zeros((groups, queues), np.int64)
    pace = np.ones((groups, queues))
    for g, group in enumerate(model.groups):
        rows = [model.row(queue) for queue in group.queues]
        level[rows, g] = group.levels or 0
        priority[g, rows] = group.priorities or 0
        pace[g, rows] = group.pace or 1.0
        for q in rows:
            skills[g, q // 64] |= np.uint64(1 << (q % 64))
            mask[q, level[q, g], g // 64] |= np.uint64(1 << (g % 64))
    return {"level_mask": mask, "skill_mask": skills, "level": level, "priority": priority, "pace": pace}


def _overflow(model: CentreModel, levels: int) -> FloatArray:
    given = (*model.overflow_s, *([model.overflow_s[-1]] * levels if model.overflow_s else [0.0] * levels))
    return np.array(given[:levels], dtype=np.float64)


def _changes(model: CentreModel, duties: Duties) -> Changes:
    """Changes of duty and closings in order of time; at one instant who leaves goes before who comes, and closings are last."""
    stay = all(queue.closing == "serve" for queue in model.queues)
    leave: BoolArray = (duties.end_s < model.horizon_s) | np.logical_not(stay)
    closes = [(at, q) for q, queue in enumerate(model.queues) for at in queue.closes_s]
    closes += [(model.horizon_s, q) for q, queue in enumerate(model.queues) if queue.closing == "lose"]
    closed_at, closed = np.array([at for at, _ in closes]), np.array([q for _, q in closes], dtype=np.int64)
    time = np.concatenate([duties.start_s, duties.end_s[leave], closed_at])
    who = np.concatenate([duties.agent, duties.agent[leave], closed])
    what = np.repeat([records.ON, records.OFF, records.CLOSING], [duties.agent.size, int(leave.sum()), len(closes)])
    order = np.lexsort((what, time))
    return Changes(time[order], who[order], what[order].astype(np.int64))
