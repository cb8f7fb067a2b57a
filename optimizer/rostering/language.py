"""A work rule as a small language over day symbols: automata (which sequences) and counters (how much in a period).

A `Language` speaks of one agent's line: one symbol for each day of the problem, frozen days before the plan (history, or
the past) included. `charged[day]` says on which days a rule may forbid or price; before them automata only remember.
See Cote, Gendron, Quimper, Rousseau (Constraints 2011), doi:10.1007/s10601-009-9091-2, and Menana, Demassey (2009) for
multicost-regular.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

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
class Carry:
    """What a counter hands to another when it closes: the overtime of a week to a cap on that of the month, say.

    Parameters
    ----------
    counter : str
        Name of the counter that receives.
    amount : array of int, shape (len(closes), hi + 1)
        What each value adds to it at each closing; not negative.
    """

    counter: str
    amount: IntArray


@dataclass(frozen=True, eq=False)
class Counter:
    """A count over periods, priced and set back to zero when each period closes.

    Each day first adds to all counters; then those that close do so, each before the one that it carries to. A counter
    that closes is priced, hands on what its value carries, and is set to zero. A carry thus arrives before the receiver's
    close of the same day; after the receiver's last closing it is lost.

    Parameters
    ----------
    name : str
        Unique in a language; automata feed a counter by its name.
    weight : array of int, shape (days, symbols)
        What each symbol adds; not negative.
    closes : tuple of int
        Days at whose end the count is priced and set back to zero, ascending. Days after the last closing are free.
    price : array of float, shape (len(closes), hi + 1)
        Price of each value at each closing; inf = forbidden. A count above ``hi`` is forbidden on any day, whatever raised it.
    start : int
        Value before the first day, not negative; it counts into the first period only.
    carry : Carry or None
        What goes to another counter at each closing.
    """

    name: str
    weight: IntArray
    closes: tuple[int, ...]
    price: FloatArray
    start: int = 0
    carry: Carry | None = None

    @property
    def hi(self) -> int:
        """Largest value that is kept."""
        return self.price.shape[1] - 1

    @property
    def taker(self) -> str:
        """Name of the counter that it carries to; empty = none."""
        return "" if self.carry is None else self.carry.counter

    @property
    def given(self) -> IntArray:
        """What each value carries at each closing; zero without a carry."""
        return np.zeros(self.price.shape, dtype=np.int64) if self.carry is None else self.carry.amount


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

    def closing_order(self) -> tuple[Counter, ...]:
        """The counters, each before the one that it carries to.

        Raises
        ------
        ValueError
            Two counters share a name, an automaton or a carry feeds a counter that is not there, or carries run in a circle.
        """
        known = {c.name: c for c in self.counters}
        fed = {a.counter for a in self.automata if a.emit is not None} | {c.taker for c in self.counters if c.carry}
        if fed - set(known) or len(known) < len(self.counters):
            raise ValueError(f"counters {[c.name for c in self.counters]} must have distinct names and include {sorted(fed)}")
        givers = {name: [c.name for c in self.counters if c.taker == name] for name in known}
        return tuple(known[name] for name in TopologicalSorter(givers).static_order())


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
    member : array of bool, shape (symbols,) or (sets, symbols)
        One set, or several that do not overlap, each with runs of its own.
    longest : int
        At least 1.
    """
    following, same, length = _run_steps(member, longest)
    return _charged(following, np.where(same & (length == longest), price, 0.0), charged)


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
    return _charged(following, np.where(breaks, price, 0.0), charged)


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


def run_minimum(member: BoolArray, shortest: int, excused: BoolArray, charged: BoolArray, price: float = FORBIDDEN) -> Language:
    """At least `shortest` days in a row of a set of symbols; each day that lacks when a charged day ends a run costs `price`.

    A run that begins on the first day may be longer than is known, and one that the last day cuts may go on: both are free.

    Parameters
    ----------
    member : array of bool, shape (symbols,) or (sets, symbols)
        One set, or several that do not overlap, each with runs of its own.
    shortest : int
        At least 1.
    excused : array of bool, shape (symbols,)
        Symbols that may end a run too short.
    """
    following, same, length = _run_steps(member, shortest)
    lacks = np.where((length == 0) | same | excused, 0, shortest - length)
    cost = np.where(lacks > 0, price * np.maximum(lacks, 1), 0.0)
    first = np.broadcast_to(np.where(following[0] > 0, following[0] + shortest - 1, 0), following.shape)
    kind = np.where(np.arange(len(charged)) == 0, 2, charged)
    costs = np.stack([np.zeros(cost.shape), cost, np.zeros(cost.shape)])
    return Language((_automaton(np.stack([following, following, first]), costs, kind),))


def _run_steps(member: BoolArray, cap: int) -> tuple[IntArray, BoolArray, IntArray]:
    """Steps of a count of days in a row, kept up to `cap`; whether each goes on with the run; the days in it before.

    State 0 is outside every run; the others are the first, second ... day of a run of the first set, then of the second ...
    """
    sets = np.atleast_2d(member)
    group = np.where(sets.any(axis=0), sets.argmax(axis=0), -1)
    run = np.arange(len(sets) * cap + 1)[:, None] - 1
    same, length = (run >= 0) & (run // cap == group), np.where(run < 0, 0, run % cap + 1)
    return np.where(group < 0, 0, group * cap + np.where(same, np.minimum(length + 1, cap), 1)), same, length


def aftermath(bad: BoolArray, rest: BoolArray, across: int | None, charged: BoolArray, price: float = FORBIDDEN) -> Language:
    """Forbidden or priced pairs of a symbol and the next one that is not rest, with at most `across` rest days between.

    Symbols that the same others may not follow share their states.

    Parameters
    ----------
    bad : array of bool, shape (symbols, symbols)
        ``bad[a, b]``: b may not follow a; neither is rest.
    rest : array of bool, shape (symbols,)
        Days off and leave.
    across : int or None
        None = any number of rest days.
    """
    rows, row_of = np.unique(np.vstack([np.zeros((1, len(rest)), dtype=bool), bad]), axis=0, return_inverse=True)
    gaps = 1 if across is None else across + 1
    row, gap = np.divmod(np.arange(len(rows) * gaps), gaps)
    waited = np.arange(len(row)) if across is None else np.where(gap < across, np.arange(len(row)) + 1, 0)
    following = np.where(rest, waited[:, None], row_of.reshape(-1)[1:] * gaps)
    return _charged(following, np.where(rows[row], price, 0.0), charged)


def rest_after_run(
    member: BoolArray, rest: BoolArray, run: int, days_off: int, charged: BoolArray, price: float = FORBIDDEN
) -> Language:
    """After `run` or more days in a row of a set of symbols: `days_off` rest days in a row.

    A charged day that is neither, while rest is due, costs `price` (inf = forbidden) and ends what is due.

    Parameters
    ----------
    member, rest : array of bool, shape (symbols,)
        The set (work or nights, say) and the symbols that count as rest (off and leave); they do not overlap.
    run, days_off : int
        At least 1.
    """
    state = np.arange(run + days_off)[:, None]
    due = np.where(state > run, state - run, np.where(state == run, days_off, 0))
    waits = np.where(due > 1, run + due - 1, 0)
    following = np.where(member, np.where(state <= run, np.minimum(state + 1, run), 1), np.where(rest, waits, 0))
    breaks = (due > 0) & ~rest & ~(member & (state == run))
    return _charged(following, np.where(breaks, price, 0.0), charged)


def rolling_rest(rest: BoolArray, window: int, days_off: int, charged: BoolArray, price: float = FORBIDDEN) -> Language:
    """Each charged day that is not rest and ends `window` days with fewer than `days_off` rest days costs `price`.

    Days before the first count as rest. A state says how many days ago each of the last `days_off` rest days was.

    Parameters
    ----------
    rest : array of bool, shape (symbols,)
    window, days_off : int
        ``1 <= days_off < window``.
    """
    ages, steps = [tuple(range(days_off))], list[tuple[tuple[int, ...], ...]]()
    for age in ages:
        older = tuple(min(a + 1, window) for a in age)
        steps.append((older, (0, *older[:-1])))
        ages += [step for step in dict.fromkeys(steps[-1]) if step not in ages]
    worked, rested = np.array([[ages.index(step) for step in pair] for pair in steps]).T
    following = np.where(rest, rested[:, None], worked[:, None])
    late = np.array([age[-1] + 1 >= window for age in ages])[:, None] & ~rest
    return _charged(following, np.where(late, price, 0.0), charged)


def block_runs(member: BoolArray, first: BoolArray, second: BoolArray, longest: int, charged: BoolArray, price: float) -> Language:
    """Of blocks of two days (weekends, say) at most `longest` in a row with a symbol of a set; each beyond costs `price`.

    A block costs on its first day with such a symbol, if that day is charged. One whose second day is the first of all
    counts by that day alone.

    Parameters
    ----------
    member : array of bool, shape (symbols,)
    first, second : array of bool, shape (days,)
        First and second days of blocks.
    longest : int
        At least 1.
    """
    # State r: the first day of a block is free of them, after r blocks in a row; state r + longest + 1: r with the last one.
    state = np.arange(2 * longest + 2)[:, None]
    run, free = state % (longest + 1), state <= longest
    grown = np.minimum(run + 1, longest) + longest + 1
    opening, closing = np.where(member, grown, run), np.where(free, np.where(member, grown, longest + 1), state)
    between = np.broadcast_to(np.where(free, longest + 1, state), opening.shape)
    beyond = np.where(member & (run == longest), price, 0.0)
    costs = [np.zeros(beyond.shape), beyond, np.where(free, beyond, 0.0)]
    return _charged(np.stack([between, opening, closing]), np.stack(costs), charged, first + 2 * second)


def _charged(following: IntArray, cost: FloatArray, charged: BoolArray, kind: IntArray | int = 0) -> Language:
    """An automaton whose steps, of one kind or of several, are priced on charged days alone."""
    steps, prices = following.reshape(-1, *following.shape[-2:]), cost.reshape(-1, *cost.shape[-2:])
    both = np.concatenate([np.zeros(prices.shape), prices])
    return Language((_automaton(np.concatenate([steps, steps]), both, kind + len(steps) * charged),))
