"""The fair-cause statement: why targets were missed, the system's causes first; only what they leave may be called practice.

Agents missing in an interval are told apart as a sum that telescopes. With N(calls, handle time) the least agents who meet the
target, and E the agents to whom the measured service amounts:

    N(came, as handled) - E = [N(came, as handled) - N(came, as planned)]        longer handle times
                            + [N(came, as planned) - N(foreseen, as planned)]    calls beyond forecast, of an event or not
                            + [N(foreseen, as planned) - rostered]               fewer rostered than required
                            + [rostered - present]                               absence
                            + [present - E]                                      the rest

What a term gives back is not set against another: of the gap the system's terms that add to it come first, in proportion if they
exceed it. The rest is luck of the queue and callers carried over, unless the service was measured and lies further below the
expected one than luck takes it.
"""

from dataclasses import dataclass
from typing import get_args

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.centre import Queue
from data.model.control import Cause, ControlPolicy
from optimizer.response.control.served import Served
from optimizer.staffing.queueing import least_agents, least_agents_many
from optimizer.staffing.realised import realised_service

CAUSES: tuple[Cause, ...] = get_args(Cause)
SYSTEM: tuple[Cause, ...] = CAUSES[:5]
"""Causes of which agents can be counted; luck and practice are what these leave."""


@dataclass(frozen=True, eq=False)
class Split:
    """Why the missed intervals missed.

    Parameters
    ----------
    needed : array of float, shape (queues, slots)
        Agents on the phones that the calls that came needed; 0 where no target was missed.
    gap : array of float, shape (queues, slots)
        Of them missing.
    heads : array of float, shape (causes, queues, slots)
        The gap by `CAUSES`; not negative, sums to it.
    shares : array of float, shape (causes, queues, slots)
        Share of each cause in a missed interval; sums to 1 there. Where nobody was missing all is luck.
    """

    needed: FloatArray
    gap: FloatArray
    heads: FloatArray
    shares: FloatArray

    @property
    def practice(self) -> FloatArray:
        """Share that may be called practice; shape (queues, slots)."""
        return self.shares[CAUSES.index("practice")]


def split(served: Served, policy: ControlPolicy) -> Split:
    """Tell the causes of every missed interval apart."""
    shape = served.calls.shape
    needed, gap, heads = np.zeros(shape), np.zeros(shape), np.zeros((len(CAUSES), *shape))
    for q, queue in enumerate(served.queues):
        slots = np.flatnonzero(served.missed[q])
        if len(slots):
            needed[q, slots], gap[q, slots], heads[:, q, slots] = _split_queue(served, queue, q, slots, policy)
    shares = np.divide(heads, gap, out=np.zeros_like(heads), where=gap > 0)
    shares[CAUSES.index("luck")][served.missed & (gap <= 0)] = 1.0
    return Split(needed, gap, heads, shares)


def _split_queue(
    served: Served, queue: Queue, q: int, slots: IntArray, policy: ControlPolicy
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Agents needed and missing in some slots of a queue, and these by cause."""
    second = 60.0 * served.grid.minutes
    came, foreseen, handled, planned, rostered, present = (
        getattr(served, name)[q, slots] for name in ("calls", "foreseen", "handle_time_s", "foreseen_s", "rostered", "present")
    )
    need = [_least(queue, calls / second, seconds) for calls, seconds in ((came, handled), (came, planned), (foreseen, planned))]
    at_work = _effective(served, queue, q, slots)
    on, beyond = served.disturbed[q, slots], need[1] - need[2]
    terms = np.stack([beyond * on, beyond * ~on, need[0] - need[1], need[2] - rostered, rostered - present])
    gap = np.maximum(need[0] - at_work, 0.0)
    return need[0], gap, told_apart(gap, terms, _beyond_luck(served, queue, q, slots, policy))


def told_apart(gap: FloatArray, terms: FloatArray, unlucky: BoolArray) -> FloatArray:
    """A gap by cause: the system's terms first, then luck, or practice where luck does not explain the rest.

    Parameters
    ----------
    gap : array of float, shape (slots,)
        Not negative.
    terms : array of float, shape (system causes, slots)
        May be negative: such a term gives back, and is nobody's.
    unlucky : array of bool, shape (slots,)

    Returns
    -------
    array of float, shape (causes, slots)
        Not negative; sums to the gap.
    """
    adding = np.maximum(terms, 0.0)
    total = adding.sum(axis=0)
    system = adding * np.divide(np.minimum(gap, total), total, out=np.zeros_like(total), where=total > 0)
    rest = np.maximum(gap - total, 0.0)
    return np.concatenate([system, [np.where(unlucky, 0.0, rest), np.where(unlucky, rest, 0.0)]])


def _least(queue: Queue, rate: FloatArray, handle_time_s: FloatArray) -> FloatArray:
    return least_agents(rate, handle_time_s, queue.staffing_patience_s, queue.target)[0].astype(np.float64)


def _effective(served: Served, queue: Queue, q: int, slots: IntArray) -> FloatArray:
    """Agents to whom the measured service amounts, at most those present; these where nothing was measured."""
    target, present = queue.target, served.present[q, slots]
    level = np.clip(served.level[q, slots], 1e-3, 1 - 1e-3)
    rate = served.calls[q, slots] / (60.0 * served.grid.minutes)
    handle = served.handle_time_s[q, slots]
    amount = least_agents_many(rate, handle, queue.staffing_patience_s, level, target.threshold_s, target.definition)
    return np.where(served.measured[q, slots], np.minimum(amount, present), present)


def _beyond_luck(served: Served, queue: Queue, q: int, slots: IntArray, policy: ControlPolicy) -> BoolArray:
    """Whether the measured service lies further below that of the agents present than luck takes it; never if none was measured."""
    measured = served.measured[q, slots]
    if not measured.any():
        return measured
    second = 60.0 * served.grid.minutes
    rate, handle = served.calls[q, slots] / second, served.handle_time_s[q, slots]
    lucky = realised_service(np.floor(served.present[q, slots]), rate, handle, queue.staffing_patience_s, second, queue.target)
    return measured & (served.level[q, slots] < lucky.mean - policy.luck_deviations * lucky.deviation)
