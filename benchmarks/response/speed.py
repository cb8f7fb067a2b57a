"""Times of the early warning, the what-if and the call-out, each against what is asked of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from time import perf_counter, process_time

from api import planning
from api.ahead import Ahead, look_ahead
from api.echelons import Watch, new_call_out
from api.planned import Planned, available_agents
from api.playbooks import Scene
from api.warnings import look
from api.what_if import WhatIf, what_if
from api.workspace import Workspace
from benchmarks.response.centre import enlarged, everyone_in_reserve
from data.exchange.playbooks import read_playbooks
from data.model.call_out import CallOut, CallOutBook, CallOutStep
from data.model.time import local
from optimizer.response.stopping import Duty, decide
from optimizer.response.warning.warn import warnings

TIMES = 9
"""So many times the 600 agents of the sample are at least the 5,000 of the target."""
DAYS, HOURS, REPEATS = 60, 24, 3
LOOK, MORNING = date(2026, 10, 14), time(10)
TYPHOON, STORM, HOUR, KNOWN = "typhoon", date(2026, 10, 20), time(14), time(8)
HEADS, STRETCH = 20, timedelta(hours=4)
"""Members called; length of the stretch that is decided on, from its worst interval on: the longest duty of most echelons."""


@dataclass(frozen=True)
class Speed:
    """What one step takes, warm, the best of some runs.

    Parameters
    ----------
    size : str
        Of what.
    cpu_s, wall_s : float
        CPU time of this process, threads included, and time on the clock.
    target_s : float or None
        What is asked of it; None = shown beside one that is asked for.
    """

    step: str
    size: str
    cpu_s: float
    wall_s: float
    target_s: float | None


def speeds(workspace: Workspace) -> Iterator[Speed]:
    """All steps on a sample centre with a month in force."""
    yield from _warnings(workspace)
    yield from _surge(*enlarged(workspace, workspace.newest(STORM), TIMES))


def typhoon(workspace: Workspace, times: int = 1) -> tuple[Scene, datetime]:
    """The storm of the benchmark in a centre so many times the sample, and when it becomes known."""
    centre, book = workspace.centre.centre, read_playbooks(workspace.centre.path)[TYPHOON]
    scene = Scene(TYPHOON, book.sized(1.0, times * book.customers), centre, local(STORM, HOUR, centre.zone))
    return scene, local(STORM, KNOWN, centre.zone)


def timed(step: str, size: str, work: Callable[[], object], target_s: float | None = None) -> Speed:
    """Run once to warm up, then take the least times of some runs."""
    work()
    cpu, wall = list[float](), list[float]()
    for _ in range(REPEATS):
        busy, began = process_time(), perf_counter()
        work()
        cpu.append(process_time() - busy)
        wall.append(perf_counter() - began)
    return Speed(step, size, min(cpu), min(wall), target_s)


def _warnings(workspace: Workspace) -> Iterator[Speed]:
    history, now = planning.learn(workspace.centre), local(LOOK, MORNING, workspace.centre.centre.zone)
    known = look_ahead(workspace, history, now, DAYS)
    queues, slots = known.forecast.mean.shape
    size = f"{queues} queues x {slots:,} intervals"
    yield timed("warnings, 60 days", size, lambda: _found(known, now), 2.0)
    yield timed("with causes, remedies, call-outs", size, lambda: look(known, history, now, DAYS, "benchmark"))
    yield timed("forecast, rosters and outline before it", size, lambda: look_ahead(workspace, history, now, DAYS))


def _found(known: Ahead, now: datetime) -> object:
    stands = known.forecast, known.requirement, known.available
    return warnings(*stands, known.queues, now=now, ladder=known.workspace.policies.warnings, outlined=known.outlined)


def _surge(workspace: Workspace, planned: Planned) -> Iterator[Speed]:
    """The storm on the large centre: the proposal, the decision on its worst stretch, and whom to ask."""
    scene, now = typhoon(workspace, TIMES)
    seen = what_if(workspace.centre, planned, scene, now, workspace.policies)
    agents = f"{len(planned.problem.agents):,} agents"
    yield timed("what-if of a storm with proposal", agents, lambda: _proposal(workspace, planned, scene, now), 10.0)
    watch = Watch(workspace, everyone_in_reserve(planned), now, CallOutBook(), (), (), ())
    worst, duty = max(seen.response.warnings, key=lambda one: one.missing_hours), _duty(seen, watch)
    members, stretches = f"{agents}, all in the reserve", len(decide(duty, [worst]))
    part = replace(worst, start=worst.worst, end=worst.worst + STRETCH)
    yield timed("call now or wait, one stretch", members, lambda: decide(duty, [part]), 0.1)
    yield timed("call now or wait, the whole storm", f"{members}, {stretches} stretches", lambda: decide(duty, [worst]))
    calling, call = _calling(watch, worst.queue)
    yield timed("whom to ask next, the verifier asked", members, lambda: calling.ask(call, "benchmark"), 0.1)
    queues = [queue.id for queue in workspace.centre.centre.queues]
    yield timed("register", f"{members}, {HOURS} h, {len(queues)} queues", lambda: watch.register(HOURS, queues))


def _proposal(workspace: Workspace, planned: Planned, scene: Scene, now: datetime) -> object:
    found = what_if(workspace.centre, planned, scene, now, workspace.policies)
    return found.left, found.rooms


def _duty(seen: WhatIf, watch: Watch) -> Duty:
    struck, policies = seen.struck.planned, watch.workspace.policies
    problem = struck.problem
    return Duty(
        struck.forecast.on(problem.grid),
        problem.requirement,
        available_agents(struck),
        tuple(problem.centre.queue(name) for name in problem.requirement.queues),
        watch.tiers,
        watch.reserve(problem.grid.horizon.last),
        watch.limits,
        policies.call_outs.overtime_day_minutes,
        seen.now,
        policies.decisions,
    )


def _calling(watch: Watch, queue: str) -> tuple[Watch, CallOut]:
    """A call-out that has begun: the first echelon for the queue, for three hours of the storm."""
    tier, zone = watch.tiers[0], watch.workspace.centre.centre.zone
    begin = local(STORM, HOUR, zone)
    told = CallOut(
        id="new", echelon=tier.id, queue=queue, start=begin, end=begin + timedelta(hours=3), heads=HEADS, response_minutes=1
    )
    call = new_call_out(watch, told)
    step = CallOutStep(call_out=call.id, deed="started", by="benchmark", at=watch.now, started=call)
    return replace(watch, book=watch.book.take(step)), call
