"""Redials apart from first calls: who gives up waiting calls again, and that echo is no new demand.

Of the calls abandoned in a slot a share comes back, spread over the time after. Offered calls are first calls and redials, so
that staffing for the offered calls of a bad day chases calls which better staffing would never have seen. From calls offered and
abandoned the first calls follow slot by slot; from first calls and a planned abandonment, the offered ones. The two are inverse.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numba import njit
from pydantic import Field

from data.model.base import BoolArray, FloatArray, Frozen, IntArray
from data.model.demand import CallHistory, Forecast
from data.model.time import DAY_MINUTES, TimeGrid
from forecasting.quantiles import recentred

PROBABILITY_SD = 0.15
"""Standard deviation of the probability of redial between centres, with which a weak fit is drawn to the default (house choice)."""

DELAY_LOG_SD = 0.5
"""Standard deviation of the log of the mean delay between centres (house choice)."""

DELAYS_MINUTES = np.array([2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0])
"""Mean delays that the fit to counts weighs (house choice)."""

AT_ONCE_MINUTES = 3.0
"""Mean delay below which what fits is held to be congestion (house choice: nobody queues again faster on average)."""

WITHIN_MINUTES = 60.0
"""A call so long after an abandoned one of the same customer is a redial (house choice)."""

LEAST_DAYS = 15
"""Days of counts from which redials are fitted (house choice, as for what a normal day is)."""

LEAST_ABANDONERS = 30
"""Abandoned calls with a customer from which redials are measured (house choice)."""

CONTROLS = 3
"""Past slots of offered calls that the fit to counts holds fixed (house choice)."""


class RedialModel(Frozen):
    """Who calls again after giving up, and when.

    Parameters
    ----------
    probability : float
        That the caller of an abandoned first call calls again because of it, in [0, 1) (house choice: at a bank in 1999 32 % of
        them called within an hour, and 13 % of those answered, so that 22 % did because of it).
    persistence : float
        That probability after an abandoned redial, over the one after an abandoned first call; in [0, 1].
    delay_minutes : float
        Mean of the exponential delay from giving up to the next call (house choice: the mean within an hour there).
    """

    probability: float = Field(default=0.25, ge=0, lt=1)
    persistence: float = Field(default=1.0, ge=0, le=1)
    delay_minutes: float = Field(default=15.0, gt=0)

    def delays(self, minutes: int) -> tuple[float, float, float]:
        """Share of the redials in the slot of the abandoned call, in the next one, and what remains from slot to slot then.

        Calls are given up evenly over a slot; the shares of all slots sum to 1.
        """
        length = minutes / self.delay_minutes
        leaving = -float(np.expm1(-length))
        return 1 - leaving / length, leaving**2 / length, 1 - leaving


def first_calls(offered: FloatArray, abandoned: FloatArray, minutes: int, model: RedialModel | None = None) -> FloatArray:
    """First calls among those offered: what earlier abandoned calls bring back is taken off, slot by slot.

    Parameters
    ----------
    offered, abandoned : array of float, shape (..., slots)
        NaN in `abandoned` = not known: the slot stays as it is and brings no redials. NaN in `offered` = not known or closed:
        redials that are due then are lost.
    minutes : int
        Length of a slot.
    model : RedialModel or None
        None = the defaults.

    Returns
    -------
    array of float, shape of `offered`
        From 0 to `offered`.
    """
    model = model or RedialModel()
    now, soon, stay = model.delays(minutes)
    less = model.probability * (1 - model.persistence)
    first, pending = offered.copy(), np.zeros(offered.shape[:-1])
    known = ~np.isnan(offered + abandoned)
    lost = np.where(known, np.minimum(abandoned, offered), 0.0)
    rate = lost / np.where(known & (offered > 0), offered, 1.0)
    for t in range(offered.shape[-1]):
        # the redials of a slot also stand in its own abandoned calls: one linear equation, solved
        again = (soon * pending + now * model.probability * lost[..., t]) / (1 + now * less * rate[..., t])
        again = np.where(known[..., t], np.minimum(again, offered[..., t]), 0.0)
        first[..., t] = offered[..., t] - again
        pending = stay * pending + model.probability * lost[..., t] - less * rate[..., t] * again
    return first


def echo(first: FloatArray, abandonment: FloatArray, minutes: int, model: RedialModel | None = None) -> FloatArray:
    """Calls offered when first calls meet an abandonment: the redials come on top, and redials of redials.

    Parameters
    ----------
    first : array of float, shape (..., slots)
        NaN = not known or closed; redials that are due then are lost.
    abandonment : array of float, shape of `first`
        Share of the offered calls that is abandoned, in [0, 1].
    minutes : int
        Length of a slot.

    Returns
    -------
    array of float, shape of `first`
        At least `first`.
    """
    model = model or RedialModel()
    now, soon, stay = model.delays(minutes)
    repeat = model.probability * model.persistence
    offered, pending = first.copy(), np.zeros(first.shape[:-1])
    for t in range(first.shape[-1]):
        rate, fresh = np.nan_to_num(abandonment[..., t]), np.nan_to_num(first[..., t])
        again = (soon * pending + now * model.probability * rate * fresh) / (1 - now * repeat * rate)
        again = np.where(np.isnan(first[..., t]), 0.0, again)
        offered[..., t] = first[..., t] + again
        pending = stay * pending + rate * (model.probability * fresh + repeat * again)
    return offered


def without_redials(history: CallHistory, model: RedialModel | None = None) -> CallHistory:
    """The history with first calls in place of the offered ones where the abandoned are known; without any, the history itself."""
    if history.abandoned is None:
        return history
    return replace(history, offered=first_calls(history.offered, history.abandoned, history.grid.minutes, model))


def with_redials(forecast: Forecast, abandonment: FloatArray, model: RedialModel | None = None) -> Forecast:
    """A forecast of first calls as one of the calls offered under an expected abandonment, on open slots after its origin.

    Parameters
    ----------
    abandonment : array of float, shape (queues, slots)
        Share of the offered calls expected to be abandoned, in [0, 1].
    """
    ahead = forecast.open & (np.arange(forecast.grid.size) >= forecast.grid.slot(forecast.origin))
    mean = np.where(ahead, echo(np.where(ahead, forecast.mean, np.nan), abandonment, forecast.grid.minutes, model), forecast.mean)
    touched = ahead & (mean > forecast.mean)
    quantiles = forecast.quantiles.copy()
    quantiles[touched] = recentred(quantiles[touched], forecast.mean[touched], mean[touched])
    return replace(forecast, mean=mean, quantiles=quantiles)


@dataclass(frozen=True, slots=True)
class RedialFit:
    """A fitted model and what it rests on.

    Parameters
    ----------
    measured : float
        Probability of redial by the data alone, not drawn to the default; NaN if nothing could be measured.
    standard_error : float
        Of that; infinite if nothing could be measured.
    note : str
        Why the model is what it was; empty if the data said something.
    """

    model: RedialModel
    measured: float
    standard_error: float
    note: str = ""


def fit_redials(offered: FloatArray, abandoned: FloatArray | None, grid: TimeGrid, model: RedialModel | None = None) -> RedialFit:
    """Probability and delay of redials from the counts of one queue.

    Calls offered beyond the usual of their time of day and weekday are regressed on the redials that abandoned calls would
    bring, for each of `DELAYS_MINUTES`; offered calls of the last slots are held fixed, as a busy hour makes both. In the slot
    itself the abandoned calls are those that the usual number would have had, as many calls make many abandoned ones. The
    delays are averaged by how well they fit and probability and delay drawn to those of `model`. Persistence does not show in
    counts.

    Congestion within minutes looks like redials at once. Where that is what fits, nothing is changed and the note says so.

    Parameters
    ----------
    offered, abandoned : array of float, shape (slots,)
        NaN = not known or closed. No abandoned counts: nothing changes, and the note says so.

    References
    ----------
    Hoeting et al. (1999), doi:10.1214/ss/1009212519: averaging over models. A probability below zero is cut, which is what
    non-negative least squares does with a single signed regressor.
    """
    model = model or RedialModel()
    if abandoned is None or not np.nansum(abandoned):
        return RedialFit(model, np.nan, np.inf, "no abandoned calls are known, so redials cannot be told from first calls")
    if len(np.unique(grid.day_of_slot[~np.isnan(offered + abandoned)])) < LEAST_DAYS:
        return RedialFit(model, np.nan, np.inf, f"fewer than {LEAST_DAYS} days of offered and abandoned calls")
    tries = _tries(offered, abandoned, grid)
    measured, error, _ = _posterior(tries)
    probability, _, delay = _posterior(tries, model)
    if delay < AT_ONCE_MINUTES:
        return RedialFit(model, measured, error, "calls and abandoned calls rise together within minutes, as in congestion")
    return RedialFit(model.model_copy(update={"probability": probability, "delay_minutes": delay}), measured, error)


def _tries(offered: FloatArray, abandoned: FloatArray, grid: TimeGrid) -> FloatArray:
    """Slope, its standard error and the log likelihood for each of `DELAYS_MINUTES`; shape (delays, 3)."""
    known = ~np.isnan(offered + abandoned)
    known[:CONTROLS] = False
    came, lost = np.nan_to_num(offered), np.where(known, abandoned, 0.0)
    target = _beyond_usual(came, grid, known)
    controls = np.column_stack([_beyond_usual(np.roll(came, lag), grid, known) for lag in range(1, CONTROLS + 1)])
    usual = np.zeros(grid.size)
    usual[known] = came[known] - target
    own = lost / np.maximum(came, 1.0) * np.maximum(usual, 0.0)
    tries: list[tuple[float, float, float]] = []
    for delay in DELAYS_MINUTES:
        now, soon, stay = RedialModel(delay_minutes=float(delay)).delays(grid.minutes)
        later = now * own + _waiting(np.nan_to_num(abandoned), soon, stay)
        tries.append(_slope(target, _beyond_usual(later, grid, known), controls))
    return np.array(tries)


@njit(cache=True, nogil=True)
def _waiting(abandoned: FloatArray, soon: float, stay: float) -> FloatArray:
    """Redials in each slot of those who gave up in an earlier one: a share soon after, the rest waits on."""
    found = np.zeros(len(abandoned))
    for k in range(1, len(abandoned)):
        found[k] = soon * abandoned[k - 1] + stay * found[k - 1]
    return found


def _posterior(tries: FloatArray, held: RedialModel | None = None) -> tuple[float, float, float]:
    """Probability of redial, its standard deviation and the mean delay, over all delays by how well they fit.

    Drawn to what was held before, if anything was.
    """
    slope, error, fit = tries.T
    if held is not None:
        apart = (slope - held.probability) ** 2 / (PROBABILITY_SD**2 + error**2)
        fit = fit - (apart + (np.log(DELAYS_MINUTES / held.delay_minutes) / DELAY_LOG_SD) ** 2) / 2
        weight = PROBABILITY_SD**2 / (PROBABILITY_SD**2 + error**2)
        slope, error = held.probability + weight * (slope - held.probability), np.sqrt(weight) * error
    chance = np.exp(fit - fit.max())
    chance /= chance.sum()
    centre = float(chance @ slope)
    spread = float(np.sqrt(chance @ (error**2 + (slope - centre) ** 2)))
    return float(np.clip(centre, 0, 0.99)), spread, float(np.exp(chance @ np.log(DELAYS_MINUTES)))


def _slope(target: FloatArray, regressor: FloatArray, controls: FloatArray) -> tuple[float, float, float]:
    """Regression on one regressor with controls held fixed: slope, its robust standard error and the log likelihood."""
    both = np.column_stack([target, regressor])
    left, alone = (both - controls @ np.linalg.lstsq(controls, both)[0]).T
    size = float(alone @ alone)
    if size <= 0:
        return 0.0, 1e6, 0.0
    slope = float(alone @ left) / size
    rest = left - slope * alone
    error = float(np.sqrt((alone * rest) @ (alone * rest))) / size
    return slope, error, -len(rest) / 2 * float(np.log(max(rest @ rest, 1e-12)))


def _beyond_usual(values: FloatArray, grid: TimeGrid, known: BoolArray) -> FloatArray:
    """Values of the known slots less the mean of their weekday and time of day, then less the mean of their day."""
    weekday = (grid.horizon.first.weekday() + grid.day_of_slot) % 7
    return _centred(_centred(values[known], (weekday * DAY_MINUTES + grid.wall_minute)[known]), grid.day_of_slot[known])


def _centred(values: FloatArray, group: IntArray) -> FloatArray:
    total, count = np.bincount(group, values), np.bincount(group)
    return values - (total / np.maximum(count, 1))[group]


@dataclass(frozen=True, slots=True)
class Redialling:
    """Redials counted call by call, of the calls whose customer is known.

    Parameters
    ----------
    abandoned, answered : int
        Calls.
    within_hour, same_day : float
        Share of the abandoned ones whose customer calls again within an hour, or on the same day; NaN if there are none.
    within_hour_answered, same_day_answered : float
        The same of the answered: what would have come anyway.
    within_hour_again : float
        As `within_hour`, of the abandoned calls that are redials themselves.
    delay_minutes : float
        Mean delay of those within the hour, from the end of the abandoned call; NaN if there are none.
    delay_quartiles : tuple of float
        Quartiles of the delay on the same day, minutes.
    """

    abandoned: int
    answered: int
    within_hour: float
    same_day: float
    within_hour_answered: float
    same_day_answered: float
    within_hour_again: float
    delay_minutes: float
    delay_quartiles: tuple[float, float, float]

    @property
    def model(self) -> RedialModel:
        """The model that these figures say; the default with fewer than `LEAST_ABANDONERS` abandoned or answered calls."""
        if min(self.abandoned, self.answered) < LEAST_ABANDONERS or not self.delay_minutes > 0:
            return RedialModel()
        probability = min(self._beyond_anyway(self.within_hour), 0.99)
        again = self._beyond_anyway(self.within_hour_again) / probability if probability and self.within_hour_again >= 0 else 1.0
        return RedialModel(probability=probability, persistence=min(again, 1.0), delay_minutes=self.delay_minutes)

    def _beyond_anyway(self, share: float) -> float:
        """Probability of a call because of the abandoned one, when another reason may bring one independently."""
        return max(share - self.within_hour_answered, 0.0) / max(1 - self.within_hour_answered, 1e-9)


def redials_of_calls(calls: pd.DataFrame) -> Redialling:
    """Redials of a table of calls, one row per call.

    Parameters
    ----------
    calls : DataFrame
        ``customer`` (missing = not known: left out), ``arrived`` and ``left`` (when the call came, and when it was given up or
        ended; local time) and ``abandoned`` (bool).
    """
    rows = calls.dropna(subset=["customer"]).sort_values(["customer", "arrived"], kind="stable")
    of_customer = rows.groupby("customer")
    following = of_customer["arrived"].shift(-1)
    delay = ((following - rows["left"]).dt.total_seconds() / 60).clip(lower=0).to_numpy(np.float64)
    lost = rows["abandoned"].to_numpy(np.bool_)
    soon, same = delay <= WITHIN_MINUTES, (following.dt.date == rows["arrived"].dt.date).to_numpy(np.bool_)
    # a call that follows an abandoned one of the same customer within the hour
    again = (lost & soon).astype(np.float64)
    again = pd.Series(again, rows.index).groupby(rows["customer"]).shift(1).to_numpy(np.float64) == 1
    return Redialling(
        abandoned=int(lost.sum()),
        answered=int((~lost).sum()),
        within_hour=_share(soon[lost]),
        same_day=_share(same[lost]),
        within_hour_answered=_share(soon[~lost]),
        same_day_answered=_share(same[~lost]),
        within_hour_again=_share(soon[lost & again]),
        delay_minutes=float(delay[lost & soon].mean()) if (lost & soon).any() else np.nan,
        delay_quartiles=_quartiles(delay[lost & same]),
    )


def _share(hits: BoolArray) -> float:
    return float(hits.mean()) if len(hits) else np.nan


def _quartiles(values: FloatArray) -> tuple[float, float, float]:
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75]) if len(values) else (np.nan, np.nan, np.nan)
    return float(low), float(middle), float(high)
