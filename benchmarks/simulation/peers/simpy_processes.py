"""The same dispatcher with a process for every call, as one writes SimPy: it waits for an agent or a timeout, then talks."""

from collections.abc import Generator
from typing import Any

import simpy

from benchmarks.simulation.days import Day
from benchmarks.simulation.peers.simpy_dispatcher import BUSY, Dispatcher
from benchmarks.simulation.tally import Tally

Steps = Generator[simpy.Event, Any, Any]


class Processes(Dispatcher):
    """The centre; an agent who becomes free is the value of the event that a waiting call looks out for."""

    def __init__(self, env: simpy.Environment, day: Day, seed: int) -> None:
        super().__init__(env, day, seed)
        self.answer: dict[int, simpy.Event] = {}

    def offer(self, call: int) -> None:
        """A call begins."""
        self.env.process(self.call(call, self.queue[call]))

    def call(self, call: int, queue: int) -> Steps:
        """Reach an agent, wait for one or hang up; then talk."""
        self.tally.offered[queue] += 1
        agent = self.at_once(call, queue)
        if agent < 0:
            agent = yield from self.in_line(call, queue)
        if agent < 0:
            self.lose(call, queue)
            return
        self.state[agent] = BUSY
        self.tally.answer(queue, self.env.now - self.came[call], self.threshold[queue])
        yield self.env.timeout(self.handle[call])
        self.end(self.ends[agent])

    def in_line(self, call: int, queue: int) -> Steps:
        """Wait; the agent who answers, or -1 when patience ends."""
        agent, came, patience = -1, self.came[call], self.patience[call]
        self.waiting[call] = True
        self.lines[queue].append(call)
        answer = self.answer[call] = self.env.event()
        later = [(delay, groups) for delay, groups in self.routes[queue] if 0 < delay < patience]
        for wait, groups in [*later, (patience, [])]:
            result = yield answer | self.env.timeout(came + wait - self.env.now)
            agent = result[answer] if answer in result else self.longest_idle(groups)
            if agent >= 0:
                break
        self.waiting[call] = False
        del self.answer[call]
        return agent

    def start(self, call: int, queue: int, agent: int) -> None:  # noqa: ARG002
        """An agent takes a waiting call."""
        self.waiting[call], self.state[agent] = False, BUSY
        self.answer[call].succeed(agent)


def simulate(day: Day, seed: int = 1) -> Tally:
    """Run the day to the end of its last call; the seed is that of the redials."""
    env = simpy.Environment()
    centre = Processes(env, day, seed)
    env.run()
    return centre.tally
