"""Who could take an agent's shift on a day, the cheapest first, and how many could not for which cause.

All agents are walked over the tables of the line engine; the verifier then confirms the few that are shown. The cost of a
stand-in is what weighted rules and goals grow by in the stand-in's line (balance of unpopular duty, wishes, pay, ...), and what
coverage loses against the agent whose shift it is. Goals about several agents together (seats, teams, shift cover) are not seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.errors import NotFound
from data.model.request import Ask, Cover
from data.model.roster import Roster
from optimizer.rostering.coverage import slot_prices
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.requests import wording
from optimizer.rostering.requests.causes import Cause, cause_of, in_order
from optimizer.rostering.requests.checks import against
from optimizer.rostering.requests.desk import Desk, desk_of
from optimizer.rostering.requests.drafts import Draft, Place, day_off, with_cells
from optimizer.rostering.requests.handover import handed
from optimizer.rostering.requests.service import chance_at_the_mean, touched
from optimizer.rostering.requests.walks import Walk

MOST_SHOWN = 5
"""Stand-ins that are confirmed and shown (house choice)."""

SMALL = 1e-9
"""Prices below this are rounding."""


@dataclass(frozen=True)
class StandIn:
    """An agent who may take a shift.

    Parameters
    ----------
    costs : dict
        What each cost grows by, by the names of `Verdict.costs`; those that stay the same are left out.
    sentence, sentence_zh : str
        Why the agent has this rank.
    """

    agent: str
    costs: dict[str, float]
    sentence: str
    sentence_zh: str

    @property
    def cost(self) -> float:
        """What the roster costs more."""
        return sum(self.costs.values())


@dataclass(frozen=True)
class Refused:
    """How many agents cannot take a shift for a cause, each counted once, by the first cause.

    Parameters
    ----------
    cause : str
        Code of the catalogue.
    rule : str
        Id of the rule; empty = none.
    """

    cause: str
    rule: str
    count: int


@dataclass(frozen=True)
class StandIns:
    """Who could take a shift.

    Parameters
    ----------
    best : tuple of StandIn
        Confirmed by the verifier, the cheapest first.
    able : int
        All who may take it, by the tables.
    refused : tuple of Refused
        All others but the agent whose shift it is, in the order of the catalogue and of the rulebook.
    """

    agent: str
    day: date
    code: str
    best: tuple[StandIn, ...]
    able: int
    refused: tuple[Refused, ...]


def stand_ins(problem: RosterProblem, roster: Roster, agent: str, day: date, now: datetime, *, most: int = MOST_SHOWN) -> StandIns:
    """Who could take an agent's shift on a day.

    Parameters
    ----------
    problem, roster, now
        As of `judge`.
    most : int
        Stand-ins shown.

    Raises
    ------
    NotFound
        When the agent has no shift on the day.
    """
    return stand_ins_at(desk_of(problem, roster, now, chance_at_the_mean(problem)), agent, day, most=most)


def stand_ins_at(desk: Desk, agent: str, day: date, *, most: int = MOST_SHOWN) -> StandIns:
    """`stand_ins` at a desk; for many shifts ask for `Desk.rule_walks` first, which makes the tables of all agents once."""
    index, horizon = desk.problem.index, desk.problem.grid.horizon
    if agent not in index or not horizon.dates[desk.problem.first_open] <= day <= horizon.last or not desk.cell(agent, day).worked:
        raise NotFound(f"{agent!r} has no shift on {day} in this roster")
    gap = Gap(desk, desk.place(agent, day))
    best, wrong = list[StandIn](), dict[tuple[str, str], int]()
    for row in gap.ranking.tolist():
        if len(best) == most:
            break
        found = _against(gap, row)
        if found is None:
            best.append(_told(gap, row, len(best) + 1))
        else:
            wrong[found] = wrong.get(found, 0) + 1
    counts = gap.counts | {key: gap.counts.get(key, 0) + count for key, count in wrong.items()}
    places = {code: k for k, code in enumerate(_keys(desk))}
    refused = (Refused(*key, count) for key, count in sorted(counts.items(), key=lambda item: places[item[0]]) if count)
    able = len(gap.ranking) - sum(wrong.values())
    return StandIns(agent, day, desk.cell(agent, day).code, tuple(best), able, tuple(refused))


def covers(desk: Desk, request: Ask, day: date) -> Iterator[Cover]:
    """Covers of the shift that an agent has on a day by those who could, the cheapest first; none without a shift."""
    place = desk.place(request.agent, day)
    if desk.roster.start[place] >= 0:
        for row in Gap(desk, place).ranking.tolist():
            yield Cover(id=request.id, agent=request.agent, made_at=request.made_at, other=desk.agent(row).id, day=day)


@dataclass(frozen=True, eq=False)
class Gap:
    """A shift that somebody else is to take."""

    desk: Desk
    place: Place

    @cached_property
    def symbol(self) -> int:
        """Symbol of the shift."""
        return int(self.desk.roster.symbol[self.place])

    @cached_property
    def barred(self) -> dict[tuple[str, str], BoolArray]:
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
    def judged(self) -> tuple[IntArray, dict[str, FloatArray], dict[tuple[str, str], int]]:
        """Who may take it, what each cost grows by for them, and how many may not for which cause."""
        free, counts = np.arange(len(self.desk.problem.agents)) != self.place[0], dict[tuple[str, str], int]()
        for key, barred in self.barred.items():
            counts[key] = int((free & barred).sum())
            free &= ~barred
        rows, costs = np.flatnonzero(free), dict[str, FloatArray]()
        specs = {spec.id: spec for spec in self.desk.problem.rulebook.rules}
        for walk in self.desk.walks(rows) if len(rows) else ():
            grown = self._grown(walk, rows)
            if walk.hard:
                kept = ~(grown > SMALL)
                counts[cause_of(specs[walk.name].kind).code, walk.name] = int((~kept).sum())
                rows, costs = rows[kept], {name: cost[kept] for name, cost in costs.items()}
            else:
                costs[walk.name] = costs.get(walk.name, np.zeros(len(rows))) + grown
        return rows, {name: np.nan_to_num(cost, posinf=np.inf) for name, cost in costs.items()}, counts

    def _grown(self, walk: Walk, rows: IntArray) -> FloatArray:
        return walk.grown(self.desk.roster.symbol, rows, self.place[1], self.symbol)

    @property
    def counts(self) -> dict[tuple[str, str], int]:
        """How many may not take it, by cause and rule."""
        return self.judged[2]

    @cached_property
    def costs(self) -> dict[str, FloatArray]:
        """What each cost grows by for those who may take it; shape (able,) each."""
        rows, costs, _ = self.judged
        return costs | {"goal.coverage": self.service[self.desk.problem.group_of[rows]]}

    @cached_property
    def service(self) -> FloatArray:
        """What coverage costs more with an agent of each skill group than with the one whose shift it is; shape (groups,)."""
        desk, groups = self.desk, len(self.desk.problem.groups)
        alone = Draft({self.place: day_off()})
        slots, grown = touched(desk, alone, with_cells(desk.roster, alone.cells))
        flow, prices = desk.flow(slots, desk.present[:, slots] + grown), np.zeros((groups, len(slots)))
        for g in range(groups):
            slot_prices(flow, g, 0, len(slots), prices[g])
        total = prices.sum(axis=1)
        return total - total[desk.problem.group_of[self.place[0]]]

    @cached_property
    def ranking(self) -> IntArray:
        """Rows of those who may take it, the cheapest first, in the order of the agents where they cost the same."""
        total = sum(self.costs.values(), np.zeros(len(self.judged[0])))
        return self.judged[0][np.argsort(np.round(total, 6), kind="stable")]


def _keys(desk: Desk) -> list[tuple[str, str]]:
    """Causes and rules in the order of the catalogue and of the rulebook."""
    rules = [(cause_of(spec.kind).code, spec.id) for spec in desk.problem.rulebook.rules]
    return [key for cause in Cause for key in [(cause.code, ""), *(rule for rule in rules if rule[0] == cause.code)]]


def _against(gap: Gap, row: int) -> tuple[str, str] | None:
    """The first cause that the verifier finds against a stand-in; None = the agent may take the shift."""
    desk = gap.desk
    giver, taker = desk.agent(gap.place[0]).id, desk.agent(row).id
    draft = handed(desk, giver, taker, desk.day(gap.place[1]))
    reasons = [*draft.flaws, *against(desk, draft, with_cells(desk.roster, draft.cells))]
    mine = in_order(reason for reason in reasons if reason.agent == taker)
    return (mine[0].cause, mine[0].rule) if mine else None


def _told(gap: Gap, row: int, rank: int) -> StandIn:
    """A stand-in in words."""
    at, agent, rulebook = int(np.flatnonzero(gap.judged[0] == row)[0]), gap.desk.agent(row).id, gap.desk.problem.rulebook
    costs = {name: float(cost[at]) for name, cost in gap.costs.items() if abs(cost[at]) > SMALL}
    return StandIn(agent, costs, *(wording.ranked(rulebook, rank, agent, costs, tongue) for tongue in ("en", "zh")))
