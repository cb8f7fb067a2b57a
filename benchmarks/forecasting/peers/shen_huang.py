"""Singular value decomposition of the days on the root scale; scores by weekday intercept and AR(1), intraday penalised.

References
----------
Shen, Huang, "Interday forecasting and intraday updating of call center arrivals", MSOM 10 (2008), doi:10.1287/msom.1070.0179.
"""

import numpy as np
from numpy.random import Generator

from benchmarks.forecasting.protocol import Context
from data.model.base import FloatArray
from data.model.demand import LEVELS
from forecasting.methods import DayForecast

TITLE, SLOW, DRIVERS = "Shen-Huang SVD (2008)", False, False
FACTORS, PATHS, SEED = 3, 500, 1
PENALTIES, TRIAL_DAYS = (0.0, 0.1, 1.0, 10.0, 100.0), 25


def predict(context: Context) -> DayForecast:
    """Forecast scores, simulate their errors, put both back on the count scale."""
    days, ahead = len(context.dates), len(context.ahead)
    roots = np.sqrt(context.calls + 0.25)
    left, size, right = np.linalg.svd(roots, full_matrices=False)
    kept = min(FACTORS, len(size))
    scores, curves = left[:, :kept] * size[:kept], right[:kept]
    left_over = roots - scores @ curves
    dummies = (context.weekday[:, None] == np.array(context.week)).astype(float)
    levels, decay, shocks = _autoregression(scores, dummies[:days])
    step = dummies @ levels
    rng = np.random.default_rng(SEED)
    mean = _path(scores[-1], step[days:], decay, np.zeros((1, ahead, kept)))[0]
    paths = _path(scores[-1], step[days:], decay, shocks[rng.integers(0, len(shocks), (PATHS, ahead))])
    if len(context.seen):
        one_ahead = step[1:days] + decay * scores[:-1]
        mean[0], paths[:, 0] = _updated(context, roots, curves, one_ahead, mean[0], paths[:, 0], left_over, rng)
    drawn = paths @ curves + left_over[rng.integers(0, days, (PATHS, ahead))]
    quantiles = np.quantile(np.maximum(drawn, 0) ** 2 - 0.25, LEVELS, axis=0)
    return DayForecast(np.maximum(mean @ curves, 0) ** 2 - 0.25, np.moveaxis(quantiles, 0, -1))


def _autoregression(scores: FloatArray, dummies: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weekday intercepts, shape (week, factors), decay, shape (factors,), and errors, shape (days - 1, factors)."""
    designs = [np.column_stack([dummies[1:], score[:-1]]) for score in scores.T]
    found = [np.linalg.lstsq(x, score[1:], rcond=None)[0] for x, score in zip(designs, scores.T, strict=True)]
    errors = [score[1:] - x @ b for x, b, score in zip(designs, found, scores.T, strict=True)]
    return np.array([b[:-1] for b in found]).T, np.array([b[-1] for b in found]), np.array(errors).T


def _path(last: FloatArray, step: FloatArray, decay: FloatArray, shocks: FloatArray) -> FloatArray:
    """Scores of the days ahead under each path of shocks; shape (paths, days, factors)."""
    out, state = np.empty_like(shocks), np.broadcast_to(last, shocks[:, 0].shape)
    for h in range(shocks.shape[1]):
        state = step[h] + decay * state + shocks[:, h]
        out[:, h] = state
    return out


def _updated(
    context: Context,
    roots: FloatArray,
    curves: FloatArray,
    one_ahead: FloatArray,
    mean: FloatArray,
    paths: FloatArray,
    left_over: FloatArray,
    rng: Generator,
) -> tuple[FloatArray, FloatArray]:
    """Scores of today by penalised least squares on what is seen; the penalty does best on the last days."""
    count = len(context.seen)
    early, late = curves[:, :count], curves[:, count:]

    def update(seen: FloatArray, prior: FloatArray, penalty: float) -> FloatArray:
        return np.linalg.solve(early @ early.T + penalty * np.eye(len(curves)), early @ seen.T + penalty * prior.T).T

    def loss(penalty: float) -> float:
        found = update(roots[-TRIAL_DAYS:, :count], one_ahead[-TRIAL_DAYS:], penalty)
        return float(((roots[-TRIAL_DAYS:, count:] - found @ late) ** 2).sum())

    penalty = min(PENALTIES, key=loss)
    seen = np.sqrt(context.seen + 0.25)
    noise = rng.choice(left_over[:, :count].ravel(), (len(paths), count))
    return update(seen, mean, penalty), update(seen + noise, paths, penalty)
