"""The drift alarm: how rarely it rings for nothing, how soon for something, and what it says."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from data.model.base import FloatArray
from data.model.calendar import Calendar
from data.model.demand import CallHistory
from data.model.time import Horizon, TimeGrid
from forecasting.backtest import past_forecasts, past_origins
from forecasting.drift import ALLOWANCE, CUT, DayErrors, cumulative, day_errors, drift, run_length, threshold_for

FIRST = date(2026, 1, 5)
TABLE = {3.0: 59, 4.0: 168, 4.75: 363, 5.0: 465, 6.0: 1_300}
"""Mean days between false alarms by threshold, allowance one half: two-sided (Montgomery, Statistical Quality
Control, table 9.4, for 4 and 5; the others simulated)."""


def run_lengths(threshold: float, drift_size: float = 0.0, runs: int = 1500, most: int = 6000, seed: int = 1) -> FloatArray:
    """Days until the two-sided sum first passes a threshold, step by step as the text-books have it."""
    rng = np.random.default_rng(seed)
    up, down, alive, length = np.zeros(runs), np.zeros(runs), np.ones(runs, bool), np.full(runs, float(most))
    for day in range(1, most + 1):
        error = np.clip(rng.normal(drift_size, 1, runs), -CUT, CUT)
        up, down = np.maximum(up + error - ALLOWANCE, 0), np.maximum(down - error - ALLOWANCE, 0)
        rings = alive & (np.maximum(up, down) > threshold)
        length[rings], alive = day, alive & ~rings
        if not alive.any():
            break
    return length


def errors(values: FloatArray, size: float = 0.0) -> DayErrors:
    days = len(values)
    dates = tuple(FIRST + timedelta(days=d) for d in range(days))
    return DayErrors(dates, values, np.full(days, 100.0 * (1 + size)), np.full(days, 100.0))


@pytest.mark.parametrize("threshold", [3.0, 4.0, 4.75])
def test_false_alarms_are_as_rare_as_said(threshold: float) -> None:
    simulated = run_lengths(threshold)
    # cutting the errors makes false alarms a little rarer; never more frequent than promised
    assert 0.93 < simulated.mean() / run_length(threshold) < 1.15
    assert run_length(threshold) == pytest.approx(TABLE[threshold], rel=0.05)


@pytest.mark.parametrize(("threshold", "days"), TABLE.items())
def test_the_formula_meets_the_published_table(threshold: float, days: float) -> None:
    assert run_length(threshold) == pytest.approx(days, rel=0.05)


@pytest.mark.parametrize("days", [20.0, 91.0, 365.0, 3650.0])
def test_the_threshold_inverts_the_run_length(days: float) -> None:
    assert run_length(threshold_for(days)) == pytest.approx(days, rel=1e-9)


def test_a_drift_of_one_deviation_is_found_within_a_fortnight() -> None:
    assert run_lengths(threshold_for(365), 1.0).mean() < 12
    assert run_lengths(threshold_for(365), 2.0).mean() < 5


def test_the_sum_is_the_recursion() -> None:
    values = np.random.default_rng(2).standard_normal(200)
    total, expected = 0.0, []
    for value in values:
        total = max(0.0, total + value - ALLOWANCE)
        expected.append(total)
    np.testing.assert_allclose(cumulative(values), expected, atol=1e-12)
    assert len(cumulative(np.zeros(0))) == 0


@pytest.mark.parametrize(("sign", "direction"), [(1.0, "up"), (-1.0, "down")])
def test_the_alarm_says_which_way_since_when_and_how_much(sign: float, direction: str) -> None:
    values = np.concatenate([np.zeros(30), np.full(12, sign * 1.5)])
    alarm = drift("q", errors(values, 0.08 * sign))
    assert alarm is not None
    assert alarm.direction == direction
    assert alarm.since == FIRST + timedelta(days=30)
    assert FIRST + timedelta(days=33) <= alarm.alarm <= FIRST + timedelta(days=36)
    assert alarm.size == pytest.approx(0.08 * sign)
    assert "8.0%" in alarm.message
    assert "8.0%" in alarm.message_zh
    assert str(alarm.since) in alarm.message_zh


def test_quiet_one_storm_and_nothing_ring_no_alarm() -> None:
    assert drift("q", errors(np.zeros(40))) is None
    assert drift("q", errors(np.concatenate([np.zeros(39), [25.0]]))) is None
    assert drift("q", errors(np.zeros(0))) is None


def test_an_alarm_is_over_when_the_forecast_has_caught_up() -> None:
    values = np.concatenate([np.full(6, 1.5), np.zeros(40)])
    assert drift("q", errors(values[:6])) is not None
    assert drift("q", errors(values)) is None


def counts(factor: FloatArray) -> CallHistory:
    """Poisson counts of days with a weekday level and a factor each."""
    grid = TimeGrid(horizon=Horizon(zone="Asia/Shanghai", first=FIRST, days=len(factor)), minutes=60)
    level = np.array([1.2, 1.0, 0.95, 0.9, 1.05, 0.5, 0.4])[[day.weekday() for day in grid.horizon.dates]]
    mean = 60 * (level * factor)[grid.day_of_slot] * (1.2 + np.sin(grid.wall_minute / 1440 * 2 * np.pi))
    offered = np.random.default_rng(4).poisson(mean).astype(float)[None]
    return CallHistory(("q",), grid, offered, np.full_like(offered, np.nan))


@pytest.mark.parametrize("size", [0.0, 0.25])
def test_forecasts_that_are_not_made_anew_drift_when_the_level_moves(size: float) -> None:
    known = counts(1 + size * (np.arange(120) >= 105) * 1.0)
    origin = datetime(2026, 5, 5, tzinfo=ZoneInfo("Asia/Shanghai"))
    stale = counts(np.ones(120))  # the same counts before the change, and none of it after
    made = past_forecasts(stale, past_origins(stale, origin, 1, 35), minutes=60, calendar=Calendar(), ahead_days=2)
    found = day_errors(list(made), known, "q")
    assert len(found.dates) == 34
    alarm = drift("q", found)
    if size:
        assert alarm is not None
        assert abs((alarm.since - FIRST).days - 105) <= 2
        assert alarm.size == pytest.approx(size, abs=0.06)
    else:
        assert alarm is None
        assert 0.6 < found.error.std() < 1.5
