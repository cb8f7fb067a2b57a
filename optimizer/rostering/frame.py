"""A roster problem as the arrays that the drivers and the bound share: slots of shifts, agents' prices, tables, what is frozen."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from math import gcd
from typing import NamedTuple

import numpy as np
from numba import njit

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.people import Agent
from data.model.roster import Roster
from data.model.rulebook import RuleSpec
from data.model.time import epoch_minutes
from optimizer.rostering.goals import change, kinds
from optimizer.rostering.language import Counter, Language
from optimizer.rostering.layout import LineTables
from optimizer.rostering.line import Scratch, best_value, new_scratch
from optimizer.rostering.problem import LineContext, RosterProblem, shift_starts
from optimizer.rostering.product import TableStore
from optimizer.rostering.ruling import line_language
from optimizer.rostering.solution import Unplaced


class Shape(NamedTuple):
    """Slots of every shift and meal; slot 0 is the first slot of the first open day, slots beyond the grid are cut off.

    Parameters
    ----------
    open_first, open_end, first_shift, slots : int
        Open days, first shift symbol, priced slots.
    begin, end : array of int, shape (days, symbols)
        Slots ``begin <= t < end`` of a shift.
    meals : array of int, shape (symbols,)
        Number of possible meals.
    away : array of int, shape (symbols, meals)
        Slots from the start of the shift to the start of each meal.
    pause : array of int, shape (symbols,)
        Slots of the meal.
    """

    open_first: int
    open_end: int
    first_shift: int
    slots: int
    begin: IntArray
    end: IntArray
    meals: IntArray
    away: IntArray
    pause: IntArray


class Crew(NamedTuple):
    """What each agent costs beside coverage.

    Parameters
    ----------
    group : array of int, shape (agents,)
    cost : array of float, shape (agents, days, symbols)
        Goals that are additive and day costs of rules; inf = forbidden.
    base_symbol, base_meal : array of int, shape (agents, days)
        Shift and number of its meal that may not be moved for nothing; -1 = none.
    move_cost : float
        Price of moving that meal.
    """

    group: IntArray
    cost: FloatArray
    base_symbol: IntArray
    base_meal: IntArray
    move_cost: float


class Lines(NamedTuple):
    """Symbol, and number of the meal (-1 = none), of each agent and day; shape (agents, days) each."""

    symbol: IntArray
    meal: IntArray


@dataclass(frozen=True, eq=False)
class Frame:
    """A problem made ready for a search.

    Parameters
    ----------
    required : array of float, shape (slots, queues)
    prices : array of float, shape (2, queues)
        Under, over; zero if coverage is no goal.
    tables : tuple of LineTables
    table_of : array of int, shape (agents,)
        Tables of each agent; -1 = no legal line, the line is kept as in `kept`.
    kept : Lines
        The line an agent has to begin with: of the base roster, or days off; leave stands on its days.
    frozen : array of int, shape (groups, slots)
        Agents present whom no decision moves: on frozen days, and those without a legal line.
    unplaced : tuple of Unplaced
    """

    problem: RosterProblem
    shape: Shape
    crew: Crew
    required: FloatArray
    prices: FloatArray
    tables: tuple[LineTables, ...]
    table_of: IntArray
    kept: Lines
    frozen: IntArray
    unplaced: tuple[Unplaced, ...]

    @cached_property
    def placeable(self) -> IntArray:
        """Rows of the agents who have a legal line."""
        return np.flatnonzero(self.table_of >= 0)

    def roster(self, lines: Lines, origin: dict[str, str]) -> Roster:
        """The roster of some lines; frozen days as in the base roster."""
        problem, alphabet = self.problem, self.problem.alphabet
        start = np.where(alphabet.is_shift, alphabet.start, -1)[lines.symbol]
        pause = alphabet.of_shifts([shift.meal_minutes for shift in alphabet.shifts])[lines.symbol]
        meal = np.where(lines.meal >= 0, np.maximum(_meal_minutes(problem)[lines.symbol, lines.meal], -1), -1)
        parts = [lines.symbol, start, alphabet.minutes[lines.symbol], meal, np.where(meal >= 0, pause, 0)]
        if problem.base is not None:
            base = problem.base
            old = [problem.fixed, base.start, base.minutes, base.meal, base.meal_minutes]
            parts = [np.where(problem.fixed >= 0, before, part) for before, part in zip(old, parts, strict=True)]
        names, parent = tuple(agent.id for agent in problem.agents), "" if problem.base is None else problem.base.version
        symbol, start, minutes, meal, pause = parts
        made = problem.origin | origin
        return Roster(
            names, problem.grid.horizon, alphabet.codes, symbol, start, minutes, meal, pause, "v1", parent, problem.rhythm, made
        )


def frame_of(problem: RosterProblem) -> Frame:
    """Make a problem ready: compile the rules, price the days, find agents without a legal line."""
    alphabet = problem.alphabet
    shape = _shape(problem)
    languages = _languages(problem)
    store, size = TableStore(), (problem.grid.horizon.days, len(alphabet.codes))
    compiled = [store.get(language, *size) for language in languages]
    crew = _crew(problem, languages)
    tables, table_of = _share(compiled)
    table_of = _without_lines(tables, table_of, crew)
    kept = kept_lines(problem, problem.base)
    unplaced = tuple(_unplaced(problem, int(a), store) for a in np.flatnonzero(table_of < 0))
    coverage = any(goal.kind == "coverage" for goal in problem.rulebook.goals)
    required = problem.requirement.heads[:, problem.grid.size - shape.slots :].T.astype(np.float64, order="C")
    frame = Frame(
        problem,
        shape,
        crew,
        required,
        problem.prices * coverage,
        tables,
        table_of,
        kept,
        np.zeros((0, 0), dtype=np.int64),
        unplaced,
    )
    still = (problem.fixed >= 0) | (table_of < 0)[:, None]
    return replace(frame, frozen=presence(problem, frame.roster(kept, {}), still))


def presence(problem: RosterProblem, roster: Roster, which: BoolArray) -> IntArray:
    """Agents of each group on shift and not at a meal in each priced slot, over some agents' days; shape (groups, slots).

    Parameters
    ----------
    which : array of bool, shape (agents, days)
        Days that count.
    """
    grid, first = problem.grid, int(problem.grid.day_slot[problem.first_open])
    slots = grid.size - first
    a, d = np.nonzero(which & (roster.start >= 0))
    pairs, place = np.unique(np.stack([d, roster.start[a, d]]), axis=1, return_inverse=True)
    instants = [epoch_minutes(roster.instant(int(day), int(start))) for day, start in pairs.T]
    begin = nearest(np.array(instants, dtype=np.int64) - grid.day_start_minutes[0], grid.minutes)[place.ravel()]
    end = begin + nearest(roster.minutes[a, d], grid.minutes)
    away = np.where(roster.meal[a, d] >= 0, np.minimum(begin + nearest(roster.meal[a, d], grid.minutes), end), end)
    back = np.minimum(away + nearest(roster.meal_minutes[a, d], grid.minutes), end)
    steps = np.zeros((len(problem.groups), slots + 1), dtype=np.int64)
    for at, sign in ((begin, 1), (away, -1), (back, 1), (end, -1)):
        np.add.at(steps, (problem.group_of[a], np.clip(at - first, 0, slots)), sign)
    return steps.cumsum(axis=1)[:, :-1]


def nearest(minutes: IntArray, slot: int) -> IntArray:
    """Minutes as whole slots, halves rounded up."""
    return (2 * minutes + slot) // (2 * slot)


def kept_lines(problem: RosterProblem, roster: Roster | None) -> Lines:
    """Lines of a roster, days off without one; on open days leave stands where it should, and nowhere else."""
    alphabet, leave = problem.alphabet, problem.leave
    if roster is None:
        symbol = np.maximum(leave, 0)
        return Lines(symbol, np.full(symbol.shape, -1, dtype=np.int64))
    symbol = np.array([alphabet.codes.index(code) for code in roster.codes])[roster.symbol]
    moot = np.where(alphabet.leave[symbol], 0, symbol)
    symbol = np.where(problem.fixed >= 0, symbol, np.where(leave >= 0, leave, moot))
    number = np.where((_meal_minutes(problem)[symbol] == roster.meal[:, :, None]) & (roster.meal >= 0)[:, :, None], 1, 0)
    known = np.where(number.any(axis=2), number.argmax(axis=2), 0)
    has_meal = alphabet.of_shifts([len(shift.meal_starts) for shift in alphabet.shifts])[symbol] > 0
    return Lines(symbol, np.where(has_meal, known, -1))


def _meal_minutes(problem: RosterProblem) -> IntArray:
    """Start of each possible meal, minutes after the start of the shift; -2 = no such meal; shape (symbols, meals)."""
    alphabet = problem.alphabet
    table = np.full((len(alphabet.codes), max(1, *(len(shift.meal_starts) for shift in alphabet.shifts), 1)), -2, dtype=np.int64)
    for row, shift in enumerate(alphabet.shifts, start=alphabet.first_shift):
        table[row, : len(shift.meal_starts)] = shift.meal_starts
    return table


def _shape(problem: RosterProblem) -> Shape:
    grid, alphabet = problem.grid, problem.alphabet
    first = int(grid.day_slot[problem.first_open])
    slots = grid.size - first
    begin = nearest(shift_starts(grid, alphabet) - grid.day_start_minutes[0], grid.minutes)
    end = begin + nearest(alphabet.minutes, grid.minutes)
    open_first, open_end = (0, grid.horizon.days) if problem.base is None else (problem.first_open, problem.end_open)
    meals = alphabet.of_shifts([len(shift.meal_starts) for shift in alphabet.shifts])
    pause = nearest(alphabet.of_shifts([shift.meal_minutes for shift in alphabet.shifts]), grid.minutes)
    away = nearest(np.maximum(_meal_minutes(problem), 0), grid.minutes)
    cut = [np.clip(edge - first, 0, slots) for edge in (begin, end)]
    return Shape(open_first, open_end, alphabet.first_shift, slots, cut[0], cut[1], meals, away, pause)


def _languages(problem: RosterProblem) -> list[Language]:
    """What the rules say about each agent; agents of whom they know the same share one language."""
    seen: dict[tuple[Agent, tuple[str, ...], bytes, bytes], Language] = {}
    languages: list[Language] = []
    for a, (agent, context) in enumerate(zip(problem.agents, problem.contexts, strict=True)):
        specs = problem.binding(agent)
        key = (
            agent.model_copy(update={"id": "", "name": "", "team": "", "site": "", "skills": ()}),
            tuple(spec.id for spec in specs),
            problem.leave[a].tobytes(),
            problem.fixed[a].tobytes(),
        )
        if key not in seen:
            seen[key] = line_language(specs, context)
        languages.append(seen[key] + _line_cap(problem, a, context))
    return languages


def _line_cap(problem: RosterProblem, a: int, context: LineContext) -> Language:
    """The bounds of an agent's paid minutes as one more counter."""
    if problem.max_line_minutes is None:
        return Language()
    alphabet = problem.alphabet
    usable = np.isin(alphabet.codes, context.contract.shifts) & alphabet.is_shift
    unit = gcd(*(int(minutes) for minutes in alphabet.paid_minutes[usable])) or 1
    weight = np.zeros((context.days, len(alphabet.codes)), dtype=np.int64)
    weight[problem.first_open : problem.end_open] = np.where(usable, alphabet.paid_minutes // unit, 0)
    most = max(0, int(problem.max_line_minutes[a])) // unit
    least = 0 if problem.min_line_minutes is None else -(-int(problem.min_line_minutes[a]) // unit)
    price = np.where(np.arange(most + 1) < least, np.inf, 0.0)
    return Language(counters=(Counter("line_minutes", weight, (problem.end_open - 1,), price[None]),))


def _share(compiled: list[LineTables | None]) -> tuple[tuple[LineTables, ...], IntArray]:
    """Distinct tables, and which ones each agent uses; -1 = none."""
    numbers: dict[int, int] = {}
    tables: list[LineTables] = []
    for table in compiled:
        if table is not None and id(table) not in numbers:
            numbers[id(table)] = len(tables)
            tables.append(table)
    return tuple(tables), np.array([-1 if table is None else numbers[id(table)] for table in compiled], dtype=np.int64)


def _crew(problem: RosterProblem, languages: Iterable[Language]) -> Crew:
    """Prices of each agent's days; a frozen day allows its symbol alone."""
    cost = np.stack([_day_costs(problem, language, a) for a, language in enumerate(languages)])
    for spec in problem.rulebook.goals:
        goal = kinds()[spec.kind]
        paid = goal.charge(goal.Params.model_validate(spec.numbers), problem).prices
        if paid is not None:
            cost += paid
    return Crew(problem.group_of, cost, *_known_meals(problem))


def _allowed(problem: RosterProblem, a: int) -> BoolArray:
    """Where each symbol may stand in an agent's line; shape (days, symbols)."""
    alphabet, fixed, leave = problem.alphabet, problem.fixed[a][:, None], problem.leave[a][:, None]
    symbols = np.arange(len(alphabet.codes))
    usable = np.isin(alphabet.codes, problem.contexts[a].contract.shifts) | ~alphabet.is_shift
    return np.where(fixed >= 0, symbols == fixed, np.where(leave >= 0, symbols == leave, ~alphabet.leave & usable))


def _day_costs(problem: RosterProblem, language: Language, a: int) -> FloatArray:
    """Day costs of a language where symbols may stand, inf elsewhere; shape (days, symbols)."""
    cost = 0.0 if language.cost is None else language.cost
    return np.where(_allowed(problem, a), cost, np.inf)


def _known_meals(problem: RosterProblem) -> tuple[IntArray, IntArray, float]:
    """Shifts of the base roster that stand as in the template, their meals, and the price of moving one."""
    nothing = np.full((len(problem.agents), problem.grid.horizon.days), -1, dtype=np.int64)
    goals = [change.Params.model_validate(goal.numbers) for goal in problem.rulebook.goals if goal.kind == "change"]
    base, alphabet = problem.base, problem.alphabet
    if base is None or problem.rhythm == "month" or not goals:
        return nothing, nothing, 0.0
    symbol = np.array([alphabet.codes.index(code) for code in base.codes])[base.symbol]
    as_template = alphabet.is_shift[symbol] & (alphabet.start[symbol] == base.start) & (alphabet.minutes[symbol] == base.minutes)
    hit = _meal_minutes(problem)[symbol] == base.meal[:, :, None]
    return np.where(as_template, symbol, -1), np.where(hit.any(axis=2), hit.argmax(axis=2), -1), sum(g.move_cost for g in goals)


def _without_lines(tables: tuple[LineTables, ...], table_of: IntArray, crew: Crew) -> IntArray:
    """`table_of` with -1 for the agents whose prices forbid every line."""
    found = table_of.copy()
    for number, table in enumerate(tables):
        rows = np.flatnonzero(table_of == number)
        found[rows[~np.isfinite(line_values(table, crew.cost, rows, new_scratch(table)))]] = -1
    return found


@njit(cache=True, nogil=True)
def line_values(tables: LineTables, cost: FloatArray, rows: IntArray, scratch: Scratch) -> FloatArray:
    """Price of the cheapest legal line of some agents without coverage; shape (rows,)."""
    values = np.empty(len(rows))
    for i in range(len(rows)):
        values[i] = best_value(tables, cost[rows[i]], scratch)
    return values


def _unplaced(problem: RosterProblem, a: int, store: TableStore) -> Unplaced:
    """Why an agent has no legal line: a rule without which there would be one."""
    agent, context = problem.agents[a], problem.contexts[a]
    specs, cap = tuple(spec for spec in problem.binding(agent) if spec.hard), _line_cap(problem, a, context)
    for left_out in specs:
        if _legal(problem, a, line_language([spec for spec in specs if spec is not left_out], context) + cap, store):
            return Unplaced(agent.id, f"no line obeys {_title(left_out)} together with the other rules")
    if _legal(problem, a, line_language(specs, context), store):
        return Unplaced(agent.id, "no line keeps within the paid minutes allowed")
    return Unplaced(agent.id, "no line is legal, whichever one rule is left out")


def _legal(problem: RosterProblem, a: int, language: Language, store: TableStore) -> bool:
    """Whether an agent has a line in a language."""
    tables = store.get(language, problem.grid.horizon.days, len(problem.alphabet.codes))
    if tables is None:
        return False
    cost = _day_costs(problem, language, a)
    return bool(np.isfinite(line_values(tables, cost[None], np.zeros(1, dtype=np.int64), new_scratch(tables))[0]))


def _title(spec: RuleSpec) -> str:
    return f"{spec.id} ({spec.title})" if spec.title else spec.id
