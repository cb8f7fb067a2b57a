"""A single queue as SimPy's documentation does it: a process per caller, a `Resource`, and a timeout that reneges.

References
----------
SimPy documentation, examples, Bank Renege.
"""

from collections.abc import Generator
from typing import Any

import simpy

from benchmarks.simulation.days import Day
from benchmarks.simulation.tally import Tally

Steps = Generator[simpy.Event, Any, None]


def simulate(day: Day) -> Tally:
    """Run the day to the end of its last call."""
    env = simpy.Environment()
    bank, tally = simpy.Resource(env, capacity=day.agents), Tally(1)
    env.process(source(env, day, bank, tally))
    env.run()
    return tally


def source(env: simpy.Environment, day: Day, bank: simpy.Resource, tally: Tally) -> Steps:
    """Callers, one after the other."""
    calls, threshold = day.calls, day.model.queues[0].threshold_s
    for at, handle, patience in zip(calls.arrival_s.tolist(), calls.handle_s.tolist(), calls.patience_s.tolist(), strict=True):
        yield env.timeout(at - env.now)
        env.process(caller(env, bank, tally, threshold, handle, patience))


def caller(env: simpy.Environment, bank: simpy.Resource, tally: Tally, threshold: float, handle: float, patience: float) -> Steps:
    """Wait, then talk or hang up."""
    tally.offered[0] += 1
    came = env.now
    with bank.request() as turn:
        result = yield turn | env.timeout(patience)
        if turn in result:
            tally.answer(0, env.now - came, threshold)
            yield env.timeout(handle)
        else:
            tally.abandoned[0] += 1
