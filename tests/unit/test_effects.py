"""What past events say of the next one of their name."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from data.model.base import FloatArray
from data.model.calendar import Calendar
from data.model.demand import CallHistory, Event
from data.model.time import Horizon, TimeGrid
from forecasting.effects import Learnt, learnt_events
from forecasting.events import apply_events, strength, without_events
from forecasting.pipeline import forecast

FIRST, DAYS = date(2025, 1, 6), 140
GRID = TimeGrid(horizon=Horizon(zone="UTC", first=FIRST, days=DAYS), minutes=60)
ORIGIN = GRID.horizon.end


def campaign(day: int, queue: str = "a", *, factor: float = 1.2, spread: float = 0.1, fade: float | None = None) -> Event:
    start = datetime.combine(FIRST + timedelta(days=day), datetime.min.time(), UTC) + timedelta(hours=12)
    return Event(
        queue=queue, name="mailing", start=start, end=start + timedelta(hours=6), factor=factor, spread=spread, fade_hours=fade
    )


def history(days: list[int], truth: float, queues: tuple[str, ...] = ("a",), seed: int = 1) -> CallHistory:
    """Poisson counts, multiplied by the truth in the campaigns of the first queue."""
    random = np.random.default_rng(seed)
    mean = 60 * (1.2 + np.sin(GRID.wall_minute / 1440 * 2 * np.pi)) * np.ones((len(queues), 1))
    for day in days:
        mean[0] *= 1 + (truth - 1) * strength(GRID, campaign(day))
    return CallHistory(queues, GRID, random.poisson(mean).astype(float), np.full(mean.shape, np.nan))


def learnt(calls: CallHistory, events: list[Event]) -> Learnt:
    return learnt_events(calls, events, ORIGIN, Calendar())


def test_four_past_campaigns_outweigh_what_is_said() -> None:
    days = [30, 50, 72, 95]
    found = learnt(history(days, 1.8), [*map(campaign, days), campaign(DAYS + 2)])
    assert found.events[-1].factor == pytest.approx(1.8, rel=0.06)
    assert [event.factor for event in found.events[:-1]] == pytest.approx([1.8] * 4, rel=0.1)
    assert found.effects[0].own == 4
    assert found.effects[0].said == 1.2


def test_one_past_campaign_moves_what_is_said_part_of_the_way() -> None:
    found = learnt(history([50], 1.8), [campaign(50), campaign(DAYS + 2)])
    assert 1.3 < found.events[-1].factor < 1.7
    assert found.events[-1].spread > 0.15


def test_few_events_are_pooled_across_queues() -> None:
    calls = history([40, 60, 80], 1.8, queues=("a", "b"))
    said = [*(campaign(day) for day in (40, 60, 80)), campaign(DAYS + 2, "b", factor=0.5)]
    found = learnt(calls, said)
    # the others came half as strong again as was said, and so is this one held to
    assert found.events[-1].factor == pytest.approx(0.5 * 1.5, rel=0.2)
    assert (found.effects[0].own, found.effects[0].pooled) == (0, 3)


def test_nothing_past_changes_nothing() -> None:
    events = [campaign(DAYS + 2), campaign(DAYS + 9, factor=2.0)]
    found = learnt(history([], 1.0), events)
    assert found.events == tuple(events)
    assert found.effects == ()


def test_calls_after_the_origin_are_not_looked_at() -> None:
    days = [30, 50, 72, 95]
    calls = history(days, 1.8)
    early = GRID.horizon.start + timedelta(days=90)
    offered = calls.offered.copy()
    offered[:, GRID.slot(early) :] *= 3
    altered = CallHistory(calls.queues, GRID, offered, calls.handle_time_s)
    events = [*map(campaign, days), campaign(DAYS + 2)]
    assert learnt_events(calls, events, early, Calendar()).events == learnt_events(altered, events, early, Calendar()).events


def test_the_forecast_of_a_campaign_meets_what_comes() -> None:
    days = [30, 50, 72, 95]
    found = learnt(history(days, 1.8), [*map(campaign, days), campaign(DAYS)])
    horizon = Horizon(zone="UTC", first=FIRST + timedelta(days=DAYS), days=1)
    plain = forecast(without_events(history(days, 1.8), found.events, ORIGIN), ORIGIN, horizon, minutes=60, calendar=Calendar())
    made = apply_events(plain, found.events)
    truth = 60 * (1.2 + np.sin(made.grid.wall_minute / 1440 * 2 * np.pi)) * (1 + 0.8 * strength(made.grid, found.events[-1]))
    assert np.abs(made.mean[0] - truth).sum() / truth.sum() < 0.05


def test_a_mailing_fades() -> None:
    acts: FloatArray = strength(GRID, campaign(3, fade=2.0))
    inside = acts[acts > 0]
    assert len(inside) == 6
    assert (np.diff(inside) < 0).all()
    assert inside[0] == pytest.approx(2 * (1 - np.exp(-0.5)))
    assert inside[-1] < 0.1
