"""The queue under a changing load: service of a staffing slot by slot, and the least staffing, with what each slot leaves over.

The stationary model (`optimizer.staffing.queueing`) forgets: here callers in line at the end of a slot are in line at the
start of the next, calls run on, and agents who leave finish their call. Rates, handle times and agents are constant inside a
slot. Handle times and patience are exponential; a handle time that changes does so for the calls at hand too. The service
of a call is judged by the agents of the slot in which it comes.

References
----------
Feldman, Mandelbaum, Massey, Whitt, Staffing of time-varying queues to achieve time-stable performance (2008),
doi:10.1287/mnsc.1070.0821.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from data.model.base import BoolArray, FloatArray, IntArray, sealed
from data.model.centre import Redials, ServiceLevelDefinition, ServiceTarget
from data.model.errors import Finding, InvalidData
from optimizer.staffing.kernels import search
from optimizer.staffing.kernels.birth_death import ENDLESS
from optimizer.staffing.kernels.carry import Terms, follow
from optimizer.staffing.kernels.erlang import PATIENT
from optimizer.staffing.queueing import AMOUNT, DEFINITIONS, PATIENCE, POSITIVE, WHOLE
from optimizer.staffing.service import ratio

Start = Literal["empty", "stationary"]
Closing = Literal["serve", "lose"]


@dataclass(frozen=True, eq=False)
class TransientService:
    """What a staffing reaches, slot by slot; every array has the shape of the calls, (slots,) or (rows, slots).

    Expected numbers of calls are by slot of arrival. Rates are sums over sums, NaN where nothing is offered, answered or staffed.

    Parameters
    ----------
    agents : array of int
        Agents on the phones.
    offered, redials : array of float
        Calls that come, and those of them that are redials.
    good, base : array of float
        Calls that count as good service, and those they are counted among, by the service-level definition asked for.
    answered, blocked : array of float
        Calls; the rest is abandoned.
    wait_sum, answered_wait_sum : array of float
        Seconds waited by all who are let in, and by the answered.
    busy, on_duty : array of float
        Agents on a call, and agents on duty, on average; both with those who finish their last call.
    mean_queue : array of float
        Callers waiting, on average.
    end_in_system : array of float
        Callers waiting or talking at the end of the slot, on average.
    end_all_busy : array of float
        Probability that no agent is free at the end of the slot.
    binding : array of int
        After a search the target that asked for the most, an index into `optimizer.staffing.pool.TARGETS`; 0 = none, the
        least allowed is enough.
    """

    agents: IntArray
    offered: FloatArray
    redials: FloatArray
    good: FloatArray
    base: FloatArray
    answered: FloatArray
    blocked: FloatArray
    wait_sum: FloatArray
    answered_wait_sum: FloatArray
    busy: FloatArray
    on_duty: FloatArray
    mean_queue: FloatArray
    end_in_system: FloatArray
    end_all_busy: FloatArray
    binding: IntArray

    def __post_init__(self) -> None:
        for name in FIGURES:
            object.__setattr__(self, name, sealed(getattr(self, name), np.float64, self.agents.shape, name))
        for name in ("agents", "binding"):
            object.__setattr__(self, name, sealed(getattr(self, name), np.int64, self.agents.shape, name))

    def service_levels(self, axis: int | tuple[int, ...] | None = None) -> FloatArray:
        """Service level over some axes, weighted by calls; over all for None."""
        return ratio(self.good.sum(axis=axis), self.base.sum(axis=axis))

    @property
    def service_level(self) -> FloatArray:
        """Service level of each slot, in [0, 1]."""
        return ratio(self.good, self.base)

    @property
    def abandon_rate(self) -> FloatArray:
        """Abandoned / offered."""
        return ratio(self.offered - self.answered - self.blocked, self.offered)

    @property
    def answer_rate(self) -> FloatArray:
        """Answered / offered."""
        return ratio(self.answered, self.offered)

    @property
    def blocked_rate(self) -> FloatArray:
        """Blocked / offered."""
        return ratio(self.blocked, self.offered)

    @property
    def mean_wait_s(self) -> FloatArray:
        """Mean wait of all callers let in, answered or not, seconds."""
        return ratio(self.wait_sum, self.offered - self.blocked)

    @property
    def asa_s(self) -> FloatArray:
        """Mean wait of the answered, seconds."""
        return ratio(self.answered_wait_sum, self.answered)

    @property
    def occupancy(self) -> FloatArray:
        """Share of the time on duty spent on calls."""
        return ratio(self.busy, self.on_duty)

    @property
    def in_system(self) -> FloatArray:
        """Callers waiting or talking, on average over the slot."""
        return self.busy + self.mean_queue


FIGURES = tuple(field.name for field in fields(TransientService) if field.name not in ("agents", "binding"))
"""What the kernel fills in for each slot, in its order."""


def transient(
    calls_per_s: ArrayLike,
    handle_time_s: ArrayLike,
    patience_s: ArrayLike,
    agents: ArrayLike,
    slot_s: float,
    threshold_s: float,
    *,
    definition: ServiceLevelDefinition = "offered",
    start: Start | ArrayLike = "stationary",
    departing: bool = True,
    redials: Redials | None = None,
    room: ArrayLike | None = None,
    closing: Closing = "serve",
) -> TransientService:
    """Service that a staffing reaches, slot by slot.

    Parameters
    ----------
    calls_per_s : array of float, shape (slots,) or (rows, slots)
        Arrival rate, at least 0; of first calls when there are redials. Rows are independent of each other.
    handle_time_s, patience_s, agents, room : array
        Broadcast to the shape of the calls; as in `optimizer.staffing.queueing.evaluate`. One who comes when the room is full is
        blocked; who is inside when it shrinks stays.
    slot_s, threshold_s : float
        Length of a slot, and answer-time threshold, seconds.
    definition : str
        One of the five service-level definitions.
    start : "stationary", "empty" or array of float
        Callers before the first slot: as if its rate and agents had always held, none, or the probabilities of 0, 1, 2, ...
        callers, waiting ones included. Callers may wait at the door: slots with calls and no agents.
    departing : bool
        Whether agents who leave are drawn from all on duty and finish their call; otherwise the call goes back into line.
    redials : Redials or None
        Abandoned callers who call again, as a mean flow that does not vary with the luck of the day (mean-field, house
        choice): whoever gives up in a slot comes in a later one, spread by the exponential delay. None = nobody does.
    closing : str
        What happens to the line at the start of a slot without agents and calls: ``serve``, the last staff clears it;
        ``lose``, it is lost, which the calls of the slot before pay for.

    Raises
    ------
    InvalidData
        With every parameter that is out of its range.
    """
    claims = (
        ("threshold_s", threshold_s, 0 <= threshold_s < np.inf, AMOUNT),
        ("definition", definition, definition in DEFINITIONS, "one of " + ", ".join(DEFINITIONS)),
    )
    rows = _rows(calls_per_s, handle_time_s, patience_s, agents, room, start, slot_s, closing, claims, steady=True)
    terms = _terms(slot_s, threshold_s, definition, departing, closing, redials)
    return rows.run([terms] * len(rows.agents), None, 1)


def forward_search(
    calls_per_s: ArrayLike,
    handle_time_s: ArrayLike,
    patience_s: ArrayLike,
    slot_s: float,
    target: ServiceTarget | Sequence[ServiceTarget],
    *,
    min_agents: ArrayLike = 0,
    start: Start | ArrayLike = "stationary",
    redials: Redials | None = None,
    room: ArrayLike | None = None,
    closing: Closing = "serve",
    threads: int = 1,
) -> tuple[IntArray, TransientService]:
    """Least agents slot by slot, each given what the slots before leave over; agents who leave finish their call.

    In every slot with calls the agents meet every target that is set and one less, not below `min_agents`, does not; a slot
    without calls has `min_agents`. The search looks at no later slot, so a slot may end with the backlog that its targets allow.

    Parameters
    ----------
    calls_per_s, handle_time_s, patience_s, slot_s, start, redials, room, closing
        As in `transient`.
    target : ServiceTarget, or one for each row
        Service level, and where set abandonment, answer rate, ASA and occupancy cap.
    min_agents : array of int
        Least agents; broadcast to the shape of the calls.
    threads : int
        Rows worked on at the same time.

    Returns
    -------
    agents : array of int
        Shape of the calls.
    service : TransientService
        What they reach, as `transient` says it, and what binds.

    Raises
    ------
    InvalidData
        With every parameter that is out of its range.
    """
    count = int(np.prod(np.shape(calls_per_s)[:-1]))
    targets = [target] * count if isinstance(target, ServiceTarget) else list(target)
    claims = (
        ("target", len(targets), len(targets) == count, "one target, or one for each row"),
        ("threads", threads, threads >= 1, "at least 1"),
    )
    rows = _rows(calls_per_s, handle_time_s, patience_s, min_agents, room, start, slot_s, closing, claims, steady=False)
    terms = [_terms(slot_s, one.threshold_s, one.definition, True, closing, redials) for one in targets]
    service = rows.run(terms, targets, threads)
    return service.agents, service


Claim = tuple[str, object, bool, str]
"""What is wrong unless it holds: name, value read, whether it holds, what is expected."""


def _terms(slot_s: float, threshold_s: float, definition: str, departing: bool, closing: str, redials: Redials | None) -> Terms:
    again = redials.probability if redials else 0.0
    after = again * redials.persistence if redials else 0.0
    delay = redials.delay_minutes * 60.0 if redials else 1.0
    code = DEFINITIONS.index(definition)
    return Terms(float(slot_s), float(threshold_s), code, departing, closing == "serve", again, after, delay)


def _bounds(target: ServiceTarget) -> FloatArray:
    """Largest value of each measure by its kind; inf = not set."""
    bounds = np.full(search.ANSWER_RATE + 1, np.inf)
    bounds[search.SERVICE_LEVEL] = 1 - target.service_level
    further = {
        search.ABANDONMENT: target.max_abandon_rate,
        search.ASA: target.max_asa_s,
        search.OCCUPANCY: target.max_occupancy,
        search.ANSWER_RATE: None if target.min_answer_rate is None else 1 - target.min_answer_rate,
    }
    for kind, bound in further.items():
        bounds[kind] = np.inf if bound is None else bound
    return bounds


@dataclass(frozen=True, eq=False)
class _Rows:
    """The parameters of both functions as arrays of shape (rows, slots); `shape` is that of the calls."""

    rate: FloatArray
    handle_s: FloatArray
    patience_s: FloatArray
    agents: IntArray
    room: IntArray
    start: FloatArray
    shape: tuple[int, ...]

    def run(self, terms: Sequence[Terms], targets: Sequence[ServiceTarget] | None, threads: int) -> TransientService:
        """Follow every row, with targets to the least agents that meet them."""
        agents, binding = self.agents.copy(), np.zeros_like(self.agents)
        out = np.zeros((*agents.shape, len(FIGURES)))
        mu, theta = 1 / self.handle_s, np.where(self.patience_s * PATIENT > 1, 0.0, 1 / self.patience_s)

        def row(r: int) -> None:
            bounds, safety = (_bounds(targets[r]), 0.3 * float(ndtri(targets[r].service_level))) if targets else (np.zeros(0), 0.0)
            given = (self.rate[r], mu[r], theta[r], agents[r], self.room[r], terms[r], bounds, safety, self.start)
            follow(*given, out[r], binding[r])

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(row, range(len(agents))))
        figures = {name: out[:, :, k].reshape(self.shape) for k, name in enumerate(FIGURES)}
        return TransientService(agents=agents.reshape(self.shape), binding=binding.reshape(self.shape), **figures)


def _rows(
    calls: ArrayLike,
    handle: ArrayLike,
    patience: ArrayLike,
    agents: ArrayLike,
    room: ArrayLike | None,
    start: Start | ArrayLike,
    slot_s: float,
    closing: str,
    claims: Sequence[Claim],
    *,
    steady: bool,
) -> _Rows:
    """Broadcast and check; `steady` = a stationary start must exist for the agents as they are."""
    rate = np.asarray(calls, dtype=np.float64)
    law = {"empty": np.ones(1), "stationary": np.zeros(0)}.get(start) if isinstance(start, str) else np.asarray(start, np.float64)
    staff = "agents" if steady else "min_agents"
    given = {"handle_time_s": handle, "patience_s": patience, staff: agents, "room": ENDLESS if room is None else room}
    read = {name: np.asarray(values, dtype=np.float64) for name, values in given.items()}
    fit = {name: _broadcasts(values.shape, rate.shape) for name, values in read.items()}
    _refuse(
        (
            ("calls_per_s", rate.shape, rate.ndim in (1, 2) and rate.size > 0, "shape (slots,) or (rows, slots), some slots"),
            *((name, values.shape, fit[name], f"a shape that broadcasts to {rate.shape}") for name, values in read.items()),
            ("calls_per_s", rate, _all(rate >= 0, rate < np.inf), AMOUNT),
            ("handle_time_s", handle, _all(read["handle_time_s"] > 0, read["handle_time_s"] < np.inf), POSITIVE),
            ("patience_s", patience, _all(read["patience_s"] > 0), PATIENCE),
            *((name, given[name], _whole(read[name]), WHOLE) for name in (staff, "room")),
            ("slot_s", slot_s, 0 < slot_s < np.inf, POSITIVE),
            (
                "start",
                start,
                law is not None and (isinstance(start, str) or _is_law(law)),
                "stationary, empty, or the probabilities of 0, 1, 2, ... callers",
            ),
            ("closing", closing, closing in get_args(Closing), " or ".join(get_args(Closing))),
            *claims,
        )
    )

    def full(values: FloatArray) -> FloatArray:
        return np.array(np.broadcast_to(values, rate.shape)).reshape(-1, rate.shape[-1])

    rows = _Rows(
        rate=full(rate),
        handle_s=full(read["handle_time_s"]),
        patience_s=full(read["patience_s"]),
        agents=full(read[staff]).astype(np.int64),
        room=full(read["room"]).astype(np.int64),
        start=np.zeros(0) if law is None else law,
        shape=rate.shape,
    )
    endless = (
        (rows.patience_s * PATIENT > 1) & (rows.room == ENDLESS) & (rows.rate * rows.handle_s >= rows.agents) & (rows.rate > 0)
    )
    grows = steady and rows.start.size == 0 and bool(endless[:, 0].any())
    _refuse([("start", start, not grows, "no stationary start where the line grows without end: more agents, or start empty")])
    return rows


def _refuse(claims: Iterable[Claim]) -> None:
    """Raise `InvalidData` with every claim that does not hold."""
    findings = [Finding("transient", None, name, str(read), expected) for name, read, holds, expected in claims if not holds]
    if findings:
        raise InvalidData(findings)


def _all(*conditions: BoolArray) -> bool:
    return all(bool(condition.all()) for condition in conditions)


def _whole(values: FloatArray) -> bool:
    return _all(values >= 0, values < 2**53, values == np.floor(values))


def _broadcasts(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return len(shape) <= len(wanted) and all(own in (1, full) for own, full in zip(shape[::-1], wanted[::-1], strict=False))


def _is_law(law: FloatArray) -> bool:
    return law.ndim == 1 and _all(law >= 0) and abs(law.sum() - 1) < 1e-9
