"""The days that every side simulates: the centre, who is on the phones when, and the calls, drawn once for all."""

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
from scipy.optimize import nnls

from data.model.base import FloatArray, IntArray
from optimizer.staffing.centre_model import CentreModel, Duties, RecordedCalls, SimulatedQueue, SkillGroup, steady
from optimizer.staffing.one_queue import HandleTimeLaw

SLOT_S, SLOTS = 1800.0, 48
CV, PATIENCE_S, THRESHOLD_S = 0.95, 120.0, 20.0
"""Coefficient of variation of the handle time; mean patience and answer-time threshold, seconds (house choice)."""

REDIAL_PROBABILITY, REDIAL_DELAY_S = 0.5, 600.0
"""That an abandoned caller dials again, and after how many seconds on average (house choice)."""

SHARES = (0.30, 0.22, 0.18, 0.13, 0.10, 0.07)
"""Of the calls, by queue (house choice)."""
HANDLE_S = (280.0, 320.0, 240.0, 420.0, 300.0, 360.0)
HELD = (
    ((0,), 0.17), ((1,), 0.14), ((2,), 0.09), ((3,), 0.11), ((4,), 0.06), ((5,), 0.05),
    ((0, 1), 0.06), ((1, 2), 0.05), ((2, 3), 0.04), ((3, 4), 0.05), ((4, 5), 0.03), ((0, 5), 0.04),
    ((0, 1, 2), 0.04), ((3, 4, 5), 0.03), ((0, 1, 2, 3, 4, 5), 0.04),
)  # fmt: skip
"""Queues of the 15 skill groups, and their shares of the agents (house choice)."""
OVERFLOW_S = (0.0, 10.0, 20.0)
"""A call reaches agents of one skill at once, of two after 10 s, of more after 20 s."""
STARTS = np.arange(14, 27)
"""First half hours of the shifts: 7:00 to 13:00."""
ON_PHONES_MIN = ((0, 120), (135, 240), (300, 405), (420, 540))
"""Stretches of a shift: a break of 15 minutes in each half, an hour of lunch between them."""


@dataclass(frozen=True, eq=False)
class Day:
    """A centre, its expected calls, its agents and the calls of one day.

    Parameters
    ----------
    expected : array of float, shape (queues, slots)
        Expected calls.
    """

    name: str
    model: CentreModel
    expected: FloatArray
    duties: Duties
    calls: RecordedCalls

    @property
    def agents(self) -> int:
        """Number of agents."""
        return len(self.duties.group)

    @cached_property
    def counts(self) -> IntArray:
        """Calls that come, shape (queues, slots)."""
        counts, slot = np.zeros_like(self.expected, dtype=np.int64), self.calls.arrival_s // self.model.slot_s
        np.add.at(counts, (self.calls.queue, slot.astype(np.int64)), 1)
        return counts

    def first(self, calls: int) -> "Day":
        """The day with its first calls only; itself if it has no more."""
        if calls >= len(self.calls.queue):
            return self
        part = {field.name: getattr(self.calls, field.name)[:calls] for field in fields(self.calls)}
        return replace(self, calls=RecordedCalls(**part))


def one_queue(calls: int, agents: int, handle_s: float, seed: int = 1, *, law: HandleTimeLaw = "lognormal") -> Day:
    """A single queue with the same rate and the same agents round the clock."""
    queue = SimulatedQueue("q", handle_s, CV, law, patience=((1.0, PATIENCE_S),), threshold_s=THRESHOLD_S)
    model = CentreModel((queue,), (SkillGroup("g", ("q",)),), SLOT_S, SLOTS)
    expected = np.full((1, SLOTS), calls / SLOTS)
    name = f"One queue, {calls:,} calls, {agents:,} agents"
    return Day(name, model, expected, steady(np.array([agents]), model), draw(model, expected, seed))


def six_queues(calls: int, agents: int, seed: int = 1) -> Day:
    """Six queues and 15 skill groups from 8:00 to 22:00; who hangs up redials at times."""
    law = {"handle_time_cv": CV, "patience": ((1.0, PATIENCE_S),), "threshold_s": THRESHOLD_S}
    redials = {"redial_probability": REDIAL_PROBABILITY, "redial_delay_s": REDIAL_DELAY_S}
    queues = tuple(SimulatedQueue(f"q{k}", handle, **law, **redials) for k, handle in enumerate(HANDLE_S))
    groups = tuple(
        SkillGroup(f"g{k}", tuple(f"q{q}" for q in held), levels=(min(len(held), 3) - 1,) * len(held))
        for k, (held, _) in enumerate(HELD)
    )
    model = CentreModel(queues, groups, SLOT_S, SLOTS, OVERFLOW_S)
    expected = calls * np.outer(SHARES, curve())
    name = f"Six queues, 15 skill groups, {calls:,} calls, {agents:,} agents"
    return Day(name, model, expected, shifts(agents), draw(model, expected, seed))


def curve() -> FloatArray:
    """Share of the calls in each slot: a hump before noon and one in the afternoon, nothing at night."""
    hour = (np.arange(SLOTS) + 0.5) / 2
    humps = np.exp(-(((hour - 10.5) / 2.5) ** 2)) + 0.9 * np.exp(-(((hour - 16) / 3.5) ** 2)) + 0.1
    open_only = np.where((hour > 8) & (hour < 22), humps, 0)
    return open_only / open_only.sum()


def shifts(agents: int) -> Duties:
    """Shifts of the agents, their starts spread so that the agents on the phones follow the calls."""
    group = np.repeat(np.arange(len(HELD)), split(agents, np.array([share for _, share in HELD])))
    calls = curve()
    balance = 1 / np.sqrt(calls + calls.mean() / 10)  # a slot short of agents weighs more where calls are few
    weights, _ = nnls(on_phones().T * balance[:, None], calls * balance)
    quantile = (np.random.default_rng(agents).permutation(agents) + 0.5) / agents
    start = SLOT_S * STARTS[np.searchsorted(np.cumsum(weights) / weights.sum(), quantile)]
    stretch = 60.0 * np.array(ON_PHONES_MIN)
    begin, end = (np.add.outer(start, stretch[:, side]).ravel() for side in (0, 1))
    return Duties(group, np.ones(agents), np.repeat(np.arange(agents), len(stretch)), begin, end)


def on_phones() -> FloatArray:
    """Share of each slot that a shift of each start is on the phones, shape (starts, slots)."""
    slot = 30.0 * np.arange(SLOTS)
    shares = np.zeros((len(STARTS), SLOTS))
    for begin, end in ON_PHONES_MIN:
        first = 30.0 * STARTS[:, None]
        shares += np.clip(np.minimum(first + end, slot + 30) - np.maximum(first + begin, slot), 0, None) / 30
    return shares


def split(whole: int, shares: FloatArray) -> IntArray:
    """Whole numbers nearest to the shares that add up."""
    return np.diff(np.rint(whole * np.cumsum([0.0, *shares]) / np.sum(shares))).astype(np.int64)


def draw(model: CentreModel, expected: FloatArray, seed: int) -> RecordedCalls:
    """Calls of a day in order of arrival, with the handle time that each takes and the patience that its caller has."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(expected).ravel()
    queue, slot = (np.repeat(cells.ravel(), counts) for cells in np.indices(expected.shape))
    arrival = (slot + rng.random(len(slot))) * model.slot_s
    order = np.argsort(arrival)
    queue = queue[order]
    handle, patience = np.empty(len(queue)), np.empty(len(queue))
    for q, of in enumerate(model.queues):
        mine = queue == q
        handle[mine] = work(of, int(mine.sum()), rng)
        patience[mine] = rng.exponential(of.patience[0][1], int(mine.sum())) if of.patience else np.inf
    return RecordedCalls(arrival[order], queue, handle, patience)


def work(queue: SimulatedQueue, calls: int, rng: np.random.Generator) -> FloatArray:
    """Handle times, seconds."""
    if queue.law == "exponential":
        return rng.exponential(queue.handle_time_s, calls)
    spread = np.log1p(queue.handle_time_cv**2)
    return rng.lognormal(np.log(queue.handle_time_s) - spread / 2, np.sqrt(spread), calls)
