"""The hard rules on one agent's line taken one by one, and the smallest set of them that cannot be kept together.

References
----------
Ignatiev, Previti, Liffiton, Marques-Silva, Smallest MUS extraction with minimal hitting set dualization (CP 2015),
doi:10.1007/978-3-319-23219-5_13.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import inf

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.errors import SolverFailure
from data.model.rulebook import RuleSpec
from optimizer.rostering.language import Language, counter
from optimizer.rostering.line import best_line, best_value, new_scratch
from optimizer.rostering.problem import LineContext, RosterProblem
from optimizer.rostering.product import TableStore
from optimizer.rostering.ruling import line_language

LEAVE = "leave"
"""Name of the rule that leave stands on its days, and kind of the rules that say so."""

LINE_MINUTES = "line_minutes"
"""Name of the rule that a week adjustment keeps everyone's paid minutes."""


@dataclass(frozen=True, eq=False)
class Law:
    """What binds one agent: hard rules that may be left out, and the contract and the frozen days, which may not.

    Parameters
    ----------
    a : int
        Row of the agent.
    store : TableStore
        Shared by the agents of a problem.
    leave : array of int, shape (days,), or None
        Leave in place of the agent's own.
    """

    problem: RosterProblem
    a: int
    store: TableStore
    leave: IntArray | None = None

    @cached_property
    def hard(self) -> dict[str, tuple[RuleSpec, ...]]:
        """Hard rules by name, leave as one rule; the minutes of the line stand last."""
        binding = [spec for spec in self.problem.binding(self.problem.agents[self.a]) if spec.hard]
        leave = tuple(spec for spec in binding if spec.kind == LEAVE)
        named: dict[str, tuple[RuleSpec, ...]] = {spec.id: (spec,) for spec in binding if spec.kind != LEAVE}
        if (self.context.leave >= 0).any():
            named[leave[0].id if leave else LEAVE] = leave or (RuleSpec(id=LEAVE, kind=LEAVE),)
        return named | ({} if self.problem.max_line_minutes is None else {LINE_MINUTES: ()})

    @cached_property
    def context(self) -> LineContext:
        """What the rules know of the agent."""
        known = self.problem.contexts[self.a]
        if self.leave is None:
            return known
        parts = known.agent, known.contract, known.alphabet, known.grid, known.first_open
        return LineContext(*parts, self.leave, known.fixed, known.calendar, known.balance)

    def obeyed(self, kept: Collection[str], allowed: BoolArray | None = None) -> bool:
        """Whether some line keeps these rules.

        Parameters
        ----------
        kept : collection of str
            Names of `hard`; the others are left out.
        allowed : array of bool, shape (days, symbols), or None
            Where symbols may stand beside.
        """
        language = self._language(kept, (), 1.0)
        tables = self.store.get(language, *self._shape)
        if tables is None:
            return False
        cost = self._priced(language, kept)
        cost = cost if allowed is None else np.where(allowed, cost, inf)
        return bool(np.isfinite(best_value(tables, cost, new_scratch(tables))))

    def relaxed_line(self, relaxed: Collection[str], weight: float, presence: FloatArray) -> IntArray | None:
        """Line that breaks the relaxed rules least and keeps all others; shape (days,); None if there is none.

        Parameters
        ----------
        weight : float
            Price of one unit of breach.
        presence : array of float, shape (days, symbols)
            Price of each symbol beside that.
        """
        kept = [name for name in self.hard if name not in relaxed]
        language = self._language(kept, relaxed, weight)
        tables = self.store.get(language, *self._shape)
        if tables is None:
            return None
        value, line = best_line(tables, self._priced(language, kept) + presence, new_scratch(tables))
        return line if np.isfinite(value) else None

    def conflict(self, allowed: BoolArray | None = None) -> tuple[frozenset[str], list[frozenset[str]]]:
        """`smallest_conflict` of the hard rules, with a wish for a day or without.

        Raises
        ------
        SolverFailure
            When they can be kept together, so that whoever found no line was wrong.
        """
        if self.obeyed(self.hard, allowed):
            raise SolverFailure(f"{self.context.agent.id}: the rules can be kept together")
        return smallest_conflict(tuple(self.hard), lambda kept: self.obeyed(kept, allowed))

    @property
    def _shape(self) -> tuple[int, int]:
        return self.context.days, len(self.context.alphabet.codes)

    def _language(self, kept: Collection[str], relaxed: Collection[str], weight: float) -> Language:
        """Rules kept as they are and rules relaxed, each unit of breach at a price; weighted rules say nothing."""
        specs = [spec for name in self.hard if name in kept for spec in self.hard[name]]
        specs += [spec.model_copy(update={"weight": weight}) for name in relaxed for spec in self.hard[name]]
        prices = [inf] * (LINE_MINUTES in kept) + [weight] * (LINE_MINUTES in relaxed)
        return line_language(specs, self.context, goals=[self._minutes(price) for price in prices])

    def _minutes(self, price: float) -> Language:
        """Bounds of the paid minutes of the open days."""
        problem, most, least = self.problem, self.problem.max_line_minutes, self.problem.min_line_minutes
        if most is None:
            return Language()
        low = 0 if least is None else int(least[self.a])
        span = (problem.first_open, problem.end_open)
        weight = np.tile(self.context.alphabet.paid_minutes, (self.context.days, 1))
        return Language(counters=(counter(LINE_MINUTES, weight, [span], [low], [int(most[self.a])], price),))

    def _priced(self, language: Language, kept: Collection[str]) -> FloatArray:
        """Day costs where symbols may stand, inf elsewhere; shape (days, symbols)."""
        cost = 0.0 if language.cost is None else language.cost
        return np.where(self._stands(kept), cost, inf)

    def _stands(self, kept: Collection[str]) -> BoolArray:
        """What contract, frozen days and, if it is kept, leave let stand; shape (days, symbols)."""
        alphabet, context = self.context.alphabet, self.context
        symbols = np.arange(len(alphabet.codes))
        usable = ~alphabet.leave & (np.isin(alphabet.codes, context.contract.shifts) | ~alphabet.is_shift)
        fixed, leave, held = (own[:, None] for own in (self.problem.fixed[self.a], context.leave, self.problem.held[self.a]))
        usable = np.where(held >= 0, symbols == held, usable)
        bound = any(spec.kind == LEAVE for name in kept for spec in self.hard[name])
        due = np.where(leave >= 0, (symbols == leave) | (usable & (not bound)), usable)
        return np.where(fixed >= 0, symbols == fixed, due)


def smallest_conflict(
    names: Sequence[str], obeyed: Callable[[frozenset[str]], bool]
) -> tuple[frozenset[str], list[frozenset[str]]]:
    """The smallest set of rules that cannot be kept together, and sets whose omission is enough, none with one to spare.

    Parameters
    ----------
    names : sequence of str
        Rules that cannot all be kept.
    obeyed : function
        Whether some of them can be kept together; who keeps more obeys no easier.
    """
    corrections: list[frozenset[str]] = []
    while True:
        chosen = _fewest_of_each(names, corrections)
        if not obeyed(chosen):
            return chosen, corrections
        kept = chosen
        for name in names:
            if name not in kept and obeyed(kept | {name}):
                kept |= {name}
        corrections.append(frozenset(names) - kept)


def _fewest_of_each(names: Sequence[str], sets: Sequence[frozenset[str]]) -> frozenset[str]:
    """The fewest names that meet every set; the first such names in their order."""
    met = [name for name in names if any(name in one for one in sets)]
    choices = (frozenset(choice) for size in range(len(met) + 1) for choice in combinations(met, size))
    return next(choice for choice in choices if all(choice & one for one in sets))
