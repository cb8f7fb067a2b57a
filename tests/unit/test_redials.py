import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.model.base import FloatArray
from data.model.demand import CallHistory, Forecast
from data.model.time import Horizon, TimeGrid
from forecasting.quantiles import NORMAL, root
from forecasting.redials import RedialModel, first_calls, fit_redials, redials_of_calls, with_redials, without_redials

GRID = TimeGrid(horizon=Horizon(zone="UTC", first=date(2026, 3, 2), days=56), minutes=15)
DATA = Path(os.environ.get("ECHELON_BENCH_DATA", Path(__file__).parents[2] / "../shared/data")) / "arrivals"


def simulated(model: RedialModel, seed: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """First calls, offered and abandoned calls of callers who are followed one by one."""
    rng = np.random.default_rng(seed)
    level = np.exp(0.1 * rng.standard_normal(GRID.horizon.days))[GRID.day_of_slot]
    fresh = rng.poisson(level * (22 + 15 * np.sin(GRID.wall_minute / 1440 * 2 * np.pi - 2)))
    rate = np.clip(0.15 * np.repeat(np.exp(0.8 * rng.standard_normal(GRID.size // 4)), 4), 0, 0.8)
    at = np.repeat(np.arange(GRID.size), fresh) * 15 + 15 * rng.random(fresh.sum())
    offered, abandoned, chance = np.zeros(GRID.size), np.zeros(GRID.size), model.probability
    while len(at):
        slot = (at // 15).astype(int)
        lost = rng.random(len(at)) < rate[slot]
        offered += np.bincount(slot, minlength=GRID.size)
        abandoned += np.bincount(slot[lost], minlength=GRID.size)
        again = at[lost][rng.random(lost.sum()) < chance]
        again = again + rng.exponential(model.delay_minutes, len(again))
        at, chance = again[again < GRID.size * 15], model.probability * model.persistence
    return fresh.astype(float), offered, abandoned


def calls(rows: Sequence[tuple[str | None, float, float, bool]]) -> pd.DataFrame:
    start = pd.Timestamp("2026-03-02 09:00")
    minutes = [(customer, start + pd.Timedelta(minutes=a), start + pd.Timedelta(minutes=e), lost) for customer, a, e, lost in rows]
    return pd.DataFrame(minutes, columns=["customer", "arrived", "left", "abandoned"])


@pytest.mark.parametrize("minutes", [1, 5, 15, 30, 60])
def test_the_delays_of_a_slot_sum_to_one(minutes: int) -> None:
    now, soon, stay = RedialModel().delays(minutes)
    assert now + soon / (1 - stay) == pytest.approx(1)


def test_an_abandoned_call_comes_back_once_with_its_probability() -> None:
    offered, abandoned = np.full(40, 10.0), np.zeros(40)
    abandoned[4] = 10
    first = first_calls(offered, abandoned, 15, RedialModel(probability=0.4))
    assert (offered - first).sum() == pytest.approx(4, rel=1e-3)
    assert (first[:4] == 10).all()


@pytest.mark.parametrize("persistence", [1.0, 0.5])
def test_first_calls_of_callers_followed_one_by_one_are_found(persistence: float) -> None:
    model = RedialModel(probability=0.5, persistence=persistence, delay_minutes=20)
    fresh, offered, abandoned = simulated(model, 1)
    first = first_calls(offered, abandoned, 15, model)
    assert first.sum() == pytest.approx(fresh.sum(), rel=0.005)
    assert np.abs(first - fresh).mean() < 0.5 * np.abs(offered - fresh).mean()


@pytest.mark.parametrize(("probability", "delay"), [(0.5, 20.0), (0.3, 10.0), (0.0, 15.0)])
def test_probability_is_found_from_counts(probability: float, delay: float) -> None:
    _, offered, abandoned = simulated(RedialModel(probability=probability, delay_minutes=delay), 2)
    fit = fit_redials(offered, abandoned, GRID)
    assert fit.measured == pytest.approx(probability, abs=0.08)
    assert fit.model.probability == pytest.approx(probability, abs=0.08)
    assert not probability or 0.6 < fit.model.delay_minutes / delay < 1.6
    assert not fit.note


def test_weak_counts_leave_the_default() -> None:
    _, offered, abandoned = simulated(RedialModel(probability=0.8), 3)
    thin = np.where(np.arange(GRID.size) < 16 * 96, np.random.default_rng(1).binomial(abandoned.astype(int), 0.02), np.nan)
    fit = fit_redials(offered, thin, GRID)
    assert fit.standard_error > 0.3
    assert abs(fit.model.probability - RedialModel().probability) < 0.25


def test_without_abandoned_counts_nothing_changes_and_it_is_said() -> None:
    offered = np.full(GRID.size, 10.0)
    fit = fit_redials(offered, None, GRID)
    assert fit.model == RedialModel()
    assert "no abandoned calls are known" in fit.note
    assert fit_redials(offered, 0 * offered, GRID).note == fit.note
    history = CallHistory(("q",), GRID, offered[None], np.full((1, GRID.size), np.nan))
    assert without_redials(history) is history
    short = fit_redials(np.where(GRID.day_of_slot < 5, offered, np.nan), offered, GRID)
    assert "fewer than 15 days" in short.note


def test_bursts_of_congestion_are_no_redials() -> None:
    rng = np.random.default_rng(5)
    mean = 20 * np.exp(0.4 * np.repeat(rng.standard_normal(GRID.size // 2), 2))
    offered = rng.poisson(mean).astype(float)
    abandoned = rng.binomial(offered.astype(int), np.clip(mean / 20 - 1, 0.02, 0.8)).astype(float)
    fit = fit_redials(offered, abandoned, GRID)
    assert "as in congestion" in fit.note
    assert fit.model == RedialModel()


def test_a_history_keeps_what_is_not_known() -> None:
    offered, abandoned = np.full((1, GRID.size), 10.0), np.full((1, GRID.size), 5.0)
    offered[0, 3], abandoned[0, 10:] = np.nan, np.nan
    history = CallHistory(("q",), GRID, offered, np.full((1, GRID.size), np.nan), abandoned=abandoned)
    first = without_redials(history).offered
    assert np.isnan(first[0, 3])
    assert (first[0, [1, 2, 4, 9]] < 10).all()
    assert (first[0, 10:] == 10).all()


def test_a_forecast_of_first_calls_gets_the_echo_after_its_origin() -> None:
    is_open = (GRID.wall_minute >= 480)[None]
    mean = np.where(is_open, 40.0, 0.0)
    quantiles = np.maximum(root(mean)[..., None] + 0.5 * NORMAL, 0) ** 2 * is_open[..., None]
    origin = datetime(2026, 3, 3, 12, tzinfo=UTC)
    made = Forecast(("q",), GRID, origin, mean, quantiles, np.full((1, GRID.size), 200.0), is_open)
    found = with_redials(made, np.full((1, GRID.size), 0.2))
    past = np.arange(GRID.size) < GRID.slot(origin)
    np.testing.assert_array_equal(found.mean[0, past], mean[0, past])
    assert (found.mean[~is_open] == 0).all()
    assert found.mean[0, GRID.slot(origin) + 24] == pytest.approx(40 / (1 - 0.2 * RedialModel().probability), rel=0.01)
    assert (np.diff(found.quantiles, axis=-1) >= 0).all()
    same = with_redials(made, np.zeros((1, GRID.size)))
    np.testing.assert_array_equal(same.quantiles, made.quantiles)


def test_redials_are_counted_call_by_call() -> None:
    found = redials_of_calls(
        calls(
            [
                ("a", 0, 2, True),
                ("a", 12, 13, True),
                ("a", 200, 201, False),
                ("b", 5, 6, False),
                ("b", 30, 31, False),
                ("c", 0, 1, True),
                (None, 3, 4, True),
                (None, 5, 6, True),
            ]
        )
    )
    assert (found.abandoned, found.answered) == (3, 3)
    assert found.within_hour == pytest.approx(1 / 3)
    assert found.same_day == pytest.approx(2 / 3)
    assert found.within_hour_answered == pytest.approx(1 / 3)
    assert found.within_hour_again == 0
    assert found.delay_minutes == 10
    assert found.model == RedialModel()


def test_what_would_have_come_anyway_is_no_redial() -> None:
    rows = [(f"{lost}{k}", t, t + 1.0, lost) for lost in (True, False) for k in range(100) for t in (0.0, 20.0) if t == 0 or k < 60]
    assert redials_of_calls(calls(rows)).model.probability == 0
    answered = redials_of_calls(calls([row for row in rows if row[3] or row[1] == 0]))
    assert answered.model.probability == pytest.approx(answered.within_hour)


def _bank() -> pd.DataFrame:
    files = [DATA / f"calls_1999-{month}.csv.gz" for month in ("01", "02")]
    if not all(file.is_file() for file in files):
        pytest.skip(f"no call-by-call data in {DATA}; set ECHELON_BENCH_DATA")
    rows = pd.concat([pd.read_csv(file) for file in files])
    rows = rows[(rows["outcome"] != "PHANTOM") & (rows["type"] == "PS")]
    day = pd.to_datetime(rows["date"])
    arrived = day + pd.to_timedelta(rows["vru_entry"])
    ends = [day + pd.to_timedelta(rows[name]) for name in ("vru_exit", "q_exit", "ser_exit")]
    left = pd.concat([arrived, *ends], axis=1).max(axis=1)
    customer = rows["customer_id"].where(rows["customer_id"] > 0)
    return pd.DataFrame({"customer": customer, "arrived": arrived, "left": left, "abandoned": rows["outcome"] == "HANG"})


def test_a_bank_whose_counts_mislead_is_measured_call_by_call() -> None:
    rows = _bank()
    found = redials_of_calls(rows)
    assert found.within_hour == pytest.approx(0.294, abs=0.005)
    assert found.within_hour_answered == pytest.approx(0.112, abs=0.005)
    grid = TimeGrid(horizon=Horizon(zone="UTC", first=date(1999, 1, 1), days=59), minutes=15)
    slot = grid.slots(pd.DatetimeIndex(rows["arrived"]).tz_localize("UTC"))
    lost = rows["abandoned"].to_numpy()
    offered, abandoned = _counts(slot, grid), _counts(slot[lost], grid)
    shut = (grid.wall_minute < 420) | (np.bincount(grid.day_of_slot, offered)[grid.day_of_slot] < 100)
    offered[shut] = np.nan
    fit = fit_redials(offered, abandoned, grid)
    assert fit.model == RedialModel()
    assert fit.note


def _counts(slot: "np.ndarray[tuple[int], np.dtype[np.int64]]", grid: TimeGrid) -> FloatArray:
    return np.bincount(slot, minlength=grid.size).astype(np.float64)
