"""The CP-SAT model of a language against enumeration of every line."""

from itertools import product

import numpy as np
import pytest
from ortools.sat.python import cp_model

from data.model.base import BoolArray
from optimizer.rostering.cpsat_line import Objective, add_language
from optimizer.rostering.language import Automaton, Counter, Language, blocks, counter, rest_after, run_limit, succession


def cost_of(language: Language, line: tuple[int, ...]) -> float:
    """Price of a line, read off the definition of a language; inf = forbidden."""
    total = 0.0 if language.cost is None else sum(language.cost[d, s] for d, s in enumerate(line))
    emitted: dict[str, list[int]] = {c.name: [0] * len(line) for c in language.counters}
    for automaton in language.automata:
        state = automaton.start
        for d, s in enumerate(line):
            step = automaton.kind[d], state, s
            total += automaton.cost[step]
            if automaton.emit is not None and automaton.counter in emitted:
                emitted[automaton.counter][d] += automaton.emit[step]
            state = automaton.next[step]
            if state < 0:
                return np.inf
        total += automaton.final[state]
    for c in language.counters:
        count, closings = 0, iter(zip(c.closes, c.price, strict=True))
        closes, price = next(closings, (-1, None))
        for d, s in enumerate(line):
            if d > (c.closes[-1] if c.closes else -1):
                break
            count += c.weight[d, s] + emitted[c.name][d]
            if count > c.hi:
                return np.inf
            if d == closes:
                total += price[count]
                count = 0
                closes, price = next(closings, (-1, None))
    return total


def enumerate_cheapest(language: Language, allowed: BoolArray) -> float:
    lines = product(*(np.flatnonzero(row) for row in allowed))
    return min((cost_of(language, line) for line in lines), default=np.inf)


def cheapest(language: Language, allowed: BoolArray) -> tuple[float, tuple[int, ...] | None]:
    model, objective = cp_model.CpModel(), Objective()
    line = add_language(model, language, allowed, objective)
    scale = objective.minimise(model)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return np.inf, None
    assert status == cp_model.OPTIMAL
    chosen = tuple(next(s for s, v in x.items() if solver.boolean_value(v)) for x in line.x)
    return solver.objective_value / scale + objective.constant, chosen


def random_automaton(rng: np.random.Generator, days: int, symbols: int, counter_name: str) -> Automaton:
    kinds, states = int(rng.integers(1, 3)), int(rng.integers(1, 4))
    shape = kinds, states, symbols
    final = np.where(rng.random(states) < 0.2, np.inf, rng.integers(0, 3, states) * (rng.random() < 0.4))
    following = np.where(rng.random(shape) < 0.2, -1, rng.integers(0, states, shape))
    cost = rng.integers(0, 5, shape) * (rng.random() < 0.5) / 2
    emit = rng.integers(0, 2, shape) if rng.random() < 0.5 else None
    return Automaton(following, cost, rng.integers(0, kinds, days), final, int(rng.integers(0, states)), emit, counter_name)


def random_counter(rng: np.random.Generator, days: int, symbols: int, name: str) -> Counter:
    closes = tuple(sorted(rng.choice(days, size=int(rng.integers(1, 3)), replace=False).tolist()))
    price = rng.integers(0, 6, (len(closes), int(rng.integers(2, 8)))).astype(float)
    price[rng.random(price.shape) < 0.35] = np.inf
    return Counter(name, rng.integers(0, 3, (days, symbols)), closes, price)


def random_rules(rng: np.random.Generator, days: int, symbols: int) -> Language:
    charged = np.arange(days) >= rng.integers(0, 3)
    work = np.arange(symbols) > 0
    price = [np.inf, 2.5][int(rng.integers(0, 2))]
    low = int(rng.integers(0, 4))
    pairs = rng.random((days, symbols, symbols)) < 0.2
    counted = counter("days", np.tile(work.astype(np.int64), (days, 1)), [(0, days)], [low], [low + int(rng.integers(0, 3))], price)
    halves = blocks(work, np.arange(days) // 2, "halves")
    few = Counter("halves", np.zeros((days, symbols), dtype=np.int64), (days - 1,), np.array([[0.0, 0.0, 1.0, 3.0]]))
    night = np.arange(symbols) == symbols - 1
    rules = succession(pairs, charged, price) + run_limit(work, int(rng.integers(1, 4)), charged)
    return rules + rest_after(night, ~work, int(rng.integers(1, 3)), charged, price) + Language((halves,), (counted, few))


def random_language(rng: np.random.Generator, days: int, symbols: int) -> Language:
    if rng.random() < 0.5:
        return random_rules(rng, days, symbols)
    automata = tuple(random_automaton(rng, days, symbols, f"c{k % 2}") for k in range(int(rng.integers(0, 3))))
    counters = tuple(random_counter(rng, days, symbols, f"c{k}") for k in range(int(rng.integers(0, 3))))
    cost = np.where(rng.random((days, symbols)) < 0.1, np.inf, rng.integers(-8, 9, (days, symbols)) / 4)
    return Language(automata, counters, cost)


@pytest.mark.parametrize("seed", range(600))
def test_cheapest_line_equals_enumeration(seed: int) -> None:
    rng = np.random.default_rng(seed)
    days, symbols = int(rng.integers(4, 7)), int(rng.integers(2, 5))
    language = random_language(rng, days, symbols)
    language = language + Language(cost=rng.integers(-12, 13, (days, symbols)) / 4)
    allowed = rng.random((days, symbols)) < 0.9
    found, line = cheapest(language, allowed)
    assert found == pytest.approx(enumerate_cheapest(language, allowed), abs=1e-9)
    if line is not None:
        assert cost_of(language, line) == pytest.approx(found, abs=1e-9)
