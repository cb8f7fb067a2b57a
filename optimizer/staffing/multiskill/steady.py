"""One steady interval of a centre with skill groups: its pools as Erlang A, and a simulation that has settled."""

from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from scipy.special import ndtri

from data.model.base import BoolArray, FloatArray, IntArray
from optimizer.staffing.centre_model import CentreModel, SimulatedQueue, steady
from optimizer.staffing.queueing import evaluate
from optimizer.staffing.simulate import Simulation, simulate

FLOOR = 1e-4
"""Service levels are kept this far from 0 and 1 before their normal quantile is taken (house choice)."""

STRETCHES = 16
"""Equal stretches of a long run after the one in which it runs in (house choice)."""

RUN_IN = 6.0
"""A long run runs in for at least so many of the longest handle times (house choice)."""


def probit(service_level: FloatArray) -> FloatArray:
    """Normal quantile of service levels, kept `FLOOR` from 0 and 1."""
    return ndtri(np.clip(service_level, FLOOR, 1 - FLOOR))


@dataclass(frozen=True, eq=False)
class SteadyInterval:
    """A centre whose calls come at constant rates, for ever.

    The pools stand for sets of its queues, told by their bits: as if one queue held all their calls and every agent answered
    them, with Erlang A, the patience of the hazard at zero, and none of the routing.

    Parameters
    ----------
    model : CentreModel
        One slot; handle times are numbers.
    rates : array of float, shape (queues,)
        Calls per second, at least 0.
    """

    model: CentreModel
    rates: FloatArray
    _tables: dict[tuple[int, float, str], tuple[IntArray, FloatArray]] = field(default_factory=dict, repr=False)

    @cached_property
    def busy(self) -> IntArray:
        """Places of the queues that have calls."""
        return np.flatnonzero(self.rates > 0)

    @cached_property
    def handle_time_s(self) -> FloatArray:
        """Seconds of an agent that a contact takes, shape (queues,): chats side by side share them."""
        return np.array([float(np.mean(queue.handle_time_s)) / queue.concurrency for queue in self.model.queues])

    @cached_property
    def load(self) -> FloatArray:
        """Agents kept busy by each queue, Erlang, shape (queues,)."""
        return self.rates * self.handle_time_s

    @cached_property
    def hang_up(self) -> FloatArray:
        """Hazard of hanging up near the start of the wait, per second, shape (queues,)."""
        return np.array([_hazard(queue) for queue in self.model.queues])

    @cached_property
    def answers(self) -> BoolArray:
        """Which group answers which queue, shape (queues, groups)."""
        return np.array([[queue.id in group.queues for group in self.model.groups] for queue in self.model.queues])

    @cached_property
    def capacity(self) -> FloatArray:
        """Agents of usual pace that one of each group is worth, shape (groups,)."""
        return np.array([1 / float(np.mean(group.pace or 1.0)) for group in self.model.groups])

    def inside(self, members: int) -> BoolArray:
        """Which queues belong to a set, shape (queues,)."""
        return (members >> np.arange(self.rates.size) & 1).astype(np.bool_)

    def pooled(self, members: int) -> tuple[float, float, float]:
        """Calls per second, mean handle time and patience (s) of a set of queues as one."""
        part = np.where(self.inside(members), self.rates, 0.0)
        rate, hazard = float(part.sum()), float(part @ self.hang_up)
        return rate, float(part @ self.handle_time_s) / rate, rate / hazard if hazard else np.inf

    def pool_probit(self, members: int, queue: int, agents: FloatArray) -> FloatArray:
        """Normal quantile of the service level that a pool gives a queue's threshold, linear between the points of its table."""
        like = self.model.queues[queue]
        key = (members, like.threshold_s, like.definition)
        if key not in self._tables:
            self._tables[key] = self._table(members, like)
        return np.interp(agents, *self._tables[key])

    def _table(self, members: int, like: SimulatedQueue) -> tuple[IntArray, FloatArray]:
        rate, handle, patience = self.pooled(members)
        load, root = rate * handle, (rate * handle) ** 0.5
        agents = np.arange(0, load + 8 * root + 12, max(1, int(root / 4)), dtype=np.int64)
        return agents, probit(evaluate(agents, rate, handle, patience, like.threshold_s, like.definition).service_level)

    def run(self, heads: IntArray, *, calls: float, seed: int, runs: int = 1, executor: Executor | None = None) -> Simulation:
        """Simulate until so many calls have been counted; the first slot of the result is the running in.

        Every stretch gets its expected calls to the number, at random instants: over so long a time this only takes noise away.

        Parameters
        ----------
        heads : array of int, shape (groups,)
            Agents on the phones.
        calls : float
            Calls counted, all queues and runs together; more where the running in asks for longer stretches.
        """
        longest = max(float(np.mean(queue.handle_time_s)) for queue in self.model.queues)
        stretch = max(calls / self.rates.sum() / STRETCHES / runs, RUN_IN * longest)
        long = replace(self.model, slot_s=stretch, slots=STRETCHES + 1)
        until = np.floor(np.outer(self.rates, np.arange(STRETCHES + 2)) * stretch + 0.5)
        return simulate(long, np.diff(until), steady(heads, long), seed=seed, replications=runs, counts=True, executor=executor)


def steady_interval(model: CentreModel, calls: FloatArray, slot: int) -> SteadyInterval:
    """The steady interval of a slot.

    Parameters
    ----------
    calls : array of float, shape (queues, slots)
        Calls of each slot.
    """
    handle = model.handle_time_s()[:, slot]
    queues = [replace(queue, handle_time_s=float(time), closes_s=()) for queue, time in zip(model.queues, handle, strict=True)]
    return SteadyInterval(replace(model, queues=tuple(queues), slots=1), calls[:, slot] / model.slot_s)


def _hazard(queue: SimulatedQueue) -> float:
    """Hazard of patience at zero of those callers who wait at all."""
    waiting = [(share, mean) for share, mean in queue.patience if mean > 0]
    total = sum(share for share, _ in waiting)
    return sum(share / mean for share, mean in waiting) / total if total else 0.0
