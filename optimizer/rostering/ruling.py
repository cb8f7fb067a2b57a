"""What the rules that bind an agent say together: one language for the engines, one list of breaches for the verifier."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from math import gcd, inf

import numpy as np

from data.model.base import BoolArray, FloatArray
from data.model.errors import Finding, InvalidData
from data.model.roster import AgentLine, Breach
from data.model.rulebook import Rulebook, RuleSpec
from optimizer.rostering import goals
from optimizer.rostering.language import Automaton, Counter, Language
from optimizer.rostering.lifting import lifted_language
from optimizer.rostering.naming import NAMES
from optimizer.rostering.problem import LineContext
from optimizer.rostering.rules import kinds, misfits, params_of
from optimizer.rostering.tally import spared


def check_rulebook(rulebook: Rulebook, where: str = "rulebook.toml", codes: Collection[str] | None = None) -> None:
    """Raise `InvalidData` with every rule and goal of unknown kind, with numbers that its kind refuses, or with unknown shifts.

    Parameters
    ----------
    codes : collection of str, or None
        Shift codes of the centre; None = not known, names of shifts are not looked at.
    """
    findings = [finding for spec in rulebook.rules for finding in misfits(spec, spec.id, kinds(), where)]
    findings += [] if findings or codes is None else [found for spec in rulebook.rules for found in _misnamed(spec, codes, where)]
    findings += [found for goal in rulebook.goals for found in misfits(goal, f"goals.{goal.kind}", goals.kinds(), where)]
    if findings:
        raise InvalidData(findings)


def _misnamed(spec: RuleSpec, codes: Collection[str], where: str) -> Iterator[Finding]:
    """Shifts that a rule names and the centre does not have: such a rule would bind nobody and say nothing."""
    names = getattr(kinds()[spec.kind], "shift_names", None)
    for name in dict.fromkeys(names(params_of(spec)) if names else ()):
        if name not in codes and name not in NAMES:
            known = f"one of {', '.join([*codes, *NAMES])}"
            yield Finding(where, None, f"{spec.id}.numbers", repr(name), known, "correct the name, or add the shift to shifts.csv")


def line_language(
    specs: Iterable[RuleSpec], context: LineContext, allowed: BoolArray | None = None, goals: Iterable[Language] = ()
) -> Language:
    """Sum of the languages of some rules; counters carry the id of their rule, and no more of them than the sum needs.

    Every counter is a dimension of the compiled tables: each counts in the coarsest exact unit, and one that another
    implies (six work days a week, where 40 hours of eight-hour shifts are allowed) is left out.

    The language knows the history of `context`: tables compiled from it may be shared by agents whose automata and
    counters are equal, not by contract alone.

    Parameters
    ----------
    specs : iterable of RuleSpec
        The rules that bind the agent (`RosterProblem.binding`).
    context : LineContext
    allowed : array of bool, shape (days, symbols), or None
        Where symbols may stand whatever the rules say; lines with others need not be told apart.
    goals : iterable of Language
        What goals say about the agent's line.
    """
    return lean(sum([*(rule_language(spec, context) for spec in specs), *goals], Language()), context, allowed)


def lean(total: Language, context: LineContext, allowed: BoolArray | None = None) -> Language:
    """The same language with no more counters and automata than it needs."""
    total = _merged(total)
    usable = _usable(total, context) & (True if allowed is None else allowed.any(axis=0))
    fed = {automaton.counter for automaton in total.automata} | _chained(total.counters)
    own = _folded([counter for counter in total.counters if counter.name not in fed])
    own = _summed([("", _coarse(counter, usable)) for counter in own])
    for counter in tuple(own):
        if any(_implies(other, counter, usable) for other in own if other is not counter):
            own.remove(counter)
    counters = (*own, *(c for c in total.counters if c.name in fed))
    return Language((*total.automata, *_only(usable | context.alphabet.leave, context.days)), counters, total.cost)


def _chained(counters: Iterable[Counter]) -> set[str]:
    """Counters that begin above zero, or hand on or are handed what they count: they stay as they are."""
    chained = [counter for counter in counters if counter.start or counter.carry]
    return {counter.name for counter in chained} | {counter.carry.counter for counter in chained if counter.carry}


def _only(usable: BoolArray, days: int) -> tuple[Automaton, ...]:
    """Forbid the symbols that can stand nowhere: the tables are smaller without them. Leave stays, for others who share them."""
    if usable.all():
        return ()
    following = np.where(usable, 0, -1)[None, None]
    return (Automaton(following, np.zeros(following.shape), np.zeros(days, dtype=np.int64), np.zeros(1)),)


def _merged(language: Language) -> Language:
    """One automaton for all that take the same steps and feed alike, their prices and the counters that they feed added."""
    apart, first = _chained(language.counters), dict[bytes, Automaton]()
    renamed: dict[str, str] = {}
    for automaton in language.automata:
        key = _steps(automaton, automaton.counter if automaton.counter in apart else "")
        known = first.get(key)
        if known is None:
            first[key] = automaton
        elif automaton.counter:
            renamed[automaton.counter] = known.counter
        if known is not None:
            first[key] = replace(known, cost=known.cost + automaton.cost, final=known.final + automaton.final)
    fed = {automaton.counter for automaton in language.automata} - {""}
    summed = (fed | set(renamed)) - apart
    kept = tuple(counter for counter in language.counters if counter.name not in summed)
    sums = _summed([(renamed.get(c.name, c.name), c) for c in language.counters if c.name in summed])
    return Language(tuple(first.values()), (*kept, *sums), language.cost)


def _steps(automaton: Automaton, counter: str) -> bytes:
    """Where an automaton goes, what it emits, and into which counter if that matters; prices aside."""
    emit = b"" if automaton.emit is None else automaton.emit.tobytes()
    numbers = f"{automaton.next.shape} {automaton.start} {counter}".encode()
    return b"|".join([automaton.next.tobytes(), automaton.kind.tobytes(), emit, numbers])


def _summed(counters: Iterable[tuple[str, Counter]]) -> list[Counter]:
    """One counter for all of one name (of their feeder, if any) that count the same over the same periods, their prices added."""
    sums: dict[tuple[object, ...], Counter] = {}
    for feeder, counter in counters:
        key = (feeder, counter.closes, counter.weight.tobytes())
        known = sums.get(key)
        sums[key] = counter if known is None else replace(known, price=_both(known.price, counter.price))
    return list(sums.values())


def _folded(counters: list[Counter]) -> list[Counter]:
    """Counters without those that another holds: what one week may hold is one more price of the weekly hours."""
    kept: list[Counter] = []
    for counter in sorted(counters, key=lambda counter: -len(counter.closes)):
        place = next((k for k, host in enumerate(kept) if _holds(host, counter)), None)
        if place is None:
            kept.append(counter)
        else:
            kept[place] = _with_prices(kept[place], counter)
    return kept


def _holds(host: Counter, counter: Counter) -> bool:
    """Whether each period of a counter is one of the host's, with the same weights and none before it."""
    spans = {days.stop: days for days in _spans(host)}
    for days in _spans(counter):
        mine = spans.get(days.stop)
        if mine is None or counter.weight[days.start : mine.start].any():
            return False
        if not np.array_equal(counter.weight[mine.start : mine.stop], host.weight[mine.start : mine.stop]):
            return False
    return True


def _with_prices(host: Counter, counter: Counter) -> Counter:
    """The host with the prices of a counter that it holds; a value that the counter does not have is forbidden at its closing."""
    price = host.price.copy()
    for closing, row in zip(counter.closes, counter.price, strict=True):
        place = host.closes.index(closing)
        values = min(len(row), price.shape[1])
        price[place, :values] += row[:values]
        price[place, values:] = np.inf
    return replace(host, price=price)


def _both(one: FloatArray, other: FloatArray) -> FloatArray:
    """Sum of two price lists; a value that either does not hold is forbidden."""
    values = min(one.shape[1], other.shape[1])
    return one[:, :values] + other[:, :values]


def line_breaches(specs: Iterable[RuleSpec], line: AgentLine) -> list[Breach]:
    """Every breach of some rules in a finished line, with the id of the rule filled in."""
    return [
        replace(breach, rule=spec.id)
        for spec in specs
        for breach in kinds()[spec.kind].breaches(params_of(spec), spared(line, spec))
    ]


def rule_language(spec: RuleSpec, context: LineContext) -> Language:
    """Language of one rule, its counters named after the rule so that they stay unique in a sum."""
    params, price = params_of(spec), inf if spec.weight is None else spec.weight
    one = lifted_language(spec, context, lambda seen: kinds()[spec.kind].language(params, seen, price))
    automata = tuple(replace(a, counter=f"{spec.id}:{a.counter}") if a.counter else a for a in one.automata)
    counters = tuple(_renamed(counter, spec.id) for counter in one.counters)
    return Language(automata, counters, one.cost)


def _renamed(counter: Counter, rule: str) -> Counter:
    carry = counter.carry and replace(counter.carry, counter=f"{rule}:{counter.carry.counter}")
    return replace(counter, name=f"{rule}:{counter.name}", carry=carry)


def _usable(language: Language, context: LineContext) -> BoolArray:
    """Symbols that can stand somewhere: allowed on an open day, or frozen in the line; shape (symbols,)."""
    shape = (context.days, len(context.alphabet.codes))
    possible = np.ones(shape, dtype=bool) if language.cost is None else np.isfinite(language.cost)
    if context.fixed is not None:
        fixed = context.fixed[:, None]
        possible = np.where(fixed >= 0, np.arange(shape[1]) == fixed, possible)
    return np.asarray(possible.any(axis=0))


def _coarse(counter: Counter, usable: BoolArray) -> Counter:
    """The same count in the largest step that every usable symbol is a multiple of (480 for eight-hour shifts).

    Other symbols keep their share, rounded down: agents who differ in them alone share their tables.
    """
    step = max(gcd(*(int(value) for value in np.unique(counter.weight[:, usable]))), 1)
    top = max(_most(counter, usable), default=0)
    return replace(counter, weight=counter.weight // step, price=counter.price[:, : top + 1 : step])


def _implies(other: Counter, counter: Counter, usable: BoolArray) -> bool:
    """Whether whatever `other` allows is free for `counter`, which then says nothing new.

    A month of 40-hour weeks cannot exceed what its weeks add up to, a week cut by the month at most what fits into its days.
    """
    if not np.all(counter.weight[:, usable] <= other.weight[:, usable]):
        return False
    daily = np.where(usable, counter.weight, 0).max(axis=1)
    most = [int(np.flatnonzero(np.isfinite(price)).max(initial=0)) for price in other.price]
    spans = [*zip(_spans(other), most, strict=True), (range(other.closes[-1] + 1, len(daily)), int(daily.sum()))]
    for period, price in zip(_spans(counter), counter.price, strict=True):
        inside = (range(max(days.start, period.start), min(days.stop, period.stop)) for days, _ in spans)
        top = sum(min(cap, int(daily[days.start : days.stop].sum())) for days, (_, cap) in zip(inside, spans, strict=True) if days)
        if top > counter.hi or price[: top + 1].any():
            return False
    return True


def _spans(counter: Counter) -> list[range]:
    """Days of each period."""
    return [range(first, close + 1) for first, close in zip((0, *(c + 1 for c in counter.closes)), counter.closes, strict=False)]


def _most(counter: Counter, usable: BoolArray) -> list[int]:
    """The most that usable symbols can add up to in each period."""
    daily = np.where(usable, counter.weight, 0).max(axis=1)
    return [int(daily[days.start : days.stop].sum()) for days in _spans(counter)]
