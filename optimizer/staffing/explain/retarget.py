"""What other targets, calls, handle times or shrinkage would ask for: the requirement of one queue, before and after."""

from dataclasses import dataclass

import numpy as np
from pydantic import Field

from data.model.base import Frozen, IntArray
from data.model.centre import Queue, ServiceTarget
from data.model.demand import Requirement
from data.model.errors import Finding, InvalidData, NotFound
from optimizer.staffing.explain.requirement import MODELS
from optimizer.staffing.pool import Pool
from optimizer.staffing.requirement import call_rates, heads_of


class Otherwise(Frozen):
    """Assumptions of one queue in place of those that stand.

    Parameters
    ----------
    target : ServiceTarget or None
        None = as it stands.
    calls, handle_time : float
        Factors on the calls and on the mean handle time.
    shrinkage : float or None
        Share of the rostered agents who are away from the phones, in [0, 1); None = as it stands.
    """

    target: ServiceTarget | None = None
    calls: float = Field(default=1.0, ge=0, le=20)
    handle_time: float = Field(default=1.0, gt=0, le=20)
    shrinkage: float | None = Field(default=None, ge=0, lt=1)


@dataclass(frozen=True, eq=False)
class Staffed:
    """Agents of one queue per slot: on the phones, and rostered so that as many are."""

    on_phone: IntArray
    heads: IntArray


def staffed_otherwise(made: Requirement, queue: Queue, other: Otherwise) -> Staffed:
    """Least agents per slot under other assumptions, each slot at the calls of the requirement and on its own.

    What a requirement made for ``expected`` service or with a ``carried`` line asks for beyond that is left out: compare with the
    answer to `Otherwise()`, not with the requirement itself. Slots in which nobody is required stay empty.

    Raises
    ------
    NotFound
        When the requirement does not hold the queue.
    InvalidData
        When its work is deferred: it is levelled over all queues, and no target of its own moves it.
    """
    if queue.id not in made.queues:
        raise NotFound(f"no requirement of queue {queue.id!r}")
    if queue.channel == "deferred":
        fix = "ask for a queue of calls or chats"
        raise InvalidData([Finding("query", None, "queue", repr(queue.id), "a queue that is answered at once", fix)])
    q = made.queues.index(queue.id)
    calls, handle = made.calls[q] * other.calls, made.handle_time_s[q] * other.handle_time
    rates = call_rates(calls[None, :, None], handle[None], made.grid.minutes * 60.0, made.origin.get("load_model", "stationary"))[0]
    model = MODELS[made.origin.get("model", "erlang_a")]
    changed = queue if other.target is None else queue.model_copy(update={"target": other.target})
    found, _ = Pool(changed, model, rates, handle, np.ones(1)).least()
    on_phone = np.where(made.on_phone[q] > 0, np.maximum(found, queue.min_staff), 0)
    lost = made.shrinkage[q] if other.shrinkage is None else np.full(made.grid.size, other.shrinkage)
    return Staffed(on_phone, heads_of(on_phone, lost))
