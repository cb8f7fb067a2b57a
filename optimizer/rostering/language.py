"""A work rule as a small language over day symbols: automata (which sequences) and counters (how much in a period).

A `Language` speaks of one agent's line: one symbol for each day of the problem, frozen days before the plan (history, or
the past) included. `charged[day]` says on which days a rule may forbid or price; before them automata only remember.
See Cote, Gendron, Quimper, Rousseau (Constraints 2011), doi:10.1007/s10601-009-9091-2, and Menana, Demassey (2009) for
multicost-regular.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray

FORBIDDEN = np.inf


@dataclass(frozen=True, eq=False)
class Automaton:
    """A weighted deterministic automaton over day symbols.

    Parameters
    ----------
    next : array of int, shape (kinds, states, symbols)
        Following state; -1 = the symbol is forbidden there.
    cost : array of float, shape (kinds, states, symbols)
        Price of the step; finite, not negative.
    kind : array of int, shape (days,)
        Which table holds on each day.
    final : array of float, shape (states,)
        Price of ending there; inf = not an end.
    start : int
        State before the first day.
    emit : array of int, shape (kinds, states, symbols), or None
        What the step adds to the counter called `counter`.
    """

    next: IntArray
    cost: FloatArray
    kind: IntArray
    final: FloatArray
    start: int = 0
    emit: IntArray | None = None
    counter: str = ""


@dataclass(frozen=True, eq=False)
class Counter:
    """A count over periods, priced and set back to zero when each period closes.

    Parameters
    ----------
    name : str
        Unique in a language; automata feed a counter by its name.
    weight : array of int, shape (days, symbols)
        What each symbol adds; not negative.
    closes : tuple of int
        Days at whose end the count is priced and set back to zero, ascending. Days after the last closing are free.
    price : array of float, shape (len(closes), hi + 1)
        Price of each value at each closing; inf = forbidden. A count above ``hi`` is forbidden on any day.
    """

    name: str
    weight: IntArray
    closes: tuple[int, ...]
    price: FloatArray

    @property
    def hi(self) -> int:
        """Largest value that is kept."""
        return self.price.shape[1] - 1


@dataclass(frozen=True, eq=False)
class Language:
    """All that one or more rules say about one agent's line.

    Parameters
    ----------
    automata, counters : tuple
    cost : array of float, shape (days, symbols), or None
        Price of a symbol on a day, whatever stands beside it; inf = forbidden.
    """

    automata: tuple[Automaton, ...] = ()
    counters: tuple[Counter, ...] = ()
    cost: FloatArray | None = None

    def __add__(self, other: "Language") -> "Language":
        costs = [cost for cost in (self.cost, other.cost) if cost is not None]
        total = None if not costs else np.sum(costs, axis=0)
        return Language(self.automata + other.automata, self.counters + other.counters, total)


def day_cost(allowed: BoolArray, price: float = FORBIDDEN) -> Language:
    """Symbols forbidden (or priced) on given days wherever they stand; `allowed` has shape (days, symbols)."""
    return Language(cost=np.where(allowed, 0.0, price))


def succession(bad: BoolArray, charged: BoolArray, price: FloatArray | float = FORBIDDEN) -> Language:
    """Forbidden or priced pairs of neighbouring days.

    Parameters
    ----------
    bad : array of bool, shape (days, symbols, symbols)
        ``bad[d, a, b]``: symbol b on day d may not follow symbol a on day d - 1 (``bad[0]`` is not read).
    charged : array of bool, shape (days,)
        Whether pairs whose second day is this one are charged.
    price : float or array like `bad`
        Price of a bad pair; inf = forbidden.
    """
    days, symbols, _ = bad.shape
    counts = charged & (np.arange(days) > 0)
    prices = np.where(bad & counts[:, None, None], np.broadcast_to(price, bad.shape), 0.0)
    numbers: dict[bytes, int] = {}
    kind = np.array([numbers.setdefault(table.tobytes(), len(numbers)) for table in prices])
    tables = prices[np.unique(kind, return_index=True)[1]]
    cost = np.concatenate([np.zeros((len(tables), 1, symbols)), tables], axis=1)
    following = np.broadcast_to(np.arange(1, symbols + 1), cost.shape)
    return Language((_automaton(following, cost, kind),))


def run_limit(member: BoolArray, longest: int, charged: BoolArray, price: float = FORBIDDEN) -> Language:
    """At most `longest` days in a row of a set of symbols; each charged day beyond costs `price` (inf = forbidden).

    Parameters
    ----------
    member : array of bool, shape (symbols,)
    longest : int
        At least 1.
    """
    following = np.zeros((2, longest + 1, len(member)), dtype=np.int64)
    following[:] = np.where(member, np.minimum(np.arange(longest + 1) + 1, longest)[:, None], 0)
    cost = np.zeros(following.shape)
    cost[1, longest] = np.where(member, price, 0.0)
    return Language((_automaton(following, cost, charged.astype(np.int64)),))


def rest_after(member: BoolArray, rest: BoolArray, days_off: int, charged: BoolArray, price: float = FORBIDDEN) -> Language:
    """After a day of a set of symbols: another of the set, or `days_off` rest days in a row before anything else.

    A charged day that is neither, while rest is due, costs `price` (inf = forbidden) and ends what is due.

    Parameters
    ----------
    member, rest : array of bool, shape (symbols,)
        The set (nights, say) and the symbols that count as rest (off and leave); they do not overlap.
    days_off : int
        At least 1.
    """
    due = np.arange(days_off + 1)[:, None]
    following = np.where(member, days_off, np.where(rest, np.maximum(due - 1, 0), 0))
    breaks = (due > 0) & ~member & ~rest
    cost = np.stack([np.zeros(breaks.shape), np.where(breaks, price, 0.0)])
    return Language((_automaton(np.stack([following, following]), cost, charged.astype(np.int64)),))


def blocks(member: BoolArray, block: IntArray, name: str) -> Automaton:
    """Emit 1 to the counter `name` at the first day of each block (a weekend, say) on which a member symbol stands.

    Parameters
    ----------
    member : array of bool, shape (symbols,)
    block : array of int, shape (days,)
        Number of the block each day lies in, ascending and without gaps inside a block; -1 = in none.
    """
    starts = np.concatenate([[True], block[1:] != block[:-1]])
    kind = np.where(block < 0, 0, np.where(starts, 1, 2))
    hit = member.astype(np.int64)
    following = np.zeros((3, 2, len(member)), dtype=np.int64)
    following[1, :] = hit
    following[2, 0], following[2, 1] = hit, 1
    emit = np.zeros(following.shape, dtype=np.int64)
    emit[1, :], emit[2, 0] = hit, hit
    return Automaton(following, np.zeros(following.shape), kind, np.zeros(2), emit=emit, counter=name)


def counter(
    name: str,
    weight: IntArray,
    periods: Sequence[tuple[int, int]],
    low: Sequence[int],
    high: Sequence[int],
    price: float = FORBIDDEN,
    emitted: int = 0,
) -> Counter:
    """A count that must lie between bounds in each period; each unit outside costs `price` (inf = forbidden).

    Parameters
    ----------
    weight : array of int, shape (days, symbols)
        What each symbol adds; days outside every period are made free.
    periods : sequence of (first, end)
        Half-open day ranges, ascending, not overlapping.
    low, high : sequence of int
        Bounds of each period, both included.
    emitted : int
        The most that automata feed into the count in one period.
    """
    free = np.ones(len(weight), dtype=bool)
    for first, end in periods:
        free[first:end] = False
    weight = np.where(free[:, None], 0, weight)
    reach = emitted + max((int(weight[first:end].max(axis=1).sum()) for first, end in periods), default=0)
    hi = min(max(high, default=0), reach) if np.isinf(price) else reach
    value = np.arange(hi + 1)
    outside = [np.maximum(lo - value, 0) + np.maximum(value - up, 0) for lo, up in zip(low, high, strict=True)]
    prices = [np.where(out > 0, price * np.maximum(out, 1), 0.0) for out in outside]
    return Counter(name, weight, tuple(end - 1 for _, end in periods), np.array(prices).reshape(len(periods), hi + 1))


def _automaton(following: IntArray, cost: FloatArray, kind: IntArray) -> Automaton:
    """Automaton whose infinite prices are forbidden steps and whose every state is an end."""
    forbidden = np.isinf(cost)
    return Automaton(
        np.where(forbidden, -1, following), np.where(forbidden, 0.0, cost), kind.astype(np.int64), np.zeros(cost.shape[1])
    )
