"""When busy agents become free: a calendar of narrow buckets, round and round.

While anyone is free nobody asks who becomes free next, so that a bucket is emptied as a whole once its time is over; only when all
are busy is the first of a bucket looked for. That is a few steps a call whatever the number of agents, where a heap takes many.

References
----------
Brown, Calendar queues: a fast O(1) priority queue implementation for the simulation event set problem (1988),
doi:10.1145/63039.63045.
"""

from typing import NamedTuple

import numpy as np

from data.model.base import FloatArray, IntArray
from optimizer.compiled import inlined

AT_ONCE = 2.0
"""Agents who become free in a bucket, on average with all busy (house choice)."""

LONGEST = 16.0
"""Handle times, in means, that one round of the calendar covers; longer ones wait in its last bucket (house choice)."""

FREE, BUSY, BUCKET, UNUSED, PLACE, BEFORE, WHERE = range(7)


class Calendar(NamedTuple):
    """Agents on duty, by the bucket of the instant at which they become free.

    ``state`` holds the numbers of free and of busy agents, the current bucket, the first unused place, and whom `earliest` found
    where.
    """

    first: IntArray
    after: IntArray
    until: FloatArray
    state: IntArray
    rate: float


def new_calendar(agents: int, handle_s: float) -> Calendar:
    """An empty calendar for at most so many agents and about so long a mean handle time, seconds."""
    buckets = 1 << int(np.ceil(np.log2(LONGEST / AT_ONCE * max(agents, 8))))
    after = np.arange(1, agents + 2)
    return Calendar(
        np.full(buckets, -1, np.int64), after, np.zeros(agents + 1), np.zeros(7, np.int64), max(agents, 1) / (AT_ONCE * handle_s)
    )


@inlined
def begin(c: Calendar, until: float) -> None:
    """Let an agent be busy until an instant."""
    place = c.state[UNUSED]
    c.state[UNUSED] = c.after[place]
    c.until[place] = until
    enter(c, place)
    c.state[BUSY] += 1


@inlined
def enter(c: Calendar, place: int) -> None:
    """Put a busy agent into the bucket of the instant, or into the last of the round."""
    ahead = min(int(c.until[place] * c.rate) - c.state[BUCKET], c.first.size - 1)
    bucket = (c.state[BUCKET] + max(ahead, 0)) & (c.first.size - 1)
    c.after[place] = c.first[bucket]
    c.first[bucket] = place


@inlined
def release(c: Calendar, place: int) -> None:
    """Give the place of an agent who is no longer busy back."""
    c.after[place] = c.state[UNUSED]
    c.state[UNUSED] = place
    c.state[BUSY] -= 1


@inlined
def empty(c: Calendar, now: float) -> None:
    """Let those of the current bucket who are free by now be free; the others enter the calendar anew."""
    bucket = c.state[BUCKET] & (c.first.size - 1)
    place = int(c.first[bucket])
    c.first[bucket] = -1
    while place >= 0:
        after = int(c.after[place])
        if c.until[place] <= now:
            release(c, place)
            c.state[FREE] += 1
        else:
            enter(c, place)
        place = after


@inlined
def follow(c: Calendar, now: float) -> None:
    """Go on to the bucket of an instant: who is free in those that are over is free."""
    target = int(now * c.rate)
    while c.state[BUCKET] < target and c.state[BUSY] > 0:
        if c.first[c.state[BUCKET] & (c.first.size - 1)] >= 0:
            empty(c, now)
        c.state[BUCKET] += 1
    c.state[BUCKET] = max(c.state[BUCKET], target)


@inlined
def earliest(c: Calendar) -> int:
    """The busy agent who becomes free first; -1 = nobody is busy. Until the calendar changes `take_first` takes that one out."""
    best, least, ahead = -1, np.inf, 0
    while ahead < c.first.size and c.state[BUSY] > 0:
        bucket, before = c.state[BUCKET] + ahead, -1
        place = int(c.first[bucket & (c.first.size - 1)])
        while place >= 0:
            if c.until[place] < least:
                best, least = place, c.until[place]
                c.state[PLACE], c.state[BEFORE], c.state[WHERE] = place, before, bucket & (c.first.size - 1)
            before, place = place, int(c.after[place])
        # one whose time is further off waits for the round to come; whoever is found before that is earlier
        if best >= 0 and int(least * c.rate) <= bucket:
            break
        ahead += 1
    return best


@inlined
def take_first(c: Calendar) -> None:
    """Take the agent whom `earliest` found out of the calendar."""
    place, before = c.state[PLACE], c.state[BEFORE]
    if before < 0:
        c.first[c.state[WHERE]] = c.after[place]
    else:
        c.after[before] = c.after[place]
    release(c, place)
