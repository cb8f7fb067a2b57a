"""A centre as it is simulated: queues, skill groups and who is on the phones when."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from data.model.base import FloatArray, IntArray, sealed
from data.model.centre import ServiceLevelDefinition
from data.model.errors import Finding, InvalidData

Law = Literal["lognormal", "exponential"]
CONCURRENCIES = (1, 2, 3, 4, 5, 6)


@dataclass(frozen=True, eq=False)
class SimulatedQueue:
    """A stream of contacts.

    Parameters
    ----------
    handle_time_s : float or array of float, shape (slots,)
        Mean handle time of the contacts that come in each slot.
    handle_time_cv : float
        Coefficient of variation of the lognormal handle time; 0 = constant. Not read by the exponential law.
    patience : tuple of (float, float)
        Shares and mean patiences (s) of a hyperexponential patience; empty = nobody hangs up, mean 0 = hangs up at once.
    room : int or None
        Callers who can wait at once; who comes beyond is blocked.
    redial_probability, redial_persistence : float
        That an abandoned caller calls again, and that probability after an abandoned redial over the first.
    redial_delay_s : float
        Mean of the exponential time from hanging up to the redial.
    attempts : int
        Most redials of a caller.
    concurrency : int
        Contacts that one agent serves at once (chats), 1 to 6.
    reserve : int
        Idle agents that must be left over before a contact is begun (deferred work gives way to calls).
    head_start_s : float
        Seconds by which its callers count as having waited longer (VIP).
    closing : str
        serve: agents on duty at the end of the last slot stay until the line is empty; lose: who waits then is lost.
    closes_s : tuple of float
        Instants at which everyone who waits is lost, e.g. the close of each day.
    """

    id: str
    handle_time_s: float | FloatArray
    handle_time_cv: float = 0.95
    law: Law = "lognormal"
    patience: tuple[tuple[float, float], ...] = ()
    threshold_s: float = 20.0
    definition: ServiceLevelDefinition = "offered"
    room: int | None = None
    redial_probability: float = 0.0
    redial_persistence: float = 1.0
    redial_delay_s: float = 900.0
    attempts: int = 5
    concurrency: int = 1
    reserve: int = 0
    head_start_s: float = 0.0
    closing: Literal["serve", "lose"] = "serve"
    closes_s: tuple[float, ...] = ()


@dataclass(frozen=True)
class SkillGroup:
    """Agents with the same skills.

    Parameters
    ----------
    queues : tuple of str
        Queues they answer.
    levels : tuple of int
        Routing level at which each queue reaches them, 0 = first choice; empty = all 0.
    priorities : tuple of int
        Which queue they take first, 0 = first; among equals the longest wait. Empty = all 0.
    pace : tuple of float
        Handle time relative to the queue's: 1.67 for an agent 40 % slower; empty = all 1.
    """

    id: str
    queues: tuple[str, ...]
    levels: tuple[int, ...] = ()
    priorities: tuple[int, ...] = ()
    pace: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class CentreModel:
    """Queues, groups and routing over consecutive slots.

    Parameters
    ----------
    slot_s : float
        Length of a slot in seconds.
    slots : int
        Number of slots.
    overflow_s : tuple of float
        Wait in seconds after which a call reaches routing level 0, 1, 2 ..., not decreasing and 0 first; levels beyond are
        reached with the last. Empty = every level at once.

    Raises
    ------
    InvalidData
        With everything that is out of its range or does not fit together.
    """

    queues: tuple[SimulatedQueue, ...]
    groups: tuple[SkillGroup, ...]
    slot_s: float
    slots: int
    overflow_s: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if findings := [*_queue_findings(self), *_group_findings(self)]:
            raise InvalidData(findings)

    @property
    def horizon_s(self) -> float:
        """End of the last slot, seconds."""
        return self.slot_s * self.slots

    @property
    def levels(self) -> int:
        """Number of routing levels."""
        return 1 + max((level for group in self.groups for level in group.levels), default=0)

    def row(self, queue: str) -> int:
        """Place of a queue."""
        return [each.id for each in self.queues].index(queue)

    def handle_time_s(self) -> FloatArray:
        """Mean handle times, shape (queues, slots)."""
        return np.stack([np.broadcast_to(np.asarray(q.handle_time_s, dtype=np.float64), (self.slots,)) for q in self.queues])


@dataclass(frozen=True, eq=False)
class Duties:
    """Who is on the phones when; an agent may have several stretches, as before and after a meal.

    Parameters
    ----------
    group : array of int, shape (agents,)
        Skill group of each agent.
    pace : array of float, shape (agents,)
        Handle time relative to an experienced agent's.
    agent : array of int, shape (stretches,)
    start_s, end_s : array of float, shape (stretches,)
        Half-open stretches in seconds from the start of the first slot; those of one agent do not overlap.
    """

    group: IntArray
    pace: FloatArray
    agent: IntArray
    start_s: FloatArray
    end_s: FloatArray

    def __post_init__(self) -> None:
        for name, dtype in (("group", np.int64), ("pace", np.float64)):
            object.__setattr__(self, name, sealed(getattr(self, name), dtype, np.shape(self.group), name))
        for name, dtype in (("agent", np.int64), ("start_s", np.float64), ("end_s", np.float64)):
            object.__setattr__(self, name, sealed(getattr(self, name), dtype, np.shape(self.agent), name))

    def of(self, agents: IntArray) -> "Duties":
        """The duties of some agents only, who keep their order."""
        place = np.full(self.group.size, -1)
        place[agents] = np.arange(len(agents))
        held = place[self.agent] >= 0
        return Duties(self.group[agents], self.pace[agents], place[self.agent][held], self.start_s[held], self.end_s[held])

    def staffed_s(self, groups: int, slot_s: float, slots: int) -> FloatArray:
        """Seconds on duty, shape (groups, slots)."""
        edges = np.linspace(0.0, slots * slot_s, slots + 1)
        of = self.group[self.agent]
        worked = np.zeros((groups, slots + 1))
        for g in range(groups):
            worked[g] = _since(self.start_s[of == g], edges) - _since(self.end_s[of == g], edges)
        return np.diff(worked, axis=1)


def _since(instants: FloatArray, edges: FloatArray) -> FloatArray:
    """Seconds that have passed at each edge since the instants before it, in all."""
    ordered = np.sort(instants)
    before = np.searchsorted(ordered, edges)
    return before * edges - np.concatenate([[0.0], np.cumsum(ordered)])[before]


@dataclass(frozen=True, eq=False)
class RecordedCalls:
    """Calls that really came, in order of arrival.

    Parameters
    ----------
    arrival_s : array of float, shape (calls,)
        Seconds from the start of the first slot, not decreasing.
    queue : array of int, shape (calls,)
        Place of the queue in the model.
    handle_s, patience_s : array of float, shape (calls,)
        As recorded; NaN = drawn from the model.
    """

    arrival_s: FloatArray
    queue: IntArray
    handle_s: FloatArray
    patience_s: FloatArray


def steady(heads: ArrayLike, model: CentreModel) -> Duties:
    """So many agents of each group in each slot; who comes last leaves last, and fewer agents means that the first ones go.

    Parameters
    ----------
    heads : array of int, shape (groups,) or (groups, slots)
    """
    given = np.asarray(heads, dtype=np.int64)
    counts = np.broadcast_to(given[:, None] if given.ndim == 1 else given, (len(model.groups), model.slots))
    rows = [(float(group), *stretch) for group, row in enumerate(counts) for stretch in _stretches(row)]
    group, start, end = np.array(rows).reshape(-1, 3).T
    return Duties(group.astype(np.int64), np.ones(len(rows)), np.arange(len(rows)), start * model.slot_s, end * model.slot_s)


def _stretches(heads: IntArray) -> list[tuple[int, int]]:
    """Half-open runs of slots, one for each agent, that add up to the heads: first come, first to leave."""
    on: list[int] = []
    done: list[tuple[int, int]] = []
    for slot, wanted in enumerate((*heads.tolist(), 0)):
        gone = max(len(on) - wanted, 0)
        done += [(first, slot) for first in on[:gone]]
        on = on[gone:] + [slot] * max(wanted - len(on), 0)
    return done


def with_absence(duties: Duties, share: float, seed: int) -> Duties:
    """The duties less those of agents who do not come: each with a chance of `share`, drawn for the agent."""
    comes = np.random.default_rng((seed, 11)).random(duties.group.size) >= share
    return duties.of(np.flatnonzero(comes))


def with_pauses(duties: Duties, share: float, seed: int, *, pause_s: float = 600.0) -> Duties:
    """The duties broken by pauses off the phones at random times, a share of the time on average.

    Time on and pauses alternate with exponential lengths and begin in their long-run state.

    Parameters
    ----------
    share : float
        Share of the time off the phones, in [0, 1).
    pause_s : float
        Mean pause, seconds (house choice: ten minutes).
    """
    if share <= 0:
        return duties
    rng = np.random.default_rng((seed, 12))
    held = zip(duties.agent.tolist(), duties.start_s.tolist(), duties.end_s.tolist(), strict=True)
    pieces = [(agent, *piece) for agent, start, end in held for piece in _on_phone(rng, start, end, share, pause_s)]
    agent, start, end = np.array(pieces).reshape(-1, 3).T
    return replace(duties, agent=agent.astype(np.int64), start_s=start, end_s=end)


def _on_phone(rng: np.random.Generator, start: float, end: float, share: float, pause_s: float) -> list[tuple[float, float]]:
    """Stretches on the phones between two instants."""
    pieces: list[tuple[float, float]] = []
    at = start + (rng.exponential(pause_s) if rng.random() < share else 0.0)
    while at < end:
        until = at + rng.exponential(pause_s * (1 - share) / share)
        pieces.append((at, min(until, end)))
        at = until + rng.exponential(pause_s)
    return pieces


def _queue_findings(model: CentreModel) -> list[Finding]:
    unique = len({q.id for q in model.queues}) == len(model.queues) > 0
    claims: list[tuple[str, str, object, bool, str]] = [
        ("model", "slots", model.slots, model.slots >= 1, "at least 1"),
        ("model", "slot_s", model.slot_s, model.slot_s > 0, "above 0"),
        ("model", "queues", [q.id for q in model.queues], unique, "one or more, each id once"),
        ("model", "overflow_s", model.overflow_s, _rising(model.overflow_s), "0 first, then not decreasing"),
    ]
    for q in model.queues:
        handle = np.asarray(q.handle_time_s, dtype=np.float64)
        shape = handle.ndim == 0 or handle.shape == (model.slots,)
        shares = [share for share, _ in q.patience]
        mix = not shares or (min(shares) > 0 and abs(sum(shares) - 1) < 1e-6 and min(mean for _, mean in q.patience) >= 0)
        claims += [
            (q.id, "handle_time_s", q.handle_time_s, shape and bool((handle > 0).all() and np.isfinite(handle).all()), "above 0"),
            (q.id, "handle_time_cv", q.handle_time_cv, 0 <= q.handle_time_cv < np.inf, "at least 0 and finite"),
            (q.id, "patience", q.patience, mix, "shares above 0 that sum to 1, mean patiences of at least 0 s"),
            (q.id, "threshold_s", q.threshold_s, q.threshold_s >= 0, "at least 0"),
            (q.id, "room", q.room, q.room is None or q.room >= 0, "at least 0, or None"),
            (q.id, "redial_probability", q.redial_probability, 0 <= q.redial_probability < 1, "in [0, 1)"),
            (q.id, "redial_persistence", q.redial_persistence, 0 <= q.redial_persistence <= 1, "in [0, 1]"),
            (q.id, "redial_delay_s", q.redial_delay_s, q.redial_delay_s > 0, "above 0"),
            (q.id, "attempts", q.attempts, q.attempts >= 0, "at least 0"),
            (q.id, "concurrency", q.concurrency, q.concurrency in CONCURRENCIES, "1 to 6"),
            (q.id, "reserve", q.reserve, q.reserve >= 0, "at least 0"),
        ]
    return _failed(claims)


def _group_findings(model: CentreModel) -> list[Finding]:
    known = {q.id for q in model.queues}
    claims: list[tuple[str, str, object, bool, str]] = []
    for g in model.groups:
        lengths = {len(each) for each in (g.levels, g.priorities, g.pace)} - {0}
        claims += [
            (g.id, "queues", g.queues, set(g.queues) <= known and len(set(g.queues)) == len(g.queues), f"some of {sorted(known)}"),
            (g.id, "levels, priorities, pace", lengths, lengths <= {len(g.queues)}, "one value for each queue of the group"),
            (g.id, "levels", g.levels, all(0 <= level < 64 for level in g.levels), "0 to 63"),
            (g.id, "pace", g.pace, all(0 < pace < np.inf for pace in g.pace), "above 0"),
        ]
    return _failed(claims)


def _failed(claims: Sequence[tuple[str, str, object, bool, str]]) -> list[Finding]:
    return [Finding(where, None, name, str(read), expected) for where, name, read, holds, expected in claims if not holds]


def _rising(waits: tuple[float, ...]) -> bool:
    return not waits or (waits[0] == 0 and all(a <= b for a, b in zip(waits, waits[1:], strict=False)))
