"""Several queues and skill groups on SimPy, with a dispatcher of its own in place of `Resource`.

Tuned as far as we know how: no process per call, only events with callbacks; one event for all arrivals, one for all changes of
duty, one for each agent, made once and scheduled again; one timer for each waiting call, which is due when the first of overflow
and patience is; `env._now` in place of the property. Levels, overflow, breaks, redials and the order of answering are those of
`optimizer.staffing.simulate`; pace, priorities, room, reserve and head start are not done, and patience has one part.
"""

import random
from collections import deque
from collections.abc import Callable
from math import inf, log, log1p, sqrt

import simpy
from simpy.events import NORMAL, Event

from benchmarks.simulation.days import Day
from benchmarks.simulation.tally import Tally
from optimizer.staffing.centre_model import CentreModel, SimulatedQueue

OFF, IDLE, BUSY, LEAVING = range(4)
"""What an agent does; one who leaves finishes the call first."""


class Due(Event):
    """An event that calls `work` whenever it is due; `what` is the agent or the call that it is about."""

    _ok, _value = True, None

    def __init__(self, env: simpy.Environment, work: Callable[["Due"], None], what: int = -1) -> None:
        self.env, self.works, self.what = env, [work], what

    def after(self, delay: float) -> None:
        """Schedule it."""
        self.callbacks = self.works
        self.env.schedule(self, NORMAL, delay)


def routes(model: CentreModel) -> list[list[tuple[float, list[int]]]]:
    """For each queue its levels in order: the wait after which a call reaches them, and their groups."""
    found = []
    for queue in model.queues:
        levels: dict[int, list[int]] = {}
        for g, group in enumerate(model.groups):
            if queue.id in group.queues:
                level = group.levels[group.queues.index(queue.id)] if group.levels else 0
                levels.setdefault(level, []).append(g)
        waits = dict(enumerate(model.overflow_s))
        found.append([(waits.get(level, 0.0), levels[level]) for level in sorted(levels)])
    return found


def held(model: CentreModel, paths: list[list[tuple[float, list[int]]]]) -> list[list[tuple[int, float]]]:
    """For each group its queues, and the wait after which it may take a call of each."""
    return [
        [(q, delay) for q, levels in enumerate(paths) for delay, groups in levels if g in groups] for g in range(len(model.groups))
    ]


class Redials:
    """Who dials again, when, and what that call takes."""

    def __init__(self, queue: SimulatedQueue, seed: int) -> None:
        self.draw, self.queue = random.Random(seed), queue
        spread = log1p(queue.handle_time_cv**2)
        self.mean, self.sd = log(queue.handle_time_s) - spread / 2, sqrt(spread)

    def again(self, redials: int) -> bool:
        """Whether a caller who has dialled again so often does so once more."""
        queue = self.queue
        chance = queue.redial_probability * (queue.redial_persistence if redials else 1.0)
        return redials < queue.attempts and self.draw.random() < chance

    def call(self) -> tuple[float, float, float]:
        """Delay, handle time and patience of a redial, seconds."""
        draw, queue = self.draw, self.queue
        exponential = queue.law == "exponential"
        handle = draw.expovariate(1 / queue.handle_time_s) if exponential else draw.lognormvariate(self.mean, self.sd)
        return draw.expovariate(1 / queue.redial_delay_s), handle, draw.expovariate(1 / queue.patience[0][1])


class Dispatcher:
    """State of the centre; times are those of `env`."""

    def __init__(self, env: simpy.Environment, day: Day, seed: int) -> None:
        self.env, self.tally = env, Tally(len(day.model.queues))
        self.horizon = day.model.slot_s * day.model.slots
        self.threshold = [queue.threshold_s for queue in day.model.queues]
        self.redials = [Redials(queue, seed + q) for q, queue in enumerate(day.model.queues)]
        self.routes = routes(day.model)
        self.held = held(day.model, self.routes)
        self._calls(day)
        self._agents(day)

    def _calls(self, day: Day) -> None:
        calls = day.calls
        self.fresh = len(calls.queue)
        self.came, self.queue = calls.arrival_s.tolist(), calls.queue.tolist()
        self.handle, self.patience = calls.handle_s.tolist(), calls.patience_s.tolist()
        self.redialled, self.level, self.waiting = [0] * self.fresh, [0] * self.fresh, [False] * self.fresh
        self.lines = [deque[int]() for _ in day.model.queues]
        self.next, self.arrivals = 0, Due(self.env, self.arrive)
        if self.fresh:
            self.arrivals.after(self.came[0])

    def _agents(self, day: Day) -> None:
        duties = day.duties
        self.group, count = duties.group.tolist(), len(duties.group)
        self.state, self.since = [OFF] * count, [0.0] * count
        self.idle = [deque[int]() for _ in day.model.groups]
        self.ends = [Due(self.env, self.end, agent) for agent in range(count)]
        agent = duties.agent.tolist()
        starts = zip(duties.start_s.tolist(), [True] * len(agent), agent, strict=True)
        # who is on duty at the end of the last slot stays until the lines are empty
        ends = (end for end in zip(duties.end_s.tolist(), [False] * len(agent), agent, strict=True) if end[0] < self.horizon)
        self.changes = sorted([*starts, *ends], reverse=True)
        self.change_due = Due(self.env, self.change)
        if self.changes:
            self.change_due.after(self.changes[-1][0])

    def arrive(self, _: Due) -> None:
        """The next fresh call comes."""
        call = self.next
        self.next = following = call + 1
        if following < self.fresh:
            self.arrivals.after(self.came[following] - self.env._now)
        self.offer(call)

    def redial(self, event: Due) -> None:
        """A caller dials again."""
        self.came[event.what] = self.env._now
        self.offer(event.what)

    def offer(self, call: int) -> None:
        """Give a call to an agent or let it wait."""
        queue = self.queue[call]
        self.tally.offered[queue] += 1
        agent = self.at_once(call, queue)
        if agent >= 0:
            self.start(call, queue, agent)
            return
        self.waiting[call] = True
        self.lines[queue].append(call)
        self.wait(Due(self.env, self.overdue, call), queue, call, 0.0)

    def at_once(self, call: int, queue: int) -> int:
        """Idle agent of the levels that a call reaches without waiting; -1 if there is none."""
        for level, (delay, groups) in enumerate(self.routes[queue]):
            if delay > 0:
                break
            agent = self.longest_idle(groups)
            if agent >= 0:
                return agent
            self.level[call] = level + 1
        return -1

    def longest_idle(self, groups: list[int]) -> int:
        """Agent of these groups who has been idle for longest, taken out of the idle; -1 if there is none."""
        best, best_since, since, idle = -1, inf, self.since, self.idle
        for g in groups:
            agents = idle[g]
            if agents and since[agents[0]] < best_since:
                best, best_since = g, since[agents[0]]
        return idle[best].popleft() if best >= 0 else -1

    def wait(self, timer: Due, queue: int, call: int, waited: float) -> None:
        """Set the timer of a call to its next level or to the end of its patience."""
        levels, level, until = self.routes[queue], self.level[call], self.patience[call]
        if level < len(levels) and levels[level][0] < until:
            until = levels[level][0]
        if until < inf:
            timer.after(until - waited)

    def overdue(self, event: Due) -> None:
        """A waiting call reaches its next level, or its caller hangs up."""
        call = event.what
        if not self.waiting[call]:
            return
        queue = self.queue[call]
        levels, level = self.routes[queue], self.level[call]
        if level == len(levels) or levels[level][0] >= self.patience[call]:
            self.lose(call, queue)
            return
        agent = self.longest_idle(levels[level][1])
        if agent >= 0:
            self.start(call, queue, agent)
        else:
            self.level[call] = level + 1
            self.wait(event, queue, call, levels[level][0])

    def lose(self, call: int, queue: int) -> None:
        """A caller hangs up, and perhaps dials again later."""
        self.waiting[call] = False
        self.tally.abandoned[queue] += 1
        if self.redials[queue].again(self.redialled[call]):
            self.plan_redial(call, queue)

    def plan_redial(self, call: int, queue: int) -> None:
        """Add the next call of a caller, unless it comes after the last slot."""
        delay, handle, patience = self.redials[queue].call()
        if self.env._now + delay >= self.horizon:
            return
        self.came.append(inf)
        self.queue.append(queue)
        self.handle.append(handle)
        self.patience.append(patience)
        self.redialled.append(self.redialled[call] + 1)
        self.level.append(0)
        self.waiting.append(False)
        Due(self.env, self.redial, len(self.came) - 1).after(delay)

    def start(self, call: int, queue: int, agent: int) -> None:
        """An agent answers a call."""
        wait = self.env._now - self.came[call]
        self.waiting[call] = False
        self.state[agent] = BUSY
        tally = self.tally
        tally.answered[queue] += 1
        if wait <= self.threshold[queue]:
            tally.in_time[queue] += 1
        self.ends[agent].after(self.handle[call])

    def end(self, event: Due) -> None:
        """An agent ends a call."""
        agent = event.what
        if self.state[agent] == LEAVING:
            self.state[agent] = OFF
        else:
            self.free(agent)

    def free(self, agent: int) -> None:
        """An agent takes the call that has waited for longest among those that may be taken, or is idle."""
        now, came, waiting, lines = self.env._now, self.came, self.waiting, self.lines
        best, first = -1, inf
        for queue, delay in self.held[self.group[agent]]:
            line = lines[queue]
            while line and not waiting[line[0]]:
                line.popleft()
            if line and came[line[0]] < first and now - came[line[0]] >= delay:
                best, first = queue, came[line[0]]
        if best >= 0:
            self.start(lines[best].popleft(), best, agent)
        else:
            self.state[agent], self.since[agent] = IDLE, now
            self.idle[self.group[agent]].append(agent)

    def change(self, _: Due) -> None:
        """The next agent comes on duty or goes off."""
        _, on, agent = self.changes.pop()
        state = self.state[agent]
        if on and state == LEAVING:
            self.state[agent] = BUSY
        elif on:
            self.free(agent)
        elif state == BUSY:
            self.state[agent] = LEAVING
        else:
            self.idle[self.group[agent]].remove(agent)
            self.state[agent] = OFF
        if self.changes:
            self.change_due.after(self.changes[-1][0] - self.env._now)


def simulate(day: Day, seed: int = 1) -> Tally:
    """Run the day to the end of its last call; the seed is that of the redials."""
    env = simpy.Environment()
    dispatcher = Dispatcher(env, day, seed)
    env.run()
    return dispatcher.tally
