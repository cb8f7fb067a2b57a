"""One queue as the queueing model sees it: a pool of agents, and the call rates that it may meet.

A slot has one rate (the mean or a quantile of the forecast) or several nodes of its distribution; with several, every metric
is an expectation over them.

Agents of a chat queue serve ``concurrency`` chats at once. Their places form one pool: n agents are ``n x concurrency`` servers,
the handle time is that of a chat from its start to its end while its agent has others, and the least agents are the least
places over the concurrency, rounded up (house choice: exact when chats go to any free place and an agent's speed is that of
the stated handle time; Tezcan, Zhang (2014), doi:10.1287/opre.2014.1284, for the speed as a function of the chats in hand).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.centre import Queue, ServiceTarget
from optimizer.staffing.queueing import QueueMetrics, evaluate, least_agents

TARGETS = ("none", "service_level", "abandonment", "asa", "occupancy", "min_staff", "answer_rate", "due")
"""What may ask for the most agents; ``Requirement.binding`` is an index into it. ``due``: deferred work to be done in time."""

Model = Literal["erlang_a", "erlang_c"]


def patience_of(queue: Queue, model: str) -> float:
    """Mean patience in seconds that the model reckons with: of the exponential law that fits near the threshold, or inf."""
    return np.inf if model == "erlang_c" else queue.staffing_patience_s


@dataclass(frozen=True, eq=False)
class Pool:
    """One queue over slots (or any cells) with the rates it may meet.

    Parameters
    ----------
    queue : Queue
    model : str
        ``erlang_a`` or ``erlang_c``.
    rate : array of float, shape (slots, nodes)
        Calls per second.
    handle_time_s : array of float, shape (slots,)
    weights : array of float, shape (nodes,)
        Chance of each node; they sum to 1.
    """

    queue: Queue
    model: Model
    rate: FloatArray
    handle_time_s: FloatArray
    weights: FloatArray

    @cached_property
    def mean_rate(self) -> FloatArray:
        """Expected calls per second; shape (slots,)."""
        return self.rate @ self.weights

    def at(self, slots: IntArray | BoolArray) -> "Pool":
        """The pool in some of its slots."""
        return Pool(self.queue, self.model, self.rate[slots], self.handle_time_s[slots], self.weights)

    def at_node(self, node: int) -> "Pool":
        """The pool as if one of its rates were sure."""
        return Pool(self.queue, self.model, self.rate[:, [node]], self.handle_time_s, np.ones(1))

    def sure(self) -> "Pool":
        """The pool as if its mean rate were sure."""
        return Pool(self.queue, self.model, self.mean_rate[:, None], self.handle_time_s, np.ones(1))

    def metrics(self, agents: IntArray) -> QueueMetrics:
        """Expected metrics of numbers of agents, shape (slots, ...).

        The service level counts every possible rate by its chance, as the design of the option has it; shares of calls and
        waits are ratios of expected sums (calls lost over calls offered, waits of the answered over calls answered), the
        occupancy that of the expected time.
        """
        shape = (len(agents), 1) + (1,) * (agents.ndim - 1)
        rates = self.rate.reshape(*self.rate.shape, *(1,) * (agents.ndim - 1))
        found = self._at_rates(agents[:, None], rates, self.handle_time_s.reshape(shape))
        time = np.ones(1)
        weigh = {"service_level": time, "occupancy": time, "mean_queue": time}
        weigh |= {"asa_s": rates * found.answer_rate, "mean_wait_s": rates * (1 - found.blocked_rate)}
        return QueueMetrics(**{name: self._mean(values, weigh.get(name, rates)) for name, values in vars(found).items()})

    def _at_rates(self, agents: IntArray, rates: FloatArray, handle_time_s: FloatArray) -> QueueMetrics:
        queue, target = self.queue, self.queue.target
        places, patience = agents * queue.concurrency, patience_of(queue, self.model)
        return evaluate(places, rates, handle_time_s, patience, target.threshold_s, target.definition, room=queue.room)

    def _mean(self, values: FloatArray, amount: FloatArray) -> FloatArray:
        """Mean over the nodes, each by its chance and the amount it stands for; plain where nothing stands for anything."""
        if len(self.weights) == 1:
            return values[:, 0]
        chance = self.weights.reshape(-1, *(1,) * (values.ndim - 2))
        weight = np.broadcast_to(chance * amount, values.shape)
        weight = np.where(weight.sum(axis=1, keepdims=True) > 0, weight, chance)
        return (values * weight).sum(axis=1) / weight.sum(axis=1)

    def least(self, target: ServiceTarget | None = None) -> tuple[IntArray, IntArray]:
        """Least agents that meet every target, in expectation, and the target that binds; shape (slots,)."""
        wanted, patience = target or self.queue.target, patience_of(self.queue, self.model)
        places, binding = least_agents(self.mean_rate, self.handle_time_s, patience, wanted, room=self.queue.room)
        found = -(-places // self.queue.concurrency)
        if len(self.weights) == 1:
            return found, binding
        return self._least_expected(found, wanted)

    def _least_expected(self, start: IntArray, target: ServiceTarget) -> tuple[IntArray, IntArray]:
        agents, binding = np.zeros_like(start), np.zeros_like(start)
        live = np.flatnonzero(self.mean_rate > 0)
        pool = self.at(live)
        agents[live] = least_meeting(lambda cells, n: pool.at(cells).meets(n, target), start[live])
        one_less = pool.missed(agents[live] - 1, target)
        # no agent at all meets a cap on the wait of the answered, yet any load needs somebody
        binding[live] = np.where(one_less.any(axis=-1), 1 + one_less.argmax(axis=-1), TARGETS.index("service_level"))
        return agents, binding

    def meets(self, agents: IntArray, target: ServiceTarget) -> BoolArray:
        """Whether numbers of agents meet every target; shape (slots,)."""
        return ~np.any(self.missed(agents, target), axis=-1, keepdims=True)[:, 0]

    def missed(self, agents: IntArray, target: ServiceTarget) -> BoolArray:
        """Which targets numbers of agents miss; shape (slots, targets), in the order of `TARGETS` without ``none``."""
        at = self.metrics(agents)
        never = np.zeros(len(agents), dtype=np.bool_)
        caps = (
            (at.abandon_rate, target.max_abandon_rate),
            (at.asa_s, target.max_asa_s),
            (at.occupancy, target.max_occupancy),
        )
        over = [never if cap is None else values > cap for values, cap in caps]
        least = target.min_answer_rate
        lost = never if least is None else at.answer_rate < least
        return np.stack([at.service_level < target.service_level, *over, never, lost], axis=-1)


def least_meeting(meets: Callable[[IntArray, IntArray], BoolArray], start: IntArray) -> IntArray:
    """Least n of at least 1 per cell that meets, where more never meet less.

    Parameters
    ----------
    meets : callable
        Whether cells (indices) meet with so many agents.
    start : array of int, shape (cells,)
        First guess; the search gallops from it both ways, then bisects.
    """
    low, high = np.zeros_like(start), np.full_like(start, -1)
    n, step = np.maximum(start, 1), np.maximum(np.sqrt(start).astype(np.int64) // 4, 1)
    todo = np.arange(len(start))
    while len(todo):
        good = meets(todo, n[todo])
        high[todo[good]], low[todo[~good]] = n[todo[good]], n[todo[~good]]
        back = np.where(low == 0, np.maximum(high - step, 1), (low + high) // 2)
        n = np.where(high < 0, low + step, back)
        step *= 2
        todo = todo[(high[todo] < 0) | (high[todo] - low[todo] > 1)]
    return high
