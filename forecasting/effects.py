"""What past events of a name brought, and what the next one of that name is held to bring."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from data.model.base import FloatArray
from data.model.calendar import Calendar
from data.model.demand import CallHistory, Event
from forecasting.events import strength
from forecasting.normal import usual_calls

FREE_EVENTS = 4
"""From so many past events of a name on, a queue's own say what the next one brings; fewer are pooled across queues and drawn to
what the planner says."""
LEAST_DOUBT = 0.15
"""Log-standard deviation of what a planner says, at least, and of how one event differs from the next (house choice)."""
DAY_NOISE = 0.06
"""Log-standard deviation of the level of an ordinary day, by which a single event is misread (house choice)."""
LEAST_CALLS = 5.0
"""Usual calls in an event, weighted by its strength, under which nothing can be read from it."""
MOST = 3.0
"""Largest log-ratio to what was said that is believed."""


@dataclass(frozen=True)
class Effect:
    """What is held of events of one name on one queue.

    Parameters
    ----------
    said : float
        Factor that the planner gives.
    own, pooled : int
        Past events of that name that could be read: on the queue, and on all queues.
    factor, spread : float
        What is used for the next one, and its coefficient of variation.
    """

    queue: str
    name: str
    said: float
    own: int
    pooled: int
    factor: float
    spread: float


@dataclass(frozen=True, eq=False)
class Learnt:
    """Events with what the past says of them.

    Parameters
    ----------
    events : tuple of Event
        In the order given: a past one with what it brought, one to come with what it is held to bring.
    effects : tuple of Effect
        Of the events to come of which something was learnt.
    """

    events: tuple[Event, ...]
    effects: tuple[Effect, ...]


def learnt_events(history: CallHistory, events: Sequence[Event], origin: datetime, calendar: Calendar) -> Learnt:
    """Events whose factors follow from past events of the same name, as far as these can be read.

    Only factors are learnt; extra calls stay as they are said. What the planner says is the start: past events say by how much
    it was wrong, and that is carried over, so that events of one name may act differently on different queues.

    Parameters
    ----------
    history : CallHistory
        As it was, with the events in it; what is not complete at `origin` is not looked at.

    References
    ----------
    Gelman et al., Bayesian Data Analysis (3rd ed. 2013), 5.4: normal hierarchical model, conjugate in the log of the factor.
    """
    read = _readings(history.before(origin), events, origin, calendar)
    if not read:
        return Learnt(tuple(events), ())
    made: list[Event] = []
    effects: list[Effect] = []
    for e, event in enumerate(events):
        if e in read:
            event = event.model_copy(update={"factor": event.factor * float(np.exp(read[e]))})
        elif event.end > origin and event.factor > 0:
            event, effect = _carried(event, events, read)
            effects += [] if effect is None else [effect]
        made.append(event)
    return Learnt(tuple(made), tuple(effects))


def _readings(history: CallHistory, events: Sequence[Event], origin: datetime, calendar: Calendar) -> dict[int, float]:
    """Log-ratio of the factor that came to the factor that was said, of each past event that can be read."""
    past = [e for e, event in enumerate(events) if _readable(event, history, origin)]
    if not past:
        return {}
    strengths = {e: strength(history.grid, events[e]) for e in past}
    hidden = history.offered.copy()
    for e in past:
        hidden[history.queues.index(events[e].queue), strengths[e] > 0] = np.nan
    usual = usual_calls(_with_offered(history, hidden), calendar)
    found = {e: _log_ratio(history, usual, events[e], strengths[e]) for e in past}
    return {e: ratio for e, ratio in found.items() if ratio is not None}


def _readable(event: Event, history: CallHistory, origin: datetime) -> bool:
    known = event.known_from is None or event.known_from <= origin
    return known and event.end <= origin and event.queue in history.queues and event.factor > 0 and not event.extra_calls


def _with_offered(history: CallHistory, offered: FloatArray) -> CallHistory:
    return CallHistory(history.queues, history.grid, offered, history.handle_time_s)


def _log_ratio(history: CallHistory, usual: FloatArray, event: Event, acts: FloatArray) -> float | None:
    """The factor with which the usual calls, where it acted, add up to what came, over the factor that was said."""
    q = history.queues.index(event.queue)
    known = (acts > 0) & ~np.isnan(history.offered[q]) & ~np.isnan(usual[q])
    acting = float((usual[q, known] * acts[known]).sum())
    if acting < LEAST_CALLS:
        return None
    factor = 1 + float((history.offered[q, known] - usual[q, known]).sum()) / acting
    return float(np.clip(np.log(max(factor, 0.01) / event.factor), -MOST, MOST))


def _carried(event: Event, events: Sequence[Event], read: dict[int, float]) -> tuple[Event, Effect | None]:
    """An event to come with what those of its name say, and what is held of it; as it is if they say nothing."""
    named = {e: ratio for e, ratio in read.items() if events[e].name == event.name}
    own = np.array([ratio for e, ratio in named.items() if events[e].queue == event.queue])
    pooled = np.array(list(named.values()))
    if not len(pooled):
        return event, None
    shift, spread = _free(own) if len(own) >= FREE_EVENTS else _drawn(pooled, event.spread)
    factor = event.factor * float(np.exp(shift))
    effect = Effect(event.queue, event.name, event.factor, len(own), len(pooled), factor, spread)
    return event.model_copy(update={"factor": factor, "spread": spread}), effect


def _free(ratios: FloatArray) -> tuple[float, float]:
    """Mean of a queue's own events, and how far the next one may be from it."""
    between = max(float(ratios.std(ddof=1)), DAY_NOISE)
    return float(ratios.mean()), _variation(between * np.sqrt(1 + 1 / len(ratios)))


def _drawn(ratios: FloatArray, said_spread: float) -> tuple[float, float]:
    """Mean of the events of all queues drawn to what is said, and how far the next one may be from it."""
    doubt, between = max(said_spread, LEAST_DOUBT) ** 2, LEAST_DOUBT**2 + DAY_NOISE**2
    precision = 1 / doubt + len(ratios) / between
    return float(ratios.sum() / between / precision), _variation(np.sqrt(1 / precision + LEAST_DOUBT**2))


def _variation(log_deviation: float) -> float:
    """Coefficient of variation of a lognormal; at most 2, as an event allows."""
    return float(min(np.sqrt(np.expm1(log_deviation**2)), 2.0))
