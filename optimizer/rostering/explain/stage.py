"""A roster with everyone in place, in which one agent at a time is given another line and all others keep theirs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from data.model.base import BoolArray, IntArray
from data.model.roster import AgentLine, Roster
from optimizer.rostering import goals
from optimizer.rostering.coverage import cover_cost
from optimizer.rostering.crowd import crowd_cost
from optimizer.rostering.frame import Frame, Lines, frame_of, kept_lines
from optimizer.rostering.line import best_value
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.ruling import line_breaches
from optimizer.rostering.search.descent import Descent
from optimizer.rostering.search.params import SearchParams
from optimizer.rostering.search.sweep import place, respond
from optimizer.rostering.verify import agent_lines

SMALL = 1e-9
"""Differences of cost below this are rounding."""

ARRAYS: tuple[str, ...] = ("symbol", "start", "minutes", "meal", "meal_minutes", "breaks")
"""What a roster says of a day."""


class Answer(NamedTuple):
    """A line against all others: shape (days,) each, and what the roster costs then by the engine, up to a constant."""

    symbol: IntArray
    meal: IntArray
    cost: float


@dataclass(frozen=True, eq=False)
class Stage:
    """A roster made ready for questions. Every question leaves it as it was.

    Parameters
    ----------
    frame : Frame
    roster : Roster
        In the codes of the problem's alphabet.
    descent : Descent
        Everyone who has a legal line in place.
    """

    frame: Frame
    roster: Roster
    descent: Descent

    @property
    def problem(self) -> RosterProblem:
        """What the roster answers."""
        return self.frame.problem

    def answer(self, a: int, allowed: BoolArray) -> Answer | None:
        """Best legal line of an agent, all others as they are; None if no line is legal.

        Parameters
        ----------
        allowed : array of bool, shape (days, symbols)
            Where symbols may stand beside what the rules say.
        """
        number = int(self.frame.table_of[a])
        if number < 0:
            return None
        tables, scratch = self.frame.tables[number], self.descent.scratch[number]
        if not np.isfinite(best_value(tables, np.where(allowed, self.frame.crew.cost[a], np.inf), scratch)):
            return None
        lines, rows = self.descent.lines, np.array([a])
        old = lines.symbol[a].copy(), lines.meal[a].copy()
        noise = np.where(allowed, 0.0, np.inf)[None]
        frame, floor, own = self.frame, self.descent.floor, self.descent.own
        respond(tables, frame.shape, frame.crew, floor, lines, own, rows, True, noise, scratch)
        made = Answer(lines.symbol[a].copy(), lines.meal[a].copy(), self._cost(a))
        self._put_back(rows, *old)
        return made

    def _cost(self, a: int) -> float:
        flow, crowd, heads = self.descent.floor
        together = crowd_cost(crowd, heads, self.problem.first_open, self.frame.shape.first_shift)
        return cover_cost(flow) + together + float(self.descent.own[a])

    def _put_back(self, rows: IntArray, symbol: IntArray, meal: IntArray) -> None:
        frame, lines, scratch = self.frame, self.descent.lines, np.zeros(self.frame.shape.slots, dtype=np.int64)
        place(frame.shape, frame.crew, self.descent.floor, lines, rows, -1, scratch)
        lines.symbol[rows], lines.meal[rows] = symbol, meal
        place(frame.shape, frame.crew, self.descent.floor, lines, rows, 1, scratch)

    def with_line(self, a: int, answer: Answer) -> Roster:
        """The roster with another line of one agent."""
        return with_line(self.frame, self.roster, a, answer.symbol, answer.meal)

    def without_shift(self, a: int, d: int) -> Roster:
        """The roster with a day off on one day, everything else as it is."""
        empty = dict(zip(ARRAYS, (0, -1, 0, -1, 0, -1), strict=True))
        arrays = {name: getattr(self.roster, name).copy() for name in ARRAYS}
        for name, array in arrays.items():
            array[a, d] = empty[name]
        return replace(self.roster, **arrays)


def stage_of(problem: RosterProblem, roster: Roster) -> Stage:
    """Put everyone in place.

    Times that differ from the template (the day rhythm moves them) are those of the template while a line is sought; what a line
    costs is always measured on the roster as it is.
    """
    frame, codes = frame_of(problem), problem.alphabet.codes
    translate = np.array([codes.index(code) for code in roster.codes])
    told = replace(roster, codes=codes, symbol=translate[roster.symbol])
    known, placed = kept_lines(problem, told), (frame.table_of >= 0)[:, None]
    lines = Lines(*(np.where(placed, now, kept) for now, kept in zip(known, frame.kept, strict=True)))
    return Stage(frame, told, Descent(frame, lines, SearchParams(), present=True))


def with_line(frame: Frame, roster: Roster, a: int, symbol: IntArray, meal: IntArray) -> Roster:
    """A roster with another line of one agent, in the times of the templates; frozen days as they are."""
    lines = Lines(frame.kept.symbol.copy(), frame.kept.meal.copy())
    lines.symbol[a], lines.meal[a] = symbol, meal
    made, arrays = frame.roster(lines, {}), {name: getattr(roster, name).copy() for name in ARRAYS}
    for name, array in arrays.items():
        array[a] = getattr(made, name)[a]
    return replace(roster, **arrays)


def line_of(problem: RosterProblem, roster: Roster, a: int) -> AgentLine:
    """One agent's line in a roster."""
    rows = {name: getattr(roster, name)[a : a + 1] for name in ARRAYS}
    alone = replace(problem, agents=problem.agents[a : a + 1], base=None, max_line_minutes=None, min_line_minutes=None)
    return agent_lines(alone, replace(roster, agents=roster.agents[a : a + 1], **rows))[0]


def costs_of(problem: RosterProblem, roster: Roster, a: int) -> dict[str, float]:
    """Cost of each goal in the whole roster, and of each weighted rule for one agent, by the names of `Verdict.costs`."""
    costs: dict[str, float] = {}
    for spec in problem.rulebook.goals:
        goal, name = goals.kinds()[spec.kind], f"goal.{spec.kind}"
        costs[name] = costs.get(name, 0.0) + goal.measure(goal.Params.model_validate(spec.numbers), problem, roster)
    weights = {spec.id: spec.weight for spec in problem.binding(problem.agents[a]) if spec.weight is not None}
    found = line_breaches([spec for spec in problem.binding(problem.agents[a]) if not spec.hard], line_of(problem, roster, a))
    return costs | {rule: weight * sum(b.amount for b in found if b.rule == rule) for rule, weight in weights.items()}


def difference(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """What each cost grows by; names of costs that stay the same are left out."""
    changed = {name: after.get(name, 0.0) - before.get(name, 0.0) for name in {**before, **after}}
    return {name: value for name, value in changed.items() if abs(value) > SMALL}
