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

    @property
    def later(self) -> IntArray:
        """State one slot later."""
        return np.arange(self.states) - (self.away > 0)

    @property
    def there(self) -> FloatArray:
        """Heads on the phones in each state."""
        return np.where(self.away == 0, np.concatenate([[0.0], np.repeat(self.heads[1:], self.longest + 1)]), 0.0)


@dataclass(frozen=True, eq=False)
class Rule:
    """The optimal rule, seen while every tier waits.

    Parameters
    ----------
    costs : tuple of array of float
        For each slot the expected cost of each joint order, given at its start, and optimal decisions thereafter; shape
        (orders of the first tier, orders of the second, ..., beliefs).
    never : float
        Expected cost if nobody is ever called.
    """

    costs: tuple[FloatArray, ...]
    never: float

    def apart(self, k: int, tier: int) -> tuple[FloatArray, FloatArray]:
        """Least cost with nobody of a tier called at slot k, and with somebody; each of shape (beliefs,)."""
        table = np.moveaxis(self.costs[k], tier, 0).reshape(self.costs[k].shape[tier], -1, len(BELIEFS)).min(axis=1)
        return table[0], table[1:].min(axis=0, initial=np.inf)

    def best(self) -> tuple[int, ...]:
        """Order of each tier now; of equals the one that calls fewer."""
        now = self.costs[0][..., NOW]
        return tuple(int(order) for order in np.unravel_index(int(np.argmin(np.round(now, 9))), now.shape))


def optimal_rule(shortage: Shortage, choices: Sequence[Choice]) -> Rule:
    """The rule of a stretch; its slots run from the one that decides now to the last of the stretch."""
    costs = [joint(table, k, choices) for k, table in backward(shortage, choices)]
    return Rule(tuple(reversed(costs)), never(shortage))


def never(shortage: Shortage) -> float:
    """Expected cost if nobody is called."""
    chance, total = np.zeros(len(BELIEFS)), 0.0
    chance[NOW] = 1.0
    for k in range(len(shortage.there)):
        total += float(chance @ shortage.cost(k, np.zeros(1))[0])
        chance = chance @ shortage.level.transition(k)
    return total


def backward(shortage: Shortage, choices: Sequence[Choice]) -> Iterator[tuple[int, FloatArray]]:
    """For each slot, the last first: expected cost from its start in each state, once its calls are made.

    Yields
    ------
    Slot, and an array of shape (states of the first tier, ..., beliefs).
    """
    heads = np.zeros(())
    for choice in choices:
        heads = np.add.outer(heads, choice.there)
    values, place = np.unique(np.round(heads, 9), return_inverse=True)
    later = np.ix_(*(choice.later for choice in choices), np.arange(len(BELIEFS)))
    ahead = np.zeros((*heads.shape, len(BELIEFS)))
    for k in reversed(range(len(shortage.there))):
        table = ahead[later] @ shortage.level.transition(k).T
        table += shortage.cost(k, values)[place.reshape(heads.shape)]
        yield k, table
        ahead = table.copy()
        for axis, choice in enumerate(choices):
            _decide(ahead, axis, choice, k)


def _decide(table: FloatArray, axis: int, choice: Choice, k: int) -> None:
    """Let a tier that waits be called at slot k if that is better."""
    states = np.moveaxis(table, axis, 0)
    for state, price in zip(choice.called(k)[1:], choice.price[k, 1:], strict=True):
        if price < np.inf:
            states[0] = np.minimum(states[0], states[state] + price)


def joint(table: FloatArray, k: int, choices: Sequence[Choice]) -> FloatArray:
    """Cost of each joint order at slot k from the costs once its calls are made; shape (orders, ..., beliefs)."""
    found = table[np.ix_(*(choice.called(k) for choice in choices), np.arange(len(BELIEFS)))]
    for axis, choice in enumerate(choices):
        found += np.expand_dims(choice.price[k], tuple(a for a in range(found.ndim) if a != axis))
    return found
