"""Event simulation of a centre with several skills: replications over drawn or recorded calls.

Every draw belongs to the seed, the replication and the call, never to the staff: two rosters meet the same callers (common random
numbers). Results stand by queue and slot of arrival. Agents who go off duty finish their contact first; the time beyond their
duty is told apart as overrun.

References
----------
House choice throughout; checked against exact Erlang values and the ContactCenters examples (tests/regression).
"""

from concurrent.futures import Executor
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from data.model.base import FloatArray, IntArray
from data.model.errors import Finding, InvalidData
from optimizer.staffing.centre_model import CentreModel, Duties, RecordedCalls
from optimizer.staffing.events.draws import Keys, base_of, chunks, keys_of, patiences, placed, works
from optimizer.staffing.events.heap import NUMBERS
from optimizer.staffing.events.loop import run
from optimizer.staffing.events.state import Staff, constants_of, staff_of, world_of
from optimizer.staffing.events.world import Calls, World
from optimizer.staffing.service import COUNTS, CallCounts, ratio


@dataclass(frozen=True, eq=False)
class Simulation:
    """What a simulation showed.

    Parameters
    ----------
    service : CallCounts
        Arrays of shape (replications, queues, slots).
    busy_s, staffed_s : array of float, shape (replications, groups, slots)
        Agent seconds on contacts, in the slot in which they are worked (what lies after the last slot counts there), and on duty.
        An agent with several chats at once is busy with each of them.
    overrun_s : array of float, shape (replications, groups)
        Seconds that agents worked beyond their duty to finish a contact.
    """

    model: CentreModel
    service: CallCounts
    busy_s: FloatArray
    staffed_s: FloatArray
    overrun_s: FloatArray

    @property
    def queues(self) -> tuple[str, ...]:
        """Ids of the queues."""
        return tuple(queue.id for queue in self.model.queues)

    def service_levels(self, axis: tuple[int, ...] = (0, 2)) -> FloatArray:
        """Service level of each queue by its own definition, over replications (0) and slots (2) unless asked otherwise."""
        places = enumerate(self.model.queues)
        shifted = tuple(0 if k == 0 else 1 for k in axis)
        return np.stack([_part(self.service, q).levels(queue.definition, shifted) for q, queue in places], axis=-1)

    def by_slot(self) -> FloatArray:
        """Service level of each queue and slot over the replications, shape (queues, slots); NaN without calls."""
        return self.service_levels(axis=(0,)).T

    @property
    def occupancy(self) -> FloatArray:
        """Share of the time on duty and beyond it spent on contacts, by group; above 1 where chats run side by side."""
        return ratio(self.busy_s.sum(axis=(0, 2)), self.staffed_s.sum(axis=(0, 2)) + self.overrun_s.sum(axis=0))

    def to_frame(self) -> pd.DataFrame:
        """One row for each queue and slot: calls of a mean replication, service level, abandonment, answer rate, mean wait."""
        runs, queues, slots = self.service.offered.shape
        columns: dict[str, FloatArray] = {
            "offered": self.service.offered.sum(axis=0) / runs,
            "service_level": self.by_slot(),
            "abandon_rate": self.service.abandon_rates(0),
            "answer_rate": self.service.answer_rates(0),
            "asa_s": self.service.mean_waits_s(0),
        }
        keys = {"queue": np.repeat(np.array(self.queues, dtype=object), slots), "slot": np.tile(np.arange(slots), queues)}
        return pd.DataFrame(keys | {name: values.ravel() for name, values in columns.items()})


def _part(service: CallCounts, queue: int) -> CallCounts:
    """The counts of one queue, shape (replications, slots)."""
    return CallCounts(*(getattr(service, field.name)[:, queue] for field in fields(CallCounts)))


def simulate(
    model: CentreModel,
    calls: ArrayLike,
    duties: Duties | list[Duties],
    *,
    seed: int,
    replications: int = 1,
    counts: bool = False,
    executor: Executor | None = None,
) -> Simulation:
    """Simulate a centre over its slots.

    Parameters
    ----------
    calls : array of float, shape (queues, slots) or (replications, queues, slots)
        Expected calls of each slot; the number that comes is Poisson. `doubly_stochastic`, or sample paths of a forecast, give a
        rate of its own to each replication.
    duties : Duties or list of Duties
        One for all replications, or one for each.
    counts : bool
        Exactly so many calls come; whole numbers are expected then.
    executor : Executor or None
        Runs the replications: threads share the cores (the kernel holds no lock), processes may be elsewhere; None = one by one.
        The result is the same.

    Raises
    ------
    InvalidData
        With everything that is out of its range.
    """
    given = np.asarray(calls, dtype=np.float64)
    _check(model, given, duties, replications, counts=counts)
    rates = np.broadcast_to(given, (replications, len(model.queues), model.slots))
    each = duties if isinstance(duties, list) else [duties]
    staff = [staff_of(model, one) for one in each] * (replications // len(each))
    one = partial(_drawn, model, constants_of(model), seed=seed, counts=counts)
    run_all = map if executor is None else executor.map
    return _gathered(model, list(run_all(one, range(replications), rates, staff)), each)


def replay(model: CentreModel, recorded: RecordedCalls, duties: Duties, *, seed: int, replications: int = 1) -> Simulation:
    """Let recorded calls come again; what they did not record is drawn anew in each replication.

    Raises
    ------
    InvalidData
        If arrivals are out of order or out of the slots, or a queue is unknown.
    """
    arrival, queue = np.asarray(recorded.arrival_s, dtype=np.float64), np.asarray(recorded.queue, dtype=np.int64)
    in_order = bool((np.diff(arrival) >= 0).all())
    inside = bool(((arrival >= 0) & (arrival < model.horizon_s)).all())
    known = bool(((queue >= 0) & (queue < len(model.queues))).all())
    claims = (("arrival_s", in_order, "not decreasing"), ("arrival_s", inside, f"in [0, {model.horizon_s:g})"))
    findings = [Finding("replay", None, name, "other values", expected) for name, holds, expected in claims if not holds]
    findings += [] if known else [Finding("replay", None, "queue", "other values", f"0 to {len(model.queues) - 1}")]
    findings += _duty_findings(model, [duties])
    if findings:
        raise InvalidData(findings)
    one = partial(_repeated, model, constants_of(model), staff_of(model, duties), recorded)
    results = [one(base_of(seed, number)) for number in range(replications)]
    return _gathered(model, results, [duties])


def doubly_stochastic(
    calls: ArrayLike, replications: int, seed: int, *, day_cv: float = 0.0, queue_cv: float = 0.0, slot_cv: float = 0.0
) -> FloatArray:
    """Expected calls of each replication when the rates themselves are unsure: day x queue x slot factors, gamma of mean 1.

    Parameters
    ----------
    calls : array of float, shape (queues, slots)
    day_cv, queue_cv, slot_cv : float
        Coefficients of variation of the factor of the whole day, of each queue and of each queue and slot.

    Returns
    -------
    array of float, shape (replications, queues, slots)
    """
    rates = np.asarray(calls, dtype=np.float64)
    rng = np.random.default_rng((seed, 10))
    out = np.repeat(rates[None], replications, axis=0)
    shapes = (((1, 1), day_cv), ((rates.shape[0], 1), queue_cv), (rates.shape, slot_cv))
    for shape, cv in shapes:
        if cv > 0:
            out = out * rng.gamma(cv**-2, cv**2, (replications, *shape))
    return out


Outcome = tuple[FloatArray, FloatArray, FloatArray]


Constants = dict[str, Any]


def _drawn(
    model: CentreModel, constants: Constants, number: int, rates: FloatArray, staff: Staff, *, seed: int, counts: bool
) -> Outcome:
    """One replication of drawn calls."""
    came = rates.astype(np.int64) if counts else np.random.default_rng((seed, number)).poisson(rates)
    base, slot_s = base_of(seed, number), float(model.slot_s)
    world = world_of(model, constants, staff, int(came.sum()))
    used = 0
    for first, end in chunks(came.sum(axis=0)):
        part = came[:, first:end]
        # every slot takes a key beside those of its calls
        keys = keys_of(base, used, int(part.sum()) + end - first)
        arrival, queue = placed(part, slot_s, first * slot_s, keys)
        work, patience = _laws(world, keys[: arrival.size], arrival, queue, slot_s)
        until = end * slot_s if end < model.slots else np.inf
        run(world, Calls(used, arrival, queue, work, patience), staff.changes, slot_s, until, base)
        used += keys.size
    return world.out, world.busy, world.overrun


def _laws(world: World, keys: Keys, arrival: FloatArray, queue: IntArray, slot_s: float) -> tuple[FloatArray, FloatArray]:
    """Handle times and patiences of calls, seconds."""
    sigma = np.ascontiguousarray(world.queues["sigma"])
    work = works(keys, arrival, queue, slot_s, world.handle, sigma)
    return work, patiences(keys, queue, world.patience_share, world.patience_mean)


def _repeated(model: CentreModel, constants: Constants, staff: Staff, recorded: RecordedCalls, base: np.uint64) -> Outcome:
    """One replication of recorded calls."""
    arrival, queue = np.asarray(recorded.arrival_s, dtype=np.float64), np.asarray(recorded.queue, dtype=np.int64)
    world, slot_s = world_of(model, constants, staff, arrival.size), float(model.slot_s)
    work, patience = _laws(world, keys_of(base, 0, arrival.size), arrival, queue, slot_s)
    work = np.where(np.isnan(recorded.handle_s), work, recorded.handle_s)
    patience = np.where(np.isnan(recorded.patience_s), patience, recorded.patience_s)
    run(world, Calls(0, arrival, queue, work, patience), staff.changes, slot_s, np.inf, base)
    return world.out, world.busy, world.overrun


def _gathered(model: CentreModel, results: list[Outcome], duties: list[Duties]) -> Simulation:
    out, busy, overrun = (np.stack(arrays) for arrays in zip(*results, strict=True))
    by_name = out.transpose(3, 0, 1, 2)
    staffed = np.stack([one.staffed_s(len(model.groups), model.slot_s, model.slots) for one in duties])
    service = CallCounts(*by_name[: len(COUNTS)].astype(np.int64), *by_name[len(COUNTS) :])
    return Simulation(model, service, busy, np.broadcast_to(staffed, busy.shape), overrun)


def _check(model: CentreModel, calls: FloatArray, duties: Duties | list[Duties], replications: int, *, counts: bool) -> None:
    shape = (len(model.queues), model.slots)
    fits = calls.shape in (shape, (replications, *shape))
    usable = bool((calls >= 0).all() and np.isfinite(calls).all() and (not counts or (calls == np.floor(calls)).all()))
    each = len(duties) if isinstance(duties, list) else replications
    expected = "whole numbers, at least 0" if counts else "at least 0 and finite"
    claims = (
        ("replications", replications, replications >= 1, "at least 1"),
        ("calls (shape)", calls.shape, fits, f"{shape} or {(replications, *shape)}"),
        ("calls", calls.min(initial=0.0), usable, expected),
        ("duties", each, each == replications, "one, or one for each replication"),
    )
    findings = [Finding("simulate", None, name, str(read), expected) for name, read, holds, expected in claims if not holds]
    findings += _duty_findings(model, duties if isinstance(duties, list) else [duties])
    if findings:
        raise InvalidData(findings)


def _duty_findings(model: CentreModel, duties: list[Duties]) -> list[Finding]:
    seats = max(queue.concurrency for queue in model.queues)
    findings: list[Finding] = []
    for each in duties:
        known = bool(((each.group >= 0) & (each.group < len(model.groups))).all())
        claims = (
            ("group", known, f"0 to {len(model.groups) - 1}"),
            ("pace", bool((each.pace > 0).all()), "above 0"),
            ("agent", bool(((each.agent >= 0) & (each.agent < each.group.size)).all()), f"0 to {each.group.size - 1}"),
            (
                "end_s",
                bool((each.end_s > each.start_s).all() and (each.start_s >= 0).all()),
                "after the start, which is not negative",
            ),
            ("agents", each.group.size * seats < NUMBERS, f"agents x concurrency below {NUMBERS:,}"),
        )
        findings += [Finding("duties", None, name, "other values", expected) for name, holds, expected in claims if not holds]
    return findings
