"""The default method on made-up and on damaged data."""

import os
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.exchange.calendars import calendar_of
from data.model.base import FloatArray
from data.model.calendar import Calendar, DayType, SpecialDay
from data.model.demand import CallHistory
from data.model.time import Horizon, TimeGrid
from forecasting import forecast
from forecasting.calibration import noise_floor
from forecasting.days import Training
from forecasting.features import day_features
from forecasting.methods import DayForecast, principal
from forecasting.quantiles import counts, negative_binomial
from forecasting.robust import ALPHAS, DAMPINGS, fill, follow, ridge
from forecasting.score import Score, score, score_forecast

FIRST = date(2025, 1, 6)
CELLS = 28
SHAPE = 60 + 50 * np.sin(np.linspace(0.2, 2.9, CELLS))
LEVEL = np.array([1.3, 1.05, 1.0, 0.95, 0.9])
ARRIVALS = Path(os.environ.get("ECHELON_BENCH_DATA", Path(__file__).parents[3] / "shared" / "data")) / "arrivals"


def weekdays(count: int) -> list[date]:
    return [day for d in range(2 * count) if (day := FIRST + timedelta(days=d)).weekday() < 5][:count]


def made_up(days: list[date], seed: int = 3, noise: float = 0.04) -> FloatArray:
    """Doubly stochastic Poisson counts: weekday level, a persistent log level, the wave of the day."""
    rng = np.random.default_rng(seed)
    level = np.zeros(len(days))
    for d in range(1, len(days)):
        level[d] = 0.7 * level[d - 1] + noise * rng.standard_normal()
    mean = LEVEL[[day.weekday() for day in days]][:, None] * np.exp(level)[:, None] * SHAPE
    return rng.poisson(mean).astype(float)


def predicted(
    calls: FloatArray, days: list[date], *, calendar: Calendar | None = None, ahead: int = 5, seen: FloatArray | None = None
) -> DayForecast:
    past, coming = days[: len(calls)], days[len(calls) : len(calls) + ahead]
    features = day_features(calendar or Calendar(), past[0], coming[-1])
    unseen = np.full((len(coming), calls.shape[1]), np.nan)
    if seen is not None:
        unseen[0] = seen
    return principal.fit(Training(tuple(past), calls, features), len(coming)).predict(coming, unseen)


def wape(actual: FloatArray, found: DayForecast) -> float:
    return float(np.abs(actual - found.mean).sum() / actual.sum())


DAYS = weekdays(170)
CALLS = made_up(DAYS)


def test_a_storm_in_recent_history_does_not_wreck_the_forecast() -> None:
    stormy = CALLS[:120].copy()
    for day in (104, 111, 116):
        stormy[day, 8:22] *= 2.2
    assert wape(CALLS[120:125], predicted(stormy, DAYS)) < 1.1 * wape(CALLS[120:125], predicted(CALLS[:120], DAYS))


def test_a_lasting_shift_is_followed() -> None:
    shifted = CALLS.copy()
    shifted[112:] *= 1.3
    found = predicted(shifted[:120], DAYS)
    assert 1.1 < found.mean.sum() / predicted(CALLS[:120], DAYS).mean.sum() < 1.4


def test_a_gap_is_not_zero_calls() -> None:
    rng = np.random.default_rng(5)
    lost = rng.random((120, CELLS)) < 0.2
    gaps, zeros = np.where(lost, np.nan, CALLS[:120]), np.where(lost, 0, CALLS[:120])
    whole = wape(CALLS[120:125], predicted(CALLS[:120], DAYS))
    assert wape(CALLS[120:125], predicted(gaps, DAYS)) < 1.15 * whole
    assert predicted(zeros, DAYS).mean.sum() < 0.95 * predicted(gaps, DAYS).mean.sum()


def test_a_monday_holiday_moves_the_peak_to_tuesday() -> None:
    holidays = [DAYS[k] for k in range(0, 170, 15)]
    calendar = Calendar(country="X", table={day: SpecialDay(type=DayType.HOLIDAY) for day in holidays})
    worked = [day for day in DAYS if day not in holidays]
    factor = np.array([LEVEL[0] if day - timedelta(days=1) in holidays else LEVEL[day.weekday()] for day in worked])
    calls = np.random.default_rng(8).poisson(factor[:, None] * SHAPE).astype(float)
    first = next(k for k, day in enumerate(worked) if k > 120 and day - timedelta(days=1) in holidays)
    known, plain = (predicted(calls[:first], worked, calendar=c).mean.sum(axis=1) for c in (calendar, None))
    assert worked[first].weekday() == 1
    assert known[0] == pytest.approx(LEVEL[0] * SHAPE.sum(), rel=0.04)
    assert plain[0] < 0.93 * known[0]
    # even the first such holiday in the history
    assert (
        predicted(
            calls[:first],
            worked,
            calendar=Calendar(country="X", table={worked[first] - timedelta(days=1): SpecialDay(type=DayType.HOLIDAY)}),
        )
        .mean[0]
        .sum()
        > 1.15 * LEVEL[1] * SHAPE.sum()
    )


def test_coverage_on_calibrated_data() -> None:
    parts: list[tuple[FloatArray, FloatArray, FloatArray]] = []
    for seed in range(6):
        calls = made_up(DAYS, seed=seed)
        for origin in range(100, 165, 10):
            found = predicted(calls[:origin], DAYS)
            parts.append((calls[origin : origin + 5], found.mean, found.quantiles))
    whole = score(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
    assert 0.75 < whole.coverage80 < 0.86
    assert 0.92 < whole.coverage95 < 0.98
    assert abs(whole.bias) < 0.02


def test_small_counts_are_whole_numbers_and_unbiased() -> None:
    rng = np.random.default_rng(2)
    for mean in (0.1, 1.0, 6.0):
        calls = rng.poisson(mean, (150, CELLS)).astype(float)
        found = predicted(calls, DAYS)
        assert found.mean.mean() == pytest.approx(mean, rel=0.15)
        np.testing.assert_array_equal(found.quantiles, np.round(found.quantiles))


def test_the_day_so_far_narrows_the_rest() -> None:
    seen = np.where(np.arange(CELLS) < 12, 1.25 * predicted(CALLS[:150], DAYS).mean[0], np.nan)
    plain, updated = predicted(CALLS[:150], DAYS), predicted(CALLS[:150], DAYS, seen=seen)
    ratio = updated.mean[0, 12:].sum() / plain.mean[0, 12:].sum()
    assert 1.1 < ratio < 1.3
    width = [(f.quantiles[0, 12:, -2] - f.quantiles[0, 12:, 1]).mean() for f in (plain, updated)]
    assert width[1] < width[0] * ratio


@pytest.mark.parametrize("days", [1, 2, 9, 16, 24, 41, 60])
def test_short_history_is_never_not_a_number(days: int) -> None:
    found = predicted(CALLS[:days], DAYS, ahead=20)
    assert np.isfinite(found.quantiles).all()
    assert 0.6 < found.mean.sum() / CALLS[days : days + 20].sum() < 1.6


@pytest.mark.parametrize("weeks", [3, 4, 11, 30])
def test_a_queue_of_mondays_only(weeks: int) -> None:
    mondays = [FIRST + timedelta(days=7 * k) for k in range(weeks + 3)]
    calls = np.random.default_rng(1).poisson(SHAPE, (weeks, CELLS)).astype(float)
    found = predicted(calls, mondays, ahead=3)
    assert found.mean.sum() == pytest.approx(3 * SHAPE.sum(), rel=0.05)


def test_an_open_holiday_falls_like_those_before_and_a_make_up_day_does_not() -> None:
    calendar = calendar_of("CN", date(2025, 1, 1), date(2026, 10, 10))
    days = [date(2025, 1, 1) + timedelta(days=d) for d in range(648)]
    off = {DayType.HOLIDAY: 0.6, DayType.REST: 0.75}
    factor = np.array([off.get(calendar.day_type(day), 1.0) for day in days])
    calls = np.random.default_rng(9).poisson(factor[:, None] * SHAPE).astype(float)
    known = days.index(date(2026, 9, 28))
    found = predicted(calls[:known], days, calendar=calendar, ahead=13).mean.sum(axis=1) / SHAPE.sum()
    np.testing.assert_allclose(found, factor[known : known + 13], atol=0.08)
    assert calendar.day_type(days[known + 12]) is DayType.MAKEUP
    assert days[known + 12].weekday() == 5


def test_more_history_is_better_than_a_week() -> None:
    week, quarter = (
        np.mean([wape(CALLS[o : o + 5], predicted(CALLS[o - n : o], DAYS[o - n :])) for o in range(90, 160, 10)]) for n in (5, 90)
    )
    assert quarter < week


def test_root_gaussian_quantiles_meet_the_mean_and_the_poisson() -> None:
    mean, quantiles = counts(np.array([20.0, 1.02]), np.zeros(2), np.array([0.25, 0.206]))
    assert mean == pytest.approx([400.0, 1.0], abs=0.01)
    assert quantiles[0, 10] == pytest.approx(399.75)
    # Poisson(1): P(0) = .368, P(<= 1) = .736, P(<= 2) = .920, P(<= 3) = .981
    assert [quantiles[1, k] for k in (0, 7, 8, 14, 18, 19, 20)] == [0, 0, 1, 1, 2, 3, 3]
    assert negative_binomial(np.zeros(1), np.zeros(1)).max() == 0


def test_the_error_of_a_day_makes_the_middle_narrower_and_the_tails_longer() -> None:
    centre, one, none = np.array([20.0]), np.array([4.0]), np.zeros(1)
    (_, of_day), (_, noise) = counts(centre, one, none), counts(centre, none, one)
    width = of_day[0] - of_day[0, ::-1], noise[0] - noise[0, ::-1]
    assert width[0][18] < 0.95 * width[1][18]
    assert width[0][20] > 1.02 * width[1][20]


def test_ridge_leave_one_out_is_exact() -> None:
    rng = np.random.default_rng(0)
    x, y, w = rng.standard_normal((30, 3)), rng.standard_normal((30, 2)), rng.random(30) + 0.5
    x[:, 0] = 1
    coefficients, left = ridge(y, x, np.ones(3), w)
    kept = np.arange(30) != 7
    for k in range(2):
        errors = []
        for strength in 10.0 ** np.arange(-2, 4.1, 0.5):
            gram = (x[kept] * w[kept, None]).T @ x[kept] + strength * np.eye(3)
            b = np.linalg.solve(gram, (x[kept] * w[kept, None]).T @ y[kept, k])
            errors.append(y[7, k] - x[7] @ b)
        assert np.abs(np.array(errors) - left[7, k]).min() < 1e-9
    assert np.abs(y - x @ coefficients).mean() < np.abs(y).mean()


def test_an_outlier_is_cut_and_a_third_in_a_row_is_not() -> None:
    residual = np.zeros((10, 1))
    residual[4] = 50
    trusted = np.ones(10, dtype=bool)
    once = follow(residual, trusted, np.array([2.5]), ALPHAS, DAMPINGS)
    assert once.max() <= 2.5 * ALPHAS.max()
    residual[4:] = 50
    lasting = follow(residual, trusted, np.array([2.5]), ALPHAS, DAMPINGS)
    assert lasting[-1, -1, 6, 0] <= 5 * ALPHAS[-1]
    assert lasting[-1, -1, 7, 0] > 25


def test_fill_recovers_low_rank_cells() -> None:
    rng = np.random.default_rng(1)
    whole = 10 + np.outer(rng.standard_normal(40), np.linspace(0, 1, 12))
    holes = np.where(rng.random(whole.shape) < 0.1, np.nan, whole)
    filled = fill(holes, np.zeros(40, dtype=np.int64), rank=1, rounds=30)
    assert np.abs(filled - whole).max() < 0.1


def test_score_is_sums_over_sums() -> None:
    calls = np.array([10.0, 30.0, np.nan])
    quantiles = np.repeat([[12.0], [27.0], [5.0]], 21, axis=1)
    found, floor = score(calls, np.array([12.0, 27.0, 5.0]), quantiles), noise_floor(np.array([12.0, 27.0]))
    assert found == Score(
        wape=pytest.approx(5 / 40),
        bias=pytest.approx(-1 / 40),
        pinball=pytest.approx(1.25),
        coverage80=0,
        coverage95=0,
        count=2,
        wape_floor=pytest.approx(floor.wape),
        pinball_floor=pytest.approx(floor.pinball),
    )


def bank_calls() -> CallHistory:
    path = ARRIVALS / "bank_calls_dev.csv.gz"
    if not path.exists():
        pytest.skip(f"no {path.name}: set ECHELON_BENCH_DATA to the folder of public data")
    frame = pd.read_csv(path, parse_dates=["timestamp"])
    zone, first = "America/New_York", date(2003, 3, 3)
    stamps = pd.DatetimeIndex(frame["timestamp"]).tz_localize(zone)
    grid = TimeGrid(horizon=Horizon(zone=zone, first=first, days=(stamps[-1].date() - first).days + 1), minutes=5)
    offered = np.full((1, grid.size), np.nan)
    offered[0, grid.slots(stamps)] = frame["calls"]
    return CallHistory(("bank",), grid, offered, np.full_like(offered, np.nan))


@pytest.mark.parametrize(("method", "most"), [("combined", 0.05), ("principal", 0.05), ("same_weekday", 0.075)])
def test_bank_calls_four_weeks_of_summer(method: str, most: float) -> None:
    history = bank_calls()
    zone = history.grid.horizon.zone
    calendar = calendar_of("US", date(2003, 3, 3), date(2003, 8, 29))
    errors: list[float] = []
    for week in range(4):
        horizon = Horizon(zone=zone, first=date(2003, 7, 28) + timedelta(days=7 * week), days=5)
        found = score_forecast(forecast(history, horizon.start, horizon, minutes=30, calendar=calendar, method=method), history)
        assert found.count == 5 * 29
        errors.append(found.wape)
    assert np.mean(errors) < most
