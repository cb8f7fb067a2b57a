"""The week: the same sweeps over a few open days, from the roster that stands, against the price of changing it."""

import numpy as np

from data.model.base import IntArray
from data.model.roster import Roster
from optimizer.rostering.frame import Frame
from optimizer.rostering.search.descent import Descent, Found, descend
from optimizer.rostering.search.month import start_lines
from optimizer.rostering.search.params import SearchParams
from optimizer.rostering.solution import Budget, OnProgress


def search_week(frame: Frame, params: SearchParams, budget: Budget, on_progress: OnProgress, hint: Roster | None) -> Found:
    """Best lines for the open days, from `hint` or the base roster; agents newly on leave answer first."""
    descent = Descent(frame, start_lines(frame, hint or frame.problem.base), params, present=True)
    widths = [min(width, params.start_width * descent.largest) for width in params.week_widths]
    return descend(descent, widths[-max(1, budget.sweeps) :], budget, on_progress, _on_new_leave(frame))


def _on_new_leave(frame: Frame) -> IntArray:
    """Agents with a legal line whose base roster holds a shift on a day of leave."""
    problem, base = frame.problem, frame.problem.base
    if base is None:
        return frame.placeable[:0]
    hit = ((problem.leave >= 0) & (problem.fixed < 0) & (base.start >= 0)).any(axis=1)
    return np.flatnonzero(hit & (frame.table_of >= 0))
