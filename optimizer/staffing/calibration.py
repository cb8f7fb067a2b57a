"""The simulator against real days: what past calls say about callers and agents, replayed on later ones.

The fits come from earlier days. Given of the later days are the calls (when, of which queue, how long they took to handle) and
who sat when; simulated is who answers whom, who hangs up and how long everyone waits. The difference to what was recorded is
the health of the model.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.call_record import CallRecords
from data.model.errors import Finding, InvalidData
from data.model.time import TimeGrid
from optimizer.staffing.centre_model import CentreModel, Duties, RecordedCalls, SimulatedQueue, SkillGroup, with_pauses
from optimizer.staffing.fits.adherence import Availability, Seats, availability, seats, skills
from optimizer.staffing.fits.arrival_noise import ArrivalNoise, arrival_noise, profile_of
from optimizer.staffing.fits.handle_time import HandleTimeFit, fit_handle_time
from optimizer.staffing.fits.patience import PatienceFit, fit_patience
from optimizer.staffing.service import ratio
from optimizer.staffing.simulate import replay

KNOWN_SHARE = 0.9
"""Share of the waiting callers with a priority from which one without is a caller whose priority was not noted (house choice)."""

DEFAULT_HANDLE_S, DEFAULT_CV = 240.0, 0.95
"""Handle time (seconds) and its coefficient of variation where no call of any queue measures them (house choice)."""

Health = Literal["good", "fair", "poor"]
HEALTHS: tuple[Health, ...] = ("good", "fair", "poor")

BOUNDS = {"service_level": (0.05, 0.10), "abandon_rate": (0.03, 0.06), "mean_wait_s": (0.15, 0.30)}
"""Error up to which a measure is good, and fair: points of a share; of the wait, relative to the real one (house choice)."""


@dataclass(frozen=True)
class QueueFit:
    """What the calls of a queue say.

    Parameters
    ----------
    by_head_start : mapping
        Patience of the callers of each head start (s), where the queue has several.
    """

    queue: str
    patience: PatienceFit
    by_head_start: Mapping[float, PatienceFit]
    handle: HandleTimeFit
    noise: ArrivalNoise


@dataclass(frozen=True, eq=False)
class Fits:
    """What past calls say about callers and agents.

    Parameters
    ----------
    queues : tuple of QueueFit
    every : PatienceFit
        Patience over all queues, for a queue that has too few abandoned calls of its own.
    availability : Availability
    head_starts : mapping
        Seconds by which callers of a priority count as having waited longer.
    threshold_s : float
        Answer-time threshold, seconds.
    """

    queues: tuple[QueueFit, ...]
    every: PatienceFit
    availability: Availability
    head_starts: Mapping[int, float]
    threshold_s: float


@dataclass(frozen=True, eq=False)
class Tally:
    """Calls and what they met; arrays of one shape.

    Parameters
    ----------
    offered, answered_in_time, abandoned : array of float
        Calls; of a simulation, the mean over its replications.
    wait_s : array of float
        Seconds waited by all of them.
    """

    offered: FloatArray
    answered_in_time: FloatArray
    abandoned: FloatArray
    wait_s: FloatArray

    @property
    def service_level(self) -> FloatArray:
        """Answered within the threshold / offered."""
        return ratio(self.answered_in_time, self.offered)

    @property
    def abandon_rate(self) -> FloatArray:
        """Abandoned / offered."""
        return ratio(self.abandoned, self.offered)

    @property
    def mean_wait_s(self) -> FloatArray:
        """Mean wait of all callers, seconds."""
        return ratio(self.wait_s, self.offered)

    def of_queues(self) -> "Tally":
        """Sums over the slots, shape (queues,)."""
        return Tally(*(getattr(self, field.name).sum(axis=1) for field in fields(self)))

    def of_groups(self, group: IntArray) -> "Tally":
        """Sums over the queues, and over the slots of each group; shape (groups,)."""
        sums = (np.bincount(group, getattr(self, field.name).sum(axis=0)) for field in fields(self))
        return Tally(*(each.astype(np.float64) for each in sums))

    def joined(self, other: "Tally") -> "Tally":
        """Both, one after the other; of one dimension."""
        return Tally(*(np.append(getattr(self, field.name), getattr(other, field.name)) for field in fields(self)))


@dataclass(frozen=True)
class Error:
    """How far simulated figures are from the real ones, weighted by calls.

    Parameters
    ----------
    bias, mae : float
        Mean error (simulated minus real) and mean absolute error over the cells; points of a share, or seconds.
    real : float
        The real figure over all calls.
    health : str
        By `mae` against `BOUNDS`.
    """

    measure: str
    bias: float
    mae: float
    real: float
    health: Health


@dataclass(frozen=True, eq=False)
class Calibration:
    """Simulated against real.

    Parameters
    ----------
    queues : tuple of str
    grid : TimeGrid
        Slots of the replayed days.
    real, simulated : Tally
        Shape (queues, slots).
    """

    queues: tuple[str, ...]
    grid: TimeGrid
    real: Tally
    simulated: Tally

    def by_queue(self) -> tuple[Tally, Tally]:
        """Real and simulated of each queue, shape (queues,)."""
        return self.real.of_queues(), self.simulated.of_queues()

    def by_slot_of_day(self) -> tuple[Tally, Tally]:
        """Real and simulated of all queues by slot of the day, shape (slots of a day,)."""
        return self._by(self.grid.wall_minute // self.grid.minutes)

    def by_day(self) -> tuple[Tally, Tally]:
        """Real and simulated of all queues by day, shape (days,)."""
        return self._by(self.grid.day_of_slot)

    def total(self) -> tuple[Tally, Tally]:
        """Real and simulated of everything, shape (1,)."""
        return self._by(np.zeros(self.grid.size, dtype=np.int64))

    @property
    def errors(self) -> tuple[Error, ...]:
        """Error of each measure over the slots of the day."""
        return tuple(error(measure, *self.by_slot_of_day()) for measure in BOUNDS)

    @property
    def health(self) -> Health:
        """The worst of the measures."""
        return HEALTHS[max(HEALTHS.index(each.health) for each in self.errors)]

    def _by(self, group: IntArray) -> tuple[Tally, Tally]:
        return self.real.of_groups(group), self.simulated.of_groups(group)


def error(measure: str, real: Tally, simulated: Tally) -> Error:
    """Error of a measure over cells, weighted by the real calls; cells without calls are left out."""
    good, fair = BOUNDS[measure]
    held = real.offered > 0
    weight = real.offered[held] / real.offered.sum()
    true = getattr(real, measure)[held]
    away = getattr(simulated, measure)[held] - true
    mae, mean = float(weight @ np.abs(away)), float(weight @ true)
    size = mae / mean if measure == "mean_wait_s" and mean else mae
    return Error(measure, float(weight @ away), mae, mean, HEALTHS[int(size > good) + int(size > fair)])


def fit(
    records: CallRecords, *, threshold_s: float = 20.0, minutes: int = 30, head_starts: Mapping[int, float] = {}, seed: int = 1
) -> Fits:
    """Fit what a simulation of the centre needs.

    Parameters
    ----------
    threshold_s : float
        Answer-time threshold, seconds.
    minutes : int
        Slot of the noise of arrivals.
    head_starts : mapping
        Seconds by which callers of a priority count as having waited longer, e.g. ``{2: 90}`` for VIP.
    seed : int
        Of the priorities that were not noted.
    """
    head = head_start_s(records, head_starts, seed)
    lost = ~records.answered
    queues = tuple(_fit_queue(records, q, head, threshold_s, minutes) for q in range(len(records.queues)))
    every = fit_patience(records.wait_s, lost, threshold_s=threshold_s)
    return Fits(queues, every, availability(records, seats(records, minutes)), head_starts, threshold_s)


def _fit_queue(records: CallRecords, queue: int, head: FloatArray, threshold_s: float, minutes: int) -> QueueFit:
    own = records.queue == queue
    starts = [float(start) for start in np.unique(head[own])]

    def patience(calls: BoolArray) -> PatienceFit:
        return fit_patience(records.wait_s[calls], ~records.answered[calls], threshold_s=threshold_s)

    by_head_start = {start: patience(own & (head == start)) for start in starts} if len(starts) > 1 else {}
    handle = fit_handle_time(records.handle_s[own], records.hour[own])
    return QueueFit(records.queues[queue], patience(own), by_head_start, handle, _noise(records, own, minutes))


def _noise(records: CallRecords, own: BoolArray, minutes: int) -> ArrivalNoise:
    """Noise about the mean profile of each weekday; days on which no queue had a call are not known."""
    grid = TimeGrid(horizon=records.horizon, minutes=minutes)
    cell = grid.wall_minute // minutes
    slot = (records.arrival_s[own] // (60 * minutes)).astype(np.int64)
    counts = np.zeros((grid.horizon.days, int(cell.max()) + 1))
    np.add.at(counts, (grid.day_of_slot[slot], cell[slot]), 1.0)
    known = np.bincount(records.day, minlength=grid.horizon.days) > 0
    weekday = np.array([day.weekday() for day in grid.horizon.dates])
    expected, spent = profile_of(counts[known], weekday[known])
    return arrival_noise(counts[known], expected, spent=spent)


def head_start_s(records: CallRecords, head_starts: Mapping[int, float], seed: int) -> FloatArray:
    """Head start of each call, seconds.

    Some telephone systems note the priority only when the caller enters the line: where nearly all who waited have one, those
    who were answered at once and have none get one drawn from those who waited.
    """
    priority = records.priority.copy()
    rng = np.random.default_rng(seed)
    for queue in range(len(records.queues)):
        own, waited = records.queue == queue, records.wait_s > 0
        noted = records.priority[own & waited & (records.priority > 0)]
        if head_starts and noted.size > KNOWN_SHARE * (own & waited).sum():
            blank = own & ~waited & (records.priority == 0)
            priority[blank] = rng.choice(noted, int(blank.sum()))
    start = np.zeros(records.size)
    for level, seconds in head_starts.items():
        start[priority == level] = seconds
    return start


def calibrate(
    records: CallRecords, fits: Fits, *, minutes: int = 30, recorded_handle_time: bool = True, replications: int = 5, seed: int = 1
) -> Calibration:
    """Replay recorded days with the fits of other days, and lay the result beside what was recorded.

    Agents sit as the recorded calls show, answer the queues of which they took calls, and are ready or away by the fitted
    availability. Who answers is whoever has been idle longest; whose call is taken is who has waited longest, head starts added.

    Parameters
    ----------
    records : CallRecords
        Of the days to replay.
    minutes : int
        Slot of the figures.
    recorded_handle_time : bool
        Whether answered calls take as long as recorded; else, as abandoned ones always, the fitted law draws it.

    Raises
    ------
    InvalidData
        If no call names its agent.
    """
    if not (records.agent >= 0).any():
        fix = "without agents nobody knows who could have answered"
        raise InvalidData([Finding("call records", None, "agent", "no agent", "the agent of each answered call", fix)])
    head = head_start_s(records, fits.head_starts, seed)
    streams = sorted({(int(queue), float(start)) for queue, start in zip(records.queue, head, strict=True)})
    seated = seats(records, minutes)
    model, duties = _model(records, fits, streams, seated)
    place = {stream: k for k, stream in enumerate(streams)}
    came = np.array([place[int(queue), float(start)] for queue, start in zip(records.queue, head, strict=True)])
    handle = np.where(recorded_handle_time, records.handle_s, np.nan) + _pick_up(fits)
    recorded = RecordedCalls(records.arrival_s, came, handle, np.full(records.size, np.nan))
    total = _replayed(model, recorded, duties, fits.availability, replications, seed)
    owner = np.array([queue for queue, _ in streams])
    simulated = Tally(*(_owned(each, owner, len(records.queues)) for each in total))
    return Calibration(records.queues, seated.grid, _recorded(records, seated.grid, fits.threshold_s), simulated)


def _pick_up(fits: Fits) -> float:
    """Seconds that an agent needs before the next call, counted with the handle time."""
    return float(np.nan_to_num(fits.availability.pick_up_s))


def _model(records: CallRecords, fits: Fits, streams: list[tuple[int, float]], seated: Seats) -> tuple[CentreModel, Duties]:
    """The centre of the records, and who sits when; a stream is the callers of a queue with one head start."""
    names = [f"{records.queues[queue]} +{start:g} s" for queue, start in streams]
    hour = seated.grid.wall_minute // 60
    queues = tuple(_queue(fits, records.queues[q], start, name, hour) for (q, start), name in zip(streams, names, strict=True))
    able, group = np.unique(skills(records), axis=0, return_inverse=True)
    groups = tuple(
        SkillGroup(f"group {g}", tuple(name for (q, _), name in zip(streams, names, strict=True) if row[q]))
        for g, row in enumerate(able)
    )
    model = CentreModel(queues, groups, 60.0 * seated.grid.minutes, seated.grid.size)
    return model, _duties(records, seated, group.ravel(), _pick_up(fits))


def _duties(records: CallRecords, seated: Seats, group: IntArray, pick_up_s: float) -> Duties:
    """Who may take calls when.

    A simulated agent finishes the call that the end of the duty finds; a seat was left when the last call had ended. So duties end
    before the seats do, by the time that a call found under way has yet to run, times the chance to find one.
    """
    work = np.nan_to_num(records.handle_s[records.agent >= 0]) + pick_up_s
    yet_to_run = float((work**2).sum() / (2 * (seated.end_s - seated.start_s).sum()))
    end = np.maximum(seated.end_s - yet_to_run, seated.start_s + 1)
    return Duties(group, np.ones(group.size), seated.agent, seated.start_s, end)


def _queue(fits: Fits, queue: str, start: float, name: str, hour: IntArray) -> SimulatedQueue:
    """A stream of callers: its own patience if that is known, else the queue's, else that of all queues."""
    known = next((each for each in fits.queues if each.queue == queue), None)
    own = [] if known is None else [known.by_head_start.get(start, known.patience), known.patience]
    parts = next((each.parts for each in (*own, fits.every) if each.parts), ())
    mean, cv = np.full(hour.size, DEFAULT_HANDLE_S), DEFAULT_CV
    if known is not None and known.handle.enough:
        by_hour = known.handle.by_hour_s if known.handle.hour_matters else np.full(24, known.handle.mean_s)
        mean, cv = by_hour[hour], known.handle.cv
    return SimulatedQueue(name, mean + _pick_up(fits), cv, patience=parts, threshold_s=fits.threshold_s, head_start_s=start)


def _replayed(
    model: CentreModel, recorded: RecordedCalls, duties: Duties, ready: Availability, replications: int, seed: int
) -> list[FloatArray]:
    """Calls, answered in time, abandoned and seconds waited by stream and slot: the mean of the replications."""
    away = ready.away_share if ready.away_s > 0 else 0.0  # not known = always ready
    total = [np.zeros((len(model.queues), model.slots)) for _ in fields(Tally)]
    for number in range(replications):
        on_phone = with_pauses(duties, away, seed + number, pause_s=ready.away_s)
        seen = replay(model, recorded, on_phone, seed=seed + number).service
        waited = seen.wait_sum + seen.abandoned_wait_sum
        for sum_of, each in zip(total, (seen.offered, seen.answered_in_time, seen.abandoned, waited), strict=True):
            sum_of += each[0] / replications
    return total


def _owned(values: FloatArray, owner: IntArray, queues: int) -> FloatArray:
    """Sums of streams by the queue that they are of."""
    out = np.zeros((queues, values.shape[1]))
    np.add.at(out, owner, values)
    return out


def _recorded(records: CallRecords, grid: TimeGrid, threshold_s: float) -> Tally:
    """What was recorded, by queue and slot of arrival."""
    slot = (records.arrival_s // (60 * grid.minutes)).astype(np.int64)
    in_time = records.answered & (records.wait_s <= threshold_s)

    def counted(values: FloatArray | BoolArray) -> FloatArray:
        out = np.zeros((len(records.queues), grid.size))
        np.add.at(out, (records.queue, slot), values)
        return out

    return Tally(counted(np.ones(records.size)), counted(in_time), counted(~records.answered), counted(records.wait_s))
