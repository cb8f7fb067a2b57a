"""A language compiled to flat tables: the product of its automata by its counters, for the kernel in `line`."""

import hashlib
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import gcd
from typing import TypeVar

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from optimizer.rostering.graph import graph_of
from optimizer.rostering.language import Automaton, Counter, Language
from optimizer.rostering.layers import Layers, Step, product, unroll
from optimizer.rostering.layout import Digit, LineTables, fewest_cells

__all__ = ["LineTables", "TableStore", "compile_language", "table_key"]

Key = TypeVar("Key", int, str)


@dataclass(frozen=True)
class TableStore:
    """Compiled tables by what they say, so that agents under the same rules share them."""

    _tables: dict[bytes, LineTables | None] = field(default_factory=dict[bytes, LineTables | None])

    def get(self, language: Language, days: int, symbols: int) -> LineTables | None:
        """Tables of a language, compiled at the first call; None = no line is legal."""
        key = table_key(language) + f"{days},{symbols}".encode()
        if key not in self._tables:
            self._tables[key] = compile_language(language, days, symbols)
        return self._tables[key]


def table_key(language: Language) -> bytes:
    """Hash of all of a language that `compile_language` reads (its automata and counters, not its day costs)."""
    digest = hashlib.blake2b(digest_size=20)
    for a in language.automata:
        _feed(digest, a.counter, a.start, a.next, a.cost, a.kind, a.final, *([] if a.emit is None else [a.emit]))
    for c in language.counters:
        _feed(digest, c.name, c.closes, c.start, c.weight, c.price, c.taker, c.given)
    return digest.digest()


def _feed(digest: "hashlib.blake2b", *parts: object) -> None:
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(f"{part.dtype}{part.shape}".encode())
            digest.update(np.ascontiguousarray(part).tobytes())
        else:
            digest.update(f"{part!r};".encode())


@dataclass(frozen=True, eq=False)
class _Count:
    """A counter with all that feeds it and what it gives to its taker.

    Day by day: weights (days, symbols), emissions by automaton (days, states, symbols), carries by giver (days, values).
    """

    name: str
    closes: tuple[int, ...]
    price: FloatArray
    start: int
    weight: IntArray
    emits: dict[int, IntArray]
    carried: dict[str, IntArray]
    taker: str
    amount: IntArray

    @property
    def hi(self) -> int:
        return self.price.shape[1] - 1

    @property
    def feeds(self) -> list[IntArray]:
        return [self.weight, *self.emits.values(), *self.carried.values()]

    @property
    def step(self) -> int:
        """The most that one day can add, carries aside."""
        return sum(int(feed.max()) for feed in [self.weight, *self.emits.values()])

    @property
    def reach(self) -> int:
        """An upper bound of the count at any closing."""
        most = sum((feed.reshape(len(feed), -1).max(axis=1, initial=0) for feed in self.feeds), np.zeros(1, dtype=np.int64))
        edges = [0, *(day + 1 for day in self.closes)]
        sums = [int(most[a:b].sum()) for a, b in pairwise(edges)]
        return max(self.start + sums[0], *sums)

    def given(self, days: int) -> IntArray:
        """What each value gives to the taker on each day; shape (days, values)."""
        given = np.zeros((days, self.amount.shape[1]), dtype=np.int64)
        given[list(self.closes)] = self.amount
        return given


def compile_language(language: Language, days: int, symbols: int) -> LineTables | None:
    """Compile the automata and counters of a language; its day costs are for the caller to add to the cost of a line.

    Parameters
    ----------
    language : Language
    days, symbols : int
        Length of a line, and size of its alphabet.

    Returns
    -------
    LineTables or None
        None when no line is legal.

    Raises
    ------
    ValueError
        The counters cannot be put in order (`Language.closing_order`).
    """
    counts = _counts(language, days)
    if any(count.start > count.hi for count in counts):
        return None
    code = _Code.of(counts)
    layers = _layers(language, counts, code, days, symbols)
    if layers.empty:
        return None
    closings = [[(c, count.closes.index(day)) for c, count in enumerate(counts) if day in count.closes] for day in range(days)]
    return fewest_cells(graph_of(layers, code.digits, closings), _digits(counts))


def _digits(counts: list[_Count]) -> list[Digit]:
    place = {count.name: number for number, count in enumerate(counts)}
    return [Digit(count.start, count.price, place.get(count.taker, -1), count.amount) for count in counts]


def _counts(language: Language, days: int) -> list[_Count]:
    """The counters that close and have an effect, each before the one that it carries to."""
    counts: dict[str, _Count] = {}
    for counter in language.closing_order():
        if counter.closes:
            givers = [count for count in counts.values() if count.taker == counter.name]
            counts[counter.name] = _reduced(_count(counter, language.automata, givers, np.arange(days) <= counter.closes[-1]))
    kept: dict[str, _Count] = {}
    for name, count in reversed(counts.items()):
        taker = kept.get(count.taker)
        amount = np.zeros_like(count.amount) if taker is None else taker.carried[name][list(count.closes)]
        if count.reach > count.hi or count.price.any() or amount.any():
            kept[name] = replace(count, amount=amount)
    return list(reversed(kept.values()))


def _count(counter: Counter, automata: tuple[Automaton, ...], givers: list[_Count], fed: BoolArray) -> _Count:
    """A counter as it stands; days that are not `fed`, those after the last closing, add nothing."""
    feeders = {i: a.emit[a.kind] for i, a in enumerate(automata) if a.emit is not None and a.counter == counter.name}
    return _Count(
        counter.name, counter.closes, counter.price, counter.start,
        np.where(fed[:, None], counter.weight, 0),
        {i: np.where(fed[:, None, None], emit, 0) for i, emit in feeders.items()},
        {giver.name: np.where(fed[:, None], giver.given(len(fed)), 0) for giver in givers},
        counter.taker, counter.given,
    )  # fmt: skip


def _reduced(count: _Count) -> _Count:
    """The count in units of what all its feeds share, no higher than it can get and can be paid."""
    unit = gcd(*(int(np.gcd.reduce(feed, axis=None)) for feed in count.feeds)) or count.hi + 1
    value = _values(count, unit)
    price = np.where(value <= count.hi, np.take_along_axis(count.price, np.minimum(value, count.hi), axis=1), np.inf)
    payable = np.flatnonzero(np.isfinite(price).any(axis=0))
    hi = min(count.reach // unit, int(payable[-1]) if payable.size else -1)
    amount = np.where(np.isfinite(price), np.take_along_axis(count.amount, np.minimum(value, count.hi), axis=1), 0)

    def units(feeds: dict[Key, IntArray]) -> dict[Key, IntArray]:
        return {key: np.minimum(feed // unit, hi + 1) for key, feed in feeds.items()}

    return _Count(
        count.name, count.closes, price[:, : hi + 1], count.start // unit,
        np.minimum(count.weight // unit, hi + 1), units(count.emits), units(count.carried),
        count.taker, amount[:, : hi + 1],
    )  # fmt: skip


def _values(count: _Count, unit: int) -> IntArray:
    """Value of each number of units at each closing: the first period also holds what of its start is less than a unit."""
    value = np.tile(np.arange(0, count.hi + 1, unit), (len(count.closes), 1))
    value[0] += count.start % unit
    return value


@dataclass(frozen=True, eq=False)
class _Code:
    """What a day adds to all counters, written as one number."""

    unit: IntArray
    width: IntArray
    top: IntArray

    @classmethod
    def of(cls, counts: list[_Count]) -> "_Code":
        width = np.array([count.step + 1 for count in counts], dtype=np.int64)
        return cls(np.cumprod(width) // width, width, np.array([count.hi for count in counts], dtype=np.int64))

    def digits(self, code: IntArray) -> IntArray:
        """What each counter gets, on a new last axis."""
        return code[..., None] // self.unit % self.width

    def allowed(self, code: IntArray) -> BoolArray:
        """Whether no counter gets more than it can hold."""
        return np.logical_and.reduce(self.digits(code) <= self.top, axis=-1)


def _layers(language: Language, counts: list[_Count], code: _Code, days: int, symbols: int) -> Layers:
    """Product of all automata and of the one that does nothing but feed the counters."""
    weight = np.zeros((days, symbols), dtype=np.int64)
    for count, unit in zip(counts, code.unit, strict=True):
        weight += count.weight * unit

    def feed(day: int, _: IntArray) -> tuple[IntArray, FloatArray, IntArray]:
        emit = weight[day : day + 1]
        return np.where(code.allowed(emit), 0, -1), np.zeros(emit.shape), emit

    parts = [unroll(0, np.zeros(1), feed, days)]
    for i, automaton in enumerate(language.automata):
        emits = [count.emits[i] * unit for count, unit in zip(counts, code.unit, strict=True) if i in count.emits]
        parts.append(unroll(automaton.start, automaton.final, _step(automaton, emits), days))
    return product(parts, code.allowed)


def _step(automaton: Automaton, emits: list[IntArray]) -> Step:
    def step(day: int, states: IntArray) -> tuple[IntArray, FloatArray, IntArray]:
        kind = automaton.kind[day]
        following = automaton.next[kind][states].astype(np.int64)
        emit = sum((feed[day][states] for feed in emits), np.zeros(following.shape, dtype=np.int64))
        return following, automaton.cost[kind][states].astype(np.float64), emit

    return step
