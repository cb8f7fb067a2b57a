"""What a language says of some days of a line whose other days stand: a smaller language over those days alone.

The days before set the states and counts to begin with, the days after the prices of where the stretch ends. Days that stand may
have to be part of a stretch, where what they feed into a count still depends on the days before them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from data.model.base import IntArray
from optimizer.rostering.language import Automaton, Carry, Counter, Language


def settled(language: Language, line: IntArray, end: int) -> int:
    """The first day, `end` or later, from which on nothing that a line feeds into a count depends on the days before `end`.

    Parameters
    ----------
    line : array of int, shape (days,)
        A legal line.
    """
    if any(counter.carry is not None and counter.closes[-1] >= end for counter in language.counters if counter.closes):
        return len(line)
    return max((_merged(automaton, line, end) for automaton in language.automata if automaton.emit is not None), default=end)


def _merged(automaton: Automaton, line: IntArray, day: int) -> int:
    """The first day on which an automaton is in one state, whichever it was in before."""
    states = np.arange(len(automaton.final))
    while len(states) > 1 and day < len(line):
        following = automaton.next[automaton.kind[day], states, line[day]]
        states, day = np.unique(following[following >= 0]), day + 1
    return day


def stretch_of(language: Language, line: IntArray, first: int, end: int) -> Language:
    """The language of the days ``first <= d < end``; prices differ from those of the whole by the same amount for all lines.

    Parameters
    ----------
    line : array of int, shape (days,)
        A legal line, whose other days stand.
    end : int
        A day that is settled.
    """
    fed = _fed(language, line)
    counters = [_cut(counter, fed[counter.name], first, end) for counter in language.counters]
    kept = tuple(counter for counter in counters if counter.closes)
    names = {counter.name for counter in kept}
    automata = (_between(automaton, line, first, end) for automaton in language.automata)
    return Language(
        tuple(a if a.counter in names else replace(a, emit=None, counter="") for a in automata),
        tuple(c if c.taker in names else replace(c, carry=None) for c in kept),
        None if language.cost is None else language.cost[first:end],
    )


def _between(automaton: Automaton, line: IntArray, first: int, end: int) -> Automaton:
    """The automaton of some days; its final prices hold those of the days after them."""
    start, states, final = automaton.start, np.arange(len(automaton.final)), np.zeros(len(automaton.final))
    for day in range(first):
        start = int(automaton.next[automaton.kind[day], start, line[day]])
    for day in range(end, len(line)):
        step = automaton.kind[day], states, line[day]
        final = final + np.where(states < 0, np.inf, automaton.cost[step])
        states = np.where(states < 0, -1, automaton.next[step])
    final = final + np.where(states < 0, np.inf, automaton.final[states])
    return replace(automaton, kind=automaton.kind[first:end], start=start, final=final)


def _fed(language: Language, line: IntArray) -> Mapping[str, IntArray]:
    """What a line adds to each count on each day."""
    days = np.arange(len(line))
    fed = {counter.name: counter.weight[days, line].astype(np.int64) for counter in language.counters}
    for automaton in language.automata:
        if automaton.emit is not None:
            fed[automaton.counter] += automaton.emit[automaton.kind, _states(automaton, line), line]
    for counter in language.closing_order():
        if counter.carry is not None:
            for k, closing in enumerate(_counted(counter, fed[counter.name])):
                fed[counter.taker][counter.closes[k]] += counter.carry.amount[k, closing]
    return fed


def _states(automaton: Automaton, line: IntArray) -> IntArray:
    """State before each day."""
    states = np.empty(len(line), dtype=np.int64)
    state = automaton.start
    for day, symbol in enumerate(line.tolist()):
        states[day] = state
        state = int(automaton.next[automaton.kind[day], state, symbol])
    return states


def _counted(counter: Counter, fed: IntArray) -> Iterable[int]:
    """Value at each closing."""
    edges = [0, *(day + 1 for day in counter.closes)]
    for k, (begin, end) in enumerate(zip(edges, edges[1:], strict=False)):
        yield int(fed[begin:end].sum()) + (counter.start if k == 0 else 0)


@dataclass(frozen=True)
class _Span:
    """Closings of a counter that a stretch keeps, the day of each in the stretch, and what is added before and after it."""

    numbers: list[int]
    days: list[int]
    before: int
    after: int


def _span(counter: Counter, fed: IntArray, first: int, end: int) -> _Span:
    past = max((day for day in counter.closes if day < first), default=-1)
    before = int(fed[past + 1 : first].sum()) + (counter.start if past < 0 else 0)
    numbers = [k for k, day in enumerate(counter.closes) if first <= day < end]
    days = [counter.closes[k] - first for k in numbers]
    later = [k for k, day in enumerate(counter.closes) if day >= end]
    if later and (end - 1 - first) not in days:
        return _Span([*numbers, later[0]], [*days, end - 1 - first], before, int(fed[end : counter.closes[later[0]] + 1].sum()))
    return _Span(numbers, days, before, 0)


def _cut(counter: Counter, fed: IntArray, first: int, end: int) -> Counter:
    """The counter of some days: what is added before them moves the prices of the first closing, what is added after, the last."""
    span = _span(counter, fed, first, end)
    hi, amount = counter.hi, counter.given
    one = len(span.numbers) == 1
    moved = [(span.before if one else 0) + (span.after if k == len(span.numbers) - 1 else 0) for k in range(len(span.numbers))]
    place = np.array(moved, dtype=np.int64)[:, None] + np.arange(hi + 1 - min(moved, default=0))
    rows, there = np.array(span.numbers, dtype=np.int64)[:, None], np.minimum(place, hi)
    price = np.where(place <= hi, counter.price[rows, there], np.inf)
    carry = None if counter.carry is None else Carry(counter.taker, np.where(place <= hi, amount[rows, there], 0))
    return replace(
        counter,
        weight=counter.weight[first:end],
        closes=tuple(span.days),
        price=price,
        start=0 if one else span.before,
        carry=carry,
    )
