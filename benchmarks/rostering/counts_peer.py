"""pyworkforce's MinAbsDifference on the month: how many start each shift on each day, against the heads of all queues together.

It knows no people, skills, rest, weeks, leave or meals, a shift ends with its day, and its objective has no prices: what it
returns is no roster, and its cost is none of ours. It is here for its time alone.
"""

import numpy as np
from pyworkforce.scheduling import MinAbsDifference

from benchmarks.rostering.centre import SLOTS
from benchmarks.rostering.month import HALF_HOUR
from benchmarks.rostering.result import Answer
from data.model.roster import ShiftTemplate
from optimizer.rostering.problem import RosterProblem


def solve(problem: RosterProblem, seed: int, seconds: float) -> Answer:
    """Counts of shifts; it takes no seed."""
    del seed
    heads = problem.requirement.heads.sum(axis=0).reshape(-1, SLOTS)[problem.first_open :]
    covered = {shift.code: _covered(shift) for shift in problem.centre.shifts}
    agents = len(problem.agents)
    answer = MinAbsDifference(len(heads), SLOTS, covered, heads.tolist(), 2 * agents, agents, seconds, 2).solve()
    return Answer(
        "pyworkforce MinAbsDifference",
        None,
        note=f"counts only, no roster: {answer['status'].lower()}, difference {answer['cost']:.0f}",
    )


def _covered(shift: ShiftTemplate) -> list[int]:
    """1 in each half-hour of the day in which the shift is."""
    first, last = shift.start_minute // HALF_HOUR, (shift.start_minute + shift.minutes) // HALF_HOUR
    return ((np.arange(SLOTS) >= first) & (np.arange(SLOTS) < last)).astype(int).tolist()
