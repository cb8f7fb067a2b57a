"""Demand that no roster can meet: more agents wanted than could legally be there, and what would help."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.people import Agent
from data.model.roster import Roster
from optimizer.rostering.coverage import Flow, slopes
from optimizer.rostering.explain.changes import flow_of
from optimizer.rostering.explain.conflict import presence_prices
from optimizer.rostering.explain.reach import could_be_there
from optimizer.rostering.frame import Frame, frame_of, presence
from optimizer.rostering.goals import change
from optimizer.rostering.line import best_line, new_scratch
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.rules import overtime
from optimizer.rostering.verify import DAY_RHYTHM_MINUTES


@dataclass(frozen=True)
class Unmet:
    """A slot of a queue that no roster can staff as required.

    Parameters
    ----------
    slot : int
        Of the grid.
    required, most : float
        Agents wanted, and the most that could be on the queue if everyone who legally can were there, put to the best use.
    cost : float
        What the agents missing cost at least.
    """

    queue: str
    slot: int
    start: datetime
    required: float
    most: float
    cost: float

    @property
    def missing(self) -> float:
        """Agents that no roster can bring."""
        return self.required - self.most


@dataclass(frozen=True)
class Help:
    """What would help a queue with unmet slots.

    Parameters
    ----------
    kind : str
        overtime (shifts made longer up to the limit of overtime), skills (agents taught the queue) or hire (one more agent).
    agents : int
        How many there are for it, in the slot with most; 1 hire.
    contract : str
        Of a hire.
    saved : float
        Cost of agents missing that it saves: of the unmet slots, or for a hire of all slots at the shadow prices.
    minutes : int
        Overtime, or paid minutes of the hire; 0 = none.
    cost : float
        Its price by the goals, for a hire what they charge for its days; NaN where they name none.
    """

    kind: Literal["overtime", "skills", "hire"]
    queue: str
    agents: int
    contract: str
    saved: float
    minutes: int
    cost: float


def shadow_prices(problem: RosterProblem, roster: Roster) -> FloatArray:
    """What one agent more would save in each priced slot and queue beside a roster; shape (slots, queues)."""
    return slopes(flow_of(problem, presence(problem, roster, np.ones(roster.symbol.shape, dtype=np.bool_))))


@dataclass(frozen=True, eq=False)
class Crowding:
    """Everyone who could legally be there, slot by slot.

    Parameters
    ----------
    there : array of bool, shape (agents, slots)
    flow : Flow
        All of them at once, put to the best use.
    """

    frame: Frame
    there: BoolArray
    flow: Flow

    @property
    def first(self) -> int:
        """First priced slot of the grid."""
        return self.frame.problem.grid.size - self.frame.shape.slots

    @property
    def heads(self) -> FloatArray:
        """Requirement of the priced slots; shape (slots, queues)."""
        return self.frame.problem.requirement.heads[:, self.first :].T.astype(np.float64)

    @property
    def missing(self) -> FloatArray:
        """Agents that no roster can bring; shape (slots, queues)."""
        return np.maximum(self.heads - self.flow.served, 0.0)


def crowding(frame: Frame) -> Crowding:
    """Everyone who could legally be there; agents whose days are given are where they are."""
    there = could_be_there(frame, np.arange(len(frame.table_of)))
    counts = np.zeros(frame.frozen.shape, dtype=np.int64)
    np.add.at(counts, frame.problem.group_of, there)
    return Crowding(frame, there, flow_of(frame.problem, counts + frame.frozen))


def unmet(crowd: Crowding) -> tuple[Unmet, ...]:
    """Slots that no roster can staff, those with most agents missing first.

    The bound lets everyone be there in each slot by itself: what it finds is out of reach for certain, what it leaves out may be
    so together with other slots.
    """
    problem, missing = crowd.frame.problem, crowd.missing
    found = [
        Unmet(
            problem.requirement.queues[q],
            crowd.first + t,
            problem.grid.index[crowd.first + t].to_pydatetime(),
            float(crowd.heads[t, q]),
            float(crowd.flow.served[t, q]),
            float(missing[t, q] * problem.prices[0, q]),
        )
        for t, q in np.argwhere(missing > 0).tolist()
    ]
    return tuple(sorted(found, key=lambda one: (-one.missing, one.slot)))


def helps(crowd: Crowding, prices: FloatArray) -> tuple[Help, ...]:
    """What would help each queue that has unmet slots.

    Parameters
    ----------
    prices : array of float, shape (slots, queues)
        What one agent more is worth in each priced slot (`shadow_prices`).
    """
    short = np.flatnonzero(crowd.missing.any(axis=0)).tolist()
    return tuple(found for q in short for found in (*_overtime(crowd, q), *_skills(crowd, q), *_hires(crowd, q, prices)))


def _overtime(crowd: Crowding, q: int) -> Iterator[Help]:
    """Agents of the queue whose shift could be made to reach an unmet slot."""
    problem, slot = crowd.frame.problem, crowd.frame.problem.grid.minutes
    most = overtime_minutes(problem) // slot
    skilled = problem.group_mask[problem.group_of, q] & np.array([_may_overtime(problem, agent) for agent in problem.agents])
    there = crowd.there[skilled]
    near = there.copy()
    for shift in range(1, most + 1):
        near[:, shift:] |= there[:, :-shift]
        near[:, :-shift] |= there[:, shift:]
    helpers = (near & ~there).sum(axis=0)
    used = np.minimum(helpers, crowd.missing[:, q])
    if used.any():
        hours, prices = float(used.sum()) * slot / 60, [float(goal.overtime_cost) for goal in _change_goals(problem)]
        cost = hours * sum(prices) if prices else np.nan
        yield _help(crowd, "overtime", q, helpers, used, minutes=round(hours * 60), cost=cost)


def _skills(crowd: Crowding, q: int) -> Iterator[Help]:
    """Agents without the skill who could be there and whom their own queues do not need."""
    spare = np.maximum(crowd.flow.served - crowd.heads, 0.0).sum(axis=1).astype(np.int64)
    used = np.minimum(spare, crowd.missing[:, q])
    if used.any():
        yield _help(crowd, "skills", q, spare, used, minutes=0, cost=np.nan)


def _help(
    crowd: Crowding, kind: Literal["overtime", "skills"], q: int, helpers: IntArray, used: FloatArray, minutes: int, cost: float
) -> Help:
    problem, wanted = crowd.frame.problem, crowd.missing[:, q] > 0
    saved = float(used.sum() * problem.prices[0, q])
    return Help(kind, problem.requirement.queues[q], int(helpers[wanted].max()), "", saved, minutes, cost)


def _hires(crowd: Crowding, q: int, prices: FloatArray) -> Iterator[Help]:
    """One more agent with this skill alone, on each contract in use."""
    problem, queue = crowd.frame.problem, crowd.frame.problem.requirement.queues[q]
    for contract in sorted({agent.contract for agent in problem.agents}):
        frame = frame_of(_alone(problem, Agent(id="hire", contract=contract, skills=(queue,))))
        if not len(frame.placeable):
            continue
        price, own, tables = presence_prices(frame, 0, prices)[0], frame.crew.cost[0], frame.tables[int(frame.table_of[0])]
        line = best_line(tables, price + own, new_scratch(tables))[1]
        saved, cost = (float(part[np.arange(len(line)), line].sum()) for part in (-price, own))
        minutes = int(problem.alphabet.paid_minutes[line[problem.first_open : problem.end_open]].sum())
        yield Help("hire", queue, 1, contract, saved, minutes, cost or np.nan)


def _alone(problem: RosterProblem, agent: Agent) -> RosterProblem:
    """The problem of one new agent, who was off before."""
    days = (1, problem.grid.horizon.days)
    off, none = np.zeros(days, dtype=np.int64), np.full(days, -1, dtype=np.int64)
    base = Roster((agent.id,), problem.grid.horizon, problem.alphabet.codes, off, none, off, none, off)
    bare = {"absences": (), "wishes": (), "balances": (), "max_line_minutes": None, "min_line_minutes": None}
    return replace(problem, agents=(agent,), base=base, rhythm="month", **bare)


def overtime_minutes(problem: RosterProblem) -> int:
    """Longest overtime on a day that hard rules and the day rhythm allow, minutes."""
    specs = (spec for spec in problem.rulebook.rules if spec.hard and spec.kind == "overtime")
    limits = (overtime.Params.model_validate(spec.numbers).max_day_minutes for spec in specs)
    return min((DAY_RHYTHM_MINUTES, *limits))


def _may_overtime(problem: RosterProblem, agent: Agent) -> bool:
    guard = agent.protection
    return guard is None or not guard.no_overtime or not guard.holds(problem.grid.horizon.dates[problem.first_open])


def _change_goals(problem: RosterProblem) -> Iterator[change.Params]:
    return (change.Params.model_validate(goal.numbers) for goal in problem.rulebook.goals if goal.kind == "change")
