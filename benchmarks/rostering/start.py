"""A legal roster made without a search: weeks of five days, each agent at one time of the day.

The verifier is timed on it, and the peers may start from it.
"""

import numpy as np

from benchmarks.rostering.centre import NIGHT, SHIFTS
from data.model.base import IntArray
from data.model.roster import Roster
from optimizer.rostering.problem import RosterProblem

WEEK, DAYS_OFF = 7, 2
FIRST_OFF, FIRST_OFF_OF_NIGHTS = (2, 3, 4), 4
"""First of the two days off of a week, Monday = 0: early enough for the history, late enough for two days of work in a week that
the month cuts after three."""
NIGHT_WEEKS, NIGHT_DAYS = (0, 2), slice(1, 4)
"""Three nights before the two days off, in two weeks of the month."""
NIGHT_SHIFT = "N23"
USUAL = tuple(shift.code for shift in SHIFTS if shift.code[0] in "DEP" and shift.start_minute >= 480)
"""Shifts that may follow any other after a night's rest; no nights, no long ones."""


def legal(problem: RosterProblem) -> Roster:
    """The roster; a day of leave on a day off takes a work day of the same week."""
    return roster_of(problem, np.stack([_line(problem, a) for a in range(len(problem.agents))]))


def usual(problem: RosterProblem, a: int) -> int:
    """Symbol of the shift that an agent works in it."""
    codes = [code for code in problem.contexts[a].contract.shifts if code in USUAL]
    return problem.alphabet.codes.index(codes[a % len(codes)])


def _line(problem: RosterProblem, a: int) -> IntArray:
    """Symbols of one agent's days; the open ones begin on a Monday."""
    days, first, codes = problem.grid.horizon.days, problem.first_open, problem.alphabet.codes
    nights = problem.contexts[a].contract.shifts == NIGHT
    off = FIRST_OFF_OF_NIGHTS if nights else FIRST_OFF[a % len(FIRST_OFF)]
    pattern = (np.arange(WEEK) - off) % WEEK < DAYS_OFF
    weeks = np.tile(np.where(pattern, 0, usual(problem, a)), (-(-(days - first) // WEEK), 1))
    if nights:
        weeks[NIGHT_WEEKS, NIGHT_DAYS] = codes.index(NIGHT_SHIFT)
    leave = np.resize(np.append(problem.leave[a, first:], np.full(WEEK, -1)), weeks.shape)
    for symbols, away in zip(weeks, leave >= 0, strict=True):
        spare = np.flatnonzero((symbols > 0) & ~away)[::-1]
        symbols[spare[: int((away & (symbols == 0)).sum())]] = 0
    known = np.where(problem.fixed[a] >= 0, problem.fixed[a], problem.leave[a])
    return np.where(known >= 0, known, np.append(np.zeros(first, dtype=np.int64), weeks.ravel()[: days - first]))


def roster_of(problem: RosterProblem, symbol: IntArray, meal: IntArray | None = None) -> Roster:
    """The roster of some symbols; the number of the meal is drawn at random where none is told. History stays as it is."""
    alphabet = problem.alphabet
    meals = [shift.meal_starts or (-1,) for shift in alphabet.shifts]
    count = np.maximum(alphabet.of_shifts([len(starts) for starts in meals]), 1)
    table = np.full((len(count), count.max()), -1)
    for row, starts in enumerate(meals, start=alphabet.first_shift):
        table[row, : len(starts)] = starts
    number = np.random.default_rng(0).integers(0, count[symbol]) if meal is None else meal
    start, pause = np.where(alphabet.is_shift, alphabet.start, -1), alphabet.minutes - alphabet.paid_minutes
    shape = [start[symbol], alphabet.minutes[symbol], table[symbol, number], pause[symbol]]
    if problem.base is not None:
        known = (problem.base.start, problem.base.minutes, problem.base.meal, problem.base.meal_minutes)
        shape = [np.where(problem.fixed >= 0, old, new) for old, new in zip(known, shape, strict=True)]
    return Roster(tuple(agent.id for agent in problem.agents), problem.grid.horizon, alphabet.codes, symbol, *shape)
