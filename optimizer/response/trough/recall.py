"""Off-phone work taken back when traffic turns: what returns most service for each minute of work lost, and what is then owed.

A queue turns when its risk stands above a threshold for several intervals in a row; a single one is noise and takes nothing
back. Then pieces are taken back one by one, the best first, until the risk is below the threshold or nothing more is gained.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from pydantic import Field

from data.model.base import BoolArray, FloatArray, Frozen, IntArray
from data.model.demand import Forecast, Requirement
from data.model.offphone import Debt, Placement, Task
from data.model.time import epoch_minutes
from optimizer.response.trough.kernels import leave_phones, return_to_phones
from optimizer.response.trough.placement import Placed
from optimizer.response.trough.room import available, flow_without, off_phones, on_duty, service_level, span_of
from optimizer.response.warning.warn import capacity_chances, chances_at, check_fit, instant, live_slots, runs
from optimizer.rostering.problem import RosterProblem


class RecallParams(Frozen):
    """When off-phone work is taken back, and which.

    Parameters
    ----------
    threshold : float
        Chance that expected service misses its target, from which a slot is at risk; house choice: that of a yellow warning.
    intervals : int
        So many slots in a row at risk turn a queue; house choice.
    begun : bool
        Whether pieces that have begun may be taken back, from the next slot on.
    least_gain : float
        Service, in the unit of the goals, that an agent's minute of work must return.
    """

    threshold: float = Field(default=0.4, gt=0, lt=1)
    intervals: int = Field(default=2, ge=1)
    begun: bool = False
    least_gain: float = Field(default=1e-6, gt=0)


@dataclass(frozen=True)
class Alarm:
    """Slots in a row in which a queue is at risk, and the highest chance among them before and after."""

    queue: str
    start: datetime
    end: datetime
    risk_before: float
    risk: float


@dataclass(frozen=True)
class Returned:
    """A piece taken back.

    Parameters
    ----------
    back : datetime
        When its people are on the phones again instead.
    lost_minutes : int
        Work not done, of all of them together, a facilitator left out.
    gain : float
        Service that it returns, in the unit of the goals.
    """

    placement: Placement
    back: datetime
    lost_minutes: int
    gain: float


@dataclass(frozen=True, eq=False)
class TakenBack:
    """What is taken back, and how things stand then.

    Parameters
    ----------
    returned : tuple of Returned
        In the order in which they were chosen: the most service for each minute of work first.
    placements : tuple of Placement
        What still stands; a piece that had begun ends where it is taken back.
    debts : tuple of Debt
        Minutes now owed by each agent, with the deadline of the task.
    available_before, available : array of float, shape (queues, slots)
        Agents on each queue by the requirement of now.
    service_before, service : float
        Share of the calls of the alarms' slots that are served in target; NaN without alarms.
    """

    alarms: tuple[Alarm, ...]
    returned: tuple[Returned, ...]
    placements: tuple[Placement, ...]
    debts: tuple[Debt, ...]
    available_before: FloatArray
    available: FloatArray
    service_before: float
    service: float


def take_back(
    placed: Placed, forecast_now: Forecast, requirement_now: Requirement, now: datetime, params: RecallParams | None = None
) -> TakenBack:
    """Take back off-phone work where traffic has turned.

    Parameters
    ----------
    placed : Placed
    forecast_now, requirement_now
        What is known now, on the grid and in the queues of the problem.
    now : datetime
        Slots that have ended by now raise no alarm.

    Raises
    ------
    InvalidData
        If forecast, requirement and problem do not fit together.
    """
    params = params or RecallParams()
    recall = _Recall(replace(placed.problem, requirement=requirement_now), placed, forecast_now, now, params)
    before, flow = available(recall.problem, recall.flow), recall.flow
    risk = recall.risk(before)
    alarmed = recall.alarmed(risk)
    returned = tuple(recall.returned(alarmed, risk))
    after = available(recall.problem, flow)
    slots: BoolArray = np.any(alarmed, axis=0)
    levels = [service_level(_only(requirement_now, slots), view) for view in (before, after)]
    alarms = _alarms(recall, alarmed, risk, recall.risk(after))
    stands = _standing(placed.placements, returned)
    return TakenBack(alarms, returned, stands, _debts(placed, returned), before, after, levels[0], levels[1])


class _Recall:
    """The phones by the requirement of now, and the pieces that may be taken back."""

    def __init__(self, problem: RosterProblem, placed: Placed, forecast: Forecast, now: datetime, params: RecallParams):
        self.problem, self.forecast, self.params = problem, forecast, params
        self.queues = [problem.centre.queue(queue) for queue in placed.problem.requirement.queues]
        check_fit(forecast, problem.requirement, np.zeros((len(self.queues), problem.grid.size)), self.queues)
        self.first_priced = int(problem.grid.day_slot[problem.first_open])
        ahead = [one for one in placed.placements if one.end > now]
        self.flow = flow_without(problem, on_duty(problem, placed.roster), off_phones(problem, ahead))
        self.now, self.begin = now, _next_slot(problem, now) - self.first_priced
        may = {task.id for task in placed.tasks if task.may_be_taken_back}
        self.pieces = [one for one in ahead if one.task in may and (params.begun or one.start >= now)]

    def risk(self, on_queues: FloatArray) -> FloatArray:
        """Chance per queue and slot that expected service misses its target."""
        return capacity_chances(self.forecast, self.problem.requirement, on_queues, self.queues)

    def alarmed(self, risk: FloatArray) -> BoolArray:
        """Slots of each queue in which it has turned; shape (queues, slots)."""
        ahead = np.arange(risk.shape[1]) >= max(self.problem.grid.slot(self.now), self.first_priced)
        above = (risk >= self.params.threshold) & live_slots(self.forecast) & ahead
        alarmed = np.zeros_like(above)
        for q, row in enumerate(above):
            for first, end in runs(row):
                alarmed[q, first:end] = end - first >= self.params.intervals
        return alarmed

    def span(self, piece: Placement) -> tuple[int, int]:
        """Priced slots that taking a piece back frees."""
        first, end = span_of(self.problem, piece)
        return max(first, self.begin if piece.start < self.now else first), end

    def groups(self, piece: Placement) -> list[int]:
        """Skill groups of all who are in a piece."""
        return [int(self.problem.group_of[self.problem.index[agent]]) for agent in piece.everyone]

    def gain(self, piece: Placement, still: BoolArray) -> float:
        """Service that taking a piece back returns as things stand; 0 if it brings nobody to a queue at risk."""
        first, end = self.span(piece)
        groups, before = self.groups(piece), self.flow.served[first:end].copy()
        saved = -sum(return_to_phones(self.flow, g, first, end) for g in groups)
        helped = (self.flow.served[first:end] > before) & still[:, self.first_priced + first : self.first_priced + end].T
        for g in groups:
            leave_phones(self.flow, g, first, end)
        return saved if helped.any() else 0.0

    def returned(self, alarmed: BoolArray, risk: FloatArray) -> list[Returned]:
        """Pieces taken back, the best first: gains only fall as others return, so that old ones are looked at again lazily."""
        still = alarmed & (risk >= self.params.threshold)
        lost = {k: self._lost(piece) for k, piece in enumerate(self.pieces)}
        rates = {k: np.inf for k in lost if lost[k] > 0 and self._touches(self.pieces[k], still)}
        told: list[Returned] = []
        while still.any() and rates:
            k = max(rates, key=lambda one: rates[one])
            gain = self.gain(self.pieces[k], still)
            rate = gain / lost[k]
            others = max((value for one, value in rates.items() if one != k), default=0.0)
            if rate < self.params.least_gain:
                del rates[k]
            elif rate < others:
                rates[k] = rate
            else:
                told.append(self._take(k, lost[k], gain))
                still = self._still(still, self.span(self.pieces[k]))
                del rates[k]
        return told

    def _take(self, k: int, lost: int, gain: float) -> Returned:
        piece = self.pieces[k]
        first, end = self.span(piece)
        for g in self.groups(piece):
            return_to_phones(self.flow, g, first, end)
        return Returned(piece, max(piece.start, instant(self.problem.grid, self.first_priced + first)), lost, gain)

    def _lost(self, piece: Placement) -> int:
        """Minutes of work that taking a piece back loses, of all who do it."""
        first = int(self.problem.grid.day_start_minutes[self.problem.first_open]) + self.span(piece)[0] * self.problem.grid.minutes
        begin = epoch_minutes(piece.start)
        return max(begin + piece.minutes - max(begin, first), 0) * len(piece.agents)

    def _touches(self, piece: Placement, still: BoolArray) -> bool:
        first, end = self.span(piece)
        return bool(still[:, self.first_priced + first : self.first_priced + end].any())

    def _still(self, still: BoolArray, span: tuple[int, int]) -> BoolArray:
        """What is at risk after somebody has come back in some slots."""
        slots, on_queues, left = np.arange(*span) + self.first_priced, available(self.problem, self.flow), still.copy()
        for q, queue in enumerate(self.queues):
            at: IntArray = slots[still[q, slots]]
            chances = chances_at(self.forecast, self.problem.requirement, queue, at, on_queues[q, at])
            left[q, at] = chances >= self.params.threshold
        return left


def _next_slot(problem: RosterProblem, now: datetime) -> int:
    """First slot of the grid that begins at an instant or after it."""
    slot = problem.grid.slot(now)
    return slot if 0 <= slot < problem.grid.size and instant(problem.grid, slot) >= now else slot + 1


def _only(requirement: Requirement, slots: BoolArray) -> Requirement:
    """The requirement with the calls of some slots alone."""
    return replace(requirement, calls=np.where(slots, requirement.calls, 0.0))


def _alarms(recall: _Recall, alarmed: BoolArray, before: FloatArray, after: FloatArray) -> tuple[Alarm, ...]:
    grid = recall.problem.grid
    return tuple(
        Alarm(queue.id, instant(grid, a), instant(grid, b), float(before[q, a:b].max()), float(after[q, a:b].max()))
        for q, queue in enumerate(recall.queues)
        for a, b in runs(alarmed[q])
    )


def _standing(placements: Sequence[Placement], returned: Sequence[Returned]) -> tuple[Placement, ...]:
    """What is left of the placements."""
    back = {id(one.placement): one.back for one in returned}
    cut = [(one, back.get(id(one), one.end)) for one in placements]
    return tuple(
        one if until >= one.end else one.model_copy(update={"minutes": int((until - one.start).total_seconds() // 60)})
        for one, until in cut
        if until > one.start
    )


def _debts(placed: Placed, returned: Sequence[Returned]) -> tuple[Debt, ...]:
    """What each agent owes for the pieces taken back."""
    tasks, owed = {task.id: task for task in placed.tasks}, dict[tuple[str, str], int]()
    for one in returned:
        for agent in one.placement.agents:
            key = agent, one.placement.task
            owed[key] = owed.get(key, 0) + one.lost_minutes // len(one.placement.agents)
    return tuple(_debt(tasks[task], agent, minutes) for (agent, task), minutes in owed.items())


def _debt(task: Task, agent: str, minutes: int) -> Debt:
    told = {"owed_minutes": minutes, "taken_back_minutes": minutes}
    return Debt(agent=agent, task=task.id, kind=task.kind, deadline=task.deadline, **told)
