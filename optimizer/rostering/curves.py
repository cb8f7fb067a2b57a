"""What the agents on a queue cost: convex, piecewise linear in their number, one curve for each slot and queue."""

from typing import NamedTuple

import numpy as np

from data.model.base import FloatArray

ROUNDING = 1e-9
"""Share of the first slope up to which a slope is nothing (house choice)."""


class Curves(NamedTuple):
    """Cost by slope: below its first bend each curve falls by ``-first`` for each agent, at each bend its slope grows by ``step``.

    Parameters
    ----------
    first : array of float, shape (slots, queues)
        Not positive: what the first agent saves.
    bend : array of float, shape (slots, queues, bends)
        Numbers of agents, ascending; a bend that is not needed has the step 0.
    step : array of float, shape (slots, queues, bends)
        Not negative.
    """

    first: FloatArray
    bend: FloatArray
    step: FloatArray

    @property
    def last(self) -> FloatArray:
        """Slope beyond all bends: what one agent too many costs; shape (slots, queues)."""
        return self.first + self.step.sum(axis=2)

    @property
    def required(self) -> FloatArray:
        """Agents beyond whom one more saves nothing; shape (slots, queues)."""
        slope = self.first[:, :, None] + self.step.cumsum(axis=2)
        enough = slope >= ROUNDING * self.first[:, :, None]
        place = enough.argmax(axis=2)[:, :, None]
        return np.where(enough.any(axis=2), np.take_along_axis(self.bend, place, axis=2)[:, :, 0], 0.0)

    @property
    def under(self) -> FloatArray:
        """What the first agent missing at `required` costs; shape (slots, queues)."""
        passed = np.where(self.bend < self.required[:, :, None], self.step, 0.0)
        return np.maximum(-self.first - passed.sum(axis=2), 0.0)

    def of(self, slots: slice) -> "Curves":
        """The curves of some slots."""
        return Curves(self.first[slots].copy(), self.bend[slots].copy(), self.step[slots].copy())

    def scaled(self, share: float) -> "Curves":
        """The same costs reached with a share of the agents."""
        return self._replace(bend=self.bend * share)

    def plus(self, other: "Curves") -> "Curves":
        """The sum of two costs; bends that no curve needs are left out."""
        bend, step = np.concatenate([self.bend, other.bend], axis=2), np.concatenate([self.step, other.step], axis=2)
        order = np.argsort(np.where(step > 0, bend, np.inf), axis=2, kind="stable")
        bend, step = np.take_along_axis(bend, order, axis=2), np.take_along_axis(step, order, axis=2)
        needed = slice(max(1, int((step > 0).sum(axis=2).max(initial=0))))
        ascending = np.maximum.accumulate(np.where(step > 0, bend, 0.0), axis=2)
        return Curves(self.first + other.first, ascending[:, :, needed].copy(), step[:, :, needed].copy())

    def cost(self, served: FloatArray) -> FloatArray:
        """Cost of numbers of agents, zero at `required`; shape of `served`: (slots, queues)."""
        return self._raw(served) - self._raw(self.required)

    def _raw(self, served: FloatArray) -> FloatArray:
        """Cost above that of nobody."""
        beyond = np.maximum(served[:, :, None] - self.bend, 0.0)
        return np.asarray(self.first * served + (self.step * beyond).sum(axis=2))

    def conjugate(self, beta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Least of ``cost(n) + beta n`` over numbers n of agents, and the n that attains it; shapes (slots, queues).

        Parameters
        ----------
        beta : array of float, shape (slots, queues)
            Price of an agent, within ``-last <= beta <= -first``.
        """
        slope = self.first[:, :, None] + np.concatenate([np.zeros((*self.first.shape, 1)), self.step.cumsum(axis=2)], axis=2)
        bend = np.concatenate([np.zeros((*self.first.shape, 1)), self.bend], axis=2)
        place = np.minimum((slope[:, :, 1:] + beta[:, :, None] < 0).sum(axis=2) + 1, self.bend.shape[2])
        best = np.take_along_axis(bend, place[:, :, None], axis=2)[:, :, 0]
        return self.cost(best) + beta * best, best


def straight(required: FloatArray, under: FloatArray, over: FloatArray) -> Curves:
    """Each agent missing costs the same, and each one too many.

    Parameters
    ----------
    required : array of float, shape (slots, queues)
    under, over : array of float, shape (queues,) or (slots, queues)
    """
    first = np.broadcast_to(-under, required.shape).astype(np.float64)
    step = np.broadcast_to(under + over, required.shape).astype(np.float64)
    return Curves(first.copy(), required[:, :, None].astype(np.float64), step[:, :, None].copy())


def envelope(agents: FloatArray, cost: FloatArray) -> Curves:
    """The largest convex cost nowhere above some points: before the first it goes on as after it, from the last on it is flat.

    Parameters
    ----------
    agents : array of float, shape (slots, queues, points)
        Strictly ascending; at least two points.
    cost : array of float, same shape
        Not rising along the points.

    References
    ----------
    Barlow, Bartholomew, Bremner, Brunk (1972), Statistical inference under order restrictions: the slopes of the greatest
    convex minorant by the max-min formula.
    """
    pieces = range(agents.shape[2] - 1)

    def slope(a: int, b: int) -> FloatArray:
        return (cost[:, :, b + 1] - cost[:, :, a]) / (agents[:, :, b + 1] - agents[:, :, a])

    slopes = [np.max([np.min([slope(a, b) for b in pieces[i:]], axis=0) for a in pieces[: i + 1]], axis=0) for i in pieces]
    step = np.diff(np.stack([*slopes, np.zeros_like(slopes[0])], axis=2), axis=2)
    return Curves(slopes[0], agents[:, :, 1:].astype(np.float64), np.maximum(step, 0.0))
