"""The stationary single-pool queue: Erlang B, C and A and limited room, the least agents and the largest rate, for arrays.

Everything broadcasts like NumPy. Mean patience ``inf`` (or above 1e9 seconds) means Erlang C: nobody hangs up. `room` is how
many callers can wait at once (M/M/n/K+M, K = n + room); a call that finds no place is blocked. None = no limit; 0 is Erlang B.
The pool is one queue with Poisson arrivals, exponential handle times and exponential patience, first come first served.

Service level has five definitions (`ServiceLevelDefinition`); T is the threshold:

==================  ====================================================================
offered             answered within T / offered
answered            answered within T / answered
offered_less_short  answered within T / (offered - abandoned within T)
answered_or_short   (answered within T + abandoned within T) / offered
virtual_wait        share of calls whose wait would be within T if their caller never hung up
==================  ====================================================================

A blocked call is offered, and neither answered nor abandoned; its wait is no wait.

References
----------
Garnett, Mandelbaum, Reiman, Designing a call center with impatient customers (2002), doi:10.1287/msom.4.3.208.7753.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.centre import ServiceLevelDefinition, ServiceTarget
from data.model.errors import Finding, InvalidData
from optimizer.staffing.kernels import search

DEFINITIONS: tuple[str, ...] = get_args(ServiceLevelDefinition)

WHOLE, AMOUNT, POSITIVE, PATIENCE = "a whole number, at least 0", "at least 0 and finite", "above 0 and finite", "above 0"
SHARE, ANY = "above 0 and below 1", "anything"
Parameter = tuple[ArrayLike, str]
"""Values and what is expected of them."""

_FITS: dict[str, Callable[[FloatArray], BoolArray]] = {
    WHOLE: lambda x: (x >= 0) & (x < 2**53) & (x == np.floor(x)),
    AMOUNT: lambda x: (x >= 0) & np.isfinite(x),
    POSITIVE: lambda x: (x > 0) & np.isfinite(x),
    PATIENCE: lambda x: x > 0,
    SHARE: lambda x: (x > 0) & (x < 1),
    ANY: lambda x: np.ones(x.shape, np.bool_),
}


@dataclass(frozen=True, eq=False)
class QueueMetrics:
    """What a number of agents reaches; arrays of the broadcast shape.

    Parameters
    ----------
    service_level : array of float
        In [0, 1], by the definition asked for; 1 where there are no calls.
    abandon_rate : array of float
        Abandoned / offered.
    mean_wait_s : array of float
        Mean wait of all callers let in, answered or not, seconds; inf when the queue grows without end, NaN where nobody is let in.
    asa_s : array of float
        Average speed of answer: mean wait of the answered, seconds; NaN where calls come and nobody is there.
    occupancy : array of float
        Share of the agents' time spent on calls, in [0, 1].
    wait_probability : array of float
        Share of calls that find every agent busy.
    blocked_rate : array of float
        Blocked / offered.
    answer_rate : array of float
        Answered / offered; 1 where there are no calls.
    mean_queue : array of float
        Callers waiting, on average; NaN where nobody is let in.
    """

    service_level: FloatArray
    abandon_rate: FloatArray
    mean_wait_s: FloatArray
    asa_s: FloatArray
    occupancy: FloatArray
    wait_probability: FloatArray
    blocked_rate: FloatArray
    answer_rate: FloatArray
    mean_queue: FloatArray


def erlang_b(agents: ArrayLike, load: ArrayLike) -> FloatArray:
    """Share of calls blocked when there is no room to wait; `load` in Erlang."""
    return evaluate(agents, load, 1.0, np.inf, 0.0, room=0).blocked_rate


def erlang_c(agents: ArrayLike, load: ArrayLike) -> FloatArray:
    """Share of calls that wait when nobody hangs up; `load` in Erlang, 1 when it reaches the agents."""
    return evaluate(agents, load, 1.0, np.inf, 0.0).wait_probability


def least_lines(load: ArrayLike, blocked: ArrayLike) -> IntArray:
    """Least lines (Erlang B) that block at most the share `blocked`, in (0, 1), of a `load` in Erlang."""
    given = _checked({"load": (load, AMOUNT), "blocked": (blocked, SHARE)})
    return least_agents_many(given["load"], 1.0, np.inf, 1 - given["blocked"], 0.0, room=0)


def largest_load(lines: ArrayLike, blocked: ArrayLike) -> FloatArray:
    """Largest load in Erlang of which `lines` (Erlang B) block at most the share `blocked`, in (0, 1); to 1e-10 of it."""
    given = _checked({"lines": (lines, WHOLE), "blocked": (blocked, SHARE)})
    n, missed = (values.ravel() for values in given.values())
    ones, nobody = np.ones(n.size), np.zeros(n.size)
    found = search.largest_all(n, ones, nobody, nobody, np.zeros(n.size, np.int64), 0, missed)
    return found.reshape(given["lines"].shape)


def evaluate(
    agents: ArrayLike,
    calls_per_s: ArrayLike,
    handle_time_s: ArrayLike,
    patience_s: ArrayLike,
    threshold_s: ArrayLike,
    definition: ServiceLevelDefinition = "offered",
    *,
    room: ArrayLike | None = None,
) -> QueueMetrics:
    """Exact long-run metrics of a pool.

    Parameters
    ----------
    agents : array of int
        Agents on the phones, after shrinkage; at least 0.
    calls_per_s : array of float
        Arrival rate, at least 0.
    handle_time_s, patience_s : array of float
        Mean handle time (wrap-up included) and mean patience, seconds, above 0; patience inf = Erlang C.
    threshold_s : array of float
        Answer-time threshold in seconds, at least 0.
    definition : str
        One of the five service-level definitions.
    room : array of int or None
        Callers who can wait at once; None = no limit.

    Raises
    ------
    InvalidData
        With every parameter that is out of its range.
    """
    pool = _pool(calls_per_s, handle_time_s, patience_s, room)
    given = _checked({"agents": (agents, WHOLE), **pool, "threshold_s": (threshold_s, AMOUNT)})
    n, lam, handle, patience, places, limit = (values.ravel() for values in given.values())
    code = _code(definition)
    out = search.evaluate_all(n.astype(np.int64), lam, 1 / handle, 1 / patience, limit, places.astype(np.int64), code)
    level, answered, abandoned, blocked, mean_wait, asa, busy, wait = (row.reshape(given["agents"].shape) for row in out)
    queue = given["calls_per_s"] * (1 - blocked) * mean_wait
    return QueueMetrics(level, abandoned, mean_wait, asa, busy, wait, blocked, answered, queue)


def wait_percentile(
    agents: ArrayLike,
    calls_per_s: ArrayLike,
    handle_time_s: ArrayLike,
    patience_s: ArrayLike,
    share: ArrayLike = 0.9,
    *,
    of: Literal["all", "answered"] = "all",
    room: ArrayLike | None = None,
) -> FloatArray:
    """Wait in seconds that a `share` of the calls do not exceed; 0 where that share does not wait at all.

    Parameters
    ----------
    agents, calls_per_s, handle_time_s, patience_s, room : array
        As in `evaluate`.
    share : array of float
        In (0, 1): 0.9 is the 90th percentile.
    of : str
        ``all``: of everyone let in, until answered or gone; ``answered``: of those who are answered.

    Returns
    -------
    array of float
        To 1e-10 of itself; inf where the queue grows without end, NaN where nobody is let in or answered.
    """
    pool = _pool(calls_per_s, handle_time_s, patience_s, room)
    given = _checked({"agents": (agents, WHOLE), **pool, "share": (share, SHARE)})
    n, lam, handle, patience, places, beyond = (values.ravel() for values in given.values())
    what = search.WAIT_OF_ALL if of == "all" else search.WAIT_OF_ANSWERED
    found = search.percentile_all(what, n.astype(np.int64), lam, 1 / handle, 1 / patience, places.astype(np.int64), 1 - beyond)
    return found.reshape(given["agents"].shape)


def least_agents_many(
    calls_per_s: ArrayLike,
    handle_time_s: ArrayLike,
    patience_s: ArrayLike,
    service_level: ArrayLike,
    threshold_s: ArrayLike,
    definition: ServiceLevelDefinition = "offered",
    *,
    room: ArrayLike | None = None,
) -> IntArray:
    """Least agents on the phones for service levels and thresholds that may differ from point to point.

    The answer meets the service level and one agent less does not; no load needs nobody, and any load needs somebody.

    Parameters
    ----------
    calls_per_s, handle_time_s, patience_s, threshold_s, definition, room
        As in `evaluate`.
    service_level : array of float
        In (0, 1).
    """
    pool = _pool(calls_per_s, handle_time_s, patience_s, room)
    given = _checked({**pool, "service_level": (service_level, SHARE), "threshold_s": (threshold_s, AMOUNT)})
    lam, handle, patience, places, level, limit = (values.ravel() for values in given.values())
    safety = ndtri(level)
    found = search.least_all(lam, 1 / handle, 1 / patience, limit, places.astype(np.int64), _code(definition), 1 - level, safety)
    return found.reshape(given["calls_per_s"].shape)


def least_agents(
    calls_per_s: ArrayLike,
    handle_time_s: ArrayLike,
    patience_s: ArrayLike,
    target: ServiceTarget,
    *,
    room: ArrayLike | None = None,
) -> tuple[IntArray, IntArray]:
    """Least agents on the phones that meet every target that is set.

    The answer meets the targets and one agent less does not; no load needs nobody, and any load needs somebody.

    Parameters
    ----------
    calls_per_s, handle_time_s, patience_s, room : array
        As in `evaluate`.
    target : ServiceTarget
        Service level, and where set abandonment, ASA, occupancy cap and answer rate.

    Returns
    -------
    agents, binding : array of int
        `binding` is the target that asked for the most, an index into `optimizer.staffing.pool.TARGETS`.
    """
    level, limit = target.service_level, target.threshold_s
    needed = least_agents_many(calls_per_s, handle_time_s, patience_s, level, limit, target.definition, room=room)
    given = _checked(_pool(calls_per_s, handle_time_s, patience_s, room))
    lam, handle, patience, places = (values.ravel() for values in given.values())
    agents = needed.ravel()
    binding = np.where(agents > 0, search.SERVICE_LEVEL, 0)
    for kind, bound in _further(target).items():
        raised = search.raise_all(kind, bound, agents, lam, 1 / handle, 1 / patience, places.astype(np.int64))
        agents, binding = raised, np.where(raised > agents, kind, binding)
    return agents.reshape(needed.shape), binding.reshape(needed.shape)


def least_by_target(
    calls_per_s: ArrayLike,
    handle_time_s: ArrayLike,
    patience_s: ArrayLike,
    target: ServiceTarget,
    *,
    room: ArrayLike | None = None,
) -> dict[int, IntArray]:
    """Least agents that meet each target that is set on its own, by its index in `optimizer.staffing.pool.TARGETS`.

    Parameters as in `least_agents`, whose answer is the largest of these.
    """
    level, limit = target.service_level, target.threshold_s
    needed = least_agents_many(calls_per_s, handle_time_s, patience_s, level, limit, target.definition, room=room)
    given = _checked(_pool(calls_per_s, handle_time_s, patience_s, room))
    lam, handle, patience, places = (values.ravel() for values in given.values())
    least, room_places = np.minimum(needed.ravel(), 1), places.astype(np.int64)
    alone = {
        kind: search.raise_all(kind, bound, least, lam, 1 / handle, 1 / patience, room_places)
        for kind, bound in _further(target).items()
    }
    return {search.SERVICE_LEVEL: needed} | {kind: agents.reshape(needed.shape) for kind, agents in alone.items()}


def largest_rate(
    agents: ArrayLike, handle_time_s: ArrayLike, patience_s: ArrayLike, target: ServiceTarget, *, room: ArrayLike | None = None
) -> FloatArray:
    """Largest arrival rate at which the service level of the target is still met, calls per second.

    For whole agents it is exact to 1e-10 of itself, from the side that meets; between whole agents it is linear (house
    choice: the rate is nearly linear in the agents, and a floor would lose up to one agent of capacity). inf = even 1,000
    times the calls that the agents can handle would meet it, which ``answered_or_short`` allows when callers hang up
    within the threshold.

    Parameters
    ----------
    agents : array of float
        Agents on the phones, at least 0; need not be whole.
    handle_time_s, patience_s, room : array
        As in `evaluate`.
    target : ServiceTarget
        Only its service level, threshold and definition are used.
    """
    pool = _pool(0.0, handle_time_s, patience_s, room)
    given = _checked({"agents": (agents, AMOUNT), **pool})
    n, _, handle, patience, places = (values.ravel() for values in given.values())
    limit, bound = np.full(n.size, float(target.threshold_s)), np.full(n.size, 1 - target.service_level)
    code = _code(target.definition)
    found = search.largest_all(n, 1 / handle, 1 / patience, limit, places.astype(np.int64), code, bound)
    return found.reshape(given["agents"].shape)


def _further(target: ServiceTarget) -> dict[int, float]:
    """Upper bounds of the measures that are set beside the service level."""
    lost = None if target.min_answer_rate is None else 1 - target.min_answer_rate
    caps = {
        search.ABANDONMENT: target.max_abandon_rate,
        search.ASA: target.max_asa_s,
        search.OCCUPANCY: target.max_occupancy,
        search.ANSWER_RATE: lost,
    }
    return {kind: cap for kind, cap in caps.items() if cap is not None}


def _pool(calls_per_s: ArrayLike, handle_time_s: ArrayLike, patience_s: ArrayLike, room: ArrayLike | None) -> dict[str, Parameter]:
    """What every question about a pool names, each with what is expected of it."""
    return {
        "calls_per_s": (calls_per_s, AMOUNT),
        "handle_time_s": (handle_time_s, POSITIVE),
        "patience_s": (patience_s, PATIENCE),
        "room": (search.UNLIMITED, ANY) if room is None else (room, WHOLE),
    }


def _code(definition: str) -> int:
    if definition not in DEFINITIONS:
        raise InvalidData([Finding("queueing", None, "definition", repr(definition), "one of " + ", ".join(DEFINITIONS))])
    return DEFINITIONS.index(definition)


def _checked(given: dict[str, Parameter]) -> dict[str, FloatArray]:
    """Broadcast the values as float arrays after checking each against what is expected of it."""
    arrays = {name: np.asarray(values, dtype=np.float64) for name, (values, _) in given.items()}
    findings = [
        Finding("queueing", None, name, str(arrays[name][wrong].flat[0]), expected)
        for name, (_, expected) in given.items()
        if (wrong := ~_FITS[expected](arrays[name])).any()
    ]
    if findings:
        raise InvalidData(findings)
    # copies of their own: a kernel may not be given a view that stands for several
    return dict(zip(arrays, map(np.array, np.broadcast_arrays(*arrays.values())), strict=True))
