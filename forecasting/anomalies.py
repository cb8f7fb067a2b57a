"""What in a call history is not normal, and what to do about it: storms, dead feeds, copied days, gaps, shifts of level."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum

import numpy as np
from pydantic import AwareDatetime

from data.model.base import BoolArray, FloatArray, Frozen, IntArray
from data.model.calendar import Calendar
from data.model.demand import CallHistory
from data.model.exclusion import Exclusion
from data.model.time import DAY_MINUTES, TimeGrid, local
from forecasting.anomaly_wording import sentence
from forecasting.days import DayTable, by_day, day_table
from forecasting.features import DayFeatures, day_features
from forecasting.normal import Normal, normal, resembled, tolerances
from forecasting.stretches import Stretch, unusual_stretches

CELLS = (30, 60)
"""Cells, minutes, in which a history is looked at: the first that its interval divides, else its own interval."""
LEAST_CALLS = 20.0
"""Expected calls from which none at all, or an unknown stretch, is worth a word: by chance e^-20 (house choice)."""
COPY_EVIDENCE = 30.0
"""Two days alike by chance have a probability under e^-30 before they are called a copy (house choice)."""
USUAL_WEEKS, USUAL_SHARE = 9, 0.6
"""A cell is usually seen if it is in this share of the same weekdays of the weeks around it (house choice)."""
SHIFT_DAYS = 15
"""Days after a shift over which its size is told."""
SHIFT_SCORE = 5.0
"""Standard errors of the difference of two medians from which a shift is told (house choice; see the false alarms in the tests)."""
BACK = 1 / 3
"""A later shift is a return if no more than this share of the earlier one is left (house choice)."""


class Kind(StrEnum):
    """What is not normal."""

    SURGE = "surge"
    LOW = "low"
    ZEROS = "zeros"
    COPY = "copy"
    MISSING = "missing"
    SHIFT = "shift"
    RETURN = "return"


class Suggestion(StrEnum):
    """What to do: leave true calls out of the learning, call false ones unknown, learn the level anew, or nothing."""

    EXCLUDE = "exclude"
    UNKNOWN = "unknown"
    RESET = "reset"
    KEEP = "keep"


SUGGESTED = {
    Kind.SURGE: Suggestion.EXCLUDE,
    Kind.LOW: Suggestion.EXCLUDE,
    Kind.ZEROS: Suggestion.UNKNOWN,
    Kind.COPY: Suggestion.UNKNOWN,
    Kind.MISSING: Suggestion.KEEP,
    Kind.SHIFT: Suggestion.RESET,
    Kind.RETURN: Suggestion.RESET,
}
TAKEN_OUT = (Suggestion.EXCLUDE, Suggestion.UNKNOWN)


class Anomaly(Frozen):
    """A stretch of a queue's history that is not normal.

    Parameters
    ----------
    start, end : datetime
        Half-open; a shift of level lasts until the next one, or to the end of the history.
    observed, expected : float
        Calls in the stretch; for a shift, of the 15 days after it, and what the old level would have brought.
    score : float
        Distance from the expected in standard deviations, signed; 0 where there is nothing to measure (copies, gaps).
    message, message_zh : str
        One sentence with the numbers.
    """

    queue: str
    kind: Kind
    start: AwareDatetime
    end: AwareDatetime
    observed: float
    expected: float
    score: float
    suggestion: Suggestion
    message: str = ""
    message_zh: str = ""

    @property
    def exclusion(self) -> Exclusion | None:
        """The suggested exclusion; None if nothing is to be left out."""
        if self.suggestion not in TAKEN_OUT:
            return None
        return Exclusion(queue=self.queue, start=self.start, end=self.end, reason=f"{self.message} {self.message_zh}")


@dataclass(frozen=True, eq=False)
class Look:
    """One queue as it is looked at: its history, its table of days, and what the calendar says of them."""

    history: CallHistory
    queue: int
    table: DayTable
    features: DayFeatures
    tolerance: FloatArray

    @property
    def minutes(self) -> int:
        """Length of a cell."""
        return DAY_MINUTES // self.table.calls.shape[1]

    @property
    def grid(self) -> TimeGrid:
        """Grid of the history."""
        return self.history.grid

    def instant(self, day: int, cell: int) -> datetime:
        """Start of a cell; the cell after the last is the next midnight."""
        minute = cell * self.minutes
        date, minute = self.table.dates[day] + timedelta(days=minute // DAY_MINUTES), minute % DAY_MINUTES
        return local(date, time(minute // 60, minute % 60), self.grid.horizon.zone)

    def anomaly(self, kind: Kind, start: datetime, end: datetime, *, calls: tuple[float, float], score: float = 0.0) -> Anomaly:
        """Anomaly of this queue, with its sentences."""
        found = Anomaly(
            queue=self.history.queues[self.queue],
            kind=kind,
            start=start,
            end=end,
            observed=round(calls[0], 1),
            expected=round(calls[1], 1),
            score=round(score, 1),
            suggestion=SUGGESTED[kind],
        )
        return with_sentence(found)


def with_sentence(found: Anomaly, source: str = "") -> Anomaly:
    """The anomaly with its sentences; `source` is the day that a copy repeats."""
    facts = found.queue, found.kind.value, (found.start, found.end), (found.observed, found.expected), found.score, source
    return found.model_copy(update={"message": sentence(*facts, "en"), "message_zh": sentence(*facts, "zh")})


def anomalies(history: CallHistory, calendar: Calendar) -> tuple[Anomaly, ...]:
    """Everything in a history that is not normal, by queue and time.

    Ordinary Mondays, ends of months and the calendar's holidays are normal; days off are not judged. Calls that the planner's
    events explain are best taken out first (`forecasting.events.without_events`).

    Parameters
    ----------
    calendar : Calendar
        From the first day of the history to its last.

    References
    ----------
    Root scale, median profiles of weekdays, running median level, MAD. House choice; false alarms are measured in the tests.
    """
    horizon = history.grid.horizon
    features, tolerance = day_features(calendar, horizon.first, horizon.last), tolerances(horizon.dates, calendar)
    native = history.grid.minutes
    minutes = next((cell for cell in CELLS if cell % native == 0), native)
    found: list[Anomaly] = []
    for q in range(len(history.queues)):
        look = Look(history, q, day_table(history, q, minutes), features, tolerance)
        found += sorted(_of_queue(look), key=lambda anomaly: (anomaly.start, anomaly.end))
    return tuple(found)


def without(history: CallHistory, marked: Iterable[Anomaly | Exclusion]) -> CallHistory:
    """The history with every marked slot unknown (NaN), so that nothing is learnt from it.

    Parameters
    ----------
    marked : iterable of Anomaly or Exclusion
        Anomalies whose suggestion leaves nothing out (shifts, gaps) change nothing; so does a queue that is not there.
    """
    hidden = np.zeros(history.offered.shape, dtype=np.bool_)
    for one in marked:
        exclusion = one.exclusion if isinstance(one, Anomaly) else one
        if exclusion is not None and exclusion.queue in history.queues:
            first = max(history.grid.slot(exclusion.start), 0)
            last = history.grid.slot(exclusion.end - timedelta(seconds=1))
            hidden[history.queues.index(exclusion.queue), first : max(last + 1, 0)] = True
    names = ("offered", "handle_time_s", "answered", "abandoned")
    arrays = {name: getattr(history, name) for name in names if getattr(history, name) is not None}
    return replace(history, **{name: np.where(hidden, np.nan, values) for name, values in arrays.items()})


def suggested(found: Iterable[Anomaly]) -> tuple[Exclusion, ...]:
    """The exclusions that anomalies suggest."""
    return tuple(anomaly.exclusion for anomaly in found if anomaly.exclusion is not None)


def _of_queue(look: Look) -> Iterator[Anomaly]:
    dead = _dead(look)
    clean = _blanked(look, dead) if dead else look
    usual = normal(clean.table, clean.features, clean.tolerance)
    yield from _zeros(look, dead, usual)
    yield from _copies(clean)
    if usual is not None:
        yield from _gaps(clean, usual, _hidden(look, dead))
        yield from _stretches(clean, usual)
        yield from _shifts(clean, usual)


def _mean_calls(look: Look) -> FloatArray:
    """Mean calls of each cell on the weekday that a day resembles; shape (days, cells)."""
    kind, known = resembled(look.table, look.features), ~np.isnan(look.table.calls)
    calls = np.where(known, look.table.calls, 0.0)
    means = [calls[kind == k].sum(axis=0) / np.maximum(known[kind == k].sum(axis=0), 1) for k in range(7)]
    return np.array(means)[kind]


def _dead(look: Look) -> list[tuple[int, int]]:
    """Stretches without any call, from first to after the last slot, in which many calls are usual; closed slots aside."""
    grid, offered = look.grid, look.history.offered[look.queue]
    expected = _on_slots(look, _mean_calls(look))
    zero = np.flatnonzero((offered == 0) & (expected > 0) & np.isfinite(look.tolerance)[grid.day_of_slot])
    if not len(zero):
        return []
    stretch = np.cumsum(offered > 0)[zero]
    many = np.flatnonzero(np.bincount(stretch, expected[zero]) >= LEAST_CALLS)
    first, last = np.searchsorted(stretch, many, "left"), np.searchsorted(stretch, many, "right") - 1
    return [(int(start), int(end) + 1) for start, end in zip(zero[first], zero[last], strict=True)]


def _on_slots(look: Look, of_cells: FloatArray) -> FloatArray:
    """Calls of cells spread evenly over their slots; shape (slots,)."""
    grid = look.grid
    return of_cells[grid.day_of_slot, grid.wall_minute // look.minutes] * (grid.minutes / look.minutes)


def _blanked(look: Look, dead: list[tuple[int, int]]) -> Look:
    """The same look with runs of zeros unknown."""
    offered = look.history.offered.copy()
    for start, end in dead:
        offered[look.queue, start:end] = np.nan
    history = replace(look.history, offered=offered)
    return replace(look, history=history, table=day_table(history, look.queue, look.minutes))


def _zeros(look: Look, dead: list[tuple[int, int]], usual: Normal | None) -> Iterator[Anomaly]:
    expected = _on_slots(look, _mean_calls(look) if usual is None else usual.mean)
    zero = look.history.offered[look.queue] == 0
    index = look.grid.index
    for start, end in dead:
        calls = float(expected[start:end][zero[start:end]].sum())
        if calls >= LEAST_CALLS:
            opens, closes = index[start].to_pydatetime(), index[end - 1].to_pydatetime() + timedelta(minutes=look.grid.minutes)
            yield look.anomaly(Kind.ZEROS, opens, closes, calls=(0.0, calls), score=-2 * float(np.sqrt(calls)))


def _hidden(look: Look, dead: list[tuple[int, int]]) -> BoolArray:
    """Cells that hold part of a run of zeros; shape (days, cells)."""
    hidden = np.zeros(look.table.calls.shape, dtype=np.bool_)
    for start, end in dead:
        hidden[look.grid.day_of_slot[start:end], look.grid.wall_minute[start:end] // look.minutes] = True
    return hidden


def _copies(look: Look) -> Iterator[Anomaly]:
    """Days whose counts are those of an earlier day, when that is no chance."""
    rows = by_day(look.grid, look.history.offered[look.queue])
    known = ~np.isnan(rows)
    evidence = np.where(known, np.log1p(4 * np.nan_to_num(rows)), 0.0).sum(axis=1) / 2
    earlier: dict[bytes, int] = {}
    for day in np.flatnonzero(evidence >= COPY_EVIDENCE).tolist():
        source = earlier.setdefault(rows[day].tobytes(), day)
        if source != day:
            calls = float(np.nansum(rows[day]))
            cells = np.flatnonzero(~np.isnan(look.table.calls[day]))
            first, last = (int(cells[0]), int(cells[-1]) + 1) if len(cells) else (0, look.table.calls.shape[1])
            found = look.anomaly(Kind.COPY, look.instant(day, first), look.instant(day, last), calls=(calls, calls))
            yield with_sentence(found, look.table.dates[source].isoformat())


def _gaps(look: Look, usual: Normal, hidden: BoolArray) -> Iterator[Anomaly]:
    """Unknown stretches between the first and the last count where counts are usual; days off are passed over."""
    known = ~np.isnan(look.table.calls)
    days = np.flatnonzero(known.any(axis=1))
    inside = np.zeros(known.shape, dtype=np.bool_)
    inside[days[0] : days[-1] + 1] = True
    judged = np.isfinite(look.tolerance)[:, None]
    expected_open = _usually_seen(known, look.features.weekday) & judged
    lost = (expected_open & ~known & ~hidden & inside).ravel()
    at = np.flatnonzero((expected_open & inside).ravel())
    edges = np.flatnonzero(np.diff(np.concatenate([[False], lost[at], [False]]).astype(np.int8)))
    mean, cells = usual.mean.ravel(), known.shape[1]
    for start, end in zip(at[edges[::2]].tolist(), at[edges[1::2] - 1].tolist(), strict=True):
        calls = float(mean[start : end + 1][lost[start : end + 1]].sum())
        opens, closes = look.instant(start // cells, start % cells), look.instant(end // cells, end % cells + 1)
        # an hour that the clock skips lacks nothing
        if calls >= LEAST_CALLS and opens < closes:
            yield look.anomaly(Kind.MISSING, opens, closes, calls=(0.0, calls))


def _usually_seen(known: BoolArray, weekday: IntArray) -> BoolArray:
    """Cells seen in most of the same weekdays of the weeks around; shape (days, cells)."""
    usual = np.zeros(known.shape, dtype=np.bool_)
    half = USUAL_WEEKS // 2
    for w in range(7):
        rows = np.flatnonzero(weekday == w)
        total = np.vstack([np.zeros((1, known.shape[1])), np.cumsum(known[rows], axis=0)])
        low, high = np.maximum(np.arange(len(rows)) - half, 0), np.minimum(np.arange(len(rows)) + half + 1, len(rows))
        usual[rows] = (total[high] - total[low]) >= USUAL_SHARE * (high - low)[:, None]
    return usual


def _stretches(look: Look, usual: Normal) -> Iterator[Anomaly]:
    for found in _joined(unusual_stretches(usual), ~np.isnan(look.table.calls)):
        kind = Kind.SURGE if found.score > 0 else Kind.LOW
        start, end = look.instant(found.day, found.first), look.instant(found.last_day, found.last)
        yield look.anomaly(kind, start, end, calls=(found.observed, found.expected), score=found.score)


def _joined(found: Iterable[Stretch], known: BoolArray) -> list[Stretch]:
    """Stretches of one sign that overlap, or have no known cell between them, made one."""
    total = np.concatenate([[0], np.cumsum(known)])
    cells, joined = known.shape[1], list[Stretch]()
    for late in sorted(found, key=lambda stretch: (stretch.day, stretch.first)):
        early = joined[-1] if joined else None
        between = total[late.day * cells + late.first] - total[early.last_day * cells + early.last] if early else 1
        if early and between <= 0 and (early.score > 0) == (late.score > 0):
            joined[-1] = early.with_next(late)
        else:
            joined.append(late)
    return joined


def _shifts(look: Look, usual: Normal) -> Iterator[Anomaly]:
    """Lasting shifts of level, and returns to the level before one."""
    ends = [*(row for row, _ in usual.steps), len(look.table.dates)][1:]
    before = 0.0
    for (row, step), end in zip(usual.steps, ends, strict=True):
        rows = np.arange(row, min(end, row + SHIFT_DAYS))
        known = ~np.isnan(look.table.calls[rows])
        old = usual.mean[rows] * (np.maximum(usual.level[rows] - step, 0.05) / usual.level[rows])[:, None] ** 2
        observed, expected = float(look.table.calls[rows][known].sum()), float(old[known].sum())
        kind = Kind.RETURN if before and before * step < 0 and abs(before + step) <= BACK * abs(before) else Kind.SHIFT
        error = max(usual.day_spread, 1e-3) * float(np.sqrt(np.pi / 2 * (1 / SHIFT_DAYS + 1 / len(rows))))
        score = step / error
        if abs(score) >= SHIFT_SCORE:
            start, stop = look.instant(row, 0), look.instant(end - 1, look.table.calls.shape[1])
            yield look.anomaly(kind, start, stop, calls=(observed, expected), score=score)
        before = step
