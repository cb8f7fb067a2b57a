"""Three-level control 三级管控 of a centre: how days were served, its cases, and what is proposed."""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np

from api import planning
from api.planned import Planned, whole_plan
from api.realised import REPLICATIONS, SEED
from api.workspace import Workspace
from data.exchange.control import misplaced, read_control, read_levels, write_control
from data.model.base import BoolArray, FloatArray
from data.model.centre import Queue
from data.model.control import ControlBook, ControlDeed, ControlPolicy, ControlStep
from data.model.demand import CallHistory
from data.model.errors import Finding, InvalidData
from data.model.time import Horizon, TimeGrid
from optimizer.response.control import Row, Scene, Served, hands_of, league, split
from optimizer.staffing.one_queue import on_phone, simulate_day

FIELDS = ("foreseen", "foreseen_s", "rostered", "present")
"""What a plan says of a day, each of shape (queues, slots)."""


def days_of(month: str, workspace: Workspace) -> Horizon:
    """The days of a month, such as 2026-10.

    Raises
    ------
    InvalidData
        It is no month.
    """
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise InvalidData([Finding("command line", None, "--month", repr(month), "a month such as 2026-10")]) from error
    return Horizon(zone=workspace.centre.centre.zone, first=first, days=monthrange(first.year, first.month)[1])


def stretch(workspace: Workspace, first: str, last: str) -> Horizon:
    """The days from one to another, such as 2026-07-01.

    Raises
    ------
    InvalidData
        One is no day, or the last lies before the first.
    """
    expected = "ISO days in order, such as 2026-07-01 and 2026-07-31"
    wrong = InvalidData([Finding("command line", None, "--first, --last", f"{first} to {last}", expected)])
    try:
        start, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError as error:
        raise wrong from error
    if end < start:
        raise wrong
    return Horizon(zone=workspace.centre.centre.zone, first=start, days=(end - start).days + 1)


def judged(workspace: Workspace, month: str) -> tuple[tuple[Row, ...], bool]:
    """The league of a month, and whether any service was measured."""
    policy, served = workspace.policies.control, served_on(workspace, days_of(month, workspace))
    return league(served, split(served, policy), policy), bool(served.measured.any())


def served_on(workspace: Workspace, days: Horizon) -> Served:
    """How days were served, as far as calls are known and a roster was in force.

    Service comes from ``calls.csv`` where it was measured, otherwise the calls that came are replayed against the agents who were
    there. Queues that are not answered at once are left out.

    Raises
    ------
    InvalidData
        None of the days has a roster and calls.
    """
    centre = workspace.centre
    grid = TimeGrid(horizon=days, minutes=centre.centre.interval_minutes)
    queues = tuple(queue for queue in centre.centre.queues if queue.channel == "call")
    teams = tuple(sorted({agent.team for agent in centre.agents if agent.team}))
    planned, exposure = _planned(workspace, grid, queues, teams)
    usual = np.array([[queue.handle_time_s] for queue in queues])
    # of slots without calls by the plan it says no handle time
    planned["foreseen_s"] = np.where(np.nan_to_num(planned["foreseen_s"]) > 0, planned["foreseen_s"], usual)
    history = planning.learn(centre)
    calls, handle = calls_on(history, grid, queues, planned["foreseen_s"])
    calls = np.where(np.isnan(planned["foreseen"]), np.nan, calls)
    if not np.nansum(calls):
        expected = "days with a roster in force and known calls"
        raise InvalidData([Finding("command line", None, "days", f"{days.first} to {days.last}", expected)])
    level, abandoned = _implied(queues, grid, calls, handle, planned["present"])
    assert centre.calls is not None
    told = read_levels(centre.calls, centre.centre.zone, [queue.id for queue in queues], grid)
    gone = _on(history, grid, queues, history.abandoned)
    return Served(
        queues,
        grid,
        calls,
        np.where(np.isnan(told), level, told),
        ~np.isnan(told),
        np.where(np.isnan(gone), abandoned, gone),
        handle,
        disturbed=_disturbed(workspace, queues, grid),
        teams=teams,
        exposure=exposure,
        **{name: np.nan_to_num(planned[name]) for name in FIELDS},
    )


def _planned(
    workspace: Workspace, grid: TimeGrid, queues: Sequence[Queue], teams: Sequence[str]
) -> tuple[dict[str, FloatArray], FloatArray]:
    """What the rosters in force say of each slot (NaN where none was), and the share of each team in those present."""
    shape = (len(queues), grid.size)
    found = {name: np.full(shape, np.nan) for name in FIELDS}
    exposure = np.zeros((len(teams), *shape))
    for planned in _in_force(workspace, grid.horizon):
        problem = planned.problem
        rows = [problem.requirement.queues.index(queue.id) for queue in queues]
        start = int(problem.grid.day_slot[problem.first_open])
        here, there = grid.overlap(problem.grid)
        skipped = max(start - there.start, 0)
        here, there = slice(here.start + skipped, here.stop), slice(there.start + skipped, there.stop)
        hands, need = hands_of(problem, planned.roster, teams), problem.requirement
        on = 1 - need.shrinkage
        told = (need.calls, need.handle_time_s, hands.rostered * on, hands.present * on)
        for name, values in zip(FIELDS, told, strict=True):
            found[name][:, here] = values[rows, there]
        share = hands.teams / np.maximum(hands.present, 1e-12)
        exposure[:, :, here] = share[:, rows, there]
    return found, exposure


def _in_force(workspace: Workspace, days: Horizon) -> Iterator[Planned]:
    """The plans in force for some days, each looked at whole."""
    chain = workspace.chain
    heads = {chain.head(day): day for day in days.dates if any(chain.covers(name, day) for name in chain.heads)}
    for day in heads.values():
        yield whole_plan(workspace.newest(day))


def calls_on(history: CallHistory, grid: TimeGrid, queues: Sequence[Queue], usual_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Calls and handle times of a history on a grid; NaN calls are not known, unknown handle times are as usual."""
    calls = _on(history, grid, queues, history.offered)
    work = _on(history, grid, queues, history.offered * history.handle_time_s)
    seconds = np.divide(work, calls, out=np.full(calls.shape, np.nan), where=np.nan_to_num(calls) > 0)
    return calls, np.where(np.isnan(seconds), usual_s, seconds)


def _on(history: CallHistory, grid: TimeGrid, queues: Sequence[Queue], values: FloatArray | None) -> FloatArray:
    """Sums of a history on a grid of longer or equal slots; NaN where any of it is not known; shape (queues, slots)."""
    sums, seen = np.zeros((len(queues), grid.size)), np.zeros(grid.size, dtype=np.bool_)
    if values is None:
        return np.full(sums.shape, np.nan)
    if history.grid.minutes > grid.minutes:
        read, expected = f"intervals of {history.grid.minutes} minutes", f"at most {grid.minutes} minutes"
        raise InvalidData([Finding("calls.csv", None, "timestamp", read, expected)])
    place = grid.slots(history.grid.index)
    inside = (place >= 0) & (place < grid.size)
    seen[place[inside]] = True
    for q, queue in enumerate(queues):
        np.add.at(sums[q], place[inside], values[history.queues.index(queue.id), inside])
    return np.where(seen, sums, np.nan)


def _implied(
    queues: Sequence[Queue], grid: TimeGrid, calls: FloatArray, handle_time_s: FloatArray, present: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Service level and abandoned calls of the calls that came, replayed against the agents present; NaN level without calls."""
    level, abandoned = np.zeros(calls.shape), np.zeros(calls.shape)
    for q, queue in enumerate(queues):
        service = simulate_day(
            np.nan_to_num(calls[q]).round().astype(np.int64),
            60.0 * grid.minutes,
            handle_time_s[q],
            queue.handle_time_cv,
            queue.patience_s,
            on_phone(np.nan_to_num(present[q]), 0.0, SEED),
            queue.target.threshold_s,
            seed=SEED,
            replications=REPLICATIONS,
            definition=queue.target.definition,
        )
        level[q], abandoned[q] = service.service_levels(axis=0), service.abandoned.mean(axis=0)
    return level, abandoned


def _disturbed(workspace: Workspace, queues: Sequence[Queue], grid: TimeGrid) -> BoolArray:
    """Whether an event or outage of a queue was on; shape (queues, slots)."""
    on = np.zeros((len(queues), grid.size), dtype=np.bool_)
    for scene in scenes_of(workspace):
        rows = [q for q, queue in enumerate(queues) if queue.id == scene.queue]
        on[rows] |= scene.slots(grid)
    return on


def scenes_of(workspace: Workspace) -> tuple[Scene, ...]:
    """Events and outages of a folder."""
    centre = workspace.centre
    events = (Scene(one.name, one.name_zh, one.queue, one.start, one.end) for one in centre.events)
    return (*events, *(Scene(one.name, one.name_zh, one.queue, one.start, one.restored) for one in centre.outages))


def control_book(workspace: Workspace) -> ControlBook:
    """The cases of a folder."""
    return read_control(workspace.out, workspace.centre.centre, workspace.centre.agents)


def take(workspace: Workspace, book: ControlBook, *steps: ControlStep) -> ControlBook:
    """Write a longer book.

    Raises
    ------
    InvalidData
        Every step that cannot be taken, and every person who is named: nothing was written.
    """
    centre = workspace.centre
    wrong = [Finding("command line", None, *each) for step in steps for each in misplaced(step, centre.centre, centre.agents)]
    if wrong:
        raise InvalidData(wrong)
    longer = book.take(*steps)
    write_control(longer, workspace.out)
    return longer


def proposed_steps(
    book: ControlBook, rows: Sequence[Row], days: Horizon, today: date, policy: ControlPolicy
) -> list[tuple[ControlDeed, str]]:
    """What a day asks for, as deed and which case or unit.

    The next level of cases not cured by their deadline; warnings of units that the league of some days names; a case is reopened
    if all these days lie after its closure, and is left alone if they do not.
    """
    found: list[tuple[ControlDeed, str]] = [
        (deed, case) for case in book.cases if (deed := book.next_rung(case, today)) is not None
    ]
    for row in rows:
        held = book.alike(row.unit, "")
        closed = book.of(held)[-1].at.date() if held and book.standing(held, today) == "closed" else None
        if row.named and (not held or (closed is not None and closed < days.first)):
            back = closed is not None and (days.first - closed).days <= policy.memory_days
            found.append(("reopened", held) if back else ("named", row.unit))
    return found
