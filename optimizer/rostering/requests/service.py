"""What a draft does to service: the staffing curves of the requirement in the slots in which presence changes."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.request import Effect
from data.model.roster import Roster
from optimizer.rostering.frame import presence
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.requests.desk import Chance, Desk
from optimizer.rostering.requests.drafts import Draft, mask_of, rows_of
from optimizer.staffing.realised import NODES, realised_miss_chance


def chance_at_the_mean(problem: RosterProblem) -> Chance:
    """Chance that an interval misses its target at the calls of the requirement: the luck of the queue, no forecast risk.

    Chats and deferred work have no such luck here: they miss when the staffing curve says so.
    """
    need = problem.requirement
    queues = [problem.centre.queue(name) for name in need.queues]

    def chance(row: int, slots: IntArray, available: FloatArray) -> FloatArray:
        queue, slot_s = queues[row], 60.0 * need.grid.minutes
        heads, handle = available * (1 - need.shrinkage[row, slots]), need.handle_time_s[row, slots]
        if queue.channel != "call":
            return np.asarray(service_at(problem, row, slots, available) < queue.target.service_level, dtype=np.float64)
        rates = np.repeat(need.calls[row, slots, None] / slot_s, len(NODES), axis=1)
        patience = np.full(len(slots), queue.staffing_patience_s)
        return realised_miss_chance(heads, rates, np.where(handle > 0, handle, 1.0), patience, slot_s, queue.target)

    return chance


def service_at(problem: RosterProblem, row: int, slots: IntArray, available: FloatArray) -> FloatArray:
    """Expected service level of a queue in some slots with so many agents available, by the staffing curve."""
    need = problem.requirement
    heads = np.zeros(need.heads.shape)
    heads[row, slots] = available * (1 - need.shrinkage[row, slots])
    return need.service(heads)[row, slots]


def touched(desk: Desk, draft: Draft, after: Roster) -> tuple[IntArray, IntArray]:
    """Slots from the first open one on in which presence changes, and by how much; shapes (slots,) and (groups, slots).

    An agent who comes for one who answers no other queues takes nothing from any queue.
    """
    mask = mask_of(desk.roster, draft.cells) & desk.there
    grown = presence(desk.problem, after, mask) - presence(desk.problem, desk.roster, mask)
    _replace_losses(desk.problem.group_mask, grown)
    slots = np.flatnonzero(grown.any(axis=0))
    return slots, grown[:, slots]


def _replace_losses(answers: BoolArray, grown: IntArray) -> None:
    """Let those who are gained stand in for those who are lost and answer no other queues; `grown` is changed."""
    changed = np.flatnonzero(grown.any(axis=1)).tolist()
    for lost, won in permutations(changed, 2):
        if (answers[won] >= answers[lost]).all():
            same = np.minimum(np.maximum(-grown[lost], 0), np.maximum(grown[won], 0))
            grown[lost] += same
            grown[won] -= same


def on_phones(desk: Desk, rows: IntArray, days: IntArray) -> BoolArray:
    """Slots from the first open one on in which each of some shifts has its agent on the phones; shape (shifts, slots).

    Parameters
    ----------
    rows, days : array of int, shape (shifts,)
        Agent and day of each.
    """
    each, alone = np.arange(len(rows)), replace(desk.problem)
    # every shift counts as a skill group of its own: `presence` then tells them apart
    vars(alone).update(groups=each, group_of=each)
    which = np.zeros((len(rows), desk.roster.horizon.days), dtype=np.bool_)
    which[each, days] = True
    return presence(alone, rows_of(desk.roster, rows.tolist()), which) > 0


def idle_stretch(desk: Desk, row: int, slots: IntArray, grown: IntArray) -> tuple[datetime, datetime] | None:
    """First and last instant of the time that an agent only adds although nobody is missing on the agent's queues; None = needed.

    Parameters
    ----------
    slots, grown
        From `touched`.
    """
    if not len(slots) or grown.min() < 0:
        return None
    served = desk.flow(slots, desk.present[:, slots]).served.T
    mine = desk.problem.group_mask[desk.problem.group_of[row]]
    if (desk.problem.requirement.heads[:, slots + desk.first_slot] > served)[mine].any():
        return None
    return desk.instant(int(slots[0])), desk.instant(int(slots[-1])) + timedelta(minutes=desk.problem.grid.minutes)


def effect_of(desk: Desk, slots: IntArray, grown: IntArray) -> Effect | None:
    """The effect on the interval and queue that is hurt most: where the chance grows most, then where most is lost.

    Parameters
    ----------
    slots, grown
        From `touched`.
    """
    need, at = desk.problem.requirement, slots + desk.first_slot
    here = desk.present[:, slots]
    before, after = (desk.flow(slots, present).served.T.astype(np.float64) for present in (here, here + grown))
    live = ((need.calls[:, at] > 0) | (need.heads[:, at] > 0)) & (before != after)
    return _worst(desk, at, live, before, after) if live.any() else None


def _worst(desk: Desk, at: IntArray, live: BoolArray, before: FloatArray, after: FloatArray) -> Effect:
    """The effect of a change of the agents on each queue; shapes (queues, slots)."""
    problem = desk.problem
    target = np.array([[problem.centre.queue(name).target.service_level] for name in problem.requirement.queues])

    chance, service = (np.zeros((2, *live.shape)) for _ in range(2))
    for row in np.flatnonzero(live.any(axis=1)).tolist():
        of = live[row]
        for k, agents in enumerate((before[row, of], after[row, of])):
            chance[k, row, of] = desk.chance(row, at[of], agents)
            service[k, row, of] = service_at(problem, row, at[of], agents)
    grows = np.where(live, chance[1] - chance[0], -np.inf)
    lost = np.where(live, np.minimum(service[0], target) - np.minimum(service[1], target), -np.inf)
    order = np.lexsort((-chance[1].ravel(), -lost.ravel(), -grows.ravel()))
    row, k = (int(i) for i in np.unravel_index(order[0], grows.shape))
    return Effect(
        queue=problem.requirement.queues[row],
        start=desk.instant(int(at[k]) - desk.first_slot),
        chance_before=float(chance[0][row, k]),
        chance_after=float(chance[1][row, k]),
        service_before=float(service[0][row, k]),
        service_after=float(service[1][row, k]),
        agents_before=float(before[row, k]),
        agents_after=float(after[row, k]),
        lost=max(0.0, float(lost.max())),
    )
