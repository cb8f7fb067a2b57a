"""How much more counts of calls stray from their expected profile than Poisson counts would: whole days, and slots in a day."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from data.model.base import FloatArray
from data.model.errors import Finding, InvalidData


@dataclass(frozen=True)
class ArrivalNoise:
    """Spread of the factors by which days, and slots in a day, stray from the profile, Poisson noise taken out.

    Parameters
    ----------
    day_cv, slot_cv : float
        Coefficients of variation of a day's factor and of a slot's own factor; 0 = no more than Poisson, NaN = not known.
    dispersion : float
        Variance over mean of the day's counts; 1 for Poisson.
    days : int
        Days that were looked at.
    """

    day_cv: float
    slot_cv: float
    dispersion: float
    days: int


def profile_of(counts: ArrayLike, kind: ArrayLike) -> tuple[FloatArray, float]:
    """Mean profile of the days of each kind, and the share of the freedom of the counts that it takes.

    Parameters
    ----------
    counts : array of float, shape (days, slots)
    kind : array of int, shape (days,)
        Days of one kind, such as a weekday, share a profile; a kind of a single day says nothing, and has the profile NaN.

    Returns
    -------
    array of float, shape (days, slots); float in [0, 1)
    """
    seen, kinds = np.asarray(counts, dtype=np.float64), np.asarray(kind)
    expected = np.full(seen.shape, np.nan)
    names, held = np.unique(kinds, return_counts=True)
    for name in names[held > 1]:
        expected[kinds == name] = seen[kinds == name].mean(axis=0)
    shared = held[held > 1]
    return expected, float(shared.size / shared.sum()) if shared.size else 0.0


def arrival_noise(counts: ArrayLike, expected: ArrayLike, *, spent: float = 0.0) -> ArrivalNoise:
    """Estimate the noise of arrivals by moments: what the variance has beyond the mean.

    A count is Poisson with mean ``expected x day factor x slot factor``, the factors of mean 1 and independent.

    Parameters
    ----------
    counts, expected : array of float, shape (days, slots)
        Days without any expected calls, or with a count or expectation that is not known (NaN), are left out.
    spent : float
        Share of the freedom of the counts that the profile took, if it was made from them (`profile_of`); in [0, 1).

    Raises
    ------
    InvalidData
        Shapes that differ, or negative numbers.

    References
    ----------
    Doubly stochastic arrivals: Avramidis, Deslauriers, L'Ecuyer, Modeling daily arrivals to a telephone call center (2004),
    doi:10.1287/mnsc.1040.0236. The moment estimator is a house choice.
    """
    seen, mean = np.asarray(counts, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    _check(seen, mean, spent)
    known = ~np.isnan(seen + mean).any(axis=1) & (np.nansum(mean, axis=1) > 0)
    seen, mean = seen[known], mean[known]
    if len(seen) < 2:
        return ArrivalNoise(np.nan, np.nan, np.nan, len(seen))
    slot = _slot_variance(seen, mean, spent)
    of_day, square = mean.sum(axis=1), ((seen - mean).sum(axis=1) ** 2).sum() / (1 - spent)
    inside = slot * (mean**2).sum()
    day = max(square - of_day.sum() - inside, 0.0) / ((of_day**2).sum() + inside)
    return ArrivalNoise(float(np.sqrt(day)), float(np.sqrt(slot)), float(square / of_day.sum()), len(seen))


def _slot_variance(seen: FloatArray, mean: FloatArray, spent: float) -> float:
    """Variance of the slots' own factors: what the counts of a day, given their sum, stray beyond a multinomial."""
    total = seen.sum(axis=1, keepdims=True)
    share = mean / mean.sum(axis=1, keepdims=True)
    square = ((seen - total * share) ** 2).sum() / (1 - spent)
    by_chance = (total * share * (1 - share)).sum()
    pull = (total * (total - 1) * share**2 * (1 - 2 * share + (share**2).sum(axis=1, keepdims=True))).sum()
    return float(max(square - by_chance, 0.0) / pull) if pull > 0 else 0.0


def _check(seen: FloatArray, mean: FloatArray, spent: float) -> None:
    """Raise `InvalidData` with every argument that is out of its range."""
    claims = (
        ("expected", f"shape {mean.shape}", seen.ndim == 2 and seen.shape == mean.shape, f"the shape of the counts, {seen.shape}"),
        ("counts", "a negative number", not (seen < 0).any(), "at least 0"),
        ("expected", "a negative number", not (mean < 0).any(), "at least 0"),
        ("spent", str(spent), 0 <= spent < 1, "in [0, 1)"),
    )
    findings = [Finding("arrival noise", None, name, read, expected) for name, read, holds, expected in claims if not holds]
    if findings:
        raise InvalidData(findings)
