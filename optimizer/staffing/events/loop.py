"""Event simulation of a whole centre: queues, skill groups, overflow, redials, chats and deferred work.

One loop over five kinds of events: an arrival, the end of a contact, a change of duty, a redial, and a wait that opens the next
routing level. Contacts that end at the same instant as a call comes end first.
"""

import numpy as np

from optimizer.compiled import compiled, inlined
from optimizer.staffing.events import draws
from optimizer.staffing.events.callers import join, leave, send_home, set_step, strike_off, strike_off_all
from optimizer.staffing.events.heap import number_of, packed, pop, push, replace_top, time_of
from optimizer.staffing.events.world import (
    ANSWERED,
    BLOCKED,
    CHANGED,
    CLOSING,
    CONTACTS,
    FREE_REDIAL,
    FULL,
    IDLE,
    IDLE_AGENTS,
    IN_TIME,
    OFF,
    OFFERED,
    ON,
    ONE,
    REACHED,
    REDIALLED,
    REDIALS,
    SLOT,
    WAITED,
    WAITING,
    ZERO,
    Calls,
    Changes,
    World,
    agent_for,
    lowest_bit,
    settle,
)


@inlined
def begin(w: World, a: int, q: int, now: float, slot_s: float, work: float) -> int:
    """Let an agent begin a contact; its entry for the heap of ends."""
    at = w.agents[a]
    end = now + work * w.pace[at.group, q] * at.pace
    book_time(w, at.group, now, end, slot_s)
    at.load += w.queues[q].units
    each = w.contact_queue.shape[1]
    seat = 0
    while each > 1 and w.contact_queue[a, seat] >= 0:
        seat += 1
    w.contact_queue[a, seat] = q
    return packed(end, a * each + seat)


@inlined
def book_time(w: World, group: int, start: float, end: float, slot_s: float) -> None:
    """Book the seconds from now to the end of a contact in the slots they lie in; the last slot takes what lies after it."""
    slot, last = w.counters[SLOT], w.busy.shape[1] - 1
    while slot < last and end > (slot + 1) * slot_s:
        w.busy[group, slot] += (slot + 1) * slot_s - start
        slot += 1
        start = slot * slot_s
    w.busy[group, slot] += end - start


@inlined
def count_answer(w: World, q: int, slot: int, wait: float) -> None:
    """Book a call that was answered."""
    out = w.out[q, slot]
    out[ANSWERED] += 1.0
    out[WAITED] += wait
    if wait <= w.queues[q].threshold:
        out[IN_TIME] += 1.0
        out[REACHED] += 1.0


@inlined
def next_queue(w: World, a: int, now: float) -> int:
    """Queue whose first caller an agent takes: the best priority, in it the longest wait; -1 = none."""
    g, best, rank, since = w.agents[a].group, -1, 0, np.inf
    for word in range(w.waiting_mask.size):
        mask = w.waiting_mask[word] & w.skill_mask[g, word]
        while mask != ZERO:
            q = (word << 6) + lowest_bit(mask)
            mask &= mask - ONE
            strike_off(w, q, now)
            queue = w.queues[q]
            if queue.first < 0 or w.agents[a].load + queue.units > FULL or (queue.reserve > 0 and spared(w, a) <= queue.reserve):
                continue
            came, own = w.callers[queue.first].arrival, w.priority[g, q]
            first = own < rank or (own == rank and came - queue.head_start < since)
            if (best < 0 or first) and now - came >= w.overflow[w.level[q, g]] - 1e-9:
                best, rank, since = q, own, came - queue.head_start
    return best


@inlined
def spared(w: World, a: int) -> int:
    """Idle agents, this one counted."""
    return w.counters[IDLE_AGENTS] + (1 if w.agents[a].list != IDLE else 0)


@inlined
def take_first(w: World, a: int, q: int, now: float, slot_s: float) -> int:
    """Let an agent take the first caller of a queue; the entry for the heap of ends."""
    at = w.callers[w.queues[q].first]
    slot, work = at.slot, at.work
    count_answer(w, q, slot, now - at.arrival)
    if at.redial >= 0:
        w.redials[at.redial].due = 0
    leave(w, q)
    return begin(w, a, q, now, slot_s, work)


@inlined
def arrive(w: World, q: int, now: float, slot_s: float, key: np.uint64, attempt: int, work: float, patience: float) -> None:
    """A call comes: an agent takes it, it waits, or it finds no room."""
    slot = w.counters[SLOT]
    w.out[q, slot, OFFERED] += 1.0
    if attempt > 0:
        w.out[q, slot, REDIALLED] += 1.0
    a = agent_for(w, q, 0.0)
    if a >= 0:
        count_answer(w, q, slot, 0.0)
        w.counters[CONTACTS] = push(w.contacts, w.counters[CONTACTS], begin(w, a, q, now, slot_s, work))
        settle(w, a, now)
        return
    queue = w.queues[q]
    if queue.room >= 0 and queue.length >= queue.room:
        strike_off_all(w, q, now)
        if queue.length >= queue.room:
            w.out[q, slot, BLOCKED] += 1.0
            return
    join(w, q, slot, now, key, attempt, work, patience)


@inlined
def finish(w: World, now: float, slot_s: float) -> None:
    """The contact at the top of the heap ends; its agent takes who waits, leaves, or becomes free."""
    each = w.contact_queue.shape[1]
    number = number_of(w.contacts[0])
    # without chats the division, the dearest step of all, is left out
    a, seat = (number, 0) if each == 1 else (number // each, number % each)
    at = w.agents[a]
    at.load -= w.queues[w.contact_queue[a, seat]].units
    w.contact_queue[a, seat] = -1
    q = next_queue(w, a, now) if at.on == ON and w.counters[WAITING] > 0 else -1
    if q >= 0:
        replace_top(w.contacts, w.counters[CONTACTS], take_first(w, a, q, now, slot_s))
        if each > 1:
            take_more(w, a, now, slot_s)
        return
    w.counters[CONTACTS] = pop(w.contacts, w.counters[CONTACTS])
    if at.on != ON and at.load == 0:
        w.overrun[at.group] += now - at.left
    settle(w, a, now)


@inlined
def take_more(w: World, a: int, now: float, slot_s: float) -> None:
    """Let an agent on duty take callers who wait while there is attention left."""
    while w.counters[WAITING] > 0:
        q = next_queue(w, a, now)
        if q < 0:
            break
        w.counters[CONTACTS] = push(w.contacts, w.counters[CONTACTS], take_first(w, a, q, now, slot_s))
    settle(w, a, now)


@inlined
def change(w: World, who: int, what: int, now: float, slot_s: float) -> None:
    """An agent comes or leaves, or a queue closes; who leaves finishes the contacts begun."""
    if what == CLOSING:
        send_home(w, who, now)
        return
    at = w.agents[who]
    if what == ON and at.on != ON:
        if at.load > 0:
            w.overrun[at.group] += now - at.left
        at.on = ON
        take_more(w, who, now, slot_s)
    elif what == OFF and at.on == ON:
        at.on, at.left = OFF, now
        settle(w, who, now)


@inlined
def open_levels(w: World, now: float, slot_s: float) -> None:
    """Callers whose wait opens routing levels reach the idle agents there; the next such instant is found on the way."""
    when = np.inf
    for q in range(w.at_step.shape[0]):
        for step in range(w.steps.size):
            while w.step_at[q, step] <= now:
                c = w.at_step[q, step]
                set_step(w, q, step, w.callers[c].next)
                reach_out(w, q, c, now, slot_s)
            when = min(when, w.step_at[q, step])
    w.next_step[0] = when


@inlined
def reach_out(w: World, q: int, c: int, now: float, slot_s: float) -> None:
    """A caller whose wait opens routing levels is taken by who is idle there."""
    strike_off(w, q, now)
    a = agent_for(w, q, now - w.callers[c].arrival + 1e-9) if w.queues[q].first == c else -1
    if a >= 0:
        w.counters[CONTACTS] = push(w.contacts, w.counters[CONTACTS], take_first(w, a, q, now, slot_s))
        settle(w, a, now)


@inlined
def dial_again(w: World, now: float, slot_s: float) -> None:
    """The redial at the top of the heap comes, unless its caller was answered or the centre has closed."""
    r = number_of(w.redial_heap[0])
    w.counters[REDIALS] = pop(w.redial_heap, w.counters[REDIALS])
    at = w.redials[r]
    key, q, attempt, due = at.key, at.queue, at.attempt, at.due
    at.next = w.counters[FREE_REDIAL]
    w.counters[FREE_REDIAL] = r
    if due == 1 and now < slot_s * w.out.shape[1]:
        work = draws.work_of(key, float(w.handle[q, w.counters[SLOT]]), w.queues[q].sigma)
        arrive(w, q, now, slot_s, key, attempt, work, draws.patience_of(key, w.patience_share[q], w.patience_mean[q]))


@inlined
def tick(w: World, now: float, slot_s: float) -> None:
    """Let the slot follow the time; what lies after the last counts there."""
    while w.counters[SLOT] < w.out.shape[1] - 1 and now >= (w.counters[SLOT] + 1) * slot_s:
        w.counters[SLOT] += 1


@compiled
def run(w: World, calls: Calls, changes: Changes, slot_s: float, until: float, base: np.uint64) -> None:
    """Simulate up to an instant with the calls that come before it; at the end, ``inf``, who still waits is lost."""
    i, j, clock = 0, w.counters[CHANGED], 0.0
    while True:
        came = calls.arrival[i] if i < calls.arrival.size else np.inf
        ends = time_of(w.contacts[0]) if w.counters[CONTACTS] > 0 else np.inf
        changes_at = changes.time[j] if j < changes.time.size else np.inf
        dials = time_of(w.redial_heap[0]) if w.counters[REDIALS] > 0 else np.inf
        # with nobody idle a wait that opens a level changes nothing; whoever becomes idle looks at the waits anyway
        opens = max(w.next_step[0], clock) if w.counters[IDLE_AGENTS] > 0 else np.inf
        other = min(changes_at, dials, opens)
        now = min(came, ends, other)
        if now >= until:
            break
        clock = now
        tick(w, now, slot_s)
        if ends == now:
            finish(w, now, slot_s)
        elif came <= other:
            key = draws.key_of(base, calls.first + i)
            arrive(w, calls.queue[i], now, slot_s, key, 0, calls.work[i], calls.patience[i])
            i += 1
        elif changes_at == now:
            change(w, int(changes.who[j]), int(changes.what[j]), now, slot_s)
            j += 1
        elif dials == now:
            dial_again(w, now, slot_s)
        else:
            open_levels(w, now, slot_s)
    w.counters[CHANGED] = j
    for q in range(w.queues.size if until == np.inf else 0):
        send_home(w, q, slot_s * w.out.shape[1])
