"""One agent's line in a CP-SAT model, generated from the same language as the tables of the line engine.

Every automaton becomes a unit flow through its minimised layers, every counter a linear sum with a domain and prices. The
layers are built here anew, for this is the referee of the line engine: the two share nothing but the language.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor, lcm

import numpy as np
from ortools.sat.python import cp_model

from data.model.base import BoolArray
from optimizer.rostering.language import Automaton, Counter, Language

MAX_SCALE = 10**6
"""Largest common denominator that is searched for; prices that need a larger one are rounded down to it."""


@dataclass
class Objective:
    """Priced numbers, none below 0, and a constant.

    Prices are floats and CP-SAT counts in integers, so they are scaled by the least common denominator up to `MAX_SCALE`;
    a price that does not fit is rounded down, which leaves the bound valid.
    """

    terms: list[tuple[cp_model.LinearExpr | int, float]] = field(default_factory=list["tuple[cp_model.LinearExpr | int, float]"])
    constant: float = 0.0

    def add(self, number: cp_model.LinearExpr | int, price: float) -> None:
        """Charge `price` for each unit of a number."""
        if price:
            self.terms.append((number, price))

    def minimise(self, model: cp_model.CpModel) -> int:
        """Make it the objective of the model; returns the scale."""
        denominators = {Fraction(price).limit_denominator(MAX_SCALE).denominator for _, price in self.terms}
        scale = lcm(*denominators)
        scale = scale if scale <= MAX_SCALE else MAX_SCALE
        # 1e-6: a price that only misses its integer by float error is that integer
        model.minimize(sum(floor(price * scale + 1e-6) * number for number, price in self.terms))
        return scale


@dataclass(frozen=True)
class Line:
    """The variables of one agent's line: ``x[day][symbol]``, one boolean for each symbol that is possible on the day."""

    x: list[dict[int, cp_model.IntVar]]


@dataclass(frozen=True)
class Arc:
    """A step of an automaton on one day: from a class of states to another by a class of symbols."""

    source: int
    target: int
    cost: float
    emit: int
    symbols: tuple[int, ...]


def add_language(model: cp_model.CpModel, language: Language, allowed: BoolArray, objective: Objective) -> Line:
    """Add one agent's line to a model: what its language forbids and what it charges.

    Parameters
    ----------
    allowed : array of bool, shape (days, symbols)
        Symbols possible on each day, beside what the language says.
    objective : Objective
        Receives the prices.
    """
    prices = np.zeros(allowed.shape) if language.cost is None else language.cost
    possible = allowed & np.isfinite(prices)
    line = Line([{int(s): model.new_bool_var("") for s in np.flatnonzero(row)} for row in possible])
    for d, x in enumerate(line.x):
        model.add_exactly_one(x.values())
        for s, variable in x.items():
            objective.add(variable, float(prices[d, s]))
    emitted: dict[str, list[list[tuple[int, cp_model.IntVar]]]] = defaultdict(lambda: [[] for _ in line.x])
    for automaton in language.automata:
        for day, weight, variable in _add_automaton(model, automaton, line, objective):
            emitted[automaton.counter][day].append((weight, variable))
    for counter in language.closing_order():
        for day, amount, variable in _add_counter(model, counter, line, emitted[counter.name], objective):
            emitted[counter.taker][day].append((amount, variable))
    return line


def _add_automaton(
    model: cp_model.CpModel, automaton: Automaton, line: Line, objective: Objective
) -> list[tuple[int, int, cp_model.IntVar]]:
    """One boolean for each arc of the layers, as a unit flow; returns (day, emission, variable) of the emitting arcs."""
    emitted: list[tuple[int, int, cp_model.IntVar]] = []
    inflow: dict[int, list[cp_model.IntVar]] = {0: []}
    for d, arcs in enumerate(layers(automaton, [tuple(x) for x in line.x])):
        used = [_arc_variable(model, arc, line.x[d], len(inflow) == 1) for arc in arcs]
        outflow: dict[int, list[cp_model.IntVar]] = defaultdict(list)
        leaving: dict[int, list[cp_model.IntVar]] = {state: [] for state in inflow}
        taking: dict[tuple[int, ...], list[cp_model.IntVar]] = defaultdict(list)
        for arc, variable in zip(arcs, used, strict=True):
            leaving[arc.source].append(variable)
            outflow[arc.target].append(variable)
            taking[arc.symbols].append(variable)
            objective.add(variable, arc.cost)
            if arc.emit:
                emitted.append((d, arc.emit, variable))
        for state, entering in inflow.items():
            model.add(sum(leaving[state]) == (sum(entering) if d else 1))
        for symbols, variables in taking.items():
            model.add(sum(variables) == sum(line.x[d][s] for s in symbols))
        for s in set(line.x[d]).difference(*taking):
            model.add(line.x[d][s] == 0)
        inflow = outflow
    return emitted


def _arc_variable(model: cp_model.CpModel, arc: Arc, x: dict[int, cp_model.IntVar], only_source: bool) -> cp_model.IntVar:
    """The variable of an arc; the symbol's own where no other arc can carry it."""
    return x[arc.symbols[0]] if only_source and len(arc.symbols) == 1 else model.new_bool_var("")


def layers(automaton: Automaton, symbols: list[tuple[int, ...]]) -> list[list[Arc]]:
    """Arcs of each day between merged states: those that can be reached and can still reach an end.

    States of a day that behave alike from then on are one, numbered from 0 (the start is 0); symbols that behave alike on a day
    share their arcs; the price of the end is on the arcs of the last day. An empty language gives a day without arcs.
    """
    reached = [{automaton.start}]
    for d, possible in enumerate(symbols):
        following = automaton.next[automaton.kind[d]]
        reached.append({int(following[q, s]) for q in reached[-1] for s in possible} - {-1})
    place = {q: 0 for q in reached[-1] if np.isfinite(automaton.final[q])}
    end = {q: float(automaton.final[q]) for q in place}
    arcs: list[list[Arc]] = []
    for d in reversed(range(len(symbols))):
        rows = {q: _row(automaton, d, q, symbols[d], place, end) for q in sorted(reached[d])}
        alive = {q: row for q, row in rows.items() if any(step is not None for step in row)}
        number = {row: n for n, row in enumerate(dict.fromkeys(alive.values()))}
        arcs.append(_arcs(list(number), symbols[d]))
        place, end = {q: number[row] for q, row in alive.items()}, {}
    return arcs[::-1]


_Step = tuple[int, float, int]


def _row(
    automaton: Automaton, day: int, state: int, symbols: tuple[int, ...], place: dict[int, int], end: dict[int, float]
) -> tuple[_Step | None, ...]:
    """What each symbol does in a state: (target class, price, emission), None = forbidden."""
    kind = automaton.kind[day]
    row: list[_Step | None] = []
    for s in symbols:
        target = int(automaton.next[kind, state, s])
        cost = float(automaton.cost[kind, state, s]) + end.get(target, 0.0)
        emit = 0 if automaton.emit is None else int(automaton.emit[kind, state, s])
        row.append((place[target], cost, emit) if target in place else None)
    return tuple(row)


def _arcs(rows: list[tuple[_Step | None, ...]], symbols: tuple[int, ...]) -> list[Arc]:
    """Arcs of one day from the rows of its states; symbols with the same column share them."""
    columns: dict[tuple[_Step | None, ...], list[int]] = defaultdict(list)
    for k, s in enumerate(symbols):
        columns[tuple(row[k] for row in rows)].append(s)
    return [
        Arc(source, *step, tuple(alike))
        for column, alike in columns.items()
        for source, step in enumerate(column)
        if step is not None
    ]


def _add_counter(
    model: cp_model.CpModel,
    counter: Counter,
    line: Line,
    emitted: list[list[tuple[int, cp_model.IntVar]]],
    objective: Objective,
) -> list[tuple[int, int, cp_model.IntVar]]:
    """The sum of each period within its finite prices; returns (day, amount, variable) of what it carries.

    Weights are not negative, so a sum at most hi never was above it.
    """
    carried: list[tuple[int, int, cp_model.IntVar]] = []
    first, start = 0, counter.start
    for closing, price, amount in zip(counter.closes, counter.price, counter.given, strict=True):
        period = range(first, closing + 1)
        terms = [(int(counter.weight[d, s]), v) for d in period for s, v in line.x[d].items() if counter.weight[d, s]]
        terms += [term for d in period for term in emitted[d]]
        values = _reach(counter, start, line, emitted, period)
        chosen = _price_sum(model, start, terms, price.tolist(), amount.tolist(), values, objective)
        carried += [(closing, int(amount[value]), variable) for value, variable in chosen.items() if amount[value]]
        first, start = closing + 1, 0
    return carried


def _reach(counter: Counter, start: int, line: Line, emitted: list[list[tuple[int, cp_model.IntVar]]], period: range) -> list[int]:
    """Values up to hi that a period can add up to from its start, each day by itself."""
    reached = {start} & set(range(counter.hi + 1))
    for d in period:
        steps = {int(counter.weight[d, s]) for s in line.x[d]}
        most = sum(weight for weight, _ in emitted[d])
        reached = {v + step + extra for v in reached for step in steps for extra in range(min(most, counter.hi) + 1)}
        reached = {v for v in reached if v <= counter.hi}
    return sorted(reached)


def _price_sum(
    model: cp_model.CpModel,
    start: int,
    terms: list[tuple[int, cp_model.IntVar]],
    price: list[float],
    amount: list[int],
    values: list[int],
    objective: Objective,
) -> dict[int, cp_model.IntVar]:
    """Keep a sum within the values of finite price and charge what its value costs; returns which value it has, if told apart."""
    total = cp_model.LinearExpr.weighted_sum([v for _, v in terms], [w for w, _ in terms]) + start
    kept = [value for value in values if np.isfinite(price[value])]
    if not kept:
        model.add_bool_or([])  # no value can be paid: no line at all
        return {}
    if len({price[value] for value in kept}) == 1 and not any(amount[value] for value in kept):
        model.add_linear_expression_in_domain(total, cp_model.Domain.from_values(kept))
        objective.constant += price[kept[0]]
        return {}
    chosen = {value: model.new_bool_var("") for value in kept}
    model.add_exactly_one(chosen.values())
    model.add(total == cp_model.LinearExpr.weighted_sum(list(chosen.values()), kept))
    for value, variable in chosen.items():
        objective.add(variable, price[value])
    return chosen
