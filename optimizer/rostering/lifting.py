"""A rule that derogations lift on some days: there it reads paid leave, whatever stands in the roster.

Paid leave is what no kind of rule holds against an agent: it rests, it credits the normal day, and what it uses up of a
maximum is allowed. So one translation lifts every kind, for the engines here and for the verifier in `tally.spared`.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from data.model.base import BoolArray, IntArray
from data.model.rulebook import LiftedRule, RuleSpec
from optimizer.rostering.language import Automaton, Language
from optimizer.rostering.problem import Alphabet, LineContext

Number = TypeVar("Number", np.int64, np.float64)

LEAVE = 1
"""Index of the leave code that stands for a lifted day in the alphabet that the rule is given."""


def lifted_language(rule: RuleSpec, context: LineContext, build: Callable[[LineContext], Language]) -> Language:
    """Language of a rule for one agent, blind on the days on which derogations lift it.

    Parameters
    ----------
    rule : RuleSpec
        As `Rulebook.binding` gives it.
    context : LineContext
    build : function
        The language of the rule in a context.
    """
    if not isinstance(rule, LiftedRule):
        return build(context)
    days = np.array([rule.lifted(day) for day in context.dates])
    return _blinded(build(_on_leave(context, days)), days) if days.any() else build(context)


@lru_cache(maxsize=8)
def _with_leave(alphabet: Alphabet) -> Alphabet:
    """The alphabet with one more code of paid leave."""
    codes = (*alphabet.codes[:LEAVE], "", *alphabet.codes[LEAVE:])
    leave, paid = np.insert(alphabet.leave, LEAVE, True), np.insert(alphabet.paid_leave, LEAVE, True)
    return Alphabet(codes, leave, paid, alphabet.shifts)


def _on_leave(context: LineContext, days: BoolArray) -> LineContext:
    """The context with paid leave on some days."""
    leave = np.where(days, LEAVE, _moved(context.leave))
    fixed = None if context.fixed is None else np.where(days & (context.fixed >= 0), LEAVE, _moved(context.fixed))
    return replace(context, alphabet=_with_leave(context.alphabet), leave=leave, fixed=fixed)


def _moved(symbol: IntArray) -> IntArray:
    """Indices of symbols in the alphabet with one more."""
    return symbol + (symbol >= LEAVE)


def _blinded(language: Language, days: BoolArray) -> Language:
    """The language over the symbols without the one more, each of which stands for it on some days."""
    symbols = np.arange(_symbols(language))
    seen = np.where(days[:, None], LEAVE, np.delete(symbols, LEAVE)[None, :])
    counters = tuple(replace(c, weight=np.take_along_axis(c.weight, seen, axis=1)) for c in language.counters)
    cost = None if language.cost is None else np.take_along_axis(language.cost, seen, axis=1)
    return Language(tuple(_blinded_steps(a, days) for a in language.automata), counters, cost)


def _symbols(language: Language) -> int:
    """Size of the alphabet of a language; what says nothing needs none."""
    tables = [*(a.next for a in language.automata), *(c.weight for c in language.counters), language.cost]
    return max((table.shape[-1] for table in tables if table is not None), default=LEAVE + 1)


def _blinded_steps(automaton: Automaton, days: BoolArray) -> Automaton:
    """The automaton with one more table for each of its own, in which every symbol takes the step of leave."""
    tables = len(automaton.next)
    seen = np.delete(np.arange(automaton.next.shape[2]), LEAVE)

    def both(table: NDArray[Number]) -> NDArray[Number]:
        return np.concatenate([table[..., seen], table[..., np.full(len(seen), LEAVE)]])

    return replace(
        automaton,
        next=both(automaton.next),
        cost=both(automaton.cost),
        kind=automaton.kind + tables * days,
        emit=None if automaton.emit is None else both(automaton.emit),
    )
