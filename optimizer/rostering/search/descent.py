"""Sweeps of best responses under a cost of coverage that grows sharper; what the month and the week share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import nan
from time import perf_counter

import numpy as np

from data.model.base import FloatArray, IntArray
from optimizer.rostering.coverage import Flow, add_many, balance, cover_cost, new_flow, refresh, smoothed
from optimizer.rostering.crowd import crowd_cost
from optimizer.rostering.frame import Frame, Lines
from optimizer.rostering.line import new_scratch
from optimizer.rostering.search.lean import leaning
from optimizer.rostering.search.params import SearchParams
from optimizer.rostering.search.sweep import Floor, place, respond
from optimizer.rostering.solution import Budget, OnProgress, Progress, Status

SMALL = 1e-9
"""Share of the cost below which a sweep has changed nothing."""
NO_NOISE = np.zeros((0, 0, 0))


@dataclass(frozen=True, eq=False)
class Found:
    """What a descent hands back: the best lines, their cost without the agents who have no legal line, how it ended."""

    lines: Lines
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
        self.own: FloatArray = np.zeros(len(frame.table_of))
        self.scratch = [new_scratch(tables) for tables in frame.tables]
        heads = frame.frozen_heads._replace(band=frame.frozen_heads.band.copy(), team=frame.frozen_heads.team.copy())
        self.floor = Floor(new_flow(frame.curves, frame.problem.group_mask), frame.crowd, heads)
        add_many(self.floor.flow, frame.frozen)
        if present:
            place(frame.shape, frame.crew, self.floor, self.lines, frame.placeable, 1, np.zeros(frame.shape.slots, dtype=np.int64))

    @property
    def largest(self) -> float:
        """Largest requirement."""
        return float(self.frame.curves.required.max(initial=1.0))

    def insert(self, width: float) -> float:
        """Place all agents for the first time, in chunks, against the share of the requirement that is due to them; exact cost."""
        rows = self.rng.permutation(self.frame.placeable)
        chunks = [chunk for chunk in np.array_split(rows, self.params.chunks) if len(chunk)]
        for number, chunk in enumerate(chunks, start=1):
            share = self.frame.curves.scaled(number / len(chunks))
            self._respond(smoothed(self.floor.flow, share, self._by_size(width)), chunk, present=False)
        return self.exact_cost()

    def sweep(self, width: float, prices: FloatArray | None = None, first: IntArray | None = None) -> float:
        """Let every agent answer once, the agents `first` before the others; exact cost afterwards.

        Parameters
        ----------
        width : float
            Half-width of the smoothing, agents; 0 = exact.
        prices : array of float, shape (slots, queues), or None
            Prices that the smoothed curves lean on.
        """
        curves, widths = self.frame.curves, self._by_size(width)
        if prices is not None and width > 0:
            curves, widths = leaning(curves, prices, max(width, 0.5)), np.full(curves.first.shape, width)
        first = self.frame.placeable[:0] if first is None else first
        others = np.setdiff1d(self.frame.placeable, first)
        for rows in (first, others):
            self._respond(smoothed(self.floor.flow, curves, widths), self.rng.permutation(rows), present=True)
        return self.exact_cost()

    def _by_size(self, width: float) -> FloatArray:
        """Half-widths that grow with the square root of the requirement."""
        return np.asarray(width * np.sqrt(self.frame.curves.required / max(self.largest, 1.0)))

    def exact_cost(self) -> float:
        """Exact cost of the roster as it stands, without the agents who have no legal line."""
        flow, crowd = self.floor.flow, self.frame.crowd
        refresh(flow)
        balance(flow)
        first, shift = self.frame.problem.first_open, self.frame.shape.first_shift
        return cover_cost(flow) + crowd_cost(crowd, self.floor.heads, first, shift) + float(self.own.sum())

    def _respond(self, flow: Flow, rows: IntArray, present: bool) -> None:
        frame, floor = self.frame, self.floor._replace(flow=flow)
        for number, batch in self._batches(rows):
            tables, scratch = frame.tables[number], self.scratch[number]
            respond(tables, frame.shape, frame.crew, floor, self.lines, self.own, batch, present, NO_NOISE, scratch)

    def _batches(self, rows: IntArray) -> Iterator[tuple[int, IntArray]]:
        """The rows in batches under the same rules, batches in random order."""
        table = self.frame.table_of[rows]
        found: list[tuple[int, IntArray]] = []
        for number in np.unique(table):
            same = rows[table == number]
            found += [(int(number), part) for part in np.array_split(same, -(-len(same) // self.params.batch))]
        return (found[i] for i in self.rng.permutation(len(found)))

    def progress(self, phase: str, done: float, cost: float, bound: float, began: float) -> Progress:
        """A record of the roster as it stands."""
        served, required = self.floor.flow.served, self.frame.curves.required
        covered = float(np.minimum(served, required).sum() / max(1.0, required.sum()))
        return Progress(phase, done, cost, bound, perf_counter() - began, covered, _service(self.frame, served))


def _service(frame: Frame, served: IntArray) -> float:
    """Share of the calls that the staffing curves expect to be served in target."""
    requirement, slots = frame.problem.requirement, len(served)
    calls = requirement.calls[:, -slots:]
    if calls.sum() <= 0:
        return nan
    on_phone = np.zeros(requirement.heads.shape)
    on_phone[:, -slots:] = served.T * (1 - requirement.shrinkage[:, -slots:])
    return float((requirement.service(on_phone)[:, -slots:] * calls).sum() / calls.sum())


def descend(
    descent: Descent,
    widths: Sequence[float],
    budget: Budget,
    on_progress: OnProgress,
    *,
    began: float,
    prices: FloatArray | None = None,
    first: IntArray | None = None,
    best: Found | None = None,
    bound: float = 0.0,
) -> Found:
    """Sweep through the widths; the best roster by exact cost is kept.

    Parameters
    ----------
    widths : sequence of float
        Half-width of the smoothing of each sweep, agents.
    began : float
        When the clock of the budget started.
    prices : array of float, shape (slots, queues), or None
        Prices that the smoothed curves lean on.
    first : array of int, or None
        Agents who answer before the others in the first sweep.
    best : Found or None
        A roster found before, kept if nothing cheaper comes.
    bound : float
        The bound so far, for progress.
    """
    cost, kept = (np.inf, descent.lines) if best is None else (best.cost, best.lines)
    status, number, previous = Status.FEASIBLE, 0, np.inf
    for number, width in enumerate(widths, start=1):
        now = descent.sweep(width, prices, first if number == 1 else None)
        if now < cost:
            cost, kept = now, Lines(descent.lines.symbol.copy(), descent.lines.meal.copy())
        record = descent.progress(descent.frame.problem.rhythm, number / len(widths), cost, bound, began)
        if not on_progress(record):
            status = Status.CANCELLED
        elif record.seconds > budget.seconds:
            status = Status.OUT_OF_BUDGET
        still = width == 0 and previous - now <= SMALL * max(1.0, abs(now))
        if status is not Status.FEASIBLE or still:
            break
        previous = now if width == 0 else np.inf
    return Found(kept, cost, status, number)
