"""The optimal rule of calling several tiers, by backward induction over what may be believed.

A tier is called once for a stretch, with 0, 1, 2 ... batches; who is called is there after the tier's notice and stays to the
end of the stretch. State before each slot: the belief about the level, and of every tier whether it waits, or how many were called
and how many slots they are still away. Calls of one moment do not depend on their order, so that tiers are decided one by one.

References
----------
Bertsekas, Dynamic Programming and Optimal Control I (4th ed. 2017), 3.4 optimal stopping; house choice of the lattice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from data.model.base import FloatArray, IntArray
from optimizer.response.stopping.level import BELIEFS
from optimizer.response.stopping.shortage import Shortage

NOW = len(BELIEFS) // 2
"""The belief of the moment: that of the forecast."""


@dataclass(frozen=True, eq=False)
class Choice:
    """What may be called of a tier.

    Parameters
    ----------
    heads : array of float, shape (orders,)
        Heads that come for each order, in regular agents; the first order is nobody.
    delay : array of int, shape (slots,)
        Slots from a call at the start of a slot until they are there, 0 = at once.
    price : array of float, shape (slots, orders)
        Cost of each order given at the start of a slot; inf where it cannot come before the end.
    """

    heads: FloatArray
    delay: IntArray
    price: FloatArray

    @property
    def longest(self) -> int:
        """Most slots that anybody is away."""
        return int(self.delay.max(initial=0))

    @property
    def states(self) -> int:
        """Waiting, or an order and the slots until it is there."""
        return 1 + (len(self.heads) - 1) * (self.longest + 1)

    def called(self, k: int) -> IntArray:
        """State after each order given at slot k."""
        orders = np.arange(len(self.heads))
        return np.where(orders == 0, 0, 1 + (orders - 1) * (self.longest + 1) + self.delay[k])

    @property
    def away(self) -> IntArray:
        """Slots until an order is there, in each state; -1 while waiting."""
        return np.concatenate([[-1], np.tile(np.arange(self.longest + 1), len(self.heads) - 1)])

    def later(self, slots: int) -> IntArray:
        """State so many slots later."""
        return np.arange(self.states) - np.minimum(np.maximum(self.away, 0), slots)

    @property
    def there(self) -> FloatArray:
        """Heads on the phones in each state."""
        return np.where(self.away == 0, np.concatenate([[0.0], np.repeat(self.heads[1:], self.longest + 1)]), 0.0)


@dataclass(frozen=True, eq=False)
class Rule:
    """The optimal rule, seen while every tier waits.

    Parameters
    ----------
    moments : array of int, shape (moments,)
        Slots at whose start it is decided: now, and all from which on some tier would come no sooner than it is needed.
    costs : tuple of array of float
        For each moment the expected cost of each joint order given then, and optimal decisions thereafter; shape
        (orders of the first tier, orders of the second, ..., beliefs).
    """

    moments: IntArray
    costs: tuple[FloatArray, ...]

    def apart(self, moment: int, tier: int) -> tuple[FloatArray, FloatArray]:
        """Least cost with nobody of a tier called at a moment, and with somebody; each of shape (beliefs,)."""
        costs = self.costs[moment]
        table = np.moveaxis(costs, tier, 0).reshape(costs.shape[tier], -1, len(BELIEFS)).min(axis=1)
        return table[0], table[1:].min(axis=0, initial=np.inf)

    def best(self) -> tuple[int, ...]:
        """Order of each tier now; of equals the one that calls fewer."""
        now = self.costs[0][..., NOW]
        return tuple(int(order) for order in np.unravel_index(int(np.argmin(np.round(now, 9))), now.shape))


def optimal_rule(shortage: Shortage, choices: Sequence[Choice]) -> Rule:
    """The rule of a stretch; its slots run from the one that decides now to the last of the stretch."""
    slots = len(shortage.there)
    needed = shortage.first - max((choice.longest for choice in choices), default=0)
    moments = np.append(0, np.arange(max(needed, 1), slots))
    return Rule(moments, tuple(reversed(list(_backward(shortage, choices, moments)))))


def _backward(shortage: Shortage, choices: Sequence[Choice], moments: IntArray) -> Iterator[FloatArray]:
    """For each moment, the last first, the cost of each joint order while every tier waits."""
    heads = np.zeros(())
    for choice in choices:
        heads = np.add.outer(heads, choice.there)
    values, place = np.unique(np.round(heads, 9).ravel(), return_inverse=True)
    ends = np.append(moments, len(shortage.there))
    steps = shortage.level.transitions(ends)
    flat = np.zeros((heads.size, len(BELIEFS)))
    for moment in reversed(range(len(moments))):
        k, slots = int(moments[moment]), int(ends[moment + 1] - ends[moment])
        flat = (flat @ steps[moment].T)[_later(choices, slots)]
        if k >= shortage.first:
            flat += shortage.cost(k, values)[place]
        table = flat.reshape(*heads.shape, -1)
        yield _joint(table, k, choices)
        for axis, choice in enumerate(choices):
            _decide(table, axis, choice, k)


def _later(choices: Sequence[Choice], slots: int) -> IntArray:
    """Joint state so many slots later, of every joint state; both counted in one row."""
    index = np.zeros((), dtype=np.int64)
    for choice in choices:
        index = np.add.outer(index * choice.states, choice.later(slots))
    return index.ravel()


def _decide(table: FloatArray, axis: int, choice: Choice, k: int) -> None:
    """Let a tier that waits be called at slot k if that is better."""
    states = np.moveaxis(table, axis, 0)
    for state, price in zip(choice.called(k)[1:], choice.price[k, 1:], strict=True):
        if price < np.inf:
            states[0] = np.minimum(states[0], states[state] + price)


def _joint(table: FloatArray, k: int, choices: Sequence[Choice]) -> FloatArray:
    """Cost of each joint order at slot k from the costs once its calls are made; shape (orders, ..., beliefs)."""
    found = table[np.ix_(*(choice.called(k) for choice in choices), np.arange(len(BELIEFS)))]
    for axis, choice in enumerate(choices):
        found += np.expand_dims(choice.price[k], tuple(a for a in range(found.ndim) if a != axis))
    return found
