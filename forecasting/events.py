"""What the planner knows beforehand, put onto a forecast: campaigns, holiday effects, outages."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from data.model.base import BoolArray, FloatArray
from data.model.demand import CallHistory, Event, Forecast
from data.model.errors import Finding, InvalidData
from data.model.outage import Outage
from data.model.time import TimeGrid, epoch_minutes
from forecasting.quantiles import recentred
from forecasting.score import calls_that_came

RISE_MINUTES = 20.0
"""Time constant of the front of an outage's calls (house choice; fronts of 15 to 60 minutes are reported)."""
CALLS_PER_CUSTOMER = 0.048
"""Calls per affected customer on the day of an outage: 214,000 for 4.45 million (Mangkhut 2018), 135,000 for 2.82 million (Hato
2017), both Guangdong; 0.03 to 0.06 is the usual band."""
DECAY_SHARE = 1 / 3
"""Time constant of the decay as a share of the stretch (house choice)."""


def outage_calls(customers: float, coefficient: float = CALLS_PER_CUSTOMER) -> float:
    """Calls to expect from an outage.

    Parameters
    ----------
    customers : float
        Customers affected, not negative.
    coefficient : float
        Calls per affected customer on the day.
    """
    return customers * coefficient


def without_events(history: CallHistory, events: Sequence[Event], origin: datetime) -> CallHistory:
    """The history less what the events known at `origin` are held to have brought, so that a method learns plain days.

    What an event brought beyond, or short of, what the planner says stays in the counts.
    """
    offered = history.offered.copy()
    for event in _known(events, origin):
        if event.queue in history.queues:
            row = offered[history.queues.index(event.queue)]
            factor, extra = _effect(history.grid, event, ~np.isnan(row))
            row[:] = np.divide(np.maximum(row - extra, 0), factor, out=row.copy(), where=factor > 0)
    return replace(history, offered=offered)


def with_seen(forecast: Forecast, history: CallHistory) -> Forecast:
    """The forecast with the counts that were seen by its origin in their slots."""
    seen = calls_that_came(forecast, history.before(forecast.origin))
    known = forecast.open & ~np.isnan(seen)
    mean = np.where(known, seen, forecast.mean)
    return replace(forecast, mean=mean, quantiles=np.where(known[..., None], seen[..., None], forecast.quantiles))


def _known(events: Sequence[Event], origin: datetime) -> list[Event]:
    return [event for event in events if event.known_from is None or event.known_from <= origin]


def apply_events(forecast: Forecast, events: Sequence[Event]) -> Forecast:
    """The forecast with each event's factor and extra calls on open slots after its origin, quantiles widened by its spread.

    Slots that are seen already stay as they are; of the extra calls, those that fall after the origin on open slots are added.
    Events that were not known at the origin change nothing.

    Raises
    ------
    InvalidData
        With every event of a queue that the forecast does not have.
    """
    check_queues(forecast, events, "events.csv")
    for event in _known(events, forecast.origin):
        factor, extra = _effect(forecast.grid, event, forecast.open[forecast.queues.index(event.queue)])
        forecast = changed(forecast, event.queue, factor, extra, event.spread)
    return forecast


def check_queues(forecast: Forecast, causes: Sequence[Event] | Sequence[Outage], where: str) -> None:
    """Refuse what acts on a queue that the forecast does not have.

    Raises
    ------
    InvalidData
        With every one of them.
    """
    findings = [
        Finding(where, None, "queue", repr(cause.queue), f"one of {', '.join(forecast.queues)}", f"correct {cause.name!r}")
        for cause in causes
        if cause.queue not in forecast.queues
    ]
    if findings:
        raise InvalidData(findings)


def changed(forecast: Forecast, queue: str, factor: FloatArray, extra: FloatArray, spread: float) -> Forecast:
    """The forecast with the calls of a queue multiplied and added to on open slots after its origin, quantiles widened.

    Parameters
    ----------
    factor, extra : array of float, shape (slots,)
        Calls are multiplied by the one; the other, calls per slot, is added.
    spread : float
        Coefficient of variation of what changes.
    """
    q = forecast.queues.index(queue)
    mean, quantiles = forecast.mean.copy(), forecast.quantiles.copy()
    ahead = np.arange(forecast.grid.size) >= forecast.grid.slot(forecast.origin)
    touched = ahead & forecast.open[q] & ((factor != 1) | (extra > 0))
    before, after = mean[q, touched], (mean[q] * factor + extra)[touched]
    quantiles[q, touched] = recentred(quantiles[q, touched], before, after, spread)
    mean[q, touched] = after
    return replace(forecast, mean=mean, quantiles=quantiles)


def _effect(grid: TimeGrid, event: Event, is_open: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Factor and extra calls of each slot; shape (slots,) both."""
    length = (event.end - event.start).total_seconds() / 60
    share = np.diff(front_and_decay(minutes_since(grid, event.start), length, RISE_MINUTES, length * DECAY_SHARE))
    return 1 + (event.factor - 1) * strength(grid, event), event.extra_calls * on_open(share, is_open)


def strength(grid: TimeGrid, event: Event) -> FloatArray:
    """How far the factor of an event acts in each slot: its share of the slot, less as it fades; shape (slots,), in [0, 1]."""
    inside = np.clip(minutes_since(grid, event.start), 0, (event.end - event.start).total_seconds() / 60)
    if event.fade_hours is None:
        return np.diff(inside) / grid.minutes
    fade = 60 * event.fade_hours
    return np.diff(-np.expm1(-inside / fade)) * fade / grid.minutes


def minutes_since(grid: TimeGrid, start: datetime) -> FloatArray:
    """Minutes from an instant to the edges of the slots, negative before it; shape (slots + 1,)."""
    edge = np.arange(grid.size + 1) * grid.minutes + float(grid.day_start_minutes[0])
    return (edge - epoch_minutes(start)).astype(np.float64)


def front_and_decay(minutes: FloatArray, length: float, front: float, decay: float) -> FloatArray:
    """Share of the calls that have come by some minutes after the start: a fast front, then an exponential decay.

    Calls per minute go with ``exp(-t / decay) (1 - exp(-t / front))`` up to `length` and there are none beyond.

    Parameters
    ----------
    minutes : array of float, any shape
        Any, also before the start.
    length, front, decay : float
        Minutes, positive; the front is taken as half the decay at most.

    Returns
    -------
    array of float, shape of `minutes`
        Non-decreasing in time, from 0 to 1.
    """
    both = 1 / (1 / decay + 1 / min(front, decay / 2))
    time = np.append(np.clip(minutes, 0.0, length), length)
    total = decay * -np.expm1(-time / decay) - both * -np.expm1(-time / both)
    return total[:-1] / total[-1]


def on_open(share: FloatArray, is_open: BoolArray) -> FloatArray:
    """Shares of one whole on the slots, with what closed slots would get laid on all others in proportion.

    What lies beyond the grid takes its part, so that a longer grid says the same. Nothing where all is closed (house choice).
    """
    return np.where(is_open, share, 0.0) / max(1 - float(share[~is_open].sum()), 1e-9)
