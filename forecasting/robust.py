"""Robust pieces of the regression: spread, gaps, ridge with leave-one-out, and the level that follows the days."""

import numpy as np
from numba import njit

from data.model.base import BoolArray, FloatArray, IntArray

PENALTIES = 10.0 ** np.arange(-2, 4.1)
ALPHAS = np.array([0.05, 0.1, 0.2, 0.3, 0.45, 0.6])
DAMPINGS = np.array([0.8, 0.9, 0.97, 1.0])
CLIP = 2.5
"""Innovations beyond this many standard deviations are cut, unless they persist."""
PERSISTENT = 3
"""So many large innovations of one sign in a row are a shift of level and pass uncut."""


def scale(values: FloatArray) -> FloatArray:
    """Standard deviation about zero estimated from the median absolute value, along axis 0."""
    return 1.4826 * np.median(np.abs(values), axis=0) + 1e-9


def smooth(values: FloatArray) -> FloatArray:
    """Running mean over about a seventh of a day; shape (columns,)."""
    half = max(2, len(values) // 14)
    window = np.ones(2 * half + 1) / (2 * half + 1)
    return np.convolve(np.pad(values, half, mode="edge"), window, "valid")


def fill(values: FloatArray, group: IntArray, rank: int = 4, rounds: int = 6) -> FloatArray:
    """Replace NaN by the mean of the column in the row's group, then by rounds of low-rank reconstruction.

    Parameters
    ----------
    values : array of float, shape (rows, columns)
        Every column holds at least one number.
    group : array of int, shape (rows,)
    """
    missing = np.isnan(values)
    if not missing.any():
        return values
    filled = np.where(missing, np.nanmean(values, axis=0), values)
    for g in np.unique(group):
        rows = group == g
        count = (~missing[rows]).sum(axis=0)
        mean = np.nansum(values[rows], axis=0) / np.maximum(count, 1)
        filled[rows] = np.where(missing[rows] & (count > 0), mean, filled[rows])
    for _ in range(rounds):
        centre = filled.mean(axis=0)
        basis = leading(filled - centre, rank)
        filled = np.where(missing, centre + (filled - centre) @ basis.T @ basis, values)
    return filled


def leading(rows: FloatArray, rank: int) -> FloatArray:
    """First principal directions of centred rows; shape (min(rank, columns), columns), orthonormal."""
    _, vectors = np.linalg.eigh(rows.T @ rows)
    return np.ascontiguousarray(vectors[:, ::-1][:, :rank].T)


def ridge(target: FloatArray, design: FloatArray, penalty: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Weighted ridge regression, the strength chosen for each column of the target by exact leave-one-out error.

    Parameters
    ----------
    target : array of float, shape (rows, scores)
    design : array of float, shape (rows, features)
    penalty : array of float, shape (features,)
        Relative penalty of each feature, positive.
    weight : array of float, shape (rows,)
        Positive.

    Returns
    -------
    coefficients : array, shape (features, scores)
    residual : array, shape (rows, scores)
        Leave-one-out.
    """
    root = np.sqrt(weight)[:, None]
    scaled, wanted = root * design / np.sqrt(penalty), root * target
    # the Gram matrix is small whatever the number of rows, and the penalty keeps it well conditioned
    squares, vectors = np.linalg.eigh(scaled.T @ scaled)
    squares = np.maximum(squares, 0.0)
    along = scaled @ vectors
    inner = along.T @ wanted
    shrunk = 1 / (squares + PENALTIES[:, None])
    leverage = np.minimum(along**2 @ shrunk.T, 0.98)
    count = target.shape[1]
    fitted = (along @ (shrunk[:, :, None] * inner).transpose(1, 0, 2).reshape(len(squares), -1)).reshape(len(target), -1, count)
    left = (wanted[:, None] - fitted) / (1 - leverage)[:, :, None]
    best = (left**2).sum(axis=0).argmin(axis=0)
    solved = shrunk[best].T * inner
    return vectors @ solved / np.sqrt(penalty)[:, None], left[:, best, np.arange(count)] / root


@njit(cache=True, nogil=True)
def follow(residual: FloatArray, trusted: BoolArray, limit: FloatArray, alphas: FloatArray, dampings: FloatArray) -> FloatArray:
    """Damped level after each row for every pair of smoothing constants; shape (alphas, dampings, rows + 1, scores)."""
    rows, scores = residual.shape
    level = np.zeros((len(alphas), len(dampings), rows + 1, scores))
    for a in range(len(alphas)):
        for p in range(len(dampings)):
            for k in range(scores):
                run = 0
                for i in range(rows):
                    carried = dampings[p] * level[a, p, i, k]
                    error = residual[i, k] - carried
                    if abs(error) > limit[k]:
                        sign = 1 if error > 0 else -1
                        run = run + sign if run * sign > 0 else sign
                    else:
                        run = 0
                    if abs(run) < PERSISTENT:
                        error = min(max(error, -limit[k]), limit[k]) * (1.0 if trusted[i] else 0.3)
                    level[a, p, i + 1, k] = carried + alphas[a] * error
    return level
