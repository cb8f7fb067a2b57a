"""From an outage to its calls: how many, when, how sure, and what past outages and the first hours say of it.

Customers without supply who were not told call at once or within hours (`front_and_decay`); while supply stays away some call
again (chasers); on the days after come claims and complaints (the tail). The number of customers is known and the share that
calls is not: it is lognormal, independent of the lognormal error of the curve, so that the spread of a surge has a closed form
and needs no sampling.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
from pydantic import Field
from scipy.optimize import least_squares

from data.model.base import BoolArray, FloatArray, Frozen
from data.model.demand import CallHistory, Forecast
from data.model.outage import Outage
from data.model.time import DAY_MINUTES, Horizon, TimeGrid
from forecasting.events import CALLS_PER_CUSTOMER, changed, check_queues, front_and_decay, minutes_since, on_open
from forecasting.quantiles import root
from forecasting.score import calls_that_came

PATIENCE_HOURS = 3.0
"""Hours without supply before anybody chases: the promised time of repair in cities (State Grid service promise)."""

REFERENCE_HOURS = 48.0
"""Hours until all have supply again in the outages whose coefficient was published (Mangkhut: all after two days)."""

FELT = 0.5
"""An outage is taken out of slots in which it brings more than this many standard deviations of the count's Poisson noise
(house choice)."""

FREE_EVENTS = 4
"""Past outages from which coefficient and spread are their own; with fewer they are drawn to the defaults (house choice)."""

PRIOR_EVENTS = 2.0
"""Outages that the default coefficient and its spread count for: as many as it was published from."""

CURVE_PRIOR_LOG_SD = np.array([0.5, 0.5])
"""How far front and decay may lie from their defaults, standard deviation of the log (house choice: 15 to 60 minutes)."""

SIZE_PRIOR_LOG_SD = 1.0
"""The same of the size of one outage; wide, so that it is the calls that speak (house choice)."""

VISIBLE = 2.0
"""Expected calls of an outage that can be learnt from, in standard deviations of the Poisson noise about it (house choice)."""

LEAST_CALLS = 0.01
"""Expected calls below which what was seen says nothing of the size of an outage (house choice)."""


class SurgeModel(Frozen):
    """What an outage brings.

    Parameters
    ----------
    coefficient : float
        Expected calls per affected customer within 24 hours of an outage like the published ones, chasers included
        (`CALLS_PER_CUSTOMER`).
    log_sd : float
        Standard deviation of the log of an outage's own coefficient; the usual band of 0.03 to 0.06 is taken as one to each
        side (house choice: two points only).
    front_minutes : float
        Time constant of the front; with the default decay the peak comes after three quarters of an hour (fronts of 15 to 60
        minutes are reported).
    decay_minutes : float
        Time constant of the decay, that of the promised repair in cities; never longer than the outage itself.
    curve_log_sd : float
        Standard deviation of the log of the calls of a slot about the curve, beyond Poisson noise (house choice).
    chaser_rate : float
        Repeat calls per caller and hour without supply, after `PATIENCE_HOURS` (house choice: no figure is published).
    tail : tuple of float
        Calls of each following day as a share of those who called at first (house choice; typhoons are felt for 2 to 3 days).
    """

    coefficient: float = Field(default=CALLS_PER_CUSTOMER, gt=0)
    log_sd: float = Field(default=0.35, ge=0)
    front_minutes: float = Field(default=20.0, gt=0)
    decay_minutes: float = Field(default=180.0, gt=0)
    curve_log_sd: float = Field(default=0.2, ge=0)
    chaser_rate: float = Field(default=0.02, ge=0)
    tail: tuple[float, ...] = (0.1, 0.05)

    def callers(self, outage: Outage) -> float:
        """Customers expected to call at first: those who were not told, less the chasers that the coefficient counts."""
        coefficient = self.coefficient if outage.coefficient is None else outage.coefficient
        chasing = self.chaser_rate * float(chasing_hours(np.array([float(DAY_MINUTES)]), REFERENCE_HOURS)[0])
        return outage.customers * (1 - outage.notice_coverage) * coefficient / (1 + chasing)

    def calls(self, outage: Outage) -> float:
        """All calls expected of an outage, over all its days."""
        return self.callers(outage) * float(self._per_caller(np.array([np.inf]), outage)[0])

    @property
    def spread(self) -> float:
        """Coefficient of variation of the calls of a slot: two independent lognormals multiplied."""
        return float(np.sqrt(np.expm1(self.log_sd**2 + self.curve_log_sd**2)))

    def surge(self, grid: TimeGrid, is_open: BoolArray, outage: Outage) -> FloatArray:
        """Calls expected in each slot, none in closed ones; shape (slots,).

        Open slots and what lies beyond the grid together have `calls` of the outage.
        """
        edge = minutes_since(grid, outage.start)
        share = np.diff(self._per_caller(edge, outage)) / self._per_caller(np.array([np.inf]), outage)[0]
        return self.calls(outage) * on_open(share, is_open)

    def _per_caller(self, minutes: FloatArray, outage: Outage) -> FloatArray:
        """Calls per first caller up to some minutes after the start."""
        decay = min(self.decay_minutes, outage.hours * 60)
        first = front_and_decay(minutes, DAY_MINUTES, self.front_minutes, decay)
        days = minutes / DAY_MINUTES
        later = sum((share * np.clip(days - n, 0, 1) for n, share in enumerate(self.tail, start=1)), start=np.zeros(len(minutes)))
        return first + self.chaser_rate * chasing_hours(minutes, outage.hours) + later


def chasing_hours(minutes: FloatArray, hours: float) -> FloatArray:
    """Hours that a caller has chased up to some minutes after the start of an outage.

    Supply comes back evenly from the start to the end of the outage; who still has none chases once patience is over.

    Parameters
    ----------
    minutes : array of float, any shape
    hours : float
        Until all have supply again, positive.
    """
    patience = min(PATIENCE_HOURS, hours)
    time = np.clip(minutes / 60, patience, hours)
    return (time - patience) - (time**2 - patience**2) / (2 * hours)


def apply_outages(
    forecast: Forecast, outages: Sequence[Outage], model: SurgeModel | None = None, history: CallHistory | None = None
) -> Forecast:
    """The forecast with the surge of each outage known at its origin on open slots after it, quantiles widened.

    Parameters
    ----------
    model : SurgeModel or None
        None = the defaults.
    history : CallHistory or None
        With it, an outage that runs already is sized by the calls seen so far. The forecast must then come from
        `without_outages`: what it expects in the slots taken out is what would have come anyway.

    Raises
    ------
    InvalidData
        With every outage of a queue that the forecast does not have.
    """
    check_queues(forecast, outages, "outages.csv")
    model = model or SurgeModel()
    seen = np.full(forecast.mean.shape, np.nan) if history is None else calls_that_came(forecast, history.before(forecast.origin))
    found = forecast
    for outage in (outage for outage in outages if outage.known(forecast.origin)):
        q = forecast.queues.index(outage.queue)
        others = _surges(forecast, [o for o in outages if o is not outage and o.queue == outage.queue], model)
        extra = model.surge(forecast.grid, forecast.open[q], outage)
        size, spread = updated(model, seen[q] - forecast.mean[q] - others, extra, forecast.mean[q] + others)
        found = changed(found, outage.queue, np.ones(len(extra)), size * extra, spread)
    return found


def _surges(forecast: Forecast, outages: Iterable[Outage], model: SurgeModel) -> FloatArray:
    total = np.zeros(forecast.grid.size)
    for outage in outages:
        if outage.known(forecast.origin):
            total += model.surge(forecast.grid, forecast.open[forecast.queues.index(outage.queue)], outage)
    return total


def updated(model: SurgeModel, excess: FloatArray, expected: FloatArray, baseline: FloatArray) -> tuple[float, float]:
    """Size of a running outage over the expected one, and its spread, from the calls seen so far.

    The size is Gamma with mean 1 and the variance of the model before a call is seen. The calls are Poisson about size times
    curve; as the curve errs too, and by the whole day rather than slot by slot, all that was seen counts as at most
    ``1 / (exp(curve_log_sd**2) - 1)`` calls. With nothing seen the model stands.

    Parameters
    ----------
    excess : array of float, shape (slots,)
        Calls beyond the baseline; NaN = not seen.
    expected, baseline : array of float, shape (slots,)
        Calls expected of the outage and without it.

    Returns
    -------
    size : float
        Not negative.
    spread : float
        Coefficient of variation of the calls of a slot to come, at most the model's.

    References
    ----------
    Bühlmann, Straub (1970), credibility; the Gamma-Poisson is Jongbloed, Koole (2001), doi:10.1002/asmb.444.
    """
    seen = ~np.isnan(excess) & (expected > 0)
    hoped = float(expected[seen].sum())
    if hoped < LEAST_CALLS:
        return 1.0, model.spread
    of_curve, of_size = np.expm1(model.curve_log_sd**2), np.expm1(model.log_sd**2)
    weight = 1 / (of_curve + (hoped + float(baseline[seen].sum())) / hoped**2)
    prior = 1 / max(of_size, 1e-12)
    size = (prior + weight * max(float(excess[seen].sum()), 0.0) / hoped) / (prior + weight)
    variance = min(size / (prior + weight) / max(size, 1e-12) ** 2, of_size)
    return size, float(np.sqrt((1 + variance) * (1 + of_curve) - 1))


def without_outages(
    history: CallHistory, outages: Sequence[Outage], origin: datetime, model: SurgeModel | None = None
) -> CallHistory:
    """The history with the slots in which an outage known at `origin` is felt made unknown, so that a method learns plain days.

    They are masked, not reduced: the size of a surge is known to a third at best, and what a wrong one leaves would be learnt.
    """
    model, offered = model or SurgeModel(), history.offered.copy()
    for outage in outages:
        if outage.known(origin) and outage.queue in history.queues:
            row = offered[history.queues.index(outage.queue)]
            is_open = ~np.isnan(row) | (np.arange(history.grid.size) >= history.grid.slot(origin))
            row[_felt(model.surge(history.grid, is_open, outage), row)] = np.nan
    return replace(history, offered=offered)


def _felt(surge: FloatArray, calls: FloatArray) -> BoolArray:
    """Slots in which a surge stands out of the noise."""
    return surge > FELT * root(np.maximum(np.nan_to_num(calls), 0))


@dataclass(frozen=True, slots=True)
class LearntOutage:
    """What a past outage said.

    Parameters
    ----------
    expected, observed : float
        Calls of its first 24 hours by the model before the fit, and those beyond the baseline; of the slots that are known.
    ratio : float
        The one over the other: observed over expected; NaN if nothing was expected.
    use : {"fitted", "overlaps another", "lost in noise", "not in the history"}
        Whether it was learnt from, or why not.
    """

    outage: Outage
    expected: float
    observed: float
    ratio: float
    use: Literal["fitted", "overlaps another", "lost in noise", "not in the history"]


@dataclass(frozen=True, slots=True)
class SurgeFit:
    """A refitted model and what each outage said, in the order given."""

    model: SurgeModel
    learnt: tuple[LearntOutage, ...]


@dataclass(frozen=True, eq=False)
class _Case:
    """The days of one outage: its slots that are known, and the calls and baseline there."""

    outage: Outage
    grid: TimeGrid
    is_open: BoolArray
    known: BoolArray
    calls: FloatArray
    baseline: FloatArray

    def surge(self, model: SurgeModel) -> FloatArray:
        return model.surge(self.grid, self.is_open, self.outage)[self.known]


def fit_surge(history: CallHistory, outages: Sequence[Outage], baseline: FloatArray, model: SurgeModel | None = None) -> SurgeFit:
    """Coefficient and its spread, front and decay from past outages; chasers and the tail stay as they are.

    Front, decay and the size of every outage are fitted together on the root scale, where Poisson noise is even. From
    `FREE_EVENTS` on the coefficient and its spread are those of the outages; with fewer they are drawn to those of `model`, which
    count for `PRIOR_EVENTS`. Outages within a day of another on their queue are left out: their calls cannot be told apart.

    Parameters
    ----------
    history : CallHistory
        With the outages in it.
    outages : sequence of Outage
        Over by the end of the history.
    baseline : array of float, shape (queues, slots)
        Calls expected without an outage; NaN = closed or not known.
    model : SurgeModel or None
        What was held before; None = the defaults.

    References
    ----------
    Gelman et al., Bayesian Data Analysis (3rd ed. 2013), 3.3: normal with unknown mean and variance, conjugate prior.
    """
    model = model or SurgeModel()
    cases = [_case(history, outage, baseline) for outage in outages]
    learnt = tuple(_learnt(outage, case, outages, model) for outage, case in zip(outages, cases, strict=True))
    usable = [case for case, said in zip(cases, learnt, strict=True) if case is not None and said.use == "fitted"]
    return SurgeFit(_fitted(usable, model) if usable else model, learnt)


def _case(history: CallHistory, outage: Outage, baseline: FloatArray) -> _Case | None:
    if outage.queue not in history.queues:
        return None
    q, zone = history.queues.index(outage.queue), history.grid.horizon.zone
    first = outage.start.astimezone(ZoneInfo(zone)).date()
    grid = TimeGrid(horizon=Horizon(zone=zone, first=first, days=3), minutes=history.grid.minutes)
    calls, plain = np.full(grid.size, np.nan), np.full(grid.size, np.nan)
    here, there = grid.overlap(history.grid)
    calls[here], plain[here] = history.offered[q, there], baseline[q, there]
    edge = minutes_since(grid, outage.start)
    known = ~np.isnan(calls + plain) & (edge[1:] > 0) & (edge[:-1] < DAY_MINUTES)
    # its own override would hide what it has to say of the coefficient
    plain_outage = outage.model_copy(update={"coefficient": None})
    return _Case(plain_outage, grid, ~np.isnan(plain), known, calls[known], plain[known]) if known.any() else None


def _learnt(outage: Outage, case: _Case | None, outages: Sequence[Outage], model: SurgeModel) -> LearntOutage:
    if case is None:
        return LearntOutage(outage, np.nan, np.nan, np.nan, "not in the history")
    expected, plain = float(case.surge(model).sum()), float(case.baseline.sum())
    observed = float(case.calls.sum()) - plain
    near = (o for o in outages if o is not outage and o.queue == outage.queue)
    if any(abs(o.start - outage.start) < timedelta(minutes=DAY_MINUTES) for o in near):
        use = "overlaps another"
    else:
        use = "fitted" if expected > VISIBLE * np.sqrt(plain + expected) else "lost in noise"
    return LearntOutage(outage, expected, observed, observed / expected if expected else np.nan, use)


def _fitted(cases: Sequence[_Case], model: SurgeModel) -> SurgeModel:
    held = np.log([model.front_minutes, model.decay_minutes])
    scales = [_noise(case, model) for case in cases]
    prior_sd = np.append(CURVE_PRIOR_LOG_SD, np.full(len(cases), SIZE_PRIOR_LOG_SD))

    def errors(logs: FloatArray) -> FloatArray:
        curve = _with_curve(model, logs[:2])
        fits = [
            (root(case.calls) - root(case.baseline + np.exp(size) * case.surge(curve))) / scale
            for case, size, scale in zip(cases, logs[2:], scales, strict=True)
        ]
        return np.concatenate([*fits, (logs - np.append(held, np.zeros(len(cases)))) / prior_sd])

    found = least_squares(errors, np.append(held, np.zeros(len(cases))), bounds=(-7, 9)).x
    return _coefficient(_with_curve(model, found[:2]), found[2:])


def _noise(case: _Case, model: SurgeModel) -> FloatArray:
    """Standard deviation of the root of a count about baseline and surge: Poisson, and the error of the curve."""
    extra = case.surge(model)
    mean = np.maximum(case.baseline + extra, 1e-9)
    return np.sqrt(0.25 + (model.curve_log_sd * extra) ** 2 / (4 * mean))


def _with_curve(model: SurgeModel, logs: FloatArray) -> SurgeModel:
    front, decay = np.exp(logs)
    return model.model_copy(update={"front_minutes": float(front), "decay_minutes": float(decay)})


def _coefficient(model: SurgeModel, sizes: FloatArray) -> SurgeModel:
    """The model with the coefficient of outages whose sizes over the expected ones are given as logs."""
    count, held = len(sizes), -(model.log_sd**2) / 2
    mean, squares = float(sizes.mean()), float(((sizes - sizes.mean()) ** 2).sum())
    if count >= FREE_EVENTS:
        # of the next outage: the mean of the others is not known better than to a share of their variance
        variance = squares / (count - 1) * (1 + 1 / count)
    else:
        total = PRIOR_EVENTS + count
        apart = PRIOR_EVENTS * count / total * (mean - held) ** 2
        mean, variance = (PRIOR_EVENTS * held + count * mean) / total, (PRIOR_EVENTS * model.log_sd**2 + squares + apart) / total
    coefficient = model.coefficient * float(np.exp(mean + variance / 2))
    return model.model_copy(update={"coefficient": coefficient, "log_sd": float(np.sqrt(variance))})
