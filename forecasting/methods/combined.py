"""The default: principal scores and trend-and-seasons averaged by quantile, with weights from the queue's own past.

Each member is run again from a few past origins, on coarse intervals of the day, and the weight that would have had the least
pinball loss is taken, drawn to equal weights: over many queues and months equal weights are hard to beat.

References
----------
Averaging of quantiles: Lichtendahl, Grushka-Cockayne, Winkler (2013), doi:10.1287/mnsc.1120.1667; equal weights: Smith, Wallis
(2009), doi:10.1111/j.1468-0084.2008.00541.x.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from data.model.base import FloatArray
from data.model.demand import LEVELS
from forecasting.days import Training
from forecasting.methods import DayForecast, Fitted, principal, structural
from forecasting.quantiles import MEDIAN, NORMAL, root
from forecasting.score import pinball

MEMBERS = (principal, structural)
WEIGHTS = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
"""Weights of the second member that are tried."""
PREFERENCE = 0.1
"""Loss, as a share, that the equal weights are spared for each half of the way to a single member (house choice)."""
ORIGINS, EVERY = 2, 10
"""Past origins, and operating days between them; more did not choose better on the dev blocks (house choice)."""
COARSE, RECENT = 12, 260
"""Columns of a day and operating days that the back-test looks at, to be quick."""
LOW, HIGH = LEVELS.index(0.1), LEVELS.index(0.9)
STRETCH, STRETCH_PRIOR = (0.9, 2.0), 40.0
"""Bounds of the stretch, and days by which it is drawn to none (house choice)."""
LEAST_WEEKS = 13
"""Weeks of history before a past origin counts: what a member can do with less says little of what it can do now."""
AHEAD = (5, 20)
"""Operating days ahead that the back-test looks at: at least, at most."""


@dataclass(frozen=True, eq=False)
class Combined:
    """Members that have learnt, what each counts, and how far off their spread was.

    Parameters
    ----------
    weights : array of float, shape (members,)
        Sum 1.
    stretch : float
        Factor of the spread beyond Poisson noise, on the root scale.
    """

    members: tuple[Fitted, ...]
    weights: FloatArray
    stretch: float

    def predict(self, dates: Sequence[date], seen: FloatArray) -> DayForecast:
        """Weighted average of the members' means and quantiles, stretched."""
        made = averaged([member.predict(dates, seen) for member in self.members], self.weights)
        return DayForecast(made.mean, stretched(made.quantiles, self.stretch))


def averaged(made: Sequence[DayForecast], weights: FloatArray) -> DayForecast:
    """Weighted average of means and of quantiles."""
    mean = sum((w * one.mean for w, one in zip(weights, made, strict=True)), np.zeros(1))
    return DayForecast(mean, sum((w * one.quantiles for w, one in zip(weights, made, strict=True)), np.zeros(1)))


def stretched(quantiles: FloatArray, stretch: float) -> FloatArray:
    """Quantiles with the spread beyond Poisson noise multiplied by `stretch`, about the median on the root scale."""
    roots = root(quantiles)
    apart = roots - roots[..., [MEDIAN]]
    width = (apart[..., [HIGH]] - apart[..., [LOW]]) / (NORMAL[HIGH] - NORMAL[LOW])
    beyond = np.clip(1 - 0.25 / np.maximum(width**2, 0.25), 0, 1)
    return np.maximum((roots[..., [MEDIAN]] + apart * np.sqrt(1 + (stretch**2 - 1) * beyond)) ** 2 - 0.25, 0)


def fit(training: Training, steps: int) -> Fitted:
    """Fit both members, choose their weights and judge their spread; with under three weeks both are the same, one is enough."""
    if training.short:
        return principal.fit(training, steps)
    share, stretch = judged(training, steps)
    return Combined(tuple(member.fit(training, steps) for member in MEMBERS), np.array([1 - share, share]), stretch)


def judged(training: Training, steps: int) -> tuple[float, float]:
    """Weight of the second member and stretch of the spread that a back-test on the queue's own past asks for.

    Equal weights and no stretch where the past is short.
    """
    past, ahead = _coarse(training), int(np.clip(steps, *AHEAD))
    cuts = [len(past.dates) - ahead - EVERY * k for k in range(ORIGINS)]
    tests = [_test(past, cut, ahead) for cut in cuts if cut > 0 and past.until(cut).weeks >= LEAST_WEEKS]
    if not tests:
        return 0.5, 1.0
    losses = np.sum([[pinball(calls, mix.quantiles) for mix in mixes] for calls, mixes in tests], axis=0)
    best = int((losses / max(losses.min(), 1e-9) + PREFERENCE * 2 * np.abs(WEIGHTS - 0.5)).argmin())
    came, spread = np.concatenate([calls for calls, _ in tests]), np.concatenate([mixes[best].quantiles for _, mixes in tests])
    return float(WEIGHTS[best]), _stretch(came, spread)


def _test(past: Training, cut: int, ahead: int) -> tuple[FloatArray, list[DayForecast]]:
    """What came after a past origin, and the forecast of every weight from there."""
    then = past.until(cut)
    dates, calls = past.dates[cut : cut + ahead], past.calls[cut : cut + ahead]
    made = [member.fit(then, ahead).predict(dates, np.full(calls.shape, np.nan)) for member in MEMBERS]
    return calls, [averaged(made, np.array([1 - share, share])) for share in WEIGHTS]


def _stretch(calls: FloatArray, quantiles: FloatArray) -> float:
    """Factor of the spread that would have held 80 % of what came, drawn to 1 where few days were seen."""
    known = ~np.isnan(calls)
    roots = root(quantiles)[known]
    error = root(calls[known]) - roots[:, MEDIAN]
    side = np.where(error > 0, roots[:, HIGH] - roots[:, MEDIAN], roots[:, MEDIAN] - roots[:, LOW])
    found = float(np.quantile(np.abs(error) / np.maximum(side, 0.1), 0.8))
    drawn = found ** (len(calls) / (len(calls) + STRETCH_PRIOR))
    return float(np.clip(drawn, *STRETCH))


def _coarse(training: Training) -> Training:
    """The days in a few columns, without an annual season only the recent ones; a sum with an unknown part is unknown."""
    begin = 0 if training.yearly else max(0, len(training.dates) - RECENT)
    calls, dates = training.calls[begin:], training.dates[begin:]
    edges = np.unique(np.linspace(0, calls.shape[1], COARSE + 1).astype(int))[:-1]
    sums = np.add.reduceat(calls, edges, axis=1)
    rows = np.flatnonzero(~np.isnan(sums).all(axis=1))
    if not len(rows):
        sums, rows = np.nansum(calls, axis=1, keepdims=True), np.arange(len(calls))
    kept = sums[rows]
    return Training(tuple(dates[r] for r in rows), kept[:, ~np.isnan(kept).all(axis=0)], training.features)
