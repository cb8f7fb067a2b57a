"""Staffing curves: the service that each number of agents reaches, so that nobody later computes Erlang again."""

import numpy as np
from scipy.special import ndtr, ndtri

from data.model.base import FloatArray, IntArray
from data.model.centre import ServiceTarget
from optimizer.staffing.pool import Pool

CURVE_SPAN = (0.05, 0.995)
"""The staffing curve runs from below the first service level to at least the second (house choice)."""

KNOTS = 16
"""Points at which a curve of expected service is computed, beside the agents needed; between them it is straight in the normal
score: within 0.4 points of service to 300 Erlang at a rate's spread of 20 %, 1.5 at 30 %, 2.3 at 1,000 Erlang (house choice)."""

SURE = 1e-4
"""Between such points service is no closer to 0 and 1 (house choice)."""

LIKELY = 0.01
"""The curve spans rates of at least this chance (house choice)."""


def staffing_curves(pools: list[Pool], needed: IntArray, moved: IntArray, points: int) -> tuple[IntArray, FloatArray]:
    """First point and service level of every staffing curve; all ones where no calls come.

    Parameters
    ----------
    pools : list of Pool
        One per queue.
    needed : array of int, shape (queues, slots)
        Agents that each curve must hold.
    moved : array of int, shape (queues, slots)
        Agents by which a curve is moved to the right: n agents reach what ``n - moved`` reach in the long run.
    points : int
        Most points, at least 2.

    Returns
    -------
    first : array of int, shape (queues, slots)
    curve : array of float, shape (queues, slots, points)
    """
    spans = [_span(pool) for pool in pools]
    low = np.maximum(np.stack([span[0] for span in spans]) - 1 + moved, 0)
    high = np.maximum(np.stack([span[1] for span in spans]) + moved, needed + 1)
    width = high - low + 1
    size = min(points, int(width.max(initial=2)))
    # where the window is too narrow, the agents needed stay inside it, with a quarter of it above them
    first = np.where(width > size, np.maximum(low, needed - size + 1 + size // 4), low)
    curve = np.ones((*needed.shape, size))
    for q, pool in enumerate(pools):
        live = np.flatnonzero(pool.mean_rate > 0)
        start, at = first[q, live] - moved[q, live], (q, live)
        curve[at] = _service(pool.at(live), start, width[at], needed[at] - first[at], size)
    return first, np.maximum.accumulate(np.clip(curve, 0.0, 1.0), axis=-1)


def _span(pool: Pool) -> tuple[IntArray, IntArray]:
    """Agents at the two levels of `CURVE_SPAN`, for the fewest and the most calls that are likely."""
    likely = np.flatnonzero(pool.weights >= LIKELY)
    ends = (pool.at_node(likely[0]), pool.at_node(likely[-1]))
    low, high = (end.least(_level(pool.queue.target, level))[0] for end, level in zip(ends, CURVE_SPAN, strict=True))
    return low, high


def _level(target: ServiceTarget, level: float) -> ServiceTarget:
    return ServiceTarget(service_level=level, threshold_s=target.threshold_s, definition=target.definition)


def _service(pool: Pool, first: IntArray, width: IntArray, needed: IntArray, size: int) -> FloatArray:
    """Service of `size` numbers of agents from `first` on; none below nobody.

    Parameters
    ----------
    first, width : array of int, shape (slots,)
        First point, and how many points matter: from there on the service is nearly perfect.
    needed : array of int, shape (slots,)
        A point to be exact at, as at the one before it.
    """
    if len(pool.weights) == 1 or size <= KNOTS + 3:
        return _of(pool, first[:, None] + np.arange(size))
    even = np.round(np.minimum(width, size)[:, None] * np.linspace(0, 1, KNOTS)).astype(np.int64)
    also = np.stack([needed - 1, needed, np.full_like(needed, size - 1)], axis=-1)
    knots = np.sort(np.clip(np.concatenate([even, also], axis=-1), 0, size - 1), axis=-1)
    scores = ndtri(np.clip(_of(pool, first[:, None] + knots), SURE, 1 - SURE))
    points = np.arange(size)
    rows = [np.interp(points, *row) for row in zip(knots, scores, strict=True)]
    return ndtr(np.array(rows).reshape(len(first), size))


def _of(pool: Pool, agents: IntArray) -> FloatArray:
    return pool.metrics(np.maximum(agents, 0)).service_level


def work_curve(agents: IntArray, size: int) -> tuple[IntArray, FloatArray]:
    """First point and curve of deferred work: the share of a slot's work that so many agents do; shapes as `staffing_curves`."""
    first = np.maximum(agents + 2 - size, 0)
    share = (first[:, None] + np.arange(size)) / np.maximum(agents, 1)[:, None]
    return first, np.where(agents[:, None] > 0, np.minimum(share, 1.0), 1.0)
