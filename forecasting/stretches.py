"""Stretches of a day in which calls stray too far from normal: a scan over all lengths on the root scale."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import xlogy

from data.model.base import FloatArray, IntArray
from forecasting.normal import Normal

THRESHOLD = 6.0
"""Standard deviations, day effect counted, from which a stretch is unusual (house choice; see the false alarms in the tests)."""
SURGE_SHARE, LOW_SHARE = 1.3, 0.7
"""Observed over expected calls that a surge has at least and a low at most (house choice)."""
Sums = tuple[FloatArray, FloatArray, FloatArray]
"""Running sums over the cells of each day, a leading zero each: distance, variance of the noise, expected root."""
LENGTHS = (1, 2, 4, 8, 16, 32)
"""Cells of the first scan."""
SAMPLE = 4000
"""Stretches of a length from which their spread is read, for speed."""
MOST = 8
"""Stretches looked for in one day; those that touch are one storm."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """An unusual stretch: cells `first` to before `last`, from day `day` to day `last_day`.

    Parameters
    ----------
    observed, expected : float
        Calls.
    score : float
        Signed, in standard deviations.
    """

    day: int
    first: int
    last_day: int
    last: int
    observed: float
    expected: float
    score: float

    def with_next(self, late: "Stretch") -> "Stretch":
        """The two as one; the score is the larger."""
        return replace(
            self,
            last_day=max(self.last_day, late.last_day),
            last=late.last if late.last_day > self.last_day else max(self.last, late.last),
            observed=self.observed + late.observed,
            expected=self.expected + late.expected,
            score=max(self.score, late.score, key=abs),
        )


def _score(first: Sums, last: Sums, day_spread: float) -> FloatArray:
    """Score of stretches from the running sums before them and up to their ends."""
    apart, noise, size = (end - start for start, end in zip(first, last, strict=True))
    return apart / np.sqrt(noise + (day_spread * size) ** 2 + 1e-12)


def unusual_stretches(usual: Normal) -> Iterator[Stretch]:
    """Stretches of single days that are unusually high or low, in order of the days.

    The score of a stretch is its distance from normal over the spread of such distances: noise of the cells, level of the day,
    and what else stretches of that length show over the whole history.
    """
    sums, day_spread = _sums(usual), usual.relative_day_spread
    cells = usual.roots.shape[1]
    lengths = sorted({*(length for length in LENGTHS if length < cells), cells})
    spread, suspects = np.ones(cells + 1), np.zeros(len(usual.roots), dtype=np.bool_)
    known = ~np.isnan(usual.roots).all(axis=1)
    for length in lengths:
        scores = np.abs(_score(_part(sums, slice(0, cells + 1 - length)), _part(sums, slice(length, None)), day_spread))
        full = scores[known][scores[known] > 0]
        sample = full[:: 1 + len(full) // SAMPLE]
        spread[length] = max(1.0, 1.4826 * float(np.median(sample))) if len(sample) else 1.0
        suspects |= scores.max(axis=1) > THRESHOLD * spread[length] * usual.tolerance
    spread = np.interp(np.arange(cells + 1), lengths, spread[lengths])
    for day in np.flatnonzero(suspects):
        yield from _of_day(usual, int(day), spread)


def _sums(usual: Normal) -> Sums:
    known = ~np.isnan(usual.roots)
    parts = np.where(known, usual.roots - usual.expected, 0.0), known * usual.noise**2, known * usual.expected
    apart, noise, size = (np.pad(np.cumsum(part, axis=1), ((0, 0), (1, 0))) for part in parts)
    return apart, noise, size


def _part(sums: Sums, edges: slice | IntArray) -> Sums:
    apart, noise, size = (total[:, edges] for total in sums)
    return apart, noise, size


def _of_day(usual: Normal, day: int, spread: FloatArray) -> Iterator[Stretch]:
    """The most unusual stretches of one day, the strongest first, none overlapping another."""
    roots = usual.roots[[day]].copy()
    first, last = (edge.astype(np.int64) for edge in np.triu_indices(roots.shape[1] + 1, 1))
    for _ in range(MOST):
        sums = _sums(replace(usual, roots=roots, expected=usual.expected[[day]]))
        before, until = _part(sums, first), _part(sums, last)
        scores = _score(before, until, usual.relative_day_spread)[0] / spread[last - first]
        known = ~np.isnan(roots[0])
        calls = np.cumsum([0.0, *np.where(known, roots[0] ** 2 - 0.25, 0.0)])
        mean = np.cumsum([0.0, *np.where(known, usual.mean[day], 0.0)])
        observed, expected = calls[last] - calls[first], mean[last] - mean[first]
        far_off = (np.abs(scores) > THRESHOLD * usual.tolerance[day]) & (_surprise(observed, expected) > THRESHOLD)
        far_off &= (observed <= LOW_SHARE * expected) | (observed >= SURGE_SHARE * expected)
        if not far_off.any():
            return
        # without the day effect, the score is greatest from the true first cell to the true last
        best = int(np.where(far_off, np.abs(_score(before, until, 0.0)[0]), 0.0).argmax())
        cells = np.flatnonzero(known[first[best] : last[best]]) + first[best]
        edges = day, int(cells[0]), day, int(cells[-1]) + 1
        yield Stretch(*edges, float(observed[best]), float(expected[best]), float(scores[best]))
        roots[0, cells] = np.nan


def _surprise(observed: FloatArray, expected: FloatArray) -> FloatArray:
    """Distance of Poisson counts from their means in standard deviations, by the deviance: fair where counts are small."""
    mean = np.maximum(expected, 0.01)
    return np.sqrt(np.maximum(2 * (xlogy(observed, observed / mean) - observed + mean), 0.0))
