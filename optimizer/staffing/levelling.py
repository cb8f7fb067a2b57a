"""Deferred work (callbacks, work orders) levelled over open hours: done in time, with the lowest peaks of agents in all.

Work of one kind has one time to its due date, so it is done in the order it came (earliest due first). Then a plan is in time
exactly when the work done until the end of each slot is at most what has come and at least what is due. Among such plans
the levelled one fills the valleys: no agent-hour can be moved from a slot to one with fewer agents. It is found as a taut
string: as long as possible every slot is filled to one common level; the level rises only where nothing is left to do, and
falls only where a due date forced the work before it.

References
----------
Davies, Kovac, Local extremes, runs, strings and multiresolution (2001), doi:10.1214/aos/996986501, for the taut string; Yao,
Demers, Shenker, A scheduling model for reduced CPU energy (1995), doi:10.1109/SFCS.1995.492493, for due dates.
"""

from dataclasses import dataclass

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray

NEGLIGIBLE = 1e-9
"""Agents in a slot that are no work: rounding."""


@dataclass(frozen=True, eq=False)
class Levelled:
    """Deferred work as it is placed.

    Parameters
    ----------
    work : array of float, shape (slots,)
        Agents at work on it on average in each slot.
    late : array of float, shape (slots,)
        Of the work that came in each slot, agent-slots that no open slot can take before they are due; placed in the first
        open slot after.
    left : float
        Agent-slots for which no open slot comes any more; not in `work`.
    """

    work: FloatArray
    late: FloatArray
    left: float

    @property
    def agents(self) -> IntArray:
        """Whole agents per slot: as many agent-slots until each slot as the work until then, rounded up; shape (slots,)."""
        return np.diff(np.ceil(np.cumsum(self.work) - NEGLIGIBLE).astype(np.int64), prepend=0)


def level(work: FloatArray, due_slots: int, is_open: BoolArray, base: FloatArray) -> Levelled:
    """Place deferred work so that the agents in all are levelled.

    Parameters
    ----------
    work : array of float, shape (slots,)
        Agent-slots of work that come in each slot (Erlang of the slot), not negative; they may be done in the same slot.
    due_slots : int
        Slots within which it is to be done, its own included, at least 1; work due beyond the last slot is done by it.
    is_open : array of bool, shape (slots,)
        Slots in which it may be done.
    base : array of float, shape (slots,)
        Agents at other work.
    """
    last, late = _last_slots(work, due_slots, is_open)
    stays = last < len(work)
    come = np.cumsum(np.where(stays, work, 0.0))
    due = np.cumsum(np.bincount(last[stays], weights=work[stays], minlength=len(work)).astype(np.float64))
    placed = np.zeros(len(work))
    placed[is_open] = _taut(come[is_open], due[is_open], base[is_open])
    return Levelled(placed, np.where(late, work, 0.0), float(work[~stays].sum()))


def _last_slots(work: FloatArray, due_slots: int, is_open: BoolArray) -> tuple[IntArray, BoolArray]:
    """Last open slot in time for the work of each slot, or the first one after, and whether that is late; the length = none."""
    size = len(work)
    place, hours = np.arange(size), np.append(np.flatnonzero(is_open), size)
    due = np.minimum(place + due_slots, size) - 1
    before = np.searchsorted(hours, due, side="right") - 1
    in_time = (before >= 0) & (hours[before] >= place)
    first = hours[np.searchsorted(hours, place)]
    # what is due after the last slot is no longer late for want of an open one
    late = ~in_time & (work > 0) & ((first < size) | (place + due_slots <= size))
    return np.where(in_time, hours[before], first), late


def _taut(come: FloatArray, due: FloatArray, base: FloatArray) -> FloatArray:
    """Work per slot whose running sum stays between `due` and `come`, levelled over `base`."""
    placed, start, done = np.zeros_like(base), 0, 0.0
    while start < len(base):
        end, height = _stretch(np.maximum(come[start:] - done, 0.0), due[start:] - done, base[start:])
        part = np.maximum(height - base[start : start + end], 0.0)
        placed[start : start + end] = part
        start, done = start + end, done + float(part.sum())
    return placed


def _stretch(come: FloatArray, due: FloatArray, base: FloatArray) -> tuple[int, float]:
    """Length and level of the first stretch that one level serves, up to where the string is tight."""
    low, high, low_end, high_end = -np.inf, np.inf, 0, 0
    done_low = done_high = 0.0
    for slot, height in enumerate(base.tolist()):
        done_low, done_high = done_low + max(low - height, 0.0), done_high + max(high - height, 0.0)
        if done_low < due[slot] - NEGLIGIBLE:
            low, low_end, done_low = _height(base[: slot + 1], float(due[slot])), slot + 1, float(due[slot])
            if low > high:
                return high_end, high
        if done_high > come[slot] + NEGLIGIBLE:
            high, high_end, done_high = _height(base[: slot + 1], float(come[slot])), slot + 1, float(come[slot])
            if high < low:
                return low_end, low
    return len(base), low


def _height(base: FloatArray, work: float) -> float:
    """Level to which work fills slots over their base."""
    heights = np.sort(base)
    filled = heights * np.arange(1, len(heights) + 1) - np.cumsum(heights)
    count = int(np.searchsorted(filled, work, side="right"))
    return (work + float(heights[:count].sum())) / count
