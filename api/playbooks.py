"""A playbook laid over a forecast: what its curves bring to the queues of a centre, as a distribution."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
from scipy import stats

from data.model.base import FloatArray
from data.model.centre import Centre
from data.model.demand import CallHistory, Event, Forecast
from data.model.outage import Outage
from data.model.playbook import Curve, FactorCurve, OutageCurve, Playbook
from forecasting.events import apply_events, changed, strength
from forecasting.score import calls_that_came
from forecasting.surge import SurgeModel, apply_outages

SIZED, SURGED = 31, 32
"""Streams of random numbers: how large each curve is, and how many calls it brings."""


@dataclass(frozen=True)
class Scene:
    """A playbook that plays in a centre from an instant on.

    Parameters
    ----------
    name : str
        Of the playbook.
    """

    name: str
    book: Playbook
    centre: Centre
    start: datetime

    @cached_property
    def cast(self) -> dict[str, tuple[str, ...]]:
        """Queues that play each part."""
        return self.book.cast(self.centre)

    @property
    def unplayed(self) -> tuple[str, ...]:
        """Parts of curves that nothing in the centre plays."""
        return tuple(dict.fromkeys(curve.plays for curve in self.book.curves if not self.cast[curve.plays]))

    @property
    def queues(self) -> tuple[str, ...]:
        """Queues whose calls it moves, in the order of the centre."""
        moved = {queue for curve in self.book.curves for queue in self.cast[curve.plays]}
        return tuple(queue.id for queue in self.centre.queues if queue.id in moved)

    @property
    def end(self) -> datetime:
        """When the last curve has ended; the tail of an outage apart."""
        return max(self.start + timedelta(hours=_last_hour(curve, self.book)) for curve in self.book.curves)

    def layers(self, forecast: Forecast) -> Iterator[tuple[Curve, Forecast]]:
        """The forecast with one curve more each time, in their order."""
        for curve in self.book.curves:
            forecast = self._with(forecast, curve)
            yield curve, forecast

    def over(self, forecast: Forecast) -> Forecast:
        """The forecast with all curves over it, after its origin: mean and quantiles both."""
        for _, layered in self.layers(forecast):
            forecast = layered
        return forecast

    def calls(self, made: Forecast, usual: FloatArray, seed: int) -> FloatArray:
        """Calls of each replication with the scenario in it; shape of `usual`, (replications, queues, slots).

        What a curve adds is Poisson about its own size, drawn by the same chance whatever the size: a larger scenario never has
        fewer calls, and one of size nothing changes nothing. What it takes away is thinned.
        """
        calls, before = usual, made
        for number, (_, after) in enumerate(self.layers(made)):
            size, luck = self._sizes(len(usual), seed)[:, number], np.random.default_rng((seed, SURGED, number)).random(usual.shape)
            calls = _changed(calls, before.mean, after.mean, size[:, None, None], luck)
            before = after
        return calls

    def _sizes(self, replications: int, seed: int) -> FloatArray:
        """Size of each curve over the expected one, lognormal of mean 1; shape (replications, curves)."""
        normal = np.random.default_rng((seed, SIZED)).standard_normal((replications, 1 + len(self.book.curves)))
        share = self.book.together
        together = np.sqrt(share) * normal[:, :1] + np.sqrt(1 - share) * normal[:, 1:]
        log_sd = np.sqrt(np.log1p(np.array([_spread(curve) for curve in self.book.curves]) ** 2))
        return np.exp(log_sd * together - log_sd**2 / 2)

    def _with(self, forecast: Forecast, curve: Curve) -> Forecast:
        queues = [queue for queue in self.cast[curve.plays] if queue in forecast.queues]
        if isinstance(curve, OutageCurve):
            return self._with_outage(forecast, curve, queues) if self.book.customers else forecast
        events = [event for queue in queues for event in _events(curve, queue, self.name, self.start)]
        return _slower(apply_events(forecast, events), curve, queues, self.start)

    def _with_outage(self, forecast: Forecast, curve: OutageCurve, queues: list[str]) -> Forecast:
        """Calls of customers without supply, on queues of one part by their share of the calls."""
        model = _model(curve)
        calls = np.array([forecast.mean[forecast.queues.index(queue)].sum() for queue in queues])
        outages = [
            Outage(
                queue=queue,
                name=self.name,
                customers=self.book.customers * share,
                start=self.start,
                restored=self.start + timedelta(hours=self.book.outage_hours),
                notice_coverage=curve.notice_coverage,
                coefficient=model.coefficient * (1 - curve.deflection),
                known_from=min(self.start, forecast.origin),
            )
            for queue, share in zip(queues, calls / max(calls.sum(), 1e-9), strict=True)
        ]
        return apply_outages(forecast, outages, model)


@dataclass(frozen=True)
class Recorded(Scene):
    """Calls of a past day in the place of those that the curves would bring.

    Parameters
    ----------
    history : CallHistory
        On the day that it is replayed on.
    """

    history: CallHistory | None = None

    def over(self, forecast: Forecast) -> Forecast:
        """The forecast about the calls that came, on the slots that the recording knows."""
        came = self._came(forecast)
        for row, queue in enumerate(forecast.queues):
            known = ~np.isnan(came[row])
            mean = forecast.mean[row]
            times = np.divide(came[row], mean, out=np.ones(len(mean)), where=known & (mean > 0))
            forecast = changed(forecast, queue, times, np.where(known & (mean <= 0), came[row], 0.0), 0.0)
        return forecast

    def calls(self, made: Forecast, usual: FloatArray, seed: int) -> FloatArray:  # noqa: ARG002 (nothing is drawn)
        """The calls that came, where they are known; what else is drawn stays."""
        came = self._came(made)
        return np.where(np.isnan(came), usual, came.round())

    def _came(self, made: Forecast) -> FloatArray:
        assert self.history is not None
        return np.where(made.open, calls_that_came(made, self.history), np.nan)


def _changed(calls: FloatArray, before: FloatArray, after: FloatArray, size: FloatArray, luck: FloatArray) -> FloatArray:
    """Calls with what the mean gains drawn on top, and what it loses thinned out."""
    more = np.maximum(after - before, 0.0)
    lost = 1 - np.divide(after, before, out=np.ones_like(before), where=(before > 0) & (after < before))
    kept = np.where(lost > 0, np.floor(calls * np.maximum(1 - lost * size, 0.0) + luck), calls)
    return kept + np.where(more > 0, stats.poisson.ppf(luck, more * size), 0.0)


def _model(curve: OutageCurve) -> SurgeModel:
    return SurgeModel(**curve.model_dump(include=set(SurgeModel.model_fields), exclude_none=True))


def _spread(curve: Curve) -> float:
    """Coefficient of variation of what a curve brings."""
    return _model(curve).spread if isinstance(curve, OutageCurve) else curve.spread


def _last_hour(curve: Curve, book: Playbook) -> float:
    return book.outage_hours if isinstance(curve, OutageCurve) else curve.from_hours + curve.hours


def _events(curve: FactorCurve, queue: str, name: str, start: datetime) -> Iterator[Event]:
    """One event for each part of the profile in which anything acts."""
    step = timedelta(hours=curve.hours / len(curve.profile))
    first = start + timedelta(hours=curve.from_hours)
    rise = (curve.factor - 1) * (curve.reaching if curve.factor > 1 else 1.0)
    for k, height in enumerate(curve.profile):
        if rise * height:
            begin, end = first + k * step, first + (k + 1) * step
            yield Event(queue=queue, name=name, start=begin, end=end, factor=1 + rise * height, spread=curve.spread)


def _slower(forecast: Forecast, curve: FactorCurve, queues: list[str], start: datetime) -> Forecast:
    """The forecast with longer calls while the curve acts."""
    if curve.handle_time == 1:
        return forecast
    longer = forecast.handle_time_s.copy()
    rows = [forecast.queues.index(queue) for queue in queues]
    longer[rows] *= 1 + (curve.handle_time - 1) * _acting(forecast, curve, start)
    return replace(forecast, handle_time_s=longer)


def _acting(forecast: Forecast, curve: FactorCurve, start: datetime) -> FloatArray:
    """How far a curve acts in each slot, in [0, 1]."""
    whole = curve.model_copy(update={"factor": 2.0, "notice_coverage": 0.0, "deflection": 0.0})
    parts = _events(whole, "", "", start)
    return sum(((part.factor - 1) * strength(forecast.grid, part) for part in parts), start=np.zeros(forecast.grid.size))
