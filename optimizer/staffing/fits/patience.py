"""How long callers wait before they hang up, from waits that are mostly cut short by an answer.

An answered caller says only that the patience was longer than the wait: a censored observation. Callers who did not wait say
nothing and are left out. The mean of the abandoned waits alone is biased low, as is any estimate that ignores censoring.
"""

from dataclasses import dataclass
from math import log, sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from data.model.base import BoolArray, FloatArray

LEAST_ABANDONED = 30
"""Abandoned calls from which a patience is fitted (house choice): its mean is then known to about 18 %."""

NEAR_ZERO_ABANDONED = 50
"""Abandoned calls that the window of the hazard near zero should hold (house choice): it is then known to about 14 %."""

STEPS, TOLERANCE = 5000, 1e-10
"""Most steps of expectation-maximisation, and the gain of log likelihood per abandoned call at which it stops (house choice)."""

MOST_TIMES_LONGEST = 10.0
"""Mean patience of a part over the longest wait: beyond it nothing tells the part from callers who never hang up (house choice)."""

Method = Literal["none", "exponential", "hyperexponential"]


@dataclass(frozen=True, eq=False)
class Survival:
    """Kaplan-Meier estimate: share of callers still patient after each moment at which one hung up.

    Parameters
    ----------
    time_s : array of float, shape (times,)
        Moments at which callers hung up, in order, seconds.
    share : array of float
        Still patient just after, in [0, 1].
    standard_error : array of float
        Of `share`, by Greenwood's formula.
    """

    time_s: FloatArray
    share: FloatArray
    standard_error: FloatArray

    def at(self, time_s: ArrayLike) -> FloatArray:
        """Share still patient after some times."""
        return np.append(1.0, self.share)[np.searchsorted(self.time_s, time_s, "right")]

    def mean_s(self, limit_s: float) -> float:
        """Mean of the times, each cut at a limit; seconds."""
        inside = self.time_s < limit_s
        edges = np.concatenate([[0.0], self.time_s[inside], [limit_s]])
        return float(np.append(1.0, self.share[inside]) @ np.diff(edges))


@dataclass(frozen=True)
class PatienceFit:
    """Patience of the callers of a queue.

    Parameters
    ----------
    method : str
        Law that fits best; none = too few abandoned calls, and every figure is NaN.
    mean_s, mean_error_s : float
        Mean patience and its standard error, seconds.
    mix : tuple of (float, float)
        Shares and means (s) of a hyperexponential, the less patient first; empty = exponential.
    hazard_patience_s, hazard_error_s : float
        One over the hazard near zero, and its standard error, seconds: the exponential patience that fits near the threshold.
    window_s : float
        Waits up to which it is measured, seconds.
    waited, abandoned : int
        Calls that waited, and those of them that were abandoned.
    exposure_s : float
        Seconds waited by all of them.
    """

    method: Method
    mean_s: float
    mean_error_s: float
    mix: tuple[tuple[float, float], ...]
    hazard_patience_s: float
    hazard_error_s: float
    window_s: float
    waited: int
    abandoned: int
    exposure_s: float

    @property
    def parts(self) -> tuple[tuple[float, float], ...]:
        """Shares and means of the law, one part for an exponential; empty = not known."""
        return self.mix or (() if self.method == "none" else ((1.0, self.mean_s),))


def survival(time_s: ArrayLike, ended: ArrayLike) -> Survival:
    """Kaplan-Meier estimate of a law of times that are partly censored.

    Parameters
    ----------
    time_s : array of float, shape (n,)
        Seconds until the end, or until nothing more was seen.
    ended : array of bool, shape (n,)
        False = censored: it would have ended later.

    References
    ----------
    Kaplan, Meier, Nonparametric estimation from incomplete observations (1958), doi:10.2307/2281868.
    """
    times, over = np.asarray(time_s, dtype=np.float64), np.asarray(ended, dtype=np.bool_)
    moments, ends = np.unique(times[over], return_counts=True)
    at_risk = times.size - np.searchsorted(np.sort(times), moments, "left")
    share: FloatArray = np.cumprod(1 - ends / at_risk, dtype=np.float64)
    left = np.maximum(at_risk - ends, 1e-300)  # where the last one ends the share is 0, and so is its error
    return Survival(moments, share, share * np.sqrt(np.cumsum(ends / (at_risk * left), dtype=np.float64)))


def fit_patience(wait_s: ArrayLike, abandoned: ArrayLike, *, threshold_s: float = 20.0) -> PatienceFit:
    """Fit the patience of callers from their waits.

    The hyperexponential is taken if its Bayesian information criterion is the lower one.

    Parameters
    ----------
    wait_s : array of float, shape (calls,)
        Seconds until the answer, or until the caller hung up; callers who did not wait are left out.
    abandoned : array of bool, shape (calls,)
    threshold_s : float
        Answer-time threshold, seconds; the hazard near zero is measured over at least twice as long.

    References
    ----------
    Mandelbaum, Zeltyn, Service engineering in action: the Palm/Erlang-A queue (2007), doi:10.1007/978-3-540-29860-1_2.
    Volinsky, Raftery, Bayesian information criterion for censored survival models (2000),
    doi:10.1111/j.0006-341X.2000.00256.x (counts the observations that ended).
    """
    waits, lost = np.asarray(wait_s, dtype=np.float64), np.asarray(abandoned, dtype=np.bool_)
    waits, lost = waits[waits > 0], lost[waits > 0]
    seen = (waits.size, int(lost.sum()), float(waits.sum()))
    if seen[1] < LEAST_ABANDONED:
        return PatienceFit("none", np.nan, np.nan, (), np.nan, np.nan, np.nan, *seen)
    mean = seen[2] / seen[1]
    near = _near_zero(waits, lost, threshold_s)
    parts, gain = _hyperexponential(waits, lost, mean)
    if gain <= log(seen[1]):  # half the price of two more parameters
        return PatienceFit("exponential", mean, mean / sqrt(seen[1]), (), *near, *seen)
    of_mix = float(parts[0] @ parts[1])
    mix = tuple((float(share), float(each)) for share, each in zip(*parts, strict=True))
    return PatienceFit("hyperexponential", of_mix, _mean_error(waits, lost, parts), mix, *near, *seen)


def _near_zero(waits: FloatArray, lost: BoolArray, threshold_s: float) -> tuple[float, float, float]:
    """One over the hazard near zero, its standard error, and the window: abandoned calls over seconds waited in it."""
    enough = np.sort(waits[lost])[min(NEAR_ZERO_ABANDONED, int(lost.sum())) - 1]
    window = max(2 * threshold_s, float(enough))
    ended = int((lost & (waits <= window)).sum())
    patience = float(np.minimum(waits, window).sum()) / ended
    return patience, patience / sqrt(ended), window


def _hyperexponential(waits: FloatArray, lost: BoolArray, mean: float) -> tuple[tuple[FloatArray, FloatArray], float]:
    """Shares and means of two parts, the less patient first, and the log likelihood gained over one exponential."""
    distinct, count = np.unique(np.column_stack([waits, lost]), axis=0, return_counts=True)
    times, ended = distinct[:, 0].astype(np.float64), distinct[:, 1] > 0
    shares, rates = np.full(2, 0.5), np.array([4.0, 0.25]) / mean
    reached, least = -np.inf, 1 / (MOST_TIMES_LONGEST * float(times.max()))
    for _ in range(STEPS):
        terms = _terms(times, ended, shares, rates)
        total = np.maximum(terms.sum(axis=0), 1e-300)
        before, reached = reached, float(count @ np.log(total))
        if reached - before <= TOLERANCE * lost.sum():
            break
        belongs = count * terms / total
        shares = belongs.sum(axis=1) / count.sum()
        rates = np.maximum((belongs @ ended) / np.maximum(belongs @ times, 1e-300), least)
    order = np.argsort(-rates)
    alone = -float(lost.sum()) * (np.log(mean) + 1)
    return (shares[order], 1 / rates[order]), reached - alone


def _terms(waits: FloatArray, lost: BoolArray, shares: FloatArray, rates: FloatArray) -> FloatArray:
    """What each part adds to the likelihood of each call: its density if abandoned, its tail if answered; shape (2, calls)."""
    tail = shares[:, None] * np.exp(-np.outer(rates, waits))
    return np.where(lost, rates[:, None] * tail, tail)


def _mean_error(waits: FloatArray, lost: BoolArray, parts: tuple[FloatArray, FloatArray]) -> float:
    """Standard error of the mean of a hyperexponential, by the delta method from the products of the scores."""
    shares, means = parts
    belongs = _terms(waits, lost, shares, 1 / means)
    belongs /= np.maximum(belongs.sum(axis=0), 1e-300)
    of_means = belongs * (waits / means[:, None] - lost) / means[:, None]
    of_share = belongs[0] / shares[0] - belongs[1] / shares[1]
    scores = np.vstack([of_share, of_means])
    slope = np.array([means[0] - means[1], *shares])
    return float(np.sqrt(slope @ np.linalg.pinv(scores @ scores.T) @ slope))
