"""Laws of surges and redials, whatever their size."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.model.demand import CallHistory, Event, Forecast
from data.model.outage import Outage
from data.model.time import Horizon, TimeGrid
from forecasting.events import apply_events, front_and_decay
from forecasting.quantiles import NORMAL, root
from forecasting.redials import RedialModel, echo, first_calls
from forecasting.surge import SurgeModel, apply_outages, updated, without_outages

ZONE = "Asia/Shanghai"
START = datetime(2026, 3, 2, tzinfo=ZoneInfo(ZONE))
GRID = TimeGrid(horizon=Horizon(zone=ZONE, first=date(2026, 3, 2), days=6), minutes=30)
OPEN = (GRID.wall_minute >= 480) & (GRID.wall_minute < 1200)


def _outage(customers: float, start: float, hours: float, told: float) -> Outage:
    first = START + timedelta(hours=start)
    restored = first + timedelta(hours=hours)
    return Outage(queue="q", name="o", customers=customers, start=first, restored=restored, notice_coverage=told, planned=True)


starts = st.tuples(st.integers(0, 1), st.floats(8, 19)).map(lambda at: 24.0 * at[0] + at[1])
outages = st.builds(_outage, st.floats(0, 5e6), starts, st.floats(0.1, 60), st.floats(0, 1))
models = st.builds(
    SurgeModel,
    coefficient=st.floats(0.001, 0.2),
    log_sd=st.floats(0, 1),
    front_minutes=st.floats(1, 120),
    decay_minutes=st.floats(5, 600),
    chaser_rate=st.floats(0, 0.2),
    tail=st.lists(st.floats(0, 0.5), max_size=2).map(tuple),
)
redialling = st.builds(RedialModel, probability=st.floats(0, 0.95), persistence=st.floats(0, 1), delay_minutes=st.floats(0.5, 600))


def made(origin_hour: float, calls: float = 30.0) -> Forecast:
    mean = np.where(OPEN, calls, 0.0)[None]
    quantiles = np.maximum(root(mean)[..., None] + 0.5 * NORMAL, 0) ** 2 * OPEN[:, None]
    origin = START + timedelta(hours=origin_hour)
    return Forecast(("q",), GRID, origin, mean, quantiles, np.full((1, GRID.size), 200.0), OPEN[None])


@given(outages, models)
def test_the_calls_of_an_outage_all_fall_on_open_slots(outage: Outage, model: SurgeModel) -> None:
    surge = model.surge(GRID, OPEN, outage)
    assert (surge >= 0).all()
    assert (surge[~OPEN] == 0).all()
    assert surge.sum() == pytest.approx(model.calls(outage), rel=1e-6, abs=1e-6)


@settings(max_examples=50, deadline=None)
@given(outages, models, st.floats(-10, 100))
def test_a_forecast_with_a_surge_is_well_formed_and_its_past_untouched(outage: Outage, model: SurgeModel, hour: float) -> None:
    before = made(hour)
    after = apply_outages(before, [outage], model)
    past = np.arange(GRID.size) < GRID.slot(before.origin)
    assert (after.mean >= before.mean).all()
    assert (after.mean[0, ~OPEN] == 0).all()
    assert np.isfinite(after.quantiles).all()
    assert (np.diff(after.quantiles, axis=-1) >= 0).all()
    np.testing.assert_array_equal(after.mean[0, past], before.mean[0, past])


@given(outages, models, st.floats(0, 47))
def test_before_it_is_known_an_outage_changes_nothing(outage: Outage, model: SurgeModel, hour: float) -> None:
    late = outage.model_copy(update={"known_from": START + timedelta(hours=48)})
    before = made(hour)
    history = CallHistory(("q",), GRID, before.mean, before.handle_time_s)
    np.testing.assert_array_equal(apply_outages(before, [late], model).quantiles, before.quantiles)
    np.testing.assert_array_equal(without_outages(history, [late], before.origin, model).offered, history.offered)
    np.testing.assert_array_equal(apply_outages(before, [], model).mean, before.mean)


@given(outages, models, st.floats(-1, 20), st.integers(0, 280))
def test_seen_calls_give_a_size_between_theirs_and_the_models_and_never_widen(
    outage: Outage, model: SurgeModel, ratio: float, count: int
) -> None:
    expected = model.surge(GRID, OPEN, outage)
    excess = np.where(np.arange(GRID.size) < count, ratio * expected, np.nan)
    size, spread = updated(model, excess, expected, np.full(GRID.size, 30.0))
    assert min(1.0, max(ratio, 0)) - 1e-9 <= size <= max(1.0, ratio) + 1e-9
    assert spread <= model.spread + 1e-9


@given(st.floats(1, 5000), st.floats(0.5, 500), st.floats(0.5, 500))
def test_a_front_and_decay_grows_from_nothing_to_all(length: float, front: float, decay: float) -> None:
    share = front_and_decay(np.linspace(-10, length + 10, 200), length, front, decay)
    assert share[0] == 0
    assert share[-1] == pytest.approx(1)
    assert (np.diff(share) >= -1e-12).all()


@given(st.floats(0, 1e5), st.floats(0, 100), st.floats(0.5, 40))
def test_the_extra_calls_of_an_event_are_conserved(extra: float, start: float, hours: float) -> None:
    first = START + timedelta(hours=8 + start % 11)
    event = Event(queue="q", name="e", start=first, end=first + timedelta(hours=hours), extra_calls=extra)
    assert apply_events(made(0), [event]).mean.sum() - made(0).mean.sum() == pytest.approx(extra, rel=1e-6, abs=1e-6)


@given(redialling, st.integers(0, 2**32 - 1), st.sampled_from([1, 5, 15, 30, 60]))
def test_first_calls_and_redials_are_the_offered_ones(model: RedialModel, seed: int, minutes: int) -> None:
    rng = np.random.default_rng(seed)
    offered = rng.poisson(20, (2, 60)).astype(float)
    abandoned = rng.binomial(offered.astype(int), rng.random((2, 60))).astype(float)
    offered[rng.random(offered.shape) < 0.1] = np.nan
    first = first_calls(offered, abandoned, minutes, model)
    np.testing.assert_array_equal(np.isnan(first), np.isnan(offered))
    assert (np.nan_to_num(first) >= 0).all()
    assert (np.nan_to_num(first) <= np.nan_to_num(offered)).all()
    redials = np.nansum(offered - first)
    assert redials <= model.probability * np.nansum(np.where(np.isnan(offered), 0, abandoned)) + 1e-9
    np.testing.assert_array_equal(first_calls(offered, 0 * abandoned, minutes, model), offered)


@given(redialling, st.integers(0, 2**32 - 1), st.sampled_from([1, 5, 15, 30, 60]))
def test_first_calls_undo_the_echo(model: RedialModel, seed: int, minutes: int) -> None:
    rng = np.random.default_rng(seed)
    first, rate = rng.uniform(0, 50, (2, 60)), rng.random((2, 60))
    first[:, 20:25] = np.nan
    offered = echo(first, rate, minutes, model)
    assert (np.nan_to_num(offered - first) >= 0).all()
    np.testing.assert_allclose(first_calls(offered, rate * offered, minutes, model), first, atol=1e-6)
