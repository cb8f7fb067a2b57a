"""What it does to service that one agent of a skill group leaves, slot by slot, as all others are put to the best use then.

Whoever leaves is missed on one queue alone: others move up until the loss is where it costs least.
"""

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.request import Terms
from optimizer.compiled import compiled
from optimizer.rostering.coverage import Flow, refund, remove
from optimizer.rostering.requests.desk import Desk
from optimizer.rostering.requests.service import service_at


def saved(flow: Flow) -> FloatArray:
    """What coverage costs less without one agent of each group; shape (groups, slots); 0 where the group has nobody."""
    refunds = np.empty(flow.placed.shape[1::-1])
    _refund_all(flow, refunds)
    return np.where(np.isfinite(refunds), refunds, 0.0)


def unbearable(desk: Desk, flow: Flow, slots: IntArray, terms: Terms) -> BoolArray:
    """Where one agent less of each group puts service at more risk than the terms allow; shape (groups, slots).

    Parameters
    ----------
    flow : Flow
        All agents in the slots.
    slots : array of int
        Counted from the first open one.
    """
    much = np.stack([_much(desk, flow, row, slots, terms) for row in range(flow.served.shape[1])], axis=1)
    return np.stack([(much & _missed(flow, g)).any(axis=1) for g in range(flow.placed.shape[1])])


def _much(desk: Desk, flow: Flow, row: int, slots: IntArray, terms: Terms) -> BoolArray:
    """In which slots a queue has agents and cannot do with one less; shape (slots,)."""
    problem, at, served = desk.problem, slots + desk.first_slot, flow.served[:, row].astype(np.float64)
    need = problem.requirement
    live = (served > 0) & ((need.calls[row, at] > 0) | (need.heads[row, at] > 0))
    target = problem.centre.queue(need.queues[row]).target.service_level
    fewer, stood = ((at[live], served[live] - less) for less in (1, 0))
    added = desk.chance(row, *fewer) - desk.chance(row, *stood)
    lost = np.subtract(*(np.minimum(service_at(problem, row, *one), target) for one in (stood, fewer)))
    live[live] = (added > terms.most_added_chance) | (lost > terms.most_service_lost)
    return live


def _missed(flow: Flow, g: int) -> BoolArray:
    """The queue on which an agent of a group is missed in each slot; shape (slots, queues); none where the group has nobody."""
    kept = {name: getattr(flow, name).copy() for name in ("placed", "served", "link", "more", "least")}
    without = flow._replace(**kept)
    _leave(without, g)
    return flow.served > without.served


@compiled
def _refund_all(flow: Flow, refunds: FloatArray) -> None:
    groups, slots = refunds.shape
    for g in range(groups):
        for t in range(slots):
            refunds[g, t] = refund(flow, g, t)


@compiled
def _leave(flow: Flow, g: int) -> None:
    slots, _, queues = flow.placed.shape
    for t in range(slots):
        for q in range(queues):
            if flow.placed[t, g, q] > 0:
                remove(flow, g, t)
                break
