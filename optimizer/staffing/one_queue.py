"""Event simulation of one queue: the calls that really came, answered in order of arrival by a changing staff.

The calls are given as counts and placed uniformly at random inside their slot (which makes a Poisson count a Poisson
process). Draws belong to the seed, the replication and the place of the call in it, never to the staff: two staffings see the
same calls, handle times and patiences (common random numbers).

One pool, first come first served, needs no events: a call reaches the agent who becomes free first, unless its caller hangs up
before. Agents who leave at the end of a slot are drawn at random from those on duty and finish their
call; agents who come are free at once. After the last slot nobody comes: its staff stays until the line is empty, and a
call that nobody can ever answer is lost when its caller hangs up, at the latest at closing.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from data.model.base import BoolArray, FloatArray, IntArray, sealed
from data.model.centre import ServiceLevelDefinition
from data.model.errors import Finding, InvalidData
from optimizer.compiled import inlined
from optimizer.staffing.events import calendar
from optimizer.staffing.events.calendar import Calendar, new_calendar
from optimizer.staffing.events.draws import Keys, base_of, chunks, keys_of, patiences, placed, works
from optimizer.staffing.service import COUNTS, WAITS, CallCounts, ratio

HandleTimeLaw = Literal["lognormal", "exponential"]

ROWS = (*COUNTS[:6], *WAITS, "busy_s", "staffed_s")
"""What the kernel books: the counts of a queue without limit of room and without redials, waits and agent seconds."""


@dataclass(frozen=True, eq=False)
class SimulatedService(CallCounts):
    """What happened, by slot of arrival; every array has shape (replications, slots).

    The properties are sums over sums, one number for all replications and slots; NaN where nothing was offered,
    answered or staffed.

    Parameters
    ----------
    busy_s, staffed_s : array of float
        Agent seconds on calls and on duty in each slot. Calls finished after leaving count in both, in the slot in which
        they are worked; what lies after closing counts in the last slot.
    definition : str
        Service-level definition of `service_level`.
    """

    busy_s: FloatArray
    staffed_s: FloatArray
    definition: ServiceLevelDefinition = "offered"

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("busy_s", "staffed_s"):
            object.__setattr__(self, name, sealed(getattr(self, name), np.float64, self.offered.shape, name))

    def service_levels(self, axis: int | None = None) -> FloatArray:
        """Service level over the slots (axis 1), over the replications (axis 0) or over both (None)."""
        return self.levels(self.definition, axis)

    @property
    def service_level(self) -> float:
        """Service level by the stored definition."""
        return float(self.service_levels())

    @property
    def abandon_rate(self) -> float:
        """Abandoned / offered."""
        return float(self.abandon_rates())

    @property
    def asa_s(self) -> float:
        """Mean wait of the answered, seconds."""
        return float(self.mean_waits_s())

    @property
    def occupancy(self) -> float:
        """Share of the time on duty spent on calls."""
        return float(ratio(self.busy_s.sum(), self.staffed_s.sum()))


def simulate_day(
    calls: ArrayLike,
    slot_s: float,
    handle_time_s: ArrayLike,
    handle_time_cv: float,
    patience_s: float,
    staff: ArrayLike,
    threshold_s: float,
    *,
    seed: int,
    replications: int = 1,
    definition: ServiceLevelDefinition = "offered",
    law: HandleTimeLaw = "lognormal",
) -> SimulatedService:
    """Simulate one queue over consecutive slots: a day, or many days in a row.

    Parameters
    ----------
    calls : array of int, shape (slots,) or (replications, slots)
        Calls that come in each slot.
    slot_s : float
        Length of a slot in seconds.
    handle_time_s : float or array of float, shape (slots,)
        Mean handle time of the calls that come in each slot, seconds.
    handle_time_cv : float
        Coefficient of variation of the lognormal handle time; 0 = constant. Not read by the exponential law.
    patience_s : float
        Mean of the exponential patience, seconds; inf = nobody hangs up.
    staff : int or array of int, shape (slots,)
        Agents on the phones in each slot.
    threshold_s : float
        Answer-time threshold, seconds.
    seed : int
        Same seed, same result, on every machine.
    replications : int
        Independent repetitions of the same counts.
    definition : str
        Service-level definition of the result.
    law : str
        Law of the handle time: lognormal, or exponential (to compare with Erlang).

    Raises
    ------
    InvalidData
        With every parameter that is out of its range.
    """
    counts = np.asarray(calls)
    slots = counts.shape[-1] if counts.ndim else 0
    handle = np.broadcast_to(np.asarray(handle_time_s, dtype=np.float64), (slots,))
    agents = np.broadcast_to(np.asarray(staff), (slots,))
    _check(counts, handle, agents, (slot_s, handle_time_cv, patience_s, threshold_s, replications))
    counts, staffing = np.broadcast_to(counts.astype(np.int64), (replications, slots)), agents.astype(np.int64)
    rows = np.zeros((replications, len(ROWS), slots))
    law_of = (handle, -1.0 if law == "exponential" else float(np.sqrt(np.log1p(handle_time_cv**2))), float(patience_s))
    for number in range(replications):
        _replicate(counts[number], staffing, (float(slot_s), float(threshold_s)), law_of, (seed, number), rows[number])
    rows[:, 0] = counts
    booked: dict[str, Any] = dict(zip(ROWS, rows.transpose(1, 0, 2), strict=True))
    none = np.zeros((replications, slots), np.int64)
    return SimulatedService(**booked, blocked=none, redialled=none, definition=definition)


def on_phone(heads: ArrayLike, shrinkage: ArrayLike, seed: int) -> IntArray:
    """Whole agents on the phones out of those rostered: ``heads (1 - shrinkage)``, rounded up or down at random.

    The mean is exact, which rounding to the nearest is not: nine heads at 0.05 would never lose anyone. The draw belongs to
    the seed and the place in the array.

    Parameters
    ----------
    heads : array of int
        Agents rostered.
    shrinkage : float or array, in [0, 1)
        Share of rostered time not on the phones.
    seed : int
    """
    left = np.asarray(heads, dtype=np.float64) * (1 - np.asarray(shrinkage, dtype=np.float64))
    # the margins keep 10 x (1 - 0.1) at nine whatever is drawn
    draw = 1e-9 + np.random.default_rng(seed).random(left.shape) * (1 - 2e-9)
    return np.floor(left + draw).astype(np.int64)


def _check(counts: FloatArray, handle: FloatArray, agents: FloatArray, scalars: tuple[float, float, float, float, int]) -> None:
    """Raise `InvalidData` with every parameter that is out of its range."""
    slot_s, cv, patience, threshold, replications = scalars
    shapes = counts.ndim == 1 or (counts.ndim == 2 and counts.shape[0] == replications)
    claims = (
        ("calls", counts.shape, shapes and counts.size > 0, "shape (slots,) or (replications, slots), at least one slot"),
        ("calls", counts, _whole(counts).all(), "whole numbers, at least 0"),
        ("staff", agents, _whole(agents).all(), "whole numbers, at least 0"),
        ("handle_time_s", handle, bool(((handle > 0) & np.isfinite(handle)).all()), "above 0 and finite"),
        ("slot_s", slot_s, slot_s > 0, "above 0"),
        ("handle_time_cv", cv, 0 <= cv < np.inf, "at least 0 and finite"),
        ("patience_s", patience, patience > 0, "above 0"),
        ("threshold_s", threshold, threshold >= 0, "at least 0"),
        ("replications", replications, replications >= 1, "at least 1"),
    )
    findings = [Finding("simulate", None, name, str(read), expected) for name, read, holds, expected in claims if not holds]
    if findings:
        raise InvalidData(findings)


def _whole(values: FloatArray) -> BoolArray:
    return (values >= 0) & (values == np.floor(values))


def _leavers(staff: IntArray, key: tuple[int, int]) -> FloatArray:
    """One draw in [0, 1) for each agent who leaves between slots: who of those on duty it is."""
    return np.random.default_rng((*key, 3)).random(int(np.maximum(-np.diff(staff), 0).sum()))


def _replicate(
    counts: IntArray,
    staff: IntArray,
    times: tuple[float, float],
    law: tuple[FloatArray, float, float],
    key: tuple[int, int],
    out: FloatArray,
) -> None:
    """One replication, drawn and run some slots at a time; `times` are the length of a slot and the threshold."""
    slot_s, used, leavers, passed = times[0], 0, _leavers(staff, key), np.zeros(3)
    agents = new_calendar(int(staff.max(initial=0)), float(law[0].mean()))
    open_line(agents, staff, slot_s, out)
    for first, end in chunks(counts):
        keys = keys_of(base_of(*key), used, int(counts[first:end].sum()) + end - first)
        drawn = _draw(counts[first:end], first, slot_s, law, keys)
        run(first, counts[first:end], *drawn, staff, *times, leavers, agents, passed, out)
        used += keys.size
    close_line(agents, staff, slot_s, leavers, passed, out)


def _draw(
    counts: IntArray, first: int, slot_s: float, law: tuple[FloatArray, float, float], keys: Keys
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Arrival, handle time and patience of the calls of some slots; each call has a key of its own."""
    handle, sigma, patience_s = law
    arrival, queue = placed(counts[None], slot_s, first * slot_s, keys)
    own = keys[: arrival.size]
    work = works(own, arrival, queue, slot_s, handle[None], np.array([sigma]))
    mean = np.full((1, 0 if patience_s == np.inf else 1), patience_s)
    return arrival, work, patiences(own, queue, np.ones(mean.shape), mean)


@inlined
def spread(out: FloatArray, slot: int, start: float, end: float, slot_s: float) -> None:
    """Add the seconds of ``[start, end)``, which begin in a slot, to the slots they lie in; the last takes what lies after it."""
    last = out.size - 1
    while slot < last and end > (slot + 1) * slot_s:
        out[slot] += (slot + 1) * slot_s - start
        slot += 1
        start = slot * slot_s
    out[slot] += end - start


@njit(cache=True, nogil=True)
def busy_agents(c: Calendar) -> IntArray:
    """Places of the busy agents, emptied out of their buckets."""
    out, size = np.empty(c.state[calendar.BUSY], np.int64), 0
    for bucket in range(c.first.size):
        place = c.first[bucket]
        c.first[bucket] = -1
        while place >= 0:
            out[size] = place
            size += 1
            place = c.after[place]
    return out


@njit(cache=True, nogil=True)
def send_away(c: Calendar, slot: int, slot_s: float, staffed: FloatArray, leavers: FloatArray) -> None:
    """Let agents leave at the start of a slot, drawn from those on duty; a call begun is finished as time on duty."""
    busy = busy_agents(c)
    size = busy.size
    for draw in leavers:
        k = int(draw * (c.state[calendar.FREE] + size))
        if k < c.state[calendar.FREE]:
            c.state[calendar.FREE] -= 1
            continue
        gone = int(busy[k - c.state[calendar.FREE]])
        spread(staffed, slot, slot * slot_s, float(c.until[gone]), slot_s)
        calendar.release(c, gone)
        size -= 1
        busy[k - c.state[calendar.FREE]] = busy[size]
    for k in range(size):
        calendar.enter(c, int(busy[k]))


@njit(cache=True, nogil=True)
def change_shift(c: Calendar, slot: int, staff: IntArray, slot_s: float, staffed: FloatArray, leavers: FloatArray) -> int:
    """Let agents come or leave at the start of a slot; the number of those who leave."""
    now, more = slot * slot_s, staff[slot] - staff[slot - 1]
    calendar.follow(c, now)
    calendar.empty(c, now)
    if more < 0:
        send_away(c, slot, slot_s, staffed, leavers[:-more])
        return -more
    c.state[calendar.FREE] += more
    return 0


@inlined
def first_start(c: Calendar, now: float) -> float:
    """Instant from now on at which an agent can begin a call; inf = never."""
    calendar.follow(c, now)
    if c.state[calendar.FREE] > 0:
        return now
    first = calendar.earliest(c)
    return max(now, c.until[first]) if first >= 0 else np.inf


@inlined
def serve(c: Calendar, until: float) -> None:
    """Let a free agent, or the one whom `first_start` found, be busy until an instant."""
    if c.state[calendar.FREE] > 0:
        c.state[calendar.FREE] -= 1
    else:
        calendar.take_first(c)
    calendar.begin(c, until)


@njit(cache=True, nogil=True)
def open_line(c: Calendar, staff: IntArray, slot_s: float, out: FloatArray) -> None:
    """Put the staff of the first slot on duty; `out` has one row for each of `ROWS`, all zero at first."""
    c.state[calendar.FREE] = staff[0]
    out[-1] += staff * slot_s


@njit(cache=True, nogil=True)
def run(
    first: int,
    counts: IntArray,
    arrival: FloatArray,
    handle: FloatArray,
    patience: FloatArray,
    staff: IntArray,
    slot_s: float,
    threshold: float,
    leavers: FloatArray,
    c: Calendar,
    passed: FloatArray,
    out: FloatArray,
) -> None:
    """Simulate the calls of some slots from `first` on; ``passed`` keeps the slot, the clock and the leavers so far."""
    answered, in_time, reached, lost, short, waited, lost_wait, busy, staffed = out[1:]
    now, clock, used, closing = int(passed[0]), passed[1], int(passed[2]), staff.size * slot_s
    i = 0
    for k in range(counts.size):
        at = first + k
        for _ in range(counts[k]):
            came = arrival[i]
            clock = max(clock, came)
            start = first_start(c, clock) if came < (now + 1) * slot_s else closing
            while now < staff.size - 1 and start >= (now + 1) * slot_s:
                now += 1
                used += change_shift(c, now, staff, slot_s, staffed, leavers[used:])
                clock = max(clock, now * slot_s)
                start = first_start(c, clock) if came < (now + 1) * slot_s else closing
            wait = start - came
            reached[at] += wait <= threshold
            if wait <= patience[i] and wait < np.inf:
                answered[at] += 1
                in_time[at] += wait <= threshold
                waited[at] += wait
                serve(c, start + handle[i])
                spread(busy, now, start, start + handle[i], slot_s)
            else:
                given = min(patience[i], max(closing - came, 0.0)) if wait == np.inf else patience[i]
                lost[at] += 1
                short[at] += given <= threshold
                lost_wait[at] += given
            i += 1
    passed[0], passed[1], passed[2] = now, clock, used


@njit(cache=True, nogil=True)
def close_line(c: Calendar, staff: IntArray, slot_s: float, leavers: FloatArray, passed: FloatArray, out: FloatArray) -> None:
    """Bring the staff to the end of the last slot; calls that last longer are time on duty."""
    used, staffed, closing = int(passed[2]), out[-1], staff.size * slot_s
    for slot in range(int(passed[0]) + 1, staff.size):
        used += change_shift(c, slot, staff, slot_s, staffed, leavers[used:])
    for place in busy_agents(c):
        staffed[-1] += max(c.until[place] - closing, 0.0)
