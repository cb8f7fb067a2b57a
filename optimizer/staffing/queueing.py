"""The stationary single-pool queue: Erlang B, C and A, the least agents and the largest rate, for arrays.

Everything broadcasts like NumPy. Mean patience ``inf`` (or above 1e9 seconds) means Erlang C: nobody hangs up. The pool
is one queue with Poisson arrivals, exponential handle times and exponential patience, first come first served.

Service level has five definitions (`ServiceLevelDefinition`); T is the threshold:

==================  ====================================================================
offered             answered within T / offered
answered            answered within T / answered
offered_less_short  answered within T / (offered - abandoned within T)
answered_or_short   (answered within T + abandoned within T) / offered
virtual_wait        share of calls whose wait would be within T if their caller never hung up
==================  ====================================================================

References
----------
Garnett, Mandelbaum, Reiman, Designing a call center with impatient customers (2002), doi:10.1287/msom.4.3.208.7753.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.centre import ServiceLevelDefinition, ServiceTarget
from data.model.errors import Finding, InvalidData
from optimizer.staffing import erlang

DEFINITIONS: tuple[str, ...] = get_args(ServiceLevelDefinition)

WHOLE, AMOUNT, POSITIVE, PATIENCE = "a whole number, at least 0", "at least 0 and finite", "above 0 and finite", "above 0"
_FITS: dict[str, Callable[[FloatArray], BoolArray]] = {
    WHOLE: lambda x: (x >= 0) & (x < 2**53) & (x == np.floor(x)),
    AMOUNT: lambda x: (x >= 0) & np.isfinite(x),
    POSITIVE: lambda x: (x > 0) & np.isfinite(x),
    PATIENCE: lambda x: x > 0,
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
        Mean wait of all callers, answered or not, seconds; inf when the queue grows without end.
    asa_s : array of float
        Average speed of answer: mean wait of the answered, seconds.
    occupancy : array of float
        Share of the agents' time spent on calls, in [0, 1].
    wait_probability : array of float
        Share of calls that find every agent busy.
    """

    service_level: FloatArray
    abandon_rate: FloatArray
    mean_wait_s: FloatArray
    asa_s: FloatArray
    occupancy: FloatArray
    wait_probability: FloatArray


def erlang_b(agents: ArrayLike, load: ArrayLike) -> FloatArray:
    """Share of calls blocked when there is no room to wait; `load` in Erlang."""
    given = _checked({"agents": (agents, WHOLE), "load": (load, AMOUNT)})
    n, a = given["agents"].astype(np.int64), given["load"]
    each = [1.0 / erlang.inverse_b(int(k), float(x)) if x > 0 else float(k == 0) for k, x in zip(n.flat, a.flat, strict=True)]
    return np.array(each).reshape(n.shape)


def erlang_c(agents: ArrayLike, load: ArrayLike) -> FloatArray:
    """Share of calls that wait when nobody hangs up; `load` in Erlang, 1 when it reaches the agents."""
    return evaluate(agents, load, 1.0, np.inf, 0.0).wait_probability


def evaluate(
    agents: ArrayLike,
    calls_per_s: ArrayLike,
    handle_time_s: ArrayLike,
    patience_s: ArrayLike,
    threshold_s: ArrayLike,
    definition: ServiceLevelDefinition = "offered",
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

    Raises
    ------
    InvalidData
        With every parameter that is out of its range.
    """
    given = _checked(
        {
            "agents": (agents, WHOLE),
            "calls_per_s": (calls_per_s, AMOUNT),
            "handle_time_s": (handle_time_s, POSITIVE),
            "patience_s": (patience_s, PATIENCE),
            "threshold_s": (threshold_s, AMOUNT),
        }
    )
    n, lam, handle, patience, limit = (values.ravel() for values in given.values())
    shape = given["agents"].shape
    out = erlang.evaluate_all(n.astype(np.int64), lam, 1 / handle, 1 / patience, limit, _code(definition))
    return QueueMetrics(*(row.reshape(shape) for row in out))


def least_agents(
    calls_per_s: ArrayLike, handle_time_s: ArrayLike, patience_s: ArrayLike, target: ServiceTarget
) -> tuple[IntArray, IntArray]:
    """Least agents on the phones that meet every target that is set.

    The answer meets the targets and one agent less does not; no load needs nobody, and any load needs somebody.

    Parameters
    ----------
    calls_per_s, handle_time_s, patience_s : array of float
        As in `evaluate`.
    target : ServiceTarget
        Service level, and where set abandonment, ASA and occupancy cap.

    Returns
    -------
    agents, binding : array of int
        `binding` is the target that asked for the most, an index into `optimizer.staffing.requirement.TARGETS`.
    """
    given = _checked(
        {"calls_per_s": (calls_per_s, AMOUNT), "handle_time_s": (handle_time_s, POSITIVE), "patience_s": (patience_s, PATIENCE)}
    )
    lam, handle, patience = (values.ravel() for values in given.values())
    further = (target.max_abandon_rate, target.max_asa_s, target.max_occupancy)
    bounds = np.array([np.inf, 1 - target.service_level, *(np.inf if cap is None else cap for cap in further)])
    safety = float(ndtri(target.service_level))
    found = erlang.least_all(lam, 1 / handle, 1 / patience, float(target.threshold_s), _code(target.definition), bounds, safety)
    shape = given["calls_per_s"].shape
    return found[0].reshape(shape), found[1].reshape(shape)


def largest_rate(agents: ArrayLike, handle_time_s: ArrayLike, patience_s: ArrayLike, target: ServiceTarget) -> FloatArray:
    """Largest arrival rate at which the service level of the target is still met, calls per second.

    For whole agents it is exact to 1e-10 of itself, from the side that meets; between whole agents it is linear (house
    choice: the rate is nearly linear in the agents, and a floor would lose up to one agent of capacity). inf = even 1,000
    times the calls that the agents can handle would meet it, which ``answered_or_short`` allows when callers hang up
    within the threshold.

    Parameters
    ----------
    agents : array of float
        Agents on the phones, at least 0; need not be whole.
    handle_time_s, patience_s : array of float
        As in `evaluate`.
    target : ServiceTarget
        Only its service level, threshold and definition are used.
    """
    given = _checked({"agents": (agents, AMOUNT), "handle_time_s": (handle_time_s, POSITIVE), "patience_s": (patience_s, PATIENCE)})
    n, handle, patience = (values.ravel() for values in given.values())
    found = erlang.largest_all(
        n, 1 / handle, 1 / patience, float(target.threshold_s), _code(target.definition), 1 - target.service_level
    )
    return found.reshape(given["agents"].shape)


def _code(definition: str) -> int:
    if definition not in DEFINITIONS:
        raise InvalidData([Finding("queueing", None, "definition", repr(definition), "one of " + ", ".join(DEFINITIONS))])
    return DEFINITIONS.index(definition)


def _checked(given: dict[str, tuple[ArrayLike, str]]) -> dict[str, FloatArray]:
    """Broadcast the values as float arrays after checking each against what is expected of it."""
    arrays = {name: np.asarray(values, dtype=np.float64) for name, (values, _) in given.items()}
    findings = [
        Finding("queueing", None, name, str(arrays[name][wrong].flat[0]), expected)
        for name, (_, expected) in given.items()
        if (wrong := ~_FITS[expected](arrays[name])).any()
    ]
    if findings:
        raise InvalidData(findings)
    return dict(zip(arrays, np.broadcast_arrays(*arrays.values()), strict=True))
