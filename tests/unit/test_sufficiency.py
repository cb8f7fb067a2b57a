"""How far a history carries: the step of the ladder, what is lacking, and that it is said."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from data.exchange.calendars import calendar_of
from data.model.calendar import Calendar
from data.model.demand import CallHistory
from data.model.time import Horizon, TimeGrid
from forecasting.days import Training, day_table, operating_days
from forecasting.features import day_features
from forecasting.sufficiency import Lack, Step, Sufficiency, sufficiency
from forecasting.sufficiency_wording import LACKS, STEPS

FIRST, ZONE = date(2024, 1, 1), "Asia/Shanghai"


def history(days: int, peak: float = 50.0, minutes: int = 30) -> CallHistory:
    grid = TimeGrid(horizon=Horizon(zone=ZONE, first=FIRST, days=days), minutes=minutes)
    mean = peak * (1.2 + np.sin(grid.wall_minute / 1440 * 2 * np.pi))
    offered = np.random.default_rng(1).poisson(mean).astype(float)[None]
    return CallHistory(("q",), grid, offered, np.full_like(offered, np.nan))


def after(days: int) -> datetime:
    day = FIRST + timedelta(days=days)
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(ZONE))


def judged(made: CallHistory, days: int, ahead: int = 7, minutes: int = 30, calendar: Calendar | None = None) -> Sufficiency:
    (only,) = sufficiency(made, after(days), ahead, minutes, calendar)
    return only


@pytest.mark.parametrize(
    ("days", "step", "lacks"),
    [
        (10, Step.SAME_WEEKDAY, {Lack.CURVE, Lack.MONTH, Lack.YEAR, Lack.QUANTILES}),
        (20, Step.SAME_WEEKDAY, {Lack.CURVE, Lack.MONTH, Lack.YEAR}),
        (30, Step.SMALL, {Lack.MONTH, Lack.YEAR}),
        (70, Step.FULL, {Lack.YEAR}),
        (410, Step.YEARLY, set()),
    ],
)
def test_the_ladder_and_what_each_step_lacks(days: int, step: Step, lacks: set[Lack]) -> None:
    found = judged(history(days), days)
    assert (found.step, set(found.lacks)) == (step, lacks)
    assert found.enough == (not lacks)
    assert found.weeks == pytest.approx(days / 7, abs=0.1)
    assert found.known_share == 1.0
    assert found.calls_per_slot == pytest.approx(60, rel=0.02)
    assert found.wape_floor == pytest.approx(np.sqrt(2 / np.pi / 60), rel=0.02)


@pytest.mark.parametrize("days", [10, 30, 70, 410])
def test_the_step_told_is_the_step_that_the_methods_take(days: int) -> None:
    made = history(days)
    table = day_table(made, 0, 30)
    rows = operating_days(table, np.any(table.usual, axis=0), after(days).date())
    features = day_features(Calendar(), table.dates[0], table.dates[-1])
    training = Training(tuple(table.dates[r] for r in rows), table.calls[rows], features)
    step = judged(made, days).step
    assert training.short == (step is Step.SAME_WEEKDAY)
    assert training.full == (step in (Step.FULL, Step.YEARLY))
    assert training.yearly == (step is Step.YEARLY)


def test_nothing_known_is_told_not_raised() -> None:
    none = judged(history(30), 0)
    assert (none.step, none.lacks) == (Step.NONE, (Lack.LEVEL,))
    assert "no count is known" in none.message
    assert judged(history(1), 1).step is Step.SAME_WEEKDAY


def test_what_comes_after_the_origin_is_not_looked_at() -> None:
    assert judged(history(410), 30) == judged(history(30), 30)


def test_gaps_small_queues_and_far_horizons_are_told() -> None:
    made = history(70)
    lost = np.random.default_rng(2).random(made.offered.shape) < 0.4
    sparse = judged(replace(made, offered=np.where(lost, np.nan, made.offered)), 70)
    assert Lack.SPARSE in sparse.lacks
    assert sparse.known_share == pytest.approx(0.6, abs=0.03)
    assert f"{sparse.known_share:.0%} of the usual" in sparse.message
    small = judged(history(70, peak=0.8), 70)
    assert Lack.SMALL in small.lacks
    assert f"{small.wape_floor:.0%}" in small.message_zh
    assert Lack.SMALL not in judged(history(70, peak=0.8), 70, minutes=120).lacks
    assert Lack.FAR in judged(history(30), 30, ahead=60).lacks
    assert Lack.FAR not in judged(history(30), 30, ahead=28).lacks


def test_holidays_met_too_seldom_are_named() -> None:
    calendar = calendar_of("CN", FIRST, FIRST + timedelta(days=500))
    labour = judged(history(110), 110, ahead=28, calendar=calendar)
    assert Lack.HOLIDAY in labour.lacks
    assert labour.holidays == (calendar.name(date(2024, 5, 1)),)
    assert labour.holidays[0] in labour.message
    assert judged(history(75), 75, ahead=7, calendar=calendar).holidays == ()
    for times, named in ((8, 0), (4, 0), (3, 1)):
        days = [FIRST + timedelta(days=14 * k) for k in range(8 - times, 9)]
        often = Calendar(country="X", table=dict.fromkeys(days, calendar.table[date(2024, 5, 1)]))
        assert len(judged(history(110), 110, ahead=28, calendar=often).holidays) == named


def test_queues_are_judged_apart() -> None:
    made = history(70)
    young = np.where(np.arange(made.grid.size) < 50 * 48, np.nan, made.offered[0])
    both = CallHistory(("old", "young"), made.grid, np.vstack([made.offered, young]), np.full((2, made.grid.size), np.nan))
    assert [found.step for found in sufficiency(both, after(70), 7, 30)] == [Step.FULL, Step.SAME_WEEKDAY]


def test_every_step_and_lack_has_its_words() -> None:
    assert set(STEPS) == {step.value for step in Step}
    assert set(LACKS) == {lack.value for lack in Lack}
