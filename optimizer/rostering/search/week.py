"""The week: the same sweeps over a few open days, from the roster that stands, against the price of changing it.

Where the month's prices are known, the curves lean on them and the bound climbs on from them: the week's calls are nearly those of
the month. Otherwise the bound starts at what an agent more is worth in the roster found, spread over a few agents.
"""

from concurrent.futures import Executor

import numpy as np

from data.model.base import FloatArray, IntArray
from data.model.roster import Roster
from optimizer.rostering.bound import Climbed, climb, flat_prices, line_dual
from optimizer.rostering.coverage import slopes, smoothed
from optimizer.rostering.frame import Frame
from optimizer.rostering.search.descent import Descent, Found, descend
from optimizer.rostering.search.month import start_lines
from optimizer.rostering.search.params import SearchParams
from optimizer.rostering.search.watch import Watch
from optimizer.rostering.solution import Budget

BOUND_WIDTH = 3.0
"""Half-width over which the bound's first prices are spread in the slot of the largest requirement, agents (house choice)."""
BOUND_STEPS = (0.3, 0.02)
"""First and last length of its steps, as in `optimizer.rostering.bound`: the start is near (house choice)."""


def search_week(
    frame: Frame,
    params: SearchParams,
    budget: Budget,
    watch: Watch,
    hint: Roster | None,
    executor: Executor,
    prices: FloatArray | None = None,
) -> tuple[Found, Climbed]:
    """Best lines for the open days, from `hint` or the base roster, and the bound; agents newly on leave answer first.

    Parameters
    ----------
    prices : array of float, shape (queues, slots of the grid), or None
        What one agent more was worth when the roster that stands was made (`Solution.prices`).
    """
    descent = Descent(frame, start_lines(frame, hint or frame.problem.base), params, present=True)
    known = None if prices is None else np.ascontiguousarray(prices.T[len(prices.T) - frame.shape.slots :])
    widths = [min(width, params.start_width * descent.largest) for width in params.week_widths]
    widths = widths[-max(1, budget.sweeps) :]
    found = descend(descent, widths, budget, watch, began=watch.began, prices=known, first=_on_new_leave(frame))
    left = watch.left(budget)
    if not budget.bound_steps or left <= 0 or watch.stopped:
        return found, Climbed(0.0, flat_prices(frame.curves) if known is None else known)
    start = _prices_found(descent) if known is None else known
    dual = line_dual(frame, executor)
    return found, climb(dual, start, budget.bound_steps, left, params.seed, watch, found.cost, BOUND_STEPS)


def _prices_found(descent: Descent) -> FloatArray:
    """What one agent more is worth where the descent has come to; shape (slots, queues)."""
    curves = descent.frame.curves
    return slopes(smoothed(descent.floor.flow, curves, BOUND_WIDTH * np.sqrt(curves.required / max(descent.largest, 1.0))))


def _on_new_leave(frame: Frame) -> IntArray:
    """Agents with a legal line whose base roster holds a shift on a day of leave."""
    problem, base = frame.problem, frame.problem.base
    if base is None:
        return frame.placeable[:0]
    hit = ((problem.leave >= 0) & (problem.fixed < 0) & (base.start >= 0)).any(axis=1)
    return np.flatnonzero(hit & (frame.table_of >= 0))
