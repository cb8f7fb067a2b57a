"""The few lines that each agent may choose from when only so much may change, what they change, and the choice under way."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.errors import Finding, InvalidData, VerificationFailed
from data.model.roster import Roster
from data.model.splice import differing
from optimizer.rostering.change_budget_kernels import MAX_LINES, Offers, choose, fits, line_costs
from optimizer.rostering.frame import Frame, Lines, line_values
from optimizer.rostering.line import new_scratch
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search.descent import Descent
from optimizer.rostering.search.params import SearchParams
from optimizer.rostering.search.sweep import place

ROUNDS = 40
"""How often part of a choice is given back and made again (house choice)."""
GIVEN_BACK = 0.25
"""Share of the agents who changed that give their change back each time (house choice)."""
PUSHED = 3
"""At most so many agents take another line each time though it may not pay, and others answer before they do (house choice)."""


@dataclass(frozen=True, eq=False)
class Pool:
    """Lines that stand beside each other; number 0 is the base with leave where it should be, 1 the full adjustment.

    Parameters
    ----------
    frame : Frame
    lines : Lines
        Shape (lines, agents, days) each.
    """

    frame: Frame
    lines: Lines

    @classmethod
    def of(cls, frame: Frame, rows: Sequence[Lines]) -> "Pool":
        """The frame's own `kept` and the lines of some rosters, as many as there is room for."""
        kept = [frame.kept, *rows][:MAX_LINES]
        return cls(frame, Lines(np.stack([one.symbol for one in kept]), np.stack([one.meal for one in kept])))

    def line(self, choice: IntArray) -> Lines:
        """The lines that agents chose; shape of `choice`: (agents,)."""
        agents = np.arange(len(choice))
        return Lines(self.lines.symbol[choice, agents], self.lines.meal[choice, agents])

    def taking(self, k: int) -> IntArray:
        """Everyone who may on line k, the others as in `start`; shape (agents,)."""
        return np.where(np.isfinite(self.own[k]) & (self.frame.table_of >= 0), k, self.start)

    def roster(self, choice: IntArray) -> Roster:
        """The roster of a choice."""
        return self.frame.roster(self.line(choice), {})

    @cached_property
    def rosters(self) -> tuple[Roster, ...]:
        """The roster in which everyone takes the line of the same number."""
        return tuple(self.roster(np.full(self.own.shape[1], k)) for k in range(len(self.own)))

    @cached_property
    def own(self) -> FloatArray:
        """What each line costs its agent beside coverage and crowds, inf = not legal; shape (lines, agents)."""
        return np.stack([_own(self.frame, Lines(*pair)) for pair in zip(*self.lines, strict=True)])

    @cached_property
    def changed(self) -> BoolArray:
        """Days that differ from the base, those on leave aside; shape (lines, agents, days)."""
        return np.stack([changed_days(self.frame, roster) for roster in self.rosters])

    @cached_property
    def moved(self) -> IntArray:
        """Minutes worked at another time than in the base; shape (lines, agents)."""
        return np.stack([moved_minutes(self.frame, roster) for roster in self.rosters])

    def legal_lines(self, a: int) -> list[int]:
        """Different legal lines of an agent."""
        rows = np.concatenate([self.lines.symbol[:, a], self.lines.meal[:, a]], axis=1)
        known = np.flatnonzero(np.isfinite(self.own[:, a]))
        return known[np.unique(rows[known], axis=0, return_index=True)[1]].tolist()

    @cached_property
    def movable(self) -> IntArray:
        """Agents with several legal lines."""
        return np.array([a for a in self.frame.placeable.tolist() if len(self.legal_lines(a)) > 1], dtype=np.int64)

    @cached_property
    def start(self) -> IntArray:
        """The base; those whose line is not legal any more take the one that changes least; shape (agents,).

        Raises
        ------
        VerificationFailed
            If an agent has a legal line, and none of these is one.
        """
        legal = np.isfinite(self.own)
        lost = [self.frame.problem.agents[a].id for a in self.frame.placeable if not legal[:, a].any()]
        if lost:
            raise VerificationFailed(f"the adjusted roster breaks a rule for {', '.join(lost)}")
        least = np.where(legal, self.changed.sum(axis=2), np.iinfo(np.int64).max).argmin(axis=0)
        return np.where(legal[0] | (self.frame.table_of < 0), 0, least)


def changed_days(frame: Frame, roster: Roster) -> BoolArray:
    """Open days that differ from the base, those on leave aside; shape (agents, days)."""
    return differing(base_of(frame.problem), roster) & changeable_days(frame.problem)


def changeable_days(problem: RosterProblem) -> BoolArray:
    """Open days that are not on leave; shape (agents, days)."""
    days = np.arange(problem.grid.horizon.days)
    return (problem.leave < 0) & (days >= problem.first_open) & (days < problem.end_open)


def base_of(problem: RosterProblem) -> Roster:
    """The roster that stands.

    Raises
    ------
    InvalidData
        If the problem is of a month, or has none.
    """
    if problem.base is None or problem.rhythm == "month":
        read = f"rhythm {problem.rhythm}, {'no' if problem.base is None else 'a'} base"
        raise InvalidData([Finding("problem", None, "base", read, "a week adjustment of a roster that stands")])
    return problem.base


def moved_minutes(frame: Frame, roster: Roster) -> IntArray:
    """Minutes that each agent works at another time on the changed days: gained or given up, whichever is more; shape (agents,)."""
    base, which = base_of(frame.problem), changed_days(frame, roster)
    # a day without a shift ends where it starts, before any shift
    end = np.minimum(base.start + base.minutes, roster.start + roster.minutes)
    shared = np.maximum(end - np.maximum(base.start, roster.start), 0)
    gained, lost = (np.where(which, one.minutes - shared, 0).sum(axis=1) for one in (roster, base))
    return np.asarray(np.maximum(gained, lost), dtype=np.int64)


def _own(frame: Frame, lines: Lines) -> FloatArray:
    """What some lines cost beside coverage and crowds: the value of a line engine that is allowed this line alone."""
    crew, shape = frame.crew, frame.shape
    alone = np.full(crew.cost.shape, np.inf)
    place_of = lines.symbol[:, :, None]
    np.put_along_axis(alone, place_of, np.take_along_axis(crew.cost, place_of, axis=2), axis=2)
    cost = np.zeros(len(alone))
    for number, tables in enumerate(frame.tables):
        rows = np.flatnonzero(frame.table_of == number)
        cost[rows] = line_values(tables, alone, rows, new_scratch(tables))
    paused = (crew.base_symbol == lines.symbol) & (crew.base_meal != lines.meal)
    return cost + crew.move_cost * paused[:, shape.open_first : shape.open_end].sum(axis=1)


class Stand:
    """A choice under way: everyone on the floor with the line they chose.

    Parameters
    ----------
    pool : Pool
    use : array of int, shape (lines, agents, limits)
        What a line takes of each limit.
    most : array of int, shape (limits,)
    """

    def __init__(self, pool: Pool, use: IntArray, most: IntArray):
        self.pool, self.choice = pool, pool.start.copy()
        self.offers = Offers(*pool.lines, pool.own, use, most)
        self.descent = Descent(pool.frame, pool.line(self.choice), SearchParams(), present=True)
        self._here = np.zeros(pool.frame.shape.slots, dtype=np.int64)

    def used_by(self, choice: IntArray) -> IntArray:
        """What a choice takes of each limit; shape (limits,)."""
        return self.offers.use[choice, np.arange(len(choice))].sum(axis=0)

    def cost_of(self, choice: IntArray) -> float:
        """Exact cost of the roster of a choice, with which it stands then, without the agents who have no legal line."""
        self.take(choice)
        self.descent.own[:] = self.offers.own[self.choice, np.arange(len(self.choice))]
        return self.descent.exact_cost()

    def allow(self, most: IntArray) -> None:
        """Set other limits."""
        self.offers = self.offers._replace(most=most)

    def take(self, choice: IntArray) -> None:
        """Stand with another choice."""
        frame, rows = self.pool.frame, np.flatnonzero(choice != self.choice)
        for lines, agents in ((self.pool.line(self.choice), -1), (self.pool.line(choice), 1)):
            place(frame.shape, frame.crew, self.descent.floor, lines, rows, agents, self._here)
        self.choice = choice.copy()

    def fill(self, but: Sequence[int] = ()) -> None:
        """Take the best changes that the limits leave room for, some agents left as they are."""
        frame, used = self.pool.frame, self.used_by(self.choice)
        rows = np.setdiff1d(frame.placeable, but)
        choose(frame.shape, frame.crew, self.descent.floor, self.offers, self.choice, used, rows)

    def improve(self, rng: np.random.Generator) -> float:
        """Give changes back at random, push some agents, and fill again, the better choice kept; its cost.

        What pays for two agents together only is found because the others answer an agent who was pushed first.

        References
        ----------
        Schrimpf, Schneider, Stamm-Wilbrandt, Dueck (2000), Record breaking optimization results using the ruin and recreate
        principle, doi:10.1006/jcph.1999.6413.
        """
        best, kept = self.cost_of(self.choice), self.choice.copy()
        for _ in range(ROUNDS):
            self.fill(self._shake(rng))
            self.fill()
            cost = self.cost_of(self.choice)
            if cost < best - 1e-9 * max(1.0, abs(best)):
                best, kept = cost, self.choice.copy()
            else:
                self.take(kept)
        return best

    def _shake(self, rng: np.random.Generator) -> list[int]:
        """Give some changes back and push some agents to other legal lines that the limits leave room for; who was pushed."""
        back = (self.choice != self.pool.start) & (rng.random(len(self.choice)) < GIVEN_BACK * rng.random())
        choice, movable = np.where(back, self.pool.start, self.choice), self.pool.movable
        pushed: list[int] = rng.choice(movable, min(len(movable), int(rng.integers(PUSHED + 1))), replace=False).tolist()
        for a in pushed:
            used, held = self.used_by(choice), int(choice[a])
            ways = [k for k in self.pool.legal_lines(a) if k != held and fits(self.offers, a, held, k, used)]
            choice[a] = rng.choice(ways) if ways else held
        self.take(choice)
        return pushed

    def improve_from(self, starts: Sequence[IntArray], rng: np.random.Generator) -> float:
        """Fill each of some choices and `improve` the best; its cost."""
        filled: list[tuple[float, IntArray]] = []
        for start in starts:
            self.take(start)
            self.fill()
            filled.append((self.cost_of(self.choice), self.choice))
        self.take(min(filled, key=lambda one: one[0])[1])
        return self.improve(rng)

    def line_costs(self, a: int) -> FloatArray:
        """Cost of each line of an agent beside all others, up to a constant; shape (lines,)."""
        frame, cost = self.pool.frame, np.empty(len(self.offers.own))
        line_costs(frame.shape, frame.crew, self.descent.floor, self.offers, a, int(self.choice[a]), self._here, cost)
        return cost
