"""How good warnings were: stated chances against what came, and levels against the slots that missed.

Slots of one day share its luck. `blocks` names the day of each, and the test of calibration then counts days, not slots: the
intervals of the reliability table do not, and are too narrow by so much.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.stats import beta, chi2

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.response import WarningLevel

PAST = 300
"""Chances whose outcome is known, from which a recalibration is learnt (house choice)."""

EDGES: FloatArray = np.linspace(0.0, 1.0, 11)
"""Bounds of the bins of stated chances (house choice)."""

SURE = 0.95
"""Probability of the intervals of a miss rate (house choice)."""

LEAST_BLOCKS = 15
"""Blocks below which they do not tell the variance (house choice)."""

NEVER = 1e-9
"""A stated chance nearer to 0 or 1 is tested as this one (house choice)."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Stated chances of about one size, and how often it came to that.

    Parameters
    ----------
    chance : float
        Mean stated chance.
    count, misses : int
        Slots, and those of them that missed.
    low, high : float
        Interval of the miss rate, of probability `SURE`.
    """

    chance: float
    count: int
    misses: int
    low: float
    high: float

    @property
    def rate(self) -> float:
        """Share of the slots that missed."""
        return self.misses / self.count


@dataclass(frozen=True, slots=True)
class ChanceScore:
    """Score of stated chances; ``brier = reliability - resolution + uncertainty + within``.

    Parameters
    ----------
    brier : float
        Mean squared distance of the chance from what came (1 = missed, 0 = not); 0 is best.
    reliability, resolution, uncertainty : float
        Squared distance of chance and miss rate in a bin; that of the miss rates of the bins from the whole; the Brier score of
        always stating the rate of the whole.
    within : float
        What chances vary inside of their bins.
    chance, rate : float
        Mean stated chance, and share of the slots that missed.
    sharpness : float
        Standard deviation of the chances.
    calibrated : float
        p-value of `calibration_p`.
    bins : tuple of Bin
        Those that are not empty.
    """

    brier: float
    reliability: float
    resolution: float
    uncertainty: float
    within: float
    chance: float
    rate: float
    sharpness: float
    calibrated: float
    bins: tuple[Bin, ...]

    @property
    def count(self) -> int:
        """Slots scored."""
        return sum(each.count for each in self.bins)

    @property
    def skill(self) -> float:
        """One less Brier score over that of the known miss rate; NaN where all or none missed."""
        return 1 - self.brier / self.uncertainty if self.uncertainty > 0 else np.nan


def chance_score(chances: FloatArray, missed: BoolArray, blocks: IntArray | None = None) -> ChanceScore:
    """Score of stated chances against what came.

    Parameters
    ----------
    chances : array of float, shape (n,), n > 0
        In [0, 1].
    missed : array of bool, shape (n,)
    blocks : array of int, shape (n,), or None
        Day of each; None = every slot is independent of the others.

    References
    ----------
    Murphy, A new vector partition of the probability score (1973), doi:10.1175/1520-0450(1973)012<0595:ANVPOT>2.0.CO;2; what is
    left within the bins: Stephenson, Coelho, Jolliffe, Two extra components in the Brier score decomposition (2008),
    doi:10.1175/2007WAF2006116.1.
    """
    came, place = missed.astype(np.float64), np.clip(np.searchsorted(EDGES, chances, "right") - 1, 0, len(EDGES) - 2)
    _, place = np.unique(place, return_inverse=True)
    count = np.bincount(place)
    stated, rate, base = np.bincount(place, chances) / count, np.bincount(place, came) / count, float(came.mean())
    share, brier = count / count.sum(), float(np.mean((chances - came) ** 2))
    parts = [float(np.sum(share * gap**2)) for gap in (stated - rate, rate - base)]
    known = base * (1 - base)
    return ChanceScore(
        brier,
        *parts,
        uncertainty=known,
        within=brier - parts[0] + parts[1] - known,
        chance=float(chances.mean()),
        rate=base,
        sharpness=float(chances.std()),
        calibrated=calibration_p(chances, missed, blocks),
        bins=tuple(_bin(*each) for each in zip(stated, count, np.bincount(place, came), strict=True)),
    )


def _bin(chance: float, count: int, misses: float) -> Bin:
    return Bin(float(chance), int(count), int(misses), *rate_interval(int(misses), int(count)))


def rate_interval(misses: int, count: int) -> tuple[float, float]:
    """Interval of a rate of which so many of so many are known, of probability `SURE` at least.

    References
    ----------
    Clopper, Pearson, The use of confidence or fiducial limits (1934), doi:10.1093/biomet/26.4.404.
    """
    tail = (1 - SURE) / 2
    low = float(beta.ppf(tail, misses, count - misses + 1)) if misses else 0.0
    return low, float(beta.ppf(1 - tail, misses + 1, count - misses)) if misses < count else 1.0


def calibration_p(chances: FloatArray, missed: BoolArray, blocks: IntArray | None = None) -> float:
    """p-value of the claim that the chances are true: small where they are off by a constant or by a slope.

    Parameters are those of `chance_score`. Without blocks the variance is that of the stated chances, with them that between the
    blocks; NaN where these are fewer than `LEAST_BLOCKS`.

    References
    ----------
    Score test of Cox, Two further applications of a model for binary regression (1958), doi:10.1093/biomet/45.3-4.562, the
    slope taken over the chance itself; over blocks the outer product of their sums (Liang, Zeger 1986,
    doi:10.1093/biomet/73.1.13).
    """
    stated = np.clip(chances, NEVER, 1 - NEVER)
    columns = np.stack([np.ones_like(stated), stated - stated.mean()], axis=1)
    errors = columns * (missed - stated)[:, None]
    if blocks is None:
        variance = columns.T @ (columns * (stated * (1 - stated))[:, None])
    else:
        _, place = np.unique(blocks, return_inverse=True)
        sums = np.stack([np.bincount(place, error) for error in errors.T], axis=1)
        variance = sums.T @ sums
        if len(sums) < LEAST_BLOCKS:
            return np.nan
    total, kept = errors.sum(axis=0), np.linalg.matrix_rank(variance)
    if kept == 0:
        return float(not np.any(total))
    return float(chi2.sf(total @ np.linalg.pinv(variance) @ total, kept))


@dataclass(frozen=True, slots=True)
class LevelScore:
    """How warnings of a level or higher fared.

    Parameters
    ----------
    warnings, false_alarms : int
        Stretches warned of, and those of them in which no slot missed.
    slots, misses, foreseen : int
        Slots warned of, slots that missed, and those that are both.
    leads : tuple of float
        Minutes from first raising a warning to its first slot that missed, of each warning that came true.
    """

    level: WarningLevel
    warnings: int
    false_alarms: int
    slots: int
    misses: int
    foreseen: int
    leads: tuple[float, ...]

    @property
    def false_alarm_rate(self) -> float:
        """Share of the warnings without a miss; NaN without a warning."""
        return self.false_alarms / self.warnings if self.warnings else np.nan

    @property
    def in_vain_rate(self) -> float:
        """Share of the slots warned of that did not miss; NaN without a warning."""
        return 1 - self.foreseen / self.slots if self.slots else np.nan

    @property
    def hit_rate(self) -> float:
        """Share of the slots that missed that were warned of; NaN if none missed."""
        return self.foreseen / self.misses if self.misses else np.nan

    @property
    def lead_quartiles(self) -> tuple[float, float, float]:
        """Quartiles of the lead time, minutes; NaN where no warning came true."""
        low, middle, high = np.quantile(self.leads, (0.25, 0.5, 0.75)) if self.leads else (np.nan,) * 3
        return float(low), float(middle), float(high)


def level_scores(levels: IntArray, looked: FloatArray, starts: FloatArray, missed: FloatArray, slot: float) -> list[LevelScore]:
    """How each level fared in one queue, blue to red; a slot counts at every level up to the highest it was warned of.

    A stretch is warned of from the first look that gave any of its slots the level, though a later look took it back: whoever
    was warned in vain was warned.

    Parameters
    ----------
    levels : array of int, shape (looks, slots)
        Level of the warning that each look had for each slot; 0 = none.
    looked, starts : array of float, shape (looks,), (slots,)
        Moments of the looks and starts of the slots, minutes, ascending; a look after the start of a slot says nothing of it.
    missed : array of float, shape (slots,)
        1 = missed, 0 = not, NaN = not known: the slot is left out.
    slot : float
        Length of a slot, minutes; slots farther apart are not of one stretch.
    """
    known = ~np.isnan(missed)
    ahead = looked[:, None] <= starts[known]
    said = np.where(ahead, levels[:, known], 0)
    return [_level(level, said >= level, looked, starts[known], missed[known] > 0, slot) for level in list(WarningLevel)[1:]]


def _level(
    level: WarningLevel, raised: BoolArray, looked: FloatArray, starts: FloatArray, missed: BoolArray, slot: float
) -> LevelScore:
    first = np.min(np.where(raised, looked[:, None], np.inf), axis=0, initial=np.inf)
    warned = np.flatnonzero(np.isfinite(first))
    cuts = np.flatnonzero(np.diff(starts[warned]) > slot * 1.5) + 1
    stretches = [part for part in np.split(warned, _apart(warned, cuts)) if part.size]
    true = [part for part in stretches if missed[part].any()]
    leads = tuple(float(starts[part[np.argmax(missed[part])]] - first[part].min()) for part in true)
    counts = (len(stretches), len(stretches) - len(true), warned.size, int(missed.sum()), int(missed[warned].sum()))
    return LevelScore(level, *counts, leads)


def _apart(warned: IntArray, cuts: IntArray) -> IntArray:
    """Where stretches of slots end: at a gap of time, or at a slot without warning."""
    return np.union1d(cuts, np.flatnonzero(np.diff(warned) > 1) + 1).astype(np.int64)


def pooled(parts: Sequence[Sequence[LevelScore]]) -> list[LevelScore]:
    """Levels of several queues or days together."""
    return [_sum(of_level) for of_level in zip(*parts, strict=True)]


def _sum(parts: Sequence[LevelScore]) -> LevelScore:
    counts = [sum(getattr(each, name) for each in parts) for name in ("warnings", "false_alarms", "slots", "misses", "foreseen")]
    return LevelScore(parts[0].level, *counts, leads=tuple(lead for each in parts for lead in each.leads))


@dataclass(frozen=True, eq=False)
class Recalibration:
    """Chances as the past teaches to read them: a line through `stated` and `came`, neither falling."""

    stated: FloatArray
    came: FloatArray

    def __call__(self, chances: FloatArray) -> FloatArray:
        """Recalibrated chances."""
        return np.interp(chances, self.stated, self.came)


def recalibrated(chances: FloatArray, missed: BoolArray) -> Recalibration:
    """Learn from past chances and what came how to read chances to come; shapes as in `chance_score`.

    References
    ----------
    Zadrozny, Elkan, Transforming classifier scores into accurate multiclass probability estimates (2002),
    doi:10.1145/775047.775151: isotonic regression.
    """
    stated, place = np.unique(chances, return_inverse=True)
    weight = np.bincount(place).astype(np.float64)
    found = isotonic_regression(np.bincount(place, missed) / weight, weights=weight)
    return Recalibration(stated, np.asarray(found.x, dtype=np.float64))


def recalibrated_ahead(chances: FloatArray, missed: BoolArray, made: IntArray, day: IntArray) -> FloatArray:
    """Chances, each recalibrated by what had come before the day on which it was stated; NaN where that is less than `PAST`.

    Parameters
    ----------
    chances, missed
        As in `chance_score`.
    made, day : array of int, shape (n,)
        Number of the day on which each chance was stated, and of the day that it speaks of.
    """
    found = np.full(chances.shape, np.nan)
    for today in np.unique(made):
        past, now = day < today, made == today
        if past.sum() >= PAST:
            found[now] = recalibrated(chances[past], missed[past])(chances[now])
    return found
