"""Why an interval is short: where all the agents are, and what stops those who are not there."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

import numpy as np

from data.model.base import BoolArray, IntArray
from data.model.errors import NotFound
from optimizer.rostering.explain.changes import allotted
from optimizer.rostering.explain.law import Law
from optimizer.rostering.explain.reach import reach, spans
from optimizer.rostering.explain.shift import Alternative, alternative, on_day
from optimizer.rostering.explain.stage import Stage, costs_of
from optimizer.rostering.headcount import on_phones
from optimizer.rostering.product import TableStore

PLACES: tuple[str, ...] = ("serving", "elsewhere", "meal", "leave", "forbidden", "costly", "unskilled")
"""Where an agent can be: on this queue, on another one, at a meal, on leave, kept away by rules, free to come at a price, not
skilled."""


@dataclass(frozen=True)
class ShortReason:
    """Why a queue has the agents that it has in a slot.

    Parameters
    ----------
    counts : dict
        Agents by `PLACES`; they add up to all agents.
    forbidden : dict
        Of the agents whom rules keep away: how many by the smallest set of hard rules that does; the empty set is the contract,
        or a shift that lies on frozen days.
    agent : str
        Who could come at the least price; empty = nobody.
    alternative : Alternative or None
        What it would take.
    """

    queue: str
    start: datetime
    required: float
    counts: dict[str, int]
    forbidden: dict[tuple[str, ...], int]
    agent: str = ""
    alternative: Alternative | None = None

    @property
    def missing(self) -> float:
        """Agents missing."""
        return max(0.0, self.required - self.counts["serving"])


def why_short(stage: Stage, queue: str, slot: int) -> ShortReason:
    """Where all agents are in a slot of the grid, seen from one queue.

    Raises
    ------
    NotFound
        When the problem does not hold the queue, or the slot is not of an open day.
    """
    problem, queues = stage.problem, stage.problem.requirement.queues
    first = problem.grid.size - stage.frame.shape.slots
    if queue not in queues or not first <= slot < problem.grid.size:
        raise NotFound(f"no open slot {slot} of queue {queue!r}")
    q = queues.index(queue)
    seen = _seen(stage, q, slot)
    forbidden, free = _kept_away(stage, np.flatnonzero(seen.away), slot - first)
    serving = round(float(allotted(problem, stage.roster)[q, slot]))
    here = serving, int(seen.there.sum()) - serving, int(seen.meal.sum()), int(seen.leave.sum())
    counts = dict(zip(PLACES, (*here, sum(forbidden.values()), len(free), int((~seen.skilled).sum())), strict=True))
    made = ShortReason(
        queue, problem.grid.index[slot].to_pydatetime(), float(problem.requirement.heads[q, slot]), counts, forbidden
    )
    return _with_cheapest(stage, made, free, slot - first)


class _Seen(NamedTuple):
    """Who has the skill, and who of them is on the phones, at a pause, on leave; shape (agents,) each."""

    skilled: BoolArray
    there: BoolArray
    meal: BoolArray
    leave: BoolArray

    @property
    def away(self) -> BoolArray:
        """Who has the skill and is nowhere to be seen."""
        return self.skilled & ~self.there & ~self.meal & ~self.leave


def _seen(stage: Stage, q: int, slot: int) -> _Seen:
    """Where the agents of a queue are in a slot."""
    problem, roster = stage.problem, stage.roster
    skilled = problem.group_mask[problem.group_of, q]
    column, none = slot - problem.grid.size, np.zeros_like(roster.meal)
    phones = on_phones(problem, roster)[:, column] > 0
    shift = on_phones(problem, replace(roster, meal=none - 1, meal_minutes=none, breaks=none[:, :, None] - 1))[:, column] > 0
    leave = problem.alphabet.leave[roster.symbol[:, problem.grid.day_of_slot[slot]]]
    return _Seen(skilled, skilled & phones, skilled & shift & ~phones, skilled & leave & ~shift)


def _kept_away(stage: Stage, rows: IntArray, slot: int) -> tuple[dict[tuple[str, ...], int], list[int]]:
    """How many of some agents rules keep away, by the rules, and the rows of the others."""
    held = spans(stage.frame.shape, slot)
    can = (reach(stage.frame, rows) & held).any(axis=(1, 2))
    store, known = TableStore(), dict[object, tuple[str, ...]]()
    reasons = [_barrier(stage, int(a), held, store, known) for a in rows[~can]]
    return dict(Counter(reasons).most_common()), rows[can].tolist()


def _barrier(stage: Stage, a: int, held: BoolArray, store: TableStore, known: dict[object, tuple[str, ...]]) -> tuple[str, ...]:
    """Smallest set of rules that keeps an agent off every shift that holds a slot; agents alike are asked once."""
    problem, context = stage.problem, stage.problem.contexts[a]
    law = Law(problem, a, store)
    caps = (int(cap[a]) for cap in (problem.max_line_minutes, problem.min_line_minutes) if cap is not None)
    terms = context.contract, context.agent.protection, context.balance and context.balance.model_copy(update={"agent": ""})
    key = (*terms, tuple(law.hard), problem.leave[a].tobytes(), problem.fixed[a].tobytes(), *caps)
    if key not in known:
        known[key] = tuple(sorted(law.conflict(_some_of(held))[0]))
    return known[key]


def _some_of(held: BoolArray) -> BoolArray:
    """Lines that are on shift, on the day that has most of the shifts; all symbols on the other days."""
    day = int(held.sum(axis=1).argmax())
    allowed = np.ones(held.shape, dtype=np.bool_)
    allowed[day] = held[day]
    return allowed


def _with_cheapest(stage: Stage, made: ShortReason, free: list[int], slot: int) -> ShortReason:
    """The reason with what it would take to bring in the cheapest of the agents who could come."""
    held = spans(stage.frame.shape, slot)
    days = np.flatnonzero(held.any(axis=1)).tolist()
    priced = [(_price(stage, a, d, held), a, d) for a in free for d in days]
    if not priced:
        return made
    _, a, d = min(priced)
    before = costs_of(stage.problem, stage.roster, a)
    taken = alternative(stage, a, d, np.flatnonzero(held[d]).tolist(), before)
    return replace(made, agent=stage.problem.agents[a].id, alternative=taken)


def _price(stage: Stage, a: int, d: int, held: BoolArray) -> float:
    """What it costs by the engine to have an agent on a shift of one day, over the line as it is; inf if no line is legal."""
    found = stage.answer(a, on_day(stage, d, np.flatnonzero(held[d]).tolist()))
    standing = stage.roster.symbol[a][:, None] == np.arange(held.shape[1])
    now = stage.answer(a, standing) or stage.answer(a, np.ones_like(held))
    return np.inf if found is None or now is None else found.cost - now.cost
