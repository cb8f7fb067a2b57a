"""Random languages, and what lines cost by the plain definition of a language."""

from dataclasses import replace

import numpy as np

from data.model.base import FloatArray, IntArray
from optimizer.rostering.language import Automaton, Carry, Counter, Language

SIZES = ((8, 3), (7, 3), (6, 4), (7, 4), (8, 2))
"""Days and symbols."""


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
