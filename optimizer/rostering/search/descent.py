"""Sweeps of best responses under a cost of coverage that grows sharper; what the month and the week share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from data.model.base import FloatArray, IntArray
from optimizer.rostering.coverage import Flow, add_many, balance, cover_cost, new_flow, slopes, smoothed
from optimizer.rostering.frame import Frame, Lines
from optimizer.rostering.line import new_scratch
from optimizer.rostering.search.params import SearchParams
from optimizer.rostering.search.sweep import put_lines, respond
from optimizer.rostering.solution import Budget, OnProgress, Progress, Status

SMALL = 1e-9
"""Share of the cost below which a sweep has changed nothing."""


@dataclass(frozen=True, eq=False)
class Found:
    """What a descent hands back: the best lines, their cost without the agents who have no legal line, how it ended.

    `prices` are what one agent more is worth in each slot and queue, the mean of the sweeps half-way; shape (slots, queues).
    """

    lines: Lines
    prices: FloatArray
    cost: float
    status: Status
    sweeps: int


class Descent:
    """A roster under way.

    Parameters
    ----------
    frame : Frame
    lines : Lines
        Where to begin; copied.
    present : bool
        Whether these lines stand in the roster; else nobody is placed yet.
    """

    def __init__(self, frame: Frame, lines: Lines, params: SearchParams, present: bool):
        self.frame, self.params = frame, params
        self.rng = np.random.default_rng(params.seed)
        self.lines = Lines(lines.symbol.copy(), lines.meal.copy())
        self.slopes: list[FloatArray] = []
        self.own: FloatArray = np.zeros(len(frame.table_of))
        self.flow = new_flow(frame.required, frame.prices, frame.problem.group_mask)
        self.scratch = [new_scratch(tables) for tables in frame.tables]
        add_many(self.flow, frame.frozen)
        if present:
            put_lines(self.flow, frame.shape, self.lines, frame.crew, frame.placeable)

    @property
    def largest(self) -> float:
        """Largest requirement."""
        return float(self.frame.required.max(initial=1.0))

    def insert(self, width: float) -> None:
        """Place all agents for the first time, in chunks, against the share of the requirement that is due to them."""
        rows = self.rng.permutation(self.frame.placeable)
        chunks = [chunk for chunk in np.array_split(rows, self.params.chunks) if len(chunk)]
        for number, chunk in enumerate(chunks, start=1):
            part = self.flow._replace(required=self.frame.required * (number / len(chunks)))
            self._respond(smoothed(part, width), chunk, present=False)

    def sweep(self, width: float, first: IntArray) -> float:
        """Let every agent answer once, the agents `first` before the others; exact cost afterwards."""
        flow = smoothed(self.flow, width)
        others = np.setdiff1d(self.frame.placeable, first)
        for rows in (first, others):
            self._respond(flow, self.rng.permutation(rows), present=True)
        if width > 0:
            self.slopes.append(slopes(flow))
        balance(self.flow)
        return cover_cost(self.flow) + float(self.own.sum())

    @property
    def prices(self) -> FloatArray:
        """Mean slope of the cost of coverage in the middle third of the smoothed sweeps: neither too smooth nor too sharp."""
        third = len(self.slopes) // 3
        return np.mean(self.slopes[third : len(self.slopes) - third] or [slopes(self.flow)], axis=0)

    def _respond(self, flow: Flow, rows: IntArray, present: bool) -> None:
        balance(flow)
        for number, batch in self._batches(rows):
            frame, scratch = self.frame, self.scratch[number]
            respond(frame.tables[number], frame.shape, frame.crew, flow, self.lines, self.own, batch, present, scratch)

    def _batches(self, rows: IntArray) -> Iterator[tuple[int, IntArray]]:
        """The rows in batches under the same rules, batches in random order."""
        table = self.frame.table_of[rows]
        found: list[tuple[int, IntArray]] = []
        for number in np.unique(table):
            same = rows[table == number]
            found += [(int(number), part) for part in np.array_split(same, -(-len(same) // self.params.batch))]
        return (found[i] for i in self.rng.permutation(len(found)))


def descend(descent: Descent, widths: Sequence[float], budget: Budget, on_progress: OnProgress, first: IntArray) -> Found:
    """Sweep through the widths; the best roster by exact cost is kept.

    Parameters
    ----------
    widths : sequence of float
        Half-width of the smoothing of each sweep, agents.
    first : array of int
        Agents who answer before the others in the first sweep.
    """
    began, best, kept, previous = perf_counter(), np.inf, descent.lines, np.inf
    status, number = Status.FEASIBLE, 0
    for number, width in enumerate(widths, start=1):
        cost = descent.sweep(width, first if number == 1 else first[:0])
        if cost < best:
            best, kept = cost, Lines(descent.lines.symbol.copy(), descent.lines.meal.copy())
        seconds = perf_counter() - began
        if not on_progress(Progress(descent.frame.problem.rhythm, number / len(widths), best, 0.0, seconds)):
            status = Status.CANCELLED
        elif seconds > budget.seconds:
            status = Status.OUT_OF_BUDGET
        still = width == 0 and previous - cost <= SMALL * max(1.0, abs(cost))
        if status is not Status.FEASIBLE or still:
            break
        previous = cost if width == 0 else np.inf
    return Found(kept, descent.prices, best, status, number)
