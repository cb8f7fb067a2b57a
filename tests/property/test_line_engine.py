"""Random languages against the plain definition of a language, on every line there is."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from data.model.base import FloatArray, IntArray
from optimizer.rostering.language import Automaton, Carry, Counter, Language
from optimizer.rostering.line import Scratch, best_line, best_value, line_price, new_scratch
from optimizer.rostering.product import LineTables, compile_language
from optimizer.rostering.stretch import settled, stretch_of

SIZES = ((8, 3), (7, 3), (6, 4), (7, 4), (8, 2))


def all_lines(days: int, symbols: int) -> IntArray:
    return np.indices((symbols,) * days).reshape(days, -1).T.copy()


def prices_by_definition(language: Language, lines: IntArray) -> FloatArray:
    """Step every automaton and every counter through every line, as their docstrings say."""
    total = np.zeros(len(lines))
    emitted = {counter.name: np.zeros(lines.shape, dtype=np.int64) for counter in language.counters}
    for automaton in language.automata:
        state = np.full(len(lines), automaton.start)
        for day in range(lines.shape[1]):
            at = (automaton.kind[day], state, lines[:, day])
            if automaton.emit is not None:
                emitted[automaton.counter][:, day] += automaton.emit[at]
            total = np.where(automaton.next[at] < 0, np.inf, total + automaton.cost[at])
            state = np.maximum(automaton.next[at], 0)
        total = total + automaton.final[state]
    return total + counted(language, lines, emitted)


def counted(language: Language, lines: IntArray, emitted: dict[str, IntArray]) -> FloatArray:
    """Day by day: add, then close whatever closes, givers before takers."""
    total, known = np.zeros(len(lines)), {counter.name: counter for counter in language.counters}
    value = {name: np.full(len(lines), counter.start) for name, counter in known.items()}

    def add(name: str, day: int, amount: IntArray) -> None:
        if day <= max(known[name].closes, default=-1):
            value[name] = value[name] + amount
            total[value[name] > known[name].hi] = np.inf

    for day in range(lines.shape[1]):
        for name, counter in known.items():
            add(name, day, counter.weight[day][lines[:, day]] + emitted[name][:, day])
        due = [counter for counter in language.counters if day in counter.closes]
        while due:
            taken = {counter.carry.counter for counter in due if counter.carry is not None}
            counter = next(counter for counter in due if counter.name not in taken)
            due.remove(counter)
            number, count = counter.closes.index(day), np.minimum(value[counter.name], counter.hi)
            total += counter.price[number][count]
            value[counter.name] = np.zeros(len(lines), dtype=np.int64)
            if counter.carry is not None:
                add(counter.carry.counter, day, counter.carry.amount[number][count])
    return total


@njit
def prices_by_tables(tables: LineTables, lines: IntArray) -> FloatArray:
    return np.array([line_price(tables, line) for line in lines])


def random_counter(rng: np.random.Generator, name: str, days: int, symbols: int) -> Counter:
    closes = tuple(sorted(rng.choice(days, rng.integers(0, 4), replace=False).tolist()))
    unit, hi = rng.choice([1, 1, 2, 30]), rng.integers(1, 6)
    price = rng.choice([0.0, 0.0, 1.5, 2.25], (len(closes), hi * unit + rng.integers(1, unit + 1)))
    low, high = rng.choice([0, 0, 0, 1, 2]), rng.integers(1, 7)
    value = np.arange(price.shape[1]) // unit
    if rng.random() < 0.5:
        price[:, (value < low) | (value > high)] = np.inf
    weight = unit * rng.choice([0, 0, 0, 1, 1, 2], (days, symbols))
    start = 0 if rng.random() < 0.5 else int(rng.integers(0, price.shape[1] + unit // 2))
    return Counter(name, weight, closes, price, start)


def carrying(rng: np.random.Generator, counters: list[Counter]) -> list[Counter]:
    """Let some counters carry to one that comes later in a random order; amounts often keep to the receiver's unit."""
    order = rng.permutation(len(counters))
    for place, giver in enumerate(order[:-1]):
        if rng.random() < 0.6:
            taker = counters[rng.choice(order[place + 1 :])]
            unit = np.gcd.reduce(taker.weight, axis=None) if rng.random() < 0.8 else 1
            amount = max(unit, 1) * rng.choice([0, 0, 1, 1, 2, 3], counters[giver].price.shape)
            counters[giver] = replace(counters[giver], carry=Carry(taker.name, amount))
    return counters


def random_automaton(rng: np.random.Generator, names: list[str], days: int, symbols: int) -> Automaton:
    kinds, states = rng.integers(1, 3), rng.integers(1, 5)
    shape = (kinds, states, symbols)
    following = np.where(rng.random(shape) < 0.1, -1, rng.integers(0, states, shape))
    final = rng.choice([0.0, 0.0, 0.0, 0.5, np.inf], states)
    emits = bool(names) and rng.random() < 0.6
    return Automaton(
        following,
        rng.choice([0.0, 0.0, 0.0, 1.0, 2.5], shape),
        rng.integers(0, kinds, days),
        final,
        int(rng.integers(states)),
        rng.choice([0, 0, 1, 2], shape) if emits else None,
        str(rng.choice(names)) if emits else "",
    )


def random_language(rng: np.random.Generator, days: int, symbols: int) -> Language:
    counters = tuple(carrying(rng, [random_counter(rng, f"count {i}", days, symbols) for i in range(rng.integers(0, 4))]))
    names = [counter.name for counter in counters]
    return Language(tuple(random_automaton(rng, names, days, symbols) for _ in range(rng.integers(0, 4))), counters)


@settings(max_examples=1000, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**32 - 1), size=st.sampled_from(SIZES))
def test_every_line_and_every_best_line_agree_with_the_definition(seed: int, size: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    language, lines = random_language(rng, *size), all_lines(*size)
    price = prices_by_definition(language, lines)
    tables = compile_language(language, *size)
    assert (tables is None) == bool(np.isinf(price).all())
    if tables is None:
        return
    np.testing.assert_allclose(prices_by_tables(tables, lines), price, rtol=1e-12)
    scratch = new_scratch(tables)
    for share in (0.0, 0.2, 0.5):
        cost = np.where(rng.random(size) < share, np.inf, rng.normal(0, 3, size))
        check_best(tables, cost, price + cost[np.arange(size[0]), lines].sum(axis=1), lines, scratch)


def check_best(tables: LineTables, cost: FloatArray, total: FloatArray, lines: IntArray, scratch: Scratch) -> None:
    value, line = best_line(tables, cost, scratch)
    assert best_value(tables, cost, scratch) == value
    if np.isinf(total).all():
        assert value == np.inf
        assert (line == -1).all()
    else:
        np.testing.assert_allclose([value, total[(lines == line).all(axis=1)][0]], total.min(), rtol=1e-12, atol=1e-12)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_frozen_days_leave_the_best_of_the_lines_that_agree_with_them(seed: int) -> None:
    rng, size = np.random.default_rng(seed), (7, 3)
    language, lines = random_language(rng, *size), all_lines(*size)
    tables = compile_language(language, *size)
    if tables is None:
        return
    price = prices_by_definition(language, lines)
    frozen = lines[rng.choice(np.flatnonzero(np.isfinite(price)))]
    cost = rng.normal(0, 3, size)
    for day in range(4):
        cost[day, np.arange(3) != frozen[day]] = np.inf
    check_best(tables, cost, price + cost[np.arange(7), lines].sum(axis=1), lines, new_scratch(tables))


@settings(max_examples=600, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**32 - 1), size=st.sampled_from(SIZES))
def test_on_a_stretch_of_days_lines_cost_as_much_more_than_the_one_that_stands_as_in_the_whole(
    seed: int, size: tuple[int, int]
) -> None:
    rng, days = np.random.default_rng(seed), np.arange(size[0])
    language, lines = random_language(rng, *size), all_lines(*size)
    language = replace(language, cost=rng.normal(0, 3, size))
    price = prices_by_definition(language, lines) + language.cost[days, lines].sum(axis=1)
    if np.isinf(price).all():
        return
    stands = int(rng.choice(np.flatnonzero(np.isfinite(price))))
    first, end = np.sort(rng.choice(size[0] + 1, 2, replace=False)).tolist()
    last = settled(language, lines[stands], end)
    some = (lines == lines[stands])[:, (days < first) | (days >= end)].all(axis=1)
    stretch = stretch_of(language, lines[stands], first, last)
    assert stretch.cost is not None
    parts = lines[some, first:last]
    ours = prices_by_definition(stretch, parts) + stretch.cost[np.arange(last - first), parts].sum(axis=1)
    there = ours[(parts == lines[stands, first:last]).all(axis=1)]
    np.testing.assert_allclose(ours - there, price[some] - price[stands], rtol=1e-12, atol=1e-9)
