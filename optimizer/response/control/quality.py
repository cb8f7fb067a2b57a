"""SERVQUAL beside the service itself, and whether a measure helped."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.stats import ttest_ind

from data.model.base import FloatArray
from data.model.control import ControlPolicy
from data.model.quality import HIGHEST, LOWEST, ServqualScore
from optimizer.response.control.causes import Split
from optimizer.response.control.league import risk
from optimizer.response.control.repeats import NORMAL
from optimizer.response.control.served import Served


@dataclass(frozen=True)
class Gap:
    """Perception - expectation with its 95 % interval.

    Parameters
    ----------
    told : bool
        Whether the spread was told; otherwise the interval is the widest that the two means allow.
    """

    gap: float
    low: float
    high: float
    told: bool


def gap_of(score: ServqualScore) -> Gap:
    """The gap of a dimension.

    References
    ----------
    Parasuraman, Zeithaml, Berry, SERVQUAL (1988); widest spread of a bounded score with a known mean: Bhatia, Davis, A better
    bound on the variance (2000), doi:10.2307/2589180; the spread of a difference is at most the sum of the two.
    """
    widest = _widest(score.perception) + _widest(score.expectation)
    half = NORMAL * (widest if score.gap_sd is None else score.gap_sd) / sqrt(score.n)
    gap = score.perception - score.expectation
    return Gap(gap, gap - half, gap + half, score.gap_sd is not None)


def _widest(mean: float) -> float:
    return sqrt((HIGHEST - mean) * (mean - LOWEST))


@dataclass(frozen=True)
class Delivered:
    """What the service itself says of two dimensions; 1 = as promised.

    Parameters
    ----------
    responsiveness : float
        Service level over its target, both weighted by calls.
    reliability : float
        1 - standard deviation of the service level between intervals over its mean, weighted by calls; not below 0.
    calls : float
    """

    responsiveness: float
    reliability: float
    calls: float


def delivered(served: Served, project: str) -> Delivered:
    """Responsiveness and reliability of a project's queues; NaN without calls.

    References
    ----------
    House choice: the two dimensions that capacity governs, from the service level of all intervals.
    """
    own = np.array([queue.project == project for queue in served.queues])
    calls, level = served.counted[own], np.nan_to_num(served.level[own])
    volume = float(calls.sum())
    if not volume:
        return Delivered(float("nan"), float("nan"), 0.0)
    mean = float((calls * level).sum() / volume)
    spread = sqrt(float((calls * (level - mean) ** 2).sum() / volume))
    asked = float((calls * served.target[own]).sum() / volume)
    return Delivered(mean / asked, max(0.0, 1 - spread / mean) if mean else 0.0, volume)


@dataclass(frozen=True)
class Effect:
    """A figure before and after, and the difference with its 95 % interval."""

    before: float
    after: float
    difference: float
    low: float
    high: float


def effect(before: FloatArray, after: FloatArray) -> Effect:
    """Difference of the means of days before and after a measure, which may vary differently.

    Parameters
    ----------
    before, after : array of float, shape (days,)
        At least two days each; held to be independent of each other.

    References
    ----------
    Welch, The generalization of Student's problem (1947), doi:10.1093/biomet/34.1-2.28.
    """
    means = float(before.mean()), float(after.mean())
    if not before.std() and not after.std():
        return Effect(*means, means[1] - means[0], means[1] - means[0], means[1] - means[0])
    interval = ttest_ind(after, before, equal_var=False).confidence_interval(0.95)
    return Effect(*means, means[1] - means[0], float(interval.low), float(interval.high))


def daily_index(served: Served, found: Split, policy: ControlPolicy, unit: str) -> FloatArray:
    """Risk index of each day: of a unit, and of all others of its kind together; NaN without calls; shape (2, days)."""
    kind, own = unit.partition(":")[0], served.units.index(unit)
    others = [k for k, name in enumerate(served.units) if name.startswith(f"{kind}:") and k != own]
    part = np.stack([served.part[own], served.part[others].sum(axis=0)])
    calls, sums = (served.by_day((part * served.counted * x).sum(axis=1)) for x in (1.0, risk(served, found, policy)))
    return 100 * np.divide(sums, calls, out=np.full(calls.shape, np.nan), where=calls > 0)
