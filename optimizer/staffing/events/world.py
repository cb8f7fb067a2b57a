"""The state of a simulated centre in flat records, and the lists in which its free agents stand."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.model.base import FloatArray, IntArray
from optimizer.compiled import inlined

Records = Any
"""A NumPy array of records; what fields it has is said by its dtype below."""
Masks = NDArray[np.uint64]

FULL = 60
"""Units of an agent's attention; a contact of a queue of concurrency c takes 60 / c."""

QUEUE = np.dtype(
    [("sigma", "f8"), ("threshold", "f8"), ("head_start", "f8"), ("again", "f8"), ("persistence", "f8"), ("delay", "f8"),
     ("attempts", "i8"), ("room", "i8"), ("units", "i8"), ("reserve", "i8"), ("first", "i8"), ("last", "i8"), ("length", "i8")]
)  # fmt: skip
GROUP = np.dtype([("idle", "i8"), ("idle_last", "i8"), ("partly", "i8"), ("partly_last", "i8")])
AGENT = np.dtype(
    [("since", "f8"), ("left", "f8"), ("pace", "f8"), ("group", "i4"), ("next", "i4"), ("prev", "i4"), ("load", "i2"),
     ("on", "i1"), ("list", "i1")]
)  # fmt: skip
CALLER = np.dtype([("arrival", "f8"), ("until", "f8"), ("work", "f8"), ("next", "i4"), ("slot", "i4"), ("redial", "i8")])
REDIAL = np.dtype([("key", "u8"), ("queue", "i8"), ("attempt", "i8"), ("next", "i8"), ("due", "i8")])

NOWHERE, IDLE, PARTLY = 0, 1, 2
ON, OFF, CLOSING = 1, 0, 2
OFFERED, ANSWERED, IN_TIME, REACHED, LOST, LOST_SHORT, BLOCKED, REDIALLED, WAITED, LOST_WAIT = range(10)
CONTACTS, REDIALS, WAITING, FREE_CALLER, CALLERS, FREE_REDIAL, REDIAL_RECORDS, IDLE_AGENTS, SLOT, CHANGED = range(10)


class World(NamedTuple):
    """State and constants of one replication; see `optimizer.staffing.simulate` for how it is laid out.

    ``counters`` holds the sizes of the heaps and pools. ``steps`` are the waits that open routing levels, ``at_step`` and
    ``step_at`` the caller of each queue who reaches one next and when, ``next_step`` the first of these instants. ``out``
    (queues, slots, 10) holds what `service.COUNTS` and `service.WAITS` name.
    """

    queues: Records
    handle: FloatArray
    patience_share: FloatArray
    patience_mean: FloatArray
    groups: Records
    agents: Records
    callers: Records
    redials: Records
    contacts: IntArray
    contact_queue: IntArray
    redial_heap: IntArray
    level_mask: Masks
    idle_mask: Masks
    partly_mask: Masks
    skill_mask: Masks
    waiting_mask: Masks
    level: IntArray
    priority: IntArray
    pace: FloatArray
    overflow: FloatArray
    steps: FloatArray
    at_step: IntArray
    step_at: FloatArray
    next_step: FloatArray
    counters: IntArray
    out: FloatArray
    busy: FloatArray
    overrun: FloatArray


class Calls(NamedTuple):
    """Calls in order of arrival: number of the first, instants, queues, handle times at pace 1 and patiences, seconds."""

    first: int
    arrival: FloatArray
    queue: IntArray
    work: FloatArray
    patience: FloatArray


class Changes(NamedTuple):
    """Changes of duty in order of time: who (an agent, or a queue that closes) and what (`ON`, `OFF`, `CLOSING`)."""

    time: FloatArray
    who: IntArray
    what: IntArray


_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
_BIT = np.zeros(64, np.int64)
for _k in range(64):
    _BIT[((0x03F79D71B4CB0A89 << _k) & (2**64 - 1)) >> 58] = _k
ONE, ZERO, _58 = np.uint64(1), np.uint64(0), np.uint64(58)


@inlined
def lowest_bit(mask: np.uint64) -> int:
    """Number of the lowest bit that is set, by a de Bruijn sequence."""
    return _BIT[((mask & (~mask + ONE)) * _BRUIJN) >> _58]


@inlined
def set_bit(mask: Masks, k: int, on: bool) -> None:
    """Set or clear bit `k` of a row of words."""
    bit = ONE << np.uint64(k & 63)
    if on:
        mask[k >> 6] |= bit
    else:
        mask[k >> 6] &= ~bit


@inlined
def unlink(w: World, a: int) -> None:
    """Take an agent out of the list it stands in."""
    agents, at = w.agents, w.agents[a]
    if at.list == NOWHERE:
        return
    group = w.groups[at.group]
    before, after = at.prev, at.next
    if before >= 0:
        agents[before].next = after
    if after >= 0:
        agents[after].prev = before
    if at.list == IDLE:
        w.counters[IDLE_AGENTS] -= 1
        group.idle = after if before < 0 else group.idle
        group.idle_last = before if after < 0 else group.idle_last
        if group.idle < 0:
            set_bit(w.idle_mask, at.group, False)
    else:
        group.partly = after if before < 0 else group.partly
        group.partly_last = before if after < 0 else group.partly_last
        if group.partly < 0:
            set_bit(w.partly_mask, at.group, False)
    at.list = NOWHERE


@inlined
def link(w: World, a: int, where: int) -> None:
    """Put an agent at the end of the idle or of the partly busy of the group."""
    agents, at = w.agents, w.agents[a]
    group = w.groups[at.group]
    last = group.idle_last if where == IDLE else group.partly_last
    at.prev, at.next, at.list = last, -1, where
    if last >= 0:
        agents[last].next = a
    if where == IDLE:
        w.counters[IDLE_AGENTS] += 1
        group.idle_last = a
        if last < 0:
            group.idle = a
            set_bit(w.idle_mask, at.group, True)
    else:
        group.partly_last = a
        if last < 0:
            group.partly = a
            set_bit(w.partly_mask, at.group, True)


@inlined
def settle(w: World, a: int, now: float) -> None:
    """Put an agent where its duty and its contacts say: idle, partly busy, or nowhere."""
    at = w.agents[a]
    where = NOWHERE
    if at.on == ON and at.load < FULL:
        where = IDLE if at.load == 0 else PARTLY
    if at.list != where:
        unlink(w, a)
        if where != NOWHERE:
            at.since = now
            link(w, a, where)


@inlined
def longest_idle(w: World, q: int, level: int) -> int:
    """The longest idle agent of a routing level of a queue; -1 = nobody."""
    found, since = -1, np.inf
    for word in range(w.idle_mask.size):
        mask = w.idle_mask[word] & w.level_mask[q, level, word]
        while mask != ZERO:
            a = w.groups[(word << 6) + lowest_bit(mask)].idle
            if w.agents[a].since < since:
                found, since = a, w.agents[a].since
            mask &= mask - ONE
    return found


@inlined
def partly_busy(w: World, q: int, level: int) -> int:
    """An agent of a routing level who has a chat and attention left for one more; -1 = nobody."""
    for word in range(w.partly_mask.size):
        mask = w.partly_mask[word] & w.level_mask[q, level, word]
        while mask != ZERO:
            a = w.groups[(word << 6) + lowest_bit(mask)].partly
            while a >= 0:
                if w.agents[a].load + w.queues[q].units <= FULL:
                    return a
                a = w.agents[a].next
            mask &= mask - ONE
    return -1


@inlined
def agent_for(w: World, q: int, wait: float) -> int:
    """Who takes a call that has waited so long: the best level it reaches, in it the longest idle; -1 = nobody."""
    if w.counters[IDLE_AGENTS] <= w.queues[q].reserve and (w.queues[q].reserve > 0 or w.queues[q].units == FULL):
        return -1
    for level in range(w.overflow.size):
        if w.overflow[level] > wait:
            return -1
        found = partly_busy(w, q, level) if w.queues[q].units < FULL else -1
        if found < 0:
            found = longest_idle(w, q, level)
        if found >= 0:
            return found
    return -1
