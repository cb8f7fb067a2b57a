"""What a roster means slot by slot, and why a version differs from the one before."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from data.model.base import FloatArray, IntArray
from data.model.roster import Change, Roster
from data.model.splice import differing
from optimizer.rostering.coverage import Flow, add_many, new_flow
from optimizer.rostering.curves import Curves, straight
from optimizer.rostering.frame import charges_of, presence
from optimizer.rostering.problem import RosterProblem


def allotted(problem: RosterProblem, roster: Roster) -> FloatArray:
    """Rostered agents on each queue, split in the cheapest way; shape (queues, slots); 0 before the first open day."""
    present = presence(problem, roster, np.ones(roster.symbol.shape, dtype=np.bool_))
    served = flow_of(problem, present).served.T.astype(np.float64)
    return np.pad(served, ((0, 0), (problem.grid.size - present.shape[1], 0)))


def coverage_of(problem: RosterProblem) -> Curves:
    """Cost of coverage in each slot of the grid."""
    told = [charge.curves for charge in charges_of(problem) if charge.curves is not None]
    return told[-1] if told else straight(problem.requirement.heads.T.astype(np.float64), *problem.prices)


def flow_of(problem: RosterProblem, present: IntArray) -> Flow:
    """Agents put to the best use as the goal of coverage has it, or at the queues' own prices without one.

    Parameters
    ----------
    present : array of int, shape (groups, slots)
        The last slots of the grid.
    """
    slots = slice(problem.grid.size - present.shape[1], None)
    flow = new_flow(coverage_of(problem).of(slots), problem.group_mask)
    add_many(flow, present)
    return flow


@dataclass(frozen=True)
class _Work:
    """Slots in which an agent is on the phones on one day, and how a person would write the duty."""

    slots: frozenset[int]
    text: str


def changes_of(problem: RosterProblem, after: Roster) -> tuple[Change, ...]:
    """Every open day on which a roster differs from ``problem.base``, with the reason in numbers; none in a month plan.

    The reason names the slots that the agent gains and gives up, and how many agents the base roster had there too few
    (short) or too many (over): means over the slots, of the queue of the agent that was shortest.
    """
    before = problem.base
    if before is None or problem.rhythm == "month":
        return ()
    short = problem.requirement.heads - allotted(problem, before)
    open_days = range(problem.first_open, problem.end_open)
    differs = differing(before, after)
    pairs = [(int(a), d) for d in open_days for a in np.flatnonzero(differs[:, d])]
    return tuple(_change(problem, before, after, short, a, d) for a, d in pairs)


def _change(problem: RosterProblem, before: Roster, after: Roster, short: FloatArray, a: int, d: int) -> Change:
    was, now = _work(problem, before, a, d), _work(problem, after, a, d)
    gap = short[problem.group_mask[problem.group_of[a]]].max(axis=0)
    gained, lost = sorted(now.slots - was.slots), sorted(was.slots - now.slots)
    parts = [f"{word} {_told(problem, slots, gap)}" for word, slots in (("now", gained), ("no longer", lost)) if slots]
    minutes = int(after.paid_minutes[a, d] - before.paid_minutes[a, d])
    return Change(before.agents[a], _day(before, d), was.text, now.text, problem.rhythm, "; ".join(parts) or "same hours", minutes)


def _day(roster: Roster, d: int) -> date:
    return roster.horizon.dates[d]


def _told(problem: RosterProblem, slots: list[int], gap: FloatArray) -> str:
    index, mean = problem.grid.index, round(float(gap[slots].mean()), 1)
    until = index[slots[-1]] + (index[1] - index[0])
    state = f"short by {mean}" if mean > 0 else f"over by {-mean}" if mean < 0 else "balanced"
    return f"{index[slots[0]]:%H:%M}-{until:%H:%M} ({state})"


def _work(problem: RosterProblem, roster: Roster, a: int, d: int) -> _Work:
    code = roster.codes[roster.symbol[a, d]]
    span = roster.span(a, d)
    if span is None:
        return _Work(frozenset(), code)
    grid = problem.grid
    first, end = (grid.slot(edge) for edge in span)
    meal, pause = int(roster.meal[a, d]), int(roster.meal_minutes[a, d])
    away = range(first + meal // grid.minutes, first + -(-(meal + pause) // grid.minutes)) if meal >= 0 else range(0)
    text = f"{code} {span[0]:%H:%M}-{span[1]:%H:%M}" + (f" meal +{meal}" if meal >= 0 else "")
    rests = {shift.code: shift.breaks for shift in problem.centre.shifts}.get(code, ())
    taken = [(start, rest) for start, rest in zip(roster.breaks[a, d].tolist(), rests, strict=False) if start >= 0]
    text += "".join(f" break +{start}" for start, _ in taken)
    resting = {
        first + (2 * start + grid.minutes) // (2 * grid.minutes) + k
        for start, rest in taken
        for k in range(rest.minutes // grid.minutes)
    }
    return _Work(frozenset(range(first, min(end, grid.size))) - resting.union(away), text)
