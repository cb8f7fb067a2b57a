"""Principal day scores: calendar regression, damped robust level and Gaussian conditioning on the root scale.

A day is a curve on the root scale: a mean curve plus a few principal curves times the day's scores. The scores follow the
calendar (ridge regression) and a damped level; the errors such forecasts made at each number of days ahead give their
covariance; what is already seen of a day conditions its scores.

References
----------
Shen, Huang, *Interday forecasting and intraday updating of call center arrivals* (M&SOM 2008), doi:10.1287/msom.1070.0179;
Brown et al. (JASA 2005), doi:10.1198/016214504000001808, for the root transform. Constants: house choice, from back-tests on
fpp3 ``bank_calls``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from data.model.base import BoolArray, FloatArray
from forecasting.days import Training
from forecasting.methods import DayForecast, Fitted, same_weekday
from forecasting.quantiles import counts, poisson_root_variance, root
from forecasting.regressors import Regressors
from forecasting.robust import ALPHAS, CLIP, DAMPINGS, follow, leading, ridge, scale, smooth

HALF_LIFE_DAYS = 400.0
FULL_SCORES, SHORT_SCORES = 5, 2
OUTLIER, WINSOR = 12.0, 3.5
"""Deviations at which a day has no weight, and at which errors are cut for the covariance."""
DIAGONAL = 0.3
"""Share by which covariances are shrunk to their diagonal."""
TEMPER = 2.5
"""Inflation of the noise of today's counts: the curves are not exact."""
YEAR_BEND_DAYS = 91
"""With an annual season there is a trend too, which may bend once in so many days; without one the level does that work."""
LONGEST = 40
"""Operating days ahead beyond which the error no longer grows."""


@dataclass(frozen=True, eq=False)
class Principal:
    """Fitted curves, calendar effects, level and error covariances.

    Parameters
    ----------
    centre : array of float, shape (columns,)
        Mean curve.
    curves : array of float, shape (scores, columns)
        Orthonormal principal curves.
    effects : array of float, shape (features, scores)
    level, alpha, damping : array of float, shape (scores,)
        Level after the last day and its smoothing constants.
    limit : array of float, shape (scores,)
        Innovations are cut at it.
    covariance : array of float, shape (steps, scores, scores)
        Of the errors of the scores by days ahead.
    dispersion : array of float, shape (columns,)
        Noise of a count on the root scale relative to a Poisson's.
    last : date
        Last day learnt from.
    """

    regressors: Regressors
    centre: FloatArray
    curves: FloatArray
    effects: FloatArray
    level: FloatArray
    alpha: FloatArray
    damping: FloatArray
    limit: FloatArray
    covariance: FloatArray
    dispersion: FloatArray
    last: date

    def predict(self, dates: Sequence[date], seen: FloatArray) -> DayForecast:
        """Forecast of days to come; a day partly seen is conditioned on it and moves the level of the days after it."""
        scores = self.regressors.design(dates) @ self.effects
        shape = (len(dates), len(self.centre))
        centre, variance = np.zeros(shape), np.zeros(shape)
        level, step = self.level, 0
        for d, day in enumerate(dates):
            step += day > self.last
            level = level * self.damping if day > self.last else level
            score = scores[d] + level
            spread = self.covariance[min(max(step, 1), len(self.covariance)) - 1]
            if not np.isnan(seen[d]).all():
                shift, spread = self._condition(score, spread, seen[d])
                score = score + shift
                level = level + self.alpha * np.clip(shift, -self.limit, self.limit)
            centre[d] = self.centre + score @ self.curves
            variance[d] = ((spread @ self.curves) * self.curves).sum(axis=0)
        return DayForecast(*counts(centre, variance, self._noise(centre, variance)))

    def _noise(self, centre: FloatArray, variance: FloatArray) -> FloatArray:
        """Variance of the noise around a curve; it hangs on the mean, which hangs on it where counts are small."""
        mean = np.maximum(centre, 0) ** 2 - 0.25 + variance
        noise = np.zeros_like(mean)
        for _ in range(3):
            noise = self.dispersion * poisson_root_variance(mean + noise)
        return noise

    def _condition(self, score: FloatArray, spread: FloatArray, seen: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Shift and covariance of a day's scores given some of its counts."""
        known = ~np.isnan(seen)
        curves = self.curves[:, known]
        expected = self.centre[known] + score @ curves
        noise = self.dispersion[known] * np.maximum(poisson_root_variance(expected**2), 0.02)
        weighted = curves / (TEMPER * noise)
        after = np.linalg.solve(np.eye(len(score)) + spread @ (weighted @ curves.T), spread)
        return after @ (weighted @ (root(seen[known]) - expected)), (after + after.T) / 2


def fit(training: Training, steps: int) -> Fitted:
    """Learn from the operating days; under three weeks of them, fall back on the same-weekday mean."""
    if training.short:
        return same_weekday.fit(training, steps)
    regressors, roots = training.regressors("place", YEAR_BEND_DAYS if training.yearly else None), training.roots
    design, penalty = regressors.design(training.dates), regressors.penalty
    trust, weight = _day_weights(roots, design, penalty, regressors.foretold(training.dates))
    centre = weight @ roots / weight.sum()
    curves = leading(np.sqrt(weight)[:, None] * (roots - centre), FULL_SCORES if training.full else SHORT_SCORES)
    scores = (roots - centre) @ curves.T
    effects, residual = ridge(scores, design, penalty, weight)
    levels, alpha, damping = _levels(residual, trust > 0.2, steps)
    noise = roots - centre - scores @ curves
    return Principal(
        regressors=regressors,
        centre=centre,
        curves=curves,
        effects=effects,
        level=levels[-1],
        alpha=alpha,
        damping=damping,
        limit=CLIP * scale(residual[trust > 0.2]),
        covariance=_covariance(residual, levels, damping, trust, steps),
        dispersion=_dispersion(noise, training.calls, weight, len(curves)),
        last=training.dates[-1],
    )


def _day_weights(roots: FloatArray, design: FloatArray, penalty: FloatArray, foretold: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Trust in each day (bisquare of its distance from the days around it) and its weight (trust, whole if foretold, times age)."""
    days = len(roots)
    age = 0.5 ** ((days - 1 - np.arange(days)) / HALF_LIFE_DAYS)
    total = roots.mean(axis=1, keepdims=True)
    total = total - total.mean()
    trust, weight = np.ones(days), age
    for _ in range(3):
        _, residual = ridge(total, design, penalty, weight)
        # against a running median, so that a shift of level is not an outlier
        padded = np.pad(residual[:, 0], 5, mode="edge")
        apart = residual[:, 0] - np.median(np.lib.stride_tricks.sliding_window_view(padded, 11), axis=1)
        trust = np.maximum(1 - (apart / (OUTLIER * scale(apart))) ** 2, 0) ** 2
        weight = age * np.where(foretold, 1.0, np.maximum(trust, 1e-4))
    return trust, weight


def _levels(residual: FloatArray, trusted: BoolArray, steps: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Level after each day (rows + 1, scores) with the constants that erred least at the days ahead in use."""
    days = len(residual)
    deviation = scale(residual[trusted])
    levels = follow(residual, trusted, CLIP * deviation, ALPHAS, DAMPINGS)
    begin = min(10, days // 4)
    ahead = [h for h in ((1,) if steps <= 1 else (1, 3, 5) if steps <= 7 else (5, 10, 15)) if h <= days // 3] or [1]
    loss = np.zeros((len(ALPHAS), len(DAMPINGS), residual.shape[1]))
    for h in ahead:
        carried = DAMPINGS[None, :, None, None] ** h * levels[:, :, begin : days + 1 - h]
        error = np.clip(residual[begin + h - 1 :] - carried, -WINSOR * deviation, WINSOR * deviation)
        loss += (error**2).mean(axis=2)
    a, p = np.unravel_index(loss.reshape(-1, residual.shape[1]).argmin(axis=0), loss.shape[:2])
    return levels[a, p, :, np.arange(residual.shape[1])].T, ALPHAS[a], DAMPINGS[p]


def _covariance(residual: FloatArray, levels: FloatArray, damping: FloatArray, trust: FloatArray, steps: int) -> FloatArray:
    """Covariance of the errors of the scores for each number of days ahead, from the errors that were made."""
    days = len(residual)
    begin = min(10, days // 4)
    longest = max(1, min(steps, LONGEST, (days - begin) // 2))
    found: list[FloatArray] = []
    for h in range(1, longest + 1):
        error = residual[begin + h - 1 :] - damping**h * levels[begin : days + 1 - h]
        weight = np.maximum(trust[begin + h - 1 :], 1e-3)
        trusted = weight > 0.2
        limit = WINSOR * scale(error[trusted] if trusted.any() else error)
        error = np.clip(error, -limit, limit)
        cross = (weight[:, None] * error).T @ error / weight.sum()
        found.append((1 - DIAGONAL) * cross + DIAGONAL * np.diag(np.diag(cross)))
    return np.array(found)


def _dispersion(noise: FloatArray, calls: FloatArray, weight: FloatArray, scores: int) -> FloatArray:
    """Variance of what the curves leave, relative to Poisson noise, smoothed over the day; at least 0.8."""
    known = np.where(np.isnan(calls), 0.0, weight[:, None])
    total = np.maximum(known.sum(axis=0), 1e-9)
    mean = (known * np.nan_to_num(calls)).sum(axis=0) / total
    days = len(calls)
    variance = (known * noise**2).sum(axis=0) / total * days / max(1, days - scores - 1)
    # noise and Poisson noise are smoothed apart, so that cells almost without calls do not shout
    return np.maximum(smooth(variance) / np.maximum(smooth(poisson_root_variance(mean)), 1e-3), 0.8)
