"""Who sat where and when, read off the calls that agents took: seats in use, occupancy, and how available a seat really is."""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

from data.model.base import BoolArray, FloatArray, IntArray, sealed
from data.model.call_record import CallRecords
from data.model.errors import Finding, InvalidData
from data.model.time import TimeGrid
from optimizer.staffing.fits.patience import survival

LONG_GAP_S = 900.0
"""Gap between two calls of an agent from which the seat counts as left, seconds (house choice: a short break)."""

LEAST_SKILL_SHARE, LEAST_SKILL_CALLS = 0.1, 3
"""Calls of a queue that show the skill: as share of what an agent without preference would take, and as a number (house choice)."""


AT_ONCE_S = 3.0
"""Wait up to which a call was answered at once, seconds (house choice: one ring)."""

PICK_UP_WITHIN_S = 10.0
"""Pause under load up to which the agent was ready, and only picked up, seconds (house choice)."""

AWAY_BOUNDS = (0.05, 0.95)
"""Bounds of the share of time away: few calls can put it beyond (house choice)."""


@dataclass(frozen=True, eq=False)
class Seats:
    """Stretches in which an agent sat at the phone: from the first to the last call, long gaps cut out.

    Parameters
    ----------
    grid : TimeGrid
        Slots that figures by slot are given for.
    agent : array of int, shape (stretches,)
    start_s, end_s : array of float, shape (stretches,)
        Seconds since the start of the horizon; those of one agent do not overlap.
    """

    grid: TimeGrid
    agent: IntArray
    start_s: FloatArray
    end_s: FloatArray

    def __post_init__(self) -> None:
        for name, dtype in (("agent", np.int64), ("start_s", np.float64), ("end_s", np.float64)):
            object.__setattr__(self, name, sealed(getattr(self, name), dtype, np.shape(self.agent), name))

    def staffed(self) -> FloatArray:
        """Mean number of seats in use in each slot."""
        return _seconds(self.start_s, self.end_s, self.grid) / (60.0 * self.grid.minutes)

    def occupancy(self, records: CallRecords) -> FloatArray:
        """Share of the seated time of each slot that goes on calls; NaN where nobody sits."""
        taken = records.take(records.agent >= 0)
        start = taken.served_from_s
        busy = _seconds(start, start + np.nan_to_num(taken.handle_s), self.grid) / (60.0 * self.grid.minutes)
        staffed = self.staffed()
        return np.divide(busy, staffed, out=np.full(staffed.shape, np.nan), where=staffed > 0)

    def logged_share(self, scheduled: ArrayLike) -> float:
        """Share of scheduled time in which a seat was in use, time beyond the schedule left out.

        Parameters
        ----------
        scheduled : array of float, shape (slots,)
            Agents who should have been on the phones in each slot.

        Raises
        ------
        InvalidData
            Another number of slots.
        """
        wanted = np.asarray(scheduled, dtype=np.float64)
        if wanted.shape != (self.grid.size,):
            raise InvalidData(
                [Finding("schedule", None, None, f"shape {wanted.shape}", f"one number for each of {self.grid.size} slots")]
            )
        return float(np.minimum(self.staffed(), wanted).sum() / wanted.sum()) if wanted.any() else np.nan


@dataclass(frozen=True, eq=False)
class Availability:
    """How far an agent who sits at the phone and is on no call would take one.

    Parameters
    ----------
    idle_share, idle_share_error : float
        Share of idle seats that are ready, in [0, 1], and its standard error; NaN = not known.
    pick_up_s : float
        Mean time from the end of a call to the next answer of an agent who is ready, seconds; NaN = not known.
    away_share, away_s : float
        Share of time in which an agent is away whether there are calls or not, and the mean length of it, seconds; NaN = not known.
    load_share : float
        Share of the seated time that goes on calls while callers wait; the rest is pauses.
    first_callers, calls_under_load : int
        Callers who met an idle seat and nobody before them, and calls that ended while another waited: what this rests on.
    """

    idle_share: float
    idle_share_error: float
    pick_up_s: float
    away_share: float
    away_s: float
    load_share: float
    first_callers: int
    calls_under_load: int


def seats(records: CallRecords, minutes: int, *, gap_s: float = LONG_GAP_S) -> Seats:
    """Seats in use.

    The idle time before the first and after the last call of a stretch is not seen, so that seats are a little too few.

    Parameters
    ----------
    minutes : int
        Slot of the figures.
    gap_s : float
        Gap between two calls from which the seat counts as left, seconds.
    """
    taken = records.take(records.agent >= 0)
    order = np.lexsort((taken.served_from_s, taken.agent))
    agent, start = taken.agent[order], taken.served_from_s[order]
    end = _latest(agent, start + np.nan_to_num(taken.handle_s[order]))
    new = np.ones(agent.size, dtype=np.bool_)
    new[1:] = (agent[1:] != agent[:-1]) | (start[1:] - end[:-1] > gap_s)
    last = np.append(np.flatnonzero(new)[1:] - 1, agent.size - 1)[: int(new.sum())]
    held = end[last] > start[new]
    return Seats(TimeGrid(horizon=records.horizon, minutes=minutes), agent[new][held], start[new][held], end[last][held])


def skills(records: CallRecords) -> BoolArray:
    """Which queues each agent answers, shape (agents, queues): those of which they took a fair number of calls.

    A call that was passed on once does not make a skill.
    """
    took = np.zeros((len(records.agents), len(records.queues)))
    known = records.agent >= 0
    np.add.at(took, (records.agent[known], records.queue[known]), 1)
    fair = took.sum(axis=1, keepdims=True) * took.sum(axis=0) / max(took.sum(), 1)
    return (took >= LEAST_SKILL_CALLS) & (took >= LEAST_SKILL_SHARE * fair)


def availability(records: CallRecords, seated: Seats, *, gap_s: float = LONG_GAP_S) -> Availability:
    """How available the seats are, from two things that show it.

    A caller who comes when nobody waits and k able seats are idle is answered at once unless all k are away: with a chance of
    ``1 - (1 - idle_share)^k`` if each agent is ready or not on his own. And each call that ends while a caller waits begins a
    pause, which ends with the agent's next answer; it is cut short (censored) when nobody waits any more. Its mean is the
    pick-up plus ``away_share x away_s``.

    Whoever is ready gets a call and whoever is away stays idle, so that fewer of the idle are ready than of all:
    ``idle_share = (1 - away_share) (1 - away_share x away_s / idle)``, with the idle seconds for each call. This holds in the long
    run of an agent who goes away and comes back at constant rates, calls or not.

    Parameters
    ----------
    seated : Seats
        Of the same records.
    gap_s : float
        Gap between two calls from which the seat counts as left, seconds.

    References
    ----------
    House choice.
    """
    ready, error, callers = _ready(records, seated)
    length, ended, handle = _pauses(records, gap_s)
    quick = length[ended & (length <= PICK_UP_WITHIN_S)]
    if not quick.size:
        return Availability(ready, error, np.nan, np.nan, np.nan, np.nan, callers, length.size)
    pause, pick_up = _mean_pause(length, ended, gap_s), float(quick.mean())
    handled = float(np.nansum(records.handle_s[records.agent >= 0]))
    idle = ((seated.end_s - seated.start_s).sum() - handled) / (records.agent >= 0).sum() - pick_up
    beyond = max(pause - pick_up, 0.0)
    away = float(np.clip(1 - ready / max(1 - beyond / idle, 1e-9), *AWAY_BOUNDS)) if idle > 0 else np.nan
    return Availability(ready, error, pick_up, away, beyond / away, handle / (handle + pause), callers, length.size)


def _mean_pause(length: FloatArray, ended: BoolArray, gap_s: float) -> float:
    """Mean of censored pauses, the longest held to have ended.

    References
    ----------
    Efron, The two sample problem with censored data (1967): without it a law that nobody saw end has too long a tail.
    """
    over = ended.copy()
    over[np.argmax(length)] = True
    return survival(length, over).mean_s(gap_s)


def _ready(records: CallRecords, seated: Seats) -> tuple[float, float, int]:
    """Most likely share of idle seats that are ready, its standard error, and the callers it rests on."""
    idle, at_once = _first_callers(records, seated)
    if not idle.size or at_once.all():
        return (1.0 if idle.size else np.nan), np.nan, idle.size

    def misfit(share: float) -> float:
        return -float(np.log1p(-((1 - share) ** idle[at_once])).sum() + np.log(1 - share) * idle[~at_once].sum())

    found: Any = minimize_scalar(misfit, bounds=(1e-6, 1 - 1e-6), method="bounded")
    share = float(found.x)
    away = (1 - share) ** idle
    information = float((idle**2 * away / ((1 - away) * (1 - share) ** 2)).sum())
    return share, 1 / sqrt(information), idle.size


def _first_callers(records: CallRecords, seated: Seats) -> tuple[FloatArray, BoolArray]:
    """Idle able seats met by each caller who came when nobody waited and a seat was idle, and whether he was answered at once."""
    able, taken = skills(records), records.take(records.agent >= 0)
    alone = ~_someone_waits(records)
    idle, at_once = list[FloatArray](), list[BoolArray]()
    for queue in range(len(records.queues)):
        came = alone & (records.queue == queue)
        arrival, sits, served = records.arrival_s[came], able[seated.agent, queue], able[taken.agent, queue]
        start = taken.served_from_s[served]
        on_call = _under_way(start, start + np.nan_to_num(taken.handle_s[served]), arrival)
        idle.append(_under_way(seated.start_s[sits], seated.end_s[sits], arrival) - on_call)
        at_once.append(records.answered[came] & (records.wait_s[came] <= AT_ONCE_S))
    seats_met, answered = np.concatenate(idle), np.concatenate(at_once)
    return seats_met[seats_met > 0], answered[seats_met > 0]


def _someone_waits(records: CallRecords) -> BoolArray:
    """Whether somebody waited just before each arrival."""
    waited = records.wait_s > AT_ONCE_S
    return _under_way(records.arrival_s[waited], records.served_from_s[waited], records.arrival_s) > 0


def _under_way(start_s: FloatArray, end_s: FloatArray, at: FloatArray) -> FloatArray:
    """How many stretches have begun before some moments, and not ended."""
    begun, over = np.searchsorted(np.sort(start_s), at, "left"), np.searchsorted(np.sort(end_s), at, "right")
    return np.asarray(begun - over, dtype=np.float64)


def _pauses(records: CallRecords, gap_s: float) -> tuple[FloatArray, BoolArray, float]:
    """Length of each pause under load, whether it ended with an answer, and the mean handle time before."""
    able, kind = np.unique(skills(records), axis=0, return_inverse=True)
    lines = [_nobody_waits(records.take(row[records.queue])) for row in able]
    parts = [_pauses_of(records, agent, lines[k], gap_s) for agent, k in enumerate(kind.ravel())]
    if not parts:
        return np.zeros(0), np.zeros(0, dtype=np.bool_), np.nan
    length, ended, handle = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return length, ended, float(handle.mean()) if handle.size else np.nan


def _pauses_of(
    records: CallRecords, agent: int, line: tuple[FloatArray, FloatArray], gap_s: float
) -> tuple[FloatArray, BoolArray, FloatArray]:
    """Length of each pause of an agent, whether it ended with an answer, and the handle time before.

    Parameters
    ----------
    line : pair of array of float
        Starts and ends of the stretches in which nobody waits whom he could answer.
    """
    own = np.flatnonzero(records.agent == agent)
    own = own[np.argsort(records.served_from_s[own], kind="stable")]
    start, handle = records.served_from_s[own], np.nan_to_num(records.handle_s[own])
    end = start + handle
    gap = start[1:] - end[:-1]
    empty_from, empty_to = line
    # the first empty stretch that lies at or after the end of the call
    until_empty = empty_from[np.searchsorted(empty_to, end[:-1], "right")] - end[:-1]
    counted = (until_empty > 0) & (gap >= 0) & (gap <= gap_s)
    return np.minimum(gap, until_empty)[counted], (gap <= until_empty)[counted], handle[:-1][counted]


def _nobody_waits(records: CallRecords) -> tuple[FloatArray, FloatArray]:
    """Starts and ends of the stretches in which nobody waits."""
    waited = records.wait_s > AT_ONCE_S
    came, left = records.arrival_s[waited], np.sort(records.served_from_s[waited])
    moments = np.concatenate([came, left])
    change = np.repeat([1, -1], [came.size, left.size])
    order = np.lexsort((-change, moments))  # who comes at the moment at which another leaves makes no empty line
    empty = np.flatnonzero(np.cumsum(change[order]) == 0)
    following = np.append(moments[order], np.inf)
    return np.append(-np.inf, following[empty]), following[np.append(0, empty + 1)]


def _latest(agent: IntArray, end: FloatArray) -> FloatArray:
    """Latest end of the calls of an agent so far."""
    # agents stand one after the other, so a step larger than any time keeps them apart
    step = agent * (2 * end.max(initial=0.0) + 1)
    return np.maximum.accumulate(end + step) - step


def _seconds(start_s: FloatArray, end_s: FloatArray, grid: TimeGrid) -> FloatArray:
    """Seconds of some stretches in each slot of a grid."""
    edges = 60.0 * grid.minutes * np.arange(grid.size + 1, dtype=np.float64)
    return np.diff(_passed(start_s, edges) - _passed(end_s, edges))


def _passed(since_s: FloatArray, at: FloatArray) -> FloatArray:
    """Sum of the seconds that have passed since each of some moments."""
    moments = np.sort(since_s)
    before = np.searchsorted(moments, at)
    return before * at - np.append(0.0, np.cumsum(moments, dtype=np.float64))[before]
