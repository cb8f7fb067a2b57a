"""What the planner knows beforehand, put onto a forecast: campaigns, holiday effects, outages."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from data.model.base import BoolArray, FloatArray
from data.model.demand import LEVELS, CallHistory, Event, Forecast
from data.model.errors import Finding, InvalidData
from data.model.time import TimeGrid, epoch_minutes
from forecasting.quantiles import NORMAL, root
from forecasting.score import calls_that_came

MEDIAN = LEVELS.index(0.5)
RISE_MINUTES = 20.0
"""Time constant of the front of an outage's calls (house choice; fronts of 15 to 60 minutes are reported)."""
DECAY_SHARE = 1 / 3
"""Time constant of the decay as a share of the stretch (house choice)."""


def outage_calls(customers: float, coefficient: float = 0.048) -> float:
    """Calls to expect from an outage.

    Parameters
    ----------
    customers : float
        Customers affected, not negative.
    coefficient : float
        Calls per affected customer on the day; 0.03 to 0.06 is the usual band.

    References
    ----------
    214,000 calls for 4.45 million customers (Mangkhut 2018) and 135,000 for 2.82 million (Hato 2017), Guangdong.
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
            factor = 1 + (event.factor - 1) * _overlap(history.grid, event)
            extra = event.extra_calls * _front(history.grid, event, ~np.isnan(row))
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
    findings = [
        Finding("events.csv", None, "queue", repr(event.queue), f"one of {', '.join(forecast.queues)}", f"correct {event.name!r}")
        for event in events
        if event.queue not in forecast.queues
    ]
    if findings:
        raise InvalidData(findings)
    mean, quantiles = forecast.mean.copy(), forecast.quantiles.copy()
    ahead = np.arange(forecast.grid.size) >= forecast.grid.slot(forecast.origin)
    for event in _known(events, forecast.origin):
        q = forecast.queues.index(event.queue)
        share, front = _overlap(forecast.grid, event), _front(forecast.grid, event, forecast.open[q])
        factor = 1 + (event.factor - 1) * share
        extra = event.extra_calls * front
        touched = ahead & forecast.open[q] & ((factor != 1) | (extra > 0))
        before, after = mean[q, touched], (mean[q] * factor + extra)[touched]
        quantiles[q, touched] = _widened(quantiles[q, touched], before, after, event.spread)
        mean[q, touched] = after
    return replace(forecast, mean=mean, quantiles=quantiles)


def _edges(grid: TimeGrid, event: Event) -> tuple[FloatArray, float]:
    """Minutes from the start of the event to the edges of the slots, cut to the event; and its length."""
    edge = np.arange(grid.size + 1) * grid.minutes + float(grid.day_start_minutes[0])
    length = (event.end - event.start).total_seconds() / 60
    return np.clip(edge - epoch_minutes(event.start), 0.0, length).astype(np.float64), length


def _overlap(grid: TimeGrid, event: Event) -> FloatArray:
    """Share of each slot that lies in the event."""
    edge, _ = _edges(grid, event)
    return np.diff(edge) / grid.minutes


def _front(grid: TimeGrid, event: Event, is_open: BoolArray) -> FloatArray:
    """Share of the extra calls in each open slot: a fast front, then an exponential decay; what closed slots would get included."""
    edge, length = _edges(grid, event)
    decay = length * DECAY_SHARE
    rise = min(RISE_MINUTES, decay / 2)
    both = 1 / (1 / decay + 1 / rise)
    minutes = np.append(edge, length)
    total = decay * -np.expm1(-minutes / decay) - both * -np.expm1(-minutes / both)
    share = np.diff(total[:-1]) / total[-1]
    return np.where(is_open, share, 0) / max(1 - share[~is_open].sum(), 1e-9)


def _widened(quantiles: FloatArray, before: FloatArray, after: FloatArray, spread: float) -> FloatArray:
    """Quantiles about a new mean: Poisson noise of the new mean, the other uncertainty in proportion, the event's lognormal.

    Parameters
    ----------
    quantiles : array of float, shape (n, levels)
    before, after : array of float, shape (n,)
        Mean before and after the event.
    spread : float
        Coefficient of variation of what the event changes.
    """
    roots = root(quantiles)
    middle = roots[:, [MEDIAN]]
    apart, noise = (roots - middle) ** 2, 0.25 * NORMAL**2
    ratio = (after / np.maximum(before, 1e-9))[:, None]
    grown = np.minimum(apart, noise) + np.maximum(apart - noise, 0) * ratio
    fresh = noise * np.clip((after - before) / np.maximum(after, 1e-9), 0, 1)[:, None]
    side = np.sign(NORMAL)
    # the median keeps its distance from the mean on the root scale
    centre = root(after)[:, None] + middle - root(before)[:, None]
    values = np.maximum(np.maximum(centre + side * np.sqrt(np.maximum(grown, fresh)), 0) ** 2 - 0.25, 0)
    relative = spread * np.abs(after - before) / np.maximum(after, 1e-9)
    sigma = np.sqrt(np.log1p(relative**2))[:, None]
    logs = np.log(values + 0.25)
    shifted = logs - logs[:, [MEDIAN]]
    wide = logs[:, [MEDIAN]] - sigma**2 / 2 + side * np.sqrt(shifted**2 + (sigma * NORMAL) ** 2)
    changed = np.maximum(np.exp(wide) - 0.25, 0) * (after > 0)[:, None]
    return np.maximum.accumulate(changed, axis=1)
