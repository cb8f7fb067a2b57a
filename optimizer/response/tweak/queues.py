"""Which queue a skill group answers first where that is another than usual: an instruction, not a gain.

The roster model lets agents of several skills answer whatever costs least, interval by interval, and every figure counts on it.
What is left to say is where this asks for other priorities than the plan did, and where keeping to those would cost coverage.
"""

from collections.abc import Iterator

import numpy as np

from data.model.base import BoolArray, IntArray
from data.model.time import epoch_minutes
from optimizer.response.tweak import wording
from optimizer.response.tweak.acts import Act, Look
from optimizer.response.warning.warn import runs
from optimizer.rostering.coverage import EPSILON, Flow
from optimizer.rostering.curves import Curves
from optimizer.rostering.requests.desk import Desk

Run = tuple[int, int, int, int]
"""First slot, end, the queue that comes first and the one that usually does."""


def queue_acts(look: Look, usual: Desk) -> Iterator[Act]:
    """Skill groups whose main queue is another one for long enough, by what is known now and by the plan.

    Parameters
    ----------
    usual : Desk
        The same roster against the requirement that it was planned for, from the same day on.
    """
    desk, grid = look.desk, look.desk.problem.grid
    origin = int(grid.day_start_minutes[look.day])
    first = max(-(-(look.earliest - origin) // grid.minutes), 0)
    ahead = np.arange(first, int(grid.day_slot[look.day + 1]) - desk.first_slot) if first >= 0 else np.arange(0)
    present = desk.present[:, ahead]
    now, was = (one.flow(ahead, present) for one in (desk, usual))
    more = (now.served > was.served) & _costs(now, was)[:, None]
    for g in np.flatnonzero(desk.problem.group_mask.sum(axis=1) > 1).tolist():
        for run in _other_first(now.placed[:, g], was.placed[:, g], more, look.policy.intervals):
            yield from _act(look, g, run, ahead, (was.placed[:, g], now.placed[:, g]))


def _costs(now: Flow, was: Flow) -> BoolArray:
    """Slots in which agents as they usually are on the queues would cost more coverage; shape (slots,)."""
    curves = Curves(now.first, now.bend, now.step)
    usual, best = (curves.cost(served.astype(np.float64)).sum(axis=1) for served in (was.served, now.served))
    return np.asarray(usual - best > EPSILON, dtype=np.bool_)


def _other_first(now: IntArray, was: IntArray, more: BoolArray, least: int) -> Iterator[Run]:
    """Stretches in which the same queue comes first instead of the same other one, and has more agents in all.

    Parameters
    ----------
    now, was, more : arrays, shape (slots, queues)
    """
    pairs = np.stack([now.argmax(axis=1), was.argmax(axis=1)], axis=1)
    slots = np.arange(len(pairs))
    other = (now[slots, pairs[:, 0]] > was[slots, pairs[:, 0]]) & more[slots, pairs[:, 0]] & (pairs[:, 0] != pairs[:, 1])
    for queue, usual in np.unique(pairs[other], axis=0).tolist():
        stretches = runs(other & (pairs == (queue, usual)).all(axis=1))
        yield from ((first, end, queue, usual) for first, end in stretches if end - first >= least)


def _act(look: Look, g: int, run: Run, ahead: IntArray, placed: tuple[IntArray, IntArray]) -> Iterator[Act]:
    desk, (first, end, queue, usual) = look.desk, run
    grid, centre = desk.problem.grid, desk.problem.centre
    origin = int(grid.day_start_minutes[look.day])
    span = origin + int(ahead[first]) * grid.minutes, origin + (int(ahead[end - 1]) + 1) * grid.minutes
    was, now = (round(float(one[first:end, queue].mean())) for one in placed)
    names = desk.problem.requirement.queues[queue], desk.problem.requirement.queues[usual]
    projects = tuple(centre.queue(name).project for name in names)
    lent = (projects[1], projects[0]) if projects[0] != projects[1] else None
    agents = _on_shift(look, g, span)
    if agents and now > was:
        en, zh = (wording.queue_text(*names, (was, now), lent, tongue) for tongue in wording.TONGUES)
        nothing = np.zeros((len(desk.problem.groups), 0), dtype=np.int64)
        yield Act("queue", agents, span, (en, zh), np.arange(0), nothing, {}, queue=names[0])


def _on_shift(look: Look, g: int, span: tuple[int, int]) -> tuple[str, ...]:
    """Agents of a group who are on shift in some of a stretch of epoch minutes."""
    desk = look.desk
    rows = np.flatnonzero((desk.problem.group_of == g) & (desk.roster.start[:, look.day] >= 0)).tolist()
    shifts = {row: epoch_minutes(desk.roster.instant(look.day, int(desk.roster.start[row, look.day]))) for row in rows}
    there = [row for row in rows if shifts[row] < span[1] and span[0] < shifts[row] + int(desk.roster.minutes[row, look.day])]
    return tuple(desk.agent(row).id for row in there)
