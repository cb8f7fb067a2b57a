"""A shift that somebody else is to take: who is barred, whose line a rule forbids, and what it costs with each of the others.

All agents are walked over the tables of the line engine. The cost of a stand-in is what weighted rules and goals grow by in the
stand-in's line (balance of unpopular duty, wishes, pay, ...), and what coverage loses against the agent whose shift it is. Goals
about several agents together (seats, teams, shift cover) are not seen.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from optimizer.rostering.coverage import Flow, slot_prices
from optimizer.rostering.requests.causes import Cause, cause_of
from optimizer.rostering.requests.desk import Desk
from optimizer.rostering.requests.drafts import Place
from optimizer.rostering.requests.service import on_phones
from optimizer.rostering.requests.walks import Walk

SMALL = 1e-9
"""Prices below this are rounding."""

Key = tuple[str, str]
"""Code of a cause, and id of the rule; empty = none."""


class Lines(NamedTuple):
    """Changed lines that no hard rule forbids.

    Parameters
    ----------
    kept : array of int
        Their places among those asked about.
    costs : dict
        What each cost grows by, by the names of `Verdict.costs`; shape of `kept` each.
    broken : dict
        How many of the others break which rule first.
    """

    kept: IntArray
    costs: dict[str, FloatArray]
    broken: dict[Key, int]


@dataclass(frozen=True, eq=False)
class Gap:
    """A shift that somebody else is to take."""

    desk: Desk
    place: Place

    @property
    def giver(self) -> str:
        """Agent whose shift it is."""
        return self.desk.agent(self.place[0]).id

    @property
    def day(self) -> date:
        """Its day."""
        return self.desk.day(self.place[1])

    @cached_property
    def symbol(self) -> int:
        """Symbol of the shift."""
        return int(self.desk.roster.symbol[self.place])

    @cached_property
    def barred(self) -> dict[Key, BoolArray]:
        """Who is barred by something else than a rule, cause by cause; shape (agents,) each."""
        (row, d), problem, alphabet = self.place, self.desk.problem, self.desk.problem.alphabet
        now, day = self.desk.roster.symbol[:, d], self.desk.day(d)
        held = {contract.id: alphabet.codes[self.symbol] in contract.shifts for contract in problem.centre.contracts}
        guards = [agent.protection for agent in problem.agents]
        night = int(alphabet.night_minutes[self.symbol]) > 0
        shared: BoolArray = np.logical_or.reduce(problem.group_mask & problem.group_mask[problem.group_of[row]], axis=1)
        return {
            (Cause.LOCKED.code, ""): np.zeros(len(now), dtype=np.bool_) if self.desk.locked is None else self.desk.locked[:, d],
            (Cause.ON_LEAVE.code, ""): (problem.leave[:, d] >= 0) | alphabet.leave[now],
            (Cause.AT_WORK.code, ""): alphabet.is_shift[now],
            (Cause.OUTSIDE_CONTRACT.code, ""): np.array([not held[agent.contract] for agent in problem.agents]),
            (Cause.SKILL_MISSING.code, ""): ~shared[problem.group_of],
            (Cause.PROTECTED.code, ""): np.array(
                [night and guard is not None and guard.no_night and guard.holds(day) for guard in guards]
            ),
        }

    @cached_property
    def sorted_out(self) -> tuple[IntArray, dict[Key, int]]:
        """Who is barred by nothing but perhaps a rule, and how many are by what else."""
        free, counts = np.arange(len(self.desk.problem.agents)) != self.place[0], dict[Key, int]()
        for key, barred in self.barred.items():
            counts[key] = int((free & barred).sum())
            free &= ~barred
        return np.flatnonzero(free), counts

    @property
    def free(self) -> IntArray:
        """Rows of those who are barred by nothing but perhaps a rule."""
        return self.sorted_out[0]

    @cached_property
    def walks(self) -> tuple[Walk, ...]:
        """Rules and goals as tables for those who are free."""
        return self.desk.walks(self.free) if len(self.free) else ()

    def lines(self, rows: IntArray, days: IntArray, symbols: IntArray) -> Lines:
        """What rules and goals say of changed lines; arguments as of `Walk.grown`."""
        kept, costs, broken = np.arange(len(rows)), dict[str, FloatArray](), dict[Key, int]()
        specs = {spec.id: spec for spec in self.desk.problem.rulebook.rules}
        for walk in self.walks:
            grown = walk.grown(self.desk.roster.symbol, rows[kept], days[kept], symbols[kept])
            if walk.hard:
                fine = ~(grown > SMALL)
                broken[cause_of(specs[walk.name].kind).code, walk.name] = int((~fine).sum())
                kept, costs = kept[fine], {name: cost[fine] for name, cost in costs.items()}
            else:
                costs[walk.name] = costs.get(walk.name, np.zeros(len(kept))) + grown
        return Lines(kept, {name: np.nan_to_num(cost, posinf=np.inf) for name, cost in costs.items()}, broken)

    @cached_property
    def judged(self) -> Lines:
        """Those of `free` who may take it, and no other day changes."""
        one = np.ones((len(self.free), 1), dtype=np.int64)
        return self.lines(self.free, one * self.place[1], one * self.symbol)

    @cached_property
    def able(self) -> IntArray:
        """Rows of those who may take it."""
        return self.free[self.judged.kept]

    @property
    def counts(self) -> dict[Key, int]:
        """How many may not take it, by cause and rule."""
        return self.sorted_out[1] | self.judged.broken

    @cached_property
    def costs(self) -> dict[str, FloatArray]:
        """What each cost grows by for those who may take it; shape (able,) each."""
        return self.judged.costs | {"goal.coverage": self.service[self.desk.problem.group_of[self.able]]}

    @cached_property
    def slots(self) -> BoolArray:
        """Slots from the first open one on that the shift is on the phones; shape (slots,)."""
        return on_phones(self.desk, *(np.array([number]) for number in self.place))[0]

    def flow(self, slots: IntArray) -> Flow:
        """All others put to the best use in some slots."""
        present = self.desk.present[:, slots]
        if self.desk.there[self.place]:
            present[self.desk.problem.group_of[self.place[0]]] -= self.slots[slots]
        return self.desk.flow(slots, present)

    @cached_property
    def prices(self) -> FloatArray:
        """What an agent of each skill group costs in each slot of the shift; shape (groups, slots of the shift)."""
        slots = np.flatnonzero(self.slots)
        flow, prices = self.flow(slots), np.zeros((len(self.desk.problem.groups), len(slots)))
        for g, price in enumerate(prices):
            slot_prices(flow, g, 0, len(slots), price)
        return prices

    @cached_property
    def service(self) -> FloatArray:
        """What coverage costs more with an agent of each skill group than with the one whose shift it is; shape (groups,)."""
        total = self.prices.sum(axis=1)
        return total - total[self.desk.problem.group_of[self.place[0]]]

    @cached_property
    def ranking(self) -> IntArray:
        """Places in `able`, the cheapest first, in the order of the agents where they cost the same."""
        return ranked(self.costs, len(self.able))


def ranked(costs: dict[str, FloatArray], size: int) -> IntArray:
    """Places of so many costs, the least first, in their order where they are the same."""
    return np.argsort(np.round(sum(costs.values(), np.zeros(size)), 6), kind="stable")
