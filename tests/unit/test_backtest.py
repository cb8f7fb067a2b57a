"""Back-tests: no look into the future, scores by lead time, and an empty one that says why."""

import json
import os
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from data.exchange.calendars import calendar_of
from data.exchange.calls import read_calls
from data.exchange.documents import dump_json, load_json
from data.model.calendar import Calendar
from data.model.demand import CallHistory
from data.model.errors import InvalidData
from data.model.time import Horizon, TimeGrid
from forecasting import forecast
from forecasting.backtest import BackTest, backtest, past_forecasts, past_origins
from forecasting.score import LEADS, score_forecast

ARRIVALS = Path(os.environ.get("ECHELON_BENCH_DATA", Path(__file__).parents[3] / "shared" / "data")) / "arrivals"
FIRST, ZONE = date(2026, 1, 5), "Asia/Shanghai"
LEVEL = np.array([1.2, 1.0, 0.95, 0.9, 1.05, 0.5, 0.4])


def history(days: int = 90, queues: tuple[str, ...] = ("q",), factor: float = 1.0) -> CallHistory:
    """Poisson counts; those of the last 30 days times a factor."""
    grid = TimeGrid(horizon=Horizon(zone=ZONE, first=FIRST, days=days), minutes=60)
    level = LEVEL[[day.weekday() for day in grid.horizon.dates]][grid.day_of_slot]
    mean = 60 * level * (1.2 + np.sin(grid.wall_minute / 1440 * 2 * np.pi)) * np.where(grid.day_of_slot >= days - 30, factor, 1)
    offered = np.random.default_rng(1).poisson(mean, (len(queues), grid.size)).astype(float)
    return CallHistory(queues, grid, offered, np.full_like(offered, np.nan))


def after(days: int) -> datetime:
    day = FIRST + timedelta(days=days)
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(ZONE))


def judged(made: CallHistory, days: int = 90, **rest: int) -> BackTest:
    return backtest(made, after(days), minutes=60, calendar=Calendar(), **rest)  # type: ignore[arg-type]


def test_scores_by_lead_time_are_near_the_floor_of_poisson_counts() -> None:
    found = judged(history())
    assert len(found.origins) == 8
    assert found.origins[-1] == after(85) + timedelta(hours=12)
    assert [score.lead for score in found.scores] == ["same day", "1 day", "2-7 days", "8-28 days"]
    for score in found.scores:
        assert 0.9 * score.wape_floor < score.wape < 1.35 * score.wape_floor
        assert score.pinball_floor < 1.1 * score.pinball
        assert abs(score.bias) < 0.05
        assert 0.6 < score.coverage80 < 0.93
        assert score.coverage50 < score.coverage80 < score.coverage95
        assert sum(score.pit) == pytest.approx(1.0)
    counts = {score.lead: score.count for score in found.scores}
    assert counts["same day"] == 8 * 12
    assert counts["1 day"] == 8 * 24
    assert counts["2-7 days"] == 24 * sum(min(6, 5 * k - 2) for k in range(1, 9))
    assert counts["8-28 days"] == 24 * sum(max(0, min(21, 5 * k - 8)) for k in range(1, 9))


def test_nothing_after_the_origin_matters() -> None:
    made = history(120)
    later = made.offered.copy()
    later[:, made.grid.slot(after(90)) :] = 9999
    assert judged(made) == judged(replace(made, offered=later))
    sooner = made.offered.copy()
    sooner[:, made.grid.slot(after(90)) - 30] += 50
    assert judged(made) != judged(replace(made, offered=sooner))


def test_each_past_forecast_knew_only_what_came_before_it() -> None:
    made = history()
    origins = past_origins(made, after(90), 5, 3)
    whole = list(past_forecasts(made, origins, minutes=60, calendar=Calendar(), ahead_days=3))
    for at, one in zip(origins, whole, strict=True):
        assert one.origin == at
        alone = forecast(made.before(at), at, one.grid.horizon, minutes=60, calendar=Calendar())
        np.testing.assert_array_equal(one.quantiles, alone.quantiles)


def test_one_origin_is_the_score_of_one_forecast() -> None:
    made = history()
    found = judged(made, origins=1, every_days=3, ahead_days=2)
    (one,) = past_forecasts(made, found.origins, minutes=60, calendar=Calendar(), ahead_days=2)
    expected = score_forecast(one, made)
    total = sum(score.calls for score in found.scores)
    assert sum(score.wape * score.calls for score in found.scores) / total == pytest.approx(expected.wape)
    assert sum(score.count for score in found.scores) == expected.count


def test_a_level_that_moved_shows_as_bias() -> None:
    assert judged(history(factor=1.3)).scores[-1].bias < -0.05


def test_queues_stand_apart_and_together_and_a_young_one_is_left_out_of_early_origins() -> None:
    made = history(queues=("a", "b"))
    offered = made.offered.copy()
    offered[1, : made.grid.slot(after(60))] = np.nan
    found = judged(replace(made, offered=offered))
    of = {(score.queue, score.lead): score for score in found.scores}
    assert {queue for queue, _ in of} == {"a", "b", "*"}
    assert of["a", "1 day"].count == 8 * 24
    assert of["b", "1 day"].count == 3 * 24
    assert of["*", "1 day"].calls == of["a", "1 day"].calls + of["b", "1 day"].calls


@pytest.mark.parametrize("days", [0, 1, 18])
def test_too_little_history_gives_an_empty_one_that_says_why(days: int) -> None:
    found = judged(history(30), days)
    assert (found.scores, found.origins) == ((), ())
    assert "19 days" in found.reason
    assert "19天" in found.reason_zh
    assert len(found.to_frame()) == 0
    assert "wape_floor" in found.to_frame().columns


def test_an_all_zero_queue_has_nothing_to_score() -> None:
    made = history()
    assert judged(replace(made, offered=np.zeros_like(made.offered))).reason == "no call came on the days that were forecast"


def test_calls_where_none_was_forecast_stand_over_a_floor_of_zero() -> None:
    made = history()
    offered = np.where(made.grid.day_of_slot >= 87, 1.0, 0.0) * np.ones_like(made.offered)
    rest = {"minutes": 60, "calendar": Calendar(), "method": "same_weekday", "origins": 1, "ahead_days": 3}
    found = backtest(replace(made, offered=offered), after(90), **rest)  # type: ignore[arg-type]
    assert found.scores
    assert {score.wape_floor for score in found.scores} == {0.0}
    assert not found.to_frame().isna().any(axis=None)


def test_a_wrong_interval_or_method_is_told() -> None:
    with pytest.raises(InvalidData, match="7 minutes"):
        backtest(history(), after(90), minutes=7, calendar=Calendar())
    with pytest.raises(InvalidData, match="oracle"):
        backtest(history(), after(90), minutes=60, calendar=Calendar(), method="oracle")


def test_the_record_goes_through_json(tmp_path: Path) -> None:
    found = judged(history(), origins=3)
    dump_json(found, tmp_path / "backtest.json")
    assert load_json(tmp_path / "backtest.json", BackTest) == found
    assert "NaN" not in (tmp_path / "backtest.json").read_text()
    assert json.loads((tmp_path / "backtest.json").read_text())["method"] == "combined"
    frame = found.to_frame()
    assert frame["lead"].tolist() == [score.lead for score in found.scores]
    assert "pit" not in frame.columns


def test_every_day_ahead_has_one_lead() -> None:
    edges = list(LEADS.values())
    assert edges[0][0] == 0
    assert all(last + 1 == first for (_, last), (first, _) in zip(edges, edges[1:], strict=False))


def test_the_bank_by_lead_time() -> None:
    path = ARRIVALS / "bank_calls_dev.csv.gz"
    if not path.is_file():
        pytest.skip(f"no {path.name}: set ECHELON_BENCH_DATA to the folder of public data")
    made = read_calls(path, "America/New_York", queue="bank", columns={"offered": "calls"})
    calendar = calendar_of("US", made.grid.horizon.first, made.grid.horizon.last)
    found = backtest(made, datetime(2003, 8, 28, tzinfo=ZoneInfo("America/New_York")), minutes=30, calendar=calendar)
    for score in found.scores:
        assert 0.02 < score.wape_floor < 0.026
        assert score.wape_floor < score.wape < 0.07
        assert 0.65 < score.coverage80 < 0.95
