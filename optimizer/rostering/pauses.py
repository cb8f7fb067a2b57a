"""Meals and breaks as the engines see them: the ways to place the pauses of each shift, in slots.

Ways that are alike in slots are one *plan*, and are dealt out in turn, so that agents of the same shift do not all leave the
phones at the same minute. A meal is rounded to the nearest slots, halves up; of a break only its whole slots are seen. A break
shorter than a slot is therefore not seen at all, and belongs in the shrinkage.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from data.model.base import IntArray
from data.model.roster import Roster, ShiftTemplate
from optimizer.rostering.problem import RosterProblem

Way = tuple[int, ...]
"""Starts of the meal and of each break, minutes after the start of the shift; -1 = none."""


def nearest(minutes: IntArray, slot: int) -> IntArray:
    """Minutes as whole slots, halves rounded up."""
    return (2 * minutes + slot) // (2 * slot)


def pause_slots(starts: IntArray, minutes: IntArray, slot: int) -> tuple[IntArray, IntArray]:
    """Slots from the start of the shift at which each pause begins and ends; shape of `starts`.

    Parameters
    ----------
    starts, minutes : array of int, shape (..., 1 + breaks)
        Of the meal and of each break; a start of -1 = none, which takes no slot.
    slot : int
        Minutes of a slot.
    """
    held, away = starts >= 0, nearest(starts, slot)
    meal_back = away[..., :1] + nearest(minutes[..., :1], slot)
    back = np.concatenate([meal_back, away[..., 1:] + minutes[..., 1:] // slot], axis=-1)
    # where the meal is rounded up, the break behind it loses what the meal takes
    behind = held[..., :1] & (starts[..., 1:] > starts[..., :1])
    cut = np.where(behind, np.maximum(away[..., 1:], meal_back), away[..., 1:])
    away = np.concatenate([away[..., :1], np.minimum(cut, back[..., 1:])], axis=-1)
    return np.where(held, away, 0), np.where(held, back, 0)


def roster_pauses(problem: RosterProblem, roster: Roster) -> tuple[IntArray, IntArray]:
    """Starts and minutes of the meal and of each break of a roster; shape (agents, days, 1 + breaks) each."""
    starts = np.concatenate([roster.meal[:, :, None], roster.breaks], axis=2)
    return starts, np.concatenate([roster.meal_minutes[:, :, None], roster.break_minutes(problem.centre.shifts)], axis=2)


@dataclass(frozen=True, eq=False)
class Plans:
    """The plans of every shift.

    Parameters
    ----------
    count : array of int, shape (symbols,)
        Number of plans; 0 = a shift without pauses, or none.
    pauses : array of int, shape (symbols,)
        Number of pauses that take slots.
    away, back : array of int, shape (symbols, plans, pauses)
        Slots from the start of the shift at which each of them begins and ends.
    alike : array of int, shape (symbols, plans)
        Ways that a plan stands for.
    starts : array of int, shape (symbols, plans, alike, 1 + breaks)
        The ways.
    number : dict
        Plan of each symbol and way.
    """

    count: IntArray
    pauses: IntArray
    away: IntArray
    back: IntArray
    alike: IntArray
    starts: IntArray
    number: dict[Way, int]

    @classmethod
    def of(cls, problem: RosterProblem) -> "Plans":
        """The plans of the shifts of a problem."""
        alphabet, slot = problem.alphabet, problem.grid.minutes
        told: list[dict[tuple[int, ...], list[Way]]] = [{}] * alphabet.first_shift
        told += [_alike(shift, slot) for shift in alphabet.shifts]
        seen = [0] * alphabet.first_shift + [len(_seen(shift, slot)) for shift in alphabet.shifts]
        most, widest = max(map(len, told)), max((len(ways) for plans in told for ways in plans.values()), default=1)
        away, back = np.zeros((2, len(told), max(most, 1), max(*seen, 1)), dtype=np.int64)
        starts = np.full((len(told), max(most, 1), widest, 1 + most_breaks(problem)), -1, dtype=np.int64)
        alike, number = np.ones(starts.shape[:2], dtype=np.int64), dict[Way, int]()
        for symbol, plans in enumerate(told):
            for plan, (slots, ways) in enumerate(plans.items()):
                away[symbol, plan, : seen[symbol]], back[symbol, plan, : seen[symbol]] = np.array(slots).reshape(2, -1)
                alike[symbol, plan] = len(ways)
                for k, way in enumerate(ways):
                    starts[symbol, plan, k, : len(way)] = way
                number |= {(symbol, *starts[symbol, plan, k].tolist()): plan for k in range(len(ways))}
        return cls(np.array([len(plans) for plans in told]), np.array(seen), away, back, alike, starts, number)

    def dealt(self, symbol: IntArray, plan: IntArray) -> IntArray:
        """Starts of the pauses of some lines, the ways of a plan in turn; -1 = none; shape (agents, days, 1 + breaks)."""
        agents, days = np.ogrid[: symbol.shape[0], : symbol.shape[1]]
        known = np.maximum(plan, 0)
        starts = self.starts[symbol, known, (agents + days) % self.alike[symbol, known]]
        return np.where(plan[:, :, None] >= 0, starts, -1)

    def numbers(self, symbol: IntArray, starts: IntArray) -> IntArray:
        """Plans that stand in some lines, -1 = none of the known ones; shape (agents, days).

        Parameters
        ----------
        symbol : array of int, shape (agents, days)
        starts : array of int, shape (agents, days, 1 + breaks)
        """
        rows = np.concatenate([symbol[:, :, None], starts], axis=2).reshape(symbol.size, -1)
        kinds, place = np.unique(rows, axis=0, return_inverse=True)
        found = np.array([self.number.get(tuple(kind), -1) for kind in kinds.tolist()], dtype=np.int64)
        return found[place.ravel()].reshape(symbol.shape)


def most_breaks(problem: RosterProblem) -> int:
    """Most breaks of a shift, or of a day of the base roster."""
    stood = 0 if problem.base is None else problem.base.breaks.shape[2]
    return max(stood, *(len(shift.breaks) for shift in problem.alphabet.shifts), 0)


def _seen(shift: ShiftTemplate, slot: int) -> list[int]:
    """Which of the meal (0) and the breaks take slots; a meal always counts."""
    return [0] * (shift.meal_minutes > 0) + [k for k, one in enumerate(shift.breaks, start=1) if one.minutes >= slot]


def _alike(shift: ShiftTemplate, slot: int) -> dict[tuple[int, ...], list[Way]]:
    """Ways to place the pauses of a shift, by the slots at which those that are seen begin and end."""
    found: dict[tuple[int, ...], list[Way]] = defaultdict(list)
    if not shift.meal_minutes and not shift.breaks:
        return found
    ways = np.array(shift.plans)
    minutes = np.array([shift.meal_minutes, *(pause.minutes for pause in shift.breaks)])
    slots = np.concatenate([edge[:, _seen(shift, slot)] for edge in pause_slots(ways, minutes, slot)], axis=1)
    for key, way in zip(slots.tolist(), shift.plans, strict=True):
        found[tuple(key)].append(way)
    return found
