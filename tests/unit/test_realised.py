"""The calls that came replayed against rosters: none lost or made up, closed hours silent, more agents never worse."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from response_case import GRID, forecast_of, queue

from api.realised import Candidate, came, realised
from data.model.base import FloatArray
from data.model.demand import CallHistory, Forecast
from data.model.time import TimeGrid

QUEUES = (queue("power"), queue("water"))
FINE = TimeGrid(horizon=GRID.horizon, minutes=5)
HOUR = GRID.wall_minute // 60
OPEN = (HOUR >= 8) & (HOUR < 18)


@pytest.fixture(scope="module")
def history() -> CallHistory:
    """Five-minute counts of both queues, round the clock on the first two days; the third is not known."""
    offered = np.random.default_rng(3).poisson(3.0, (2, FINE.size)).astype(float)
    offered[:, FINE.day_of_slot == 2] = np.nan
    return CallHistory(("water", "power"), FINE, offered, np.full(offered.shape, np.nan))


@pytest.fixture(scope="module")
def made() -> Forecast:
    """Open from 8 to 18."""
    return forecast_of(np.where(OPEN, 18.0, 0.0)[None, :].repeat(2, axis=0), QUEUES)


def candidate(heads: float | FloatArray, key: str = "a") -> Candidate:
    return Candidate(key, "roster", "班表", np.full((2, GRID.size), heads) * OPEN, np.array([80.0, 70.0, 60.0]))


def test_calls_are_those_of_the_queue_in_its_open_slots(history: CallHistory, made: Forecast) -> None:
    fine, calls = came(history, made, QUEUES[0])
    assert fine == FINE
    known = np.repeat(OPEN, 6) & (FINE.day_of_slot < 2)
    np.testing.assert_array_equal(calls[known], history.offered[1, known])
    assert calls[~known].sum() == 0
    assert calls.sum() > 0


def test_days_beyond_the_history_hold_no_calls(history: CallHistory, made: Forecast) -> None:
    horizon = FINE.horizon.model_copy(update={"days": 1})
    one = TimeGrid(horizon=horizon, minutes=5)
    short = CallHistory(history.queues, one, history.offered[:, : one.size], history.handle_time_s[:, : one.size])
    _, calls = came(short, made, QUEUES[0])
    np.testing.assert_array_equal(calls[: one.size], came(history, made, QUEUES[0])[1][: one.size])
    assert calls[one.size :].sum() == 0


def test_no_call_is_lost_or_made_up(history: CallHistory, made: Forecast) -> None:
    seen = realised(QUEUES[0], history, made, candidate(9))
    _, calls = came(history, made, QUEUES[0])
    assert seen.days["day"].tolist() == list(FINE.horizon.dates[:2])
    assert seen.days["offered"].tolist() == [calls[FINE.day_of_slot == d].sum() for d in (0, 1)]
    weighted = np.average(seen.days["service_level"], weights=seen.days["offered"])
    assert seen.service_level == pytest.approx(weighted)
    assert seen.abandon_rate == pytest.approx(np.average(seen.days["abandon_rate"], weights=seen.days["offered"]))
    assert 0 < seen.service_level < 1
    assert seen.service_level_error > 0


def test_paid_hours_are_those_of_every_day(history: CallHistory, made: Forecast) -> None:
    seen = realised(QUEUES[0], history, made, candidate(9))
    assert seen.paid_hours == 210
    assert seen.days["paid_hours"].tolist() == [80, 70]


def test_days_on_target_are_counted_against_the_target(history: CallHistory, made: Forecast) -> None:
    levels = realised(QUEUES[0], history, made, candidate(9)).days["service_level"]
    between = float(levels.mean())
    assert levels.min() < between < levels.max()
    target = QUEUES[0].target.model_copy(update={"service_level": between})
    assert realised(QUEUES[0].model_copy(update={"target": target}), history, made, candidate(9)).days_on_target == 1


def test_more_agents_never_answer_fewer_in_time(history: CallHistory, made: Forecast) -> None:
    runs = [realised(QUEUES[0], history, made, candidate(heads)) for heads in range(1, 8)]
    levels = [run.service_level for run in runs]
    assert levels == sorted(levels)
    assert levels[0] < 0.2
    assert levels[-1] > 0.9
    for less, more in zip(runs, runs[1:], strict=False):
        assert (more.days["service_level"] >= less.days["service_level"]).all()
        assert more.occupancy < less.occupancy


def test_the_draws_are_the_same_for_every_roster(history: CallHistory, made: Forecast) -> None:
    one, two = (realised(QUEUES[0], history, made, candidate(9, key)) for key in "ab")
    pd.testing.assert_frame_equal(one.days, two.days)
    assert (one.key, two.key) == ("a", "b")


def test_each_queue_is_served_by_its_own_agents(history: CallHistory, made: Forecast) -> None:
    lonely = replace(candidate(9), available=np.stack([9.0 * OPEN, 0.0 * OPEN]))
    assert realised(QUEUES[0], history, made, lonely).service_level > 0.3
    water = realised(QUEUES[1], history, made, lonely)
    assert water.service_level == 0
    assert water.abandon_rate == 1


def test_shrinkage_takes_agents_off_the_phones(history: CallHistory, made: Forecast) -> None:
    full = realised(QUEUES[0], history, made, candidate(10))
    shrunk = realised(queue("power", shrinkage=0.3), history, made, candidate(10))
    same = realised(QUEUES[0], history, made, candidate(7))
    assert shrunk.service_level == pytest.approx(same.service_level)
    assert shrunk.service_level < full.service_level
