"""Everyone's legal lines, with the limits of a shift left out of the tables until a line breaks them.

A limit is a hard maximum over the whole plan that nothing feeds or carries, say of shifts of one kind. Each is one more dimension
of the tables, and with several of them a table may have a million cells; but most lines keep to them anyway. So a line is sought
without them first, and with those that it broke. A limit that an agent's lines keep breaking stays in the agent's tables; one whose
tables would be too large is priced instead (decremental state space relaxation).

References
----------
Righini, Salani (2008), New dynamic programming algorithms for the resource constrained elementary shortest path problem,
doi:10.1002/net.20212.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from data.model.base import FloatArray, IntArray
from optimizer.rostering.language import Counter, Language
from optimizer.rostering.layout import LineTables
from optimizer.rostering.line import line_price
from optimizer.rostering.product import TableStore
from optimizer.rostering.stretch import settled, stretch_of

MOST_CELLS = 20_000
"""Cells of a state beyond which a limit is priced and not counted (house choice: such a table takes about 10 ms a line)."""
OFTEN = 0.25
"""Share of an agent's lines that break a limit, above which it stays in the agent's tables (house choice)."""
FADING = 0.05
"""Weight of the last line in that share."""
TRIES = 20
"""Lines sought for one answer before it is given up."""


def is_limit(counter: Counter, fed: Iterable[str], days: int) -> bool:
    """Whether a counter is a hard maximum of the whole plan that can be left out of the tables."""
    weight, price = counter.weight, counter.price
    alone = counter.name not in fed and counter.carry is None and counter.start == 0
    return alone and counter.closes == (days - 1,) and not price.any() and bool((weight == weight[0]).all())


@dataclass(frozen=True, eq=False)
class Spoken:
    """A language without its limits, and the limits.

    Parameters
    ----------
    bare : Language
    limits : tuple of Counter
    """

    bare: Language
    limits: tuple[Counter, ...]

    @classmethod
    def of(cls, language: Language, days: int) -> "Spoken":
        """Tell the limits of a language from the rest."""
        fed = {automaton.counter for automaton in language.automata} | {counter.taker for counter in language.counters}
        limits = tuple(counter for counter in language.counters if is_limit(counter, fed, days))
        return cls(replace(language, counters=tuple(c for c in language.counters if c not in limits)), limits)

    @property
    def whole(self) -> Language:
        """The language with all of its limits."""
        return self.holding(range(len(self.limits)))

    def holding(self, kept: Iterable[int]) -> Language:
        """The language with some of its limits."""
        return replace(self.bare, counters=(*self.bare.counters, *(self.limits[k] for k in kept)))


@dataclass(frozen=True, eq=False)
class LegalLines:
    """Tables of everyone's lines, with as many limits as each needs.

    Parameters
    ----------
    languages : tuple of Spoken
    said : array of int, shape (agents,)
        Language of each agent.
    days, symbols : int
    """

    languages: tuple[Spoken, ...]
    said: IntArray
    days: int
    symbols: int
    store: TableStore = field(default_factory=TableStore)

    def of(self, rows: IntArray) -> "LegalLines":
        """Those of some agents."""
        return replace(self, said=self.said[rows])

    def stretch(self, line: IntArray, first: int, end: int) -> "LegalLines":
        """Those of the days from `first` to `end`, or as far as their counts feel them, where all other days stand.

        Parameters
        ----------
        line : array of int, shape (agents, days)
            What stands.
        """
        whole = [self.languages[k].whole for k in self.said.tolist()]
        last = max(settled(language, own, end) for language, own in zip(whole, line, strict=True))
        parts = (stretch_of(language, own, first, last) for language, own in zip(whole, line, strict=True))
        return LegalLines(tuple(Spoken.of(part, last - first) for part in parts), np.arange(len(line)), last - first, self.symbols)

    def own_of(self, own: FloatArray, line: IntArray) -> FloatArray:
        """What everyone's line costs by itself, limits apart; inf = forbidden.

        Parameters
        ----------
        own : array of float, shape (agents, days, symbols)
        line : array of int, shape (agents, days)
        """
        tables = [self.tables(a, ()) for a in range(len(line))]
        rules = [np.inf if table is None else line_price(table, row) for table, row in zip(tables, line, strict=True)]
        return np.asarray(np.take_along_axis(own, line[:, :, None], axis=2).sum(axis=(1, 2)) + np.array(rules))

    @cached_property
    def most_limits(self) -> int:
        """Most limits of a language."""
        return max((len(language.limits) for language in self.languages), default=0)

    @cached_property
    def weight(self) -> IntArray:
        """What each symbol adds to each limit of each agent; shape (agents, limits, symbols)."""
        weight = np.zeros((len(self.languages), self.most_limits, self.symbols), dtype=np.int64)
        for row, language in zip(weight, self.languages, strict=True):
            for k, limit in enumerate(language.limits):
                row[k] = limit.weight[0]
        return weight[self.said]

    @cached_property
    def high(self) -> IntArray:
        """Limits of each agent; shape (agents, limits)."""
        high = np.full((len(self.languages), self.most_limits), np.iinfo(np.int64).max // 2, dtype=np.int64)
        for row, language in zip(high, self.languages, strict=True):
            row[: len(language.limits)] = [limit.hi for limit in language.limits]
        return high[self.said]

    def tables(self, a: int, kept: Iterable[int]) -> LineTables | None:
        """Tables of an agent with some of the limits; None = no line is legal."""
        return self.store.get(self.languages[self.said[a]].holding(sorted(kept)), self.days, self.symbols)

    def cells(self, a: int, kept: Iterable[int]) -> float:
        """Cells of a state that such tables would have at most."""
        counters = self.languages[self.said[a]].holding(kept).counters
        return float(np.prod([counter.hi + 1.0 for counter in counters]))
