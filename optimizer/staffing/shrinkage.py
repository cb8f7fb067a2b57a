"""Shrinkage per queue and slot: what is not known yet comes in with the days ahead, what is known stands in the roster.

Leave of next week stands in ``leave.csv`` and is not counted again; of leave in three months little is granted yet, so its
long-run share is. A cause that is never known beforehand (illness on the day, a pause for a screen) counts whole on every day.
"""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from data.model.base import FloatArray
from data.model.centre import Queue, ShrinkageCause
from data.model.errors import Finding, InvalidData
from data.model.time import TimeGrid

DAY_S = 86400.0


def shrinkage(queues: Sequence[Queue], causes: Sequence[ShrinkageCause], grid: TimeGrid, now: datetime) -> FloatArray:
    """Share of the rostered agents that is not on the phones: of the queue itself and of every cause, as far ahead as it is.

    Shares add up, as each is a share of rostered time.

    Parameters
    ----------
    queues : sequence of Queue
    causes : sequence of ShrinkageCause
        Of every queue.
    grid : TimeGrid
    now : datetime
        Moment at which the causes are known or not.

    Returns
    -------
    array of float, shape (queues, slots)
        In [0, 1).

    Raises
    ------
    InvalidData
        With every queue of which nothing is left.
    """
    ahead = days_ahead(grid, now)
    common = np.sum([unknown_share(cause, ahead) for cause in causes], axis=0) if causes else np.zeros(grid.size)
    shares = np.array([[queue.shrinkage] for queue in queues]) + common
    findings = [_too_much(queue, float(row.max()), causes) for queue, row in zip(queues, shares, strict=True) if row.max() >= 1]
    if findings:
        raise InvalidData(findings)
    return shares


def days_ahead(grid: TimeGrid, now: datetime) -> FloatArray:
    """Days from a moment to the start of every slot; 0 before it; shape (slots,)."""
    starts = grid.index.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[s]").astype(np.float64)
    return np.maximum(starts - now.timestamp(), 0.0) / DAY_S


def unknown_share(cause: ShrinkageCause, ahead: FloatArray) -> FloatArray:
    """Share of a cause that is not known yet so many days ahead; shape as `ahead`.

    References
    ----------
    House choice: leave is asked for at a constant rate per day not yet granted, so that what is still to come approaches
    ``share`` exponentially.
    """
    if cause.known_days is None:
        return np.full_like(ahead, cause.share)
    beyond = ahead - cause.known_days
    if cause.fade_days == 0:
        return np.where(beyond > 0, cause.share, 0.0)
    return cause.share * -np.expm1(-np.maximum(beyond, 0.0) / cause.fade_days)


def _too_much(queue: Queue, share: float, causes: Sequence[ShrinkageCause]) -> Finding:
    named = ", ".join(cause.id for cause in causes)
    fix = f"lower the shrinkage of the queue{f' or the shares of {named}' if named else ''}"
    return Finding("centre.toml", None, "shrinkage", f"{share:.3f} of the time of {queue.id}", "below 1 in sum", fix)
