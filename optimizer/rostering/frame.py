"""A roster problem as the arrays that the drivers and the bound share: slots of shifts, agents' prices, tables, what is frozen."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numba import njit

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.roster import Roster
from data.model.time import epoch_minutes
from optimizer.rostering.crowd import Crowd, Heads, crowd_of
from optimizer.rostering.curves import Curves, straight
from optimizer.rostering.goals import Charge, change, kinds
from optimizer.rostering.language import Language
from optimizer.rostering.layout import LineTables
from optimizer.rostering.line import Scratch, best_value, new_scratch
from optimizer.rostering.pauses import Plans, most_breaks, nearest, pause_slots, roster_pauses
from optimizer.rostering.problem import RosterProblem, shift_starts
from optimizer.rostering.product import TableStore
from optimizer.rostering.ruling import line_language
from optimizer.rostering.solution import Unplaced
from optimizer.rostering.spoken import allowed_days, line_cap, spoken


class Shape(NamedTuple):
    """Slots of every shift and its pauses; slot 0 is the first slot of the first open day, slots beyond the grid are cut off.

    Parameters
    ----------
    open_first, open_end, first_shift, slots : int
        Open days, first shift symbol, priced slots.
    begin, end : array of int, shape (days, symbols)
        Slots ``begin <= t < end`` of a shift.
    meals, pauses : array of int, shape (symbols,)
        Number of plans, and of pauses in each of them.
    away, back : array of int, shape (symbols, plans, pauses)
        Slots from the start of the shift to the start and to the end of each pause; none overlap.
    """

    open_first: int
    open_end: int
    first_shift: int
    slots: int
    begin: IntArray
    end: IntArray
    meals: IntArray
    pauses: IntArray
    away: IntArray
    back: IntArray


class Crew(NamedTuple):
    """What each agent costs beside coverage.

    Parameters
    ----------
    group : array of int, shape (agents,)
    cost : array of float, shape (agents, days, symbols)
        Goals that are additive and day costs of rules; inf = forbidden.
    base_symbol, base_meal : array of int, shape (agents, days)
        Shift and plan of its pauses that may not be moved for nothing; -1 = none.
    move_cost : float
        Price of moving them.
    """

    group: IntArray
    cost: FloatArray
    base_symbol: IntArray
    base_meal: IntArray
    move_cost: float

    def of(self, rows: IntArray) -> "Crew":
        """Some of the agents."""
        parts = self.group[rows], self.cost[rows], self.base_symbol[rows], self.base_meal[rows]
        return Crew(*parts, self.move_cost)


class Lines(NamedTuple):
    """Symbol, and plan of the pauses (-1 = none), of each agent and day; shape (agents, days) each."""

    symbol: IntArray
    meal: IntArray


@dataclass(frozen=True, eq=False)
class Frame:
    """A problem made ready for a search.

    Parameters
    ----------
    plans : Plans
    curves : Curves
        Cost of the agents on each queue in each slot; zero if coverage is no goal.
    crowd : Crowd
    languages : tuple of Language
        What rules and goals say of a line.
    said : array of int, shape (agents,)
        Language of each agent.
    tables : tuple of LineTables
    table_of : array of int, shape (agents,)
        Tables of each agent; -1 = no legal line, the line is kept as in `kept`.
    kept : Lines
        The line an agent has to begin with: of the base roster, or days off; leave stands on its days.
    frozen : array of int, shape (groups, slots)
        Agents present whom no decision moves: on frozen days, and those without a legal line.
    frozen_heads : Heads
        The same of the bands; and of the teams, those without a legal line.
    unplaced : tuple of Unplaced
    """

    problem: RosterProblem
    plans: Plans
    shape: Shape
    crew: Crew
    curves: Curves
    crowd: Crowd
    languages: tuple[Language, ...]
    said: IntArray
    tables: tuple[LineTables, ...]
    table_of: IntArray
    kept: Lines
    frozen: IntArray
    frozen_heads: Heads
    unplaced: tuple[Unplaced, ...]

    @cached_property
    def placeable(self) -> IntArray:
        """Rows of the agents who have a legal line."""
        return np.flatnonzero(self.table_of >= 0)

    @cached_property
    def stood(self) -> Lines:
        """Shifts of the base roster that stand as in the template, and their plans; -1 = none."""
        return stood_lines(self.problem, self.plans)

    def roster(self, lines: Lines, origin: dict[str, str]) -> Roster:
        """`roster_of` these lines."""
        return roster_of(self.problem, self.plans, self.stood, lines, origin)


def frame_of(problem: RosterProblem) -> Frame:
    """Make a problem ready: compile the rules, price the days, find agents without a legal line."""
    alphabet, plans = problem.alphabet, Plans.of(problem)
    shape, charges = _shape(problem, plans), charges_of(problem)
    languages, said = spoken(problem, charges)
    store, size = TableStore(), (problem.grid.horizon.days, len(alphabet.codes))
    steps = {(language.automata, language.counters): language for language in languages}
    known = {key: store.get(language, *size) for key, language in steps.items()}
    compiled = [known[language.automata, language.counters] for language in languages]
    crew = _crew(problem, plans, languages, said, charges)
    tables, table_of = _share(compiled, said)
    table_of = _without_lines(tables, table_of, crew)
    kept = kept_lines(problem, problem.base)
    unplaced = tuple(_unplaced(problem, int(a), store) for a in np.flatnonzero(table_of < 0))
    bands = [band for charge in charges for band in charge.bands]
    gatherings = [charge.gathering for charge in charges if charge.gathering is not None]
    priced = slice(problem.grid.size - shape.slots, None)
    frame = Frame(
        problem,
        plans,
        shape,
        crew,
        curves_of(problem, charges).of(priced),
        crowd_of(bands, gatherings, len(problem.agents), priced),
        tuple(languages),
        said,
        tables,
        table_of,
        kept,
        np.zeros((0, 0), dtype=np.int64),
        Heads(np.zeros((0, 0), dtype=np.int64), np.zeros((0, 0, 0), dtype=np.int64)),
        unplaced,
    )
    return _with_frozen(frame)


def _with_frozen(frame: Frame) -> Frame:
    """The frame with whoever is present whatever is decided."""
    problem, roster, crowd = frame.problem, frame.roster(frame.kept, {}), frame.crowd
    still = (problem.fixed >= 0) | (frame.table_of < 0)[:, None]
    band = np.zeros(crowd.low.shape, dtype=np.int64)
    for number in range(len(band)):
        band[number] = presence(problem, roster, still & crowd.members(number)[:, None]).sum(axis=0)
    days = np.arange(problem.grid.horizon.days)
    team = np.zeros((int(crowd.team.max(initial=-1)) + 1, len(days), len(problem.alphabet.codes)), dtype=np.int64)
    for k, a in np.argwhere((frame.table_of < 0) & (crowd.team >= 0)):
        team[crowd.team[k, a], days, frame.kept.symbol[a]] += 1
    return replace(frame, frozen=presence(problem, roster, still), frozen_heads=Heads(band, team))


def charges_of(problem: RosterProblem) -> list[Charge]:
    """What each goal of the rulebook charges for."""
    goals = [(kinds()[spec.kind], spec.numbers) for spec in problem.rulebook.goals]
    return [goal.charge(goal.Params.model_validate(numbers), problem) for goal, numbers in goals]


def curves_of(problem: RosterProblem, charges: Iterable[Charge]) -> Curves:
    """Cost of coverage in each slot of the grid: that of the one goal that speaks of it, or nothing."""
    nothing = np.zeros(len(problem.requirement.queues))
    told = [charge.curves for charge in charges if charge.curves is not None]
    return told[-1] if told else straight(problem.requirement.heads.T.astype(np.float64), nothing, nothing)


def presence(problem: RosterProblem, roster: Roster, which: BoolArray) -> IntArray:
    """Agents of each group on shift and not at a pause in each priced slot, over some agents' days; shape (groups, slots).

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
    starts, lengths = roster_pauses(problem, roster)
    away, back = pause_slots(starts[a, d], lengths[a, d], grid.minutes)
    steps = np.zeros((len(problem.groups), slots + 1), dtype=np.int64)
    moves = [(np.minimum(begin + at, end), sign) for edges, sign in ((away, -1), (back, 1)) for at in edges.T]
    for at, sign in ((begin, 1), *moves, (end, -1)):
        np.add.at(steps, (problem.group_of[a], np.clip(at - first, 0, slots)), sign)
    return steps.cumsum(axis=1)[:, :-1]


def roster_of(problem: RosterProblem, plans: Plans, stood: Lines, lines: Lines, origin: dict[str, str]) -> Roster:
    """The roster of some lines; frozen days, and pauses whose plan is the same, as in the base roster.

    Parameters
    ----------
    stood : Lines
        `stood_lines`.
    """
    alphabet = problem.alphabet
    start = np.where(alphabet.is_shift, alphabet.start, -1)[lines.symbol]
    pause = alphabet.of_shifts([shift.meal_minutes for shift in alphabet.shifts])[lines.symbol]
    starts = _pauses(problem, plans, stood, lines)
    meal, eats = starts[:, :, 0], starts[:, :, 0] >= 0
    told = np.dstack([lines.symbol, start, alphabet.minutes[lines.symbol], meal, np.where(eats, pause, 0), starts[:, :, 1:]])
    if problem.base is not None:
        base = problem.base
        breaks = base.break_starts(most_breaks(problem))
        old = np.dstack([problem.fixed, base.start, base.minutes, base.meal, base.meal_minutes, breaks])
        told = np.where(problem.fixed[:, :, None] >= 0, old, told)
    names, parent = tuple(agent.id for agent in problem.agents), "" if problem.base is None else problem.base.version
    symbol, start, minutes, meal, pause = np.moveaxis(told[:, :, :5], 2, 0)
    made = "v1", parent, problem.rhythm, problem.origin | origin, told[:, :, 5:]
    return Roster(names, problem.grid.horizon, alphabet.codes, symbol, start, minutes, meal, pause, *made)


def _pauses(problem: RosterProblem, plans: Plans, stood: Lines, lines: Lines) -> IntArray:
    """Starts of the meal and of each break, -1 = none; shape (agents, days, 1 + breaks)."""
    dealt, base = plans.dealt(lines.symbol, lines.meal), problem.base
    if base is None:
        return dealt
    stays = (stood.symbol == lines.symbol) & (stood.meal == lines.meal) & (lines.meal >= 0)
    return np.where(stays[:, :, None], _starts(base, dealt.shape[2]), dealt)


def kept_lines(problem: RosterProblem, roster: Roster | None) -> Lines:
    """Lines of a roster, days off without one; on open days leave stands where it should, and nowhere else."""
    alphabet, leave = problem.alphabet, problem.leave
    if roster is None:
        symbol = np.maximum(leave, 0)
        return Lines(symbol, np.full(symbol.shape, -1, dtype=np.int64))
    symbol = np.array([alphabet.codes.index(code) for code in roster.codes])[roster.symbol]
    moot = np.where(alphabet.leave[symbol], 0, symbol)
    symbol = np.where(problem.fixed >= 0, symbol, np.where(leave >= 0, leave, moot))
    plans = Plans.of(problem)
    number = plans.numbers(symbol, _starts(roster, plans.starts.shape[-1]))
    return Lines(symbol, np.where(plans.count[symbol] > 0, np.maximum(number, 0), -1))


def _starts(roster: Roster, pauses: int) -> IntArray:
    """Starts of the meal and of so many breaks less one, -1 = none; shape (agents, days, pauses)."""
    return np.concatenate([roster.meal[:, :, None], roster.break_starts(pauses - 1)[:, :, : pauses - 1]], axis=2)


def _shape(problem: RosterProblem, plans: Plans) -> Shape:
    grid, alphabet = problem.grid, problem.alphabet
    first = int(grid.day_slot[problem.first_open])
    slots = grid.size - first
    begin = nearest(shift_starts(grid, alphabet) - grid.day_start_minutes[0], grid.minutes)
    end = begin + nearest(alphabet.minutes, grid.minutes)
    open_first, open_end = (0, grid.horizon.days) if problem.base is None else (problem.first_open, problem.end_open)
    cut = [np.clip(edge - first, 0, slots) for edge in (begin, end)]
    pauses = plans.count, plans.pauses, plans.away, plans.back
    return Shape(open_first, open_end, alphabet.first_shift, slots, cut[0], cut[1], *pauses)


def _share(compiled: list[LineTables | None], said: IntArray) -> tuple[tuple[LineTables, ...], IntArray]:
    """Distinct tables, and which ones each agent uses; -1 = none."""
    numbers: dict[int, int] = {}
    tables: list[LineTables] = []
    for table in compiled:
        if table is not None and id(table) not in numbers:
            numbers[id(table)] = len(tables)
            tables.append(table)
    number = np.array([-1 if table is None else numbers[id(table)] for table in compiled], dtype=np.int64)
    return tuple(tables), number[said]


def _crew(problem: RosterProblem, plans: Plans, languages: list[Language], said: IntArray, charges: list[Charge]) -> Crew:
    """Prices of each agent's days; a frozen day allows its symbol alone."""
    cost = np.where(allowed_days(problem), 0.0, np.inf)
    for number in np.unique(said):
        if (priced := languages[number].cost) is not None:
            cost[said == number] += priced
    for charge in charges:
        if charge.prices is not None:
            cost += charge.prices
    return Crew(problem.group_of, cost, *_known_plans(problem, plans))


def stood_lines(problem: RosterProblem, plans: Plans) -> Lines:
    """Shifts of the base roster that stand as in the template, and their plans; -1 = none."""
    base, alphabet = problem.base, problem.alphabet
    if base is None:
        return Lines(*np.full((2, len(problem.agents), problem.grid.horizon.days), -1, dtype=np.int64))
    symbol = np.array([alphabet.codes.index(code) for code in base.codes])[base.symbol]
    as_template = alphabet.is_shift[symbol] & (alphabet.start[symbol] == base.start) & (alphabet.minutes[symbol] == base.minutes)
    return Lines(np.where(as_template, symbol, -1), plans.numbers(symbol, _starts(base, plans.starts.shape[-1])))


def _known_plans(problem: RosterProblem, plans: Plans) -> tuple[IntArray, IntArray, float]:
    """Shifts of the base roster that stand as in the template, their plans, and the price of moving one."""
    goals = [change.Params.model_validate(goal.numbers) for goal in problem.rulebook.goals if goal.kind == "change"]
    if problem.base is None or problem.rhythm == "month" or not goals:
        nothing = np.full((len(problem.agents), problem.grid.horizon.days), -1, dtype=np.int64)
        return nothing, nothing, 0.0
    stood = stood_lines(problem, plans)
    return stood.symbol, stood.meal, sum(goal.move_cost for goal in goals)


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
    specs, cap = tuple(spec for spec in problem.binding(agent) if spec.hard), line_cap(problem, a)
    for left_out in specs:
        if _legal(problem, a, line_language([spec for spec in specs if spec is not left_out], context) + cap, store):
            return Unplaced(agent.id, f"no line obeys {left_out.named} together with the other rules")
    if _legal(problem, a, line_language(specs, context), store):
        return Unplaced(agent.id, "no line keeps within the paid minutes allowed")
    return Unplaced(agent.id, "no line is legal, whichever one rule is left out")


def _legal(problem: RosterProblem, a: int, language: Language, store: TableStore) -> bool:
    """Whether an agent has a line in a language."""
    tables = store.get(language, problem.grid.horizon.days, len(problem.alphabet.codes))
    if tables is None:
        return False
    cost = np.where(allowed_days(problem, slice(a, a + 1)), 0.0 if language.cost is None else language.cost, np.inf)
    return bool(np.isfinite(line_values(tables, cost, np.zeros(1, dtype=np.int64), new_scratch(tables))[0]))
