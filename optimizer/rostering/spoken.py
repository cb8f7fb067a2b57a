"""What rules and goals say of every agent's line, each said once to all of whom it asks the same.

A rule asks of the agent: leave, balance, what stood on the days before. What it asks is noticed, and agents who agree in that share
its language. Of the days before, all that a rule can know is the state in which they leave it, as told without any history: the
states of its automata and the values of its counters. Nights of the month so far, say, and not on which days they were.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.people import Agent
from data.model.rulebook import LiftedRule, RuleSpec
from optimizer.rostering.goals import Charge
from optimizer.rostering.language import Automaton, Counter, Language
from optimizer.rostering.problem import LineContext, RosterProblem
from optimizer.rostering.product import table_key
from optimizer.rostering.rules import kinds
from optimizer.rostering.ruling import lean, rule_language

PERSONAL = frozenset({"leave", "balance", "fixed"})
"""What of a context is the agent's own; what rules may know of the agent itself is compared before."""
HISTORY = "history"

Speaker = Callable[[LineContext], Language]


def spoken(problem: RosterProblem, charges: Sequence[Charge]) -> tuple[list[Language], IntArray]:
    """All languages, and the number of each agent's; those of whom the rules say the same share automata and counters.

    Parameters
    ----------
    charges : sequence of Charge
        What the goals charge for.

    Returns
    -------
    languages : list of Language
    said : array of int, shape (agents,)
    """
    hearing, allowed = _Hearing(problem), allowed_days(problem)
    languages: list[Language] = []
    said = np.empty(len(problem.agents), dtype=np.int64)
    for rows, speakers in _classes(problem, charges):
        for same, parts in hearing.parts(rows, speakers):
            total = sum(parts, Language())
            for alike, usable in _split_usable(problem, total.cost, allowed, same):
                said[alike] = len(languages)
                languages.append(hearing.lean(total + hearing.once(line_cap(problem, int(alike[0]))), usable))
    return languages, said


def allowed_days(problem: RosterProblem, rows: slice = slice(None)) -> BoolArray:
    """Where each symbol may stand in the lines of some agents; shape (agents, days, symbols)."""
    alphabet, fixed, leave = problem.alphabet, problem.fixed[rows, :, None], problem.leave[rows, :, None]
    symbols = np.arange(len(alphabet.codes))
    held = {contract.id: np.isin(alphabet.codes, contract.shifts) | ~alphabet.is_shift for contract in problem.centre.contracts}
    usable = np.array([held[agent.contract] for agent in problem.agents[rows]])[:, None, :] & ~alphabet.leave
    by_hand = problem.held[rows, :, None]
    usable = np.where(by_hand >= 0, symbols == by_hand, usable)
    return np.where(fixed >= 0, symbols == fixed, np.where(leave >= 0, symbols == leave, usable))


def line_cap(problem: RosterProblem, a: int) -> Language:
    """The bounds of an agent's paid minutes as one more counter.

    It counts credited minutes, so that it is a part of the weekly hours where the open days are a week: leave, which stands
    anyway, raises the bounds by what it credits.
    """
    if problem.max_line_minutes is None:
        return Language()
    alphabet, context, days = problem.alphabet, problem.contexts[a], slice(problem.first_open, problem.end_open)
    weight = np.zeros((context.days, len(alphabet.codes)), dtype=np.int64)
    weight[days] = alphabet.credit_minutes(context.contract)
    least, most = _line_bounds(problem, a)
    price = np.where(np.arange(most + 1) < least, np.inf, 0.0)
    return Language(counters=(Counter("line_minutes", weight, (problem.end_open - 1,), price[None]),))


def _line_bounds(problem: RosterProblem, a: int) -> tuple[int, int]:
    """Least and most credited minutes of an agent's open days, of a problem that bounds them; else zeros."""
    if problem.max_line_minutes is None:
        return 0, 0
    leave = problem.leave[a, problem.first_open : problem.end_open]
    credit = problem.alphabet.credit_minutes(problem.contexts[a].contract)
    away = int(credit[leave[leave >= 0]].sum())
    least = 0 if problem.min_line_minutes is None else away + int(problem.min_line_minutes[a])
    return least, away + max(0, int(problem.max_line_minutes[a]))


def _classes(problem: RosterProblem, charges: Sequence[Charge]) -> Iterator[tuple[IntArray, list[Speaker]]]:
    """Agents who are the same to all rules but for what these ask of their days, and who speaks of them."""
    unasked = {"id", "name", "site", "echelon", "prefers", "efficiency"}
    unasked |= set() if any(charge.by_skills for charge in charges) else {"skills"}
    unasked |= set() if any(getattr(kinds()[spec.kind], "READS_TEAM", False) for spec in problem.rulebook.rules) else {"team"}
    asked = sorted(set(Agent.model_fields) - unasked)
    found: dict[tuple[object, ...], list[int]] = {}
    bound: dict[tuple[object, ...], tuple[RuleSpec, ...]] = {}
    for a, agent in enumerate(problem.agents):
        specs = problem.binding(agent)
        lifted = tuple((spec.id, spec.derogations if isinstance(spec, LiftedRule) else ()) for spec in specs)
        key = (*(getattr(agent, name) for name in asked), lifted, *_line_bounds(problem, a))
        found.setdefault(key, []).append(a)
        bound[key] = specs
    goals = [charge.language for charge in charges if charge.language is not None]
    for key, rows in found.items():
        yield np.array(rows, dtype=np.int64), [*(_speaker(spec) for spec in bound[key]), *goals]


def _speaker(spec: RuleSpec) -> Speaker:
    return lambda context: rule_language(spec, context)


def _split_usable(
    problem: RosterProblem, cost: FloatArray | None, allowed: BoolArray, rows: IntArray
) -> Iterator[tuple[IntArray, BoolArray]]:
    """Agents by the symbols that can stand somewhere in their lines: on an open day that they cost nothing infinite, or frozen."""
    free = True if cost is None else np.isfinite(cost) | (problem.fixed[rows] >= 0)[:, :, None]
    usable: BoolArray = np.logical_or.reduce(allowed[rows] & free, axis=1)
    for alike in _groups([line.tobytes() for line in usable]):
        yield rows[alike], usable[alike[0]]


def _groups(keys: Sequence[object]) -> Iterator[IntArray]:
    """Places of equal keys."""
    found: dict[object, list[int]] = {}
    for place, key in enumerate(keys):
        found.setdefault(key, []).append(place)
    return (np.array(places, dtype=np.int64) for places in found.values())


@dataclass(frozen=True, eq=False)
class _Noticing(LineContext):
    """A context that remembers what was asked of it."""

    asked: set[str] = field(default_factory=set[str])

    def __getattribute__(self, name: str) -> object:
        if name in PERSONAL:
            object.__getattribute__(self, "asked").add(name)
        return super().__getattribute__(name)

    def history(self, first: int) -> IntArray:
        before = PERSONAL & self.asked
        known = super().history(first)
        self.asked.intersection_update(before | {HISTORY})
        self.asked.add(HISTORY)
        return known


class _Hearing:
    """Keeps what was said, so that equal things are one object."""

    def __init__(self, problem: RosterProblem):
        self.problem = problem
        self._said: dict[bytes, Language] = {}
        self._lean: dict[tuple[object, ...], Language] = {}

    def parts(self, rows: IntArray, speakers: Sequence[Speaker]) -> Iterator[tuple[IntArray, list[Language]]]:
        """Agents by what all speakers say of them, each part said once."""
        number = np.zeros((len(rows), len(speakers)), dtype=np.int64)
        told: list[Language] = []
        for s, speaker in enumerate(speakers):
            for places, language in self._ask(speaker, rows, np.arange(len(rows)), frozenset()):
                number[places, s] = len(told)
                told.append(self.once(language))
        for same in _groups([line.tobytes() for line in number]):
            yield rows[same], [told[n] for n in number[same[0]]]

    def _ask(
        self, speaker: Speaker, rows: IntArray, places: IntArray, known: frozenset[str]
    ) -> Iterator[tuple[IntArray, Language]]:
        """What a speaker says of agents who agree in all that is `known` to be asked; parted when more is asked."""
        context = _noticing(self.problem.contexts[rows[places[0]]])
        language = speaker(context)
        news = context.asked - known
        if not news:
            yield places, language
            return
        asked = news - {HISTORY} or news
        for same in _groups(self._answers(speaker, rows[places], asked)):
            yield from self._ask(speaker, rows, places[same], known | asked)

    def _answers(self, speaker: Speaker, rows: IntArray, asked: set[str]) -> list[object]:
        """What each agent answers."""
        if asked == {HISTORY}:
            blank = speaker(replace(self.problem.contexts[rows[0]], fixed=None))
            return [line.tobytes() for line in remembered(blank, self.problem.fixed[rows, : self.problem.first_open])]
        return list(zip(*(self._answer(rows, name) for name in sorted(asked)), strict=True))

    def _answer(self, rows: IntArray, name: str) -> list[object]:
        contexts = self.problem.contexts
        if name == "balance":
            balances = [contexts[a].balance for a in rows]
            return [balance and balance.model_copy(update={"agent": "", "points": 0.0}) for balance in balances]
        return [line.tobytes() for line in getattr(self.problem, name)[rows]]

    def once(self, language: Language) -> Language:
        """The language with automata and counters that were said before, if they were."""
        steps = self._said.setdefault(table_key(language), language)
        return replace(steps, cost=language.cost)

    def lean(self, total: Language, usable: BoolArray) -> Language:
        """`ruling.lean` for agents whose lines hold the `usable` symbols alone."""
        key = total.automata, total.counters, usable.tobytes()
        if key not in self._lean:
            context = replace(self.problem.contexts[0], fixed=None)
            self._lean[key] = lean(replace(total, cost=None), context, usable[None])
        return replace(self._lean[key], cost=total.cost)


def _noticing(context: LineContext) -> _Noticing:
    parts = context.agent, context.contract, context.alphabet, context.grid, context.first_open
    return _Noticing(*parts, context.leave, context.fixed, context.calendar, context.balance)


def remembered(language: Language, frozen: IntArray) -> IntArray:
    """State in which the days before leave a language: of each automaton its state, of each counter its value.

    Parameters
    ----------
    language : Language
    frozen : array of int, shape (agents, days before)
        Symbols; -1 = not known, such a day counts for nothing.

    Returns
    -------
    array of int, shape (agents, automata + counters)
    """
    agents, days = frozen.shape
    counts = {counter.name: np.full(agents, counter.start) for counter in language.counters}
    states = [np.full(agents, automaton.start) for automaton in language.automata]
    for day in range(days):
        known, symbol = frozen[:, day] >= 0, np.maximum(frozen[:, day], 0)
        for counter in language.counters:
            counts[counter.name] += np.where(known, counter.weight[day, symbol], 0)
        for i, automaton in enumerate(language.automata):
            states[i] = _step(automaton, day, states[i], symbol, known, counts)
        for counter in language.counters:
            if day in counter.closes:
                counts[counter.name][:] = 0
    return np.array([*states, *counts.values()], dtype=np.int64).reshape(-1, agents).T


def _step(
    automaton: Automaton, day: int, state: IntArray, symbol: IntArray, known: BoolArray, counts: dict[str, IntArray]
) -> IntArray:
    """States after a day, forbidden steps (-1) for ever; what the automaton emits is counted."""
    kind, possible = automaton.kind[day], known & (state >= 0)
    if automaton.emit is not None:
        counts[automaton.counter] += np.where(possible, automaton.emit[kind, state, symbol], 0)
    return np.where(possible, automaton.next[kind, state, symbol], state)
