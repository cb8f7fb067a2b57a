"""Who has time for off-phone work, and what it costs: the state that pieces are put into and taken out of."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.demand import Requirement
from data.model.offphone import Placement
from data.model.roster import Roster
from data.model.time import epoch_minutes
from optimizer.response.trough.kernels import Runs, count_free, leave_phones, occupy, removal_prices, return_to_phones, vacate
from optimizer.response.trough.units import Unit
from optimizer.rostering.coverage import Flow, add_many, new_flow
from optimizer.rostering.curves import Curves
from optimizer.rostering.frame import curves_of, presence
from optimizer.rostering.goals import coverage
from optimizer.rostering.headcount import on_phones
from optimizer.rostering.pauses import roster_pauses
from optimizer.rostering.problem import RosterProblem

BENDS = 16
"""Bends of what service costs (house choice): at every head in small queues, every few in large ones."""


def service_curves(problem: RosterProblem) -> Curves:
    """What the calls not served in target cost in each priced slot, as the goal of coverage counts them by calls.

    An agent too many costs nothing: it is in troughs that there are such agents.
    """
    queues = tuple(queue.model_copy(update={"over_cost": 0.0}) for queue in problem.centre.queues)
    spare = replace(problem, centre=problem.centre.model_copy(update={"queues": queues}))
    curves = curves_of(spare, [coverage.charge(coverage.Params(by="calls", bends=BENDS), spare)])
    return curves.of(slice(int(problem.grid.day_slot[problem.first_open]), None))


def on_duty(problem: RosterProblem, roster: Roster) -> Roster:
    """The roster without the shifts of those who are on leave by now.

    Raises
    ------
    ValueError
        If the roster is not of the agents and days of the problem.
    """
    if roster.agents != tuple(problem.index) or roster.horizon != problem.grid.horizon:
        raise ValueError("the roster must be of the agents and days of the problem, in their order")
    return replace(roster, start=np.where(problem.leave >= 0, -1, roster.start))


def free_slots(problem: RosterProblem, roster: Roster) -> BoolArray:
    """Priced slots that lie in a shift and touch no pause, to the minute; shape (agents, slots)."""
    grid, (a, d) = problem.grid, np.nonzero(roster.start >= 0)
    times, place = np.unique(np.stack([d, roster.start[a, d]]), axis=1, return_inverse=True)
    begin = np.array([epoch_minutes(roster.instant(int(day), int(start))) for day, start in times.T], dtype=np.int64)
    begin = begin[place.ravel()] - int(grid.day_start_minutes[0])
    first, end = -(-begin // grid.minutes), (begin + roster.minutes[a, d]) // grid.minutes
    held = _covered(grid.size, a, first, np.maximum(end, first), len(roster.agents))
    starts, lengths = roster_pauses(problem, roster)
    pauses = np.zeros_like(held)
    for start, length in zip(starts[a, d].T, lengths[a, d].T, strict=True):
        at, rows = begin + start, start >= 0
        away, back = at // grid.minutes, -(-(at + length) // grid.minutes)
        pauses += _covered(grid.size, a[rows], away[rows], back[rows], len(roster.agents))
    open_from = int(grid.day_slot[problem.first_open])
    return ((held > 0) & (pauses == 0))[:, open_from:] & (on_phones(problem, roster) > 0)


def _covered(slots: int, rows: IntArray, first: IntArray, end: IntArray, agents: int) -> IntArray:
    """How many stretches ``[first, end)`` of each agent cover each slot; shape (agents, slots)."""
    steps = np.zeros((agents, slots + 1), dtype=np.int16)
    for at, sign in ((first, 1), (end, -1)):
        np.add.at(steps, (rows, np.clip(at, 0, slots)), sign)
    return steps.cumsum(axis=1, dtype=np.int16)[:, :-1]


def runs_of(free: BoolArray) -> Runs:
    """Free slots in a row from each slot on; shape (agents, slots + 1)."""
    run = np.zeros((free.shape[1] + 1, len(free)), dtype=np.int64)
    for t in range(free.shape[1] - 1, -1, -1):
        run[t] = (run[t + 1] + 1) * free[:, t]
    return np.ascontiguousarray(run.T, dtype=np.int16)


def flow_without(problem: RosterProblem, roster: Roster, off: IntArray) -> Flow:
    """Everyone on duty put to the best use, without those off the phones; `off` has shape (groups, slots)."""
    flow = new_flow(service_curves(problem), problem.group_mask)
    add_many(flow, presence(problem, roster, np.ones(roster.start.shape, dtype=np.bool_)) - off)
    return flow


def available(problem: RosterProblem, flow: Flow) -> FloatArray:
    """Agents on each queue; 0 before the first open day; shape (queues, slots of the grid)."""
    served = flow.served.T.astype(np.float64)
    return np.pad(served, ((0, 0), (problem.grid.size - served.shape[1], 0)))


def service_level(requirement: Requirement, on_queues: FloatArray) -> float:
    """Share of the calls that are served in target by the staffing curves; NaN without calls."""
    held = on_queues * (1.0 - requirement.shrinkage)
    calls = np.where(on_queues.sum(axis=0) > 0, requirement.calls, 0.0)
    return float((calls * requirement.service(held)).sum() / calls.sum()) if calls.any() else float("nan")


@dataclass(frozen=True)
class Seat:
    """A unit at its time: first slot, and rows of those who do it."""

    unit: Unit
    start: int
    members: tuple[int, ...]

    @property
    def everyone(self) -> tuple[int, ...]:
        """Rows of all who are off the phones."""
        return self.members if self.unit.facilitator < 0 else (*self.members, self.unit.facilitator)


class Room:
    """The roster as pieces are put into it. All slots are priced ones: they count from the first open day.

    Parameters
    ----------
    roster : Roster
        `on_duty`.
    most_share : float
        Most of those on the phones who may be off them for tasks in a slot, in [0, 1].

    Attributes
    ----------
    cost : float
        Service that costs more than with everyone on the phones.
    """

    def __init__(self, problem: RosterProblem, roster: Roster, most_share: float):
        self.problem, self.roster = problem, roster
        present = presence(problem, roster, np.ones(roster.start.shape, dtype=np.bool_))
        self.present, self.slots = present, present.shape[1]
        self.most = np.floor(most_share * present.sum(axis=0) + 1e-9).astype(np.int64)
        self.off = np.zeros_like(present)
        self.flow = flow_without(problem, roster, self.off)
        self.prices = np.zeros(present.shape)
        removal_prices(self.flow, 0, self.slots, self.prices)
        self.run = runs_of(free_slots(problem, roster))
        self.rested = self.run.copy()
        self.cost = 0.0
        self.load = np.zeros(len(roster.agents), dtype=np.int64)
        self.rooms: dict[str, BoolArray] = {}
        self.attending: dict[int, set[int]] = {}

    def length(self, minutes: int) -> int:
        """Slots that so many minutes take."""
        return -(-minutes // self.problem.grid.minutes)

    def put(self, seat: Seat) -> None:
        """Put a unit into the shifts of those who do it."""
        self._move(seat, 1)

    def lift(self, seat: Seat) -> None:
        """Take a unit out again."""
        self._move(seat, -1)

    def _move(self, seat: Seat, sign: int) -> None:
        unit, first, end = seat.unit, seat.start, seat.start + self.length(seat.unit.minutes)
        for a in seat.everyone:
            self._take(a, first, end, sign)
        removal_prices(self.flow, first, end, self.prices)
        if unit.task.together and unit.task.place:
            self.rooms.setdefault(unit.task.place, np.zeros(self.slots, dtype=np.bool_))[first:end] = sign > 0
        if unit.series >= 0:
            held = self.attending.setdefault(unit.series, set())
            (held.update if sign > 0 else held.difference_update)(seat.members)

    def _take(self, a: int, first: int, end: int, sign: int) -> None:
        """Change an agent's time, the load and the phones."""
        g = int(self.problem.group_of[a])
        (occupy if sign > 0 else vacate)(self.run, a, first, end)
        self.off[g, first:end] += sign
        self.load[a] += sign * (end - first)
        self.cost += (leave_phones if sign > 0 else return_to_phones)(self.flow, g, first, end)

    def hold(self, placement: Placement, place: str) -> bool:
        """Take the time of a placement that stands; False if somebody in it no longer has that time free."""
        rows = [self.problem.index.get(agent, -1) for agent in placement.everyone]
        first, end = self.span(placement)
        if min(rows) < 0 or end > self.slots or any(self.run[a, first] < end - first for a in rows):
            return False
        for a in rows:
            self._take(a, first, end, 1)
        removal_prices(self.flow, first, end, self.prices)
        if place:
            self.rooms.setdefault(place, np.zeros(self.slots, dtype=np.bool_))[first:end] = True
        return True

    def span(self, placement: Placement) -> tuple[int, int]:
        """Slots that a placement takes, the part before the first open day left out."""
        return span_of(self.problem, placement)

    def members(self, unit: Unit) -> IntArray:
        """Rows of those who may still be put into a unit."""
        held = self.attending.get(unit.series)
        return unit.pool if not held else unit.pool[~np.isin(unit.pool, list(held))]

    def counts(self, unit: Unit, pool: IntArray, run: Runs, first: int, starts: int) -> tuple[IntArray, IntArray]:
        """Groups of a pool, and who of each has time for a unit from each start on, its facilitator too."""
        length = self.length(unit.minutes)
        groups, place = np.unique(self.problem.group_of[pool], return_inverse=True)
        counts = np.zeros((len(groups), starts), dtype=np.int64)
        count_free(run, pool, place.astype(np.int64), first, length, counts)
        if unit.task.facilitator:
            led = run[unit.facilitator, first : first + starts] >= length if unit.facilitator >= 0 else np.zeros(starts, bool)
            counts *= led
        return groups, counts

    def crowded(self, heads: int, length: int, first: int, starts: int) -> BoolArray:
        """Starts from which so many more would be too many off the phones in some slot; shape (starts,)."""
        return over_windows(self.off.sum(axis=0) + heads > self.most, length, first, starts)

    def taken(self, place: str, length: int, first: int, starts: int) -> BoolArray:
        """Starts from which a place is not free; shape (starts,)."""
        held = self.rooms.get(place)
        return np.zeros(starts, dtype=np.bool_) if held is None else over_windows(held, length, first, starts)


def span_of(problem: RosterProblem, placement: Placement) -> tuple[int, int]:
    """Priced slots that a placement takes, none before the first."""
    slot, origin = problem.grid.minutes, int(problem.grid.day_start_minutes[problem.first_open])
    first = epoch_minutes(placement.start) - origin
    return max(first // slot, 0), max(-(-(first + placement.minutes) // slot), 0)


def off_phones(problem: RosterProblem, placements: Sequence[Placement]) -> IntArray:
    """Agents of each group who are off the phones in each priced slot; shape (groups, slots)."""
    slots = problem.grid.size - int(problem.grid.day_slot[problem.first_open])
    off = np.zeros((len(problem.groups), slots), dtype=np.int64)
    for placement in placements:
        first, end = span_of(problem, placement)
        for agent in placement.everyone if end > first else ():
            off[problem.group_of[problem.index[agent]], first:end] += 1
    return off


def over_windows(flags: BoolArray, length: int, first: int, starts: int) -> BoolArray:
    """Whether any of the slots of a window is flagged, for windows from each start on."""
    seen = np.concatenate([[0], np.cumsum(flags[first : first + starts + length - 1])])
    return (seen[length:] - seen[:-length])[:starts] > 0


def window_sums(prices: FloatArray, length: int, first: int, starts: int) -> FloatArray:
    """Sum of prices over the windows from each start on; shape (groups, starts)."""
    seen = np.cumsum(prices[:, first : first + starts + length - 1], axis=1)
    return seen[:, length - 1 :] - np.pad(seen, ((0, 0), (1, 0)))[:, :-length]
