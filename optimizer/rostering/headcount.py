"""Plain counting of agents on the phones, for what goals measure; engines never read it."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from data.model.base import BoolArray, IntArray
from data.model.roster import Roster
from data.model.time import epoch_minutes
from optimizer.rostering.problem import RosterProblem


def on_phones(problem: RosterProblem, roster: Roster) -> NDArray[np.int8]:
    """Whether each agent is on shift and not at a pause, slot by slot from the first open day on; shape (agents, slots)."""
    steps = np.zeros((len(roster.agents), problem.grid.size + 1), dtype=np.int8)
    for agents, slots, sign in moves(problem, roster):
        np.add.at(steps, (agents, slots), sign)
    return steps.cumsum(axis=1, dtype=np.int8)[:, int(problem.grid.day_slot[problem.first_open]) : -1]


def moves(problem: RosterProblem, roster: Roster) -> Iterator[tuple[IntArray, IntArray, int]]:
    """Rows of agents, the slot of the grid in which each comes to the phones (1) or leaves them (-1), and which of these it is.

    Starts, and lengths of shifts and meals, are rounded to whole slots, each for itself, halves up. A break takes only its whole
    slots, and none of those that the meal before it takes.
    """
    grid, (a, d) = problem.grid, np.nonzero(roster.start >= 0)
    begin = _begin(problem, roster)[d, roster.start[a, d]]
    end = begin + _slots(roster.minutes[a, d], grid.minutes)
    yield from ((a, np.clip(at, 0, grid.size), sign) for at, sign in ((begin, 1), (end, -1)))
    for held, away, back in _pauses(problem, roster, a, d):
        for at, sign in ((away, -1), (back, 1)):
            yield a[held], np.clip(np.minimum(begin + at, end)[held], 0, grid.size), sign


def _pauses(problem: RosterProblem, roster: Roster, a: IntArray, d: IntArray) -> Iterator[tuple[BoolArray, IntArray, IntArray]]:
    """Whether each shift has its meal and its breaks, and the slots after its start at which they begin and end."""
    slot, minutes, meal = problem.grid.minutes, roster.break_minutes(problem.centre.shifts), roster.meal[a, d]
    fed = _slots(meal, slot) + _slots(roster.meal_minutes[a, d], slot)
    yield meal >= 0, _slots(meal, slot), fed
    for start, length in zip(roster.breaks[a, d].T, minutes[a, d].T, strict=True):
        away = _slots(start, slot)
        back = away + length // slot
        yield start >= 0, np.where((meal >= 0) & (meal < start), np.clip(fed, away, back), away), back


def _begin(problem: RosterProblem, roster: Roster) -> IntArray:
    """Slot in which each start begins that occurs on a day; shape (days, wall-clock minutes)."""
    table = np.zeros((roster.horizon.days, int(roster.start.max(initial=0)) + 1), dtype=np.int64)
    for d, column in enumerate(roster.start.T):
        for minute in np.unique(column[column >= 0]).tolist():
            elapsed = epoch_minutes(roster.instant(d, minute)) - int(problem.grid.day_start_minutes[0])
            table[d, minute] = (2 * elapsed + problem.grid.minutes) // (2 * problem.grid.minutes)
    return table


def _slots(minutes: IntArray, slot: int) -> IntArray:
    return (2 * minutes + slot) // (2 * slot)
