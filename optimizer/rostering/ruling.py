"""What the rules that bind an agent say together: one language for the engines, one list of breaches for the verifier."""

from collections.abc import Iterable
from dataclasses import replace
from math import gcd, inf

import numpy as np

from data.model.base import BoolArray
from data.model.roster import AgentLine, Breach
from data.model.rulebook import RuleSpec
from optimizer.rostering.language import Counter, Language
from optimizer.rostering.problem import LineContext
from optimizer.rostering.rules import kinds, params_of


def line_language(specs: Iterable[RuleSpec], context: LineContext) -> Language:
    """Sum of the languages of some rules; counters carry the id of their rule and count in the coarsest exact unit.

    The language knows the history of `context`: tables compiled from it may be shared by agents whose automata and
    counters are equal, not by contract alone.

    Parameters
    ----------
    specs : iterable of RuleSpec
        The rules that bind the agent (`RosterProblem.binding`).
    context : LineContext
    """
    total = sum((_language(spec, context) for spec in specs), Language())
    possible = _possible(total, context)
    fed = {automaton.counter for automaton in total.automata}
    counters = tuple(c if c.name in fed else _coarse(c, possible) for c in total.counters)
    return replace(total, counters=counters)


def line_breaches(specs: Iterable[RuleSpec], line: AgentLine) -> list[Breach]:
    """Every breach of some rules in a finished line, with the id of the rule filled in."""
    return [
        replace(breach, rule=spec.id) for spec in specs for breach in kinds()[spec.kind].breaches(params_of(spec), line)
    ]


def _language(spec: RuleSpec, context: LineContext) -> Language:
    """Language of one rule, its counters named after the rule so that they stay unique in a sum."""
    one = kinds()[spec.kind].language(params_of(spec), context, inf if spec.weight is None else spec.weight)
    automata = tuple(replace(a, counter=f"{spec.id}:{a.counter}") if a.counter else a for a in one.automata)
    counters = tuple(replace(c, name=f"{spec.id}:{c.name}") for c in one.counters)
    return Language(automata, counters, one.cost)


def _possible(language: Language, context: LineContext) -> BoolArray:
    """Symbols that can stand on each day: not forbidden there, and on a frozen day only the one that does stand."""
    shape = (context.days, len(context.alphabet.codes))
    possible = np.ones(shape, dtype=bool) if language.cost is None else np.isfinite(language.cost)
    for day, symbol in enumerate([] if context.fixed is None else context.fixed[: context.first_open]):
        if symbol >= 0:
            possible[day] = np.arange(shape[1]) == symbol
    return possible


def _coarse(counter: Counter, possible: BoolArray) -> Counter:
    """The same count in the largest step that every possible symbol is a multiple of (480 for eight-hour shifts)."""
    step = gcd(*(int(weight) for weight in np.unique(counter.weight[possible])))
    return counter if step <= 1 else replace(counter, weight=counter.weight // step, price=counter.price[:, ::step])
