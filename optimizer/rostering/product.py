"""A language compiled to flat tables: the product of its automata by its counters, for the kernel in `line`."""

import hashlib
from dataclasses import dataclass, field
from math import gcd

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from optimizer.rostering.language import Automaton, Counter, Language
from optimizer.rostering.layers import Layers, Step, product, unroll
from optimizer.rostering.layout import LineTables, fewest_cells, graph_of

__all__ = ["LineTables", "TableStore", "compile_language", "table_key"]


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
        _feed(digest, c.name, c.closes, c.weight, c.price)
    return digest.digest()


def _feed(digest: "hashlib.blake2b", *parts: object) -> None:
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(f"{part.dtype}{part.shape}".encode())
            digest.update(np.ascontiguousarray(part).tobytes())
        else:
            digest.update(f"{part!r};".encode())


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
        Two counters share a name, or an automaton feeds a counter that is not there.
    """
    counts = [count for count in map(_reduced, _counts(language, days)) if count is not None]
    if any(count.hi < 0 for count in counts):
        return None
    code = _Code.of(counts)
    layers = _layers(language, counts, code, days, symbols)
    if layers.empty:
        return None
    closings = [[(c, count.closes.index(day)) for c, count in enumerate(counts) if day in count.closes] for day in range(days)]
    return fewest_cells(graph_of(layers, code.digits, closings), code.top + 1, [count.price for count in counts])


@dataclass(frozen=True, eq=False)
class _Count:
    """A counter with all that feeds it, day by day: weights (days, symbols) and emissions (days, states, symbols)."""

    closes: tuple[int, ...]
    price: FloatArray
    weight: IntArray
    emits: dict[int, IntArray]

    @property
    def hi(self) -> int:
        return self.price.shape[1] - 1

    @property
    def feeds(self) -> list[IntArray]:
        return [self.weight, *self.emits.values()]

    @property
    def step(self) -> int:
        """The most that one day can add."""
        return sum(int(feed.max()) for feed in self.feeds)

    @property
    def reach(self) -> int:
        """An upper bound of the count at any closing."""
        most = sum((feed.reshape(len(feed), -1).max(axis=1) for feed in self.feeds), np.zeros(1, dtype=np.int64))
        edges = [0, *(day + 1 for day in self.closes)]
        return max(int(most[a:b].sum()) for a, b in zip(edges, edges[1:], strict=False))


def _counts(language: Language, days: int) -> list[_Count]:
    """The counters that close; days after the last closing feed nothing."""
    names = [counter.name for counter in language.counters]
    missing = {a.counter for a in language.automata if a.emit is not None} - set(names)
    if missing or len(set(names)) < len(names):
        raise ValueError(f"counters {names} must have distinct names and include {sorted(missing)}")
    closing = [counter for counter in language.counters if counter.closes]
    return [_count(counter, language.automata, np.arange(days) <= counter.closes[-1]) for counter in closing]


def _count(counter: Counter, automata: tuple[Automaton, ...], fed: BoolArray) -> _Count:
    feeders = {i: a.emit[a.kind] for i, a in enumerate(automata) if a.emit is not None and a.counter == counter.name}
    emits = {i: np.where(fed[:, None, None], emit, 0) for i, emit in feeders.items()}
    return _Count(counter.closes, counter.price, np.where(fed[:, None], counter.weight, 0), emits)


def _reduced(count: _Count) -> _Count | None:
    """The count in units of what all its feeds share, no higher than it can get and can be paid; None = without effect."""
    unit = max(1, gcd(*(int(np.gcd.reduce(feed, axis=None)) for feed in count.feeds)))
    price, reach = count.price[:, ::unit], count.reach // unit
    if reach < price.shape[1] and not price[:, : reach + 1].any():
        return None
    payable = np.flatnonzero(np.isfinite(price).any(axis=0))
    hi = min(reach, int(payable[-1]) if payable.size else -1)
    emits = {i: np.minimum(emit // unit, hi + 1) for i, emit in count.emits.items()}
    return _Count(count.closes, price[:, : hi + 1], np.minimum(count.weight // unit, hi + 1), emits)


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
