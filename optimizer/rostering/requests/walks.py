"""What changed days cost each agent by every rule and goal: lines walked over the tables of the line engine.

Each rule has tables of its own, and hard ones a price too, so that a walk tells which rule a line breaks and by how much. Tables
are made once for all agents of a roster, or for the few of one question; a question is then one loop over the agents.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numba import njit

from data.model.base import FloatArray, IntArray
from data.model.rulebook import RuleSpec
from optimizer.rostering import goals
from optimizer.rostering.goals import Charge
from optimizer.rostering.language import Language
from optimizer.rostering.layout import LineTables
from optimizer.rostering.line import line_price
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.product import TableStore
from optimizer.rostering.requests.drafts import rows_of
from optimizer.rostering.spoken import spoken

COVERAGE = "coverage"
"""The goal whose cost is no sum over lines."""


UNRULED = ("alphabet", "index", "leave", "fixed", "contexts")
"""What a problem knows that reads neither its rulebook nor its rhythm, and takes a second for 5,000 agents under 30 rules."""


@dataclass(frozen=True, eq=False)
class Walk:
    """What one rule or goal says of every line.

    Parameters
    ----------
    name : str
        Id of the rule, or ``goal.<kind>``, as in `Verdict.costs`.
    hard : bool
        A hard rule: its price is the amount of breach, and costs nothing else.
    languages : tuple of Language
    tables : tuple of LineTables or None
        Of each language; None = it has no line.
    said : array of int, shape (agents,)
        Language of each agent; -1 = nothing is known of the agent.
    prices : array of float, shape (agents, days, symbols), or None
        What is the agent's own beside.
    """

    name: str
    hard: bool
    languages: tuple[Language, ...]
    tables: tuple[LineTables | None, ...]
    said: IntArray
    prices: FloatArray | None

    def grown(self, lines: IntArray, rows: IntArray, days: IntArray, symbols: IntArray) -> FloatArray:
        """By how much the price of each changed line grows; nan where it was inf before.

        Parameters
        ----------
        lines : array of int, shape (agents, days)
        rows : array of int, shape (changes,)
            Agent of each change; one agent may be asked about more than once.
        days, symbols : array of int, shape (changes, changed days)
            Symbols that the line would have on these days, each day once.
        """
        grown, stood = np.zeros(len(rows)), lines[rows[:, None], days]
        if self.prices is not None:
            grown += (self.prices[rows[:, None], days, symbols] - self.prices[rows[:, None], days, stood]).sum(axis=1)
        said = self.said[rows]
        for number in np.unique(said) if self.languages else ():
            of = np.flatnonzero(said == number)
            grown[of] += self._walked(int(number), lines, rows[of], days[of], symbols[of])
        return grown

    def _walked(self, number: int, lines: IntArray, rows: IntArray, days: IntArray, symbols: IntArray) -> FloatArray:
        """The same by one language."""
        tables, cost = self.tables[number], self.languages[number].cost
        walked = np.full(len(rows), np.nan) if tables is None else _grown_prices(tables, lines, rows, days, symbols)
        if cost is None:
            return walked
        return walked + _difference(cost[days, symbols].sum(axis=1), cost[days, lines[rows[:, None], days]].sum(axis=1))


def _difference(after: FloatArray, before: FloatArray) -> FloatArray:
    """After less before, nan where before is inf; both may be inf."""
    known = np.isfinite(before)
    return np.where(known, after - np.where(known, before, 0.0), np.nan)


@njit(cache=True, nogil=True)
def _grown_prices(tables: LineTables, lines: IntArray, rows: IntArray, days: IntArray, symbols: IntArray) -> FloatArray:
    """Price of each line with other symbols on some days, less its price as it stands; nan where that is inf."""
    grown = np.empty(len(rows))
    for i in range(len(rows)):
        line = lines[rows[i]].copy()
        before = line_price(tables, line)
        for k in range(days.shape[1]):
            line[days[i, k]] = symbols[i, k]
        grown[i] = line_price(tables, line) - before if before < np.inf else np.nan
    return grown


def rule_walks(problem: RosterProblem, store: TableStore, rows: IntArray | None = None) -> tuple[Walk, ...]:
    """Every rule that says something of lines, in the order of the rulebook.

    Parameters
    ----------
    problem : RosterProblem
        With a base.
    rows : array of int or None
        Agents about whom questions may be asked; None = all.
    """
    few = problem if rows is None else _some(problem, rows)
    walks = [_of_rule(few, spec, store) for spec in problem.rulebook.rules]
    if rows is not None:
        walks = [replace(walk, said=_put(walk.said, rows, len(problem.agents))) for walk in walks]
    return tuple(walk for walk in walks if walk.languages)


def goal_walks(problem: RosterProblem, store: TableStore) -> tuple[Walk, ...]:
    """Every goal that charges lines for themselves but coverage, and change, which costs the same whoever changes."""
    return tuple(_of_goals(_known(replace(problem, rhythm="month"), problem), store))


def _some(problem: RosterProblem, rows: IntArray) -> RosterProblem:
    """The problem of some agents; goals, which may compare all of them, are not to be asked of it."""
    base = None if problem.base is None else rows_of(problem.base, rows.tolist())
    return replace(problem, agents=tuple(problem.agents[row] for row in rows), base=base)


def _put(said: IntArray, rows: IntArray, agents: int) -> IntArray:
    """Languages of some agents in their rows among all; -1 = not asked."""
    put = np.full(agents, -1, dtype=np.int64)
    put[rows] = said
    return put


def _of_rule(problem: RosterProblem, spec: RuleSpec, store: TableStore) -> Walk:
    """A rule alone; a hard one with a price of 1, so that breaches that stand already have a price too."""
    priced = spec.model_copy(update={"weight": spec.weight or 1.0})
    return _walk(_with_rules(problem, (priced,)), spec.id, spec.hard, (), store)


def _of_goals(problem: RosterProblem, store: TableStore) -> Iterator[Walk]:
    """The goals that charge lines for themselves."""
    bare = _with_rules(problem, ())
    for spec in problem.rulebook.goals:
        if spec.kind != COVERAGE:
            goal = goals.kinds()[spec.kind]
            charge = goal.charge(goal.Params.model_validate(spec.numbers), problem)
            if charge.language is not None or charge.prices is not None:
                yield _walk(bare, f"goal.{spec.kind}", False, (charge,), store)


def _with_rules(problem: RosterProblem, rules: Sequence[RuleSpec]) -> RosterProblem:
    rulebook = problem.rulebook.model_copy(update={"rules": tuple(rules), "goals": ()})
    return _known(replace(problem, rulebook=rulebook), problem)


def _known(problem: RosterProblem, other: RosterProblem) -> RosterProblem:
    """The problem, with what another one that differs in rulebook or rhythm alone already knows of agents and days."""
    vars(problem).update({name: getattr(other, name) for name in UNRULED})
    return problem


def _walk(problem: RosterProblem, name: str, hard: bool, charges: Sequence[Charge], store: TableStore) -> Walk:
    languages, said = spoken(problem, charges)
    prices = charges[0].prices if charges else None
    if not any(language.automata or language.counters or language.cost is not None for language in languages):
        languages = []
    size = problem.grid.horizon.days, len(problem.alphabet.codes)
    return Walk(name, hard, tuple(languages), tuple(store.get(language, *size) for language in languages), said, prices)
