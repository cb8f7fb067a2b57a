"""Callers who wait in a simulated centre: they join, reach further routing levels, are struck off or sent home.

Hanging up is no event. A caller who waits carries the instant of hanging up and is struck off when an agent, or the end of the
day, reaches the place; only a redial needs a clock, and it is set when the caller joins the queue.
"""

import numpy as np

from optimizer.compiled import inlined
from optimizer.staffing.events import draws
from optimizer.staffing.events.heap import packed, push
from optimizer.staffing.events.world import (
    CALLERS,
    FREE_CALLER,
    FREE_REDIAL,
    LOST,
    LOST_SHORT,
    LOST_WAIT,
    REACHED,
    REDIAL_RECORDS,
    REDIALS,
    WAITING,
    World,
    set_bit,
)


@inlined
def plan_redial(w: World, q: int, key: np.uint64, attempt: int, until: float) -> int:
    """Set the clock of the redial of a caller in case of hanging up; -1 = will not call again."""
    queue = w.queues[q]
    again = queue.again * (queue.persistence if attempt > 0 else 1.0)
    if until == np.inf or attempt >= queue.attempts or draws.uniform(key, draws.REDIALS) >= again:
        return -1
    r = w.counters[FREE_REDIAL]
    if r >= 0:
        w.counters[FREE_REDIAL] = w.redials[r].next
    else:
        r = w.counters[REDIAL_RECORDS]
        w.counters[REDIAL_RECORDS] += 1
    at = w.redials[r]
    at.key, at.queue, at.attempt, at.due = draws.drawn(key, draws.CHILD), q, attempt + 1, 1
    time = until + queue.delay * draws.exponential(key, draws.DELAY)
    w.counters[REDIALS] = push(w.redial_heap, w.counters[REDIALS], packed(time, r))
    return r


@inlined
def join(w: World, q: int, slot: int, now: float, key: np.uint64, attempt: int, work: float, patience: float) -> None:
    """Let a caller join the end of a queue."""
    c = w.counters[FREE_CALLER]
    if c >= 0:
        w.counters[FREE_CALLER] = w.callers[c].next
    else:
        c = w.counters[CALLERS]
        w.counters[CALLERS] += 1
    at, queue = w.callers[c], w.queues[q]
    at.arrival, at.work, at.slot, at.next = now, work, slot, -1
    at.until = now + patience
    at.redial = plan_redial(w, q, key, attempt, at.until) if queue.again > 0.0 else -1
    if queue.last >= 0:
        w.callers[queue.last].next = c
    else:
        queue.first = c
        set_bit(w.waiting_mask, q, True)
    queue.last = c
    queue.length += 1
    w.counters[WAITING] += 1
    for step in range(w.steps.size):
        if w.at_step[q, step] < 0:
            w.at_step[q, step] = c
            w.step_at[q, step] = now + w.steps[step]
            w.next_step[0] = min(w.next_step[0], w.step_at[q, step])


@inlined
def set_step(w: World, q: int, step: int, c: int) -> None:
    """Note the caller of a queue who reaches a step of waiting next; -1 = nobody."""
    w.at_step[q, step] = c
    w.step_at[q, step] = w.callers[c].arrival + w.steps[step] if c >= 0 else np.inf


@inlined
def leave(w: World, q: int) -> None:
    """Take the first caller out of a queue."""
    queue = w.queues[q]
    c = queue.first
    after = w.callers[c].next
    queue.first = after
    if after < 0:
        queue.last = -1
        set_bit(w.waiting_mask, q, False)
    queue.length -= 1
    w.counters[WAITING] -= 1
    w.callers[c].next = w.counters[FREE_CALLER]
    w.counters[FREE_CALLER] = c
    for step in range(w.steps.size):
        if w.at_step[q, step] == c:
            set_step(w, q, step, after)


@inlined
def lose(w: World, q: int, c: int, hung_up: float, reached: float) -> None:
    """Book a caller who hung up, in whose place an agent arrives at `reached`."""
    at = w.callers[c]
    out = w.out[q, at.slot]
    wait = hung_up - at.arrival
    out[LOST] += 1.0
    out[LOST_WAIT] += wait
    if wait <= w.queues[q].threshold:
        out[LOST_SHORT] += 1.0
    if reached - at.arrival <= w.queues[q].threshold:
        out[REACHED] += 1.0


@inlined
def strike_off(w: World, q: int, now: float) -> None:
    """Strike those off the head of a queue who have hung up."""
    while w.queues[q].first >= 0 and w.callers[w.queues[q].first].until <= now:
        c = w.queues[q].first
        lose(w, q, c, w.callers[c].until, now)
        leave(w, q)


@inlined
def strike_off_all(w: World, q: int, now: float) -> None:
    """Strike everyone off a queue with limited room who has hung up, wherever they stand."""
    for _ in range(w.queues[q].length):
        c = w.queues[q].first
        at = w.callers[c]
        if at.until <= now:
            lose(w, q, c, at.until, np.inf)
            leave(w, q)
        else:
            # to the end: after one round the order is as before
            w.queues[q].first = at.next
            w.callers[w.queues[q].last].next = c
            at.next = -1
            w.queues[q].last = c
            if w.queues[q].first < 0:
                w.queues[q].first = c


@inlined
def send_home(w: World, q: int, now: float) -> None:
    """Lose everyone who waits: the queue closes, or nobody will ever come."""
    while w.queues[q].first >= 0:
        c = w.queues[q].first
        at = w.callers[c]
        lose(w, q, c, min(at.until, max(now, at.arrival)), np.inf)
        leave(w, q)
