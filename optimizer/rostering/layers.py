"""The product of automata, unrolled day by day and minimised backwards.

Unrolled, the states of each day are numbered for themselves: what only the edges know (history, a forced rest, an exempt
first run) vanishes from the days in the middle, and states that agree on all that may still come become one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray

Step = Callable[[int, IntArray], tuple[IntArray, FloatArray, IntArray]]


@dataclass(frozen=True, eq=False)
class Layers:
    """A weighted deterministic automaton unrolled over the days; it starts in state 0 of day 0.

    Parameters
    ----------
    next : list of array of int, each of shape (states of the day, symbols)
        State of the following day; -1 = forbidden.
    cost : list of array of float, same shapes
        Price of the step.
    emit : list of array of int, same shapes
        What the step adds to the counters, as one number.
    final : array of float, shape (states after the last day,)
        Price of ending there.
    """

    next: list[IntArray]
    cost: list[FloatArray]
    emit: list[IntArray]
    final: FloatArray

    @property
    def empty(self) -> bool:
        """Whether no line is accepted."""
        return len(self.final) == 0

    @property
    def sizes(self) -> IntArray:
        """Number of states before each day and after the last; shape (days + 1,)."""
        return np.array([*(len(table) for table in self.next), len(self.final)], dtype=np.int64)


def unroll(start: int, final: FloatArray, step: Step, days: int) -> Layers:
    """Layers that are reachable from a start state, minimised.

    Parameters
    ----------
    start : int
        Code of the start state.
    final : array of float, indexed by code
        Price of ending there; inf = not an end.
    step : function
        Of a day and the codes of its states: codes that follow (-1 = forbidden), prices, emissions.
    days : int
    """
    layers = Layers([], [], [], final)
    codes = np.array([start], dtype=np.int64)
    for day in range(days):
        following, cost, emit = step(day, codes)
        reached, place = np.unique(following, return_inverse=True)
        forbidden = int((reached < 0).sum())
        layers.next.append(place.reshape(following.shape) - forbidden)
        layers.cost.append(cost)
        layers.emit.append(emit)
        codes = reached[forbidden:]
    return _minimise(Layers(layers.next, layers.cost, layers.emit, final[codes]))


def product(parts: Sequence[Layers], allowed: Callable[[IntArray], BoolArray]) -> Layers:
    """Layers that accept what all parts accept, prices and emissions added.

    Parameters
    ----------
    parts : sequence of Layers
        At least one.
    allowed : function
        Which of an array of emissions are possible in one step.
    """
    return reduce(lambda left, right: _pair(left, right, allowed), parts)


def _pair(left: Layers, right: Layers, allowed: Callable[[IntArray], BoolArray]) -> Layers:
    width = right.sizes

    def step(day: int, codes: IntArray) -> tuple[IntArray, FloatArray, IntArray]:
        p, q = np.divmod(codes, width[day])
        a, b = left.next[day][p], right.next[day][q]
        emit = left.emit[day][p] + right.emit[day][q]
        following = np.where((a < 0) | (b < 0) | ~allowed(emit), -1, a * width[day + 1] + b)
        return following, left.cost[day][p] + right.cost[day][q], emit

    if left.empty or right.empty:
        return left if left.empty else right
    return unroll(0, np.add.outer(left.final, right.final).ravel(), step, len(left.next))


def _minimise(layers: Layers) -> Layers:
    """Drop states without a future and merge states of one day that have the same one, from the last day back."""
    keep, label = _distinct(layers.final[:, None].view(np.int64), np.isfinite(layers.final))
    final = layers.final[keep]
    tables: list[tuple[IntArray, FloatArray, IntArray]] = []
    for following, cost, emit in zip(reversed(layers.next), reversed(layers.cost), reversed(layers.emit), strict=True):
        following = np.append(label, -1)[following]
        alive = following >= 0
        cost, emit = np.where(alive, cost, 0.0), np.where(alive, emit, 0)
        keep, label = _distinct(np.hstack([following, emit, cost.view(np.int64)]), np.logical_or.reduce(alive, axis=1))
        tables.append((following[keep], cost[keep], emit[keep]))
    tables.reverse()
    if not len(keep):
        final = final[:0]
    return Layers([table[0] for table in tables], [table[1] for table in tables], [table[2] for table in tables], final)


def _distinct(rows: IntArray, alive: BoolArray) -> tuple[IntArray, IntArray]:
    """First index of each distinct living row, and the number of each row among them (-1 = not alive)."""
    seen: dict[bytes, int] = {}
    keep: list[int] = []
    label = np.full(len(rows), -1, dtype=np.int64)
    for i in np.flatnonzero(alive):
        label[i] = seen.setdefault(rows[i].tobytes(), len(keep))
        if label[i] == len(keep):
            keep.append(int(i))
    return np.array(keep, dtype=np.int64), label
