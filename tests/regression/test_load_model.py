"""Why each slot is staffed by its own rate unless asked otherwise: a two-hump day, simulated with a smooth rate."""

from datetime import UTC, date, datetime

import numpy as np

from data.model.centre import OpeningHours, Queue
from data.model.demand import LEVELS, Forecast
from data.model.time import Horizon, TimeGrid
from optimizer.staffing.one_queue import simulate_day
from optimizer.staffing.requirement import require

PEAK_ERLANG, HANDLE_S, MINUTES, RUNS = 300, 300.0, 30, 100


def two_humps():
    """Calls per minute, open from 7 to 21."""
    hour = (np.arange(1440) + 0.5) / 60
    shape = np.exp(-0.5 * ((hour - 10.5) / 1.8) ** 2) + 0.8 * np.exp(-0.5 * ((hour - 16) / 2.2) ** 2)
    shape = np.where((hour > 7) & (hour < 21), np.maximum(shape, 0.05), 0.0)
    return PEAK_ERLANG / HANDLE_S * 60 * shape / shape.max()


def test_the_default_load_model_leaves_fewer_slots_short_at_the_same_hours():
    by_minute = two_humps()
    calls = by_minute.reshape(-1, MINUTES).sum(axis=1)
    grid = TimeGrid(horizon=Horizon(zone="UTC", first=date(2026, 6, 1), days=1), minutes=MINUTES)
    mean = calls[None]
    quantiles = np.repeat(mean[:, :, None], len(LEVELS), axis=2)
    handle = np.full_like(mean, HANDLE_S)
    forecast = Forecast(("q",), grid, datetime(2026, 5, 1, tzinfo=UTC), mean, quantiles, handle, mean > 0)
    queue = Queue(id="q", name="Q", project="p", opening=OpeningHours(hours={}), handle_time_s=HANDLE_S, patience_s=150)
    came = np.random.default_rng(1).poisson(by_minute, (RUNS, 1440))
    short, hours = [], []
    for made in (require(forecast, [queue]), require(forecast, [queue], load_model="offered_load")):
        staff = np.repeat(made.on_phone[0], MINUTES)
        seen = simulate_day(came, 60, HANDLE_S, 0.95, 150, staff, 20, seed=2, replications=RUNS)
        in_time, offered = (x.reshape(RUNS, -1, MINUTES).sum(axis=(0, 2)) for x in (seen.answered_in_time, seen.offered))
        short.append(np.maximum(0.79 - in_time[calls > 0] / offered[calls > 0], 0).sum())
        hours.append(made.on_phone.sum() * MINUTES / 60)
    assert abs(hours[1] / hours[0] - 1) < 0.005
    assert short[0] < 0.25 * short[1]
