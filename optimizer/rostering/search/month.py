"""The month: place everyone, then let everyone answer everyone else while the cost of coverage grows sharper.

The cost of a queue is smoothed (`optimizer.rostering.coverage`), so that early answers spread over the days, and the half-width
shrinks by the same factor in each sweep; the last sweeps are exact. One agent's best response is exactly additive over the
days, because an agent's shifts never overlap.
"""

import numpy as np

from data.model.base import FloatArray
from data.model.roster import Roster
from optimizer.rostering.frame import Frame, Lines, kept_lines
from optimizer.rostering.search.descent import Descent, Found, descend
from optimizer.rostering.search.params import SearchParams
from optimizer.rostering.solution import Budget, OnProgress


def search_month(frame: Frame, params: SearchParams, budget: Budget, on_progress: OnProgress, hint: Roster | None) -> Found:
    """Best lines for a whole plan.

    Parameters
    ----------
    hint : Roster or None
        Begin from its lines and a smaller smoothing.
    """
    descent = Descent(frame, start_lines(frame, hint), params, present=hint is not None)
    widths = _widths(descent.largest, params, budget.sweeps)
    if hint is None:
        descent.insert(float(widths[0]))
    else:
        widths = widths[len(widths) // 2 :]
    return descend(descent, widths.tolist(), budget, on_progress, frame.placeable[:0])


def start_lines(frame: Frame, roster: Roster | None) -> Lines:
    """Lines of a roster for everyone who has a legal line; the others keep theirs."""
    if roster is None:
        return frame.kept
    placeable = (frame.table_of >= 0)[:, None]
    lines = kept_lines(frame.problem, roster)
    return Lines(np.where(placeable, lines.symbol, frame.kept.symbol), np.where(placeable, lines.meal, frame.kept.meal))


def _widths(largest: float, params: SearchParams, sweeps: int) -> FloatArray:
    """Half-width of each sweep: geometric from wide to narrow, then zero."""
    smooth = max(sweeps - params.exact_sweeps, sweeps // 2)
    wide = max(params.start_width * largest, params.end_width)
    return np.concatenate([np.geomspace(wide, params.end_width, smooth), np.zeros(max(1, sweeps - smooth))])
