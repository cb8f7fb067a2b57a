"""Who is on the phones in each replication of a day of a stress test.

Every draw belongs to the seed, the replication, the day and the agent: whatever is done to one agent leaves all others as they
were, and more absence only takes more agents away (common random numbers).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.offphone import Placement
from data.model.people import Agent
from data.model.roster import Roster, ShiftTemplate
from data.model.splice import SHAPE
from data.model.time import Horizon, TimeGrid, epoch_minutes
from optimizer.rostering.requests.drafts import Cell, Place, with_cells
from optimizer.staffing.centre_model import Duties
from optimizer.staffing.rostered import duties_of

PAUSE_S = 600.0
"""Mean pause off the phones, seconds (house choice, as in `optimizer.staffing.centre_model.with_pauses`)."""

COMES, PAUSES = 11, 12
"""Streams of random numbers: who is absent, and who pauses when."""


class Stretches(NamedTuple):
    """Stretches of agents, those of one agent in order and apart; arrays of shape (stretches,).

    Parameters
    ----------
    row : array of int
        Agent.
    day : array of int
        Day of the roster of the shift.
    start_s, end_s : array of float
        Seconds from the local midnight with which the day tested begins.
    """

    row: IntArray
    day: IntArray
    start_s: FloatArray
    end_s: FloatArray

    def of(self, chosen: BoolArray | IntArray) -> "Stretches":
        """Some of them."""
        return Stretches(self.row[chosen], self.day[chosen], self.start_s[chosen], self.end_s[chosen])


def joined(parts: Sequence[Stretches]) -> Stretches:
    """All stretches of several, in order."""
    row, day = (np.concatenate([getattr(part, name) for part in parts]) for name in ("row", "day"))
    start, end = (np.concatenate([getattr(part, name) for part in parts]) for name in ("start_s", "end_s"))
    whole = Stretches(row, day, start, end)
    return whole.of(np.lexsort((whole.start_s, whole.row)))


def on_duty(agents: Sequence[Agent], roster: Roster, grid: TimeGrid, shifts: Sequence[ShiftTemplate]) -> Stretches:
    """Shifts of a day of the roster, and what the day before leaves of its own, without meals and breaks.

    Parameters
    ----------
    grid : TimeGrid
        Of the one day.
    """
    d = roster.horizon.index(grid.horizon.first)
    days = [day for day in (d - 1, d) if 0 <= day < roster.horizon.days]
    return joined([_of_day(agents, roster, day, grid, shifts) for day in days])


def _of_day(agents: Sequence[Agent], roster: Roster, day: int, grid: TimeGrid, shifts: Sequence[ShiftTemplate]) -> Stretches:
    """The shifts of one day of the roster, as far as they lie in the grid."""
    rows, wide = np.flatnonzero(roster.start[:, day] >= 0), grid.longer(1)
    one = _one_day(roster, rows, day)
    held = duties_of([agents[row] for row in rows.tolist()], one, wide, shifts)
    before, length = 60.0 * (wide.size - grid.size) * grid.minutes, 60.0 * grid.size * grid.minutes
    start, end = (np.clip(edge - before, 0.0, length) for edge in (held.start_s, held.end_s))
    # each agent has one shift on the day, so agents of the duties are the rows in their order
    return Stretches(rows[held.agent], np.full(len(start), day), start, end).of(end > start)


def _one_day(roster: Roster, rows: IntArray, day: int) -> Roster:
    horizon = Horizon(zone=roster.horizon.zone, first=roster.horizon.dates[day], days=1)
    parts = {name: getattr(roster, name)[rows, day : day + 1] for name in ("symbol", *SHAPE, "breaks")}
    return replace(roster, agents=tuple(roster.agents[row] for row in rows.tolist()), horizon=horizon, **parts)


def with_changes(
    held: Stretches,
    agents: Sequence[Agent],
    roster: Roster,
    cells: Mapping[Place, Cell],
    grid: TimeGrid,
    shifts: Sequence[ShiftTemplate],
) -> Stretches:
    """The stretches with other shifts of some agents on the day of the grid, or on the day before."""
    day = roster.horizon.index(grid.horizon.first)
    for at in (day - 1, day):
        here = {place: cell for place, cell in cells.items() if place[1] == at}
        if here:
            changed, rows = with_cells(roster, here), np.array([row for row, _ in here])
            fresh = _of_day(agents, changed, at, grid, shifts)
            stays = ~(np.isin(held.row, rows) & (held.day == at))
            held = joined([held.of(stays), fresh.of(np.isin(fresh.row, rows))])
    return held


def away_for(placements: Sequence[Placement], rows: Mapping[str, int], grid: TimeGrid) -> Stretches:
    """When agents are off the phones for work that is placed, on a day."""
    start = int(grid.day_start_minutes[0])
    spans = [
        (rows[agent], 60.0 * (epoch_minutes(one.start) - start), 60.0 * (epoch_minutes(one.end) - start))
        for one in placements
        for agent in one.everyone
        if agent in rows
    ]
    row, begin, end = np.array(spans, dtype=np.float64).reshape(-1, 3).T
    order = np.lexsort((begin, row))
    found = Stretches(row.astype(np.int64), np.zeros(len(row), dtype=np.int64), begin, end).of(order)
    return found.of((found.end_s > 0) & (found.start_s < 60.0 * grid.size * grid.minutes))


def without(held: Stretches, away: Stretches) -> Stretches:
    """The stretches less those in which the same agents are away."""
    if not len(away.row) or not len(held.row):
        return held
    # all agents on one line, one after the other
    span = 2.0 + max(held.end_s.max(), away.end_s.max()) - min(held.start_s.min(), away.start_s.min(), 0.0)
    start, end = held.row * span + held.start_s, held.row * span + held.end_s
    off, back = away.row * span + away.start_s, np.maximum.accumulate(away.row * span + away.end_s)
    on, until = np.concatenate([[-np.inf], back]), np.concatenate([off, [np.inf]])
    first, last = np.searchsorted(until, start, "right"), np.searchsorted(on, end, "left")
    count = np.maximum(last - first, 0)
    which = np.repeat(np.arange(len(start)), count)
    piece = np.arange(len(which)) - np.repeat(np.cumsum(count) - count - first, count)
    low, high = np.maximum(start[which], on[piece]), np.minimum(end[which], until[piece])
    shift = held.row[which] * span
    return Stretches(held.row[which], held.day[which], low - shift, high - shift).of(high > low)


@dataclass(frozen=True, eq=False)
class Draws:
    """What is drawn of the agents for a day, replication by replication.

    Parameters
    ----------
    luck : array of float, shape (replications, 2, agents)
        An agent does not come to the shift of the day before, and of the day, if it is below the share of absent agents.
    pauses : tuple of Stretches
        When each agent would pause, whether on duty or not.
    """

    luck: FloatArray
    pauses: tuple[Stretches, ...]


def draws_of(grid: TimeGrid, agents: int, pausing: float, *, seed: int, replications: int) -> Draws:
    """Draw absence and pauses of a day.

    Parameters
    ----------
    pausing : float
        Share of the time off the phones, in [0, 1).
    """
    day, before = grid.horizon.first, grid.longer(1).horizon.first
    luck = [[_random(seed, COMES, k, on).random(agents) for on in (before, day)] for k in range(replications)]
    seconds = 60.0 * grid.size * grid.minutes
    pauses = (_pauses(_random(seed, PAUSES, k, day), agents, seconds, pausing) for k in range(replications))
    return Draws(np.array(luck), tuple(pauses) if pausing > 0 else ())


def _random(seed: int, stream: int, replication: int, day: date) -> np.random.Generator:
    return np.random.default_rng((seed, stream, replication, day.toordinal()))


def _pauses(rng: np.random.Generator, agents: int, seconds: float, share: float) -> Stretches:
    """Pauses of agents: times on and off with exponential lengths, from their long-run state on."""
    working = PAUSE_S * (1 - share) / share
    cycles = int(seconds / (PAUSE_S + working) * 1.5) + 20
    off, on = rng.exponential(PAUSE_S, (agents, cycles)), rng.exponential(working, (agents, cycles))
    on[:, 0] *= rng.random(agents) >= share
    end = np.cumsum(off + on, axis=1)
    row = np.repeat(np.arange(agents), cycles)
    return Stretches(row, np.zeros_like(row), (end - off).ravel(), end.ravel())


class Helper(NamedTuple):
    """Agents who come for one queue alone, do not pause and are never absent.

    Parameters
    ----------
    group : int
        Skill group.
    pace : float
        Handle time relative to an experienced agent's.
    """

    heads: int
    group: int
    pace: float
    start_s: float
    end_s: float


def duties(
    held: Stretches, day: int, draws: Draws, k: int, absent: float, group: IntArray, pace: FloatArray, helpers: Sequence[Helper]
) -> Duties:
    """Who is on the phones in a replication.

    Parameters
    ----------
    held : Stretches
        Of the day with number `day`, and of the day before.
    absent : float
        Share of the agents who do not come.
    group, pace : array, shape (agents,)
    """
    comes = draws.luck[k, 1 - (day - held.day), held.row] >= absent
    there = held.of(comes)
    present = without(there, draws.pauses[k]) if draws.pauses else there
    shift, agent = np.unique(2 * present.row + day - present.day, return_inverse=True)
    row = shift // 2
    more = [(one.group, one.pace, one.start_s, one.end_s) for one in helpers for _ in range(one.heads)]
    more_group, more_pace, start, end = np.array(more, dtype=np.float64).reshape(-1, 4).T
    return Duties(
        np.concatenate([group[row], more_group.astype(np.int64)]),
        np.concatenate([pace[row], more_pace]),
        np.concatenate([agent.reshape(-1), len(row) + np.arange(len(more))]),
        np.concatenate([present.start_s, start]),
        np.concatenate([present.end_s, end]),
    )
