"""Off-phone work in the troughs (知质培一体化): training, quality, knowledge and meetings where the calls miss them least.

A piece takes whole slots of the grid in a shift, never at a meal or a break. What it costs is what the calls lose while its
people are away: the calls not served in target by the staffing curve, after everyone left is put to the best use of the skills
(`trough.room.service_curves`), and the price of its delay. Pieces are placed one by one, debts first, each at its cheapest start;
then each is taken up and placed again against all others. A bound says how far from the best that may be (`trough.bound`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

import numpy as np

from data.model.base import FloatArray, IntArray
from data.model.errors import VerificationFailed
from data.model.offphone import Debt, Placement, Task
from data.model.roster import Roster
from optimizer.response.trough.bound import last_agents, lower_bound
from optimizer.response.trough.improve import TroughParams, improved, too_dear
from optimizer.response.trough.room import (
    Room,
    Seat,
    available,
    flow_without,
    off_phones,
    on_duty,
    service_level,
)
from optimizer.response.trough.search import Why, best_seat, delays, why_not
from optimizer.response.trough.units import Unit, units_of
from optimizer.response.trough.wording import unplaced_text
from optimizer.response.warning.warn import instant
from optimizer.rostering.coverage import cover_cost
from optimizer.rostering.problem import RosterProblem

DOUBT = 1e-6
"""Share by which a recomputed cost may differ (house choice): rounding."""


@dataclass(frozen=True)
class Unplaced:
    """Work for which there is no place.

    Parameters
    ----------
    agents : tuple of str
        Who should have done it; empty = anyone.
    minutes : int
        Of all of them together.
    deadline : datetime
    code : str
        A key of `optimizer.response.trough.wording.REASONS`.
    nearest : datetime or None
        First start at which it would do, after the deadline too; None = none in the roster.
    """

    task: str
    agents: tuple[str, ...]
    minutes: int
    deadline: datetime
    code: str
    nearest: datetime | None = None
    reason: str = ""
    reason_zh: str = ""


@dataclass(frozen=True, eq=False)
class Placed:
    """Off-phone work as it is placed.

    Parameters
    ----------
    placements : tuple of Placement
        All that stand: the kept ones, then the new ones, by start.
    unplaced : tuple of Unplaced
    asked_minutes : int
        Of all who were to do something, facilitators left out: what was placed anew and what is unplaced, kept placements that
        the roster has left behind included.
    cost : float
        Service that the new placements cost, in the unit of the goals.
    delay_cost : float
    bound : float
        No placement of the same pieces costs less, service and delay together.
    available_before, available : array of float, shape (queues, slots)
        Agents on each queue without and with the new placements; 0 before the first open day.
    service_before, service : float
        Share of calls served in target; NaN without calls.
    """

    problem: RosterProblem
    roster: Roster
    tasks: tuple[Task, ...]
    placements: tuple[Placement, ...]
    unplaced: tuple[Unplaced, ...]
    asked_minutes: int
    cost: float
    delay_cost: float
    bound: float
    available_before: FloatArray = field(repr=False)
    available: FloatArray = field(repr=False)
    service_before: float
    service: float


def place(
    problem: RosterProblem,
    roster: Roster,
    tasks: Sequence[Task],
    *,
    debts: Sequence[Debt] = (),
    kept: Sequence[Placement] = (),
    now: datetime | None = None,
    params: TroughParams | None = None,
) -> Placed:
    """Put off-phone work where it costs least service.

    Parameters
    ----------
    problem : RosterProblem
        Work is placed from its first open day on; agents on leave by its absences do none.
    roster : Roster
        Of the agents and days of the problem.
    tasks : sequence of Task
        Of a task that has debts or kept placements only the debts are placed.
    debts : sequence of Debt
        Placed before all else.
    kept : sequence of Placement
        Placements that stand.
    now : datetime or None
        Nothing new begins before; None = the first open day.

    Raises
    ------
    ValueError
        If the roster does not fit the problem, or debts and kept placements are of other tasks.
    VerificationFailed
        If the cost recomputed from the placements is another one.
    """
    known = {task.id: task for task in tasks}
    strange = {one.task for one in (*debts, *kept)} - set(known)
    if strange:
        raise ValueError(f"debts and kept placements must be of the tasks told, not of {', '.join(sorted(strange))}")
    params, stood = params or TroughParams(), on_duty(problem, roster)
    room = Room(problem, stood, params.most_share)
    begin = 0 if now is None else _slot_after(problem, now)
    over, held, lost = _keep(room, known, kept, now)
    before = _Before(room.flow.served.copy(), cover_cost(room.flow), last_agents(room.flow))
    units = units_of(problem, tasks, debts, kept, begin)
    seats, failed = _seat_all(room, units, params)
    seats = improved(room, seats, params)
    late, failed = _seat_all(room, [unit for unit, _ in failed], params) if failed else ([], failed)
    seats = (*seats, *late)
    stands = (*held, *(_placement(room, seat) for seat in seats))
    _check(room, stands)
    unplaced = (*lost, *_unplaced(room, failed, seats))
    placements = tuple(sorted((*over, *stands), key=lambda one: (one.start, one.task, one.agents)))
    return _told(room, seats, before, params, tuple(tasks), placements, unplaced)


def _slot_after(problem: RosterProblem, now: datetime) -> int:
    """First priced slot that begins at an instant or after it."""
    origin = int(problem.grid.day_start_minutes[problem.first_open])
    return max(-((origin * 60 - int(np.ceil(now.timestamp()))) // (60 * problem.grid.minutes)), 0)


def _keep(
    room: Room, tasks: dict[str, Task], kept: Iterable[Placement], now: datetime | None
) -> tuple[list[Placement], list[Placement], list[Unplaced]]:
    """Placements that are over by now, those that still stand in the roster, and those that do not."""
    past, held, lost = list[Placement](), list[Placement](), list[Unplaced]()
    for one in kept:
        task = tasks[one.task]
        if room.span(one)[1] <= 0 or (now is not None and one.end <= now):
            past.append(one)
        elif room.hold(one, task.place if task.together else ""):
            held.append(one)
        else:
            why = Why("roster", 0, None)
            lost.append(_reported(room, task, one.agents, one.minutes * len(one.agents), one.minutes, 1, task.deadline, why))
    return past, held, lost


def _seat_all(room: Room, units: Sequence[Unit], params: TroughParams) -> tuple[list[Seat], list[tuple[Unit, Why]]]:
    """Seats of units in their order, and why others have none; a session that does not fit is tried with fewer."""
    seats, failed = list[Seat](), list[tuple[Unit, Why]]()
    for unit in units:
        found = _seat(room, unit, params)
        if isinstance(found, Why):
            failed.append((unit, found))
            continue
        room.put(found)
        seats.append(found)
        if len(found.members) < unit.size:
            rest = unit.size - len(found.members)
            failed.append((replace(unit, size=rest), Why("group", len(found.members), None)))
    return seats, failed


def _seat(room: Room, unit: Unit, params: TroughParams) -> Seat | Why:
    """The cheapest seat with as many members as have time, or why there is none."""
    sizes = range(unit.size, unit.least - 1, -1) if unit.series >= 0 else [unit.size]
    for size in sizes:
        found = best_seat(room, replace(unit, size=size))
        if found is not None:
            return Why("dear", size, found.seat.start) if too_dear(found, params) else found.seat
    return why_not(room, unit)


def _placement(room: Room, seat: Seat) -> Placement:
    grid, ids = room.problem.grid, room.roster.agents
    start = instant(grid, int(grid.day_slot[room.problem.first_open]) + seat.start)
    agents = tuple(ids[a] for a in sorted(seat.members))
    return Placement(
        task=seat.unit.task.id, agents=agents, start=start, minutes=seat.unit.minutes, facilitator=seat.unit.task.facilitator
    )


def _unplaced(room: Room, failed: Iterable[tuple[Unit, Why]], seats: Iterable[Seat]) -> Iterable[Unplaced]:
    """What has no place, with who should have done it: of a series, those who attend no session."""
    attending: dict[int, set[int]] = {}
    for seat in seats:
        attending.setdefault(seat.unit.series, set()).update(seat.members)
    left: dict[int, list[str]] = {}
    for unit, why in failed:
        agents = (unit.debtor,) if unit.debtor else ()
        if unit.series >= 0:
            waiting = left.setdefault(
                unit.series, [room.roster.agents[a] for a in unit.pool if a not in attending.get(unit.series, ())]
            )
            agents = tuple(waiting[: unit.size])
            del waiting[: unit.size]
        yield _reported(room, unit.task, agents, unit.minutes * unit.size, unit.minutes, unit.least, unit.deadline, why)


def _reported(
    room: Room, task: Task, agents: tuple[str, ...], minutes: int, each: int, least: int, deadline: datetime, why: Why
) -> Unplaced:
    grid = room.problem.grid
    nearest = None if why.nearest is None else instant(grid, int(grid.day_slot[room.problem.first_open]) + why.nearest)
    en, zh = (unplaced_text(task, why.code, each, least, why.most, nearest, deadline, tongue) for tongue in ("en", "zh"))
    return Unplaced(task.id, agents, minutes, deadline, why.code, nearest, en, zh)


def _check(room: Room, placements: Sequence[Placement]) -> None:
    """Compute the cost of service anew from the placements."""
    total = cover_cost(room.flow)
    again = cover_cost(flow_without(room.problem, room.roster, off_phones(room.problem, placements)))
    if abs(again - total) > DOUBT * max(1.0, abs(total)):
        raise VerificationFailed(f"off-phone work: service costs {total:.9g}, recomputed {again:.9g}")


class _Before(NamedTuple):
    """Agents on each queue, what the curves cost, and the last agent on each queue, before anything new is placed."""

    served: IntArray
    cost: float
    last: FloatArray


def _told(
    room: Room,
    seats: Sequence[Seat],
    before: _Before,
    params: TroughParams,
    tasks: tuple[Task, ...],
    placements: tuple[Placement, ...],
    unplaced: tuple[Unplaced, ...],
) -> Placed:
    """The result with its numbers."""
    problem, total = room.problem, cover_cost(room.flow)
    asked = sum(seat.unit.minutes * len(seat.members) for seat in seats) + sum(one.minutes for one in unplaced)
    delay = float(sum(delays(room, seat.unit, seat.start, 1)[0] for seat in seats))
    bound = max(0.0, lower_bound(room, seats, before.last, total + delay, params.bound_steps) - before.cost)
    views = [available(problem, room.flow._replace(served=before.served)), available(problem, room.flow)]
    first, then = (service_level(problem.requirement, view) for view in views)
    cost = max(total - before.cost, 0.0)
    return Placed(problem, room.roster, tasks, placements, unplaced, asked, cost, delay, bound, views[0], views[1], first, then)
