"""Lasting shifts of level: days from which on the calls of a queue are higher or lower for good."""

from collections.abc import Sequence
from datetime import date

import numpy as np
from numba import njit

from data.model.base import FloatArray

WINDOW = 15
"""Operating days compared on either side of a change (house choice)."""
LEAST_BEFORE, LEAST_AFTER = 10, 4
"""Operating days needed before and after one."""
LEAST_SHARE = 0.13
"""Smaller changes of the calls are left to the level that follows the days."""
LARGE_SHARE = 0.5
"""Larger changes are more often an incident that passes than a new level: they are believed after a whole window only."""
THRESHOLD = 3.5
"""Standard errors, serial correlation counted, at which a change is a shift (house: a bank that wanders by 10 % has none)."""
MOST = 3


def level_shifts(dates: Sequence[date], level: FloatArray, residual: FloatArray) -> tuple[date, ...]:
    """First days of new levels, in order.

    The largest change of mean between the days before and after is taken out, then the next, while it stands out.

    Parameters
    ----------
    level : array of float, shape (days,)
        Typical root-scale mean of each day, for the size of a change relative to the calls.
    residual : array of float, shape (days,)
        Root-scale mean of each day less what the calendar says.

    References
    ----------
    Binary segmentation on medians, with the variance of a mean under first-order serial correlation. House choice.
    """
    left = residual - np.median(residual)
    found: list[int] = []
    while len(found) < MOST:
        at, step = _largest(left, float(np.median(level)))
        if not step:
            break
        found.append(at)
        left = left - np.where(np.arange(len(left)) >= at, step, 0.0)
    return tuple(dates[at] for at in sorted(set(found)))


@njit(cache=True, nogil=True)
def _largest(residual: FloatArray, level: float) -> tuple[int, float]:
    """Row and size of the change that stands out most; size 0 if none does."""
    best, at, size = THRESHOLD, 0, 0.0
    # (level (1 + share))^2 calls: a share of the calls is half of it on the root scale
    least, large = level * (np.sqrt(1 + LEAST_SHARE) - 1), level * (np.sqrt(1 + LARGE_SHARE) - 1)
    for row in range(LEAST_BEFORE, len(residual) - LEAST_AFTER + 1):
        before, after = residual[max(0, row - WINDOW) : row], residual[row : row + WINDOW]
        low, high = np.median(before), np.median(after)
        step = high - low
        held = LEAST_AFTER if abs(step) < large else WINDOW
        # each of the first days has at least a third of the step
        if abs(step) < least or len(after) < held or np.min((after[:held] - low) * np.sign(step)) < abs(step) / 3:
            continue
        stands_out = abs(step) / _error(np.concatenate((before - low, after - high)), len(before))
        if stands_out > best:
            best, at, size = stands_out, row, step
    return at, size


@njit(cache=True, nogil=True)
def _error(both: FloatArray, before: int) -> float:
    """Standard error of the difference of the medians of the first days and of the others."""
    spread = 1.4826 * np.median(np.abs(both)) + 1e-6
    clipped = np.minimum(np.maximum(both, -3 * spread), 3 * spread)
    serial = (clipped[1:] * clipped[:-1]).sum() / max((clipped**2).sum(), 1e-12)
    serial = min(max(serial, 0.0), 0.8)
    inflation = np.pi / 2 * (1 + serial) / (1 - serial)
    return spread * np.sqrt(inflation * (1 / before + 1 / (len(both) - before)))
